# What the signer refuses, gives up and remembers: requests that it will not sign, and a ledger that is not the one.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/hostile

setup() {
    export HOME=$BATS_TEST_TMPDIR LOG=$BATS_TEST_TMPDIR/log
    pki_new "$BATS_TEST_TMPDIR/pki"
    ledger=$PKI/state/ledger
}

pass() { pki_run_once "$@" 2>"$LOG"; }
# Decisions go on, and whoever runs it in a pipeline hears that certificates wait.
held_pass() {
    local status=0
    pass "$@" || status=$?
    [ "$status" = 3 ]
    grep -q "an operator has to put the signer's ledger right" "$LOG"
}
limit_names() { sed -i "s/names: \[[^]]*\]/names: [\"$1\"]/" "$PKI/local/countersign.yaml"; }
tip() { git -C "$PKI/pki.git" rev-parse "countersign/output$1"; }
trailer_of_tip() { git -C "$PKI/pki.git" log -1 --format=%B countersign/output | sed -n 's/^Countersign-Ledger: //p'; }
newest_entry() { tail -n 1 "$ledger" | awk '{ print $1, $NF }'; }
entries() { grep -c " $1 " "$ledger" || true; }

# The daemon has forgotten what came after an output commit: the branch is put back to it.
put_back_to() {
    git -C "$PKI/pki.git" update-ref refs/heads/countersign/output "$1"
    rm -f "$PKI/state/reconciler/accepted-tips" "$PKI/state/checker/accepted"
}

# A request that is decided, and that the signer refuses.
refused_request() {
    limit_names '**.other.example'
    pki_request web/www automatic alice www.example.com
    pass
    state_is web/www Failed
    digest=$(pki_digest web/www)
    intent=$(tip ~1)
    git -C "$PKI/pki.git" show "$intent:pending/web/www.yaml" | grep -q 'serialNumber'
}

# Behind a certificate and a refused request the ledger is gone; `hash` is the last that the output branch says of it.
lost_ledger() {
    pki_request a/one automatic alice a.example.com
    pass
    refused_request
    limit_names '**.example.com'
    read -r _ hash <<<"$(trailer_of_tip)"
    rm "$ledger"
}

@test "refused by the signer: a cancellation ends it, and nothing is ever signed for it" {
    refused_request
    status_of web/www | grep -q '^  cancellable: true'
    status_of web/www | grep -q 'Nothing was signed: the request can be cancelled'
    pki_decide erin Cancel web/www
    pki_decide dave Reject web/www
    pass
    state_is web/www Failed
    ignored_of web/www | grep -q 'only the requester, alice, and administrators cancel'
    ignored_of web/www | grep -q 'the requester or an administrator can cancel'
    [ "$(entries "released $digest")" = 0 ]
    pki_decide alice Cancel web/www
    pass
    state_is web/www Cancelled
    [ "$(entries "released $digest")" = 1 ]
    [ "$(trailer_of_tip)" = "$(newest_entry)" ]
    run ! grep -q 'intent:' <(status_of web/www)
    # neither wider limits nor the old intent bring it back
    limit_names '**.example.com'
    put_back_to "$intent"
    pass
    state_is web/www Failed
    status_of web/www | grep -q 'this plan was given up'
    no_certificate web/www
    [ "$(entries "certificate $digest")" = 0 ]
}

@test "refused by the signer: an administrator cancels it from the command line, and it can be asked for again" {
    refused_request
    git fetch -q origin countersign/output:refs/remotes/origin/countersign/output
    pki_as bob
    "$COUNTERSIGN" cancel web/www --yes "$digest" -m 'Not this one'
    git push -q origin main
    pass
    state_is web/www Cancelled
    limit_names '**.example.com'
    pki_request web/www automatic alice www.example.com 'justification: Once more'
    sed -i '0,/justification/{/justification: A test/d}' requests/web/www.yaml
    pki_as alice
    git commit -q -a -S -m 'Again' --trailer "Countersign-Request: web/www sha256:$(sha256sum <requests/web/www.yaml | cut -d' ' -f1)"
    git push -q origin main
    pass
    state_is web/www Issued
    [ "$(pki_digest web/www)" != "$digest" ]
}

