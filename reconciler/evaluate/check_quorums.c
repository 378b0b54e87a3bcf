/*
 * Every quorum can be reached, by people who can sign; under distinctApprovers
 * all steps together.
 */
#include "evaluate/checking.h"
#include "evaluate/planning.h"
#include "evaluate/quorum.h"

/* The persons among some names who have a key to sign with. */
static struct texts
who_can_sign(const struct checking *checking, const struct texts *names)
{
	struct texts able = { 0 };

	for (size_t i = 0; i < names->count; i++) {
		const struct identity *identity =
		    configuration_identity(checking->configuration, names->at[i]);

		if (identity != NULL && identity->kind == IDENTITY_PERSON &&
		    identity->keys.count > 0)
			texts_add(checking->arena, &able, names->at[i]);
	}
	texts_sort_unique(&able);
	return able;
}

void
check_administrators(struct checking *checking)
{
	const struct repository *repository = &checking->configuration->repository;
	struct texts able = who_can_sign(checking, &repository->administrators);
	int64_t required = repository->administrators_required;

	/* without a repository there is nothing to say about it */
	if (text_empty(repository->id))
		return;
	if (required < 1 || required > (int64_t)able.count)
		reason_add(checking->arena, checking->reasons, repository->position,
		    "QuorumImpossible",
		    "spec.administrators: %lld are required, of %zu who can sign",
		    (long long)required, able.count);
}

/* A policy and who can sign in each of its steps. */
struct electorate {
	const struct approval_policy *policy;
	struct texts *of_step;
	struct texts people; /* of any step, sorted */
};

static struct electorate
electorate_of(const struct checking *checking, const struct approval_policy *policy)
{
	struct arena *arena = checking->arena;
	struct electorate electorate = { .policy = policy,
		.of_step = arena_allocate(arena, policy->steps.count * sizeof(struct texts)) };

	for (size_t step = 0; step < policy->steps.count; step++) {
		struct texts people = principals_people(arena, checking->configuration,
		    &policy->steps.at[step].approvers);

		electorate.of_step[step] = who_can_sign(checking, &people);
		for (size_t i = 0; i < electorate.of_step[step].count; i++)
			texts_add(arena, &electorate.people, electorate.of_step[step].at[i]);
	}
	texts_sort_unique(&electorate.people);
	return electorate;
}

/* Whether all steps have their quorum when everybody but one signs in one step only. */
static bool
can_be_shared_out(struct arena *arena, const struct electorate *electorate, struct text except)
{
	size_t steps = electorate->policy->steps.count, people = electorate->people.count;
	int64_t *required = arena_allocate(arena, steps * sizeof(int64_t));
	bool *eligible = arena_allocate(arena, people * steps * sizeof(bool));
	struct quorum_signature *signatures = arena_allocate(arena, people * sizeof(*signatures));
	struct quorum quorum = { .steps = steps,
		.required = required,
		.people = people,
		.eligible = eligible,
		.signatures = people,
		.signature = signatures };
	struct quorum_result result;

	for (size_t person = 0; person < people; person++) {
		struct text name = electorate->people.at[person];

		signatures[person] = (struct quorum_signature){ person, 0 };
		for (size_t step = 0; step < steps; step++)
			eligible[person * steps + step] =
			    !text_equal(name, except) &&
			    texts_contain(&electorate->of_step[step], name);
	}
	for (size_t step = 0; step < steps; step++)
		required[step] = electorate->policy->steps.at[step].required_approvals;
	quorum_match(arena, &quorum, &result);
	return result.complete == steps;
}

/* Whether all steps can be completed without the help of `except`. */
static bool
can_be_reached(struct arena *arena, const struct electorate *electorate, struct text except)
{
	const struct approval_steps *steps = &electorate->policy->steps;
	bool plenty = true, enough = true;
	int64_t total = 0;

	for (size_t step = 0; step < steps->count; step++)
		total += steps->at[step].required_approvals;
	for (size_t step = 0; step < steps->count; step++) {
		const struct texts *able = &electorate->of_step[step];
		int64_t count = (int64_t)able->count - texts_contain(able, except);

		enough = enough && count >= steps->at[step].required_approvals;
		plenty = plenty && count >= total;
	}
	if (!electorate->policy->distinct_approvers || plenty || !enough)
		return enough;
	return can_be_shared_out(arena, electorate, except);
}

/* A step as people find it in the file: its number, and its name where it has one. */
static const char *
step_title(struct arena *arena, const struct approval_policy *policy,
    const struct approval_step *step)
{
	size_t number = (size_t)(step - policy->steps.at) + 1;

	if (text_empty(step->name))
		return arena_printf(arena, "step %zu", number);
	return arena_printf(arena, "step %zu \"%s\"", number, shown(arena, step->name));
}

