/*
 * Names, principals, keys and the digest of a configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/world.h"
#include "model/status.h"

static int
open_world(void **state)
{
	*state = world_new();
	return 0;
}

static int
close_world(void **state)
{
	world_free(*state);
	return 0;
}

static void
things_are_found_by_name(void **state)
{
	struct world *world = *state;
	const struct configuration *c = &world->configuration;

	assert_ptr_equal(configuration_identity(c, TEXT("dave")), world_identity(world, "dave"));
	assert_null(configuration_identity(c, TEXT("Dave")));
	assert_null(configuration_identity(c, TEXT("")));
	assert_null(configuration_identity(c, (struct text){ NULL, 0 }));
	assert_ptr_equal(configuration_group(c, TEXT("security")), &c->groups.at[1]);
	assert_null(configuration_group(c, TEXT("dave")));
	assert_ptr_equal(configuration_authority(c, TEXT("issuing-ca")), world_authority(world));
	assert_null(configuration_authority(c, TEXT("issuing")));
	assert_ptr_equal(configuration_certificate_policy(c, TEXT("tls-server")),
	    world_rules(world));
	assert_null(configuration_certificate_policy(c, TEXT("two-step")));
	assert_ptr_equal(configuration_profile(c, TEXT("web")), world_profile(world));
	assert_null(configuration_profile(c, TEXT("we")));
}

static void
a_policy_covers_profile_and_action(void **state)
{
	struct world *world = *state;
	const struct configuration *c = &world->configuration;

	assert_ptr_equal(configuration_approval_policy(c, TEXT("web"), TEXT("issue")),
	    world_policy(world));
	assert_ptr_equal(configuration_approval_policy(c, TEXT("web"), TEXT("renew")),
	    world_policy(world));
	assert_null(configuration_approval_policy(c, TEXT("web"), TEXT("revoke")));
	assert_null(configuration_approval_policy(c, TEXT("other"), TEXT("issue")));
}

static void
nobody_is_among_no_principals(void **state)
{
	struct world *world = *state;
	struct principals nobody = { .present = true };

	assert_false(principals_include(&world->configuration, &nobody, TEXT("dave")));
	assert_int_equal(principals_people(world->arena, &world->configuration, &nobody).count, 0);
	nobody.groups = world_list(world, "nonsense", NULL);
	assert_false(principals_include(&world->configuration, &nobody, TEXT("dave")));
	assert_int_equal(principals_people(world->arena, &world->configuration, &nobody).count, 0);
	nobody.people = world_list(world, "", NULL);
	assert_false(principals_include(&world->configuration, &nobody, TEXT("")));
	assert_false(principals_include(&world->configuration, &nobody, (struct text){ NULL, 0 }));
}

static void
principals_are_people_groups_and_machines(void **state)
{
	struct world *world = *state;
	const struct configuration *c = &world->configuration;
	struct principals some = { .present = true,
		.people = world_list(world, "mallory", "erin", NULL),
		.groups = world_list(world, "security", "team-leads", NULL),
		.machines = world_list(world, "deploy-bot", NULL) };
	struct texts people = principals_people(world->arena, c, &some);

	assert_true(
	    text_is(texts_join(world->arena, &people, ","), "dave,erin,frank,grace,mallory"));
	for (size_t i = 0; i < people.count; i++)
		assert_true(principals_include(c, &some, people.at[i]));
	assert_true(principals_include(c, &some, TEXT("deploy-bot")));
	assert_false(principals_include(c, &some, TEXT("alice")));
	assert_false(principals_include(c, &some, TEXT("security")));
	assert_false(principals_include(c, &some, TEXT("grac")));
}

static void
keys_have_their_time(void **state)
{
	struct world *world = *state;
	const struct configuration *c = &world->configuration;
	struct identity_key *key = world_key(world, world_identity(world, "dave"), "SHA256:second");

	key->valid_after = 100;
	key->valid_before = 200;
	assert_false(identity_holds_key(c, TEXT("dave"), TEXT("SHA256:second"), 99));
	assert_true(identity_holds_key(c, TEXT("dave"), TEXT("SHA256:second"), 100));
	assert_true(identity_holds_key(c, TEXT("dave"), TEXT("SHA256:second"), 199));
	assert_false(identity_holds_key(c, TEXT("dave"), TEXT("SHA256:second"), 200));
	assert_true(identity_holds_key(c, TEXT("dave"), TEXT("SHA256:dave"), 1));
	assert_false(identity_holds_key(c, TEXT("dave"), TEXT("SHA256:erin"), 150));
	assert_false(identity_holds_key(c, TEXT("erin"), TEXT("SHA256:dave"), 150));
	assert_false(identity_holds_key(c, TEXT("zoe"), TEXT("SHA256:dave"), 150));
	/* a key that could not be read has no fingerprint, and is nobody's */
	key->fingerprint = (struct text){ NULL, 0 };
	assert_false(identity_holds_key(c, TEXT("dave"), (struct text){ NULL, 0 }, 150));
	assert_false(identity_holds_key(c, TEXT("dave"), TEXT(""), 150));
}

/* The digest of a text that was written by hand; computed with sha256sum. */
static void
the_digest_is_that_of_the_text(void **state)
{
	struct world *world = *state;
	struct configuration configuration = { .number = 7,
		.previous =
		    TEXT("sha256:0000000000000000000000000000000000000000000000000000000000000000"),
		.repository.id = TEXT(WORLD_REPOSITORY) };
	struct text first;

	*ARRAY_ADD(world->arena, &configuration.files) =
	    (struct configuration_file){ TEXT("policies/b.yaml"), TEXT("bb") };
	*ARRAY_ADD(world->arena, &configuration.files) =
	    (struct configuration_file){ TEXT("countersign.yaml"), TEXT("aa") };
	configuration_digest(world->arena, &configuration);
	assert_true(text_is(configuration.digest,
	    "sha256:a65a3fb26b06531728c7ee53380b5ce01a434f22649a5998a22d972d4fd2f521"));
	first = configuration.digest;
	configuration_digest(world->arena, &configuration);
	assert_true(text_equal(configuration.digest, first));
	configuration.number++;
	configuration_digest(world->arena, &configuration);
	assert_false(text_equal(configuration.digest, first));
	configuration.number--;
	configuration.files.at[0].sha256 = TEXT("ab");
	configuration_digest(world->arena, &configuration);
	assert_false(text_equal(configuration.digest, first));
}

static void
states_have_names(void **state)
{
	struct world *world = *state;
	struct texts names = { 0 };

	for (unsigned i = 0; i < REQUEST_STATES; i++) {
		struct text name = text_of(request_state_name((enum request_state)i));

		assert_false(texts_contain(&names, name));
		texts_add(world->arena, &names, name);
	}
	assert_string_equal(request_state_name(REQUEST_STATES), "Invalid");
	/* what is open can still change; all else has ended */
	assert_false(request_state_ended(STATE_INVALID));
	assert_false(request_state_ended(STATE_PENDING_APPROVAL));
	assert_false(request_state_ended(STATE_APPROVED));
	assert_false(request_state_ended(STATE_FAILED));
	for (unsigned i = STATE_REJECTED; i <= REQUEST_STATES; i++)
		assert_true(request_state_ended((enum request_state)i));
	assert_true(request_state_ended(STATE_ISSUED));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(things_are_found_by_name),
		TEST(a_policy_covers_profile_and_action),
		TEST(nobody_is_among_no_principals),
		TEST(principals_are_people_groups_and_machines),
		TEST(keys_have_their_time),
		TEST(the_digest_is_that_of_the_text),
		TEST(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
