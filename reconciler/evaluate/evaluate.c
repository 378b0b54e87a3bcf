/*
 * What becomes of a request. The outcome depends on the set of facts, not on
 * their order, and on nothing else.
 */
#include "evaluate/evaluate.h"

#include "evaluate/judgement.h"
#include "evaluate/plan.h"
#include "evaluate/planning.h"

/* What a record says is wrong with its request, at most. */
enum { REASONS_MOST = 100 };

/* How an evaluation goes on from the record before. */
enum course {
	COURSE_DECIDED, /* nothing that arrives changes it */
	COURSE_TAKEN_BACK, /* it was decided, the signer refuses, and it is cancelled */
	COURSE_AFRESH,  /* a new opening */
	COURSE_ON       /* the same opening */
};

static bool
was_issued(enum request_state state)
{
	return state == STATE_ISSUED || state == STATE_RENEWING || state == STATE_SUPERSEDED ||
	       state == STATE_REVOKED;
}

/* The plan of the record before; false when there is none. */
static bool
plan_before(struct judgement *judgement, struct plan *out)
{
	struct text why;

	return plan_parse(judgement->arena, judgement->evaluation->before->plan, out, &why);
}

/*
 * Makes the plan that the request has now. Its generation is that of the plan
 * before while nothing in it changes.
 */
static void
make_plan(struct judgement *judgement, struct plan *out)
{
	const struct evaluation *evaluation = judgement->evaluation;
	struct plan before;
	struct plan_input input = { .configuration = evaluation->configuration,
		.request = evaluation->request,
		.now = evaluation->now,
		.generation = evaluation->before->generation + 1 };

	if (plan_make(judgement->arena, &input, out, &judgement->faults) && !judgement->afresh &&
	    plan_before(judgement, &before) && plan_same_content(judgement->arena, &before, out))
		*out = before;
}

/* Fills judgement->faults; the plan when there are none. */
static bool
find_faults(struct judgement *judgement, struct plan *plan)
{
	const struct evaluation *evaluation = judgement->evaluation;
	const struct reasons *of_file = evaluation->file_reasons;

	judgement->faults = (struct reasons){ 0 };
	for (size_t i = 0; of_file != NULL && i < of_file->count; i++)
		*ARRAY_ADD(judgement->arena, &judgement->faults) = of_file->at[i];
	if (evaluation->request == NULL) {
		if (reasons_errors(&judgement->faults) == 0)
			reason_add(judgement->arena, &judgement->faults, (struct position){ 0 },
			    "FileUnreadable", "the request's file cannot be read");
		return false;
	}
	if (evaluation->requester_verified && !text_present(evaluation->request->repository))
		reason_add(judgement->arena, &judgement->faults, evaluation->request->position,
		    "Required",
		    "spec.repository: a signed request must name the repository it is "
		    "for");
	make_plan(judgement, plan);
	return reasons_errors(&judgement->faults) == 0;
}

/* After issuance only a new version with another plan opens a generation. */
static bool
asks_for_another(struct judgement *judgement)
{
	struct plan before, now;

	return judgement->evaluation->version_is_new && find_faults(judgement, &now) &&
	       !(plan_before(judgement, &before) &&
		   plan_same_content(judgement->arena, &before, &now));
}

static bool
is_answered(const struct request_record *record, struct text what)
{
	for (size_t i = 0; i < record->ignored.count; i++)
		if (text_equal(record->ignored.at[i].what, what))
			return true;
	return false;
}

/* Says once why a new version had no effect on a certificate that there is. */
static void
answer_version(struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	struct arena *arena = judgement->arena;
	const struct reason *fault = first_error(&judgement->faults);
	struct text why = TEXT("it asks for the certificate that there is; nothing to issue");
	struct text what = text_printf(arena, "version sha256:%s…",
	    shown(arena, text_first(evaluation->version.sha256, 12)));

	if (!evaluation->version_is_new || is_answered(judgement->record, what))
		return;
	if (record_cancellable(evaluation->before))
		why = TEXT("it asks for the same certificate, which the signer refuses: ask for "
			   "another one, or cancel the request");
	else if (!was_issued(evaluation->before->state))
		why = TEXT("a certificate is being issued from the version before");
	if (fault != NULL)
		why = text_printf(arena, "the new version is not valid, and what was decided stays: %s",
		    text_string(arena, fault->message));
	request_ignore(arena, judgement->record,
	    &(struct ignored){ .who = evaluation->before->requester.name,
		.what = what,
		.why = why,
		.commit = evaluation->version.commit,
		.observed_at = evaluation->now,
		.request = judgement->record->id });
}

