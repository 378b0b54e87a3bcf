#!/usr/bin/env bats
# From a push to a certificate, and all the ways in which there is none.

load ../lib/pki
load ../lib/hostile

setup() {
    cd "$BATS_TEST_TMPDIR"
    export HOME=$BATS_TEST_TMPDIR
    pki_new "$BATS_TEST_TMPDIR/pki"
}

teardown() { pki_end; }

state_is() {    # ID STATE
    local found
    found=$(pki_state "$1")
    [ "$found" = "$2" ] || { echo "$1 is $found, expected $2"; pki_output "status/requests/$1.yaml"; return 1; }
}

no_certificate() { ! pki_output "certificates/$1.pem" 2>/dev/null; }

# The whole two-step approval of web/www, so that a test can go on from there.
approve_fully() {
    pki_decide dave Approve "$1"
    pki_run_once
    pki_decide_inbox frank Approve "$1"
    pki_decide_file grace Approve "$1"
    pki_run_once
}

@test "two steps, three ways to sign: a certificate that openssl accepts" {
    pki_request web/www web-production alice www.example.com
    pki_run_once
    state_is web/www PendingApproval
    no_certificate web/www
    pki_decide dave Approve web/www
    pki_run_once
    state_is web/www PendingApproval
    pki_decide_inbox frank Approve web/www
    pki_run_once
    state_is web/www PendingApproval
    no_certificate web/www
    pki_decide_file grace Approve web/www
    pki_run_once
    state_is web/www Issued
    pki_verify web/www
    openssl x509 -in "$PKI/cert.pem" -noout -ext subjectAltName | grep -q 'DNS:www.example.com$'
    [ "$(openssl x509 -in "$PKI/cert.pem" -noout -pubkey)" = "$(openssl pkey -in "$PKI/keys/web_www.key" -pubout)" ]
    # the queue is empty again, the envelope is gone, its content is kept
    ! pki_output pending/web/www.yaml 2>/dev/null || false
    [ -z "$(git -C "$PKI/pki.git" for-each-ref refs/heads/countersign/inbox)" ]
    [ "$(git -C "$PKI/pki.git" ls-tree -r --name-only countersign/output evidence/ | wc -l)" = 1 ]
}

@test "each output commit is signed by the reconciler, and git fsck finds nothing" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    pki_run_once
    state_is web/www Issued
    echo "countersign@localhost $(cut -d' ' -f1,2 "$PKI/keys/reconciler.pub")" >allowed
    for commit in $(git -C "$PKI/pki.git" rev-list --first-parent countersign/output); do
        git -C "$PKI/pki.git" -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$PWD/allowed" verify-commit "$commit"
    done
    git -C "$PKI/pki.git" fsck --strict --no-dangling
    git -C "$PKI/pki.git" log -1 --format=%B countersign/output | grep -q '^Countersign-Ledger: '
}

@test "intent first, certificate in the next commit" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    pki_run_once
    git -C "$PKI/pki.git" show countersign/output^:status/requests/web/www.yaml >before
    grep -q '^  state: Approved' before
    serial=$(sed -n 's/^ *serialNumber: "\{0,1\}\([0-9a-f]*\).*/\1/p' before | head -1)
    pki_verify web/www
    [ "$(openssl x509 -in "$PKI/cert.pem" -noout -serial | tr A-F a-f)" = "serial=$serial" ]
}

@test "nothing changes when nothing happens" {
    pki_request web/www web-production alice www.example.com
    pki_run_once
    before=$(git -C "$PKI/pki.git" rev-parse countersign/output)
    pki_run_once
    pki_run_once
    [ "$(git -C "$PKI/pki.git" rev-parse countersign/output)" = "$before" ]
}

@test "a restart needs the previous output commit and nothing else" {
    pki_request web/www web-production alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    pki_run_once
    rm "$PKI/state/reconciler/accepted-tips"
    pki_decide frank Approve web/www
    pki_decide grace Approve web/www
    pki_run_once
    state_is web/www Issued
}

@test "reject with a comment ends it" {
    pki_request web/www web-production alice www.example.com
    pki_run_once
    pki_decide heidi Reject web/www "" "Not on a Friday"
    pki_run_once
    state_is web/www Rejected
    pki_output status/requests/web/www.yaml | grep -q 'Not on a Friday'
    approve_fully web/www
    state_is web/www Rejected
    no_certificate web/www
}

