# tests/run counts what happened, not what was said.

setup() {
    tree="$BATS_TEST_TMPDIR/a tree"
    mkdir -p "$tree/tests/e2e" "$tree/build/tests/unit/base"
    cp tests/run "$tree/tests/run"
    cd "$tree"
}

# program NAME LINE…: a program that speaks for a unit test
program() {
    local path=build/tests/unit/base/$1_test
    shift
    printf '%s\n' '#!/bin/sh' "$@" >"$path"
    chmod +x "$path"
}

# counts LINE: the runner's last line and, with it, its exit status
counts() {
    shopt -s nullglob
    run env JOB_SECONDS="${limit:-60}" bash tests/run these build/tests/unit/base/*_test tests/e2e/*.bats
    echo "$output"
    [ "${lines[-1]}" = "$1" ]
    if [[ $1 == *" 0 failed"* ]]; then [ "$status" -eq 0 ]; else [ "$status" -ne 0 ]; fi
}

@test "passes are counted" {
    program good 'echo 1..2; echo "ok 1 - one"; echo "ok 2 - two"'
    counts "2 passed, 0 failed"
}

@test "several groups in one program are counted together" {
    program good 'echo 1..1; echo "ok 1 - one"; echo 1..1; echo "ok 1 - two"'
    counts "2 passed, 0 failed"
}

@test "a failure is named, with its output" {
    program bad 'echo 1..2; echo "ok 1 - one"; echo "not ok 2 - quorum"; echo "# 1 != 2"; exit 1'
    counts "1 passed, 1 failed"
    [[ $output == *"failed: base/bad: quorum"* ]]
    [[ $output == *"| # 1 != 2"* ]]
}

# What stands between the last two headings and the names of what failed.
said() { sed -n '/^Failed$/,$p' <<<"$output" | sed -n 's/^  | //p'; }

@test "what failed tests said comes last, after all that passed, and without what passed tests said" {
    program bad 'echo 1..3; echo "ok 1 - one"; echo "# fine"; echo "not ok 2 - quorum"; echo "# 1 != 2"; echo "ok 3 - three"; exit 1'
    program good 'echo 1..1; sleep 0.3; echo "ok 1 - later"'
    JOBS=2 counts "3 passed, 1 failed"
    [ "$(said)" = "not ok 2 - quorum"$'\n'"# 1 != 2" ]
    [[ ${output%%Failed*} != *"1 != 2"* ]]
    [ "${lines[-2]}" = "  base/bad: quorum" ]
}

@test "what failed tests said is kept to some forty lines a file, begin and end of each" {
    program long 'echo 1..1; echo "not ok 1 - long"; i=0; while [ $i -lt 500 ]; do i=$((i + 1)); echo "# line $i."; done; exit 1'
    counts "0 passed, 1 failed"
    [ "$(said | wc -l)" -le 40 ]
    said | grep -qx '# line 1\.'
    said | grep -qx '# line 500\.'
    program long 'echo 1..4; i=0; while [ $i -lt 400 ]; do [ $((i % 100)) != 0 ] || echo "not ok $((i / 100 + 1)) - $i";' \
        'i=$((i + 1)); echo "# line $i."; done; exit 1'
    counts "0 passed, 4 failed"
    [ "$(said | wc -l)" -le 40 ]
    for line in 1 100 101 200 201 300 301 400; do said | grep -qx "# line $line\." || { echo "line $line"; false; }; done
}

@test "of a program that dies or hangs the end of what it said is shown" {
    program stuck 'echo 1..2; i=0; while [ $i -lt 100 ]; do i=$((i + 1)); echo "line $i."; done; exec sleep 600'
    limit=3 counts "0 passed, 1 failed"
    [ "$(said | wc -l)" -le 45 ]
    said | grep -qx 'line 100\.'
    program stuck 'echo 1..2; echo "not ok 1 - one"; echo "# 1 != 2"; echo "ok 2 - two"; echo "then a crash"; kill -SEGV $$'
    counts "1 passed, 1 failed"
    program stuck 'echo 1..3; echo "not ok 1 - one"; echo "# 1 != 2"; echo "ok 2 - two"; echo "then a crash"; kill -SEGV $$'
    counts "1 passed, 2 failed"
    said | grep -qx '# 1 != 2'
    said | grep -qx 'then a crash'
}

@test "a failure counts although the program exits with 0" {
    program bad 'echo 1..1; echo "not ok 1 - quorum"'
    counts "0 passed, 1 failed"
}

@test "a skipped test is counted and named, in either form of cmocka" {
    program old 'echo 1..2; echo "ok 1 - one"; echo "not ok 2 # SKIP ajv"'
    program new 'echo 1..1; echo "ok 1 # SKIP java"'
    counts "1 passed, 0 failed, 2 skipped"
    [[ $output == *"base/old: ajv"* ]]
    [[ $output == *"base/new: java"* ]]
}

@test "tests that all skip are no success" {
    program only 'echo 1..1; echo "ok 1 # SKIP java"'
    run bash tests/run these build/tests/unit/base/*_test
    [ "${lines[-1]}" = "0 passed, 0 failed, 1 skipped" ]
    [ "$status" -ne 0 ]
}

@test "no test at all is no success" {
    run bash tests/run these
    [ "${lines[-1]}" = "0 passed, 0 failed" ]
    [ "$status" -ne 0 ]
}

@test "a program that ends early fails" {
    program early 'echo 1..3; echo "ok 1 - one"'
    counts "1 passed, 1 failed"
    [[ $output == *"3 tests planned, 1 run, exit status 0"* ]]
}

@test "a program that prints no plan fails" {
    program silent 'exit 0'
    counts "0 passed, 1 failed"
}

@test "a bad exit status fails although every test passed" {
    program leaky 'echo 1..1; echo "ok 1 - one"; exit 23'
    counts "1 passed, 1 failed"
    [[ $output == *"exit status 23"* ]]
}

@test "a program that dies by a signal fails" {
    program dead 'echo 1..1; echo "ok 1 - one"; kill -SEGV $$'
    counts "1 passed, 1 failed"
}

@test "a program that hangs is ended and fails" {
    program stuck 'echo 1..1; echo "ok 1 - one"; exec sleep 600'
    limit=3 counts "1 passed, 1 failed"
    [[ $output == *"did not end in time"* ]]
}

@test "a program that was not built fails" {
    run bash tests/run these build/tests/unit/base/gone_test
    [ "${lines[-1]}" = "0 passed, 1 failed" ]
    [ "$status" -ne 0 ]
}

@test "bats files: passes, failures and skips with their reasons" {
    printf '%s\n' '@test "good" { true; }' '@test "bad" { echo "what it said"; false; }' \
        '@test "other" { skip "ajv is not installed"; }' >tests/e2e/some.bats
    counts "1 passed, 1 failed, 1 skipped"
    [[ $output == *"failed: e2e/some.bats: bad"* ]]
    [[ $output == *"what it said"* ]]
    [[ $output == *"e2e/some.bats: other (ajv is not installed)"* ]]
}

@test "a bats file that does not parse fails" {
    echo '@test "broken" { if }' >tests/e2e/broken.bats
    counts "0 passed, 1 failed"
}

@test "a bats file without tests fails" {
    echo '# nothing' >tests/e2e/empty.bats
    counts "0 passed, 1 failed"
}

@test "a sanitizer's report fails a test that expected failure" {
    command -v gcc >/dev/null || skip "gcc is not installed"
    echo 'int main(int argc, char **argv) { char text[3]; (void)argv; volatile int at = argc + 2; text[at] = 1; return text[at]; }' >crash.c
    gcc -w -fsanitize=address,undefined -static-libasan -static-libubsan -fno-sanitize-recover=all -o crash crash.c ||
        skip "gcc has no sanitizers here"
    echo '@test "refused" { run ./crash; [ "$status" -ne 0 ]; }' >tests/e2e/masked.bats
    counts "1 passed, 1 failed"
    [[ $output == *"a sanitizer reported"* ]]
    said | grep -q 'runtime error\|ERROR: AddressSanitizer'
}

@test "the report of a process that could not open itself says where it happened; an empty one is none" {
    command -v gcc >/dev/null && command -v addr2line >/dev/null || skip "gcc or addr2line is not installed"
    printf '%s\n' '#include <stdlib.h>' 'static void go_wrong(volatile char *at) { at[8] = 1; }' \
        'int main(void) { char *at = malloc(8); go_wrong(at); return at[8]; }' >crash.c
    gcc -w -g -fno-omit-frame-pointer -fsanitize=address -static-libasan -o crash crash.c || skip "gcc has no sanitizers here"
    program wrong 'echo 1..1; ASAN_OPTIONS=$ASAN_OPTIONS:symbolize=0 ./crash; echo "ok 1 - one"'
    program right 'echo 1..1; eval "$(printf %s "$ASAN_OPTIONS" | sed "s/.*log_path=/path=/")"; : >"$path.1"; echo "ok 1 - two"'
    counts "2 passed, 1 failed"
    [[ $output == *"failed: base/wrong: a sanitizer reported ERROR: AddressSanitizer: heap-buffer-overflow"* ]]
    said | grep -q '#0 .*crash+0x[0-9a-f]*).* go_wrong at .*crash.c:2'
}

@test "a file that is to run alone runs while nothing else does" {
    for i in 1 2; do
        printf '%s\n' "@test \"$i\" { echo start >>$(printf %q "$PWD")/trace; sleep 0.3; echo end >>$(printf %q "$PWD")/trace; }" '# run alone' >tests/e2e/alone$i.bats
    done
    JOBS=4 counts "2 passed, 0 failed"
    [ "$(tr '\n' ' ' <trace)" = "start end start end " ]
}

@test "tests see none of the user's settings, and a home and a folder of their own that go away" {
    program looks 'echo 1..1' \
        '[ -z "$GIT_DIR$SSH_AUTH_SOCK$GNUPGHOME$XDG_CONFIG_HOME$MAKEFLAGS" ] && [ -d "$HOME" ] && [ -d "$TMPDIR" ] &&' \
        '[ -z "$(ls -A "$HOME" "$TMPDIR" | grep -v :)" ] && touch "$TMPDIR/x" && echo "$TMPDIR" >where && echo "ok 1 - clean" || echo "not ok 1 - clean"'
    GIT_DIR=x SSH_AUTH_SOCK=x GNUPGHOME=x XDG_CONFIG_HOME=x MAKEFLAGS=-k counts "1 passed, 0 failed"
    [ ! -e "$(cat where)" ]
}

@test "a test gets a fixed environment: what locale, terminal and time zone were there does not matter" {
    program looks 'echo 1..1; env | cut -d= -f1 | grep -vE "PATH$|^CC$|FLAGS$|^LDLIBS$|^PKG_CONFIG|^COUNTERSIGN" | sort >names' \
        '[ "$LC_ALL $TZ $TERM $(umask) ${LANG-} ${NO_COLOR-} ${LANGUAGE-}" = "C.UTF-8 UTC dumb 0022   " ] &&' \
        'echo "ok 1 - fixed" || { echo "not ok 1 - fixed"; env; }'
    (umask 077; LC_ALL=C LANG=C LANGUAGE=de TZ=Asia/Tokyo TERM=xterm NO_COLOR=1 counts "1 passed, 0 failed")
    cp names before
    # nor does a home that is missing, nor an environment that is empty
    run env -i PATH="$PATH" bash tests/run these build/tests/unit/base/looks_test
    [ "${lines[-1]}" = "1 passed, 0 failed" ]
    diff before names
}

@test "a test that writes into the home folder fails" {
    program writes 'echo 1..1; echo "[safe]" >"$HOME/.gitconfig"; echo "ok 1 - one"'
    counts "1 passed, 1 failed"
    [[ $output == *"base/writes: wrote into the home folder: .gitconfig"* ]]
}

@test "a change of the user's own settings, past HOME, is a failure" {
    mkdir -p home/.ssh
    echo '[user]' >home/.gitconfig
    program past 'echo 1..1; echo "ok 1 - one"'
    HOME=$PWD/home counts "1 passed, 0 failed"
    program past 'echo 1..1; echo host >home/.ssh/known_hosts; echo "ok 1 - one"'
    HOME=$PWD/home counts "1 passed, 1 failed"
    [[ $output == *"settings were changed while tests ran: "*/home/.ssh/known_hosts* ]]
    program past 'echo 1..1; echo "[safe]" >>home/.gitconfig; echo "ok 1 - one"'
    HOME=$PWD/home counts "1 passed, 1 failed"
    [[ $output == *"settings were changed while tests ran: "*/home/.gitconfig* ]]
}

