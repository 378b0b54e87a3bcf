#!/usr/bin/env bats
# Power cuts at every call that makes something durable or visible, while a request is opened, approved and issued.
# Afterwards one more run must find everything in order: one certificate, one serial number, no approval lost.

load ../lib/pki

setup() {
    cd "$BATS_TEST_TMPDIR"
    export HOME=$BATS_TEST_TMPDIR
    top=$BATS_TEST_DIRNAME
    cc -shared -fPIC -o crash.so "$top/crash.c" -ldl
    # the plain build: a sanitizer wants to be the first library
    plain=${COUNTERSIGN_BUILD:-$top/../../build}/countersign
    [ -x "$plain" ] && COUNTERSIGN=$plain
    export COUNTERSIGN
    pki_new "$BATS_TEST_TMPDIR/pki"
    # what is preloaded counts in all processes, and ends them all
    pki_no_sandbox
    pki_request web/www web-staging alice www.example.com
    pki_request auto/a automatic alice a.example.com
}

run_with_crash() {  # CALL
    CRASH_AT=$1 CRASH_COUNT=$BATS_TEST_TMPDIR/count LD_PRELOAD=$BATS_TEST_TMPDIR/crash.so \
        pki_run_once >/dev/null 2>&1
}

# As if a while had passed: a lock file that the dead process left is stale then, and removed.
a_while_later() {
    find "$PKI/pki.git" -name '*.lock' -exec touch -d '11 minutes ago' {} +
}

issued_once() {     # ID
    [ "$(pki_state "$1")" = Issued ]
    pki_verify "$1" >/dev/null
    # the same bytes in every output commit that has it
    [ "$(git -C "$PKI/pki.git" log --format= --raw --no-abbrev countersign/output -- "certificates/$1.pem" |
        awk '{print $4}' | sort -u | grep -vc '^0*$')" = 1 ]
    # and one certificate for the digest in the ledger
    [ "$(cut -d' ' -f1-3 "$PKI"/state/ledger* | grep -c .)" -ge 1 ]
}

@test "a crash at any durable step of a pass that issues" {
    pki_run_once
    pki_decide_inbox dave Approve web/www
    cp -a "$PKI" "$BATS_TEST_TMPDIR/before"
    run_with_crash 0
    steps=$(cat "$BATS_TEST_TMPDIR/count")
    [ "$steps" -gt 10 ]
    for ((step = 1; step <= steps; step++)); do
        rm -rf "$PKI" && cp -a "$BATS_TEST_TMPDIR/before" "$PKI"
        run run_with_crash "$step"
        [ "$status" = 137 ] || { echo "step $step of $steps: status $status"; false; }
        a_while_later
        pki_run_once || { echo "after step $step"; false; }
        issued_once web/www || { echo "after step $step"; pki_output status/requests/web/www.yaml; false; }
        git -C "$PKI/pki.git" fsck --strict --no-dangling >/dev/null
    done
}

@test "a crash at any durable step of the first pass" {
    cp -a "$PKI" "$BATS_TEST_TMPDIR/before"
    run_with_crash 0
    steps=$(cat "$BATS_TEST_TMPDIR/count")
    for ((step = 1; step <= steps; step++)); do
        rm -rf "$PKI" && cp -a "$BATS_TEST_TMPDIR/before" "$PKI"
        run run_with_crash "$step"
        [ "$status" = 137 ]
        a_while_later
        pki_run_once || { echo "after step $step"; false; }
        issued_once auto/a || { echo "after step $step"; false; }
        [ "$(pki_state web/www)" = PendingApproval ]
    done
}

# It was decided to issue, the signer refused, and the requester has taken it back: whatever of that was written, nothing
# is signed any more, although the signer would by now.
@test "a crash at any durable step of a pass that gives a refused plan up" {
    sed -i 's/names: \[[^]]*\]/names: ["**.other.example"]/' "$PKI/local/countersign.yaml"
    pki_run_once
    [ "$(pki_state auto/a)" = Failed ]
    digest=$(pki_digest auto/a)
    pki_decide_inbox alice Cancel auto/a
    sed -i 's/names: \[[^]]*\]/names: ["**.example.com"]/' "$PKI/local/countersign.yaml"
    cp -a "$PKI" "$BATS_TEST_TMPDIR/before"
    run_with_crash 0
    steps=$(cat "$BATS_TEST_TMPDIR/count")
    [ "$steps" -gt 10 ]
    for ((step = 1; step <= steps; step++)); do
        rm -rf "$PKI" && cp -a "$BATS_TEST_TMPDIR/before" "$PKI"
        run run_with_crash "$step"
        [ "$status" = 137 ]
        a_while_later
        pki_run_once || { echo "after step $step"; false; }
        [ "$(pki_state auto/a)" = Cancelled ] || { echo "after step $step"; pki_output status/requests/auto/a.yaml; false; }
        [ "$(grep -c " $digest " "$PKI/state/ledger")" = 1 ]
        grep -q " released $digest " "$PKI/state/ledger"
        # what the branch says of the ledger is true
        [ "$(git -C "$PKI/pki.git" log -1 --format=%B countersign/output | sed -n 's/^Countersign-Ledger: //p')" = \
            "$(tail -n 1 "$PKI/state/ledger" | awk '{ print $1, $NF }')" ]
        run git -C "$PKI/pki.git" log --format=%H countersign/output -- certificates/auto/a.pem
        [ -z "$output" ]
    done
}
