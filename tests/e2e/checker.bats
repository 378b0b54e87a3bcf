#!/usr/bin/env bats
# Somebody has the reconciler's key and writes output commits by stock git: the reconciler takes them for another
# replica's, and orders what they decide. The checker decides everything again: no certificate, and the log says why.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    LOG=$BATS_FILE_TMPDIR/log
    pki_profile quick
    pki_policy quick quick 1h "- {approvers: {groups: [team-leads]}}"
    another_key frank-old frank ', validAfter: 2020-01-01T00:00:00Z, validBefore: 2021-01-01T00:00:00Z'
    another_key frank-next frank ', validAfter: 2090-01-01T00:00:00Z'
    another_key grace-two grace
    another_key heidi-new heidi ", validAfter: $(date -u -d '-1 hour' +%FT%TZ)"
    another_key heidi-later heidi ", validAfter: $(date -u -d '+30 minutes' +%FT%TZ)"
    git add -A
    git commit -q -m 'A quick policy'
    git push -q origin main
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    pki_request open web-production bob open.example.com
    pki_request done automatic alice done.example.com
    pass
    state_is done Issued
    pki_decide dave Approve open
    pass
    hostile_keep
}

setup() { hostile_test; }

another_key() {     # NAME PERSON [, YAML of the key]
    pki_key "$1"
    echo "    - {ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/$1.pub")\"${3:-}}" >>"identities/$2.yaml"
}

output_tip() { git -C "$BARE" rev-parse countersign/output; }
main_tip() { git -C "$BARE" rev-parse main; }
accepted() { sed -n 's/^output //p' "$PKI/state/checker/accepted"; }
all_accepted() { [ "$(accepted)" = "$(output_tip)" ]; }

a_request_is_issued() {     # ID
    pki_request "$1" automatic alice "$1.example.com"
    pass
    state_is "$1" Issued
    all_accepted
}

# A request file on main that is this blob, in a commit made without a clone: large_file BLOB [OPTION of write-tree]
large_file() {
    local -x GIT_INDEX_FILE=$HOME/index
    local tree
    git -C "$BARE" read-tree main
    git -C "$BARE" update-index --add --cacheinfo "100644,$1,requests/large.yaml"
    tree=$(git -C "$BARE" write-tree "${@:2}")
    git -C "$BARE" update-ref refs/heads/main "$(git -C "$BARE" commit-tree -p main -m 'A large file' "$tree")"
}

# The output's files in $FORGED, to be changed.
forge() {
    FORGED=$BATS_TEST_TMPDIR/forged
    FROM=$(output_tip)
    git -C "$BARE" worktree add -q --detach "$FORGED" "$FROM"
    cd "$FORGED" || return
}

