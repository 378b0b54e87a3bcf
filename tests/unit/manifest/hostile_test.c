/*
 * Documents made to harm: each file of tests/hostile/manifest is refused (or
 * taken) for exactly the reason given here; and documents that are large in
 * every way YAML offers cost no more than a moment.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "manifest/field.h"
#include "manifest/manifest.h"

enum { FILE_BYTES = 1024 * 1024, SECONDS = 5, MEMORY_BYTES = 256 * 1024 * 1024 };

struct expectation {
	const char *file;
	const char *told; /* "line:column: code"; "": taken without a word */
};

static const struct expectation expectations[] = {
	{ "bad-escape.yaml", "5:14: YamlSyntax" },
	{ "billion-laughs.yaml", "1:4: Anchor" },
	{ "block-indicator-zero.yaml", "6:8: YamlSyntax" },
	{ "braces.yaml", "1:2: KeyNotText" },
	{ "brackets.yaml", "1:33: TooDeep" },
	{ "byte-order-mark-inside.yaml", "5:15: ControlCharacter" },
	{ "byte-order-mark.yaml", "1:1: ByteOrderMark" },
	{ "c1-control.yaml", "5:15: ControlCharacter" },
	{ "comment-only.yaml", "2:1: EmptyDocument" },
	{ "conflict-markers.yaml", "6:10: YamlSyntax" },
	{ "cr-alone.yaml", "1:27: CarriageReturn" },
	{ "crlf-in-a-block.yaml", "7:8: CarriageReturn" },
	{ "crlf.yaml", "1:27: CarriageReturn" },
	{ "dashes.yaml", "1:65: TooDeep" },
	{ "deep-block.yaml", "36:65: TooDeep" },
	{ "deep-dashes.yaml", "6:64: TooDeep" },
	{ "deep-flow-mappings.yaml", "5:132: TooDeep" },
	{ "deep-flow.yaml", "5:42: TooDeep" },
	{ "delete.yaml", "5:15: ControlCharacter" },
	{ "directive-unknown.yaml", "1:1: Directive" },
	{ "directive-yaml.yaml", "1:1: Directive" },
	{ "document-then-bare.yaml", "7:1: MultipleDocuments" },
	{ "document-then-end.yaml", "" },
	{ "duplicate-far.yaml", "66:3: DuplicateKey" },
	{ "duplicate-in-escapes.yaml", "6:3: DuplicateKey" },
	{ "duplicate-spec.yaml", "6:1: DuplicateKey" },
	{ "elf.yaml", "1:1: ControlCharacter" },
	{ "empty.yaml", "1:1: EmptyDocument" },
	{ "end-only.yaml", "1:1: YamlSyntax" },
	{ "escape-beyond.yaml", "5:16: YamlSyntax" },
	{ "escape-nul.yaml", "5:13: BadValue" },
	{ "escape-sequence.yaml", "5:13: ControlCharacter" },
	{ "escape-surrogate.yaml", "5:16: YamlSyntax" },
	{ "foreign-anchors.yaml", "1:13: ForeignDocument" },
	{ "foreign-documents.yaml", "1:13: ForeignDocument" },
	{ "foreign-late.yaml", "1:7: Anchor" },
	{ "html.yaml", "1:1: WrongType" },
	{ "isolate.yaml", "5:13: ControlCharacter" },
	{ "json.yaml", "" },
	{ "key-control.yaml", "5:3: UnknownKey; 5:3: MissingKey" },
	{ "key-empty.yaml", "1:1: YamlSyntax" },
	{ "key-huge.yaml", "1:3001: YamlSyntax" },
	{ "key-list.yaml", "1:3: KeyNotText" },
	{ "key-quoted-long.yaml", "5:3: UnknownKey; 5:3: MissingKey" },
	{ "key-with-newline.yaml", "5:3: UnknownKey; 5:3: MissingKey" },
	{ "latin-1.yaml", "5:15: NotUtf8" },
	{ "lfs-pointer.yaml", "1:1: WrongType" },
	{ "line-separator.yaml", "5:15: ControlCharacter" },
	{ "merge-key.yaml", "5:3: UnknownKey" },
	{ "noncharacter.yaml", "5:15: ControlCharacter" },
	{ "nul-at-end.yaml", "6:1: NulByte" },
	{ "nul.yaml", "5:15: NulByte" },
	{ "null.yaml", "1:1: EmptyDocument" },
	{ "percent-inside.yaml", "7:1: Directive" },
	{ "question-marks.yaml", "1:3: KeyNotText" },
	{ "reserved.yaml", "5:13: YamlSyntax" },
	{ "right-to-left.yaml", "5:22: ControlCharacter" },
	{ "script.yaml", "2:1: WrongType" },
	{ "self-alias.yaml", "1:1: Anchor" },
	{ "spaces.yaml", "3:1: EmptyDocument" },
	{ "start-only.yaml", "2:1: EmptyDocument" },
	{ "tab-after-dash.yaml", "6:1: YamlSyntax" },
	{ "tabs.yaml", "5:1: YamlSyntax" },
	{ "tag-binary.yaml", "5:13: Tag" },
	{ "tag-python.yaml", "1:1: Tag" },
	{ "tag-set.yaml", "5:12: Tag" },
	{ "tag-verbatim.yaml", "5:13: Tag" },
	{ "two-documents.yaml", "6:1: MultipleDocuments" },
	{ "unclosed-list.yaml", "6:1: YamlSyntax" },
	{ "unclosed-quote.yaml", "6:1: YamlSyntax" },
	{ "utf-16-be.yaml", "1:1: NulByte" },
	{ "utf-16.yaml", "1:1: NotUtf8" },
	{ "utf-32.yaml", "1:2: NulByte" },
	{ "utf-8-beyond.yaml", "5:15: NotUtf8" },
	{ "utf-8-broken.yaml", "5:15: NotUtf8" },
	{ "utf-8-cut.yaml", "6:3: NotUtf8" },
	{ "utf-8-overlong.yaml", "5:15: NotUtf8" },
	{ "utf-8-surrogate.yaml", "5:15: NotUtf8" },
	{ "version-twice.yaml", "2:1: DuplicateKey" },
};

