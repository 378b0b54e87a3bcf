#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/store_fixture.h"
#include "repository/snapshot.h"
#include "repository/writer.h"

static const struct text absent = { NULL, 0 };
static struct text why;

static struct output_order
order_of(const struct output_files *files, struct text base)
{
	struct output_order order = { .base = base, .files = files, .message = TEXT("message\n"),
		.identity = TEXT("countersign <countersign@localhost>"), .at = 1700000000 };

	return order;
}

/* Files from pairs of path and content; a NULL content deletes. Ends with NULL. */
static struct output_files
files_of(struct git_fixture *fixture, ...)
{
	struct output_files files = { .count = 0 };
	va_list arguments;
	const char *path;

	va_start(arguments, fixture);
	while ((path = va_arg(arguments, const char *)) != NULL) {
		struct output_file *file = ARRAY_ADD(fixture->arena, &files);

		file->path = text_of(path);
		file->content = text_of(va_arg(arguments, const char *));
	}
	va_end(arguments);
	return files;
}

/* Writes a commit and has stock git check the whole repository with it. */
static struct text
write_files(struct git_fixture *fixture, struct text base, const struct output_files *files)
{
	struct store *store = open_store(fixture);
	struct output_order order = order_of(files, base);
	struct text id;

	if (text_present(base))
		texts_add(fixture->arena, &order.parents, base);
	if (!writer_commit(store, fixture->arena, &order, &id, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	store_close(store);
	git_fixture_run(fixture, "git update-ref refs/heads/output %.*s\n"
	    "git fsck --strict --no-dangling 2>&1 | { ! grep -v '^notice: HEAD points to an unborn'; }\n"
	    "test -z \"$(find objects -name 'tmp_*')\"", TEXT_ARGUMENTS(id));
	return id;
}

static const char *
names(struct git_fixture *fixture, struct text commit)
{
	return text_string(fixture->arena, git_fixture_run(fixture,
	    "git ls-tree -r --name-only %.*s | paste -s -d ' '", TEXT_ARGUMENTS(commit)));
}

static void
refused(struct git_fixture *fixture, struct text base, struct output_files files, const char *part)
{
	struct store *store = open_store(fixture);
	struct output_order order = order_of(&files, base);
	struct text before = git_fixture_run(fixture, "find objects -type f | sort"), id;

	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	if (strstr(why.at, part) == NULL)
		fail_msg("'%s' is not in: %s", part, why.at);
	assert_true(text_equal(before, git_fixture_run(fixture, "find objects -type f | sort")));
	store_close(store);
}

#define FILES(...) files_of(*state, __VA_ARGS__, NULL)

static void
a_first_commit_and_the_next(void **state)
{
	struct output_files files = FILES("README.md", "# page\n", "status/requests/web/www.yaml", "state: Issued\n",
	    "status/requests/web-a.yaml", "", "certificates/web/www.pem", "pem");
	struct text first = write_files(*state, absent, &files), second, shown;
	struct output_files changes = FILES("README.md", "# page 2\n", "status/requests/web/www.yaml", NULL,
	    "certificates/web/www.pem", NULL, "certificates/none.pem", NULL, "evidence/ab/cd/ef", "x");

	assert_string_equal(names(*state, first),
	    "README.md certificates/web/www.pem status/requests/web-a.yaml status/requests/web/www.yaml");
	second = write_files(*state, first, &changes);
	assert_string_equal(names(*state, second), "README.md evidence/ab/cd/ef status/requests/web-a.yaml");
	/* no tree for the folders that went */
	git_fixture_run(*state, "test ! -e objects/4b/825dc642cb6eb9a060e54bf8d69288fbee4904");
	shown = git_fixture_run(*state, "git cat-file commit %.*s; git show %.*s:README.md; git show %.*s:status/requests/web-a.yaml",
	    TEXT_ARGUMENTS(second), TEXT_ARGUMENTS(second), TEXT_ARGUMENTS(second));
	assert_string_equal(text_string(((struct git_fixture *)*state)->arena, shown),
	    text_printf(((struct git_fixture *)*state)->arena, "tree %.*s\nparent %.*s\n"
	    "author countersign <countersign@localhost> 1700000000 +0000\n"
	    "committer countersign <countersign@localhost> 1700000000 +0000\n\nmessage\n# page 2",
	    TEXT_ARGUMENTS(git_fixture_run(*state, "git rev-parse %.*s^{tree}", TEXT_ARGUMENTS(second))),
	    TEXT_ARGUMENTS(first)).at);
}

static void
nothing_is_a_tree_too(void **state)
{
	struct output_files none = { .count = 0 }, one = FILES("a/b/c/d.yaml", "x"), gone = FILES("a/b/c/d.yaml", NULL);
	struct text empty = write_files(*state, absent, &none);
	struct text full = write_files(*state, empty, &one);

	assert_string_equal(names(*state, empty), "");
	assert_string_equal(names(*state, full), "a/b/c/d.yaml");
	assert_string_equal(names(*state, write_files(*state, full, &gone)), "");
	assert_string_equal(names(*state, write_files(*state, full, &none)), "a/b/c/d.yaml");
}

static void
files_and_folders_change_places(void **state)
{
	struct output_files start = FILES("a", "file", "b/c", "nested", "b-", "x", "b.d", "y", "b0", "z");
	struct output_files swap = FILES("a", NULL, "a/x", "nested", "b", "file", "b/c", NULL);
	struct output_files absent_ones = FILES("a/x", NULL, "b", NULL, "c/d", NULL);
	struct text base = write_files(*state, absent, &start);

	assert_string_equal(names(*state, write_files(*state, base, &swap)), "a/x b b- b.d b0");
	refused(*state, base, FILES("a/x", "nested"), "a would be a file and a folder at once");
	refused(*state, base, FILES("a/x/y", "nested"), "a would be a file and a folder");
	refused(*state, base, FILES("b", "file"), "b would be a file and a folder");
	refused(*state, base, FILES("b/c/d", "x"), "b/c would be a file and a folder");
	refused(*state, base, FILES("n", "file", "n/o", "nested"), "n would be a file and a folder");
	refused(*state, base, FILES("n", "file", "n-", "between", "n/o", "nested"), "n would be a file and a folder");
	refused(*state, base, FILES("b", "file", "b-", NULL, "b/d", NULL), "b would be a file and a folder");
	/* taking away what is not there, or stands in another way */
	assert_string_equal(names(*state, write_files(*state, base, &absent_ones)), "a b- b.d b/c b0");
}

static void
odd_paths_are_refused(void **state)
{
	static const char *const paths[] = { "", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", ".git", "a/.GIT/config",
		"a b", "a\nb", "a\\b", "\xc3\xa4", "a:b", "a\x1b[31m", "~", "git~1" , "1/2/3/4/5/6/7/8/9/10/11/12/13/14" };
	char longest[300];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		refused(*state, absent, FILES(paths[i], "x"), "is no path");
		refused(*state, absent, FILES("good", "y", paths[i], NULL), "is no path");
		assert_null(memchr(why.at, 0x1b, why.length));
	}
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	refused(*state, absent, FILES(longest, "x"), "is no path");
	refused(*state, absent, FILES("a", "x", "b", "y", "a", "z"), "written twice");
}

static struct text
sign_well(struct arena *arena, void *context, struct text raw)
{
	const char *at = memmem(raw.at, raw.length, "\n\n", 2);
	struct text header = { raw.at, (size_t)(at + 1 - raw.at) };

	return text_printf(arena, "%.*sgpgsig %s%.*s", TEXT_ARGUMENTS(header), (const char *)context,
	    TEXT_ARGUMENTS(text_skip(raw, header.length)));
}

static struct text
sign_badly(struct arena *arena, void *context, struct text raw)
{
	(void)arena;
	(void)raw;
	return *(struct text *)context;
}

static void
a_signature_is_added_and_nothing_else(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = FILES("a", "x");
	struct output_order order = order_of(&files, absent);
	struct text id, other = text_of("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\n");
	struct store *store = open_store(fixture);

	order.sign = sign_well;
	order.context = "signature\n line two\n";
	assert_true(writer_commit(store, fixture->arena, &order, &id, &why));
	git_fixture_run(fixture, "git update-ref refs/heads/x %.*s; git fsck --strict\n"
	    "git cat-file commit x | grep -A1 '^gpgsig signature$' | grep '^ line two$'", TEXT_ARGUMENTS(id));
	order.sign = sign_badly;
	order.context = (void *)&absent;
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	assert_non_null(strstr(why.at, "could not be signed"));
	order.context = &other;
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	store_close(store);
}

static void
odd_orders_are_refused(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = FILES("a", "x");
	struct output_order order = order_of(&files, absent), good = order;
	struct store *store = open_store(fixture);
	struct text id;

	order.identity = TEXT("a\nb");
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	order = good;
	order.message = (struct text){ "a\0b", 3 };
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	order = good;
	texts_add(fixture->arena, &order.parents, TEXT("1234567890123456789012345678901234567890"));
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	assert_non_null(strstr(why.at, "parent"));
	order.parents.at[0] = git_fixture_run(fixture, "blob x");
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	order = good;
	order.base = TEXT("1234567890123456789012345678901234567890");
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	assert_non_null(strstr(why.at, "missing"));
	order.base = git_fixture_run(fixture, "f=$(blob x); commit $(printf '100644 %%s b\\n100644 %%s a\\n' $f $f | tree_of)");
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	assert_non_null(strstr(why.at, "malformed"));
	store_close(store);
}

/* Random edits, each tree compared with the one that git's own index makes of them. */
static void
trees_are_those_that_git_makes(void **state)
{
	struct git_fixture *fixture = *state;
	struct text base = absent;
	unsigned random = 12345;

	for (int round = 0; round < 25; round++) {
		struct buffer index = { .arena = fixture->arena };
		struct output_files files = { .count = 0 };
		struct text expected;

		for (int edit = 0; edit < 30; edit++) {
			struct output_file file;
			bool known = false;
			char path[64];

			random = random * 1103515245 + 12345;
			snprintf(path, sizeof(path), "%c%s%s%c", 'a' + (int)(random >> 8) % 3, (random >> 12) % 2 ? "-" : "",
			    (random >> 16) % 3 ? "/" : "", 'a' + (int)(random >> 20) % 4);
			file.path = text_copy(fixture->arena, text_of(path));
			for (size_t i = 0; i < files.count; i++)
				known |= text_equal(files.at[i].path, file.path);
			if (known)
				continue;
			file.content = (random >> 24) % 3 == 0 ? absent : text_printf(fixture->arena, "%u", random % 7);
			*ARRAY_ADD(fixture->arena, &files) = file;
			if (text_present(file.content))
				buffer_printf(&index, "echo \"100644 $(blob %s)\t%s\"\n", file.content.at, path);
			else
				buffer_printf(&index, "echo \"0 $zeroes\t%s\"\n", path);
		}
		expected = git_fixture_run(fixture, "export GIT_INDEX_FILE=../index; zeroes=$(printf '%%040d' 0)\n"
		    "{\n%s} | git update-index --index-info; git write-tree", buffer_text(&index).at);
		base = write_files(fixture, base, &files);
		assert_true(text_equal(expected, git_fixture_run(fixture, "git rev-parse %.*s^{tree}", TEXT_ARGUMENTS(base))));
	}
}

/* As many files as asked for, of sizes up to some thousand bytes. */
static struct output_files
many(struct git_fixture *fixture, unsigned count, unsigned salt)
{
	struct output_files files = { .count = 0 };

	for (unsigned i = 0; i < count; i++) {
		struct output_file *file = ARRAY_ADD(fixture->arena, &files);
		char *content = arena_allocate(fixture->arena, i * 3 % 4000 + 32);

		for (unsigned k = 0; k < i * 3 % 4000; k++)
			content[k] = (char)(k * i + salt);
		file->path = text_printf(fixture->arena, "certificates/%02x/%02x/%u.pem", i % 7, i % 11, i);
		file->content = (struct text){ content, i * 3 % 4000 };
	}
	return files;
}

static void
many_objects_make_one_pack(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = many(fixture, 3000, 1), again = many(fixture, 3000, 2);
	struct text id = write_files(fixture, absent, &files), second;
	struct store *store = open_store(fixture);
	struct source_files listed = { .count = 0 };
	struct reasons reasons = { .count = 0 };

	git_fixture_run(fixture, "test $(ls objects/pack/*.pack | wc -l) = 1; test $(find objects -type f | wc -l) = 2\n"
	    "git verify-pack objects/pack/*.idx; git index-pack --strict --verify objects/pack/*.pack\n"
	    "git cat-file --batch-all-objects --batch-check | wc -l");
	assert_true(snapshot_list(store, fixture->arena, id, "certificates", &listed, &reasons));
	assert_int_equal(listed.count, 3000);
	for (size_t i = 0; i < listed.count; i += 100)
		assert_true(snapshot_read(store, fixture->arena, &listed.at[i]));
	store_close(store);
	/* most of it is there already: new trees and few blobs */
	again.at[17].content = TEXT("changed");
	for (size_t i = 0; i < again.count; i++)
		if (i != 17)
			again.at[i].content = files.at[i].content;
	second = write_files(fixture, id, &again);
	git_fixture_run(fixture, "test $(ls objects/pack/*.pack | wc -l) = 1; test $(find objects -type f | wc -l) = 8\n"
	    "git diff-tree -r --name-only %.*s %.*s | grep -c .", TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(second));
}

static void
equal_contents_are_one_object(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = many(fixture, 400, 1);

	for (size_t i = 0; i < files.count; i++)
		files.at[i].content = TEXT("the same");
	write_files(fixture, absent, &files);
	git_fixture_run(fixture, "test $(git verify-pack -v objects/pack/*.idx | grep -c ' blob ') = 1");
}

static void
what_is_shared_or_private_stays_so(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files few = many(fixture, 2, 3), lots = many(fixture, 100, 4);

	git_fixture_run(fixture, "chmod 2775 objects; rm -rf objects/pack");
	write_files(fixture, absent, &few);
	write_files(fixture, absent, &lots);
	git_fixture_run(fixture, "test -z \"$(find objects/?? -type d ! -perm 2775)\"; test -z \"$(find objects -type f ! -perm 444)\"");
	git_fixture_run(fixture, "rm -rf objects/*; mkdir objects/info; chmod u=rwx,go=,g-s objects; git update-ref -d refs/heads/output");
	few = many(fixture, 2, 5);
	write_files(fixture, absent, &few);
	git_fixture_run(fixture, "test -z \"$(find objects/?? -type d ! -perm 700)\"; test -z \"$(find objects -type f ! -perm 400)\"");
}

static void
a_folder_that_cannot_be_written_is_an_error(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files few = many(fixture, 2, 3), lots = many(fixture, 100, 4);
	struct output_order order = order_of(&few, absent);
	struct store *store = open_store(fixture);
	struct text id;

	/* a file where a folder must be stops root too */
	git_fixture_run(fixture, "for i in {0..255}; do : >$(printf 'objects/%%02x' $i); done; rm -rf objects/pack; : >objects/pack");
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	assert_non_null(strstr(why.at, "cannot write to"));
	order.files = &lots;
	assert_false(writer_commit(store, fixture->arena, &order, &id, &why));
	assert_non_null(strstr(why.at, "cannot write to"));
	store_close(store);
}

/* An object that nothing needs is old enough for gc to take; using it again makes it young. */
static void
what_is_used_again_does_not_age(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = FILES("a", "used again");
	struct store *store;
	struct output_order order = order_of(&files, absent);
	struct text id;

	git_fixture_run(fixture, "id=$(blob 'used again'); touch -d '1 month ago' objects/${id:0:2}/${id:2}");
	store = open_store(fixture);
	assert_true(writer_commit(store, fixture->arena, &order, &id, &why));
	git_fixture_run(fixture, "test -z \"$(find objects -type f -mtime +1)\"; git prune --expire=2.weeks.ago\n"
	    "git cat-file -e %.*s:a", TEXT_ARGUMENTS(id));
	store_close(store);
}

/* gc, repack and prune while the store stays open: everything is still read and written. */
static void
a_gc_meanwhile_does_no_harm(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = many(fixture, 200, 9);
	struct store *store = open_store(fixture);
	struct output_order order = order_of(&files, absent);
	struct reasons reasons = { .count = 0 };
	struct text id = absent;

	for (int round = 0; round < 6; round++) {
		struct source_files listed = { .count = 0 };

		order.base = id;
		order.parents.count = 0;
		if (text_present(id))
			texts_add(fixture->arena, &order.parents, id);
		files.at[round].content = text_printf(fixture->arena, "round %d", round);
		if (!writer_commit(store, fixture->arena, &order, &id, &why))
			fail_msg("%.*s", TEXT_ARGUMENTS(why));
		git_fixture_run(fixture, "git update-ref refs/heads/output %.*s; git gc -q --prune=now %s", TEXT_ARGUMENTS(id),
		    round % 2 ? "--aggressive" : "");
		assert_true(snapshot_list(store, fixture->arena, id, "", &listed, &reasons));
		assert_int_equal(listed.count, 200);
		for (size_t i = 0; i < listed.count; i++)
			if (!snapshot_read(store, fixture->arena, &listed.at[i]))
				fail_msg("%s", store_trouble(store));
	}
	git_fixture_run(fixture, "git fsck --strict; test $(git rev-list --count output) = 6");
	store_close(store);
}

int
main(void)
{
#define TEST_CASE(function) \
	cmocka_unit_test_setup_teardown(function, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_first_commit_and_the_next),
		TEST_CASE(nothing_is_a_tree_too),
		TEST_CASE(files_and_folders_change_places),
		TEST_CASE(odd_paths_are_refused),
		TEST_CASE(a_signature_is_added_and_nothing_else),
		TEST_CASE(odd_orders_are_refused),
		TEST_CASE(trees_are_those_that_git_makes),
		TEST_CASE(many_objects_make_one_pack),
		TEST_CASE(equal_contents_are_one_object),
		TEST_CASE(what_is_shared_or_private_stays_so),
		TEST_CASE(a_folder_that_cannot_be_written_is_an_error),
		TEST_CASE(what_is_used_again_does_not_age),
		TEST_CASE(a_gc_meanwhile_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
