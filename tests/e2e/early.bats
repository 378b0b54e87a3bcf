#!/usr/bin/env bats
# S7 for what is seen too early: a decision, or the requester's signature, that stands on the branch before the request
# that it is about counts as if it had come with it, or after it. An output commit lies between the two, always, so that
# the commit is not new any more when the request opens.

load ../lib/pki
load ../lib/hostile
load ../lib/people

setup_file() {
    hostile_file
    pki_profile refusing
    pki_policy refusing refusing 7d "- {approvers: {people: [dave]}}
    - {approvers: {people: [frank]}}" "earlyApprovals: refuse"
    git add -A && git commit -q -m 'More rules' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    pki_run_once 2>/dev/null
    hostile_keep
}

setup() { hostile_test; BETWEEN=0; }

# The digest that a request will have: its key is there, its file is not.
coming() {  # ID PROFILE REQUESTER DNS [GENERATION]
    [ -e "$PKI/keys/${1//\//_}.key" ] ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$PKI/keys/${1//\//_}.key" 2>/dev/null
    plan_digest "$@"
}

# The daemon looks, and writes an output commit: what was pushed before is an old story from here on.
between() {
    local before
    before=$(output_tip)
    BETWEEN=$((BETWEEN + 1))
    pki_request between/n$BETWEEN web-staging bob between.example.com
    pass
    [ "$(output_tip)" != "$before" ]
    git -C "$BARE" show -s --format=%B countersign/output | grep -q "Countersign-Input: $(main_tip)"
}

staging() { pki_request "$1" web-staging alice www.example.com; }
staging_digest() { coming "$1" web-staging alice www.example.com; }

# --- decisions --------------------------------------------------------------------------------------------------------

@test "an approval by trailer that stands on the branch before its request counts when the request opens" {
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    between
    no_status e/one
    staging e/one
    pass
    state_is e/one Issued
    [ "$(pki_digest e/one)" = "$(staging_digest e/one)" ]
    reason_says e/one 'name: dave'
    pki_verify e/one
}

@test "so does one in a commit that a merge brought, and one of months ago" {
    git switch -q -c side
    pki_as dave
    git commit -q -S --allow-empty -m yes --trailer "Countersign-Approve: e/one $(staging_digest e/one)"
    git switch -q main
    git commit -q --allow-empty -m 'Meanwhile'
    git merge -q --no-ff -m 'Merge side' side
    pki_decide dave Approve e/two "$(staging_digest e/two)"
    between
    # a line of other commits on top
    main_is "$(for i in $(seq 300); do printf 'commit refs/heads/main\ncommitter N <n@example.com> %s +0000\ndata 1\n.\n%s\n' $((1700000000 + i)) "$([ "$i" != 1 ] || echo 'from refs/heads/main^0')"; done |
        git -C "$BARE" fast-import --quiet && main_tip)"
    git pull -q --ff-only origin main
    between
    staging e/one
    staging e/two
    pass
    state_is e/one Issued
    state_is e/two Issued
}

@test "an approval by file that stands there before its request counts when the request opens, and once" {
    pki_decide_file dave Approve e/one "$(staging_digest e/one)"
    pki_decide_file frank Approve e/two "$(coming e/two web-production alice www.example.com)"
    pki_decide dave Approve e/two "$(coming e/two web-production alice www.example.com)"
    between
    staging e/one
    pki_request e/two web-production alice www.example.com
    pass
    state_is e/one Issued
    # frank is one of two
    untouched e/two
    pki_decide_file frank Approve e/two
    pass
    untouched e/two
    pki_decide grace Approve e/two
    pass
    state_is e/two Issued
}

@test "two decisions in one commit, on requests that open one after the other; two requests of one pass" {
    pki_as dave
    git commit -q -S --allow-empty -m 'All three' --trailer "Countersign-Approve: e/one $(staging_digest e/one)" \
        --trailer "Countersign-Approve: e/two $(staging_digest e/two)" --trailer "Countersign-Reject: e/three $(staging_digest e/three)"
    git push -q origin main
    between
    staging e/one
    pass
    state_is e/one Issued
    between
    staging e/two
    staging e/three
    pass
    state_is e/two Issued
    state_is e/three Rejected
}

