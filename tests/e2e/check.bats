# `countersign check`: finds what is wrong where it is, says it in four forms, and reads a work tree, a commit or a range.

load ../lib/pki

setup_file() {
    export HOME=$BATS_FILE_TMPDIR
    pki_new "$BATS_FILE_TMPDIR/pki"
    sed -i 's/  maxRequestTtl/  selfApproval: forbid\n  maxRequestTtl/' policies/{one-step,two-step,machines}.yaml
    pki_request_file web/www web-production alice www.example.com
    git add -A
    git commit -q -m 'A request'
    git branch -q -f good
    cd "$BATS_FILE_TMPDIR" || return
}

setup() {
    cd "$WORK" || return
    git checkout -q -f -B "test-$BATS_TEST_NUMBER" good
    git clean -q -f -d
    pki_as alice
}

finds() {       # A LINE'S BEGINNING, [check's arguments]
    local line=$1
    shift
    run "$COUNTERSIGN" check "$@"
    echo "$output"
    [ "$status" -eq 1 ]
    grep -qE -- "^$line" <<<"$output"
}

passes() {
    run "$COUNTERSIGN" check "$@"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a good repository: no findings, exit status 0, the same for work tree and commit" {
    passes
    [ "$output" = "0 errors, 0 warnings" ]
    passes HEAD
    [ "$output" = "0 errors, 0 warnings" ]
}

@test "from a subfolder, for another folder, for a bare repository" {
    cd policies && passes && cd ..
    cd / && passes "$WORK" && passes "$PKI/pki.git"
    cd "$WORK" && passes -C policies
}

@test "uncommitted files are looked at, committed ones of another revision too" {
    echo 'nonsense: true' >policies/new.yaml
    finds 'policies/new.yaml:1:1: error: '
    passes HEAD
    git add -A && git commit -q -m 'Bad'
    finds 'policies/new.yaml:1:1: error: ' HEAD
    passes HEAD~1
}

@test "a range reports what it touches, from where the branch began, and nothing else" {
    git checkout -q -b other
    sed -i 's/requiredApprovals: 2/requiredApprovals: 9/' policies/two-step.yaml
    git commit -q -a -m 'Bad rules elsewhere'
    git checkout -q -B feature good
    pki_request_file web/bad web-production alice www.example.org
    git add -A && git commit -q -m 'A bad request'
    finds 'requests/web/bad.yaml:[0-9]+:[0-9]+: error: .*www.example.org' other..feature
    ! grep -q two-step <<<"$output" || false
    ! grep -q web/www <<<"$output" || false
    finds 'policies/two-step.yaml:[0-9]+:[0-9]+: error' good..other
    ! grep -q 'web/bad' <<<"$output" || false
    passes feature..good
    finds 'requests/web/bad.yaml' good...feature
    finds 'requests/web/bad.yaml' good..
}

@test "places are exact: file, line and column" {
    sed -i 's/^  profile: .*/  profil: web-production/' requests/web/www.yaml
    line=$(grep -n 'profil:' requests/web/www.yaml | cut -d: -f1)
    finds "requests/web/www.yaml:$line:3: error: .*profile"
}

