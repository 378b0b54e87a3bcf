/*
 * What is recorded of each request, against what comes out when it is decided
 * again. Compared is what matters: who proved what, what was counted where, what
 * follows from it. Words for people may change from release to release.
 */
#include "audit/auditing.h"

#include "base/encoding.h"
#include "manifest/manifest.h"
#include "model/plan_text.h"
#include "reconcile/load.h"

enum { SERIAL_DIGITS = 38 };

/* One request at a step. */
struct compared {
	struct step *step;
	struct text id;
	struct request_record before;
	struct request_record recorded; /* what the commit says */
	const struct request_record *status;    /* the same for all to read; NULL: `recorded` is that */
	struct request_record decided;  /* what came out when it was decided again */
};

/* --- against what was decided again ----------------------------------------------------------- */

/* Decisions stand in the records of open requests only. */
static void
compare_decisions(const struct compared *compared)
{
	const struct verified_decisions *recorded = &compared->recorded.decisions;
	const struct verified_decisions *decided = &compared->decided.decisions;

	if (request_state_ended(compared->recorded.state))
		return;
	for (size_t i = 0; i < recorded->count; i++)
		if (!record_has_decision(decided, &recorded->at[i]))
			finding_add(compared->step, "DecisionUnproven", compared->id, "a decision of "
			    "%.*s is recorded (evidence %.*s), and nothing that was signed proves it",
			    TEXT_ARGUMENTS(recorded->at[i].by),
			    TEXT_ARGUMENTS(recorded->at[i].evidence));
	for (size_t i = 0; i < decided->count; i++)
		if (!record_has_decision(recorded, &decided->at[i]))
			finding_add(compared->step, "NotTakenUp", compared->id, "%.*s signed a "
			    "decision (evidence %.*s) that the judged input holds and the record "
			    "lacks", TEXT_ARGUMENTS(decided->at[i].by),
			    TEXT_ARGUMENTS(decided->at[i].evidence));
}

static void
compare_plan(const struct compared *compared)
{
	const struct request_record *recorded = &compared->recorded, *decided = &compared->decided;

	if (text_present(recorded->plan) && !text_equal(recorded->digest,
	    digest_named(compared->step->arena, recorded->plan)))
		finding_add(compared->step, "DigestDiffers", compared->id,
		    "the digest %.*s is not that of the recorded plan",
		    TEXT_ARGUMENTS(recorded->digest));
	if (!text_equal(recorded->plan, decided->plan))
		finding_add(compared->step, "PlanDiffers", compared->id, "the recorded plan is not "
		    "the one that request and rules give, whose digest is %.*s",
		    TEXT_ARGUMENTS(decided->digest));
}

static void
compare_steps(const struct compared *compared)
{
	const struct step_statuses *recorded = &compared->recorded.steps;
	const struct step_statuses *decided = &compared->decided.steps;

	for (size_t i = 0; i < recorded->count; i++)
		for (size_t j = 0; j < recorded->at[i].approved_by.count; j++) {
			const struct step_approval *approval = &recorded->at[i].approved_by.at[j];

			if (i < decided->count && record_step_has(&decided->at[i], approval))
				continue;
			finding_add(compared->step, "ApprovalDoesNotCount", compared->id, "%.*s is "
			    "counted in step \"%.*s\", where no approval of that person counts",
			    TEXT_ARGUMENTS(approval->name), TEXT_ARGUMENTS(recorded->at[i].name));
		}
}

static void
compare_version(const struct compared *compared)
{
	if (!record_same_version(&compared->recorded.version, &compared->decided.version))
		finding_add(compared->step, "RequestUnproven", compared->id, "the version of the "
		    "request that is recorded as accepted (sha256 %.*s) is not the one that the "
		    "input holds and its requester proved",
		    TEXT_ARGUMENTS(compared->recorded.version.sha256));
}

