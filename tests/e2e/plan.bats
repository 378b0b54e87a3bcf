# `countersign plan`: what a branch would do, judged as the reconciler judges it, for the page of a pull request.
bats_require_minimum_version 1.5.0

load ../lib/pki

setup_file() {
    export HOME=$BATS_FILE_TMPDIR
    pki_new "$BATS_FILE_TMPDIR/pki"
    pki_request web/open web-production alice open.example.com
    pki_request web/issued web-staging alice issued.example.com
    pki_run_once
    pki_decide dave Approve web/issued
    pki_decide dave Approve web/open
    pki_run_once
    git fetch -q
    git branch -q -f base
    cd "$BATS_FILE_TMPDIR" || return
}

setup() {
    cd "$WORK" || return
    git checkout -q -f -B "branch-$BATS_TEST_NUMBER" base
    git clean -q -f -d
    pki_as alice
}

plan() { "$COUNTERSIGN" plan "${@:-base..HEAD}" >"$BATS_TEST_TMPDIR/plan" || [ $? -eq "${expected:-0}" ]; cat "$BATS_TEST_TMPDIR/plan"; }
says() { grep -qE -- "$1" "$BATS_TEST_TMPDIR/plan" || { echo "it does not say: $1"; false; }; }
says_not() { ! grep -qE -- "$1" "$BATS_TEST_TMPDIR/plan"; }

request() {     # PERSON ID PROFILE DNS [extra spec lines]: a signed commit
    pki_request_file "$2" "$3" "$1" "$4" ${5:+"$5"}
    pki_as "$1"
    git add requests
    git commit -q -S -m "Ask for $2" \
        --trailer "Countersign-Request: $2 sha256:$(sha256sum <"requests/$2.yaml" | cut -d' ' -f1)"
}

@test "a new request: plan, digest, steps in order, the command; and the reconciler computes the same digest" {
    request alice web/new web-production new.example.com
    plan
    says '^### `web/new`$'
    says '^Opens a request\.$'
    says '^- state: `PendingApproval`, generation 1$'
    says '^- requester: `alice`, `alice@example.com` \(signed\)$'
    says '^1\. `Team Lead Review`: 1 needed, can approve: `dave`, `erin`$'
    says '^2\. `Security Review`: 2 needed, can approve: `frank`, `grace`, `heidi`$'
    says '^alt-name: DNS:new.example.com$'
    says '^countersign approve web/new --push$'
    digest=$(sed -n 's/^Digest: `\(.*\)`$/\1/p' "$BATS_TEST_TMPDIR/plan")
    [ "$digest" = "sha256:$(sed -n '/^countersign-plan-v1/,/^```/p' "$BATS_TEST_TMPDIR/plan" | sed '$d' | sha256sum | cut -d' ' -f1)" ]
    git push -q origin HEAD:main
    pki_run_once
    [ "$(pki_digest web/new)" = "$digest" ]
    git fetch -q
    git branch -q -f base
}

@test "the command of the page, typed as it stands, approves" {
    request alice web/typed web-staging typed.example.com
    plan
    git push -q origin HEAD:main
    pki_run_once
    pki_as dave
    eval "$(grep '^git commit -S' "$BATS_TEST_TMPDIR/plan")"
    git push -q origin HEAD:main
    pki_run_once
    [ "$(pki_state web/typed)" = Issued ]
    git fetch -q
    git branch -q -f base
}

@test "without an operand: what HEAD adds to the input branch" {
    request alice web/default web-production default.example.com
    "$COUNTERSIGN" plan >"$BATS_TEST_TMPDIR/plan"
    says '^### `web/default`$'
    git checkout -q base
    "$COUNTERSIGN" plan >"$BATS_TEST_TMPDIR/plan"
    says '^No certificate, and no rule\.$'
}

@test "an unsigned request, one by somebody else, one outside the policy: refused with the reason, exit status 1" {
    pki_request_file web/unsigned web-production alice www.example.com
    git add -A && git commit -q -m 'Not signed'
    run -1 "$COUNTERSIGN" plan base..HEAD
    [[ $output == *'Would not be accepted'*'not signed by its requester'* ]]
    git reset -q --hard base
    pki_request_file web/foreign web-production alice www.example.com
    pki_as mallory
    git add -A && git commit -q -S -m 'As alice' \
        --trailer "Countersign-Request: web/foreign sha256:$(sha256sum <requests/web/foreign.yaml | cut -d' ' -f1)"
    run -1 "$COUNTERSIGN" plan base..HEAD
    [[ $output == *'Would not be accepted'* ]]
    git reset -q --hard base
    request alice web/outside web-production www.example.org
    run -1 "$COUNTERSIGN" plan base..HEAD
    [[ $output == *'`Invalid`'*'www.example.org'* ]]
    git reset -q --hard base
    mkdir -p requests/web && echo 'kind: Nonsense' >requests/web/broken.yaml
    git add -A && git commit -q -m 'Broken'
    run -1 "$COUNTERSIGN" plan base..HEAD
    [[ $output == *'Would not be accepted'*'the file has errors'*'requests/web/broken.yaml:1'* ]]
}

