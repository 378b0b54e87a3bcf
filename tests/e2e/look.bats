#!/usr/bin/env bats
# list, show, get: what people and pipelines are told.

bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/people

# One request in each state, and what has not been judged.
setup_file() {
    export HOME=$BATS_FILE_TMPDIR
    pki_new "$BATS_FILE_TMPDIR/pki"
    mkdir "$PKI/clones"
    people_requests web-staging alice web/issued web/rejected web/cancelled
    people_requests web-production bob web/pending web/half
    people_requests no-such-profile bob web/invalid
    pki_run_once
    cd "$WORK"
    pki_as dave
    git commit -q -S --allow-empty -m 'Decisions' \
        --trailer "Countersign-Approve: web/issued $(pki_digest web/issued)" \
        --trailer "Countersign-Approve: web/half $(pki_digest web/half)" \
        --trailer "Countersign-Reject: web/rejected $(pki_digest web/rejected)"
    git push -q
    pki_decide alice Cancel web/cancelled "$(pki_digest web/cancelled)" 'Not needed'
    pki_decide mallory Approve web/pending
    pki_run_once
}

setup() {
    export HOME=$BATS_FILE_TMPDIR
    cd "$BATS_TEST_TMPDIR"
}

ids() { sed -n 's/^\([a-z][a-z/0-9-]*\)  .*/\1/p' <<<"$output" | paste -sd' '; }

@test "list: open ones by default, each state and each group by name" {
    people_at erin
    while IFS='|' read -r state expected; do
        run -0 "$COUNTERSIGN" list --state "$state"
        [ "$(ids)" = "$expected" ] || { echo "$state: $output"; return 1; }
    done <<'LINES'
open|web/half web/pending
PendingApproval|web/half web/pending
pendingapproval|web/half web/pending
Approved|
approved|web/issued
Issued|web/issued
rejected|web/rejected
cancelled|web/cancelled
expired|
attention|web/invalid
Invalid|web/invalid
Failed|
all|web/cancelled web/half web/invalid web/issued web/pending web/rejected
LINES
    run -0 "$COUNTERSIGN" list
    [ "$(ids)" = "web/half web/pending" ]
}

@test "list says who is waited for, in which step, how many, and until when" {
    people_at erin
    run -0 "$COUNTERSIGN" list
    grep -qE '^ID  +STATE  +PROFILE  +REQUESTER  +NAMES  +WAITING FOR  +UNTIL$' <<<"$output"
    grep -qE '^web/pending  PendingApproval  web-production  bob  +pending.example.com  1 more in Team Lead Review: dave, erin  +(7 d|6 d [0-9]+ h)$' <<<"$output"
    grep -qE '^web/half  .* 2 more in Security Review: frank, grace, heidi ' <<<"$output"
    run -0 "$COUNTERSIGN" list --state rejected
    grep -qE 'web/rejected .* by dave' <<<"$output"
    run -0 "$COUNTERSIGN" list --state attention
    grep -q 'no-such-profile' <<<"$output"
}

@test "list: --for, --profile, --requester" {
    people_at erin
    run -0 "$COUNTERSIGN" list --for me
    [ "$(ids)" = web/pending ]
    run -0 "$COUNTERSIGN" list --for heidi
    [ "$(ids)" = web/half ]
    run -0 "$COUNTERSIGN" list --for alice
    [ "$(ids)" = "" ]
    [[ $output == *"nothing waits for alice"* ]]
    run -0 "$COUNTERSIGN" list --state all --profile web-stagin
    [[ $output == 'no such requests; there is no CertificateProfile "web-stagin", did you mean "web-staging"?' ]]
    run -0 "$COUNTERSIGN" list --state all --requester bobby
    [[ $output == 'no such requests; there is no identity "bobby"' ]]
    run -0 "$COUNTERSIGN" list --state all --profile web-staging
    [ "$(ids)" = "web/cancelled web/issued web/rejected" ]
    run -0 "$COUNTERSIGN" list --state all --requester bob
    [ "$(ids)" = "web/half web/invalid web/pending" ]
    run -0 "$COUNTERSIGN" list --state all -r me
    [ "$(ids)" = "" ]
    run -2 "$COUNTERSIGN" list --for nobody-of-this-name
    [[ $output == *'there is no identity "nobody-of-this-name"'* ]]
}