@test "cancel by the requester, not by somebody else" {
    pki_request web/www web-production alice www.example.com
    pki_run_once
    pki_decide mallory Cancel web/www
    pki_run_once
    state_is web/www PendingApproval
    pki_decide alice Cancel web/www
    pki_run_once
    state_is web/www Cancelled
    no_certificate web/www
}

@test "expires by itself, and approvals after the deadline do not count" {
    pki_policy short web-staging 1h "- {approvers: {groups: [team-leads]}}"
    rm policies/one-step.yaml
    git add -A && git commit -q -m 'Short-lived requests' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    state_is web/www PendingApproval
    pki_decide dave Approve web/www
    echo 3700 >"$HOME/clock"
    with_shim SHIM_CLOCK="$HOME/clock" pki_run_once
    state_is web/www Expired
    no_certificate web/www
}

@test "who may not approve is shown, with why" {
    pki_request web/www web-production alice www.example.com
    pki_run_once
    pki_decide mallory Approve web/www
    pki_run_once
    state_is web/www PendingApproval
    pki_output status/requests/web/www.yaml | grep -A4 'ignored:' | grep -q mallory
}

@test "a stranger's signature, and one that is missing, count for nothing" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    git config user.signingKey "$PKI/keys/stranger"
    git commit -q -S --allow-empty -m x --trailer "Countersign-Approve: web/www $(pki_digest web/www)"
    git commit -q --allow-empty -m x --trailer "Countersign-Approve: web/www $(pki_digest web/www)"
    git push -q
    pki_run_once
    state_is web/www PendingApproval
    no_certificate web/www
}

@test "an approval goes stale when what would be issued changes" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    old=$(pki_digest web/www)
    pki_request web/www web-staging alice api.example.com
    pki_decide dave Approve web/www "$old"
    pki_run_once
    state_is web/www PendingApproval
    [ "$(pki_digest web/www)" != "$old" ]
    pki_decide dave Approve web/www
    pki_run_once
    state_is web/www Issued
    pki_verify web/www
    openssl x509 -in "$PKI/cert.pem" -noout -subject | grep -q api.example.com
}

@test "somebody else's edit changes nothing" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    old=$(pki_digest web/www)
    sed -i 's/www.example.com/evil.example.com/' requests/web/www.yaml
    pki_as mallory
    git commit -q -S -am 'A small edit' \
        --trailer "Countersign-Request: web/www sha256:$(sha256sum <requests/web/www.yaml | cut -d' ' -f1)"
    git push -q
    pki_run_once
    [ "$(pki_digest web/www)" = "$old" ]
    pki_decide dave Approve web/www
    pki_run_once
    state_is web/www Issued
    pki_verify web/www
    openssl x509 -in "$PKI/cert.pem" -noout -subject | grep -q www.example.com
}

@test "after issuance an edit of the requester opens the next generation, with a certificate of its own" {
    pki_request web/www automatic alice www.example.com
    pki_run_once
    pki_verify web/www
    first=$(openssl x509 -in "$PKI/cert.pem" -noout -serial)
    pki_run_once
    pki_request web/www automatic alice api.example.com
    pki_run_once
    state_is web/www Issued
    pki_verify web/www
    [ "$(openssl x509 -in "$PKI/cert.pem" -noout -serial)" != "$first" ]
    openssl x509 -in "$PKI/cert.pem" -noout -subject | grep -q api.example.com
    pki_output status/requests/web/www.yaml | grep -q '^  generation: 2'
}

@test "accepted unsigned, signed by its requester later" {
    sed -i 's/^spec:/spec:\n  unsignedRequests: accept/' countersign.yaml
    git commit -qam 'Unsigned requests are taken' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    pki_request_file web/www web-staging alice www.example.com
    git add requests && git commit -q -m unsigned && git push -q
    pki_run_once
    state_is web/www PendingApproval
    pki_output status/requests/web/www.yaml | grep -q 'verified: false'
    pki_decide dave Approve web/none sha256:0000000000000000000000000000000000000000000000000000000000000000
    pki_run_once
    [ "$(pki_output status/requests/web/www.yaml | grep -c 'edit of the request')" = 0 ]
    pki_as alice
    git commit -q -S --allow-empty -m 'It is me' \
        --trailer "Countersign-Request: web/www sha256:$(sha256sum <requests/web/www.yaml | cut -d' ' -f1)"
    git push -q
    pki_run_once
    pki_output status/requests/web/www.yaml | grep -q 'verified: true'
}

