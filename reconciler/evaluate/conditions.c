/*
 * A request's conditions in the form that Kubernetes gave them: type, status,
 * a reason for programs, a message for people, and when the status changed.
 */
#include "evaluate/judgement.h"

#include "evaluate/planning.h"

static void
set(struct judgement *judgement, const char *type, bool status, const char *reason,
    struct text message)
{
	condition_set(judgement->arena, &judgement->record->conditions,
	    (struct condition){ .type = text_of(type),
		.status = status ? TEXT("True") : TEXT("False"),
		.reason = text_of(reason),
		.message = message,
		.last_transition = judgement->evaluation->now });
}

/* The record may share its conditions with the one that it was made from. */
static void
unshare(struct judgement *judgement)
{
	const struct conditions *before = &judgement->evaluation->before->conditions;

	judgement->record->conditions = (struct conditions){ 0 };
	for (size_t i = 0; i < before->count; i++)
		*ARRAY_ADD(judgement->arena, &judgement->record->conditions) = before->at[i];
}

static struct text
until(const struct judgement *judgement)
{
	moment deadline = judgement->record->deadline;

	return deadline == 0 ? TEXT("")
			     : text_printf(judgement->arena, ", until %s",
				   moment_format(judgement->arena, deadline).at);
}

/* "Security Review: 1 of 2 approvals; can approve: erin, frank; until …" */
static struct text
describe_open_step(const struct judgement *judgement)
{
	const struct request_record *record = judgement->record;
	struct arena *arena = judgement->arena;
	const struct step_status *step = record->steps.at;

	while (step->state != STEP_OPEN)
		step++;
	return text_printf(arena, "%s: %zu of %lld approvals; %s%s%s", shown(arena, step->name),
	    step->approved_by.count, (long long)step->required,
	    step->waiting_for.count == 0 ? "nobody can give one that is missing" : "can approve: ",
	    step->waiting_for.count == 0 ? "" : shown_list(arena, &step->waiting_for),
	    until(judgement).at);
}

static void
set_pending(struct judgement *judgement)
{
	const struct request_record *record = judgement->record;
	struct arena *arena = judgement->arena;

	if (record->deadline != 0 && judgement->evaluation->now > record->deadline)
		set(judgement, "Approved", false, "ClockInDoubt",
		    text_printf(arena,
			"the deadline, %s, has passed, but the clock is in doubt: nothing expires until "
			"an operator confirms it",
			moment_format(arena, record->deadline).at));
	else if (judgement->policy == NULL)
		set(judgement, "Approved", false, "NoApprovalPolicy",
		    text_printf(arena,
			"CertificateProfile \"%s\" requires approval and no ApprovalPolicy covers it: an "
			"administrator must add one",
			shown(arena, record->profile)));
	else if (judgement->policy->self_approval == SELF_APPROVAL_FORBID &&
		 !record->requester.verified)
		set(judgement, "Approved", false, "RequesterNotVerified",
		    text_printf(arena,
			"ApprovalPolicy \"%s\" forbids self-approval, and the requester is not verified: "
			"the request must be signed by its requester%s",
			shown(arena, judgement->policy->name), until(judgement).at));
	else if (record->steps.count == 0)
		set(judgement, "Approved", false, "NoSteps",
		    text_printf(arena, "ApprovalPolicy \"%s\" has no steps",
			shown(arena, judgement->policy->name)));
	else
		set(judgement, "Approved", false, "WaitingForApproval",
		    describe_open_step(judgement));
	set(judgement, "Ready", false, "WaitingForApproval", TEXT("not approved yet"));
}

static void
set_approved(struct judgement *judgement)
{
	if (judgement->record->bypassed)
		set(judgement, "Approved", true, "ApprovalNotNeeded",
		    judgement->record->approved_because);
	else
		set(judgement, "Approved", true, "QuorumReached",
		    text_printf(judgement->arena, "all steps of ApprovalPolicy \"%s\" are complete",
			shown(judgement->arena, judgement->policy->name)));
	set(judgement, "Ready", false, "Issuing", TEXT("the certificate is being issued"));
}

static void
set_valid(struct judgement *judgement)
{
	const struct reason *fault = first_error(&judgement->faults);
	struct buffer message = { .arena = judgement->arena };

	if (fault == NULL) {
		set(judgement, "Valid", true, "Valid", TEXT("within profile and policy"));
		return;
	}
	buffer_add(&message, fault->message);
	if (reasons_errors(&judgement->faults) > 1)
		buffer_printf(&message, " (and %zu more)", reasons_errors(&judgement->faults) - 1);
	set(judgement, "Valid", false, fault->code, buffer_text(&message));
}

static void
set_ended(struct judgement *judgement, const char *reason, struct text message)
{
	set(judgement, "Approved", false, reason, message);
	set(judgement, "Ready", false, reason, message);
}

static struct text
by_whom(const struct judgement *judgement, const char *verb)
{
	const struct request_record *record = judgement->record;
	struct arena *arena = judgement->arena;

	if (text_empty(record->comment))
		return text_printf(arena, "%s by %s", verb, shown(arena, record->decided_by));
	return text_printf(arena, "%s by %s: %s", verb, shown(arena, record->decided_by),
	    shown(arena, record->comment));
}

void
conditions_write(struct judgement *judgement)
{
	const struct request_record *record = judgement->record;

	unshare(judgement);
	set_valid(judgement);
	switch (record->state) {
	case STATE_PENDING_APPROVAL:
		set_pending(judgement);
		break;
	case STATE_APPROVED:
		set_approved(judgement);
		break;
	case STATE_REJECTED:
		set_ended(judgement, "Rejected", by_whom(judgement, "rejected"));
		break;
	case STATE_CANCELLED:
		set_ended(judgement, "Cancelled", by_whom(judgement, "cancelled"));
		break;
	case STATE_EXPIRED:
		set_ended(judgement, "Expired",
		    text_printf(judgement->arena, "not approved until %s",
			moment_format(judgement->arena, record->deadline).at));
		break;
	default:
		set_ended(judgement, "NotValid", TEXT("the request is not valid"));
		break;
	}
}