@test "refused by the signer: an edit that asks for the same, or for what no policy allows, changes nothing" {
    refused_request
    sed -i 's/justification: .*/justification: The same in other words/' requests/web/www.yaml
    pki_as alice
    git commit -q -a -S -m 'Words' --trailer "Countersign-Request: web/www sha256:$(sha256sum <requests/web/www.yaml | cut -d' ' -f1)"
    git push -q origin main
    pass
    state_is web/www Failed
    ignored_of web/www | grep -q 'the same certificate, which the signer refuses'
    pki_request web/www automatic alice www.other.example
    pass
    state_is web/www Failed
    ignored_of web/www | grep -q 'the new version is not valid, and what was decided stays'
    [ "$(entries "released $digest")" = 0 ]
    [ "$(pki_digest web/www)" = "$digest" ]
}

@test "refused by the signer: another plan of the requester opens the next generation, the old one is given up" {
    refused_request
    limit_names '**.example.com'
    pki_request web/www automatic alice www.example.com 'ttl: 7d'
    pass
    state_is web/www Issued
    [ "$(pki_digest web/www)" != "$digest" ]
    status_of web/www | grep -q '^  generation: 2'
    [ "$(entries "released $digest")" = 1 ]
    [ "$(entries "certificate $digest")" = 0 ]
    [ "$(entries "certificate $(pki_digest web/www)")" = 1 ]
    pki_verify web/www
}

@test "an edit that comes while a certificate is being issued is judged when that is done" {
    pki_request web/www automatic alice www.example.com
    pass
    state_is web/www Issued
    first=$(pki_digest web/www)
    pki_request web/www automatic alice www.example.com 'ttl: 7d'
    put_back_to "$(tip ~1)"
    pass
    state_is web/www Issued
    status_of web/www | grep -q '^  generation: 2'
    [ "$(entries "certificate $first")" = 1 ]
    [ "$(entries "certificate $(pki_digest web/www)")" = 1 ]
}

@test "an edit that comes while a certificate is being issued is judged by whoever goes on, when the daemon dies then" {
    local issued
    pki_request web/www automatic alice www.example.com
    pass
    pki_request web/www automatic alice www.example.com 'ttl: 7d'
    put_back_to "$(tip ~1)"
    pass
    # as if it had died when the certificate was in: nothing of what came after that is known
    issued=$(git -C "$PKI/pki.git" log --first-parent --format=%H -1 --skip=1 countersign/output -- certificates/web/www.pem)
    put_back_to "$issued"
    head -n "$(trailer_of_tip | cut -d' ' -f1)" "$ledger" >"$HOME/older"
    cat "$HOME/older" >"$ledger"
    status_of web/www | grep -q '^  generation: 1'
    state_is web/www Issued
    pass
    state_is web/www Issued
    status_of web/www | grep -q '^  generation: 2'
}

@test "a ledger that was put back to an older state: nothing is issued, all else goes on" {
    pki_request a/one automatic alice a.example.com
    pass
    cp "$ledger" "$HOME/older"
    pki_request a/two automatic alice b.example.com
    pass
    state_is a/two Issued
    [ "$(trailer_of_tip)" = "$(newest_entry)" ]
    cp "$ledger" "$HOME/newest"
    cp "$HOME/older" "$ledger"
    pki_request a/three automatic alice c.example.com
    pki_request web/www web-staging alice www.example.com
    held_pass
    alarmed 'ledger-not-the-one.*entry 4 of the signer.*ends at number 2.*--accept-ledger-loss [0-9a-f]{64}'
    alarmed '1 requests wait'
    state_is a/three Approved
    state_is web/www PendingApproval
    no_certificate a/three
    cmp "$ledger" "$HOME/older"
    # and not by looking again
    held_pass
    state_is a/three Approved
    [ "$(trailer_of_tip)" = "$(tail -n 1 "$HOME/newest" | awk '{ print $1, $NF }')" ]
    # what is not signed yet can still be stopped
    pki_request a/four automatic alice d.example.com
    held_pass
    pki_decide alice Cancel a/four
    held_pass
    state_is a/four Cancelled
    cp "$HOME/newest" "$ledger"
    pass
    state_is a/three Issued
    [ "$(trailer_of_tip)" = "$(newest_entry)" ]
    not_logged ledger-not-the-one
}

