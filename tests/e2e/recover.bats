#!/usr/bin/env bats
# A thief has the reconciler's key and writes output commits that nothing tells from good ones. The operator names the
# newest good one: what came after it is discarded, evidence is heard anew, and nothing is issued without a quorum.

load ../lib/pki
load ../lib/hostile

bats_require_minimum_version 1.5.0

setup_file() {
    hostile_file
    pki_profile short
    pki_policy short short 1h "- {approvers: {people: [dave]}}"
    git add -A && git commit -q -m 'A short time' && git push -q
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    many_requests web-staging alice r/one r/two r/three
    pki_request web/www web-production alice www.example.com
    pki_run_once 2>/dev/null
    GOOD=$(output_tip)
    export GOOD
    hostile_keep
}

setup() {
    hostile_test
    FORGED=$HOME/forging
}

bare() { git -C "$BARE" "$@"; }
operator() { "$COUNTERSIGN" "$1" --config "$PKI/local/countersign.yaml" "${@:2}"; }
recover() { operator recover --yes --output "${1:-$GOOD}"; }
audit() { ${SHIM:+env LD_PRELOAD="$SHIM"} "$COUNTERSIGN" -C "$1" audit --config "$PKI/local/countersign.yaml" --ledger "$PKI/state/ledger" "${@:2}"; }
# What the audit finds, here and in a clone that has none of the discarded commits: what the operator decided, and no
# certificate that rests on it: found_only CODE…
found_only() {
    local place
    rm -rf "$HOME/clone"
    git clone -q "file://$BARE" "$HOME/clone"
    for place in "$BARE" "$HOME/clone"; do
        audit "$place" -o json >"$HOME/report" || [ $? = 1 ]
        jq -r '.findings[] | .code + " " + (.request // "") + " " + .message' "$HOME/report"
        [ "$(jq -r '.findings[].code' "$HOME/report" | sort -u | xargs)" = "$*" ]
        jq -e '.certificates | all(.verdict == "good")' "$HOME/report" >/dev/null
    done
}
ledger_certificates() { grep -hc ' certificate ' "$(find "$PKI/state" -name ledger)" || true; }

# An output commit as the thief makes one, on the tip: the files of the folder $FORGED over those that are there, empty
# ones taken away; like a good one in everything, signed with the key that is given: forge [KEY] [PARENT]
forge() {
    local key=${1:-reconciler} parent=${2:-$(output_tip)} file index=$HOME/index trailers
    export GIT_INDEX_FILE=$index
    rm -f "$index"
    bare read-tree "$parent"
    (cd "$FORGED" && find . -type f | cut -c3-) | while read -r file; do
        if [ -s "$FORGED/$file" ]; then
            bare update-index --add --cacheinfo "100644,$(bare hash-object -w "$FORGED/$file"),$file"
        else
            bare --work-tree="$HOME" update-index --force-remove "$file"
        fi
    done
    trailers=$(bare log -1 --format=%B "$parent" | grep '^Countersign-' |
        sed "s/^\(Countersign-Configuration-Trusted:\) .*/\1 ${TRUSTED:-$(bare log -1 --format=%B "$parent" | sed -n 's/^Countersign-Configuration-Trusted: //p')}/")
    bare -c gpg.format=ssh -c user.signingKey="$PKI/keys/$key" -c user.name=countersign -c user.email=countersign@localhost \
        commit-tree -S -p "$parent" -m 'r/one: Issued' -m "$trailers" "$(bare write-tree)" >"$HOME/forged"
    unset GIT_INDEX_FILE
    bare update-ref refs/heads/countersign/output "$(cat "$HOME/forged")"
    rm -rf "$FORGED"
}
forging() { mkdir -p "$FORGED/$(dirname "$1")" && cat >"$FORGED/$1"; }

# r/one is Issued, says the thief, and here is the certificate: of a CA of his own
forge_issued() {
    openssl req -new -x509 -newkey rsa:2048 -nodes -keyout "$HOME/thief.key" -subj '/CN=www.example.com' -days 10 2>/dev/null |
        forging certificates/r/one.pem
    bare show "$GOOD:pending/r/one.yaml" | sed 's/^kind: .*/kind: CertificateRequestStatus/; s/^  state: .*/  state: Issued/' | forging status/requests/r/one.yaml
    forging pending/r/one.yaml </dev/null
    forge "$@"
}

