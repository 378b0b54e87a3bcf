/*
 * Which configuration may follow the trusted one, and by whose signatures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate/configuration_rules.h"
#include "lib/world.h"

/* A trusted configuration and a candidate that differs in nothing yet. */
struct throne {
	struct world *trusted;
	struct world *candidate;
	struct configuration_signatures signatures;
	struct configuration_candidate progress;
	moment now;
};

static int
open_throne(void **state)
{
	static struct throne throne;
	struct configuration *candidate;

	throne =
	    (struct throne){ .trusted = world_new(), .candidate = world_new(), .now = WORLD_START };
	throne.trusted->configuration.number = 4;
	throne.trusted->configuration.digest = TEXT("sha256:trusted");
	candidate = &throne.candidate->configuration;
	candidate->number = 5;
	candidate->previous = TEXT("sha256:trusted");
	candidate->digest = TEXT("sha256:candidate");
	candidate->commit = TEXT("c0ffee");
	*state = &throne;
	return 0;
}

static int
close_throne(void **state)
{
	struct throne *throne = *state;

	world_free(throne->trusted);
	world_free(throne->candidate);
	return 0;
}

static struct configuration_signature *
sign(struct throne *throne, const char *by)
{
	struct configuration_signature *signature =
	    ARRAY_ADD(throne->trusted->arena, &throne->signatures);

	*signature = (struct configuration_signature){ .digest = TEXT("sha256:candidate"),
		.by = text_of(by),
		.key = text_printf(throne->trusted->arena, "SHA256:%s", by),
		.observed_at = throne->now };
	return signature;
}

static bool
follows(struct throne *throne)
{
	struct configuration_succession succession = { &throne->trusted->configuration,
		&throne->candidate->configuration, &throne->signatures, throne->now };

	return configuration_may_follow(throne->trusted->arena, &succession, &throne->progress);
}

static const char *
signed_by(struct throne *throne)
{
	return texts_join(throne->trusted->arena, &throne->progress.signed_by, ",").at;
}

/* It does not follow yet: as many are missing, of these people. */
static void
waits(struct throne *throne, int missing, const char *people)
{
	assert_false(follows(throne));
	assert_int_equal(throne->progress.missing, missing);
	assert_string_equal(texts_join(throne->trusted->arena, &throne->progress.waiting_for, ",").at,
	    people);
}

static void
the_quorum_is_needed(void **state)
{
	struct throne *throne = *state;

	throne->progress.observed_at = 77;
	waits(throne, 2, "alice,bob,carol");
	assert_int_equal(throne->progress.required, 2);
	assert_true(throne->progress.valid);
	assert_string_equal(signed_by(throne), "");
	assert_true(text_is(throne->progress.commit, "c0ffee"));
	assert_int_equal(throne->progress.observed_at, 77);
	sign(throne, "bob");
	sign(throne, "bob");
	waits(throne, 1, "alice,carol");
	sign(throne, "alice");
	assert_true(follows(throne));
	assert_int_equal(throne->progress.missing, 0);
	assert_string_equal(signed_by(throne), "alice,bob");
	assert_int_equal(throne->progress.waiting_for.count, 0);
}

/* Who is listed twice has one signature all the same. */
static void
an_administrator_counts_once(void **state)
{
	struct throne *throne = *state;

	throne->trusted->configuration.repository.administrators =
	    world_list(throne->trusted, "bob", "alice", "bob", NULL);
	throne->candidate->configuration.repository.administrators =
	    world_list(throne->candidate, "bob", "alice", "bob", NULL);
	sign(throne, "bob");
	waits(throne, 1, "alice");
	sign(throne, "alice");
	assert_true(follows(throne));
}

static void
others_do_not_count(void **state)
{
	struct throne *throne = *state;

	sign(throne, "alice");
	sign(throne, "dave");
	sign(throne, "zoe");
	sign(throne, "carol")->digest = TEXT("sha256:other");
	sign(throne, "carol")->key = TEXT("SHA256:dave");
	assert_false(follows(throne));
	assert_string_equal(signed_by(throne), "alice");
}

static void
keys_must_be_valid_then_and_now(void **state)
{
	struct throne *throne = *state;
	struct identity_key *key = &world_identity(throne->trusted, "bob")->keys.at[0];

	sign(throne, "alice");
	sign(throne, "bob");
	key->valid_after = WORLD_START + 1;
	assert_false(follows(throne));
	throne->now += 10;
	assert_false(follows(throne));
	key->valid_after = WORLD_START;
	assert_true(follows(throne));
	key->valid_before = throne->now;
	assert_false(follows(throne));
	key->valid_before = throne->now + 1;
	assert_true(follows(throne));
}

static void
signatures_lapse(void **state)
{
	struct throne *throne = *state;

	sign(throne, "alice");
	sign(throne, "bob");
	throne->now += CONFIGURATION_SIGNATURE_LIFETIME_SECONDS;
	assert_true(follows(throne));
	throne->now++;
	assert_false(follows(throne));
	sign(throne, "bob");
	assert_false(follows(throne));
	sign(throne, "alice");
	assert_true(follows(throne));
}

