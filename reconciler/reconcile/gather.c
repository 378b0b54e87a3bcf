/*
 * What is new since the previous output commit: commits that carry trailers,
 * changed requests and approvals, and the envelopes of the inbox. Everything
 * is judged with the time at which this daemon first saw it.
 */
#include "reconcile/pass.h"

#include <string.h>

#include "manifest/manifest.h"
#include "reconcile/load.h"
#include "trust/commit.h"
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

/* What evidence in a commit is known by; absent for one that cannot be parsed. */
static struct text
evidence_name(struct pass *pass, struct text raw)
{
	struct raw_commit commit;
	struct text why;

	if (!raw_commit_parse(pass->arena, raw, &commit, &why))
		return (struct text){ NULL, 0 };
	return digest_sha256_hex(pass->arena, commit.signed_bytes);
}

static void
commit_add(struct pass *pass, const struct history_commit *commit, size_t envelope,
    enum decision_source source)
{
	*ARRAY_ADD(pass->arena, &pass->commits) = (struct seen_commit){
		.id = commit->id,
		.raw = commit->raw,
		.observed_at = sightings_see(pass->reconciler->sightings, commit->id, pass->now),
		.source = source,
		.envelope = envelope,
		.evidence = source == SOURCE_INBOX ? evidence_name(pass, commit->raw) :
		    (struct text){ NULL, 0 },
	};
}

/* The name of an inbox branch: one part below the prefix, no more. */
static bool
envelope_name_good(struct text ref)
{
	struct text name = text_skip(ref, strlen(inbox_prefix));

	return name.length > 1 && name.at[0] == '/' &&
	    text_find(text_skip(name, 1), '/') == name.length - 1;
}

/* An envelope stands on the branch mostly, and what is there is read there. */
static bool
stands_on_branch(const struct pass *pass, struct text id)
{
	if (text_equal(id, pass->input) || text_equal(id, pass->previous_input))
		return true;
	for (size_t i = 0; i < pass->batch.count; i++)
		if (text_equal(pass->batch.at[i].id, id))
			return true;
	return false;
}

/* The commits of one envelope: along first parents, while each carries trailers and is small. */
static bool
open_envelope(struct pass *pass, size_t index)
{
	struct envelope *envelope = &pass->envelopes.at[index];
	struct history_range range = { .tip = envelope->ref.id, .most = ENVELOPE_COMMITS };
	struct history_commits line = { 0 };
	bool reached;

	if (!history_first_parents(pass->reconciler->store, pass->arena, &range, &line, &reached))
		return false;
	for (size_t i = 0; i < line.count; i++) {
		struct text raw = line.at[i].raw;

		if (!text_present(raw) || raw.length > ENVELOPE_COMMIT_BYTES ||
		    !trailers_hinted(raw) || stands_on_branch(pass, line.at[i].id))
			break;
		commit_add(pass, &line.at[i], index, SOURCE_INBOX);
	}
	return true;
}

static void
open_inbox(struct pass *pass)
{
	for (size_t i = 0; i < pass->inbox.count; i++) {
		struct envelope *envelope = ARRAY_ADD(pass->arena, &pass->envelopes);

		envelope->ref = pass->inbox.at[i];
		envelope->observed_at = sightings_see(pass->reconciler->sightings,
		    envelope->ref.id, pass->now);
		if (i >= INBOX_BRANCHES_MOST) {
			envelope->waits = envelope->unread = true;
			continue;
		}
		if (!envelope_name_good(envelope->ref.name))
			log_event(LOG_WARNING, "inbox-name-refused",
			    LOG_FIELDS({ "ref", envelope->ref.name }));
		else if (!open_envelope(pass, pass->envelopes.count - 1))
			log_event(LOG_WARNING, "inbox-unreadable",
			    LOG_FIELDS({ "ref", envelope->ref.name }));
	}
}

enum pass_result
gather(struct pass *pass)
{
	for (size_t i = 0; i < pass->batch.count; i++) {
		const struct history_commit *commit = &pass->batch.at[i];

		if (text_present(commit->raw) && trailers_hinted(commit->raw))
			commit_add(pass, commit, SIZE_MAX, SOURCE_COMMIT);
	}
	if (!compare_trees(pass))
		return trouble("tree-unreadable", pass->input);
	open_inbox(pass);
	return PASS_GO_ON;
}

/* The approval file that a changed path belongs to; false for other paths. */
static bool
approval_path(struct text path, struct text *document)
{
	if (text_ends_with(path, ".yaml.sig"))
		path.length -= 4;
	*document = path;
	return text_ends_with(path, ".yaml");
}

