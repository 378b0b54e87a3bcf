/*
 * The rules across the files of a configuration: each broken in one way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluate/configuration_rules.h"
#include "lib/world.h"

struct change {
	struct world *world;
	const char *what; /* the change, as it is written */
	struct configuration *configuration;
	struct approval_policy *policy;
	struct certificate_policy *rules;
	struct certificate_profile *profile;
};

#define LIST(...) world_list(c->world, __VA_ARGS__, NULL)
#define NONE ((struct texts){ 0 })

/* The documents that most rules find fault with. */
static const char repository[] = "countersign.yaml";
static const char mallory[] = "identities/mallory.yaml";
static const char web[] = "profiles/web.yaml";
static const char tls_server[] = "policies/tls-server.yaml";
static const char two_step[] = "policies/two-step.yaml";

/* A second policy, before anything else points into the list. */
static struct approval_policy *
second_policy(struct change *c)
{
	struct approval_policy *policy =
	    ARRAY_ADD(c->world->arena, &c->configuration->approval_policies);

	*policy = c->configuration->approval_policies.at[0];
	policy->name = TEXT("second");
	policy->position.path = TEXT("policies/second.yaml");
	c->policy = world_policy(c->world);
	return policy;
}

static struct certificate_profile *
second_profile(struct change *c)
{
	struct certificate_profile *profile =
	    ARRAY_ADD(c->world->arena, &c->configuration->profiles);

	*profile = c->configuration->profiles.at[0];
	profile->name = TEXT("second");
	profile->position.path = TEXT("profiles/second.yaml");
	c->profile = world_profile(c->world);
	return profile;
}

static struct certificate_authority *
second_authority(struct change *c)
{
	struct certificate_authority *authority =
	    ARRAY_ADD(c->world->arena, &c->configuration->authorities);

	*authority = c->configuration->authorities.at[0];
	authority->name = TEXT("second");
	authority->position.path = TEXT("authorities/second.yaml");
	return authority;
}

static struct certificate_policy *
second_rules(struct change *c)
{
	struct certificate_policy *rules =
	    ARRAY_ADD(c->world->arena, &c->configuration->certificate_policies);

	*rules = c->configuration->certificate_policies.at[0];
	rules->name = TEXT("second");
	rules->position.path = TEXT("policies/second.yaml");
	return rules;
}

static struct group *
third_group(struct change *c, const char *name)
{
	struct group *group = ARRAY_ADD(c->world->arena, &c->configuration->groups);

	group->name = text_of(name);
	group->members = LIST("dave");
	group->position.path = TEXT("identities/third.yaml");
	return group;
}

static void
add_notifier(struct change *c, const char *name)
{
	struct notifier *notifier = ARRAY_ADD(c->world->arena, &c->configuration->notifiers);

	notifier->name = text_of(name);
	notifier->position.path = text_printf(c->world->arena, "notifiers/%s-%zu.yaml", name,
	    c->configuration->notifiers.count);
}

static void
add_file(struct change *c, struct text path)
{
	*ARRAY_ADD(c->world->arena, &c->configuration->files) =
	    (struct configuration_file){ path, TEXT("00") };
}

static void
add_files(struct change *c, int count, const char *folder)
{
	for (int i = 0; i < count; i++)
		add_file(c, text_printf(c->world->arena, "identities/%s/p%d.yaml", folder, i));
}

static void
make_distinct(struct change *c, int64_t first, int64_t second)
{
	c->policy->distinct_approvers = true;
	c->policy->steps.at[0].required_approvals = first;
	c->policy->steps.at[1].required_approvals = second;
}

static struct text *
key_of(struct change *c, const char *person)
{
	return &world_identity(c->world, person)->keys.at[0].public_key_sha256;
}

/* Those who approve, too: they can approve what they ask for. */
static void
let_anybody_ask(struct change *c)
{
	c->profile->requesters.present = false;
}

static void
forbid_self_approval(struct change *c)
{
	let_anybody_ask(c);
	c->policy->self_approval = SELF_APPROVAL_FORBID;
}

/* --- what is found ---------------------------------------------------------------------------- */

