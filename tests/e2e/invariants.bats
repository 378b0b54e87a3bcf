#!/usr/bin/env bats
# What must always hold (S1 to S12, L1 to L4), each by a test that fails without it; and the rules about requesters,
# versions, early and own approvals, changed policies and clocks on which they stand.

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    more_rules
    git add -A && git commit -q -m 'More rules' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    many_requests web-staging alice r/one r/two r/three r/four
    pki_request web/www web-production alice www.example.com
    pki_run_once 2>/dev/null
    hostile_keep
}

setup() { hostile_test; }

more_rules() {
    local both="- {approvers: {people: [dave, erin]}, requiredApprovals: 1}
    - {approvers: {people: [dave, erin, frank]}, requiredApprovals: 1}"
    for profile in own distinct counted-twice early short; do pki_profile $profile; done
    pki_policy own own 7d "- {approvers: {people: [alice, dave]}}" "selfApproval: forbid"
    pki_policy distinct distinct 7d "$both" "distinctApprovers: true"
    pki_policy counted-twice counted-twice 7d "$both"
    pki_policy early early 7d "- {approvers: {people: [dave]}}
    - {approvers: {people: [frank, grace]}}" "earlyApprovals: refuse"
    pki_policy short short 1h "- {approvers: {people: [dave]}}"
}

bare() { git -C "$BARE" "$@"; }
approved_by() { status_of "$1" | sed -n '/approvedBy:/,/waitingFor:/p' | sed -n 's/^ *- name: //p' | tr '\n' ' '; }
certificates_ever() {   # ID: how many different ones the output branch has ever had
    bare log --format= --raw --no-abbrev countersign/output -- "certificates/$1.pem" | awk '{print $4}' | sort -u | grep -vc '^0*$' || true
}
ledger_certificates() { grep -c " certificate $1 " "$PKI"/state/ledger* || true; }
all_signed() {  # every output commit is the reconciler's, in one line
    echo "countersign@localhost $(cut -d' ' -f1,2 "$PKI/keys/reconciler.pub")" >"$HOME/allowed"
    local commit
    for commit in $(bare rev-list --first-parent countersign/output); do
        bare -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$HOME/allowed" verify-commit "$commit" 2>/dev/null || return
    done
}

@test "S1: nothing is signed before the intent has landed, and none is when it cannot land" {
    pki_decide dave Approve r/one
    digest=$(pki_digest r/one)
    # while the intent lands, the ledger knows nothing of it
    with_shim SHIM_AT="*/refs/heads/countersign/output" SHIM_DO="cat '$PKI'/state/ledger* >'$HOME/then' 2>/dev/null; git -C '$BARE' show countersign/output:status/requests/r/one.yaml >'$HOME/intent'" pass
    state_is r/one Issued
    grep -q '^  state: Approved' "$HOME/intent"
    ! grep -q "$digest" "$HOME/then" || false
    grep -q "$digest" "$PKI"/state/ledger*
    # and while it cannot land nothing is signed at all
    pki_decide dave Approve r/two
    digest=$(pki_digest r/two)
    touch "$BARE/refs/heads/countersign/output.lock"
    run pass
    [ "$status" = 3 ]
    ! grep -q "$digest" "$PKI"/state/ledger* || false
    rm "$BARE/refs/heads/countersign/output.lock"
    pass
    state_is r/two Issued
}

@test "S1: an intent that somebody else wrote on the output branch is no intent" {
    git fetch -q origin countersign/output
    git switch -q -c forged FETCH_HEAD
    digest=$(pki_digest r/one)
    for file in pending/r/one.yaml status/requests/r/one.yaml; do
        sed -i "s/state: PendingApproval/state: Approved/; s/^  conditions:/  intent: {digest: \"$digest\", serialNumber: \"11223344556677889900112233445566778899\", notBefore: \"$(date -u +%FT%TZ)\", notAfter: \"$(date -u -d '+2592000 seconds -1 second' +%FT%TZ)\", decidedAt: \"$(date -u +%FT%TZ)\", evidence: []}\n  conditions:/" $file
    done
    git commit -q -S -am 'countersign: r/one approved' --trailer "Countersign-Input: $(main_tip)" --trailer "Countersign-Time: $(date -u +%FT%TZ)" \
        --trailer "Countersign-Configuration-Trusted: 0 $(pki_configuration_digest 0 "$PKI_ZERO")"
    git push -q -f origin forged:countersign/output && git switch -q main
    pass
    untouched r/one
    alarmed output-drift
    # nor with the state directory lost
    git push -q -f origin forged:countersign/output
    rm -rf "$PKI/state"
    pass
    untouched r/one
    all_signed
}

@test "S2: one certificate for a plan, whatever is lost or put back" {
    local before
    pki_decide dave Approve r/one
    digest=$(pki_digest r/one)
    pass
    pki_output certificates/r/one.pem >"$HOME/first"
    # the output branch goes back to the intent, the accepted tip is lost: the same bytes again
    bare update-ref refs/heads/countersign/output countersign/output^
    rm "$PKI/state/reconciler/accepted-tips" "$PKI/state/checker/accepted"
    pass
    pki_output certificates/r/one.pem | cmp - "$HOME/first"
    # it goes back to before the intent: another serial number must never be signed for the same plan
    bare update-ref refs/heads/countersign/output countersign/output~2
    rm "$PKI/state/reconciler/accepted-tips" "$PKI/state/checker/accepted"
    pass || true
    if has_certificate r/one; then pki_output certificates/r/one.pem | cmp - "$HOME/first"; fi
    [ "$(ledger_certificates "$digest")" = 1 ]
}

