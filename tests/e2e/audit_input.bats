#!/usr/bin/env bats
# `countersign audit` against the input branch: what was judged must lie on it, the report says how far it has come, and
# with what it began. Whoever moves the branch for a moment, or has the reconciler's key, judges what nobody merged.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    LOG=$BATS_FILE_TMPDIR/log
    sed -i 's/^  administrators: /  unsignedRequests: accept\n&/' countersign.yaml
    git commit -q -am 'Unsigned requests, too'
    git push -q origin main
    pki_local "$(git rev-parse HEAD)" "$(pki_configuration_digest 0 "$PKI_ZERO")"
    pki_request early automatic alice early.example.com
    pki_request open web-staging bob open.example.com
    pass
    state_is early Issued
    hostile_keep
}

setup() {
    hostile_test
    MERGED=$(main_tip)
}

audit() { "$COUNTERSIGN" -C "$BARE" audit --config "$PKI/local/countersign.yaml" "$@"; }
codes() { audit "$@" -o json | jq -r '[.findings[].code] | unique | join(" ")'; }
doubtful() { audit "$@" -o json | jq -r '[.certificates[] | select(.verdict == "doubtful") | .request] | unique | join(" ")'; }
outputs() { git -C "$BARE" rev-list --count --first-parent countersign/output; }

# A request that nobody signed, in a commit that nobody signed, on a branch that is not merged: its id in $SIDE
on_the_side() {
    git switch -q -c side
    pki_request_file side automatic alice side.example.com
    git add requests
    git -c commit.gpgSign=false commit -q -m 'Please'
    git push -q origin side
    SIDE=$(git rev-parse side)
    git switch -q main
}

# The branch stands elsewhere for a moment, and the daemon comes by.
judged_for_a_moment() {     # COMMIT
    main_is "$1"
    pass
    main_is "$MERGED"
}

@test "evidence from a history that was never on the branch" {
    local before
    before=$(outputs)
    on_the_side
    judged_for_a_moment "$SIDE"
    has_certificate side
    run -1 audit
    [[ $output == *"InputNotOnBranch in $(output_tip | cut -c-12): it judged the input $SIDE, which is not on refs/heads/main, at $MERGED"* ]]
    [[ $output == *"refs/heads/main, at ${MERGED:0:12}, does not hold that input"* ]]
    [ "$(codes)" = InputNotOnBranch ]
    [ "$(audit -o json | jq '.findings | length')" = "$(($(outputs) - before))" ]
    [ "$(audit -o json | jq -c '.inputBranch')" = "{\"ref\":\"refs/heads/main\",\"tip\":\"$MERGED\",\"ahead\":null,\"replaced\":0}" ]
    [ "$(doubtful)" = side ]
    run -1 audit side
    [[ $output == *InputNotOnBranch*DOUBTFUL* || $output == *DOUBTFUL*InputNotOnBranch* ]]
    run -0 audit early
    # merged after all, it is on the branch
    git merge -q --no-ff -m 'Merge side' side && git push -q origin main
    run -0 audit
    [ "$(codes side)" = '' ]
}

@test "a signed approval that nobody merged" {
    pki_as dave
    git switch -q -c side
    git commit -q -S --allow-empty -m Yes --trailer "Countersign-Approve: open $(pki_digest open)"
    git push -q origin side
    judged_for_a_moment "$(git rev-parse side)"
    state_is open Issued
    [ "$(codes)" = InputNotOnBranch ]
    [ "$(codes open)" = InputNotOnBranch ]
    [ "$(doubtful)" = open ]
}

@test "back on the branch without an operator: what was issued since is doubtful, and not what was before" {
    local commit
    on_the_side
    judged_for_a_moment "$SIDE"
    commit=$(git -C "$BARE" -c gpg.format=ssh -c user.signingKey="$PKI/keys/reconciler" commit-tree -S -p countersign/output -p main \
        -m "$(git -C "$BARE" log -1 --format=%B countersign/output | sed "s/^Countersign-Input: .*/Countersign-Input: $MERGED/")" 'countersign/output^{tree}')
    git -C "$BARE" update-ref refs/heads/countersign/output "$commit"
    [ "$(codes)" = 'InputNotOnBranch InputRewritten' ]
    [ "$(doubtful)" = side ]
    [ "$(audit -o json | jq -c '[.inputBranch.ahead, .asOf.input]')" = "[0,\"$MERGED\"]" ]
}

