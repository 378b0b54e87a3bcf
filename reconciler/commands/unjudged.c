#include "commands/unjudged.h"

#include "commands/git.h"
#include "commands/output.h"
#include "reconcile/load.h"
#include "repository/history.h"
#include "repository/snapshot.h"

/* From where to where, and what comes of it. */
struct reading {
	struct clone *clone;
	struct text tip;
	struct text known;
	bool pushed;
	struct unjudged_list *out;
};

static void
take(struct reading *reading, struct text where, const struct evidence *evidence)
{
	if (evidence->decisions.count + evidence->configuration_signatures.count > 0)
		*ARRAY_ADD(reading->clone->arena, reading->out) = (struct unjudged){
			.where = where, .pushed = reading->pushed, .evidence = *evidence };
}

/* Adds what is signed in the commits reachable from `tip` and not from `known`. */
static bool
read_commits(struct reading *reading)
{
	struct clone *clone = reading->clone;
	const struct history_range range = { .tip = reading->tip, .known = reading->known };
	struct history_commits commits = { 0 };
	bool descends;

	if (!history_new(clone->store, clone->arena, &range, &commits, &descends)) {
		(void)complain(0, "the history behind %.*s cannot be read: run `git fsck`",
		    TEXT_ARGUMENTS(commit_short(range.tip)));
		return false;
	}
	for (size_t i = 0; i < commits.count; i++) {
		const struct sighting sighting = { .configuration = &clone->configuration,
			.observed_at = clone->now, .source = SOURCE_COMMIT,
			.where = commits.at[i].id };
		struct evidence evidence = { 0 };

		if (!text_present(commits.at[i].raw))
			continue;
		evidence_from_commit(clone->arena, &sighting, commits.at[i].raw, &evidence);
		take(reading, text_printf(clone->arena, "commit %.*s",
		    TEXT_ARGUMENTS(commit_short(commits.at[i].id))), &evidence);
	}
	return true;
}

/* Adds what is signed in the approval files that differ between the two. */
static bool
read_files(struct reading *reading)
{
	struct clone *clone = reading->clone;
	struct comparison comparison = { .from = reading->known, .to = reading->tip,
		.folder = "approvals" };
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };
	struct texts documents;

	if (!snapshot_compare(clone->store, clone->arena, &comparison, &changes, &reasons)) {
		(void)complain(0, "approvals/ cannot be read: %s", store_trouble(clone->store));
		return false;
	}
	documents = approval_documents(clone->arena, &changes);
	for (size_t i = 0; i < documents.count; i++) {
		struct approval_file file = { .commit = reading->tip, .path = documents.at[i] };
		const struct sighting sighting = { .configuration = &clone->configuration,
			.observed_at = clone->now, .source = SOURCE_FILE, .where = file.path };
		struct evidence evidence = { 0 };

		if (approval_load(clone->store, clone->arena, &file, &reasons))
			evidence_from_approval(clone->arena, &sighting, file.document.content,
			    file.approval, file.signature.content, &evidence);
		take(reading, file.path, &evidence);
	}
	return true;
}

bool
unjudged_read(struct clone *clone, enum decision_source source, struct unjudged_list *out)
{
	struct reading readings[] = {
		{ clone, clone->input, clone->judged, true, out },
		{ clone, clone->head, clone->input, false, out },
	};
	bool good = true;

	/* before the first output all that is pushed is not judged, and no decision can be right */
	for (size_t i = 0; i < 2 && good; i++)
		if (text_present(readings[i].known) && text_present(readings[i].tip) &&
		    !text_equal(readings[i].tip, readings[i].known))
			good = source == SOURCE_FILE ? read_files(&readings[i]) :
			    read_commits(&readings[i]);
	return good;
}

const struct unjudged *
unjudged_decision(const struct unjudged_list *list, const struct verified_decision *sought)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct verified_decisions *decisions = &list->at[i].evidence.decisions;

		for (size_t j = 0; j < decisions->count; j++)
			if (decisions->at[j].decision == sought->decision &&
			    text_equal(decisions->at[j].by, sought->by) &&
			    text_equal(decisions->at[j].request, sought->request) &&
			    text_equal(decisions->at[j].digest, sought->digest))
				return &list->at[i];
	}
	return NULL;
}

const struct unjudged *
unjudged_configuration(const struct unjudged_list *list, struct text person, struct text digest)
{
	for (size_t i = list->count; i-- > 0;) {
		const struct configuration_signatures *signatures =
		    &list->at[i].evidence.configuration_signatures;

		for (size_t j = signatures->count; j-- > 0;)
			if (text_equal(signatures->at[j].by, person) &&
			    text_equal(signatures->at[j].digest, digest))
				return signatures->at[j].withdraw ? NULL : &list->at[i];
	}
	return NULL;
}

void
unjudged_tell(struct clone *clone, struct text what, const struct unjudged *found)
{
	struct text branch, where = output_visible(clone->arena, found->where);

	if (found->pushed)
		advise("%.*s: you have signed this already, in %.*s on branch %.*s, which "
		    "the reconciler has not judged yet", TEXT_ARGUMENTS(what), TEXT_ARGUMENTS(where),
		    TEXT_ARGUMENTS(clone->branch));
	else if (!git_ask(clone->arena, &branch, GIT("symbolic-ref", "--quiet", "--short", "HEAD")) ||
	    !text_present(clone->remote))
		advise("%.*s: you have signed this already, in %.*s, which counts when "
		    "branch %.*s holds it", TEXT_ARGUMENTS(what), TEXT_ARGUMENTS(where),
		    TEXT_ARGUMENTS(clone->branch));
	else
		advise("%.*s: you have signed this already, in %.*s, which is not on %.*s "
		    "yet. Next: git push %.*s %.*s%s (or sign it once more with --push, which "
		    "needs no branch)",
		    TEXT_ARGUMENTS(what), TEXT_ARGUMENTS(where), TEXT_ARGUMENTS(clone->branch),
		    TEXT_ARGUMENTS(clone->remote), TEXT_ARGUMENTS(branch),
		    text_equal(branch, clone->branch) ? "" : ", and a pull request");
}