static void
compare_state(const struct compared *compared)
{
	enum request_state recorded = compared->recorded.state, decided = compared->decided.state;

	if (recorded == decided)
		return;
	if (decided != compared->before.state &&
	    (decided == STATE_REJECTED || decided == STATE_CANCELLED))
		finding_add(compared->step, "NotTakenUp", compared->id, "a signed decision makes it "
		    "%s, but it is recorded as %s", request_state_name(decided),
		    request_state_name(recorded));
	else
		finding_add(compared->step, "StateUnproven", compared->id, "it is recorded as %s, "
		    "but request, rules and evidence make it %s", request_state_name(recorded),
		    request_state_name(decided));
}

static void
compare_rest(const struct compared *compared)
{
	const char *field = record_other_difference(&compared->recorded, &compared->decided);

	if (field != NULL)
		finding_add(compared->step, "RecordDiffers", compared->id, "what is recorded as its "
		    "%s does not follow from request, rules and evidence", field);
}

/* --- intents and certificates ------------------------------------------------------------------- */

static bool
is_new_intent(const struct compared *compared)
{
	const struct intent *before = &compared->before.intent, *now = &compared->recorded.intent;

	return now->present && (!before->present ||
	    !text_equal(before->serial_number, now->serial_number) ||
	    !text_equal(before->digest, now->digest));
}

static bool
serial_is_good(struct text serial)
{
	return hex_is_lower(serial, SERIAL_DIGITS) && serial.at[0] < '8' &&
	    !text_is(text_first(serial, 2), "00");
}

/*
 * Behind a recovery: the decision that was carried out in discarded commits takes the place of the
 * one that was made anew. Nothing differs but what was drawn and when it was.
 */
static bool
takes_place(const struct compared *compared)
{
	const struct intent *before = &compared->before.intent, *now = &compared->recorded.intent;
	struct intent same = *before;

	same.serial_number = now->serial_number;
	same.not_before = now->not_before;
	same.not_after = now->not_before + (before->not_after - before->not_before);
	return record_awaits_certificate(&compared->before) && record_same_intent(&same, now) &&
	    now->not_before <= before->not_before && compared->recorded.state == STATE_APPROVED;
}

static void
check_serial(const struct compared *compared)
{
	struct auditing *auditing = compared->step->auditing;
	struct text serial = compared->recorded.intent.serial_number;

	if (!serial_is_good(serial))
		finding_add(compared->step, "SerialMalformed", compared->id,
		    "the serial number %.*s is not one of 19 octets, the first from 01 to 7f",
		    TEXT_ARGUMENTS(serial));
	else if (!text_set_add(auditing->arena, &auditing->serials,
	    text_copy(auditing->arena, serial)))
		finding_add(compared->step, "SerialRepeated", compared->id,
		    "the serial number %.*s was used before", TEXT_ARGUMENTS(serial));
}

static void
check_decided_once(const struct compared *compared)
{
	struct auditing *auditing = compared->step->auditing;

	if (!text_set_add(auditing->arena, &auditing->serials,
	    text_copy(auditing->arena, compared->recorded.intent.digest)))
		finding_add(compared->step, "IntentRepeated", compared->id,
		    "the plan %.*s was decided before: a plan gives one certificate only",
		    TEXT_ARGUMENTS(compared->recorded.intent.digest));
}

/* The intent of a request that no certificate carries out yet; NULL: none. */
static struct open_intent *
find_open(struct auditing *auditing, struct text request, struct text serial_number)
{
	for (size_t i = auditing->intents_open.count; i-- > 0;) {
		struct open_intent *open = &auditing->intents_open.at[i];

		if (!open->closed && text_equal(open->request, request) &&
		    text_equal(open->serial_number, serial_number))
			return open;
	}
	return NULL;
}

static bool
was_carried_out(const struct compared *compared)
{
	const struct intent *intent = &compared->recorded.intent;
	struct plan plan;
	struct text why;
	bool at_issuance = plan_parse(compared->step->arena, compared->recorded.plan, &plan, &why) &&
	    plan.not_before == 0;

	return recovery_carried_out(compared->step, compared->id, intent,
	    at_issuance ? intent->not_before : 0);
}