/* The first cancellation that counts; one of a request that is decided. */
static const struct verified_decision *
find_cancellation(struct judgement *judgement)
{
	struct verified_decisions all = facts_of(judgement);
	const struct verified_decision *found = NULL;

	for (size_t i = 0; i < all.count; i++)
		if (all.at[i].decision == DECISION_CANCEL &&
		    !text_present(verdict_on(judgement, &all.at[i])) &&
		    (found == NULL || all.at[i].observed_at < found->observed_at))
			found = &all.at[i];
	return found;
}

/* What was decided and cannot be carried out ends as an open request does. */
static enum course
find_course_back(struct judgement *judgement)
{
	if (find_cancellation(judgement) != NULL)
		return COURSE_TAKEN_BACK;
	return asks_for_another(judgement) ? COURSE_AFRESH : COURSE_DECIDED;
}

static enum course
find_course(struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	const struct request_record *before = evaluation->before;

	if (was_issued(before->state))
		return asks_for_another(judgement) ? COURSE_AFRESH : COURSE_DECIDED;
	if (record_cancellable(before))
		return find_course_back(judgement);
	if (before->intent.present)
		return COURSE_DECIDED;
	if (request_state_ended(before->state))
		return evaluation->version_is_new ? COURSE_AFRESH : COURSE_DECIDED;
	if (before->opened_at == 0 ||
	    (evaluation->request != NULL &&
		!text_equal(evaluation->request->requester, before->requester.name)))
		return COURSE_AFRESH;
	return COURSE_ON;
}

static void
take_version(struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	const struct request_version *before = &evaluation->before->version;
	struct texts previous = { 0 };

	if (!evaluation->version_is_new && text_present(before->sha256))
		return;
	judgement->record->version = evaluation->version;
	for (size_t i = 0; i < before->previous.count; i++)
		texts_add(judgement->arena, &previous, before->previous.at[i]);
	if (text_present(before->sha256) &&
	    !text_equal(before->sha256, evaluation->version.sha256) &&
	    !texts_contain(&previous, before->sha256))
		texts_add(judgement->arena, &previous, before->sha256);
	judgement->record->version.previous = previous;
}

static void
take_requester(struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	const struct request *request = evaluation->request;
	struct requester_status *requester = &judgement->record->requester;
	const struct identity *identity;

	if (request == NULL)
		return;
	*requester = (struct requester_status){ .name = request->requester,
		.verified = evaluation->requester_verified };
	texts_add(judgement->arena, &judgement->self, request->requester);
	if (text_present(request->on_behalf_of))
		texts_add(judgement->arena, &judgement->self, request->on_behalf_of);
	identity = configuration_identity(evaluation->configuration, request->requester);
	if (identity == NULL)
		return;
	requester->display_name = identity->display_name;
	requester->email = identity->email;
	if (identity->kind == IDENTITY_MACHINE)
		texts_add(judgement->arena, &judgement->self, identity->owner);
}

/* Clears what belonged to an opening that is over; generation and certificate stay. */
static void
open_afresh(struct judgement *judgement)
{
	const struct request_record *before = judgement->evaluation->before;
	struct request_record *record = judgement->record;

	*record = (struct request_record){
		.id = before->id,
		.state = before->state,
		.generation = before->generation,
		.version = before->version,
		.certificate = before->certificate,
		.claimed = before->claimed && before->certificate.present,
		.conditions = before->conditions,
		.decided_at = before->decided_at,
	};
	if (judgement->evaluation->request != NULL)
		record->id = judgement->evaluation->request->id;
}

/* The profile and the policy that covers it, by what the request says now. */
static void
find_rules(struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	struct request_record *record = judgement->record;

	if (evaluation->request != NULL)
		record->profile = evaluation->request->profile;
	judgement->profile = configuration_profile(evaluation->configuration, record->profile);
	judgement->policy = configuration_approval_policy(evaluation->configuration,
	    record->profile, TEXT("issue"));
	record->policy =
	    judgement->policy == NULL ? (struct text){ NULL, 0 } : judgement->policy->name;
}

/* Takes the plan up: opens the request, or goes on with it. */
static void
take_plan(struct judgement *judgement, const struct plan *plan)
{
	const struct evaluation *evaluation = judgement->evaluation;
	struct request_record *record = judgement->record;
	bool changed = judgement->afresh || !text_equal(plan->digest, record->digest);
	struct texts digests = { 0 };

	record->summary = plan_summary(judgement->arena, plan);
	if (!changed)
		return;
	for (size_t i = 0; i < record->digests.count; i++)
		texts_add(judgement->arena, &digests, record->digests.at[i]);
	texts_add(judgement->arena, &digests, plan->digest);
	record->digests = digests;
	record->generation = plan->generation;
	record->digest = plan->digest;
	record->plan = plan->text;
	/* the requester's own edit gives everybody the whole time again */
	if (judgement->afresh || evaluation->version_is_new) {
		record->opened_at = evaluation->now;
		record->deadline = 0;
	}
}

