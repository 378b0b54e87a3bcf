/*
 * What is new since the previous output commit: commits that carry trailers,
 * changed requests and approvals, and the envelopes of the inbox. Everything
 * is judged with the time at which this daemon first saw it.
 */
#include "reconcile/pass.h"

#include "reconcile/load.h"
#include "reconcile/recover.h"
#include "trust/trailer.h"

static void
say_not_read(struct pass *pass, const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++)
		log_event(LOG_WARNING, "entry-not-read",
		    LOG_FIELDS({ "why", reason_line(pass->arena, &reasons->at[i]) }));
}

bool
compare_folder(struct pass *pass, const struct comparison *comparison, struct changes *changes)
{
	struct reasons reasons = { 0 };
	bool good = snapshot_compare(pass->reconciler->store, pass->arena, comparison, changes,
	    &reasons);

	say_not_read(pass, &reasons);
	return good;
}

/* A rejection may stand where nothing is read any more, so nothing is decided without it. */
static enum pass_result
find_approvals(struct pass *pass)
{
	struct changed_approvals changed;
	bool good = approvals_changed(pass->reconciler->store, pass->arena, pass->previous_input,
	    pass->input, &changed);

	say_not_read(pass, &changed.reasons);
	if (!good)
		return trouble("tree-unreadable", pass->input);
	if (snapshot_was_cut(&changed.reasons))
		return trouble("approvals-not-read", TEXT("more entries are new below approvals/ than "
		    "are looked at, and nothing is decided until the commit that brought them is "
		    "reverted"));
	for (size_t i = 0; i < changed.documents.count; i++)
		*ARRAY_ADD(pass->arena, &pass->approvals) =
		    (struct seen_approval){ .path = changed.documents.at[i] };
	return PASS_GO_ON;
}

static enum pass_result
compare_trees(struct pass *pass)
{
	if (text_equal(pass->previous_input, pass->input))
		return PASS_GO_ON;
	pass->configuration_touched = rules_differ(pass, pass->previous_input,
	    pass->input);
	return find_approvals(pass);
}

void
commit_see(struct pass *pass, const struct history_commit *commit, struct seen_commit seen)
{
	seen.id = commit->id;
	seen.raw = commit->raw;
	seen.observed_at = sightings_see(pass->reconciler->sightings, commit->id, pass->now);
	*ARRAY_ADD(pass->arena, &pass->commits) = seen;
}

bool
commit_raw(struct pass *pass, struct arena *arena, const struct seen_commit *commit,
    struct text *raw)
{
	const struct history_commit seen = { .id = commit->id, .raw = commit->raw };

	return history_commit_raw(pass->reconciler->store, arena, &seen, raw);
}

enum pass_result
gather(struct pass *pass)
{
	enum pass_result result;

	for (size_t i = 0; i < pass->batch.count; i++) {
		const struct history_commit *commit = &pass->batch.at[i];

		if (commit->too_large)
			log_event(LOG_WARNING, "commit-not-read", LOG_FIELDS({ "commit", commit->id },
			    { "why", TEXT("it is larger than 1 MiB; what its message says is not "
				"looked at") }));
		else if (commit->wanted)
			commit_see(pass, commit, (struct seen_commit){ .source = SOURCE_COMMIT });
	}
	result = compare_trees(pass);
	if (result != PASS_GO_ON)
		return result;
	open_inbox(pass);
	recover_evidence(pass);
	return PASS_GO_ON;
}

static bool
proves_nothing(const struct evidence *found)
{
	return found->decisions.count == 0 && found->request_signatures.count == 0 &&
	    found->configuration_signatures.count == 0;
}

void
evidence_take(struct pass *pass, const struct evidence *found)
{
	struct evidence *all = &pass->evidence;

	for (size_t i = 0; i < found->decisions.count; i++)
		*ARRAY_ADD(pass->arena, &all->decisions) = found->decisions.at[i];
	for (size_t i = 0; i < found->request_signatures.count; i++)
		*ARRAY_ADD(pass->arena, &all->request_signatures) = found->request_signatures.at[i];
	for (size_t i = 0; i < found->ignored.count; i++)
		(void)unheard_take(pass, &found->ignored.at[i]);
}

