#!/usr/bin/env bats
# `countersign audit`: a history of all ways to a certificate has no finding; then somebody with stock git, with the
# reconciler's key and without it, bends it in one place after the other, and each has its finding by name.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/hostile

setup_file() {
    local base
    hostile_file
    LOG=$BATS_FILE_TMPDIR/log
    pki_profile quick
    pki_policy quick quick 1s "- {approvers: {groups: [team-leads]}}"
    git add -A
    git commit -q -m 'A quick policy'
    git push -q origin main
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"

    # three steps of one quorum in three ways: trailer, inbox, approval file
    pki_request web/www web-production alice www.example.com
    pass
    pki_decide dave Approve web/www
    pass
    pki_decide_inbox frank Approve web/www
    pass
    pki_decide_file grace Approve web/www
    pass
    state_is web/www Issued
    # a machine, a profile without approval, a rejection, an expiry
    pki_request svc/bot service deploy-bot bot.example.com
    pki_request auto automatic alice auto.example.com
    pki_request no web-staging bob no.example.com
    pki_request late quick bob late.example.com
    pki_request open web-production bob open.example.com
    pki_request gone web-staging bob gone.example.com
    pass
    pki_decide dave Reject no
    pki_decide bob Cancel gone
    pass
    sleep 2
    pass
    state_is svc/bot Issued
    state_is no Rejected
    state_is late Expired
    state_is gone Cancelled
    # other rules, with the administrators' signatures on two ways; what was issued stays, what is open goes on
    base=$(pki_configuration_digest 0 "$PKI_ZERO")
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 5d/' policies/two-step.yaml
    git commit -q -a -m 'Sooner'
    pki_as alice
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $(pki_configuration_digest 1 "$base")"
    git push -q origin main
    pass
    pki_as bob
    git push -q origin "$(git commit-tree -S -p HEAD -m Yes -m "Countersign-Configuration: $(pki_configuration_digest 1 "$base")" 'HEAD^{tree}'):refs/heads/countersign/inbox/bob-1"
    pass
    # the plan changes, and the quorum comes together again
    pki_request web/www web-production alice www.example.com 'ttl: 20d'
    pass
    pki_decide dave Approve web/www
    pki_decide frank Approve web/www
    pki_decide_inbox heidi Approve web/www
    pass
    # and an approval is taken back
    pki_decide dave Approve open
    pass
    pki_decide dave Withdraw open
    pass
    state_is open PendingApproval
    [ "$(pki_output status/requests/web/www.yaml | sed -n 's/^  generation: //p')" = 2 ]
    hostile_keep
}

setup() { hostile_test; }

audit() { "$COUNTERSIGN" -C "$BARE" audit --config "$PKI/local/countersign.yaml" "$@"; }

clean() {
    run audit "$@"
    echo "$output"
    [ "$status" -eq 0 ]
}

# The only finding, or one of several: found CODE [WORDS], found_among …
found() {
    found_among "$@"
    [ "$(audit -o json "${AUDIT_OPTIONS[@]}" | jq '.findings | length')" -eq 1 ]
}

found_among() {
    run audit "${AUDIT_OPTIONS[@]}"
    echo "$output"
    [ "$status" -eq 1 ]
    grep -Eq "^$1( in [0-9a-f]{12})?(, [^:]*)?: .*${2:-}" <<<"$output"
}

doubtful() { audit -o json | jq -r '.certificates[] | select(.verdict == "doubtful") | .request' | sort -u | tr '\n' ' '; }

# --- bending the output branch by stock git ---------------------------------------------------------------------------

# The output's files in $FORGED, to be changed: forge [FROM]
forge() {
    FORGED=$BATS_TEST_TMPDIR/forged
    FROM=$(git -C "$BARE" rev-parse "${1:-countersign/output}")
    git -C "$BARE" worktree add -q --detach "$FORGED" "$FROM"
    cd "$FORGED" || return
}

# What was changed becomes the next output commit: forged [KEY] [SED]; the message as before, changed by SED
forged() {
    local message tree commit
    message=$(git log -1 --format=%B "$FROM" | sed "${2:-}")
    git add -A
    tree=$(git write-tree)
    commit=$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/${1:-reconciler}" \
        commit-tree -S -p "$FROM" -m "$message" "$tree")
    git update-ref refs/heads/countersign/output "$commit"
    FROM=$commit
}

# A field of a record, in both of its files: record_set ID SED
record_set() {
    local file
    for file in "pending/$1.yaml" "status/requests/$1.yaml"; do
        [ ! -e "$file" ] || sed -i "$2" "$file"
    done
}

@test "a clean history has no finding, from a plain clone and the introduction alone" {
    clean
    [[ $output == *' 4 certificates, configuration 1 trusted; nothing found'* ]]
    [[ $output == *'times from '*" are the word of the reconciler with the key $(ssh-keygen -lf "$PKI/keys/reconciler.pub" | cut -d' ' -f2)"* ]]
    git clone -q "$BARE" "$BATS_TEST_TMPDIR/clone"
    rm -r "$PKI/state" "$PKI/local/issuing-ca.key"
    cd "$BATS_TEST_TMPDIR/clone"
    run -0 "$COUNTERSIGN" audit --introduction "$(git rev-list --reverse origin/main | sed -n 2p)@$(pki_introduction_digest)"
    git config countersign.introduction "$(git rev-list --reverse origin/main | sed -n 2p)@$(pki_introduction_digest)"
    run -0 "$COUNTERSIGN" audit
    grep -Eq '^web/www +1 .* dave, frank, grace .* good$' <<<"$output"
    grep -Eq '^web/www +2 .* dave, frank, heidi .* good$' <<<"$output"
    grep -Eq '^svc/bot +1 .* \(at once\) .* good$' <<<"$output"
    grep -Eq '^auto +1 .* \(at once\) .* good$' <<<"$output"
}

@test "the signer's ledger agrees" {
    clean --ledger "$PKI/state/ledger"
}

@test "JSON: everything, for programs" {
    audit -o json >"$BATS_TEST_TMPDIR/report"
    jq -e '.kind == "AuditReport" and .clean and (.findings == []) and .since == null' "$BATS_TEST_TMPDIR/report"
    jq -e '.certificates | length == 4 and all(.verdict == "good")' "$BATS_TEST_TMPDIR/report"
    [ "$(jq -r .tip "$BATS_TEST_TMPDIR/report")" = "$(output_tip)" ]
    [ "$(jq .commits "$BATS_TEST_TMPDIR/report")" = "$(git -C "$BARE" rev-list --count --first-parent countersign/output)" ]
    [ "$(jq -r '.certificates[] | select(.request == "auto") | .serialNumber' "$BATS_TEST_TMPDIR/report")" = \
        "$(pki_output certificates/auto.pem | openssl x509 -noout -serial | cut -d= -f2 | tr A-F a-f)" ]
}

@test "times are the word of one key until another takes its place, and it says until when" {
    local old new digest last
    old=$(ssh-keygen -lf "$PKI/keys/reconciler.pub" | cut -d' ' -f2)
    pki_key reconciler-new
    new=$(ssh-keygen -lf "$PKI/keys/reconciler-new.pub" | cut -d' ' -f2)
    sed -i "s|reconciler: {keys: .*|reconciler: {keys: [\"$(cut -d' ' -f1,2 "$PKI/keys/reconciler.pub")\", \"$(cut -d' ' -f1,2 "$PKI/keys/reconciler-new.pub")\"]}|" countersign.yaml
    git commit -q -am 'A second key'
    digest=$(pki_configuration_digest 2 "$(pki_output status/configuration.yaml | sed -n 's/^    digest: //p' | head -n 1)")
    pki_sign_configuration "$digest"
    pass
    last=$(git -C "$BARE" log -1 --format='%(trailers:key=Countersign-Time,valueonly)' countersign/output | sed '/^$/d')
    sleep 1
    use_new_key
    pki_request new automatic alice new.example.com
    pass
    state_is new Issued
    clean
    [[ $output == *"times from "*" to $last are the word of the reconciler with the key $old"* ]]
    [[ $output == *"times from 20"*" to 20"*" are the word of the reconciler with the key $new"* ]]
    [ "$(grep -c 'are the word of' <<<"$output")" = 2 ]
    # of a commit that neither has signed nothing is believed
    forge
    forged mallory
    found NotSignedByReconciler
    [ "$(audit -o json | jq -r '[.timesAttestedBy[].key] | join(" ")')" = "$old $new" ]
    [ "$(audit -o json | jq '[.timesAttestedBy[].commits] | add')" = "$(($(git -C "$BARE" rev-list --count --first-parent countersign/output) - 1))" ]
}

@test "--since: what stands before is trusted, what follows is audited" {
    local middle
    middle=$(git -C "$BARE" rev-list --first-parent countersign/output | sed -n 4p)
    clean --since "$middle"
    [[ $output == *"what stands before ${middle:0:12} was not audited"* ]]
    clean --since "$middle" --ledger "$PKI/state/ledger"
    forge "$middle"
    echo >>certificates/auto.pem
    forged
    clean --since "$(output_tip)"
    run -2 audit --since nothing
    run -3 audit --since "$(main_tip)"
}

