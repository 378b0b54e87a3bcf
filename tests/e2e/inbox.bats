#!/usr/bin/env bats
# The inbox: anyone may push envelopes, main may be protected, nobody races anybody, and nobody can hold up anybody.

load ../lib/pki
load ../lib/hostile

setup_file() {
    local i ids=()
    hostile_file
    for i in $(seq 24); do ids+=("m/n$i"); done
    many_requests web-staging alice r/one r/two r/three "${ids[@]}"
    pki_request web/www web-production alice www.example.com
    pki_run_once
    hostile_keep
}

setup() { hostile_test; }

# Trailers that say something, signed by nobody: COUNT commits on PARENT → the newest
fillers() {     # COUNT PARENT
    local i tip=$2
    for i in $(seq "$1"); do
        tip=$(printf 'tree %s\nparent %s\nauthor X <x@example.com> 1700000000 +0000\ncommitter X <x@example.com> 1700000000 +0000\n\nx\n\nCountersign-Approve: m/n1 sha256:%064d\n' \
            "$(git rev-parse "HEAD^{tree}")" "$tip" "$i" | git hash-object -t commit -w --stdin)
    done
    echo "$tip"
}

far_digest=sha256:$(printf '%064d' 7)

@test "a protected main: request by pull request, every decision by the inbox" {
    # people may push to the inbox only; the forge merges
    cat >"$BARE/hooks/update" <<'SH'
#!/bin/sh
case $1 in refs/heads/countersign/inbox/*) exit 0 ;; esac
echo "protected: $1" >&2; exit 1
SH
    chmod +x "$BARE/hooks/update"
    pki_as dave
    git commit -q -S --allow-empty -m x --trailer "$(trailer Approve web/www)"
    run git push origin main
    [ "$status" != 0 ]
    post a "$(git rev-parse HEAD)"
    pass
    state_is web/www PendingApproval
    post b "$(envelope_commit frank HEAD "$(trailer Approve web/www)")"
    post c "$(envelope_commit grace HEAD "$(trailer Approve web/www)")"
    post d "$(envelope_commit dave HEAD "$(trailer Reject r/two)")"
    pass
    state_is web/www Issued
    pki_verify web/www
    state_is r/two Rejected
    [ -z "$(input_branches)" ]
    [ "$(git -C "$BARE" rev-parse refs/heads/main)" = "$(git rev-parse origin/main)" ]
}

@test "what was taken up is kept raw, and git finds its signature good" {
    local commit path
    commit=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    post a "$commit"
    pass
    state_is r/one Issued
    path=$(git -C "$BARE" ls-tree -r --name-only countersign/output evidence/)
    pki_output "$path" | cmp - <(git -C "$BARE" cat-file commit "$commit")
    # its name is the SHA-256 of what was signed
    [ "$(git -C "$BARE" cat-file commit "$commit" | sed '/^gpgsig /d; /^ /d' | sha256sum | cut -d' ' -f1)" = "${path##*/}" ]
    [ "$(git -C "$BARE" rev-list countersign/output | grep -c "$commit")" = 0 ]
}

@test "the same envelope under two names is one" {
    local commit
    commit=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    post a "$commit"
    post b "$commit"
    pass
    state_is r/one Issued
    [ -z "$(input_branches)" ]
    [ "$(git -C "$BARE" ls-tree -r --name-only countersign/output evidence/ | wc -l)" = 1 ]
}

@test "the same bytes signed again by somebody else take nothing away from the first signer" {
    local commit copy
    commit=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    git cat-file commit "$commit" | sed '/^gpgsig /d; /^ /d' >"$HOME/bytes"
    copy=$(signed_by mallory "$HOME/bytes" | git hash-object -t commit -w --stdin)
    post a "$copy"
    pass
    state_is r/one PendingApproval
    ignored_says r/one 'mallory'
    post b "$commit"
    pass
    state_is r/one Issued
    # both are there to be looked at, as they were
    git -C "$BARE" ls-tree -r countersign/output evidence/ | awk '{print $3}' | sort >"$HOME/kept"
    { git cat-file commit "$commit" | git hash-object --stdin; git cat-file commit "$copy" | git hash-object --stdin; } | sort |
        cmp - "$HOME/kept"
}