/* A file that cannot be read names nothing that it could be shown with. */
static void
refuse_approval_file(struct arena *arena, const struct approval_file *file, moment now,
    const struct reasons *reasons, struct evidence *out)
{
	for (size_t i = 0; i < reasons->count; i++)
		*ARRAY_ADD(arena, &out->ignored) = (struct ignored){
			.who = TEXT("somebody unknown"),
			.what = text_printf(arena, "file %.*s", TEXT_ARGUMENTS(file->path)),
			.why = reason_line(arena, &reasons->at[i]),
			.commit = file->commit,
			.observed_at = now,
		};
}

/* Judges a file in memory of its own; true when some of it is kept. */
static bool
judge_approval_file(struct pass *pass, struct arena *arena, struct approval_file *file)
{
	struct sighting sighting = { .configuration = pass->trusted, .source = SOURCE_FILE,
		.where = file->path };
	struct reasons reasons = { 0 };
	struct evidence found = { 0 };
	bool keeps;

	if (approval_load(pass->reconciler->store, arena, file, &reasons)) {
		sighting.observed_at = sightings_see(pass->reconciler->sightings,
		    text_present(file->signature.blob) ? file->signature.blob :
		    file->document.blob, pass->now);
		evidence_from_approval(arena, &sighting, file->document.content, file->approval,
		    file->signature.content, &found);
	} else {
		refuse_approval_file(arena, file, pass->now, &reasons, &found);
	}
	keeps = !proves_nothing(&found) || (found.ignored.count > 0 && !unheard_full(pass));
	evidence_take(pass, &found);
	return keeps;
}

void
approval_judge(struct pass *pass, struct text commit, struct text path)
{
	struct approval_file file = { .commit = commit, .path = path };
	struct arena *own = arena_new();

	if (judge_approval_file(pass, own, &file))
		arena_join(pass->arena, own);
	else
		arena_free(own);
}

static void
judge_approval_files(struct pass *pass)
{
	for (size_t i = 0; i < pass->approvals.count; i++)
		approval_judge(pass, pass->input, pass->approvals.at[i].path);
}

/* Whether a commit proves nothing, and nothing of what it says would be kept. */
static bool
only_counts(struct pass *pass, const struct sighting *sighting, struct text raw)
{
	struct evidence found = { 0 };
	struct arena *scratch;
	bool nothing;

	if (!unheard_full(pass))
		return false;
	scratch = arena_new();
	evidence_from_commit(scratch, sighting, raw, &found);
	nothing = proves_nothing(&found);
	for (size_t i = 0; i < found.ignored.count && nothing; i++)
		(void)unheard_take(pass, &found.ignored.at[i]);
	arena_free(scratch);
	return nothing;
}

struct evidence
commit_judge(struct pass *pass, const struct seen_commit *commit, struct text raw)
{
	struct sighting sighting = { .configuration = pass->trusted,
		.observed_at = commit->observed_at, .source = commit->source,
		.where = commit->id };
	struct evidence found = { 0 };

	if (!only_counts(pass, &sighting, raw))
		evidence_from_commit(pass->arena, &sighting, raw, &found);
	return found;
}

/* One after the other: all together they may be as large as anybody likes. */
static bool
judge_commit(struct pass *pass, const struct seen_commit *commit)
{
	struct arena *scratch = arena_new();
	struct evidence found;
	struct text raw;
	bool good = commit_raw(pass, scratch, commit, &raw);

	if (good) {
		found = commit_judge(pass, commit, raw);
		evidence_take(pass, &found);
	}
	arena_free(scratch);
	return good;
}

enum pass_result
take_up_evidence(struct pass *pass)
{
	for (size_t i = 0; i < pass->commits.count; i++)
		if (pass->commits.at[i].source == SOURCE_COMMIT &&
		    !judge_commit(pass, &pass->commits.at[i]))
			return trouble("history-unreadable", pass->commits.at[i].id);
	take_up_envelopes(pass);
	judge_approval_files(pass);
	if (!recover_approvals(pass))
		return trouble("history-unreadable", pass->input);
	unheard_report(pass);
	return PASS_GO_ON;
}
