/*
 * Which names a certificate will carry. They stand in the YAML, where
 * reviewers read them; the CSR gives them only when the YAML gives none.
 */
#include "evaluate/name_forms.h"
#include "evaluate/planning.h"

static const char *const subject_fields[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = "subject.domainComponent",
	[SUBJECT_COUNTRY] = "subject.country",
	[SUBJECT_STATE] = "subject.state",
	[SUBJECT_LOCALITY] = "subject.locality",
	[SUBJECT_ORGANIZATION] = "subject.organization",
	[SUBJECT_ORGANIZATIONAL_UNIT] = "subject.organizationalUnit",
	[SUBJECT_COMMON_NAME] = "subject.commonName",
};

static const char *const alt_name_fields[ALT_NAME_TYPES] = {
	[ALT_NAME_DNS] = "altNames.dns",
	[ALT_NAME_IP] = "altNames.ip",
	[ALT_NAME_EMAIL] = "altNames.email",
	[ALT_NAME_URI] = "altNames.uri",
	[ALT_NAME_UPN] = "altNames.upn",
};

const char *
subject_field(enum subject_attribute attribute)
{
	return subject_fields[attribute];
}

const char *
alt_name_field(enum alt_name_type type)
{
	return alt_name_fields[type];
}

static size_t
count_values(const struct texts *values, size_t types)
{
	size_t count = 0;

	for (size_t type = 0; type < types; type++)
		count += values[type].count;
	return count;
}

/* Where the names come from, and the place to show for what is wrong with them. */
struct source {
	const struct subject_names *subject;
	const struct alt_names *alt_names;
	const struct request *request;
	bool in_csr;
};

static struct position
place_of(const struct source *source, const char *field, size_t item)
{
	return source->in_csr ? source->request->csr_position
			      : request_position(source->request, field, item);
}

static void
take_subject_attribute(struct planning *planning, const struct source *source,
    enum subject_attribute attribute)
{
	struct arena *arena = planning->arena;
	const struct texts *values = &source->subject->values[attribute];
	struct texts *out = &planning->plan->subject.values[attribute];
	const char *problem;
	bool by_default = values->count == 0;

	if (by_default)
		values = &planning->profile->default_subject.values[attribute];
	for (size_t i = 0; i < values->count; i++) {
		problem = subject_value_problem(arena, attribute, values->at[i]);
		if (problem == NULL)
			texts_add(arena, out, values->at[i]);
		else
			reason_add(arena, planning->reasons,
			    place_of(source, subject_fields[attribute], by_default ? 0 : i + 1),
			    "NameMalformed", "%s: \"%s\" %s", subject_fields[attribute], shown(arena, values->at[i]),
			    problem);
	}
	if (attribute == SUBJECT_COMMON_NAME && values->count > 1)
		reason_add(arena, planning->reasons,
		    place_of(source, subject_fields[attribute], 0), "TooManyNames",
		    "subject.commonName: a certificate has one at most, not %zu", values->count);
}

static void
take_alt_names(struct planning *planning, const struct source *source, enum alt_name_type type)
{
	struct arena *arena = planning->arena;
	const struct texts *values = &source->alt_names->values[type];
	struct texts *out = &planning->plan->alt_names.values[type];
	struct text canonical;
	const char *problem;

	for (size_t i = 0; i < values->count; i++) {
		problem = alt_name_canonical(arena, type, values->at[i], &canonical);
		if (problem == NULL)
			texts_add(arena, out, canonical);
		else
			reason_add(arena, planning->reasons,
			    place_of(source, alt_name_fields[type], i + 1), "NameMalformed",
			    "%s: \"%s\" %s", alt_name_fields[type], shown(arena, values->at[i]),
			    problem);
	}
	texts_sort_unique(out);
}

static void
refuse_csr_name(struct planning *planning, const char *field, struct text value)
{
	reason_add(planning->arena, planning->reasons, planning->request->csr_position,
	    "CsrNameNotRequested",
	    "spec.csr names \"%s\", which spec.%s does not: names stand in "
	    "the YAML, where they are reviewed; add it there, or make a CSR without it",
	    shown(planning->arena, value), field);
}

/* Everything that the CSR names must be in the plan; nothing is merged silently. */
static void
compare_csr(struct planning *planning)
{
	const struct csr_facts *csr = &planning->request->csr_facts;
	struct text canonical;

	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		for (size_t i = 0; i < csr->subject.values[type].count; i++)
			if (!texts_contain(&planning->plan->subject.values[type],
				csr->subject.values[type].at[i]))
				refuse_csr_name(planning, subject_fields[type],
				    csr->subject.values[type].at[i]);
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		for (size_t i = 0; i < csr->alt_names.values[type].count; i++)
			if (alt_name_canonical(planning->arena, (enum alt_name_type)type,
				csr->alt_names.values[type].at[i], &canonical) != NULL ||
			    !texts_contain(&planning->plan->alt_names.values[type], canonical))
				refuse_csr_name(planning, alt_name_fields[type],
				    csr->alt_names.values[type].at[i]);
}

/* Before any of them is looked at: a file has room for tens of thousands. */
static bool
check_counts(struct planning *planning, const struct source *source)
{
	size_t subject = count_values(source->subject->values, SUBJECT_ATTRIBUTES);
	size_t alt_names = count_values(source->alt_names->values, ALT_NAME_TYPES);

	if (subject > PLAN_SUBJECT_VALUES_MOST)
		reason_add(planning->arena, planning->reasons, place_of(source, "subject", 0),
		    "TooManyNames", "subject: %zu values; at most %d are allowed", subject,
		    PLAN_SUBJECT_VALUES_MOST);
	if (alt_names > PLAN_ALT_NAMES_MOST)
		reason_add(planning->arena, planning->reasons, place_of(source, "altNames", 0),
		    "TooManyNames", "altNames: %zu names; at most %d are allowed", alt_names, PLAN_ALT_NAMES_MOST);
	if (subject + alt_names == 0)
		reason_add(planning->arena, planning->reasons, source->request->csr_position,
		    "NoNames",
		    "neither the YAML nor the CSR names anything: give subject or altNames");
	return subject <= PLAN_SUBJECT_VALUES_MOST && alt_names <= PLAN_ALT_NAMES_MOST;
}

void
planning_take_names(struct planning *planning)
{
	const struct request *request = planning->request;
	const struct csr_facts *csr = &request->csr_facts;
	struct source source = { &request->subject, &request->alt_names, request, false };
	bool in_yaml = count_values(source.subject->values, SUBJECT_ATTRIBUTES) > 0 ||
	    count_values(source.alt_names->values, ALT_NAME_TYPES) > 0;

	if (!in_yaml)
		source = (struct source){ &csr->subject, &csr->alt_names, request, true };
	planning->names_from_csr = source.in_csr;
	if (!check_counts(planning, &source))
		return;
	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		take_subject_attribute(planning, &source, (enum subject_attribute)type);
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		take_alt_names(planning, &source, (enum alt_name_type)type);
	if (in_yaml)
		compare_csr(planning);
	if (csr->has_unknown_names)
		reason_add(planning->arena, planning->reasons, request->csr_position,
		    "CsrNameNotRequested",
		    "spec.csr names things that a request cannot ask for: "
		    "%s; make a CSR without them",
		    shown(planning->arena, csr->unknown_names));
}
