#!/usr/bin/env bats
# What somebody else writes to the output branch is undone in the next pass, and reported: which commit, whose signature
# it bears, who its committer claims to be. Nothing there ever creates evidence.

load ../lib/pki
load ../lib/hostile

bats_require_minimum_version 1.5.0

setup_file() {
    hostile_file
    many_requests web-staging alice r/one r/two
    pki_run_once 2>/dev/null
    hostile_keep
}

setup() {
    hostile_test
    GOOD=$(output_tip)
}

bare() { git -C "$BARE" "$@"; }
fingerprint() { ssh-keygen -lf "$PKI/keys/$1.pub" | cut -d' ' -f2; }

# A commit on PARENT with the tree given, signed with a key, or not: written KEY|- PARENT [TREE] → id
written() {
    payload "${MESSAGE:-Something}" "$2" "${3:-$(bare rev-parse "$2^{tree}")}" >"$HOME/p"
    if [ "$1" = - ]; then store <"$HOME/p"; else signed_by "$1" "$HOME/p" | store; fi
}
output_is() { bare update-ref refs/heads/countersign/output "$1"; }
# A tree like that of the output tip, with a certificate of r/one
forged_tree() {
    export GIT_INDEX_FILE=$HOME/index
    bare read-tree "$GOOD"
    bare update-index --add --cacheinfo "100644,$(echo forged | bare hash-object -w --stdin),certificates/r/one.pem"
    bare update-index --add --cacheinfo "100644,$(pki_output status/requests/r/one.yaml | sed 's/state: .*/state: Issued/' | bare hash-object -w --stdin),status/requests/r/one.yaml"
    bare write-tree
    unset GIT_INDEX_FILE
}
reported() {    # COMMIT SIGNER WHY: in the log and in the status
    grep '"event":"output-drift"' "$LOG" | grep -F "\"commit\":\"$1\"" | grep -F -- "$2" | grep -Eq -- "$3" ||
        { echo "not in the log: $1 $2 $3"; grep output-drift "$LOG"; return 1; }
    pki_output status/configuration.yaml | sed -n '/^  ignored:/,$p' >"$HOME/ignored"
    tr '\n' ' ' <"$HOME/ignored" | tr -s ' ' | sed 's/- who:/\n&/g' | grep -F "commit: $1" | grep -F -- "$2" | grep -Eq -- "$3" ||
        { echo "not in the status: $1 $2 $3"; cat "$HOME/ignored"; return 1; }
}
undone() {      # [COMMIT]: the next output commit goes on from the good one
    state_is r/one PendingApproval
    no_certificate r/one
    [ "$(bare rev-parse countersign/output^1)" = "$GOOD" ]
    [ -z "${1:-}" ] || [ "$(bare rev-list countersign/output | grep -c "$1" || true)" = 0 ]
}

@test "signed by a person, a machine, a stranger, by nobody: undone, and whose signature it is is said" {
    local key tree commit
    tree=$(forged_tree)
    for key in mallory deploy-bot stranger -; do
        commit=$(MESSAGE="By $key" written "$key" "$GOOD" "$tree")
        output_is "$commit"
        pass
        undone "$commit"
        case $key in
            mallory | deploy-bot) reported "$commit" "$key, $(fingerprint $key)" 'not among the keys' ;;
            stranger) reported "$commit" "$(fingerprint stranger)" 'not among the keys' ;;
            -) reported "$commit" 'nobody: it is not signed' 'not signed' ;;
        esac
        reported "$commit" '' 'Dave <dave@example.com>'
        GOOD=$(output_tip)
    done
    pass
    [ "$(output_tip)" = "$GOOD" ]
}

@test "a signature that does not match is nobody's, whoever's key it names" {
    local commit
    written dave "$GOOD" >/dev/null
    commit=$(signed_by dave "$HOME/p" | sed 's/^Something/Anything/' | store)
    output_is "$commit"
    pass
    undone "$commit"
    reported "$commit" 'nobody: it bears a signature of dave that does not match' 'not among the keys'
}

