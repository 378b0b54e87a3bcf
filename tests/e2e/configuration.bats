# `countersign configuration`: what is trusted, what waits, and signing it, on a branch and through the inbox.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/people

setup() {
    export HOME=$BATS_TEST_TMPDIR
    pki_new "$BATS_TEST_TMPDIR/pki"
    mkdir "$PKI/clones"
    pki_run_once
}

trusted_number() { pki_output status/configuration.yaml | awk '/number:/ { print $2; exit }'; }
changed_by() {  # PERSON: stricter rules on main
    people_at "$1"
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 2d/' policies/two-step.yaml
    git commit -q -a -m 'Quicker decisions'
    git push -q origin HEAD:main
}
candidate() { "$COUNTERSIGN" configuration diff | sed -n 's/^candidate .*\(sha256:[0-9a-f]*\)$/\1/p'; }

@test "show: the trusted configuration, as table, json and yaml" {
    people_at alice
    run -0 "$COUNTERSIGN" configuration
    [[ $output == *"number 0, $(pki_configuration_digest 0 "$PKI_ZERO")"* ]]
    [[ $output == *"commit $(git rev-parse HEAD)"* ]]
    "$COUNTERSIGN" configuration show -o json | grep -q '"kind": "ConfigurationStatus"'
    "$COUNTERSIGN" configuration show -o yaml | grep -qx 'kind: ConfigurationStatus'
}

@test "two administrators sign through the inbox, and the rules change; nobody's branch moves" {
    changed_by alice
    pki_run_once
    before=$(git rev-parse HEAD origin/main)
    digest=$(candidate)
    introduced=$(cd "$WORK" && pki_configuration_digest 0 "$PKI_ZERO")
    [ "$digest" = "$(pki_configuration_digest 1 "$introduced")" ]
    run -0 "$COUNTERSIGN" configuration approve --push --yes "$digest" -m 'Discussed on Monday'
    [[ $output == *'-  maxRequestTtl: 7d'*'+  maxRequestTtl: 2d'* ]]
    [[ $output == *'Signed by alice and sent: countersign/inbox/alice-'* ]]
    [ "$before" = "$(git rev-parse HEAD origin/main)" ]
    [[ $output == *'Next: countersign configuration show --fetch'* ]]
    pki_run_once
    [ "$(trusted_number)" = 0 ]
    run -0 "$COUNTERSIGN" configuration approve --fetch --push --yes "$digest"
    [[ $output == *'alice has signed this configuration already; 1 missing, of: bob, carol'* ]]
    [ -z "$(git ls-remote origin 'refs/heads/countersign/inbox/*')" ]
    people_at bob
    git fetch -q
    run -0 "$COUNTERSIGN" configuration show
    [[ $output == *'waits for signatures'*"$digest"*'2 needed, 1 missing'*'signed by   alice'*'waits for   bob, carol'* ]]
    run -1 "$COUNTERSIGN" configuration approve --push --yes "${digest:7:31}"
    run -0 "$COUNTERSIGN" configuration approve --push --yes "${digest:7:32}"
    pki_run_once
    [ "$(trusted_number)" = 1 ]
    git fetch -q
    run -0 "$COUNTERSIGN" configuration show
    [[ $output == *"number 1, $digest"* ]]
    [[ $output != *'waits for signatures'* ]]
    run -1 "$COUNTERSIGN" configuration approve --yes "$digest"
    [[ $output == *'there is nothing to sign'* ]]
}

@test "signed on the branch: an empty commit that stock git verifies, counted once it is pushed" {
    changed_by alice
    run -0 "$COUNTERSIGN" configuration approve --yes "$(candidate)"
    [[ $output == *'it counts once it is pushed'* ]]
    git diff --quiet HEAD~1 HEAD
    git log -1 --format='%(trailers:key=Countersign-Configuration,valueonly)' | grep -q '^sha256:'
    echo "alice@example.com $(cut -d' ' -f1,2 "$PKI/keys/alice.pub")" >../allowed
    git -c gpg.ssh.allowedSignersFile="$PWD/../allowed" verify-commit HEAD
    # not once more, and where a commit never counts not at all
    signed=$(git rev-parse HEAD)
    run -0 "$COUNTERSIGN" configuration approve --yes "$(candidate)"
    [[ $output == *"this configuration: you have signed this already, in commit ${signed:0:12}, which is not on main yet. Next: git push origin "* ]]
    [ "$(git rev-parse HEAD)" = "$signed" ]
    run -3 "$COUNTERSIGN" configuration withdraw --yes "$(candidate)" "$(candidate)" <<<"$(git checkout -q --detach)"
    [[ $output == *"HEAD is detached"* ]]
    git checkout -q -
    git push -q origin HEAD:main
    people_at bob
    "$COUNTERSIGN" configuration approve --yes "$(candidate)" origin/main
    git push -q origin HEAD:main
    pki_run_once
    [ "$(trusted_number)" = 1 ]
}

