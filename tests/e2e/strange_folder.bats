#!/usr/bin/env bats
# Commands that only read, in a folder that somebody else made: whatever its git configuration names, nothing of it is
# run, and history is what the commits say.
bats_require_minimum_version 1.5.0

load ../lib/pki
load ../lib/hostile

setup_file() {
    hostile_file
    pki_request r/one web-staging alice r.example.com
    pki_request auto automatic alice auto.example.com
    pki_run_once 2>/dev/null
    pki_decide dave Approve r/one
    pki_run_once 2>/dev/null
    # a plan of a second generation, and other rules, so that old plans and differences are looked up
    pki_request r/one web-staging alice r.example.com 'ttl: 20d'
    pki_run_once 2>/dev/null
    sed -i 's/maxRequestTtl: 7d/maxRequestTtl: 5d/' policies/two-step.yaml
    git commit -q -a -m Sooner && git push -q origin main
    INTRODUCTION=$(git rev-list --reverse main | head -n 1)@$(pki_introduction_digest)
    export INTRODUCTION
    hostile_keep
}

setup() {
    hostile_test
    RAN=$BATS_TEST_TMPDIR/ran
    cat >"$HOME/evil" <<SH
#!/bin/sh
echo "\$0 \$*" >>"$RAN"
SH
    chmod +x "$HOME/evil"
    git clone -q "$BARE" "$HOME/clone"
    # a version of a request that nobody has judged: its plan is compared with the one before
    cd "$HOME/clone"
    git config user.name Nobody && git config user.email nobody@example.com
    sed -i 's/ttl: 20d/ttl: 25d/' requests/r/one.yaml
    git commit -q -a -m 'Longer'
}

# Everything that git would run by a configuration of somebody's: in the git folder $1
poison() {
    local name evil=$HOME/evil
    for name in core.fsmonitor core.sshCommand core.editor core.pager core.askPass core.gitProxy core.alternateRefsCommand \
        gpg.program gpg.ssh.program gpg.x509.program gpg.openpgp.program gpg.ssh.defaultKeyCommand gpg.ssh.revocationFile \
        diff.external credential.helper sequence.editor uploadpack.packObjectsHook \
        filter.evil.clean filter.evil.smudge diff.evil.textconv diff.evil.command merge.evil.driver \
        alias.config alias.log alias.diff alias.status alias.rev-parse alias.merge-base alias.symbolic-ref alias.remote \
        remote.origin.uploadpack remote.origin.vcs pager.log pager.diff pager.config pager.status pager.remote; do
        case $name in
        alias.*) git -C "$1" config "$name" "!$evil" ;;
        *) git -C "$1" config "$name" "$evil" ;;
        esac
    done
    git -C "$1" config log.showSignature true
    git -C "$1" config core.hooksPath "$HOME/hooks"
    mkdir -p "$HOME/hooks"
    for name in fsmonitor-watchman query-watchman post-index-change reference-transaction post-checkout pre-auto-gc; do
        cp "$evil" "$HOME/hooks/$name"
    done
    git -C "$1" config protocol.ext.allow always
    mkdir -p "$1/info" 2>/dev/null || true
}

# Every command that only reads, in the current folder; what it comes to is its own matter.
read_everything() {
    local arguments
    while read -r arguments; do
        # shellcheck disable=SC2086 # words
        timeout 60 "$COUNTERSIGN" $arguments >"$HOME/said" 2>&1 </dev/null || [ $? -lt 124 ]
        [ ! -e "$RAN" ] || { echo "ran by: $arguments"; cat "$RAN"; return 1; }
    done <<COMMANDS
audit --introduction $INTRODUCTION
audit --introduction $INTRODUCTION -o json
audit r/one --introduction $INTRODUCTION
audit
evidence r/one --introduction $INTRODUCTION --out $HOME/evidence
verify-evidence $HOME/evidence --introduction $INTRODUCTION
list --state all
show r/one
show auto
get auto
check
check HEAD
check HEAD~1..HEAD
plan
plan HEAD~2..HEAD
configuration show
configuration diff
configuration diff HEAD
schema Person
COMMANDS
}

