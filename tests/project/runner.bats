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
    limit=1 counts "1 passed, 1 failed"
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

@test "a run that is ended takes its tests and its folder with it" {
    program slow 'echo 1..1; echo $$ >pid; exec sleep 600'
    TMPDIR=$BATS_TEST_TMPDIR bash tests/run these build/tests/unit/base/slow_test 3>&- &
    runner=$!
    for _ in $(seq 100); do [ ! -s pid ] || break; sleep 0.1; done
    kill -TERM "$runner"
    wait "$runner" || true
    for _ in $(seq 100); do kill -0 "$(cat pid)" 2>/dev/null || break; sleep 0.1; done
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
