#!/usr/bin/env bats
# request: a file, a signature, a commit; refused before anything is written when it would not be accepted.

bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/people

setup_file() {
    export HOME=$BATS_FILE_TMPDIR
    pki_new "$BATS_FILE_TMPDIR/pki"
    mkdir "$PKI/clones" "$PKI/private"
    pki_run_once
}

setup() {
    export HOME=$BATS_FILE_TMPDIR
    cd "$BATS_TEST_TMPDIR"
}

state_of() { pki_run_once >/dev/null 2>&1; pki_state "$1"; }
sha256_of() { sha256sum <"$1" | cut -d' ' -f1; }
nothing_written() { [ -z "$(git status --porcelain)" ] && [ "$(git rev-parse HEAD)" = "$head" ]; }

@test "--new-key: key, CSR, file, signed commit; what is shown is what becomes of it" {
    people_at alice
    run -0 "$COUNTERSIGN" request web/new --profile web-production --new-key "$PKI/private/new.key" \
        --dns www.example.com --dns example-two.example.com --cn www.example.com --ip 10.0.0.7 -m 'New storefront'
    [[ $output == *"web/new  PendingApproval"*"names               DNS:example-two.example.com"* ]]
    [[ $output == *"IP:10.0.0.7"*"1. Team Lead Review: 0 of 1, open"*"can still approve: dave, erin"* ]]
    [[ $output == *"Next: git push"*"countersign get web/new --wait 30m"* ]]
    digest=$(grep -o 'plan  sha256:[0-9a-f]*' <<<"$output" | cut -d' ' -f3)
    [ "$(stat -c %a "$PKI/private/new.key")" = 600 ]
    openssl pkey -in "$PKI/private/new.key" -noout
    [ "$(git show --name-only --format= HEAD)" = requests/web/new.yaml ]
    [ "$(git log -1 --format=%B | tail -2 | head -1)" = "Countersign-Request: web/new sha256:$(sha256_of requests/web/new.yaml)" ]
    echo "alice@example.com $(cut -d' ' -f1,2 "$PKI/keys/alice.pub")" >../allowed
    git -c gpg.ssh.allowedSignersFile="$PWD/../allowed" verify-commit HEAD
    [ -z "$(git status --porcelain)" ]
    git push -q
    [ "$(state_of web/new)" = PendingApproval ]
    [ "$(pki_digest web/new)" = "$digest" ]
    pki_output status/requests/web/new.yaml | grep -q 'verified: true'
    "$COUNTERSIGN" check
}

@test "from request to certificate by the people's commands alone" {
    people_at bob
    "$COUNTERSIGN" request web/whole -p web-staging --new-key "$PKI/private/whole.key" --dns whole.example.com -m 'All of it'
    git push -q
    pki_run_once
    people_at dave
    "$COUNTERSIGN" approve --for me --push "$(people_yes web/whole)" -m fine || "$COUNTERSIGN" approve --push web/whole "$(people_yes web/whole)"
    pki_run_once
    people_at bob
    "$COUNTERSIGN" get web/whole >whole.pem
    openssl verify -x509_strict -CAfile "$PKI/local/root.pem" -untrusted "$PKI/local/issuing-ca.pem" whole.pem
    [ "$(openssl x509 -in whole.pem -noout -pubkey)" = "$(openssl pkey -in "$PKI/private/whole.key" -pubout)" ]
    openssl x509 -in whole.pem -noout -ext subjectAltName | grep -q DNS:whole.example.com
    rm whole.pem
}

