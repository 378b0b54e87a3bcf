#!/usr/bin/env bats
# Commits that no git would make, and some that it would: each tries to approve a request of its own, with Dave's key or
# something that looks like it. All of them come in one push, with a good request, and are judged in one pass; each test
# then looks at one of them.

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    # erin has a key that has expired and one that is not valid yet, beside a good one
    local name
    for name in erin-old erin-new; do pki_key "$name"; done
    cat >>identities/erin.yaml <<YAML
    - {ssh: "$(cut -d' ' -f1,2 "$PKI/keys/erin-old.pub")", validAfter: 2020-01-01T00:00:00Z, validBefore: 2021-01-01T00:00:00Z}
    - {ssh: "$(cut -d' ' -f1,2 "$PKI/keys/erin-new.pub")", validAfter: 2190-01-01T00:00:00Z}
YAML
    git commit -q -am 'Keys with a time' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    # shellcheck disable=SC2046 # one word an id
    many_requests web-staging alice $(scenarios | sed 's/^[a-z]*_/c\//; s/_/-/g')
    pki_run_once 2>/dev/null
    good_commit
    git push -q origin HEAD:refs/heads/keep/good
    TIP=$(git rev-parse HEAD)
    export TIP
    all_commits >"$BATS_FILE_TMPDIR/made" 2>&1 || { cat "$BATS_FILE_TMPDIR/made"; return 1; }
    LOG=$BATS_FILE_TMPDIR/log
    pki_run_once >"$LOG" 2>&1 || { cat "$LOG"; return 1; }
    export LOG
    cd "$BATS_FILE_TMPDIR"
}

# --- making them ------------------------------------------------------------------------------------------------------

# The commit on stdin becomes the tip, when its scenario is over.
land() { store >"$BATS_FILE_TMPDIR/tip"; }