static void
replace_intent(struct compared *compared)
{
	struct auditing *auditing = compared->step->auditing;
	struct open_intent *open = find_open(auditing, compared->id,
	    compared->before.intent.serial_number);

	check_serial(compared);
	if (!auditing->order->doubt_recoveries && was_carried_out(compared))
		ledger_note_replaced(auditing);
	else
		finding_add(compared->step, "IntentReplaced", compared->id, "it was decided to issue "
		    "the certificate with serial number %.*s, and another one takes its place",
		    TEXT_ARGUMENTS(compared->before.intent.serial_number));
	if (open != NULL)
		open->serial_number = text_copy(auditing->arena,
		    compared->recorded.intent.serial_number);
	compared->decided.state = compared->recorded.state;
	compared->decided.intent = compared->recorded.intent;
}

/* The serial number is drawn; all else in an intent follows. */
static void
check_intent(struct compared *compared)
{
	struct auditing *auditing = compared->step->auditing;
	const struct intent *recorded = &compared->recorded.intent;
	struct intent expected = compared->decided.intent;

	if (takes_place(compared)) {
		replace_intent(compared);
		return;
	}
	auditing->intents++;
	*ARRAY_ADD(auditing->arena, &auditing->intents_open) = (struct open_intent){
		.request = text_copy(auditing->arena, compared->id),
		.digest = text_copy(auditing->arena, recorded->digest),
		.approved_because = text_copy(auditing->arena,
		    compared->decided.approved_because),
		.serial_number = text_copy(auditing->arena, recorded->serial_number),
		.commit = text_copy(auditing->arena, compared->step->commit),
	};
	check_serial(compared);
	check_decided_once(compared);
	if (compared->decided.state != STATE_APPROVED) {
		finding_add(compared->step, "IntentBeforeQuorum", compared->id, "it was decided to "
		    "issue the certificate, but request, rules and evidence make it %s",
		    request_state_name(compared->decided.state));
	} else {
		expected.serial_number = recorded->serial_number;
		if (!record_same_intent(recorded, &expected))
			finding_add(compared->step, "IntentDiffers", compared->id, "digest, validity, "
			    "time or evidence of the intent do not follow from what was decided");
	}
	compared->decided.intent = *recorded;
}

static bool
is_issued_now(const struct compared *compared)
{
	return compared->recorded.certificate.present && !(compared->before.certificate.present &&
	    text_equal(compared->before.certificate.serial_number,
		compared->recorded.certificate.serial_number));
}

/* The people whose approvals were counted. */
static struct texts
counted_people(struct arena *arena, const struct request_record *record)
{
	struct texts names = { 0 };

	for (size_t i = 0; i < record->steps.count; i++)
		for (size_t j = 0; j < record->steps.at[i].approved_by.count; j++)
			texts_add(arena, &names,
			    text_copy(arena, record->steps.at[i].approved_by.at[j].name));
	texts_sort_unique(&names);
	return names;
}

/* Closes the intent, and gives it; zeroes when there is none. */
static struct open_intent
close_intent(struct auditing *auditing, const struct request_record *record)
{
	struct open_intent *open = find_open(auditing, record->id, record->intent.serial_number);

	if (open == NULL)
		return (struct open_intent){ .closed = true };
	open->closed = true;
	return *open;
}

static void
note_issued(const struct compared *compared)
{
	struct auditing *auditing = compared->step->auditing;
	const struct request_record *record = &compared->recorded;
	const struct open_intent carried_out = close_intent(auditing, record);

	*ARRAY_ADD(compared->step->arena, &compared->step->issued) = (struct audit_certificate){
		.request = text_copy(auditing->arena, compared->id),
		.generation = record->generation,
		.profile = text_copy(auditing->arena, record->profile),
		.requester = text_copy(auditing->arena, record->requester.name),
		.requester_verified = record->requester.verified,
		.approved_by = counted_people(auditing->arena, record),
		.approved_because = carried_out.approved_because,
		.decided_at = record->intent.decided_at,
		.decided_in = carried_out.commit,
		.issued_in = text_copy(auditing->arena, compared->step->commit),
		.good = !auditing->doubtful && !auditing->withheld &&
		    record_awaits_certificate(&compared->before),
	};
}