@test "both at once, and a rejection as well" {
    local commit copy
    commit=$(envelope_commit dave HEAD "$(trailer Reject r/one)" "$(trailer Approve r/two)")
    git cat-file commit "$commit" | sed '/^gpgsig /d; /^ /d' >"$HOME/bytes"
    copy=$(signed_by mallory "$HOME/bytes" | git hash-object -t commit -w --stdin)
    post a "$copy"
    post b "$commit"
    pass
    state_is r/one Rejected
    state_is r/two Issued
    [ "$(git -C "$BARE" ls-tree -r --name-only countersign/output evidence/ | wc -l)" = 2 ]
}

@test "at most 64 commits of an envelope are read" {
    local below above
    below=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    above=$(envelope_commit dave "$below" "$(trailer Approve r/two)")
    post a "$(fillers 63 "$above")"
    pass
    state_is r/two Issued
    untouched r/one
    [ -z "$(input_branches)" ]
}

@test "the envelope ends at a commit without trailers, and at one that is too large" {
    local below plain large
    below=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    plain=$(git commit-tree -p "$below" -m "nothing here" "HEAD^{tree}")
    post a "$(envelope_commit dave "$plain" "$(trailer Approve r/two)")"
    { printf 'x%.0s' $(seq 65536); printf '\n\n%s\n' "$(trailer Approve m/n1)"; } >"$HOME/large"
    large=$(git -c user.signingKey="$PKI/keys/dave" commit-tree -S -p "$below" -F "$HOME/large" "HEAD^{tree}")
    post b "$(envelope_commit dave "$large" "$(trailer Approve r/three)")"
    post c "$large"
    pass
    state_is r/two Issued
    state_is r/three Issued
    untouched r/one
    untouched m/n1
    logged 'inbox-.*large|too large|65536|64 KiB'
    [ -z "$(input_branches)" ]
}

@test "64 KiB and no more" {
    local id bytes
    for id in m/n1 m/n2; do
        bytes=65536
        [ $id = m/n1 ] || bytes=65537
        { echo A; echo; echo; trailer Approve $id; echo; } >"$HOME/message"
        # the size of the whole object, signature and all
        pki_as dave
        commit=$(git commit-tree -S -p HEAD -F "$HOME/message" "HEAD^{tree}")
        size=$(git cat-file -s "$commit")
        { printf 'A%*s\n\n' $((bytes - size)) '' | tr ' ' x; echo; trailer Approve $id; echo; } >"$HOME/message"
        commit=$(git commit-tree -S -p HEAD -F "$HOME/message" "HEAD^{tree}")
        [ "$(git cat-file -s "$commit")" = "$bytes" ]
        post "${id//\//-}" "$commit"
    done
    pass
    state_is m/n1 Issued
    untouched m/n2
}

@test "one identity's flood of envelopes does not hold up another's" {
    local i
    {
        # mallory, an identity, decides on what does not exist: those have to wait
        for i in $(seq 300); do
            echo "create refs/heads/countersign/inbox/a$i $(envelope_of "$i")"
        done
    } | git -C "$BARE" update-ref --stdin
    post zzz "$(envelope_commit dave HEAD "$(trailer Approve r/one)")"
    pass
    state_is r/one Issued
    [ "$(input_branches | wc -l)" = 300 ]
    # and the next one is heard, too
    post zzz "$(envelope_commit dave HEAD "$(trailer Approve r/two)")"
    pass
    state_is r/two Issued
}

# Ten commits of mallory's for three hundred branches: what is limited is branches and identities, not commits.
envelope_of() {
    local commit=$HOME/envelope$(($1 % 10))
    [ -e "$commit" ] || {
        envelope_commit mallory HEAD "Countersign-Approve: no/such-$1 $far_digest" >"$commit"
        git push -q origin "$(cat "$commit"):refs/heads/keep/$(($1 % 10))"
    }
    cat "$commit"
}

@test "at most 16 commits of one identity in a pass, in rotation, and none is forgotten" {
    local i
    for i in $(seq 20); do post "a$i" "$(envelope_commit dave HEAD "$(trailer Approve "m/n$i")")"; done
    post zzz "$(envelope_commit erin HEAD "$(trailer Approve r/one)")"
    before=$(output_tip)
    pass
    for i in $(seq 20); do state_is "m/n$i" Issued; done
    state_is r/one Issued
    [ -z "$(input_branches)" ]
    # the first commit has erin's and sixteen of dave's
    first=$(git -C "$BARE" rev-list --first-parent --reverse "$before..countersign/output" | head -1)
    [ "$(git -C "$BARE" diff --name-only "$before" "$first" -- evidence | wc -l)" = 17 ]
    git -C "$BARE" show "$first:status/requests/r/one.yaml" | grep -q 'state: Approved'
}