@test "S2: serial numbers are random, positive, short enough and never repeated" {
    local i ids=()
    for i in $(seq 24); do ids+=("serial/n$i"); done
    many_requests automatic alice "${ids[@]}"
    pass
    for i in "${ids[@]}"; do openssl x509 -noout -serial -in <(pki_output "certificates/$i.pem"); done | sort >"$HOME/serials"
    [ "$(uniq "$HOME/serials" | wc -l)" = 24 ]
    ! grep -qvE '^serial=[0-7][0-9A-F]{37}$' "$HOME/serials" || false
    ! grep -q '^serial=00' "$HOME/serials" || false
    [ "$(cut -c8-11 "$HOME/serials" | uniq | wc -l)" -gt 20 ]
}

@test "S3: one person is one, by however many commits, files and keys" {
    pki_decide dave Approve web/www
    pki_decide frank Approve web/www
    pki_decide frank Approve web/www "" "Once more"
    pki_decide_file frank Approve web/www
    pki_decide_inbox frank Approve web/www
    pass
    untouched web/www
    [ "$(approved_by web/www)" = "dave frank " ]
    pki_decide heidi Approve web/www
    pass
    state_is web/www Issued
}

@test "S3: who lost membership or key before the quorum is complete does not count" {
    pki_decide dave Approve web/www
    pki_decide frank Approve web/www
    pki_decide grace Approve r/one
    pass
    [ "$(approved_by web/www)" = "dave frank " ]
    pki_group security grace, heidi
    pki_key dave-new
    sed -i "s|{ssh: .*|{ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/dave-new.pub")\"}|" identities/dave.yaml
    adopt 1
    [ "$(approved_by web/www)" = "" ]
    pki_decide grace Approve web/www
    pki_decide heidi Approve web/www
    pass
    untouched web/www
    ignored_says web/www 'dave.*not listed any more|key .* of dave'
    ignored_says web/www 'frank'
    # with the new key dave counts again
    cp "$PKI/keys/dave-new" "$PKI/keys/dave"
    cp "$PKI/keys/dave-new.pub" "$PKI/keys/dave.pub"
    pki_decide dave Approve web/www
    pass
    state_is web/www Issued
}

@test "S3: one person may serve two steps with two signatures, with one only one; never where approvers are distinct" {
    pki_request two/a counted-twice alice a.example.com
    pki_request two/b distinct alice b.example.com
    pass
    pki_decide dave Approve two/a
    pki_decide dave Approve two/b
    pass
    untouched two/a
    untouched two/b
    pki_decide dave Approve two/a "" "And for the second step"
    pki_decide dave Approve two/b "" "And for the second step"
    pass
    state_is two/a Issued
    untouched two/b
    # a matching: dave takes the step that nobody else can
    pki_decide erin Approve two/b
    pass
    state_is two/b Issued
}

@test "S4: the branch set back, with the output branch or without, is not followed" {
    local old_main old_output
    old_main=$(main_tip) old_output=$(output_tip)
    pki_decide dave Reject r/one
    pass
    state_is r/one Rejected
    git push -q -f origin "$old_main:main"
    run pass
    [ "$status" = 3 ]
    [[ $output == *history-rewritten* ]]
    bare update-ref refs/heads/countersign/output "$old_output"
    payload "Fine

Countersign-Approve: r/one $(pki_digest r/one)" "$old_main" >"$HOME/p"
    main_is "$(signed_by dave "$HOME/p" | store)"
    run pass
    [ "$status" = 3 ]
    no_certificate r/one
    # the state directory lost as well: the output branch set forward again holds it
    main_is "$(git rev-parse main)"
    pass
    state_is r/one Rejected
    [ "$(certificates_ever r/one)" = 0 ]
}

@test "S4: nor is it when the daemon had looked at it and had nothing to write" {
    local output
    pass
    output=$(output_tip)
    git commit -q --allow-empty -m 'Nothing for the daemon' && git push -q origin main
    pass
    [ "$(output_tip)" = "$output" ]
    [ "$(sed -n 's/^input //p' "$PKI/state/reconciler/accepted-tips")" = "$(main_tip)" ]
    [ "$(sed -n 's/^output //p' "$PKI/state/reconciler/accepted-tips")" = "$output" ]
    git reset -q --hard HEAD^ && git commit -q --allow-empty -m 'Something else' && git push -q -f origin main
    run pass
    [ "$status" = 3 ]
    [[ $output == *history-rewritten* ]]
    # until an operator accepts it; what comes next descends from it
    pki_accept_history "$(main_tip)"
    pass
    git commit -q --allow-empty -m 'And more' && git push -q origin main
    pass
}

@test "S4: the configuration's number only grows, and an older one needs a quorum of its own" {
    pki_profile extra "approval: none"
    adopt 1
    git rm -q profiles/extra.yaml
    adopt 2
    git revert --no-edit HEAD~2 >/dev/null && git push -q origin main
    pass
    pki_output status/configuration.yaml | grep -q 'number: 2'
    bare log --format=%B countersign/output | sed -n 's/^Countersign-Configuration-Trusted: \([0-9]*\) .*/\1/p' >"$HOME/numbers"
    sort -rn "$HOME/numbers" | cmp - "$HOME/numbers"
}

