#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/findings.h"

static struct arena *arena;
static struct reasons reasons;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	reasons = (struct reasons){ 0 };
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
add(const char *path, unsigned line, unsigned column, const char *message)
{
	reason_add(arena, &reasons, (struct position){ text_of(path), line, column }, "Code", "%s",
	    message);
}

static const char *
as(enum findings_format format)
{
	return findings_format_all(arena, &reasons, format).at;
}

static void
none_are_none_in_each_form(void **state)
{
	(void)state;
	findings_sort(&reasons);
	assert_string_equal(as(FINDINGS_TEXT), "0 errors, 0 warnings\n");
	assert_string_equal(as(FINDINGS_JSON),
	    "{\n  \"errors\": 0,\n  \"warnings\": 0,\n  \"findings\": []\n}\n");
	assert_string_equal(as(FINDINGS_GITHUB), "");
	assert_non_null(strstr(as(FINDINGS_SARIF), "\"results\": []"));
}

static void
sorted_by_place_and_said_once(void **state)
{
	(void)state;
	add("b", 1, 1, "x");
	add("a", 10, 1, "x");
	add("a", 2, 5, "x");
	add("a", 2, 3, "y");
	add("a", 2, 5, "x");
	warning_add(arena, &reasons, (struct position){ TEXT("a"), 2, 5 }, "Code", "x");
	findings_sort(&reasons);
	assert_string_equal(as(FINDINGS_TEXT),
	    "a:2:3: error: y\na:2:5: error: x\na:2:5: warning: x\na:10:1: error: x\nb:1:1: error: x\n"
	    "4 errors, 1 warning\n");
}

static void
one_is_singular(void **state)
{
	(void)state;
	add("a", 1, 1, "x");
	assert_string_equal(as(FINDINGS_TEXT), "a:1:1: error: x\n1 error, 0 warnings\n");
}

static void
json_escapes(void **state)
{
	(void)state;
	add("a\"b", 1, 2, "tab\there \\ \"quoted\"");
	assert_non_null(strstr(as(FINDINGS_JSON), "\"path\": \"a\\\"b\", \"line\": 1, \"column\": 2, "
	    "\"message\": \"tab\\there \\\\ \\\"quoted\\\"\""));
}

/* The escapes of workflow commands; properties end at ',' and ':' as well. */
static void
github_escapes(void **state)
{
	(void)state;
	add("a,b:c%", 3, 4, "100%\n::error::x");
	assert_string_equal(as(FINDINGS_GITHUB),
	    "::error file=a%2Cb%3Ac%25,line=3,col=4,title=Code::100%25%0A::error::x\n");
}

static void
github_leaves_out_what_is_not_known(void **state)
{
	(void)state;
	add("a", 0, 0, "x");
	add("", 0, 0, "y");
	add("a", 5, 0, "z");
	assert_string_equal(as(FINDINGS_GITHUB), "::error file=a,title=Code::x\n"
	    "::error title=Code::y\n::error file=a,line=5,title=Code::z\n");
}

static void
sarif_places_are_uris_and_start_at_one(void **state)
{
	const char *sarif;

	(void)state;
	add("requests/a b%.yaml", 3, 4, "x");
	add("only/path", 0, 0, "y");
	sarif = as(FINDINGS_SARIF);
	assert_non_null(strstr(sarif, "\"uri\": \"requests/a%20b%25.yaml\", \"uriBaseId\": \"%SRCROOT%\"}, "
	    "\"region\": {\"startLine\": 3, \"startColumn\": 4}}}]}"));
	assert_non_null(strstr(sarif, "\"uri\": \"only/path\", \"uriBaseId\": \"%SRCROOT%\"}}}]}"));
	assert_null(strstr(sarif, "\"startLine\": 0"));
	assert_non_null(strstr(sarif, "\"rules\": [{\"id\": \"Code\"}]"));
}

int
main(void)
{
#define TEST_CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(none_are_none_in_each_form),
		TEST_CASE(sorted_by_place_and_said_once),
		TEST_CASE(one_is_singular),
		TEST_CASE(json_escapes),
		TEST_CASE(github_escapes),
		TEST_CASE(github_leaves_out_what_is_not_known),
		TEST_CASE(sarif_places_are_uris_and_start_at_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