@test "twenty decisions in twenty commits of one envelope" {
    local i tip=HEAD
    for i in $(seq 20); do tip=$(envelope_commit dave "$tip" "$(trailer Approve "m/n$i")"); done
    post a "$tip"
    pass
    for i in $(seq 20); do state_is "m/n$i" Issued; done
    [ -z "$(input_branches)" ]
}

@test "twenty that have to wait, and then the twentieth is wanted" {
    local i
    for i in $(seq 20); do post "a$i" "$(envelope_commit dave HEAD "Countersign-Approve: new/n$i $far_digest")"; done
    pki_request_file new/wanted web-staging alice www.example.com
    post zzz "$(envelope_commit dave HEAD "$(trailer Approve new/wanted "$(plan_digest new/wanted web-staging alice www.example.com)")")"
    pass
    pass
    [ "$(input_branches | wc -l)" = 21 ]
    pki_request new/wanted web-staging alice www.example.com
    pass
    state_is new/wanted Issued
    [ "$(input_branches | wc -l)" = 20 ]
}

@test "a decision that comes before its pull request is merged waits, and counts then" {
    pki_request_file new/x web-staging alice www.example.com
    post a "$(envelope_commit dave HEAD "$(trailer Approve new/x "$(plan_digest new/x web-staging alice www.example.com)")")"
    pass
    [ "$(input_branches)" = countersign/inbox/a ]
    no_status new/x
    pki_request new/x web-staging alice www.example.com
    pass
    state_is new/x Issued
    pki_verify new/x
    [ -z "$(input_branches)" ]
}

@test "a decision on a plan that is to come waits, too, and the one on the plan that was is shown as stale" {
    local old
    old=$(pki_digest r/one)
    pki_request_file r/one web-staging alice api.example.com
    post a "$(envelope_commit dave HEAD "$(trailer Approve r/one "$(plan_digest r/one web-staging alice api.example.com 2)")")"
    pass
    untouched r/one
    pki_request r/one web-staging alice api.example.com
    post b "$(envelope_commit erin HEAD "$(trailer Approve r/one "$old")")"
    pass
    state_is r/one Issued
    openssl x509 -noout -subject -in <(pki_output certificates/r/one.pem) | grep -q api.example.com
}

@test "what waits in vain is removed after seven days, not before" {
    post a "$(envelope_commit dave HEAD "Countersign-Approve: no/such $far_digest")"
    post b "$(envelope_commit dave HEAD "$(trailer Approve r/one)")"
    clock_is "$HOME/clock" 0
    daemon_start SHIM_CLOCK="$HOME/clock"
    eventually 120 state_is r/one Issued     # in a pass that has seen both
    clock_is "$HOME/clock" $((7 * 86400 - 600))
    post c "$(envelope_commit dave HEAD "$(trailer Approve r/two)")"
    eventually 120 test_inbox_is countersign/inbox/a
    kept=$(input_branches)
    clock_is "$HOME/clock" $((7 * 86400 + 600))
    post d "$(envelope_commit dave HEAD "$(trailer Approve r/three)")"
    eventually 120 test_empty_inbox
    daemon_stop
    [ "$kept" = countersign/inbox/a ]
}

test_empty_inbox() { [ -z "$(input_branches)" ]; }
test_inbox_is() { [ "$(input_branches)" = "$1" ]; }

@test "a branch that moved after it was judged is not removed, and what it says then counts" {
    local first second
    first=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    second=$(envelope_commit dave "$first" "$(trailer Approve r/two)")
    post a "$first"
    git push -q origin "$second:refs/heads/keep/second"
    with_shim SHIM_AT="*/refs/heads/countersign/output" \
        SHIM_DO="git -C '$BARE' update-ref refs/heads/countersign/inbox/a $second && git -C '$BARE' for-each-ref >'$HOME/then'" pass
    grep -q "$second.*inbox/a" "$HOME/then"
    state_is r/one Issued
    pass
    state_is r/two Issued
    [ -z "$(input_branches)" ]
}