@test "withdraw: a signature that was taken back does not count" {
    changed_by alice
    digest=$(candidate)
    "$COUNTERSIGN" configuration approve --push --yes "$digest"
    pki_run_once
    "$COUNTERSIGN" configuration withdraw --push --yes "$digest" "$digest"
    pki_run_once
    people_at bob
    "$COUNTERSIGN" configuration approve --push --yes "$digest"
    pki_run_once
    [ "$(trusted_number)" = 0 ]
    people_at carol
    "$COUNTERSIGN" configuration approve --push --yes "$digest"
    pki_run_once
    [ "$(trusted_number)" = 1 ]
}

@test "not signed: another digest than the one looked at, no terminal to ask on, an answer of no" {
    changed_by alice
    before=$(git rev-parse HEAD)
    run -1 "$COUNTERSIGN" configuration approve --yes "sha256:$(printf '0%.0s' {1..64})"
    [[ $output == *'this is not what you looked at'* ]]
    run -1 "$COUNTERSIGN" configuration approve --yes "$(candidate | cut -c1-15)"
    run -2 "$COUNTERSIGN" configuration approve
    [[ $output == *"nothing was signed"*"--yes $(candidate)" ]]
    run -1 script -qec '"$COUNTERSIGN" configuration approve' /dev/null <<<'yet another look'
    [[ $output == *'nothing was signed'* ]]
    run -1 script -qec '"$COUNTERSIGN" configuration approve' /dev/null <<<n
    [[ $output == *'nothing was signed'* ]]
    [ "$before" = "$(git rev-parse HEAD)" ]
    [ -z "$(git ls-remote origin 'refs/heads/countersign/inbox/*')" ]
    run -0 script -qec '"$COUNTERSIGN" configuration approve' /dev/null <<<y
    [ "$before" = "$(git rev-parse HEAD~1)" ]
}

@test "not signed: rules that nobody has committed; what to do is said" {
    people_at alice
    for folder in . policies; do
        sed -i 's/maxRequestTtl: .d/maxRequestTtl: 2d/' policies/two-step.yaml
        run -1 "$COUNTERSIGN" -C "$folder" configuration approve --push
        [[ $output == *'there is nothing to sign; what the work tree has beyond it counts when it is committed' ]]
        git checkout -q policies
        run -1 "$COUNTERSIGN" -C "$folder" configuration approve --push
        [[ $output == *'there is nothing to sign' ]]
    done
}

@test "not signed: by somebody who is no administrator, by a stranger, without an SSH key" {
    changed_by alice
    digest=$(candidate)
    people_at dave
    run -1 "$COUNTERSIGN" configuration approve --yes "$digest" origin/main
    [[ $output == *'dave is no administrator'* ]]
    git config user.signingKey "$PKI/keys/stranger"
    run -1 "$COUNTERSIGN" configuration approve --yes "$digest" origin/main
    [[ $output == *'nobody of the trusted configuration holds'* ]]
    git config gpg.format openpgp
    run -3 "$COUNTERSIGN" configuration approve --yes "$digest" origin/main
    [[ $output == *'gpg.format'* ]]
}

@test "not signed: a configuration with errors" {
    people_at alice
    sed -i 's/requiredApprovals: 2/requiredApprovals: 9/' policies/two-step.yaml
    git commit -q -a -m 'Impossible'
    run -1 "$COUNTERSIGN" configuration approve --yes sha256:0
    [[ $output == *'policies/two-step.yaml:'*'can never be trusted'* ]]
    run -0 "$COUNTERSIGN" configuration diff
    [[ $output == *'policies/two-step.yaml:'* ]]
}

