#!/usr/bin/env bats
# Histories, object stores and trees that want to be taken for something else: what is merged in from elsewhere, what a
# merge brings by itself, objects that are kept elsewhere, names that other systems take for git's own. Each with a good
# request, which is issued all the same where anything may be issued at all.

load ../lib/pki
load ../lib/hostile

bats_require_minimum_version 1.5.0

setup_file() {
    hostile_file
    many_requests web-staging alice r/one r/two
    pki_request web/www web-production alice www.example.com
    pki_run_once 2>/dev/null
    hostile_keep
}

setup() { hostile_test; }

bare() { git -C "$BARE" "$@"; }
certificates() { { bare ls-tree -r --name-only countersign/output certificates || true; } | grep -c . || true; }

# A decision of PERSON by file, in a tree of its own: file_decision PERSON approve|reject|withdraw ID → tree
file_decision() {
    pki_decide_file "$1" "$2" "$3" >/dev/null
    git rev-parse 'HEAD^{tree}'
    git reset -q --hard HEAD^
    git push -q -f origin HEAD:main
}

# --- merges -----------------------------------------------------------------------------------------------------------

@test "an evil merge brings an approval that neither side has: its signature counts, and whoever merged it does not" {
    local good evil side
    # one that dave signed, and one with dave's words changed for another request
    good=$(file_decision dave approve r/one)
    git read-tree "$good"
    git checkout-index -q -a -f
    file=$(git ls-files approvals | grep 'yaml$')
    mkdir -p "$HOME/evil" && cp "$file" "$HOME/evil/evil.yaml" && cp "$file.sig" "$HOME/evil/evil.yaml.sig"
    sed -i "s|r/one|r/two|; s|sha256:[0-9a-f]*|$(pki_digest r/two)|; s|name: dave-.*}|name: evil}|" "$HOME/evil/evil.yaml"
    cp "$HOME"/evil/* approvals/
    git add approvals
    evil=$(git write-tree)
    git reset -q --hard HEAD
    side=$(git commit-tree -p HEAD^ -m 'side' 'HEAD^^{tree}')
    pki_as mallory
    git push -q origin "$(git commit-tree -S -p HEAD -p "$side" -m 'Merge' "$evil"):main"
    git fetch -q origin && git reset -q --hard origin/main
    good_request
    pass
    good_is_issued
    state_is r/one Issued
    untouched r/two
    ignored_says r/two 'the signature does not match: what was signed has other bytes'
}

@test "an evil merge takes decisions and requests away: what was taken up stays" {
    local before side
    pki_decide dave Approve web/www
    pki_decide_file erin Reject r/one
    pass
    state_is r/one Rejected
    side=$(git commit-tree -p HEAD~1 -m 'side' 'HEAD~1^{tree}')
    git rm -q -r approvals requests/r requests/web
    git push -q origin "$(git commit-tree -p HEAD -p "$side" -m 'Merge' "$(git write-tree)"):main"
    git reset -q --hard HEAD && git pull -q --rebase origin main
    good_request
    pass
    good_is_issued
    state_is r/one Rejected
    state_is web/www PendingApproval
    [ "$(status_of web/www | grep -c 'name: dave')" = 1 ]
}

@test "an octopus: each side is heard once, whoever stands in the message of the merge is not" {
    local base tips name
    base=$(main_tip)
    tips=()
    for name in dave frank grace; do
        tips+=(-p "$(envelope_commit $name "$base" "$(trailer Approve web/www)")")
    done
    tips+=(-p "$(envelope_commit mallory "$base" "$(trailer Approve r/one)")")
    pki_as mallory
    git push -q origin "$(git commit-tree -S -p "$base" "${tips[@]}" -m 'Octopus' \
        -m "$(trailer Approve r/two)" "$base^{tree}"):main"
    git pull -q --rebase origin main
    good_request
    pass
    good_is_issued
    state_is web/www Issued
    untouched r/one
    untouched r/two
    ignored_says r/two 'mallory.*not an approver'
}

@test "another repository merged in: its rules, people and signatures count for nothing here, not even on the same name" {
    local foreign ours digest
    ours=$(main_tip) digest=$(pki_digest r/one)
    # the same documents under another id, where mallory's key is dave's and no approval is needed
    git switch -q --orphan foreign
    git checkout -q "$ours" -- . 2>/dev/null
    sed -i "s/id: $PKI_ID/id: $(pki_id)/" countersign.yaml
    sed -i "s|ssh: .*|ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/stranger.pub")\"}|" identities/dave.yaml
    sed -i 's/repository: .*/repository: 00112233445566778899aabbccddeeff/' requests/r/one.yaml
    # and a file that dave signed there, on the very digest that is r/one's here
    mkdir -p approvals
    printf '%s\n' 'apiVersion: countersign/v1' 'kind: Approval' 'metadata: {name: there}' 'spec:' \
        '  repository: 00112233445566778899aabbccddeeff' '  decisions:' \
        "    - {request: r/one, digest: \"$digest\", decision: approve}" >approvals/there.yaml
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/dave" approvals/there.yaml
    git add -A && git commit -q -m 'A foreign root'
    git config user.signingKey "$PKI/keys/stranger"
    git commit -q -S --allow-empty -m 'As dave, there' --trailer "Countersign-Approve: r/one $digest"
    pki_as dave
    # dave himself, on what r/one is there
    git commit -q -S --allow-empty -m 'By dave, there' \
        --trailer "Countersign-Approve: r/one sha256:$(openssl rand -hex 32)"
    pki_as alice
    git commit -q -S --allow-empty -m 'By alice, there' \
        --trailer "Countersign-Request: r/one sha256:$(file_sha256 requests/r/one.yaml)"
    foreign=$(git rev-parse HEAD)
    git switch -q -f main
    # merged with its files, by somebody without any right
    pki_as mallory
    git push -q origin "$(git commit-tree -S -p "$ours" -p "$foreign" -m 'Merge a foreign history' "$foreign^{tree}"):main"
    run pass
    [ "$status" = 0 ]
    untouched r/one
    untouched r/two
    [ "$(certificates)" = 0 ]
    pki_output status/configuration.yaml | grep -q 'number: 0'
    ignored_says r/one 'belongs to nobody'
    ignored_says r/one 'not one of the request'
    ignored_says r/one 'who: dave .*is for the repository .{1,2}00112233445566778899aabbccddeeff'
    # with our files on top of it everything goes on
    git push -q origin "$(git commit-tree -p "$(main_tip)" -m 'Put right' "$ours^{tree}"):main"
    git fetch -q origin && git reset -q --hard origin/main
    good_request
    pki_decide dave Approve r/one
    pass
    good_is_issued
    state_is r/one Issued
}

