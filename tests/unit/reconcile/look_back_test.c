/* What stood on the branch before is found, judged as new evidence is, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ssh_fixture.h"
#include "reconcile/look_back.h"
#include "trust/sshkey.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define PLAN "sha256:" HEX "1"
#define OTHER "sha256:" HEX "2"
#define REPOSITORY "00112233445566778899aabbccddeeff"

enum { NOW = 1800000000 };

static struct git_fixture *fixture;
static struct configuration configuration;
static struct store *store;

static int
set_up(void **state)
{
	struct identity *dave;
	struct text why;

	assert_int_equal(git_fixture_setup(state), 0);
	fixture = *state;
	ssh_fixture_ed25519(fixture, "dave");
	configuration = (struct configuration){ .repository.id = TEXT(REPOSITORY) };
	dave = ARRAY_ADD(fixture->arena, &configuration.identities);
	dave->name = TEXT("dave");
	ARRAY_ADD(fixture->arena, &dave->keys)->ssh = ssh_fixture_public(fixture, "dave");
	identity_keys_resolve(fixture->arena, &configuration);
	(void)git_fixture_run(fixture, "git update-ref refs/heads/main $(commit $(tree_of </dev/null) start)");
	assert_true(store_open(fixture->path, fixture->arena, &store, &why));
	return 0;
}

static int
tear_down(void **state)
{
	store_close(store);
	return git_fixture_teardown(state);
}

/* A commit on main, by dave's hand or by nobody's. */
static void
say(bool by_dave, const char *trailers)
{
	ssh_fixture_write(fixture, "message", text_printf(fixture->arena, "Words\n\n%s\n", trailers));
	(void)git_fixture_run(fixture, "git update-ref refs/heads/main $(git -c gpg.format=ssh "
	    "-c user.signingKey=../dave commit-tree %s -F ../message -p main 'main^{tree}')",
	    by_dave ? "-S" : "--no-gpg-sign");
}

/* An approval file on main, with a signature or without, in place of all others. */
static void
file(bool by_dave, const char *digest)
{
	ssh_fixture_write(fixture, "x.yaml", text_printf(fixture->arena,
	    "apiVersion: countersign/v1\nkind: Approval\nmetadata: {name: x}\nspec:\n"
	    "  repository: " REPOSITORY "\n  decisions:\n"
	    "    - {request: web/x, digest: \"%s\", decision: reject}\n", digest));
	(void)git_fixture_run(fixture, "rm -f ../x.yaml.sig\n"
	    "ssh-keygen -q -Y sign -n countersign -f ../dave ../x.yaml 2>/dev/null\n"
	    "%s\n"
	    "approvals=$({ printf '100644 %%s x.yaml\\n' $(git hash-object -w ../x.yaml); [ ! -e ../x.yaml.sig ] || "
	    "printf '100644 %%s x.yaml.sig\\n' $(git hash-object -w ../x.yaml.sig); } | tree_of)\n"
	    "tree=$(printf '40000 %%s approvals\\n' $approvals | tree_of)\n"
	    "git update-ref refs/heads/main $(commit $tree file main)",
	    by_dave ? ":" : "rm ../x.yaml.sig");
}

static struct look_back
back(void)
{
	struct text tip = git_fixture_run(fixture, "git rev-parse main");

	return (struct look_back){ .store = store, .arena = fixture->arena,
		.configuration = &configuration, .commits = tip, .files = tip, .now = NOW };
}

static struct evidence
find_either(struct look_back *back, const char *request, const char *digest, bool of_file)
{
	struct wanted_statements wanted = { 0 };
	struct evidence found = { 0 };

	*ARRAY_ADD(fixture->arena, &wanted) = (struct wanted_statement){
		.request = text_of("zz/last"), .digest = text_of(OTHER) };
	*ARRAY_ADD(fixture->arena, &wanted) = (struct wanted_statement){
		.request = text_of(request), .digest = text_of(digest), .of_file = of_file };
	look_back_find(back, &wanted, &found);
	return found;
}

static struct evidence
find(struct look_back *back, const char *request, const char *digest)
{
	return find_either(back, request, digest, false);
}

static void
assert_nothing(const struct evidence *found)
{
	assert_int_equal(found->decisions.count, 0);
	assert_int_equal(found->request_signatures.count, 0);
	assert_int_equal(found->configuration_signatures.count, 0);
	assert_int_equal(found->ignored.count, 0);
}

static void
test_decisions(void **state)
{
	struct look_back all;
	struct evidence found;

	(void)state;
	say(true, "Countersign-Approve: web/x " PLAN "\nCountersign-Approve: web/y " PLAN
	    "\nCountersign-Approve: web/x " OTHER "\nCountersign-Configuration: " PLAN);
	say(false, "Signed-off-by: nobody <n@example.com>");
	say(true, "Countersign-Withdraw: web/x " PLAN);
	all = back();
	found = find(&all, "web/x", PLAN);
	assert_int_equal(found.decisions.count, 2);
	assert_int_equal(found.decisions.at[0].decision, DECISION_WITHDRAW);
	assert_int_equal(found.decisions.at[1].decision, DECISION_APPROVE);
	for (size_t i = 0; i < 2; i++) {
		assert_true(text_is(found.decisions.at[i].by, "dave"));
		assert_true(text_is(found.decisions.at[i].request, "web/x"));
		assert_true(text_is(found.decisions.at[i].digest, PLAN));
		assert_int_equal(found.decisions.at[i].observed_at, NOW);
		assert_int_equal(found.decisions.at[i].source, SOURCE_COMMIT);
	}
	assert_int_equal(found.configuration_signatures.count, 0);
	assert_int_equal(found.ignored.count, 0);
	/* what was read serves another question */
	found = find(&all, "web/y", PLAN);
	assert_int_equal(found.decisions.count, 1);
	found = find(&all, "web/y", OTHER);
	assert_nothing(&found);
	found = find(&all, "web", PLAN);
	assert_nothing(&found);
}