@test "an early rejection and an early cancellation end the request as it opens, whoever approves" {
    pki_decide dave Reject e/one "$(staging_digest e/one)" "No such name"
    pki_decide erin Approve e/one "$(staging_digest e/one)"
    pki_decide_file erin Reject e/two "$(staging_digest e/two)"
    pki_decide dave Approve e/two "$(staging_digest e/two)"
    pki_decide alice Cancel e/three "$(staging_digest e/three)"
    pki_decide dave Approve e/three "$(staging_digest e/three)"
    between
    for id in one two three; do staging e/$id; done
    pki_decide dave Approve e/one "$(staging_digest e/one)" "After all"
    pass
    state_is e/one Rejected
    reason_says e/one 'No such name'
    state_is e/two Rejected
    state_is e/three Cancelled
    for id in one two three; do no_certificate e/$id; done
}

@test "an early approval that was withdrawn does not count, whichever came first, and never will" {
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    between
    pki_decide dave Withdraw e/one "$(staging_digest e/one)"
    pki_decide_file dave Approve e/two "$(staging_digest e/two)"
    pki_decide dave Withdraw e/two "$(staging_digest e/two)"
    between
    pki_decide dave Approve e/two "$(staging_digest e/two)" "Yes and no"
    staging e/one
    staging e/two
    pass
    untouched e/one
    untouched e/two
    ignored_says e/one 'dave'
    for id in e/one e/two; do
        pki_decide dave Approve $id
        pki_decide_file dave Approve $id
    done
    pass
    untouched e/one
    untouched e/two
}

@test "a withdrawn approval does not come back with its file, nor an early one with a new opening" {
    pki_decide_file dave Approve e/one "$(staging_digest e/one)"
    between
    pki_request e/one web-production alice www.example.com      # another plan under that id: another digest
    pki_decide frank Approve e/one "$(coming e/one web-production alice www.example.com)"
    pass
    untouched e/one
    pki_decide_file dave Approve e/one
    cp -r approvals "$HOME/approvals"
    pki_decide dave Withdraw e/one
    pass
    git rm -q -r approvals && git commit -q -m 'Tidied up' && git push -q origin main
    between
    cp -r "$HOME/approvals" . && git add approvals && git commit -q -m 'Back again' && git push -q origin main
    pass
    untouched e/one
    [ "$(status_of e/one | grep -c 'name: dave')" = 0 ]
    pki_decide alice Cancel e/one
    pass
    # the next generation has another digest: nothing of the old one counts, and it is looked for afresh
    pki_decide erin Approve e/one "$(coming e/one web-staging alice www.example.com 2)"
    between
    sed -i 's/justification: .*/justification: again/; s/profile: .*/profile: web-staging/' requests/e/one.yaml
    pki_as alice
    git add requests && git commit -q -S -m Again --trailer "Countersign-Request: e/one sha256:$(file_sha256 requests/e/one.yaml)" && git push -q origin main
    pass
    state_is e/one Issued
    reason_says e/one 'generation: 2'
    [ "$(status_of e/one | grep -c 'name: dave')" = 0 ]
}

@test "who may not approve, and what nobody has signed, does not count early either, and is shown" {
    pki_decide mallory Approve e/one "$(staging_digest e/one)"
    git commit -q --allow-empty --no-gpg-sign -m 'A squash (#7)' --trailer "Countersign-Approve: e/one $(staging_digest e/one)"
    git push -q origin main
    payload "$(printf 'x\n\nCountersign-Approve: e/one %s' "$(staging_digest e/one)")" "$(main_tip)" >"$HOME/p"
    main_is "$(signed_by stranger "$HOME/p" | store)"
    git pull -q --ff-only origin main
    pki_decide dave Approve e/one "$(staging_digest e/one | tr 0-7 1-8)"
    between
    staging e/one
    pass
    untouched e/one
    ignored_says e/one 'mallory'
    ignored_says e/one 'not signed'
    ! status_of e/one | grep -q 'name: dave' || false
    pki_decide dave Approve e/one
    pass
    state_is e/one Issued
}