static void
judge_approval_file(struct pass *pass, struct text path)
{
	struct store *store = pass->reconciler->store;
	struct source_file document = { 0 }, signature = { 0 };
	struct manifest manifest = { 0 };
	struct reasons reasons = { 0 };
	struct sighting sighting = { .configuration = pass->trusted, .source = SOURCE_FILE,
		.where = path };

	if (!snapshot_file(store, pass->arena, pass->input, path, &document))
		return;
	(void)snapshot_file(store, pass->arena, pass->input,
	    text_printf(pass->arena, "%.*s.sig", TEXT_ARGUMENTS(path)), &signature);
	if (!manifest_decode(pass->arena, path, document.content, &manifest, &reasons) ||
	    manifest.foreign || manifest.kind != KIND_APPROVAL) {
		for (size_t i = 0; i < reasons.count; i++)
			log_event(LOG_WARNING, "approval-file-refused",
			    LOG_FIELDS({ "why", reason_line(pass->arena, &reasons.at[i]) }));
		return;
	}
	sighting.observed_at = sightings_see(pass->reconciler->sightings,
	    text_present(signature.blob) ? signature.blob : document.blob, pass->now);
	evidence_from_approval(pass->arena, &sighting, document.content, manifest.object,
	    signature.content, &pass->evidence);
}

static void
judge_approval_files(struct pass *pass)
{
	struct texts documents = { 0 };
	struct text document;

	for (size_t i = 0; i < pass->approvals.count; i++)
		if (approval_path(pass->approvals.at[i].path, &document))
			texts_add(pass->arena, &documents, document);
	texts_sort_unique(&documents);
	for (size_t i = 0; i < documents.count; i++)
		judge_approval_file(pass, documents.at[i]);
}

/*
 * At most a handful of inbox commits of one identity in one pass, so that
 * nobody can keep the others waiting; the rest comes in the next pass.
 */
static bool
within_share(struct pass *pass, struct texts *taken_of, const struct evidence *found)
{
	struct text by = { NULL, 0 };
	size_t taken = 0;

	if (found->decisions.count > 0)
		by = found->decisions.at[0].by;
	else if (found->configuration_signatures.count > 0)
		by = found->configuration_signatures.at[0].by;
	else if (found->request_signatures.count > 0)
		by = found->request_signatures.at[0].by;
	if (!text_present(by))
		return true;
	for (size_t i = 0; i < taken_of->count; i++)
		taken += text_equal(taken_of->at[i], by);
	if (taken >= INBOX_COMMITS_PER_IDENTITY)
		return false;
	texts_add(pass->arena, taken_of, by);
	return true;
}

static void
evidence_append(struct pass *pass, const struct evidence *found)
{
	struct evidence *all = &pass->evidence;

	for (size_t i = 0; i < found->decisions.count; i++)
		*ARRAY_ADD(pass->arena, &all->decisions) = found->decisions.at[i];
	for (size_t i = 0; i < found->request_signatures.count; i++)
		*ARRAY_ADD(pass->arena, &all->request_signatures) = found->request_signatures.at[i];
	for (size_t i = 0; i < found->ignored.count; i++)
		*ARRAY_ADD(pass->arena, &all->ignored) = found->ignored.at[i];
}

/* What belongs to no request stands in the status of the configuration: the newest, each once. */
static void
keep_ignored(struct pass *pass, const struct ignored *ignored)
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
			keep_ignored(pass, ignored);
		log_event(ignored->alarm ? LOG_ALARM : LOG_WARNING, "ignored",
		    LOG_FIELDS({ "request", ignored->request }, { "who", ignored->who },
			{ "what", ignored->what }, { "why", ignored->why },
			{ "where", ignored->commit }));
	}
}

enum pass_result
take_up_evidence(struct pass *pass)
{
	struct texts taken_of = { 0 };

	for (size_t i = 0; i < pass->commits.count; i++) {
		const struct seen_commit *commit = &pass->commits.at[i];
		struct sighting sighting = { .configuration = pass->trusted,
			.observed_at = commit->observed_at, .source = commit->source,
			.where = commit->id };
		struct evidence found = { 0 };

		evidence_from_commit(pass->arena, &sighting, commit->raw, &found);
		if (commit->source == SOURCE_INBOX && !within_share(pass, &taken_of, &found)) {
			pass->envelopes.at[commit->envelope].waits = true;
			pass->envelopes.at[commit->envelope].unread = true;
			continue;
		}
		evidence_append(pass, &found);
	}
	judge_approval_files(pass);
	report_ignored(pass);
	return PASS_GO_ON;
}