@test "--csr: names come from the CSR where none are given, from standard input too, with CRLF too" {
    people_at alice
    openssl req -new -newkey rsa:2048 -nodes -keyout "$PKI/private/csr.key" -subj /CN=csr.example.com \
        -addext subjectAltName=DNS:csr.example.com -out "$PKI/private/csr.pem" 2>/dev/null
    run -0 "$COUNTERSIGN" request web/csr -p web-production --csr "$PKI/private/csr.pem" -m 'From a CSR'
    [[ $output == *"subject             CN=csr.example.com"*"names               DNS:csr.example.com"* ]]
    (echo "some text before"; sed 's/$/\r/' "$PKI/private/csr.pem") >"$PKI/private/crlf.pem"
    "$COUNTERSIGN" request web/csr2 -p web-production --csr - -m 'From a pipe' < <(cat "$PKI/private/crlf.pem")
    git push -q
    [ "$(state_of web/csr)" = PendingApproval ]
    [ "$(pki_state web/csr2)" = PendingApproval ]
}

@test "usages, subject, ttl, not-before as given" {
    people_at alice
    start=$(date -u -d '+10 days' +%Y-%m-%dT00:00:00Z)
    run "$COUNTERSIGN" request web/given -p web-production --new-key "$PKI/private/given.key" --key-algorithm RSA-3072 \
        --dns given.example.com --subject 'O=Example Inc' --key-usage digitalSignature --key-usage keyEncipherment \
        --extended-key-usage clientAuth --ttl 7d --not-before "$start" -m 'All options'
    [ "$status" = 0 ] || { echo "$output"; false; }
    [[ $output == *"subject             O=Example Inc"* ]]
    [[ $output == *"key                 RSA-3072"* ]]
    [[ $output == *"key usage           digitalSignature, keyEncipherment"* ]]
    [[ $output == *"extended key usage  clientAuth"* ]]
    [[ $output == *"lifetime: 604800"*"not-before: $start"* ]]
}

@test "what would be refused is not written: reasons with their place, status 1" {
    people_at alice
    head=$(git rev-parse HEAD)
    while IFS='|' read -r arguments expected; do
        # shellcheck disable=SC2086
        run -1 "$COUNTERSIGN" request bad/one -m why --new-key "$PKI/private/bad.key" $arguments
        [[ $output == *"$expected"*"nothing was written"* ]] || { echo "$arguments: $output"; return 1; }
        [ ! -e "$PKI/private/bad.key" ]
        nothing_written
    done <<'LINES'
-p web-production --dns www.example.org|www.example.org
-p web-production --dns x.internal.example.com|x.internal.example.com
-p web-production --ip 192.168.0.1 --dns a.example.com|192.168.0.1
-p web-producton --dns www.example.com|web-producton
-p web-production --dns www.example.com --ttl 91d|90
-p web-production --dns www.example.com --ca|CA
-p web-production --dns www.example.com --not-before 2001-01-01T00:00:00Z|2001
-p web-production --dns www.example.com --extended-key-usage codeSigning|codeSigning
-p web-production --dns www.example.com --extended-key-usage nonsense|nonsense
-p web-production --cn not..a.name|not..a.name
LINES
}

@test "wrong options that need the repository to be known" {
    people_at alice
    head=$(git rev-parse HEAD)
    run -2 "$COUNTERSIGN" request x -p web-production --new-key "$PKI/private/x.key" -m why
    [[ $output == *"a new key needs names to certify"* ]]
    run -2 "$COUNTERSIGN" request x -p web-production --new-key "$PKI/private/x.key" --key-algorithm DSA --dns a.example.com -m why
    [[ $output == *"--key-algorithm"* ]]
    run -2 "$COUNTERSIGN" request x -p web-production --new-key "$PKI/private/x.key" --subject Example -m why
    [[ $output == *"not NAME=VALUE"* ]]
    run -2 "$COUNTERSIGN" request x -p web-production --new-key "$PKI/private/x.key" --dns a.example.com --path-length 1 -m why
    [[ $output == *"with --ca"* ]]
    run -3 "$COUNTERSIGN" request x -p web-production --csr not-there -m why
    [[ $output == *"not-there could not be read: No such file"* ]]
    run -1 "$COUNTERSIGN" request x -p web-production --csr countersign.yaml -m why
    [[ $output == *"holds no PEM certification request"* ]]
    nothing_written
}