/* True when the step can be completed by itself. */
static bool
check_step(struct checking *checking, const struct approval_policy *policy,
    const struct approval_step *step, size_t able)
{
	struct arena *arena = checking->arena;

	if (step->approvers.people.count + step->approvers.groups.count == 0) {
		reason_add(arena, checking->reasons, step->position, "NoApprovers",
		    "%s names no approvers: nobody could complete it",
		    step_title(arena, policy, step));
		return false;
	}
	if (step->required_approvals < 1 || step->required_approvals > (int64_t)able) {
		reason_add(arena, checking->reasons, step->position, "QuorumImpossible",
		    "%s requires %lld %s, of %zu %s who can sign",
		    step_title(arena, policy, step), (long long)step->required_approvals,
		    step->required_approvals == 1 ? "approval" : "approvals", able,
		    able == 1 ? "person" : "people");
		return false;
	}
	return true;
}

static bool
may_request(const struct checking *checking, const struct approval_policy *policy,
    struct text person)
{
	for (size_t i = 0; i < policy->profiles.count; i++) {
		const struct certificate_profile *profile =
		    configuration_profile(checking->configuration, policy->profiles.at[i]);

		if (profile != NULL &&
		    (!profile->requesters.present ||
			principals_include(checking->configuration, &profile->requesters, person)))
			return true;
	}
	return false;
}

/* Approvers who are requesters as well: allowed to approve themselves, or missing when they ask. */
static void
check_self_approval(struct checking *checking, const struct electorate *electorate)
{
	const struct approval_policy *policy = electorate->policy;
	bool forbidden = policy->self_approval == SELF_APPROVAL_FORBID;
	struct arena *arena = checking->arena;
	struct texts found = { 0 };

	for (size_t i = 0; i < electorate->people.count; i++) {
		struct text person = electorate->people.at[i];

		if (may_request(checking, policy, person) &&
		    !(forbidden && can_be_reached(arena, electorate, person)))
			texts_add(arena, &found, person);
	}
	if (found.count == 0)
		return;
	if (forbidden)
		warning_add(arena, checking->reasons, policy->position, "QuorumImpossible",
		    "selfApproval is forbidden, and nobody could complete all steps for requests of: "
		    "%s",
		    shown_list(arena, &found));
	else
		warning_add(arena, checking->reasons, policy->position, "SelfApproval",
		    "these approvers may request as well, and so approve themselves: %s; "
		    "selfApproval: forbid prevents it",
		    shown_list(arena, &found));
}

static void
check_steps(struct checking *checking, const struct approval_policy *policy)
{
	struct electorate electorate = electorate_of(checking, policy);
	bool good = true;

	if (policy->steps.count == 0) {
		reason_add(checking->arena, checking->reasons, policy->position, "NoSteps",
		    "spec.steps is empty: ApprovalPolicy \"%s\" could never be fulfilled",
		    shown(checking->arena, policy->name));
		return;
	}
	for (size_t i = 0; i < policy->steps.count; i++)
		good = check_step(checking, policy, &policy->steps.at[i],
			   electorate.of_step[i].count) &&
		       good;
	if (!good)
		return;
	if (can_be_reached(checking->arena, &electorate, TEXT("")))
		check_self_approval(checking, &electorate);
	else
		reason_add(checking->arena, checking->reasons, policy->position, "QuorumImpossible",
		    "distinctApprovers: there are not enough people for all steps of ApprovalPolicy "
		    "\"%s\" together",
		    shown(checking->arena, policy->name));
}

/* The first profile and action that two policies both cover. */
static void
check_overlap(struct checking *checking, const struct approval_policy *policy,
    const struct approval_policy *other)
{
	struct arena *arena = checking->arena;

	for (size_t i = 0; i < policy->profiles.count; i++)
		for (size_t j = 0; j < policy->actions.count; j++)
			if (texts_contain(&other->profiles, policy->profiles.at[i]) &&
			    texts_contain(&other->actions, policy->actions.at[j])) {
				reason_add(arena, checking->reasons, policy->position,
				    "TwoPolicies",
				    "CertificateProfile \"%s\" is covered for the action %s by "
				    "ApprovalPolicy \"%s\" already: two would contradict each other",
				    shown(arena, policy->profiles.at[i]),
				    shown(arena, policy->actions.at[j]), shown(arena, other->name));
				return;
			}
}

void
check_approval_policies(struct checking *checking)
{
	const struct approval_policies *policies = &checking->configuration->approval_policies;

	for (size_t i = 0; i < policies->count; i++) {
		check_steps(checking, &policies->at[i]);
		for (size_t j = 0; j < i; j++)
			check_overlap(checking, &policies->at[i], &policies->at[j]);
	}
}