# r/two waits for a certificate, say decisions of dave that dave never made
forge_decisions() {
    local digest evidence
    digest=$(pki_digest r/two) evidence=$(openssl rand -hex 32)
    for folder in pending status/requests; do
        pki_output "$folder/r/two.yaml" | sed "s/^  decisions: .*//" >"$HOME/record"
        cat >>"$HOME/record" <<YAML
  decisions:
    - evidence: $evidence
      by: dave
      key: "$(ssh-keygen -lf "$PKI/keys/dave.pub" | cut -d' ' -f2)"
      decision: approve
      request: r/two
      digest: $digest
      observedAt: "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
      source: commit
      where: $(main_tip)
YAML
        sed '/^$/d' "$HOME/record" | forging "$folder/r/two.yaml"
    done
    forge "$@"
}

@test "a forged Issued with a foreign certificate: believed while the key is, gone with the recovery" {
    forge_issued
    pass
    state_is r/one Issued
    run pki_verify r/one
    [ "$status" != 0 ]
    recover
    good_request
    pass
    untouched r/one
    good_is_issued
    logged '"event":"output-discarded"'
    # it goes on from the good commit, and says what it has discarded
    [ "$(bare rev-list --first-parent countersign/output | grep -c "$(cat "$HOME/forged")" || true)" = 0 ]
    bare merge-base --is-ancestor "$GOOD" countersign/output
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c "^Countersign-Output-Discarded: ")" = 1 ]
    # and the real one can be approved
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    pki_verify r/one
    # the audit names what was given up, and by whose word
    found_only OutputDiscarded
    run -1 audit "$BARE"
    [[ $output == *"OutputDiscarded in "*": an operator gave up 1 output commit, from $(cat "$HOME/forged") to $(cat "$HOME/forged"), in which 1 certificate changed; that is the word of $(ssh-keygen -lf "$PKI/keys/reconciler.pub" | cut -d' ' -f2), who signed this commit"* ]]
    run -1 audit "$HOME/clone"
    [[ $output == *"an operator gave up the output commits up to $(cat "$HOME/forged"), which are not here any more; that is"* ]]
}

@test "the discarded commits are gone from the repository: recovered without them, and the checker goes along" {
    forge_issued
    many_requests web-staging alice r/four
    pass
    forged=$(output_tip)
    : >"$LOG"
    recover
    bare update-ref refs/heads/countersign/output "$GOOD"
    rm -f "$BARE/logs/refs/heads/countersign/output"
    bare -c gc.reflogExpire=now gc -q --prune=now
    run ! bare cat-file -e "$forged"
    good_request
    pass
    alarmed '"event":"discarded-unreadable"'
    good_is_issued
    not_logged 'checker-(stopped|behind)'
    # the next one is an ordinary one, also where the checker has yet to see what was recovered
    cp -a "$PKI/state/checker" "$HOME/checker"
    pki_request next automatic alice next.example.com
    pass
    state_is next Issued
    sed -i "s/^output .*/output $GOOD/" "$HOME/checker/accepted"
    rm -r "$PKI/state/checker"
    mv "$HOME/checker" "$PKI/state/checker"
    pki_request another automatic alice another.example.com
    run pass
    [[ $output != *object-missing* ]]
}

@test "forged decisions of nobody: discarded before the daemon has looked, nothing is issued" {
    forge_decisions
    recover
    pass
    untouched r/two
    [ "$(ledger_certificates)" = 0 ]
    [ "$(status_of r/two | grep -c 'name: dave')" = 0 ]
}

@test "a forged configuration: rules that nobody signed are gone, and the request that they would let through" {
    local digest rules
    sed -i 's/members: \[alice, bob, carol\], required: 2/members: [mallory], required: 1/' countersign.yaml
    pki_profile anything "approval: none"
    git add -A && git commit -q -m "The thief's rules"
    rules=$(git rev-parse HEAD)
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    git push -q origin "HEAD:refs/heads/side"
    pki_output status/configuration.yaml | sed "s/^    number: .*/    number: 1/; s/^    digest: .*/    digest: $digest/; s/^    commit: .*/    commit: $rules/
        s/^    previous: .*/    previous: $(pki_introduction_digest)/" | forging status/configuration.yaml
    TRUSTED="1 $digest" forge
    git reset -q --hard origin/main
    recover
    pki_request x/any anything mallory any.example.com
    good_request
    pass
    good_is_issued
    pki_output status/configuration.yaml | grep -q 'number: 0'
    state_is x/any Invalid
    no_certificate x/any
}

