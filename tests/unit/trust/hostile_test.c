/* The fixtures of tests/hostile: only what is called good counts, and the rest says why it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "trust/evidence.h"
#include "trust/sshkey.h"
#include "trust/sshsig.h"

#define FOLDER "tests/hostile/"

enum { FILE_BYTES = 1024 * 1024 };

static struct arena *arena;
static struct configuration configuration;

static struct text
read_fixture(const char *folder, struct text name)
{
	struct text content;
	const char *path = arena_printf(arena, FOLDER "%s/%.*s", folder, TEXT_ARGUMENTS(name));

	if (!file_read(arena, path, FILE_BYTES, &content))
		fail_msg("%s cannot be read; tests run at the top of the tree", path);
	return content;
}

static int
set_up(void **state)
{
	struct identity *alice;

	(void)state;
	arena = arena_new();
	configuration = (struct configuration){ .repository.id =
	    TEXT("00112233445566778899aabbccddeeff") };
	alice = ARRAY_ADD(arena, &configuration.identities);
	alice->name = TEXT("alice");
	ARRAY_ADD(arena, &alice->keys)->ssh = read_fixture("commit", TEXT("alice.pub"));
	identity_keys_resolve(arena, &configuration);
	assert_int_equal(configuration.reasons.count, 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* Safe for a terminal, a log and a page. */
static void
assert_safe(struct text text)
{
	assert_true(text_is_utf8(text));
	assert_true(text_equal(text, text_visible(arena, text, text.length)));
}

static void
assert_says(struct text name, struct text why, struct text expected)
{
	if (memmem(why.at, why.length, expected.at, expected.length) == NULL)
		fail_msg("%.*s: expected \"%.*s\" in \"%.*s\"", TEXT_ARGUMENTS(name),
		    TEXT_ARGUMENTS(expected), TEXT_ARGUMENTS(why));
}

static void
judge_commit(struct text name, struct text expected)
{
	struct sighting sighting = { &configuration, 1800000000, SOURCE_COMMIT, TEXT("c0ffee") };
	struct evidence evidence = { 0 };
	bool silent = text_is(expected, "-"), good = text_is(expected, "=");
	const struct ignored_list *ignored = &evidence.ignored;

	evidence_from_commit(arena, &sighting, read_fixture("commit", name), &evidence);
	assert_int_equal(evidence.configuration_signatures.count, 0);
	assert_int_equal(evidence.request_signatures.count, 0);
	if (evidence.decisions.count != good || (ignored->count > 0) == (good || silent))
		fail_msg("%.*s: %zu decisions, %zu ignored", TEXT_ARGUMENTS(name),
		    evidence.decisions.count, ignored->count);
	for (size_t i = 0; i < ignored->count; i++) {
		assert_safe(ignored->at[i].who);
		assert_safe(ignored->at[i].what);
		assert_safe(ignored->at[i].why);
	}
	if (ignored->count > 0)
		assert_says(name, ignored->at[ignored->count - 1].why, expected);
}

static void
judge_signature(struct text name, struct text expected)
{
	struct ssh_public_key signer;
	struct text why = { NULL, 0 }, message = read_fixture("sshsig", TEXT("message"));
	bool good = text_is(expected, "=");

	if (sshsig_verify(arena, read_fixture("sshsig", name), "git", message, &signer, &why) != good)
		fail_msg("%.*s: %.*s", TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(why));
	if (good)
		return;
	assert_safe(why);
	assert_says(name, why, expected);
}

/* Every file of the folder is listed, every line has its file. */
static size_t
judge_folder(const char *folder, void (*judge)(struct text name, struct text expected))
{
	struct text list = read_fixture(folder, TEXT("EXPECTED")), line, name;
	DIR *directory = opendir(arena_printf(arena, FOLDER "%s", folder));
	const struct dirent *entry;
	size_t listed = 0, files = 0;

	assert_non_null(directory);
	while (text_next_line(&list, &line)) {
		assert_true(text_split(&line, '\t', &name));
		judge(name, line);
		listed++;
	}
	while ((entry = readdir(directory)) != NULL)
		files += entry->d_name[0] != '.' && strcmp(entry->d_name, "EXPECTED") != 0 &&
		    strcmp(entry->d_name, "alice.pub") != 0 && strcmp(entry->d_name, "message") != 0;
	closedir(directory);
	assert_int_equal(listed, files);
	return listed;
}

static void
hostile_commits_decide_nothing(void **state)
{
	(void)state;
	assert_true(judge_folder("commit", judge_commit) > 80);
}

static void
hostile_signatures_verify_nothing(void **state)
{
	(void)state;
	assert_true(judge_folder("sshsig", judge_signature) > 35);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hostile_commits_decide_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hostile_signatures_verify_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
