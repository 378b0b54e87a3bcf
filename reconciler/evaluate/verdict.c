/*
 * Each decision by itself: does it count, and if not, why not and what to do.
 */
#include "evaluate/judgement.h"

#include "evaluate/planning.h"

static struct text
nothing_wrong(void)
{
	return (struct text){ NULL, 0 };
}

bool
verdict_is_approver(const struct judgement *judgement, struct text name, size_t step)
{
	const struct configuration *configuration = judgement->evaluation->configuration;
	const struct identity *identity = configuration_identity(configuration, name);
	struct principals approvers = judgement->policy->steps.at[step].approvers;

	approvers.machines = (struct texts){ 0 };
	return identity != NULL && identity->kind == IDENTITY_PERSON &&
	       principals_include(configuration, &approvers, name);
}

static bool
is_approver_of_any(const struct judgement *judgement, struct text name)
{
	for (size_t step = 0; step < judgement->policy->steps.count; step++)
		if (verdict_is_approver(judgement, name, step))
			return true;
	return false;
}

bool
verdict_late(const struct judgement *judgement, const struct verified_decision *decision)
{
	moment deadline = judgement->record->deadline;

	return deadline != 0 && decision->observed_at > deadline;
}

struct text
verdict_late_why(const struct judgement *judgement)
{
	return text_printf(judgement->arena, "it came after the deadline, %s",
	    moment_format(judgement->arena, judgement->record->deadline).at);
}

/* Identity and key, as they are now. */
static struct text
check_signer(const struct judgement *judgement, const struct verified_decision *decision)
{
	const struct configuration *configuration = judgement->evaluation->configuration;
	struct arena *arena = judgement->arena;

	if (configuration_identity(configuration, decision->by) == NULL)
		return text_printf(arena, "%s is no identity of this repository any more",
		    shown(arena, decision->by));
	if (!identity_holds_key(configuration, decision->by, decision->key,
		judgement->evaluation->now))
		return text_printf(arena,
		    "the key %s of %s is not listed any more, or not valid now; "
		    "sign again with a key that is",
		    shown(arena, decision->key), shown(arena, decision->by));
	return nothing_wrong();
}

static struct text
check_current(const struct judgement *judgement, const struct verified_decision *decision)
{
	const struct request_record *record = judgement->record;
	struct arena *arena = judgement->arena;

	if (text_present(record->digest) && text_equal(decision->digest, record->digest))
		return nothing_wrong();
	if (texts_contain(&record->digests, decision->digest))
		return text_printf(arena,
		    "the plan has changed since; the current one is %s: look at "
		    "it and decide again",
		    shown(arena, record->digest));
	return text_printf(arena, "this digest is not one of the request; the current one is %s",
	    text_present(record->digest) ? shown(arena, record->digest) : "none");
}

/* Rejecting and cancelling count with any digest since the request was opened. */
static struct text
check_known(const struct judgement *judgement, const struct verified_decision *decision)
{
	if (texts_contain(&judgement->record->digests, decision->digest))
		return nothing_wrong();
	return check_current(judgement, decision);
}

/* The cautious decision of one person on one digest stands, even if nothing else comes of it. */
static bool
is_overruled(const struct judgement *judgement, const struct verified_decision *decision)
{
	const struct verified_decisions *all = &judgement->record->decisions;

	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].decision > DECISION_APPROVE &&
		    text_equal(all->at[i].by, decision->by) &&
		    text_equal(all->at[i].digest, decision->digest))
			return true;
	return false;
}

/* One that is known to exist. */
static const struct identity *
identity_of(const struct judgement *judgement, struct text name)
{
	return configuration_identity(judgement->evaluation->configuration, name);
}

static struct text
check_self(const struct judgement *judgement, struct text person)
{
	struct arena *arena = judgement->arena;

	if (judgement->policy->self_approval != SELF_APPROVAL_FORBID)
		return nothing_wrong();
	if (!judgement->evaluation->requester_verified)
		return text_printf(arena,
		    "ApprovalPolicy \"%s\" forbids self-approval, and the "
		    "requester is not verified: the request must be signed by its requester first",
		    shown(arena, judgement->policy->name));
	if (texts_contain(&judgement->self, person))
		return text_printf(arena,
		    "ApprovalPolicy \"%s\" forbids self-approval: %s asks for "
		    "this certificate, owns the machine that does, or is whom it is for",
		    shown(arena, judgement->policy->name), shown(arena, person));
	return nothing_wrong();
}

