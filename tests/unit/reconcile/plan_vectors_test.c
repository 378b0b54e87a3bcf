/*
 * The published vectors: from YAML, certificates and certification requests to
 * the text of the plan, byte for byte.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "evaluate/plan.h"
#include "model/snapshot.h"
#include "reconcile/load.h"

#define VECTORS "tests/golden/plan"

static struct text
read_file(struct arena *arena, const char *path)
{
	struct text content;

	if (!file_read(arena, path, 1 << 20, &content))
		fail_msg("%s cannot be read", path);
	return content;
}

/* All files below a folder of the configuration, paths from its top. */
static void
read_folder(struct arena *arena, const char *below, struct source_files *files)
{
	const char *top = VECTORS "/configuration";
	DIR *folder = opendir(text_printf(arena, "%s/%s", top, below).at);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		const char *path =
		    text_printf(arena, "%s%s%s", below, below[0] == '\0' ? "" : "/", entry->d_name)
			.at;

		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR)
			read_folder(arena, path, files);
		else
			*ARRAY_ADD(arena, files) = (struct source_file){ .path = text_of(path),
				.content =
				    read_file(arena, text_printf(arena, "%s/%s", top, path).at) };
	}
	(void)closedir(folder);
}

static void
show(struct arena *arena, const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++)
		print_message("%s\n", text_string(arena, reason_line(arena, &reasons->at[i])));
}

static struct configuration
read_configuration(struct arena *arena)
{
	struct configuration_place place = { .previous = configuration_none };
	struct source_files files = { 0 };
	struct configuration configuration;

	read_folder(arena, "", &files);
	configuration_from_files(arena, &files, &place, NULL, &configuration);
	show(arena, &configuration.reasons);
	assert_int_equal(reasons_errors(&configuration.reasons), 0);
	return configuration;
}

static struct text
given_value(struct text given, const char *key)
{
	struct text line;

	while (text_next_line(&given, &line))
		if (text_starts_with(line, key))
			return text_skip(line, strlen(key) + 2);
	fail_msg("%s is not given", key);
	return given;
}

static void
check_vector(const char *name)
{
	struct arena *arena = arena_new();
	struct configuration configuration = read_configuration(arena);
	struct text folder = text_printf(arena, "%s/%s", VECTORS, name);
	struct text given = read_file(arena, text_printf(arena, "%s/given", folder.at).at);
	struct text content = read_file(arena, text_printf(arena, "%s/request.yaml", folder.at).at);
	struct text expected = read_file(arena, text_printf(arena, "%s/plan.txt", folder.at).at);
	struct text digest = read_file(arena, text_printf(arena, "%s/digest", folder.at).at);
	struct request request;
	struct plan_input input = { .configuration = &configuration,
		.request = &request,
		.generation = given_value(given, "generation").at[0] - '0' };
	struct reasons reasons = { 0 };
	struct plan plan, again;
	struct text why;
	bool good;

	assert_true(moment_parse(given_value(given, "now"), &input.now));
	good = request_decode(arena, given_value(given, "request"), content, &request, &reasons) &&
	       plan_make(arena, &input, &plan, &reasons);
	show(arena, &reasons);
	assert_true(good);
	if (!text_equal(plan.text, expected))
		fail_msg("%s:\n%s", name, text_string(arena, plan.text));
	assert_true(text_equal(plan.digest, text_trim(digest)));
	assert_true(plan_parse(arena, expected, &again, &why));
	assert_true(plan_same_content(arena, &plan, &again));
	arena_free(arena);
}

static void
plans_are_as_published(void **state)
{
	DIR *folder = opendir(VECTORS);
	const struct dirent *entry;
	size_t vectors = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name, "configuration") == 0)
			continue;
		check_vector(entry->d_name);
		vectors++;
	}
	(void)closedir(folder);
	assert_true(vectors >= 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_as_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
