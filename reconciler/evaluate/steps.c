/*
 * How far the steps of the policy have come, who brought them there and who
 * can bring them on.
 */
#include "evaluate/judgement.h"

#include "evaluate/planning.h"
#include "evaluate/quorum.h"

ARRAY(signature_list, struct quorum_signature);

/* The approvals that count, and all people whose signature could. */
struct ballot {
	struct texts people;
	struct verified_decisions approvals; /* sorted by time */
	struct signature_list signatures;    /* of `approvals`, same order */
	struct quorum quorum;
	struct quorum_result result;
};

static size_t
find_person(const struct texts *people, struct text name)
{
	size_t person = 0;

	while (!text_equal(people->at[person], name))
		person++;
	return person;
}

/* All people of the policy: whoever approves is one of them. */
static void
list_people(const struct judgement *judgement, struct ballot *ballot)
{
	const struct approval_steps *steps = &judgement->policy->steps;

	for (size_t step = 0; step < steps->count; step++) {
		struct texts names = principals_people(judgement->arena,
		    judgement->evaluation->configuration, &steps->at[step].approvers);

		for (size_t i = 0; i < names.count; i++)
			texts_add(judgement->arena, &ballot->people, names.at[i]);
	}
	texts_sort_unique(&ballot->people);
}

static void
prepare(const struct judgement *judgement, struct ballot *ballot)
{
	size_t steps = judgement->policy->steps.count;
	int64_t *required = arena_allocate(judgement->arena, steps * sizeof(int64_t));
	bool *eligible =
	    arena_allocate(judgement->arena, ballot->people.count * steps * sizeof(bool));

	for (size_t step = 0; step < steps; step++) {
		int64_t wanted = judgement->policy->steps.at[step].required_approvals;

		/* a step that wants nobody would be no step */
		required[step] = wanted < 1 ? 1 : wanted;
		for (size_t person = 0; person < ballot->people.count; person++)
			eligible[person * steps + step] =
			    verdict_is_approver(judgement, ballot->people.at[person], step);
	}
	ballot->quorum = (struct quorum){
		.steps = steps,
		.required = required,
		.people = ballot->people.count,
		.eligible = eligible,
		.signatures = ballot->signatures.count,
		.signature = ballot->signatures.at,
		.distinct = judgement->policy->distinct_approvers,
		.refuse_early = judgement->policy->early_approvals == EARLY_APPROVALS_REFUSE,
	};
}

/* The same bytes signed with two keys of one person are one signature. */
static bool
is_taken(const struct ballot *ballot, const struct verified_decision *decision)
{
	for (size_t i = 0; i < ballot->approvals.count; i++)
		if (text_equal(ballot->approvals.at[i].by, decision->by) &&
		    text_equal(ballot->approvals.at[i].evidence, decision->evidence))
			return true;
	return false;
}

/* Takes the approvals that count; the others are ignored, with the reason. */
static void
gather_approvals(struct judgement *judgement, struct ballot *ballot)
{
	const struct verified_decisions *all = &judgement->record->decisions;

	for (size_t i = 0; i < all->count; i++) {
		const struct verified_decision *decision = &all->at[i];
		struct text why;

		if (decision->decision != DECISION_APPROVE)
			continue;
		why = verdict_on(judgement, decision);
		if (!text_present(why) && verdict_late(judgement, decision))
			why = verdict_late_why(judgement);
		if (!text_present(why) && judgement->at_once)
			why = TEXT("no approval is needed");
		if (!text_present(why) && is_taken(ballot, decision))
			why =
			    TEXT("the same bytes, signed by the same person, are counted already");
		if (text_present(why)) {
			ignored_add(judgement, decision, why);
			continue;
		}
		*ARRAY_ADD(judgement->arena, &ballot->approvals) = *decision;
		*ARRAY_ADD(judgement->arena, &ballot->signatures) =
		    (struct quorum_signature){ find_person(&ballot->people, decision->by),
			    decision->observed_at };
	}
}

static bool
serves(const struct ballot *ballot, size_t person, size_t step)
{
	for (size_t i = 0; i < ballot->signatures.count; i++)
		if (ballot->signatures.at[i].person == person && ballot->result.step_of[i] == step)
			return true;
	return false;
}

static struct text
step_name(const struct judgement *judgement, size_t step)
{
	struct text name = judgement->policy->steps.at[step].name;

	return text_empty(name) ? text_printf(judgement->arena, "step %zu", step + 1) : name;
}

/*
 * Who can bring a step on: the open one by anything that advances it, which may
 * be a signature that sets another free; a later one by those who will be asked.
 */
static struct texts
who_can_serve(const struct judgement *judgement, const struct ballot *ballot, size_t step)
{
	const struct quorum *quorum = &ballot->quorum;
	struct texts names = { 0 };

	for (size_t person = 0; person < ballot->people.count; person++) {
		bool wanted = step == ballot->result.complete
				  ? quorum_needs(quorum, &ballot->result, person)
				  : quorum->eligible[person * quorum->steps + step] &&
					!serves(ballot, person, step);

		if (wanted && verdict_may_approve(judgement, ballot->people.at[person]))
			texts_add(judgement->arena, &names, ballot->people.at[person]);
	}
	return names;
}

static void
describe_step(struct judgement *judgement, const struct ballot *ballot, size_t step)
{
	struct step_status *status = ARRAY_ADD(judgement->arena, &judgement->record->steps);

	status->name = step_name(judgement, step);
	status->required = ballot->quorum.required[step];
	status->state = step < ballot->result.complete    ? STEP_COMPLETE
			: step == ballot->result.complete ? STEP_OPEN
							  : STEP_WAITING;
	for (size_t i = 0; i < ballot->approvals.count; i++)
		if (ballot->result.step_of[i] == step)
			*ARRAY_ADD(judgement->arena, &status->approved_by) =
			    (struct step_approval){ .name = ballot->approvals.at[i].by,
				    .at = ballot->approvals.at[i].observed_at,
				    .evidence = ballot->approvals.at[i].evidence,
				    .comment = ballot->approvals.at[i].comment };
	if (status->state != STEP_COMPLETE)
		status->waiting_for = who_can_serve(judgement, ballot, step);
}

static void
explain_unused(struct judgement *judgement, const struct ballot *ballot)
{
	struct text early = text_printf(judgement->arena,
	    "it was given before its step opened, and ApprovalPolicy \"%s\" refuses early "
	    "approvals: give it again once the step is open",
	    shown(judgement->arena, judgement->policy->name));
	struct text spare = TEXT("it is not needed where it could count: the step is complete, or "
				 "already has this person's approval; it counts when another one "
				 "falls away");

	for (size_t i = 0; i < ballot->approvals.count; i++)
		if (ballot->result.step_of[i] == QUORUM_UNUSED)
			ignored_add(judgement, &ballot->approvals.at[i],
			    ballot->result.early[i] ? early : spare);
}

bool
steps_count(struct judgement *judgement)
{
	struct ballot ballot = { 0 };

	judgement->record->steps = (struct step_statuses){ 0 };
	if (judgement->policy != NULL)
		list_people(judgement, &ballot);
	gather_approvals(judgement, &ballot);
	if (judgement->policy == NULL || judgement->at_once)
		return judgement->at_once;
	prepare(judgement, &ballot);
	quorum_match(judgement->arena, &ballot.quorum, &ballot.result);
	for (size_t step = 0; step < ballot.quorum.steps; step++)
		describe_step(judgement, &ballot, step);
	explain_unused(judgement, &ballot);
	return ballot.quorum.steps > 0 && ballot.result.complete == ballot.quorum.steps;
}
