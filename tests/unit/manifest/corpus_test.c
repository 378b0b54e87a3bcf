/*
 * The documents in tests/manifest: all of good/ decodes without a word; each
 * of bad/ is refused with exactly the reasons that its first line names, as
 * "line:column: code", several with "; " between them. A line "# path: …" near
 * the top says where the document is to lie.
 *
 * `corpus_test verdict FILE…` says "good" or "bad" of each file, and the first
 * reason: other judges are compared with it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "lib/manifest_sample.h"
#include "manifest/kinds.h"
#include "manifest/manifest.h"

enum { FILE_BYTES = 1024 * 1024, HEADER_LINES = 3 };

static struct text
read_fixture(struct arena *arena, const char *folder, struct text name)
{
	char *path = arena_printf(arena, "%s/%.*s", folder, TEXT_ARGUMENTS(name));
	struct text content;

	if (!file_read(arena, path, FILE_BYTES, &content))
		fail_msg("%s cannot be read", path);
	return content;
}

static struct texts
names_in(struct arena *arena, const char *folder)
{
	DIR *directory = opendir(folder);
	struct texts names = { 0 };
	struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory)) != NULL)
		if (text_ends_with(text_of(entry->d_name), ".yaml"))
			texts_add(arena, &names, text_copy(arena, text_of(entry->d_name)));
	closedir(directory);
	texts_sort(&names);
	return names;
}

/* Where the document lies: by its own word, or nowhere. */
static struct text
path_of(struct text content)
{
	struct text line;

	for (int i = 0; i < HEADER_LINES && text_next_line(&content, &line); i++)
		if (text_starts_with(line, "# path: "))
			return text_skip(line, strlen("# path: "));
	return TEXT("");
}

static enum kind
kind_of(struct text name)
{
	return kind_parse(text_first(name, text_find(name, '-')));
}

static void
check_written(struct arena *arena, struct text name, struct text path,
    const struct manifest *manifest)
{
	struct text written = manifest_write(arena, manifest->kind, manifest->object);
	struct reasons reasons = { 0 };
	struct manifest again;

	if (!manifest_decode(arena, path, written, &again, &reasons))
		fail_msg("%.*s: what was written is refused:\n%.*s", TEXT_ARGUMENTS(name),
		    TEXT_ARGUMENTS(written));
	assert_null(
	    sample_difference(kind_row(manifest->kind)->table, manifest->object, again.object));
	assert_true(text_equal(written, manifest_write(arena, manifest->kind, again.object)));
}

static void
good_documents_are_taken(void **state)
{
	struct arena *arena = arena_new();
	struct texts names = names_in(arena, "tests/manifest/good");
	size_t seen[KINDS] = { 0 };

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct text content = read_fixture(arena, "tests/manifest/good", names.at[i]);
		struct reasons reasons = { 0 };
		struct manifest manifest;

		if (!manifest_decode(arena, path_of(content), content, &manifest, &reasons) ||
		    reasons.count > 0)
			fail_msg("%.*s: %.*s", TEXT_ARGUMENTS(names.at[i]),
			    reasons.count == 0 ? 0 : (int)reasons.at[0].message.length,
			    reasons.count == 0 ? "" : reasons.at[0].message.at);
		assert_int_equal(manifest.kind, kind_of(names.at[i]));
		assert_true(text_present(manifest.name));
		assert_non_null(manifest.object);
		seen[manifest.kind]++;
		check_written(arena, names.at[i], path_of(content), &manifest);
	}
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++)
		if (seen[kind] == 0)
			fail_msg("no good %s", kind_name((enum kind)kind));
	arena_free(arena);
}

static struct text
reasons_told(struct arena *arena, const struct reasons *reasons)
{
	struct buffer told = { .arena = arena };

	for (size_t i = 0; i < reasons->count; i++)
		buffer_printf(&told, "%s%u:%u: %s", i == 0 ? "" : "; ",
		    reasons->at[i].position.line, reasons->at[i].position.column,
		    reasons->at[i].code);
	return buffer_text(&told);
}

static void
check_refused(struct arena *arena, const char *folder, struct text name)
{
	struct text content = read_fixture(arena, folder, name), rest = content, line = TEXT("");
	struct text path = path_of(content), told;
	struct reasons reasons = { 0 };
	struct manifest manifest;

	if (manifest_decode(arena, path, content, &manifest, &reasons))
		fail_msg("%.*s is taken", TEXT_ARGUMENTS(name));
	assert_null(manifest.object);
	(void)text_next_line(&rest, &line);
	told = reasons_told(arena, &reasons);
	if (!text_starts_with(line, "# ") || !text_equal(text_skip(line, 2), told))
		fail_msg("%.*s: expected \"%.*s\", found \"%.*s\"", TEXT_ARGUMENTS(name),
		    TEXT_ARGUMENTS(line), TEXT_ARGUMENTS(told));
	for (size_t i = 0; i < reasons.count; i++) {
		/* a reason can be shown and says where it is */
		assert_true(text_equal(reasons.at[i].position.path, path));
		assert_true(reasons.at[i].message.length > 10);
		assert_true(text_equal(reasons.at[i].message,
		    text_visible(arena, reasons.at[i].message, 100000)));
	}
}

static void
bad_documents_are_refused(void **state)
{
	struct arena *arena = arena_new();
	struct texts names = names_in(arena, "tests/manifest/bad");
	size_t seen[KINDS] = { 0 };

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		check_refused(arena, "tests/manifest/bad", names.at[i]);
		seen[kind_of(names.at[i])]++;
	}
	assert_int_equal(seen[KIND_NONE], 0);
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++)
		if (seen[kind] < 2)
			fail_msg("too few bad %s", kind_name((enum kind)kind));
	arena_free(arena);
}

static int
verdict(int count, char **paths)
{
	for (int i = 0; i < count; i++) {
		struct arena *arena = arena_new();
		struct reasons reasons = { 0 };
		struct manifest manifest;
		struct text content;
		bool good;

		if (!file_read(arena, paths[i], FILE_BYTES, &content)) {
			fprintf(stderr, "%s cannot be read\n", paths[i]);
			return EXIT_FAILURE;
		}
		good = manifest_decode(arena, path_of(content), content, &manifest, &reasons);
		printf("%s\t%s\t%s\n", good ? "good" : "bad", paths[i],
		    reasons.count == 0 ? "" : reasons.at[0].message.at);
		arena_free(arena);
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_documents_are_taken),
		cmocka_unit_test(bad_documents_are_refused),
	};

	if (argc > 2 && strcmp(argv[1], "verdict") == 0)
		return verdict(argc - 2, argv + 2);
	return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