@test "bats by hand: tests get a home and an environment of their own, too" {
    cp "$BATS_TEST_DIRNAME/../lib/setup_suite.bash" tests/e2e/setup_suite.bash
    mkdir home
    echo '@test "alone" { [ "$HOME" != "$WHOSE" ]; [ -z "$GIT_DIR$LANG" ]; git config --global user.name Nobody; rm "$HOME/.gitconfig"; }' \
        >tests/e2e/some.bats
    WHOSE=$PWD/home HOME=$PWD/home GIT_DIR=x LANG=C bats tests/e2e/some.bats
    [ -z "$(ls -A home)" ]
    echo '@test "writes" { git config --global user.name Nobody; }' >tests/e2e/some.bats
    run bats tests/e2e/some.bats
    [ "$status" -ne 0 ]
    [[ $output == *"wrote into the home folder: .gitconfig"* ]]
}

@test "a run that is ended takes its tests and its folder with it" {
    program slow 'echo 1..1; echo $$ >pid; exec sleep 600'
    TMPDIR=$BATS_TEST_TMPDIR bash tests/run these build/tests/unit/base/slow_test 3>&- &
    runner=$!
    for _ in $(seq 600); do [ ! -s pid ] || break; sleep 0.1; done
    kill -TERM "$runner"
    wait "$runner" || true
    for _ in $(seq 600); do kill -0 "$(cat pid)" 2>/dev/null || break; sleep 0.1; done
    run kill -0 "$(cat pid)"
    [ "$status" -ne 0 ]
    run ls -d "$BATS_TEST_TMPDIR"/cs.*
    [ "$status" -ne 0 ]
}

@test "a job that cannot report is missed" {
    program good 'echo 1..1; echo "ok 1 - one"; kill -KILL $(ps -o ppid= -p $PPID)'
    command -v ps >/dev/null || skip "ps is not installed"
    counts "0 passed, 1 failed"
    [[ $output == *"ended without a report"* ]]
}