@test "another introduction, or none, is no audit" {
    run -3 "$COUNTERSIGN" -C "$BARE" audit --introduction "$(main_tip)@$PKI_ZERO"
    [[ $output == *'is not the introduction'* ]]
    run -3 "$COUNTERSIGN" -C "$BARE" audit --introduction "0123456789012345678901234567890123456789@$PKI_ZERO"
    run -2 "$COUNTERSIGN" -C "$BARE" audit --introduction "main@$PKI_ZERO"
    run -2 "$COUNTERSIGN" -C "$BARE" audit
    [[ $output == *'where does trust begin'* ]]
    git -C "$BARE" update-ref -d refs/heads/countersign/output
    run -3 audit
}

@test "a certificate whose bytes changed" {
    forge
    openssl x509 -in certificates/auto.pem -outform DER -out der
    python3 -c 'data = bytearray(open("der", "rb").read()); data[-1] ^= 1; open("der", "wb").write(data)'
    openssl x509 -inform DER -in der >certificates/auto.pem
    rm der
    forged
    found CertificateChanged
    [ "$(doubtful)" = 'auto ' ]
}

@test "a certificate that was removed" {
    forge
    rm certificates/svc/bot.pem
    forged
    found CertificateRemoved
}

@test "a certificate under a wrong path, and one that nothing decided" {
    forge
    cp certificates/auto.pem certificates/other.pem
    cp "$PKI/local/root.pem" certificates/stray.pem
    forged
    found_among CertificateMisplaced 'decided for another request'
    found_among CertificateWithoutEvidence stray.pem
}

@test "an ended status that was edited" {
    forge
    record_set no 's/^  decidedBy: dave/  decidedBy: erin/'
    forged
    found RecordDiffers decidedBy
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM"~1
    forge_again
    record_set no 's/^  state: Rejected/  state: Cancelled/'
    forged
    found StateUnproven
}

forge_again() {
    cd "$BATS_TEST_TMPDIR"
    git -C "$BARE" worktree remove --force "$FORGED"
    forge
}

@test "status and pending say different things; a status that is gone" {
    forge
    sed -i 's/^  state: PendingApproval/  state: Invalid/' status/requests/open.yaml
    forged
    found StatusDiffers
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM"~1
    forge_again
    git rm -q status/requests/no.yaml
    forged
    found RecordRemoved
}

@test "evidence that was removed, and evidence that was changed" {
    local blob
    forge
    blob=$(find evidence -type f | head -n 1)
    rm "$blob"
    forged
    found EvidenceRemoved "$blob"
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM"~1
    forge_again
    echo >>"$blob"
    forged
    found EvidenceChanged "$blob"
}

@test "evidence under the name of other evidence" {
    forge
    mkdir -p evidence/00/11
    printf 'tree x\n' >evidence/00/11/0011aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    forged
    found EvidenceChanged 'named after'
}

# A step of `open` gets an approval of NAME with evidence E, and it is complete: count_in NAME EVIDENCE
count_in() {
    local file
    for file in pending/open.yaml status/requests/open.yaml; do
        python3 - "$file" "$1" "$2" <<'PY'
import re, sys
path, name, evidence = sys.argv[1:]
text = open(path).read()
text = text.replace("      state: open\n      approvedBy: []\n", "      state: complete\n      approvedBy:\n        - name: %s\n          at: 2026-01-01T00:00:00Z\n          evidence: %s\n" % (name, evidence), 1)
open(path, "w").write(text)
PY
    done
}

@test "an approval by a person who is not in the step" {
    pki_decide mallory Approve open
    pass
    evidence=$(pki_output pending/open.yaml | sed -n 's/.*evidence: \([0-9a-f]*\).*/\1/p' | tail -n 1)
    clean
    forge
    count_in mallory "$evidence"
    forged
    found_among ApprovalDoesNotCount 'mallory is counted in step "Team Lead Review"'
}

@test "an approval that nobody signed" {
    forge
    count_in dave "$(printf 'e%.0s' $(seq 64))"
    forged
    found_among ApprovalDoesNotCount 'dave is counted'
    sed -i "0,/^  decisions:/s//  decisions:\n    - evidence: $(printf 'e%.0s' $(seq 64))\n      by: dave\n      key: x\n      decision: approve\n      request: open\n      digest: $(pki_digest open)\n      observedAt: 2026-01-01T00:00:00Z\n      source: commit\n      where: x/" pending/open.yaml
    forged
    found_among DecisionUnproven 'a decision of dave'
}

@test "an approval said to be seen after the commit that says so" {
    pki_decide erin Approve open
    pass
    forge countersign/output~1
    git read-tree -u --reset countersign/output
    sed -i "s/observedAt: .*/observedAt: 2099-01-01T00:00:00Z/" pending/open.yaml
    forged reconciler "s/^Countersign-Input: .*/Countersign-Input: $(main_tip)/"
    found_among ObservedLater
}

# An intent for ID in both files: intend ID [SERIAL]
intend() {
    local now serial=${2:-$(printf '1a%.0s' $(seq 19))}
    now=$(git log -1 --format=%B "$FROM" | sed -n 's/^Countersign-Time: //p')
    sed -i "/^  conditions:/i\\  intent:\n    digest: $(pki_digest "$1")\n    serialNumber: $serial\n    notBefore: $now\n    notAfter: $(date -u -d "$now + 30 days - 1 second" +%FT%TZ)\n    decidedAt: $now" \
        "pending/$1.yaml" "status/requests/$1.yaml"
    record_set "$1" 's/^  state: .*/  state: Approved/'
}

@test "an intent before the quorum" {
    forge
    intend open
    forged
    found_among IntentBeforeQuorum 'make it PendingApproval'
}

@test "a serial number that was used before, and one that is none" {
    forge
    intend open "$(sed -n 's/^    serialNumber: //p' status/requests/auto.yaml | head -n 1)"
    forged
    found_among SerialRepeated
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM"~1
    forge_again
    intend open "$(printf 'ff%.0s' $(seq 19))"
    forged
    found_among SerialMalformed
}

# --- the commit of a certificate, made anew with the reconciler's key --------------------------------------------------

# Everything is ready to issue `last`: the intent is on the branch, its certificate not yet.
intended() {
    pki_request last automatic alice last.example.com
    pass
    ISSUED=$(output_tip)
    forge "$ISSUED~1"
    git read-tree -u --reset "$ISSUED"
    LEDGER=$(git log -1 --format=%B "$ISSUED" | sed -n 's/^Countersign-Ledger: //p')
}

# The certificate's commit, with its line about the ledger: issued [LEDGER]
issued() {
    local message tree commit
    message=$(git log -1 --format=%B "$ISSUED" | sed "s/^Countersign-Ledger: .*/Countersign-Ledger: ${1:-$LEDGER}/")
    git add -A
    tree=$(git write-tree)
    commit=$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p "$FROM" -m "$message" "$tree")
    git update-ref refs/heads/countersign/output "$commit"
}

@test "made anew as it was, the commit of a certificate has no finding" {
    intended
    issued
    clean
}

# The same once more, from what was there before.
intended_again() {
    cd "$FORGED" && git read-tree -u --reset "$ISSUED"
}

# A certificate like that of `last`, signed by another CA key: sign_like KEY CERTIFICATE [openssl x509 options]
sign_like() {
    local ext=$BATS_TEST_TMPDIR/ext key=$1 ca=$2
    shift 2
    printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:last.example.com\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >"$ext"
    openssl x509 -req -in "$PKI/keys/last.csr" -CA "$ca" -CAkey "$key" -extfile "$ext" -days 30 \
        -set_serial "0x$(sed -n 's/^    serialNumber: //p' status/requests/last.yaml | head -n 1)" "$@" 2>/dev/null
}

replace_certificate() {     # from stdin
    local old new
    old=$(openssl x509 -in certificates/last.pem -outform DER | sha256sum | cut -d' ' -f1)
    { cat; sed '1,/END CERTIFICATE/d' certificates/last.pem; } >new
    mv new certificates/last.pem
    new=$(openssl x509 -in certificates/last.pem -outform DER | sha256sum | cut -d' ' -f1)
    sed -i "s/$old/$new/" status/requests/last.yaml status/latest/automatic.yaml
}

@test "a certificate signed by another CA key" {
    intended
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$BATS_TEST_TMPDIR/other.key" \
        -subj "/O=Example Inc/CN=Test issuing-ca" -out "$BATS_TEST_TMPDIR/other.pem" -days 100 2>/dev/null
    sign_like "$BATS_TEST_TMPDIR/other.key" "$BATS_TEST_TMPDIR/other.pem" | replace_certificate
    issued
    found CertificateNotSigned
    [ "$(doubtful)" = 'last ' ]
}

@test "a certificate of the right CA, which is not the plan's" {
    intended
    sign_like "$PKI/local/issuing-ca.key" "$PKI/local/issuing-ca.pem" -days 300 | replace_certificate
    issued
    found CertificateDiffers
}

@test "what the status says of a certificate is not what stands in it" {
    intended
    sed -i '/^  certificate:/,/^  [a-z]*:/s/^    issuer: .*/    issuer: CN=Somebody else/' status/requests/last.yaml
    issued
    found CertificateStatusDiffers
    intended_again
    sed -i '/^  certificate:/,/^  conditions:/s/^    notAfter: .*/    notAfter: "2099-01-01T00:00:00Z"/' status/requests/last.yaml
    issued
    # and its place among the newest certificates is not that of this date
    found_among CertificateStatusDiffers
}

