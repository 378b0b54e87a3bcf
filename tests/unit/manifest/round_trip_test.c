/*
 * What is written is read back as it was: for every kind, for made-up objects
 * of every shape. `round_trip_test emit FOLDER COUNT` writes such objects as
 * YAML and as JSON, for other readers to compare.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "lib/manifest_sample.h"
#include "manifest/decode.h"
#include "manifest/kinds.h"
#include "manifest/manifest.h"

enum { OBJECTS = 300, TEXTS = 20000 };

/* What a made-up object may break: the rules between fields, and nothing else. */
static bool
is_rule(const char *code)
{
	static const char *const rules[] = { "ExactlyOne", "NobodyListed", "MissingKey",
		"NotTogether", "OutOfRange" };

	for (size_t i = 0; i < COUNT(rules); i++)
		if (strcmp(code, rules[i]) == 0)
			return true;
	return false;
}

/* Decodes what was written; false when a rule between fields was broken. */
static bool
decode_again(struct arena *arena, const struct kind_row *row, struct text written,
    struct manifest *out)
{
	struct reasons reasons = { 0 };

	if (manifest_decode(arena, TEXT(""), written, out, &reasons)) {
		assert_int_equal(out->kind, row->kind);
		assert_non_null(out->object);
		assert_int_equal(reasons.count, 0);
		return true;
	}
	for (size_t i = 0; i < reasons.count; i++)
		if (!is_rule(reasons.at[i].code))
			fail_msg("%s: %.*s\n%.*s", row->name, TEXT_ARGUMENTS(reasons.at[i].message),
			    TEXT_ARGUMENTS(written));
	return false;
}

static void
check_object(struct arena *arena, const struct kind_row *row, const void *object, size_t *good)
{
	struct text written = manifest_write(arena, row->kind, object), again;
	struct manifest manifest;
	const char *where;

	if (!decode_again(arena, row, written, &manifest))
		return;
	where = sample_difference(row->table, object, manifest.object);
	if (where != NULL)
		fail_msg("%s: %s differs after\n%.*s", row->name, where, TEXT_ARGUMENTS(written));
	again = manifest_write(arena, row->kind, manifest.object);
	assert_true(text_equal(written, again));
	assert_true(text_ends_with(written, "\n"));
	(*good)++;
}

static void
every_kind_comes_back(void **state)
{
	(void)state;
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++) {
		struct sample sample = { .state = 0x9e3779b97f4a7c15 + (unsigned)kind };
		size_t good = 0;

		for (size_t i = 0; i < OBJECTS; i++) {
			sample.arena = arena_new();
			check_object(sample.arena, kind_row((enum kind)kind),
			    sample_object(&sample, kind_row((enum kind)kind)), &good);
			arena_free(sample.arena);
		}
		/* a test that never got past the rules would prove nothing */
		if (good < 10)
			fail_msg("%s: only %zu of %d objects keep the rules",
			    kind_name((enum kind)kind), good, OBJECTS);
	}
}

/* A text alone, as a value, in a list, as a key. */
static void
every_text_comes_back(void **state)
{
	struct sample sample = { .state = 42 };

	(void)state;
	for (size_t i = 0; i < TEXTS; i++) {
		struct node *root, *list, *read, *value;
		struct reasons reasons = { 0 };
		struct source source = { .most_bytes = MANIFEST_BYTES };
		struct text text;
		bool whole;

		sample.arena = arena_new();
		text = sample_text(&sample);
		root = node_mapping(sample.arena);
		list = node_sequence(sample.arena);
		node_set(sample.arena, root, "value", node_text(sample.arena, text));
		node_set(sample.arena, root, "list", list);
		node_append(sample.arena, list, node_text(sample.arena, text));
		node_append(sample.arena, list, node_text(sample.arena, TEXT("next")));
		node_set_named(sample.arena, root,
		    text_printf(sample.arena, "key%.*s",
			text_find(text, '\0') == text.length ? (int)text.length : 0, text.at),
		    node_integer(sample.arena, 7));
		source.content = node_write_yaml(sample.arena, root);
		read = node_read(sample.arena, &source, &whole, &reasons);
		if (!whole)
			fail_msg("%.*s\n%.*s", TEXT_ARGUMENTS(reasons.at[0].message),
			    TEXT_ARGUMENTS(source.content));
		value = node_value(read, "value");
		list = node_value(read, "list");
		if (!text_equal(value->text, text) || list->items.count != 2 ||
		    !text_equal(list->items.at[0]->text, text) || read->pairs.count != 3 ||
		    !text_equal(read->pairs.at[2].key->text, root->pairs.at[2].key->text))
			fail_msg("did not come back:\n%.*s", TEXT_ARGUMENTS(source.content));
		arena_free(sample.arena);
	}
}

/* YAML cannot say a byte that is no UTF-8: it becomes U+FFFD, and the file stays readable. */
static void
broken_utf8_is_replaced(void **state)
{
	struct arena *arena = arena_new();

	struct text written;
	struct node *root = node_mapping(arena);
	struct source source = { .most_bytes = MANIFEST_BYTES };
	struct reasons reasons = { 0 };
	bool whole;

	(void)state;
	node_set(arena, root, "a", node_text(arena, TEXT("x\xff\xc3\n\xed\xa0\x80y")));
	written = node_write_yaml(arena, root);
	assert_true(text_is_utf8(written));
	source.content = written;
	root = node_read(arena, &source, &whole, &reasons);
	assert_true(whole);
	assert_true(text_is(node_value(root, "a")->text,
	    "x\xef\xbf\xbd\xef\xbf\xbd\n\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy"));
	assert_true(text_is_utf8(node_write_json(arena, root)));
	arena_free(arena);
}

