#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/child.h"
#include "base/file.h"

enum { MUCH_BYTES = 1024 * 1024 };

static struct arena *arena;
static struct child_result result;
static struct text why;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool
run_shell(const char *script, struct text input, size_t most_bytes)
{
	const char *const arguments[] = { "sh", "-c", script, NULL };
	const struct child_order order = { .arguments = arguments,
		.input = input,
		.errors = CHILD_ERRORS_KEPT,
		.most_bytes = most_bytes };

	return child_run(arena, &order, &result, &why);
}

/*
 * Our own standard error, while a script runs that is asked to have its questions
 * answered; `shown` is a command in it that waits until something stands there.
 */
static struct text
shown_while(const char *script)
{
	char path[] = "/tmp/child_test.XXXXXX";
	int file = mkstemp(path), before = dup(STDERR_FILENO);
	const char *const arguments[] = { "sh", "-c", arena_printf(arena,
	    "shown() { for i in $(seq 600); do [ ! -s %s ] || return 0; sleep 0.1; done; }\n%s",
	    path, script), NULL };
	const struct child_order order = { .arguments = arguments,
		.errors = CHILD_ERRORS_ANSWERED };
	struct text shown;

	assert_true(file >= 0);
	(void)dup2(file, STDERR_FILENO);
	(void)close(file);
	assert_true(child_run(arena, &order, &result, &why));
	(void)dup2(before, STDERR_FILENO);
	(void)close(before);
	assert_true(file_read(arena, path, 1000, &shown));
	(void)unlink(path);
	return shown;
}

static void
a_question_is_shown(void **state)
{
	(void)state;
	assert_true(text_is(shown_while("echo who >&2; shown; echo done >&2"), "who\n"));
	assert_string_equal(result.errors.at, "who\ndone\n");
	assert_int_equal(result.errors_shown, 4);
	assert_true(text_is(shown_while("printf 'one\\n\\033[2Jtwo: ' >&2; shown"), "one\n\\x1b[2Jtwo: "));
	assert_true(text_is(shown_while("echo failed >&2; exit 3"), ""));
	assert_int_equal(result.errors_shown, 0);
	assert_int_equal(result.status, 3);
}

static void
much_goes_in_and_out(void **state)
{
	char *much = arena_allocate(arena, MUCH_BYTES);

	(void)state;
	for (size_t i = 0; i < MUCH_BYTES; i++)
		much[i] = (char)(i % 251);
	assert_true(run_shell("cat; echo done >&2", (struct text){ much, MUCH_BYTES }, 0));
	assert_int_equal(result.status, 0);
	assert_int_equal(result.output.length, MUCH_BYTES);
	assert_memory_equal(result.output.at, much, MUCH_BYTES);
	assert_string_equal(result.errors.at, "done\n");
}

static void
without_input_it_reads_an_end(void **state)
{
	(void)state;
	assert_true(run_shell("cat; exit 7", (struct text){ NULL, 0 }, 0));
	assert_int_equal(result.status, 7);
	assert_true(text_empty(result.output));
	assert_true(run_shell("cat", TEXT(""), 0));
	assert_int_equal(result.status, 0);
}

static void
input_that_nobody_reads_hurts_nobody(void **state)
{
	char *much = arena_allocate(arena, MUCH_BYTES);

	(void)state;
	memset(much, 'x', MUCH_BYTES);
	assert_true(run_shell("exit 3", (struct text){ much, MUCH_BYTES }, 0));
	assert_int_equal(result.status, 3);
}

static void
a_signal_shows_in_the_status(void **state)
{
	(void)state;
	assert_true(run_shell("kill -TERM $$", (struct text){ NULL, 0 }, 0));
	assert_int_equal(result.status, 128 + SIGTERM);
}

static void
too_much_output_ends_it(void **state)
{
	(void)state;
	assert_false(
	    run_shell("while :; do echo 0123456789; done", (struct text){ NULL, 0 }, 1000));
	assert_string_equal(why.at, "sh: its output is too long");
}

static void
too_many_errors_are_cut(void **state)
{
	(void)state;
	assert_true(run_shell(
	    "i=0; while [ $i -lt 20000 ]; do echo 0123456789 >&2; i=$((i+1)); done; exit 1",
	    (struct text){ NULL, 0 }, 0));
	assert_int_equal(result.status, 1);
	assert_true(result.errors.length > 0 && result.errors.length <= CHILD_ERROR_BYTES);
}

