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
	struct configuration *configuration;
	struct approval_policy *policy;
	struct certificate_policy *rules;
	struct certificate_profile *profile;
};

#define LIST(...) world_list(c->world, __VA_ARGS__, NULL)
#define NONE ((struct texts){ 0 })
#define CASE(name, ...)                                                                            \
	static void name(struct change *c)                                                         \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

struct rule_case {
	const char *title;
	void (*change)(struct change *c);
	const char *code;
	const char *part;
	const char *path; /* of the document to look into */
};

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
make_distinct(struct change *c, int64_t first, int64_t second)
{
	c->policy->distinct_approvers = true;
	c->policy->steps.at[0].required_approvals = first;
	c->policy->steps.at[1].required_approvals = second;
}

/* --- errors --- */
CASE(no_administrators, c->configuration->repository.administrators.count = 0)
CASE(no_quorum_of_administrators, c->configuration->repository.administrators_required = 0)
CASE(large_quorum_of_administrators, c->configuration->repository.administrators_required = 4)
CASE(administrator_twice, c->configuration->repository.administrators = LIST("bob", "bob"))
CASE(administrator_unknown,
    c->configuration->repository.administrators = LIST("alice", "bob", "carl"))
CASE(administrator_machine,
    c->configuration->repository.administrators = LIST("alice", "bob", "deploy-bot"))
CASE(administrator_without_key, c->configuration->repository.administrators = LIST("alice", "bob");
     world_identity(c->world, "bob")->keys.count = 0)
CASE(owner_unknown, world_identity(c->world, "deploy-bot")->owner = TEXT("zzzzzz"))
CASE(owner_machine, world_identity(c->world, "deploy-bot")->owner = TEXT("deploy-bot"))
CASE(member_unknown, c->configuration->groups.at[0].members = LIST("dave", "erni"))
CASE(member_machine, c->configuration->groups.at[0].members = LIST("dave", "deploy-bot"))
CASE(second_member_unknown, c->configuration->groups.at[1].members = LIST("erin", "frank", "grce"))
CASE(authority_unknown, c->profile->authority = TEXT("issuing-co"))
CASE(rules_unknown, c->profile->certificate_policy = TEXT("two-step"))
CASE(requester_unknown, c->profile->requesters.people = LIST("deploy-bot"))
CASE(requester_group_unknown, c->profile->requesters.groups = LIST("alice"))
CASE(requester_machine_unknown, c->profile->requesters.machines = LIST("alice"))
CASE(nearest_machine, world_machine(c->world, "deploy-aot");
     c->profile->requesters.machines = LIST("deploy-xot"))
CASE(profile_unknown, c->policy->profiles = LIST("web", "wob"))
CASE(profile_unknown_first, c->policy->profiles = LIST("wob", "web"))
CASE(approver_unknown, c->policy->steps.at[0].approvers.people = LIST("dove"))
CASE(approver_group_unknown,
    c->policy->steps.at[0].approvers.groups = LIST("team-leads", "team-lead"))
CASE(nearest_of_several, third_group(c, "team-leada");
     c->policy->steps.at[0].approvers.groups = LIST("team-leads", "team-leadx"))
CASE(second_approver_unknown, c->policy->steps.at[1].approvers.people = LIST("dove"))
CASE(second_profile_unknown_authority, second_profile(c)->authority = TEXT("nonsense"))
CASE(second_policy_unknown, second_policy(c)->profiles = LIST("nonsense"))
CASE(notified_profile_unknown, add_notifier(c, "chat");
     c->configuration->notifiers.at[0].profiles = LIST("wep"))
CASE(second_notified_profile_unknown, add_notifier(c, "chat"); add_notifier(c, "mail");
     c->configuration->notifiers.at[1].profiles = LIST("wep"))
CASE(first_identity_machine, c->configuration->identities.at[0].kind = IDENTITY_MACHINE;
     c->configuration->identities.at[0].owner = TEXT("zzzzzz"))
CASE(second_key_shared,
     world_key(c->world, world_identity(c->world, "mallory"), "SHA256:more")->public_key_sha256 =
	 world_identity(c->world, "dave")->keys.at[0].public_key_sha256)
