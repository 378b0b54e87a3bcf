#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/markdown.h"

static struct arena *arena;
static struct buffer out;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	out = (struct buffer){ .arena = arena };
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
code_is(const char *text, const char *expected)
{
	out.length = 0;
	markdown_code(&out, text_of(text));
	assert_string_equal(buffer_text(&out).at, expected);
}

static void
plain_text_is_a_code_span(void **state)
{
	(void)state;
	code_is("web/www", "`web/www`");
	code_is("<b> @all [x](y) | a", "`<b> @all [x](y) | a`");
}

static void
nothing_is_a_dash(void **state)
{
	(void)state;
	code_is("", "\xe2\x80\x94");
	code_is(NULL, "\xe2\x80\x94");
}

/* CommonMark 6.1: a span ends at the first run of as many backticks as began it. */
static void
backticks_cannot_end_the_span(void **state)
{
	(void)state;
	code_is("a`b", "`` a`b ``");
	code_is("`", "`` ` ``");
	code_is("``", "``` `` ```");
	code_is("x```y`z", "```` x```y`z ````");
	code_is("`a", "`` `a ``");
	code_is("a`", "`` a` ``");
}

static void
a_line_stays_a_line(void **state)
{
	(void)state;
	code_is("a\nb", "`a\\x0ab`");
	code_is("a\r\n# b", "`a\\x0d\\x0a# b`");
	code_is("\x1b[2J", "`\\x1b[2J`");
}

static void
blanks_at_the_ends_are_kept(void **state)
{
	(void)state;
	code_is(" a ", "`  a  `");
	code_is("   ", "`     `");
}

static void
long_texts_are_cut(void **state)
{
	char *text = arena_allocate(arena, 5000);

	(void)state;
	memset(text, 'x', 4999);
	markdown_code(&out, (struct text){ text, 4999 });
	assert_true(out.length < 1100);
}

static void
a_fence_is_longer_than_what_is_in_it(void **state)
{
	(void)state;
	markdown_fence(&out, "text", TEXT("a\n```\n# b\n"));
	assert_string_equal(buffer_text(&out).at, "````text\na\n```\n# b\n````\n");
}

static void
a_fence_keeps_lines_and_escapes_the_rest(void **state)
{
	(void)state;
	markdown_fence(&out, "", TEXT("a\r\nb\x1b[m\nno end"));
	assert_string_equal(buffer_text(&out).at, "```\na\\x0d\nb\\x1b[m\nno end\n```\n");
}

int
main(void)
{
#define TEST_CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(plain_text_is_a_code_span),
		TEST_CASE(nothing_is_a_dash),
		TEST_CASE(backticks_cannot_end_the_span),
		TEST_CASE(a_line_stays_a_line),
		TEST_CASE(blanks_at_the_ends_are_kept),
		TEST_CASE(long_texts_are_cut),
		TEST_CASE(a_fence_is_longer_than_what_is_in_it),
		TEST_CASE(a_fence_keeps_lines_and_escapes_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
