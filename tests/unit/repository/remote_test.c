#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/git_fixture.h"
#include "repository/remote.h"
#include "repository/writer.h"

static const struct text absent = { NULL, 0 };
static struct text why;

#define INBOX "refs/heads/countersign/inbox/"
#define OUTPUT "refs/heads/countersign/output"

/* The fixture's repository as it is seen from elsewhere. */
static struct remote
remote_of(struct git_fixture *fixture)
{
	return (struct remote){
		.mirror = arena_printf(fixture->arena, "%s/mirror", fixture->folder),
		.url = arena_printf(fixture->arena, "file://%s", fixture->path),
		.branch = "main", .seconds = 30 };
}

/* Opens a remote and looks at it once; false, and nothing is open, when either fails. */
static bool
reach(struct git_fixture *fixture, const struct remote *remote, struct store **store)
{
	why = absent;
	if (store_open_remote(remote, fixture->arena, store, &why)) {
		if (store_update(*store, fixture->arena, &why))
			return true;
		store_close(*store);
	} else {
		assert_null(*store);
	}
	*store = NULL;
	return false;
}

static struct store *
open_remote(struct git_fixture *fixture)
{
	struct remote remote = remote_of(fixture);
	struct store *store;

	if (!reach(fixture, &remote, &store))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return store;
}