static void
test_request_signature(void **state)
{
	struct look_back all;
	struct evidence found;

	(void)state;
	say(true, "Countersign-Request: web/x " PLAN);
	all = back();
	found = find_either(&all, "web/x", PLAN, true);
	assert_int_equal(found.request_signatures.count, 1);
	assert_true(text_is(found.request_signatures.at[0].by, "dave"));
	assert_int_equal(found.decisions.count, 0);
	found = find_either(&all, "web/y", PLAN, true);
	assert_nothing(&found);
	/* a plan with the digest of a file is another thing */
	found = find(&all, "web/x", PLAN);
	assert_nothing(&found);
}

static void
test_only_the_newest_version(void **state)
{
	struct look_back all;
	struct evidence found;

	(void)state;
	say(true, "Countersign-Request: web/x " PLAN "\nCountersign-Request: web/y " PLAN);
	say(true, "Countersign-Request: web/x " OTHER "\nCountersign-Request: web/z " OTHER);
	say(false, "Countersign-Request: web/y " OTHER);
	all = back();
	found = find_either(&all, "web/x", PLAN, true);
	assert_nothing(&found);
	found = find_either(&all, "web/x", OTHER, true);
	assert_int_equal(found.request_signatures.count, 1);
	/* what nobody has signed takes nothing back */
	found = find_either(&all, "web/y", PLAN, true);
	assert_int_equal(found.request_signatures.count, 1);
	/* signed again */
	say(true, "Countersign-Request: web/x " PLAN);
	all = back();
	found = find_either(&all, "web/x", PLAN, true);
	assert_int_equal(found.request_signatures.count, 1);
	assert_true(text_is(found.request_signatures.at[0].request, "web/x"));
}

static void
test_what_does_not_count_is_shown(void **state)
{
	struct look_back all;
	struct evidence found;

	(void)state;
	say(false, "Countersign-Reject: web/x " PLAN "\nCountersign-Reject: web/y " PLAN
	    "\nCountersign-Reject: web/x " OTHER);
	say(true, "Countersign-Approve:web/x " PLAN);
	all = back();
	found = find(&all, "web/x", PLAN);
	assert_int_equal(found.decisions.count, 0);
	/* OTHER begins as PLAN does, so that its words show the same */
	assert_true(found.ignored.count >= 2);
	for (size_t i = 0; i < found.ignored.count; i++)
		assert_true(text_is(found.ignored.at[i].request, "web/x"));
	found = find(&all, "web/z", PLAN);
	assert_nothing(&found);
}

static void
test_files(void **state)
{
	struct look_back all;
	struct evidence found;

	(void)state;
	file(true, PLAN);
	all = back();
	found = find(&all, "web/x", PLAN);
	assert_int_equal(found.decisions.count, 1);
	assert_int_equal(found.decisions.at[0].decision, DECISION_REJECT);
	assert_int_equal(found.decisions.at[0].source, SOURCE_FILE);
	assert_true(text_is(found.decisions.at[0].where, "approvals/x.yaml"));
	found = find(&all, "web/x", OTHER);
	assert_nothing(&found);
	file(false, PLAN);
	all = back();
	found = find(&all, "web/x", PLAN);
	assert_int_equal(found.decisions.count, 0);
	assert_int_equal(found.ignored.count, 1);
	/* one that is there no longer */
	(void)git_fixture_run(fixture, "git update-ref refs/heads/main $(commit $(tree_of </dev/null) gone main)");
	all = back();
	found = find(&all, "web/x", PLAN);
	assert_nothing(&found);
}

static void
test_not_beyond_the_end(void **state)
{
	struct look_back all;
	struct evidence found;

	(void)state;
	say(true, "Countersign-Approve: web/x " PLAN);
	all = back();
	all.end = all.commits;
	say(true, "Signed-off-by: dave <d@example.com>");
	all.commits = all.files = git_fixture_run(fixture, "git rev-parse main");
	found = find(&all, "web/x", PLAN);
	assert_nothing(&found);
}

static void
test_nothing_is_read_for_nothing(void **state)
{
	struct look_back all = { .store = NULL };
	const struct wanted_statements none = { 0 };
	struct evidence found = { 0 };

	(void)state;
	look_back_find(&all, &none, &found);
	assert_nothing(&found);
	assert_false(all.was_read);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		TEST(test_decisions),
		TEST(test_request_signature),
		TEST(test_only_the_newest_version),
		TEST(test_what_does_not_count_is_shown),
		TEST(test_files),
		TEST(test_not_beyond_the_end),
		TEST(test_nothing_is_read_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
