#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/moment.h"
#include "lib/git_fixture.h"
#include "repository/child_read.h"
#include "repository/store.h"
#include "repository/writer.h"

static struct text why;

static struct store *
open_at(struct git_fixture *fixture, const char *path)
{
	struct store *store;

	if (!store_open(path, fixture->arena, &store, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return store;
}

static void
refused(struct git_fixture *fixture, const char *path, const char *part)
{
	struct store *store;

	assert_false(store_open(path, fixture->arena, &store, &why));
	assert_null(store);
	if (strstr(text_string(fixture->arena, why), part) == NULL)
		fail_msg("'%s' is not in: %.*s", part, TEXT_ARGUMENTS(why));
}

#define PATH(name) arena_printf(fixture->arena, "%s/%s", fixture->folder, name)

static void
every_form_of_repository_opens(void **state)
{
	struct git_fixture *fixture = *state;
	static const char *const paths[] = { "repository.git", "work", "work/.git", "work/inner/most", "linked" };
	struct text id;

	git_fixture_run(fixture, "git clone -q . ../work 2>/dev/null; cd ../work; mkdir -p inner/most; echo x >f; git add f\n"
	    "git commit -q -m m; git push -q origin HEAD:main; git worktree add -q ../linked; git sparse-checkout set inner");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct store *store = open_at(fixture, PATH(paths[i]));
		const char *expected = i == 0 ? PATH("repository.git/") : PATH("work/.git/");

		assert_string_equal(store_path(store), expected);
		assert_string_equal(store_place(store), expected);
		assert_true(store_ref(store, fixture->arena, "refs/heads/main", &id));
		assert_true(store_resolve(store, fixture->arena, "main", &id));
		store_close(store);
	}
	store_close(NULL);
}

/* Whether this process has a file mapped that is no more. */
static bool
maps_what_is_deleted(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[8192];
	bool found = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		found = found || (strstr(line, ".pack") != NULL && strstr(line, "(deleted)") != NULL);
	(void)fclose(maps);
	return found;
}

static void
packs_that_a_gc_deleted_are_let_go(void **state)
{
	struct git_fixture *fixture = *state;
	struct store *store;
	struct text id, raw;

	git_fixture_run(fixture, "many 30 requests/%%d.yaml; git repack -q -a -d");
	store = open_at(fixture, PATH("repository.git"));
	assert_true(store_ref(store, fixture->arena, "refs/heads/main", &id));
	assert_true(store_object(store, fixture->arena, id, "commit", 10000, &raw));
	git_fixture_run(fixture, "git update-ref refs/heads/main $(commit main^{tree} next main); git repack -q -a -d");
	for (int i = 1; i < STORE_UPDATES_BEFORE_REOPENING; i++)
		assert_true(store_update(store, fixture->arena, &why));
	assert_true(maps_what_is_deleted());
	assert_true(store_update(store, fixture->arena, &why));
	assert_false(maps_what_is_deleted());
	assert_true(store_object(store, fixture->arena, id, "commit", 10000, &raw));
	store_close(store);
}

static void
what_cannot_be_trusted_to_be_whole_is_refused(void **state)
{
	struct git_fixture *fixture = *state;

	git_fixture_run(fixture, "many 3 requests/%%d.yaml; git config uploadpack.allowFilter true; git update-ref refs/heads/main"
	    " $(commit $(git rev-parse main^{tree}) next main)\n"
	    "git clone -q --bare --depth 1 file://$PWD ../shallow; git clone -q --bare --filter=blob:none file://$PWD ../partial\n"
	    "git init -q --bare --object-format=sha256 ../sha256; mkdir ../empty; : >../file; git init -q --bare ../version\n"
	    "git -C ../version config core.repositoryFormatVersion 9; git init -q --bare ../extension\n"
	    "git -C ../extension config core.repositoryFormatVersion 1; git -C ../extension config extensions.refStorage reftable");
	refused(fixture, PATH("shallow"), "git fetch --unshallow");
	refused(fixture, PATH("partial"), "without --filter");
	refused(fixture, PATH("sha256"), "SHA-256");
	refused(fixture, PATH("absent"), "not a git repository");
	refused(fixture, PATH("empty"), "not a git repository");
	refused(fixture, PATH("file"), "not a git repository");
	refused(fixture, PATH("version"), "cannot open");
	refused(fixture, PATH("extension"), "refstorage");
	refused(fixture, "/nowhere/\x1b[31m", "\\x1b");
	refused(fixture, "", "not a git repository");
}

/* Reading it harms nobody; files of ours in it would lock its owner out. */
static void
a_repository_of_somebody_else_is_not_written(void **state)
{
	struct git_fixture *fixture = *state;
	struct output_files files = { .count = 0 };
	const struct output_order order = { .files = &files, .identity = TEXT("c <c@localhost>"), .message = TEXT("m") };
	const struct text absent = { NULL, 0 };
	struct store *store;
	struct text id, written;

	if (geteuid() != 0)
		skip();
	id = git_fixture_run(fixture, "c=$(commit $(git hash-object -w -t tree /dev/null)); git update-ref refs/heads/x $c; echo $c");
	git_fixture_run(fixture, "chown -R 65534 ../repository.git");
	store = open_at(fixture, fixture->path);
	assert_true(store_ref(store, fixture->arena, "refs/heads/x", &id));
	assert_false(store_writable(store, fixture->arena, &why));
	assert_non_null(strstr(why.at, "belongs to nobody, and this process runs as root"));
	assert_int_equal(store_ref_move(store, "refs/heads/y", absent, id, &why, fixture->arena), REF_FAILED);
	assert_non_null(strstr(why.at, "belongs to nobody"));
	assert_int_equal(store_ref_move(store, "refs/heads/x", id, absent, &why, fixture->arena), REF_FAILED);
	assert_false(writer_commit(store, fixture->arena, &order, &written, &why));
	assert_non_null(strstr(why.at, "belongs to nobody"));
	store_close(store);
	/* shared by way of its group */
	git_fixture_run(fixture, "chmod -R g+ws .");
	store = open_at(fixture, fixture->path);
	assert_true(store_writable(store, fixture->arena, &why));
	assert_int_equal(store_ref_move(store, "refs/heads/y", absent, id, &why, fixture->arena), REF_MOVED);
	assert_true(writer_commit(store, fixture->arena, &order, &written, &why));
	store_close(store);
	git_fixture_run(fixture, "cd ..; chown -R 0 repository.git");
}

static bool
take_one(void *context, struct text piece)
{
	size_t *taken = context;

	*taken += piece.length;
	return false;
}

/* More than a pipe holds: the rest is not taken into memory, nor does anybody wait until somebody wants it. */
static void
pieces_that_are_not_wanted_are_not_waited_for(void **state)
{
	struct git_fixture *fixture = *state;
	struct text id = git_fixture_run(fixture, "head -c 4M /dev/zero | git hash-object -w --stdin");
	struct store *store = open_at(fixture, fixture->path);
	size_t taken = 0;
	const struct object_taker taker = { take_one, &taken };
	int64_t begun = milliseconds_running();

	assert_false(store_object_pieces(store, id, &taker));
	assert_true(milliseconds_running() - begun < 30000);
	assert_in_range(taken, 1, 2 * 1024 * 1024);
	store_close(store);
}

static int told;

/* In the child: it has the object, and is never done with it. */
static struct text
say_so_and_stay(struct arena *arena, struct text raw)
{
	(void)arena;
	assert_int_equal(write(told, "x", 1), 1);
	for (;;)
		(void)pause();
	return raw;
}

/* Whatever it inherited, a lock for one, is free again at once. */
static void
a_reading_child_ends_with_its_parent(void **state)
{
	struct git_fixture *fixture = *state;
	struct text id = git_fixture_run(fixture, "echo x | git hash-object -w --stdin");
	struct store *store = open_at(fixture, fixture->path);
	git_oid oid;
	size_t taken = 0;
	const struct child_reading reading = { .id = &oid, .part = say_so_and_stay,
		.take = take_one, .context = &taken };
	struct pollfd closed;
	int ends[2];
	pid_t parent;
	char byte;

	assert_int_equal(git_oid_fromstr(&oid, text_string(fixture->arena, id)), 0);
	assert_int_equal(pipe(ends), 0);
	told = ends[1];
	parent = fork();
	if (parent == 0) {
		(void)close(ends[0]);
		_exit(child_read(store, &reading));
	}
	(void)close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	closed = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	assert_int_equal(poll(&closed, 1, 30000), 1);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	(void)close(ends[0]);
	store_close(store);
}

static void
configuration_of_the_user_is_not_read(void **state)
{
	struct git_fixture *fixture = *state;
	struct store *store;
	struct text id;

	/* would make every ref update keep a reflog */
	git_fixture_run(fixture, "mkdir -p ../home/.config/git; printf '[core]\\nlogAllRefUpdates = always\\n' >../home/.gitconfig\n"
	    "cp ../home/.gitconfig ../home/.config/git/config; git branch x $(commit $(git hash-object -w -t tree /dev/null))");
	assert_int_equal(setenv("HOME", PATH("home"), 1), 0);
	store = open_at(fixture, fixture->path);
	assert_true(store_ref(store, fixture->arena, "refs/heads/x", &id));
	assert_int_equal(store_ref_move(store, "refs/heads/y", (struct text){ NULL, 0 }, id, &why, fixture->arena), REF_MOVED);
	git_fixture_run(fixture, "test ! -e logs");
	store_close(store);
}

static void
objects_are_read_as_they_are(void **state)
{
	struct git_fixture *fixture = *state;
	struct text blob = git_fixture_run(fixture, "blob 'some text'");
	struct text commit = git_fixture_run(fixture, "commit $(git hash-object -w -t tree /dev/null)");
	struct text empty = git_fixture_run(fixture, "git hash-object -w --stdin </dev/null");
	struct store *store = open_at(fixture, fixture->path);
	struct text content;
	uint64_t bytes;

	assert_true(store_object(store, fixture->arena, blob, "blob", 9, &content));
	assert_true(text_is(content, "some text"));
	assert_false(store_object(store, fixture->arena, blob, "blob", 8, &content));
	assert_string_equal(store_trouble(store), text_printf(fixture->arena, "object %.*s (a blob) is too large",
	    TEXT_ARGUMENTS(blob)).at);
	assert_false(store_object(store, fixture->arena, blob, "commit", 100, &content));
	assert_false(store_object(store, fixture->arena, blob, "nonsense", 100, &content));
	assert_true(store_object(store, fixture->arena, commit, "commit", 1000, &content));
	assert_true(text_starts_with(content, "tree 4b825dc"));
	assert_true(store_object(store, fixture->arena, empty, "blob", 0, &content));
	assert_true(text_present(content));
	assert_true(store_object_size(store, blob, &bytes));
	assert_int_equal(bytes, 9);
	assert_false(store_object_size(store, TEXT("1234567890123456789012345678901234567890"), &bytes));
	assert_false(store_object(store, fixture->arena, text_first(blob, 39), "blob", 100, &content));
	assert_false(store_object(store, fixture->arena, TEXT("ZZZZ567890123456789012345678901234567890"), "blob", 1, &content));
	assert_false(store_object(store, fixture->arena, (struct text){ NULL, 0 }, "blob", 1, &content));
	store_close(store);
}

static void
replacements_and_grafts_change_nothing(void **state)
{
	struct git_fixture *fixture = *state;
	struct text one = git_fixture_run(fixture, "blob one"), content;
	struct store *store;

	git_fixture_run(fixture, "git replace %.*s $(blob two); test \"$(git cat-file blob %.*s)\" = two; mkdir -p info\n"
	    "echo $(commit $(git hash-object -w -t tree /dev/null)) %.*s >info/grafts", TEXT_ARGUMENTS(one),
	    TEXT_ARGUMENTS(one), TEXT_ARGUMENTS(one));
	store = open_at(fixture, fixture->path);
	assert_true(store_object(store, fixture->arena, one, "blob", 100, &content));
	assert_true(text_is(content, "one"));
	store_close(store);
}

static void
alternates_are_read_and_checked(void **state)
{
	struct git_fixture *fixture = *state;
	struct text good = git_fixture_run(fixture, "blob good"), bad = git_fixture_run(fixture, "blob bad"), content;
	struct store *store;

	git_fixture_run(fixture, "git clone -q --bare --shared . ../sharing\n"
	    "file() { echo objects/${1:0:2}/${1:2}; }; cp -f $(file %.*s) $(file %.*s)", TEXT_ARGUMENTS(good), TEXT_ARGUMENTS(bad));
	store = open_at(fixture, PATH("sharing"));
	assert_true(store_object(store, fixture->arena, good, "blob", 100, &content));
	assert_false(store_object(store, fixture->arena, bad, "blob", 100, &content));
	assert_non_null(strstr(store_trouble(store), "damaged"));
	store_close(store);
}

static void
is_damaged(struct git_fixture *fixture, const char *path, struct text id, const char *type)
{
	struct store *store = open_at(fixture, path);
	struct text content, found;

	assert_false(store_object(store, fixture->arena, id, type, 100000, &content));
	assert_false(store_resolve(store, fixture->arena, "main", &found));
	assert_false(store_resolve(store, fixture->arena, text_string(fixture->arena, text_first(id, 10)), &found));
	store_close(store);
}

/* As a crash or a full disk leaves them: libgit2 1.5 never comes back from these. */
static void
objects_that_were_cut_are_noticed(void **state)
{
	struct git_fixture *fixture = *state;
	struct text id = git_fixture_run(fixture, "main=$(commit $(git hash-object -w -t tree /dev/null) \"$(seq 2000)\")\n"
	    "git update-ref refs/heads/main $main; cp objects/${main:0:2}/${main:2} ../whole; echo $main");
	struct text content, bytes = git_fixture_run(fixture, "stat -c %%s ../whole");
	struct store *store;

	/* a hang is a failure */
	(void)alarm(240);
	git_fixture_run(fixture, "git clone -q --bare --shared . ../sharing");
	for (long length = 0; length < atol(text_string(fixture->arena, bytes)); length += 1 + length / 3) {
		git_fixture_run(fixture, "main=%.*s; file=objects/${main:0:2}/${main:2}; rm -f $file; head -c %ld ../whole >$file",
		    TEXT_ARGUMENTS(id), length);
		is_damaged(fixture, fixture->path, id, "commit");
		is_damaged(fixture, PATH("sharing"), id, "commit");
	}
	git_fixture_run(fixture, "main=%.*s; (cat ../whole; echo) >objects/${main:0:2}/${main:2}", TEXT_ARGUMENTS(id));
	is_damaged(fixture, fixture->path, id, "commit");
	/* a pack repairs it */
	git_fixture_run(fixture, "main=%.*s; file=objects/${main:0:2}/${main:2}; cp ../whole $file\n"
	    "echo $main | git pack-objects -q objects/pack/pack >/dev/null; head -c 500 ../whole >$file", TEXT_ARGUMENTS(id));
	store = open_at(fixture, fixture->path);
	assert_true(store_object(store, fixture->arena, id, "commit", 100000, &content));
	assert_true(store_resolve(store, fixture->arena, "main", &content));
	store_close(store);
	/* nor is one hidden that can only not be opened; without packs it is an error as before */
	git_fixture_run(fixture, "main=%.*s; file=objects/${main:0:2}/${main:2}; rm -f $file; ln -s $PWD/$file $file", TEXT_ARGUMENTS(id));
	store = open_at(fixture, fixture->path);
	assert_true(store_resolve(store, fixture->arena, "main", &content));
	store_close(store);
	git_fixture_run(fixture, "main=%.*s; file=objects/${main:0:2}/${main:2}; rm -rf objects/pack $file; head -c 500 ../whole >$file", TEXT_ARGUMENTS(id));
	is_damaged(fixture, fixture->path, id, "commit");
	(void)alarm(0);
}

/* The bytes of a file are those of the object, told otherwise. */
static void
objects_are_as_long_as_they_say(void **state)
{
	static const struct { const char *written; size_t length; bool good; } cases[] = {
		{ "blob 3\0abc", 10, true }, { "blob 4\0abc", 10, false }, { "blob 2\0abc", 10, false },
		{ "blob 0\0abc", 10, false }, { "blob  3\0abc", 11, false }, { "blob 3 \0abc", 11, false },
		{ "blob +3\0abc", 11, false }, { "blob -3\0abc", 11, false }, { "blob\0abc", 8, false },
		{ "blob 3", 6, false }, { "blob 99999999999999999999\0abc", 29, false },
		{ "blob 18446744073709551615\0abc", 29, false }, { "blob 18446744073709551614\0abc", 29, false },
		{ "blob 1000000000000\0abc", 22, false }, { "tree 3\0abc", 10, false },
		{ "blob 00000000000000000000000003\0abc", 35, false }, { "", 0, false },
	};
	struct git_fixture *fixture = *state;
	struct text id = git_fixture_run(fixture, "printf abc | git hash-object -w --stdin");
	const char *file = text_string(fixture->arena, git_fixture_run(fixture,
	    "id=%.*s; echo $PWD/objects/${id:0:2}/${id:2}", TEXT_ARGUMENTS(id)));

	(void)alarm(60);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char deflated[200];
		uLongf length = sizeof(deflated);
		struct text content;
		struct store *store;

		assert_int_equal(compress(deflated, &length, (const unsigned char *)cases[i].written,
		    cases[i].length), Z_OK);
		(void)unlink(file);
		assert_true(file_write_durable(file, (struct text){ (char *)deflated, length }, 0444));
		store = open_at(fixture, fixture->path);
		if (store_object(store, fixture->arena, id, "blob", 1000, &content) != cases[i].good)
			fail_msg("case %zu", i);
		store_close(store);
	}
	(void)alarm(0);
}