@test "list -o json and yaml: the documents of the status, and nothing else on standard output" {
    people_at erin
    run -0 --separate-stderr "$COUNTERSIGN" list --state all -o json
    printf '%s' "$output" >list.json
    python3 - <<'PYTHON'
import json
document = json.load(open("list.json"))
assert document["apiVersion"] == "countersign/v1" and document["kind"] == "CertificateRequestStatusList", document
states = {item["status"]["id"]: item["status"]["state"] for item in document["items"]}
assert states == {"web/issued": "Issued", "web/rejected": "Rejected", "web/cancelled": "Cancelled",
    "web/pending": "PendingApproval", "web/half": "PendingApproval", "web/invalid": "Invalid"}, states
for item in document["items"]:
    assert item["kind"] == "CertificateRequestStatus" and item["apiVersion"] == "countersign/v1"
half = next(item["status"] for item in document["items"] if item["status"]["id"] == "web/half")
assert half["steps"][0]["approvedBy"][0]["name"] == "dave"
assert half["steps"][1]["waitingFor"] == ["frank", "grace", "heidi"]
PYTHON
    run -0 --separate-stderr "$COUNTERSIGN" list --state expired -o json
    [ "$(tr -d ' \n' <<<"$output")" = '{"apiVersion":"countersign/v1","kind":"CertificateRequestStatusList","items":[]}' ]
    run -0 --separate-stderr "$COUNTERSIGN" list --state issued -o yaml
    [ "$output" = "$(pki_output status/requests/web/issued.yaml)" ]
}

@test "list fits the terminal, and colours are for terminals only" {
    people_at erin
    COLUMNS=80 TERM=xterm script -qec '"$COUNTERSIGN" list' /dev/null </dev/null >screen
    grep -q $'\e\\[33mPendingApproval\e\\[0m' screen
    sed 's/\x1b\[[0-9]*m//g; s/\r//' screen >plain
    ! LC_ALL=C.UTF-8 grep -qE '^.{81,}' plain || false
    LC_ALL=C.UTF-8 grep -qE '^.{75,80}$' plain
    grep -q '^web/half' plain
    NO_COLOR=1 TERM=xterm script -qec '"$COUNTERSIGN" list' /dev/null </dev/null >screen
    ! grep -q $'\e' screen || false
    TERM=dumb script -qec '"$COUNTERSIGN" list' /dev/null </dev/null >screen
    ! grep -q $'\e' screen || false
    env -u TERM script -qec '"$COUNTERSIGN" list' /dev/null </dev/null >screen
    ! grep -q $'\e' screen || false
    "$COUNTERSIGN" list >screen
    ! grep -q $'\e' screen
}

@test "show: all that a request is" {
    people_at erin
    run -0 "$COUNTERSIGN" show web/half
    while IFS= read -r line; do
        grep -qE -- "$line" <<<"$output" || { echo "missing: $line"; echo "$output"; return 1; }
    done <<'LINES'
^web/half  PendingApproval$
^  requester           Bob Example <bob@example.com> \(bob\), by signature$
^  profile             web-production$
^  approval policy     two-step$
^  justification       A test$
^  authority           issuing-ca$
^  subject             CN=half.example.com$
^  names               DNS:half.example.com$
^  key                 ECDSA-P256, sha256:[0-9a-f]{64}$
^  key usage           digitalSignature$
^  extended key usage  serverAuth$
^  basic constraints   not a CA$
^  validity            30 d from its issuance$
^  opened              20[0-9T:-]*Z \(.* ago\)$
^  until               20[0-9T:-]*Z \(in (7 d|6 d 23 h)\)$
^  1\. Team Lead Review: 1 of 1, complete$
^       approved by dave, 20[0-9T:-]*Z$
^         Decisions$
^  2\. Security Review: 0 of 2, open$
^       can still approve: frank, grace, heidi$
^plan  sha256:[0-9a-f]{64}$
^  countersign-plan-v1$
LINES
    run -0 "$COUNTERSIGN" show web/issued
    [[ $output == *"certificate         certificates/web/issued.pem"*"serial number       "*"not after           "* ]]
    run -0 "$COUNTERSIGN" show web/rejected
    [[ $output == *"Rejected"*"by                  dave"*"comment             Decisions"* ]]
    run -0 "$COUNTERSIGN" show web/cancelled
    [[ $output == *"Cancelled"*"by                  alice"*"comment             Not needed"* ]]
    run -0 "$COUNTERSIGN" show web/invalid
    [[ $output == *"Invalid"*"no-such-profile"* ]]
    run -0 "$COUNTERSIGN" show web/pending
    [[ $output == *"seen, and not counted"*"mallory: approve sha256:"*"not an approver"* ]]
}

