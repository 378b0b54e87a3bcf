/*
 * Squash, rebase and merge as forges do them, with stock git: what of an
 * approver's signatures is left on main afterwards, and what is said of the rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ssh_fixture.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/sshkey.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D "sha256:" HEX
#define REPOSITORY "00112233445566778899aabbccddeeff"

/*
 * A clone with main and a branch: alice approves in a signed commit, rejects
 * something in a second one, and commits a signed approval file. The forge
 * has its own name and no key of ours.
 */
static const char story[] =
    "rm -rf ../clone; git init -q -b main ../clone; cd ../clone\n"
    "git config user.name Alice; git config user.email alice@example.com\n"
    "git config gpg.format ssh; git config user.signingKey \"$PWD/../alice\"\n"
    "unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL\n"
    "echo one >file; git add file; git commit -q -m 'The beginning'\n"
    "git checkout -q -b branch\n"
    "git commit -q -S --allow-empty -m 'LGTM' --trailer 'Countersign-Approve: web/x " D "'\n"
    "echo two >two; git add two\n"
    "git commit -q -S -m 'Not this one' --trailer 'Countersign-Reject: web/y " D "'\n"
    "mkdir -p approvals; printf 'repository: " REPOSITORY "\\n' >approvals/a.yaml\n"
    "ssh-keygen -q -Y sign -n countersign -f ../alice approvals/a.yaml 2>/dev/null\n"
    "git add approvals; git commit -q -m 'An approval file'\n"
    "git checkout -q main; echo three >three; git add three; git commit -q -m 'main went on'\n"
    "as_forge() { git -c user.name=Forge -c user.email=noreply@forge.example \"$@\"; }\n";

struct outcome {
	struct git_fixture *fixture;
	struct evidence commits;
	struct evidence files;
	size_t commits_on_main;
};

static struct configuration configuration;

static void
judge_commits(struct outcome *outcome)
{
	struct git_fixture *fixture = outcome->fixture;
	struct text list = git_fixture_run(fixture, "git -C ../clone rev-list --reverse main"), id;

	while (text_split(&list, '\n', &id)) {
		struct sighting sighting = { &configuration, 1800000000, SOURCE_COMMIT, id };

		git_fixture_run(fixture, "git -C ../clone cat-file commit %.*s >../object",
		    TEXT_ARGUMENTS(id));
		evidence_from_commit(fixture->arena, &sighting, ssh_fixture_file(fixture, "object"),
		    &outcome->commits);
		outcome->commits_on_main++;
	}
}

static void
judge_file(struct outcome *outcome)
{
	struct git_fixture *fixture = outcome->fixture;
	struct sighting sighting = { &configuration, 1800000000, SOURCE_FILE,
		TEXT("approvals/a.yaml") };
	struct approval approval = { .repository = TEXT(REPOSITORY) };
	struct approval_entry *entry = ARRAY_ADD(fixture->arena, &approval.entries);
	struct text file;

	entry->request = TEXT("web/z");
	entry->digest = TEXT(D);
	entry->decision = DECISION_APPROVE;
	git_fixture_run(fixture, "cd ../clone; git show main:approvals/a.yaml >../content; "
	    "git show main:approvals/a.yaml.sig >../sig");
	file = ssh_fixture_file(fixture, "content");
	evidence_from_approval(fixture->arena, &sighting, file, &approval,
	    ssh_fixture_file(fixture, "sig"), &outcome->files);
}

static struct outcome
after(struct git_fixture *fixture, const char *merging)
{
	struct outcome outcome = { .fixture = fixture };
	struct identity *alice;

	configuration = (struct configuration){ .repository.id = TEXT(REPOSITORY) };
	alice = ARRAY_ADD(fixture->arena, &configuration.identities);
	alice->name = TEXT("alice");
	ssh_fixture_ed25519(fixture, "alice");
	ARRAY_ADD(fixture->arena, &alice->keys)->ssh = ssh_fixture_public(fixture, "alice");
	identity_keys_resolve(fixture->arena, &configuration);
	git_fixture_run(fixture, "%s%s", story, merging);
	judge_commits(&outcome);
	judge_file(&outcome);
	return outcome;
}

