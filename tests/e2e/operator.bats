#!/usr/bin/env bats
# What only an operator decides: that a rewritten history is right, and which output commit is the last good one.

load ../lib/pki
load ../lib/hostile

bats_require_minimum_version 1.5.0

setup_file() {
    hostile_file
    many_requests web-staging alice r/one r/two
    pki_request web/www web-production alice www.example.com
    pki_run_once 2>/dev/null
    pki_decide dave Approve web/www
    pki_run_once 2>/dev/null
    hostile_keep
}

setup() { hostile_test; }

bare() { git -C "$BARE" "$@"; }
operator() { "$COUNTERSIGN" "$1" --config "$PKI/local/countersign.yaml" "${@:2}"; }
output_message() { bare log -1 --format=%B countersign/output; }
refused() {     # a pass that ends with the alarm about history, and writes nothing
    local before
    before=$(output_tip)
    run -3 pass
    alarmed history-rewritten
    [ "$(output_tip)" = "$before" ]
}
# The last commit, dave's approval, is replaced by another one.
rewrite() {
    pki_as mallory
    git reset -q --hard HEAD^
    git commit -q --allow-empty -m "${1:-Another history}"
    git push -q -f origin main
}

# --- a rewritten history ----------------------------------------------------------------------------------------------

@test "accept-history shows what is gone, what is new and what stays, and goes on from the commit that is named" {
    rewrite
    refused
    logged "countersign accept-history $(main_tip)"
    run -0 --separate-stderr operator accept-history --yes "$(main_tip)"
    [[ $output == *"Not on it any more, 1:"*"$(git rev-parse --short=12 ORIG_HEAD)"* ]]
    [[ $output == *"Taken up from them, and kept:"*"dave: approve web/www"* ]]
    [[ $output == *"New on it, 1:"*"Another history"* ]]
    good_request
    pass
    good_is_issued
    logged '"event":"history-accepted"'
    # what was taken up from the lost commit counts on
    [ "$(status_of web/www | grep -c 'name: dave')" = 1 ]
    # an auditor sees it in the output branch, once
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c "^Countersign-History-Accepted: $(main_tip | cut -c-40)" || true)" = 0 ]
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c "^Countersign-History-Accepted: $(git rev-parse main^)$")" = 1 ]
    pass
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c '^Countersign-History-Accepted: ')" = 1 ]
}

@test "the word counts once: the next history that was rewritten is refused again" {
    rewrite
    refused
    operator accept-history --yes "$(main_tip)"
    pass
    [[ $(output_message) == *"Countersign-History-Accepted: $(main_tip)"* ]]
    rewrite 'A third history'
    refused
    # and so is the first one, which was accepted
    git reset -q --hard "$(bare log -1 --format=%B countersign/output | sed -n 's/^Countersign-History-Accepted: //p')^"
    git push -q -f origin main
    refused
    no_certificate web/www
}

@test "accept-history dies between its two words: nothing is issued by the new history until it is said again" {
    local half
    rewrite
    refused
    half=$(main_tip)
    with_shim SHIM_AT="$PKI/state/*/accept-history" SHIM_DO='kill -KILL $PPID' dying accept-history --yes "$half"
    [ -e "$PKI/state/reconciler/accept-history" ]
    [ ! -e "$PKI/state/checker/accept-history" ]
    pki_decide dave Approve r/one
    run -3 pass
    alarmed 'checker-stopped.*HistoryAccepted'
    no_certificate r/one
    # the reconciler needs no word any more, the checker does
    run -0 operator accept-history --yes "$half"
    [[ $output == *"Not on it any more, 1:"* ]]
    pass
    state_is r/one Issued
    [ -z "$(find "$PKI/state" -name accept-history)" ]
    run -1 operator accept-history --yes "$half"
    [[ $output == *"nothing was rewritten"* ]]
}
dying() {
    local status=0
    LD_PRELOAD=$SHIM operator "$@" || status=$?
    [ "$status" = 137 ]
}

@test "a word that nothing needs is not kept for later" {
    local right rewritten
    right=$(main_tip)
    rewrite
    rewritten=$(main_tip)
    refused
    operator accept-history --yes "$rewritten"
    git push -q -f origin "$right:main"
    pass
    [ ! -e "$PKI/state/reconciler/accept-history" ]
    git push -q -f origin "$rewritten:main"
    refused
}