/* What the signer did, which no evaluation decides: a certificate, or a failure. */
static void
take_issuance(struct compared *compared)
{
	struct request_record *decided = &compared->decided;
	const struct request_record *recorded = &compared->recorded;
	bool awaited = record_awaits_certificate(&compared->before);

	if (is_issued_now(compared)) {
		note_issued(compared);
		if (!awaited)
			finding_add(compared->step, "CertificateWithoutIntent", compared->id,
			    "a certificate is recorded that no earlier commit had decided");
		decided->state = STATE_ISSUED;
		decided->decided_at = compared->step->time;
		decided->certificate = recorded->certificate;
		decided->cancellable = false;
	} else if (awaited && recorded->state == STATE_FAILED &&
	    (decided->state == STATE_APPROVED || decided->state == STATE_FAILED)) {
		decided->state = STATE_FAILED;
		decided->cancellable = recorded->cancellable;
	} else if (record_cancellable(&compared->before) && !decided->intent.present &&
	    recorded->state == STATE_FAILED) {
		/* it was to be taken back, and the signer has entered it meanwhile, or cannot tell now */
		*decided = compared->before;
		decided->cancellable = recorded->cancellable;
	}
}

/* --- the files of a record -------------------------------------------------------------------------- */

/* Whether a file is there, be it readable or not. */
static bool
stands(const struct step *step, struct text path)
{
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };

	return snapshot_list(step->auditing->order->store, step->arena, step->commit,
	    text_string(step->arena, path), &files, &reasons) && files.count > 0;
}

/* Whether a condition says more than the state: programs wait for "Ready", and do not read states. */
static bool
says_too_much(const struct condition *condition, enum request_state state)
{
	if (text_is(condition->status, "False") || state == STATE_ISSUED ||
	    (state > STATE_EXPIRED && state <= STATE_REVOKED))
		return false;
	return text_is(condition->type, "Ready") || (text_is(condition->type, "Approved") &&
	    state != STATE_APPROVED && state != STATE_FAILED);
}

static void
check_conditions(const struct compared *compared, const struct request_record *record)
{
	for (size_t i = 0; i < record->conditions.count; i++)
		if (says_too_much(&record->conditions.at[i], record->state))
			finding_add(compared->step, "StatusDiffers", compared->id, "it is %s, and its "
			    "condition %.*s is not False", request_state_name(record->state),
			    TEXT_ARGUMENTS(text_visible(compared->step->arena,
				record->conditions.at[i].type, 40)));
}

/*
 * pending/ holds all of an open request, status/ what people read: both say the
 * same. Of one that has ended the record is the status.
 */
static void
compare_files(struct compared *compared)
{
	struct step *step = compared->step;
	const struct request_record *recorded = &compared->recorded;
	struct text id = compared->id;
	bool pending = stands(step, text_printf(step->arena, "pending/%.*s.yaml",
	    TEXT_ARGUMENTS(id)));
	const struct request_record *status;
	const char *field;

	if (pending == request_state_ended(recorded->state)) {
		finding_add(step, "StatusDiffers", id, "it is %s, and %s in pending/",
		    request_state_name(recorded->state), pending ? "stands" : "lacks");
		return;
	}
	if (!pending)
		return;
	status = output_read(step->auditing->order->store, step->arena, step->commit,
	    text_printf(step->arena, "status/requests/%.*s.yaml", TEXT_ARGUMENTS(id)),
	    KIND_CERTIFICATE_REQUEST_STATUS);
	if (status == NULL) {
		finding_add(step, "RecordRemoved", id, "its status was removed or cannot be read");
		return;
	}
	compared->status = status;
	field = record_other_difference(status, recorded);
	if (field != NULL || status->state != recorded->state ||
	    !text_equal(status->plan, recorded->plan) ||
	    !text_equal(status->digest, recorded->digest) ||
	    !record_same_version(&status->version, &recorded->version))
		finding_add(step, "StatusDiffers", id, "status/ and pending/ say different things of "
		    "its %s", field != NULL ? field : "state, plan or version");
}

/* --- one request after the other ----------------------------------------------------------------------- */