@test "an operator accepted another history: what was judged before lies on the one that is gone" {
    local judged
    pki_request gone automatic alice gone.example.com
    judged=$(main_tip)
    pass
    state_is gone Issued
    # rewritten: nobody has accepted it yet
    git reset -q --hard "$MERGED"
    git commit -q --allow-empty -m 'Another history'
    git push -q -f origin main
    [ "$(codes)" = InputNotOnBranch ]
    [ "$(doubtful)" = gone ]
    pki_accept_history "$(main_tip)"
    pass
    [ "$(codes)" = HistoryAccepted ]
    [ "$(doubtful)" = '' ]
    [ "$(audit -o json | jq '.inputBranch.replaced')" = 2 ]
    run -1 audit
    [[ $output == *'what 2 earlier output commits judged is not on it: an operator is said to have replaced that history'* ]]
    # its story has the commit that says so, although that does not touch it
    run -1 audit gone
    [[ $output == *"HistoryAccepted in "*"lies on the one that it replaced"* ]]
    run -0 audit early
    # that word counts for what came before it only
    MERGED=$(main_tip)
    on_the_side
    judged_for_a_moment "$SIDE"
    [ "$(codes)" = 'HistoryAccepted InputNotOnBranch' ]
    [ "$(doubtful)" = side ]
    [ "$(audit -o json | jq '.inputBranch.replaced')" = 2 ]
    # and says nothing of the branch in front of which it stands itself
    git -C "$BARE" update-ref refs/heads/countersign/output "$(git -C "$BARE" log --first-parent --format=%H --grep=^Countersign-History-Accepted countersign/output | head -n 1)"
    main_is "$judged"
    [ "$(codes)" = 'HistoryAccepted InputNotOnBranch' ]
}

@test "a history that an operator recovered has no finding of these" {
    local good
    good=$(output_tip)
    pki_request later automatic alice later.example.com
    pass
    "$COUNTERSIGN" recover --config "$PKI/local/countersign.yaml" --output "$good" --yes
    pass
    [ "$(codes)" = OutputDiscarded ]
    [ "$(audit -o json | jq '.inputBranch | [.ahead, .replaced] | @text' -r)" = '[0,0]' ]
}

@test "merged in whichever order of parents: on the branch is what its tip reaches" {
    on_the_side
    judged_for_a_moment "$SIDE"
    git commit -q --allow-empty -m 'Meanwhile'
    # main becomes the second parent, as after a pull
    git switch -q side && git merge -q --no-ff -m 'Merge main' main
    git push -q origin side:main
    run -0 audit
    [ "$(audit -o json | jq .inputBranch.ahead)" = 2 ]
    # with something to say the next pass judges that tip
    pki_as dave
    git commit -q -S --allow-empty -m No --trailer "Countersign-Reject: open $(pki_digest open)"
    git push -q origin side:main
    pass
    run -0 audit
    [[ $output == *"refs/heads/main is at that input"* ]]
}

@test "--since: judged is what follows" {
    local since
    on_the_side
    judged_for_a_moment "$SIDE"
    since=$(output_tip)
    run -1 audit --since "$since~1"
    [[ $output == *InputNotOnBranch* ]]
    # what it says is trusted, and that the branch does not hold it is said
    run -0 audit --since "$since"
    [[ $output == *"refs/heads/main, at ${MERGED:0:12}, does not hold that input"* ]]
}

