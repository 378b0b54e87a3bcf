/*
 * Which configuration is trusted: candidates are collected, their signatures
 * gathered, and as long as one of them has the quorum of the configuration
 * trusted before, it takes its place.
 */
#include "reconcile/pass.h"

#include "evaluate/configuration_rules.h"
#include "manifest/configuration_decode.h"
#include "manifest/manifest.h"
#include "reconcile/load.h"
#include "trust/trailer.h"

/* The commits whose configuration might be trusted next, newest first. */
static bool
first_parent_candidates(struct pass *pass, struct texts *commits)
{
	struct history_range range = { .tip = pass->input, .known = pass->previous_input,
		.most = CANDIDATES_MOST };
	struct history_commits line = { 0 };
	bool reached;

	texts_add(pass->arena, commits, pass->input);
	if (!text_present(range.known))
		range.known = pass->reconciler->local->introduction_commit;
	if (!history_first_parents(pass->reconciler->store, pass->arena, &range, &line, &reached))
		return false;
	for (size_t i = 1; i < line.count; i++)
		texts_add(pass->arena, commits, line.at[i].id);
	for (size_t i = 0; i < pass->configuration_status.candidates.count; i++)
		texts_add(pass->arena, commits, pass->configuration_status.candidates.at[i].commit);
	return true;
}

static bool
same_files(const struct configuration *a, const struct configuration *b)
{
	if (a->files.count != b->files.count)
		return false;
	for (size_t i = 0; i < a->files.count; i++)
		if (!text_equal(a->files.at[i].path, b->files.at[i].path) ||
		    !text_equal(a->files.at[i].sha256, b->files.at[i].sha256))
			return false;
	return true;
}

ARRAY(configurations, struct configuration);

/* Whether any configuration file differs between two commits; equal trees are skipped unread. */
static bool
configuration_differs(struct pass *pass, struct text from, struct text to)
{
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };

	for (size_t i = 0; configuration_folders[i] != NULL; i++) {
		struct comparison comparison = { .from = from, .to = to,
			.folder = configuration_folders[i] };

		if (!snapshot_compare(pass->reconciler->store, pass->arena, &comparison, &changes,
		    &reasons) || changes.count > 0)
			return true;
	}
	return false;
}

static bool
load_candidates(struct pass *pass, const struct texts *commits, struct configurations *out,
    struct text *why)
{
	struct texts names = local_authority_names(pass->arena, pass->reconciler->local);

	for (size_t i = 0; i < commits->count && out->count < CANDIDATES_MOST; i++) {
		struct configuration_place place = { .commit = commits->at[i],
			.number = pass->trusted->number + 1, .previous = pass->trusted->digest };
		struct configuration candidate;
		bool known = false;

		if (!configuration_differs(pass, pass->trusted->commit, commits->at[i]))
			continue;
		if (!configuration_load(pass->reconciler->store, pass->arena, &place, &names,
		    &candidate, why))
			return false;
		known = same_files(&candidate, pass->trusted);
		for (size_t j = 0; j < out->count && !known; j++)
			known = same_files(&candidate, &out->at[j]);
		if (!known)
			*ARRAY_ADD(pass->arena, out) = candidate;
	}
	return true;
}

static bool
signature_known(const struct configuration_signatures *signatures,
    const struct configuration_signature *wanted)
{
	for (size_t i = 0; i < signatures->count; i++)
		if (text_equal(signatures->at[i].evidence, wanted->evidence) &&
		    text_equal(signatures->at[i].digest, wanted->digest) &&
		    text_equal(signatures->at[i].by, wanted->by) &&
		    signatures->at[i].withdraw == wanted->withdraw)
			return true;
	return false;
}

static bool
keep_signatures(struct pass *pass, const struct evidence *found)
{
	struct configuration_signatures *kept = &pass->configuration_status.signatures;
	bool any = false;

	for (size_t i = 0; i < found->configuration_signatures.count; i++) {
		if (signature_known(kept, &found->configuration_signatures.at[i]))
			continue;
		*ARRAY_ADD(pass->arena, kept) = found->configuration_signatures.at[i];
		pass->configuration_status_changed = any = true;
	}
	return any;
}

/* Whether a commit's trailers speak of configurations: the others need not be judged here. */
static bool
speaks_of_configuration(struct text raw)
{
	static const char wanted[] = "Countersign-Configuration";
	struct text line;

	while (text_next_line(&raw, &line))
		if (text_starts_with(line, wanted))
			return true;
	return false;
}

/*
 * The signatures on configurations, as the keys of one configuration know
 * them. A signature counts for a quorum only if that quorum's own
 * configuration lists the key; see configuration_may_follow().
 */