@test "names that block others are removed, whatever they hold; names beside the inbox are left alone" {
    local commit
    commit=$(envelope_commit dave HEAD "$(trailer Approve r/one)")
    git push -q origin "$commit:refs/heads/countersign/inbox" "$commit:refs/heads/countersign/inbox-of-ours" \
        "$commit:refs/heads/countersign/inboxes/a"
    run post a "$commit"
    [ "$status" != 0 ]
    pass
    untouched r/one
    [ -z "$(input_branches)" ]
    git -C "$BARE" rev-parse -q --verify refs/heads/countersign/inbox-of-ours
    git -C "$BARE" rev-parse -q --verify refs/heads/countersign/inboxes/a
    post a/b "$commit"
    run post a "$commit"
    [ "$status" != 0 ]
    pass
    untouched r/one
    post a "$commit"
    pass
    state_is r/one Issued
}

@test "unsigned envelopes, strangers' and empty ones are removed and change nothing" {
    local before commit
    before=$(output_tip)
    post a "$(git commit-tree -p HEAD -m "$(trailer Approve r/one)" "HEAD^{tree}")"
    post b "$(envelope_commit stranger HEAD "$(trailer Approve r/two)")"
    post c "$(git rev-parse HEAD)"
    post d "$(git commit-tree -m orphan "HEAD^{tree}")"
    pki_as dave
    post e "$(git commit-tree -S -p HEAD -m "I approve, says Dave" "HEAD^{tree}")"
    good_request
    pass
    good_is_issued
    untouched r/one
    untouched r/two
    ignored_says r/one 'not signed.*--push'
    ignored_says r/two 'belongs to nobody'
    [ -z "$(input_branches)" ]
    [ -z "$(git -C "$BARE" ls-tree -r --name-only countersign/output evidence/)" ]
}

@test "binary and huge messages are removed, and neither read nor repeated" {
    local i tip
    for i in 1 2 3; do
        { printf 'tree %s\nparent %s\nauthor D <d@example.com> 1 +0000\ncommitter D <d@example.com> 1 +0000\n\n' \
            "$(git rev-parse "HEAD^{tree}")" "$(git rev-parse HEAD)"
          case $i in
          1) head -c 60000 /dev/urandom ;;
          2) head -c 5000000 /dev/zero | tr '\0' c ;;
          3) printf '\033]0;owned\007\033[2J%s\0\n\n%s\n' "$(printf 'countersign-%.0s' $(seq 5000))" "$(trailer Approve r/one)" ;;
          esac; } >"$HOME/payload"
        signed_by dave "$HOME/payload" >"$HOME/commit"
        inbox_is "b$i" "$(store <"$HOME/commit")"
    done
    good_request
    pass
    good_is_issued
    untouched r/one
    [ -z "$(input_branches)" ]
    # S9: nothing raw in the log or in what is published
    ! grep -q $'\033' "$LOG" || false
    ! pki_output status/requests/r/one.yaml | grep -q $'\033' || false
    ! pki_output README.md | grep -q $'\033'
}

@test "a commit of 260 MB, one below a decision, a chain of ten thousand, trees, files and tags: nobody is held up" {
    local huge kind commit from
    good_request
    huge=$({
        printf 'tree %s\nauthor D <d@example.com> 1 +0000\ncommitter D <d@example.com> 1 +0000\n\n' "$(git rev-parse 'HEAD^{tree}')"
        head -c 260M /dev/zero | tr '\0' x
        printf '\n\n%s\n' "$(trailer Approve r/one)"
    } | store)
    inbox_is huge "$huge"
    # what stands on it is read, and nothing below
    commit=$(payload "Fine

$(trailer Approve r/three)" "$huge" "$(git rev-parse 'HEAD^{tree}')" >"$HOME/p" && signed_by dave "$HOME/p" | store)
    inbox_is upon "$commit"
    # nobody signed any of these
    from=$(git -C "$BARE" rev-parse main)
    { printf 'blob\nmark :1\ndata 0\n'
      for i in $(seq 10000); do
          printf 'commit refs/heads/countersign/inbox/chain\ncommitter D <d@example.com> 1 +0000\ndata <<E\nx\n\n%s\nE\n' "$(trailer Approve r/one "$far_digest")"
          [ "$i" != 1 ] || printf 'from %s\n' "$from"
      done; } | git -C "$BARE" fast-import --quiet --force
    # what no git would put there
    for kind in blob tree tag; do
        case $kind in
            blob) commit=$(trailer Approve r/one | store blob) ;;
            tree) commit=$(git rev-parse 'HEAD^{tree}') ;;
            tag) commit=$(printf 'object %s\ntype commit\ntag v1\ntagger D <d@example.com> 1 +0000\n\n%s\n' "$(git rev-parse HEAD)" "$(trailer Approve r/one)" | store tag) ;;
        esac
        echo "$commit" >"$BARE/refs/heads/countersign/inbox/$kind"
    done
    SECONDS=0
    pass
    good_is_issued
    state_is r/three Issued
    untouched r/one
    logged "inbox-commit-not-read.*$huge.*64 KiB"
    [ -z "$(input_branches)" ]
    [ "$SECONDS" -lt 300 ]
    # an ordinary envelope is heard after all that
    post z "$(envelope_commit dave HEAD "$(trailer Approve r/two)")"
    pass
    state_is r/two Issued
}