/* A deadline only becomes shorter, whatever becomes of the policy. */
static void
set_deadline(struct judgement *judgement)
{
	struct request_record *record = judgement->record;
	duration ttl = judgement->policy == NULL ? 0 : judgement->policy->max_request_ttl;
	moment deadline = record->opened_at + ttl;

	if (record->opened_at != 0 && ttl != 0 &&
	    (record->deadline == 0 || deadline < record->deadline))
		record->deadline = deadline;
}

static bool
past_deadline(const struct judgement *judgement)
{
	moment deadline = judgement->record->deadline;

	return deadline != 0 && judgement->evaluation->now > deadline;
}

/* Whether the requester is a Machine that policy and profile let pass, and has signed. */
static bool
may_bypass(const struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	const struct principals *requesters = &judgement->profile->requesters;
	struct text name = judgement->record->requester.name;
	const struct identity *identity = configuration_identity(evaluation->configuration, name);

	return judgement->policy != NULL && judgement->policy->bypass_for_machine_identities &&
	       identity->kind == IDENTITY_MACHINE && requesters->present &&
	       texts_contain(&requesters->machines, name) && evaluation->requester_verified &&
	       identity_holds_key(evaluation->configuration, name, judgement->record->version.key,
		   evaluation->now);
}

/* Whether no approval is needed. The plan is good, so profile and requester are known. */
static void
find_shortcut(struct judgement *judgement)
{
	struct request_record *record = judgement->record;
	struct arena *arena = judgement->arena;

	record->approved_because = (struct text){ NULL, 0 };
	if (past_deadline(judgement))
		return;
	if (judgement->profile->approval == PROFILE_APPROVAL_NONE)
		record->approved_because = text_printf(arena,
		    "CertificateProfile \"%s\" needs no approval", shown(arena, record->profile));
	else if (may_bypass(judgement))
		record->approved_because = text_printf(arena,
		    "Machine \"%s\" is a requester of "
		    "CertificateProfile \"%s\", and ApprovalPolicy \"%s\" lets machines pass",
		    shown(arena, record->requester.name), shown(arena, record->profile),
		    shown(arena, judgement->policy->name));
	judgement->at_once = text_present(record->approved_because);
}

static void
end_by(struct judgement *judgement, const struct verified_decision *decision)
{
	struct request_record *record = judgement->record;

	record->state = decision->decision == DECISION_CANCEL ? STATE_CANCELLED : STATE_REJECTED;
	record->decided_by = decision->by;
	record->decided_evidence = decision->evidence;
	record->comment = decision->comment;
}

/* The state, from the faults found and the facts counted. */
static void
decide(struct judgement *judgement, bool valid, bool complete)
{
	const struct verified_decision *ending = verdict_ending(judgement, false);
	struct request_record *record = judgement->record;

	/* what came after the deadline ends nothing, but it keeps a quorum from being used */
	if (ending == NULL && valid && complete)
		ending = verdict_ending(judgement, true);
	if (ending != NULL)
		end_by(judgement, ending);
	else if (valid && complete)
		record->state = STATE_APPROVED;
	else if (past_deadline(judgement) && judgement->evaluation->expire)
		record->state = STATE_EXPIRED;
	else
		record->state = valid ? STATE_PENDING_APPROVAL : STATE_INVALID;
	record->bypassed = judgement->at_once && record->state == STATE_APPROVED;
	if (!record->bypassed)
		record->approved_because = (struct text){ NULL, 0 };
	if (record->state == STATE_PENDING_APPROVAL && judgement->policy == NULL &&
	    judgement->profile->approval == PROFILE_APPROVAL_REQUIRED)
		reason_add(judgement->arena, &record->reasons, judgement->profile->position,
		    "NoApprovalPolicy",
		    "CertificateProfile \"%s\" requires approval and no "
		    "ApprovalPolicy covers it",
		    shown(judgement->arena, record->profile));
}

/* Whether a decision is the one by which the request was rejected or cancelled, if it was. */
static bool
has_ended_it(const struct request_record *record, const struct verified_decision *decision)
{
	enum decision_kind kind =
	    record->state == STATE_CANCELLED ? DECISION_CANCEL : DECISION_REJECT;

	return decision->decision == kind && text_equal(decision->by, record->decided_by) &&
	       text_equal(decision->evidence, record->decided_evidence);
}