@test "an edit of an open request that changes the certificate: the next generation, approvals lost; one that does not: nothing" {
    sed -i 's/open.example.com/changed.example.com/' requests/web/open.yaml
    pki_as alice
    git commit -q -S -a -m 'Another name' \
        --trailer "Countersign-Request: web/open sha256:$(sha256sum <requests/web/open.yaml | cut -d' ' -f1)"
    expected=1
    plan
    says 'Is Invalid: nothing is issued until it is mended'
    says 'spec.csr names "open.example.com"'
    says_not 'What would be issued'
    git reset -q --hard base
    sed -i 's/dns: \[open.example.com\]/dns: [open.example.com, second.example.com]/' requests/web/open.yaml
    git commit -q -S -a -m 'Another name' \
        --trailer "Countersign-Request: web/open sha256:$(sha256sum <requests/web/open.yaml | cut -d' ' -f1)"
    plan
    says 'approvals given so far no longer count'
    says '^- state: `PendingApproval`, generation 2$'
    says '^1\. `Team Lead Review`: 1 needed, can approve'
    git reset -q --hard base
    sed -i 's/justification: .*/justification: A better reason/' requests/web/open.yaml
    git commit -q -S -a -m 'Another reason' \
        --trailer "Countersign-Request: web/open sha256:$(sha256sum <requests/web/open.yaml | cut -d' ' -f1)"
    plan
    says 'Changes nothing that people sign'
    says 'Team Lead Review`: 1 needed, approved by `dave`'
}

@test "a document of another apiVersion is left alone" {
    printf 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: theirs}\nspec: {}\n' >requests/web/theirs.yaml
    git add requests && git commit -q -m 'Of another project'
    plan
    says 'No certificate, and no rule.'
}

@test "a deleted file changes nothing, and the page says what would" {
    git rm -q requests/web/open.yaml
    git commit -q -m 'Away'
    plan
    says 'is deleted, which changes nothing'
    says 'countersign cancel'
}

@test "decisions on the branch are counted, and those that would not count are shown" {
    request alice web/new2 web-production new2.example.com
    plan
    digest=$(sed -n 's/^Digest: `\(.*\)`$/\1/p' "$BATS_TEST_TMPDIR/plan")
    pki_as erin
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Approve: web/new2 $digest"
    pki_as stranger
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Approve: web/new2 $digest"
    git -c commit.gpgSign=false commit -q --allow-empty -m Yes --trailer "Countersign-Approve: web/new2 $digest"
    plan
    says 'Team Lead Review`: 1 needed, approved by `erin`'
    says '^## Signatures on this branch that would not count$'
    [ "$(sed -n '/would not count/,$p' "$BATS_TEST_TMPDIR/plan" | grep -c '^- ')" -eq 2 ]
}

@test "changed rules: the files, the digest, who must sign, what becomes of open requests" {
    sed -i 's/groups: \[team-leads\]}, requiredApprovals: 1/groups: [team-leads]}, requiredApprovals: 2/' policies/two-step.yaml
    sed -i 's/ttl: 30d/ttl: 20d/' profiles/web-production.yaml
    git commit -q -a -m 'Stricter'
    plan
    says '^## The rules change$'
    says '^- `policies/two-step.yaml`$'
    says '^- signatures: 2 needed, 2 missing$'
    says '^- can still sign: `alice`, `bob`, `carol`$'
    says '^- `web/open`: .*the plan changes, approvals no longer count'
    digest=$(sed -n 's/^Configuration number 1, digest `\(sha256:[0-9a-f]*\)`.*/\1/p' "$BATS_TEST_TMPDIR/plan")
    [ "$digest" = "$(pki_configuration_digest 1 "$(git -C "$PKI/pki.git" show countersign/output:status/configuration.yaml | sed -n 's/.*digest: "*\(sha256:[0-9a-f]*\).*/\1/p' | head -n 1)")" ]
    pki_as bob
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $digest"
    plan
    says '^- signatures: 2 needed, 1 missing$'
    says '^- signed by: `bob`$'
}