CASE(two_keys_alone,
     struct identity dave = *world_identity(c->world, "dave");
     c->configuration->identities.at[0] = *world_identity(c->world, "mallory");
     c->configuration->identities.at[1] = dave; c->configuration->identities.count = 2;
     for (size_t i = 0; i < 2; i++) c->configuration->identities.at[i].keys.at[0]
	 .public_key_sha256 = TEXT("00"))
CASE(smallest_key_shared,
    world_identity(c->world, "mallory")->keys.at[0].public_key_sha256 = TEXT("00");
    world_identity(c->world, "dave")->keys.at[0].public_key_sha256 = TEXT("00"))
CASE(same_key, world_identity(c->world, "mallory")->keys.at[0].public_key_sha256 =
		   world_identity(c->world, "dave")->keys.at[0].public_key_sha256)
CASE(no_steps, c->policy->steps.count = 0)
CASE(no_approvers, c->policy->steps.at[0].approvers.groups.count = 0)
CASE(no_approvers_nameless, c->policy->steps.at[1].approvers.groups.count = 0;
     c->policy->steps.at[1].name = TEXT(""))
CASE(no_people, c->configuration->groups.at[0].members.count = 0)
CASE(one_person, c->policy->steps.at[0].required_approvals = 2;
     c->configuration->groups.at[0].members = LIST("dave"))
CASE(nothing_required, c->policy->steps.at[0].required_approvals = 0)
CASE(too_much_required, c->policy->steps.at[1].required_approvals = 4)
CASE(too_much_with_keys, c->policy->steps.at[1].required_approvals = 3;
     world_identity(c->world, "grace")->keys.count = 0)
CASE(member_listed_twice, c->policy->steps.at[0].required_approvals = 3;
     c->policy->steps.at[0].approvers.people = LIST("dave", "erin"))
CASE(not_enough_distinct, make_distinct(c, 2, 3))
CASE(one_person_for_two_steps, make_distinct(c, 1, 1);
     c->configuration->groups.at[0].members = LIST("dave");
     c->configuration->groups.at[1].members = LIST("dave"))
CASE(overlap, second_policy(c))
CASE(overlap_in_second_profile, second_profile(c);
     second_policy(c)->profiles = LIST("second", "web"))
CASE(overlap_with_the_second, second_profile(c); second_policy(c)->profiles = LIST("second");
     struct approval_policy *third = second_policy(c); third->profiles = LIST("second");
     third->name = TEXT("third"); third->position.path = TEXT("policies/third.yaml"))
CASE(overlap_in_one_action, second_policy(c)->actions = LIST("revoke", "renew"))
CASE(not_covered, c->policy->profiles.count = 0)
CASE(not_covered_for_issue, c->policy->actions = LIST("renew"))
CASE(second_not_covered, second_profile(c))
CASE(contradiction, c->profile->approval = PROFILE_APPROVAL_NONE)
CASE(pattern_stars, c->rules->subject[SUBJECT_COMMON_NAME].allowed = LIST("a.**.com"))
CASE(pattern_empty, c->rules->subject[SUBJECT_ORGANIZATION].denied = LIST(""))
CASE(pattern_dns, c->rules->alt_names[ALT_NAME_DNS].required = LIST("**"))
CASE(pattern_dns_unicode,
    c->rules->alt_names[ALT_NAME_DNS].denied = LIST("*.b\303\274cher.example"))
CASE(pattern_dns_empty, c->rules->alt_names[ALT_NAME_DNS].denied = LIST(""))
CASE(pattern_block, c->rules->alt_names[ALT_NAME_IP].denied = LIST("10.1.2.3/8"))
CASE(pattern_email, c->rules->alt_names[ALT_NAME_EMAIL].denied = LIST("root"))
CASE(pattern_upn, c->rules->alt_names[ALT_NAME_UPN].allowed = LIST("a@**"))
CASE(pattern_uri, c->rules->alt_names[ALT_NAME_URI].denied = LIST("www.example.com"))
CASE(pattern_uri_host, c->rules->alt_names[ALT_NAME_URI].denied = LIST("https://a..b/"))
CASE(pattern_usage, c->rules->key_usages.denied = LIST(""))
CASE(validity_empty, c->rules->validity_min = 91 * 86400)

