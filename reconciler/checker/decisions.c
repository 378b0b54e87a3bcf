/*
 * Decisions to issue. Each is decided a second time when it is first seen, by
 * the checker's own clock; what came of that holds until it is carried out.
 */
#include "checker/checking.h"

#include <stdlib.h>

#include "evaluate/evaluate.h"
#include "model/status.h"
#include "reconcile/load.h"

/*
 * When it counts as decided: as it says, if that is now or was a moment ago;
 * otherwise now, whenever it says to have been.
 */
static moment
believed_time(const struct intent *intent, moment now)
{
	bool just_now = intent->decided_at <= now + CHECKER_CLOCK_SECONDS &&
	    intent->decided_at >= now - CHECKER_CLOCK_SECONDS;

	return just_now ? intent->decided_at : now;
}

/* The record as it was before the decision, as far as evaluation asks for it. */
static struct request_record
before_decision(const struct request_record *record)
{
	struct request_record before = *record;

	before.state = STATE_PENDING_APPROVAL;
	before.decisions = (struct verified_decisions){ 0 };
	before.intent = (struct intent){ 0 };
	before.cancellable = false;
	before.bypassed = false;
	return before;
}

/* What an output commit is taken up by. */
struct taking {
	struct store *store;
	struct arena *arena;            /* until it is done */
	struct accepted *accepted;
	const struct shown_commit *shown;
};

/* Why a decision does not stand by this clock; absent when it does. */
static struct text
find_refusal(const struct taking *taking, const struct request_record *record)
{
	struct arena *arena = taking->arena;
	struct verified_decisions decisions = late_apply(taking->accepted, arena, record);
	struct request_record before = before_decision(record), after;
	struct request *request = ARENA_NEW(arena, struct request);
	struct reasons reasons = { 0 };
	struct evaluation evaluation = { .configuration = taking->shown->step->trusted, .before = &before,
		.file_reasons = &reasons, .version = record->version,
		.requester_verified = record->version.proof != REQUEST_UNSIGNED,
		.decisions = &decisions, .now = believed_time(&record->intent, taking->shown->now),
		.expire = true };
	struct text content;

	if (store_object(taking->store, arena, record->version.blob, "blob", SNAPSHOT_FILE_BYTES,
	    &content) && request_decode(arena, record->id, content, request, &reasons))
		evaluation.request = request;
	evaluate_request(arena, &evaluation, &after);
	if (after.state != STATE_APPROVED)
		return text_printf(arena, "by the checker's clock, at %s, when it first saw the "
		    "decision, the request is %s and not Approved",
		    moment_format(arena, evaluation.now).at, request_state_name(after.state));
	if (!text_equal(after.digest, record->intent.digest) ||
	    !text_equal(after.digest, record->digest))
		return TEXT("what was decided is not the plan that request and rules give");
	if (after.bypassed && evaluation.requester_verified &&
	    !identity_holds_key(evaluation.configuration, after.requester.name,
		record->version.key, evaluation.now))
		return text_printf(arena, "by the checker's clock, at %s, when it first saw the "
		    "decision, the requester's key does not count, and nobody else agrees",
		    moment_format(arena, evaluation.now).at);
	return (struct text){ NULL, 0 };
}

/* Whether the request's record still has a decision to be carried out, and this one. */
static bool
stands(const struct request_record *record, const struct seen_decision *decision)
{
	return record_awaits_certificate(record) &&
	    text_equal(record->intent.serial_number, decision->serial_number) &&
	    text_equal(record->intent.digest, decision->digest);
}

static void
add(struct arena *arena, struct seen_decisions *decisions, const struct request_record *record,
    struct text refused)
{
	*ARRAY_ADD(arena, decisions) = (struct seen_decision){
		.request = text_copy(arena, record->id),
		.digest = text_copy(arena, record->intent.digest),
		.serial_number = text_copy(arena, record->intent.serial_number),
		.refused = text_copy(arena, refused) };
}

static int
compare_ids(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, ((const struct request_record *)b)->id);
}

const struct request_record *
request_records_find(const struct request_records *records, struct text id)
{
	return records->count == 0 ? NULL :
	    bsearch(&id, records->at, records->count, sizeof(records->at[0]), compare_ids);
}

/* Lets go of those that a changed record has no more; `known` marks the records whose decision stays. */
static void
let_go(struct seen_decisions *decisions, const struct request_records *records, bool *known)
{
	for (size_t i = 0; i < decisions->count; i++) {
		struct seen_decision *decision = &decisions->at[i];
		const struct request_record *record = request_records_find(records, decision->request);

		if (record == NULL)
			continue;
		if (stands(record, decision))
			known[record - records->at] = true;
		else
			decision->serial_number = (struct text){ NULL, 0 };
	}
}

void
decisions_take(struct checker *checker, struct accepted *accepted, const struct shown_commit *shown)
{
	struct taking taking = { .store = checker->store, .arena = arena_new(), .accepted = accepted,
		.shown = shown };
	const struct texts *changed = &shown->step->requests;
	bool *known = arena_allocate(taking.arena, changed->count + 1);
	struct request_records records = { 0 };

	for (size_t i = 0; i < changed->count; i++) {
		struct request_record *record = ARRAY_ADD(taking.arena, &records);

		if (!record_load(checker->store, taking.arena, shown->id, changed->at[i], record))
			*record = (struct request_record){ .id = changed->at[i] };
	}
	let_go(&accepted->decisions, &records, known);
	late_take(checker->store, accepted, shown, &records);
	for (size_t i = 0; i < records.count; i++)
		if (!known[i] && record_awaits_certificate(&records.at[i]))
			add(accepted->arena, &accepted->decisions, &records.at[i],
			    find_refusal(&taking, &records.at[i]));
	arena_free(taking.arena);
}

void
decisions_remember(struct checker *checker, struct text serial_number, const struct intent *signed_by)
{
	const struct seen_decision *ordered = accepted_decision(&checker->accepted, serial_number);
	struct arena *arena = checker->accepted.arena;

	if (ordered == NULL || !text_equal(ordered->digest, signed_by->digest) ||
	    accepted_decision(&checker->accepted, signed_by->serial_number) != NULL)
		return;
	*ARRAY_ADD(arena, &checker->accepted.decisions) = (struct seen_decision){
		.request = ordered->request, .digest = ordered->digest,
		.serial_number = text_copy(arena, signed_by->serial_number), .signed_before = true };
	accepted_tidy(&checker->accepted);
	checker->unsaved = true;
}

/* Why the decision that a record has was not vouched for when it was first seen; absent when it was, or never seen. */
static struct text
refused_before(struct accepted *accepted, const struct request_record *record)
{
	const struct seen_decision *decision =
	    accepted_decision(accepted, record->intent.serial_number);

	return decision != NULL && stands(record, decision) ? decision->refused :
	    (struct text){ NULL, 0 };
}

bool
decisions_take_all(struct checker *checker, struct arena *arena, struct text commit,
    struct text *why)
{
	struct accepted *accepted = &checker->accepted;
	struct request_records records = { 0 };
	struct seen_decisions all = { 0 };

	if (!records_open(checker->store, arena, commit, &records, why))
		return false;
	for (size_t i = 0; i < records.count; i++)
		if (record_awaits_certificate(&records.at[i]))
			add(accepted->arena, &all, &records.at[i],
			    refused_before(accepted, &records.at[i]));
	accepted->decisions = all;
	accepted_tidy(accepted);
	return true;
}