# A payload that approves c/NAME, in the file $P; the message may be given: approve NAME [DIGEST]
approve() { payload "${MESSAGE:-Fine}

Countersign-Approve: c/$1 ${2:-$(pki_digest "c/$1")}" "$TIP" >"$P"; }

# Headers of the payload $P changed by sed, which is then signed by dave.
doctored() { sed -i "$1" "$P"; signed_by dave "$P" | land; }

# Each function bad_NAME or odd_NAME makes a commit that approves c/NAME; bad ones must not be heard.
scenarios() { compgen -A function bad_; compgen -A function odd_; }

bad_two_signatures() {
    approve "$1"
    { signed_by dave "$P" >"$P.one"; armour stranger <"$P" | with_armour "$P.one"; } | land
}
bad_two_signatures_his_last() {
    approve "$1"
    { signed_by stranger "$P" >"$P.one"; armour dave <"$P" | with_armour "$P.one"; } | land
}
bad_signature_twice() {
    approve "$1"
    { signed_by dave "$P" >"$P.one"; armour dave <"$P" | with_armour "$P.one"; } | land
}
bad_armour_in_message() {
    approve "$1"
    armour dave <"$P" >"$P.sig"
    MESSAGE="gpgsig $(cat "$P.sig")" approve "$1"
    land <"$P"
}
bad_armour_behind_message() {
    approve "$1"
    armour dave <"$P" >>"$P"
    land <"$P"
}
bad_bytes_after_armour() {
    approve "$1"
    { armour dave <"$P"; echo junk; } | with_armour "$P" | land
}
bad_bytes_before_armour() {
    approve "$1"
    { echo junk; armour dave <"$P"; } | with_armour "$P" | land
}
bad_second_armour() {
    approve "$1"
    { armour dave <"$P"; armour stranger <"$P"; } | with_armour "$P" | land
}
bad_cut_armour() {
    approve "$1"
    armour dave <"$P" | head -3 | with_armour "$P" | land
}
bad_empty_signature() {
    approve "$1"
    echo | with_armour "$P" | land
}
bad_nul() {
    approve "$1"
    { payload 'Fine' "$TIP"; printf 'hidden\0more\n\n'; tail -1 "$P"; } >"$P.nul"
    signed_by dave "$P.nul" | land
}
bad_author_twice() { approve "$1"; doctored '0,/^author/s/^author.*/&\n&/'; }
bad_committer_twice() { approve "$1"; doctored '0,/^committer/s/^committer.*/&\nauthor Eve <eve@example.com> 1 +0000/'; }
bad_tree_twice() { approve "$1"; doctored "0,/^committer/s/^committer.*/&\ntree $(git -C "$BARE" rev-parse "$TIP^{tree}")/"; }
bad_parent_late() { approve "$1"; doctored "0,/^committer/s/^committer.*/&\nparent $TIP/"; }
bad_no_author() { approve "$1"; doctored '/^author/d'; }
bad_no_committer() { approve "$1"; doctored '/^committer/d'; }
bad_odd_author() { approve "$1"; doctored 's/^author.*/author <<<>>> now/'; }
bad_date_overflow() { approve "$1"; doctored 's/^committer.*/committer D <d@example.com> 99999999999999999 +0000/'; }
bad_date_padded() { approve "$1"; doctored 's/^author.*/author D <d@example.com> 0170000000 +0000/'; }
bad_no_name() { approve "$1"; doctored 's/^author.*/author <d@example.com> 1700000000 +0000/'; }
bad_nested_address() { approve "$1"; doctored 's/^committer.*/committer D <d<e@example.com> 1700000000 +0000/'; }
bad_sha256_header() { approve "$1"; armour dave <"$P" | with_armour "$P" gpgsig-sha256 | land; }
bad_capital_header() { approve "$1"; armour dave <"$P" | with_armour "$P" GPGSIG | land; }
bad_many_headers() { approve "$1"; doctored "0,/^committer/s/^committer.*/&$(printf '\\nx-y z%.0s' $(seq 200))/"; }
bad_trailer_header() {
    payload Fine "$TIP" >"$P"
    doctored "0,/^committer/s|^committer.*|&\nCountersign-Approve: c/$1 $(pki_digest "c/$1")|"
}
bad_mergetag() {        # dave signed this as a tag; it stands in a commit that nobody signed
    approve "$1"
    armour dave <"$P" | sed 's/^/ /' >"$P.sig"
    sed -i "0,/^committer/{/^committer/{s/\$/\nmergetag object $TIP\n type commit\n tag v1\n tagger Dave <dave@example.com> 1 +0000\n/
r $P.sig
}}" "$P"
    land <"$P"
}
bad_folded() {
    payload "Fine

Countersign-Approve: c/$1
 $(pki_digest "c/$1")" "$TIP" >"$P"
    signed_by dave "$P" | land
}
bad_continued() { approve "$1"; echo "  and more" >>"$P"; signed_by dave "$P" | land; }
bad_small_letters() { approve "$1"; sed -i 's/^Countersign-Approve/countersign-approve/' "$P"; signed_by dave "$P" | land; }
bad_indented() { approve "$1"; sed -i 's/^Countersign-Approve/ &/' "$P"; signed_by dave "$P" | land; }
bad_quoted() { approve "$1"; sed -i 's/^Countersign-Approve/> &/' "$P"; signed_by dave "$P" | land; }
bad_carriage_return() { approve "$1"; sed -i 's/^Countersign.*/&\r/' "$P"; signed_by dave "$P" | land; }
bad_no_paragraph() { approve "$1"; printf '\nBest regards\n' >>"$P"; signed_by dave "$P" | land; }
bad_among_prose() { approve "$1"; printf 'Best regards, Dave\n' >>"$P"; signed_by dave "$P" | land; }
bad_capital_digest() { approve "$1" "sha256:$(pki_digest "c/$1" | cut -c8- | tr a-f A-F)"; signed_by dave "$P" | land; }
bad_short_digest() { approve "$1" "$(pki_digest "c/$1" | cut -c-40)"; signed_by dave "$P" | land; }
bad_sha512() { approve "$1" "sha512:$(printf 'a%.0s' $(seq 128))"; signed_by dave "$P" | land; }
bad_climbing_id() { approve "$1"; sed -i "s|: c/|: ../requests/c/|" "$P"; signed_by dave "$P" | land; }
bad_look_alike() { approve "$1"; sed -i 's/Approve/Approvе/' "$P"; signed_by dave "$P" | land; }
bad_other_namespace() { approve "$1"; signed_by dave "$P" countersign | land; }
bad_file_namespace() { approve "$1"; signed_by dave "$P" file | land; }
bad_other_request() { approve "$1" "$(pki_digest c/two-signatures)"; signed_by dave "$P" | land; }
bad_other_repository() {
    cp "$PKI/keys/c_among-prose.key" "$PKI/keys/c_$1.key"
    approve "$1" "$(PKI_ID=$(openssl rand -hex 16); plan_digest "c/$1" web-staging alice www.example.com)"
    signed_by dave "$P" | land
}
bad_next_generation() {
    cp "$PKI/keys/c_among-prose.key" "$PKI/keys/c_$1.key"
    [ "$(plan_digest "c/$1" web-staging alice www.example.com)" = "$(pki_digest "c/$1")" ] || return
    approve "$1" "$(plan_digest "c/$1" web-staging alice www.example.com 2)"
    signed_by dave "$P" | land
}
bad_borrowed_signature() {      # dave's signature on another commit
    approve two-signatures
    armour dave <"$P" >"$P.sig"
    approve "$1"
    with_armour "$P" <"$P.sig" | land
}
bad_changed_afterwards() { approve "$1"; signed_by dave "$P" | sed 's/^Fine/Mine/' | land; }
bad_stranger() { approve "$1"; signed_by stranger "$P" | land; }
bad_machine() { approve "$1"; signed_by deploy-bot "$P" | land; }
bad_reconciler() { approve "$1"; signed_by reconciler "$P" | land; }
bad_not_an_approver() { approve "$1"; signed_by mallory "$P" | land; }
bad_expired_key() { approve "$1"; signed_by erin-old "$P" | land; }
bad_expired_key_back_dated() {
    AUTHOR="Erin <erin@example.com> 1590000000 +0000" COMMITTER="Erin <erin@example.com> 1590000000 +0000" approve "$1"
    signed_by erin-old "$P" | land
}
bad_key_to_be() { approve "$1"; signed_by erin-new "$P" | land; }
bad_key_to_be_post_dated() {
    AUTHOR="Erin <erin@example.com> 7000000000 +0000" COMMITTER="Erin <erin@example.com> 7000000000 +0000" approve "$1"
    signed_by erin-new "$P" | land
}
bad_named_dave() { AUTHOR="Dave Example <dave@example.com> 1700000000 +0000" approve "$1"; signed_by mallory "$P" | land; }
bad_large() {
    { payload Fine "$TIP"; head -c 1100000 /dev/zero | tr '\0' x; echo; echo; echo "Countersign-Approve: c/$1 $(pki_digest "c/$1")"; } >"$P"
    signed_by dave "$P" | land
}
bad_many_parents() {
    local parents i
    parents=$(for i in $(seq 70); do git -C "$BARE" commit-tree -m "$i" "$TIP^{tree}"; done | sed 's/^/parent /; s/$/\\n/' | tr -d '\n')
    approve "$1"
    sed -i "0,/^author/s/^author/${parents}author/" "$P"
    signed_by dave "$P" | land
}

