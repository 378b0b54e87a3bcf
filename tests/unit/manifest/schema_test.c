/*
 * What is printed from the tables. The files in schema/ are these texts:
 * `COUNTERSIGN_WRITE_SCHEMAS=1 schema_test` writes them anew.
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
#include "manifest/kinds.h"
#include "manifest/manifest.h"

enum { SCHEMA_BYTES = 1024 * 1024 };

static void
schema_files_are_what_the_tables_say(void **state)
{
	struct arena *arena = arena_new();
	struct text printed, stored;

	(void)state;
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++) {
		char *path = arena_printf(arena, "schema/%s.json", kind_name((enum kind)kind));

		printed = manifest_schema(arena, (enum kind)kind);
		if (getenv("COUNTERSIGN_WRITE_SCHEMAS") != NULL)
			assert_true(file_write_durable(path, printed, 0644));
		if (!file_read(arena, path, SCHEMA_BYTES, &stored))
			fail_msg("%s is missing: write it with COUNTERSIGN_WRITE_SCHEMAS=1", path);
		if (!text_equal(printed, stored))
			fail_msg("%s is not what the tables say: write it anew with "
				 "COUNTERSIGN_WRITE_SCHEMAS=1",
			    path);
	}
	arena_free(arena);
}

static void
no_other_schema_files(void **state)
{
	DIR *folder = opendir("schema");
	struct dirent *entry;
	size_t schemas = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		struct text name = text_of(entry->d_name);

		if (!text_ends_with(name, ".json"))
			continue;
		schemas++;
		if (kind_parse(text_first(name, name.length - strlen(".json"))) == KIND_NONE)
			fail_msg("schema/%s belongs to no kind", entry->d_name);
	}
	closedir(folder);
	assert_int_equal(schemas, KINDS - 1);
}

/* The only lines that begin with a point are requests that the manual may have. */
static void
reference_has_only_its_own_macros(void **state)
{
	static const char *const macros[] = { ".Ss ", ".Pa ", ".Bl ", ".It Li ", ".El" };
	struct arena *arena = arena_new();

	(void)state;
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++) {
		struct text rest = manifest_reference(arena, (enum kind)kind), line;
		size_t items = 0;

		while (text_next_line(&rest, &line)) {
			bool known = line.length > 0 && line.at[0] != '.' && line.at[0] != '\'';

			for (size_t i = 0; i < COUNT(macros); i++)
				known |= text_starts_with(line, macros[i]);
			items += text_starts_with(line, ".It Li ");
			if (!known)
				fail_msg("%s: %.*s", kind_name((enum kind)kind),
				    TEXT_ARGUMENTS(line));
		}
		assert_true(items >= kind_row((enum kind)kind)->table->count);
	}
	arena_free(arena);
}

/* Each row of the tables is sound by itself: what the code takes for granted. */
static void
check_table(const struct table *table, const char *kind, unsigned depth)
{
	assert_true(depth < 8);
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->fields[i];
		bool in = field->type == FIELD_STRUCT || field->type == FIELD_STRUCTS ||
			  field->type == FIELD_STRUCTS_BY_NAME;

		if (field->name == NULL || field->doc == NULL || strlen(field->doc) < 3 ||
		    field->doc[strlen(field->doc) - 1] == '.')
			fail_msg("%s: field %zu of a table has no name or no doc", kind, i);
		for (size_t k = 0; k < i; k++)
			if (strcmp(table->fields[k].name, field->name) == 0)
				fail_msg("%s: %s stands twice in a table", kind, field->name);
		if (in != (field->table != NULL))
			fail_msg("%s: %s: a table where there is none, or none", kind, field->name);
		if ((field->type == FIELD_TEXT || field->type == FIELD_TEXTS) &&
		    field->format == NULL && field->choices == NULL)
			fail_msg("%s: %s takes any text at all", kind, field->name);
		if (field->choices != NULL && field->format != NULL && field->format->good == NULL)
			fail_msg("%s: %s has choices and a format that takes all", kind,
			    field->name);
		if (in)
			check_table(field->table, kind, depth + 1);
	}
	for (const struct foreign_name *foreign = table->foreign;
	     foreign != NULL && foreign->theirs != NULL; foreign++)
		for (size_t i = 0; i < table->count; i++)
			if (strcmp(table->fields[i].name, foreign->theirs) == 0)
				fail_msg("%s: %s is a name of ours", kind, foreign->theirs);
}

static void
tables_are_sound(void **state)
{
	(void)state;
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++) {
		const struct kind_row *row = kind_row((enum kind)kind);

		assert_non_null(row);
		assert_int_equal(row->kind, kind);
		assert_int_equal(kind_parse(text_of(row->name)), kind);
		check_table(row->table, row->name, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schema_files_are_what_the_tables_say),
		cmocka_unit_test(no_other_schema_files),
		cmocka_unit_test(reference_has_only_its_own_macros),
		cmocka_unit_test(tables_are_sound),
	};

	return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