#define ERROR_IN(change, code, part, path)                                                         \
	{                                                                                          \
#change, change, code, part, path                                                  \
	}

static const struct rule_case errors[] = {
	ERROR_IN(no_administrators, "QuorumImpossible", "2 are required, of 0", "countersign.yaml"),
	ERROR_IN(no_quorum_of_administrators, "QuorumImpossible", "0 are required",
	    "countersign.yaml"),
	ERROR_IN(large_quorum_of_administrators, "QuorumImpossible", "4 are required, of 3",
	    "countersign.yaml"),
	ERROR_IN(administrator_twice, "QuorumImpossible", "2 are required, of 1",
	    "countersign.yaml"),
	ERROR_IN(administrator_unknown, "UnknownName",
	    "spec.administrators.members: there is no Person \"carl\"; did you mean \"carol\"?",
	    "countersign.yaml"),
	ERROR_IN(administrator_machine, "UnknownName", "no Person \"deploy-bot\"",
	    "countersign.yaml"),
	ERROR_IN(administrator_without_key, "QuorumImpossible", "of 1 who can sign",
	    "countersign.yaml"),
	ERROR_IN(owner_unknown, "UnknownName", "spec.owner: there is no Person \"zzzzzz\"",
	    "identities/deploy-bot.yaml"),
	ERROR_IN(owner_machine, "UnknownName", "spec.owner", "identities/deploy-bot.yaml"),
	ERROR_IN(member_unknown, "UnknownName", "did you mean \"erin\"?",
	    "identities/team-leads.yaml"),
	ERROR_IN(member_machine, "UnknownName", "spec.members", "identities/team-leads.yaml"),
	ERROR_IN(second_member_unknown, "UnknownName", "did you mean \"grace\"?",
	    "identities/security.yaml"),
	ERROR_IN(authority_unknown, "UnknownName", "did you mean \"issuing-ca\"?",
	    "profiles/web.yaml"),
	ERROR_IN(rules_unknown, "UnknownName", "no CertificatePolicy \"two-step\"",
	    "profiles/web.yaml"),
	ERROR_IN(requester_unknown, "UnknownName", "spec.requesters.people", "profiles/web.yaml"),
	ERROR_IN(requester_group_unknown, "UnknownName", "spec.requesters.groups",
	    "profiles/web.yaml"),
	ERROR_IN(requester_machine_unknown, "UnknownName", "spec.requesters.machines",
	    "profiles/web.yaml"),
	ERROR_IN(nearest_machine, "UnknownName", "did you mean \"deploy-aot\"?",
	    "profiles/web.yaml"),
	ERROR_IN(profile_unknown, "UnknownName", "CertificateProfile \"wob\"",
	    "policies/two-step.yaml"),
	ERROR_IN(profile_unknown_first, "UnknownName", "CertificateProfile \"wob\"",
	    "policies/two-step.yaml"),
	ERROR_IN(approver_unknown, "UnknownName", "approvers.people", "policies/two-step.yaml"),
	ERROR_IN(approver_group_unknown, "UnknownName", "approvers.groups",
	    "policies/two-step.yaml"),
	ERROR_IN(nearest_of_several, "UnknownName", "did you mean \"team-leada\"?",
	    "policies/two-step.yaml"),
	ERROR_IN(second_approver_unknown, "UnknownName", "did you mean \"dave\"?",
	    "policies/two-step.yaml"),
	ERROR_IN(second_profile_unknown_authority, "UnknownName", "\"nonsense\"",
	    "profiles/second.yaml"),
	ERROR_IN(second_policy_unknown, "UnknownName", "\"nonsense\"", "policies/second.yaml"),
	ERROR_IN(notified_profile_unknown, "UnknownName", "\"wep\"", "notifiers/chat-1.yaml"),
	ERROR_IN(second_notified_profile_unknown, "UnknownName", "\"wep\"", "notifiers/mail-2.yaml"),
	ERROR_IN(first_identity_machine, "UnknownName", "no Person \"zzzzzz\"",
	    "identities/alice.yaml"),
	ERROR_IN(second_key_shared, "KeyInTwoIdentities", "belongs to \"dave\" already",
	    "identities/mallory.yaml"),
	ERROR_IN(two_keys_alone, "KeyInTwoIdentities", "belongs to \"dave\" already",
	    "identities/mallory.yaml"),
	ERROR_IN(smallest_key_shared, "KeyInTwoIdentities", "belongs to \"dave\" already",
	    "identities/mallory.yaml"),
	ERROR_IN(same_key, "KeyInTwoIdentities",
	    "belongs to \"dave\" already (identities/dave.yaml)",
	    "identities/mallory.yaml"),
	ERROR_IN(no_steps, "NoSteps", "could never be fulfilled", "policies/two-step.yaml"),
	ERROR_IN(no_approvers, "NoApprovers", "\"Team Lead Review\"", "policies/two-step.yaml"),
	ERROR_IN(no_approvers_nameless, "NoApprovers", "step 2 names no approvers",
	    "policies/two-step.yaml"),
	ERROR_IN(no_people, "QuorumImpossible", "requires 1 approval, of 0 people who can sign",
	    "policies/two-step.yaml"),
	ERROR_IN(one_person, "QuorumImpossible", "requires 2 approvals, of 1 person who can sign",
	    "policies/two-step.yaml"),
	ERROR_IN(nothing_required, "QuorumImpossible", "requires 0 approvals",
	    "policies/two-step.yaml"),
	ERROR_IN(too_much_required, "QuorumImpossible", "requires 4 approvals, of 3",
	    "policies/two-step.yaml"),
	ERROR_IN(too_much_with_keys, "QuorumImpossible", "requires 3 approvals, of 2",
	    "policies/two-step.yaml"),
	ERROR_IN(member_listed_twice, "QuorumImpossible", "requires 3 approvals, of 2",
	    "policies/two-step.yaml"),
	ERROR_IN(not_enough_distinct, "QuorumImpossible", "distinctApprovers",
	    "policies/two-step.yaml"),
	ERROR_IN(one_person_for_two_steps, "QuorumImpossible", "distinctApprovers",
	    "policies/two-step.yaml"),
	ERROR_IN(overlap, "TwoPolicies", "for the action issue by ApprovalPolicy \"two-step\"",
	    "policies/second.yaml"),
	ERROR_IN(overlap_in_second_profile, "TwoPolicies", "CertificateProfile \"web\" is covered",
	    "policies/second.yaml"),
	ERROR_IN(overlap_with_the_second, "TwoPolicies", "by ApprovalPolicy \"second\"",
	    "policies/third.yaml"),
	ERROR_IN(overlap_in_one_action, "TwoPolicies", "for the action renew",
	    "policies/second.yaml"),
	ERROR_IN(not_covered, "NotCovered", "\"web\"", "profiles/web.yaml"),
	ERROR_IN(not_covered_for_issue, "NotCovered", "the action issue", "profiles/web.yaml"),
	ERROR_IN(second_not_covered, "NotCovered", "\"second\"", "profiles/second.yaml"),
	ERROR_IN(contradiction, "Contradiction", "say one of the two", "profiles/web.yaml"),
	ERROR_IN(pattern_stars, "PatternMalformed", "subject.commonName: \"a.**.com\"",
	    "policies/tls-server.yaml"),
	ERROR_IN(pattern_empty, "PatternMalformed", "subject.organization",
	    "policies/tls-server.yaml"),
	ERROR_IN(pattern_dns, "PatternMalformed", "altNames.dns", "policies/tls-server.yaml"),
	ERROR_IN(pattern_dns_unicode, "PatternMalformed", "altNames.dns",
	    "policies/tls-server.yaml"),
	ERROR_IN(pattern_dns_empty, "PatternMalformed", "altNames.dns", "policies/tls-server.yaml"),
	ERROR_IN(pattern_block, "PatternMalformed", "altNames.ip: \"10.1.2.3/8\"",
	    "policies/tls-server.yaml"),
	ERROR_IN(pattern_email, "PatternMalformed", "altNames.email", "policies/tls-server.yaml"),
	ERROR_IN(pattern_upn, "PatternMalformed", "altNames.upn", "policies/tls-server.yaml"),
	ERROR_IN(pattern_uri, "PatternMalformed", "altNames.uri", "policies/tls-server.yaml"),
	ERROR_IN(pattern_uri_host, "PatternMalformed", "altNames.uri", "policies/tls-server.yaml"),
	ERROR_IN(pattern_usage, "PatternMalformed", "keyUsages", "policies/tls-server.yaml"),
	ERROR_IN(validity_empty, "ValidityEmpty", "min, 91d, is longer than max, 90d",
	    "policies/tls-server.yaml"),
};

