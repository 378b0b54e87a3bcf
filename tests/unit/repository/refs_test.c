#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/git_fixture.h"
#include "repository/store.h"

static const struct text absent = { NULL, 0 };

/* A fixture with an open store and three commits. */
struct refs {
	struct git_fixture *fixture;
	struct store *store;
	struct text a, b, c;
	struct text why;
};

static struct refs
open_refs(void **state)
{
	struct refs refs = { .fixture = *state };
	struct text ids;

	if (!store_open(refs.fixture->path, refs.fixture->arena, &refs.store, &refs.why))
		fail_msg("%.*s", TEXT_ARGUMENTS(refs.why));
	ids = git_fixture_run(refs.fixture, "t=$(git hash-object -w -t tree /dev/null)\n"
	    "for m in a b c; do commit $t $m; done");
	text_next_line(&ids, &refs.a);
	text_next_line(&ids, &refs.b);
	text_next_line(&ids, &refs.c);
	return refs;
}

static enum ref_result
move(struct refs *refs, const char *ref, struct text expected, struct text id)
{
	refs->why = absent;
	return store_ref_move(refs->store, ref, expected, id, &refs->why, refs->fixture->arena);
}

/* What stock git and we say of a ref: the id, or "". They must agree. */
static void
assert_ref(struct refs *refs, const char *ref, struct text expected)
{
	struct text git = git_fixture_run(refs->fixture, "git rev-parse -q --verify %s || true", ref);
	struct text id = { "", 0 };

	(void)store_ref(refs->store, refs->fixture->arena, ref, &id);
	assert_true(text_equal(git, text_present(expected) ? expected : TEXT("")));
	assert_true(text_equal(id, git));
}

static void
a_ref_is_made_moved_and_deleted(void **state)
{
	struct refs refs = open_refs(state);
	const char *ref = "refs/heads/countersign/inbox/alice-1";

	assert_ref(&refs, ref, absent);
	assert_int_equal(move(&refs, ref, absent, refs.a), REF_MOVED);
	assert_ref(&refs, ref, refs.a);
	assert_int_equal(move(&refs, ref, refs.a, refs.b), REF_MOVED);
	assert_ref(&refs, ref, refs.b);
	assert_int_equal(move(&refs, ref, refs.b, refs.b), REF_MOVED);
	assert_int_equal(move(&refs, ref, refs.b, absent), REF_MOVED);
	assert_ref(&refs, ref, absent);
	git_fixture_run(refs.fixture, "git fsck --strict; git for-each-ref; test -z \"$(find . -name '*.lock')\"");
	store_close(refs.store);
}

static void
what_is_not_expected_is_lost(void **state)
{
	struct refs refs = open_refs(state);
	const char *ref = "refs/heads/main";

	assert_int_equal(move(&refs, ref, refs.a, refs.b), REF_LOST);
	assert_int_equal(move(&refs, ref, refs.a, absent), REF_LOST);
	assert_ref(&refs, ref, absent);
	assert_int_equal(move(&refs, ref, absent, refs.a), REF_MOVED);
	assert_int_equal(move(&refs, ref, absent, refs.b), REF_LOST);
	assert_int_equal(move(&refs, ref, refs.b, refs.c), REF_LOST);
	assert_int_equal(move(&refs, ref, refs.b, absent), REF_LOST);
	/* even where the new value is the old one */
	assert_int_equal(move(&refs, ref, refs.b, refs.a), REF_LOST);
	assert_ref(&refs, ref, refs.a);
	store_close(refs.store);
}

