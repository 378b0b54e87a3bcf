/*
 * What may be issued: the certificate policy's rules, each violation a reason
 * of its own that says what would be allowed.
 */
#include "evaluate/name_forms.h"
#include "evaluate/planning.h"

#include "model/key_usage.h"

/* So many items of a list are looked through for the place of one of them. */
enum { PLACES_MOST = 256 };

/* One field of the plan under one rule of the policy. */
struct ruled {
	const char *field;
	const struct texts *given; /* as the request has them, not sorted nor canonical */
	const struct texts *values;
	const struct attribute_rule *rule;
	bool (*covered)(const struct planning *, const struct ruled *, struct text value,
	    struct text pattern, enum list_reading);
	size_t type; /* subject attribute or type of alternative name */
	bool is_name;
};

static bool
any_pattern(const struct planning *planning, const struct ruled *ruled, struct text value,
    const struct texts *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (ruled->covered(planning, ruled, value, patterns->at[i], READ_NARROWLY))
			return true;
	return false;
}

static bool
alt_covered(const struct planning *planning, const struct ruled *ruled, struct text value,
    struct text pattern, enum list_reading reading)
{
	(void)planning;
	return alt_name_covered((enum alt_name_type)ruled->type, value, pattern, reading);
}

/* Where the request gives a value of the plan; the field where a default of the profile's does. */
static struct position
place_of(const struct planning *planning, const struct ruled *ruled, struct text value)
{
	const struct request *request = planning->request;
	struct text canonical;

	if (ruled->is_name && planning->names_from_csr)
		return request->csr_position;
	for (size_t i = 0; i < ruled->given->count && i < PLACES_MOST; i++)
		if (text_equal(ruled->given->at[i], value) ||
		    (ruled->covered == alt_covered &&
			alt_name_canonical(planning->arena, (enum alt_name_type)ruled->type,
			    ruled->given->at[i], &canonical) == NULL &&
			text_equal(canonical, value)))
			return request_position(request, ruled->field, i + 1);
	return request_position(request, ruled->field, 0);
}

static void
check_value(const struct planning *planning, const struct ruled *ruled, struct text value)
{
	const struct attribute_rule *rule = ruled->rule;
	struct arena *arena = planning->arena;
	const char *policy = shown(arena, planning->policy->name);

	for (size_t i = 0; i < rule->denied.count; i++) {
		if (!ruled->covered(planning, ruled, value, rule->denied.at[i], READ_BROADLY))
			continue;
		reason_add(arena, planning->reasons, place_of(planning, ruled, value), "Denied",
		    "%s: \"%s\" is denied by CertificatePolicy \"%s\": denied are %s", ruled->field,
		    shown(arena, value), policy, shown_list(arena, &rule->denied));
		return;
	}
	if (!any_pattern(planning, ruled, value, &rule->allowed))
		reason_add(arena, planning->reasons, place_of(planning, ruled, value), "NotAllowed",
		    "%s: \"%s\" is not allowed by CertificatePolicy \"%s\": allowed is %s",
		    ruled->field, shown(arena, value), policy, shown_list(arena, &rule->allowed));
}

static void
check_ruled(const struct planning *planning, const struct ruled *ruled)
{
	const struct attribute_rule *rule = ruled->rule;
	struct arena *arena = planning->arena;

	for (size_t i = 0; i < ruled->values->count; i++)
		check_value(planning, ruled, ruled->values->at[i]);
	for (size_t i = 0; i < rule->required.count; i++) {
		struct texts one = { &rule->required.at[i], 1, 1 };
		bool met = false;

		for (size_t j = 0; j < ruled->values->count && !met; j++)
			met = any_pattern(planning, ruled, ruled->values->at[j], &one);
		if (!met)
			reason_add(arena, planning->reasons,
			    request_position(planning->request, ruled->field, 0), "Required",
			    "%s: CertificatePolicy \"%s\" requires \"%s\"",
			    ruled->field, shown(arena, planning->policy->name),
			    shown(arena, rule->required.at[i]));
	}
}

static bool
subject_covered(const struct planning *planning, const struct ruled *ruled, struct text value,
    struct text pattern, enum list_reading reading)
{
	return subject_value_covered(planning->arena, (enum subject_attribute)ruled->type, value,
	    pattern, reading);
}

/* Usages are words, not names: no patterns. */
static bool
usage_covered(const struct planning *planning, const struct ruled *ruled, struct text value,
    struct text pattern, enum list_reading reading)
{
	(void)planning;
	(void)ruled;
	(void)reading;
	return text_equal(value, pattern);
}