@test "a private key never goes into the work tree, nor over something, nor through a link" {
    people_at alice
    head=$(git rev-parse HEAD)
    ln -s "$PWD" "$BATS_TEST_TMPDIR/link"
    mkdir -p requests
    for file in new.key ./requests/new.key "$PWD/new.key" "$BATS_TEST_TMPDIR/link/new.key" .git/new.key requests/../new.key; do
        run -2 "$COUNTERSIGN" request web/inside -p web-production --new-key "$file" --dns a.example.com -m why
        [[ $output == *"lies inside the work tree"* ]] || { echo "$file: $output"; return 1; }
    done
    echo precious >"$PKI/private/taken.key"
    run -3 "$COUNTERSIGN" request web/inside -p web-production --new-key "$PKI/private/taken.key" --dns a.example.com -m why
    [[ $output == *"exists already, and keys are never overwritten"* ]]
    [ "$(cat "$PKI/private/taken.key")" = precious ]
    ln -s nowhere "$PKI/private/dangling.key"
    run -3 "$COUNTERSIGN" request web/inside -p web-production --new-key "$PKI/private/dangling.key" --dns a.example.com -m why
    [[ $output == *"exists already"* ]]
    run -3 "$COUNTERSIGN" request web/inside -p web-production --new-key "$PKI/no-folder/a.key" --dns a.example.com -m why
    [[ $output == *"is no folder"* ]]
    nothing_written
}

@test "a requests/ that leads elsewhere by a symbolic link is not written through" {
    people_clone linked "$PKI/keys/alice.pub"
    mkdir "$BATS_TEST_TMPDIR/elsewhere"
    rm -rf requests && ln -s "$BATS_TEST_TMPDIR/elsewhere" requests
    run -3 "$COUNTERSIGN" request web/linked -p web-production --new-key "$PKI/private/linked.key" --dns a.example.com -m why
    [[ $output == *"leads out of the work tree by a symbolic link"* ]]
    [ ! -e "$BATS_TEST_TMPDIR/elsewhere/web/linked.yaml" ]
}

@test "an id that is there is not overwritten" {
    people_at alice
    "$COUNTERSIGN" request web/twice -p web-production --new-key "$PKI/private/twice.key" --dns twice.example.com -m why
    run -2 "$COUNTERSIGN" request web/twice -p web-production --new-key "$PKI/private/twice2.key" --dns twice.example.com -m why
    [[ $output == *"requests/web/twice.yaml exists already"*"--resign"*"--again"* ]]
    [ ! -e "$PKI/private/twice2.key" ]
}

@test "--sig: the file is signed for stock ssh-keygen, and survives a squash" {
    people_at alice
    "$COUNTERSIGN" request web/sig -p web-production --sig --new-key "$PKI/private/sig.key" --dns sig.example.com -m why
    [ "$(git log -1 --format=%G?)" = N ]
    ! git log -1 --format=%B | grep -q Countersign- || false
    echo "alice namespaces=\"countersign\" $(cut -d' ' -f1,2 "$PKI/keys/alice.pub")" >../allowed-file
    ssh-keygen -q -Y verify -f ../allowed-file -I alice -n countersign -s requests/web/sig.yaml.sig <requests/web/sig.yaml
    git -c user.name=forge -c user.email=f@x commit -q --amend -m Squashed
    git push -q
    [ "$(state_of web/sig)" = PendingApproval ]
    # once signed by a file, the next version is too: the old signature would be wrong
    git fetch -q
    sed -i 's/justification: .*/justification: another reason/' requests/web/sig.yaml
    "$COUNTERSIGN" request web/sig --resign
    ssh-keygen -q -Y verify -f ../allowed-file -I alice -n countersign -s requests/web/sig.yaml.sig <requests/web/sig.yaml
    [ "$(git show --name-only --format= HEAD | wc -l)" = 2 ]
    # and once more is nothing to do
    head=$(git rev-parse HEAD)
    run -0 "$COUNTERSIGN" request web/sig --resign
    [[ $output == *"Nothing to do: this version is signed and committed already." ]]
    nothing_written
}

