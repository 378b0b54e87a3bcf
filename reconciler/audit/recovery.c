/*
 * What an operator has decided is nothing that can be decided again: it is named, for whoever
 * audits to ask him. What follows from it must follow all the same.
 */
#include "audit/auditing.h"

#include <stdio.h>
#include <string.h>

#include "reconcile/load.h"
#include "repository/history.h"
#include "trust/commit.h"

enum { OBJECT_ID_BYTES = 65, LINES_MOST = 64 };

static const struct text nobody = { NULL, 0 };
static const char discarded_name[] = "Countersign-Output-Discarded";

struct texts
recovery_discarded(struct arena *arena, struct text raw)
{
	return own_trailers(arena, raw, discarded_name);
}

static size_t
certificates_up_to(struct step *step, struct text tip)
{
	struct comparison comparison = { .from = step->auditing->before, .to = tip,
		.folder = "certificates" };
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };

	return snapshot_compare(step->auditing->order->store, step->arena, &comparison, &changes,
	    &reasons) ? changes.count : 0;
}

/* Which output commits those were; as far as they are here, where no ref leads to them any more. */
static struct text
describe_discarded(struct step *step, struct text tip)
{
	struct history_range range = { .tip = tip, .known = step->auditing->before,
		.most_bytes = 1 };
	struct history_commits line = { 0 };
	bool reached = false;
	size_t certificates;

	if (step->auditing->order->doubt_recoveries ||
	    !history_first_parents(step->auditing->order->store, step->arena, &range, &line,
		&reached) || line.count == 0)
		return text_printf(step->arena, "the output commits up to %.*s, which are not here "
		    "any more", TEXT_ARGUMENTS(tip));
	if (!reached)
		return text_printf(step->arena, "the output commits up to %.*s, which do not go on "
		    "from the one before this", TEXT_ARGUMENTS(tip));
	certificates = certificates_up_to(step, tip);
	return text_printf(step->arena, "%zu output commit%s, from %.*s to %.*s, in which %zu "
	    "certificate%s changed", line.count, line.count == 1 ? "" : "s",
	    TEXT_ARGUMENTS(line.at[line.count - 1].id), TEXT_ARGUMENTS(tip), certificates,
	    certificates == 1 ? "" : "s");
}

void
recovery_tell(struct step *step)
{
	struct text accepted = own_trailer(step->raw, "Countersign-History-Accepted");
	struct texts discarded = recovery_discarded(step->arena, step->raw);
	struct store *store = step->auditing->order->store;
	size_t lacking;
	struct text by = text_present(step->key) ? step->key : TEXT("nobody");

	if (text_present(accepted))
		finding_apart(step, "HistoryAccepted", text_printf(step->arena, "an operator accepted another "
		    "input history, by naming %.*s; that is the word of %.*s, who signed this commit",
		    TEXT_ARGUMENTS(accepted), TEXT_ARGUMENTS(by)));
	lacking = store_lacking(store);
	for (size_t i = 0; i < discarded.count; i++)
		finding_apart(step, "OutputDiscarded", text_printf(step->arena, "an operator gave up %.*s; that "
		    "is the word of %.*s, who signed this commit",
		    TEXT_ARGUMENTS(describe_discarded(step, discarded.at[i])), TEXT_ARGUMENTS(by)));
	store_lacking_forgive(store, lacking);
}

/* --- what was decided in commits that were given up ------------------------------------------------ */

static struct text
intent_key(struct arena *arena, struct text request, const struct intent *intent)
{
	return text_printf(arena, "%.*s %.*s %.*s", TEXT_ARGUMENTS(request),
	    TEXT_ARGUMENTS(intent->digest), TEXT_ARGUMENTS(intent->serial_number));
}

/* The decisions to issue that a discarded commit records, where it changes something. */
static bool
take_intents(struct auditing *auditing, struct recovery *recovery,
    const struct comparison *comparison)
{
	struct store *store = auditing->order->store;
	struct arena *scratch = arena_new();
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };
	bool good = snapshot_compare(store, scratch, comparison, &changes, &reasons);

	for (size_t i = 0; i < changes.count && good; i++) {
		struct request_record record = { 0 };
		struct text id = text_skip(changes.at[i].path, strlen(comparison->folder) + 1);

		id.length -= text_ends_with(id, ".yaml") ? strlen(".yaml") : 0;
		if (record_load(store, scratch, comparison->to, id, &record) && record.intent.present)
			(void)text_set_add(auditing->arena, &recovery->intents,
			    intent_key(auditing->arena, id, &record.intent));
	}
	arena_free(scratch);
	return good;
}