static bool
is_permitted(const struct planning *planning, const struct subject_names *subject,
    const struct alt_names *alt_names, struct text *why)
{
	const struct authority_facts *facts = &planning->authority->facts;

	return facts->permits_names(planning->arena, &facts->constraining, subject, alt_names, why);
}

static void
refuse_constrained(const struct planning *planning, struct position position, const char *what,
    struct text why)
{
	struct arena *arena = planning->arena;

	reason_add(arena, planning->reasons, position, "NotAllowed",
	    "%s is outside the name constraints of the certificate of CertificateAuthority \"%s\", or "
	    "of one above it: no chain over it would be good for that (%s)", what,
	    shown(arena, planning->authority->name), shown(arena, why));
}

/* The first of the type that the constraints do not permit. */
static bool
find_constrained(const struct planning *planning, enum alt_name_type type)
{
	const struct texts *values = &planning->plan->alt_names.values[type];
	const struct ruled ruled = { .field = alt_name_field(type),
		.given = &planning->request->alt_names.values[type],
		.is_name = true,
		.covered = alt_covered,
		.type = type };
	const struct subject_names nobody = { 0 };
	struct text why;

	for (size_t i = 0; i < values->count; i++) {
		struct alt_names one = { 0 };

		one.values[type] = (struct texts){ &values->at[i], 1, 1 };
		if (is_permitted(planning, &nobody, &one, &why))
			continue;
		refuse_constrained(planning, place_of(planning, &ruled, values->at[i]),
		    arena_printf(planning->arena, "%s: \"%s\"", ruled.field,
			shown(planning->arena, values->at[i])), why);
		return true;
	}
	return false;
}

/* The signer would refuse them: better said before anybody approves. Names that are no good have reasons of their own. */
static void
check_name_constraints(const struct planning *planning)
{
	const struct plan *plan = planning->plan;
	const struct alt_names none = { 0 };
	bool found = false;
	struct text why;

	if (planning->authority->facts.permits_names == NULL ||
	    reasons_errors(planning->reasons) > 0 ||
	    is_permitted(planning, &plan->subject, &plan->alt_names, &why))
		return;
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		found = find_constrained(planning, (enum alt_name_type)type) || found;
	if (!found || !is_permitted(planning, &plan->subject, &none, &why))
		refuse_constrained(planning, planning->names_from_csr ? planning->request->csr_position
		    : request_position(planning->request, "subject", 0),
		    arena_printf(planning->arena, "subject: \"%s\"", shown(planning->arena,
			subject_format(planning->arena, &plan->subject))), why);
}

void
planning_check_names(struct planning *planning)
{
	const struct certificate_policy *policy = planning->policy;
	const struct plan *plan = planning->plan;

	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		check_ruled(planning,
		    &(struct ruled){ .field = subject_field((enum subject_attribute)type),
			.given = &planning->request->subject.values[type],
			.values = &plan->subject.values[type],
			.is_name = true,
			.rule = &policy->subject[type],
			.covered = subject_covered,
			.type = type });
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		check_ruled(planning,
		    &(struct ruled){ .field = alt_name_field((enum alt_name_type)type),
			.given = &planning->request->alt_names.values[type],
			.values = &plan->alt_names.values[type],
			.is_name = true,
			.rule = &policy->alt_names[type],
			.covered = alt_covered,
			.type = type });
	check_name_constraints(planning);
}

/* A CA with extended key usages is good for nothing else, as verifiers see it. */
static void
check_authority_usages(struct planning *planning, const struct ruled *ruled)
{
	const struct texts *served = &planning->authority->facts.extended_key_usages;
	struct arena *arena = planning->arena;

	for (size_t i = 0; i < ruled->values->count && served->count > 0; i++)
		if (!texts_contain(served, ruled->values->at[i]))
			reason_add(arena, planning->reasons,
			    place_of(planning, ruled, ruled->values->at[i]), "NotAllowed",
			    "%s: \"%s\" is no usage of the certificate of CertificateAuthority \"%s\", "
			    "whose own are %s: no chain over it would be good for that",
			    ruled->field, shown(arena, ruled->values->at[i]),
			    shown(arena, planning->authority->name), shown_list(arena, served));
}