@test "an approval on the output branch is none, signed well as it is; nor is a request, or a configuration" {
    local commit zero
    zero=$(pki_introduction_digest)
    commit=$(MESSAGE="Fine

Countersign-Approve: r/one $(pki_digest r/one)" written dave "$GOOD" "$(git -C "$BARE" rev-parse main^{tree})")
    commit=$(MESSAGE="Rules

Countersign-Configuration: $(pki_configuration_digest 1 "$zero")" written alice "$commit")
    output_is "$commit"
    pass
    pass
    undone "$commit"
    untouched r/one
    [ "$(status_of r/one | grep -c 'evidence:.*[0-9a-f]\{64\}')" = 1 ] # the request's own
    pki_output status/configuration.yaml | grep -q 'signatures: \[\]'
    reported "$(bare rev-parse "$commit^")" "dave, $(fingerprint dave)" 'not among the keys'
}

@test "the branch set back to an earlier output commit: genuine as that one is, it is not gone back to" {
    local old=$GOOD newer
    pki_decide erin Reject r/two
    pass
    newer=$(output_tip)
    output_is "$old"
    pki_decide dave Approve r/one "$(pki_digest r/one)"
    pass
    state_is r/two Rejected
    bare merge-base --is-ancestor "$newer" countersign/output
    reported "$old" "a reconciler's key, $(fingerprint reconciler)" 'set back to an earlier output commit'
}

@test "an output commit of the current key that does not go on from the accepted one" {
    local root other
    # an unrelated root, and one made beside the newest: by the key, and not a continuation of what was accepted
    root=$(bare -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -m 'A root' \
        -m "$(bare log -1 --format=%B "$GOOD" | grep '^Countersign-')" "$(forged_tree)")
    output_is "$root"
    pass
    undone "$root"
    reported "$root" "a reconciler's key" 'does not continue the accepted one'
    pki_decide erin Reject r/two
    pass
    GOOD=$(output_tip)
    other=$(MESSAGE="Beside it

$(bare log -1 --format=%B "$GOOD^" | grep '^Countersign-')" written reconciler "$(bare rev-parse "$GOOD^")" "$(forged_tree)")
    output_is "$other"
    pass
    undone "$other"
    state_is r/two Rejected
    reported "$other" "a reconciler's key" 'does not continue the accepted one'
}

@test "a retired reconciler's key, and one that was listed once, are nobody's now" {
    local commit
    replace_key 1
    run -3 pass
    alarmed key-not-listed
    use_new_key
    pass
    GOOD=$(output_tip)
    commit=$(MESSAGE="r/one: Issued

$(bare log -1 --format=%B "$GOOD" | grep '^Countersign-')" written reconciler "$GOOD" "$(forged_tree)")
    output_is "$commit"
    pass
    undone "$commit"
    reported "$commit" "the holder of $(fingerprint reconciler)" 'not among the keys'
    # nor is a good one of its time, put back
    GOOD=$(output_tip)
    output_is "$(bare rev-list --first-parent countersign/output | tail -1)"
    pass
    undone
    reported "$(bare rev-list --first-parent countersign/output | tail -1)" "the holder of $(fingerprint reconciler)" 'set back'
}

@test "the branch deleted: it is written again" {
    bare update-ref -d refs/heads/countersign/output
    pass
    undone
    reported "$GOOD" 'nobody knows' 'deleted'
}

@test "while it is written: undone in the same pass" {
    local commit
    commit=$(written mallory "$GOOD" "$(forged_tree)")
    pki_decide erin Reject r/two
    with_shim SHIM_AT="*/objects/??/*" SHIM_DO="git -C '$BARE' update-ref refs/heads/countersign/output $commit" pass
    state_is r/two Rejected
    no_certificate r/one
    grep '"event":"output-drift"' "$LOG" | grep -F "mallory, $(fingerprint mallory)"
}

@test "names and claims in a foreign commit reach neither terminal nor page unescaped" {
    local commit
    COMMITTER="$(printf 'Ev\033[2Jil') <e@example.com> 1 +0000" written mallory "$GOOD" >"$HOME/id"
    commit=$(cat "$HOME/id")
    output_is "$commit"
    pass
    run -1 grep -q "$(printf '\033')" "$LOG"
    run -1 bare grep -q "$(printf '\033')" countersign/output
    reported "$commit" mallory 'Ev.*il'
}

@test "whoever writes there again and again fills the status with no more than twenty lines" {
    local i
    for i in $(seq 23); do
        output_is "$(MESSAGE="number $i" written mallory "$(output_tip)")"
        pass
    done
    [ "$(pki_output status/configuration.yaml | sed -n '/^  ignored:/,$p' | grep -c 'who: ')" = 20 ]
}
