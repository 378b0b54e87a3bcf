#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "commands/output.h"

enum { PRINTED_BYTES = 8192 };

static struct arena *arena;
static struct output output;
static char printed[PRINTED_BYTES];

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	output = output_to(arena, tmpfile());
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fclose(output.stream);
	arena_free(arena);
	return 0;
}

static const char *
what_was_printed(void)
{
	size_t length;

	(void)fflush(output.stream);
	rewind(output.stream);
	length = fread(printed, 1, sizeof(printed) - 1, output.stream);
	printed[length] = '\0';
	return printed;
}

static void
a_file_gets_no_colours_and_no_limit(void **state)
{
	(void)state;
	assert_false(output.colours);
	assert_int_equal(output.columns, 0);
	output_styled(&output, STYLE_BAD, TEXT("bad"));
	assert_string_equal(what_was_printed(), "bad");
}

static void
styles_end_where_their_text_ends(void **state)
{
	(void)state;
	output.colours = true;
	output_styled(&output, STYLE_GOOD, TEXT("good"));
	output_styled(&output, STYLE_PLAIN, TEXT(" plain"));
	assert_string_equal(what_was_printed(), "\033[32mgood\033[0m plain");
}

static void
no_text_can_bring_a_sequence_of_its_own(void **state)
{
	(void)state;
	output.colours = true;
	output_printf(&output, "%s\n", "\033[2J\r\b\177 \xc2\x9b" "31m \xe2\x80\xae evil");
	output_styled(&output, STYLE_GOOD, TEXT("\033]0;x\007"));
	output_block(&output, 2, TEXT("a\rb\n\033c\n\nlast"));
	(void)what_was_printed();
	assert_null(strchr(printed, '\r'));
	assert_null(strchr(printed, '\b'));
	assert_null(strchr(printed, '\007'));
	assert_null(strchr(printed, '\177'));
	assert_null(strstr(printed, "\xc2\x9b"));
	assert_null(strstr(printed, "\xe2\x80\xae"));
	assert_null(strstr(printed, "\033[2J"));
	assert_null(strstr(printed, "\033]"));
	assert_null(strstr(printed, "\033c"));
	assert_non_null(strstr(printed, "\\x1b[2J\\x0d\\x08\\x7f"));
	assert_non_null(strstr(printed, "\\u{202e}"));
	assert_non_null(strstr(printed, "  a\\x0db\n  \\x1bc\n\n  last\n"));
}

static void
a_text_on_one_line_stays_there(void **state)
{
	(void)state;
	output_printf(&output, "name: %.*s\n",
	    TEXT_ARGUMENTS(output_visible(arena, TEXT("x\ndigest: sha256:0"))));
	assert_string_equal(what_was_printed(), "name: x\\x0adigest: sha256:0\n");
}

static void
nothing_prints_nothing(void **state)
{
	(void)state;
	output_block(&output, 4, TEXT(""));
	output_block(&output, 4, (struct text){ NULL, 0 });
	output_printf(&output, "%s", "");
	output_raw(&output, (struct text){ NULL, 0 });
	assert_string_equal(what_was_printed(), "");
}

static void
widths_are_columns_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(output_width(TEXT("plain")), 5);
	assert_int_equal(output_width(TEXT("Zo\xc3\xab")), 3);                      /* composed */
	assert_int_equal(output_width(TEXT("Zoe\xcc\x88")), 3);                     /* combining */
	assert_int_equal(output_width(TEXT("\xe8\xaf\x81\xe4\xb9\xa6")), 4); /* two wide ones */
	assert_int_equal(output_width(TEXT("")), 0);
}

static void
cutting_keeps_characters_whole(void **state)
{
	struct text wide = TEXT("\xe8\xaf\x81\xe4\xb9\xa6\xe8\xaf\x81");           /* six columns */

	(void)state;
	assert_string_equal(output_cut(arena, wide, 6).at, wide.at);
	assert_string_equal(output_cut(arena, wide, 5).at, "\xe8\xaf\x81\xe4\xb9\xa6\xe2\x80\xa6");
	assert_string_equal(output_cut(arena, wide, 4).at, "\xe8\xaf\x81\xe2\x80\xa6");
	assert_string_equal(output_cut(arena, TEXT("abcdef"), 4).at, "abc\xe2\x80\xa6");
	assert_string_equal(output_cut(arena, TEXT("abcdef"), 1).at, "\xe2\x80\xa6");
}

