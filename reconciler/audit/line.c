/*
 * One output commit: what differs from the one before, decided again, and
 * compared with what it says.
 */
#include "audit/auditing.h"

#include <string.h>

#include "reconcile/load.h"

enum { COMMIT_BYTES = 1024 * 1024 };

/* A record that was read before; NULL when it was not. */
static const struct request_record *
find_record(const struct texts *requests, const struct request_records *records, struct text id)
{
	const struct text *found = records->count == 0 ? NULL : texts_find(requests, id);

	return found == NULL ? NULL : &records->at[found - requests->at];
}

static struct request_record
read_record(struct step *step, struct arena *arena, struct text output, struct text id)
{
	struct request_record record = { 0 };

	if (!text_present(output) || !record_load(step->auditing->order->store, arena, output, id,
	    &record))
		record = (struct request_record){ 0 };
	return record;
}

struct request_record
record_at(struct step *step, struct text output, struct text id)
{
	bool after = text_equal(output, step->commit);
	const struct request_record *known = after ?
	    find_record(&step->requests, &step->after.records, id) :
	    text_equal(output, step->auditing->before) ?
	    find_record(&step->requests, &step->before, id) : NULL;

	return known != NULL ? *known : read_record(step, step->arena, output, id);
}

/* The request that a path of the output branch speaks of; absent for other paths. */
static struct text
id_of(struct text path)
{
	static const char *const folders[] = { "pending/", "status/requests/" };

	for (size_t i = 0; i < 2; i++)
		if (text_starts_with(path, folders[i]) && text_ends_with(path, ".yaml")) {
			path = text_skip(path, strlen(folders[i]));
			path.length -= strlen(".yaml");
			return path;
		}
	return (struct text){ NULL, 0 };
}

static bool
read_all_changes(struct step *step)
{
	struct comparison comparison = { .from = step->auditing->before, .to = step->commit,
		.folder = "" };
	struct reasons reasons = { 0 };

	if (!snapshot_compare(step->auditing->order->store, step->arena, &comparison,
	    &step->changes, &reasons)) {
		step->auditing->why = text_printf(step->auditing->arena,
		    "the tree of output commit %.*s cannot be read: %s",
		    TEXT_ARGUMENTS(step->commit), store_trouble(step->auditing->order->store));
		return false;
	}
	for (size_t i = 0; i < reasons.count; i++)
		finding_add(step, "UnexpectedEntry", (struct text){ NULL, 0 }, "%s",
		    reason_line(step->arena, &reasons.at[i]).at);
	return true;
}

/* What the commit before says of a request: read already, if that changed it. */
static struct request_record
record_before(struct step *step, struct text id)
{
	const struct known_records *known = &step->auditing->known;
	const struct request_record *found = text_equal(known->commit, step->auditing->before) ?
	    find_record(&known->requests, &known->records, id) : NULL;

	return found != NULL ? *found : read_record(step, step->arena, step->auditing->before, id);
}

static void
read_records(struct step *step)
{
	struct known_records *after = &step->after;

	after->arena = arena_new();
	after->commit = text_copy(after->arena, step->commit);
	for (size_t i = 0; i < step->requests.count; i++) {
		struct text id = text_copy(after->arena, step->requests.at[i]);

		texts_add(after->arena, &after->requests, id);
		*ARRAY_ADD(step->arena, &step->before) = record_before(step, id);
		*ARRAY_ADD(after->arena, &after->records) = read_record(step, after->arena,
		    step->commit, id);
	}
}

static bool
read_changes(struct step *step)
{
	bool one = text_present(step->auditing->order->only);

	if (!(one ? one_read_changes(step) : read_all_changes(step)))
		return false;
	for (size_t i = 0; i < step->changes.count; i++) {
		struct text id = id_of(step->changes.at[i].path);

		if (text_present(id))
			texts_add(step->arena, &step->requests, id);
	}
	texts_sort_unique(&step->requests);
	read_records(step);
	return true;
}

/* What this commit says is where the next one starts from. */
static void
advance(struct step *step)
{
	struct auditing *auditing = step->auditing;
	struct request_records readable = { 0 };
	struct open_index *index;

	for (size_t i = 0; i < step->after.records.count; i++)
		if (text_present(step->after.records.at[i].id))
			*ARRAY_ADD(step->arena, &readable) = step->after.records.at[i];
	if (readable.count > 0) {
		index = open_index_with(auditing->reconciler.index, step->commit, &readable);
		open_index_free(auditing->reconciler.index);
		auditing->reconciler.index = index;
	}
	auditing->before = auditing->done = text_copy(auditing->arena, step->commit);
	if (step->time > auditing->time)
		auditing->time = step->time;
	if (auditing->last != NULL) {
		struct audit_step *last = auditing->last;

		last->time = step->time;
		last->input = text_copy(auditing->last_arena, step->input);
		for (size_t i = 0; i < step->requests.count; i++)
			texts_add(auditing->last_arena, &last->requests,
			    text_copy(auditing->last_arena, step->requests.at[i]));
	}
	auditing->report->tip_input = text_copy(auditing->arena, step->input);
	auditing->report->commits++;
}

/* What is wrong with a commit as such is wrong with all that it records: who decided may have come by it. */
static void
shake(struct step *step, size_t from)
{
	const struct audit_findings *findings = &step->auditing->report->findings;
	struct arena *arena = step->auditing->arena;
	bool wrong = false;

	for (size_t i = from; i < findings->count; i++)
		wrong = wrong || (!findings->at[i].apart && !text_present(findings->at[i].request));
	for (size_t i = 0; wrong && i < step->requests.count; i++)
		(void)text_set_add(arena, &step->auditing->shaken,
		    text_copy(arena, step->requests.at[i]));
}

static bool
audit(struct step *step)
{
	size_t findings = step->auditing->report->findings.count;

	if (!store_object(step->auditing->order->store, step->arena, step->commit, "commit",
	    COMMIT_BYTES, &step->raw)) {
		step->auditing->why = text_printf(step->auditing->arena, "output commit %.*s: %s",
		    TEXT_ARGUMENTS(step->commit), store_trouble(step->auditing->order->store));
		return false;
	}
	if (text_present(step->auditing->order->only) && !one_begin_step(step))
		return false;
	if (!read_changes(step))
		return false;
	if (commit_audit(step) && !step_replay(step))
		return false;
	configuration_audit(step);
	records_audit(step);
	certificates_audit(step);
	evidence_audit(step);
	if (!text_present(step->auditing->order->only))
		ledger_audit(step);
	configuration_follow(step);
	shake(step, findings);
	return true;
}

bool
step_audit(struct auditing *auditing, struct text commit)
{
	struct step step = { .auditing = auditing, .arena = arena_new(), .commit = commit };
	const struct store *store = auditing->order->store;
	size_t lacking = store_lacking(store);
	bool good = audit(&step);

	/* by what is not there nothing is decided: it could be a rejection */
	if (good && store_lacking(store) != lacking) {
		auditing->why = text_printf(auditing->arena, "output commit %.*s cannot be judged: "
		    "object %s is missing or damaged", TEXT_ARGUMENTS(commit),
		    store_lacking_id(store));
		good = false;
	}
	if (good)
		advance(&step);
	arena_free(auditing->known.arena);
	auditing->known = step.after;
	sightings_free(auditing->reconciler.sightings);
	auditing->reconciler.sightings = NULL;
	auditing->reconciler.again = (struct texts){ 0 };
	arena_free(step.arena);
	return good;
}