static void
packed_refs_are_the_same(void **state)
{
	struct refs refs = open_refs(state);
	struct text packed;

	git_fixture_run(refs.fixture, "git update-ref refs/heads/x/one %.*s; git update-ref refs/heads/x/two %.*s\n"
	    "git tag -a -m t annotated %.*s; git update-ref refs/heads/y %.*s; git pack-refs --all --prune\n"
	    "test ! -e refs/heads/x/one", TEXT_ARGUMENTS(refs.a), TEXT_ARGUMENTS(refs.b),
	    TEXT_ARGUMENTS(refs.c), TEXT_ARGUMENTS(refs.c));
	assert_ref(&refs, "refs/heads/x/one", refs.a);
	assert_int_equal(move(&refs, "refs/heads/x/one", refs.b, absent), REF_LOST);
	assert_int_equal(move(&refs, "refs/heads/x/one", refs.b, refs.c), REF_LOST);
	assert_int_equal(move(&refs, "refs/heads/x/one", absent, refs.c), REF_LOST);
	assert_int_equal(move(&refs, "refs/heads/x/one", refs.a, absent), REF_MOVED);
	assert_ref(&refs, "refs/heads/x/one", absent);
	assert_ref(&refs, "refs/heads/x/two", refs.b);
	/* an older packed value does not come back when a newer loose one goes */
	assert_int_equal(move(&refs, "refs/heads/x/two", refs.b, refs.c), REF_MOVED);
	assert_int_equal(move(&refs, "refs/heads/x/two", refs.b, absent), REF_LOST);
	assert_int_equal(move(&refs, "refs/heads/x/two", refs.c, absent), REF_MOVED);
	assert_ref(&refs, "refs/heads/x/two", absent);
	assert_ref(&refs, "refs/heads/y", refs.c);
	packed = git_fixture_run(refs.fixture, "cat packed-refs; git fsck --strict >/dev/null");
	assert_non_null(strstr(text_string(refs.fixture->arena, packed), "\n^"));
	assert_true(text_starts_with(packed, "# pack-refs with:"));
	/* with the line that says what an annotated tag is of */
	assert_int_equal(move(&refs, "refs/tags/annotated", git_fixture_run(refs.fixture, "git rev-parse annotated"), absent), REF_MOVED);
	assert_string_equal(text_string(refs.fixture->arena, git_fixture_run(refs.fixture, "sed 1d packed-refs | cut -d' ' -f2-")), "refs/heads/y");
	store_close(refs.store);
}

static void
odd_refs_are_refused(void **state)
{
	struct refs refs = open_refs(state);
	static const char *const names[] = { "HEAD", "main", "refs/heads/../x", "refs/heads/x.lock", "refs/heads/x y",
		"refs/heads/", "refs/../../escape", "/refs/heads/x", "refs/heads/a..b", "refs/heads/\x1b[31m", "", "refs//x" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(move(&refs, names[i], absent, refs.a), REF_FAILED);
		assert_int_equal(move(&refs, names[i], refs.a, absent), REF_FAILED);
		assert_null(memchr(refs.why.at, 0x1b, refs.why.length));
	}
	assert_int_equal(move(&refs, "refs/heads/x", absent, absent), REF_FAILED);
	assert_int_equal(move(&refs, "refs/heads/x", absent, TEXT("abc")), REF_FAILED);
	assert_int_equal(move(&refs, "refs/heads/x", TEXT("abc"), refs.a), REF_FAILED);
	/* no ref may name what is not there */
	assert_int_equal(move(&refs, "refs/heads/x", absent, TEXT("1234567890123456789012345678901234567890")), REF_FAILED);
	git_fixture_run(refs.fixture, "git update-ref refs/heads/real %.*s; git symbolic-ref refs/heads/soft refs/heads/real\n"
	    "git symbolic-ref refs/heads/dangling refs/heads/nowhere", TEXT_ARGUMENTS(refs.a));
	assert_int_equal(move(&refs, "refs/heads/soft", refs.a, refs.b), REF_FAILED);
	assert_non_null(strstr(refs.why.at, "symbolic"));
	assert_int_equal(move(&refs, "refs/heads/soft", refs.a, absent), REF_FAILED);
	assert_int_equal(move(&refs, "refs/heads/dangling", absent, refs.b), REF_FAILED);
	assert_false(store_ref(refs.store, refs.fixture->arena, "refs/heads/soft", &refs.why));
	assert_ref(&refs, "refs/heads/real", refs.a);
	/* a file that is a folder */
	assert_int_equal(move(&refs, "refs/heads/real/below", absent, refs.a), REF_FAILED);
	git_fixture_run(refs.fixture, "git update-ref refs/heads/deep/er %.*s; git pack-refs --all", TEXT_ARGUMENTS(refs.a));
	assert_int_equal(move(&refs, "refs/heads/deep", absent, refs.a), REF_FAILED);
	assert_int_equal(move(&refs, "refs/heads/deep/er/est", absent, refs.a), REF_FAILED);
	store_close(refs.store);
}