@test "other bytes behind the certificate" {
    intended
    cat "$PKI/local/root.pem" >>certificates/last.pem
    issued
    found ChainDiffers
}

# The commit of the intent of `last` anew, its records changed by SED, with the certificate's commit behind it
intended_as() {
    pki_request last automatic alice last.example.com
    pass
    ISSUED=$(output_tip)
    LEDGER=$(git -C "$BARE" log -1 --format=%B "$ISSUED" | sed -n 's/^Countersign-Ledger: //p')
    forge "$ISSUED~2"
    git read-tree -u --reset "$ISSUED~1"
    record_set last "$1"
    git add -A
    FROM=$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p "$ISSUED~2" \
        -p "$(main_tip)" -m "$(git log -1 --format=%B "$ISSUED~1")" "$(git write-tree)")
    git read-tree -u --reset "$ISSUED"
    record_set last "$1"
}

@test "an intent's serial number is not the certificate's" {
    local other
    other="/serialNumber: /s/[0-9a-f]\{38\}/$(printf '2b%.0s' {1..19})/"
    intended_as "$other"
    sed -i "0,$other" status/latest/automatic.yaml
    issued
    found SerialDiffers 'but the intent fixed 2b2b'
}

@test "an intent that does not follow from what was decided" {
    # a day more than the plan allows
    intended_as '/^  intent:/,/^  [c-z][a-z]*:/s/^    notAfter: .*/    notAfter: "2099-01-01T00:00:00Z"/'
    issued
    found_among IntentDiffers
}

@test "an intent for a plan that had one: a second certificate for one approval" {
    local serial
    forge
    # what was issued is undone, and decided again with another serial number
    serial=$(sed -n 's/^    serialNumber: //p' status/requests/auto.yaml | head -n 1)
    git checkout -q "$(git log --first-parent --format=%H --diff-filter=A -- certificates/auto.pem)~1" -- pending/auto.yaml status/requests/auto.yaml
    record_set auto "s/$serial/$(printf '2b%.0s' $(seq 19))/"
    forged
    found_among IntentRepeated 'a plan gives one certificate only'
}

@test "a certificate without any intent" {
    intended
    FROM=$ISSUED~2
    issued
    found_among CertificateWithoutIntent
}

@test "the plan was widened" {
    intended
    sed -i 's/^    lifetime: .*/    lifetime: 31536000/' status/requests/last.yaml
    issued
    found_among PlanDiffers
    found_among DigestDiffers
}

@test "gaps in the ledger, and a ledger that went back" {
    local number=0
    intended
    number=${LEDGER%% *}
    issued "$((number + 2)) ${LEDGER#* }"
    found LedgerGap "$((number + 2))"
    issued "$((number - 2)) ${LEDGER#* }"
    found LedgerHashChanged
    issued "$((number - 4)) ${LEDGER#* }"
    found LedgerWentBack
    AUDIT_OPTIONS=(--ledger "$PKI/state/ledger")
    issued "$number $(printf 'a%.0s' $(seq 64))"
    found_among LedgerDiffers "entry $number of the ledger"
    clean       # git alone cannot know that hash
}

@test "a commit with certificates that does not speak of the ledger" {
    local message
    intended
    git add -A
    message=$(git log -1 --format=%B "$ISSUED" | sed '/^Countersign-Ledger/d')
    git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" \
        commit-tree -S -p "$FROM" -m "$message" "$(git write-tree)")"
    found LedgerMissing
}

@test "a ledger entry without certificate, a certificate without entry, a broken ledger" {
    pki_request last automatic alice last.example.com
    pass
    AUDIT_OPTIONS=(--ledger "$PKI/state/ledger")
    clean "${AUDIT_OPTIONS[@]}"
    git -C "$BARE" update-ref refs/heads/countersign/output countersign/output~2
    found_among LedgerEntryUnknown 'is a certificate'
    hostile_test
    head -n 2 "$PKI/state/ledger" >"$BATS_TEST_TMPDIR/short"
    AUDIT_OPTIONS=(--ledger "$BATS_TEST_TMPDIR/short")
    found_among LedgerLacksCertificate
    found_among LedgerShortened
    sed '2s/ certificate / intent /' "$PKI/state/ledger" >"$BATS_TEST_TMPDIR/short"
    found_among LedgerBroken 'line 2'
}

# Lines of a ledger from stdin, everything but number, previous and hash, as a chain of their own behind $2: chain FIRST [PREVIOUS]
chain() {
    local number=$1 previous=${2:-$(printf '0%.0s' $(seq 64))} line
    while read -r line; do
        line="$((number++)) $previous $line"
        previous=$(printf %s "$line" | sha256sum | cut -d' ' -f1)
        printf '%s %s\n' "$line" "$previous"
    done
}
unchained() { cut -d' ' -f3- "$PKI/state/ledger" | sed 's/ [0-9a-f]*$//'; }

@test "a ledger in which an operator gave an earlier one up" {
    local file=$BATS_TEST_TMPDIR/ledger
    AUDIT_OPTIONS=(--ledger "$file")
    { cat "$PKI/state/ledger"; unchained | tail -n 1 | sed "s/.*/lost 5 $(printf 'b%.0s' $(seq 64))/" | chain 9 "$(tail -n 1 "$PKI/state/ledger" | sed 's/.* //')"; } >"$file"
    found_among LedgerLost 'entry 9 says that an operator gave an earlier ledger up, which had come to entry 5'
}

@test "ledgers that are hostile: of another history, forked, with a second certificate, of odd bytes" {
    local file=$BATS_TEST_TMPDIR/ledger
    AUDIT_OPTIONS=(--ledger "$file")
    unchained | chain 1 | cmp - "$PKI/state/ledger"
    # of another signer: a chain that is sound, about nothing that is here
    { echo "intent $PKI_ZERO $(printf '1%.0s' $(seq 64)) $(printf '11%.0s' $(seq 19))"; } | chain 1 >"$file"
    found_among LedgerEntryUnknown 'entry 1 of the ledger is about the plan sha256:0000'
    found_among LedgerLacksCertificate
    found_among LedgerShortened
    # forked behind its third entry
    { head -n 3 "$PKI/state/ledger"; unchained | sed '1,3d' | sed '1s/ [0-9a-f]\{64\} / '"$(printf 'a%.0s' $(seq 64))"' /' | chain 4 "$(sed -n '3s/.* //p' "$PKI/state/ledger")"; } >"$file"
    found_among LedgerDiffers 'entry [0-9]* of the ledger is'
    # another certificate for a plan that has one, behind all the others
    { cat "$PKI/state/ledger"; unchained | sed -n 2p | chain 9 "$(tail -n 1 "$PKI/state/ledger" | sed 's/.* //')"; } >"$file"
    found LedgerDiffers 'a second certificate for the plan'
    # a line of many megabytes, NUL, CR, a line twice, no first line
    { cat "$PKI/state/ledger"; head -c 30000000 /dev/zero | tr '\0' a; echo; } >"$file"
    found LedgerBroken 'line 9'
    { cat "$PKI/state/ledger"; printf 'a\0b\033[2J\n'; } >"$file"
    found LedgerBroken 'line 9'
    { printf '\0\n'; cat "$PKI/state/ledger"; } >"$file"
    found LedgerBroken 'line 1'
    sed 's/$/\r/' "$PKI/state/ledger" >"$file"
    found_among LedgerBroken 'line 1'
    found_among LedgerLacksCertificate
    found_among LedgerShortened 'ends with entry 0'
    tail -n +2 "$PKI/state/ledger" >"$file"
    found LedgerBroken 'line 1'
    # an unfinished line at the end was promised to nobody
    { cat "$PKI/state/ledger"; printf '9 abc'; } >"$file"
    clean --ledger "$file"
    # what is no file of a ledger's size
    for file in /dev/zero "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/none"; do
        run -3 audit --ledger "$file"
    done
}

