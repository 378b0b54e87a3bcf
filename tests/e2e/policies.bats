# The library in policies/: all of it is one valid configuration, and each policy lets through what it is for and
# refuses what it is not for.

load ../lib/pki

setup_file() {
    pki_new "$BATS_FILE_TMPDIR/pki"
    rm -rf policies profiles
    mkdir policies profiles
    cp "$BATS_TEST_DIRNAME"/../../policies/{certificate,approval}/*.yaml policies/
    cp "$BATS_TEST_DIRNAME"/../../policies/profiles/*.yaml profiles/
    # the library's intermediate CA comes from an authority with room below it
    cat >authorities/root-ca.yaml <<YAML
apiVersion: countersign/v1
kind: CertificateAuthority
metadata: {name: root-ca}
spec:
  type: internal
  certificate: |
$(indent 4 <"$PKI/local/root.pem")
YAML
    git add -A
    git commit -q -m 'The library'
    git push -q origin main
    git branch -q -f library
    cd "$BATS_FILE_TMPDIR" || return
}

setup() {
    cd "$WORK" || return
    git checkout -q -f -B "test-$BATS_TEST_NUMBER" library
    git clean -q -f -d
    pki_as alice
}

# ask ID PROFILE REQUESTER [openssl's key options] <<<"lines of spec"
ask() {
    local id=$1 profile=$2 requester=$3 key=("${@:4}")
    ((${#key[@]} > 0)) || key=(-algorithm EC -pkeyopt ec_paramgen_curve:P-256)
    mkdir -p "$(dirname "requests/$id")"
    openssl genpkey "${key[@]}" -out "$BATS_TEST_TMPDIR/key" 2>/dev/null
    openssl req -new -key "$BATS_TEST_TMPDIR/key" -subj / -out "$BATS_TEST_TMPDIR/csr"
    {
        printf 'apiVersion: countersign/v1\nkind: CertificateRequest\nmetadata: {name: %s}\nspec:\n' "${id##*/}"
        printf '  repository: %s\n  profile: %s\n  requester: %s\n  csr: |\n' "$PKI_ID" "$profile" "$requester"
        indent 4 <"$BATS_TEST_TMPDIR/csr"
        sed 's/^/  /'
    } >"requests/$id.yaml"
}

# The request's file in a commit that its requester signs.
signed_by() {   # PERSON ID
    pki_as "$1"
    git add "requests/$2.yaml"
    git commit -q -S -m "Ask for $2" \
        --trailer "Countersign-Request: $2 sha256:$(sha256sum <"requests/$2.yaml" | cut -d' ' -f1)"
}

# What the reconciler would make of the branch.
judged() { "$COUNTERSIGN" plan library..HEAD 2>"$BATS_TEST_TMPDIR/errors" || { cat "$BATS_TEST_TMPDIR/errors"; true; }; }
digest() { judged | sed -n 's/^Digest: `\(.*\)`$/\1/p'; }
state_is() { judged | tee /dev/stderr | grep -qxE -- "- state: \`$1\`, generation [0-9]+"; }
approved_by() { # PERSON ID
    pki_as "$1"
    git commit -q -S --allow-empty -m 'Looks right' --trailer "Countersign-Approve: $2 $(digest)"
}

accepted() { "$COUNTERSIGN" check; }
refused() {     # WORDS OF THE REASON
    run "$COUNTERSIGN" check
    echo "$output"
    [ "$status" -eq 1 ]
    grep -qE -- "^requests/.*error: .*$1" <<<"$output"
}

@test "all of the library together is a valid configuration, without a warning" {
    run "$COUNTERSIGN" check library
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$output" = "0 errors, 0 warnings" ]
}

@test "tls-server, two-step: inside the policy it waits for one team lead and two of security" {
    ask web/www web-production alice <<<'altNames: {dns: [www.example.com, a.b.example.com, example.com]}'
    accepted
    signed_by alice web/www
    state_is PendingApproval
    judged | grep -F 'approval policy: `two-step`'
    approved_by dave web/www
    approved_by frank web/www
    state_is PendingApproval
    approved_by grace web/www
    state_is Approved
}

@test "tls-server, two-step: security alone is not enough, whoever of them signs" {
    ask web/www web-production alice <<<'altNames: {dns: [www.example.com]}'
    signed_by alice web/www
    for person in frank grace heidi mallory bob; do approved_by "$person" web/www; done
    state_is PendingApproval
}

@test "tls-server: names outside the domain, denied names, other usages, long lifetimes and weak keys are refused" {
    ask web/www web-production alice <<<'altNames: {dns: [www.example.org]}'
    refused 'www\.example\.org'
    ask web/www web-production alice <<<'altNames: {dns: [db.internal.example.com]}'
    refused 'db\.internal\.example\.com'
    ask web/www web-production alice <<<'altNames: {dns: [www.example.com], ip: [10.0.0.1]}'
    refused '10\.0\.0\.1'
    ask web/www web-production alice <<<$'altNames: {dns: [www.example.com]}\nextendedKeyUsages: [serverAuth, codeSigning]'
    refused 'codeSigning'
    ask web/www web-production alice <<<$'altNames: {dns: [www.example.com]}\nkeyUsages: [keyEncipherment]'
    refused 'digitalSignature'
    ask web/www web-production alice <<<$'altNames: {dns: [www.example.com]}\nttl: 91d'
    refused '90d|91d'
    ask web/www web-production alice <<<$'altNames: {dns: [www.example.com]}\nbasicConstraints: {ca: true}'
    refused 'CA|ca'
    ask web/www web-production alice -algorithm RSA -pkeyopt rsa_keygen_bits:2048 <<<'altNames: {dns: [www.example.com]}'
    refused 'RSA-2048'
    ask web/www web-production alice <<<$'altNames: {dns: [www.example.com]}\nsubject: {commonName: www.example.com, organization: Other Inc}'
    refused 'Other Inc'
}