# And some that are odd and good: dates and messages mean nothing.
odd_back_dated() {
    AUTHOR="D <d@example.com> 0 +0000" COMMITTER="D <d@example.com> 0 -1200" approve "$1"
    signed_by dave "$P" | land
}
odd_post_dated() {
    AUTHOR="D <d@example.com> 253402214399 +0000" COMMITTER="D <d@example.com> 253402214399 +1400" approve "$1"
    signed_by dave "$P" | land
}
odd_other_headers() { approve "$1"; doctored '0,/^committer/s/^committer.*/&\nencoding ISO-8859-1\nx-forge 1\n 2/'; }
odd_tag_merged() { approve "$1"; doctored '0,/^committer/s/^committer.*/&\nmergetag object 1234\n gpgsig -----BEGIN SSH SIGNATURE-----/'; }
odd_octopus() {
    local side
    side=$(git -C "$BARE" commit-tree -m side "$TIP^{tree}")
    approve "$1"
    sed -i "0,/^author/s/^author/parent $side\nparent $(git -C "$BARE" commit-tree -m other "$TIP^{tree}")\nauthor/" "$P"
    signed_by dave "$P" | land
}
odd_on_a_side_branch() {
    local trunk=$TIP
    TIP=$(git -C "$BARE" commit-tree -m 'another root' "$TIP^{tree}")
    approve "$1"
    signed_by dave "$P" | land
    payload 'Merge' "$trunk" >"$P"
    sed -i "0,/^author/s/^author/parent $(cat "$BATS_FILE_TMPDIR/tip")\nauthor/" "$P"
    land <"$P"
}

all_commits() {
    local name
    P=$BATS_FILE_TMPDIR/payload
    for name in $(scenarios); do
        echo "$name"
        "$name" "$(sed 's/^[a-z]*_//; s/_/-/g' <<<"$name")" || return
        TIP=$(cat "$BATS_FILE_TMPDIR/tip")
    done
    # unsigned, above all of them: what is odd stays odd below a merge
    payload 'The end' "$TIP" >"$P"
    main_is "$(store <"$P")"
}

# --- looking at them --------------------------------------------------------------------------------------------------

shows() {       # NAME REGEX: open, without certificate, and the status says why
    untouched "c/$1" && ignored_says "c/$1" "$2"
}

@test "the good request in the same push is issued, and nothing else stops" {
    good_is_issued
    not_logged '"event":"(history-unreadable|tree-unreadable|output-not-written)"'
    [ "$(git -C "$BARE" log -1 --format=%B countersign/output | sed -n 's/^Countersign-Input: //p')" = "$(main_tip)" ]
}