@test "what stands behind a break in the ledger is compared as well" {
    local file=$BATS_TEST_TMPDIR/ledger digest
    digest=$(pki_digest auto)
    AUDIT_OPTIONS=(--ledger "$file")
    ledger_codes() { audit "${AUDIT_OPTIONS[@]}" -o json | jq -r '[.findings[].code] | sort | unique_by(.) | join(" ")'; }
    # the first line is damaged: nothing else is wrong
    sed '1s/ intent / intend /' "$PKI/state/ledger" >"$file"
    found LedgerBroken 'line 1'
    # behind it stands a certificate that git does not have
    { sed '1s/ intent / intend /' "$PKI/state/ledger"
        unchained | sed -n 2p | sed "s/sha256:[0-9a-f]*/$PKI_ZERO/" | chain 9 "$(tail -n 1 "$PKI/state/ledger" | sed 's/.* //')"; } >"$file"
    found_among LedgerEntryUnknown "entry 9 of the ledger is a certificate .*plan $PKI_ZERO"
    [ "$(ledger_codes)" = 'LedgerBroken LedgerEntryUnknown' ]
    # the certificate of a plan was exchanged, and the chain not made anew behind it
    awk -v digest="$digest" '$3 == "certificate" && $4 == digest { $7 = "AAAA" } { print }' "$PKI/state/ledger" >"$file"
    found_among LedgerBroken
    found_among LedgerLacksCertificate
    [ "$(ledger_codes)" = 'LedgerBroken LedgerLacksCertificate' ]
    # its line was, and those behind it not
    { read -r n previous rest < <(awk -v digest="$digest" '$3 == "certificate" && $4 == digest' "$PKI/state/ledger")
        sed "$((n - 1))q" "$PKI/state/ledger"
        sed 's/ [0-9a-f]*$//; s/[^ ]*$/AAAA/' <<<"$rest" | chain "$n" "$previous"
        sed "1,${n}d" "$PKI/state/ledger"; } >"$file"
    found_among LedgerBroken "line $((n + 1)) "
    found_among LedgerDiffers 'another certificate than git has'
    # lines are left out, repeated, numbered anew
    sed 5,6d "$PKI/state/ledger" >"$file"
    found_among LedgerBroken 'line 5'
    found_among LedgerLacksCertificate
    sed 2p "$PKI/state/ledger" >"$file"
    found_among LedgerBroken 'line 3'
    found_among LedgerDiffers 'a second certificate'
    { sed 3q "$PKI/state/ledger"; unchained | sed 1,3d | chain 5 "$(sed -n '3s/.* //p' "$PKI/state/ledger")"; } >"$file"
    found_among LedgerBroken 'line 4'
    found_among LedgerDiffers 'it says that entry'
}

@test "a ledger whose chain is sound, and that no signer would have written" {
    local file=$BATS_TEST_TMPDIR/ledger intent certificate tip
    AUDIT_OPTIONS=(--ledger "$file")
    tip=$(unchained | wc -l)
    intent=$(unchained | grep '^intent ' | tail -n 1)
    certificate=$(unchained | grep '^certificate ' | tail -n 1)
    { unchained; echo "$intent"; } | chain 1 >"$file"
    found LedgerDiffers "entry $((tip + 1)) of the ledger, for the plan .*, is an intent behind another entry"
    { unchained; awk '{ $4 = "'"$(printf '2b%.0s' $(seq 19))"'"; print }' <<<"$intent"; } | chain 1 >"$file"
    found LedgerDiffers "is an intent behind another entry"
    { unchained; echo "released $(awk '{ print $2 }' <<<"$certificate")"; } | chain 1 >"$file"
    found LedgerDiffers "is given up behind its certificate"
    { unchained; awk -v zero="$PKI_ZERO" '{ $2 = zero; print }' <<<"$intent"; } | chain 1 >"$file"
    found_among LedgerDiffers "is an intent with a serial number that was used before"
    # of another TBSCertificate than its intent, and with none
    unchained | awk '$1 == "intent" { $3 = substr($3, 2) "0" } { print }' | chain 1 >"$file"
    found_among LedgerDiffers "is a certificate without its intent"
    unchained | grep -v '^intent ' | chain 1 >"$file"
    found_among LedgerDiffers "is a certificate without its intent"
}

# --- commits -----------------------------------------------------------------------------------------------------------

@test "an output commit signed by a key that is not listed, or by none" {
    forge
    forged mallory
    found NotSignedByReconciler 'not among the keys'
    git update-ref refs/heads/countersign/output "$(git commit-tree -p "$FROM~1" -m "$(git log -1 --format=%B "$FROM")" "$FROM^{tree}")"
    found NotSignedByReconciler 'is not signed'
}

@test "time that goes back; no time, no input" {
    forge
    forged reconciler 's/^Countersign-Time: .*/Countersign-Time: 2026-01-01T00:00:00Z/'
    found TimeWentBack
    forged reconciler '/^Countersign-Time: /d'
    found_among TimeMissing
    forged reconciler 's/^Countersign-Input: .*/&\nCountersign-Time: 2099-01-01T00:00:00Z/'
    found_among TimeAhead 'has not come yet'
    forged reconciler '/^Countersign-Input: /d'
    found_among InputMissing
}

@test "an input that was rewritten" {
    local other
    other=$(git -C "$BARE" commit-tree -p main~1 -m Other 'main^{tree}')
    forge
    forged reconciler "s/^Countersign-Input: .*/Countersign-Input: $other/"
    found_among InputRewritten
    [ "$(audit -o json | jq -c '[.findings[].code]')" = '["InputRewritten","InputNotOnBranch"]' ]
}

@test "parents that an output commit does not have" {
    forge
    git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" \
        commit-tree -S -p "$FROM" -p "$(main_tip)~2" -m "$(git log -1 --format=%B "$FROM" )" "$FROM^{tree}")"
    found ParentsDiffer
}

# --- configuration -------------------------------------------------------------------------------------------------------

@test "a configuration rolled back" {
    forge
    git checkout -q "$(git rev-list --first-parent "$FROM" | tail -n 1)" -- status/configuration.yaml
    forged reconciler "s/^Countersign-Configuration-Trusted: .*/Countersign-Configuration-Trusted: 0 $(pki_introduction_digest)/"
    found_among ConfigurationRolledBack 'configuration number 0'
}

@test "a configuration that one administrator has signed, where two must" {
    local digest old
    old=$(pki_output status/configuration.yaml | sed -n 's/^    digest: //p' | head -n 1)
    sed -i 's/members: \[frank, grace, heidi\]/members: [frank, grace, heidi, mallory]/' identities/security.yaml
    pki_as alice
    digest=$(pki_configuration_digest 2 "$old")
    git commit -q -a -S -m 'Mallory, too' --trailer "Countersign-Configuration: $digest"
    git push -q origin main
    pass
    clean
    commit=$(git rev-parse HEAD)
    forge
    sed -i "0,/number: 1/s//number: 2/; 0,/$old/s//$digest/; 0,/previous: .*/s//previous: $old/; 0,/commit: .*/s//commit: $commit/" status/configuration.yaml
    forged reconciler "s/^Countersign-Configuration-Trusted: .*/Countersign-Configuration-Trusted: 2 $digest/"
    found_among ConfigurationUnproven 'signed by alice; 1 of 2 missing'
}

# Rules that both administrators have signed, in $RULES: two_sign SED FILE
two_sign() {
    local old who
    old=$(pki_output status/configuration.yaml | sed -n 's/^    digest: //p' | head -n 1)
    sed -i "$1" "$2"
    git add -A
    RULES=$(pki_configuration_digest 2 "$old")
    for who in alice bob; do
        pki_as "$who"
        git commit -q -a -S --allow-empty -m 'Other rules' --trailer "Countersign-Configuration: $RULES"
    done
    git push -q origin main
}

@test "rules that have their quorum are not trusted: whom they remove may go on" {
    local before honest trusted time
    before=$(output_tip)
    two_sign 's/members: \[frank, grace, heidi\]/members: [frank, grace]/' identities/security.yaml
    pass
    clean
    honest=$(output_tip)
    pki_output status/configuration.yaml | grep -q 'number: 2'
    # the same again, but for the rules: signatures are recorded, the ones before stay trusted
    forge "$before"
    git read-tree -u --reset "$honest"
    trusted=$(git show "$before:status/configuration.yaml" | sed -n '/^  trusted:/,/^  [a-su-z]/p' | grep '^    ')
    { sed '/^  trusted:/q' status/configuration.yaml; echo "$trusted"; sed '1,/^  trusted:/d' status/configuration.yaml | sed '0,/^  [a-z]/{/^    /d}'; } >"$BATS_TEST_TMPDIR/rules"
    mv "$BATS_TEST_TMPDIR/rules" status/configuration.yaml
    time=$(git log -1 --format=%B "$honest" | sed -n 's/^Countersign-Time: //p')
    forged reconciler "s/^Countersign-Input: .*/Countersign-Input: $(main_tip)/; s/^Countersign-Time: .*/Countersign-Time: $time/"
    found_among ConfigurationPassedOver "number 2 \($RULES\) has the signatures"
}

@test "rules with an authority whose key the reconciler lacks: it may wait for that" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$BATS_TEST_TMPDIR/other.key" \
        -subj "/O=Example Inc/CN=Other CA" -addext keyUsage=critical,keyCertSign,cRLSign -out "$BATS_TEST_TMPDIR/other.pem" -days 100 2>/dev/null
    printf 'apiVersion: countersign/v1\nkind: CertificateAuthority\nmetadata: {name: other-ca}\nspec:\n  type: internal\n  certificate: |\n' >authorities/other-ca.yaml
    sed 's/^/    /' "$BATS_TEST_TMPDIR/other.pem" >>authorities/other-ca.yaml
    two_sign '' authorities/other-ca.yaml
    pass
    pki_output status/configuration.yaml | grep -q 'NoLocalKey\|has no key for CertificateAuthority "other-ca"'
    pki_output status/configuration.yaml | grep -q 'number: 1'
    clean
}

@test "a signature on a configuration that nobody gave" {
    forge
    sed -i 's/by: alice/by: carol/' status/configuration.yaml
    forged
    found_among ConfigurationSignatureUnproven 'a signature of carol'
    found_among ConfigurationSignatureWithheld 'a signature of alice'
}

@test "the CA's certificate on the output branch is another" {
    forge
    cp "$PKI/local/root.pem" authorities/issuing-ca.pem
    forged
    found AuthorityDiffers
}