static struct text
told_of(struct arena *arena, struct text content)
{
	struct buffer told = { .arena = arena };
	struct reasons reasons = { 0 };
	struct manifest manifest;
	bool good = manifest_decode(arena, TEXT(""), content, &manifest, &reasons);

	assert_int_equal(good, reasons_errors(&reasons) == 0);
	assert_int_equal(good && !manifest.foreign, manifest.object != NULL);
	for (size_t i = 0; i < reasons.count; i++)
		buffer_printf(&told, "%s%u:%u: %s", i == 0 ? "" : "; ", reasons.at[i].position.line,
		    reasons.at[i].position.column, reasons.at[i].code);
	return buffer_text(&told);
}

static void
every_file_meets_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(expectations); i++) {
		struct arena *arena = arena_new();
		struct text content, told;

		if (!file_read(arena,
			arena_printf(arena, "tests/hostile/manifest/%s", expectations[i].file),
			FILE_BYTES, &content))
			fail_msg("%s cannot be read", expectations[i].file);
		told = told_of(arena, content);
		if (!text_is(told, expectations[i].told))
			fail_msg("%s: expected \"%s\", found \"%.*s\"", expectations[i].file,
			    expectations[i].told, TEXT_ARGUMENTS(told));
		arena_free(arena);
	}
}

static void
no_file_is_forgotten(void **state)
{
	DIR *folder = opendir("tests/hostile/manifest");
	struct dirent *entry;
	size_t files = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		files += entry->d_name[0] != '.';
	closedir(folder);
	assert_int_equal(files, COUNT(expectations));
}

/* --- documents as large as may be --- */