@test "a cancellation while the ledger is another is answered as that, and works when the right one is back" {
    pki_request a/one automatic alice a.example.com
    pass
    state_is a/one Issued
    refused_request
    mv "$ledger" "$HOME/newest"
    pki_decide alice Cancel web/www
    held_pass
    state_is web/www Failed
    status_of web/www | grep -q '^  cancellable: true'
    ignored_of web/www | tr -s '\n ' ' ' | grep -q "the signer's ledger is not the right one at present.* sign this again when the operator has put it right"
    run ! grep -q 'too late' <(ignored_of web/www)
    mv "$HOME/newest" "$ledger"
    pki_decide alice Cancel web/www
    pass
    state_is web/www Cancelled
    [ "$(entries "released $digest")" = 1 ]
    run "$COUNTERSIGN" -C "$PKI/pki.git" audit --config "$PKI/local/countersign.yaml"
    [ "$status" = 0 ]
}

@test "a ledger that was exchanged is noticed" {
    pki_request a/one automatic alice a.example.com
    pass
    # another one, as long: of a plan and a serial number that differ in a digit
    { read -r first; read -r _; } <"$ledger"
    first=${first% * *}
    line=${first%?}$([ "${first: -1}" = 0 ] && echo 1 || echo 0)
    hash=$(printf %s "$line" | sha256sum | cut -d' ' -f1)
    printf '%s %s\n' "$line" "$hash" >"$ledger"
    line="2 $hash released sha256:$(printf x | sha256sum | cut -d' ' -f1)"
    printf '%s %s\n' "$line" "$(printf %s "$line" | sha256sum | cut -d' ' -f1)" >>"$ledger"
    pki_request a/two automatic alice b.example.com
    held_pass
    alarmed 'ledger-not-the-one.*another entry there'
    no_certificate a/two
}

@test "a ledger that is lost for good is not given up while a record cannot be read: its plan would be signed twice" {
    local blob path
    lost_ledger
    held_pass
    blob=$(git -C "$PKI/pki.git" rev-parse countersign/output:pending/web/www.yaml)
    path=$PKI/pki.git/objects/${blob:0:2}/${blob:2}
    mv "$path" "$HOME/hidden"
    run pass --accept-ledger-loss "$hash"
    not_logged ledger-loss-accepted
    logged 'pending-unreadable.*pending/web/www.yaml.*nothing is given up'
    run ! grep -q ' lost ' "$ledger"
    mv "$HOME/hidden" "$path"
    pass --accept-ledger-loss "$hash"
    logged ledger-loss-accepted
    [ "$(entries "released $digest")" = 1 ]
}

@test "a ledger that is exchanged while the daemon runs: nothing is written behind it, the next daemon goes on" {
    pki_request a/one automatic alice a.example.com
    daemon_start
    eventually 120 state_is a/one Issued
    cp -p "$ledger" "$ledger.copy"
    mv "$ledger.copy" "$ledger"
    pki_request a/two automatic alice b.example.com
    eventually 120 logged 'the ledger was changed, or exchanged, by another than this process'
    no_certificate a/two
    [ "$(wc -l <"$ledger")" = 2 ]
    daemon_stop || true
    DAEMON=
    pass
    state_is a/two Issued
    [ "$(wc -l <"$ledger")" = 4 ]
}