static struct text no_text;

/* Makes the profile one for mallory alone, so that nobody can approve for himself. */
static void
keep_quiet(struct change *c)
{
	c->profile->requesters = (struct principals){ .present = true, .people = LIST("mallory") };
}

/* --- warnings, and things that are well --- */
CASE(quiet, keep_quiet(c))
CASE(no_approval, c->profile->approval = PROFILE_APPROVAL_NONE;
     c->configuration->approval_policies.count = 0;
     c->profile->requesters = (struct principals){ .present = true,
	 .groups = LIST("team-leads", "security") })
CASE(all_administrators, keep_quiet(c); c->configuration->repository.administrators_required = 3)
CASE(one_administrator, keep_quiet(c); c->configuration->repository.administrators_required = 1)
CASE(group_of_the_second, keep_quiet(c); second_profile(c); third_group(c, "third");
     struct approval_policy *policy = second_policy(c); policy->profiles = LIST("second");
     struct approval_step *steps = arena_allocate(c->world->arena, 2 * sizeof(*steps));
     steps[0] = policy->steps.at[0]; steps[1] = policy->steps.at[1];
     steps[1].required_approvals = 1; steps[1].approvers.groups = LIST("third");
     policy->steps.at = steps)
CASE(shortest_default_ttl, keep_quiet(c); c->rules->validity_min = 30 * 86400)
CASE(second_required_elsewhere, keep_quiet(c);
     c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("www.example.com", "*.example.org"))