@test "--resign: an edited file, and one that is committed but was not signed" {
    people_at alice
    pki_request_file web/edit web-production alice edit.example.com
    git add requests && git commit -q -m 'Not signed' && git push -q
    [ "$(state_of web/edit)" = Invalid ]
    git fetch -q
    run -0 "$COUNTERSIGN" request web/edit --resign
    git diff --quiet HEAD^ HEAD
    git push -q
    [ "$(state_of web/edit)" = PendingApproval ]
    first=$(pki_digest web/edit)
    git fetch -q
    sed -i 's/^  altNames: .*/  altNames: {dns: [edit.example.com, edited.example.com]}/' requests/web/edit.yaml
    "$COUNTERSIGN" request web/edit --resign
    git push -q
    [ "$(state_of web/edit)" = PendingApproval ]
    [ "$(pki_digest web/edit)" != "$first" ]
    run -3 "$COUNTERSIGN" request web/not-there --resign
    [[ $output == *"requests/web/not-there.yaml could not be read"* ]]
}

@test "--again: after a rejection the same request, as a new version and generation" {
    people_at alice
    "$COUNTERSIGN" request web/again -p web-production --new-key "$PKI/private/again.key" --dns again.example.com -m why
    git push -q
    pki_run_once
    people_at dave
    "$COUNTERSIGN" reject --push web/again "$(people_yes web/again)"
    [ "$(state_of web/again)" = Rejected ]
    people_at alice
    run -0 "$COUNTERSIGN" request web/again --again
    [[ $output == *"generation: 2"* ]]
    tail -1 requests/web/again.yaml | grep -qE '^# requested again at [0-9T:-]+Z$'
    git push -q
    [ "$(state_of web/again)" = PendingApproval ]
    people_at dave
    "$COUNTERSIGN" reject --push web/again "$(people_yes web/again)"
    [ "$(state_of web/again)" = Rejected ]
    sleep 1
    people_at alice
    "$COUNTERSIGN" request web/again --again
    [ "$(grep -c 'requested again' requests/web/again.yaml)" = 1 ]
    git push -q
    [ "$(state_of web/again)" = PendingApproval ]
    pki_output status/requests/web/again.yaml | grep -q 'generation: 3'
}

@test "another person's request: neither signed nor taken over" {
    people_at mallory
    head=$(git rev-parse HEAD)
    run -1 "$COUNTERSIGN" request web/new --resign
    [[ $output == *"web/new.yaml is a request of alice, and your signing key is mallory's"* ]] || [[ $output == *"alice"*"nothing was written"* ]]
    run -2 "$COUNTERSIGN" request web/mine -p web-production --requester alice --new-key "$PKI/private/m.key" --dns m.example.com -m why
    [[ $output == *"your signing key is mallory's, and a request of alice must be signed by alice"* ]]
    nothing_written
}

@test "a profile's requesters: who is not among them is refused before anything is written" {
    people_at dave
    head=$(git rev-parse HEAD)
    run -1 "$COUNTERSIGN" request web/notmine -p service --new-key "$PKI/private/notmine.key" --dns n.example.com -m why
    [[ $output == *"dave"*"nothing was written"* ]]
    nothing_written
}

@test "a key that nobody holds, and unsigned requests where they are refused" {
    people_clone stranger
    head=$(git rev-parse HEAD)
    run -3 "$COUNTERSIGN" request web/s -p web-production --new-key "$PKI/private/s.key" --dns s.example.com -m why
    [[ $output == *"belongs to nobody in this configuration"*"identities/"* ]]
    run -2 "$COUNTERSIGN" request web/s -p web-production --unsigned --new-key "$PKI/private/s.key" --dns s.example.com -m why
    [[ $output == *"who asks? --requester NAME is missing"* ]]
    run -1 "$COUNTERSIGN" request web/s -p web-production --unsigned --requester alice --new-key "$PKI/private/s.key" --dns s.example.com -m why
    [[ $output == *"refuses unsigned requests"* ]]
    nothing_written
    [ ! -e "$PKI/private/s.key" ]
}