@test "what a commit says of its configuration is not what its status says" {
    forge
    forged reconciler "s/^Countersign-Configuration-Trusted: .*/Countersign-Configuration-Trusted: 2 $PKI_ZERO/"
    found_among ConfigurationDiffers 'is not what status/configuration.yaml says'
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM"~1
    forge_again
    sed -i "/^  trusted:/,/^  [a-su-z]/s/^    commit: .*/    commit: $(main_tip)/" status/configuration.yaml
    forged
    found_among ConfigurationDiffers 'its digest did not'
}

@test "a configuration's status that is gone, or no status" {
    forge
    git rm -q status/configuration.yaml
    forged
    found_among ConfigurationUnreadable
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM"~1
    forge_again
    echo 'kind: [' >status/configuration.yaml
    forged
    found_among ConfigurationUnreadable
}

@test "a version of a request that its requester never proved" {
    forge
    record_set open "s/^    sha256: .*/    sha256: $(printf 'a%.0s' $(seq 64))/"
    forged
    found_among RequestUnproven 'not the one that the input holds and its requester proved'
}

@test "names, times and comments that are not those of who signed" {
    local change
    # what people said is hostile, and what is recorded of it is no finding
    pki_decide erin Approve open "" "$(printf 'Yes \033]0;x\007 \342\200\256 "\\ \303\244: - #no\n\nmore   of it ')"
    pass
    clean
    for change in 's/displayName: .*/displayName: Somebody Else/' 's/email: .*/email: other@example.com/' 's/- name: Security Review/- name: Anybody/' \
        's/Yes /Not /' '/approvedBy:/,/comment:/s/ at: .*/ at: "2026-01-01T00:00:00Z"/'; do
        for file in pending status/requests; do
            if [ -z "${FORGED:-}" ]; then forge; else forge_again; fi
            sed -i "$change" "$file/open.yaml"
            run ! git diff --quiet
            forged
            found_among StatusDiffers '(requester|steps)'
            git -C "$BARE" update-ref refs/heads/countersign/output "$FROM~1"
        done
    done
    forge_again
    record_set open 's/displayName: .*/displayName: Somebody Else/'
    forged
    found RecordDiffers requester
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM~1"
    forge_again
    # a comment that nobody reads yet: it would be believed when its step opens
    sed -i '/^  decisions:/,$s/Yes /Not /' pending/open.yaml
    run ! git diff --quiet
    forged
    found_among DecisionUnproven 'a decision of erin'
    git -C "$BARE" update-ref refs/heads/countersign/output "$FROM~1"
    forge_again
    # the rejecter's
    record_set no 's/^  comment: .*/  comment: Why not/'
    run ! git diff --quiet
    forged
    found RecordDiffers comment
}

@test "a condition that says more than the state" {
    local type file
    for type in Ready Approved; do
        for file in pending status/requests; do
            if [ -z "${FORGED:-}" ]; then forge; else forge_again; fi
            sed -i "/^    - type: $type/,/reason:/s/status: .*/status: \"True\"/" "$file/open.yaml"
            git diff --quiet && false
            forged
            found_among StatusDiffers "it is PendingApproval, and its condition $type is not False"
        done
    done
}

# --- what is withheld ------------------------------------------------------------------------------------------------------

@test "a rejection in the judged input that is not heard" {
    pki_decide erin Reject open
    forge
    git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" \
        commit-tree -S -p "$FROM" -p "$(main_tip)" -m "$(git log -1 --format=%B "$FROM" | sed "s/^Countersign-Input: .*/Countersign-Input: $(main_tip)/")" "$FROM^{tree}")"
    found NotTakenUp 'makes it Rejected'
}

# An output commit once more, with the reconciler's key or another: made_again COMMIT PARENT [KEY [SED]]
made_again() {
    git -C "$BARE" -c gpg.format=ssh -c user.signingKey="$PKI/keys/${3:-reconciler}" commit-tree -S -p "$2" \
        -m "$(git -C "$BARE" log -1 --format=%B "$1" | sed "${4:-}")" "$1^{tree}"
}

# `lie` is opened in $OPENED, approved by way of the inbox and decided in $INTENT, and issued in $ISSUED.
issue_lie() {
    pki_request lie web-staging bob lie.example.com
    pass
    OPENED=$(output_tip)
    pki_decide_inbox dave Approve lie
    pass
    ISSUED=$(output_tip)
    INTENT=$(git -C "$BARE" rev-parse "$ISSUED~1")
    state_is lie Issued
    [ "$(git -C "$BARE" rev-parse "$INTENT~1")" = "$OPENED" ]
}

# Between request and intent lies an output commit that judged a rejection and changed nothing.
pass_over() {
    local input tip
    tip=$(main_tip)
    input="s/^Countersign-Input: .*/Countersign-Input: $tip/"
    tip=$(made_again "$OPENED" "$OPENED" reconciler "$input")
    tip=$(made_again "$INTENT" "$tip" reconciler "$input")
    git -C "$BARE" update-ref refs/heads/countersign/output "$(made_again "$ISSUED" "$tip" reconciler "$input")"
}

told_as_passed_over() {
    pass_over
    found NotTakenUp 'makes it Rejected'
    run -1 audit lie
    [[ $output == *'NotTakenUp in '*'makes it Rejected'* ]]
    run -1 grep -E '^lie .* good$' <<<"$output"
}

@test "a rejection that was passed over by a commit that touches nothing: the story of the request has it" {
    issue_lie
    clean lie
    pki_decide erin Reject lie
    told_as_passed_over
    INTRODUCTION=$(introduction)
    bundle lie
    run -1 verify
    [[ $output == *'NotTakenUp in '* ]]
}

@test "a rejection that was passed over by a commit that touches nothing, and by a file: the story of the request has it" {
    issue_lie
    clean lie
    pki_decide_file erin reject lie
    told_as_passed_over
}

@test "a commit with which something is wrong as such: what it recorded carries no good certificate later" {
    local tip
    issue_lie
    tip=$(made_again "$OPENED" "$OPENED~1" mallory)
    tip=$(made_again "$INTENT" "$tip")
    git -C "$BARE" update-ref refs/heads/countersign/output "$(made_again "$ISSUED" "$tip")"
    found NotSignedByReconciler
    [ "$(doubtful)" = 'lie ' ]
    [ "$(audit lie -o json | jq -r '.certificates[].verdict')" = doubtful ]
}

# An output commit once more, with other words in the record of ID: reworded COMMIT PARENT ID SED [SED of the message]
reworded() {
    git read-tree -u --reset "$1"
    record_set "$3" "$4"
    git add -A
    run -1 git diff --cached --quiet "$1"
    git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p "$2" \
        -m "$(git log -1 --format=%B "$1" | sed "${5:-}")" "$(git write-tree)"
}

@test "words in a record that nobody compares are not told as if they were verified" {
    local tip words='s/name: step 1$/name: whole board/; s/ at: .*/ at: 2020-01-01T00:00:00Z/; s/approvedBecause: .*/approvedBecause: the whole board said so/'
    issue_lie
    forge "$OPENED"
    tip=$(reworded "$INTENT" "$OPENED" lie "$words")
    tip=$(reworded "$ISSUED" "$tip" lie "$words" 's/^Countersign-Ledger: .*/& as the whole board knows/')
    git update-ref refs/heads/countersign/output "$tip"
    git show "$tip:status/requests/lie.yaml" | grep -q 'whole board'
    run -1 grep 'whole board\|2020' <(audit lie; audit lie -o json)
    run -0 grep 'dave is counted in step 1, "step 1"' <(audit lie)
    # of one that needed no approval
    git update-ref refs/heads/countersign/output "$ISSUED"
    cd "$WORK"
    pki_request last automatic alice last.example.com
    pass
    cd "$FORGED"
    tip=$(output_tip)
    ISSUED=$tip INTENT=$(git rev-parse "$tip~1")
    tip=$(reworded "$INTENT" "$INTENT~1" last "$words")
    git update-ref refs/heads/countersign/output "$(reworded "$ISSUED" "$tip" last "$words")"
    git show countersign/output:status/requests/last.yaml | grep -q 'whole board'
    run -1 grep 'whole board' <(audit; audit last; audit last -o json)
    [ "$(audit -o json | jq -r '.certificates[] | select(.request == "last") | .approvedBecause')" = \
        "$(audit -o json | jq -r '.certificates[] | select(.request == "auto") | .approvedBecause')" ]
}

@test "a request in the judged input that is not taken up" {
    pki_request new web-staging bob new.example.com
    forge
    git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" \
        commit-tree -S -p "$FROM" -p "$(main_tip)" -m "$(git log -1 --format=%B "$FROM" | sed "s/^Countersign-Input: .*/Countersign-Input: $(main_tip)/")" "$FROM^{tree}")"
    found NotTakenUp 'PendingApproval'
}