@test "what a policy does not allow is shown at the value that asks for it" {
    local text line at
    cat >policies/tls-server.yaml <<'YAML'
apiVersion: countersign/v1
kind: CertificatePolicy
metadata: {name: tls-server}
spec:
  subject: {commonName: {allowed: ["*.example.com"]}, organization: {allowed: [Example Inc]}}
  altNames: {dns: {allowed: ["*.example.com"]}, ip: {allowed: [10.0.0.0/8]}}
  keyUsages: {allowed: [digitalSignature]}
  extendedKeyUsages: {allowed: [serverAuth], required: [serverAuth]}
  keyAlgorithms: [ECDSA-P256]
  signatureAlgorithms: [ECDSA-SHA256]
  validity: {max: 90d}
YAML
    sed -i '/^  subject:/,$d' requests/web/www.yaml
    cat >>requests/web/www.yaml <<'YAML'
  subject:
    commonName: www.example.com
    organization: [Example Inc, Elsewhere Ltd]
  altNames:
    dns:
      - www.example.com
      - shop.example.com
      - WWW.Example.ORG
    ip: [10.0.0.1, 192.0.2.1]
  keyUsages: [digitalSignature, keyEncipherment]
  extendedKeyUsages:
    - clientAuth
  basicConstraints: {ca: true}
  ttl: 91d
  notBefore: 2020-01-01T00:00:00Z
YAML
    run "$COUNTERSIGN" check
    while IFS='|' read -r text line; do
        at=$(grep -nF -- "$text" requests/web/www.yaml | head -1)
        at=${at%%:*}:$(sed -n "${at%%:*}p" requests/web/www.yaml | awk -v text="$text" '{ print index($0, text) }')
        grep -qF -- "requests/web/www.yaml:$at: error: $line" <<<"$output" || { echo "$at: $line"; echo "$output"; return 1; }
    done <<'LINES'
Elsewhere Ltd|subject.organization: "Elsewhere Ltd" is not allowed
WWW.Example.ORG|altNames.dns: "www.example.org" is not allowed
192.0.2.1|altNames.ip: "192.0.2.1" is not allowed
keyEncipherment|keyUsages: "keyEncipherment" is not allowed
clientAuth|extendedKeyUsages: "clientAuth" is not allowed
- clientAuth|extendedKeyUsages: CertificatePolicy "tls-server" requires "serverAuth"
true|basicConstraints.ca: true is not allowed
91d|ttl: 91d is longer than
2020-01-01|notBefore: 2020-01-01T00:00:00Z is past
LINES
    # a name that only the CSR gives stands there; what a default of the profile gives, at spec
    sed -i '/^  subject:/,$d' requests/web/www.yaml
    sed -i 's/allowed: \["\*.example.com"\]/allowed: ["*.example.net"]/; s/validity: .*/validity: {max: 29d}/' policies/tls-server.yaml
    finds "requests/web/www.yaml:$(grep -n 'csr:' requests/web/www.yaml | cut -d: -f1):8: error: subject.commonName: \"www.example.com\" is not allowed"
    finds "requests/web/www.yaml:5:3: error: ttl: 30d is longer than"
}

@test "words of other products are answered with ours" {
    sed -i 's/^  altNames: .*/  dnsNames: [www.example.com]/' requests/web/www.yaml
    finds 'requests/web/www.yaml:[0-9]+:3: error: .*dnsNames.*altNames.dns'
}

@test "a document of another apiVersion is left alone, with a warning" {
    printf 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\nspec: {}\n' |
        tee requests/web/x.yaml >profiles/x.yaml
    passes
    [ "$(grep -c 'x.yaml:1:13: warning: apiVersion is cert-manager.io/v1, not countersign/v1: the document is left alone' <<<"$output")" -eq 2 ]
    [[ $output == *'0 errors, 2 warnings' ]]
}

@test "what no schema sees: names, quorums, keys used twice, requests outside their policy" {
    sed -i 's/dave, erin/dave, ernie/' identities/team-leads.yaml
    finds 'identities/team-leads.yaml:[0-9]+:[0-9]+: error: .*ernie'
    git checkout -q identities
    sed -i 's/requiredApprovals: 2/requiredApprovals: 9/' policies/two-step.yaml
    finds 'policies/two-step.yaml:[0-9]+:[0-9]+: error: .*9'
    git checkout -q policies
    sed -i '/steps:/,$d' policies/one-step.yaml
    printf '  steps:\n    - approvers: {people: [dave]}\n    - approvers: {people: [erin]}\n      requiredApprovals: 2\n' >>policies/one-step.yaml
    finds 'policies/one-step.yaml:[0-9]+:[0-9]+: error: step 2 requires 2 approvals, of 1 person who can sign'
    git checkout -q policies
    sed "s/dave/ernie/g" identities/dave.yaml >identities/ernie.yaml
    finds 'identities/(dave|ernie).yaml:[0-9]+:[0-9]+: error: .*key'
    rm identities/ernie.yaml
    pki_request_file web/bad web-production alice www.example.org
    finds 'requests/web/bad.yaml:[0-9]+:[0-9]+: error: .*www.example.org'
    pki_request_file web/bad web-production nobody www.example.com
    finds 'requests/web/bad.yaml:[0-9]+:[0-9]+: error: .*nobody'
    pki_request_file web/bad service frank www.example.com
    finds 'requests/web/bad.yaml:[0-9]+:[0-9]+: error: .*frank.* is not among the requesters'
    pki_request_file web/bad web-production alice www.example.com
    sed -i "s/$PKI_ID/0000000000000000000000000000000a/" requests/web/bad.yaml
    finds 'requests/web/bad.yaml:[0-9]+:[0-9]+: error: .*this repository is '
    sed -i "/repository:/d" requests/web/bad.yaml
    finds 'requests/web/bad.yaml:[0-9]+:[0-9]+: error: spec.repository is missing'
}

