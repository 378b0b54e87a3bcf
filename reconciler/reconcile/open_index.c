#include "reconcile/open_index.h"

#include <stdlib.h>

#include "evaluate/evaluate.h"

enum { NAMES_SHOWN = 5 };

static struct text
describe_waiting(struct arena *arena, const struct request_record *record)
{
	struct buffer waiting = { .arena = arena };

	for (size_t i = 0; i < record->steps.count; i++) {
		const struct step_status *step = &record->steps.at[i];

		if (step->state != STEP_OPEN)
			continue;
		buffer_printf(&waiting, "%.*s: %lld of %lld, ", TEXT_ARGUMENTS(step->name),
		    (long long)step->approved_by.count, (long long)step->required);
		for (size_t j = 0; j < step->waiting_for.count && j < NAMES_SHOWN; j++)
			buffer_printf(&waiting, "%s%.*s", j > 0 ? " " : "",
			    TEXT_ARGUMENTS(step->waiting_for.at[j]));
		if (step->waiting_for.count > NAMES_SHOWN)
			buffer_printf(&waiting, " and %zu more",
			    step->waiting_for.count - NAMES_SHOWN);
		break;
	}
	return buffer_text(&waiting);
}

static void
entry_add(struct open_index *index, const struct request_record *record)
{
	struct arena *arena = index->arena;

	*ARRAY_ADD(arena, &index->entries) = (struct open_entry){
		.id = text_copy(arena, record->id),
		.state = record->state,
		.profile = text_copy(arena, record->profile),
		.requester = text_copy(arena, record->requester.name),
		.summary = text_copy(arena, record->summary),
		.waiting = describe_waiting(arena, record),
		.opened_at = record->opened_at,
		.deadline = record->deadline,
		.next_due = request_next_due(record),
		.to_be_issued = record_awaits_certificate(record),
	};
}

static void
entry_keep(struct open_index *index, const struct open_entry *entry)
{
	struct arena *arena = index->arena;
	struct open_entry *kept = ARRAY_ADD(arena, &index->entries);

	*kept = *entry;
	kept->id = text_copy(arena, entry->id);
	kept->profile = text_copy(arena, entry->profile);
	kept->requester = text_copy(arena, entry->requester);
	kept->summary = text_copy(arena, entry->summary);
	kept->waiting = text_copy(arena, entry->waiting);
}

static struct open_index *
index_empty(struct text output)
{
	struct arena *arena = arena_new();
	struct open_index *index = ARENA_NEW(arena, struct open_index);

	index->arena = arena;
	index->output = text_copy(arena, output);
	return index;
}

static int
compare_entries(const void *a, const void *b)
{
	return text_compare(((const struct open_entry *)a)->id,
	    ((const struct open_entry *)b)->id);
}

struct open_index *
open_index_new(struct text output, const struct request_records *records)
{
	struct open_index *index = index_empty(output);

	for (size_t i = 0; i < records->count; i++)
		if (!request_state_ended(records->at[i].state))
			entry_add(index, &records->at[i]);
	/* records come in the order of their paths, which is another */
	if (index->entries.count > 1)
		qsort(index->entries.at, index->entries.count, sizeof(index->entries.at[0]),
		    compare_entries);
	return index;
}

void
open_index_free(struct open_index *index)
{
	if (index != NULL)
		arena_free(index->arena);
}

static int
compare_records(const void *a, const void *b)
{
	const struct request_record *const *one = a, *const *other = b;

	return text_compare((*one)->id, (*other)->id);
}

struct open_index *
open_index_with(const struct open_index *old, struct text output,
    const struct request_records *changed)
{
	struct open_index *index = index_empty(output);
	const struct request_record **sorted =
	    arena_allocate(index->arena, (changed->count + 1) * sizeof(*sorted));
	size_t at = 0, from = 0;

	for (size_t i = 0; i < changed->count; i++)
		sorted[i] = &changed->at[i];
	if (changed->count > 1)
		qsort(sorted, changed->count, sizeof(*sorted), compare_records);
	while (at < changed->count || from < old->entries.count) {
		int order = at == changed->count ? 1 : from == old->entries.count ? -1 :
		    text_compare(sorted[at]->id, old->entries.at[from].id);

		if (order > 0) {
			entry_keep(index, &old->entries.at[from++]);
			continue;
		}
		if (!request_state_ended(sorted[at]->state))
			entry_add(index, sorted[at]);
		at++;
		from += order == 0;
	}
	return index;
}

moment
open_index_next_due(const struct open_index *index)
{
	moment next = 0;

	for (size_t i = 0; i < index->entries.count; i++) {
		moment due = index->entries.at[i].next_due;

		if (due != 0 && (next == 0 || due < next))
			next = due;
	}
	return next;
}