@test "show: the plan in it hashes to the digest, by sha256sum" {
    people_at erin
    "$COUNTERSIGN" show web/half -o json >half.json
    python3 -c 'import json,sys; sys.stdout.write(json.load(open("half.json"))["status"]["plan"])' >plan
    digest=$(python3 -c 'import json; print(json.load(open("half.json"))["status"]["digest"])')
    [ "sha256:$(sha256sum <plan | cut -d' ' -f1)" = "$digest" ]
    [ "$digest" = "$(pki_digest web/half)" ]
    "$COUNTERSIGN" show web/half | sed -n '/^plan  /,$s/^  //p' | sed '/^$/,$d' | cmp - plan
}

@test "show -o yaml of a request that nothing touched is its status file" {
    people_at erin
    "$COUNTERSIGN" show web/issued -o yaml >shown
    pki_output status/requests/web/issued.yaml | cmp - shown
}

@test "show: unknown ids and revisions" {
    people_at erin
    run -1 "$COUNTERSIGN" show web/unheard
    [[ $output == *'there is no request web/unheard here; `countersign list --state all` lists all'* ]]
    for command in show get 'approve --yes 00000000000000000000000000000000'; do
        run -1 "$COUNTERSIGN" $command web/isued
        [[ $output == *'there is no request web/isued here; did you mean web/issued? (--fetch looks for newer ones)'* ]]
    done
    run -1 "$COUNTERSIGN" show issued
    [[ $output == *'there is no request issued here; `countersign list --state all`'* ]]
    run -2 "$COUNTERSIGN" show web/half --at no-such-revision
    [[ $output == *'there is no commit "no-such-revision" here'* ]]
    run -1 "$COUNTERSIGN" show web/unheard --at HEAD
}

@test "what was not fetched for more than an hour is said, with the remedy" {
    people_at erin
    run -0 --separate-stderr "$COUNTERSIGN" list
    [ -z "$stderr" ]
    touch -d '3 hours ago' .git/FETCH_HEAD
    [ ! -e .git/packed-refs ] || touch -d '3 hours ago' .git/packed-refs
    run -0 --separate-stderr "$COUNTERSIGN" list
    [[ $stderr == *"note: last fetched 3 h ago; "*"--fetch"* ]]
    run -0 --separate-stderr "$COUNTERSIGN" list --fetch
    [ -z "$stderr" ]
}

@test "--fetch sees what was pushed since, and says when it cannot" {
    people_clone fetcher "$PKI/keys/erin.pub"
    people_requests web-staging alice web/later
    pki_run_once
    cd "$PKI/clones/fetcher"
    run -0 "$COUNTERSIGN" list --requester alice
    [[ $output == *"no such requests"* ]]
    run -0 "$COUNTERSIGN" list --requester alice --fetch
    [ "$(ids)" = web/later ]
    git remote set-url origin "$BATS_TEST_TMPDIR/gone.git"
    run -3 "$COUNTERSIGN" list --fetch
    [[ $output == *'`git fetch origin` failed'* ]]
}

# A git, in $FAILING, whose first N fetches end as one does that met another: git_failing N MESSAGE
git_failing() {
    FAILING=$PWD
    mkdir -p bin
    printf '%s\n' "$1" >left
    cat >bin/git <<SH
#!/bin/sh
left=\$(cat '$PWD/left')
if [ "\$1" = fetch ] && [ "\$left" -gt 0 ]; then
    echo \$((left - 1)) >'$PWD/left'
    echo "$2" >&2
    exit 1
fi
exec '$(command -v git)' "\$@"
SH
    chmod +x bin/git
}