@test "S5: what is signed equals the intent equals the plan" {
    pki_request s/five web-staging alice five.example.com "subject: {commonName: five.example.com, organization: Example Inc}"
    sed -i '0,/^  subject: {commonName: five.example.com}$/{//d}' requests/s/five.yaml
    sed -i 's/altNames: {dns: \[five.example.com\]}/altNames: {dns: [five.example.com, api.example.com], ip: [10.1.2.3]}/' requests/s/five.yaml
    git add requests && pki_as alice && git commit -q -S -m again --trailer "Countersign-Request: s/five sha256:$(file_sha256 requests/s/five.yaml)" && git push -q origin main
    pass
    pki_decide dave Approve s/five
    pass
    state_is s/five Issued
    pki_output certificates/s/five.pem | openssl x509 -out "$HOME/c.pem"
    status_of s/five | sed -n '/^  plan: |/,/^  [a-z]/p' | sed '1d;$d; s/^    //' >"$HOME/plan"
    [ "sha256:$(file_sha256 "$HOME/plan")" = "$(pki_digest s/five)" ]
    plan() { sed -n "s/^$1: //p" "$HOME/plan"; }
    [ "$(plan subject)" = "$(openssl x509 -in "$HOME/c.pem" -noout -subject -nameopt rfc2253 | sed 's/^subject=//')" ]
    openssl x509 -in "$HOME/c.pem" -noout -ext subjectAltName,keyUsage,extendedKeyUsage,basicConstraints >"$HOME/ext"
    grep -q 'DNS:api.example.com, DNS:five.example.com, IP Address:10.1.2.3' "$HOME/ext"
    grep -q 'Digital Signature$' "$HOME/ext" && grep -q 'TLS Web Server Authentication$' "$HOME/ext" && grep -q 'CA:FALSE' "$HOME/ext"
    [ "$(plan public-key)" = "sha256:$(openssl x509 -in "$HOME/c.pem" -noout -pubkey | openssl pkey -pubin -outform der | sha256sum | cut -d' ' -f1)" ]
    from=$(date -u -d "$(openssl x509 -in "$HOME/c.pem" -noout -startdate | sed 's/.*=//')" +%s)
    to=$(date -u -d "$(openssl x509 -in "$HOME/c.pem" -noout -enddate | sed 's/.*=//')" +%s)
    [ $((to - from + 1)) = "$(plan lifetime)" ]
    # the intent, as it stood in the commit before
    bare show countersign/output^:status/requests/s/five.yaml | sed -n '/^  intent:/,/^  [a-z]/p' >"$HOME/intent"
    grep -q "serialNumber: \"\{0,1\}$(openssl x509 -in "$HOME/c.pem" -noout -serial | sed 's/.*=//' | tr A-F a-f)" "$HOME/intent"
    grep -q "notBefore: \"$(date -u -d "@$from" +%FT%TZ)\"" "$HOME/intent"
    grep -q "notAfter: \"$(date -u -d "@$to" +%FT%TZ)\"" "$HOME/intent"
}

@test "S6: what becomes visible is whole, and in the ledger before" {
    pki_decide dave Approve r/one
    pki_decide_inbox dave Approve r/two
    digest=$(pki_digest r/one)
    cat >"$HOME/look" <<SH
git -C '$BARE' fsck --connectivity-only --no-dangling >>'$HOME/seen' 2>&1 || echo broken >>'$HOME/seen'
if git -C '$BARE' cat-file -e countersign/output:certificates/r/one.pem 2>/dev/null; then
    grep -q ' certificate $digest ' '$PKI'/state/ledger* && echo known >>'$HOME/seen' || echo unknown >>'$HOME/seen'
fi
echo looked >>'$HOME/seen'
SH
    with_shim SHIM_EVERY=1 SHIM_AT="*/refs/heads/countersign/output" SHIM_DO="sh '$HOME/look'" pass
    state_is r/one Issued
    state_is r/two Issued
    [ "$(grep -c looked "$HOME/seen")" -ge 2 ]
    grep -q known "$HOME/seen"
    ! grep -qE 'broken|unknown|missing' "$HOME/seen"
}