@test "rules with errors can never be trusted: exit status 1, each error with its place" {
    sed -i 's/requiredApprovals: 2/requiredApprovals: 7/' policies/two-step.yaml
    git commit -q -a -m 'Too strict'
    run -1 "$COUNTERSIGN" plan base..HEAD
    [[ $output == *'can never be trusted'*'`policies/two-step.yaml:'* ]]
}

@test "a request that needs the branch's own rules: refused now, and what it would be later" {
    sed 's/name: web-staging/name: web-test/' profiles/web-staging.yaml >profiles/web-test.yaml
    sed -i 's/profiles: \[web-staging\]/profiles: [web-staging, web-test]/' policies/one-step.yaml
    git add -A && git commit -q -m 'A new profile'
    request alice web/later web-test later.example.com
    plan
    says 'Once the configuration of this branch is trusted'
    says '^- state: `PendingApproval`, generation 1$'
    says 'approval policy: `one-step`'
}

@test "markdown: whatever a branch contains, it is shown as code and nothing of it is markup" {
    pki_request_file web/evil web-production alice www.example.com
    sed -i 's|justification: .*|justification: "`[x](http://example.org) <img src=x> @everyone \\u202e"|' requests/web/evil.yaml
    sed -i 's|organization: .*||; s|subject: {commonName: www.example.com}|subject: {commonName: "a`` ![x](y) <b>"}|' requests/web/evil.yaml
    pki_as alice
    git add -A && git commit -q -S -m 'Evil' \
        --trailer "Countersign-Request: web/evil sha256:$(sha256sum <requests/web/evil.yaml | cut -d' ' -f1)"
    git commit -q -S --allow-empty -m 'Evil' --trailer 'Countersign-Approve: <img/src=x> sha256:0'
    run -1 "$COUNTERSIGN" plan base..HEAD
    echo "$output"
    # without code spans and fences nothing of it is left
    bare=$(sed '/^```/,/^```/d' <<<"$output" | sed -E 's/``` ([^`]|`{1,2}[^`])* ```//g; s/`` ([^`]|`[^`])* ``//g; s/`[^`]*`//g')
    ! grep -qE '<|>|@|\]\(|!\[' <<<"$bare" || false
    ! grep -q $'\u202e' <<<"$output"
}

@test "json: the same facts, for programs" {
    command -v python3 >/dev/null || skip "python3 is not installed"
    request alice web/json web-production json.example.com
    "$COUNTERSIGN" plan base..HEAD -o json >"$BATS_TEST_TMPDIR/json"
    plan
    digest=$(sed -n 's/^Digest: `\(.*\)`$/\1/p' "$BATS_TEST_TMPDIR/plan")
    python3 - "$BATS_TEST_TMPDIR/json" "$digest" "$(git rev-parse base)" "$(git rev-parse HEAD)" <<'END'
import json, sys
found = json.load(open(sys.argv[1]))
assert set(found) == {"base", "head", "trusted", "trustedNumber", "trustedDigest", "requests", "affected",
    "configuration", "ignored", "reasons"}
assert found["base"] == sys.argv[3] and found["head"] == sys.argv[4] and found["trusted"] is True
request, = found["requests"]
assert set(request) == {"request", "effect", "why", "reasons", "status", "statusOnceTrusted"}
assert request["request"] == "web/json" and request["effect"] == "opens" and request["why"] is None
status = request["status"]["status"] if "status" in request["status"] else request["status"]
assert status["state"] == "PendingApproval" and status["digest"] == sys.argv[2]
assert [step["waitingFor"] for step in status["steps"]] == [["dave", "erin"], ["frank", "grace", "heidi"]]
assert found["configuration"] is None and found["ignored"] == [] and found["affected"] == [] and found["reasons"] == []
END
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 1d/' policies/two-step.yaml
    git commit -q -a -m 'Quicker'
    "$COUNTERSIGN" plan base..HEAD -o json | python3 -c '
import json, sys
own = json.load(sys.stdin)["configuration"]
assert set(own) == {"number", "digest", "previous", "required", "missing", "signedBy", "waitingFor", "paths", "reasons"}
assert own["number"] == 1 and own["required"] == 2 and own["missing"] == 2 and own["signedBy"] == []
assert own["waitingFor"] == ["alice", "bob", "carol"] and own["paths"] == ["policies/two-step.yaml"]
assert own["digest"].startswith("sha256:") and own["previous"].startswith("sha256:")'
}

@test "what it cannot do is said: no range, no such commit" {
    run -2 "$COUNTERSIGN" plan HEAD
    run -3 "$COUNTERSIGN" plan nowhere..HEAD
    [[ $output == *nowhere* ]]
    run -2 "$COUNTERSIGN" plan -o yaml
}