static void
refs_of_other_things_are_no_commits(void **state)
{
	struct refs refs = open_refs(state);
	struct store_refs found = { .count = 0 };
	struct text id;

	git_fixture_run(refs.fixture, "mkdir -p refs/heads/inbox; blob x >refs/heads/inbox/blob\n"
	    "echo 1234567890123456789012345678901234567890 >refs/heads/inbox/gone\n"
	    "echo rubbish >refs/heads/inbox/rubbish; : >refs/heads/inbox/empty\n"
	    "git update-ref refs/heads/inbox/good %.*s; git update-ref refs/heads/inbox2 %.*s\n"
	    "git symbolic-ref refs/heads/inbox/soft refs/heads/inbox/good", TEXT_ARGUMENTS(refs.a), TEXT_ARGUMENTS(refs.b));
	assert_false(store_ref(refs.store, refs.fixture->arena, "refs/heads/inbox/blob", &id));
	assert_false(store_ref(refs.store, refs.fixture->arena, "refs/heads/inbox/gone", &id));
	assert_false(store_ref(refs.store, refs.fixture->arena, "refs/heads/inbox/rubbish", &id));
	assert_false(store_ref(refs.store, refs.fixture->arena, "refs/heads/inbox/empty", &id));
	assert_true(store_refs(refs.store, refs.fixture->arena, "refs/heads/inbox/", &found, &refs.why));
	assert_int_equal(found.count, 3);
	assert_true(text_is(found.at[0].name, "refs/heads/inbox/blob"));
	assert_true(text_is(found.at[1].name, "refs/heads/inbox/gone"));
	assert_true(text_is(found.at[2].name, "refs/heads/inbox/good"));
	assert_true(text_equal(found.at[2].id, refs.a));
	/* all of them can be deleted by what they hold */
	for (size_t i = 0; i < found.count; i++)
		assert_int_equal(move(&refs, text_string(refs.fixture->arena, found.at[i].name), found.at[i].id, absent), REF_MOVED);
	found.count = 0;
	assert_true(store_refs(refs.store, refs.fixture->arena, "refs/heads/inbox", &found, &refs.why));
	assert_int_equal(found.count, 1);
	found.count = 0;
	assert_true(store_refs(refs.store, refs.fixture->arena, "refs/heads/nobody/", &found, &refs.why));
	assert_int_equal(found.count, 0);
	store_close(refs.store);
}