struct bomb {
	const char *before;
	const char *piece; /* as often as there is room; %zu in it is a number */
	const char *after;
};

static const char group[] = "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a}\nspec:\n";

static struct text
built(struct arena *arena, const struct bomb *bomb)
{
	struct buffer buffer = { .arena = arena };
	size_t room = MANIFEST_BYTES - strlen(bomb->after) - 16;
	const char *number = strstr(bomb->piece, "%zu");

	buffer_add(&buffer, text_of(bomb->before));
	for (size_t i = 0; buffer.length + strlen(bomb->piece) + 8 < room; i++) {
		if (number == NULL) {
			buffer_add(&buffer, text_of(bomb->piece));
			continue;
		}
		buffer_add(&buffer,
		    text_first(text_of(bomb->piece), (size_t)(number - bomb->piece)));
		buffer_printf(&buffer, "%zu", i);
		buffer_add(&buffer, text_of(number + 3));
	}
	buffer_add(&buffer, text_of(bomb->after));
	return buffer_text(&buffer);
}

static void
large_documents_cost_a_moment(void **state)
{
	static const struct bomb bombs[] = {
		{ "", "[", "" },
		{ "", "[\n", "" },
		{ "", "{", "" },
		{ "", "{a: ", "" },
		{ "", "- ", "" },
		{ "", "-\n ", "" },
		{ "", "? ", "" },
		{ "", "?\n", "" },
		{ "", ": ", "" },
		{ "", ":\n", "" },
		{ "", "a:\n ", "" },
		{ "", "&a ", "" },
		{ "", "&a\n", "" },
		{ "", "*a ", "" },
		{ "", "!a ", "" },
		{ "", "!!a\n", "" },
		{ "", "%TAG !t%zu! tag:example.com\n", "---\na: b\n" },
		{ "", "%YAML 1.1\n", "" },
		{ "#", "#", "\n" },
		{ "", "#\n", "" },
		{ "", "# a\n", group },
		{ "", " ", "" },
		{ "", "\n", "" },
		{ "", "\t", "" },
		{ "", "---\n", "" },
		{ "", "...\n", "" },
		{ "", "--- a\n", "" },
		{ "\"", "a", "" },
		{ "\"", "\n", "" },
		{ "\"", "\\n", "\"" },
		{ "'", "''", "'" },
		{ "'", "\n\n", "'" },
		{ "a", "a", "" },
		{ "a: ", "a ", "" },
		{ "a: ", "a\n ", "" },
		{ "a: |\n", " a\n", "" },
		{ "a: |\n", "\n", "" },
		{ "a: >\n", " a\n\n", "" },
		{ "a: >+\n", "  \n", "" },
		{ "a: |9\n", "         b\n", "" },
		{ "[", ",", "]" },
		{ "[", "a,", "]" },
		{ "[", "a: b,", "]" },
		{ "[", "[],", "]" },
		{ "[", "{},", "]" },
		{ "{", "a,", "}" },
		{ "{", "k%zu: 1,", "}" },
		{ "{", "? a,", "}" },
		{ "", "k%zu: 1\n", "" },
		{ "", "k%zu:\n", "" },
		{ "", "same: 1\n", "" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a}\nspec: {members: [",
		    "m%zu,", "]}\n" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a}\nspec: {members: [",
		    "same,", "]}\n" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a}\nspec: {members: [",
		    "'',", "]}\n" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a}\nspec: {",
		    "member%zu: [],", "}\n" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a}\nspec: {members: [\"",
		    "\\U0001F600", "\"]}\n" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: ", "a",
		    "}\nspec: {}\n" },
		{ "apiVersion: countersign/v1\nkind: Group\nmetadata: {name: a, labels: {",
		    "l%zu: x,", "}}\nspec: {members: []}\n" },
		{ "apiVersion: countersign/v1\nkind: ", "Group", "\n" },
		{ "apiVersion: ", "v", "\n" },
		{ "apiVersion: countersign/v1\nkind: CertificateRequest\nmetadata: {name: a}\nspec:\n"
		  "  profile: p\n  requester: r\n  csr: |\n    -----BEGIN CERTIFICATE REQUEST-----\n",
		    "    AAAA\n", "    -----END CERTIFICATE REQUEST-----\n" },
		{ "apiVersion: countersign/v1\nkind: CertificatePolicy\nmetadata: {name: a}\nspec:\n"
		  "  altNames: {dns: {allowed: [\"",
		    "a*", "\"]}}\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bombs); i++) {
		struct arena *arena = arena_new();
		struct text document = built(arena, &bombs[i]), told;
		size_t before = arena_size_bytes(arena);
		clock_t started = clock();

		assert_true(document.length <= MANIFEST_BYTES);
		assert_true(document.length > MANIFEST_BYTES - 1024);
		told = told_of(arena, document);
		if (clock() - started > SECONDS * CLOCKS_PER_SEC)
			fail_msg("\"%s\" again and again takes too long", bombs[i].piece);
		if (arena_size_bytes(arena) - before > MEMORY_BYTES)
			fail_msg("\"%s\" again and again takes %zu bytes", bombs[i].piece,
			    arena_size_bytes(arena) - before);
		/* a document of many names is the only one that is good */
		if (told.length == 0 && strcmp(bombs[i].piece, "m%zu,") != 0)
			fail_msg("\"%s\" again and again is taken", bombs[i].piece);
		arena_free(arena);
	}
}

static void
larger_ones_are_not_read(void **state)
{
	struct arena *arena = arena_new();
	struct text fits, larger;
	struct reasons reasons = { 0 };
	struct manifest manifest;
	struct buffer buffer = { .arena = arena };

	(void)state;
	buffer_printf(&buffer, "%s  members: []\n#", group);
	while (buffer.length < MANIFEST_BYTES - 1)
		buffer_add_byte(&buffer, 'x');
	buffer_add_byte(&buffer, '\n');
	fits = text_copy(arena, buffer_text(&buffer));
	assert_int_equal(fits.length, MANIFEST_BYTES);
	assert_true(text_is(told_of(arena, fits), ""));
	buffer_add_byte(&buffer, '\n');
	larger = buffer_text(&buffer);
	assert_true(text_is(told_of(arena, larger), "0:0: TooLarge"));

	/* what the reconciler wrote may be larger, at its own places only */
	assert_true(kinds_of_path(TEXT("identities/a.yaml"), (enum kind[5]){ 0 }));
	assert_false(
	    manifest_decode(arena, TEXT("identities/a.yaml"), larger, &manifest, &reasons));
	assert_string_equal(reasons.at[0].code, "TooLarge");
	reasons.count = 0;
	assert_false(manifest_decode(arena, TEXT("pending/a.yaml"), larger, &manifest, &reasons));
	assert_string_equal(reasons.at[0].code, "KindNotHere");
	arena_free(arena);
}

/* The last brackets that the parser sees are those one line ahead, not those of the whole file. */
static void
depth_is_counted_from_the_top(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t depth = 1; depth < 40; depth++) {
		struct buffer buffer = { .arena = arena };
		struct text told;

		/* the document itself is a mapping */
		buffer_add(&buffer, TEXT("apiVersion: countersign/v1\nkind: Group\nspec: "));
		for (size_t i = 0; i < depth; i++)
			buffer_add_byte(&buffer, '[');
		for (size_t i = 0; i < depth; i++)
			buffer_add_byte(&buffer, ']');
		told = told_of(arena, buffer_text(&buffer));
		assert_int_equal(depth + 1 > 32, text_ends_with(told, "TooDeep"));
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_meets_its_end),
		cmocka_unit_test(no_file_is_forgotten),
		cmocka_unit_test(large_documents_cost_a_moment),
		cmocka_unit_test(larger_ones_are_not_read),
		cmocka_unit_test(depth_is_counted_from_the_top),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
