#include "commands/unjudged.h"

#include "commands/git.h"
#include "commands/output.h"
#include "repository/history.h"

/* Adds what is signed in the commits reachable from `tip` and not from `known`. */
static bool
read_range(struct clone *clone, struct text tip, struct text known, bool pushed,
    struct unjudged_commits *out)
{
	const struct history_range range = { .tip = tip, .known = known };
	struct history_commits commits = { 0 };
	bool descends;

	if (!text_present(tip) || text_equal(tip, known))
		return true;
	if (!history_new(clone->store, clone->arena, &range, &commits, &descends)) {
		(void)complain(0, "the history behind %.*s cannot be read: run `git fsck`",
		    TEXT_ARGUMENTS(commit_short(tip)));
		return false;
	}
	for (size_t i = 0; i < commits.count; i++) {
		const struct sighting sighting = { .configuration = &clone->configuration,
			.observed_at = clone->now, .source = SOURCE_COMMIT,
			.where = commits.at[i].id };
		struct unjudged_commit commit = { .id = commits.at[i].id, .pushed = pushed };

		if (!text_present(commits.at[i].raw))
			continue;
		evidence_from_commit(clone->arena, &sighting, commits.at[i].raw, &commit.evidence);
		if (commit.evidence.decisions.count +
		    commit.evidence.configuration_signatures.count > 0)
			*ARRAY_ADD(clone->arena, out) = commit;
	}
	return true;
}

bool
unjudged_read(struct clone *clone, struct unjudged_commits *out)
{
	/* before the first output all that is pushed is not judged, and no decision can be right */
	return (!text_present(clone->judged) ||
		   read_range(clone, clone->input, clone->judged, true, out)) &&
	       (!text_present(clone->input) ||
		   read_range(clone, clone->head, clone->input, false, out));
}

const struct unjudged_commit *
unjudged_decision(const struct unjudged_commits *commits, const struct verified_decision *sought)
{
	for (size_t i = commits->count; i-- > 0;) {
		const struct verified_decisions *decisions = &commits->at[i].evidence.decisions;

		for (size_t j = 0; j < decisions->count; j++)
			if (decisions->at[j].decision == sought->decision &&
			    text_equal(decisions->at[j].by, sought->by) &&
			    text_equal(decisions->at[j].request, sought->request) &&
			    text_equal(decisions->at[j].digest, sought->digest))
				return &commits->at[i];
	}
	return NULL;
}

const struct unjudged_commit *
unjudged_configuration(const struct unjudged_commits *commits, struct text person,
    struct text digest)
{
	for (size_t i = commits->count; i-- > 0;) {
		const struct configuration_signatures *signatures =
		    &commits->at[i].evidence.configuration_signatures;

		for (size_t j = signatures->count; j-- > 0;)
			if (text_equal(signatures->at[j].by, person) &&
			    text_equal(signatures->at[j].digest, digest))
				return signatures->at[j].withdraw ? NULL : &commits->at[i];
	}
	return NULL;
}

void
unjudged_tell(struct clone *clone, struct text what, const struct unjudged_commit *commit)
{
	struct text branch, id = commit_short(commit->id);

	if (commit->pushed)
		advise("%.*s: you have signed this already, in commit %.*s on branch %.*s, which "
		    "the reconciler has not judged yet", TEXT_ARGUMENTS(what), TEXT_ARGUMENTS(id),
		    TEXT_ARGUMENTS(clone->branch));
	else if (!git_ask(clone->arena, &branch, GIT("symbolic-ref", "--quiet", "--short", "HEAD")) ||
	    !text_present(clone->remote))
		advise("%.*s: you have signed this already, in commit %.*s, which counts when "
		    "branch %.*s holds it", TEXT_ARGUMENTS(what), TEXT_ARGUMENTS(id),
		    TEXT_ARGUMENTS(clone->branch));
	else
		advise("%.*s: you have signed this already, in commit %.*s, which is not on %.*s "
		    "yet. Next: git push %.*s %.*s%s (or sign it once more with --push, which "
		    "needs no branch)",
		    TEXT_ARGUMENTS(what), TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(clone->branch),
		    TEXT_ARGUMENTS(clone->remote), TEXT_ARGUMENTS(branch),
		    text_equal(branch, clone->branch) ? "" : ", and a pull request");
}