CASE(authority_of_the_second, keep_quiet(c); second_authority(c);
     second_profile(c)->authority = TEXT("second"); c->policy->profiles = LIST("web", "second"))
CASE(all_of_the_second, keep_quiet(c); second_authority(c); second_rules(c);
     struct group *third = third_group(c, "third"); third->members = LIST("mallory");
     struct certificate_profile *profile = second_profile(c);
     profile->authority = profile->certificate_policy = TEXT("second");
     profile->requesters.groups = LIST("third"); c->policy->profiles = LIST("web", "second"))
CASE(everybody_in_each_step, keep_quiet(c);
     c->policy->steps.at[0].approvers.groups = LIST("security");
     c->policy->steps.at[0].required_approvals = c->policy->steps.at[1].required_approvals = 3;
     c->configuration->groups.at[0].members = LIST("mallory"); c->profile->requesters.people = NONE;
     c->profile->requesters.groups = LIST("team-leads"))
CASE(two_of_each, keep_quiet(c); second_profile(c); second_policy(c)->profiles = LIST("second"))
CASE(file_at_the_top, keep_quiet(c);
     *ARRAY_ADD(c->world->arena, &c->configuration->files) = (struct configuration_file){
	 TEXT("countersign.yaml"), TEXT("00") })
CASE(self_approval, (void)c)
CASE(self_approval_listed, c->profile->requesters = (struct principals){ .present = true,
			       .people = LIST("mallory", "erin") })
CASE(self_approval_in_the_second, keep_quiet(c);
     second_profile(c)->requesters.people = LIST("mallory", "erin");
     c->policy->profiles = LIST("web", "second"))