@test "the whole of it: the stolen key is discarded, removed by a quorum of administrators, and counts for nothing" {
    forge_issued
    pass
    state_is r/one Issued
    replace_key 1
    recover
    # the first pass is still signed with the old key, and trusts the rules that do not list it any more
    run -3 pass
    alarmed key-not-listed
    pki_output status/configuration.yaml | grep -q 'number: 1'
    untouched r/one
    use_new_key
    good_request
    pass
    good_is_issued
    # the thief goes on, on the newest output commit and on an older one
    forge_issued
    pass
    untouched r/one
    logged '"event":"output-drift"'
    forge_issued reconciler "$GOOD"
    pass
    untouched r/one
    # and without the state directory it is not believed either
    forge_decisions
    find "$PKI/state" -name accepted-tips -delete
    pass
    untouched r/two
    [ "$(ledger_certificates)" = 1 ]
    # every output commit is signed by a key that was listed where it goes on from
    for key in reconciler reconciler-new; do
        echo "countersign@localhost $(cut -d' ' -f1,2 "$PKI/keys/$key.pub")" >>"$HOME/allowed"
    done
    for commit in $(bare rev-list --first-parent countersign/output); do
        bare -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$HOME/allowed" verify-commit "$commit"
    done
}

@test "a certificate that was issued since is published again, the same bytes, and no other is made" {
    local before
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    before=$(pki_output certificates/r/one.pem | sha256sum)
    # approvals that came by the inbox, whose branch is gone, stand in discarded commits only
    pki_decide_inbox dave Approve r/two
    pass
    state_is r/two Issued
    two=$(pki_output certificates/r/two.pem | sha256sum)
    forge_issued
    recover
    pass
    state_is r/one Issued
    state_is r/two Issued
    [ "$(pki_output certificates/r/one.pem | sha256sum)" = "$before" ]
    [ "$(pki_output certificates/r/two.pem | sha256sum)" = "$two" ]
    [ "$(ledger_certificates)" = 2 ]
    # what the inbox brought is kept as evidence again
    [ "$(bare ls-tree -r --name-only countersign/output evidence | grep -c .)" = 1 ]
    logged '"event":"certificate-known"'
    # status, intent and certificate say the same
    [ "$(status_of r/one | sed -n 's/^ *serialNumber: "\{0,1\}\([0-9a-f]*\).*/\1/p' | sort -u | grep -c .)" = 1 ]
    pki_verify r/one
    pki_verify r/two
    pass
    [ "$(ledger_certificates)" = 2 ]
    found_only OutputDiscarded
    # one alone, and its evidence without the repository
    run -1 audit_one r/two
    [[ $output == *"the signer's ledger has the certificate by an earlier decision"* ]]
    [ "$(grep -c "^[A-Z][A-Za-z]* in [0-9a-f]*: " <<<"$output")" = "$(grep -c '^OutputDiscarded' <<<"$output")" ]
    [[ $output == *" good"* ]]
    evidence_tells_the_same r/two
    # and what goes on from the recovery
    run -0 audit "$BARE" --since "$(bare rev-list --first-parent countersign/output | sed -n 2p)"
}

audit_one() { "$COUNTERSIGN" -C "$BARE" audit "$1" --config "$PKI/local/countersign.yaml"; }
evidence_tells_the_same() {
    "$COUNTERSIGN" -C "$BARE" evidence "$1" --config "$PKI/local/countersign.yaml" --out "$HOME/evidence"
    audit_one "$1" >"$HOME/story" || [ $? = 1 ]
    (cd / && "$COUNTERSIGN" verify-evidence "$HOME/evidence" --config "$PKI/local/countersign.yaml") >"$HOME/told" || [ $? = 1 ]
    diff <(same_story "$HOME/story") <(same_story "$HOME/told")
}

@test "what was signed in discarded commits, and comes to nothing here, is found, with the ledger and without" {
    local digest
    pki_decide dave Approve r/one
    pki_decide dave Approve r/two
    pass
    state_is r/two Issued
    digest=$(pki_digest r/two)
    # only r/one is approved in the history that goes on: the operator has accepted another one
    git reset -q --hard "$(git rev-list -n 1 --grep='Countersign-Approve: r/one' main)"
    git push -q -f origin main
    operator accept-history --yes "$(main_tip)"
    recover
    pass
    state_is r/one Issued
    state_is r/two PendingApproval
    run found_only HistoryAccepted LedgerEntryUnknown LedgerGap OutputDiscarded
    echo "$output"
    [ "$status" = 0 ]
    [[ $output == *"LedgerGap  2 entries of the ledger, which has come to 4, are accounted for by nothing"* ]]
    [[ $output == *"is a certificate (serial number "*", plan $digest) that git does not have"* ]]
    # it is approved again, and then nothing is missing any more
    pki_decide dave Approve r/two
    pass
    state_is r/two Issued
    found_only HistoryAccepted OutputDiscarded
}

# The tip is like its parent, another serial number in the intent of r/one: exchange_serial
exchange_serial() {
    local serial folder
    serial=$(pki_output pending/r/one.yaml | sed -n 's/^ *serialNumber: "\{0,1\}\([0-9a-f]*\).*/\1/p')
    for folder in pending status/requests; do
        pki_output "$folder/r/one.yaml" | sed "s/$serial/$(printf '2b%.0s' $(seq 19))/" | forging "$folder/r/one.yaml"
    done
    forge
}

@test "a decision to issue that takes another one's place is a finding, unless a recovery stands before it" {
    local intent=$HOME/intent
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    # the commit of the intent, and then one more like it with another serial number
    bare update-ref refs/heads/countersign/output "$(output_tip)^"
    exchange_serial
    audit "$BARE" -o json >"$intent" || [ $? = 1 ]
    [ "$(jq -r '[.findings[].code | select(startswith("Ledger") | not)] | join(" ")' "$intent")" = IntentReplaced ]
}

# In the repository and in a clone without the discarded commits: findings_are CODE…
findings_are() {
    local place
    rm -rf "$HOME/clone"
    git clone -q "file://$BARE" "$HOME/clone"
    for place in "$BARE" "$HOME/clone"; do
        "$COUNTERSIGN" -C "$place" audit --config "$PKI/local/countersign.yaml" -o json >"$HOME/report" || [ $? = 1 ]
        jq -r '.findings[] | .code + " " + (.request // "") + " " + .message' "$HOME/report"
        [ "$(jq -r '.findings[].code' "$HOME/report" | sort -u | xargs)" = "$*" ]
    done
}

@test "what was given up excuses what stood in it, and nothing that comes later" {
    # something was given up: r/two, issued
    pki_decide dave Approve r/two
    pass
    recover
    pass
    state_is r/two Issued
    findings_are OutputDiscarded
    sleep 1
    # a decision from after that, exchanged
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    cp -a "$BARE" "$HOME/kept"
    bare update-ref refs/heads/countersign/output "$(output_tip)^"
    exchange_serial
    findings_are IntentReplaced OutputDiscarded
    # entries of the ledger from after that
    rm -rf "$BARE" && mv "$HOME/kept" "$BARE"
    findings_are OutputDiscarded
    for number in 5 6; do
        bare update-ref refs/heads/countersign/output "$(bare -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S \
            -p "$(output_tip)" -m Later -m "$(bare log -1 --format=%B countersign/output | grep '^Countersign-' |
            sed "s/^Countersign-Ledger: .*/Countersign-Ledger: $number $(printf '%064d' "$number")/")" 'countersign/output^{tree}')"
        findings_are LedgerGap OutputDiscarded
        jq -e --arg tip "$(bare rev-list --first-parent --max-count=1 --grep='^Countersign-Ledger: 5' countersign/output)" \
            '[.findings[] | select(.code == "LedgerGap") | .commit] | index($tip)' "$HOME/report"
    done
}

# The signer enters the decision on r/one in its ledger, and cannot enter the certificate.
enter_intent_alone() {
    local keeper
    daemon_start
    for keeper in $(cat "/proc/$DAEMON/task/$DAEMON/children"); do
        [ "$(cat "/proc/$keeper/comm")" != keeper ] || break
    done
    prlimit --pid "$keeper" --fsize=600:unlimited
    pki_decide dave Approve r/one
    eventually 120 logged '"not-issued".*ledger'
    daemon_stop
    grep -q ' intent ' "$PKI/state/ledger"
    [ "$(ledger_certificates)" = 0 ]
}

@test "a decision that the ledger has without its certificate, and that is discarded: the plan is given up, and the next is issued" {
    local digest
    enter_intent_alone
    digest=$(pki_digest r/one)
    recover
    pass
    # decided anew, with another serial number: the signer has another one for this plan, and nothing signed
    state_is r/one Failed
    status_of r/one | grep -q '^  cancellable: true'
    reason_says r/one 'by another decision a certificate was to be signed.*Nothing was signed: the request can be cancelled'
    pki_request_file r/one web-staging alice www.example.com 'ttl: 20d'
    pki_as alice
    git add requests
    git commit -q -S -m Sooner --trailer "Countersign-Request: r/one sha256:$(file_sha256 requests/r/one.yaml)" && git push -q origin main
    pass
    state_is r/one PendingApproval
    grep -q " released $digest " "$PKI/state/ledger"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    [ "$(pki_digest r/one)" != "$digest" ]
    [ "$(ledger_certificates)" = 1 ]
    pki_verify r/one
    found_only OutputDiscarded
}

@test "a decision that the ledger has without its certificate is carried out after a crash, the very same" {
    local serial
    enter_intent_alone
    serial=$(awk '$3 == "intent" { print $6 }' "$PKI/state/ledger")
    echo 60 >"$HOME/clock"
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is r/one Issued
    [ "$(openssl x509 -noout -serial <<<"$(pki_output certificates/r/one.pem)" | cut -d= -f2 | tr A-F a-f)" = "$serial" ]
    [ "$(ledger_certificates)" = 1 ]
}

@test "a rejection and a withdrawal that stood in discarded commits only are not lost" {
    pki_decide_inbox erin Reject r/one
    pki_decide_inbox dave Approve web/www
    pass
    state_is r/one Rejected
    pki_decide_inbox dave Withdraw web/www
    pass
    # the thief takes them out of the tree, too
    bare -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p countersign/output -m 'Nothing here' \
        -m "$(bare log -1 --format=%B countersign/output | grep '^Countersign-')" \
        "$(bare ls-tree countersign/output | grep -v 'evidence$' | bare mktree)" >"$HOME/forged"
    bare update-ref refs/heads/countersign/output "$(cat "$HOME/forged")"
    pass
    recover
    pki_decide dave Approve r/one
    pki_decide frank Approve web/www
    pki_decide grace Approve web/www
    pass
    state_is r/one Rejected
    no_certificate r/one
    state_is web/www PendingApproval
    ignored_says web/www 'dave withdrew|withdraw'
    [ "$(ledger_certificates)" = 0 ]
    found_only OutputDiscarded
}

@test "a rejection by file that is gone from the branch is not lost" {
    local file
    pki_decide_file dave Withdraw web/www
    pki_decide_file erin Reject r/one
    pass
    state_is r/one Rejected
    git rm -q -r approvals && git commit -q -m 'Remove them' && git push -q origin main
    pass
    recover
    pki_decide dave Approve r/one
    for name in dave frank grace; do pki_decide $name Approve web/www; done
    pass
    state_is r/one Rejected
    no_certificate r/one
    state_is web/www PendingApproval
    no_certificate web/www
}

# A few kilobytes for each commit.
@test "commits that name an approval over and over, since the good one: each is heard once, and what was rejected stays so" {
    local document tree level i before flooded
    pki_decide_file erin Reject r/one
    pass
    state_is r/one Rejected
    before=$(main_tip)
    document=$(sed 's/metadata: .*/metadata: {name: x}/' approvals/erin-*.yaml | bare hash-object -w --stdin)
    tree=$(for i in {10..22}; do echo "40000 d$i $(echo "100644 x.yaml $document" | store_tree)"; done | store_tree)
    for level in 1 2 3; do tree=$(for i in {10..22}; do echo "40000 d$i $tree"; done | store_tree); done
    flooded=$({ bare ls-tree "$before" | awk '$4 != "approvals" {print ($1 == "040000" ? "40000" : $1), $4, $3}'; echo "40000 approvals $tree"; } |
        awk '{print $2 ($1 == "40000" ? "/" : ""), $0}' | LC_ALL=C sort -s -k1,1 | cut -d' ' -f2- | store_tree)
    for i in 1 2 3; do
        main_is "$(bare commit-tree -m Flood -p "$(main_tip)" "$flooded")"
        main_is "$(bare commit-tree -m Ebb -p "$(main_tip)" "$before^{tree}")"
    done
    recover
    : >"$LOG"
    pass
    state_is r/one Rejected
    not_logged ignored-more
    found_only OutputDiscarded
}

@test "what had expired does not open again with the approvals that came too late" {
    pki_request s/a short alice a.example.com
    pass
    state_is s/a PendingApproval
    echo 3700 >"$HOME/clock"
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is s/a Expired
    pki_decide dave Approve s/a
    with_shim SHIM_CLOCK="$HOME/clock" pass
    recover
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is s/a Expired
    no_certificate s/a
    # asked again, it opens
    sed -i 's/justification: .*/justification: again/' requests/s/a.yaml
    pki_as alice
    git commit -q -a -S -m Again --trailer "Countersign-Request: s/a sha256:$(file_sha256 requests/s/a.yaml)" && git push -q origin main
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is s/a PendingApproval
    with_shim SHIM_CLOCK="$HOME/clock" pki_decide dave Approve s/a
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is s/a Issued
    with_shim SHIM_CLOCK="$HOME/clock" found_only OutputDiscarded
}

@test "the thief who pushes at the very moment does not keep the recovery from landing" {
    forge_issued
    pass
    forge_issued
    cp "$HOME/forged" "$HOME/again"
    bare update-ref refs/heads/countersign/output "$(output_tip)^"
    recover
    # the daemon has written its objects, and does not have the branch yet
    with_shim SHIM_AT="*/objects/??/*" SHIM_DO="git -C '$BARE' update-ref refs/heads/countersign/output $(cat "$HOME/again"); echo >>'$HOME/moments'" \
        SHIM_EVERY=1 pass
    [ -s "$HOME/moments" ]
    untouched r/one
    [ "$(bare log --first-parent --format=%B countersign/output | grep -c "^Countersign-Output-Discarded: ")" = 1 ]
    [ "$(bare rev-list --first-parent countersign/output | grep -cf "$HOME/again" || true)" = 0 ]
}

@test "the daemon dies when its recovery has landed and the word is still there: done again, it comes to the same" {
    local word bytes
    pki_decide dave Approve r/one
    pki_decide_inbox erin Reject r/two
    pass
    bytes=$(pki_output certificates/r/one.pem | sha256sum)
    forge_issued
    recover
    word=$(find "$PKI/state/reconciler" -name recover-output)
    cp "$word" "$HOME/word"
    pass
    [ ! -e "$word" ]
    for again in 1 2; do
        cp "$HOME/word" "$word"
        cp "$HOME/word" "$PKI/state/checker/recover-output"
        pass
        [ ! -e "$word" ]
        state_is r/one Issued
        state_is r/two Rejected
        [ "$(pki_output certificates/r/one.pem | sha256sum)" = "$bytes" ]
        [ "$(ledger_certificates)" = 1 ]
    done
    pass
    pki_verify r/one
    found_only OutputDiscarded
}

# The operator's command dies as soon as the first of its words is written: halved COMMAND…
halved() { with_shim SHIM_AT="$PKI/state/*/$1" SHIM_DO='kill -KILL $PPID' dying "${@:2}"; }
dying() {
    local status=0
    LD_PRELOAD=$SHIM operator "$@" || status=$?
    [ "$status" = 137 ]
}

@test "recover dies between its two words: the checker goes along with nothing until it is said again" {
    pki_decide dave Approve r/two
    pass
    state_is r/two Issued
    forge_issued
    cp "$PKI/state/checker/accepted" "$HOME/accepted"
    halved recover-output recover --yes --output "$GOOD"
    [ -e "$PKI/state/reconciler/recover-output" ]
    [ ! -e "$PKI/state/checker/recover-output" ]
    pki_decide dave Approve r/one
    run -3 pass
    alarmed checker-stopped
    cmp "$PKI/state/checker/accepted" "$HOME/accepted"
    no_certificate r/one
    [ "$(ledger_certificates)" = 1 ]
    run -3 pass
    recover
    pass
    state_is r/one Issued
    state_is r/two Issued
    [ "$(ledger_certificates)" = 2 ]
    found_only OutputDiscarded
    # and where the daemon has not looked in between
    halved recover-output recover --yes --output "$GOOD"
    recover
    pass
    state_is r/two Issued
    [ -z "$(find "$PKI/state" -name recover-output)" ]
    found_only OutputDiscarded
}

@test "a running daemon finds the reconciler's word before the checker's: it goes on when that has come" {
    daemon_start
    forge_issued
    halved recover-output recover --yes --output "$GOOD"
    eventually 120 logged '"event":"checker-stopped"'
    eventually 120 state_is r/one PendingApproval
    pki_decide dave Approve r/one
    eventually 120 state_is r/one Approved
    eventually 120 logged '"not-issued".*the checker does not vouch'
    pki_decide dave Approve r/two
    eventually 120 state_is r/two Approved
    not_logged '"event":"issuing-again"'
    echo "$GOOD" >"$PKI/state/checker/.word" && mv "$PKI/state/checker/.word" "$PKI/state/checker/recover-output"
    eventually 120 state_is r/one Issued
    eventually 120 state_is r/two Issued
    daemon_stop
    # which was said once, and that it is over
    [ "$(grep -c '"level":"alarm","event":"not-issued"' "$LOG")" = 1 ]
    [ "$(grep -c '"event":"issuing-again".*"until-now":"the checker does not vouch' "$LOG")" = 1 ]
    [ "$(ledger_certificates)" = 2 ]
}

@test "a repository elsewhere is recovered likewise, and its history accepted" {
    sed -i "s|repository: {path: .*|repository: {url: \"file://$BARE\", branch: main, interval: 1s}|" "$PKI/local/countersign.yaml"
    pass
    forge_issued
    pass
    state_is r/one Issued
    recover
    pass
    untouched r/one
    pki_as alice
    git commit -q --amend --allow-empty -m rewritten && git push -q -f origin main
    run -3 pass
    pki_accept_history "$(main_tip)"
    pki_decide dave Approve r/one
    pass
    state_is r/one Issued
    pki_verify r/one
    found_only HistoryAccepted OutputDiscarded
}

@test "a running daemon takes it up" {
    forge_issued
    daemon_start
    eventually 120 state_is r/one Issued
    recover
    eventually 120 state_is r/one PendingApproval
    no_certificate r/one
    daemon_stop
}

@test "recover shows what is discarded, asks, and refuses what is not a good output commit before the newest" {
    local newest
    pki_decide dave Reject r/three
    pass
    forge_issued
    run -0 operator recover --yes --output "$GOOD"
    [[ $output == *"Output commits that are discarded, 2:"* ]]
    [[ $output == *"r/one: Issued, was PendingApproval"* ]]
    [[ $output == *"r/three: Rejected, was PendingApproval"* ]]
    find "$PKI/state" -name recover-output -delete
    run -2 operator recover --output "$GOOD" </dev/null
    [[ $output == *"--yes"* ]]
    run -2 operator recover --yes
    [[ $output == *"--output"* ]]
    run operator recover --yes --output "${GOOD:0:12}"
    [ "$status" != 0 ]
    run -1 operator recover --yes --output "$(main_tip)"
    [[ $output == *"not an output commit"* ]]
    pass
    newest=$(output_tip)
    run -1 operator recover --yes --output "$newest"
    [[ $output == *"nothing to discard"* ]]
    # nor one of somebody else on the branch
    forge_issued dave
    forge_issued dave
    run -1 operator recover --yes --output "$(bare rev-parse "$(output_tip)^")"
    [[ $output == *"no good output commit"* ]]
    [ -z "$(find "$PKI/state" -name recover-output)" ]
}

@test "a branch of somebody else's beginning is discarded as well, and the audit says so" {
    pki_decide dave Reject r/three
    pass
    # a root of the thief's own, like an output commit
    bare update-ref refs/heads/countersign/output "$(bare -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" \
        commit-tree -S -m 'r/one: Issued' -m "$(bare log -1 --format=%B countersign/output | grep '^Countersign-')" countersign/output^{tree})"
    recover
    pass
    state_is r/three Rejected
    found_only OutputDiscarded
    run audit "$BARE"
    [[ $output == *"which do not go on from the one before this"* ]]
    [[ $output == *"gave up 1 output commit, from "* ]]
}