@test "S7: two replicas race, a pusher in a loop: no approval is lost, no certificate twice" {
    local i end ids=()
    for i in $(seq 8); do ids+=("race/n$i"); done
    many_requests web-production alice "${ids[@]}"
    pass
    cp -a "$PKI/local/countersign.yaml" "$PKI/local/second.yaml"
    sed -i "s|stateDirectory: .*|stateDirectory: \"$PKI/state2\"|" "$PKI/local/second.yaml"
    cp -a "$PKI/state" "$PKI/state2"
    # there is one active signer, that of the first: the second decides, and leaves issuing to it
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    (until [ -e "$HOME/stop" ]; do pki_run_once >>"$HOME/one" 2>&1 || true; done) &
    one=$!
    (until [ -e "$HOME/stop" ]; do "$COUNTERSIGN" run --once --log json --config "$PKI/local/second.yaml" >>"$HOME/two" 2>&1 || true; done) &
    two=$!
    for i in "${ids[@]}"; do
        post "d${i##*/}" "$(envelope_commit dave main "$(trailer Approve "$i")")"
        pki_decide frank Approve "$i"
        post "g${i##*/}" "$(envelope_commit grace main "$(trailer Approve "$i")")"
    done
    # it goes on until both have written, or it was no race
    end=$((SECONDS + 120)) i=0
    until grep -q '"request-state"' "$HOME/one" && grep -q '"request-state"' "$HOME/two" || ((SECONDS > end)); do
        many_requests web-production alice "more/n$((i += 1))"
    done
    touch "$HOME/stop"
    wait $one $two
    pass
    for i in "${ids[@]}"; do
        state_is "$i" Issued
        [ "$(approved_by "$i")" = "dave frank grace " ] || [ "$(approved_by "$i")" = "dave grace frank " ]
        [ "$(certificates_ever "$i")" = 1 ]
    done
    [ -z "$(input_branches)" ]
    all_signed
    bare fsck --strict --no-dangling
    grep -q '"request-state"' "$HOME/one"
    grep -q '"request-state"' "$HOME/two"
}

@test "S7: what was observed stays observed when its file, its branch and the state directory are gone" {
    pki_decide_file dave Approve web/www
    pki_decide_inbox frank Approve web/www
    pass
    git rm -q -r approvals && git commit -q -m 'Gone' && git push -q origin main
    rm -rf "$PKI/state"
    pass
    [ "$(approved_by web/www)" = "dave frank " ]
    pki_decide grace Approve web/www
    pass
    state_is web/www Issued
}

@test "S7: whoever signs the same bytes again, with the key that has taken the other's place, is heard" {
    local file name
    pki_decide_file dave Approve web/www
    file=$(ls approvals/dave-*.yaml)
    payload "$(printf 'Yes\n\n%s' "$(trailer Approve web/www)")" "$(main_tip)" >"$HOME/said"
    inbox_is frank "$(signed_by frank "$HOME/said" | store)"
    pass
    [ "$(approved_by web/www)" = "dave frank " ]
    for name in dave frank; do
        pki_key $name-new
        sed -i "s|{ssh: .*|{ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/$name-new.pub")\"}|" identities/$name.yaml
    done
    adopt 1
    [ "$(approved_by web/www)" = "" ]
    ignored_says web/www 'sign again with a key that is'
    rm "$file.sig"
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/dave-new" "$file" 2>/dev/null
    git add approvals && git commit -q -m 'Signed again' && git push -q origin main
    signed_by frank-new "$HOME/said" >"$HOME/again"
    inbox_is frank "$(store <"$HOME/again")"
    pass
    [ "$(approved_by web/www)" = "dave frank " ]
    # and both are kept
    [ "$(bare ls-tree -r --name-only countersign/output evidence/ | wc -l)" = 2 ]
    [ -z "$(input_branches)" ]
}

@test "S8: a rejection or cancellation in the same push goes before the quorum, in every order" {
    pki_decide dave Approve r/one
    pki_decide erin Reject r/one
    pki_decide erin Reject r/two
    pki_decide dave Approve r/two
    pki_decide dave Approve r/three
    pki_decide_inbox alice Cancel r/three
    pki_decide_inbox dave Approve r/four
    pki_decide_file alice Cancel r/four
    pass
    state_is r/one Rejected
    state_is r/two Rejected
    state_is r/three Cancelled
    state_is r/four Cancelled
    for id in one two three four; do [ "$(certificates_ever r/$id)" = 0 ]; ! grep -q "$(pki_digest r/$id)" "$PKI"/state/ledger*; done
}

@test "S8: a rejection that is pushed while the intent is being written is heard" {
    local reject
    reject=$(envelope_commit erin HEAD "$(trailer Reject r/one)")
    git push -q origin "$reject:refs/heads/keep/reject"
    pki_decide dave Approve r/one
    with_shim SHIM_AT="*/objects/??/*" SHIM_DO="git -C '$BARE' update-ref refs/heads/countersign/inbox/late $reject" pass
    state_is r/one Rejected
    [ "$(certificates_ever r/one)" = 0 ]
    # what comes after the intent has landed is answered
    reject=$(envelope_commit erin HEAD "$(trailer Reject r/two)")
    git push -q origin "$reject:refs/heads/keep/reject2"
    pki_decide dave Approve r/two
    with_shim SHIM_AT="*/refs/heads/countersign/output" SHIM_DO="git -C '$BARE' update-ref refs/heads/countersign/inbox/late $reject" pass
    state_is r/two Issued
    ignored_says r/two 'too late.*revoke'
}

@test "S8: before the deadline counts, after it nothing does, and it expires by itself" {
    pki_request s/a short alice a.example.com
    pki_request s/b short alice b.example.com
    pass
    echo 3300 >"$HOME/clock"
    pki_decide dave Approve s/a
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is s/a Issued
    echo 3700 >"$HOME/clock"
    pki_decide dave Approve s/b
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is s/b Expired
    ignored_says s/b 'after the deadline|too late'
    echo 0 >"$HOME/clock"
}