@test "a host that lets nobody delete a branch: what was judged is left alone, and the next envelope is heard" {
    local before
    sed -i "s#repository: {path: .*#repository: {url: \"file://$BARE\", branch: main}#" "$PKI/local/countersign.yaml"
    git -C "$BARE" config receive.denyDeletes true
    post junk "$(envelope_commit stranger HEAD "$(trailer Approve r/two)")"
    run git push -q origin :refs/heads/countersign/inbox/junk
    [ "$status" != 0 ]
    post a "$(envelope_commit dave HEAD "$(trailer Approve r/one)")"
    post b "$(envelope_commit erin HEAD "$(trailer Reject r/three)")"
    pass
    state_is r/one Issued
    state_is r/three Rejected
    untouched r/two
    [ "$(input_branches | wc -l)" = 3 ]
    before=$(output_tip)
    for _ in 1 2 3; do pass; done
    # what has counted is not called too late
    [ "$(output_tip)" = "$before" ]
    # the same again, by somebody else and in another commit, is
    post c "$(envelope_commit erin HEAD "$(trailer Approve r/one)" "$(trailer Approve r/three)")"
    post d "$(envelope_commit dave HEAD "$(trailer Approve r/two)")"
    pass
    state_is r/two Issued
    [ "$(ignored_of r/one | grep -c 'who:')" = 1 ]
    ignored_says r/one 'who: erin .*too late: it was decided to issue'
    [ "$(ignored_of r/three | grep -c 'who:')" = 1 ]
    ignored_says r/three 'who: erin .*too late: the request has ended \(Rejected\)'
    # and where they may be deleted at last, they are
    git -C "$BARE" config receive.denyDeletes false
    pass
    [ -z "$(input_branches)" ]
}

@test "an envelope pushed again when it was taken up changes nothing" {
    local commit before
    commit=$(envelope_commit frank HEAD "$(trailer Approve web/www)")
    post a "$commit"
    pass
    before=$(output_tip)
    post b "$commit"
    pass
    [ "$(output_tip)" = "$before" ]
    [ -z "$(input_branches)" ]
    # nor after the request has ended
    post c "$(envelope_commit dave HEAD "$(trailer Approve r/one)")"
    pass
    state_is r/one Issued
    post d "$(envelope_commit dave HEAD "$(trailer Approve r/one)")"
    pass
    before=$(status_of r/one | sha256sum)
    pass
    [ "$(status_of r/one | sha256sum)" = "$before" ]
}

@test "an envelope made on a branch of yesterday says nothing about what is settled on it" {
    local old
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    old=$(git rev-parse HEAD)
    git commit -q --allow-empty -m 'Something else' && git push -q origin main
    git commit -q --allow-empty -m 'Something else' && git push -q origin main
    pki_decide erin Approve m/n1
    pass
    before=$(status_of r/one | sha256sum)
    post a "$(envelope_commit dave "$old" "$(trailer Approve r/two)")"
    pass
    state_is r/two Issued
    [ "$(status_of r/one | sha256sum)" = "$before" ]
    [ -z "$(input_branches)" ]
}