CASE(longest_default_ttl, keep_quiet(c); c->profile->default_ttl = 90 * 86400)
CASE(forbidden_and_enough, c->policy->self_approval = SELF_APPROVAL_FORBID)
CASE(forbidden_and_too_few, c->policy->self_approval = SELF_APPROVAL_FORBID;
     c->policy->steps.at[1].required_approvals = 3)
CASE(forbidden_and_too_few_first, c->policy->self_approval = SELF_APPROVAL_FORBID;
     c->policy->steps.at[0].required_approvals = 2)
CASE(forbidden_and_too_few_distinct, c->policy->self_approval = SELF_APPROVAL_FORBID;
     make_distinct(c, 2, 2))
CASE(distinct_exactly, keep_quiet(c); make_distinct(c, 1, 3))
CASE(distinct_plenty, keep_quiet(c); make_distinct(c, 1, 1))
CASE(unused_group, keep_quiet(c); third_group(c, "third"))
CASE(unused_authority, keep_quiet(c); second_authority(c))
CASE(unused_first_group, keep_quiet(c);
     c->policy->steps.at[0].approvers.groups = LIST("security"))
CASE(unused_first_authority, keep_quiet(c); second_authority(c);
     c->profile->authority = TEXT("second"))
CASE(unused_first_rules, keep_quiet(c); second_rules(c);
     c->profile->certificate_policy = TEXT("second"))
CASE(unused_first_policy, keep_quiet(c); second_policy(c)->profiles = LIST("web");
     c->policy->profiles.count = 0)
CASE(unused_rules, keep_quiet(c); second_rules(c))
CASE(unused_policy, keep_quiet(c); second_policy(c)->profiles.count = 0)
CASE(other_actions, keep_quiet(c); second_policy(c)->actions = LIST("revoke"))
CASE(other_authority, keep_quiet(c); c->configuration->authorities.at[0].type = TEXT("acme"))
CASE(default_ttl_long, keep_quiet(c); c->profile->default_ttl = 91 * 86400)
CASE(default_ttl_short, keep_quiet(c); c->rules->validity_min = 31 * 86400)
CASE(no_default_ttl, keep_quiet(c); c->profile->default_ttl = 0)
CASE(required_elsewhere, keep_quiet(c);
     c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("*.example.org"))
CASE(required_alt_elsewhere, keep_quiet(c);
     c->rules->alt_names[ALT_NAME_DNS].required = LIST("*.example.org"))
CASE(required_usage_elsewhere, keep_quiet(c);
     c->rules->extended_key_usages.required = LIST("codeSigning"))
CASE(required_within, keep_quiet(c);
     c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("www.example.com");
     c->rules->alt_names[ALT_NAME_DNS].required = LIST("www.example.com");
     c->rules->alt_names[ALT_NAME_IP].required = LIST("10.0.0.1"))
CASE(required_within_the_second, keep_quiet(c);
     c->rules->subject[SUBJECT_COMMON_NAME].allowed = LIST("*.example.org", "*.example.com");
     c->rules->subject[SUBJECT_COMMON_NAME].required = LIST("www.example.com"))
CASE(valid_patterns, keep_quiet(c); c->rules->subject[SUBJECT_COMMON_NAME].allowed = LIST(
					"Acme, Inc.", "**.example.com", "Release *");
     c->rules->alt_names[ALT_NAME_EMAIL].allowed = LIST("*@**.example.com");
     c->rules->alt_names[ALT_NAME_URI].allowed = LIST("urn:*", "https://*.example.com/*"))
CASE(one_key_twice_in_one_identity, keep_quiet(c);
     c->configuration->identities.at[3].keys.at[0].public_key_sha256 = TEXT("same");
     world_key(c->world, &c->configuration->identities.at[3], "SHA256:again")->public_key_sha256 =
	 TEXT("same"))
CASE(unresolved_keys, keep_quiet(c); for (size_t i = 0; i < c->configuration->identities.count; i++)
					 c->configuration->identities.at[i]
					     .keys.at[0]
					     .public_key_sha256 = no_text)
CASE(crowded_folder, keep_quiet(c);
     for (int i = 0; i < 1001; i++) *
	 ARRAY_ADD(c->world->arena, &c->configuration->files) = (struct configuration_file){
	 text_printf(c->world->arena, "identities/crowd/p%d.yaml", i), TEXT("00") })