@test "a daemon that must not issue says so once for each reason, and when it is over" {
    times() { [ "$(grep -c "\"event\":\"$1\".*${2:-}" "$LOG")" = "$3" ]; }
    pki_request a/one automatic alice a.example.com
    pass
    cp "$ledger" "$HOME/newest"
    : >"$ledger"
    : >"$LOG"
    daemon_start
    pki_request a/two automatic alice b.example.com
    eventually 120 state_is a/two Approved
    eventually 120 times not-issued 'the ledger is not the one' 1
    # passes that change nothing about it: more requests wait, and one does not
    pki_request a/three automatic alice c.example.com
    eventually 120 state_is a/three Approved
    pki_request web/www web-staging alice www.example.com
    eventually 120 state_is web/www PendingApproval
    times not-issued '' 1
    times ledger-not-the-one '' 1
    times issuing-again '' 0
    daemon_stop
    # nor is anything said where nothing waited
    cp "$HOME/newest" "$ledger"
    : >"$LOG"
    pass
    state_is a/two Issued
    state_is a/three Issued
    times not-issued '' 0
    times issuing-again '' 0
}

@test "a ledger that is moved aside while the daemon runs is written on, and is the right one" {
    pki_request a/one automatic alice a.example.com
    daemon_start
    eventually 120 state_is a/one Issued
    mv "$ledger" "$ledger.aside"
    cp -p "$ledger.aside" "$ledger"
    pki_request a/two automatic alice b.example.com
    eventually 120 state_is a/two Issued
    [ "$(wc -l <"$ledger")/$(wc -l <"$ledger.aside")" = 2/4 ]
    daemon_stop
    DAEMON=
    pki_request a/three automatic alice c.example.com
    held_pass
    alarmed ledger-not-the-one
    no_certificate a/three
    mv "$ledger.aside" "$ledger"
    pass
    state_is a/three Issued
}

@test "a ledger that is lost for good: the operator's word, and what may have been signed is given up" {
    lost_ledger
    pki_request a/two automatic alice b.example.com
    held_pass
    alarmed ledger-not-the-one
    state_is a/two Approved
    held_pass --accept-ledger-loss "${hash//[0-9]/0}"
    alarmed ledger-not-the-one
    state_is a/two Approved
    pass --accept-ledger-loss "$hash"
    logged 'ledger-loss-accepted'
    state_is a/two Issued
    [ "$(entries "lost 2 $hash")" = 1 ]
    [ "$(entries "released $digest")" = 1 ]
    state_is a/one Issued
    # it was said once and for all
    pki_request a/three automatic alice c.example.com
    pass
    not_logged ledger-not-the-one
    state_is a/three Issued
    no_certificate web/www
    pki_decide alice Cancel web/www
    pass
    state_is web/www Cancelled
    # and the old ledger is not the one any more
    rm "$ledger"
    pki_request a/four automatic alice d.example.com
    held_pass
    alarmed ledger-not-the-one
    no_certificate a/four
}

@test "one order that is refused does not hold up the others of its pass" {
    sed -i 's/maxValidity: 398d/maxValidity: 10d/' "$PKI/local/countersign.yaml"
    pki_request a/one automatic alice a.example.com 'ttl: 7d'
    pki_request a/two automatic alice b.example.com 'ttl: 30d'
    pki_request a/three automatic alice c.example.com 'ttl: 7d'
    pass
    state_is a/one Issued
    state_is a/two Failed
    state_is a/three Issued
    pki_verify a/one
    pki_verify a/three
}

@test "limits.perHour: a new start is no new hour; the ledger says when each was begun" {
    sed -i 's/^  limits: {/&perHour: 1, /' "$PKI/local/countersign.yaml"
    local before=$(date -u +%FT%TZ)
    pki_request web/one automatic alice www.example.com
    pass
    state_is web/one Issued
    time=$(awk '$3 == "intent" { print $7 }' "$ledger")
    [[ ! "$time" < "$before" && ! "$time" > "$(date -u +%FT%TZ)" ]]
    pki_request web/two automatic alice two.example.com
    for _ in 1 2; do
        pass
        state_is web/two Failed
        status_of web/two | grep -q 'limits.perHour'
    done
    no_certificate web/two
    [ "$(entries intent)" = 1 ]
    # an operator may say so
    sed -i 's/perHour: 1/perHour: 2/' "$PKI/local/countersign.yaml"
    pki_request web/three automatic alice three.example.com
    pass
    state_is web/three Issued
    [ "$(entries intent)" = 2 ]
    "$COUNTERSIGN" -C "$PKI/pki.git" audit --config "$PKI/local/countersign.yaml" --ledger "$ledger"
}

@test "names outside the name constraints of the CA: Invalid at the opening, before anybody approves, and where" {
    PKI_CA_EXTENSION='nameConstraints=critical,permitted;DNS:example.com,excluded;DNS:secret.example.com' \
        pki_new "$BATS_TEST_TMPDIR/constrained"
    pki_request web/www automatic alice www.example.com
    pki_request web/secret web-staging alice secret.example.com
    pass
    state_is web/www Issued
    pki_verify web/www
    state_is web/secret Invalid
    line=$(grep -n 'dns:' requests/web/secret.yaml | cut -d: -f1)
    status_of web/secret | tr '\n' ' ' | tr -s ' ' | tee "$HOME/status" |
        grep -q 'altNames.dns: ."secret.example.com." is outside the name constraints' || { cat "$HOME/status"; false; }
    grep -q "path: requests/web/secret.yaml line: $line " "$HOME/status" || { cat "$HOME/status"; false; }
    [ "$(grep -c intent "$PKI/state/ledger")" = 1 ]
}