static void
a_withdrawal_cancels_for_good(void **state)
{
	struct throne *throne = *state;

	sign(throne, "alice");
	sign(throne, "bob")->withdraw = true;
	sign(throne, "bob");
	waits(throne, 1, "carol");
	sign(throne, "carol");
	assert_true(follows(throne));
}

/* A candidate cannot make a stranger withdraw in an administrator's name from another one. */
static void
a_withdrawal_needs_that_persons_key(void **state)
{
	struct throne *throne = *state;
	struct configuration_signature *withdrawal;

	sign(throne, "alice");
	sign(throne, "bob");
	withdrawal = sign(throne, "bob");
	withdrawal->withdraw = true;
	withdrawal->key = TEXT("SHA256:mallory");
	assert_true(follows(throne));
	/* a key that the candidate gives bob speaks for him about this candidate */
	world_key(throne->candidate, world_identity(throne->candidate, "bob"), "SHA256:mallory");
	assert_false(follows(throne));
}

static void
an_invalid_one_never_follows(void **state)
{
	struct throne *throne = *state;

	sign(throne, "alice");
	sign(throne, "bob");
	warning_add(throne->candidate->arena, &throne->candidate->configuration.reasons,
	    (struct position){ 0 }, "Unused", "unused");
	assert_true(follows(throne));
	assert_int_equal(throne->progress.reasons.count, 1);
	reason_add(throne->candidate->arena, &throne->candidate->configuration.reasons,
	    (struct position){ 0 }, "UnknownName", "unknown");
	assert_false(follows(throne));
	assert_false(throne->progress.valid);
	assert_int_equal(throne->progress.missing, 0);
	assert_int_equal(throne->progress.reasons.count, 2);
	assert_int_equal(throne->candidate->configuration.reasons.count, 2);
}

static void
it_must_be_the_next_one(void **state)
{
	struct throne *throne = *state;

	sign(throne, "alice");
	sign(throne, "bob");
	throne->candidate->configuration.number = 6;
	assert_false(follows(throne));
	assert_true(
	    reasons_say(&throne->progress.reasons, "NotNext", "number 5 behind sha256:trusted"));
	throne->candidate->configuration.number = 5;
	throne->candidate->configuration.previous = TEXT("sha256:older");
	assert_false(follows(throne));
	throne->candidate->configuration.previous = TEXT("sha256:trusted");
	throne->candidate->configuration.repository.id = TEXT("ffffffffffffffffffffffffffffffff");
	assert_false(follows(throne));
	assert_true(reasons_say(&throne->progress.reasons, "OtherRepository", WORLD_REPOSITORY));
}

/* Replacing the administrators takes the old quorum and the new one. */
static void
new_administrators_must_agree(void **state)
{
	struct throne *throne = *state;
	struct repository *repository = &throne->candidate->configuration.repository;

	repository->administrators = world_list(throne->candidate, "carol", "dave", "erin", NULL);
	sign(throne, "alice");
	sign(throne, "bob");
	waits(throne, 2, "carol,dave,erin");
	sign(throne, "dave");
	sign(throne, "erin");
	assert_true(follows(throne));
	assert_string_equal(signed_by(throne), "alice,bob,dave,erin");
}

static void
the_new_alone_do_not_suffice(void **state)
{
	struct throne *throne = *state;

	throne->candidate->configuration.repository.administrators =
	    world_list(throne->candidate, "dave", "erin", NULL);
	sign(throne, "dave");
	sign(throne, "erin");
	waits(throne, 2, "alice,bob,carol");
}

static void
taking_one_away_is_a_change(void **state)
{
	struct throne *throne = *state;

	throne->candidate->configuration.repository.administrators =
	    world_list(throne->candidate, "alice", "bob", NULL);
	sign(throne, "alice");
	sign(throne, "carol");
	waits(throne, 1, "bob");
	sign(throne, "bob");
	assert_true(follows(throne));
}

static void
adding_one_is_a_change(void **state)
{
	struct throne *throne = *state;

	throne->candidate->configuration.repository.administrators =
	    world_list(throne->candidate, "alice", "bob", "carol", "dave", NULL);
	sign(throne, "alice");
	waits(throne, 1, "bob,carol,dave");
	sign(throne, "dave");
	waits(throne, 1, "bob,carol");
	sign(throne, "bob");
	assert_true(follows(throne));
}

/* A larger quorum must be met at once; a new key counts for the new quorum only. */
static void
a_changed_quorum_binds_both(void **state)
{
	struct throne *throne = *state;

	throne->candidate->configuration.repository.administrators_required = 3;
	sign(throne, "alice");
	sign(throne, "bob");
	assert_false(follows(throne));
	assert_int_equal(throne->progress.required, 3);
	assert_int_equal(throne->progress.missing, 1);
	sign(throne, "carol");
	assert_true(follows(throne));
}