static void
signatures_under(struct pass *pass, const struct configuration *configuration)
{
	struct evidence found = { 0 };

	for (size_t i = 0; i < pass->commits.count; i++) {
		const struct seen_commit *commit = &pass->commits.at[i];
		struct sighting sighting = { .configuration = configuration,
			.observed_at = commit->observed_at, .source = commit->source,
			.where = commit->id };

		if (speaks_of_configuration(commit->raw))
			evidence_from_commit(pass->arena, &sighting, commit->raw, &found);
	}
	for (size_t i = 0; i < pass->approvals.count; i++) {
		struct source_file document = { 0 }, signature = { 0 };
		struct text path = pass->approvals.at[i].path;
		struct manifest manifest = { 0 };
		struct reasons reasons = { 0 };
		struct sighting sighting = { .configuration = configuration,
			.source = SOURCE_FILE };

		if (text_ends_with(path, ".sig"))
			path.length -= 4;
		sighting.where = path;
		if (!snapshot_file(pass->reconciler->store, pass->arena, pass->input, path, &document) ||
		    !snapshot_file(pass->reconciler->store, pass->arena, pass->input,
			text_printf(pass->arena, "%.*s.sig", TEXT_ARGUMENTS(path)), &signature) ||
		    !manifest_decode(pass->arena, path, document.content, &manifest, &reasons) ||
		    manifest.kind != KIND_APPROVAL)
			continue;
		sighting.observed_at = sightings_see(pass->reconciler->sightings, signature.blob,
		    pass->now);
		evidence_from_approval(pass->arena, &sighting, document.content, manifest.object,
		    signature.content, &found);
	}
	(void)keep_signatures(pass, &found);
}

/* One step of the succession; true when a candidate became trusted. */
static bool
adopt_one(struct pass *pass, const struct configurations *candidates)
{
	pass->configuration_status.candidates = (struct configuration_candidates){ 0 };
	for (size_t i = 0; i < candidates->count; i++) {
		struct configuration_candidate progress = { 0 };
		struct configuration_succession succession = { .trusted = pass->trusted,
			.candidate = &candidates->at[i],
			.signatures = &pass->configuration_status.signatures, .now = pass->now };

		if (!configuration_may_follow(pass->arena, &succession, &progress)) {
			progress.observed_at = sightings_see(pass->reconciler->sightings,
			    candidates->at[i].commit, pass->now);
			*ARRAY_ADD(pass->arena, &pass->configuration_status.candidates) = progress;
			continue;
		}
		log_event(LOG_INFO, "configuration-trusted",
		    LOG_FIELDS({ "digest", candidates->at[i].digest },
			{ "commit", candidates->at[i].commit },
			{ "signed-by", texts_join(pass->arena, &progress.signed_by, ", ") }));
		pass->trusted = &candidates->at[i];
		pass->configuration_changed = true;
		return true;
	}
	return false;
}

/* What status/configuration.yaml says when the succession has come to rest. */
static void
describe(struct pass *pass, const struct configurations *candidates)
{
	struct configuration_status *status = &pass->configuration_status;
	const struct configuration *newest = candidates->count > 0 ? &candidates->at[0] :
	    pass->trusted;

	if (pass->configuration_changed) {
		status->trusted_number = pass->trusted->number;
		status->trusted_digest = pass->trusted->digest;
		status->trusted_previous = pass->trusted->previous;
		status->trusted_commit = pass->trusted->commit;
		status->trusted_since = pass->now;
	}
	status->reasons = newest->reasons;
	pass->configuration_status_changed = true;
}

enum pass_result
trust_configuration(struct pass *pass)
{
	struct text why = { NULL, 0 };
	struct configurations candidates = { 0 };
	struct texts commits = { 0 };
	bool signatures = false;

	for (size_t i = 0; i < pass->commits.count && !signatures; i++)
		signatures = speaks_of_configuration(pass->commits.at[i].raw);
	if (!pass->configuration_touched && !signatures && pass->approvals.count == 0 &&
	    text_present(pass->output))
		return PASS_GO_ON;
	if (!first_parent_candidates(pass, &commits))
		return trouble("history-unreadable", pass->input);
	for (;;) {
		candidates = (struct configurations){ 0 };
		if (!load_candidates(pass, &commits, &candidates, &why))
			return trouble("configuration-unreadable", why);
		signatures_under(pass, pass->trusted);
		for (size_t i = 0; i < candidates.count; i++)
			signatures_under(pass, &candidates.at[i]);
		if (!adopt_one(pass, &candidates))
			break;
	}
	if (pass->configuration_touched || signatures || pass->configuration_changed ||
	    pass->configuration_status_changed)
		describe(pass, &candidates);
	return PASS_GO_ON;
}