# With that git: with_failing COMMAND…
with_failing() { PATH=$FAILING/bin:$PATH "$@"; }

# What is listed after a fetch that failed at first, as often as it was to.
listed_after_all() {
    with_failing run -0 --separate-stderr "$COUNTERSIGN" list --fetch --state issued
    [ "$(ids)" = web/issued ]
    [ "$(cat "$FAILING/left")" = 0 ]
}

@test "a fetch that met another one in the same clone is tried again; one that the network ended is not" {
    git_failing 3 "error: cannot lock ref 'refs/remotes/origin/countersign/output': is at 11 but expected 22"
    people_at erin
    listed_after_all
    [ -z "$stderr" ]
    while IFS= read -r message; do
        echo 1 >"$FAILING/left"
        sed -i "s|echo \"[^\$].*|echo \"$message\" >\&2|" "$FAILING/bin/git"
        with_failing run -0 --separate-stderr "$COUNTERSIGN" get web/issued --wait 1s --leaf
        [ -z "$stderr" ]
        [ "$(cat "$FAILING/left")" = 0 ]
    done <<'LINES'
error: cannot lock ref 'refs/remotes/origin/new': reference already exists
fatal: Unable to create '/somewhere/.git/shallow.lock': File exists.
error: fetching ref refs/remotes/origin/main failed: incorrect old value provided
LINES
    # a lock that stays is said, once, in git's own words
    echo 1000 >"$FAILING/left"
    with_failing run -3 --separate-stderr "$COUNTERSIGN" list --fetch
    [ "$(grep -c 'incorrect old value provided' <<<"$stderr")" = 1 ]
    [[ $stderr == *'`git fetch origin` failed'* ]]
    [ "$(cat "$FAILING/left")" -lt 999 ]
    # what no second try would cure has none
    echo 1000 >"$FAILING/left"
    sed -i "s|echo \"[^\$].*|echo \"fatal: unable to access 'https://pki.example.com/': Could not resolve host\" >\&2|" "$FAILING/bin/git"
    with_failing run -3 --separate-stderr "$COUNTERSIGN" list --fetch
    [[ $stderr == *"Could not resolve host"*'`git fetch origin` failed'* ]]
    [ "$(cat "$FAILING/left")" = 999 ]
}

@test "a fetch that met another one, and is slow to end behind it, is tried again, too" {
    git_failing 1 "error: cannot lock ref 'refs/remotes/origin/countersign/output': is at 11 but expected 22"
    sed -i 's/exit 1/sleep 1.5; exit 1/' bin/git
    people_at erin
    listed_after_all
}

@test "a question that git asks while it fetches is seen by who has to answer it" {
    git_failing 1 'Confirm user presence for key ED25519-SK'
    # it goes on when the question stands where the person looks, and not before
    sed -i "s|exit 1|for try in \$(seq 600); do sleep .1; grep -q presence '$FAILING/said' \&\& exec '$(command -v git)' \"\$@\"; done; exit 1|" bin/git
    people_at erin
    with_failing "$COUNTERSIGN" list --fetch --state issued >"$FAILING/list" 2>"$FAILING/said"
    grep -q web/issued "$FAILING/list"
    [ "$(cat "$FAILING/said")" = 'Confirm user presence for key ED25519-SK' ]
}

@test "many commands may fetch into one clone at the same moment" {
    local waiting=() each
    people_clone crowd "$PKI/keys/erin.pub"
    for each in 1 2 3; do
        git update-ref -d refs/remotes/origin/countersign/output
        git update-ref refs/remotes/origin/main HEAD~1
        waiting=()
        for _ in {1..6}; do
            "$COUNTERSIGN" list --fetch --state issued >/dev/null 2>>"$BATS_TEST_TMPDIR/said" &
            waiting+=($!)
        done
        for each in "${waiting[@]}"; do wait "$each"; done
    done
    [ ! -s "$BATS_TEST_TMPDIR/said" ] || { cat "$BATS_TEST_TMPDIR/said"; return 1; }
}