/* Bytes of a pack, flipped one after the other: an error or the right content, never something else. */
static void
damaged_packs_are_noticed(void **state)
{
	struct git_fixture *fixture = *state;
	struct text ids = git_fixture_run(fixture, "for i in {1..40}; do blob \"content number $i, which is somewhat longer than its number\"; done"), id;
	struct texts all = { .count = 0 };
	unsigned refusals = 0;

	while (text_next_line(&ids, &id))
		texts_add(fixture->arena, &all, id);
	git_fixture_run(fixture, "git update-ref refs/heads/x $(commit $(git cat-file --batch-all-objects --batch-check | awk '{ print \"100644 \" $1 \" \" NR+100 }' | tree_of))\n"
	    "git repack -q -a -d -f; chmod u+w objects/pack/*; cp objects/pack/*.pack ../pack");
	for (unsigned flip = 1500; flip < 3500; flip += 97) {
		struct store *store;

		git_fixture_run(fixture, "cp ../pack objects/pack/*.pack; printf '\\xa5' | dd of=$(ls objects/pack/*.pack) bs=1 seek=%u conv=notrunc status=none", flip);
		store = open_at(fixture, fixture->path);
		for (unsigned i = 0; i < all.count; i++) {
			struct text content;

			if (!store_object(store, fixture->arena, all.at[i], "blob", 1000, &content))
				refusals++;
			else
				assert_string_equal(text_string(fixture->arena, content), text_printf(fixture->arena,
				    "content number %u, which is somewhat longer than its number", i + 1).at);
		}
		store_close(store);
	}
	assert_true(refusals > 0);
}