CASE(crowded_alone, keep_quiet(c); c->configuration->files.count = 0;
     for (int i = 0; i < 1001; i++) *
	 ARRAY_ADD(c->world->arena, &c->configuration->files) = (struct configuration_file){
	 text_printf(c->world->arena, "identities/crowd/p%d.yaml", i), TEXT("00") })
CASE(crowded_top, keep_quiet(c);
     for (int i = 0; i < 1001; i++) *
	 ARRAY_ADD(c->world->arena, &c->configuration->files) = (struct configuration_file){
	 text_printf(c->world->arena, "%c%d.yaml", i % 2 == 0 ? 'a' : 'b', i), TEXT("00") })
CASE(crowded_in_any_order, keep_quiet(c);
     for (int i = 0; i < 1002; i++) *
	 ARRAY_ADD(c->world->arena, &c->configuration->files) = (struct configuration_file){
	 text_printf(c->world->arena, "identities/%s/p%d.yaml", i == 700 ? "other" : "crowd", i),
	 TEXT("00") })
CASE(full_folder, keep_quiet(c);
     for (int i = 0; i < 1000; i++) *
	 ARRAY_ADD(c->world->arena, &c->configuration->files) = (struct configuration_file){
	 text_printf(c->world->arena, "identities/crowd/p%d.yaml", i), TEXT("00") })

#define QUIET(change)                                                                              \
	{                                                                                          \
#change, change, NULL, NULL, NULL                                                  \
	}

static const struct rule_case warnings[] = {
	QUIET(quiet),
	QUIET(no_approval),
	QUIET(all_administrators),
	QUIET(one_administrator),
	QUIET(group_of_the_second),
	QUIET(shortest_default_ttl),
	ERROR_IN(second_required_elsewhere, "RequiredNotAllowed", "*.example.org",
	    "policies/tls-server.yaml"),
	QUIET(authority_of_the_second),
	QUIET(all_of_the_second),
	QUIET(everybody_in_each_step),
	QUIET(two_of_each),
	QUIET(file_at_the_top),
	ERROR_IN(self_approval, "SelfApproval", "dave, erin, frank, grace",
	    "policies/two-step.yaml"),
	ERROR_IN(self_approval_listed, "SelfApproval", "approve themselves: erin;",
	    "policies/two-step.yaml"),
	ERROR_IN(self_approval_in_the_second, "SelfApproval", "approve themselves: erin;",
	    "policies/two-step.yaml"),
	QUIET(longest_default_ttl),
	QUIET(forbidden_and_enough),
	ERROR_IN(forbidden_and_too_few, "QuorumImpossible", "for requests of: erin, frank, grace",
	    "policies/two-step.yaml"),
	ERROR_IN(forbidden_and_too_few_first, "QuorumImpossible", "for requests of: dave, erin",
	    "policies/two-step.yaml"),
	ERROR_IN(forbidden_and_too_few_distinct, "QuorumImpossible", "for requests of: dave, erin",
	    "policies/two-step.yaml"),
	QUIET(distinct_exactly),
	QUIET(distinct_plenty),
	ERROR_IN(unused_group, "Unused", "Group \"third\"", "identities/third.yaml"),
	ERROR_IN(unused_authority, "Unused", "CertificateAuthority \"second\"",
	    "authorities/second.yaml"),
	ERROR_IN(unused_first_group, "Unused", "Group \"team-leads\"",
	    "identities/team-leads.yaml"),
	ERROR_IN(unused_first_authority, "Unused", "CertificateAuthority \"issuing-ca\"",
	    "authorities/issuing-ca.yaml"),
	ERROR_IN(unused_first_rules, "Unused", "CertificatePolicy \"tls-server\"",
	    "policies/tls-server.yaml"),
	ERROR_IN(unused_first_policy, "Unused", "ApprovalPolicy \"two-step\"",
	    "policies/two-step.yaml"),
	ERROR_IN(unused_rules, "Unused", "CertificatePolicy \"second\"", "policies/second.yaml"),
	ERROR_IN(unused_policy, "Unused", "ApprovalPolicy \"second\"", "policies/second.yaml"),
	QUIET(other_actions),
	ERROR_IN(other_authority, "AuthorityUnusable", "type \"acme\"",
	    "authorities/issuing-ca.yaml"),
	ERROR_IN(default_ttl_long, "DefaultNotAllowed",
	    "91d is not allowed by CertificatePolicy \"tls-server\": "
	    "from 1s to 90d",
	    "profiles/web.yaml"),
	ERROR_IN(default_ttl_short, "DefaultNotAllowed", "from 31d to 90d", "profiles/web.yaml"),
	QUIET(no_default_ttl),
	ERROR_IN(required_elsewhere, "RequiredNotAllowed", "subject.commonName: \"*.example.org\"",
	    "policies/tls-server.yaml"),
	ERROR_IN(required_alt_elsewhere, "RequiredNotAllowed", "altNames.dns",
	    "policies/tls-server.yaml"),
	ERROR_IN(required_usage_elsewhere, "RequiredNotAllowed", "extendedKeyUsages",
	    "policies/tls-server.yaml"),
	QUIET(required_within),
	QUIET(required_within_the_second),
	QUIET(valid_patterns),
	QUIET(one_key_twice_in_one_identity),
	QUIET(unresolved_keys),
	ERROR_IN(crowded_folder, "CrowdedFolder", "over 1000", "identities/crowd/"),
	ERROR_IN(crowded_alone, "CrowdedFolder", "over 1000", "identities/crowd/"),
	ERROR_IN(crowded_top, "CrowdedFolder", "over 1000", ""),
	ERROR_IN(crowded_in_any_order, "CrowdedFolder", "over 1000", "identities/crowd/"),
	QUIET(full_folder),
};