@test "the file of an early approval counts with a good signature only, for this repository only" {
    local id=$PKI_ID
    pki_decide_file dave Approve e/one "$(staging_digest e/one)"
    sed -i 's/by file/by filE/' approvals/*.yaml
    PKI_ID=$(pki_id)
    pki_decide_file erin Approve e/one "$(PKI_ID=$id staging_digest e/one)"
    PKI_ID=$id
    between
    staging e/one
    pass
    untouched e/one
    ignored_says e/one 'is for the repository'
    pki_decide erin Approve e/one
    pass
    state_is e/one Issued
}

@test "sixteen decisions of a person are kept, early ones too, and a rejection is among them" {
    local i
    for i in $(seq 20); do
        pki_as dave
        git commit -q -S --allow-empty -m "Yes $i" --trailer "Countersign-Approve: e/one $(staging_digest e/one)"
    done
    git commit -q -S --allow-empty -m "No" --trailer "Countersign-Reject: e/one $(staging_digest e/one)"
    git push -q origin main
    between
    staging e/one
    pass
    state_is e/one Rejected
}

@test "under earlyApprovals: refuse an early approval of a later step has to be given again" {
    local digest
    digest=$(coming e/one refusing alice www.example.com)
    pki_decide dave Approve e/one "$digest"
    pki_decide frank Approve e/one "$digest"
    between
    pki_request e/one refusing alice www.example.com
    pass
    untouched e/one
    ignored_says e/one 'frank.*before its step opened'
    sleep 1
    pki_decide frank Approve e/one "" Again
    pass
    state_is e/one Issued
}

# --- the request's own signature --------------------------------------------------------------------------------------

@test "the requester's trailer counts when it stands on the branch before the file" {
    pki_request_file e/one web-staging alice www.example.com
    mv requests/e/one.yaml "$HOME/one.yaml"
    pki_as alice
    git commit -q -S --allow-empty -m 'To come' --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$HOME/one.yaml")"
    git push -q origin main
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    between
    # whoever brings the file
    mkdir -p requests/e && cp "$HOME/one.yaml" requests/e/ && pki_as mallory
    git add requests && git commit -q -m 'The file' && git push -q origin main
    pass
    # and the approval was there as well
    state_is e/one Issued
    reason_says e/one 'verified: true'
}

@test "nobody else's trailer does, nor one on another file or for another id" {
    pki_request_file e/one web-staging alice www.example.com
    mv requests/e/one.yaml "$HOME/one.yaml"
    pki_as mallory
    git commit -q -S --allow-empty -m 'Not mine' --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$HOME/one.yaml")"
    pki_as alice
    git commit -q -S --allow-empty -m 'Another' --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$HOME/one.yaml" | tr 0-7 1-8)" \
        --trailer "Countersign-Request: e/other sha256:$(file_sha256 "$HOME/one.yaml")"
    git push -q origin main
    between
    mkdir -p requests/e && cp "$HOME/one.yaml" requests/e/
    git add requests && git commit -q -m 'The file' && git push -q origin main
    pass
    state_is e/one Invalid
    reason_says e/one 'NotAccepted'
}

@test "a version that its requester replaced by another one does not come back, signed though it was" {
    local first=$HOME/first.yaml second=$HOME/second.yaml
    pki_request_file e/one web-staging alice www.example.com
    cp requests/e/one.yaml "$first"
    pki_as alice
    git add requests && git commit -q -S -m 'So' --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$first")"
    pki_request_file e/one web-staging alice api.example.com
    cp requests/e/one.yaml "$second"
    git add requests && git commit -q -S -m 'No, so' --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$second")"
    git push -q origin main
    between
    untouched e/one
    reason_says e/one 'CN=api.example.com'
    cp "$first" requests/e/one.yaml && pki_as mallory
    git add requests && git commit -q -m 'The first' && git push -q origin main
    pass
    reason_says e/one 'CN=api.example.com'
    ignored_says e/one 'unsigned.*not signed by its requester'
    # its requester may say so again
    pki_as alice
    git commit -q -S --allow-empty -m 'The first' --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$first")" && git push -q origin main
    pass
    reason_says e/one 'CN=www.example.com'
}

@test "a file that was accepted before is not accepted again for its trailer's sake" {
    staging e/one
    cp requests/e/one.yaml "$HOME/first.yaml"
    pass
    pki_request e/one web-staging alice api.example.com
    pass
    new=$(pki_digest e/one)
    between
    cp "$HOME/first.yaml" requests/e/one.yaml && git add requests && git commit -q -m Back && git push -q origin main
    pass
    [ "$(pki_digest e/one)" = "$new" ]
    ignored_says e/one 'not signed by its requester'
    # nor when it is signed once more, first of all
    git revert --no-edit HEAD >/dev/null && pki_as alice
    git commit -q -S --allow-empty -m Again --trailer "Countersign-Request: e/one sha256:$(file_sha256 "$HOME/first.yaml")" && git push -q origin main
    between
    cp "$HOME/first.yaml" requests/e/one.yaml && git add requests && git commit -q -m Back && git push -q origin main
    pass
    [ "$(pki_digest e/one)" = "$new" ]
    ignored_says e/one 'accepted before'
    pki_decide alice Cancel e/one
    pass
    state_is e/one Cancelled
    git commit -q --allow-empty -m x && printf '\n' >>requests/e/one.yaml && git add requests && git commit -q -m 'Nearly the first' && git push -q origin main
    pass
    cp "$HOME/first.yaml" requests/e/one.yaml && git add requests && git commit -q -m 'The first' && git push -q origin main
    pass
    state_is e/one Cancelled
}

# --- rules that change ------------------------------------------------------------------------------------------------

@test "refused at first, then the rules make it right: signature and approval that stand there count" {
    # nobody of that name yet, and no such profile
    pki_request_file e/one later stranger www.example.com
    pki_as stranger
    git add requests && git commit -q -S -m 'I ask' --trailer "Countersign-Request: e/one sha256:$(file_sha256 requests/e/one.yaml)" && git push -q origin main
    pki_decide dave Approve e/one "$(coming e/one later stranger www.example.com)"
    pki_decide dave Approve e/two "$(coming e/two later alice www.example.com)"
    between
    pki_request e/two later alice www.example.com
    between
    for id in e/one e/two; do state_is $id Invalid; done
    pki_identity stranger Person
    pki_profile later
    pki_policy later later 7d "- {approvers: {people: [dave]}}"
    adopt 1
    state_is e/one Issued
    state_is e/two Issued
}

@test "whoever is no approver any more when the request opens, or whose key is gone, is not heard" {
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    pki_decide erin Approve e/two "$(staging_digest e/two)"
    between
    pki_group team-leads erin
    pki_identity erin Person >/dev/null
    sed -i "s|ssh: \".*\"|ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/stranger.pub")\"|" identities/erin.yaml
    adopt 1
    staging e/one
    staging e/two
    pass
    untouched e/one
    ignored_says e/one 'dave is not an approver'
    untouched e/two
    no_certificate e/two
}

# --- whatever happens in between --------------------------------------------------------------------------------------

@test "the daemon started anew in between, or its state lost, makes no difference" {
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    pki_decide dave Approve e/two "$(staging_digest e/two)"
    pki_decide erin Withdraw e/two "$(staging_digest e/two)"
    between
    rm -rf "$PKI/state"
    between
    staging e/one
    pass
    state_is e/one Issued
    daemon_start
    staging e/two
    eventually 120 has_certificate e/two
    daemon_stop
}

@test "history replaced, and accepted by an operator: what is in both counts, and what was dropped does not" {
    local base
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    between
    base=$(main_tip)
    pki_decide dave Approve e/two "$(staging_digest e/two)"
    between
    git reset -q --hard "$base" && git commit -q --allow-empty -m 'Another history' && git push -q -f origin main
    run pass
    [ "$status" = 3 ]
    pki_accept_history "$(main_tip)"
    pass
    staging e/one
    staging e/two
    pass
    state_is e/one Issued
    untouched e/two
}

@test "S11: whatever comes first, request, approvals, withdrawal: the outcome is one" {
    local digest order who what step
    digest=$(coming e/one web-production alice www.example.com)
    cp -a "$PKI" "$HOME/before"
    for order in "request dave frank withdraw grace mallory" "mallory grace withdraw frank dave request" "dave frank request withdraw grace mallory" \
        "withdraw grace request mallory frank dave" "frank,grace,withdraw mallory request,dave"; do
        rm -rf "$PKI" && cp -a "$HOME/before" "$PKI"
        cd "$WORK"
        BETWEEN=0
        for step in $order; do
            for who in ${step//,/ }; do
                case $who in
                request) pki_request e/one web-production alice www.example.com ;;
                withdraw) pki_decide frank Withdraw e/one "$digest" ;;
                grace) pki_decide_file grace Approve e/one "$digest" ;;
                *) pki_decide "$who" Approve e/one "$digest" ;;
                esac
            done
            between >/dev/null
        done
        untouched e/one
        status_of e/one | sed '/At: \|Time: \|at: \|deadline: \|ommit: \|evidence: \|blob: \|sha256: /d; s/, until [^"]*//' | sort >"$HOME/outcome"
        [ -e "$HOME/expected" ] || cp "$HOME/outcome" "$HOME/expected"
        diff "$HOME/expected" "$HOME/outcome" || { echo "order: $order"; return 1; }
    done
    [ "$(status_of e/one | sed -n '/approvedBy:/,/waitingFor:/p' | sed -n 's/^ *- name: //p' | sort | tr '\n' ' ')" = "dave grace " ]
    rm -rf "$HOME/before"
}