@test "request files said to be left that nobody left" {
    local tip zero=0000000000000000000000000000000000000000 left
    pki_request_file new web-staging bob new.example.com
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/bob" requests/new.yaml 2>/dev/null
    git add requests && git commit -q -m 'A request' && git push -q origin main
    tip=$(main_tip)
    forge
    for left in "$(git rev-parse main~1) $tip requests/zz.yaml" "$zero $tip requests/" "$tip $tip requests/" "$(git rev-parse main~1) $tip" "$tip requests/"; do
        git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p "$FROM" -p "$tip" \
            -m "$(git log -1 --format=%B "$FROM" | sed "s/^Countersign-Input: .*/Countersign-Input: $tip\nCountersign-Requests-Left: ${left//\//\\/}/")" "$FROM^{tree}")"
        found_among RequestsLeftDiffer
    done
    for left in requests/ requests/zz.yaml nowhere; do
        git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p "$FROM" -p "$tip" \
            -m "$(git log -1 --format=%B "$FROM" | sed "s/^Countersign-Input: .*/Countersign-Input: $tip\nCountersign-Requests-Unanswered: ${left//\//\\/}/")" "$FROM^{tree}")"
        found_among RequestsLeftDiffer
    done
    # what may wait is no finding
    git update-ref refs/heads/countersign/output "$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p "$FROM" -p "$tip" \
        -m "$(git log -1 --format=%B "$FROM" | sed "s/^Countersign-Input: .*/Countersign-Input: $tip\nCountersign-Requests-Left: $(git rev-parse main~1) $tip requests\//")" "$FROM^{tree}")"
    clean
}

@test "an intent that never became a certificate" {
    pki_request last automatic alice last.example.com
    pass
    forge countersign/output~1
    forged
    forged
    forged
    found CertificateMissing
}

@test "the newest certificates name one that was not issued, or not so, or in another order" {
    local change
    forge
    sed -i '0,/sha256: .\{8\}/s//sha256: 00000000/' status/latest/automatic.yaml
    forged
    found LatestDiffers
    # from the same output commit again
    bend_again() {
        git update-ref refs/heads/countersign/output "$(git rev-parse "$FROM~1")"
        forge_again
    }
    for change in '0,/serialNumber: .\{8\}/s//serialNumber: 00000000/' 's/\(notAfter: "\{0,1\}20\).\{2\}/\199/' 's/request: auto/request: open/' \
        's/kind: LatestCertificates/kind: Other/' 's/name: automatic/name: other/' 's/^  certificates:/  certificate:/'; do
        bend_again
        sed -i "$change" status/latest/automatic.yaml
        forged
        found_among LatestDiffers
    done
    # web/www was issued twice: the older one first; the newer one alone; the older one alone
    for change in 'l.reverse()' 'del l[1:]' 'del l[:1]'; do
        bend_again
        python3 - status/latest/web-production.yaml "$change" <<'PY'
import re, sys
path, change = sys.argv[1:]
head, *l = re.split(r"(?=^    - request:)", open(path).read(), flags=re.M)
assert len(l) == 2
exec(change)
open(path, "w").write(head + "".join(l))
PY
        forged
        found LatestDiffers 'web-production.yaml does not name the certificate of web/www'
    done
    bend_again
    git rm -q status/latest/web-production.yaml
    forged
    found LatestDiffers 'was removed'
}

@test "the predecessor of the trusted configuration is another one" {
    forge
    sed -i 's/\(previous: "\{0,1\}sha256:\).\{8\}/\100000000/' status/configuration.yaml
    forged
    found ConfigurationDiffers predecessor
}

@test "an object that is missing or damaged: it cannot be audited, and that is no finding and no praise" {
    local id path file n=0
    # of the output commits and what they judged: one in four
    { git -C "$BARE" log --first-parent --format='%H%n%(trailers:key=Countersign-Input,valueonly)' countersign/output; } |
        sed '/^$/d' | sort -u | git -C "$BARE" rev-list --objects --no-walk --stdin | grep -vE ' (README.md|status/summary.yaml|due/.*)$' >"$BATS_TEST_TMPDIR/objects"
    while read -r id path; do
        file=$BARE/objects/${id:0:2}/${id:2}
        [ $((n++ % 4)) = 0 ] && [ -e "$file" ] || continue
        cp -p "$file" "$BATS_TEST_TMPDIR/kept"
        rm -f "$file"
        # or cut, as a crash or a full disk leaves it
        if [ $((n % 8)) = 1 ]; then head -c $(($(stat -c %s "$BATS_TEST_TMPDIR/kept") * 2 / 3)) "$BATS_TEST_TMPDIR/kept" >"$file"; fi
        run audit
        mv -f "$BATS_TEST_TMPDIR/kept" "$file"
        [ "$status" = 3 ] || { echo "$status without $id $path: $output"; false; }
        [[ $output != *'nothing found'* ]] || { echo "without $id $path: $output"; false; }
    done <"$BATS_TEST_TMPDIR/objects"
    [ "$n" -gt 100 ]
    clean
    # with what was found before it
    forge
    rm certificates/svc/bot.pem
    forged
    record_set no 's/^  decidedBy: dave/  decidedBy: erin/'
    forged
    id=$(git rev-parse "$FROM:status/requests/no.yaml")
    rm -f "$BARE/objects/${id:0:2}/${id:2}"
    run -3 audit
    [[ $output == *"object $id is missing or damaged"* && $output == *CertificateRemoved* ]]
    run -3 --separate-stderr audit -o json
    [ "$(jq --arg id "$id" '.kind == "AuditReport" and (.complete | not) and (.clean | not) and (.why | contains("object \($id) is missing or damaged"))' <<<"$output")" = true ]
    [ "$(jq '(.findings | any(.code == "CertificateRemoved")) and (.certificates | length == 4 and all(.verdict == "doubtful"))' <<<"$output")" = true ]
    run -3 --separate-stderr audit no -o json
    [ "$(jq '(.complete | not) and (.clean | not)' <<<"$output")" = true ]
    run -3 audit no
    run -3 "$COUNTERSIGN" -C "$BARE" evidence no --config "$PKI/local/countersign.yaml" --out "$BATS_TEST_TMPDIR/none"
    [ ! -e "$BATS_TEST_TMPDIR/none" ]
}

@test "a program that asks gets a document, also when it could not be audited" {
    unfinished() {      # words on standard error, and a document
        run "-${wanted:-3}" --separate-stderr "$COUNTERSIGN" "$@" -o json
        [[ -n $stderr ]]
        [ "$(jq '.apiVersion == "countersign/v1" and .kind == "AuditReport" and .complete == false and .clean == false and (.why | length > 0) and .findings == [] and .certificates == []' <<<"$output")" = true ]
    }
    [ "$(audit -o json | jq '.complete and .clean and .why == null')" = true ]
    unfinished -C "$BARE" audit --introduction "$(main_tip)@$PKI_ZERO"
    unfinished -C "$BARE" audit --config "$BATS_TEST_TMPDIR/none"
    unfinished -C "$BARE" audit --config "$PKI/local/countersign.yaml" --ledger "$BATS_TEST_TMPDIR/none"
    unfinished -C "$BARE" audit --config "$PKI/local/countersign.yaml" --since "$(main_tip)"
    wanted=1 unfinished -C "$BARE" audit no/such --config "$PKI/local/countersign.yaml"
    # of evidence: no file, one that was cut, of another introduction, about nothing that is in it
    bundle auto
    unfinished verify-evidence "$BATS_TEST_TMPDIR/none" --introduction "$(introduction)"
    head -n 40 "$BATS_TEST_TMPDIR/bundle" >"$BATS_TEST_TMPDIR/cut"
    unfinished verify-evidence "$BATS_TEST_TMPDIR/cut" --introduction "$(introduction)"
    wanted=1 unfinished verify-evidence "$BATS_TEST_TMPDIR/bundle" --introduction "$(main_tip)@$PKI_ZERO"
    sed -i '2s/.*/request no\/such/' "$BATS_TEST_TMPDIR/bundle"
    wanted=1 unfinished verify-evidence "$BATS_TEST_TMPDIR/bundle" --introduction "$(introduction)"
    unfinished -C "$BATS_TEST_TMPDIR" audit --config "$PKI/local/countersign.yaml"
    git clone -q --depth 1 "file://$BARE" "$BATS_TEST_TMPDIR/shallow"
    unfinished -C "$BATS_TEST_TMPDIR/shallow" audit --config "$PKI/local/countersign.yaml"
    git -C "$BARE" update-ref -d refs/heads/countersign/output
    unfinished -C "$BARE" audit --config "$PKI/local/countersign.yaml"
    unfinished -C "$BARE" audit no --config "$PKI/local/countersign.yaml"
}

@test "replacement refs, grafts and borrowed objects in the clone: the story is the same" {
    local commit other tree
    run -0 audit -o json
    echo "$output" >"$BATS_TEST_TMPDIR/before"
    cd "$BARE"
    # the rejection becomes another one's approval, the newest output its first one, its tree an empty one, and nothing has a past
    commit=$(git log --format=%H --grep='^Countersign-Reject' main | head -n 1)
    other=$(git log --format=%H --grep='^Countersign-Approve' main | head -n 1)
    tree=$(git hash-object -t tree -w /dev/null)
    git replace -f "$commit" "$other"
    git replace -f "$(output_tip)" "$(git rev-list --first-parent --reverse countersign/output | head -n 1)"
    git replace -f "$(git rev-parse 'countersign/output^{tree}')" "$tree"
    git replace -f "$(git rev-parse main:requests/no.yaml)" "$(git rev-parse main:requests/auto.yaml)"
    { output_tip; main_tip; } >info/grafts
    # where git itself is taken in
    [ -z "$(git ls-tree countersign/output)" ]
    # and all of it lies elsewhere
    mv objects "$BATS_TEST_TMPDIR/lent" && mkdir -p objects/info objects/pack
    echo "$BATS_TEST_TMPDIR/lent" >objects/info/alternates
    run -0 audit -o json
    diff "$BATS_TEST_TMPDIR/before" - <<<"$output"
    # an alternate that is gone is no empty history
    mv "$BATS_TEST_TMPDIR/lent" "$BATS_TEST_TMPDIR/away"
    run -3 audit
    [[ $output != *'nothing found'* ]]
}

@test "what is no repository, or has no output: it could not be audited" {
    run -3 "$COUNTERSIGN" -C "$BATS_TEST_TMPDIR" audit --config "$PKI/local/countersign.yaml"
    git clone -q --depth 1 "file://$BARE" "$BATS_TEST_TMPDIR/shallow"
    run -3 "$COUNTERSIGN" -C "$BATS_TEST_TMPDIR/shallow" audit --config "$PKI/local/countersign.yaml"
    [[ $output == *shallow* ]]
    chmod 0 "$BARE/objects" && chmod 0 "$BARE"
    [ -r "$BARE" ] || run -3 audit
    chmod 755 "$BARE" "$BARE/objects"
    run -3 audit --config "$PKI/none"
}

@test "S9: words of people and of a thief do not reach the terminal raw, in the table, in a story, in JSON" {
    local esc
    esc=$(printf '\033')
    pki_decide dave Reject open "" "$(printf 'No \033]0;x\007 \342\200\256 way')"
    pass
    state_is open Rejected
    forge
    record_set open 's/^  decidedBy: .*/  decidedBy: "x\\e[2Jy"/; s/^    name: .*/    name: "z\\e[2J"/'
    git update-index --add --cacheinfo "100644,$(git hash-object -w /dev/null),certificates/$(printf 'a\033[2Jb.pem')"
    git checkout-index -a 2>/dev/null || true
    forged
    for options in "" "-o json" open "open -o json"; do
        # shellcheck disable=SC2086
        run -1 audit $options
        [ "$(grep -c "$esc" <<<"$output")" = 0 ]
        [ "$(grep -c "$(printf '\342\200\256')" <<<"$output")" = 0 ]
        case $options in
            open*) [[ $output == *'No '*' way'* ]] ;;
            *) [[ $output == *UnexpectedEntry* ]] ;;
        esac
    done
}