# --- objects that are kept elsewhere ----------------------------------------------------------------------------------

# The objects of the repository lie in another one, $LENDER, to which alternates point.
lend() {
    LENDER=$HOME/lender.git
    git clone -q --bare "$BARE" "$LENDER"
    git -C "$LENDER" fetch -q "$BARE" '+refs/heads/*:refs/heads/*'
    git -C "$LENDER" unpack-objects -q < <(git -C "$LENDER" pack-objects --all --stdout -q </dev/null) || true
    find "$BARE/objects" -mindepth 1 -maxdepth 1 ! -name info -exec rm -rf {} +
    mkdir -p "$BARE/objects/pack" "$BARE/objects/info"
    echo "$LENDER/objects" >"$BARE/objects/info/alternates"
}
loose() { echo "$LENDER/objects/${1:0:2}/${1:2}"; }
# The lender's object, loose, whatever it was: loosen ID
loosen() {
    local pack
    for pack in "$LENDER"/objects/pack/*.pack; do
        [ -e "$pack" ] || continue
        mv "$pack" "$HOME/taken.pack" && rm -f "${pack%.pack}".*
        git -C "$LENDER" unpack-objects -q <"$HOME/taken.pack"
    done
    [ -e "$(loose "$1")" ]
}

@test "borrowed objects that vanish: nothing is issued, and it goes on when they are back" {
    local commit
    good_request
    pki_decide erin Reject r/one
    commit=$(main_tip)
    pki_decide dave Approve r/one
    lend
    loosen "$commit"
    # the rejection goes, and what came after it is there
    mv "$(loose "$commit")" "$HOME/hidden"
    run -3 pass
    [ "$(certificates)" = 0 ]
    mv "$HOME/hidden" "$(loose "$commit")"
    pass
    good_is_issued
    state_is r/one Rejected
}

@test "borrowed objects that are swapped for others: found out by their ids" {
    local commit request
    pki_decide erin Reject r/one
    commit=$(main_tip)
    request=$(bare rev-parse "main:requests/r/two.yaml")
    lend
    loosen "$commit"
    chmod u+w "$(loose "$commit")" "$(loose "$request")"
    # erin's rejection becomes dave's approval; alice's request becomes another one
    payload "Fine

Countersign-Approve: r/one $(pki_digest r/one)" "$(git rev-parse HEAD^)" >"$HOME/p"
    signed_by dave "$HOME/p" >"$HOME/swapped"
    approve=$(git -C "$LENDER" hash-object -t commit -w "$HOME/swapped")
    cp "$(loose "$approve")" "$(loose "$commit")"
    run -3 pass
    no_certificate r/one
    [ "$(certificates)" = 0 ]
}

@test "alternates that lead nowhere, in a ring, or to a file: no object of theirs, nothing wrong with ours" {
    mkdir -p "$BARE/objects/info"
    printf '%s\n' "$HOME/nowhere" "$BARE/objects" /etc/passwd "relative/../.." '# a comment' >"$BARE/objects/info/alternates"
    good_request
    pass
    good_is_issued
    untouched r/one
}

@test "replacement refs pushed by anybody, for a commit, a tree and a file: nothing is replaced" {
    local tip other
    pki_decide erin Reject r/one
    tip=$(main_tip)
    git reset -q --hard HEAD^
    pki_as dave
    git commit -q -S --allow-empty -m 'Fine' --trailer "Countersign-Approve: r/one $(pki_digest r/one)"
    other=$(git rev-parse HEAD)
    git push -q origin "$other:refs/replace/$tip"
    git push -q origin "$(git rev-parse "$tip:requests/r/two.yaml"):refs/replace/$(git rev-parse "$tip:requests/r/one.yaml")" || true
    git reset -q --hard "$tip"
    good_request
    pass
    good_is_issued
    state_is r/one Rejected
}

# --- names ------------------------------------------------------------------------------------------------------------

@test "what git fsck refuses of a tree is not read: names of git's own, look-alikes, cases, odd modes and ids" {
    local number=0 name mode tree id folders=() good
    good_commit
    git push -q origin HEAD:refs/heads/keep/good
    good=$(sed 's/name: good/name: NAME/' requests/good.yaml | git -C "$BARE" hash-object -w --stdin)
    while read -r mode name id; do
        number=$((number + 1))
        tree=$(printf '%s %s %s\n' "$mode" "$name" "${id:-$good}" | store_tree)
        folders+=("40000 t$number $tree")
        echo "$tree t$number $name" >>"$HOME/trees"
    done <<'NAMES'
100644 .git
100644 .GIT
100644 .Git
100644 git~1
100644 GIT~1
100644 .git\\040
100644 .git.
100644 .git::$INDEX_ALLOCATION
100644 .g\\342\\200\\214it
100644 .gi\\342\\200\\215t
100644 ..
100644 .
100644 a/b.yaml
100644 .gitmodules
100644 git~1.yaml
100644 \\342\\200\\214a.yaml
100644 Good.yaml
100644 good.YAML
120000 .gitattributes
100600 a.yaml
100664 b.yaml
0100644 c.yaml
100640 d.yaml
777 e.yaml
160000 f.yaml
120000 g.yaml
100755 h.yaml
100644 z.yaml 0000000000000000000000000000000000000000
NAMES
    twice=$(printf '100644 a.yaml %s\n100644 a.yaml %s\n' "$good" "$good" | store_tree)
    unsorted=$(printf '100644 b.yaml %s\n100644 a.yaml %s\n' "$good" "$good" | store_tree)
    echo "$twice twice a" >>"$HOME/trees"
    echo "$unsorted unsorted a" >>"$HOME/trees"
    folders+=("40000 twice $twice" "40000 unsorted $unsorted")
    tree=$({ git ls-tree HEAD:requests | awk '{print ($1 == "040000" ? "40000" : $1), $4, $3}'; printf '%s\n' "${folders[@]}"; } |
        awk '{print $2 ($1 == "40000" ? "/" : ""), $0}' | LC_ALL=C sort -s -k1,1 | cut -d' ' -f2- | store_tree)
    top=$(git ls-tree HEAD | awk '{print ($1 == "040000" ? "40000" : $1), $4, $3}' | awk -v t="$tree" '{ if ($2 == "requests") $3 = t; print }' | store_tree)
    main_is "$(bare commit-tree -p "$(git rev-parse HEAD)" -m 'Odd names' "$top")"
    pass
    good_is_issued
    bare fsck --strict --no-dangling >"$HOME/fsck" 2>&1 || true
    local refused=0
    while read -r tree id name; do
        grep -Eq "(error|warning) in tree $tree" "$HOME/fsck" || continue
        refused=$((refused + 1))
        for status in $(bare ls-tree -r --name-only countersign/output "status/requests/$id/"); do
            status=${status#status/requests/}
            # a file that does not exist is shown as one that cannot be read
            [ "$name" = z.yaml ] && state_is "${status%.yaml}" Invalid && reason_says "${status%.yaml}" 'cannot be read' ||
                { echo "read, and refused by git fsck: $name"; grep "$tree" "$HOME/fsck"; return 1; }
        done
    done <"$HOME/trees"
    ((refused >= 15)) || { cat "$HOME/fsck"; return 1; }
    # nor what it merely does not mind: nothing of all this became a certificate
    [ "$(certificates)" = 1 ]
}
