#include "evaluate/plan.h"

#include "evaluate/planning.h"

enum { SHOWN_BYTES = 128, SHOWN_LISTED = 12 };

const struct reason *
first_error(const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++)
		if (reasons->at[i].severity == SEVERITY_ERROR)
			return &reasons->at[i];
	return NULL;
}

const char *
shown(struct arena *arena, struct text text)
{
	return text_visible(arena, text, SHOWN_BYTES).at;
}

const char *
shown_list(struct arena *arena, const struct texts *texts)
{
	struct texts some = { 0 };

	if (texts->count == 0)
		return "nothing";
	for (size_t i = 0; i < texts->count && i < SHOWN_LISTED; i++)
		texts_add(arena, &some, text_visible(arena, texts->at[i], SHOWN_BYTES));
	if (texts->count > SHOWN_LISTED)
		texts_add(arena, &some,
		    text_printf(arena, "and %zu more", texts->count - SHOWN_LISTED));
	return texts_join(arena, &some, ", ").at;
}

/* Adds an error that names what there is instead. */
static void
add_unknown(struct planning *planning, const char *code, const char *what, struct text name,
    const struct texts *known)
{
	struct position position = request_position(planning->request, "profile", 0);
	struct arena *arena = planning->arena;
	struct text nearest = text_nearest(name, known);

	if (text_present(nearest))
		reason_add(arena, planning->reasons, position, code,
		    "there is no %s \"%s\"; did you mean \"%s\"?", what, shown(arena, name),
		    shown(arena, nearest));
	else
		reason_add(arena, planning->reasons, position, code,
		    "there is no %s \"%s\"; there are: %s", what, shown(arena, name),
		    shown_list(arena, known));
}

static bool
find_profile(struct planning *planning)
{
	const struct configuration *configuration = planning->input->configuration;
	struct text name = planning->request->profile;
	struct texts known = { 0 };

	planning->profile = configuration_profile(configuration, name);
	if (planning->profile == NULL) {
		for (size_t i = 0; i < configuration->profiles.count; i++)
			texts_add(planning->arena, &known, configuration->profiles.at[i].name);
		add_unknown(planning, "UnknownProfile", "CertificateProfile", name, &known);
		return false;
	}
	return true;
}

/* A trusted configuration has both; one that is only being looked at may not. */
static bool
find_rules(struct planning *planning)
{
	const struct configuration *configuration = planning->input->configuration;
	const struct certificate_profile *profile = planning->profile;
	struct arena *arena = planning->arena;

	planning->policy =
	    configuration_certificate_policy(configuration, profile->certificate_policy);
	planning->authority = configuration_authority(configuration, profile->authority);
	if (planning->policy == NULL)
		reason_add(arena, planning->reasons, profile->position, "UnknownPolicy",
		    "CertificateProfile \"%s\" names the CertificatePolicy \"%s\", which there is "
		    "not",
		    shown(arena, profile->name), shown(arena, profile->certificate_policy));
	if (planning->authority == NULL)
		reason_add(arena, planning->reasons, profile->position, "UnknownAuthority",
		    "CertificateProfile \"%s\" names the CertificateAuthority \"%s\", which there "
		    "is not",
		    shown(arena, profile->name), shown(arena, profile->authority));
	else if (!planning->authority->facts.good)
		reason_add(arena, planning->reasons, planning->authority->position,
		    "AuthorityUnusable",
		    "CertificateAuthority \"%s\" of type \"%s\" has no usable "
		    "CA certificate here",
		    shown(arena, profile->authority), shown(arena, planning->authority->type));
	return planning->policy != NULL && planning->authority != NULL &&
	       planning->authority->facts.good;
}

static void
check_requester(struct planning *planning)
{
	const struct configuration *configuration = planning->input->configuration;
	const struct request *request = planning->request;
	const struct certificate_profile *profile = planning->profile;
	const struct identity *on_behalf_of;
	struct position position = request_position(request, "requester", 0);
	struct arena *arena = planning->arena;

	if (configuration_identity(configuration, request->requester) == NULL)
		reason_add(arena, planning->reasons, position, "UnknownRequester",
		    "spec.requester \"%s\" is neither a Person nor a Machine of this repository",
		    shown(arena, request->requester));
	else if (profile->requesters.present &&
		 !principals_include(configuration, &profile->requesters, request->requester))
		reason_add(arena, planning->reasons, position, "RequesterNotAllowed",
		    "spec.requester \"%s\" is not among the requesters of CertificateProfile "
		    "\"%s\": people %s; groups %s; machines %s",
		    shown(arena, request->requester), shown(arena, profile->name),
		    shown_list(arena, &profile->requesters.people),
		    shown_list(arena, &profile->requesters.groups),
		    shown_list(arena, &profile->requesters.machines));
	if (!text_present(request->on_behalf_of))
		return;
	on_behalf_of = configuration_identity(configuration, request->on_behalf_of);
	if (on_behalf_of == NULL || on_behalf_of->kind != IDENTITY_PERSON)
		reason_add(arena, planning->reasons, request_position(request, "onBehalfOf", 0),
		    "UnknownRequester", "spec.onBehalfOf \"%s\" is no Person of this repository",
		    shown(arena, request->on_behalf_of));
}