@test "an unsigned request is refused and issues nothing" {
    pki_request_file web/www web-staging alice www.example.com
    git add requests && git commit -q -m 'unsigned' && git push -q
    pki_run_once
    state_is web/www Invalid
    no_certificate web/www
}

@test "a document of another apiVersion among the requests is left alone" {
    mkdir -p requests/web
    printf 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: theirs}\nspec: {}\n' >requests/web/theirs.yaml
    git add requests && git commit -q -m 'of another project' && git push -q
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    state_is web/www PendingApproval
    run pki_output status/requests/web/theirs.yaml
    [ "$status" -ne 0 ]
}

@test "outside the certificate policy: a clear reason, no certificate" {
    pki_request web/www web-staging alice www.example.org
    pki_run_once
    state_is web/www Invalid
    pki_output status/requests/web/www.yaml | grep -q 'www.example.org'
    no_certificate web/www
}

@test "above the local limits: refused by the signer, recorded, no certificate" {
    sed -i 's/names: .*\]/names: ["**.other.example"]/' "$PKI/local/countersign.yaml"
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    pki_run_once
    state_is web/www Failed
    no_certificate web/www
}

@test "the listed machine bypasses, another identity does not" {
    pki_request svc/a service deploy-bot a.example.com
    pki_request svc/b service alice b.example.com
    pki_run_once
    state_is svc/a Issued
    state_is svc/b PendingApproval
}

@test "approval: none issues at once, recorded as such" {
    pki_request auto/a automatic alice a.example.com
    pki_run_once
    state_is auto/a Issued
    pki_verify auto/a
}

@test "two requests in one push: the bad one does not hold up the good one" {
    pki_request_file bad web-staging alice www.example.com
    printf 'spec: [\n' >requests/bad.yaml
    printf '\0\377' >requests/worse.yaml
    ln -s /etc/passwd requests/link.yaml
    git add requests && git commit -q -m bad
    pki_request web/www automatic alice www.example.com
    pki_run_once
    state_is web/www Issued
    state_is bad Invalid
}

@test "what others write to the output branch is replaced" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    good=$(git -C "$PKI/pki.git" rev-parse countersign/output)
    git fetch -q origin countersign/output
    git switch -q -c forged FETCH_HEAD
    mkdir -p certificates/web && echo forged >certificates/web/www.pem
    git add -A && git commit -q -S -m forged && git push -q origin forged:countersign/output
    git switch -q main
    pki_run_once
    no_certificate web/www
    [ "$(git -C "$PKI/pki.git" rev-parse countersign/output^)" = "$good" ]
    state_is web/www PendingApproval
}

@test "a rewritten input history stops the daemon until the operator accepts it" {
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    git commit -q --amend -m rewritten --no-edit && git push -q -f
    run pki_run_once
    [ "$status" = 3 ]
    [[ "$output" == *history-rewritten* ]]
    pki_accept_history "$(git rev-parse HEAD)"
    pki_run_once
}

@test "a changed configuration needs the quorum of administrators" {
    pki_run_once
    pki_profile extra "approval: none"
    git add -A && git commit -q -m 'A profile without approval' && git push -q
    pki_run_once
    pki_request auto/x extra alice x.example.com
    pki_run_once
    state_is auto/x Invalid
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    pki_as alice
    git commit -q -S --allow-empty -m yes --trailer "Countersign-Configuration: $digest" && git push -q
    pki_run_once
    state_is auto/x Invalid
    pki_output status/configuration.yaml | grep -q bob
    pki_as mallory
    git commit -q -S --allow-empty -m yes --trailer "Countersign-Configuration: $digest" && git push -q
    pki_run_once
    state_is auto/x Invalid
    pki_as bob
    git commit -q -S --allow-empty -m yes --trailer "Countersign-Configuration: $digest" && git push -q
    pki_run_once
    state_is auto/x Issued
    git -C "$PKI/pki.git" log -1 --format=%B countersign/output | grep -q "^Countersign-Configuration-Trusted: 1 $digest"
}

