/*
 * Whose version of a request's file is taken up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/world.h"

#define SHA_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define SHA_2 "2222222222222222222222222222222222222222222222222222222222222222"
#define SHA_3 "3333333333333333333333333333333333333333333333333333333333333333"

/* An offer of a file that alice has signed. */
struct offered {
	struct world *world;
	struct verified_request_signature signature;
	struct request_offer offer;
	struct text why;
};

static void
prepare(struct offered *offered)
{
	struct world *world = world_new();

	*offered = (struct offered){ .world = world,
		.signature = { .request = world->request.id,
		    .sha256 = TEXT(SHA_3),
		    .by = TEXT("alice"),
		    .key = TEXT("SHA256:alice"),
		    .evidence = TEXT(SHA_3),
		    .observed_at = WORLD_START } };
	offered->offer = (struct request_offer){ .configuration = &world->configuration,
		.before = &world->before,
		.request = &world->request,
		.sha256 = TEXT(SHA_3),
		.signature = &offered->signature };
}

static int
open_offer(void **state)
{
	static struct offered offered;

	prepare(&offered);
	*state = &offered;
	return 0;
}

static int
close_offer(void **state)
{
	world_free(((struct offered *)*state)->world);
	return 0;
}

static bool
accepted(struct offered *offered)
{
	return request_accept(offered->world->arena, &offered->offer, &offered->why);
}

#define assert_accepted(offered)                                                                   \
	do {                                                                                       \
		if (!accepted(offered))                                                            \
			fail_msg("%.*s", TEXT_ARGUMENTS((offered)->why));                          \
		assert_false(text_present((offered)->why));                                        \
	} while (0)
#define assert_refused(offered, part)                                                              \
	do {                                                                                       \
		assert_false(accepted(offered));                                                   \
		if (!text_contains((offered)->why, part))                                          \
			fail_msg("%.*s", TEXT_ARGUMENTS((offered)->why));                          \
	} while (0)

/* The record of an open, signed request of alice. */
static void
set_open(struct offered *offered)
{
	struct request_record *before = &offered->world->before;

	before->state = STATE_PENDING_APPROVAL;
	before->claimed = true;
	before->requester.name = TEXT("alice");
	before->version.sha256 = TEXT(SHA_2);
	before->version.previous = world_list(offered->world, SHA_1, NULL);
	before->version.proof = REQUEST_SIGNED_TRAILER;
}

static void
accept_unsigned(struct offered *offered)
{
	offered->offer.signature = NULL;
	offered->world->configuration.repository.unsigned_requests = UNSIGNED_REQUESTS_ACCEPT;
}

static void
a_signed_version_is_accepted(void **state)
{
	struct offered *offered = *state;

	assert_accepted(offered);
	set_open(offered);
	assert_accepted(offered);
}

static void
another_repositorys_request_is_not(void **state)
{
	struct offered *offered = *state;

	offered->world->request.repository = TEXT("ffffffffffffffffffffffffffffffff");
	assert_refused(offered, "was written for another one");
	accept_unsigned(offered);
	assert_refused(offered, "was written for another one");
	offered->world->request.repository = (struct text){ NULL, 0 };
	assert_accepted(offered);
	offered->offer.signature = &offered->signature;
	assert_refused(offered, "spec.repository is missing");
}

static void
only_identities_request(void **state)
{
	struct offered *offered = *state;

	offered->world->request.requester = TEXT("zoe");
	assert_refused(offered, "neither a Person nor a Machine");
	accept_unsigned(offered);
	assert_refused(offered, "neither a Person nor a Machine");
}

static void
only_requesters_of_the_profile_request(void **state)
{
	struct offered *offered = *state;
	struct certificate_profile *profile = world_profile(offered->world);

	profile->requesters.present = true;
	assert_refused(offered, "not among the requesters");
	profile->requesters.groups = world_list(offered->world, "security", NULL);
	assert_refused(offered, "not among the requesters");
	offered->world->configuration.groups.at[1].members =
	    world_list(offered->world, "alice", NULL);
	assert_accepted(offered);
	/* an unknown profile is a matter for the status of the request */
	offered->world->request.profile = TEXT("nonsense");
	assert_accepted(offered);
}

static void
only_the_requester_signs(void **state)
{
	struct offered *offered = *state;

	offered->signature.by = TEXT("bob");
	offered->signature.key = TEXT("SHA256:bob");
	assert_refused(offered, "signed by bob, but spec.requester is \"alice\"");
}

