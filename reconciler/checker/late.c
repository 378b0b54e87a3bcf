/*
 * When people's decisions were seen: the records say it, and are believed where
 * the checker was shown them within a few minutes. What it sees later than that counts from then on.
 */
#include "checker/checking.h"

#include "reconcile/load.h"

static bool
has_evidence(const struct request_record *record, struct text evidence)
{
	for (size_t i = 0; i < record->decisions.count; i++)
		if (text_equal(record->decisions.at[i].evidence, evidence))
			return true;
	return false;
}

static const struct late_sight *
find_late(const struct accepted *accepted, struct text request, struct text evidence)
{
	for (size_t i = 0; i < accepted->late.count; i++) {
		const struct late_sight *late = &accepted->late.at[i];

		if (text_equal(late->evidence, evidence) && text_equal(late->request, request))
			return late;
	}
	return NULL;
}

static bool
is_late(const struct verified_decision *decision, moment now)
{
	return decision->observed_at < now - CHECKER_CLOCK_SECONDS;
}

static void
take(struct store *store, struct accepted *accepted, const struct shown_commit *shown,
    const struct request_record *record)
{
	struct arena *own = accepted->arena, *arena = arena_new();
	struct request_record before = { 0 };
	bool loaded = false;

	for (size_t i = 0; i < record->decisions.count; i++) {
		const struct verified_decision *decision = &record->decisions.at[i];

		if (!is_late(decision, shown->now))
			continue;
		if (!loaded && (!text_present(shown->before) || !record_load(store, arena,
		    shown->before, record->id, &before)))
			before = (struct request_record){ 0 };
		loaded = true;
		if (has_evidence(&before, decision->evidence) ||
		    find_late(accepted, record->id, decision->evidence) != NULL)
			continue;
		*ARRAY_ADD(own, &accepted->late) = (struct late_sight){
			.request = text_copy(own, record->id),
			.evidence = text_copy(own, decision->evidence), .seen_at = shown->now };
	}
	arena_free(arena);
}

static void
let_go(struct accepted *accepted, const struct request_record *record)
{
	for (size_t i = 0; i < accepted->late.count; i++)
		if (text_equal(accepted->late.at[i].request, record->id))
			accepted->late.at[i].evidence = (struct text){ NULL, 0 };
}

void
late_take(struct store *store, struct accepted *accepted, const struct shown_commit *shown,
    const struct request_records *changed)
{
	for (size_t i = 0; i < changed->count; i++) {
		const struct request_record *record = &changed->at[i];

		/* an ended request has no decisions any more */
		if (request_state_ended(record->state))
			let_go(accepted, record);
		else if (!shown->believed)
			take(store, accepted, shown, record);
	}
}

struct verified_decisions
late_apply(const struct accepted *accepted, struct arena *arena,
    const struct request_record *record)
{
	struct verified_decisions decisions = { 0 };

	for (size_t i = 0; i < record->decisions.count; i++) {
		struct verified_decision *decision = ARRAY_ADD(arena, &decisions);
		const struct late_sight *late;

		*decision = record->decisions.at[i];
		late = find_late(accepted, record->id, decision->evidence);
		if (late != NULL && late->seen_at > decision->observed_at)
			decision->observed_at = late->seen_at;
	}
	return decisions;
}
