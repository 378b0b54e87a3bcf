#!/usr/bin/env bats
# What forges do to commits when they merge a pull request, with real git: what survives counts, what does not is shown
# with cause and remedy, and a lost rejection, cancellation or withdrawal raises an alarm.

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    many_requests web-staging alice r/one r/two r/three
    pki_run_once
    hostile_keep
}

setup() { hostile_test; }

# Goes to a branch of a pull request; forge_* merge it into main and push, as a forge with that button does.
pull_request() { git switch -q -c topic; }

as_forge() {
    GIT_COMMITTER_NAME=Forge GIT_COMMITTER_EMAIL=noreply@forge.example git -c commit.gpgSign=false "$@"
}

forge_merge() { git switch -q main && as_forge merge -q --no-ff -m "Merge pull request #7 from topic" topic && git push -q origin main; }

# The messages of the squashed commits become one, as forges propose it: title, then a list.
forge_squash() {
    local message
    message=$(printf 'A change (#7)\n\n'; git log --reverse --format='* %B' main..topic)
    git switch -q main
    as_forge merge -q --squash topic >/dev/null
    as_forge commit -q --allow-empty -m "$message"
    git push -q origin main
}

# A squash whose message is the one of its only commit, trailers and all, as with a pull request of one commit.
forge_squash_one() {
    local message
    message=$(git log -1 --format=%B topic | sed '1s/$/ (#7)/')
    git switch -q main
    as_forge merge -q --squash topic >/dev/null
    as_forge commit -q --allow-empty -m "$message"
    git push -q origin main
}

forge_rebase() {
    as_forge rebase -q --force-rebase --keep-empty --no-gpg-sign main topic
    git switch -q main
    git merge -q --ff-only topic
    git push -q origin main
}

# On the branch that is checked out, not pushed.
decide_here() {     # PERSON WHAT ID
    pki_as "$1"
    git commit -q -S --allow-empty -m "${4:-A decision}" --trailer "Countersign-$2: $3 $(pki_digest "$3")"
}

decide_file_here() {    # PERSON decision ID
    local file=approvals/$1-$2.yaml
    mkdir -p approvals
    cat >"$file" <<YAML
apiVersion: countersign/v1
kind: Approval
metadata: {name: $1-$2}
spec:
  repository: $PKI_ID
  decisions:
    - {request: $3, digest: "$(pki_digest "$3")", decision: $2}
YAML
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/$1" "$file" 2>/dev/null
    git add approvals
    git commit -q -m "A signed file"
}

@test "a merge commit keeps the signed commits below it: request and approval count" {
    pull_request
    pki_request_file r/new web-staging alice www.example.com
    git add requests
    pki_as alice
    git commit -q -S -m Request --trailer "Countersign-Request: r/new sha256:$(file_sha256 requests/r/new.yaml)"
    decide_here dave Approve r/one
    forge_merge
    pass
    state_is r/one Issued
    pki_verify r/one
    state_is r/new PendingApproval
    not_logged '"level":"(warning|alarm)"'
}

@test "a fast-forward keeps everything" {
    pull_request
    decide_here dave Approve r/one
    git switch -q main && git merge -q --ff-only topic && git push -q origin main
    pass
    state_is r/one Issued
}

@test "a squash drops the signature of an approval: shown as that, with what to do" {
    pull_request
    decide_here dave Approve r/one
    forge_squash_one
    pass
    untouched r/one
    ignored_says r/one 'what: "?approve sha256:'
    ignored_says r/one 'squash by a forge.*--push.*--file'
    not_logged '"level":"alarm"'
}

@test "a squash that lists its commits: the indented and the misplaced trailers are shown, too" {
    pull_request
    decide_here dave Approve r/one
    decide_here erin Approve r/two
    forge_squash
    pass
    untouched r/one
    untouched r/two
    ignored_says r/one 'squash'
    ignored_says r/two 'squash'
}

@test "a squash drops the signature of a request: Invalid says how to sign it again" {
    pull_request
    pki_request_file r/new web-staging alice www.example.com
    git add requests
    pki_as alice
    git commit -q -S -m Request --trailer "Countersign-Request: r/new sha256:$(file_sha256 requests/r/new.yaml)"
    forge_squash_one
    pass
    state_is r/new Invalid
    no_certificate r/new
    reason_says r/new 'not signed by its requester'
    ignored_says r/new 'squash.*--resign'
}

@test "a request with a .sig survives a squash and a rebase" {
    local id merge=forge_squash
    for id in r/squashed r/rebased; do
        pull_request
        pki_request_file "$id" web-staging alice www.example.com
        ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/alice" "requests/$id.yaml" 2>/dev/null
        git add requests
        git commit -q -m Request
        $merge
        git branch -q -D topic
        merge=forge_rebase
    done
    pass
    state_is r/squashed PendingApproval
    state_is r/rebased PendingApproval
    reason_says r/squashed 'verified: true'
}

@test "a rebase drops signatures, too, and is told from a squash" {
    pull_request
    decide_here dave Approve r/one
    git switch -q main && git commit -q --allow-empty -m 'Something else' && git switch -q topic
    forge_rebase
    pass
    untouched r/one
    ignored_says r/one 'rebase or squash by a forge'
}

