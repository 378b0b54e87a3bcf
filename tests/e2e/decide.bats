#!/usr/bin/env bats
# approve, reject, withdraw, cancel: by commit, by inbox, by file; what is said before and what it does.

bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/people

# One PKI for all tests of this file; each test has requests of its own.
setup_file() {
    export HOME=$BATS_FILE_TMPDIR
    pki_new "$BATS_FILE_TMPDIR/pki"
    mkdir "$PKI/clones"
    people_requests web-production alice w/commit w/inbox w/file w/reject w/reject2 w/withdraw w/cancel w/cancel2 \
        w/stale w/not w/early w/many1 w/many2 w/many3 w/ask w/at w/comment w/dirty w/detached w/hook w/agent w/bare w/twice w/twofile
    people_requests web-staging bob s/one s/own s/forme
    pki_run_once
}

setup() {
    export HOME=$BATS_FILE_TMPDIR
    cd "$BATS_TEST_TMPDIR"
}

teardown() { [ -z "${SSH_AGENT_PID:-}" ] || kill "$SSH_AGENT_PID"; }

state_of() { pki_run_once >/dev/null 2>&1; pki_state "$1"; }
approvers_of() { pki_output "status/requests/$1.yaml" | sed -n '/approvedBy:/,/waitingFor:/s/^ *- name: //p' | paste -sd' '; }

