#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/moment.h"
#include "commands/options.h"

struct given {
	bool all;
	bool quick;
	struct text profile;
	struct texts dns;
	int format;
	int64_t count;
	duration ttl;
	moment not_before;
};

static const char *const formats[] = { "table", "json", "yaml", NULL };

static const struct option_row rows[] = {
	{ "all", 'a', OPTION_FLAG, offsetof(struct given, all), NULL },
	{ "quick", 'q', OPTION_FLAG, offsetof(struct given, quick), NULL },
	{ "profile", 'p', OPTION_TEXT, offsetof(struct given, profile), NULL },
	{ "dns", 0, OPTION_LIST, offsetof(struct given, dns), NULL },
	{ "output", 'o', OPTION_CHOICE, offsetof(struct given, format), formats },
	{ "count", 0, OPTION_NUMBER, offsetof(struct given, count), NULL },
	{ "ttl", 0, OPTION_DURATION, offsetof(struct given, ttl), NULL },
	{ "not-before", 0, OPTION_MOMENT, offsetof(struct given, not_before), NULL },
	{ .name = NULL }
};

static const struct command command = { .name = "try", .summary = "", .usage = "usage: try\n" };

enum { MOST_ARGUMENTS = 16, REPORT_BYTES = 4096 };

static struct arena *arena;
static struct given given;
static struct command_line line;
static char report[REPORT_BYTES];       /* what went to standard output and standard error */

/* Reads arguments that are separated by blanks ("_" is an empty one), and keeps what was printed. */
static int
read_line(const char *arguments)
{
	char *argv[MOST_ARGUMENTS], *rest = arena_copy(arena, arguments, strlen(arguments)), *word;
	FILE *file = tmpfile();
	int argc = 0, status, kept_out, kept_error;
	size_t length;

	argv[argc++] = arena_copy(arena, "try", 3);
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0')
			argv[argc++] = strcmp(word, "_") == 0 ? word + 1 : word;
	given = (struct given){ 0 };
	line.command = &command;
	line.rows = rows;
	line.into = &given;
	line.operands = (struct texts){ 0 };

	(void)fflush(NULL);
	kept_out = dup(1);
	kept_error = dup(2);
	dup2(fileno(file), 1);
	dup2(fileno(file), 2);
	status = options_read(arena, &line, argc, argv);
	(void)fflush(NULL);
	dup2(kept_out, 1);
	dup2(kept_error, 2);
	close(kept_out);
	close(kept_error);
	rewind(file);
	length = fread(report, 1, sizeof(report) - 1, file);
	report[length] = '\0';
	fclose(file);
	return status;
}