struct written_case {
	const char *text;
	const char *written;
};

static void
quotes_where_a_reader_needs_them(void **state)
{
	static const struct written_case cases[] = {
		{ "alice", "alice\n" },
		{ "Alice Example", "Alice Example\n" },
		{ "J\xc3\xbcrg", "J\xc3\xbcrg\n" },
		{ "90d", "90d\n" },
		{ "10.0.0.0/8", "10.0.0.0/8\n" },
		{ "web/www-example-com", "web/www-example-com\n" },
		{ "sha256:12", "sha256:12\n" },
		{ "http://a.example/b", "http://a.example/b\n" },
		{ "3fa2", "3fa2\n" },
		{ "", "\"\"\n" },
		{ "yes", "\"yes\"\n" },
		{ "NO", "\"NO\"\n" },
		{ "y", "\"y\"\n" },
		{ "On", "\"On\"\n" },
		{ "null", "\"null\"\n" },
		{ "~", "\"~\"\n" },
		{ "True", "\"True\"\n" },
		{ "123", "\"123\"\n" },
		{ "1e3", "\"1e3\"\n" },
		{ "12:30", "\"12:30\"\n" },
		{ "1_000", "\"1_000\"\n" },
		{ "0x1f", "\"0x1f\"\n" },
		{ "0o17", "\"0o17\"\n" },
		{ "0b", "\"0b\"\n" },
		{ "0B01_1", "\"0B01_1\"\n" },
		/* a serial number like any other, for whoever compares them as text */
		{ "0b0ffa9248af071a20221350f3de9c6a8fcd65", "0b0ffa9248af071a20221350f3de9c6a8fcd65\n" },
		{ "0b2", "0b2\n" },
		{ "+1", "\"+1\"\n" },
		{ ".5", "\".5\"\n" },
		{ ".inf", "\".inf\"\n" },
		{ "2026-01-01", "\"2026-01-01\"\n" },
		{ "2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\"\n" },
		{ " a", "\" a\"\n" },
		{ "a ", "\"a \"\n" },
		{ "a  b", "\"a  b\"\n" },
		{ "a: b", "\"a: b\"\n" },
		{ "a:", "\"a:\"\n" },
		{ "a #b", "\"a #b\"\n" },
		{ "-", "\"-\"\n" },
		{ "- a", "\"- a\"\n" },
		{ "?", "\"?\"\n" },
		{ "*.example.com", "\"*.example.com\"\n" },
		{ "a, b", "\"a, b\"\n" },
		{ "[a]", "\"[a]\"\n" },
		{ "<<", "\"<<\"\n" },
		{ "=", "\"=\"\n" },
		{ "---", "\"---\"\n" },
		{ "it's", "\"it's\"\n" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"\n" },
		{ "a\\b", "\"a\\\\b\"\n" },
		{ "tab\there", "\"tab\\there\"\n" },
		{ "bell\a", "\"bell\\u0007\"\n" },
		{ "\xe2\x80\xaetxt", "\"\\u202Etxt\"\n" },
		{ "\xc2\xa0", "\"\xc2\xa0\"\n" },
		{ "a\nb", "|-\n  a\n  b\n" },
		{ "a\nb\n", "|\n  a\n  b\n" },
		{ "a\n\n# b\n", "|\n  a\n\n  # b\n" },
		{ "a\nb\n\n", "\"a\\nb\\n\\n\"\n" },
		{ "\na", "\"\\na\"\n" },
		{ " a\nb", "\" a\\nb\"\n" },
		{ "a\n b", "\"a\\n b\"\n" },
		{ "a \nb", "\"a \\nb\"\n" },
		{ "a\r\nb", "\"a\\r\\nb\"\n" },
		{ "\n", "\"\\n\"\n" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct node *root = node_mapping(arena);
		char *expected = arena_printf(arena, "k: %s", cases[i].written);

		node_set(arena, root, "k", node_text(arena, text_of(cases[i].text)));
		assert_string_equal(node_write_yaml(arena, root).at, expected);
	}
	arena_free(arena);
}

static int
emit(const char *folder, int count)
{
	struct sample sample = { .state = 7 };

	for (int kind = KIND_NONE + 1; kind < KINDS; kind++) {
		for (int i = 0; i < count; i++) {
			void *object;

			sample.arena = arena_new();
			object = sample_object(&sample, kind_row((enum kind)kind));
			if (!file_write_durable(
				arena_printf(sample.arena, "%s/%d-%d.yaml", folder, kind, i),
				manifest_write(sample.arena, (enum kind)kind, object), 0644) ||
			    !file_write_durable(
				arena_printf(sample.arena, "%s/%d-%d.json", folder, kind, i),
				manifest_write_json(sample.arena, (enum kind)kind, object), 0644))
				return EXIT_FAILURE;
			arena_free(sample.arena);
		}
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_comes_back),
		cmocka_unit_test(every_text_comes_back),
		cmocka_unit_test(broken_utf8_is_replaced),
		cmocka_unit_test(quotes_where_a_reader_needs_them),
	};

	if (argc == 4 && strcmp(argv[1], "emit") == 0)
		return emit(argv[2], atoi(argv[3]));
	return cmocka_run_group_tests_name("round trip", tests, NULL, NULL);
}
