/*
 * What is new since the previous output commit: commits that carry trailers,
 * changed requests and approvals, and the envelopes of the inbox. Everything
 * is judged with the time at which this daemon first saw it.
 */
#include "reconcile/pass.h"

#include "reconcile/load.h"
#include "reconcile/recover.h"
#include "trust/trailer.h"

static bool
compare_folder(struct pass *pass, const char *folder, struct changes *changes)
{
	struct comparison comparison = { .from = pass->previous_input, .to = pass->input,
		.folder = folder };
	struct reasons reasons = { 0 };

	if (!snapshot_compare(pass->reconciler->store, pass->arena, &comparison, changes, &reasons))
		return false;
	for (size_t i = 0; i < reasons.count; i++)
		log_event(LOG_WARNING, "entry-not-read",
		    LOG_FIELDS({ "why", reason_line(pass->arena, &reasons.at[i]) }));
	return true;
}

static bool
compare_trees(struct pass *pass)
{
	struct changes configuration = { 0 };

	if (text_equal(pass->previous_input, pass->input))
		return true;
	for (size_t i = 0; configuration_folders[i] != NULL; i++)
		if (!compare_folder(pass, configuration_folders[i], &configuration))
			return false;
	pass->configuration_touched = configuration.count > 0;
	return compare_folder(pass, "requests", &pass->requests) &&
	    compare_folder(pass, "approvals", &pass->approvals);
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
	for (size_t i = 0; i < pass->batch.count; i++) {
		const struct history_commit *commit = &pass->batch.at[i];

		if (commit->too_large)
			log_event(LOG_WARNING, "commit-not-read", LOG_FIELDS({ "commit", commit->id },
			    { "why", TEXT("it is larger than 1 MiB; what its message says is not "
				"looked at") }));
		else if (commit->wanted)
			commit_see(pass, commit, (struct seen_commit){ .source = SOURCE_COMMIT });
	}
	if (!compare_trees(pass))
		return trouble("tree-unreadable", pass->input);
	open_inbox(pass);
	recover_evidence(pass);
	return PASS_GO_ON;
}

/* A file that cannot be read names nothing that it could be shown with. */
static void
refuse_approval_file(struct pass *pass, const struct approval_file *file,
    const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++)
		*ARRAY_ADD(pass->arena, &pass->evidence.ignored) = (struct ignored){
			.who = TEXT("somebody unknown"),
			.what = text_printf(pass->arena, "file %.*s", TEXT_ARGUMENTS(file->path)),
			.why = reason_line(pass->arena, &reasons->at[i]),
			.commit = file->commit,
			.observed_at = pass->now,
		};
}

void
approval_judge(struct pass *pass, struct text commit, struct text path)
{
	struct approval_file file = { .commit = commit, .path = path };
	struct sighting sighting = { .configuration = pass->trusted, .source = SOURCE_FILE,
		.where = path };
	struct reasons reasons = { 0 };

	if (!approval_load(pass->reconciler->store, pass->arena, &file, &reasons)) {
		refuse_approval_file(pass, &file, &reasons);
		return;
	}
	sighting.observed_at = sightings_see(pass->reconciler->sightings,
	    text_present(file.signature.blob) ? file.signature.blob : file.document.blob, pass->now);
	evidence_from_approval(pass->arena, &sighting, file.document.content, file.approval,
	    file.signature.content, &pass->evidence);
}

static void
judge_approval_files(struct pass *pass)
{
	struct texts documents = approval_documents(pass->arena, &pass->approvals);

	for (size_t i = 0; i < documents.count; i++)
		approval_judge(pass, pass->input, documents.at[i]);
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
		*ARRAY_ADD(pass->arena, &all->ignored) = found->ignored.at[i];
}

void
configuration_ignore(struct pass *pass, const struct ignored *ignored)
{
	struct ignored_list *kept = &pass->configuration_status.ignored;
	struct ignored_list all = { 0 };

	for (size_t i = 0; i < kept->count; i++)
		if (text_equal(kept->at[i].who, ignored->who) &&
		    text_equal(kept->at[i].what, ignored->what) &&
		    text_equal(kept->at[i].commit, ignored->commit))
			return;
	*ARRAY_ADD(pass->arena, &all) = *ignored;
	for (size_t i = 0; i < kept->count && all.count < IGNORED_SHOWN; i++)
		*ARRAY_ADD(pass->arena, &all) = kept->at[i];
	*kept = all;
	pass->configuration_status_changed = true;
}

static void
report_ignored(struct pass *pass)
{
	for (size_t i = 0; i < pass->evidence.ignored.count; i++) {
		const struct ignored *ignored = &pass->evidence.ignored.at[i];

		if (!text_present(ignored->request))
			configuration_ignore(pass, ignored);
		log_event(ignored->alarm ? LOG_ALARM : LOG_WARNING, "ignored",
		    LOG_FIELDS({ "request", ignored->request }, { "who", ignored->who },
			{ "what", ignored->what }, { "why", ignored->why },
			{ "where", ignored->commit }));
	}
}

struct evidence
commit_judge(struct pass *pass, const struct seen_commit *commit, struct text raw)
{
	struct sighting sighting = { .configuration = pass->trusted,
		.observed_at = commit->observed_at, .source = commit->source,
		.where = commit->id };
	struct evidence found = { 0 };

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
	report_ignored(pass);
	return PASS_GO_ON;
}