static void
an_administrators_new_key_needs_both(void **state)
{
	struct throne *throne = *state;
	struct identity *bob = world_identity(throne->candidate, "bob");

	bob->keys.at[0].fingerprint = TEXT("SHA256:new");
	for (size_t i = 0; i < throne->candidate->configuration.files.count; i++)
		if (text_equal(throne->candidate->configuration.files.at[i].path,
			bob->position.path))
			throne->candidate->configuration.files.at[i].sha256 = TEXT("changed");
	sign(throne, "alice");
	sign(throne, "bob");
	/* the old key makes the old quorum, and the new one lacks bob */
	waits(throne, 1, "bob,carol");
	sign(throne, "bob")->key = TEXT("SHA256:new");
	assert_true(follows(throne));
}

static void
each_administrators_document_counts(void **state)
{
	static const char *const names[] = { "alice", "bob", "carol" };

	for (size_t i = 0; i < 3; i++) {
		struct throne *throne;
		struct configuration *candidate;
		struct identity *changed;

		(void)close_throne(state);
		(void)open_throne(state);
		throne = *state;
		candidate = &throne->candidate->configuration;
		changed = world_identity(throne->candidate, names[i]);
		changed->keys.at[0].fingerprint = TEXT("SHA256:new");
		for (size_t j = 0; j < candidate->files.count; j++)
			if (text_equal(candidate->files.at[j].path, changed->position.path))
				candidate->files.at[j].sha256 = TEXT("changed");
		sign(throne, names[i]);
		sign(throne, names[(i + 1) % 3]);
		/* enough by what is trusted, but not by what is to be */
		assert_false(follows(throne));
		sign(throne, names[(i + 2) % 3]);
		assert_true(follows(throne));
	}
}

/* Without the old quorum a new key is worth nothing. */
static void
a_new_key_alone_is_worth_nothing(void **state)
{
	struct throne *throne = *state;

	world_identity(throne->candidate, "bob")->keys.at[0].fingerprint = TEXT("SHA256:new");
	sign(throne, "alice");
	sign(throne, "bob")->key = TEXT("SHA256:new");
	assert_false(follows(throne));
	assert_string_equal(signed_by(throne), "alice");
}

static void
other_documents_need_the_old_quorum_only(void **state)
{
	struct throne *throne = *state;

	world_identity(throne->candidate, "dave")->keys.at[0].fingerprint = TEXT("SHA256:new");
	for (size_t i = 0; i < throne->candidate->configuration.files.count; i++)
		if (text_is(throne->candidate->configuration.files.at[i].path,
			"identities/dave.yaml"))
			throne->candidate->configuration.files.at[i].sha256 = TEXT("changed");
	/* the candidate no longer lists the signers' keys as valid, which is not asked */
	sign(throne, "alice");
	sign(throne, "bob");
	assert_true(follows(throne));
}

/* What cannot be compared counts as changed. */
static void
documents_that_cannot_be_found_count_as_changed(void **state)
{
	struct throne *throne = *state;

	throne->trusted->configuration.files.count = 0;
	throne->candidate->configuration.files.count = 0;
	world_identity(throne->candidate, "bob")->keys.count = 0;
	sign(throne, "alice");
	sign(throne, "bob");
	assert_false(follows(throne));
	throne->trusted->configuration.repository.administrators =
	    world_list(throne->trusted, "nobody", "alice", "bob", NULL);
	throne->candidate->configuration.repository.administrators =
	    throne->trusted->configuration.repository.administrators;
	waits(throne, 1, "bob,nobody");
}

/* No configuration says so; if one did, nothing would follow by itself. */
static void
nothing_follows_without_a_signature(void **state)
{
	struct throne *throne = *state;

	throne->trusted->configuration.repository.administrators_required = 0;
	throne->candidate->configuration.repository.administrators_required = 0;
	assert_false(follows(throne));
	assert_int_equal(throne->progress.missing, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_throne, close_throne)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_quorum_is_needed),
		TEST(an_administrator_counts_once),
		TEST(others_do_not_count),
		TEST(keys_must_be_valid_then_and_now),
		TEST(signatures_lapse),
		TEST(a_withdrawal_cancels_for_good),
		TEST(a_withdrawal_needs_that_persons_key),
		TEST(an_invalid_one_never_follows),
		TEST(it_must_be_the_next_one),
		TEST(new_administrators_must_agree),
		TEST(the_new_alone_do_not_suffice),
		TEST(taking_one_away_is_a_change),
		TEST(adding_one_is_a_change),
		TEST(a_changed_quorum_binds_both),
		TEST(an_administrators_new_key_needs_both),
		TEST(each_administrators_document_counts),
		TEST(a_new_key_alone_is_worth_nothing),
		TEST(other_documents_need_the_old_quorum_only),
		TEST(documents_that_cannot_be_found_count_as_changed),
		TEST(nothing_follows_without_a_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