@test "where there is nothing to fetch from, --fetch says so and shows what is there" {
    cd "$PKI/pki.git"
    run -0 --separate-stderr "$COUNTERSIGN" list --fetch --state issued
    [ "$(ids)" = web/issued ]
    [[ $stderr == "note: --fetch: there is no remote here to fetch from"* ]]
    [ "${#stderr_lines[@]}" = 1 ]
    run -0 --separate-stderr "$COUNTERSIGN" get web/issued --wait 1s
    [ -z "$stderr" ]
}

@test "in the bare repository of the daemon everything can be read" {
    cd "$PKI/pki.git"
    run -0 "$COUNTERSIGN" list
    [[ $(ids) == *"web/half"*"web/pending"* ]]
    run -0 "$COUNTERSIGN" show web/half
    "$COUNTERSIGN" get web/issued | openssl x509 -noout
    run -0 "$COUNTERSIGN" -C / list -C "$PKI/pki.git"
    [[ $(ids) == *"web/half"* ]]
}

@test "before a first output the configuration is named as one that nobody confirmed" {
    git clone -q --single-branch -b main "$PKI/pki.git" single
    cd single
    run -0 --separate-stderr "$COUNTERSIGN" list
    [[ $stderr == *"there is no branch countersign/output here yet"*"which nobody has confirmed"* ]]
    run -0 --separate-stderr "$COUNTERSIGN" show web/half
    [[ $output == *"web/half  PendingApproval"*"the reconciler has not judged this version"* ]]
    run -4 "$COUNTERSIGN" get web/half
    [[ $output == *"web/half has not been judged yet"* ]]
}

@test "an output branch that somebody else wrote is not believed" {
    git clone -q "$PKI/pki.git" forged
    cd forged
    git config user.name mallory; git config user.email m@x
    git config gpg.format ssh; git config user.signingKey "$PKI/keys/mallory.pub"
    git switch -q -c forge origin/countersign/output
    sed -i 's/state: PendingApproval/state: Issued/' status/requests/web/half.yaml
    git commit -q -S -am "$(git log -1 --format=%B)"
    git update-ref refs/remotes/origin/countersign/output HEAD
    run -0 --separate-stderr "$COUNTERSIGN" list
    [[ $stderr == *"is not signed by a reconciler of this repository"*"do not believe what it says"* ]]
}

@test "a tracking branch of one's own does not hide what was fetched" {
    people_clone stale "$PKI/keys/erin.pub"
    git branch -q countersign/output "$(git rev-list --first-parent origin/countersign/output | tail -1)"
    run -0 "$COUNTERSIGN" list --state issued
    [ "$(ids)" = web/issued ]
}

@test "another remote, another branch" {
    people_clone other "$PKI/keys/erin.pub"
    git remote rename origin upstream
    run -0 "$COUNTERSIGN" list --state issued
    [ "$(ids)" = web/issued ]
    git remote add second "$BATS_TEST_TMPDIR/nothing.git"
    run -0 --separate-stderr "$COUNTERSIGN" list --remote second
    [[ $stderr == *"there is no branch countersign/output here yet"* ]]
    git config countersign.branch trunk
    run -0 "$COUNTERSIGN" list --remote upstream
    run -0 "$COUNTERSIGN" list --remote upstream --branch main
}

