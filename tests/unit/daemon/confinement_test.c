/*
 * What a sanitizer finds in a confined process is seen: a fault on purpose, in each
 * kind of process, must be in the file that the sanitizer was told to report to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "daemon/confinement.h"

#ifdef SANITIZED
enum { REPORT_BYTES = 1 << 20, CONFINED_TOO_LITTLE = 99 };

/* --- the process with a fault: this program again, with arguments ----------------------------- */

/* What is written is looked at, so that no compiler leaves it out. */
static volatile int seen;

static void
write_beyond(void)
{
	volatile size_t after = 8;
	char *bytes = malloc(after);

	bytes[after] = 1;
	seen = bytes[after];
	free(bytes);
}

static void
overflow(void)
{
	volatile int most = INT_MAX;

	seen = most + 1;
}

static const struct fault {
	void (*commit)(void);
	const char *reported;
} faults[] = {
	{ write_beyond, "ERROR: AddressSanitizer: heap-buffer-overflow" },
	{ overflow, "runtime error: signed integer overflow" },
};

static struct confinement
confinement_of(enum occupation occupation, const struct local_configuration *local,
    struct arena *arena)
{
	switch (occupation) {
	case OCCUPATION_KEEPER:
	case OCCUPATION_KEEPER_WITH_TOKEN:
		return keeper_confinement(arena, occupation == OCCUPATION_KEEPER_WITH_TOKEN);
	case OCCUPATION_CHECKER:
		return checker_confinement(arena, local);
	case OCCUPATION_RECONCILER:
	case OCCUPATION_RECONCILER_REMOTE:
		break;
	}
	return reconciler_confinement(arena, local);
}

/* In FOLDER, nothing of which the process may touch: OCCUPATION FAULT FOLDER USER */
static int
be_faulty(char **arguments)
{
	struct arena *arena = arena_new();
	enum occupation occupation = (enum occupation)atoi(arguments[1]);
	struct local_configuration local = {
		.state_directory = text_printf(arena, "%s/state", arguments[3]),
		.repository_path = text_printf(arena, "%s/repository", arguments[3]),
		.signing_key = text_printf(arena, "%s/key", arguments[3]),
		.user = text_of(arguments[4]),
	};
	const char *other = arena_printf(arena, "%s/other", arguments[3]);
	bool confinable = landlock_version() > 0 && occupation != OCCUPATION_KEEPER_WITH_TOKEN;
	struct confinement confinement;
	struct text why;

	if (occupation == OCCUPATION_RECONCILER_REMOTE)
		local.repository_url = TEXT("ssh://host/pki.git");
	if (text_empty(local.user))
		local.user = (struct text){ NULL, 0 };
	confinement = confinement_of(occupation, &local, arena);
	log_configure(LOG_NOTHING, -1);
	if (!become_user(&local, occupation, arena, &why) || !protect_process("faulty", &why) ||
	    !confine(&confinement, SANDBOX_PREFERRED, arena, &why) ||
	    (confinable && open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0))
		return CONFINED_TOO_LITTLE;
	faults[atoi(arguments[2])].commit();
	arena_free(arena);
	return EXIT_SUCCESS;
}

/* --- and what is heard of it ----------------------------------------------------------------- */

struct report_test {
	struct arena *arena;
	char *folder;
};

static void __attribute__((noreturn))
start(const struct report_test *test, enum occupation occupation, size_t fault, char *user)
{
	char *options = arena_printf(test->arena, "external_symbolizer_path=:log_path='%s/report'",
	    test->folder);
	char *options_undefined = arena_printf(test->arena, "print_stacktrace=1:%s", options);
	char *const arguments[] = { (char[]){ "faulty" },
		arena_printf(test->arena, "%d", (int)occupation),
		arena_printf(test->arena, "%zu", fault), test->folder, user, NULL };

	if (setenv("ASAN_OPTIONS", options, 1) == 0 &&
	    setenv("UBSAN_OPTIONS", options_undefined, 1) == 0)
		(void)execv("/proc/self/exe", arguments);
	_exit(EXIT_SUCCESS);
}

static void
reports(struct report_test *test, enum occupation occupation, size_t fault, char *user)
{
	const char *expected = faults[fault].reported;
	struct text report = { NULL, 0 };
	pid_t child = fork();
	char *path;
	int status;

	assert_true(child >= 0);
	if (child == 0)
		start(test, occupation, fault, user);
	assert_int_equal(waitpid(child, &status, 0), child);
	path = arena_printf(test->arena, "%s/report.%d", test->folder, (int)child);
	if (!file_read(test->arena, path, REPORT_BYTES, &report) ||
	    memmem(report.at, report.length, expected, strlen(expected)) == NULL)
		fail_msg("%s: status %d, no '%s' in the report: %.*s", occupation_name(occupation),
		    status, expected, TEXT_ARGUMENTS(report));
	assert_int_equal(unlink(path), 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != EXIT_SUCCESS &&
	    WEXITSTATUS(status) != CONFINED_TOO_LITTLE);
}

static void
every_process_reports(struct report_test *test, const char *user)
{
	for (int occupation = OCCUPATION_KEEPER; occupation <= OCCUPATION_RECONCILER_REMOTE; occupation++)
		for (size_t fault = 0; fault < sizeof(faults) / sizeof(faults[0]); fault++)
			reports(test, (enum occupation)occupation, fault,
			    arena_printf(test->arena, "%s", user));
}

static int
set_up(void **state)
{
	struct arena *arena = arena_new();
	struct report_test *test = ARENA_NEW(arena, struct report_test);
	const char *temporary = getenv("TMPDIR");

	test->arena = arena;
	test->folder = arena_printf(arena, "%s/reports.XXXXXX",
	    temporary != NULL ? temporary : "/tmp");
	*state = test;
	return mkdtemp(test->folder) == NULL;
}

static int
tear_down(void **state)
{
	struct report_test *test = *state;
	int status = rmdir(test->folder);

	arena_free(test->arena);
	return status;
}

static void
a_confined_process_reports(void **state)
{
	every_process_reports(*state, "");
}

static void
so_does_another_user(void **state)
{
	if (geteuid() != 0)
		skip();
	every_process_reports(*state, "nobody");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_confined_process_reports, set_up, tear_down),
		cmocka_unit_test_setup_teardown(so_does_another_user, set_up, tear_down),
	};

	return argc == 5 ? be_faulty(argv) : cmocka_run_group_tests(tests, NULL, NULL);
}
#else
static void
only_a_build_with_sanitizers_reports(void **state)
{
	(void)state;
	skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_build_with_sanitizers_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