@test "a reconciler whose key is not listed writes nothing" {
    pki_request web/www automatic alice www.example.com
    pki_run_once
    cp "$PKI/keys/stranger" "$PKI/keys/reconciler"
    before=$(git -C "$PKI/pki.git" rev-parse countersign/output)
    pki_request web/two automatic alice two.example.com
    run pki_run_once
    [ "$status" = 3 ]
    [[ "$output" == *key-not-listed* ]]
    [ "$(git -C "$PKI/pki.git" rev-parse countersign/output)" = "$before" ]
}

@test "the daemon issues by itself, and ends cleanly on SIGTERM" {
    "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json 2>daemon.log &
    daemon=$!
    pki_request web/www web-staging alice www.example.com
    eventually 120 state_is web/www PendingApproval
    run pki_run_once
    [ "$status" = 3 ]       # only one on a state directory
    pki_decide dave Approve web/www
    eventually 120 state_is web/www Issued
    kill -TERM "$daemon"
    wait "$daemon"
    state_is web/www Issued
    pki_verify web/www
}

@test "a branch whose name blocks the output branch is removed" {
    git push -q origin main:refs/heads/countersign/output/blocker
    pki_request auto/a automatic alice a.example.com
    pki_run_once
    state_is auto/a Issued
    [ -z "$(git -C "$PKI/pki.git" for-each-ref refs/heads/countersign/output/)" ]
    # and when somebody takes the output branch away and puts another in its place
    git push -q origin :countersign/output
    git push -q origin main:refs/heads/countersign
    pki_request auto/b automatic alice b.example.com
    pki_run_once
    state_is auto/a Issued
    state_is auto/b Issued
}

elsewhere() {
    sed -i "s#repository: .*#repository: {url: \"file://$PKI/pki.git\", interval: 1s}#" "$PKI/local/countersign.yaml"
}

@test "a repository elsewhere: fetched, judged in a mirror, pushed to" {
    elsewhere
    pki_request web/www web-production alice www.example.com
    pki_run_once
    state_is web/www PendingApproval
    approve_fully web/www
    state_is web/www Issued
    pki_verify web/www
    [ -z "$(git -C "$PKI/pki.git" for-each-ref refs/heads/countersign/inbox)" ]
    git -C "$PKI/pki.git" fsck --strict --no-dangling
    before=$(git -C "$PKI/pki.git" rev-parse countersign/output)
    pki_run_once
    [ "$(git -C "$PKI/pki.git" rev-parse countersign/output)" = "$before" ]
}

@test "a repository elsewhere that goes away for a while, and one that refuses the output" {
    elsewhere
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    pki_decide dave Approve web/www
    mv "$PKI/pki.git" "$PKI/gone.git"
    run pki_run_once
    [ "$status" = 3 ]
    mv "$PKI/gone.git" "$PKI/pki.git"
    printf '#!/bin/sh\nexit 1\n' >"$PKI/pki.git/hooks/pre-receive"
    chmod +x "$PKI/pki.git/hooks/pre-receive"
    run pki_run_once
    [ "$status" = 3 ]
    state_is web/www PendingApproval
    rm "$PKI/pki.git/hooks/pre-receive"
    pki_run_once
    state_is web/www Issued
    pki_verify web/www
}

@test "a rewritten history of a repository elsewhere is accepted by name" {
    elsewhere
    pki_request web/www web-staging alice www.example.com
    pki_run_once
    git commit -q --amend -m rewritten --no-edit && git push -q -f
    run pki_run_once
    [ "$status" = 3 ]
    [[ "$output" == *history-rewritten* ]]
    git commit -q --allow-empty -m newer && git push -q
    # not what the mirror holds: what is there now
    pki_accept_history "$(git rev-parse HEAD)"
    pki_run_once
    git -C "$PKI/pki.git" log -1 --format=%B countersign/output | grep -q "^Countersign-History-Accepted: $(git rev-parse HEAD)$"
    pki_run_once
}

@test "the daemon looks at a repository elsewhere by itself" {
    elsewhere
    "$COUNTERSIGN" run --config "$PKI/local/countersign.yaml" --log json 2>daemon.log &
    daemon=$!
    pki_request auto/a automatic alice a.example.com
    eventually 120 state_is auto/a Issued
    kill -TERM "$daemon"
    wait "$daemon"
    state_is auto/a Issued
}