@test "get: the certificate with its intermediates, the leaf, the chain, DER" {
    people_at erin
    "$COUNTERSIGN" get web/issued >all.pem
    pki_output certificates/web/issued.pem | cmp - all.pem
    "$COUNTERSIGN" get web/issued --leaf >leaf.pem
    "$COUNTERSIGN" get web/issued --chain >chain.pem
    cat leaf.pem chain.pem | cmp - all.pem
    [ "$(grep -c BEGIN leaf.pem)" = 1 ]
    cmp <(openssl x509 -in chain.pem) <(openssl x509 -in "$PKI/local/issuing-ca.pem")
    "$COUNTERSIGN" get web/issued --der >leaf.der
    cmp <(openssl x509 -inform DER -in leaf.der) leaf.pem
    openssl verify -x509_strict -CAfile "$PKI/local/root.pem" -untrusted chain.pem leaf.pem
    # no binary for a terminal
    run -2 script -qec '"$COUNTERSIGN" get web/issued --der' /dev/null </dev/null
    [[ $output == *"DER is not for a terminal"* ]]
    rm -f ./*.pem ./*.der
}

@test "get: a file that would write to the terminal is none" {
    people_at erin
    git worktree add -q --detach ../forged origin/countersign/output
    printf '\033]0;gotcha\007\n' | cat - ../forged/certificates/web/issued.pem >file
    mv file ../forged/certificates/web/issued.pem
    git -C ../forged commit -q -a -m forged
    git update-ref refs/remotes/origin/countersign/output "$(git -C ../forged rev-parse HEAD)"
    git worktree remove --force ../forged
    run -3 "$COUNTERSIGN" get web/issued
    [[ $output == *"certificates/web/issued.pem is not readable"* ]]
    git fetch -q
    "$COUNTERSIGN" get web/issued >/dev/null
}

@test "get: pending is 4, ended without a certificate is 1, and nothing is on standard output" {
    people_at erin
    while IFS='|' read -r id expected message; do
        run --separate-stderr "$COUNTERSIGN" get "$id"
        [ "$status" = "$expected" ] || { echo "$id: $status"; return 1; }
        [ -z "$output" ]
        [[ $stderr == *"$message"* ]] || { echo "$id: $stderr"; return 1; }
    done <<'LINES'
web/pending|4|web/pending is PendingApproval: 1 more in Team Lead Review: dave, erin
web/rejected|1|web/rejected is Rejected by dave
web/cancelled|1|web/cancelled is Cancelled by alice
web/invalid|1|web/invalid is Invalid: 
web/unheard|1|there is no request web/unheard here
LINES
}

@test "get --latest: the newest valid certificate of a profile" {
    people_at erin
    "$COUNTERSIGN" get --latest web-staging >latest.pem
    pki_output certificates/web/issued.pem | cmp - latest.pem
    rm latest.pem
    run -1 "$COUNTERSIGN" get --latest web-production
    [[ $output == *"no certificate of profile web-production is valid now"* ]]
    run -1 "$COUNTERSIGN" get --latest web-stagin
    [[ $output == *'there is no profile "web-stagin"'* ]]
    run -1 "$COUNTERSIGN" get --latest ../../certificates/web/issued
}

@test "get --wait: comes back when the certificate is there, when it ended, when the time is over" {
    people_requests web-staging alice web/wait web/wait2
    pki_run_once
    people_at erin
    run -4 "$COUNTERSIGN" get web/wait --wait 1s
    [[ $output == *"web/wait is PendingApproval"* ]]
    run -1 "$COUNTERSIGN" get web/rejected --wait 1h
    run -1 "$COUNTERSIGN" get web/invalid --wait 30m
    "$COUNTERSIGN" get web/wait --wait 30m >waited.pem &
    waiting=$!
    "$COUNTERSIGN" get web/wait2 --wait 30m 2>ended &
    waiting2=$!
    cd "$WORK"
    pki_decide dave Approve web/wait
    pki_decide dave Reject web/wait2
    pki_run_once
    wait "$waiting"
    status=0
    wait "$waiting2" || status=$?
    [ "$status" = 1 ]
    cd "$PKI/clones/erin"
    pki_output certificates/web/wait.pem | cmp - waited.pem
    grep -q 'web/wait2 is Rejected by dave' ended
}

@test "a pull request's version beats the branch's, an old checkout does not" {
    people_clone versions "$PKI/keys/bob.pub"
    git switch -q -c old
    # the branch goes on, the checkout stays behind
    sed -i 's/^  altNames: .*/  altNames: {dns: [pending.example.com, new.example.com]}/' requests/web/pending.yaml
    run -0 "$COUNTERSIGN" request web/pending --resign
    git switch -q -c newer
    run -0 "$COUNTERSIGN" show web/pending
    [[ $output == *"DNS:new.example.com"*"note: HEAD has a newer version of the file than branch main"* ]]
    git push -q origin HEAD:main
    git switch -q --detach origin/main~1
    run -0 "$COUNTERSIGN" show web/pending
    [[ $output == *"DNS:new.example.com"* ]]
    [[ $output != *"HEAD has a newer"* ]]
    git push -q -f origin HEAD:main
}
