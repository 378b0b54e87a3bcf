/*
 * Invalid requests that nobody has seen before: so many are shown of each
 * identity, and of the others next to nothing is kept.
 */
#include "reconcile/pass.h"

/* How many of those that are not shown are named in the log of one pass. */
enum { NAMED_IN_LOG = 20 };

/* Whose limit a request counts against: of names that nobody has there are as many as one likes. */
static struct text
limit_of(const struct pass *pass, struct text requester)
{
	return configuration_identity(pass->trusted, requester) != NULL ? requester :
	    TEXT("nobody known");
}

static struct count *
count_of(struct pass *pass, struct counts *invalid, struct text requester)
{
	struct text name = limit_of(pass, requester);

	for (size_t i = 0; i < invalid->count; i++)
		if (text_equal(invalid->at[i].name, name))
			return &invalid->at[i];
	*ARRAY_ADD(pass->arena, invalid) =
	    (struct count){ text_copy(pass->arena, name), 0 };
	return &invalid->at[invalid->count - 1];
}

struct counts
invalid_counts(struct pass *pass)
{
	const struct open_entries *entries = &pass->reconciler->index->entries;
	struct counts invalid = { 0 };

	for (size_t i = 0; i < entries->count; i++)
		if (entries->at[i].state == STATE_INVALID)
			count_of(pass, &invalid, entries->at[i].requester)->count++;
	return invalid;
}

bool
invalid_is_shown(struct pass *pass, const struct decided *decided, struct counts *invalid)
{
	struct count *shown;

	if (decided->existed || decided->after.state != STATE_INVALID)
		return true;
	shown = count_of(pass, invalid, decided->after.requester.name);
	if (shown->count >= INVALID_SHOWN_PER_IDENTITY)
		return false;
	shown->count++;
	return true;
}

struct decided
invalid_in_short(struct arena *arena, const struct decided *decided)
{
	struct decided kept = { .in_short = true };

	/* the id is the pass's own */
	kept.before.id = kept.after.id = decided->before.id;
	kept.after.state = decided->after.state;
	kept.after.requester.name = text_copy(arena, decided->after.requester.name);
	if (text_present(decided->unproved_sha256))
		kept.unproved_sha256 = text_copy(arena, decided->unproved_sha256);
	return kept;
}

void
invalid_log(const struct decided *decided, size_t number)
{
	if (number <= NAMED_IN_LOG)
		log_event(LOG_WARNING, "invalid-not-shown",
		    LOG_FIELDS({ "request", decided->before.id },
			{ "requester", decided->after.requester.name }));
}

void
invalid_log_rest(struct arena *arena, size_t number)
{
	if (number > NAMED_IN_LOG)
		log_event(LOG_WARNING, "invalid-not-shown",
		    LOG_FIELDS({ "more", text_printf(arena, "%zu", number - NAMED_IN_LOG) }));
}
