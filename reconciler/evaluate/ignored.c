/*
 * What was seen and did not count. The newest are shown, all are counted.
 */
#include "evaluate/judgement.h"

#include <stdlib.h>

enum { IGNORED_SHOWN = 20, DIGEST_SHOWN_BYTES = 19 };

/* "approve sha256:0123456789ab…" */
static struct text
describe(struct arena *arena, const struct verified_decision *decision)
{
	struct text digest = text_first(decision->digest, DIGEST_SHOWN_BYTES);

	return text_printf(arena, "%s %s…", decision_kind_name(decision->decision),
	    text_visible(arena, digest, DIGEST_SHOWN_BYTES).at);
}

static struct ignored
entry_of(struct arena *arena, const struct verified_decision *decision, struct text why)
{
	return (struct ignored){ .who = decision->by,
		.what = describe(arena, decision),
		.why = why,
		.commit = decision->where,
		.observed_at = decision->observed_at,
		.request = decision->request };
}

void
ignored_add(struct judgement *judgement, const struct verified_decision *decision, struct text why)
{
	*ARRAY_ADD(judgement->arena, &judgement->ignored) =
	    entry_of(judgement->arena, decision, why);
}

/* Newest first; a total order over what is shown. */
static int
compare_entries(const void *left, const void *right)
{
	const struct ignored *a = left, *b = right;
	const int orders[] = {
		(a->observed_at < b->observed_at) - (a->observed_at > b->observed_at),
		text_compare(a->who, b->who),
		text_compare(a->what, b->what),
		text_compare(a->commit, b->commit),
		text_compare(a->why, b->why),
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (orders[i] != 0)
			return orders[i];
	return 0;
}

static bool
same_cause(const struct ignored *a, const struct ignored *b)
{
	return text_equal(a->who, b->who) && text_equal(a->what, b->what) &&
	       text_equal(a->commit, b->commit);
}

/*
 * Sorts, drops repetitions and what is above the limit. What an earlier list
 * had dropped stays counted.
 */
static void
settle(struct request_record *record, struct ignored_list *all, int64_t counted_before)
{
	size_t kept = 0;

	if (all->count > 1)
		qsort(all->at, all->count, sizeof(all->at[0]), compare_entries);
	for (size_t i = 0; i < all->count; i++)
		if (kept == 0 || compare_entries(&all->at[kept - 1], &all->at[i]) != 0)
			all->at[kept++] = all->at[i];
	record->ignored_count = (int64_t)kept;
	if (counted_before > record->ignored_count)
		record->ignored_count = counted_before;
	all->count = kept < IGNORED_SHOWN ? kept : IGNORED_SHOWN;
	record->ignored = *all;
}

/* How many were counted before, as far as the list before did not show them all. */
static int64_t
counted_unseen(const struct request_record *record)
{
	return record->ignored_count > (int64_t)record->ignored.count ? record->ignored_count : 0;
}

static bool
is_judged_now(const struct judgement *judgement, const struct ignored *entry)
{
	const struct verified_decisions *all = judgement->evaluation->decisions;

	for (size_t i = 0; i < all->count; i++) {
		struct ignored other = entry_of(judgement->arena, &all->at[i], entry->why);

		if (same_cause(&other, entry))
			return true;
	}
	return false;
}

/* Whether what was ignored before belongs to an opening that is over. */
static bool
is_over(const struct judgement *judgement)
{
	return judgement->afresh && judgement->evaluation->before->opened_at != 0;
}

void
ignored_write(struct judgement *judgement)
{
	const struct request_record *before = judgement->evaluation->before;
	struct ignored_list all = judgement->ignored;
	bool over = is_over(judgement);

	for (size_t i = 0; i < before->ignored.count && !over; i++)
		if (!is_judged_now(judgement, &before->ignored.at[i]))
			*ARRAY_ADD(judgement->arena, &all) = before->ignored.at[i];
	settle(judgement->record, &all, over ? 0 : counted_unseen(before));
}

void
request_ignore(struct arena *arena, struct request_record *record, const struct ignored *entry)
{
	struct ignored_list all = { 0 };
	int64_t counted = counted_unseen(record);

	for (size_t i = 0; i < record->ignored.count; i++) {
		if (same_cause(&record->ignored.at[i], entry))
			return;
		*ARRAY_ADD(arena, &all) = record->ignored.at[i];
	}
	*ARRAY_ADD(arena, &all) = *entry;
	settle(record, &all, counted > 0 ? counted + 1 : 0);
}

/* Ended without a certificate; what else is decided will have one, or has. */
static bool
ended_without(enum request_state state)
{
	return state == STATE_REJECTED || state == STATE_CANCELLED || state == STATE_EXPIRED;
}

static struct text
too_late_why(const struct request_record *record, struct arena *arena)
{
	if (ended_without(record->state))
		return text_printf(arena,
		    "too late: the request has ended (%s); its requester can ask "
		    "again with a new signed version",
		    request_state_name(record->state));
	if (record_cancellable(record))
		return TEXT("too late: it was decided to issue the certificate. As the signer "
			    "refuses to, the requester or an administrator can cancel the request");
	return TEXT(
	    "too late: it was decided to issue the certificate; to take it back, revoke it");
}

/* A cancellation is not too late for a request that can be cancelled: something else is wrong with it. */
static struct text
answer_why(const struct judgement *judgement, const struct verified_decision *decision)
{
	struct text why = { NULL, 0 };

	if (record_cancellable(judgement->record) && decision->decision == DECISION_CANCEL)
		why = verdict_on(judgement, decision);
	return text_present(why) ? why : too_late_why(judgement->record, judgement->arena);
}

static bool
has_approved(const struct step_status *step, const struct verified_decision *decision)
{
	for (size_t i = 0; i < step->approved_by.count; i++)
		if (text_equal(step->approved_by.at[i].name, decision->by) &&
		    text_equal(step->approved_by.at[i].evidence, decision->evidence))
			return true;
	return false;
}

/* What has done its part came in time. It is seen again where nobody may delete its branch. */
static bool
has_counted(const struct request_record *record, const struct verified_decision *decision)
{
	if (decision->decision >= DECISION_REJECT)
		return text_equal(decision->by, record->decided_by) &&
		    text_equal(decision->evidence, record->decided_evidence);
	if (decision->decision != DECISION_APPROVE ||
	    !text_equal(decision->digest, record->digest))
		return false;
	for (size_t i = 0; i < record->steps.count; i++)
		if (has_approved(&record->steps.at[i], decision))
			return true;
	return false;
}

void
ignored_answer(struct judgement *judgement)
{
	struct verified_decisions all = facts_of(judgement);
	struct request_record *record = judgement->record;

	for (size_t i = 0; i < all.count; i++) {
		struct ignored entry =
		    entry_of(judgement->arena, &all.at[i], answer_why(judgement, &all.at[i]));

		entry.alarm =
		    !ended_without(record->state) && all.at[i].decision != DECISION_APPROVE;
		if (!facts_contain(&record->decisions, &all.at[i]) &&
		    !has_counted(record, &all.at[i]))
			request_ignore(judgement->arena, record, &entry);
	}
}