static void
assert_file_survived(const struct outcome *outcome)
{
	assert_int_equal(outcome->files.ignored.count, 0);
	assert_int_equal(outcome->files.decisions.count, 1);
	assert_true(text_is(outcome->files.decisions.at[0].by, "alice"));
}

static void
assert_signatures_survived(const struct outcome *outcome)
{
	assert_int_equal(outcome->commits.ignored.count, 0);
	assert_int_equal(outcome->commits.decisions.count, 2);
	assert_int_equal(outcome->commits.decisions.at[0].decision, DECISION_APPROVE);
	assert_true(text_is(outcome->commits.decisions.at[0].comment, "LGTM"));
	assert_int_equal(outcome->commits.decisions.at[1].decision, DECISION_REJECT);
}

/* Both decisions are lost and shown, with cause and remedy; the lost rejection is an alarm. */
static void
assert_signatures_lost(const struct outcome *outcome, const char *cause)
{
	bool approve = false, reject = false;

	assert_int_equal(outcome->commits.decisions.count, 0);
	assert_int_equal(outcome->commits.ignored.count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct ignored *ignored = &outcome->commits.ignored.at[i];
		const char *why = text_string(outcome->fixture->arena, ignored->why);

		if (strstr(why, cause) == NULL)
			fail_msg("expected \"%s\" in \"%s\"", cause, why);
		assert_non_null(strstr(why, "survives squash and rebase"));
		approve |= text_is(ignored->request, "web/x") && !ignored->alarm;
		reject |= text_is(ignored->request, "web/y") && ignored->alarm;
	}
	assert_true(approve && reject);
}

static void
a_merge_commit_keeps_everything(void **state)
{
	struct outcome outcome = after(*state,
	    "as_forge merge -q --no-ff -m 'Merge pull request #7 from branch' branch\n");

	assert_signatures_survived(&outcome);
	assert_file_survived(&outcome);
}

static void
a_fast_forward_keeps_everything(void **state)
{
	struct outcome outcome = after(*state,
	    "git reset -q --hard main^; as_forge merge -q --ff-only branch\n");

	assert_signatures_survived(&outcome);
	assert_file_survived(&outcome);
}

/* Title (#7) and the messages of all commits, as a list. */
static void
a_squash_with_a_list_keeps_the_file(void **state)
{
	struct outcome outcome = after(*state,
	    "git merge -q --squash branch >/dev/null\n"
	    "{ echo 'Approve web/x (#7)'; echo; git log --reverse --format='* %B' main..branch; } |\n"
	    "    as_forge commit -q -F -\n");

	assert_signatures_lost(&outcome, "squash by a forge");
	assert_file_survived(&outcome);
}

/* Only the trailers of all commits, gathered at the end. */
static void
a_squash_that_gathers_trailers_keeps_the_file(void **state)
{
	struct outcome outcome = after(*state,
	    "git merge -q --squash branch >/dev/null\n"
	    "{ echo 'Approve web/x (!7)'; echo; git log --reverse --format='%(trailers:only)' main..branch |\n"
	    "    grep .; } | as_forge commit -q -F -\n");

	assert_signatures_lost(&outcome, "squash by a forge");
	assert_file_survived(&outcome);
}

static void
gits_own_squash_message_is_known(void **state)
{
	struct outcome outcome = after(*state,
	    "git merge -q --squash branch >/dev/null\n"
	    "GIT_EDITOR=true as_forge commit -q\n");

	/* git indents what it quotes: near misses, each with both causes */
	assert_signatures_lost(&outcome, "squash by a forge");
	assert_non_null(strstr(text_string(outcome.fixture->arena,
	    outcome.commits.ignored.at[0].why), "first column"));
	assert_file_survived(&outcome);
}

static void
a_rebase_by_a_forge_keeps_the_file(void **state)
{
	struct outcome outcome = after(*state,
	    "git checkout -q branch; as_forge rebase -q main\n"
	    "git checkout -q main; as_forge merge -q --ff-only branch\n");

	assert_signatures_lost(&outcome, "after a rebase or squash by a forge");
	assert_file_survived(&outcome);
}