@test "signed files survive squash, rebase and cherry-pick" {
    pull_request
    decide_file_here dave approve r/one
    forge_squash
    git branch -q -D topic
    pull_request
    decide_file_here erin approve r/two
    git switch -q main && git commit -q --allow-empty -m 'Something else' && git switch -q topic
    forge_rebase
    git branch -q -D topic
    pull_request
    decide_file_here dave reject r/three
    git switch -q main
    as_forge cherry-pick -x topic >/dev/null
    git push -q origin main
    pass
    state_is r/one Issued
    state_is r/two Issued
    state_is r/three Rejected
}

@test "a lost rejection, cancellation and withdrawal raise an alarm" {
    pull_request
    decide_here dave Reject r/one
    decide_here alice Cancel r/two
    decide_here erin Withdraw r/three
    git switch -q main && git commit -q --allow-empty -m 'Something else' && git switch -q topic
    forge_rebase
    pass
    untouched r/one
    untouched r/two
    untouched r/three
    alarmed '"request":"r/one".*reject'
    alarmed '"request":"r/two".*cancel'
    alarmed '"request":"r/three".*withdraw'
    ignored_says r/one 'reject'
    # and the remedy works: the same again, by a file
    decide_file_here dave reject r/one
    git push -q origin main
    pass
    state_is r/one Rejected
}

@test "a lost rejection in a squash that lists its commits raises an alarm as well" {
    pull_request
    decide_here dave Reject r/one "Not this one"
    decide_here dave Approve r/two
    forge_squash
    pass
    untouched r/one
    alarmed '"request":"r/one".*Reject'
}

@test "what the forge signs with its own key counts for nobody" {
    pull_request
    decide_here dave Approve r/one
    git switch -q main
    git config user.signingKey "$PKI/keys/stranger"
    git merge -q --squash topic >/dev/null
    git commit -q -S --allow-empty -m "Approve (#7)" --trailer "Countersign-Approve: r/one $(pki_digest r/one)"
    git push -q origin main
    pass
    untouched r/one
    ignored_says r/one 'belongs to nobody'
}

@test "what the forge signs with OpenPGP counts for nobody, and says so" {
    export GNUPGHOME=$BATS_TEST_TMPDIR/forge
    mkdir -m 700 "$GNUPGHOME"
    gpg --batch -q --passphrase '' --quick-generate-key 'Forge <noreply@forge.example>' ed25519 sign never
    as_forge -c gpg.format=openpgp -c user.signingKey=noreply@forge.example commit -q -S --allow-empty -m "Approve (#7)" \
        --trailer "Countersign-Approve: r/one $(pki_digest r/one)"
    gpgconf --kill all
    git push -q origin main
    pass
    untouched r/one
    ignored_says r/one 'openpgp:[0-9A-F]* belongs to nobody.*forge'
}

@test "the message of an unsigned merge commit counts for nothing, the commits below it do" {
    pull_request
    decide_here dave Approve r/one
    git switch -q main
    as_forge merge -q --no-ff -m "Merge pull request #7

Countersign-Approve: r/two $(pki_digest r/two)" topic
    git push -q origin main
    pass
    state_is r/one Issued
    untouched r/two
    ignored_says r/two 'commit is not signed'
}

@test "a cherry-picked and an amended approval have lost their signature" {
    pull_request
    decide_here dave Approve r/one
    git switch -q main
    as_forge cherry-pick --allow-empty -x topic >/dev/null
    pki_as erin
    git commit -q -S --allow-empty -m x --trailer "Countersign-Approve: r/two $(pki_digest r/two)"
    as_forge commit -q --amend --no-edit --no-gpg-sign --allow-empty
    git push -q origin main
    pass
    untouched r/one
    untouched r/two
    ignored_says r/one 'not signed'
    ignored_says r/two 'not signed'
}

@test "a rejection by file counts, although copies of it stand before it under names that are not its own" {
    pull_request
    decide_file_here dave reject r/one
    mkdir -p approvals/a
    for copy in a a/z; do
        cp approvals/dave-reject.yaml "approvals/$copy.yaml"
        cp approvals/dave-reject.yaml.sig "approvals/$copy.yaml.sig"
    done
    git add approvals && git commit -q -m 'Copies'
    forge_squash
    pass
    state_is r/one Rejected
}

@test "line ends that git converted are reported as that" {
    pull_request
    decide_file_here dave approve r/one
    sed -i 's/$/\r/' approvals/dave-approve.yaml
    git -c core.autocrlf=false commit -q -am 'Line ends'
    forge_squash
    pass
    untouched r/one
    pki_output status/configuration.yaml | grep -q 'approvals/dave-approve.yaml:1:.*carriage return.*autocrlf'
    # nothing to see in the file itself, but its signature is over other line ends
    sed -i 's/\r$//' approvals/dave-approve.yaml
    sed 's/$/\r/' approvals/dave-approve.yaml >crlf
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/dave" crlf 2>/dev/null
    cp crlf.sig approvals/dave-approve.yaml.sig
    git add approvals && git commit -q -m 'Signed on Windows' && git push -q origin main
    pass
    untouched r/one
    ignored_says r/one 'over the same file with CR LF line ends'
}

@test "reverting and deleting what was taken up changes nothing" {
    decide_here frank Approve r/one
    decide_file_here dave reject r/two
    git push -q origin main
    pass
    state_is r/two Rejected
    git revert --no-edit HEAD >/dev/null
    git rm -q -r requests/r
    git commit -q -m 'All gone'
    git push -q origin main
    pass
    state_is r/two Rejected
    state_is r/one PendingApproval
    state_is r/three PendingApproval
    reason_says r/three 'request:.*sha256'
    decide_here dave Approve r/three
    git push -q origin main
    pass
    state_is r/three Issued
}