@test "detached HEAD and bare repository: refused before anything is written" {
    people_at alice
    git checkout -q --detach
    run -3 "$COUNTERSIGN" request web/det -p web-production --new-key "$PKI/private/det.key" --dns d.example.com -m why
    git switch -q main
    [[ $output == *"HEAD is detached"* ]]
    [ ! -e "$PKI/private/det.key" ]
    run -3 "$COUNTERSIGN" -C "$PKI/pki.git" request web/det -p web-production --new-key "$PKI/private/det.key" --dns d.example.com -m why
    [[ $output == *"there is no work tree here"* ]]
}

@test "on a branch of one's own: the next step is a pull request" {
    people_at alice
    git switch -q -c storefront
    run -0 "$COUNTERSIGN" request web/branch -p web-production --new-key "$PKI/private/branch.key" --dns branch.example.com -m why
    [[ $output == *"Next: git push -u origin storefront, and a pull request into main"* ]]
    git push -q -u origin storefront
    git switch -q main
    run -0 "$COUNTERSIGN" show web/branch --at origin/storefront
    [[ $output == *"web/branch  PendingApproval"*"note: the reconciler has not judged this version"* ]]
    run -1 "$COUNTERSIGN" show web/branch
}

@test "a path that shells complete, from a folder below the top, staged changes of others untouched" {
    people_at alice
    echo x >staged && git add staged
    mkdir -p requests/web && cd requests/web
    "$COUNTERSIGN" request requests/web/below.yaml -p web-production --new-key "$PKI/private/below.key" --dns below.example.com -m why
    [ "$(git show --name-only --format= HEAD)" = requests/web/below.yaml ]
    [ "$(git status --porcelain)" = "A  staged" ]
}

@test "justification with several lines, quotes and wide letters arrives as it is" {
    people_at alice
    text=$'Erste Zeile: "Anf\u00fchrung" # kein Kommentar\n- \u8bc1\u4e66\n\nletzte'
    "$COUNTERSIGN" request web/text -p web-production --new-key "$PKI/private/text.key" --dns text.example.com -m "$text"
    run -0 "$COUNTERSIGN" show web/text
    [[ $output == *$'Erste Zeile: "Anf\u00fchrung" # kein Kommentar'*$'- \u8bc1\u4e66'*"letzte"* ]]
    "$COUNTERSIGN" check
}

@test "a signature that cannot be made: what stays where is said" {
    people_clone locked2 "$PKI/keys/alice.pub"
    git config gpg.ssh.program false
    run -3 "$COUNTERSIGN" request web/unsignable -p web-production --new-key "$PKI/private/unsignable.key" --dns u.example.com -m why
    [[ $output == *"git could not make the signed commit"*"nothing was committed"*"requests/web/unsignable.yaml stays in the work tree"* ]]
}

@test "--unsigned, where the repository accepts it: open, and the requester is shown as not signed" {
    pki_new "$BATS_TEST_TMPDIR/open"
    mkdir "$PKI/clones" "$PKI/private"
    sed -i 's/^  administrators:/  unsignedRequests: accept\n&/' countersign.yaml
    git commit -q -am 'Unsigned requests are accepted' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    pki_run_once
    people_clone alice
    git config --unset user.signingKey
    run -0 "$COUNTERSIGN" request web/un -p web-production --unsigned --requester alice \
        --new-key "$PKI/private/un.key" --dns un.example.com -m why
    [[ $output == *"alice), not signed"* ]]
    [ "$(git log -1 --format=%G?)" = N ]
    git push -q
    [ "$(state_of web/un)" = PendingApproval ]
    pki_output status/requests/web/un.yaml | grep -q 'verified: false'
}