@test "a file of an approval that is missing: it could be a rejection" {
    local file id
    rm -f "$BARE"/objects/pack/*.rev
    for file in $(git ls-files 'approvals/*' | head -n 4) requests/web/www.yaml; do
        id=$(git -C "$BARE" rev-parse "main:$file")
        mv "$BARE/objects/${id:0:2}/${id:2}" "$BATS_TEST_TMPDIR/taken"
        run -3 audit
        [[ $output == *"object $id is missing"* ]]
        mv "$BATS_TEST_TMPDIR/taken" "$BARE/objects/${id:0:2}/${id:2}"
    done
    clean
}

# --- one request -------------------------------------------------------------------------------------------------------------

@test "the story of one request: who asked, who signed what with which key and when, what was counted, the plan" {
    local key plan
    run -0 audit web/www
    echo "$output"
    key=$(ssh-keygen -lf "$PKI/keys/grace.pub" | cut -d' ' -f2)
    plan=$(sha256sum <<<"$(pki_output status/requests/web/www.yaml | sed -n '/^  plan: |/,/^  [a-z]/{s/^    //p}')" | cut -d' ' -f1)
    [[ $output == *'alice asks for it by a signed commit (request file sha256 '* ]]
    [[ $output == *'dave approves the plan by a signed commit on the branch: A decision'* ]]
    [[ $output == *'frank approves the plan by a signed commit in the inbox'* ]]
    [[ $output == *'grace approves the plan by a signed file: by file'*"key      $key"*'where    approvals/grace-'* ]]
    [[ $output == *'configuration number 1 is trusted, signed by alice, bob'* ]]
    [[ $output == *'heidi is counted in step 2, "Security Review" (2 needed)'* ]]
    [[ $output == *'the ledger is at entry 8 '* ]]
    [[ $output == *"plan  sha256:$plan"* ]]
    [ "$(grep -c 'the certificate is published' <<<"$output")" -eq 2 ]
    [[ $output == *'nothing found'* ]]
    # the signed bytes are where it says
    run -0 audit no
    [[ $output == *'dave rejects the plan'*'dave it is Rejected'* ]]
    run -0 audit late
    [[ $output == *'it is Expired'* ]]
    run -0 audit svc/bot
    [[ $output == *'Machine "deploy-bot" is a requester of CertificateProfile "service"'* ]]
    run -0 audit open
    [[ $output == *'dave withdraws from the plan'* ]]
    run -1 audit nothing
    [[ $output == *'there is no request nothing here'* ]]
    run -2 audit web/www --since main
}

@test "one signature for two requests, of which one comes later: a rejection is known before it opens" {
    local commit digest
    # on a branch of its own first, as for a pull request
    pki_request_file later web-staging bob later.example.com
    pki_as bob
    git add requests
    git commit -q -S -m 'Request later' \
        --trailer "Countersign-Request: later sha256:$(sha256sum <requests/later.yaml | cut -d' ' -f1)"
    digest=$("$COUNTERSIGN" -C "$WORK" plan origin/main..HEAD --fetch -o json 2>/dev/null | jq -r '.. | .digest? // empty' | grep sha256: | head -n 1)
    pki_as dave
    commit=$(git commit-tree -S -p origin/main -m No -m "Countersign-Approve: open $(pki_digest open)
Countersign-Reject: later $digest" 'origin/main^{tree}')
    git push -q origin "$commit:refs/heads/countersign/inbox/dave-1"
    pass
    clean
    git push -q origin main
    pass
    state_is later Rejected
    clean
    run -0 audit later
    [[ $output == *'dave rejects the plan by a signed commit in the inbox'* ]]
}

@test "the story as JSON: the evidence is named, and found there by stock git" {
    audit web/www -o json >"$BATS_TEST_TMPDIR/story"
    jq -e '.clean and (.certificates | length == 2)' "$BATS_TEST_TMPDIR/story"
    [ "$(jq -r '.story.plan' "$BATS_TEST_TMPDIR/story" | head -c -1 | sha256sum | sed 's/ .*//; s/^/sha256:/')" = \
        "$(jq -r .story.digest "$BATS_TEST_TMPDIR/story")" ]
    [ "$(jq -r '[.story.events[] | select(.event == "signed")] | length' "$BATS_TEST_TMPDIR/story")" -eq 6 ]
    # a file's evidence is the SHA-256 of its bytes, a commit's that of the bytes that were signed
    jq -r '.story.events[] | select(.event == "signed" and .who == "grace") | .where + " " + .evidence' "$BATS_TEST_TMPDIR/story" |
        while read -r where evidence; do
            [ "$(git -C "$BARE" show "main:$where" | sha256sum | cut -d' ' -f1)" = "$evidence" ]
        done
    jq -r '.story.events[] | select(.event == "signed" and .who == "dave") | .where + " " + .evidence' "$BATS_TEST_TMPDIR/story" |
        while read -r where evidence; do
            [ "$(git -C "$BARE" cat-file commit "$where" | sed '/^gpgsig /,/END SSH SIGNATURE/d' | sha256sum | cut -d' ' -f1)" = "$evidence" ]
        done
    # the first approval is from the time of the other configuration
    [ "$(jq -r '[.story.events[] | select(.event == "configuration")][0].what' "$BATS_TEST_TMPDIR/story")" = \
        'configuration number 1 is trusted, signed by alice, bob' ]
    audit -o json | jq '.certificates | map(select(.request == "web/www"))' >"$BATS_TEST_TMPDIR/of-all"
    jq '.certificates' "$BATS_TEST_TMPDIR/story" | diff - "$BATS_TEST_TMPDIR/of-all"
}

introduction() { sed -n 's/.*introduction: {commit: \([0-9a-f]*\), configuration: "\(.*\)"}.*/\1@\2/p' "$PKI/local/countersign.yaml"; }

bundle() { "$COUNTERSIGN" -C "$BARE" evidence "$1" --config "$PKI/local/countersign.yaml" --out "$BATS_TEST_TMPDIR/bundle"; }
verify() { (cd / && "$COUNTERSIGN" verify-evidence "$BATS_TEST_TMPDIR/bundle" --introduction "$INTRODUCTION" "$@"); }

# The same of a document.
same_document() { jq 'del(.introduction.source, .asOf, .inputBranch)' "$1"; }

