/*
 * What an operator has decided is nothing that can be decided again: it is named, for whoever
 * audits to ask him. What follows from it must follow all the same.
 */
#include "audit/auditing.h"

#include <stdio.h>

#include "repository/history.h"
#include "trust/commit.h"

enum { OBJECT_ID_BYTES = 65 };

static const struct text nobody = { NULL, 0 };
static const char discarded_name[] = "Countersign-Output-Discarded";

struct texts
recovery_discarded(struct arena *arena, struct text raw)
{
	return own_trailers(arena, raw, discarded_name);
}

/* No certificate that is here rests on what the operator gave up, or on his word. */
static void
tell(struct step *step, const char *code, struct text message)
{
	struct audit_findings *findings = &step->auditing->report->findings;

	finding_add(step, code, nobody, "%.*s", TEXT_ARGUMENTS(message));
	findings->at[findings->count - 1].apart = true;
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
		tell(step, "HistoryAccepted", text_printf(step->arena, "an operator accepted another "
		    "input history, by naming %.*s; that is the word of %.*s, who signed this commit",
		    TEXT_ARGUMENTS(accepted), TEXT_ARGUMENTS(by)));
	step->auditing->recovered = step->auditing->recovered || discarded.count > 0;
	lacking = store_lacking(store);
	for (size_t i = 0; i < discarded.count; i++)
		tell(step, "OutputDiscarded", text_printf(step->arena, "an operator gave up %.*s; that "
		    "is the word of %.*s, who signed this commit",
		    TEXT_ARGUMENTS(describe_discarded(step, discarded.at[i])), TEXT_ARGUMENTS(by)));
	store_lacking_forgive(store, lacking);
}

/* The commit before one on the branch, and whether this one discards others. False where it cannot be read, or is the first. */
static bool
step_back(struct step *step, char id[OBJECT_ID_BYTES], bool *discards)
{
	struct arena *scratch = arena_new();
	struct raw_commit commit = { 0 };
	struct text raw, why;
	bool more = store_object(step->auditing->order->store, scratch, text_of(id), "commit",
	    HISTORY_COMMIT_BYTES, &raw) && raw_commit_parse(scratch, raw, &commit, &why);

	*discards = more && text_present(own_trailer(raw, discarded_name));
	more = more && commit.parents.count > 0 && commit.parents.at[0].length < OBJECT_ID_BYTES;
	if (more)
		(void)snprintf(id, OBJECT_ID_BYTES, "%.*s", TEXT_ARGUMENTS(commit.parents.at[0]));
	arena_free(scratch);
	return more;
}

bool
recovery_before(struct step *step)
{
	struct auditing *auditing = step->auditing;
	char id[OBJECT_ID_BYTES];

	/* one that was audited is known; others may stand before, or between, what is audited */
	if (auditing->recovered || text_equal(auditing->unrecovered, step->commit))
		return auditing->recovered;
	(void)snprintf(id, sizeof(id), "%.*s", TEXT_ARGUMENTS(step->commit));
	while (step_back(step, id, &auditing->recovered) && !auditing->recovered)
		;
	auditing->unrecovered = text_copy(auditing->arena, step->commit);
	return auditing->recovered;
}