@test "a clone: the branch as it was fetched, whatever is checked out; an older one, another one, none" {
    local clone=$BATS_TEST_TMPDIR/clone introduction
    introduction=$(sed -n 's/.*introduction: {commit: \([0-9a-f]*\), configuration: "\(.*\)"}.*/\1@\2/p' "$PKI/local/countersign.yaml")
    in_clone() { "$COUNTERSIGN" -C "$clone" audit --introduction "$introduction" "$@"; }
    git clone -q "$BARE" "$clone"
    run -0 in_clone
    [[ $output == *"refs/remotes/origin/main is at that input"* ]]
    # what is checked out, or committed and not pushed, is nothing to it
    git -C "$clone" checkout -q --detach origin/countersign/output
    run -0 in_clone
    git -C "$clone" branch -q -f main origin/countersign/output
    run -0 in_clone
    # commits that nothing has judged yet
    git commit -q --allow-empty -m One && git commit -q --allow-empty -m Two && git push -q origin main
    run -0 in_clone --fetch
    [[ $output == *"refs/remotes/origin/main, at $(main_tip | cut -c-12), is 2 commits ahead of that input"* ]]
    [ "$(in_clone -o json | jq .inputBranch.ahead)" = 2 ]
    # the output branch alone is fetched: the other one is older than what was judged
    pki_decide dave Reject open
    pass
    git -C "$clone" fetch -q origin countersign/output
    git -C "$clone" update-ref refs/remotes/origin/main "$MERGED"
    run -1 in_clone
    [[ $output == *"InputNotOnBranch in "*"If the branch is older here than the output branch, fetch it"* ]]
    run -0 in_clone --fetch
    # the branch has another name: an option, a setting, or the local configuration tells it
    git -C "$BARE" branch -q trunk main
    main_is "$(git rev-list --max-parents=0 main)"
    git -C "$clone" fetch -q || true
    run -1 in_clone
    run -0 in_clone --branch trunk
    git -C "$clone" config countersign.branch trunk
    run -0 in_clone
    run -1 in_clone --branch main
    run -1 "$COUNTERSIGN" -C "$clone" audit --config "$PKI/local/countersign.yaml"
    [[ $output == *refs/remotes/origin/main* ]]
    sed -i 's/branch: main/branch: trunk/' "$PKI/local/countersign.yaml"
    git -C "$clone" config countersign.branch main
    run -0 "$COUNTERSIGN" -C "$clone" audit --config "$PKI/local/countersign.yaml"
    [[ $output == *refs/remotes/origin/trunk* ]]
    # it is not here at all: that could not be checked, and everything else was
    rm -rf "$clone"
    git clone -q --single-branch -b countersign/output "$BARE" "$clone"
    run -1 in_clone
    [[ $output == *'InputBranchMissing: there is no branch main here: whether what was judged was ever on it could not be checked'* ]]
    [[ $output == *'early '*' good'*'whether that was ever on the input branch could not be checked'*'1 finding'* ]]
    [ "$(in_clone -o json | jq -c '[.complete, .clean, .inputBranch]')" = '[true,false,{"ref":"main","tip":null,"ahead":null,"replaced":0}]' ]
    run -1 in_clone early
    [[ $output == *InputBranchMissing* ]]
}

@test "the name of a branch hides nothing on a terminal" {
    local hidden=$'\342\200\256'
    git -C "$BARE" branch "x${hidden}y" main
    run -0 audit --branch "x${hidden}y"
    [[ $output == *'refs/heads/x\u{202e}y is at that input'* && $output != *"$hidden"* ]] || { printf '%q\n' "$output"; false; }
    run -1 audit --branch "z${hidden}"
    [[ $output == *InputBranchMissing* && $output != *"$hidden"* ]]
    git -C "$BARE" branch -q -f "x${hidden}y" main~1
    run -1 audit --branch "x${hidden}y"
    [[ $output == *InputNotOnBranch* && $output != *"$hidden"* ]]
}

@test "as of when it speaks, and what the input branch has beyond it: an output branch that was cut has no finding" {
    local cut
    cut=$(output_tip)
    pki_decide dave Reject open
    pass
    run -0 audit
    [[ $output == *"as of $(git -C "$BARE" log -1 --format='%(trailers:key=Countersign-Time,valueonly)' countersign/output | head -n 1), output commit $(output_tip | cut -c-12), which judged the input $(main_tip | cut -c-12)"* ]]
    git -C "$BARE" update-ref refs/heads/countersign/output "$cut"
    run -0 audit
    [[ $output == *"as of "*", output commit ${cut:0:12}, which judged the input ${MERGED:0:12}"* ]]
    [[ $output == *"refs/heads/main, at $(main_tip | cut -c-12), is 1 commit ahead of that input"* ]]
    [ "$(audit -o json | jq -c '[.asOf.commit, .asOf.input, .inputBranch.ahead]')" = "[\"$cut\",\"$MERGED\",1]" ]
    [ "$(audit -o json | jq -r .asOf.time)" = "$(git -C "$BARE" log -1 --format='%(trailers:key=Countersign-Time,valueonly)' "$cut" | head -n 1)" ]
}

@test "one request: as of the whole branch, where its newest commit is the reconciler's" {
    local told newest
    told=$(audit early -o json | jq -r .tip)
    pki_decide dave Reject open
    pass
    newest=$(output_tip)
    [ "$(audit early -o json | jq -c '[.tip, .asOf.commit, .inputBranch.ahead]')" = "[\"$told\",\"$newest\",0]" ]
    # what others wrote there says nothing of when
    git -C "$BARE" update-ref refs/heads/countersign/output "$(git -C "$BARE" commit-tree -p "$newest" -m "$(git -C "$BARE" log -1 --format=%B "$newest")" "$newest^{tree}")"
    [ "$(audit early -o json | jq -r .asOf.commit)" = "$told" ]
    [[ $(codes) = *NotSignedByReconciler* ]]
}