static const struct table_column columns[] = {
	{ "ID", false }, { "NAMES", true }, { "WAITING FOR", true }, { NULL, false }
};

static void
add_row(struct table *table, const char *id, const char *names, const char *waiting)
{
	const struct table_cell cells[] = { { text_of(id), STYLE_PLAIN },
		{ text_of(names), STYLE_PLAIN }, { text_of(waiting), STYLE_PLAIN } };

	table_add(arena, table, cells);
}

static void
a_table_aligns_its_columns(void **state)
{
	struct table table = { .columns = columns };

	(void)state;
	add_row(&table, "web/a", "a.example", "alice");
	add_row(&table, "b", "\xe8\xaf\x81.example", "");
	table_print(&output, &table);
	assert_string_equal(what_was_printed(),
	    "ID     NAMES       WAITING FOR\n"
	    "web/a  a.example   alice\n"
	    "b      \xe8\xaf\x81.example\n");
}

static void
a_table_without_rows_shows_its_titles(void **state)
{
	struct table table = { .columns = columns };

	(void)state;
	table_print(&output, &table);
	assert_string_equal(what_was_printed(), "ID  NAMES  WAITING FOR\n");
}

static void
a_narrow_terminal_cuts_the_flexible_columns(void **state)
{
	struct table table = { .columns = columns };
	struct text rest, row;

	(void)state;
	output.columns = 40;
	add_row(&table, "a-rather-long-id", "www.a-very-long-name.example.com and 3 more",
	    "team-leads: alice");
	table_print(&output, &table);
	rest = text_of(what_was_printed());
	assert_true(text_next_line(&rest, &row));
	assert_true(output_width(row) <= 40);
	assert_true(text_next_line(&rest, &row));
	assert_true(output_width(row) <= 40);
	assert_non_null(strstr(printed, "a-rather-long-id  "));
	assert_non_null(strstr(printed, "\xe2\x80\xa6"));
}

static void
a_cell_cannot_open_a_line_or_a_sequence(void **state)
{
	struct table table = { .columns = columns };

	(void)state;
	add_row(&table, "a\nb", "\033[31m", "x");
	table_print(&output, &table);
	assert_string_equal(what_was_printed(),
	    "ID      NAMES     WAITING FOR\n"
	    "a\\x0ab  \\x1b[31m  x\n");
}

static void
reasons_name_their_place(void **state)
{
	struct reasons reasons = { 0 };
	struct position position = { .path = TEXT("requests/a.yaml"), .line = 3, .column = 7 };

	(void)state;
	reason_add(arena, &reasons, position, "UnknownKey", "\"dnsNames\" is unknown");
	output_reasons(&output, &reasons);
	assert_string_equal(what_was_printed(),
	    "requests/a.yaml:3:7: error: \"dnsNames\" is unknown\n");
}

int
main(void)
{
#define TEST_CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_file_gets_no_colours_and_no_limit),
		TEST_CASE(styles_end_where_their_text_ends),
		TEST_CASE(no_text_can_bring_a_sequence_of_its_own),
		TEST_CASE(a_text_on_one_line_stays_there),
		TEST_CASE(nothing_prints_nothing),
		TEST_CASE(widths_are_columns_not_bytes),
		TEST_CASE(cutting_keeps_characters_whole),
		TEST_CASE(a_table_aligns_its_columns),
		TEST_CASE(a_table_without_rows_shows_its_titles),
		TEST_CASE(a_narrow_terminal_cuts_the_flexible_columns),
		TEST_CASE(a_cell_cannot_open_a_line_or_a_sequence),
		TEST_CASE(reasons_name_their_place),
	};

	(void)setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