@test "approve: one signed commit on the branch, pushed, counts" {
    people_at dave
    run -0 "$COUNTERSIGN" approve w/commit "$(people_yes w/commit)" -m 'Matches the ticket'
    [[ $output == *"Alice Example <alice@example.com> (alice), by signature"* ]]
    [[ $output == *"justification       A test"* ]]
    [[ $output == *"approval policy     two-step"* ]]
    [[ $output == *"1. Team Lead Review: 0 of 1, open"* ]]
    [[ $output == *"effect: the request would then wait for 2 more in Security Review: frank, grace, heidi"* ]]
    [[ $output == *"plan  $(pki_digest w/commit)"* ]]
    [[ $output == *"Signed in commit $(git rev-parse HEAD | cut -c1-12) on branch main."*"Next: git push"* ]]
    [ "$(git log -1 --format=%B)" = "Matches the ticket

Countersign-Approve: w/commit $(pki_digest w/commit)" ]
    git diff --quiet HEAD^ HEAD
    echo "dave@example.com $(cut -d' ' -f1,2 "$PKI/keys/dave.pub")" >../allowed
    git -c gpg.ssh.allowedSignersFile="$PWD/../allowed" verify-commit HEAD
    git push -q
    [ "$(state_of w/commit)" = PendingApproval ]
    [ "$(approvers_of w/commit)" = dave ]
    pki_output status/requests/w/commit.yaml | grep -q 'comment: Matches the ticket'
}

@test "approve --push: the current branch is left alone, staged and unstaged changes too" {
    people_at dave
    echo staged >README.md && git add README.md && echo unstaged >>README.md
    before=$(git rev-parse HEAD; git status --porcelain)
    run -0 "$COUNTERSIGN" approve --push w/inbox "$(people_yes w/inbox)"
    [[ $output == *"Sent, signed, as countersign/inbox/dave-"* ]]
    [ "$before" = "$(git rev-parse HEAD; git status --porcelain)" ]
    inbox=$(git ls-remote origin 'refs/heads/countersign/inbox/dave-*' | cut -f1)
    [ -z "$(git log -1 --format=%P "$inbox")" ]
    [ -z "$(git ls-tree "$inbox")" ]
    [ "$(state_of w/inbox)" = PendingApproval ]
    [ "$(approvers_of w/inbox)" = dave ]
    [ -z "$(git ls-remote origin 'refs/heads/countersign/inbox/*')" ]
}

@test "approve --file: the file and its signature, verified by stock ssh-keygen, committed unsigned" {
    people_at dave
    run -0 "$COUNTERSIGN" approve --file w/file "$(people_yes w/file)" -m 'By file'
    [[ $output == *"Signed in approvals/"*"-dave-"*".yaml, committed as"* ]]
    file=$(git diff --name-only HEAD^ HEAD -- 'approvals/*.yaml')
    [[ $file =~ ^approvals/[0-9]{4}-[0-9]{2}-[0-9]{2}-dave-[0-9a-f]{8}\.yaml$ ]]
    [ "$(git diff --name-only HEAD^ HEAD | wc -l)" = 2 ]
    [ "$(git log -1 --format=%G?)" = N ]
    echo "dave namespaces=\"countersign\" $(cut -d' ' -f1,2 "$PKI/keys/dave.pub")" >../allowed-file
    ssh-keygen -q -Y verify -f ../allowed-file -I dave -n countersign -s "$file.sig" <"$file"
    grep -qx "  repository: $PKI_ID" "$file"
    # the plan in it is what the digest says
    sed -n '/plan: |/,$s/^        //p' "$file" | sha256sum | grep -q "^$(pki_digest w/file | cut -d: -f2)"
    # whoever merges it, and however
    git -c user.name=forge -c user.email=f@x commit -q --amend -m 'Squashed by a forge' --no-gpg-sign
    git push -q
    [ "$(state_of w/file)" = PendingApproval ]
    [ "$(approvers_of w/file)" = dave ]
    "$COUNTERSIGN" check
}

@test "two decisions by file on one day do not collide" {
    people_at erin
    "$COUNTERSIGN" approve --file w/many1 "$(people_yes w/many1)"
    "$COUNTERSIGN" approve --file w/many2 "$(people_yes w/many2)"
    [ "$(find approvals -name '*erin*.yaml' | wc -l)" = 2 ]
    [ "$(find approvals -name '*erin*.sig' | wc -l)" = 2 ]
}

@test "reject: the request ends, the comment is kept" {
    people_at frank
    run -0 "$COUNTERSIGN" reject --push w/reject "$(people_yes w/reject)" -m 'Use the internal profile'
    [[ $output == *"effect: the request would be Rejected"* ]]
    [ "$(state_of w/reject)" = Rejected ]
    git fetch -q
    run -0 "$COUNTERSIGN" show w/reject
    [[ $output == *"w/reject  Rejected"*"by                  frank"*"comment             Use the internal profile"* ]]
    run -1 "$COUNTERSIGN" approve w/reject --yes "$(printf '0%.0s' {1..32})"
    [[ $output == *"w/reject is Rejected by frank: nothing to approve"* ]]
}

@test "withdraw: says that it is final, and it is" {
    people_at dave
    "$COUNTERSIGN" approve --push w/withdraw "$(people_yes w/withdraw)"
    [ "$(state_of w/withdraw)" = PendingApproval ]
    git fetch -q
    run -0 "$COUNTERSIGN" withdraw --push w/withdraw "$(people_yes w/withdraw)"
    [[ $output == *"warning: withdrawing is final for this digest"* ]]
    [ "$(state_of w/withdraw)" = PendingApproval ]
    [ "$(approvers_of w/withdraw)" = "" ]
    git fetch -q
    run -2 "$COUNTERSIGN" approve w/withdraw </dev/null
    [[ $output == *"warning: it would not count:"* ]]
}

@test "withdraw without an approval before it is warned of" {
    people_at erin
    run -2 "$COUNTERSIGN" withdraw w/early </dev/null
    [[ $output == *"warning: you have not approved this plan, as far as this clone knows"* ]]
}

@test "cancel: for the requester and for administrators, not for approvers" {
    people_at alice
    run -0 "$COUNTERSIGN" cancel --push w/cancel "$(people_yes w/cancel)" -m 'Not needed'
    [[ $output == *"effect: the request would be Cancelled"* ]]
    [ "$(state_of w/cancel)" = Cancelled ]
    people_at dave
    run -2 "$COUNTERSIGN" cancel w/cancel2 </dev/null
    [[ $output == *"it would not count: only the requester, alice, and administrators cancel"* ]]
    people_at carol
    run -2 "$COUNTERSIGN" cancel w/cancel2 </dev/null
    [[ $output == *"effect: the request would be Cancelled"* ]]
}

@test "who may not approve hears it before signing; --yes does not sign it, with --force it does, and it does not count" {
    local way
    people_at mallory
    run -2 "$COUNTERSIGN" approve w/not </dev/null
    [[ $output == *'it would not count: mallory is not an approver of any step of ApprovalPolicy "two-step"'* ]]
    for way in --push --file ''; do
        run -1 --separate-stderr "$COUNTERSIGN" approve $way w/not "$(people_yes w/not)"
        [[ $stderr == 'countersign: w/not: it would not count: mallory is not an approver '*'Nothing was signed; --force signs all the same' ]]
    done
    [ "$(git rev-parse HEAD)" = "$(git rev-parse origin/main)" ]
    [ -z "$(git status --porcelain)" ]
    [ -z "$(git ls-remote origin 'refs/heads/countersign/inbox/*')" ]
    run -2 "$COUNTERSIGN" approve --force w/not
    [[ $output == *'--force goes with --yes'* ]]
    # one that would not count keeps the others of its signature from being signed
    people_at dave
    run -1 "$COUNTERSIGN" cancel --push w/not w/cancel2 "$(people_yes w/not)" "$(people_yes w/cancel2)"
    [[ $output == *'it would not count: only the requester, alice, and administrators cancel'* ]]
    people_at mallory
    run -0 "$COUNTERSIGN" approve --push --force w/not "$(people_yes w/not)"
    [ "$(state_of w/not)" = PendingApproval ]
    [ "$(approvers_of w/not)" = "" ]
    git fetch -q
    run -0 "$COUNTERSIGN" show w/not
    [[ $output == *"seen, and not counted"*"mallory: approve sha256:"*"not an approver of any step"* ]]
}

@test "a key that nobody holds is told before signing" {
    people_clone stranger
    run -2 "$COUNTERSIGN" approve w/not </dev/null
    [[ $output == *"your signing key SHA256:"*" belongs to nobody in this configuration"* ]]
    run -3 "$COUNTERSIGN" approve --for me
    [[ $output == *"belongs to nobody in this configuration"* ]]
}

@test "an early approval is said to wait for its step" {
    people_at grace
    run -2 "$COUNTERSIGN" approve w/early </dev/null
    [[ $output == *"effect: your approval is kept, and counts when its step opens (Security Review)"* ]]
}

@test "many ids, one signature" {
    people_at dave
    run -0 "$COUNTERSIGN" approve --push w/many1 w/many2 requests/w/many3.yaml w/many1 \
        "$(people_yes w/many1)" "$(people_yes w/many2)" "$(people_yes w/many3)"
    [ "$(git ls-remote origin 'refs/heads/countersign/inbox/*' | wc -l)" = 1 ]
    git fetch -q origin "$(git ls-remote origin 'refs/heads/countersign/inbox/*' | cut -f2)"
    [ "$(git log -1 --format=%s FETCH_HEAD)" = "Approve 3 requests" ]
    [ "$(git log -1 --format='%(trailers:key=Countersign-Approve)' FETCH_HEAD | grep -c sha256)" = 3 ]
    [ "$(state_of w/many1)" = PendingApproval ]
    for id in w/many1 w/many2 w/many3; do [ "$(approvers_of "$id")" = dave ]; done
}

@test "--for me: all that waits for me, and nothing else" {
    people_at alice
    run -0 "$COUNTERSIGN" list --for me -o json
    [ "$(grep -o '"id": "[^"]*"' <<<"$output" | cut -d'"' -f4 | paste -sd' ')" = "s/forme s/one s/own" ]
    run -0 "$COUNTERSIGN" approve --for me --push "$(people_yes s/one)" "$(people_yes s/own)" "$(people_yes s/forme)"
    for id in s/one s/own s/forme; do [ "$(state_of "$id")" = Issued ]; done
    git fetch -q
    run -0 "$COUNTERSIGN" approve --for me
    [[ $output == *"nothing to approve"* ]]
}

@test "what was decided already is not signed twice" {
    people_at dave
    "$COUNTERSIGN" approve --push w/early "$(people_yes w/early)"
    pki_run_once
    git fetch -q
    run -0 "$COUNTERSIGN" approve w/early </dev/null
    [[ $output == *"w/early: your decision (approve) on this plan is recorded already"*"nothing to approve"* ]]
}

@test "what is signed already in a commit that was not pushed, or not judged, is not signed twice" {
    people_at dave
    for branch in main pull; do
        [ "$branch" = main ] || git checkout -q -b pull
        "$COUNTERSIGN" approve w/twice "$(people_yes w/twice)"
        made=$(git rev-parse HEAD)
        run -0 "$COUNTERSIGN" approve w/twice "$(people_yes w/twice)"
        [[ $output == *"w/twice: you have signed this already, in commit ${made:0:12}, which is not on main yet. Next: git push origin $branch"*"nothing to approve"* ]]
        [ "$(git rev-parse HEAD)" = "$made" ]
        git checkout -q main
        git reset -q --hard origin/main
    done
    # another decision is another thing, and so is another person's
    people_at erin
    git fetch -q ../dave pull
    git reset -q --hard "$made"
    "$COUNTERSIGN" approve w/twice "$(people_yes w/twice)" | grep 'Signed in commit'
    people_at dave
    git reset -q --hard "$made"
    "$COUNTERSIGN" reject w/twice "$(people_yes w/twice)" | grep 'Signed in commit'
    git reset -q --hard "$made"
    # another way stays open
    "$COUNTERSIGN" approve --push w/twice "$(people_yes w/twice)" | grep 'Sent, signed'
    git push -q origin HEAD:main
    git fetch -q
    run -0 "$COUNTERSIGN" approve w/twice "$(people_yes w/twice)"
    [[ $output == *"w/twice: you have signed this already, in commit ${made:0:12} on branch main, which the reconciler has not judged yet"* ]]
    pki_run_once
    git fetch -q
    run -0 "$COUNTERSIGN" approve w/twice </dev/null
    [[ $output == *"w/twice: your decision (approve) on this plan is recorded already"* ]]
}

@test "what is signed already in a file that was not pushed, or not judged, is not signed twice" {
    local file
    people_at dave
    run -0 "$COUNTERSIGN" reject --file w/twofile "$(people_yes w/twofile)" -m 'Not yet'
    file=$(git diff --name-only HEAD^ HEAD -- 'approvals/*.yaml')
    run -0 "$COUNTERSIGN" reject --file w/twofile "$(people_yes w/twofile)"
    [[ $output == *"w/twofile: you have signed this already, in $file, which is not on main yet. Next: git push origin main"*"nothing to reject"* ]]
    git diff --quiet HEAD
    # changed, it is not what was signed
    sed -i 's/Not yet/Not now/' "$file"
    git commit -q -a -m 'Other words'
    "$COUNTERSIGN" reject --file w/twofile "$(people_yes w/twofile)" | grep 'Signed in approvals/'
    git reset -q --hard HEAD^^
    # another decision, and another way, stay open
    "$COUNTERSIGN" approve --file w/twofile "$(people_yes w/twofile)" | grep 'Signed in approvals/'
    git reset -q --hard HEAD^
    "$COUNTERSIGN" reject --push w/twofile "$(people_yes w/twofile)" | grep 'Sent, signed'
    git push -q origin HEAD:main
    git fetch -q
    run -0 "$COUNTERSIGN" reject --file w/twofile "$(people_yes w/twofile)"
    [[ $output == *"w/twofile: you have signed this already, in $file on branch main, which the reconciler has not judged yet"* ]]
}

@test "--yes: another digest, a digest of another request, one too few: nothing is signed" {
    people_at dave
    head=$(git rev-parse HEAD)
    run -1 "$COUNTERSIGN" approve w/stale --yes "$(printf '0%.0s' {1..32})"
    [[ $output == *"w/stale: its plan is $(pki_digest w/stale) now, which no --yes names"*"Nothing was signed"* ]]
    run -1 "$COUNTERSIGN" approve w/stale "$(people_yes w/not)"
    run -1 "$COUNTERSIGN" approve w/stale w/not "$(people_yes w/not)"
    [ "$(git rev-parse HEAD)" = "$head" ]
    # the first half of the digits is enough, and less is not: two plans with the same first twelve are soon found
    digest=$(pki_digest w/stale)
    run -2 "$COUNTERSIGN" approve w/stale --yes "${digest:7:31}"
    "$COUNTERSIGN" approve w/stale --yes "${digest:7:32}"
    [ "$(git rev-parse HEAD^)" = "$head" ]
}

@test "a request that changed since: the old digest is refused, the change is shown, the status is warned of" {
    old=$(people_yes w/at)
    cd "$WORK" && git pull -q --ff-only origin main
    pki_as alice
    sed -i 's/^  altNames: .*/  altNames: {dns: [at.example.com, more.example.com]}/' requests/w/at.yaml
    git commit -q -S -am 'More names' --trailer "Countersign-Request: w/at sha256:$(sha256sum <requests/w/at.yaml | cut -d' ' -f1)"
    git push -q
    people_at dave
    run -1 "$COUNTERSIGN" approve w/at "$old"
    [[ $output == *"changed since the plan before"*"+ alt-name: DNS:more.example.com"* ]]
    [[ $output == *"generation: 2"* ]]
    [[ $output == *"warning: the status on the output branch says PendingApproval ${old#--yes=}"* ]]
    [[ $output == *"which no --yes names"* ]]
    # the digest that is computed here is the one that the daemon computes
    new=$(grep -o 'plan  sha256:[0-9a-f]*' <<<"$output" | cut -d' ' -f3)
    [ "$(state_of w/at)" = PendingApproval ]
    [ "$(pki_digest w/at)" = "$new" ]
    git fetch -q
    run -2 "$COUNTERSIGN" approve w/at </dev/null
    [[ $output == *"changed since the plan before"*"+ alt-name: DNS:more.example.com"* ]]
    [[ $output != *"warning: the status"* ]]
}

@test "without a terminal and without --yes nothing is signed, and the remedy is named" {
    people_at dave
    head=$(git rev-parse HEAD)
    run -2 "$COUNTERSIGN" approve w/ask </dev/null
    digest=$(pki_digest w/ask)
    [[ $output == *"standard input is no terminal"*"--yes $digest"* ]]
    [ "$(git rev-parse HEAD)" = "$head" ]
}

@test "on a terminal it asks: no by default, y signs" {
    people_at dave
    head=$(git rev-parse HEAD)
    run -1 script -qec '"$COUNTERSIGN" approve w/ask' /dev/null <<<''
    [[ $output == *"Approve w/ask? [y/N]"*"nothing was signed"* ]]
    run -1 script -qec '"$COUNTERSIGN" approve w/ask' /dev/null <<<'nonsense'
    [ "$(git rev-parse HEAD)" = "$head" ]
    run -0 script -qec '"$COUNTERSIGN" approve w/ask' /dev/null <<<'y'
    [ "$(git rev-parse HEAD^)" = "$head" ]
}

@test "a dirty work tree and staged changes stay as they are, and out of the commit" {
    people_at dave
    echo staged >staged.txt && git add staged.txt
    echo changed >>countersign.yaml
    "$COUNTERSIGN" approve w/dirty "$(people_yes w/dirty)"
    git diff --quiet HEAD^ HEAD
    [ "$(git status --porcelain)" = "$(printf ' M countersign.yaml\nA  staged.txt')" ]
    "$COUNTERSIGN" approve --file w/dirty "$(people_yes w/dirty)"
    [ "$(git diff --name-only HEAD^ HEAD | grep -vc ^approvals/)" = 0 ]
    [ "$(git status --porcelain)" = "$(printf ' M countersign.yaml\nA  staged.txt')" ]
}

@test "from a folder below the top" {
    people_at dave
    cd requests/w
    "$COUNTERSIGN" approve --file w/dirty "$(people_yes w/dirty)"
    [ "$(git diff --name-only HEAD^ HEAD | grep -c '^approvals/')" = 2 ]
}

@test "detached HEAD: refused with the remedy, --push works" {
    people_at dave
    git checkout -q --detach
    run -3 "$COUNTERSIGN" approve w/detached "$(people_yes w/detached)"
    [[ $output == *"HEAD is detached"*"git switch"* ]]
    run -3 "$COUNTERSIGN" approve --file w/detached "$(people_yes w/detached)"
    [ ! -e "$(ls approvals/*detached* 2>/dev/null)" ]
    "$COUNTERSIGN" approve --push w/detached "$(people_yes w/detached)"
    git checkout -q main
}

@test "on the output branch nobody commits, nor on one made from it" {
    people_at dave
    git switch -q -c fix origin/countersign/output
    before=$(git rev-parse HEAD)
    for command in "approve w/detached $(people_yes w/detached)" "approve --file w/detached $(people_yes w/detached)" \
        "request w/new --profile web-staging --new-key $BATS_TEST_TMPDIR/new.key --dns new.example.com -m Test"; do
        run -3 "$COUNTERSIGN" $command
        [[ $output == *"branch fix was made from the reconciler's"*'`git switch main` first'* ]]
    done
    [ "$(git rev-parse HEAD)" = "$before" ]
    [ -z "$(git status --porcelain)" ]
    [ ! -e "$BATS_TEST_TMPDIR/new.key" ]
    git checkout -q main
    git branch -q -D fix
    git checkout -q -b countersign/output origin/countersign/output
    run -3 "$COUNTERSIGN" approve w/detached "$(people_yes w/detached)"
    [[ $output == *"branch countersign/output is the reconciler's"* ]]
    git checkout -q main
    git branch -q -D countersign/output
}

@test "no signing key, OpenPGP, a key file that is not there: what to set" {
    people_clone nokey
    git config --unset user.signingKey
    run -3 "$COUNTERSIGN" approve w/not </dev/null
    [[ $output == *"git has no signing key here (user.signingKey)"*"git config user.signingKey"* ]]
    git config --unset gpg.format
    run -3 "$COUNTERSIGN" approve w/not </dev/null
    [[ $output == *"git signs with OpenPGP here"*"git config gpg.format ssh"* ]]
    git config gpg.format ssh
    git config user.signingKey "$PKI/keys/not-there"
    run -3 "$COUNTERSIGN" approve w/not </dev/null
    [[ $output == *"neither it nor"*"can be read"* ]]
}

@test "a key whose passphrase cannot be asked for: nothing is committed" {
    people_clone locked
    ssh-keygen -q -t ed25519 -N secret -C locked -f "$PKI/keys/locked"
    git config user.signingKey "$PKI/keys/locked.pub"
    head=$(git rev-parse HEAD)
    run -3 setsid -w "$COUNTERSIGN" approve --force w/not "$(people_yes w/not)"
    [[ $output == *"git could not make the signed commit"* ]]
    run -3 setsid -w "$COUNTERSIGN" approve --file --force w/not "$(people_yes w/not)"
    [[ $output == *"ssh-keygen could not sign"*"nothing was written"* ]]
    run -3 setsid -w "$COUNTERSIGN" approve --push --force w/not "$(people_yes w/not)"
    [[ $output == *"nothing was sent"* ]]
    [ "$(git rev-parse HEAD)" = "$head" ]
    [ -z "$(git status --porcelain)" ]
}

@test "the key may be named in each way that git knows: private file, public file, literal with an agent" {
    people_clone dave2 "$PKI/keys/dave"
    run -2 "$COUNTERSIGN" approve w/agent </dev/null
    [[ $output == *"effect: the request would then wait"* ]]
    eval "$(ssh-agent -a "$BATS_TEST_TMPDIR/agent" 3>&-)" >/dev/null
    ssh-add -q "$PKI/keys/dave"
    git config user.signingKey "key::$(cut -d' ' -f1,2 "$PKI/keys/dave.pub")"
    "$COUNTERSIGN" approve --file w/agent "$(people_yes w/agent)"
    git config user.signingKey "$(cat "$PKI/keys/dave.pub")"
    "$COUNTERSIGN" approve w/agent "$(people_yes w/agent)"
    git config --unset user.signingKey
    git config gpg.ssh.defaultKeyCommand 'ssh-add -L'
    run -2 "$COUNTERSIGN" reject w/agent </dev/null
}

@test "a hook that spoils the message is noticed" {
    people_clone hooked "$PKI/keys/dave.pub"
    printf '#!/bin/sh\nprintf "\\n\\nSent by my tool\\n" >>"$1"\n' >.git/hooks/commit-msg
    chmod +x .git/hooks/commit-msg
    run -3 "$COUNTERSIGN" approve w/hook "$(people_yes w/hook)"
    [[ $output == *"does not carry what was to be signed"* ]]
}

@test "a push that the remote refuses: said, and how to try again" {
    people_at dave
    printf '#!/bin/sh\nexit 1\n' >"$PKI/pki.git/hooks/pre-receive"
    chmod +x "$PKI/pki.git/hooks/pre-receive"
    run -3 "$COUNTERSIGN" approve --push w/hook "$(people_yes w/hook)"
    rm "$PKI/pki.git/hooks/pre-receive"
    [[ $output == *"the push failed"*"git push origin "*":refs/heads/countersign/inbox/dave-"* ]]
    # and that command does it
    $(grep -o 'git push origin [0-9a-f]*:refs[^ ]*' <<<"$output")
    [ "$(state_of w/hook)" = PendingApproval ]
    [ "$(approvers_of w/hook)" = dave ]
}

@test "in the bare repository itself: --push needs no remote, and nothing else works" {
    cd "$PKI/pki.git"
    export GIT_CONFIG_COUNT=4 GIT_CONFIG_KEY_0=gpg.format GIT_CONFIG_VALUE_0=ssh GIT_CONFIG_KEY_1=user.signingKey \
        GIT_CONFIG_VALUE_1=$PKI/keys/dave.pub GIT_CONFIG_KEY_2=user.name GIT_CONFIG_VALUE_2=dave \
        GIT_CONFIG_KEY_3=user.email GIT_CONFIG_VALUE_3=dave@example.com
    run -3 "$COUNTERSIGN" approve w/bare "$(people_yes w/bare)"
    [[ $output == *"there is no work tree here"*"--push"* ]]
    "$COUNTERSIGN" approve --push w/bare "$(people_yes w/bare)"
    [ "$(state_of w/bare)" = PendingApproval ]
    [ "$(approvers_of w/bare)" = dave ]
}

@test "a request that is only in a pull request can be approved there, and counts when it is merged" {
    people_at alice
    git switch -q -c pr
    pki_request_file w/pr web-production alice pr.example.com
    git add requests
    git commit -q -S -m 'Request w/pr' --trailer "Countersign-Request: w/pr sha256:$(sha256sum <requests/w/pr.yaml | cut -d' ' -f1)"
    git push -q origin pr
    git switch -q main
    people_at dave
    run -1 "$COUNTERSIGN" approve w/pr --yes "$(printf '0%.0s' {1..32})"
    [[ $output == *"there is no request w/pr here"* ]]
    run -2 "$COUNTERSIGN" approve --at origin/pr w/pr </dev/null
    digest=$(grep -o 'plan  sha256:[0-9a-f]*' <<<"$output" | cut -d' ' -f3)
    "$COUNTERSIGN" approve --at origin/pr --push w/pr --yes "$digest"
    pki_run_once
    git push -q origin origin/pr:main
    [ "$(state_of w/pr)" = PendingApproval ]
    [ "$(pki_digest w/pr)" = "$digest" ]
    [ "$(approvers_of w/pr)" = dave ]
}

@test "hostile texts in justification and comment never reach the terminal" {
    cd "$WORK" && git pull -q --ff-only origin main
    pki_request_file w/evil web-production mallory evil.example.com
    sed -i 's/^  justification: .*/  justification: "A \\u001b[2Jtest\\n  digest: sha256:0 \\u202e evil \\u009b31m"/' requests/w/evil.yaml
    pki_as mallory
    git add requests && git commit -q -S -m 'Request' --trailer "Countersign-Request: w/evil sha256:$(sha256sum <requests/w/evil.yaml | cut -d' ' -f1)"
    git push -q
    pki_decide mallory Approve w/evil sha256:$(printf '%064d' 0) $'A comment \e]0;title\a with \xe2\x80\xae bidi'
    pki_run_once
    people_at dave
    for command in "show w/evil" "approve w/evil" "list --state all" "show w/evil -o json" "show w/evil -o yaml"; do
        # shellcheck disable=SC2086
        script -qec "\"\$COUNTERSIGN\" $command </dev/null" /dev/null >screen 2>&1 || true
        grep -q 'w/evil' screen
        # the program's own colours are the only sequences
        sed 's/\x1b\[[0-9]*m//g' screen | tr -d '\r' >plain
        ! LC_ALL=C grep -P '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae' plain || false
    done
}

@test "comments keep their letters: wide and combining ones, and lines that begin with #" {
    people_at dave
    comment=$'Gepr\u00fcft \u8bc1\u4e66 e\u0301\n\n# not a comment of git\u2019s'
    "$COUNTERSIGN" approve --push w/comment "$(people_yes w/comment)" -m "$comment"
    [ "$(state_of w/comment)" = PendingApproval ]
    git fetch -q
    run -0 "$COUNTERSIGN" show w/comment
    [[ $output == *$'Gepr\u00fcft \u8bc1\u4e66 e\u0301'*$'# not a comment of git\u2019s'* ]]
}

@test "more decisions than an envelope or a file holds: said, nothing signed; fewer go" {
    local id ids=() yes=() trailers=() long
    long=$(printf 'x%.0s' {1..180})
    cd "$WORK" && git pull -q --ff-only origin main
    pki_request_file l/0 web-staging bob l.example.com
    for id in {1..400}; do
        sed "s/name: 0/name: $long-$id/" requests/l/0.yaml >"requests/l/$long-$id.yaml"
        ids+=("l/$long-$id")
        trailers+=(--trailer "Countersign-Request: l/$long-$id sha256:$(sha256sum <"requests/l/$long-$id.yaml" | cut -d' ' -f1)")
    done
    rm requests/l/0.yaml
    pki_as bob
    git add requests && git commit -q -S -m Requests "${trailers[@]}" && git push -q
    pki_run_once
    for id in "${ids[@]}"; do yes+=("$(people_yes "$id")"); done
    people_at dave
    run -2 "$COUNTERSIGN" approve --push "${ids[@]}" "${yes[@]}"
    [[ $output == *"400 decisions are too many for one signature"*"Nothing was signed" ]]
    [ -z "$(git ls-remote origin 'refs/heads/countersign/inbox/dave-*')" ]
    "$COUNTERSIGN" approve --push "${ids[@]:0:150}" "${yes[@]}" >/dev/null
    "$COUNTERSIGN" reject --file "${ids[@]:150}" "${yes[@]}" -m 'Too many' >/dev/null
    [ "$(git diff --name-only HEAD^ HEAD | wc -l)" = 2 ]
    git push -q
    pki_run_once
    [ "$(pki_state "${ids[149]}")" = Issued ]
    [ "$(pki_state "${ids[150]}")" = Rejected ]
    [ "$(pki_state "${ids[399]}")" = Rejected ]
}