@test "one-step: one team lead is enough for staging" {
    ask web/test web-staging bob <<<'altNames: {dns: [test.example.com]}'
    accepted
    signed_by bob web/test
    state_is PendingApproval
    approved_by frank web/test
    state_is PendingApproval
    approved_by erin web/test
    state_is Approved
}

@test "only the requesters that a profile names may ask" {
    ask web/test web-staging frank <<<'altNames: {dns: [test.example.com]}'
    refused '"frank" is not among the requesters'
}

@test "mtls-client, machine-bypass: a listed machine that signs is approved at once, a person waits" {
    ask mesh/api service-client deploy-bot <<<'altNames: {dns: [api.services.example.com], uri: ["spiffe://example.com/api"]}'
    accepted
    signed_by deploy-bot mesh/api
    state_is Approved
    judged | grep -E 'approved at once: .*(bypass|deploy-bot)'
    git rm -q --cached requests/mesh/api.yaml
    rm requests/mesh/api.yaml
    git commit -q -m 'Away with it'
    ask mesh/web service-client alice <<<'altNames: {dns: [web.services.example.com]}'
    signed_by alice mesh/web
    state_is PendingApproval
    approved_by dave mesh/web
    state_is Approved
}

@test "mtls-client: servers, other domains and workloads, and long lifetimes are refused" {
    ask mesh/api service-client deploy-bot <<<$'altNames: {dns: [api.services.example.com]}\nextendedKeyUsages: [clientAuth, serverAuth]'
    refused 'serverAuth'
    ask mesh/api service-client deploy-bot <<<'altNames: {dns: [www.example.com]}'
    refused 'www\.example\.com'
    ask mesh/api service-client deploy-bot <<<'altNames: {uri: ["spiffe://example.org/api"]}'
    refused 'spiffe://example\.org/api'
    ask mesh/api service-client deploy-bot <<<$'altNames: {dns: [api.services.example.com]}\nttl: 31d'
    refused '30d|31d'
}

@test "code-signing, four-eyes: two different people, neither of them the requester" {
    ask release/linux code-signing alice <<<$'subject: {commonName: Example Inc Release Linux, country: CH}\naltNames: {email: [release@example.com]}'
    accepted
    signed_by alice release/linux
    state_is PendingApproval
    judged | grep -F 'approval policy: `four-eyes`'
    approved_by frank release/linux
    state_is PendingApproval
    approved_by frank release/linux
    state_is PendingApproval
    approved_by grace release/linux
    state_is Approved
}

@test "code-signing: names of machines, foreign subjects and other usages are refused" {
    ask release/linux code-signing alice <<<$'subject: {commonName: Example Inc Release Linux}\naltNames: {dns: [www.example.com]}'
    refused 'www\.example\.com'
    ask release/linux code-signing alice <<<'subject: {commonName: Somebody Else}'
    refused 'Somebody Else|Example Inc Release'
    ask release/linux code-signing alice <<<'subject: {commonName: Example Inc Release Linux, country: XX}'
    refused 'XX'
    ask release/linux code-signing alice <<<$'subject: {commonName: Example Inc Release Linux}\nextendedKeyUsages: [serverAuth]'
    refused 'serverAuth|codeSigning'
    ask release/linux code-signing alice -algorithm ED25519 <<<'subject: {commonName: Example Inc Release Linux}'
    refused 'Ed25519'
}

@test "intermediate-ca, four-eyes: a CA below which there is no other" {
    ask ca/web intermediate-ca heidi -algorithm EC -pkeyopt ec_paramgen_curve:P-384 \
        <<<$'subject: {commonName: Example Inc Web CA}\nbasicConstraints: {ca: true, pathLength: 0}'
    accepted
    signed_by heidi ca/web
    state_is PendingApproval
    judged | grep -Fx 'basic-constraints: CA:TRUE,pathlen:0' || judged | grep -x 'basic-constraints: CA:TRUE.*0'
    approved_by heidi ca/web
    approved_by dave ca/web
    state_is PendingApproval
    approved_by grace ca/web
    state_is Approved
}

@test "intermediate-ca: no CA, longer paths and other keys are refused" {
    local p384=(-algorithm EC -pkeyopt ec_paramgen_curve:P-384)
    ask ca/web intermediate-ca heidi "${p384[@]}" <<<'subject: {commonName: Example Inc Web CA}'
    refused 'CA|ca'
    ask ca/web intermediate-ca heidi "${p384[@]}" <<<$'subject: {commonName: Example Inc Web CA}\nbasicConstraints: {ca: true, pathLength: 1}'
    refused 'athLength'
    ask ca/web intermediate-ca heidi <<<$'subject: {commonName: Example Inc Web CA}\nbasicConstraints: {ca: true, pathLength: 0}'
    refused 'ECDSA-P256'
    ask ca/web intermediate-ca heidi "${p384[@]}" <<<$'subject: {commonName: Example Inc Web CA}\nbasicConstraints: {ca: true, pathLength: 0}\nttl: 6y'
    refused '5y|6y|lifetime'
}