@test "no commit that is not right has counted" {
    local name
    for name in $(compgen -A function bad_); do
        name=${name#bad_}
        untouched "c/${name//_/-}"
        # and each is explained
        ignored_says "c/${name//_/-}" 'why:' || [[ $name =~ ^(large|trailer_header|climbing_id)$ ]] # names no request that could show it
    done
}

@test "odd dates, headers and parents are no reason to refuse what is signed well" {
    local name
    for name in $(compgen -A function odd_); do
        name=${name#odd_}
        state_is "c/${name//_/-}" Issued
    done
}

@test "two signatures are none, whoever comes first" {
    shows two-signatures 'malformed: it has two signatures'
    shows two-signatures-his-last 'malformed: it has two signatures'
    shows signature-twice 'malformed: it has two signatures'
}

@test "a signature stands in its header and nowhere else" {
    shows armour-in-message 'the commit is not signed'
    shows armour-behind-message 'the commit is not signed'
    shows sha256-header 'gpgsig-sha256'
    shows capital-header 'unknown header'
    shows mergetag 'the commit is not signed'
}

@test "one armour, whole, with nothing around it" {
    shows bytes-after-armour 'something stands behind the armour'
    shows bytes-before-armour 'the first line is not .{1,2}-----BEGIN SSH SIGNATURE'
    shows second-armour 'something stands behind the armour'
    shows cut-armour 'the armour has no line .{1,2}-----END SSH SIGNATURE'
    shows empty-signature 'the first line is not .{1,2}-----BEGIN SSH SIGNATURE'
}

@test "NUL, headers twice, headers missing, too many of them" {
    shows nul 'malformed: .*NUL'
    shows author-twice 'malformed: the header .{1,2}committer.{1,2} is missing, in another place, or not'
    shows committer-twice 'second time, or in another place'
    shows tree-twice 'second time, or in another place'
    shows parent-late 'second time, or in another place'
    shows no-author 'malformed: the header .{1,2}author.{1,2} is missing, in another place, or not'
    shows no-committer 'malformed: the header .{1,2}committer.{1,2} is missing, in another place, or not'
    shows odd-author 'malformed: the header .{1,2}author.{1,2} is missing, in another place, or not'
    shows date-overflow 'malformed: the header .{1,2}committer.{1,2} is missing, in another place, or not'
    shows date-padded 'malformed: the header .{1,2}author.{1,2} is missing, in another place, or not'
    shows no-name 'malformed: the header .{1,2}author.{1,2} is missing, in another place, or not'
    shows nested-address 'malformed: the header .{1,2}committer.{1,2} is missing, in another place, or not'
    shows many-headers 'more than 128 headers'
    shows many-parents 'more than 64 parents'
}

@test "near misses say what is wrong with them" {
    shows folded 'the digest is missing'
    shows continued 'continues it'
    shows small-letters 'capitals and small letters'
    shows indented 'first column'
    shows quoted 'first column'
    shows carriage-return 'CR LF'
    shows no-paragraph 'last paragraph'
    shows among-prose 'no trailer'
    shows capital-digest 'capital letters'
    shows short-digest 'its digest has 33 hex digits and not 64: it is cut short'
    shows sha512 'is no digest: expected'
    shows look-alike 'no trailer that is known'
    untouched c/climbing-id
    pki_output status/configuration.yaml | grep -A3 'requests/c/climbing-id' | grep -q 'no request'
}

@test "a signature from another namespace, on other bytes, or for something else" {
    shows other-namespace 'in the namespace .{1,2}countersign.{1,2}, and only .{1,2}git'
    shows file-namespace 'in the namespace .{1,2}file.{1,2}, and only .{1,2}git'
    shows borrowed-signature 'the signature does not match: what was signed has other bytes'
    shows changed-afterwards 'the signature does not match: what was signed has other bytes'
    shows other-request 'not one of the request'
    shows other-repository 'not one of the request'
    shows next-generation 'not one of the request'
}

@test "the wrong people" {
    shows stranger 'belongs to nobody'
    shows machine 'Machine'
    shows reconciler 'belongs to nobody'
    shows not-an-approver 'not an approver'
    shows named-dave 'who: mallory.*not an approver'
}

@test "a key counts while it is valid, and commit dates say nothing about when" {
    shows expired-key 'valid only before'
    shows expired-key-back-dated 'valid only before'
    shows key-to-be 'valid from'
    shows key-to-be-post-dated 'valid from'
}

@test "what is too large is not read, and that is said" {
    untouched c/large
    logged 'commit-not-read.*1 MiB'
}

@test "nothing raw reaches the log, the status or the page" {
    ! grep -q $'[\001-\010\013-\037]' "$LOG" || false
    ! pki_output README.md | grep -q $'[\001-\010\013-\037]'
}