/* A forge that signs what it rebases signs in its own name. */
static void
a_rebase_that_the_forge_signs_decides_nothing(void **state)
{
	struct outcome outcome;

	ssh_fixture_ed25519(*state, "forge");
	outcome = after(*state,
	    "git checkout -q branch\n"
	    "as_forge -c user.signingKey=\"$PWD/../forge\" rebase -q -S main\n"
	    "git checkout -q main; git merge -q --ff-only branch\n");
	assert_signatures_lost(&outcome, "belongs to nobody in the trusted configuration");
	assert_file_survived(&outcome);
}

static void
a_cherry_pick_keeps_nothing_of_the_commit(void **state)
{
	struct outcome outcome = after(*state,
	    "as_forge cherry-pick -x --allow-empty main..branch >/dev/null\n");

	assert_signatures_lost(&outcome, "not signed");
	assert_file_survived(&outcome);
}

static void
patches_by_mail_keep_the_file(void **state)
{
	struct outcome outcome = after(*state,
	    "git format-patch -q --always --stdout main..branch >../patches\n"
	    "as_forge am -q --empty=keep ../patches\n");

	assert_signatures_lost(&outcome, "not signed");
	assert_file_survived(&outcome);
}

/* Alice rebases herself, and signs again: her decisions stand. */
static void
the_approvers_own_rebase_signs_again(void **state)
{
	struct outcome outcome = after(*state,
	    "git checkout -q branch; git rebase -q -S main\n"
	    "git checkout -q main; git merge -q --ff-only branch\n");

	assert_signatures_survived(&outcome);
	assert_file_survived(&outcome);
}

/* An edited message under the old signature is no decision. */
static void
a_reworded_commit_loses_its_signature(void **state)
{
	struct outcome outcome = after(*state,
	    "git checkout -q branch~2; git cat-file commit HEAD | sed 's,web/x,web/q,' >../reworded\n"
	    "id=$(git hash-object -t commit -w ../reworded); git checkout -q main\n"
	    "as_forge merge -q --no-ff -m merged branch; as_forge merge -q -m again $id\n");

	assert_int_equal(outcome.commits.decisions.count, 2);
	assert_int_equal(outcome.commits.ignored.count, 1);
	assert_true(text_is(outcome.commits.ignored.at[0].request, "web/q"));
	assert_non_null(strstr(text_string(outcome.fixture->arena,
	    outcome.commits.ignored.at[0].why), "does not match"));
}

/* A revert quotes the title only; a quoted trailer in prose would be shown and not counted. */
static void
a_revert_decides_nothing(void **state)
{
	struct outcome outcome = after(*state,
	    "as_forge merge -q --no-ff -m merged branch\n"
	    "git revert --no-edit -S HEAD^2~1 >/dev/null\n");

	assert_signatures_survived(&outcome);
}

static void
a_checkout_with_cr_lf_is_explained(void **state)
{
	struct outcome outcome = after(*state,
	    "as_forge merge -q --no-ff -m merged branch\n"
	    "sed -i 's/$/\\r/' approvals/a.yaml\n"
	    "git -c core.autocrlf=false commit -q -a -m 'line ends converted'\n");

	assert_int_equal(outcome.files.decisions.count, 0);
	assert_int_equal(outcome.files.ignored.count, 1);
	assert_non_null(strstr(text_string(outcome.fixture->arena,
	    outcome.files.ignored.at[0].why), "the same file with LF line ends"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_merge_commit_keeps_everything),
		TEST(a_fast_forward_keeps_everything),
		TEST(a_squash_with_a_list_keeps_the_file),
		TEST(a_squash_that_gathers_trailers_keeps_the_file),
		TEST(gits_own_squash_message_is_known),
		TEST(a_rebase_by_a_forge_keeps_the_file),
		TEST(a_rebase_that_the_forge_signs_decides_nothing),
		TEST(a_cherry_pick_keeps_nothing_of_the_commit),
		TEST(patches_by_mail_keep_the_file),
		TEST(the_approvers_own_rebase_signs_again),
		TEST(a_reworded_commit_loses_its_signature),
		TEST(a_revert_decides_nothing),
		TEST(a_checkout_with_cr_lf_is_explained),
	};

	return cmocka_run_group_tests_name("forge", tests, NULL, NULL);
}