@test "S9: words from the repository are harmless on the page, in the log and in the status" {
    local esc
    esc=$(printf '\033')
    pki_request_file s/nine web-staging alice nine.example.com
    sed -i 's#justification: .*#justification: "\\x1b]0;x\\x07 | <script>alert(1)</script> [a](javascript:b) `c` \\u202e"#' requests/s/nine.yaml
    pki_as alice
    git add requests && git commit -q -S -m x --trailer "Countersign-Request: s/nine sha256:$(file_sha256 requests/s/nine.yaml)" && git push -q origin main
    pki_decide erin Reject r/one "" "$(printf 'No \033[31m| <img src=x onerror=y> \n# Heading\r\n\nAnd so on')"
    sed -i 's/displayName: .*/displayName: "Mallory \\u202e <b>"/' identities/mallory.yaml
    git add -A && git commit -q -m "$(printf 'Names \033[2J')" && git push -q origin main
    pass
    state_is r/one Rejected
    ! grep -q "$esc" "$LOG" || false
    ! bare grep -qI "$esc" countersign/output || false
    ! bare log --first-parent --format=%B countersign/output | grep -q "$esc" || false
    ! pki_output README.md | grep -qE '<(script|img|b)|javascript:[a-z]|^# Heading' || false
    python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]' <"$LOG"
}