static void
update(struct git_fixture *fixture, struct store *store)
{
	if (!store_update(store, fixture->arena, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
}

/* "name=message" of all branches, as the store sees them. */
static const char *
branches(struct git_fixture *fixture, struct store *store)
{
	struct store_refs refs = { .count = 0 };
	struct buffer shown = { .arena = fixture->arena };

	assert_true(store_refs(store, fixture->arena, "refs/", &refs, &why));
	for (size_t i = 0; i < refs.count; i++) {
		struct text raw, *name = &refs.at[i].name;

		assert_true(store_object(store, fixture->arena, refs.at[i].id, "commit", 10000, &raw));
		raw = text_trim(text_skip(raw, (size_t)((const char *)memmem(raw.at, raw.length, "\n\n", 2) - raw.at)));
		buffer_printf(&shown, "%s%.*s=%.*s", i == 0 ? "" : " ", TEXT_ARGUMENTS(text_skip(*name, strlen("refs/heads/"))),
		    TEXT_ARGUMENTS(raw));
	}
	return buffer_text(&shown).at;
}

#define AT_URL(script) git_fixture_run(*state, "t=$(git hash-object -w -t tree /dev/null)\n" \
    "set_ref() { git update-ref refs/heads/$1 $(commit $t \"$2\"); }\n" script)

static void
what_matters_is_mirrored(void **state)
{
	struct store *store;

	AT_URL("set_ref main one; set_ref other x; set_ref countersign/inbox/a-1 a; set_ref countersign/more y; git tag v1 main");
	store = open_remote(*state);
	assert_null(store_path(store));
	assert_string_equal(store_place(store), remote_of(*state).url);
	assert_string_equal(branches(*state, store), "countersign/inbox/a-1=a main=one");
	AT_URL("set_ref main two; set_ref countersign/output out; git update-ref -d refs/heads/countersign/inbox/a-1\n"
	    "set_ref countersign/inbox/b-2 b; set_ref countersign/inbox/c/d deep");
	assert_string_equal(branches(*state, store), "countersign/inbox/a-1=a main=one");
	update(*state, store);
	assert_string_equal(branches(*state, store),
	    "countersign/inbox/b-2=b countersign/inbox/c/d=deep countersign/output=out main=two");
	/* names that block others, and history that is replaced */
	AT_URL("git for-each-ref --format='delete %%(refname)' refs/heads/countersign/inbox | git update-ref --stdin\n"
	    "set_ref countersign/inbox blocking; set_ref main three; git update-ref -d refs/heads/countersign/output");
	update(*state, store);
	assert_string_equal(branches(*state, store), "countersign/inbox=blocking main=three");
	AT_URL("git update-ref -d refs/heads/countersign/inbox; set_ref countersign/inbox/e e; git update-ref -d refs/heads/main");
	update(*state, store);
	assert_string_equal(branches(*state, store), "countersign/inbox/e=e");
	git_fixture_run(*state, "git -C ../mirror fsck --strict; test ! -e ../mirror/FETCH_HEAD");
	store_close(store);
}

static void
a_poisoned_branch_keeps_no_other_out(void **state)
{
	struct store *store;

	AT_URL("set_ref main one; set_ref countersign/inbox/good good; set_ref countersign/inbox/z z\n"
	    "bad=$(printf 'tree %%s\\nauthor\\n\\nbad\\n' $t | git hash-object -t commit --literally -w --stdin)\n"
	    "git update-ref refs/heads/countersign/inbox/fine $bad 2>/dev/null || true\n"
	    "dirty=$(printf '%%s\\n' \"100644 $(blob x) b\" \"100644 $(blob x) a\" \"100644 $(blob y) a\" \"120000 $(blob x) .git\" | tree_of)\n"
	    "git update-ref refs/heads/countersign/inbox/dirty $(commit $dirty dirty)\n"
	    "nul=$(printf 'tree %%s\\nauthor A <a@b> 1 +0000\\ncommitter A <a@b> 1 +0000\\nx\\0y\\n\\nnul\\n' $t | git hash-object -t commit --literally -w --stdin)\n"
	    "mkdir -p refs/heads/countersign/inbox; echo $nul >refs/heads/countersign/inbox/nul; git rev-parse refs/heads/countersign/inbox/nul");
	store = open_remote(*state);
	/* what we judge ourselves comes; what git itself cannot read does not */
	assert_non_null(strstr(branches(*state, store), "dirty=dirty"));
	assert_non_null(strstr(branches(*state, store), "good=good"));
	assert_non_null(strstr(branches(*state, store), "inbox/z=z main=one"));
	assert_null(strstr(branches(*state, store), "nul="));
	store_close(store);
}

static struct text
commit_in(struct git_fixture *fixture, struct store *store, struct text parent, const char *message)
{
	struct output_files files = { .count = 0 };
	struct output_order order = { .identity = TEXT("c <c@localhost>"), .message = text_of(message), .files = &files, .at = 1 };
	struct text id;

	*ARRAY_ADD(fixture->arena, &files) = (struct output_file){ TEXT("status/x.yaml"), text_of(message) };
	if (text_present(parent))
		texts_add(fixture->arena, &order.parents, parent);
	if (!writer_commit(store, fixture->arena, &order, &id, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return id;
}

static enum ref_result
move(struct git_fixture *fixture, struct store *store, const char *ref, struct text expected, struct text id)
{
	why = absent;
	return store_ref_move(store, ref, expected, id, &why, fixture->arena);
}

static void
pushes_compare_and_swap(void **state)
{
	struct git_fixture *fixture = *state;
	struct text one, two, three, tip;
	struct store *store;

	AT_URL("set_ref main one; set_ref countersign/inbox/a a");
	store = open_remote(*state);
	one = commit_in(fixture, store, absent, "one");
	two = commit_in(fixture, store, one, "two");
	three = commit_in(fixture, store, absent, "three");
	assert_int_equal(move(fixture, store, OUTPUT, two, one), REF_LOST);
	assert_int_equal(move(fixture, store, OUTPUT, absent, one), REF_MOVED);
	assert_true(store_ref(store, fixture->arena, OUTPUT, &tip) && text_equal(tip, one));
	assert_int_equal(move(fixture, store, OUTPUT, absent, two), REF_LOST);
	assert_int_equal(move(fixture, store, OUTPUT, one, two), REF_MOVED);
	/* forced, with lease: what does not descend replaces what is expected, and nothing else */
	assert_int_equal(move(fixture, store, OUTPUT, one, three), REF_LOST);
	assert_int_equal(move(fixture, store, OUTPUT, two, three), REF_MOVED);
	assert_true(text_equal(git_fixture_run(fixture, "git rev-parse " OUTPUT), three));
	AT_URL("set_ref countersign/output foreign");
	assert_int_equal(move(fixture, store, OUTPUT, three, one), REF_LOST);
	assert_non_null(strstr(why.at, "moved by somebody else"));
	/* deleting */
	assert_true(store_ref(store, fixture->arena, INBOX "a", &tip));
	AT_URL("set_ref countersign/inbox/a changed");
	assert_int_equal(move(fixture, store, INBOX "a", tip, absent), REF_LOST);
	update(fixture, store);
	assert_true(store_ref(store, fixture->arena, INBOX "a", &tip));
	assert_int_equal(move(fixture, store, INBOX "a", tip, absent), REF_MOVED);
	assert_false(store_ref(store, fixture->arena, INBOX "a", &tip));
	git_fixture_run(fixture, "test -z \"$(git for-each-ref " INBOX ")\"; git fsck --strict");
	store_close(store);
}

static void
a_refusal_is_no_success(void **state)
{
	struct git_fixture *fixture = *state;
	struct store *store;
	struct text one;

	AT_URL("set_ref main one");
	store = open_remote(*state);
	one = commit_in(fixture, store, absent, "one");
	git_fixture_run(fixture, "mkdir -p hooks; printf '#!/bin/sh\\necho no outputs here >&2; exit 1\\n' >hooks/pre-receive; chmod +x hooks/pre-receive");
	assert_int_equal(move(fixture, store, OUTPUT, absent, one), REF_FAILED);
	assert_non_null(strstr(text_string(fixture->arena, why), "no outputs here"));
	git_fixture_run(fixture, "mv hooks/pre-receive hooks/update");
	assert_int_equal(move(fixture, store, OUTPUT, absent, one), REF_FAILED);
	assert_non_null(strstr(text_string(fixture->arena, why), "hook declined"));
	/* a server that says yes and does nothing, or takes it back */
	git_fixture_run(fixture, "printf '#!/bin/sh\\ngit update-ref -d " OUTPUT "\\n' >hooks/post-receive; chmod +x hooks/post-receive; rm hooks/update");
	assert_int_equal(move(fixture, store, OUTPUT, absent, one), REF_FAILED);
	assert_non_null(strstr(text_string(fixture->arena, why), "did nothing"));
	store_close(store);
}

static void
who_cannot_be_reached_is_trouble(void **state)
{
	struct git_fixture *fixture = *state;
	struct remote remote = remote_of(fixture);
	struct store *store;
	struct text one;

	AT_URL("set_ref main one");
	store = open_remote(*state);
	one = commit_in(fixture, store, absent, "one");
	git_fixture_run(fixture, "mv ../repository.git ../away; mkdir ../repository.git");
	assert_false(store_update(store, fixture->arena, &why));
	assert_int_equal(move(fixture, store, OUTPUT, absent, one), REF_FAILED);
	assert_non_null(strstr(text_string(fixture->arena, why), "nobody can tell"));
	/* still as it was */
	assert_string_equal(branches(fixture, store), "main=one");
	git_fixture_run(fixture, "rmdir ../repository.git; mv ../away ../repository.git");
	update(fixture, store);
	assert_int_equal(move(fixture, store, OUTPUT, absent, one), REF_MOVED);
	store_close(store);
	remote.url = "file:///nowhere/at/all";
	/* who is out of reach may be within it later: there is a mirror, which holds what it held */
	if (!store_open_remote(&remote, fixture->arena, &store, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	assert_string_equal(branches(fixture, store), "countersign/output=one main=one");
	assert_false(store_update(store, fixture->arena, &why));
	store_close(store);
}

static void
odd_urls_are_refused(void **state)
{
	struct git_fixture *fixture = *state;
	struct remote remote = remote_of(fixture);
	static const char *const urls[] = { "", "-uupload-pack=touch /tmp/x", "https://user:secret@example.com/x.git", "a\nb", "\x1b[31m",
		"ext::sh -c 'touch ../touched'", "git://127.0.0.1/x", "http://127.0.0.1:1/x.git", "fd::17", "ssh://-oProxyCommand=touch%20x/y" };
	struct store *store;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		remote.url = urls[i];
		assert_false(reach(fixture, &remote, &store));
		assert_null(strstr(text_string(fixture->arena, why), "secret"));
		if (strncmp(urls[i], "git://", 6) == 0 || strncmp(urls[i], "http://", 7) == 0)
			assert_non_null(strstr(text_string(fixture->arena, why), "not allowed"));
		assert_null(memchr(why.at, 0x1b, why.length));
	}
	git_fixture_run(fixture, "test ! -e ../touched");
}

/* ssh that hangs, or floods; nothing of ours runs longer than it may. */
static void
a_conversation_ends_in_time(void **state)
{
	struct git_fixture *fixture = *state;
	struct remote remote = remote_of(fixture);
	struct store *store;
	time_t start = time(NULL);

	remote.url = "ssh://somewhere/x.git";
	remote.seconds = 1;
	assert_int_equal(setenv("GIT_SSH_COMMAND", "sleep 600 #", 1), 0);
	assert_false(reach(fixture, &remote, &store));
	assert_non_null(strstr(text_string(fixture->arena, why), "took too long"));
	assert_int_equal(setenv("GIT_SSH_COMMAND", "sleep 600 >/dev/null 2>&1 & yes #", 1), 0);
	assert_false(reach(fixture, &remote, &store));
	assert_true(time(NULL) - start < 300);
	assert_int_equal(unsetenv("GIT_SSH_COMMAND"), 0);
}

static void
it_runs_in_a_small_environment_without_hooks(void **state)
{
	struct git_fixture *fixture = *state;
	struct remote remote = remote_of(fixture);
	struct store *store;

	AT_URL("set_ref main one\n"
	    "cat >../ssh <<'END'\n#!/bin/sh\nenv | sed 's/=.*//' | sort >$(dirname $0)/seen\nfor last; do :; done; exec sh -c \"$last\"\nEND\n"
	    "chmod +x ../ssh");
	assert_int_equal(setenv("GIT_SSH_COMMAND", arena_printf(fixture->arena, "%s/ssh", fixture->folder), 1), 0);
	assert_int_equal(setenv("GIT_TRACE", arena_printf(fixture->arena, "%s/traced", fixture->folder), 1), 0);
	assert_int_equal(setenv("GIT_CONFIG_COUNT", "1", 1), 0);
	assert_int_equal(setenv("GIT_CONFIG_KEY_0", "core.hooksPath", 1), 0);
	assert_int_equal(setenv("GIT_CONFIG_VALUE_0", fixture->folder, 1), 0);
	assert_int_equal(setenv("COUNTERSIGN_SECRET", "1", 1), 0);
	remote.url = arena_printf(fixture->arena, "here:%s", fixture->path);
	if (!reach(fixture, &remote, &store))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	git_fixture_run(fixture, "unset GIT_CONFIG_COUNT; test -s ../seen; ! grep -E '^(COUNTERSIGN|GIT_TRACE|GIT_CONFIG_COUNT)' ../seen; test ! -e ../traced\n"
	    "mkdir -p ../mirror/hooks; for h in reference-transaction pre-push post-update post-checkout; do\n"
	    "  printf '#!/bin/sh\\ntouch %s/hooked\\n' >../mirror/hooks/$h; cp ../mirror/hooks/$h ..; chmod +x ../mirror/hooks/$h ../$h; done", fixture->folder);
	AT_URL("unset GIT_CONFIG_COUNT; set_ref main two");
	update(fixture, store);
	assert_string_equal(branches(fixture, store), "main=two");
	assert_int_equal(move(fixture, store, OUTPUT, absent, commit_in(fixture, store, absent, "x")), REF_MOVED);
	git_fixture_run(fixture, "unset GIT_CONFIG_COUNT; test ! -e ../hooked");
	store_close(store);
	assert_int_equal(unsetenv("GIT_SSH_COMMAND") | unsetenv("GIT_TRACE") |
	    unsetenv("GIT_CONFIG_COUNT") | unsetenv("GIT_CONFIG_KEY_0") | unsetenv("GIT_CONFIG_VALUE_0") | unsetenv("COUNTERSIGN_SECRET"), 0);
}

/* A racing pusher at the URL: what either side put there is under what came next. */
static void
a_race_at_the_url_loses_nothing(void **state)
{
	struct git_fixture *fixture = *state;
	struct store *store;
	unsigned moved = 0;
	int status;
	pid_t pusher;

	AT_URL("set_ref main one; set_ref countersign/output start");
	store = open_remote(*state);
	fflush(NULL);
	pusher = fork();
	if (pusher == 0) {
		struct text output;

		_exit(git_fixture_try(fixture, "git clone -q -b countersign/output . ../work 2>/dev/null; cd ../work; for i in {1..8}; do\n"
		    "  git commit -q --allow-empty -m push$i\n"
		    "  until git push -q origin HEAD 2>/dev/null; do git fetch -q; git reset -q --hard origin/countersign/output\n"
		    "    git commit -q --allow-empty -m push$i; sleep 0.0$((RANDOM % 9)); done\ndone", &output) ? 0 : 1);
	}
	for (int i = 0; i < 12; i++) {
		struct text tip;
		enum ref_result result;

		update(fixture, store);
		assert_true(store_ref(store, fixture->arena, OUTPUT, &tip));
		result = move(fixture, store, OUTPUT, tip, commit_in(fixture, store, tip, "ours"));
		/* git at the url waits a tenth of a second for the other one's lock */
		if (result == REF_FAILED && strstr(why.at, "failed to update ref") == NULL)
			fail_msg("%.*s", TEXT_ARGUMENTS(why));
		moved += result == REF_MOVED;
	}
	assert_int_equal(waitpid(pusher, &status, 0), pusher);
	assert_int_equal(status, 0);
	git_fixture_run(fixture, "test $(git log --format=%%s countersign/output | grep -c '^ours$') -ge %u\n"
	    "test $(git log --format=%%s countersign/output | grep '^push' | sort -u | wc -l) = 8; git fsck --strict", moved);
	store_close(store);
}

int
main(void)
{
#define TEST_CASE(function) \
	cmocka_unit_test_setup_teardown(function, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(what_matters_is_mirrored),
		TEST_CASE(a_poisoned_branch_keeps_no_other_out),
		TEST_CASE(pushes_compare_and_swap),
		TEST_CASE(a_refusal_is_no_success),
		TEST_CASE(who_cannot_be_reached_is_trouble),
		TEST_CASE(odd_urls_are_refused),
		TEST_CASE(a_conversation_ends_in_time),
		TEST_CASE(it_runs_in_a_small_environment_without_hooks),
		TEST_CASE(a_race_at_the_url_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