static void
loose_and_packed_refs_are_one_list(void **state)
{
	struct refs refs = open_refs(state);
	struct store_refs found = { .count = 0 };

	git_fixture_run(refs.fixture, "for i in 3 1 2; do git update-ref refs/heads/i/$i %.*s; done; git pack-refs --all\n"
	    "git update-ref refs/heads/i/2 %.*s; git update-ref refs/heads/i/0 %.*s", TEXT_ARGUMENTS(refs.a),
	    TEXT_ARGUMENTS(refs.b), TEXT_ARGUMENTS(refs.c));
	assert_true(store_refs(refs.store, refs.fixture->arena, "refs/heads/i/", &found, &refs.why));
	assert_int_equal(found.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(found.at[i].name.at[found.at[i].name.length - 1], '0' + (int)i);
	assert_true(text_equal(found.at[0].id, refs.c));
	assert_true(text_equal(found.at[1].id, refs.a));
	assert_true(text_equal(found.at[2].id, refs.b));
	store_close(refs.store);
}

static void
a_lock_that_stays_is_named(void **state)
{
	struct refs refs = open_refs(state);

	git_fixture_run(refs.fixture, "git update-ref refs/heads/x %.*s; : >refs/heads/x.lock", TEXT_ARGUMENTS(refs.a));
	assert_int_equal(move(&refs, "refs/heads/x", refs.a, refs.b), REF_FAILED);
	assert_non_null(strstr(refs.why.at, "/refs/heads/x.lock"));
	assert_int_equal(move(&refs, "refs/heads/x", refs.a, absent), REF_FAILED);
	assert_non_null(strstr(refs.why.at, "/refs/heads/x.lock"));
	git_fixture_run(refs.fixture, "test -e refs/heads/x.lock; rm refs/heads/x.lock; : >packed-refs.lock");
	assert_int_equal(move(&refs, "refs/heads/x", refs.a, absent), REF_FAILED);
	assert_non_null(strstr(refs.why.at, "packed-refs.lock"));
	git_fixture_run(refs.fixture, "test -e packed-refs.lock; test ! -e refs/heads/x.lock; rm packed-refs.lock");
	assert_int_equal(move(&refs, "refs/heads/x", refs.a, absent), REF_MOVED);
	store_close(refs.store);
}

static void
a_reflog_is_kept_where_the_repository_wants_one(void **state)
{
	struct refs refs = open_refs(state);
	struct text reflog;

	git_fixture_run(refs.fixture, "git config core.logAllRefUpdates always");
	store_close(refs.store);
	assert_true(store_open(refs.fixture->path, refs.fixture->arena, &refs.store, &refs.why));
	assert_int_equal(move(&refs, "refs/heads/x", absent, refs.a), REF_MOVED);
	assert_int_equal(move(&refs, "refs/heads/x", refs.a, refs.b), REF_MOVED);
	reflog = git_fixture_run(refs.fixture, "git reflog show --format='%%gn %%gs' refs/heads/x");
	assert_true(text_starts_with(reflog, "countersign countersign\ncountersign countersign"));
	assert_int_equal(move(&refs, "refs/heads/x", refs.b, absent), REF_MOVED);
	git_fixture_run(refs.fixture, "test ! -e logs/refs/heads/x");
	store_close(refs.store);
}

/* Starts a script that races with us; joined with wait_for(). */
static pid_t
start(struct git_fixture *fixture, const char *script)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		struct text output;

		_exit(git_fixture_try(fixture, script, &output) ? 0 : 1);
	}
	return child;
}