@test "S10: no byte of a CA's key is anywhere but in its file" {
    local line
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    line=$(sed -n 2p "$PKI/local/issuing-ca.key" | cut -c20-60)
    secret=$(openssl pkey -in "$PKI/local/issuing-ca.key" -text -noout | sed -n '/priv:/,/pub:/p' | sed '1d;$d' | tr -d ' :\n')
    [ ${#secret} -ge 64 ]
    ! grep -rqF "$line" "$PKI/state" "$LOG" || false
    ! grep -rqi "$secret" "$PKI/state" "$LOG" || false
    bare cat-file --batch-all-objects --batch-check='%(objectname)' | bare cat-file --batch >"$HOME/objects"
    ! grep -aqF "$line" "$HOME/objects" || false
    ! od -An -v -tx1 "$HOME/objects" | tr -d ' \n' | grep -qF "${secret:0:32}" || false
    # which would find it
    printf '%b' "$(sed 's/../\\x&/g' <<<"$secret")" | cat "$HOME/objects" - | od -An -v -tx1 | tr -d ' \n' | grep -qF "${secret:0:32}"
    # and the daemon leaves no core behind, and no way in for others
    ulimit -S -c "$(ulimit -H -c)"
    daemon_start
    grep -q '^Max core file size *0 ' "/proc/$DAEMON/limits"
    daemon_stop
}

@test "S11: the same facts in any order and any batches come to the same" {
    local order names sequence
    declare -A commit
    commit[dave]=$(envelope_commit dave HEAD "$(trailer Approve web/www)")
    commit[frank]=$(envelope_commit frank HEAD "$(trailer Approve web/www)")
    commit[withdraw]=$(envelope_commit frank HEAD "$(trailer Withdraw web/www)")
    commit[grace]=$(envelope_commit grace HEAD "$(trailer Approve web/www)")
    commit[mallory]=$(envelope_commit mallory HEAD "$(trailer Reject web/www)")
    git push -q origin "${commit[dave]}:refs/heads/keep/1" "${commit[frank]}:refs/heads/keep/2" "${commit[withdraw]}:refs/heads/keep/3" \
        "${commit[grace]}:refs/heads/keep/4" "${commit[mallory]}:refs/heads/keep/5"
    cp -a "$PKI" "$HOME/before"
    for order in "dave frank withdraw grace mallory" "mallory grace withdraw frank dave" "withdraw dave grace mallory frank" "grace,frank withdraw,mallory dave" "mallory,grace,withdraw,frank,dave"; do
        rm -rf "$PKI" && cp -a "$HOME/before" "$PKI"
        cd "$WORK"
        for names in $order; do
            for sequence in ${names//,/ }; do inbox_is "$sequence" "${commit[$sequence]}"; done
            pass >/dev/null
        done
        untouched web/www
        # the newest is shown first, so that the order of lines may differ, and nothing else
        status_of web/www | sed '/At: \|Time: \|at: \|deadline: /d' | sort >"$HOME/outcome"
        [ -e "$HOME/expected" ] || cp "$HOME/outcome" "$HOME/expected"
        diff "$HOME/expected" "$HOME/outcome" || { echo "order: $order"; return 1; }
    done
    [ "$(approved_by web/www)" = "dave grace " ]
    rm -rf "$HOME/before"
}

@test "S12: without a policy nothing is issued; with another the facts are judged anew, and a deadline only becomes shorter" {
    local deadline
    deadline=$(status_of r/one | sed -n 's/^  deadline: "\(.*\)"/\1/p')
    # a profile that requires approval and has no policy is no configuration, whoever signs it
    rm policies/one-step.yaml
    run adopt 1
    [ "$status" != 0 ]
    pki_output status/configuration.yaml | grep -q 'no ApprovalPolicy covers'
    # the profile is gone as well: its requests end nowhere else
    rm profiles/web-staging.yaml
    adopt 1
    pki_decide dave Approve r/one
    pass
    state_is r/one Invalid
    no_certificate r/one
    reason_says r/one 'there is no CertificateProfile'
    # a new policy with longer time and another approver
    pki_profile web-staging
    pki_policy other web-staging 30d "- {approvers: {people: [frank]}}"
    adopt 2
    untouched r/one
    ignored_says r/one 'dave is not an approver'
    [ "$(status_of r/one | sed -n 's/^  deadline: "\(.*\)"/\1/p')" = "$deadline" ]
    pki_policy other web-staging 1h "- {approvers: {people: [dave]}}"
    adopt 3
    state_is r/one Issued
    [[ "$(status_of r/two | sed -n 's/^  deadline: "\(.*\)"/\1/p')" < "$deadline" ]]
}

@test "S12: what the daemon wrote and cannot read any more is not taken for nothing" {
    local digest record
    # all that would be needed to begin anew lies in the tree: only the record knows of the withdrawal
    pki_request_file s/twelve web-staging alice twelve.example.com
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/alice" requests/s/twelve.yaml 2>/dev/null
    git add requests && git commit -q -m 'Signed by file' && git push -q origin main
    pass
    digest=$(pki_digest s/twelve)
    pki_decide dave Withdraw s/twelve
    pass
    record=$BARE/objects/$(bare rev-parse countersign/output:pending/s/twelve.yaml | sed 's|..|&/|')
    mv "$record" "$HOME/record"
    pki_decide dave Approve s/twelve "$digest"
    good_request
    pass || true
    no_certificate s/twelve
    # nor by a daemon that remembers nothing, nor when it is back
    rm "$PKI/state/reconciler/accepted-tips" "$PKI/state/checker/accepted"
    pass || true
    no_certificate s/twelve
    mv "$HOME/record" "$record"
    pki_decide dave Approve s/twelve "$digest" "Once more"
    pass
    untouched s/twelve
}

@test "L1: a quorate request is published soon after a fault is over" {
    daemon_start
    touch "$BARE/refs/heads/countersign/output.lock"
    pki_decide dave Approve r/one
    eventually 120 logged output-not-moved
    no_certificate r/one
    rm "$BARE/refs/heads/countersign/output.lock"
    eventually 120 has_certificate r/one
    daemon_stop
}

@test "L2: one push full of poison, and a good request in it" {
    printf 'spec: [\n' >requests/poison.yaml
    printf '\0\377' >identities/poison.yaml
    printf 'apiVersion: countersign/v1\nkind: Approval\nmetadata: {name: x}\nspec: {decisions: 7}\n' >approvals/x.yaml 2>/dev/null || { mkdir -p approvals && printf 'kind: [' >approvals/x.yaml; }
    ln -s /dev/zero requests/zero.yaml
    git add -A && git commit -q -m "Countersign-Approve: r/one sha256:1"
    inbox_is bad "$(printf 'tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nCountersign-Reject: r/one\n' | store)" || true
    good_request
    pki_decide dave Approve r/two
    pass
    good_is_issued
    state_is r/two Issued
    untouched r/one
}

@test "L3: killed again and again while people push: in the end each request has its one certificate" {
    local i id
    for i in 1 2 3 4 5 6; do
        : >"$LOG"
        daemon_start
        case $i in
        1) pki_decide dave Approve r/one ;;
        2) pki_decide_inbox dave Approve r/two ;;
        3) pki_decide dave Approve r/three ;;
        4) pki_decide dave Approve r/four ;;
        5) pki_decide dave Approve web/www && pki_decide_inbox frank Approve web/www ;;
        6) pki_decide_file grace Approve web/www ;;
        esac
        sleep "0.0$i"
        kill -KILL "$DAEMON"
        wait "$DAEMON" || true
    done
    rm -rf "$BARE"/refs/heads/countersign/*.lock "$BARE"/refs/heads/*.lock
    pass
    for id in r/one r/two r/three r/four web/www; do
        state_is $id Issued
        [ "$(certificates_ever $id)" = 1 ]
        [ "$(ledger_certificates "$(pki_digest $id)")" = 1 ]
    done
    all_signed
    bare fsck --strict --no-dangling
}

@test "L3: the state directory lost: everything goes on from the output branch" {
    pki_decide dave Approve web/www
    pki_decide dave Approve r/one
    pass
    rm -rf "$PKI/state"
    pki_decide frank Approve web/www
    pki_decide grace Approve web/www
    run -3 pass
    # all but the ledger: without it nobody knows what was signed
    alarmed 'ledger-not-the-one'
    state_is web/www Approved
    pass --accept-ledger-loss "$(bare log -1 --format=%B countersign/output | sed -n 's/^Countersign-Ledger: [0-9]* //p')"
    state_is web/www Issued
    [ "$(certificates_ever r/one)" = 1 ]
}

# Something is pushed whenever the daemon writes an object: it never finds the refs as it has read them.
push_at_each_write() {  # SHELL COMMANDS
    cat >"$HOME/push" <<SH
tip=\$(git -C '$BARE' commit-tree -p main -m storm "main^{tree}")
$1
SH
    with_shim SHIM_EVERY=1 SHIM_AT="*/objects/??/*" SHIM_DO="sh '$HOME/push'" pass
}

@test "L4: pushes at the worst moment, to main, the inbox and the output branch: one run publishes all the same" {
    pki_decide dave Approve r/one
    push_at_each_write "git -C '$BARE' update-ref refs/heads/main \$tip; git -C '$BARE' update-ref refs/heads/countersign/inbox/\$\$ \$tip"
    state_is r/one Issued
    pki_decide_inbox dave Approve r/two
    push_at_each_write "git -C '$BARE' update-ref refs/heads/countersign/output \$tip"
    has_certificate r/two || git -C "$BARE" cat-file -e "$(sed -n 's/^output //p' "$PKI/state/reconciler/accepted-tips"):certificates/r/two.pem"
    pass
    state_is r/two Issued
    all_signed
}

# Refs moved as fast as this machine can, of every kind that a pass looks at.
storm() {
    local i=0 tip base
    base=$(main_tip) tip=$base
    until [ -e "$HOME/stop" ]; do
        i=$((i + 1))
        tip=$(bare commit-tree -p "$tip" -m "storm $i" "$base^{tree}")
        # the daemon may hold the lock of one just then
        printf 'update refs/heads/main %s\nupdate refs/heads/countersign/inbox/s%s %s\n' "$tip" "$i" "$base" | bare update-ref --stdin 2>/dev/null || true
        [ -z "$1" ] || bare update-ref refs/heads/countersign/output "$tip" 2>/dev/null || true
        echo "$i" >"$HOME/storms"
    done
}
storming_since() { [ "$(cat "$HOME/storms")" -ge "$1" ]; }

@test "L4: a storm of pushes to main and the inbox does not keep a certificate back" {
    daemon_start
    storm '' &
    storming=$!
    eventually 120 storming_since 5
    post early "$(envelope_commit dave HEAD "$(trailer Approve r/one)")"
    eventually 120 has_certificate r/one || { touch "$HOME/stop"; wait $storming; tail -5 "$LOG"; return 1; }
    touch "$HOME/stop"
    wait $storming
    daemon_stop
}

@test "L4: nor does one that also overwrites the output branch all the time" {
    local digest
    digest=$(pki_digest r/one)
    daemon_start
    storm output &
    storming=$!
    eventually 120 storming_since 5
    post early "$(envelope_commit dave HEAD "$(trailer Approve r/one "$digest")")"
    ledger_has() { grep -q "certificate $1" "$PKI"/state/ledger*; }
    eventually 120 ledger_has "$digest" || { touch "$HOME/stop"; wait $storming; tail -5 "$LOG"; return 1; }
    touch "$HOME/stop"
    wait $storming
    eventually 120 has_certificate r/one
    daemon_stop
    alarmed output-drift
    all_signed
}

# --- requesters and versions ------------------------------------------------------------------------------------------

@test "the requester of a claimed id never changes, and its name is nobody else's" {
    pki_request_file r/one web-staging mallory www.example.com
    pki_as mallory
    git add requests && git commit -q -S -m 'Mine now' --trailer "Countersign-Request: r/one sha256:$(file_sha256 requests/r/one.yaml)" && git push -q origin main
    old=$(pki_digest r/one)
    pass
    [ "$(pki_digest r/one)" = "$old" ]
    ignored_says r/one 'mallory.*use another id|spec.requester never changes'
    # nor when it is issued
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    sed -i 's/justification: .*/justification: again/' requests/r/one.yaml
    git add requests && git commit -q -S -m 'Mine now' --trailer "Countersign-Request: r/one sha256:$(file_sha256 requests/r/one.yaml)" && git push -q origin main
    pass
    state_is r/one Issued
    reason_says r/one 'name: alice'
    # an ended claim without certificate is free
    pki_decide alice Cancel r/two
    pass
    pki_request_file r/two web-staging mallory www.example.com
    pki_as mallory
    git add requests && git commit -q -S -m 'Free again' --trailer "Countersign-Request: r/two sha256:$(file_sha256 requests/r/two.yaml)" && git push -q origin main
    pass
    state_is r/two PendingApproval
    reason_says r/two 'name: mallory'
}