static void
the_signature_is_over_this_file(void **state)
{
	struct offered *offered = *state;

	offered->signature.sha256 = TEXT(SHA_1);
	assert_refused(offered, "over another file");
	offered->signature.sha256 = TEXT(SHA_3);
	offered->signature.request = TEXT("web/other");
	assert_refused(offered, "for another request");
}

static void
the_key_was_valid_when_seen(void **state)
{
	struct offered *offered = *state;
	struct identity_key *key = &world_identity(offered->world, "alice")->keys.at[0];

	key->valid_before = WORLD_START;
	assert_refused(offered, "not valid when the signature was seen");
	key->valid_before = WORLD_START + 1;
	assert_accepted(offered);
	key->valid_after = WORLD_START + 1;
	assert_refused(offered, "not valid when the signature was seen");
	key->valid_after = WORLD_START;
	assert_accepted(offered);
	offered->signature.key = TEXT("SHA256:bob");
	assert_refused(offered, "is not listed");
}

static void
unsigned_ones_are_refused_by_default(void **state)
{
	struct offered *offered = *state;

	offered->offer.signature = NULL;
	assert_refused(offered, "this repository refuses unsigned requests");
	accept_unsigned(offered);
	assert_accepted(offered);
}

static void
an_unsigned_one_never_replaces_a_signed_one(void **state)
{
	struct offered *offered = *state;

	accept_unsigned(offered);
	set_open(offered);
	assert_refused(offered, "an unsigned one never replaces it");
	offered->world->before.version.proof = REQUEST_UNSIGNED;
	assert_accepted(offered);
	offered->world->before.state = STATE_REJECTED;
	assert_refused(offered, "has ended (Rejected), and only a signed version opens it again");
	offered->world->before.certificate.present = true;
	offered->world->before.state = STATE_ISSUED;
	assert_accepted(offered);
}

static void
a_claim_keeps_its_requester(void **state)
{
	struct offered *offered = *state;
	struct request_record *before = &offered->world->before;

	set_open(offered);
	before->requester.name = TEXT("bob");
	assert_refused(offered, "the id is bob's");
	before->state = STATE_REJECTED;
	assert_accepted(offered);
	before->certificate.present = true;
	assert_refused(offered, "the id is bob's");
	before->state = STATE_ISSUED;
	assert_refused(offered, "the id is bob's");
	before->claimed = false;
	assert_accepted(offered);
}

static void
no_version_comes_back(void **state)
{
	struct offered *offered = *state;

	set_open(offered);
	offered->offer.sha256 = offered->signature.sha256 = TEXT(SHA_1);
	assert_refused(offered, "accepted before");
	offered->offer.sha256 = offered->signature.sha256 = TEXT(SHA_2);
	assert_refused(offered, "accepted before");
	/* but what was taken up unsigned may be signed later */
	offered->world->before.version.proof = REQUEST_UNSIGNED;
	assert_accepted(offered);
	accept_unsigned(offered);
	assert_refused(offered, "accepted before");
}

static void
nothing_is_accepted_while_issuing(void **state)
{
	struct offered *offered = *state;

	set_open(offered);
	offered->world->before.state = STATE_APPROVED;
	offered->world->before.intent.present = true;
	assert_refused(offered, "is being issued");
	offered->world->before.cancellable = true;
	assert_refused(offered, "is being issued");
	/* the signer refused, and has entered nothing */
	offered->world->before.state = STATE_FAILED;
	assert_accepted(offered);
	offered->world->before.cancellable = false;
	assert_refused(offered, "this one is judged when that is done");
	offered->world->before.state = STATE_ISSUED;
	assert_accepted(offered);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_offer, close_offer)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_signed_version_is_accepted),
		TEST(another_repositorys_request_is_not),
		TEST(only_identities_request),
		TEST(only_requesters_of_the_profile_request),
		TEST(only_the_requester_signs),
		TEST(the_signature_is_over_this_file),
		TEST(the_key_was_valid_when_seen),
		TEST(unsigned_ones_are_refused_by_default),
		TEST(an_unsigned_one_never_replaces_a_signed_one),
		TEST(a_claim_keeps_its_requester),
		TEST(no_version_comes_back),
		TEST(nothing_is_accepted_while_issuing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