@test "a CSR that is no CSR, is damaged, or has names that the YAML has not" {
    sed -i '/BEGIN CERTIFICATE REQUEST/,/END CERTIFICATE REQUEST/ s/^    M.*/    MIIB/' requests/web/www.yaml
    finds 'requests/web/www.yaml:[0-9]+:[0-9]+: error: '
    pki_request_file web/www web-production alice www.example.com
    openssl req -new -key "$PKI/keys/web_www.key" -subj /CN=other.example.com -out "$BATS_TEST_TMPDIR/csr"
    {
        sed '/csr:/,$d' requests/web/www.yaml
        printf '  csr: |\n'
        indent 4 <"$BATS_TEST_TMPDIR/csr"
        printf '  subject: {commonName: www.example.com}\n  altNames: {dns: [www.example.com]}\n'
    } >"$BATS_TEST_TMPDIR/yaml"
    mv "$BATS_TEST_TMPDIR/yaml" requests/web/www.yaml
    finds 'requests/web/www.yaml:[0-9]+:[0-9]+: error: .*other.example.com'
}

@test "signatures beside requests: good, by somebody else, of another text, of nothing" {
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/alice" requests/web/www.yaml
    passes
    rm requests/web/www.yaml.sig
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/bob" requests/web/www.yaml
    finds 'requests/web/www.yaml.sig: error: .*bob'
    rm requests/web/www.yaml.sig
    ssh-keygen -q -Y sign -n git -f "$PKI/keys/alice" requests/web/www.yaml
    finds 'requests/web/www.yaml.sig: error: '
    rm requests/web/www.yaml.sig
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/alice" requests/web/www.yaml
    echo '# edited' >>requests/web/www.yaml
    finds 'requests/web/www.yaml.sig: error: '
    git rm -q --cached requests/web/www.yaml && rm requests/web/www.yaml
    run "$COUNTERSIGN" check
    grep -q '^requests/web/www.yaml.sig: warning: there is no document' <<<"$output"
}

approval() {    # REPOSITORY SIGNER
    printf 'apiVersion: countersign/v1\nkind: Approval\nmetadata: {name: a}\nspec:\n  repository: %s\n  decisions:\n    - {request: web/www, digest: "sha256:%064d", decision: approve}\n' \
        "$1" 0 >approvals/a.yaml
    rm -f approvals/a.yaml.sig
    [ -z "$2" ] || ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/$2" approvals/a.yaml
}

@test "approvals: unsigned, of another repository, by a stranger" {
    mkdir -p approvals
    approval "$PKI_ID" dave
    passes
    approval "$PKI_ID" ''
    finds 'approvals/a.yaml:1:1: error: .*a.yaml.sig'
    approval 0000000000000000000000000000000a dave
    finds 'approvals/a.yaml:[0-9]+:[0-9]+: error: .*this repository is '
    approval "$PKI_ID" stranger
    git add -A && git commit -q -m 'By a stranger'
    finds 'approvals/a.yaml:1:1: error: would not count: ' good..HEAD
    # in the whole repository it may be of somebody who has left
    passes
    grep -q '^approvals/a.yaml:1:1: warning: would not count' <<<"$output"
}

@test "what may not lie there: links, executables, odd names, other endings, too deep, too many" {
    ln -s www.yaml requests/web/link.yaml
    finds 'requests/web/link.yaml: error: '
    git add -A && git commit -q -m 'A link'
    finds 'requests/web/link.yaml: error: ' HEAD
    rm requests/web/link.yaml
    for name in UPPER.yaml .hidden.yaml 'with space.yaml' other.yml notes.txt $'line\nbreak.yaml'; do
        touch "requests/web/$name"
        run "$COUNTERSIGN" check
        [ "$status" -eq 1 ]
        [ "$(grep -c '^requests/web/' <<<"$output")" -eq 1 ]
        rm "requests/web/$name"
    done
    chmod +x requests/web/www.yaml
    finds 'requests/web/www.yaml: error: '
    chmod -x requests/web/www.yaml
    mkdir -p requests/1/2/3/4/5/6/7/8/9 && touch requests/1/2/3/4/5/6/7/8/9/x.yaml
    finds 'requests/1/2/3/4/5/6/7/8.*: error: '
    rm -r requests/1
    mkdir requests/many && (cd requests/many && seq -f '%g.yaml.sig' 1001 | xargs touch)
    run "$COUNTERSIGN" check
    grep -q '^requests/many: warning: .*1001 entries' <<<"$output"
    git add -A && git commit -q -m 'Many files'
    run "$COUNTERSIGN" check HEAD
    [ "$(grep -c '^requests/many: warning: .*1001 entries' <<<"$output")" -eq 1 ]
    run "$COUNTERSIGN" check good
    ! grep -q entries <<<"$output"
}