/* Explains decisions other than approvals that had no effect. */
static void
explain_others(struct judgement *judgement)
{
	const struct verified_decisions *all = &judgement->record->decisions;

	for (size_t i = 0; i < all->count; i++) {
		struct text why;

		if (all->at[i].decision == DECISION_APPROVE ||
		    has_ended_it(judgement->record, &all->at[i]))
			continue;
		why = verdict_on(judgement, &all->at[i]);
		if (!text_present(why) && verdict_late(judgement, &all->at[i]))
			why = verdict_late_why(judgement);
		if (text_present(why))
			ignored_add(judgement, &all->at[i], why);
	}
}

static void
finish(struct judgement *judgement)
{
	const struct evaluation *evaluation = judgement->evaluation;
	struct request_record *record = judgement->record;

	if (record->state != STATE_PENDING_APPROVAL)
		for (size_t i = 0; i < record->steps.count; i++)
			record->steps.at[i].waiting_for = (struct texts){ 0 };
	if (evaluation->requester_verified &&
	    (record->state == STATE_PENDING_APPROVAL || record->state == STATE_APPROVED))
		record->claimed = true;
	if (record->state != evaluation->before->state ||
	    (judgement->afresh && evaluation->before->opened_at != 0))
		record->decided_at = evaluation->now;
	explain_others(judgement);
	ignored_write(judgement);
	conditions_write(judgement);
}

/* What the names of a request that has no plan would be shown as. */
static void
summarise_without_plan(struct judgement *judgement)
{
	const struct request *request = judgement->evaluation->request;
	struct plan shape = { 0 };

	if (request == NULL || text_present(judgement->record->summary))
		return;
	shape.subject = request->subject;
	shape.alt_names = request->alt_names;
	judgement->record->summary = plan_summary(judgement->arena, &shape);
}

/*
 * What is wrong, as far as a record holds it: its requester decides how much
 * that is, and the record must be read again.
 */
static struct reasons
reasons_kept(struct arena *arena, const struct reasons *faults)
{
	struct reasons kept = *faults;

	if (faults->count <= REASONS_MOST)
		return kept;
	kept = (struct reasons){ 0 };
	for (size_t i = 0; i < REASONS_MOST; i++)
		*ARRAY_ADD(arena, &kept) = faults->at[i];
	reason_add(arena, &kept, (struct position){ 0 }, "MoreReasons",
	    "%zu more; `countersign check` shows all", faults->count - REASONS_MOST);
	return kept;
}

static void
take_back(struct judgement *judgement)
{
	struct request_record *record = judgement->record;

	take_version(judgement);
	find_rules(judgement);
	facts_take_up(judgement);
	end_by(judgement, find_cancellation(judgement));
	record->intent = (struct intent){ 0 };
	record->cancellable = false;
	record->reasons = (struct reasons){ 0 };
	record->attempts = 0;
	record->next_attempt = 0;
	finish(judgement);
}

static void
judge(struct judgement *judgement)
{
	struct request_record *record = judgement->record;
	struct plan plan;
	bool valid, complete = false;

	if (judgement->afresh)
		open_afresh(judgement);
	take_version(judgement);
	take_requester(judgement);
	find_rules(judgement);
	valid = find_faults(judgement, &plan);
	record->reasons = reasons_kept(judgement->arena, &judgement->faults);
	record->steps = (struct step_statuses){ 0 };
	record->decided_by = record->decided_evidence = record->comment = (struct text){ NULL, 0 };
	if (valid)
		take_plan(judgement, &plan);
	else
		summarise_without_plan(judgement);
	set_deadline(judgement);
	facts_take_up(judgement);
	if (valid) {
		find_shortcut(judgement);
		complete = steps_count(judgement);
	}
	decide(judgement, valid, complete);
	finish(judgement);
}

void
evaluate_request(struct arena *arena, const struct evaluation *evaluation,
    struct request_record *after)
{
	struct judgement judgement = { .arena = arena, .evaluation = evaluation, .record = after };
	enum course course;

	*after = *evaluation->before;
	course = find_course(&judgement);
	if (course == COURSE_DECIDED) {
		ignored_answer(&judgement);
		answer_version(&judgement);
		return;
	}
	judgement.afresh = course == COURSE_AFRESH;
	if (course == COURSE_TAKEN_BACK)
		take_back(&judgement);
	else
		judge(&judgement);
}