static void
wait_for(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/*
 * Somebody pushes to one branch while we move it: every commit that either
 * side was told to have put there must be an ancestor of the next one.
 */
static void
a_race_with_git_push_loses_nothing(void **state)
{
	struct refs refs = open_refs(state);
	struct git_fixture *fixture = refs.fixture;
	const char *ref = "refs/heads/shared";
	unsigned moved = 0, lost = 0;
	pid_t pusher;

	assert_int_equal(move(&refs, ref, absent, refs.a), REF_MOVED);
	pusher = start(fixture, "git clone -q -b shared . ../work 2>/dev/null; cd ../work; for i in {1..15}; do\n"
	    "  git commit -q --allow-empty -m push$i\n"
	    "  until git push -q origin shared 2>/dev/null; do git fetch -q; git reset -q --hard origin/shared\n"
	    "    git commit -q --allow-empty -m push$i; done\n"
	    "done");
	for (int i = 0; i < 60; i++) {
		struct text tip, next;

		/* so that the pusher, which needs longer for a turn, gets one */
		usleep(20000);
		assert_true(store_ref(refs.store, fixture->arena, ref, &tip));
		next = git_fixture_run(fixture, "commit $(git rev-parse %.*s^{tree}) ours %.*s",
		    TEXT_ARGUMENTS(tip), TEXT_ARGUMENTS(tip));
		switch (move(&refs, ref, tip, next)) {
		case REF_MOVED:
			moved++;
			break;
		case REF_LOST:
			lost++;
			break;
		case REF_FAILED:
			fail_msg("%.*s", TEXT_ARGUMENTS(refs.why));
		}
	}
	wait_for(pusher);
	git_fixture_run(fixture, "test $(git log --format=%%s shared | grep -c '^ours$') = %u\n"
	    "test $(git log --format=%%s shared | grep '^push' | sort -u | wc -l) = 15; git fsck --strict", moved);
	assert_true(moved > 0);
	store_close(refs.store);
}

/* Deleting packed refs while git packs others: none but the deleted may go. */
static void
a_race_with_pack_refs_loses_nothing(void **state)
{
	struct refs refs = open_refs(state);
	struct git_fixture *fixture = refs.fixture;
	char ref[64];
	pid_t packer;

	git_fixture_run(fixture, "for i in {1..60}; do echo create refs/heads/inbox/$i %.*s; done | git update-ref --stdin\n"
	    "git pack-refs --all", TEXT_ARGUMENTS(refs.a));
	assert_int_equal(move(&refs, "refs/heads/source", absent, refs.b), REF_MOVED);
	packer = start(fixture, "for i in {1..60}; do git update-ref refs/heads/kept/$i refs/heads/source\n"
	    "  git pack-refs --all 2>/dev/null || true; done");
	for (int i = 1; i <= 60; i++) {
		snprintf(ref, sizeof(ref), "refs/heads/inbox/%d", i);
		assert_int_equal(move(&refs, ref, refs.a, absent), REF_MOVED);
	}
	wait_for(packer);
	git_fixture_run(fixture, "test $(git for-each-ref refs/heads/kept | wc -l) = 60\n"
	    "test $(git for-each-ref refs/heads/inbox | wc -l) = 0; git fsck --strict");
	store_close(refs.store);
}

/* Two of us create one ref again and again: exactly one wins each time. */
static void
of_two_creators_one_wins(void **state)
{
	struct refs refs = open_refs(state);
	struct git_fixture *fixture = refs.fixture;
	unsigned wins = 0, others = 0;
	int answers[2];
	pid_t child;

	assert_int_equal(pipe(answers), 0);
	fflush(NULL);
	child = fork();
	for (int i = 0; i < 200; i++) {
		const char *ref = arena_printf(fixture->arena, "refs/heads/race/%d", i);

		wins += move(&refs, ref, absent, child == 0 ? refs.b : refs.c) == REF_MOVED;
	}
	if (child == 0)
		_exit(write(answers[1], &wins, sizeof(wins)) == (ssize_t)sizeof(wins) ? 0 : 1);
	wait_for(child);
	assert_int_equal(read(answers[0], &others, sizeof(others)), sizeof(others));
	close(answers[0]);
	close(answers[1]);
	assert_int_equal(wins + others, 200);
	assert_int_equal(text_equal(git_fixture_run(fixture, "git for-each-ref --format='%%(objectname)' refs/heads/race |"
	    " grep -c %.*s || true", TEXT_ARGUMENTS(refs.c)), text_printf(fixture->arena, "%u", wins)), 1);
	store_close(refs.store);
}

int
main(void)
{
#define TEST_CASE(function) \
	cmocka_unit_test_setup_teardown(function, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_ref_is_made_moved_and_deleted),
		TEST_CASE(what_is_not_expected_is_lost),
		TEST_CASE(packed_refs_are_the_same),
		TEST_CASE(odd_refs_are_refused),
		TEST_CASE(refs_of_other_things_are_no_commits),
		TEST_CASE(loose_and_packed_refs_are_one_list),
		TEST_CASE(a_lock_that_stays_is_named),
		TEST_CASE(a_reflog_is_kept_where_the_repository_wants_one),
		TEST_CASE(a_race_with_git_push_loses_nothing),
		TEST_CASE(a_race_with_pack_refs_loses_nothing),
		TEST_CASE(of_two_creators_one_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