@test "nothing is run that the clone's own configuration names" {
    cd "$HOME/clone"
    poison .git
    printf '* filter=evil diff=evil\n' >.git/info/attributes
    touch requests/r/one.yaml policies/*.yaml
    # git itself runs it: the trap is set
    git log -1 >/dev/null 2>&1 || true
    git status >/dev/null 2>&1 || true
    [ -s "$RAN" ]
    rm "$RAN"
    read_everything
    run -0 "$COUNTERSIGN" audit --introduction "$INTRODUCTION"
    [[ $output == *"nothing found"* ]]
}

@test "nothing is run to see whether somebody has rules that no commit has" {
    cd "$HOME/clone"
    # the rules that are trusted, in each branch that is looked at
    git reset -q --hard HEAD~2
    git update-ref refs/remotes/origin/main HEAD
    poison .git
    printf '* filter=evil diff=evil\n' >.git/info/attributes
    touch -d '1 hour ago' countersign.yaml policies/*.yaml
    git status >/dev/null 2>&1 || true
    grep -q evil "$RAN"
    rm "$RAN"
    read_everything
    run -1 "$COUNTERSIGN" configuration diff
    [[ $output == *"there is nothing to sign" ]]
    echo '# another word' >>policies/two-step.yaml
    run -1 "$COUNTERSIGN" configuration diff
    [[ $output == *"there is nothing to sign; what the work tree has beyond it counts when it is committed" ]]
    [ ! -e "$RAN" ]
}

@test "nothing is run in a submodule, whose configuration is another one" {
    cd "$HOME/clone"
    git init -q policies/sub
    (cd policies/sub && git config user.name Nobody && git config user.email nobody@example.com &&
        echo one >file && git add file && git commit -q -m One && echo two >file && git commit -q -a -m Two)
    git add policies/sub 2>/dev/null
    git commit -q -m 'A submodule'
    git -C policies/sub reset -q --hard HEAD~1
    git config diff.submodule diff
    poison policies/sub/.git
    printf '* filter=evil diff=evil\n' >policies/sub/.git/info/attributes
    git diff origin/main HEAD -- policies >/dev/null 2>&1 || true
    grep -q evil "$RAN"
    rm "$RAN"
    read_everything
    run -0 "$COUNTERSIGN" configuration diff
    [[ $output == *"+Subproject commit $(git rev-parse HEAD:policies/sub)"* ]]
}

@test "nothing is run by a folder that looks like a bare repository" {
    mkdir -p "$HOME/clone/requests/trap"
    cp -a "$BARE/." "$HOME/clone/requests/trap/"
    poison "$HOME/clone/requests/trap"
    cd "$HOME/clone/requests/trap"
    read_everything
    cd refs/heads
    read_everything
}

@test "objects that are not there are not fetched by what a stranger's configuration says" {
    local id
    cd "$HOME/clone"
    git repack -q -a -d
    mkdir -p "$HOME/packs" && mv .git/objects/pack/* "$HOME/packs/"
    for pack in "$HOME"/packs/*.pack; do git unpack-objects -q <"$pack"; done
    git fsck >/dev/null 2>&1
    poison .git
    git config core.repositoryFormatVersion 0
    git config extensions.partialClone evil
    git config remote.evil.url "ext::$HOME/evil %S"
    git config remote.evil.promisor false
    git config remote.evil.partialCloneFilter blob:none
    for id in "$(git rev-parse origin/main~1)" "$(git rev-parse origin/main~2)" "$(git rev-parse origin/countersign/output~1)"; do
        mv ".git/objects/${id:0:2}/${id:2}" "$HOME/kept"
        # git itself would
        git cat-file -e "$id" >/dev/null 2>&1 || true
        [ -s "$RAN" ]
        rm "$RAN"
        read_everything
        mv "$HOME/kept" ".git/objects/${id:0:2}/${id:2}"
    done
}

timeless() { sed '/ ago)/d; /(in /d'; }

@test "replaced, grafted and summarized commits are not what a plan is compared with" {
    local empty
    cd "$HOME/clone"
    "$COUNTERSIGN" plan HEAD~2..HEAD >"$HOME/before" 2>&1 || true
    "$COUNTERSIGN" show r/one 2>&1 | timeless >"$HOME/shown"
    [ -s "$HOME/before" ]
    grep -q 'lifetime: 1728000' "$HOME/shown"
    empty=$(git commit-tree -m Nothing "$(git mktree </dev/null)")
    git replace HEAD~2 "$empty"
    git replace origin/countersign/output~1 "$empty"
    "$COUNTERSIGN" plan HEAD~2..HEAD 2>&1 | diff "$HOME/before" -
    "$COUNTERSIGN" show r/one 2>&1 | timeless | diff "$HOME/shown" -
    git replace -d HEAD~2 origin/countersign/output~1
    git rev-parse HEAD HEAD~1 | while read -r id; do echo "$id $empty"; done >.git/info/grafts
    run -0 --separate-stderr "$COUNTERSIGN" configuration diff
    [ -z "$stderr" ]
    "$COUNTERSIGN" plan HEAD~2..HEAD 2>&1 | diff "$HOME/before" -
    run -0 "$COUNTERSIGN" audit --introduction "$INTRODUCTION"
    [[ $output == *"nothing found"* ]]
}
