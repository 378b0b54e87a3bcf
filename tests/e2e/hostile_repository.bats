#!/usr/bin/env bats
# Trees, refs and histories that no careful person would make, each with a good request in the same push: what is odd is
# reported by its path and not read, and the good request is issued all the same.

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    many_requests web-staging alice r/one r/two
    pki_request web/www web-production alice www.example.com
    pki_run_once 2>/dev/null
    hostile_keep
}

setup() { hostile_test; }

blob() { git -C "$BARE" hash-object -w --stdin; }
bare() { git -C "$BARE" "$@"; }

# The entries of a tree as store_tree reads them: entries TREE
entries() { bare ls-tree "$1" | awk '{print ($1 == "040000" ? "40000" : $1), $4, $3}'; }

# Lines of entries in the order that git wants, where a folder's name ends in a slash.
in_order() { awk '{print $2 ($1 == "40000" ? "/" : ""), $0}' | LC_ALL=C sort -s -k1,1 | cut -d' ' -f2-; }

# The tip gets a commit whose requests/ has the raw entries of stdin beside the good ones: requests_are [FOLDER]
requests_are() {
    local folder=${1:-requests} tree top tip
    tip=$(tip)
    tree=$({ entries "$tip:$folder"; cat; } | in_order | store_tree)
    top=$({ entries "$tip^{tree}" | awk -v f="$folder" '$2 != f'; echo "40000 $folder $tree"; } | in_order | store_tree)
    main_is "$(bare commit-tree -m "Odd trees" -p "$tip" "$top")"
}

# The good request is committed, and its commit known to the bare repository, where main does not point at it yet.
good_first() {
    good_commit
    git push -q origin HEAD:refs/heads/keep/good
    GOOD=$(git rev-parse HEAD)
}

# Where main is, or will be.
tip() { if bare merge-base --is-ancestor "$GOOD" refs/heads/main; then main_tip; else echo "$GOOD"; fi; }

file_like() {   # a request that would be issued at once if it were read
    sed "s/name: good/name: $1/" requests/good.yaml | blob
}

reported() { logged "entry-not-read.*$1"; }

@test "names twice, out of order, '..' and '.git', in folders of their own" {
    local good twice unsorted climbing dotgit broken
    good_first
    good=$(file_like twin)
    twice=$(printf '100644 twin.yaml %s\n100644 twin.yaml %s\n' "$good" "$(file_like other)" | store_tree)
    unsorted=$(printf '100644 b.yaml %s\n100644 a.yaml %s\n' "$good" "$good" | store_tree)
    climbing=$(printf '40000 .. %s\n100644 ..yaml %s\n' "$(printf '100644 twin.yaml %s\n' "$good" | store_tree)" "$good" | store_tree)
    dotgit=$(printf '40000 .GIT %s\n40000 .git %s\n' "$twice" "$twice" | store_tree)
    broken=$(printf '100644 a/b.yaml %s\n' "$good" | store_tree)
    printf '40000 %s\n' "twice $twice" "unsorted $unsorted" "climbing $climbing" "dotgit $dotgit" "broken $broken" | requests_are
    pass
    good_is_issued
    reported 'requests/twice/twin.yaml.*stands twice'
    reported 'requests/unsorted.*not in git.s order'
    reported 'requests/climbing/\.\..*begins with a dot'
    reported 'requests/dotgit/\.git.*begins with a dot'
    reported 'requests/broken.*git cannot have written'
    [ "$(bare ls-tree -r --name-only countersign/output status/requests | grep -c .)" = 4 ]
}

@test "a folder and a file of one name, and a name that a folder must not have" {
    local good tree
    good_first
    good=$(file_like both)
    tree=$(printf '100644 both.yaml %s\n' "$good" | store_tree)
    { printf '100644 both.yaml %s\n' "$good"; printf '40000 both.yaml %s\n' "$tree"; printf '40000 web.sig %s\n40000 a.pem %s\n' "$tree" "$tree"; } | requests_are
    pass
    good_is_issued
    reported 'requests/both.yaml.*stands twice'
    reported 'requests/web.sig.*must not end in .sig'
    reported 'requests/a.pem.*must not end in .pem'
    no_status both
}