@test "many requests that open at once are looked for in one go" {
    local i ids=() message=$HOME/message
    for i in $(seq 400); do ids+=("many/n$i"); done
    many_request_files web-staging alice "${ids[@]}"
    cp "$BATS_TEST_TMPDIR/many" "$HOME/requests"
    git reset -q
    mv requests/many "$HOME/files"
    printf 'All of them\n\n' >"$message"
    for i in "${ids[@]}"; do
        cp "$PKI/keys/many_n1.key" "$PKI/keys/${i//\//_}.key" 2>/dev/null || true
        echo "Countersign-Approve: $i $(plan_text many/n1 web-staging alice www.example.com | sed "s|^request: .*|request: $i|" | sha256sum | sed 's/ .*//; s/^/sha256:/')"
    done >>"$message"
    pki_as dave
    git commit -q -S --allow-empty -F "$message"
    git push -q origin main
    between
    mv "$HOME/files" requests/many
    pki_as alice
    git add requests && git commit -q -S -F "$HOME/requests" && git push -q origin main
    pass >/dev/null
    state_is many/n1 Issued
    state_is many/n400 Issued
    pki_output status/summary.yaml | tr '\n' ' ' | grep -Eq 'Issued.{1,20}400'
}

@test "huge commits end the look back, which is said, and nothing else is held up" {
    local i blob=$HOME/huge
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    head -c 1000000 /dev/zero | tr '\0' x | fold -w 100 >"$blob"
    {
        for i in $(seq 70); do
            printf 'commit refs/heads/main\ncommitter N <n@example.com> %s +0000\ndata %s\n' $((1700000000 + i)) "$(wc -c <"$blob")"
            cat "$blob"
            printf '\n'
            [ "$i" != 1 ] || echo 'from refs/heads/main^0'
        done
    } | git -C "$BARE" fast-import --quiet
    git pull -q --ff-only origin main
    between
    pki_decide dave Approve e/two "$(staging_digest e/two)"
    between
    staging e/one
    staging e/two
    pass
    logged 'look-back-ended.*MiB'
    untouched e/one
    state_is e/two Issued
}

# --- what people are told beforehand ----------------------------------------------------------------------------------

@test "countersign show and plan count an approval that stands on the branch before the request" {
    pki_decide dave Approve e/one "$(staging_digest e/one)"
    between
    git switch -q -c ask
    pki_request_file e/one web-staging alice www.example.com
    pki_as alice
    git add requests && git commit -q -S -m 'I ask' --trailer "Countersign-Request: e/one sha256:$(file_sha256 requests/e/one.yaml)"
    git fetch -q
    run "$COUNTERSIGN" show e/one
    [ "$status" = 0 ]
    [[ $output == *Approved* ]]
    [[ $output == *dave* ]]
    run "$COUNTERSIGN" plan
    [ "$status" = 0 ]
    [[ $output == *"$(staging_digest e/one)"* ]]
    git switch -q main && git merge -q --no-ff -m 'Merged' ask && git push -q origin main
    pass
    state_is e/one Issued
}