/* A world in which all is well and mallory alone may ask; `what` is about to be changed in it. */
static struct change *
change_new(const char *what)
{
	struct world *world = world_new();
	struct change *change = arena_allocate(world->arena, sizeof(*change));

	*change = (struct change){ world, what, &world->configuration, world_policy(world),
		world_rules(world), world_profile(world) };
	change->profile->requesters = (struct principals){ .present = true,
		.people = world_list(world, "mallory", NULL) };
	return change;
}

static void
differs(const struct change *c, const char *how)
{
	const struct reasons *reasons = &c->configuration->reasons;

	for (size_t i = 0; i < reasons->count; i++)
		print_message(" %s: %.*s\n", reasons->at[i].code,
		    TEXT_ARGUMENTS(reason_line(c->world->arena, &reasons->at[i])));
	fail_msg("%s: %s", c->what, how);
}

static const struct reason *
find(const struct change *c, const char *code, const char *part, const char *path)
{
	const struct reasons *reasons = &c->configuration->reasons;

	for (size_t i = 0; i < reasons->count; i++)
		if (strcmp(reasons->at[i].code, code) == 0 &&
		    text_contains(reasons->at[i].message, part) &&
		    text_is(reasons->at[i].position.path, path))
			return &reasons->at[i];
	return NULL;
}

static void
error_found(struct change *c, const char *code, const char *part, const char *path)
{
	const struct reason *reason;

	configuration_check(c->world->arena, c->configuration, NULL);
	reason = find(c, code, part, path);
	if (reason == NULL || reason->severity != SEVERITY_ERROR)
		differs(c, "no such error");
	/* what is wrong with a step is not said again of the whole */
	if (strcmp(code, "QuorumImpossible") == 0 || strcmp(code, "NoApprovers") == 0)
		assert_int_equal(reasons_errors(&c->configuration->reasons), 1);
	world_free(c->world);
}

/* This warning and nothing else; `code` NULL: nothing at all. */
static void
warning_found(struct change *c, const char *code, const char *part, const char *path)
{
	const struct reasons *reasons = &c->configuration->reasons;
	size_t expected = code != NULL;

	configuration_check(c->world->arena, c->configuration, NULL);
	if (reasons_errors(reasons) != 0 || reasons->count != expected ||
	    (expected == 1 && find(c, code, part, path) == NULL))
		differs(c, "not what was expected");
	world_free(c->world);
}