/* A line of output commits that was given up: up to `tip`, from the one that it goes on from. */
ARRAY(given_up_lines, struct history_range);

/* What an output commit gives up; recoveries that were given up themselves are followed up to a bound. */
static void
add_lines(struct arena *arena, struct given_up_lines *lines, struct text raw, struct text before)
{
	struct texts tips = recovery_discarded(arena, raw);

	for (size_t i = 0; i < tips.count && lines->count < LINES_MOST; i++)
		*ARRAY_ADD(arena, lines) = (struct history_range){ .tip = tips.at[i],
			.known = before, .most_bytes = 1 };
}

/* False when the line is not here, or not whole. */
static bool
take_line(struct auditing *auditing, struct arena *arena, struct recovery *recovery,
    struct given_up_lines *lines, size_t at)
{
	const struct history_range range = lines->at[at];
	struct comparison comparison = { .from = range.known, .folder = "status/requests" };
	struct history_commits line = { 0 };
	struct text raw;
	bool reached = false, good = history_first_parents(auditing->order->store, arena, &range,
	    &line, &reached) && line.count > 0;

	if (!reached)
		comparison.from = nobody;
	for (size_t i = line.count; i-- > 0 && good;) {
		comparison.to = line.at[i].id;
		good = take_intents(auditing, recovery, &comparison) &&
		    store_object(auditing->order->store, arena, comparison.to, "commit",
			HISTORY_COMMIT_BYTES, &raw);
		if (good)
			add_lines(arena, lines, raw, comparison.from);
		comparison.from = comparison.to;
	}
	return good;
}

/* What an output commit that discards others gave up, read once. */
static const struct recovery *
recovery_of(struct step *step, struct text commit, struct text raw, struct text before)
{
	struct auditing *auditing = step->auditing;
	struct store *store = auditing->order->store;
	struct given_up_lines lines = { 0 };
	size_t lacking = store_lacking(store);
	struct recovery *recovery;

	for (size_t i = 0; i < auditing->recoveries.count; i++)
		if (text_equal(auditing->recoveries.at[i].commit, commit))
			return &auditing->recoveries.at[i];
	recovery = ARRAY_ADD(auditing->arena, &auditing->recoveries);
	*recovery = (struct recovery){ .commit = text_copy(auditing->arena, commit),
		/* the checker knows of what is discarded only what it accepted itself */
		.known = !auditing->order->doubt_recoveries };
	add_lines(step->arena, &lines, raw, before);
	for (size_t i = 0; i < lines.count && recovery->known; i++)
		recovery->known = take_line(auditing, step->arena, recovery, &lines, i);
	store_lacking_forgive(store, lacking);
	return recovery;
}

/* A look at one output commit, on the way back along the branch. */
struct look_back {
	struct step *step;
	const struct intent *intent;
	struct text request;
	moment decided;
	char id[OBJECT_ID_BYTES];       /* of the commit; then of the one before */
	bool found;
};

/* False at the end of the way: nothing was given up, with this decision in it, before it was made. */
static bool
step_back(struct look_back *look, struct arena *scratch)
{
	struct step *step = look->step;
	struct raw_commit commit = { 0 };
	struct text raw, why, before;
	moment time;

	if (!store_object(step->auditing->order->store, scratch, text_of(look->id), "commit",
	    HISTORY_COMMIT_BYTES, &raw) || !raw_commit_parse(scratch, raw, &commit, &why) ||
	    !moment_parse(own_trailer(raw, "Countersign-Time"), &time) || time < look->decided)
		return false;
	before = commit.parents.count > 0 ? commit.parents.at[0] : nobody;
	if (text_present(own_trailer(raw, discarded_name))) {
		const struct recovery *recovery = recovery_of(step, text_of(look->id), raw, before);

		look->found = !recovery->known || text_set_has(&recovery->intents,
		    intent_key(scratch, look->request, look->intent));
	}
	if (look->found || !text_present(before) || before.length >= OBJECT_ID_BYTES)
		return false;
	memcpy(look->id, before.at, before.length);
	look->id[before.length] = '\0';
	return true;
}

bool
recovery_carried_out(struct step *step, struct text request, const struct intent *intent,
    moment decided)
{
	struct look_back look = { .step = step, .intent = intent, .request = request,
		.decided = decided };
	bool more = true;

	(void)snprintf(look.id, sizeof(look.id), "%.*s", TEXT_ARGUMENTS(step->commit));
	while (more) {
		struct arena *scratch = arena_new();

		more = step_back(&look, scratch);
		arena_free(scratch);
	}
	return look.found;
}