void
planning_check_usages(struct planning *planning)
{
	const struct certificate_policy *policy = planning->policy;
	const struct plan *plan = planning->plan;
	const struct ruled extended = { .field = "extendedKeyUsages",
		.given = &planning->request->extended_key_usages,
		.values = &plan->extended_key_usages,
		.rule = &policy->extended_key_usages,
		.covered = usage_covered };
	struct position position = request_position(planning->request, "keyUsages", 0);
	bool signs_certificates = texts_contain(&plan->key_usages, TEXT("keyCertSign"));

	check_ruled(planning, &(struct ruled){ .field = "keyUsages",
				  .given = &planning->request->key_usages,
				  .values = &plan->key_usages,
				  .rule = &policy->key_usages,
				  .covered = usage_covered });
	check_ruled(planning, &extended);
	check_authority_usages(planning, &extended);
	if (plan->ca && !signs_certificates)
		reason_add(planning->arena, planning->reasons, position, "Required",
		    "keyUsages: a CA certificate needs keyCertSign (RFC 5280 section "
		    "4.2.1.9)");
	if (!plan->ca && signs_certificates)
		reason_add(planning->arena, planning->reasons, position, "NotAllowed",
		    "keyUsages: keyCertSign is for CA certificates only (RFC 5280 "
		    "section 4.2.1.3): set basicConstraints.ca, or leave it out");
}

/* A CA below one with a path length must have a shorter one (RFC 5280 section 4.2.1.9). */
static void
check_path_length(struct planning *planning)
{
	const struct authority_facts *facts = &planning->authority->facts;
	int64_t policy_most = planning->policy->max_path_length;
	int64_t path_length = planning->plan->path_length;
	struct position position =
	    request_position(planning->request, "basicConstraints.pathLength", 0);
	struct arena *arena = planning->arena;

	if (facts->path_length == 0)
		reason_add(arena, planning->reasons,
		    request_position(planning->request, "basicConstraints.ca", 0), "NotAllowed",
		    "basicConstraints.ca: CertificateAuthority \"%s\" has path length 0 and can issue "
		    "no CA certificate",
		    shown(arena, planning->authority->name));
	else if (facts->path_length > 0 && (path_length < 0 || path_length >= facts->path_length))
		reason_add(arena, planning->reasons, position, "NotAllowed",
		    "basicConstraints.pathLength: CertificateAuthority \"%s\" has path length "
		    "%lld, so at most %lld must be given",
		    shown(arena, planning->authority->name), (long long)facts->path_length,
		    (long long)facts->path_length - 1);
	if (policy_most >= 0 && (path_length < 0 || path_length > policy_most))
		reason_add(arena, planning->reasons, position, "NotAllowed",
		    "basicConstraints.pathLength: CertificatePolicy \"%s\" wants one of at most "
		    "%lld",
		    shown(arena, planning->policy->name), (long long)policy_most);
}

void
planning_check_basic_constraints(struct planning *planning)
{
	const struct plan *plan = planning->plan;
	struct position position = request_position(planning->request, "basicConstraints.ca", 0);
	struct arena *arena = planning->arena;
	const char *policy = shown(arena, planning->policy->name);

	if (plan->ca && planning->policy->ca == PERMISSION_DENIED)
		reason_add(arena, planning->reasons, position, "NotAllowed",
		    "basicConstraints.ca: true is not allowed by CertificatePolicy \"%s\"", policy);
	if (!plan->ca && planning->policy->ca == PERMISSION_REQUIRED)
		reason_add(arena, planning->reasons, position, "Required",
		    "basicConstraints.ca: CertificatePolicy \"%s\" requires true", policy);
	if (!plan->ca && plan->path_length >= 0)
		reason_add(arena, planning->reasons,
		    request_position(planning->request, "basicConstraints.pathLength", 0),
		    "NotAllowed", "basicConstraints.pathLength: only a CA certificate has one");
	if (plan->ca)
		check_path_length(planning);
}

static struct text
signature_algorithm(struct text key_algorithm)
{
	if (text_is(key_algorithm, "ECDSA-P256"))
		return TEXT("ECDSA-SHA256");
	if (text_is(key_algorithm, "ECDSA-P384"))
		return TEXT("ECDSA-SHA384");
	if (text_is(key_algorithm, "Ed25519"))
		return TEXT("Ed25519");
	if (text_starts_with(key_algorithm, "RSA-"))
		return TEXT("RSA-SHA256");
	return (struct text){ NULL, 0 };
}

/* What the key cannot serve the signer would refuse: better said before anybody approves. */
static void
check_key_serves_usages(struct planning *planning)
{
	struct text why = { NULL, 0 };

	if (reasons_errors(planning->reasons) > 0 ||
	    key_usages_check(planning->arena, planning->plan,
	        planning->request->csr_facts.key_algorithm, &why))
		return;
	reason_add(planning->arena, planning->reasons,
	    request_position(planning->request, "keyUsages", 0), "NotServed", "spec.keyUsages: %s", shown(planning->arena, why));
}

