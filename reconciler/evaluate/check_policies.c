/*
 * What may be issued, and by which authority: rules that cannot be met, or
 * that would silently match nothing.
 */
#include "evaluate/checking.h"
#include "evaluate/name_forms.h"
#include "evaluate/planning.h"

enum rule_kind { RULE_SUBJECT, RULE_ALT_NAME, RULE_USAGE };

/* One rule of a certificate policy. */
struct rule {
	const struct certificate_policy *policy;
	const struct attribute_rule *rule;
	const char *field;
	enum rule_kind kind;
	size_t type;
};

static bool
pattern_valid(const struct rule *rule, struct text pattern)
{
	if (rule->kind == RULE_SUBJECT)
		return subject_pattern_valid((enum subject_attribute)rule->type, pattern);
	if (rule->kind == RULE_ALT_NAME)
		return alt_name_pattern_valid((enum alt_name_type)rule->type, pattern);
	return !text_empty(pattern);
}

static void
check_patterns(struct checking *checking, const struct rule *rule, const struct texts *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (!pattern_valid(rule, patterns->at[i]))
			reason_add(checking->arena, checking->reasons, rule->policy->position,
			    "PatternMalformed",
			    "%s: \"%s\" can match nothing: `*` is a whole label or "
			    "a part of one, `**.` stands first only, international names are A-labels "
			    "(xn--…), addresses are blocks like 10.0.0.0/8 without bits behind the "
			    "prefix",
			    rule->field, shown(checking->arena, patterns->at[i]));
}

/* Whether a value that matches `wanted` could be allowed. */
static bool
is_allowed(struct checking *checking, const struct rule *rule, struct text wanted)
{
	const struct texts *allowed = &rule->rule->allowed;
	bool covered = texts_contain(allowed, wanted);

	for (size_t i = 0; i < allowed->count && !covered; i++) {
		if (rule->kind == RULE_SUBJECT)
			covered = subject_value_covered(checking->arena,
			    (enum subject_attribute)rule->type, wanted, allowed->at[i],
			    READ_NARROWLY);
		else if (rule->kind == RULE_ALT_NAME)
			covered = alt_name_covered((enum alt_name_type)rule->type, wanted,
			    allowed->at[i], READ_NARROWLY);
	}
	return covered;
}

static void
check_rule(struct checking *checking, const struct rule *rule)
{
	const struct texts *required = &rule->rule->required;

	check_patterns(checking, rule, &rule->rule->allowed);
	check_patterns(checking, rule, required);
	check_patterns(checking, rule, &rule->rule->denied);
	for (size_t i = 0; i < required->count; i++)
		if (!is_allowed(checking, rule, required->at[i]))
			warning_add(checking->arena, checking->reasons, rule->policy->position,
			    "RequiredNotAllowed",
			    "%s: \"%s\" is required but not among what is "
			    "allowed",
			    rule->field, shown(checking->arena, required->at[i]));
}

static void
check_certificate_policy(struct checking *checking, const struct certificate_policy *policy)
{
	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		check_rule(checking,
		    &(struct rule){ policy, &policy->subject[type],
			subject_field((enum subject_attribute)type), RULE_SUBJECT, type });
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		check_rule(checking,
		    &(struct rule){ policy, &policy->alt_names[type],
			alt_name_field((enum alt_name_type)type), RULE_ALT_NAME, type });
	check_rule(checking,
	    &(struct rule){ policy, &policy->key_usages, "keyUsages", RULE_USAGE, 0 });
	check_rule(checking, &(struct rule){ policy, &policy->extended_key_usages,
				 "extendedKeyUsages", RULE_USAGE, 0 });
	if (policy->validity_min > policy->validity_max)
		reason_add(checking->arena, checking->reasons, policy->position, "ValidityEmpty",
		    "spec.validity: min, %s, is longer than max, %s",
		    duration_format(checking->arena, policy->validity_min).at,
		    duration_format(checking->arena, policy->validity_max).at);
}

void
check_certificate_policies(struct checking *checking)
{
	const struct certificate_policies *policies =
	    &checking->configuration->certificate_policies;

	for (size_t i = 0; i < policies->count; i++)
		check_certificate_policy(checking, &policies->at[i]);
}

static void
check_default_ttl(struct checking *checking, const struct certificate_profile *profile)
{
	const struct certificate_policy *policy =
	    configuration_certificate_policy(checking->configuration, profile->certificate_policy);

	if (policy == NULL || profile->default_ttl == 0 ||
	    (profile->default_ttl <= policy->validity_max &&
		profile->default_ttl >= policy->validity_min))
		return;
	warning_add(checking->arena, checking->reasons, profile->position, "DefaultNotAllowed",
	    "spec.defaults.ttl: %s is not allowed by CertificatePolicy \"%s\": from %s to %s",
	    duration_format(checking->arena, profile->default_ttl).at,
	    shown(checking->arena, policy->name),
	    policy->validity_min == 0 ? "1s"
				      : duration_format(checking->arena, policy->validity_min).at,
	    duration_format(checking->arena, policy->validity_max).at);
}

static void
check_profile(struct checking *checking, const struct certificate_profile *profile)
{
	struct arena *arena = checking->arena;
	const struct approval_policy *policy =
	    configuration_approval_policy(checking->configuration, profile->name, TEXT("issue"));

	check_default_ttl(checking, profile);
	if (profile->approval == PROFILE_APPROVAL_REQUIRED && policy == NULL)
		reason_add(arena, checking->reasons, profile->position, "NotCovered",
		    "approval is required, and no ApprovalPolicy covers CertificateProfile \"%s\" for "
		    "the action issue",
		    shown(arena, profile->name));
	if (profile->approval == PROFILE_APPROVAL_NONE && policy != NULL)
		reason_add(arena, checking->reasons, profile->position, "Contradiction",
		    "CertificateProfile \"%s\" says that no approval is needed, and ApprovalPolicy "
		    "\"%s\" covers it: say one of the two",
		    shown(arena, profile->name), shown(arena, policy->name));
}

void
check_profiles(struct checking *checking)
{
	const struct certificate_profiles *profiles = &checking->configuration->profiles;

	for (size_t i = 0; i < profiles->count; i++)
		check_profile(checking, &profiles->at[i]);
}

void
check_authorities(struct checking *checking)
{
	const struct certificate_authorities *authorities = &checking->configuration->authorities;
	struct arena *arena = checking->arena;

	for (size_t i = 0; i < authorities->count; i++) {
		const struct certificate_authority *authority = &authorities->at[i];

		if (!text_is(authority->type, "internal"))
			warning_add(arena, checking->reasons, authority->position,
			    "AuthorityUnusable",
			    "nothing is issued by an authority of type \"%s\": only "
			    "internal ones are",
			    shown(arena, authority->type));
		else if (checking->local_authorities != NULL &&
			 !texts_contain(checking->local_authorities, authority->name))
			reason_add(arena, checking->reasons, authority->position, "NoLocalKey",
			    "the local configuration has no key for CertificateAuthority \"%s\": add it "
			    "under spec.authorities there",
			    shown(arena, authority->name));
	}
}