/* A reconciler may be late to see that time ran out; it must not issue then. */
static void
allow_late_expiry(struct compared *compared)
{
	if (compared->decided.state != STATE_EXPIRED ||
	    request_state_ended(compared->recorded.state))
		return;
	compared->decided.state = compared->before.state == STATE_INVALID ? STATE_INVALID :
	    STATE_PENDING_APPROVAL;
	compared->decided.decided_at = compared->before.decided_at;
}

/*
 * Where an operator has discarded output commits, what had ended in them stays
 * ended: by their word alone, but less happens so, and the discarding has its finding.
 */
static void
allow_recovered_end(struct compared *compared)
{
	struct request_record *decided = &compared->decided;

	if (compared->recorded.state != STATE_EXPIRED || request_state_ended(decided->state) ||
	    !text_present(own_trailer(compared->step->raw, "Countersign-Output-Discarded")))
		return;
	decided->state = STATE_EXPIRED;
	decided->decided_at = decided->deadline = compared->step->time;
	decided->bypassed = false;
	decided->intent = (struct intent){ 0 };
}

static void
compare(struct compared *compared)
{
	if (text_present(compared->step->auditing->order->only))
		story_tell(compared->step, &compared->before, &compared->recorded,
		    &compared->decided);
	compare_files(compared);
	allow_late_expiry(compared);
	allow_recovered_end(compared);
	take_issuance(compared);
	if (is_new_intent(compared))
		check_intent(compared);
	else if (!compared->recorded.intent.present && compared->decided.state == STATE_APPROVED)
		/* nothing is settled while the signer's ledger is not the one */
		compared->decided.intent = compared->recorded.intent;
	compare_decisions(compared);
	compare_plan(compared);
	compare_steps(compared);
	compare_version(compared);
	compare_state(compared);
	compare_rest(compared);
	check_conditions(compared, &compared->recorded);
	if (compared->status != NULL)
		check_conditions(compared, compared->status);
}

/* The commit says nothing of a request; would there have been something to say? */
static void
compare_unchanged(struct compared *compared)
{
	const struct request_record *before = &compared->before, *decided = &compared->decided;
	bool known = text_present(before->version.blob) || before->generation > 0;
	bool overdue = decided->state == STATE_EXPIRED && !request_state_ended(before->state);

	if (!known && (overdue || decided->state == STATE_INVALID))
		return;
	if ((!overdue && decided->state != before->state) ||
	    !text_equal(decided->digest, before->digest) ||
	    !record_same_version(&decided->version, &before->version) ||
	    (!request_state_ended(before->state) &&
		!record_same_decisions(&decided->decisions, &before->decisions)))
		finding_add(compared->step, "NotTakenUp", compared->id, "what the judged input "
		    "holds makes it %s, and this commit does not say so",
		    request_state_name(decided->state));
}

static void
audit_changed(struct compared *compared)
{
	struct step *step = compared->step;

	if (!record_stands(step->auditing->order->store, step->arena, step->commit, compared->id)) {
		finding_add(step, "RecordRemoved", compared->id, "all that was recorded of it is gone");
		return;
	}
	compared->recorded = record_at(step, step->commit, compared->id);
	if (!text_present(compared->recorded.id)) {
		finding_add(step, "RecordUnreadable", compared->id,
		    "what is recorded of it cannot be read");
		return;
	}
	compare(compared);
}

void
records_audit(struct step *step)
{
	const struct decided_list *decided = &step->pass.decided;
	size_t at = 0, from = 0;

	if (!step->replayed)
		return;
	while (at < step->requests.count || from < decided->count) {
		int order = at == step->requests.count ? 1 : from == decided->count ? -1 :
		    text_compare(step->requests.at[at], decided->at[from].before.id);
		struct compared compared = { .step = step, .id = order <= 0 ?
			step->requests.at[at] : decided->at[from].before.id };

		compared.before = record_at(step, step->auditing->before, compared.id);
		compared.recorded = compared.before;
		compared.decided = order >= 0 ? decided->at[from].after : compared.before;
		if (order <= 0)
			audit_changed(&compared);
		else
			compare_unchanged(&compared);
		at += order <= 0;
		from += order >= 0;
	}
}