@test "a file accepted earlier is not accepted again, and deleting it changes nothing" {
    cp requests/r/one.yaml "$HOME/first.yaml"
    git rm -q requests/r/one.yaml && git commit -q -m Deleted && git push -q origin main
    pass
    state_is r/one PendingApproval
    old=$(pki_digest r/one)
    # the requester asks for something else, and somebody brings the first file back, signed commit and all
    pki_request r/one web-staging alice api.example.com
    pass
    [ "$(pki_digest r/one)" != "$old" ]
    new=$(pki_digest r/one)
    cp "$HOME/first.yaml" requests/r/one.yaml
    pki_as alice
    git add requests && git commit -q -S -m Back --trailer "Countersign-Request: r/one sha256:$(file_sha256 requests/r/one.yaml)" && git push -q origin main
    pass
    [ "$(pki_digest r/one)" = "$new" ]
    ignored_says r/one 'accepted before'
    pki_decide dave Approve r/one "$old"
    pass
    untouched r/one
    pki_decide dave Approve r/one "$new"
    pass
    state_is r/one Issued
    openssl x509 -noout -subject -in <(pki_output certificates/r/one.pem) | grep -q api.example.com
}

@test "at most twenty invalid requests of an identity are shown, and of nobody at all no more" {
    local i ids=() more=()
    for i in $(seq 30); do ids+=("bad/n$i"); more+=("nobody/n$i"); done
    many_request_files web-staging mallory "${ids[@]}"
    git commit -q -m 'Unsigned' && git push -q origin main
    pass
    [ "$(bare ls-tree -r --name-only countersign/output status/requests/bad/ | wc -l)" = 20 ]
    logged 'invalid-not-shown.*bad/n'
    # made-up names are one
    many_request_files web-staging nobody "${more[@]}"
    for i in "${more[@]}"; do sed -i "s/requester: .*/requester: made-up-${i##*/}/" "requests/$i.yaml"; done
    git add requests && git commit -q -m 'Unsigned' && git push -q origin main
    good_request
    pass
    good_is_issued
    [ "$(bare ls-tree -r --name-only countersign/output status/requests/nobody/ | wc -l)" = 20 ]
}

