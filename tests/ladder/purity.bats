# Evaluation is pure, and a proof that the check of it can fail.

setup() {
    tree=$BATS_TEST_TMPDIR
    mkdir -p "$tree"/reconciler/{base,model,evaluate}
    object base/text 'int text_length(void); int text_length(void) { return 1; }'
    object base/log 'void log_it(void); void log_it(void) { }'
    object base/moment 'long moment_now(void); long moment_now(void) { return 1; }'
}

object() {      # PATH C-TEXT
    printf '%s\n' "$2" | gcc -O2 -fPIE -x c -c -o "$tree/reconciler/$1.o" -
}

refuses() {     # WORDS
    run tests/ladder/purity "$tree"
    echo "$output"
    [ "$status" -eq 1 ] && [ "${#lines[@]}" -eq 1 ] && [[ $output == *"$1" ]]
}

@test "evaluation is pure" {
    [ -n "${COUNTERSIGN_BUILD:-}" ] || skip "no build to look at: run it by make check"
    run tests/ladder/purity "$COUNTERSIGN_BUILD"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "calls of base and constant tables are accepted" {
    object evaluate/evaluate 'int text_length(void); static const char *const names[] = { "a", "b" };
        const char *decide(int n); const char *decide(int n) { return names[text_length() + n]; }'
    run tests/ladder/purity "$tree"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "a build without evaluation is an error, not a pass" {
    run tests/ladder/purity "$tree"
    [ "$status" -eq 2 ]
}

@test "the C library's clock" {
    object evaluate/evaluate '#include <time.h>
        long decide(void); long decide(void) { return (long)time(0); }'
    refuses "evaluate/evaluate.o: calls time"
}

@test "the clock of base/" {
    object evaluate/evaluate 'long moment_now(void); long decide(void); long decide(void) { return moment_now(); }'
    refuses "calls moment_now"
    object base/moment 'long milliseconds_running(void); long milliseconds_running(void) { return 1; }'
    object evaluate/evaluate 'long milliseconds_running(void); long decide(void); long decide(void) { return milliseconds_running(); }'
    refuses "calls milliseconds_running"
}

@test "the log" {
    object model/plan 'void log_it(void); void write_plan(void); void write_plan(void) { log_it(); }'
    refuses "model/plan.o: calls log_it"
}

@test "randomness" {
    object evaluate/evaluate '#include <stdlib.h>
        int decide(void); int decide(void) { return rand(); }'
    refuses "calls rand"
}

@test "a file" {
    object evaluate/evaluate '#include <fcntl.h>
        int decide(void); int decide(void) { return open("x", O_RDONLY); }'
    refuses "calls open"
}

@test "the environment" {
    object evaluate/evaluate '#include <stdlib.h>
        char *decide(void); char *decide(void) { return getenv("X"); }'
    refuses "calls getenv"
}

@test "a counter that outlives the call" {
    object evaluate/evaluate 'int decide(void); int decide(void) { static int calls; return ++calls; }'
    [[ $(tests/ladder/purity "$tree") == *"keeps state in calls"* ]]
}

@test "a global that may be written" {
    object evaluate/evaluate 'int rules = 3; int decide(void); int decide(void) { return rules; }'
    refuses "keeps state in rules"
}