/* What is found after a change, statements about `c`. */
#define FOUND(found, code, part, path, ...)                                                        \
	do {                                                                                       \
		struct change *c = change_new(#__VA_ARGS__);                                       \
		__VA_ARGS__;                                                                       \
		found(c, code, part, path);                                                        \
	} while (0)
#define ERROR(...) FOUND(error_found, __VA_ARGS__)
#define WARNING(...) FOUND(warning_found, __VA_ARGS__)
#define WELL(...) FOUND(warning_found, NULL, NULL, NULL, __VA_ARGS__)
#define UNKNOWN(...) ERROR("UnknownName", __VA_ARGS__)
#define IMPOSSIBLE(part, ...) ERROR("QuorumImpossible", part, two_step, __VA_ARGS__)
#define MALFORMED(part, ...) ERROR("PatternMalformed", part, tls_server, c->rules->__VA_ARGS__)

/* --- tests ------------------------------------------------------------------------------------ */

static void
administrators_are_known_and_enough(void **state)
{
	(void)state;
	ERROR("QuorumImpossible", "2 are required, of 0", repository,
	    c->configuration->repository.administrators.count = 0);
	ERROR("QuorumImpossible", "0 are required", repository,
	    c->configuration->repository.administrators_required = 0);
	ERROR("QuorumImpossible", "4 are required, of 3", repository,
	    c->configuration->repository.administrators_required = 4);
	ERROR("QuorumImpossible", "2 are required, of 1", repository,
	    c->configuration->repository.administrators = LIST("bob", "bob"));
	UNKNOWN("spec.administrators.members: there is no Person \"carl\"; did you mean \"carol\"?",
	    repository,
	    c->configuration->repository.administrators = LIST("alice", "bob", "carl"));
	UNKNOWN("no Person \"deploy-bot\"", repository,
	    c->configuration->repository.administrators = LIST("alice", "bob", "deploy-bot"));
	ERROR("QuorumImpossible", "of 1 who can sign", repository,
	    c->configuration->repository.administrators = LIST("alice", "bob");
	    world_identity(c->world, "bob")->keys.count = 0);
}

static void
names_in_identities_are_known(void **state)
{
	(void)state;
	UNKNOWN("spec.owner: there is no Person \"zzzzzz\"", "identities/deploy-bot.yaml",
	    world_identity(c->world, "deploy-bot")->owner = TEXT("zzzzzz"));
	UNKNOWN("spec.owner", "identities/deploy-bot.yaml",
	    world_identity(c->world, "deploy-bot")->owner = TEXT("deploy-bot"));
	UNKNOWN("did you mean \"erin\"?", "identities/team-leads.yaml",
	    c->configuration->groups.at[0].members = LIST("dave", "erni"));
	UNKNOWN("spec.members", "identities/team-leads.yaml",
	    c->configuration->groups.at[0].members = LIST("dave", "deploy-bot"));
	UNKNOWN("did you mean \"grace\"?", "identities/security.yaml",
	    c->configuration->groups.at[1].members = LIST("erin", "frank", "grce"));
}

static void
names_in_profiles_are_known(void **state)
{
	(void)state;
	UNKNOWN("did you mean \"issuing-ca\"?", web, c->profile->authority = TEXT("issuing-co"));
	UNKNOWN("no CertificatePolicy \"two-step\"", web,
	    c->profile->certificate_policy = TEXT("two-step"));
	UNKNOWN("spec.requesters.people", web, c->profile->requesters.people = LIST("deploy-bot"));
	UNKNOWN("spec.requesters.groups", web, c->profile->requesters.groups = LIST("alice"));
	UNKNOWN("spec.requesters.machines", web, c->profile->requesters.machines = LIST("alice"));
	UNKNOWN("did you mean \"deploy-aot\"?", web, world_machine(c->world, "deploy-aot");
	    c->profile->requesters.machines = LIST("deploy-xot"));
}

static void
names_in_policies_are_known(void **state)
{
	(void)state;
	UNKNOWN("CertificateProfile \"wob\"", two_step, c->policy->profiles = LIST("web", "wob"));
	UNKNOWN("CertificateProfile \"wob\"", two_step, c->policy->profiles = LIST("wob", "web"));
	UNKNOWN("approvers.people", two_step,
	    c->policy->steps.at[0].approvers.people = LIST("dove"));
	UNKNOWN("approvers.groups", two_step,
	    c->policy->steps.at[0].approvers.groups = LIST("team-leads", "team-lead"));
	UNKNOWN("did you mean \"team-leada\"?", two_step, third_group(c, "team-leada");
	    c->policy->steps.at[0].approvers.groups = LIST("team-leads", "team-leadx"));
	UNKNOWN("did you mean \"dale\"?", two_step, world_person(c->world, "dale");
	    c->policy->steps.at[0].approvers.people = LIST("dave", "dare"));
	UNKNOWN("did you mean \"dave\"?", two_step,
	    c->policy->steps.at[1].approvers.people = LIST("dove"));
}

static void
names_in_second_documents_are_known(void **state)
{
	(void)state;
	UNKNOWN("\"nonsense\"", "profiles/second.yaml",
	    second_profile(c)->authority = TEXT("nonsense"));
	UNKNOWN("\"nonsense\"", "policies/second.yaml",
	    second_policy(c)->profiles = LIST("nonsense"));
	UNKNOWN("\"wep\"", "notifiers/chat-1.yaml",
	    add_notifier(c, "chat"); c->configuration->notifiers.at[0].profiles = LIST("wep"));
	UNKNOWN("\"wep\"", "notifiers/mail-2.yaml",
	    add_notifier(c, "chat"); add_notifier(c, "mail");
	    c->configuration->notifiers.at[1].profiles = LIST("wep"));
	UNKNOWN("no Person \"zzzzzz\"", "identities/alice.yaml",
	    c->configuration->identities.at[0].kind = IDENTITY_MACHINE;
	    c->configuration->identities.at[0].owner = TEXT("zzzzzz"));
}

static void
one_key_is_one_identitys(void **state)
{
	(void)state;
	ERROR("KeyInTwoIdentities", "belongs to \"dave\" already", mallory,
	    world_key(c->world, world_identity(c->world, "mallory"), "SHA256:more")
		->public_key_sha256 = *key_of(c, "dave"));
	ERROR("KeyInTwoIdentities", "belongs to \"dave\" already", mallory,
	    struct identity dave = *world_identity(c->world, "dave");
	    c->configuration->identities.at[0] = *world_identity(c->world, "mallory");
	    c->configuration->identities.at[1] = dave; c->configuration->identities.count = 2;
	    *key_of(c, "mallory") = *key_of(c, "dave") = TEXT("00"));
	ERROR("KeyInTwoIdentities", "belongs to \"dave\" already", mallory,
	    *key_of(c, "mallory") = *key_of(c, "dave") = TEXT("00"));
	ERROR("KeyInTwoIdentities", "belongs to \"dave\" already (identities/dave.yaml)", mallory,
	    *key_of(c, "mallory") = *key_of(c, "dave"));
}

static void
steps_have_approvers(void **state)
{
	(void)state;
	ERROR("NoSteps", "could never be fulfilled", two_step, c->policy->steps.count = 0);
	ERROR("NoApprovers", "\"Team Lead Review\"", two_step,
	    c->policy->steps.at[0].approvers.groups.count = 0);
	ERROR("NoApprovers", "step 2 names no approvers", two_step,
	    c->policy->steps.at[1].approvers.groups.count = 0;
	    c->policy->steps.at[1].name = TEXT(""));
}

static void
quorums_can_be_reached(void **state)
{
	(void)state;
	IMPOSSIBLE("requires 1 approval, of 0 people who can sign",
	    c->configuration->groups.at[0].members.count = 0);
	IMPOSSIBLE("requires 2 approvals, of 1 person who can sign",
	    c->policy->steps.at[0].required_approvals = 2;
	    c->configuration->groups.at[0].members = LIST("dave"));
	IMPOSSIBLE("requires 0 approvals", c->policy->steps.at[0].required_approvals = 0);
	IMPOSSIBLE("requires 4 approvals, of 3", c->policy->steps.at[1].required_approvals = 4);
	IMPOSSIBLE("requires 3 approvals, of 2",
	    c->policy->steps.at[1].required_approvals = 3;
	    world_identity(c->world, "grace")->keys.count = 0);
	IMPOSSIBLE("requires 3 approvals, of 2",
	    c->policy->steps.at[0].required_approvals = 3;
	    c->policy->steps.at[0].approvers.people = LIST("dave", "erin"));
	IMPOSSIBLE("distinctApprovers", make_distinct(c, 2, 3));
	IMPOSSIBLE("distinctApprovers",
	    make_distinct(c, 1, 1); c->configuration->groups.at[0].members = LIST("dave");
	    c->configuration->groups.at[1].members = LIST("dave"));
}

static void
one_policy_for_each_profile(void **state)
{
	(void)state;
	ERROR("TwoPolicies",
	    "for the action issue by ApprovalPolicy \"two-step\"", "policies/second.yaml",
	    second_policy(c));
	ERROR("TwoPolicies", "CertificateProfile \"web\" is covered", "policies/second.yaml",
	    second_profile(c); second_policy(c)->profiles = LIST("second", "web"));
	ERROR("TwoPolicies", "by ApprovalPolicy \"second\"", "policies/third.yaml",
	    second_profile(c); second_policy(c)->profiles = LIST("second");
	    struct approval_policy *third = second_policy(c); third->profiles = LIST("second");
	    third->name = TEXT("third"); third->position.path = TEXT("policies/third.yaml"));
	ERROR("TwoPolicies", "for the action renew", "policies/second.yaml",
	    second_policy(c)->actions = LIST("revoke", "renew"));
	ERROR("NotCovered", "\"web\"", web, c->policy->profiles.count = 0);
	ERROR("NotCovered", "the action issue", web, c->policy->actions = LIST("renew"));
	ERROR("NotCovered", "\"second\"", "profiles/second.yaml", second_profile(c));
	ERROR("Contradiction", "say one of the two", web,
	    c->profile->approval = PROFILE_APPROVAL_NONE);
}

static void
patterns_are_of_their_form(void **state)
{
	(void)state;
	MALFORMED("subject.commonName: \"a.**.com\"",
	    subject[SUBJECT_COMMON_NAME].allowed = LIST("a.**.com"));
	MALFORMED("subject.organization", subject[SUBJECT_ORGANIZATION].denied = LIST(""));
	MALFORMED("altNames.dns", alt_names[ALT_NAME_DNS].required = LIST("**"));
	MALFORMED("altNames.dns", alt_names[ALT_NAME_DNS].denied = LIST("*.b\303\274cher.example"));
	MALFORMED("altNames.dns", alt_names[ALT_NAME_DNS].denied = LIST(""));
	MALFORMED("altNames.ip: \"10.1.2.3/8\"", alt_names[ALT_NAME_IP].denied = LIST("10.1.2.3/8"));
	MALFORMED("altNames.email", alt_names[ALT_NAME_EMAIL].denied = LIST("root"));
	MALFORMED("altNames.upn", alt_names[ALT_NAME_UPN].allowed = LIST("a@**"));
	MALFORMED("altNames.uri", alt_names[ALT_NAME_URI].denied = LIST("www.example.com"));
	MALFORMED("altNames.uri", alt_names[ALT_NAME_URI].denied = LIST("https://a..b/"));
	MALFORMED("keyUsages", key_usages.denied = LIST(""));
	ERROR("ValidityEmpty", "min, 91d, is longer than max, 90d", tls_server,
	    c->rules->validity_min = 91 * 86400);
}

static void
what_is_well_is_left_alone(void **state)
{
	(void)state;
	WELL((void)c);
	WELL(c->profile->approval = PROFILE_APPROVAL_NONE;
	    c->configuration->approval_policies.count = 0;
	    c->profile->requesters = (struct principals){ .present = true,
		.groups = LIST("team-leads", "security") });
	WELL(c->configuration->repository.administrators_required = 3);
	WELL(c->configuration->repository.administrators_required = 1);
	WELL(second_profile(c); third_group(c, "third");
	    struct approval_policy *policy = second_policy(c); policy->profiles = LIST("second");
	    struct approval_step *steps = arena_allocate(c->world->arena, 2 * sizeof(*steps));
	    steps[0] = policy->steps.at[0]; steps[1] = policy->steps.at[1];
	    steps[1].required_approvals = 1; steps[1].approvers.groups = LIST("third");
	    policy->steps.at = steps);
	WELL(c->rules->validity_min = 30 * 86400);
	WARNING("RequiredNotAllowed", "*.example.org", tls_server,
	    c->rules->subject[SUBJECT_COMMON_NAME].required =
		LIST("www.example.com", "*.example.org"));
	WELL(second_authority(c); second_profile(c)->authority = TEXT("second");
	    c->policy->profiles = LIST("web", "second"));
	WELL(second_authority(c); second_rules(c);
	    struct group *third = third_group(c, "third"); third->members = LIST("mallory");
	    struct certificate_profile *profile = second_profile(c);
	    profile->authority = profile->certificate_policy = TEXT("second");
	    profile->requesters.groups = LIST("third");
	    c->policy->profiles = LIST("web", "second"));
	WELL(c->policy->steps.at[0].approvers.groups = LIST("security");
	    c->policy->steps.at[0].required_approvals =
		c->policy->steps.at[1].required_approvals = 3;
	    c->configuration->groups.at[0].members = LIST("mallory");
	    c->profile->requesters.people = NONE;
	    c->profile->requesters.groups = LIST("team-leads"));
	WELL(second_profile(c); second_policy(c)->profiles = LIST("second"));
	WELL(add_file(c, text_of(repository)));
}

static void
those_who_can_approve_themselves_are_named(void **state)
{
	(void)state;
	WARNING("SelfApproval", "dave, erin, frank, grace", two_step, let_anybody_ask(c));
	WARNING("SelfApproval", "approve themselves: erin;", two_step,
	    c->profile->requesters = (struct principals){ .present = true,
		.people = LIST("mallory", "erin") });
	WARNING("SelfApproval", "approve themselves: erin;", two_step,
	    second_profile(c)->requesters.people = LIST("mallory", "erin");
	    c->policy->profiles = LIST("web", "second"));
	WELL(forbid_self_approval(c));
	WARNING("QuorumImpossible", "for requests of: erin, frank, grace", two_step,
	    forbid_self_approval(c); c->policy->steps.at[1].required_approvals = 3);
	WARNING("QuorumImpossible", "for requests of: dave, erin", two_step,
	    forbid_self_approval(c); c->policy->steps.at[0].required_approvals = 2);
	WARNING("QuorumImpossible", "for requests of: dave, erin", two_step,
	    forbid_self_approval(c); make_distinct(c, 2, 2));
	WELL(make_distinct(c, 1, 3));
	WELL(make_distinct(c, 1, 1));
}

static void
what_nobody_uses_is_named(void **state)
{
	(void)state;
	WARNING("Unused", "Group \"third\"", "identities/third.yaml", third_group(c, "third"));
	WARNING("Unused", "CertificateAuthority \"second\"", "authorities/second.yaml",
	    second_authority(c));
	WARNING("Unused", "Group \"team-leads\"", "identities/team-leads.yaml",
	    c->policy->steps.at[0].approvers.groups = LIST("security"));
	WARNING("Unused", "CertificateAuthority \"issuing-ca\"", "authorities/issuing-ca.yaml",
	    second_authority(c); c->profile->authority = TEXT("second"));
	WARNING("Unused", "CertificatePolicy \"tls-server\"", tls_server,
	    second_rules(c); c->profile->certificate_policy = TEXT("second"));
	WARNING("Unused", "ApprovalPolicy \"two-step\"", two_step,
	    second_policy(c)->profiles = LIST("web"); c->policy->profiles.count = 0);
	WARNING("Unused", "CertificatePolicy \"second\"", "policies/second.yaml", second_rules(c));
	WARNING("Unused", "ApprovalPolicy \"second\"", "policies/second.yaml",
	    second_policy(c)->profiles.count = 0);
	WELL(second_policy(c)->actions = LIST("revoke"));
	WARNING("AuthorityUnusable", "type \"acme\"", "authorities/issuing-ca.yaml",
	    c->configuration->authorities.at[0].type = TEXT("acme"));
}

static void
defaults_and_requirements_are_allowed(void **state)
{
	(void)state;
	WARNING("DefaultNotAllowed",
	    "91d is not allowed by CertificatePolicy \"tls-server\": from 1s to 90d", web,
	    c->profile->default_ttl = 91 * 86400);
	WARNING("DefaultNotAllowed", "from 31d to 90d", web, c->rules->validity_min = 31 * 86400);
	WELL(c->profile->default_ttl = 90 * 86400);
	WELL(c->profile->default_ttl = 0);
	WARNING("RequiredNotAllowed", "subject.commonName: \"*.example.org\"", tls_server,
	    c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("*.example.org"));
	WARNING("RequiredNotAllowed", "altNames.dns", tls_server,
	    c->rules->alt_names[ALT_NAME_DNS].required = LIST("*.example.org"));
	WARNING("RequiredNotAllowed", "extendedKeyUsages", tls_server,
	    c->rules->extended_key_usages.required = LIST("codeSigning"));
	WELL(c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("www.example.com");
	    c->rules->alt_names[ALT_NAME_DNS].required = LIST("www.example.com");
	    c->rules->alt_names[ALT_NAME_IP].required = LIST("10.0.0.1"));
	WELL(c->rules->subject[SUBJECT_COMMON_NAME].allowed =
		LIST("*.example.org", "*.example.com");
	    c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("www.example.com"));
}

static void
odd_patterns_and_keys_that_are_well(void **state)
{
	(void)state;
	WELL(c->rules->subject[SUBJECT_COMMON_NAME].allowed =
		LIST("Acme, Inc.", "**.example.com", "Release *");
	    c->rules->alt_names[ALT_NAME_EMAIL].allowed = LIST("*@**.example.com");
	    c->rules->alt_names[ALT_NAME_URI].allowed = LIST("urn:*", "https://*.example.com/*"));
	WELL(c->configuration->identities.at[3].keys.at[0].public_key_sha256 = TEXT("same");
	    world_key(c->world, &c->configuration->identities.at[3],
		"SHA256:again")->public_key_sha256 = TEXT("same"));
	WELL(for (size_t i = 0; i < c->configuration->identities.count; i++)
		c->configuration->identities.at[i].keys.at[0].public_key_sha256 = TEXT(""));
}

static void
crowded_folders_are_named(void **state)
{
	(void)state;
	WARNING("CrowdedFolder", "over 1000", "identities/crowd/", add_files(c, 1001, "crowd"));
	WARNING("CrowdedFolder", "over 1000", "identities/crowd/",
	    c->configuration->files.count = 0; add_files(c, 1001, "crowd"));
	WARNING("CrowdedFolder", "over 1000", "",
	    for (int i = 0; i < 1001; i++) add_file(c, text_printf(c->world->arena, "%c%d.yaml",
		i % 2 == 0 ? 'a' : 'b', i)));
	WARNING("CrowdedFolder", "over 1000", "identities/crowd/",
	    add_files(c, 700, "crowd"); add_files(c, 1, "other");
	    add_files(c, 301, "crowd"));
	WELL(add_files(c, 1000, "crowd"));
}

static void
local_keys_are_needed(void **state)
{
	struct world *world = world_new();
	struct texts names = { 0 };

	(void)state;
	configuration_check(world->arena, &world->configuration, &names);
	assert_true(reasons_say(&world->configuration.reasons, "NoLocalKey", "\"issuing-ca\""));
	assert_int_equal(reasons_errors(&world->configuration.reasons), 1);
	world->configuration.reasons.count = 0;
	names = world_list(world, "other-ca", "issuing-ca", NULL);
	configuration_check(world->arena, &world->configuration, &names);
	assert_int_equal(reasons_errors(&world->configuration.reasons), 0);
	world->configuration.reasons.count = 0;
	names.count = 0;
	*ARRAY_ADD(world->arena, &world->configuration.authorities) = *world_authority(world);
	world->configuration.authorities.at[1].name = TEXT("second-ca");
	names = world_list(world, "issuing-ca", NULL);
	configuration_check(world->arena, &world->configuration, &names);
	assert_true(reasons_say(&world->configuration.reasons, "NoLocalKey", "\"second-ca\""));
	world->configuration.reasons.count = 0;
	world->configuration.authorities.count = 1;
	names.count = 0;
	world_authority(world)->type = TEXT("acme");
	configuration_check(world->arena, &world->configuration, &names);
	assert_int_equal(reasons_errors(&world->configuration.reasons), 0);
	world_free(world);
}

/* What is missing is reported where the files are decoded. */
static void
there_may_be_nothing_to_check(void **state)
{
	struct arena *arena = arena_new();
	struct configuration configuration = { 0 };

	(void)state;
	configuration_check(arena, &configuration, NULL);
	assert_int_equal(configuration.reasons.count, 0);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(administrators_are_known_and_enough),
		cmocka_unit_test(names_in_identities_are_known),
		cmocka_unit_test(names_in_profiles_are_known),
		cmocka_unit_test(names_in_policies_are_known),
		cmocka_unit_test(names_in_second_documents_are_known),
		cmocka_unit_test(one_key_is_one_identitys),
		cmocka_unit_test(steps_have_approvers),
		cmocka_unit_test(quorums_can_be_reached),
		cmocka_unit_test(one_policy_for_each_profile),
		cmocka_unit_test(patterns_are_of_their_form),
		cmocka_unit_test(what_is_well_is_left_alone),
		cmocka_unit_test(those_who_can_approve_themselves_are_named),
		cmocka_unit_test(what_nobody_uses_is_named),
		cmocka_unit_test(defaults_and_requirements_are_allowed),
		cmocka_unit_test(odd_patterns_and_keys_that_are_well),
		cmocka_unit_test(crowded_folders_are_named),
		cmocka_unit_test(local_keys_are_needed),
		cmocka_unit_test(there_may_be_nothing_to_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
