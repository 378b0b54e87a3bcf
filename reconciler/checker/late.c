/*
 * When people's decisions were seen: the records say it, and are believed where
 * the checker was shown them within a few minutes. What it sees later than that counts from then on.
 */
#include "checker/checking.h"

#include "reconcile/load.h"

/* Whether the record has a decision of the same signature: of this person, by this key, over these bytes. */
static bool
has_signature_of(const struct request_record *record, const struct verified_decision *decision)
{
	for (size_t i = 0; i < record->decisions.count; i++) {
		const struct verified_decision *one = &record->decisions.at[i];

		if (text_equal(one->evidence, decision->evidence) &&
		    text_equal(one->by, decision->by) && text_equal(one->key, decision->key))
			return true;
	}
	return false;
}

static bool
is_late(const struct verified_decision *decision, moment now)
{
	return decision->observed_at < now - CHECKER_CLOCK_SECONDS;
}

static void
take(struct store *store, const struct accepted *accepted, const struct shown_commit *shown,
    const struct request_record *record, struct late_sights *found)
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
		if (has_signature_of(&before, decision) ||
		    accepted_late(accepted, record->id, decision) != NULL)
			continue;
		*ARRAY_ADD(own, found) = (struct late_sight){
			.request = text_copy(own, record->id),
			.evidence = text_copy(own, decision->evidence),
			.by = text_copy(own, decision->by), .key = text_copy(own, decision->key),
			.seen_at = shown->now };
	}
	arena_free(arena);
}

/* An ended request has no decisions any more. */
static void
keep(struct accepted *accepted, const struct request_records *changed)
{
	struct late_sights *late = &accepted->late;
	size_t kept = 0;

	for (size_t i = 0; i < late->count; i++) {
		const struct request_record *record = request_records_find(changed, late->at[i].request);

		if (record == NULL || !request_state_ended(record->state))
			late->at[kept++] = late->at[i];
	}
	late->count = kept;
}

void
late_take(struct store *store, struct accepted *accepted, const struct shown_commit *shown,
    const struct request_records *changed)
{
	struct late_sights found = { 0 };

	keep(accepted, changed);
	for (size_t i = 0; i < changed->count && !shown->believed; i++)
		if (!request_state_ended(changed->at[i].state))
			take(store, accepted, shown, &changed->at[i], &found);
	accepted_add_late(accepted, &found);
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
		late = accepted_late(accepted, record->id, decision);
		if (late != NULL && late->seen_at > decision->observed_at)
			decision->observed_at = late->seen_at;
	}
	return decisions;
}