static void
check_binding(struct planning *planning)
{
	const struct request *request = planning->request;
	struct text id = planning->input->configuration->repository.id;
	struct arena *arena = planning->arena;

	if (text_present(request->repository) && !text_equal(request->repository, id))
		reason_add(arena, planning->reasons, request_position(request, "repository", 0),
		    "OtherRepository", "spec.repository \"%s\" is not the id of this repository, \"%s\"",
		    shown(arena, request->repository), shown(arena, id));
	if (!request->csr_facts.good)
		reason_add(arena, planning->reasons, request->csr_position, "CsrUnusable",
		    "spec.csr holds no certification request whose signature and key are accepted");
}

static void
take_usages(struct arena *arena, const struct texts *from, struct texts *out)
{
	for (size_t i = 0; i < from->count; i++)
		texts_add(arena, out, from->at[i]);
	texts_sort_unique(out);
}

/* What needs no judgement. */
static void
take_values(struct planning *planning)
{
	const struct request *request = planning->request;
	const struct certificate_profile *profile = planning->profile;
	const struct certificate_authority *authority = planning->authority;
	struct plan *plan = planning->plan;

	plan->repository = planning->input->configuration->repository.id;
	plan->request = request->id;
	plan->generation = planning->input->generation;
	plan->action = TEXT("issue");
	plan->requester = request->requester;
	plan->profile = profile->name;
	plan->authority = authority->name;
	plan->authority_certificate_sha256 = authority->facts.sha256;
	plan->public_key_sha256 = request->csr_facts.public_key_sha256;
	take_usages(planning->arena,
	    request->key_usages_present ? &request->key_usages : &profile->default_key_usages,
	    &plan->key_usages);
	take_usages(planning->arena,
	    request->extended_key_usages_present ? &request->extended_key_usages
						 : &profile->default_extended_key_usages,
	    &plan->extended_key_usages);
	plan->ca = request->ca;
	plan->path_length = request->path_length;
	plan->crl_distribution_point = authority->crl_distribution_point;
	plan->lifetime = request->ttl != 0 ? request->ttl : profile->default_ttl;
	plan->not_before = request->not_before;
}

bool
plan_make(struct arena *arena, const struct plan_input *input, struct plan *out,
    struct reasons *reasons)
{
	struct planning planning = { .arena = arena,
		.input = input,
		.request = input->request,
		.plan = out,
		.reasons = reasons };
	size_t errors = reasons_errors(reasons);

	*out = (struct plan){ 0 };
	check_binding(&planning);
	if (!find_profile(&planning))
		return false;
	check_requester(&planning);
	if (!find_rules(&planning))
		return false;
	take_values(&planning);
	planning_take_names(&planning);
	planning_check_names(&planning);
	planning_check_usages(&planning);
	planning_check_basic_constraints(&planning);
	planning_check_algorithms(&planning);
	planning_check_validity(&planning);
	if (reasons_errors(reasons) > errors)
		return false;
	plan_write(arena, out);
	if (text_present(out->digest))
		return true;
	reason_add(arena, reasons, input->request->position, "PlanUnwritable",
	    "the plan cannot be written: it is longer than %d bytes, or a value in it is not plain "
	    "text",
	    PLAN_TEXT_MOST_BYTES);
	return false;
}

bool
plan_same_content(struct arena *arena, const struct plan *a, const struct plan *b)
{
	struct plan one = *a, other = *b;

	one.generation = other.generation = 1;
	plan_write(arena, &one);
	plan_write(arena, &other);
	return text_present(one.text) && text_equal(one.text, other.text);
}

struct text
plan_summary(struct arena *arena, const struct plan *plan)
{
	const struct texts *common = &plan->subject.values[SUBJECT_COMMON_NAME];
	struct texts names = { 0 };

	for (size_t i = 0; i < common->count; i++)
		texts_add(arena, &names, common->at[i]);
	for (size_t type = 0; type < ALT_NAME_TYPES; type++) {
		const struct texts *values = &plan->alt_names.values[type];

		for (size_t i = 0; i < values->count; i++)
			if (!texts_contain(&names, values->at[i]))
				texts_add(arena, &names, values->at[i]);
	}
	if (names.count == 0)
		return text_visible(arena, subject_format(arena, &plan->subject), SHOWN_BYTES);
	if (names.count == 1)
		return text_visible(arena, names.at[0], SHOWN_BYTES);
	return text_printf(arena, "%s and %zu more", shown(arena, names.at[0]), names.count - 1);
}