# --- approvals --------------------------------------------------------------------------------------------------------

@test "an early approval waits until its step opens, or is refused where the policy says so" {
    pki_request e/a early alice a.example.com
    pass
    pki_decide frank Approve web/www
    pki_decide grace Approve web/www
    pki_decide frank Approve e/a
    pass
    untouched web/www
    untouched e/a
    pki_decide dave Approve web/www
    pki_decide dave Approve e/a
    pass
    state_is web/www Issued
    untouched e/a
    ignored_says e/a 'frank'
    sleep 1     # what is seen in the second in which a step opens is early still
    pki_decide frank Approve e/a "" "Again"
    pass
    state_is e/a Issued
}

@test "who asks does not approve where that is forbidden, nor the owner of the machine that asks" {
    pki_request o/a own alice a.example.com
    pki_request o/b own deploy-bot b.example.com
    pki_request o/c own dave c.example.com
    pass
    for id in o/a o/b o/c; do pki_decide alice Approve $id; done
    pass
    untouched o/a
    untouched o/b
    state_is o/c Issued
    ignored_says o/a 'forbids self-approval'
    ignored_says o/b 'forbids self-approval'
    pki_decide dave Approve o/a
    pki_decide dave Approve o/b
    pass
    state_is o/a Issued
    state_is o/b Issued
}

@test "a change of policy while a request is open judges the facts anew" {
    pki_decide dave Approve web/www
    pki_decide frank Approve web/www
    pass
    pki_policy two-step web-production 7d "- {approvers: {people: [frank]}}
    - {approvers: {people: [dave]}}"
    adopt 1
    state_is web/www Issued
    # the digest is of the plan, not of the policy: it has not changed
    reason_says web/www 'generation: 1'
}

# --- clocks -----------------------------------------------------------------------------------------------------------

@test "a clock set back stops writing, a little behind does not, and time in output commits never goes back" {
    pki_decide dave Approve r/one
    echo -1000 >"$HOME/clock"
    before=$(output_tip)
    run with_shim SHIM_CLOCK="$HOME/clock" pass
    [ "$status" = 3 ]
    [[ $output == *clock-behind* ]]
    [ "$(output_tip)" = "$before" ]
    echo -100 >"$HOME/clock"
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is r/one Issued
    bare log --first-parent --format=%B countersign/output | sed -n 's/^Countersign-Time: //p' >"$HOME/times"
    sort -r "$HOME/times" | cmp - "$HOME/times"
}

@test "a clock that jumps expires nothing until an operator has confirmed it" {
    pki_request s/a short alice a.example.com
    pass
    clock_is "$HOME/wall" 0
    pki_decide dave Reject r/two
    daemon_start SHIM_WALL="$HOME/wall"
    eventually 120 state_is r/two Rejected   # it has looked at its clocks
    clock_is "$HOME/wall" 7300
    pki_decide dave Reject r/one
    eventually 120 state_is r/one Rejected
    alarmed clock-jumped
    state_is s/a PendingApproval
    # nor does it end by itself, whoever makes the daemon end
    daemon_stop
    : >"$LOG"
    daemon_start SHIM_WALL="$HOME/wall"
    eventually 120 logged clock-jumped
    state_is s/a PendingApproval
    kill -HUP "$DAEMON"
    eventually 120 state_is s/a Expired
    daemon_stop
}

@test "a clock that is set while the daemon is down expires nothing either; after another boot it is believed" {
    pki_request s/a short alice a.example.com
    pass
    clock_is "$HOME/wall" 0
    daemon_start SHIM_WALL="$HOME/wall"
    eventually 120 test -s "$PKI/state/reconciler/clock"
    daemon_stop
    clock_is "$HOME/wall" 7300
    : >"$LOG"
    daemon_start SHIM_WALL="$HOME/wall"
    eventually 120 logged clock-jumped
    pki_decide dave Reject r/one
    eventually 120 state_is r/one Rejected
    state_is s/a PendingApproval
    daemon_stop
    # as if the machine had been off: there is nothing to compare with
    sed -i 's/^......../00000000/' "$PKI/state/reconciler/clock"
    : >"$LOG"
    daemon_start SHIM_WALL="$HOME/wall"
    eventually 120 state_is s/a Expired
    not_logged clock-jumped
    daemon_stop
    # what is no such file says nothing, and is written anew
    for content in '' x "$(cut -d' ' -f1 "$PKI/state/reconciler/clock")" "$(cut -d' ' -f1 "$PKI/state/reconciler/clock") soon"; do
        printf '%s' "$content" >"$PKI/state/reconciler/clock"
        : >"$LOG"
        daemon_start SHIM_WALL="$HOME/wall"
        eventually 120 grep -qE '^[0-9a-f-]{36} 20[0-9TZ:-]{18}$' "$PKI/state/reconciler/clock"
        daemon_stop
        not_logged clock-jumped
    done
}