static void
revisions_are_resolved_to_commits(void **state)
{
	struct git_fixture *fixture = *state;
	struct text id = { NULL, 0 }, first = git_fixture_run(fixture, "commit $(git hash-object -w -t tree /dev/null) one");
	struct text second = git_fixture_run(fixture, "c=$(commit $(git hash-object -w -t tree /dev/null) two %.*s)\n"
	    "git update-ref refs/heads/main $c; git tag -a -m m v1 $c; git tag tree $c^{tree}; git config core.logAllRefUpdates always\n"
	    "git update-ref refs/heads/main %.*s; git update-ref refs/heads/main $c; echo $c", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(first));
	static const char *const good[] = { "main", "HEAD", "v1", "refs/heads/main", "heads/main", "main^0", "main~0",
		"v1^{commit}", "v1^{commit}^0", "@", "main@{0}" };
	static const char *const bad[] = { "absent", "main~5", "main:file", "tree", "", "..", "main^{tree}", "-x", "main~x",
		"main^2", "main^^^", "~1", "^main", "main~99999999999999999999", "abc", "absent~1", "refs/heads/absent",
		"1234567890123456789012345678901234567890", "12345678901234567890123456789012345678901", "main~1~1" };
	struct store *store = open_at(fixture, fixture->path);

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(store_resolve(store, fixture->arena, good[i], &id));
		assert_true(text_equal(id, second));
	}
	assert_true(store_resolve(store, fixture->arena, "main~1", &id));
	assert_true(text_equal(id, first));
	assert_true(store_resolve(store, fixture->arena, "v1^", &id));
	assert_true(text_equal(id, first));
	assert_true(store_resolve(store, fixture->arena, "main~0^1^{commit}", &id));
	assert_true(text_equal(id, first));
	assert_true(store_resolve(store, fixture->arena, text_string(fixture->arena, text_first(first, 10)), &id));
	assert_true(text_equal(id, first));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(store_resolve(store, fixture->arena, bad[i], &id));
	store_close(store);
}

int
main(void)
{
#define TEST_CASE(function) \
	cmocka_unit_test_setup_teardown(function, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		/* first: libgit2 looks for a home when it starts */
		TEST_CASE(configuration_of_the_user_is_not_read),
		TEST_CASE(every_form_of_repository_opens),
		TEST_CASE(packs_that_a_gc_deleted_are_let_go),
		TEST_CASE(what_cannot_be_trusted_to_be_whole_is_refused),
		TEST_CASE(a_repository_of_somebody_else_is_not_written),
		TEST_CASE(objects_are_read_as_they_are),
		TEST_CASE(pieces_that_are_not_wanted_are_not_waited_for),
		TEST_CASE(a_reading_child_ends_with_its_parent),
		TEST_CASE(replacements_and_grafts_change_nothing),
		TEST_CASE(alternates_are_read_and_checked),
		TEST_CASE(objects_that_were_cut_are_noticed),
		TEST_CASE(objects_are_as_long_as_they_say),
		TEST_CASE(damaged_packs_are_noticed),
		TEST_CASE(revisions_are_resolved_to_commits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