@test "the report says with what it began: who named it, and whose keys were taken on trust" {
    local introduction commit digest name key
    fingerprint() { ssh-keygen -lf "$PKI/keys/$1.pub" | cut -d' ' -f2; }
    introduction=$(sed -n 's/.*introduction: {commit: \([0-9a-f]*\), configuration: "\(.*\)"}.*/\1@\2/p' "$PKI/local/countersign.yaml")
    commit=${introduction%@*} digest=${introduction#*@}
    run -0 audit
    [[ $output == *"it begins with the introduction $introduction (--config $PKI/local/countersign.yaml), with these keys:"* ]]
    [[ $output == *"  reconciler  $(fingerprint reconciler)"* ]]
    for name in alice bob carol; do
        [[ $output == *"  administrator $name  $(fingerprint "$name")"* ]]
    done
    [[ $output == *'  2 of 3 administrators must sign other rules'* ]]
    [ "$(audit -o json | jq -cr '.introduction | [.commit, .digest, .source, .reconcilerKeys[0], .required] | @text')" = \
        "[\"$commit\",\"$digest\",\"--config $PKI/local/countersign.yaml\",\"$(fingerprint reconciler)\",2]" ]
    [ "$(audit -o json | jq -c '.introduction.administrators | map([.name, .keys[]])')" = \
        "[[\"alice\",\"$(fingerprint alice)\"],[\"bob\",\"$(fingerprint bob)\"],[\"carol\",\"$(fingerprint carol)\"]]" ]
    run -0 "$COUNTERSIGN" -C "$BARE" audit --introduction "$introduction"
    [[ $output == *"$introduction (--introduction), with"* ]]
    git -C "$BARE" config countersign.introduction "$introduction"
    run -0 "$COUNTERSIGN" -C "$BARE" audit
    [[ $output == *"$introduction (git config countersign.introduction), with"* ]]
    # it stays the introduction's where other keys are trusted by now
    replace_key 1
    use_new_key
    pass || true
    key=$(fingerprint reconciler-new)
    [ "$(audit -o json | jq -r '.introduction.reconcilerKeys | join(" ")')" = "$(fingerprint reconciler)" ]
    [[ $(audit) != *"reconciler  $key"* ]]
    # also in a document that says that it could not be audited
    run -3 --separate-stderr "$COUNTERSIGN" -C "$BARE" audit --introduction "$(main_tip)@$PKI_ZERO" -o json
    [ "$(jq -c '.introduction | [.commit, .source, .reconcilerKeys]' <<<"$output")" = "[\"$(main_tip)\",\"--introduction\",[]]" ]
    # S9
    cp "$PKI/local/countersign.yaml" "$BATS_TEST_TMPDIR/$(printf 'a\033[2Jb.yaml')"
    run -0 "$COUNTERSIGN" -C "$BARE" audit --config "$BATS_TEST_TMPDIR/$(printf 'a\033[2Jb.yaml')"
    [ "$(grep -c "$(printf '\033')" <<<"$output")" = 0 ]
}

@test "a file of evidence does not show whether what was judged was on the branch, and says so" {
    on_the_side
    judged_for_a_moment "$SIDE"
    run -0 --separate-stderr "$COUNTERSIGN" -C "$BARE" evidence side --config "$PKI/local/countersign.yaml" --out "$BATS_TEST_TMPDIR/side.evidence"
    [[ $stderr == *'warning: the audit has '*' findings'* ]]
    # of the branch's history it holds what was judged, and not what is on the branch
    main_is "$MERGED"
    git commit -q --allow-empty -m 'Never judged' && git push -q origin main
    "$COUNTERSIGN" -C "$BARE" evidence early --config "$PKI/local/countersign.yaml" --out "$BATS_TEST_TMPDIR/early.evidence"
    run ! grep -q "$(main_tip)" "$BATS_TEST_TMPDIR/early.evidence"
    run -0 "$COUNTERSIGN" verify-evidence "$BATS_TEST_TMPDIR/side.evidence" --config "$PKI/local/countersign.yaml"
    [[ $output == *'whether that was ever on the input branch is not shown by a file of evidence'* ]]
    [ "$("$COUNTERSIGN" verify-evidence "$BATS_TEST_TMPDIR/side.evidence" --config "$PKI/local/countersign.yaml" -o json | jq .inputBranch)" = null ]
}