@test "hostile bytes are shown and do nothing" {
    printf 'apiVersion: countersign/v1\nkind: "\\e[31mGroup"\nmetadata: {name: x}\nspec: {}\n' >identities/x.yaml
    run "$COUNTERSIGN" check
    [ "$status" -eq 1 ]
    ! grep -q $'\e' <<<"$output" || false
    touch "requests/web/$(printf '\e[2J').yaml"
    run "$COUNTERSIGN" check
    ! grep -q $'\e' <<<"$output" || false
    head -c 300000 /dev/zero | tr '\0' 'a' >policies/large.yaml
    finds 'policies/large.yaml.*: error: .*256 KiB'
    head -c 1000 /dev/urandom >policies/large.yaml
    finds 'policies/large.yaml.*: error: '
}

@test "json: counts, and each finding with code, place and message" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    sed -i 's/^  profile: .*/  profil: web-production/' requests/web/www.yaml
    run "$COUNTERSIGN" check --format json
    [ "$status" -eq 1 ]
    python3 - "$output" <<'END'
import json, sys
found = json.loads(sys.argv[1])
assert found["errors"] == len([f for f in found["findings"] if f["severity"] == "error"]) >= 1
first = found["findings"][0]
assert first["path"] == "requests/web/www.yaml" and first["line"] > 1 and first["column"] == 3
assert first["code"] and first["message"]
END
}

@test "github: one annotation a finding, everything escaped" {
    printf 'apiVersion: countersign/v1\nkind: "100%%,:Group\\n::error::x"\nmetadata: {name: x}\nspec: {}\n' >identities/x.yaml
    run "$COUNTERSIGN" check --format github
    [ "$status" -eq 1 ]
    echo "$output"
    [ "$(wc -l <<<"$output")" -eq "$(grep -cE '^::(error|warning) file=identities/x.yaml,line=[0-9]+,col=[0-9]+,title=[A-Za-z]+::[^:]' <<<"$output")" ]
    grep -q '100%25' <<<"$output"
}

@test "sarif: version 2.1.0, rules for the results, places that a viewer finds" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    sed -i 's/^  profile: .*/  profil: web-production/' requests/web/www.yaml
    ln -s www.yaml requests/web/link.yaml
    run "$COUNTERSIGN" check --format sarif
    [ "$status" -eq 1 ]
    python3 - "$output" <<'END'
import json, sys
log = json.loads(sys.argv[1])
assert log["version"] == "2.1.0"
run, = log["runs"]
rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
assert run["tool"]["driver"]["name"] == "countersign" and len(rules) == len(run["tool"]["driver"]["rules"])
places = set()
for result in run["results"]:
    assert result["ruleId"] in rules and result["level"] in ("error", "warning") and result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    places.add(place["artifactLocation"]["uri"])
    if "region" in place:
        assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
assert places >= {"requests/web/www.yaml", "requests/web/link.yaml"}
END
}

@test "what it cannot do: a revision or a folder that is not there, unrelated histories, a wrong format" {
    run "$COUNTERSIGN" check policies/one-step.yaml
    [ "$status" -eq 2 ]
    [[ $output == *'"policies/one-step.yaml" is neither a folder nor a commit here: files are judged together'* ]]
    run "$COUNTERSIGN" check nowhere
    [ "$status" -eq 2 ]
    run "$COUNTERSIGN" check nowhere..HEAD
    [ "$status" -eq 3 ]
    git checkout -q --orphan alone && git commit -q -m 'Alone'
    run "$COUNTERSIGN" check good..alone
    [ "$status" -eq 3 ]
    grep -q 'no commit in common' <<<"$output"
    run "$COUNTERSIGN" check --format xml
    [ "$status" -eq 2 ]
    run "$COUNTERSIGN" check "$BATS_TEST_TMPDIR"
    [ "$status" -eq 1 ]
    grep -q 'countersign.yaml' <<<"$output"
}
