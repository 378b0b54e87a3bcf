#!/usr/bin/env bats
# What the output branch says of a request is what the next pass starts from: it stays small enough to be read, and
# what cannot be read is never taken for a request that nobody has seen.

load ../lib/pki

setup() {
    export HOME=$BATS_TEST_TMPDIR
    pki_new "$BATS_TEST_TMPDIR/pki"
    pki_run_once
}

generation() { pki_output "status/requests/$1.yaml" | awk '$1 == "generation:" { print $2; exit }'; }

# The file as it stands, signed by mallory in a trailer, pushed: resign ID
resign() {
    pki_as mallory
    git add requests
    git commit -q -S -m "Request $1" \
        --trailer "Countersign-Request: $1 sha256:$(sha256sum <"requests/$1.yaml" | cut -d' ' -f1)"
    git push -q origin main
}

@test "a file with tens of thousands of names does not make its requester's record unreadable, nor a rejection forgotten" {
    pki_request web web-staging mallory www.example.com
    cp requests/web.yaml "$PKI/web.yaml"
    pki_run_once
    rejected=$(pki_digest web)
    pki_decide dave Reject web
    pki_run_once
    [ "$(pki_state web)" = Rejected ]
    printf 's/\\[www.example.com\\]/[%s]/\n' "$(seq -s, -f 'n%.0f.b' 27000)" >"$PKI/edit"
    sed -i -f "$PKI/edit" requests/web.yaml
    resign web
    pki_run_once
    [ "$(pki_state web)" = Invalid ]
    [ "$(pki_output pending/web.yaml | wc -c)" -lt 65536 ]
    { cat "$PKI/web.yaml"; echo '# again'; } >requests/web.yaml
    resign web
    pki_run_once
    [ "$(pki_state web)" = PendingApproval ]
    [ "$(generation web)" = 2 ]
    [ "$(pki_digest web)" != "$rejected" ]
}

@test "nothing is decided on a request whose record cannot be read" {
    pki_request web web-staging mallory www.example.com
    pki_request other web-staging mallory other.example.com
    pki_run_once
    # as a reconciler with a defect would leave it: signed, and damaged
    export GIT_INDEX_FILE=$PKI/index GIT_DIR=$PKI/pki.git
    git read-tree countersign/output
    blob=$(echo 'status: [' | git hash-object -w --stdin)
    git update-index --cacheinfo "100644,$blob,pending/web.yaml" --cacheinfo "100644,$blob,status/requests/web.yaml"
    git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" -c user.name=x -c user.email=x@x commit-tree \
        -S -p countersign/output -m "$(git log -1 --format=%B countersign/output)" "$(git write-tree)" >"$PKI/damaged"
    git update-ref refs/heads/countersign/output "$(cat "$PKI/damaged")"
    unset GIT_INDEX_FILE GIT_DIR
    echo '# again' >>requests/web.yaml
    resign web
    run pki_run_once
    [[ $output == *'"level":"alarm","event":"record-unreadable","request":"web"'* ]]
    [ "$(pki_output pending/web.yaml)" = 'status: [' ]
    # and nobody else waits for it; but with that key anything may have been written, and until an operator has
    # looked at it the checker vouches for nothing
    pki_decide dave Approve other
    run pki_run_once
    [[ $output == *'"event":"checker-stopped"'*'RecordUnreadable, web'* ]]
    [ "$(pki_state other)" = Approved ]
    pki_run_once --check-from "$(git -C "$PKI/pki.git" rev-parse countersign/output)"
    [ "$(pki_state other)" = Issued ]
}

@test "of one identity twenty Invalid requests are shown, however many one push brings" {
    for i in $(seq 25); do
        printf 'apiVersion: countersign/v1\nkind: CertificateRequest\nmetadata: {name: r%d}\nspec: {profile: web-staging, requester: mallory, csr: x}\n' \
            "$i" >"requests/r$i.yaml"
    done
    git add requests
    git commit -q -m 'Nothing of it right'
    git push -q origin main
    pki_run_once
    [ "$(git -C "$PKI/pki.git" ls-tree -r --name-only countersign/output pending/ | wc -l)" = 20 ]
}

@test "the output branch of another repository with the same reconciler brings no administrators of its own" {
    here=$PKI/pki.git
    rm -rf "$PKI/state" && git -C "$here" update-ref -d refs/heads/countersign/output
    introduction=$(git rev-parse HEAD)
    (
        # mallory's repository, which the same reconciler serves
        mkdir "$PKI/other"
        cp -r "$PKI/keys" "$PKI/local" "$PKI/other"
        git clone -q --bare "$here" "$PKI/other/pki.git"
        PKI=$PKI/other PKI_ID=$(pki_id)
        sed -i "s/id: .*/id: $PKI_ID/; s/members: .alice, bob, carol., required: 2/members: [mallory], required: 1/" countersign.yaml
        git commit -q -a -m 'Mallory rules'
        git push -q "$PKI/pki.git" HEAD:main
        pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
        pki_run_once
        git -C "$PKI/pki.git" push -q "$here" main countersign/output
    )
    run pki_run_once
    [[ $output == *'"event":"output-drift"'*'cannot come after number 0 of'* ]]
    [ "$(pki_output status/configuration.yaml | sed -n 's/^    commit: //p' | head -1)" = "$introduction" ]
    [ "$(git -C "$here" rev-list --count --first-parent countersign/output)" = 1 ]
}