@test "symbolic links, submodules, odd modes" {
    local good link
    good_first
    good=$(file_like odd)
    link=$(printf 'good.yaml' | blob)
    outside=$(printf '/etc/passwd' | blob)
    printf '%s\n' "120000 link.yaml $link" "120000 outside.yaml $outside" "160000 module.yaml $GOOD" "160000 sub $GOOD" \
        "100755 executable.yaml $good" "100664 group.yaml $good" "0100644 padded.yaml $good" "644 bare.yaml $good" \
        "100644 notafile.yaml $(bare rev-parse "$GOOD:identities")" | requests_are
    pass
    good_is_issued
    reported 'requests/link.yaml.*symbolic link'
    reported 'requests/outside.yaml.*symbolic link'
    reported 'requests/module.yaml.*submodule'
    reported 'requests/sub.*submodule'
    reported 'requests/executable.yaml.*executable'
    reported 'requests/group.yaml.*mode'
    reported 'requests/padded.yaml.*mode'
    reported 'requests/bare.yaml.*mode'
    [ "$(bare ls-tree -r --name-only countersign/output status/requests | grep -c .)" -le 6 ]
    ! pki_output README.md | grep -q passwd
}

@test "deep and long paths, at the limit and beyond" {
    local good tree i long
    good_first
    good=$(file_like deep)
    tree=$(printf '100644 deep.yaml %s\n' "$good" | store_tree)
    for i in 8 7 6 5 4 3 2; do tree=$(printf '40000 d%s %s\n' "$i" "$tree" | store_tree); done
    printf '40000 d1 %s\n' "$tree" | requests_are
    long=$(printf 'l%.0s' $(seq 241))
    printf '100644 %s.yaml %s\n' "$long" "$(file_like "$long")" "${long}m" "$(file_like "${long}m")" | requests_are
    pass
    good_is_issued
    reported 'd8.*more than 8 folders deep|d1/d2.*folders deep'
    reported 'path of more than 255 bytes'
    # the longest there may be is read, and can be written as status and pending
    state_is "$long" Invalid
    reason_says "$long" 'not signed'
    no_status "${long}m"
}