@test "a new administrator may sign what brings them in; both quorums are asked for" {
    people_at alice
    sed -i 's/members: \[alice, bob, carol\]/members: [alice, bob, carol, dave]/' countersign.yaml
    git commit -q -a -m 'Dave administers too'
    git push -q origin HEAD:main
    digest=$(candidate)
    pki_run_once
    people_at dave
    "$COUNTERSIGN" configuration approve --push --yes "$digest" origin/main
    people_at alice
    "$COUNTERSIGN" configuration approve --push --yes "$digest"
    pki_run_once
    [ "$(trusted_number)" = 0 ]
    people_at bob
    "$COUNTERSIGN" configuration approve --push --yes "$digest" origin/main
    pki_run_once
    [ "$(trusted_number)" = 1 ]
}

@test "nothing of a change is hidden: by attributes that the digest does not cover, by settings, in another folder" {
    changed_by alice
    printf '%s\n' 'policies/** -diff' >.gitattributes
    git add .gitattributes
    git commit -q -m Attributes
    git config core.bigFileThreshold 1
    git config diff.relative true
    git config diff.ignoreSubmodules all
    cd identities
    # git itself shows nothing of it
    run -0 git diff HEAD~2 HEAD
    [[ $output != *maxRequestTtl* ]]
    run -0 "$COUNTERSIGN" configuration diff
    [[ $output == *'-  maxRequestTtl: 7d'*'+  maxRequestTtl: 2d'* ]]
    run -1 --separate-stderr "$COUNTERSIGN" configuration approve --yes 00000000000000000000000000000000
    [[ $output == *'-  maxRequestTtl: 7d'*'+  maxRequestTtl: 2d'* ]]
}

@test "hostile bytes in the rules reach no terminal" {
    people_at alice
    printf '# \033[2J\033]0;x\007 \342\200\256\n' >>policies/two-step.yaml
    git commit -q -a -m 'Hidden'
    run script -qec '"$COUNTERSIGN" configuration diff' /dev/null </dev/null
    [[ $output == *'\x1b[2J'* ]]
    [[ $output != *$'\033[2J'* && $output != *$'\007'* && $output != *$'\342\200\256'* ]]
}

@test "before the daemon's first run, and with wrong words" {
    people_at alice
    git update-ref -d refs/remotes/origin/countersign/output
    run -4 "$COUNTERSIGN" configuration show
    run -1 "$COUNTERSIGN" configuration approve --yes sha256:0
    [[ $output == *'no configuration is trusted yet'* ]]
    run -2 "$COUNTERSIGN" configuration sign
    [[ $output == *'expected show, diff, approve or withdraw'* ]]
    git fetch -q
    run -2 "$COUNTERSIGN" configuration diff nowhere
    run -2 "$COUNTERSIGN" configuration show HEAD
}

# Both lists stand in status/configuration.yaml, which the next pass must be able to read.
@test "nobody fills the status with signatures: a person without rights, in one commit of a thousand trailers" {
    pki_as mallory
    { printf 'Many\n\n'; for i in $(seq 1000); do printf 'Countersign-Configuration: sha256:%064d\n' "$i"; done; } >"$PKI/message"
    git commit -q -S --allow-empty -F "$PKI/message"
    git push -q origin main
    pki_run_once
    [ "$(pki_output status/configuration.yaml | grep -c 'by: mallory')" -le 16 ]
    # and it takes nothing from those who have a say
    changed_by alice
    pki_run_once
    digest=$(candidate)
    "$COUNTERSIGN" configuration approve --push --yes "$digest"
    people_at bob
    "$COUNTERSIGN" configuration approve --push --yes "$digest"
    pki_run_once
    [ "$(trusted_number)" = 1 ]
}

@test "nobody fills the status with what is wrong in a candidate" {
    python3 - <<'PY'
for i in range(60):
    with open(f"identities/x{i}.yaml", "w") as file:
        file.write(f"apiVersion: countersign/v1\nkind: Person\nmetadata: {{name: x{i}}}\nspec:\n")
        file.writelines(f"  unknown{j}: 1\n" for j in range(20))
PY
    git add identities
    git commit -q -m 'Much is wrong'
    git push -q origin main
    pki_run_once
    [ "$(pki_output status/configuration.yaml | grep -c 'severity:')" -le 110 ]
    pki_output status/configuration.yaml | grep -q 'countersign check'
    git commit -q --allow-empty -m 'Another pass'
    git push -q origin main
    pki_run_once
}