static void
a_program_that_is_not_there(void **state)
{
	const char *const arguments[] = { "/not/there", NULL };
	const struct child_order order = { .arguments = arguments };

	(void)state;
	assert_false(child_run(arena, &order, &result, &why));
	assert_string_equal(why.at, "/not/there could not be started: No such file or directory");
}

static void
a_broken_pipe_ends_the_child_as_usual(void **state)
{
	(void)state;
	/* a child that ignored SIGPIPE would go on and fail with 1 */
	assert_true(
	    run_shell("sh -c 'kill -PIPE $$; exit 5'; echo $?", (struct text){ NULL, 0 }, 0));
	assert_string_equal(result.output.at, "141\n");
}

static bool
run_limited(const char *script, unsigned seconds, uint64_t most_file_bytes, const char *const *environment)
{
	const char *const arguments[] = { "sh", "-c", script, NULL };
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT,
		.seconds = seconds, .most_file_bytes = most_file_bytes, .environment = environment };

	return child_run(arena, &order, &result, &why);
}

static void
what_takes_too_long_is_killed_with_its_children(void **state)
{
	const char *child;

	(void)state;
	assert_false(run_limited("sleep 60 & echo $!; wait", 1, 0, NULL));
	assert_string_equal(why.at, "sh: it took too long");
	assert_int_equal(result.status, 128 + SIGKILL);
	child = text_string(arena, text_trim(result.output));
	/* gone, or about to be reaped by its new parent */
	assert_true(run_limited(arena_printf(arena, "while grep -q '^State:.*[SRD] '"
	    " /proc/%s/status 2>/dev/null; do sleep 0.1; done; exit 7", child), 60, 0, NULL));
	assert_int_equal(result.status, 7);
}

static void
who_closes_the_pipes_does_not_get_away(void **state)
{
	(void)state;
	assert_false(run_limited("exec >/dev/null 2>&1; sleep 60", 1, 0, NULL));
	assert_string_equal(why.at, "sh: it took too long");
}

static void
who_is_in_time_is_left_alone(void **state)
{
	(void)state;
	assert_true(run_limited("exec 1>&- 2>&-; sleep 0.1; exit 5", 30, 0, NULL));
	assert_int_equal(result.status, 5);
}

static void
files_are_limited(void **state)
{
	(void)state;
	assert_true(run_limited("f=$(mktemp); head -c 100000 /dev/zero >$f; wc -c <$f; rm $f", 0, 5000, NULL));
	assert_string_equal(text_string(arena, text_trim(result.output)), "5000");
}

static void
the_environment_can_be_given(void **state)
{
	const char *const environment[] = { "PATH=/bin:/usr/bin", "ONE=1", NULL };

	(void)state;
	assert_true(run_limited("echo $ONE$HOME", 0, 0, environment));
	assert_string_equal(result.output.at, "1\n");
}

/* A daemon blocks signals to read them one by one; its children must not inherit that. */
static void
signals_are_not_blocked_in_it(void **state)
{
	sigset_t all, before;

	(void)state;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	assert_true(run_shell("kill -TERM $$; echo alive", (struct text){ NULL, 0 }, 0));
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(result.status, 128 + SIGTERM);
}

int
main(void)
{
#define TEST_CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_question_is_shown),
		TEST_CASE(much_goes_in_and_out),
		TEST_CASE(without_input_it_reads_an_end),
		TEST_CASE(input_that_nobody_reads_hurts_nobody),
		TEST_CASE(a_signal_shows_in_the_status),
		TEST_CASE(too_much_output_ends_it),
		TEST_CASE(too_many_errors_are_cut),
		TEST_CASE(a_program_that_is_not_there),
		TEST_CASE(a_broken_pipe_ends_the_child_as_usual),
		TEST_CASE(what_takes_too_long_is_killed_with_its_children),
		TEST_CASE(who_closes_the_pipes_does_not_get_away),
		TEST_CASE(who_is_in_time_is_left_alone),
		TEST_CASE(files_are_limited),
		TEST_CASE(the_environment_can_be_given),
		TEST_CASE(signals_are_not_blocked_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
