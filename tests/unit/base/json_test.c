/* JSON strings: always valid, always safe to show. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"

static void
strings(void **state)
{
	static const struct {
		const char *text;
		const char *json;
	} cases[] = {
		{ NULL, "\"\"" },
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "a\\b/c", "\"a\\\\b/c\"" },
		{ "a\nb\tc\rd", "\"a\\nb\\tc\\u000dd\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
		{ "\xc2\x85", "\"\\u0085\"" },
		{ "J\xc3\xbcrg", "\"J\xc3\xbcrg\"" },
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		{ "\xe2\x80\xae", "\"\\u202e\"" },
		{ "\xef\xbb\xbf", "\"\\ufeff\"" },
		/* a hidden character beyond the basic plane: a surrogate pair */
		{ "\xf3\xa0\x80\x81", "\"\\udb40\\udc01\"" },
		/* broken UTF-8: one U+FFFD for each byte */
		{ "a\xff"
		  "b",
		    "\"a\xef\xbf\xbd"
		    "b\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer buffer = { .arena = arena };

		json_string(&buffer, text_of(cases[i].text));
		assert_string_equal(buffer_text(&buffer).at, cases[i].json);
		assert_true(text_is_utf8(buffer_text(&buffer)));
	}
	arena_free(arena);
}

static void
a_nul_is_escaped(void **state)
{
	struct arena *arena = arena_new();
	struct buffer buffer = { .arena = arena };

	(void)state;
	json_string(&buffer, (struct text){ "a\0b", 3 });
	assert_string_equal(buffer_text(&buffer).at, "\"a\\u0000b\"");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(a_nul_is_escaped),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
