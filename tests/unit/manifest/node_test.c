/* What other readers of YAML take a plain scalar for, and where things stand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "manifest/field.h"
#include "manifest/node.h"

static void
plain_scalars_of_the_core_schema(void **state)
{
	static const char *const numbers[] = { "0", "-0", "+1", "007", "0o17", "0x1F", "0xff", "1.5",
		"1.", ".5", "-.5", "1e3", "1E+3", "12e45", ".5e-1", ".inf", "-.Inf", "+.INF", ".nan",
		".NaN", ".NAN", "99999999999999999999" };
	static const char *const texts[] = { "", "a", "-", "+", ".", "..", "e3", ".e3", "1e", "1e+",
		"0o", "0o8", "0x", "0xg", "+0x1", "1_000", "12:30", "1.2.3", "0b1", "inf", "+.nan",
		".infinity", "2026-01-01", "1 2", "90d", "-a" };
	static const char *const booleans[] = { "true", "True", "TRUE", "false", "False", "FALSE" };
	static const char *const words[] = { "yes", "no", "on", "off", "y", "n", "tRUE", "truth" };
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!plain_is_number(text_of(numbers[i])))
			fail_msg("%s is a number", numbers[i]);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (plain_is_number(text_of(texts[i])))
			fail_msg("%s is no number", texts[i]);
	for (size_t i = 0; i < COUNT(booleans); i++)
		assert_true(plain_is_boolean(text_of(booleans[i])));
	for (size_t i = 0; i < COUNT(words); i++)
		assert_false(plain_is_boolean(text_of(words[i])));
	for (size_t i = 0; i < COUNT(nulls); i++)
		assert_true(plain_is_null(text_of(nulls[i])));
	assert_false(plain_is_null(TEXT("nUll")));
	assert_false(plain_is_number((struct text){ "1\0", 2 }));
}

static struct node *
read_text(struct arena *arena, const char *content, struct reasons *reasons)
{
	struct source source = { .path = TEXT("x.yaml"),
		.content = text_of(content),
		.most_bytes = 1000 };
	bool whole;
	struct node *root = node_read(arena, &source, &whole, reasons);

	return whole ? root : NULL;
}

/* Columns count characters, as editors do, not bytes. */
static void
positions_are_those_of_an_editor(void **state)
{
	struct arena *arena = arena_new();
	struct reasons reasons = { 0 };
	struct node *root = read_text(arena, "# \xc3\xbc\nj\xc3\xbc: {k: \xe2\x82\xac, l: [x]}\n",
	    &reasons);
	const struct node *value = node_value(root, "j\xc3\xbc");

	(void)state;
	assert_non_null(value);
	assert_int_equal(root->line, 2);
	assert_int_equal(root->column, 1);
	assert_int_equal(value->line, 2);
	assert_int_equal(value->column, 5);
	assert_int_equal(node_value(value, "k")->column, 9);
	assert_int_equal(node_value(value, "l")->items.at[0]->column, 16);
	assert_null(node_value(value, "m"));
	assert_null(node_value(node_value(value, "k"), "k"));
	assert_null(node_value(NULL, "k"));
	arena_free(arena);
}

static void
slips_have_hints(void **state)
{
	static const char *const slips[][2] = {
		{ "a: [*.example.com]\n", "a text that begins with '*' stands in quotes" },
		{ "a: [*]\n", "a text that begins with '*' stands in quotes" },
		{ "a: [& b]\n", "a text that begins with '&' stands in quotes" },
		{ "a: @b\n", "a text that begins with '@'" },
		{ "a:\n\tb: c\n", "indentation is made of spaces" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(slips); i++) {
		struct reasons reasons = { 0 };

		assert_null(read_text(arena, slips[i][0], &reasons));
		assert_int_equal(reasons.count, 1);
		assert_string_equal(reasons.at[0].code, "YamlSyntax");
		if (strstr(reasons.at[0].message.at, slips[i][1]) == NULL)
			fail_msg("no hint in: %s", reasons.at[0].message.at);
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_scalars_of_the_core_schema),
		cmocka_unit_test(positions_are_those_of_an_editor),
		cmocka_unit_test(slips_have_hints),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
