/*
 * The audit of one request: of the output commits only those that touch it, or
 * the configuration, which decides whose signatures count, or that judged what
 * speaks of them. What lies between them has these files unchanged, which the
 * trees prove.
 */
#include "audit/auditing.h"

#include "base/encoding.h"
#include "trust/commit.h"

enum { COMMIT_BYTES = 1024 * 1024, PLACES = 4 };

/* The files that say all of a request, and of the rules. */
static void
places_of(struct arena *arena, struct text id, const char *places[PLACES])
{
	places[0] = arena_printf(arena, "pending/%.*s.yaml", TEXT_ARGUMENTS(id));
	places[1] = arena_printf(arena, "status/requests/%.*s.yaml", TEXT_ARGUMENTS(id));
	places[2] = arena_printf(arena, "certificates/%.*s.pem", TEXT_ARGUMENTS(id));
	places[3] = "status/configuration.yaml";
}

static bool
unreadable(struct auditing *auditing, struct text commit)
{
	auditing->why = text_printf(auditing->arena, "output commit %.*s cannot be read: %s",
	    TEXT_ARGUMENTS(commit), store_trouble(auditing->order->store));
	return false;
}

/* What differs between two output commits in a place. */
static bool
compare_place(struct auditing *auditing, struct arena *arena, struct comparison comparison,
    struct changes *changes)
{
	struct reasons reasons = { 0 };

	return snapshot_compare(auditing->order->store, arena, &comparison, changes, &reasons) ||
	    unreadable(auditing, comparison.to);
}

static bool
compare_places(struct auditing *auditing, struct arena *arena, struct text from, struct text to,
    struct changes *changes)
{
	const char *places[PLACES];

	places_of(arena, auditing->order->only, places);
	for (size_t i = 0; i < PLACES; i++)
		if (!compare_place(auditing, arena,
		    (struct comparison){ .from = from, .to = to, .folder = places[i] }, changes))
			return false;
	return true;
}

bool
one_find_steps(struct auditing *auditing, const struct history_commits *line, struct texts *steps)
{
	for (size_t i = line->count; i-- > 0;) {
		struct arena *scratch = arena_new();
		struct changes changes = { 0 };
		struct text from = i + 1 < line->count ? line->at[i + 1].id : (struct text){ NULL, 0 };
		bool good = compare_places(auditing, scratch, from, line->at[i].id, &changes);
		bool told = good && (changes.count > 0 ||
		    passed_over_anything(auditing, scratch, from, line->at[i].id));

		arena_free(scratch);
		if (!good)
			return false;
		if (told)
			texts_add(auditing->arena, steps, line->at[i].id);
	}
	return true;
}

/* Evidence that came in this very commit is heard as well, whatever it is about. */
bool
one_read_changes(struct step *step)
{
	struct text before = step->auditing->before;

	return compare_places(step->auditing, step->arena, before, step->commit, &step->changes) &&
	    compare_place(step->auditing, step->arena, (struct comparison){ .from = before,
		.to = step->commit, .folder = "evidence" }, &step->changes);
}

/* The index of open requests, as far as it is about this one. */
static void
refresh_index(struct step *step)
{
	struct auditing *auditing = step->auditing;
	struct request_records records = { 0 };

	*ARRAY_ADD(step->arena, &records) = record_at(step, auditing->before,
	    auditing->order->only);
	if (!text_present(records.at[0].version.blob))
		records.count = 0;
	open_index_free(auditing->reconciler.index);
	auditing->reconciler.index = open_index_new(auditing->before, &records);
}

bool
one_begin_step(struct step *step)
{
	struct auditing *auditing = step->auditing;
	struct raw_commit commit = { 0 };
	struct changes between = { 0 };
	struct text why;

	if (!raw_commit_parse(step->arena, step->raw, &commit, &why)) {
		auditing->why = text_printf(auditing->arena, "output commit %.*s is malformed: %.*s",
		    TEXT_ARGUMENTS(step->commit), TEXT_ARGUMENTS(why));
		return false;
	}
	auditing->before = commit.parents.count == 0 ? (struct text){ NULL, 0 } :
	    text_copy(auditing->arena, commit.parents.at[0]);
	if (text_present(auditing->before)) {
		if (!compare_places(auditing, step->arena, auditing->done, auditing->before,
		    &between))
			return false;
	} else if (text_present(auditing->done)) {
		finding_add(step, "StepMissing", auditing->order->only,
		    "it is a first output commit, behind another one");
	}
	for (size_t i = 0; i < between.count; i++)
		finding_add(step, "StepMissing", auditing->order->only, "%.*s changed before this "
		    "commit, and the commit that did it is not among those that are told",
		    TEXT_ARGUMENTS(between.at[i].path));
	refresh_index(step);
	return true;
}