# What was changed becomes the next output commit, signed with the reconciler's key: forged [SED of its message] [PARENT…]
forged() {
    local message commit changes=${1:-} parent parents=()
    shift $(($# > 0))
    for parent; do parents+=(-p "$parent"); done
    message=$(git log -1 --format=%B "$FROM" | sed "s/^Countersign-Time: .*/Countersign-Time: ${NOW:-$(date -u +%FT%TZ)}/; $changes")
    git add -A
    commit=$(git -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" \
        commit-tree -S -p "$FROM" "${parents[@]}" -m "$message" "$(git write-tree)")
    git update-ref refs/heads/countersign/output "$commit"
    FROM=$commit
    cd "$WORK" || return
}

# The same, having judged what main is now.
forged_on_main() { forged "s/^Countersign-Input: .*/Countersign-Input: $(main_tip)/" "$(main_tip)"; }

record_set() {      # ID SED, in both files of its record
    local file
    for file in "pending/$1.yaml" "status/requests/$1.yaml"; do
        [ ! -e "$file" ] || sed -i "$2" "$file"
    done
}

# An intent for ID in both files: intend ID [SERIAL]
intend() {
    local now serial=${2:-$(printf '1a%.0s' $(seq 19))}
    now=$(date -u +%FT%TZ)
    sed -i "/^  conditions:/i\\  intent:\n    digest: $(sed -n 's/^  digest: "\{0,1\}\(sha256:[0-9a-f]*\).*/\1/p' "status/requests/$1.yaml")\n    serialNumber: $serial\n    notBefore: $now\n    notAfter: $(date -u -d "$now + 30 days - 1 second" +%FT%TZ)\n    decidedAt: $now" \
        "pending/$1.yaml" "status/requests/$1.yaml"
    record_set "$1" 's/^  state: .*/  state: Approved/'
}

# The first step that is open is complete by an approval of NAME with this evidence: count_in NAME EVIDENCE
count_in() {
    python3 - "$1" "$2" pending/open.yaml status/requests/open.yaml <<'PY'
import sys
name, evidence = sys.argv[1:3]
for path in sys.argv[3:]:
    text = open(path).read()
    assert "      state: open\n" in text
    text = text.replace("      state: open\n", "      state: complete\n", 1)
    text = text.replace("      approvedBy: []\n", "      approvedBy:\n        - name: %s\n          at: 2026-01-01T00:00:00Z\n          evidence: %s\n" % (name, evidence), 1)
    open(path, "w").write(text)
PY
}

# The second step of open is complete, and decided, by approvals that stand in commits, as a reconciler would write it
# that believes them: believe NAME KEY COMMIT…
believe() {
    NOW=$(date -u +%FT%TZ)
    while (($# > 0)); do
        printf '%s %s %s %s\n' "$1" "$(ssh-keygen -lf "$PKI/keys/$2.pub" | cut -d' ' -f2)" "$3" \
            "$(git -C "$BARE" cat-file commit "$3" | sed '/^gpgsig /,/END SSH SIGNATURE/d' | sha256sum | cut -d' ' -f1)"
        shift 3
    done >"$HOME/believed"
    python3 - "$NOW" "$HOME/believed" pending/open.yaml status/requests/open.yaml <<'PY'
import re, sys, datetime
now, believed = sys.argv[1:3]
end = datetime.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(days=30, seconds=-1)
approvals = [line.split() for line in open(believed)]
for path in sys.argv[3:]:
    text = open(path).read()
    digest = re.search(r"^  digest: (sha256:[0-9a-f]{64})$", text, re.M).group(1)
    counted = "".join('        - name: %s\n          at: "%s"\n          evidence: %s\n          comment: A decision\n' %
                      (name, now, evidence)
                      for name, key, commit, evidence in approvals)
    text, steps = re.subn(r"(name: Security Review\n      required: 2\n)      state: open\n      approvedBy: \[\]\n"
                          r"      waitingFor:\n(?:        - .*\n)+",
                          r"\1      state: complete\n      approvedBy:\n" + counted + "      waitingFor: []\n", text)
    assert steps == 1
    first = re.search(r"^          evidence: ([0-9a-f]{64})$", text, re.M).group(1)
    evidence = sorted({first} | {approval[3] for approval in approvals})
    text = text.replace("  conditions:\n", '  intent:\n    digest: %s\n    serialNumber: %s\n    notBefore: "%s"\n'
                        '    notAfter: "%sZ"\n    decidedAt: "%s"\n    evidence:\n%s  conditions:\n' %
                        (digest, "1a" * 19, now, end.isoformat(), now,
                         "".join("      - %s\n" % one for one in evidence)), 1)
    text = re.sub(r"^  state: .*", "  state: Approved", text, flags=re.M)
    text = re.sub(r"^  decidedAt: .*", '  decidedAt: "%s"' % now, text, flags=re.M)
    if "  decisions:\n" in text:
        for name, key, commit, evidence in approvals:
            text += ('    - evidence: %s\n      by: %s\n      key: %s\n      decision: approve\n      request: open\n'
                     '      digest: %s\n      comment: A decision\n      observedAt: "%s"\n      source: commit\n'
                     '      where: %s\n' % (evidence, name, key, digest, now, commit))
    open(path, "w").write(text)
PY
}

# Beside what is believed there stands a decision of mallory, over bytes that somebody else has signed too, and long ago:
# and_mallory DECISION EVIDENCE
and_mallory() {
    printf '    - evidence: %s\n      by: mallory\n      key: %s\n      decision: %s\n      request: open\n      digest: %s\n      comment: A decision\n      observedAt: "2025-01-01T00:00:00Z"\n      source: commit\n' \
        "$2" "$(ssh-keygen -lf "$PKI/keys/mallory.pub" | cut -d' ' -f2)" "$1" "$(pki_digest open)" >>pending/open.yaml
}

# The approval of KEY for a plan is on main: its commit is in $SAID: approved_by KEY [DIGEST]
approved_by() {
    pki_decide "$1" Approve open "${2:-$(pki_digest open)}"
    SAID=$(main_tip)
}

# A good approval of grace, and one that does not count, taken for one of NAME: believed_beside_grace NAME KEY REASON [DIGEST]
believed_beside_grace() {
    local said
    approved_by "$2" "${4:-}"
    said=$SAID
    approved_by grace
    forge
    believe "$1" "$2" "$said" grace grace "$SAID"
    forged_on_main
    nothing_for open "$3"
}

# What was forged gets nothing, for this reason, and neither does anything else from then on: nothing_for ID REASON
nothing_for() {
    local before
    before=$(accepted)
    run pass
    echo "$output"
    alarmed '"event":"checker-stopped"'
    alarmed "checker-stopped.*($2)"
    no_certificate "$1"
    [ "$(accepted)" = "$before" ]
    run ! grep -q "$(pki_digest "$1")" "$PKI/state/ledger"
    pki_request other automatic alice other.example.com
    run pass
    no_certificate other
    run ! grep -q 'other' "$PKI/state/ledger"
}

@test "what is as it must be is judged, and its tip is the checker's own" {
    all_accepted
    [ "$(sed -n 's/^input //p' "$PKI/state/checker/accepted")" = "$(main_tip)" ]
    pki_decide frank Approve open
    pki_decide grace Approve open
    pass
    state_is open Issued
    all_accepted
    not_logged checker-
}

@test "what is forged, were it true, would be signed" {
    local said
    approved_by frank
    said=$SAID
    approved_by grace-two
    forge
    believe frank frank "$said" grace grace-two "$SAID"
    forged_on_main
    pass
    state_is open Issued
    not_logged checker-
    [ "$(pki_output status/requests/open.yaml | sed -n 's/^    serialNumber: //p' | sort -u)" = "$(printf '1a%.0s' $(seq 19))" ]
}

@test "a signature of nobody is taken for one of a person" {
    believed_beside_grace frank stranger 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven; ApprovalDoesNotCount'
}

@test "a signature for another repository, by a person of this one" {
    local digest
    digest=sha256:$(plan_text open web-production bob open.example.com |
        sed "s/^repository: .*/repository: $(openssl rand -hex 16)/" | sha256sum | cut -d' ' -f1)
    [ "$(plan_digest open web-production bob open.example.com)" = "$(pki_digest open)" ]
    believed_beside_grace frank frank 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven;.* ApprovalDoesNotCount' "$digest"
}

@test "a signature with a key that has expired" {
    # of a commit that says that it is of then
    export GIT_AUTHOR_DATE='@1590000000 +0000' GIT_COMMITTER_DATE='@1590000000 +0000'
    believed_beside_grace frank frank-old 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven; ApprovalDoesNotCount'
}

@test "a signature with a key that is not valid yet" {
    export GIT_AUTHOR_DATE='@3944678400 +0000' GIT_COMMITTER_DATE='@3944678400 +0000'
    believed_beside_grace frank frank-next 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven; ApprovalDoesNotCount'
}

@test "a signature with a key that was removed" {
    pki_key frank-newest
    pki_identity frank Person "displayName: Frank Example
  email: frank@example.com"
    sed -i "s|ssh: .*\"|ssh: \"$(cut -d' ' -f1,2 "$PKI/keys/frank-newest.pub")\"|" identities/frank.yaml
    git commit -q -a -m 'Another key'
    pki_sign_configuration "$(pki_configuration_digest 1 "$(pki_introduction_digest)")"
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
    believed_beside_grace frank frank 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven; ApprovalDoesNotCount'
}

@test "two signatures of one person, with two keys" {
    local said
    approved_by grace
    said=$SAID
    approved_by grace-two
    forge
    believe grace grace "$said" grace grace-two "$SAID"
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; ApprovalDoesNotCount'
}

@test "two signatures of one person, with one key" {
    local said
    approved_by grace
    said=$SAID
    approved_by grace
    forge
    believe grace grace "$said" grace grace "$SAID"
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; ApprovalDoesNotCount'
}

@test "too few approvals: an intent out of nothing" {
    forge
    intend open
    forged
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval'
}

@test "one approval counted in both steps" {
    forge
    count_in dave "$(sed -n 's/^ *evidence: //p' pending/open.yaml | head -n 1)"
    intend open
    forged
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; ApprovalDoesNotCount'
}

@test "approvals that nobody signed" {
    forge
    count_in frank "$(printf 'e%.0s' $(seq 64))"
    intend open
    forged
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; ApprovalDoesNotCount'
}

@test "an approval under the name of somebody else" {
    pki_decide mallory Approve open
    pass
    pki_decide frank Approve open
    pass
    forge
    sed -i 's/by: mallory/by: grace/' pending/open.yaml
    intend open
    forged
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven; NotTakenUp'
}

@test "a stale approval: it was given for the plan before" {
    pki_decide frank Approve open
    pass
    pki_request open web-production bob open.example.com 'ttl: 20d'
    pass
    state_is open PendingApproval
    forge
    record_set open "s/digest: sha256:[0-9a-f]*\$/digest: $(pki_digest open)/"
    intend open
    forged
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; DecisionUnproven; NotTakenUp'
}

@test "a rejection in the judged input that is withheld" {
    pki_decide frank Approve open
    pass
    pki_decide erin Reject open
    pki_decide grace Approve open
    forge
    intend open
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it Rejected; NotTakenUp'
}

# The object of a file of main is not there, for the reconciler and for whom it is asked by: taken FILE
taken() {
    local blob
    blob=$(git -C "$BARE" rev-parse "main:$1")
    mv "$BARE/objects/${blob:0:2}/${blob:2}" "$HOME/taken"
    TAKEN=$BARE/objects/${blob:0:2}/${blob:2}
}
given_back() { mv "$HOME/taken" "$TAKEN"; }

@test "a rejection by file, whose object is withheld" {
    local before
    before=$(accepted)
    pki_decide frank Approve open
    pki_decide_file erin Reject open
    pki_decide grace Approve open
    forge
    intend open
    forged_on_main
    taken "$(git ls-files 'approvals/*.yaml')"
    run pass
    echo "$output"
    logged '"event":"checker-behind".*missing'
    no_certificate open
    [ "$(accepted)" = "$before" ]
    run ! grep -q "$(pki_digest open)" "$PKI/state/ledger"
    # and when it is given it is heard
    given_back
    nothing_for open 'IntentBeforeQuorum.*make it Rejected; NotTakenUp'
}

@test "a withdrawal in the judged input that is withheld" {
    pki_decide dave Withdraw open
    forge
    intend open
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; NotTakenUp; ApprovalDoesNotCount'
}

# Recorded, seen by the checker, and gone from the record when the second approval of the same person comes.
@test "a withdrawal that was recorded is dropped, and an approval after it counted" {
    local said
    pki_decide frank Approve open
    pki_decide grace Approve open "$(pki_digest open | tr a-f b-e)"
    pki_decide frank Withdraw open
    pass
    ignored_says open 'frank withdrew'
    approved_by frank
    said=$SAID
    approved_by grace
    forge
    python3 - pending/open.yaml <<'PY'
import re, sys
text = open(sys.argv[1]).read()
head, decisions = text.split("  decisions:\n", 1)
entries = re.split(r"(?m)^(?=    - )", decisions)
kept = [entry for entry in entries if "by: frank" not in entry]
assert len(entries) - len(kept) == 2
open(sys.argv[1], "w").write(head + "  decisions:\n" + "".join(kept))
PY
    believe frank frank "$said" grace grace "$SAID"
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it PendingApproval; .*ApprovalDoesNotCount'
}

@test "newer rules in the judged input that are withheld" {
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 5d/' policies/two-step.yaml
    git commit -q -a -m 'Sooner'
    pki_sign_configuration "$(pki_configuration_digest 1 "$(pki_introduction_digest)")"
    forge
    intend open
    forged_on_main
    nothing_for open 'ConfigurationSignatureWithheld: the judged input holds a signature of alice'
}

@test "rules that no quorum of administrators signed" {
    local digest commit
    sed -i 's/requiredApprovals: 2/requiredApprovals: 1/' policies/two-step.yaml
    pki_as alice
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    git commit -q -a -S -m 'Fewer' --trailer "Countersign-Configuration: $digest"
    git push -q origin main
    pass
    commit=$(main_tip)
    forge
    sed -i "0,/number: 0/s//number: 1/; 0,/digest: .*/s//digest: $digest/; 0,/previous: .*/s//previous: $(pki_introduction_digest)/; 0,/commit: .*/s//commit: $commit/" status/configuration.yaml
    forged "s/^Countersign-Configuration-Trusted: .*/Countersign-Configuration-Trusted: 1 $digest/"
    run pass
    alarmed 'checker-stopped.*ConfigurationUnproven'
}

@test "rules that were trusted before are put back, with the signatures that they had" {
    local digest before
    before=$(output_tip)
    pki_output status/configuration.yaml >"$HOME/before"
    cp -a "$PKI/state/reconciler" "$HOME/reconciler"
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 5d/' policies/two-step.yaml
    pki_as alice
    digest=$(pki_configuration_digest 1 "$(pki_introduction_digest)")
    git commit -q -a -S -m 'Sooner' --trailer "Countersign-Configuration: $digest"
    pki_as bob
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Configuration: $digest"
    git push -q origin main
    pass
    forge
    cp "$HOME/before" status/configuration.yaml
    forged "s/^Countersign-Configuration-Trusted: .*/Countersign-Configuration-Trusted: 0 $(pki_introduction_digest)/"
    # who looks at the branch sees that it cannot be: no such commit is gone on from
    pass
    alarmed 'output-drift.*trusts configuration number 0 .* which cannot come after number 1'
    pki_output status/configuration.yaml | grep -q 'number: 1'
    # and where reconciler and branch are put back, as if there had been no other rules, the checker is not
    rm -r "$PKI/state/reconciler" && mv "$HOME/reconciler" "$PKI/state/reconciler"
    git -C "$BARE" update-ref refs/heads/countersign/output "$before"
    git -C "$BARE" worktree remove --force "$FORGED"
    forge
    forged
    nothing_for open 'OutputForeign: it does not continue .*, which was accepted before'
}

# Record, intent and the decisions that it names are all about the plan in the thief's favour; only the signatures are not.
rewritten() {   # SED of the plan
    local old new
    pki_decide frank Approve open
    pass
    forge
    old=$(pki_digest open)
    record_set open "$1"
    new=sha256:$(sed -n '/^  plan: |/,/^  [a-oq-z]/{s/^    //p}' status/requests/open.yaml | sha256sum | cut -d' ' -f1)
    [ "$old" != "$new" ]
    sed -i "s/$old/$new/g" pending/open.yaml status/requests/open.yaml
    intend open
    forged
}

@test "a plan that was widened, with its digest and what is recorded of its approvals" {
    rewritten 's/^    lifetime: .*/    lifetime: 31536000/'
    nothing_for open 'IntentBeforeQuorum.*PlanDiffers|PlanDiffers.*IntentBeforeQuorum'
}

@test "a key of the thief's in the plan, with its digest and what is recorded of its approvals" {
    rewritten "s/^    public-key: .*/    public-key: sha256:$(printf 'a%.0s' $(seq 64))/"
    nothing_for open 'IntentBeforeQuorum.*PlanDiffers|PlanDiffers.*IntentBeforeQuorum'
}

@test "a plan that was widened" {
    forge
    record_set open 's/^    lifetime: .*/    lifetime: 31536000/'
    forged
    nothing_for open 'DigestDiffers, open: .*; PlanDiffers'
}

@test "a plan with somebody else's key" {
    forge
    record_set open "s/^    public-key: .*/    public-key: sha256:$(printf 'a%.0s' $(seq 64))/"
    forged
    nothing_for open 'DigestDiffers, open: .*; PlanDiffers'
}

@test "a decision to issue is exchanged for another one" {
    sed -i.kept 's/names: \[[^]]*\]/names: ["**.other.example"]/' "$PKI/local/countersign.yaml"
    pki_request last automatic alice last.example.com
    pass
    state_is last Failed
    mv "$PKI/local/countersign.yaml.kept" "$PKI/local/countersign.yaml"
    forge
    record_set last "s/^    serialNumber: .*/    serialNumber: $(printf '2b%.0s' $(seq 19))/; s/^  state: .*/  state: Approved/"
    forged
    nothing_for last IntentReplaced
}

@test "an intent that was carried out already" {
    local serial
    forge
    serial=$(sed -n 's/^    serialNumber: //p' status/requests/done.yaml | head -n 1)
    record_set 'done' "s/$serial/$(printf '2b%.0s' $(seq 19))/"
    record_set 'done' 's/^  state: .*/  state: Approved/'
    cp status/requests/done.yaml pending/done.yaml
    sed -i 's/^kind: .*/kind: PendingRequest/' pending/done.yaml
    forged
    run pass
    echo "$output"
    alarmed 'checker-stopped.*CertificateWithoutIntent, done: .*SerialDiffers'
    [ "$(grep -c ' certificate ' "$PKI/state/ledger")" -eq 1 ]
}

@test "openedAt is moved, so that an expired request lives on" {
    pki_request late quick bob late.example.com
    pass
    echo 7200 >"$HOME/clock"
    NOW=$(date -u -d '+2 hours' +%FT%TZ)
    pki_decide dave Approve late
    forge
    record_set late "s/openedAt: .*/openedAt: $NOW/; s/deadline: .*/deadline: $(date -u -d "$NOW + 1 hour" +%FT%TZ)/"
    forged
    run with_shim SHIM_CLOCK="$HOME/clock" pass
    echo "$output"
    alarmed 'checker-stopped.*RecordDiffers, late: what is recorded as its openedAt does not follow'
    no_certificate late
}

# What was decided since is shown an hour later, to a checker that has not seen it before.
state_kept() { cp -a "$PKI/state" "$PKI/before"; }
shown_an_hour_later() {
    rm -r "$PKI/state"
    mv "$PKI/before" "$PKI/state"
    git -C "$BARE" update-ref refs/heads/countersign/output countersign/output~1
    echo 3700 >"$HOME/clock"
    with_shim SHIM_CLOCK="$HOME/clock" pass
}

# By the commit itself all is well: the quorum was there in time, and it says so itself.
@test "a decision that is said to be of an earlier time" {
    pki_request late quick bob late.example.com
    pass
    state_kept
    pki_decide dave Approve late
    pass
    state_is late Issued
    shown_an_hour_later
    state_is late Failed
    reason_says late "by the checker's clock, .* the request is Expired"
    no_certificate late
    grep -q '^refused .* late by the checker' "$PKI/state/checker/accepted"
    # others go on
    pki_request new automatic alice new.example.com
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is new Issued
    state_is late Failed
    # an operator's word about where to begin does not make it good
    with_shim SHIM_CLOCK="$HOME/clock" pass --check-from "$(output_tip)"
    state_is late Failed
    no_certificate late
    grep -q '^refused .* late by the checker' "$PKI/state/checker/accepted"
    # and it can be taken back
    with_shim SHIM_CLOCK="$HOME/clock" pki_decide bob Cancel late
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is late Cancelled
    not_logged checker-stopped
}

# The first one was seen in time, and says nothing of the other.
@test "a second signature over the same file that is said to be of an earlier time" {
    local file
    pki_policy quick quick 1h "- {approvers: {groups: [team-leads]}, requiredApprovals: 2}"
    git add -A && git commit -q -m 'Both of them'
    pki_sign_configuration "$(pki_configuration_digest 1 "$(pki_introduction_digest)")"
    pki_request late quick bob late.example.com
    pass
    pki_decide_file dave Approve late
    pass
    state_kept
    mkdir approvals/again
    file=$(echo approvals/dave-*.yaml)
    cp "$file" approvals/again/
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/erin" "approvals/again/${file##*/}" 2>/dev/null
    git add -A && git commit -q -m 'And erin' && git push -q origin main
    pass
    state_is late Issued
    shown_an_hour_later
    state_is late Failed
    reason_says late "by the checker's clock, .* the request is Expired"
    no_certificate late
    grep -q '^late [0-9a-f]* [^ ]* late erin SHA256:' "$PKI/state/checker/accepted"
    [ "$(grep -c '^late ' "$PKI/state/checker/accepted")" = 1 ]
}

@test "two signatures over the same file that were seen one after the other, and recorded together" {
    local file
    pki_policy quick quick 1h "- {approvers: {groups: [team-leads]}, requiredApprovals: 2}"
    git add -A && git commit -q -m 'Both of them'
    pki_sign_configuration "$(pki_configuration_digest 1 "$(pki_introduction_digest)")"
    pki_request both quick bob both.example.com
    pass
    pki_decide_file dave Approve both
    mkdir approvals/again
    file=$(echo approvals/dave-*.yaml)
    cp "$file" approvals/again/
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/erin" "approvals/again/${file##*/}" 2>/dev/null
    git add -A && git commit -q -m 'And erin' && git push -q origin HEAD:refs/heads/keep/second
    # nothing can be written for a while, and each signature is seen when it comes
    : >"$BARE/refs/heads/countersign/output.lock"
    daemon_start
    eventually 120 logged output-not-moved
    sleep 1
    git -C "$BARE" update-ref refs/heads/main "$(git rev-parse HEAD)"
    : >"$LOG"
    eventually 120 logged output-not-moved
    rm "$BARE/refs/heads/countersign/output.lock"
    eventually 120 state_is both Issued
    daemon_stop
    not_logged checker-
    [ "$(git -C "$BARE" show countersign/output~1:pending/both.yaml | grep ' observedAt:' | sort -u | wc -l)" = 2 ]
}

# Nobody else has to agree to it, so all rests on the requester's signature.
@test "a request that is said to have been seen while its requester's key was valid" {
    another_key bob-short bob ", validBefore: $(date -u -d '+30 minutes' +%FT%TZ)"
    git add -A && git commit -q -m 'A key for half an hour'
    pki_sign_configuration "$(pki_configuration_digest 1 "$(pki_introduction_digest)")"
    pass
    state_kept
    pki_request_file late automatic bob late.example.com
    pki_as bob-short
    git add requests
    git commit -q -S -m 'Request late' --trailer "Countersign-Request: late sha256:$(file_sha256 requests/late.yaml)"
    git push -q origin main
    pass
    state_is late Issued
    shown_an_hour_later
    state_is late Failed
    reason_says late "by the checker's clock, .* the requester's key does not count"
    no_certificate late
    # others go on
    pki_request new automatic alice new.example.com
    with_shim SHIM_CLOCK="$HOME/clock" pass
    state_is new Issued
    not_logged checker-stopped
}

# A reconciler may see late that time ran out; what was said meanwhile it must not forget.
@test "a rejection of a request that should have expired is withheld" {
    pki_request late quick bob late.example.com
    pass
    echo 3660 >"$HOME/clock"
    NOW=$(date -u -d '+61 minutes' +%FT%TZ)
    pki_decide erin Reject late
    forge
    forged_on_main
    run with_shim SHIM_CLOCK="$HOME/clock" pass
    alarmed 'checker-stopped.*NotTakenUp, late: '
    no_certificate late
}

# Both were seen at once, and only one of them is said to have been: long ago, when the other's key was not valid yet.
@test "a rejection that somebody else has signed too is dated by his signature" {
    local reject frank grace
    approved_by frank
    frank=$SAID
    pki_decide heidi-new Reject open
    reject=$(main_tip)
    git -C "$BARE" cat-file commit "$reject" | sed '/^gpgsig /,/END SSH SIGNATURE/d' >"$HOME/bytes"
    main_is "$(git -C "$BARE" commit-tree -p "$reject" -p "$(signed_by mallory "$HOME/bytes" | store)" -m Both 'main^{tree}')"
    git pull -q --rebase origin main
    approved_by grace
    grace=$SAID
    forge
    believe frank frank "$frank" grace grace "$grace"
    and_mallory reject "$(file_sha256 "$HOME/bytes")"
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it Rejected'
}

@test "a rejection by file that somebody else has signed too is dated by his signature" {
    local file frank
    approved_by frank
    frank=$SAID
    pki_decide_file heidi-new Reject open
    file=$(echo approvals/heidi-*.yaml)
    mkdir approvals/again
    cp "$file" approvals/again/
    ssh-keygen -q -Y sign -n countersign -f "$PKI/keys/mallory" "approvals/again/${file##*/}" 2>/dev/null
    git add -A && git commit -q -m 'The same' && git push -q origin main
    approved_by grace
    forge
    believe frank frank "$frank" grace grace "$SAID"
    and_mallory reject "$(file_sha256 "$WORK/$file")"
    sed -i '$s/source: commit/source: file/' pending/open.yaml
    forged_on_main
    nothing_for open 'IntentBeforeQuorum.*make it Rejected'
}

# Rules by which three have to approve are signed, and recorded as signed at a time that SED makes of it; what two have
# approved is decided by the rules before: by_older_rules SED
by_older_rules() {
    local before frank
    before=$(output_tip)
    cp -a "$PKI/state" "$HOME/state"
    sed -i 's/\[security\]}, requiredApprovals: 2/[security]}, requiredApprovals: 3/' policies/two-step.yaml
    git commit -q -a -m 'Three of them'
    pki_sign_configuration "$(pki_configuration_digest 1 "$(pki_introduction_digest)")"
    pass
    pki_output status/configuration.yaml | grep -q 'number: 1'
    pki_output status/configuration.yaml | sed "$1" >"$HOME/signed.yaml"
    rm -r "$PKI/state" && mv "$HOME/state" "$PKI/state"
    git -C "$BARE" update-ref refs/heads/countersign/output "$before"
    approved_by frank
    frank=$SAID
    approved_by grace
    forge
    python3 - "$HOME/signed.yaml" status/configuration.yaml "$(main_tip)" <<'PY'
import re, sys
part = re.compile(r"^  signatures:\n(?:    .*\n)*|^  signatures: \[\]\n", re.M)
signed = part.search(open(sys.argv[1]).read()).group(0)
text, count = part.subn(lambda found: signed, open(sys.argv[2]).read())
assert count == 1 and "observedAt" in signed
tip, digest = sys.argv[3], re.search(r"^    digest: (.*)", open(sys.argv[1]).read(), re.M).group(1)
text, count = re.subn(r"^  candidates: \[\]\n", '  candidates:\n    - {commit: %s, digest: "%s", '
                      'observedAt: 2026-01-01T00:00:00Z, valid: true, required: 2, missing: 2, signedBy: [], '
                      'waitingFor: [alice]}\n' % (tip, digest), text, flags=re.M)
assert count == 1
open(sys.argv[2], "w").write(text)
PY
    believe frank frank "$frank" grace grace "$SAID"
    forged_on_main
}

@test "rules that a quorum of administrators signed are not trusted" {
    by_older_rules ''
    nothing_for open 'ConfigurationPassedOver: number 1 '
}

# Who signs them later signs what nobody knows any more.
@test "rules that wait for signatures are forgotten" {
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 5d/' policies/two-step.yaml
    git commit -q -a -m 'Sooner'
    git push -q origin main
    forge
    forged_on_main
    nothing_for open 'ConfigurationPassedOver: .* waits for signatures'
}

# What was seen so long ago does not count any more.
@test "signatures on rules are said to have lapsed before they were recorded" {
    by_older_rules "s/observedAt: .*/observedAt: \"$(date -u -d '-31 days' +%FT%TZ)\"/"
    nothing_for open 'ObservedEarlier: .* of alice'
}

# For whoever has the reconciler's key it is an hour earlier, and the rejecter's key is not valid yet.
too_early() {       # COMMAND by which heidi rejects it
    local frank
    echo 3600 >"$HOME/clock"
    approved_by frank
    frank=$SAID
    "$1" heidi-later Reject open
    approved_by grace
    forge
    believe frank frank "$frank" grace grace "$SAID"
    forged_on_main
    run with_shim SHIM_CLOCK="$HOME/clock" pass
    echo "$output"
    alarmed 'checker-stopped.*TimeBehind: heidi refuses'
    no_certificate open
}

@test "a rejection by a key that becomes valid, in a time that stands still" { too_early pki_decide; }

@test "a rejection by file by a key that becomes valid, in a time that stands still" { too_early pki_decide_file; }

@test "evidence under a name that is not its own" {
    forge
    mkdir -p evidence/00/11
    printf 'tree x\n' >evidence/00/11/0011aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    intend open
    forged
    nothing_for open 'EvidenceChanged: .* does not hold the signed bytes that it is named after'
}

@test "a file of 260 MB among the requests holds up nobody" {
    large_file "$(head -c 260M /dev/zero | git -C "$BARE" hash-object -w --stdin)"
    git pull -q --rebase origin main
    a_request_is_issued new
    not_logged checker-
}

@test "a file of 3 GB among the requests: nothing is issued, and no process ends by it" {
    local blob=ab00000000000000000000000000000000000003
    pki_request new automatic alice new.example.com
    # an object of which there is no more than the beginning: nobody gets to read the rest
    mkdir -p "$BARE/objects/ab"
    python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(b"blob 3000000000\0" + bytes(100)))' \
        >"$BARE/objects/ab/${blob#ab}"
    large_file "$blob" --missing-ok
    run pass
    echo "$output"
    logged "\"event\":\"checker-behind\".*object $blob is missing or damaged"
    not_logged checker-ended
    no_certificate new
}

@test "a commit of 260 MB on the branch holds up nobody" {
    local commit
    commit=$({
        printf 'tree %s\nparent %s\nauthor A <a@example.com> 5 +0000\ncommitter A <a@example.com> 5 +0000\n\n' \
            "$(git -C "$BARE" rev-parse 'main^{tree}')" "$(git -C "$BARE" rev-parse main)"
        head -c 260M /dev/zero | tr '\0' x
    } | git -C "$BARE" hash-object -t commit -w --stdin --literally)
    git -C "$BARE" update-ref refs/heads/main "$commit"
    git pull -q --rebase origin main
    a_request_is_issued new
    not_logged checker-
}

@test "an input that is not the branch's" {
    forge
    git fetch -q . main
    forged "s/^Countersign-Input: .*/Countersign-Input: $(git -C "$BARE" commit-tree -p main~1 -m Other 'main^{tree}')/"
    run pass
    alarmed 'checker-stopped.*InputRewritten'
}

@test "the first start on a repository that there is: judged from the introduction on, and it says so" {
    rm -r "$PKI/state/checker"
    a_request_is_issued new
    logged 'checker-begins.*judged from the introduction'
}

@test "the first start on a branch that was forged before: nothing is signed" {
    forge
    intend open
    forged
    rm -r "$PKI/state/checker"
    run pass
    alarmed 'checker-stopped.*IntentBeforeQuorum'
    no_certificate open
}

@test "an operator names the output commit behind which it begins" {
    forge
    record_set 'done' 's/^  profile: .*/  profile: web-staging/'
    forged
    pki_request new automatic alice new.example.com
    run pass
    alarmed checker-stopped
    no_certificate new
    pass --check-from "$FROM"
    state_is new Issued
    all_accepted
    : >"$LOG"
    a_request_is_issued newer
    not_logged checker-
}

@test "what it has accepted is damaged: it does not begin" {
    echo nonsense >>"$PKI/state/checker/accepted"
    run pass
    echo "$output"
    [ "$status" -eq 3 ]
    [[ $output == *'accepted is damaged'* ]]
}