static struct text
check_approver(const struct judgement *judgement, struct text name)
{
	struct arena *arena = judgement->arena;

	if (identity_of(judgement, name)->kind != IDENTITY_PERSON)
		return text_printf(arena, "%s is a Machine; only people approve and reject",
		    shown(arena, name));
	if (judgement->policy == NULL)
		return text_printf(arena,
		    "no ApprovalPolicy covers CertificateProfile \"%s\", so "
		    "nobody can approve or reject",
		    shown(arena, judgement->record->profile));
	if (!is_approver_of_any(judgement, name))
		return text_printf(arena,
		    "%s is not an approver of any step of ApprovalPolicy \"%s\"",
		    shown(arena, name), shown(arena, judgement->policy->name));
	return nothing_wrong();
}

static struct text
check_approval(const struct judgement *judgement, const struct verified_decision *decision)
{
	struct text why = check_approver(judgement, decision->by);

	if (!text_present(why))
		why = check_self(judgement, decision->by);
	if (!text_present(why) && is_overruled(judgement, decision))
		why = text_printf(judgement->arena,
		    "%s withdrew, rejected or cancelled on the same "
		    "digest, and that stands; a new version of the request can be approved again",
		    shown(judgement->arena, decision->by));
	return why;
}

static struct text
check_canceller(const struct judgement *judgement, struct text name)
{
	const struct repository *repository = &judgement->evaluation->configuration->repository;

	if (text_equal(name, judgement->record->requester.name) ||
	    texts_contain(&repository->administrators, name))
		return nothing_wrong();
	return text_printf(judgement->arena,
	    "only the requester, %s, and administrators cancel; an "
	    "approver rejects",
	    shown(judgement->arena, judgement->record->requester.name));
}

/*
 * A withdrawal is final for its digest: it holds whatever becomes of the key,
 * and has nothing to be refused for but its digest.
 */
struct text
verdict_on(const struct judgement *judgement, const struct verified_decision *decision)
{
	bool ends = decision->decision >= DECISION_REJECT;
	struct text why =
	    ends ? check_known(judgement, decision) : check_current(judgement, decision);

	if (text_present(why) || decision->decision == DECISION_WITHDRAW)
		return why;
	why = check_signer(judgement, decision);
	if (text_present(why))
		return why;
	if (decision->decision == DECISION_APPROVE)
		return check_approval(judgement, decision);
	if (decision->decision == DECISION_REJECT)
		return check_approver(judgement, decision->by);
	if (decision->decision == DECISION_CANCEL)
		return check_canceller(judgement, decision->by);
	return TEXT("this is no decision");
}

const struct verified_decision *
verdict_ending(const struct judgement *judgement, bool late)
{
	const struct verified_decisions *all = &judgement->record->decisions;
	const struct verified_decision *found = NULL;

	/* sorted by time: the first of its kind is kept, a cancellation goes before rejections */
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].decision >= DECISION_REJECT &&
		    verdict_late(judgement, &all->at[i]) == late &&
		    (found == NULL || all->at[i].decision > found->decision) &&
		    !text_present(verdict_on(judgement, &all->at[i])))
			found = &all->at[i];
	return found;
}

/* Whether a person has a key to sign with. */
static bool
has_valid_key(const struct judgement *judgement, struct text name)
{
	const struct identity *identity = identity_of(judgement, name);

	for (size_t i = 0; i < identity->keys.count; i++)
		if (identity_holds_key(judgement->evaluation->configuration, identity->name,
			identity->keys.at[i].fingerprint, judgement->evaluation->now))
			return true;
	return false;
}

bool
verdict_may_approve(const struct judgement *judgement, struct text person)
{
	const struct verified_decision approval = { .by = person,
		.decision = DECISION_APPROVE,
		.digest = judgement->record->digest };

	return has_valid_key(judgement, person) &&
	       !text_present(check_approval(judgement, &approval));
}