@test "evidence in one file, judged without the repository, tells the same story" {
    local id
    INTRODUCTION=$(introduction)
    for id in web/www svc/bot auto no late gone open; do
        bundle "$id"
        audit "$id" >"$BATS_TEST_TMPDIR/story"
        audit "$id" -o json >"$BATS_TEST_TMPDIR/story.json"
        mv "$PKI" "$PKI.away"
        verify >"$BATS_TEST_TMPDIR/told"
        verify -o json >"$BATS_TEST_TMPDIR/told.json"
        mv "$PKI.away" "$PKI"
        diff <(same_story "$BATS_TEST_TMPDIR/story") <(same_story "$BATS_TEST_TMPDIR/told")
        diff <(same_document "$BATS_TEST_TMPDIR/story.json") <(same_document "$BATS_TEST_TMPDIR/told.json")
        [ "$(jq -c '[.inputBranch, .introduction.source]' "$BATS_TEST_TMPDIR/told.json")" = '[null,"--introduction"]' ]
    done
    # stock tools read it
    awk '$1 == "object" { print $2, $3, $4 }' "$BATS_TEST_TMPDIR/bundle" | head -n 20 | while read -r type id data; do
        [ "$(base64 -d <<<"$data" | git hash-object -t "$type" --stdin)" = "$id" ]
    done
    "$COUNTERSIGN" -C "$BARE" evidence open --config "$PKI/local/countersign.yaml" | cmp - "$BATS_TEST_TMPDIR/bundle"
    run -2 verify --introduction nonsense
}

@test "another introduction than one's own, or only the file's: that is not believed" {
    bundle auto
    INTRODUCTION=$(main_tip)@$PKI_ZERO
    run -1 verify
    [[ $output == *'another introduction'* ]]
    cd "$BATS_TEST_TMPDIR"
    run -2 --separate-stderr "$COUNTERSIGN" verify-evidence bundle
    [ -z "$output" ]
    [[ $stderr == *'where does trust begin'*"The file itself says $(introduction), which proves nothing"* ]]
    # a clone that keeps it will do
    git init -q kept
    git -C kept config countersign.introduction "$(introduction)"
    run -0 "$COUNTERSIGN" -C kept verify-evidence ../bundle
}

# What somebody made who wants to be believed: of the same request in a repository of his own, with a genuine object
# more, an object twice, objects that do not end, other ids; and words for a terminal.
@test "a file of evidence that is hostile" {
    local file=$BATS_TEST_TMPDIR/bundle
    INTRODUCTION=$(introduction)
    bundle auto
    cp "$file" "$BATS_TEST_TMPDIR/whole"
    hostile() { sed "$1" "$BATS_TEST_TMPDIR/whole" >"$file"; }
    # the introduction of this repository, the objects of another
    sed "s/^introduction .*/introduction ${INTRODUCTION/@/ }/" <(foreign_bundle) >"$file"
    run -1 verify
    [[ $output == *'it does not hold'* ]]
    # an object more changes nothing, nor does one that stands there twice
    hostile '/^object blob/{p;}'
    run -0 verify
    hostile "\$i object blob $(printf x | git hash-object --stdin) eA=="
    run -0 verify
    # an object of another type than its id says, a malformed id, base64 that is none, no LF, a step behind objects
    hostile '0,/^object blob/s//object tree/'
    run -3 verify
    hostile '0,/^object blob [0-9a-f]*/s##object blob ../../etc#'
    run -3 verify
    hostile '0,/^\(object blob [0-9a-f]*\) /s//\1 !/'
    run -3 verify
    head -c -1 "$BATS_TEST_TMPDIR/whole" >"$file"
    run -3 verify
    { grep -v ^end "$BATS_TEST_TMPDIR/whole"; grep ^step "$BATS_TEST_TMPDIR/whole"; echo end; } >"$file"
    run -3 verify
    # steps in another order, twice, none
    { sed '/^step/,$d' "$BATS_TEST_TMPDIR/whole"; grep ^step "$BATS_TEST_TMPDIR/whole" | tac; sed '1,/^step/d; /^step/d' "$BATS_TEST_TMPDIR/whole"; } >"$file"
    run -1 verify
    hostile '0,/^step/{/^step/p}'
    run -3 verify
    [[ $output == *'a step stands there twice'* ]]
    hostile '/^step/d'
    run -1 verify
    # a request's name, a line and a file's end for the terminal
    hostile "2s/.*/request a\x1b[2Jb/"
    run -3 verify
    run ! grep -q "$(printf '\033')" <<<"$output"
    hostile "3s/.*/$(printf '\033]0;x\007')&/"
    run -3 verify
    run ! grep -q "$(printf '\033')" <<<"$output"
    { printf 'countersign-evidence-v1\nrequest auto\nintroduction %s\nobject blob %s ' "${INTRODUCTION/@/ }" "$PKI_ID$(printf 'a%.0s' $(seq 8))"
        head -c 30000000 /dev/zero | tr '\0' A; echo; echo end; } >"$file"
    run -3 verify
    [[ $output == *'other bytes than its id says'* ]]
    head -c 3000000 /dev/zero >"$file"
    run -3 verify
}

# Of a repository in which the same people seem to have done the same.
foreign_bundle() {
    (
        pki_new "$BATS_TEST_TMPDIR/foreign"
        pki_request auto automatic alice auto.example.com
        pki_run_once
        "$COUNTERSIGN" -C "$PKI/pki.git" evidence auto --config "$PKI/local/countersign.yaml"
    ) 2>"$BATS_TEST_TMPDIR/foreign.log"
}

@test "a file of evidence that was cut, changed, or lacks something" {
    local n refused=0
    INTRODUCTION=$(introduction)
    bundle web/www
    cp "$BATS_TEST_TMPDIR/bundle" "$BATS_TEST_TMPDIR/whole"
    again() { cp "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/bundle"; }
    sed -i '$d' "$BATS_TEST_TMPDIR/bundle"
    run -3 verify
    [[ $output == *'it was cut'* ]]
    again
    echo end >>"$BATS_TEST_TMPDIR/bundle"
    run -3 verify
    again
    sed -i '1s/v1/v2/' "$BATS_TEST_TMPDIR/bundle"
    run -3 verify
    again
    sed -i '0,/^object blob \([0-9a-f]*\) ./s//object blob \1 Q/' "$BATS_TEST_TMPDIR/bundle"
    run -3 verify
    [[ $output == *'holds other bytes than its id says'* ]]
    # without any of its objects it does not hold, but for those of output commits between the ones that are told
    audit web/www >"$BATS_TEST_TMPDIR/story"
    for n in $(seq 3 9 "$(grep -c ^object "$BATS_TEST_TMPDIR/whole")"); do
        awk -v n="$n" '$1 == "object" && ++seen == n { next } { print }' "$BATS_TEST_TMPDIR/whole" >"$BATS_TEST_TMPDIR/bundle"
        run verify
        case $status in
            0) diff <(same_story "$BATS_TEST_TMPDIR/story") <(same_story - <<<"$output") ;;
            1)
                [[ $output == *'it does not hold'* ]]
                refused=$((refused + 1))
                ;;
            *) false ;;
        esac
    done
    [ "$refused" -ge 12 ]
}

@test "a file of evidence that leaves an output commit out, or tells of another" {
    INTRODUCTION=$(introduction)
    bundle no
    cp "$BATS_TEST_TMPDIR/bundle" "$BATS_TEST_TMPDIR/whole"
    for n in $(seq 1 "$(grep -c ^step "$BATS_TEST_TMPDIR/whole")"); do
        awk -v n="$n" '$1 == "step" && ++seen == n { next } { print }' "$BATS_TEST_TMPDIR/whole" >"$BATS_TEST_TMPDIR/bundle"
        [ "$n" -lt "$(grep -c ^step "$BATS_TEST_TMPDIR/whole")" ] || continue
        run -1 verify
        [[ $output == *StepMissing* ]]
    done
    sed 's/^request no$/request auto/' "$BATS_TEST_TMPDIR/whole" >"$BATS_TEST_TMPDIR/bundle"
    run -1 verify
}

@test "the evidence of a forged decision does not hold elsewhere either" {
    forge
    intend open
    forged
    cd "$BATS_TEST_TMPDIR"
    INTRODUCTION=$(introduction)
    run -0 bundle open
    [[ $output == *'findings'* ]]
    run -1 verify
    [[ $output == *IntentBeforeQuorum* ]]
    run -1 audit open
    [[ $output == *IntentBeforeQuorum* ]]
}

@test "each code of a finding is found by a test" {
    local top=$BATS_TEST_DIRNAME/../.. code missing=0
    for code in $(grep -oh '"[A-Z][a-z]*[A-Z][A-Za-z]*"' "$top"/reconciler/audit/*.c "$top/reconciler/issue/certificate_check.c" |
        tr -d '"' | sort -u); do
        grep -rqw "$code" "$top/tests/e2e" "$top/tests/unit" || { echo "no test finds $code"; missing=1; }
    done
    [ "$missing" = 0 ]
}

@test "the manual has every code of a finding, and no other" {
    local top=$BATS_TEST_DIRNAME/../..
    grep -oh '"[A-Z][a-z]*[A-Z][A-Za-z]*"' "$top"/reconciler/audit/*.c "$top/reconciler/issue/certificate_check.c" |
        tr -d '"' | sort -u >"$BATS_TEST_TMPDIR/said"
    sed -n '/^The codes of findings:/,/^\.El/p' "$top/reconciler/man/countersign.1" | sed -n 's/^\.It Li //p' | sed 's/ , /\n/g' |
        sort -u | diff "$BATS_TEST_TMPDIR/said" -
}