static struct world *
changed_world(const struct rule_case *test)
{
	struct world *world = world_new();
	struct change change = { world, &world->configuration, world_policy(world),
		world_rules(world), world_profile(world) };

	test->change(&change);
	configuration_check(world->arena, &world->configuration, NULL);
	return world;
}

static const struct reason *
find(const struct reasons *reasons, const struct rule_case *test)
{
	for (size_t i = 0; i < reasons->count; i++)
		if (strcmp(reasons->at[i].code, test->code) == 0 &&
		    text_contains(reasons->at[i].message, test->part) &&
		    text_is(reasons->at[i].position.path, test->path))
			return &reasons->at[i];
	return NULL;
}

static void
show(struct world *world)
{
	const struct reasons *reasons = &world->configuration.reasons;

	for (size_t i = 0; i < reasons->count; i++)
		print_message(" %s: %.*s\n", reasons->at[i].code,
		    TEXT_ARGUMENTS(reason_line(world->arena, &reasons->at[i])));
}

static void
errors_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct world *world = changed_world(&errors[i]);
		const struct reason *reason = find(&world->configuration.reasons, &errors[i]);

		if (reason == NULL || reason->severity != SEVERITY_ERROR) {
			show(world);
			fail_msg("%s: no such error", errors[i].title);
		}
		/* what is wrong with a step is not said again of the whole */
		if (strcmp(errors[i].code, "QuorumImpossible") == 0 ||
		    strcmp(errors[i].code, "NoApprovers") == 0)
			assert_int_equal(reasons_errors(&world->configuration.reasons), 1);
		world_free(world);
	}
}

static void
warnings_are_no_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		struct world *world = changed_world(&warnings[i]);
		const struct reasons *reasons = &world->configuration.reasons;
		size_t expected = warnings[i].code != NULL;

		if (reasons_errors(reasons) != 0 || reasons->count != expected ||
		    (expected == 1 && find(reasons, &warnings[i]) == NULL)) {
			show(world);
			fail_msg("%s: not what was expected", warnings[i].title);
		}
		world_free(world);
	}
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
		cmocka_unit_test(errors_are_found),
		cmocka_unit_test(warnings_are_no_errors),
		cmocka_unit_test(local_keys_are_needed),
		cmocka_unit_test(there_may_be_nothing_to_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