static void
assert_wrong(const char *arguments, const char *message)
{
	assert_int_equal(read_line(arguments), EXIT_USAGE);
	if (strstr(report, message) == NULL)
		fail_msg("\"%s\" is not in: %s", message, report);
	assert_non_null(strstr(report, "`countersign try --help`"));
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	line = (struct command_line){ .operand = "ID", .most = OPERANDS_ANY_NUMBER };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

#define ASSERT_TEXT(text, expected) \
	assert_string_equal(text_string(arena, (text)), (expected))

static void
nothing_given(void **state)
{
	(void)state;
	assert_int_equal(read_line(""), OPTIONS_GO_ON);
	assert_false(text_present(given.profile));
	assert_int_equal(line.operands.count, 0);
	assert_string_equal(report, "");
}

static void
every_kind_long(void **state)
{
	(void)state;
	assert_int_equal(read_line(
			     "--all --profile web --dns a.example --dns=b.example --output=yaml "
			     "--count 42 --ttl 90d --not-before 2026-12-01T00:00:00Z"),
	    OPTIONS_GO_ON);
	assert_true(given.all);
	assert_false(given.quick);
	ASSERT_TEXT(given.profile, "web");
	assert_int_equal(given.dns.count, 2);
	ASSERT_TEXT(given.dns.at[0], "a.example");
	ASSERT_TEXT(given.dns.at[1], "b.example");
	assert_int_equal(given.format, 2);
	assert_int_equal(given.count, 42);
	assert_int_equal(given.ttl, 90 * 86400);
	assert_int_equal(given.not_before, 1796083200);
	assert_string_equal(report, "");
}

static void
letters(void **state)
{
	(void)state;
	assert_int_equal(read_line("-aq -p web -ojson"), OPTIONS_GO_ON);
	assert_true(given.all && given.quick);
	ASSERT_TEXT(given.profile, "web");
	assert_int_equal(given.format, 1);
	assert_int_equal(read_line("-qpweb"), OPTIONS_GO_ON);
	assert_true(given.quick);
	ASSERT_TEXT(given.profile, "web");
}

static void
operands_and_options_mix(void **state)
{
	(void)state;
	assert_int_equal(read_line("one --all two -p web three"), OPTIONS_GO_ON);
	assert_int_equal(line.operands.count, 3);
	ASSERT_TEXT(line.operands.at[2], "three");
}

static void
two_dashes_end_the_options(void **state)
{
	(void)state;
	assert_int_equal(read_line("-a -- --all -p -- -"), OPTIONS_GO_ON);
	assert_true(given.all);
	assert_int_equal(line.operands.count, 4);
	ASSERT_TEXT(line.operands.at[0], "--all");
	ASSERT_TEXT(line.operands.at[2], "--");
	ASSERT_TEXT(line.operands.at[3], "-");
}

static void
a_dash_alone_is_an_operand(void **state)
{
	(void)state;
	assert_int_equal(read_line("-"), OPTIONS_GO_ON);
	assert_int_equal(line.operands.count, 1);
}

static void
values_may_be_empty_or_hold_equals_signs_and_dashes(void **state)
{
	(void)state;
	assert_int_equal(read_line("--profile="), OPTIONS_GO_ON);
	assert_true(text_present(given.profile));
	ASSERT_TEXT(given.profile, "");
	assert_int_equal(read_line("--profile _"), OPTIONS_GO_ON);
	ASSERT_TEXT(given.profile, "");
	assert_int_equal(read_line("--profile=a=b"), OPTIONS_GO_ON);
	ASSERT_TEXT(given.profile, "a=b");
	assert_int_equal(read_line("--profile -x"), OPTIONS_GO_ON);
	ASSERT_TEXT(given.profile, "-x");
	assert_int_equal(read_line("--profile --unheard-of"), OPTIONS_GO_ON);
	ASSERT_TEXT(given.profile, "--unheard-of");
	assert_int_equal(read_line("--profile=--all"), OPTIONS_GO_ON);
	ASSERT_TEXT(given.profile, "--all");
	assert_false(given.all);
}

static void
of_a_repeated_one_the_last_stands(void **state)
{
	(void)state;
	assert_int_equal(read_line("-p a --profile b"), OPTIONS_GO_ON);
	ASSERT_TEXT(given.profile, "b");
}

static void
help_wins_over_what_follows(void **state)
{
	(void)state;
	assert_int_equal(read_line("--help --nonsense"), EXIT_DONE);
	assert_string_equal(report, "usage: try\n");
	assert_int_equal(read_line("-h"), EXIT_DONE);
	assert_string_equal(report, "usage: try\n");
	assert_int_equal(read_line("-ah"), EXIT_DONE);
}

static void
unknown_options_name_the_nearest(void **state)
{
	(void)state;
	assert_wrong("--porfile web", "there is no option --porfile; did you mean --profile?");
	assert_wrong("--hlep", "did you mean --help?");
	assert_wrong("--alll=1", "there is no option --alll; did you mean --all?");
	assert_wrong("-x", "there is no option -x");
	assert_wrong("-ax", "there is no option -x");
	assert_wrong("--zzzzzzzzzzzz", "there is no option --zzzzzzzzzzzz");
	assert_null(strstr(report, "did you mean"));
	assert_wrong("--ALL", "there is no option --ALL");
	assert_wrong("--prof web", "there is no option --prof");
	assert_wrong("--=web", "there is no option --");
}

static void
values_that_are_missing(void **state)
{
	(void)state;
	assert_wrong("--profile", "--profile needs a value");
	assert_wrong("-p", "-p needs a value");
	assert_wrong("-aqp", "-p needs a value");
	assert_wrong("--profile --all", "--profile needs a value, and --all is an option");
	assert_wrong("--profile --count=3", "--profile needs a value, and --count=3 is an option");
	assert_wrong("--profile --", "--profile needs a value");
	assert_wrong("-p --help", "-p needs a value");
	assert_wrong("-C", "-C needs a value");
}

static void
values_that_are_wrong(void **state)
{
	(void)state;
	assert_wrong("--all=yes", "--all takes no value");
	assert_wrong("--all=", "--all takes no value");
	assert_wrong("-o jsno", "\"jsno\" is not one of table, json, yaml; did you mean json?");
	assert_wrong("--output=", "\"\" is not one of table, json, yaml");
	assert_wrong("--output JSON", "is not one of");
	assert_wrong("--count -1", "\"-1\" is not a whole number");
	assert_wrong("--count=", "is not a whole number");
	assert_wrong("--count 1x", "is not a whole number");
	assert_wrong("--count 9999999999999999", "is not a whole number");
	assert_wrong("--ttl 5m", "a bare m could be minutes or months");
	assert_wrong("--ttl 90", "is not a length of time");
	assert_wrong("--ttl 0d", "is not a length of time");
	assert_wrong("--not-before 2026-12-01", "is not a time in UTC, as in 2026-12-01T00:00:00Z");
	assert_wrong("--not-before 2026-13-01T00:00:00Z", "is not a time");
}

static void
operands_are_counted(void **state)
{
	(void)state;
	line.least = 1;
	line.most = 2;
	assert_wrong("", "ID is missing");
	assert_wrong("--all", "ID is missing");
	assert_int_equal(read_line("a b"), OPTIONS_GO_ON);
	assert_wrong("a b c", "\"c\" is too much");
	line.most = 1;
	assert_wrong("a b", "\"b\" is too much: it takes one ID");
	line.least = 0;
	line.most = 0;
	assert_wrong("a", "\"a\" is too much: it takes options only");
	assert_wrong("-- --all", "\"--all\" is too much");
}

static void
hostile_arguments_do_not_reach_the_terminal(void **state)
{
	(void)state;
	assert_wrong("--\033[31mred", "\\x1b[31mred");
	assert_null(strchr(report, '\033'));
	assert_wrong("--output=\033]0;title\007", "\\x1b]0;title\\x07");
	assert_null(strchr(report, '\033'));
	assert_wrong("--count=\xff\xfe", "\\xff\\xfe");
}

static void
a_message_longer_than_any_line_is_cut(void **state)
{
	char argument[3000] = "--";

	(void)state;
	memset(argument + 2, 'x', sizeof(argument) - 3);
	argument[sizeof(argument) - 1] = '\0';
	assert_int_equal(read_line(argument), EXIT_USAGE);
	assert_true(strlen(report) < 2000);
}

static void
c_changes_the_folder(void **state)
{
	char folder[] = "/tmp/countersign-options-XXXXXX", inner[64], here[4096], now[4096],
	     arguments[80];

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_non_null(getcwd(here, sizeof(here)));
	(void)snprintf(inner, sizeof(inner), "%s/inner", folder);
	assert_true(file_make_folders(inner, 0700));
	(void)snprintf(arguments, sizeof(arguments), "-C %s -Cinner", folder);
	assert_int_equal(read_line(arguments), OPTIONS_GO_ON);
	assert_non_null(getcwd(now, sizeof(now)));
	assert_string_equal(now, inner);
	assert_int_equal(read_line("-C not-there"), EXIT_TROUBLE);
	assert_non_null(strstr(report, "-C not-there: No such file or directory"));
	assert_int_equal(chdir(here), 0);
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
#define TEST_CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(nothing_given),
		TEST_CASE(every_kind_long),
		TEST_CASE(letters),
		TEST_CASE(operands_and_options_mix),
		TEST_CASE(two_dashes_end_the_options),
		TEST_CASE(a_dash_alone_is_an_operand),
		TEST_CASE(values_may_be_empty_or_hold_equals_signs_and_dashes),
		TEST_CASE(of_a_repeated_one_the_last_stands),
		TEST_CASE(help_wins_over_what_follows),
		TEST_CASE(unknown_options_name_the_nearest),
		TEST_CASE(values_that_are_missing),
		TEST_CASE(values_that_are_wrong),
		TEST_CASE(operands_are_counted),
		TEST_CASE(hostile_arguments_do_not_reach_the_terminal),
		TEST_CASE(a_message_longer_than_any_line_is_cut),
		TEST_CASE(c_changes_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