@test "a request of the longest path is approved and issued" {
    local id
    id=$(printf 'a%.0s' $(seq 60))/$(printf 'b%.0s' $(seq 60))/$(printf 'c%.0s' $(seq 118))
    [ ${#id} = 240 ]
    many_requests web-staging alice "$id"
    pass
    state_is "$id" PendingApproval
    pki_decide dave Approve "$id"
    pass
    state_is "$id" Issued
    has_certificate "$id"
}

@test "control characters, invalid UTF-8, look-alikes and capitals in names" {
    local good esc
    good_first
    good=$(file_like name)
    {
        printf '100644 %s %s\n' 'a\033[2Jb.yaml' "$good" 'new\nline.yaml' "$good" 'bad\377.yaml' "$good" \
            'right\342\200\256lmay.yaml' "$good" 'Good.yaml' "$good" 'GOOD.YAML' "$good" 'good.yml' "$good" 'goo d.yaml' "$good" \
            'tab\t.yaml' "$good" '.hidden.yaml' "$good"
    } | sed 's/goo d/goo\\040d/' | requests_are
    pass
    good_is_issued
    esc=$(printf '\033')
    ! grep -q "$esc" "$LOG" || false
    ! bare grep -q "$esc" countersign/output || false
    reported 'requests/a.*b.yaml.*other characters'
    reported 'requests/new.*line.yaml'
    reported 'requests/bad.*yaml'
    reported 'requests/right.*yaml'
    reported 'requests/Good.yaml'
    reported 'requests/good.yml'
    reported 'requests/.hidden.yaml'
    [ "$(bare ls-tree -r --name-only countersign/output status/requests | grep -c .)" = 4 ]
    # each line of the log is one line of JSON
    python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$LOG"
}

@test "check reports the same, with the same paths" {
    local good twice
    good_first
    good=$(file_like twin)
    twice=$(printf '100644 twin.yaml %s\n100644 twin.yaml %s\n' "$good" "$good" | store_tree)
    printf '%s\n' "40000 twice $twice" "120000 link.yaml $good" "100755 executable.yaml $good" '100644 a\033b.yaml '"$good" | requests_are
    git fetch -q origin main
    run "$COUNTERSIGN" check FETCH_HEAD
    echo "$output"
    [ "$status" = 1 ]
    [[ $output == *requests/twice/twin.yaml*twice* ]]
    [[ $output == *requests/link.yaml*symbolic* ]]
    [[ $output == *requests/executable.yaml*executable* ]]
    [[ $output != *$'\033'* ]]
}

@test "documents that are too large, binary, deep, or no YAML at all" {
    good_first
    {
        printf '100644 %s\n' "large.yaml.sig $(head -c 300000 /dev/zero | blob)"
        printf '100644 large.yaml %s\n' "$({ cat requests/good.yaml; printf '#%.0s' $(seq 270000); } | blob)"
        printf '100644 binary.yaml %s\n' "$(head -c 5000 /dev/urandom | blob)"
        printf '100644 deep.yaml %s\n' "$(head -c 20000 /dev/zero | tr '\0' '[' | blob)"
        printf '100644 bomb.yaml %s\n' "$(printf 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n' | blob)"
        printf '100644 empty.yaml %s\n' "$(printf '' | blob)"
        printf '100644 other.yaml %s\n' "$(printf 'apiVersion: v1\nkind: Secret\nmetadata: {name: other}\n' | blob)"
        printf '100644 wrong.yaml %s\n' "$(bare cat-file blob "$GOOD:profiles/automatic.yaml" | sed 's/name: automatic/name: wrong/' | blob)"
    } | requests_are
    pass
    good_is_issued
    for id in large binary deep bomb empty wrong; do state_is $id Invalid; done
    reason_says large 'larger than 256 KiB|256 KiB'
    reason_says deep 'deep'
    reason_says bomb 'anchor|alias'
    reason_says wrong 'CertificateRequest'
}

# The entry of a folder with files that are no requests, and together take several seconds.
slow_files() {
    local blob last=1400 i
    # sanitizers take their time
    [[ $COUNTERSIGN != *address* ]] || last=1150
    blob=$({ cat requests/good.yaml; for i in $(seq 17000); do echo "unknown$i: x"; done; } | blob)
    printf '40000 flood %s\n' "$(for i in $(seq 1000 $last); do echo "100644 n$i.yaml $blob"; done | store_tree)"
}

# What an output commit says of request files that wait: waiting [COMMIT]
waiting() { bare log -1 --format=%B "${1:-countersign/output}" | grep '^Countersign-Requests-'; }

issued_by() { bare log --first-parent --format=%H countersign/output -- "certificates/$1.pem"; }

@test "a flood of bad request files: decisions go before it, what is left of it is said, and no file is forgotten" {
    good_first
    pki_request_file zz automatic alice zz.example.com
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/alice" requests/zz.yaml 2>/dev/null
    {
        slow_files
        printf '100644 zz.yaml %s\n100644 zz.yaml.sig %s\n' "$(blob <requests/zz.yaml)" "$(blob <requests/zz.yaml.sig)"
    } | requests_are
    rm requests/zz.yaml*
    git pull -q --ff-only origin main
    pki_decide dave Approve r/one
    pass
    good_is_issued
    # the decision was carried out while most of the files waited for their turn
    [[ $(waiting "$(issued_by r/one)") =~ ^Countersign-Requests-Left:\ $(bare rev-parse main~3)\ $(main_tip)\ requests/flood/n1[0-9]*\.yaml$ ]]
    [ -z "$(waiting)" ]
    state_is zz Issued
    [ "$(bare ls-tree --name-only countersign/output status/requests/flood/ | wc -l)" = 20 ]
    run "$COUNTERSIGN" -C "$BARE" audit --config "$PKI/local/countersign.yaml"
    [ "$status" = 0 ]
}

@test "other rules, and a flood of files without an answer: decisions go before them, and what is right by those rules is found behind them" {
    local digest
    good_first
    slow_files | requests_are
    git pull -q --ff-only origin main
    # of one person's requests twenty are shown that are not valid; this is one more
    many_requests extra alice extra/n{10..29} zz/late
    pass
    [ -z "$(waiting)" ]
    [ -z "$(bare ls-tree countersign/output status/requests/zz/)" ]
    pki_profile extra 'approval: none'
    git add -A && git commit -q -m 'A profile without approval'
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    pki_sign_configuration "$digest"
    pki_decide dave Approve r/one
    pass
    [[ $(waiting "$(issued_by r/one)") =~ ^Countersign-Requests-Unanswered:\ requests/flood/n1[0-9]*\.yaml$ ]]
    [ -z "$(waiting)" ]
    state_is zz/late Issued
    [ "$(issued_by zz/late)" != "$(issued_by r/one)" ]
    run "$COUNTERSIGN" -C "$BARE" audit --config "$PKI/local/countersign.yaml"
    [ "$status" = 0 ]
}

@test "a rejection by file behind more entries than are looked at: nothing is decided without it" {
    local tree level i
    git fetch -q && git reset -q --hard origin/main
    pki_decide_file dave Reject r/one
    GOOD=$(main_tip)
    # thirteen names in each of six folders, none of which is read
    tree=$(for i in {10..22}; do echo "100644 .n$i $(blob <<<x)"; done | store_tree)
    for level in 1 2 3 4 5; do tree=$(for i in {10..22}; do echo "40000 d$i $tree"; done | store_tree); done
    requests_are approvals <<<"40000 aa $tree"
    run pass
    [ "$status" = 3 ]
    logged approvals-not-read
    untouched r/one
    main_is "$(bare commit-tree -m 'Reverted' -p "$(main_tip)" "$GOOD^{tree}")"
    pass
    state_is r/one Rejected
}

@test "odd trees in the configuration: it is not trusted, what is trusted goes on, and a good one comes after" {
    local good twice digest
    good_first
    good=$(bare rev-parse "$GOOD:identities/mallory.yaml")
    printf '100644 alice.yaml %s\n' "$good" | requests_are identities        # alice.yaml a second time
    pass
    good_is_issued
    pki_output status/configuration.yaml | grep -q 'identities/alice.yaml'
    pki_output status/configuration.yaml | grep -q 'stands twice'
    pki_output status/configuration.yaml | grep -q 'number: 0'
    # even when administrators sign it
    digest=$(pki_output status/configuration.yaml | sed -n 's/.*digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p' | tail -1)
    tip=$(main_tip)
    for name in alice bob carol; do
        payload "Yes

Countersign-Configuration: $digest" "$tip" >"$HOME/p"
        tip=$(signed_by $name "$HOME/p" | store)
    done
    main_is "$tip"
    pass
    pki_output status/configuration.yaml | grep -q 'number: 0'
    # without the double it is as it was
    main_is "$(bare commit-tree -m 'Put right' -p "$tip" "$GOOD^{tree}")"
    pass
    ! pki_output status/configuration.yaml | grep -q 'stands twice'
}

@test "an evil merge: what neither side had is judged like any other change" {
    local side tree
    good_first
    side=$(bare commit-tree -p "$GOOD~1" -m 'side' "$GOOD~1^{tree}")
    # the merge itself brings a request without signature, and changes alice's request
    sed 's/name: good/name: evil/; s/good.example.com/evil.example.com/g' requests/good.yaml >requests/evil.yaml
    sed -i 's/justification: .*/justification: changed by the merge/' requests/r/one.yaml
    git add requests
    tree=$(git write-tree)
    git push -q origin "$(git commit-tree -m tree "$tree"):refs/heads/keep/tree"
    main_is "$(bare commit-tree -p "$GOOD" -p "$side" -m 'Merge' "$tree")"
    old=$(pki_digest r/one)
    pass
    good_is_issued
    state_is evil Invalid
    [ "$(pki_digest r/one)" = "$old" ]
    ignored_says r/one 'edit of the request.*unsigned|unsigned.*edit of the request'
}

@test "replacement refs and grafts change nothing" {
    local tip approved
    tip=$(main_tip)
    payload "Fine

Countersign-Approve: r/one $(pki_digest r/one)" "$tip" >"$HOME/p"
    approved=$(signed_by dave "$HOME/p" | store)
    # the tip is to be taken for one in which dave approves, and for one without history
    good_request
    tip=$(main_tip) two=$(bare rev-parse "$(main_tip):requests/r/two.yaml") good=$(bare rev-parse "$(main_tip):requests/good.yaml")
    bare update-ref "refs/replace/$tip" "$approved"
    bare update-ref "refs/replace/$two" "$good"
    echo "$tip" >"$BARE/info/grafts"
    pass
    good_is_issued
    untouched r/one
    untouched r/two
    [ "$(git -C "$BARE" --no-replace-objects log -1 --format=%B countersign/output | sed -n 's/^Countersign-Input: //p')" = "$tip" ]
}

@test "objects borrowed from another repository" {
    git clone -q --bare "$BARE" "$HOME/lender.git"
    rm -rf "$HOME/borrower.git"
    git clone -q --bare --shared "$HOME/lender.git" "$HOME/borrower.git"
    git -C "$HOME/borrower.git" config --unset-all remote.origin.url || true
    mv "$BARE" "$HOME/first.git" && mv "$HOME/borrower.git" "$BARE"
    git fetch -q origin
    good_request
    pki_decide dave Approve r/one
    pass
    good_is_issued
    state_is r/one Issued
    rm -rf "$HOME/first.git" "$HOME/lender.git"
}

@test "a shallow repository is refused: what is missing could hold a rejection" {
    git clone -q --bare --depth 1 "file://$BARE" "$HOME/shallow.git"
    before=$(output_tip)
    rm -rf "$BARE" && mv "$HOME/shallow.git" "$BARE"
    run pass
    [ "$status" = 3 ]
    [[ $output == *shallow* ]]
    [ -z "$(bare for-each-ref refs/heads/countersign/output)" ]
}

@test "an object that is missing stops the pass, and issues nothing" {
    local blob path
    good_request
    blob=$(bare rev-parse "$(main_tip):requests")
    path=$BARE/objects/${blob:0:2}/${blob:2}
    [ -e "$path" ] && mv "$path" "$HOME/hidden"
    run pass
    [ "$status" = 3 ]
    no_certificate good
    mv "$HOME/hidden" "$path"
    pass
    good_is_issued
}

@test "a folder that is none stops the pass, and issues nothing" {
    good_first
    printf '40000 none %s\n' "$(file_like none)" | requests_are
    run pass
    [ "$status" = 3 ]
    no_certificate good
    main_is "$GOOD"
    pass
    good_is_issued
}

@test "an object that was changed on the disk is found out" {
    local blob path
    pki_request r/three web-staging alice www.example.com
    pass
    blob=$(bare rev-parse "$(main_tip):requests/r/three.yaml")
    path=$BARE/objects/${blob:0:2}/${blob:2}
    chmod u+w "$path"
    cp "$path" "$HOME/whole"
    cp "$BARE/objects/$(bare rev-parse "$(main_tip):requests/r/one.yaml" | sed 's|..|&/|')" "$path"
    before=$(output_tip)
    pki_decide dave Approve r/three
    good_request
    run pass
    [ "$status" = 3 ]
    [[ $output == *"object $blob is missing or damaged"* ]]
    [ "$(output_tip)" = "$before" ]
    cp "$HOME/whole" "$path"
    pass
    state_is r/three Issued
    good_is_issued
}

@test "a rejection by file whose object is missing or damaged: nothing is issued without it" {
    local blob path
    pki_request r/three web-staging alice www.example.com
    pass
    pki_decide_file erin Reject r/three
    blob=$(bare rev-parse "$(main_tip):$(git ls-files 'approvals/*.yaml')")
    path=$BARE/objects/${blob:0:2}/${blob:2}
    mv "$path" "$HOME/hidden"
    pki_decide dave Approve r/three
    run pass
    [ "$status" = 3 ]
    no_certificate r/three
    head -c 20 "$HOME/hidden" >"$path"
    run pass
    [ "$status" = 3 ]
    no_certificate r/three
    mv -f "$HOME/hidden" "$path"
    pass
    state_is r/three Rejected
}

@test "the branch deleted, replaced by a tag, or pointing at nothing: nothing is written, and it goes on when it is back" {
    local tip before
    tip=$(main_tip) before=$(output_tip)
    bare update-ref -d refs/heads/main
    run pass
    [ "$status" = 3 ]
    git tag -a -m tag sometag "$tip" && git push -q origin sometag
    echo "$(bare rev-parse sometag)" >"$BARE/refs/heads/main"
    run pass
    [ "$status" = 3 ]
    echo 1234567890123456789012345678901234567890 >"$BARE/refs/heads/main"
    run pass
    [ "$status" = 3 ]
    echo 'ref: refs/heads/elsewhere' >"$BARE/refs/heads/main"
    run pass
    [ "$status" = 3 ]
    [ "$(output_tip)" = "$before" ]
    rm "$BARE/refs/heads/main" && main_is "$tip"
    good_request
    pass
    good_is_issued
}

@test "an approval file put back, and one approved anew, after a withdrawal: it stays withdrawn" {
    pki_decide_file dave Approve web/www
    file=$(git diff-tree --no-commit-id --name-only -r HEAD | grep 'yaml$')
    pass
    [ "$(status_of web/www | grep -c 'name: dave')" = 1 ]
    pki_decide dave Withdraw web/www
    pass
    [ "$(status_of web/www | sed -n '/approvedBy/,/waitingFor/p' | grep -c 'name: dave')" = 0 ]
    cp "$file" "$file.sig" "$HOME/"
    git rm -q "$file" "$file.sig" && git commit -q -m Remove && git push -q origin main
    pass
    cp "$HOME/${file##*/}" "$HOME/${file##*/}.sig" approvals/ 2>/dev/null || { mkdir -p approvals; cp "$HOME/${file##*/}" "$HOME/${file##*/}.sig" approvals/; }
    git add approvals && git commit -q -m 'And back' && git push -q origin main
    cp "$file" approvals/again.yaml && sed -i 's/name: dave.*}/name: again}/; s/comment: .*}/comment: again}/' approvals/again.yaml
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/dave" approvals/again.yaml 2>/dev/null
    git add approvals && git commit -q -m 'Another file' && git push -q origin main
    pki_decide dave Approve web/www
    pki_decide frank Approve web/www
    pki_decide grace Approve web/www
    pass
    untouched web/www
    ignored_says web/www 'dave withdrew'
    pki_decide erin Approve web/www
    pass
    state_is web/www Issued
}

@test "signatures and files of an earlier configuration do not bring it back" {
    local digest one
    zero=$(pki_introduction_digest)
    pki_profile extra "approval: none"
    git add -A && git commit -q -m 'A profile without approval' && git push -q
    one=$(pki_configuration_digest 1 "$zero")
    pki_sign_configuration "$one"
    git rev-list --reverse -n 2 HEAD >"$HOME/signatures"
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
    # it is taken back, by a quorum
    git rm -q profiles/extra.yaml && git commit -q -m 'No more' && git push -q
    digest=$(pki_configuration_digest 2 "$one")
    pki_sign_configuration "$digest" bob carol
    pass
    pki_output status/configuration.yaml | grep -q 'number: 2'
    # somebody puts the files back and replays the signatures, by the inbox and by main
    git checkout -q "$(head -1 "$HOME/signatures")" -- profiles/extra.yaml
    git commit -q -m 'And again'
    i=0
    while read -r commit; do
        post "replay$((i += 1))" "$commit"
        git cat-file commit "$commit" >"$HOME/old"
    done <"$HOME/signatures"
    git merge -q -s ours --no-edit "$(tail -1 "$HOME/signatures")" 2>/dev/null || true
    git push -q origin main
    pki_request x/a extra alice a.example.com
    good_request
    pass
    good_is_issued
    pki_output status/configuration.yaml | grep -q 'number: 2'
    no_certificate x/a
    pki_output status/configuration.yaml | grep -q 'missing: 2'
}

# Signed well, by keys that dave has had, has no more, or is to have: commits on the branch and in the inbox, and files.
@test "keys that were removed, have expired, or are not valid yet: commits, envelopes and files, whatever their dates" {
    local name when id zero
    zero=$(pki_introduction_digest)
    for name in dave-old dave-next dave-new; do pki_key "$name"; done
    # dave's first key goes
    sed -i "s|ssh: \".*\"|ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/dave-new.pub")\"|" identities/dave.yaml
    cat >>identities/dave.yaml <<YAML
    - {ssh: "$(cut -d' ' -f1,2 "$PKI/keys/dave-old.pub")", validAfter: 2020-01-01T00:00:00Z, validBefore: 2021-01-01T00:00:00Z}
    - {ssh: "$(cut -d' ' -f1,2 "$PKI/keys/dave-next.pub")", validAfter: 2090-01-01T00:00:00Z}
YAML
    pki_as alice
    git commit -q -am 'Other keys of dave' && git push -q origin main
    pki_sign_configuration "$(pki_configuration_digest 1 "$zero")"
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
    for name in dave dave-old dave-next; do
        when="@1590000000 +0000"
        [ "$name" != dave-next ] || when="@3944678400 +0000"
        export GIT_AUTHOR_DATE=$when GIT_COMMITTER_DATE=$when
        pki_decide "$name" Approve r/one "" "On the branch, $name"
        post "$name" "$(envelope_commit "$name" HEAD "$(trailer Approve r/one)")"
        pki_decide_file "$name" Approve r/two
        pki_decide_file "$name" Reject web/www
        unset GIT_AUTHOR_DATE GIT_COMMITTER_DATE
    done
    good_request
    pass
    good_is_issued
    for id in r/one r/two web/www; do
        untouched "$id"
        ignored_of "$id" | grep -qF "the key $(ssh-keygen -lf "$PKI/keys/dave.pub" | cut -d' ' -f2) belongs to nobody"
        ignored_says "$id" 'who: dave .*this key of dave is valid only before 2021-01-01T00:00:00Z'
        ignored_says "$id" 'who: dave .*this key of dave is valid from 2090-01-01T00:00:00Z'
    done
    # both kinds of commit, each with each key
    [ "$(ignored_of r/one | grep -c 'why:')" = 6 ]
    # protests that do not count are no small matter
    [ "$(grep '"level":"alarm","event":"ignored","request":"web/www"' "$LOG" | wc -l)" = 3 ]
    # the key that is listed and valid does count
    pki_decide dave-new Approve r/one
    pass
    state_is r/one Issued
    untouched r/two
}