@test "a word that is done and cannot be taken away is an alarm, for the reconciler and for the checker" {
    local word
    rewrite
    refused
    for word in accept-history recover-output; do
        if [ "$word" = accept-history ]; then
            operator accept-history --yes "$(main_tip)"
        else
            pki_decide dave Approve r/one
            pass
            operator recover --yes --output "$(bare rev-list --first-parent countersign/output | tail -1)"
        fi
        : >"$LOG"
        with_shim SHIM_KEEP="$PKI/state/reconciler/$word" run -3 pass
        alarmed "operator-word-stays.*cannot be removed from $PKI/state/reconciler: Read-only file system"
        rm "$PKI/state/reconciler/$word"
        pass
    done
    # what was decided stands in the output branch once
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c '^Countersign-Output-Discarded: ')" = 1 ]
    # the checker vouches for nothing while its own would be heard again
    rewrite 'A third history'
    operator accept-history --yes "$(main_tip)"
    pki_decide dave Approve r/two
    : >"$LOG"
    with_shim SHIM_KEEP="$PKI/state/checker/accept-history" run pass
    logged "checker-behind.*cannot be removed from $PKI/state/checker"
    no_certificate r/two
    pass
    state_is r/two Issued
    [ ! -e "$PKI/state/checker/accept-history" ]
}

@test "what is pushed onto the accepted commit before the daemon starts is judged like anything new" {
    rewrite
    refused
    operator accept-history --yes "$(main_tip)"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c "^Countersign-History-Accepted: $(git rev-parse main^)$")" = 1 ]
}

@test "another history than the one that was named is not accepted" {
    local named
    rewrite
    refused
    named=$(main_tip)
    operator accept-history --yes "$named"
    rewrite 'By somebody quicker'
    refused
    # nor named when the branch does not point there
    run -1 operator accept-history --yes "$named"
    [[ $output == *"does not descend from it"* ]]
}

@test "accept-history refuses what is no whole id, no commit, and what nobody rewrote; it asks" {
    run -1 operator accept-history --yes "$(main_tip)"
    [[ $output == *"nothing was rewritten"* ]]
    rewrite
    run operator accept-history --yes main
    [ "$status" != 0 ]
    [[ $output == *"not the whole id"* ]]
    run operator accept-history --yes "$(main_tip | cut -c-12)"
    [ "$status" != 0 ]
    run operator accept-history --yes 1234567890123456789012345678901234567890
    [ "$status" = 3 ]
    [[ $output == *"there is no commit"* ]]
    run -2 operator accept-history "$(main_tip)" </dev/null
    [[ $output == *"--yes"* ]]
    run -3 "$COUNTERSIGN" accept-history --config "$PKI/local/none.yaml" --yes "$(main_tip)"
    [ ! -e "$PKI/state/reconciler/accept-history" ]
    refused
}

@test "the word is heard by a daemon that runs into the alarm again and again, as its supervisor starts it" {
    rewrite
    (while ! pki_run --once 2>>"$LOG"; do sleep 0.1; done) &
    supervisor=$!
    eventually 120 grep -q history-rewritten "$LOG"
    operator accept-history --yes "$(main_tip)"
    eventually 120 bare log -1 --format=%B countersign/output
    wait "$supervisor"
    [[ $(output_message) == *"Countersign-History-Accepted: $(main_tip)"* ]]
}

@test "a damaged word stops the daemon, which says which file it is" {
    echo 'some commit' >"$PKI/state/reconciler/accept-history"
    run -3 pass
    logged 'accept-history is damaged'
    rm "$PKI/state/reconciler/accept-history"
    pass
}

@test "hostile subjects of commits do not reach the terminal" {
    pki_as mallory
    git reset -q --hard HEAD^
    payload "$(printf 'Innocent\033]0;gotcha\007\033[2J')" "$(git rev-parse HEAD)" >"$HOME/p"
    main_is "$(store <"$HOME/p")"
    operator accept-history --yes "$(main_tip)" >"$HOME/shown"
    grep -q Innocent "$HOME/shown"
    run -1 grep -q "$(printf '\033')" "$HOME/shown"
}

@test "a history without a common commit: foreign, refused; accepted, it brings no rules and nobody's decisions but signed ones" {
    local root
    # an unrelated root whose files make mallory an administrator and a certificate automatic
    sed -i 's/members: \[alice, bob, carol\]/members: [mallory]/; s/required: 2/required: 1/' countersign.yaml
    sed -i 's/approvers: .*/approvers: {people: [mallory]}}/' policies/one-step.yaml
    git add -A
    root=$(git commit-tree -m 'A foreign root' "$(git write-tree)")
    git push -q -f origin "$root:main"
    refused
    no_certificate r/one
    operator accept-history --yes "$root"
    pass
    # rules are trusted by their quorum, whoever put them there
    pki_output status/configuration.yaml | grep -q 'number: 0'
    git reset -q --hard "$root"
    pki_decide mallory Approve r/one
    pass
    untouched r/one
    ignored_says r/one 'mallory.*not an approver'
    # and dave's is his
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
}