void
planning_check_algorithms(struct planning *planning)
{
	const struct certificate_policy *policy = planning->policy;
	struct text key = planning->request->csr_facts.key_algorithm;
	struct text authority_key = planning->authority->facts.key_algorithm;
	struct text signature = signature_algorithm(authority_key);
	struct arena *arena = planning->arena;

	planning->plan->signature_algorithm = signature;
	/* the algorithm of a CSR that is no good is not known, and has its own reason */
	if (planning->request->csr_facts.good && !texts_contain(&policy->key_algorithms, key))
		reason_add(arena, planning->reasons, planning->request->csr_position, "NotAllowed",
		    "spec.csr: a key of type %s is not allowed by CertificatePolicy \"%s\": allowed "
		    "is %s",
		    shown(arena, key), shown(arena, policy->name),
		    shown_list(arena, &policy->key_algorithms));
	if (!text_present(signature))
		reason_add(arena, planning->reasons, planning->authority->position,
		    "AuthorityUnusable",
		    "CertificateAuthority \"%s\" has a key of type \"%s\", for "
		    "which there is no signature algorithm here",
		    shown(arena, planning->authority->name), shown(arena, authority_key));
	else if (!texts_contain(&policy->signature_algorithms, signature))
		reason_add(arena, planning->reasons,
		    request_position(planning->request, "profile", 0), "NotAllowed",
		    "profile: CertificateAuthority \"%s\" signs with %s, which CertificatePolicy "
		    "\"%s\" does not allow: allowed is %s",
		    shown(arena, planning->authority->name), shown(arena, signature),
		    shown(arena, policy->name), shown_list(arena, &policy->signature_algorithms));
	check_key_serves_usages(planning);
}

static void
check_lifetime(struct planning *planning)
{
	const struct certificate_policy *policy = planning->policy;
	duration lifetime = planning->plan->lifetime;
	struct position position = request_position(planning->request, "ttl", 0);
	struct arena *arena = planning->arena;
	const char *given = duration_format(arena, lifetime).at;

	if (lifetime > policy->validity_max)
		reason_add(arena, planning->reasons, position, "NotAllowed",
		    "ttl: %s is longer than CertificatePolicy \"%s\" allows: at most %s", given,
		    shown(arena, policy->name), duration_format(arena, policy->validity_max).at);
	if (lifetime < policy->validity_min)
		reason_add(arena, planning->reasons, position, "NotAllowed",
		    "ttl: %s is shorter than CertificatePolicy \"%s\" allows: at least %s", given,
		    shown(arena, policy->name), duration_format(arena, policy->validity_min).at);
}

/* Judged at `now` where the certificate begins with its issuance. */
static void
check_period(struct planning *planning)
{
	const struct authority_facts *facts = &planning->authority->facts;
	const struct plan *plan = planning->plan;
	moment now = planning->input->now;
	moment from = plan->not_before != 0 ? plan->not_before : now;
	moment until = from + plan->lifetime - 1;
	struct position position = request_position(planning->request, "notBefore", 0);
	struct arena *arena = planning->arena;

	if (plan->not_before != 0 && plan->not_before < now)
		reason_add(arena, planning->reasons, position, "NotBeforePast",
		    "notBefore: %s is past; leave it out to begin at issuance, or give a later one",
		    moment_format(arena, plan->not_before).at);
	if (from < facts->not_before)
		reason_add(arena, planning->reasons, position, "BeyondAuthority",
		    "notBefore: the certificate would begin at %s, before CertificateAuthority \"%s\" "
		    "does: %s",
		    moment_format(arena, from).at, shown(arena, planning->authority->name),
		    moment_format(arena, facts->not_before).at);
	if (until > facts->not_after)
		reason_add(arena, planning->reasons, request_position(planning->request, "ttl", 0),
		    "BeyondAuthority", "ttl: %s from %s is beyond the end of CertificateAuthority \"%s\": %s",
		    duration_format(arena, plan->lifetime).at, moment_format(arena, from).at,
		    shown(arena, planning->authority->name),
		    moment_format(arena, facts->not_after).at);
}

void
planning_check_validity(struct planning *planning)
{
	if (planning->plan->lifetime < 1) {
		reason_add(planning->arena, planning->reasons, planning->request->position,
		    "Required",
		    "ttl: CertificateProfile \"%s\" has no default; the request must give "
		    "one",
		    shown(planning->arena, planning->profile->name));
		return;
	}
	check_lifetime(planning);
	check_period(planning);
}