@test "an envelope from another repository counts for nothing" {
    local here=$PKI_ID there
    # the same request in a repository with another id, by the very same people: only the digest tells
    pki_request_file new/x web-staging alice www.example.com
    PKI_ID=$(pki_id)
    there=$(plan_digest new/x web-staging alice www.example.com)
    PKI_ID=$here
    pki_request new/x web-staging alice www.example.com
    [ "$(plan_digest new/x web-staging alice www.example.com)" != "$there" ]
    post a "$(envelope_commit dave HEAD "$(trailer Approve new/x "$there")")"
    # and a request that names the other one
    pki_request_file new/y web-staging alice www.example.com
    sed -i "s/repository: .*/repository: $(pki_id)/" requests/new/y.yaml
    git add requests && git commit -q -m 'From elsewhere' && git push -q origin main
    post b "$(envelope_commit alice HEAD "Countersign-Request: new/y sha256:$(file_sha256 requests/new/y.yaml)")"
    good_request
    pass
    good_is_issued
    state_is new/x PendingApproval
    [ "$(pki_digest new/x)" = "$(plan_digest new/x web-staging alice www.example.com)" ]
    state_is new/y Invalid
    reason_says new/y 'not the id of this repository|written for another'
}

@test "a request that was merged unsigned is signed through the inbox" {
    pki_request_file new/x web-staging alice www.example.com
    git add requests && git commit -q -m 'Squashed by the forge (#3)' && git push -q origin main
    pass
    state_is new/x Invalid
    post a "$(envelope_commit alice HEAD "Countersign-Request: new/x sha256:$(file_sha256 requests/new/x.yaml)")"
    pass
    state_is new/x PendingApproval
    reason_says new/x 'verified: true'
    [ -z "$(input_branches)" ]
    post b "$(envelope_commit dave HEAD "$(trailer Approve new/x)")"
    pass
    state_is new/x Issued
}

@test "somebody else's signature on a request does not stand in the way of the requester's" {
    local sha256
    pki_request_file new/x web-staging alice www.example.com
    sha256=$(file_sha256 requests/new/x.yaml)
    pki_as alice
    git add requests
    git commit -q -S -m Request --trailer "Countersign-Request: new/x sha256:$sha256"
    pki_as mallory
    git commit -q -S --allow-empty -m 'Mine' --trailer "Countersign-Request: new/x sha256:$sha256"
    # and before a .sig
    pki_request_file new/y web-staging alice www.example.com
    sha256=$(file_sha256 requests/new/y.yaml)
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/alice" requests/new/y.yaml 2>/dev/null
    git add requests
    git commit -q -S -m 'Mine, too' --trailer "Countersign-Request: new/y sha256:$sha256"
    git push -q origin main
    pass
    state_is new/x PendingApproval
    reason_says new/x 'name: alice.*verified: true'
    state_is new/y PendingApproval
    reason_says new/y 'proof: signedFile'
}

@test "trees and other parents of an envelope are not read, and its history may end in nothing" {
    local nothing=1234567890123456789012345678901234567890 nowhere=2234567890123456789012345678901234567890
    printf 'tree %s\nparent %s\nparent %s\nauthor D <d@example.com> 1 +0000\ncommitter D <d@example.com> 1 +0000\n\nx\n\n%s\n' \
        "$nothing" "$(git rev-parse HEAD)" "$nowhere" "$(trailer Approve r/one)" >"$HOME/payload"
    inbox_is a "$(signed_by dave "$HOME/payload" | store)"
    sed "2s/.*/parent $nowhere/; 3d; s|^Countersign.*|$(trailer Approve r/two)|" "$HOME/payload" >"$HOME/payload2"
    inbox_is b "$(signed_by dave "$HOME/payload2" | store)"
    good_request
    pass
    good_is_issued
    state_is r/one Issued
    state_is r/two Issued
    [ -z "$(input_branches)" ]
}

@test "configurations are signed and requests cancelled through the inbox as well" {
    local digest
    pki_profile extra "approval: none"
    git add -A && git commit -q -m 'A profile without approval' && git push -q
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    post a "$(envelope_commit alice HEAD "Countersign-Configuration: $digest")"
    pass
    pki_output status/configuration.yaml | grep -q 'missing: 1'
    [ -z "$(input_branches)" ]
    post b "$(envelope_commit bob HEAD "Countersign-Configuration: $digest" "$(trailer Cancel r/one)")"
    post c "$(envelope_commit alice HEAD "$(trailer Cancel r/two)")"
    post d "$(envelope_commit mallory HEAD "$(trailer Cancel r/three)")"
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
    state_is r/one Cancelled
    state_is r/two Cancelled
    untouched r/three
    [ -z "$(input_branches)" ]
    [ "$(git -C "$BARE" ls-tree -r --name-only countersign/output evidence/ | wc -l)" = 4 ]
}
