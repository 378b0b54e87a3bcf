/*
 * Which envelopes of the inbox are done with: their decisions stand in a record,
 * or never will. One that speaks of a digest not yet current stays a while: its
 * pull request may not be merged yet.
 */
#include "reconcile/pass.h"

#include <string.h>

static const struct decided *
decided_of(const struct pass *pass, struct text id)
{
	for (size_t i = 0; i < pass->decided.count; i++)
		if (text_equal(pass->decided.at[i].after.id, id))
			return &pass->decided.at[i];
	return NULL;
}

static bool
recorded(const struct verified_decisions *decisions, const struct verified_decision *decision)
{
	for (size_t i = 0; i < decisions->count; i++)
		if (text_equal(decisions->at[i].evidence, decision->evidence) &&
		    text_equal(decisions->at[i].by, decision->by) &&
		    text_equal(decisions->at[i].key, decision->key))
			return true;
	return false;
}

/* Whether a statement has found its place, and whether it did so just now. */
struct finding {
	bool known;
	bool news;
};

static struct finding
find_decision(const struct pass *pass, const struct verified_decision *decision)
{
	const struct decided *decided = decided_of(pass, decision->request);

	if (decided == NULL)
		return (struct finding){ false, false };
	return (struct finding){
		.known = text_equal(decided->after.digest, decision->digest) ||
		    texts_contain(&decided->after.digests, decision->digest),
		.news = recorded(&decided->after.decisions, decision) &&
		    !recorded(&decided->before.decisions, decision),
	};
}

static struct finding
find_version(const struct pass *pass, const struct verified_request_signature *signature)
{
	const struct decided *decided = decided_of(pass, signature->request);

	if (decided == NULL)
		return (struct finding){ false, false };
	return (struct finding){
		.known = text_equal(decided->after.version.sha256, signature->sha256) ||
		    texts_contain(&decided->after.version.previous, signature->sha256),
		.news = text_equal(decided->after.version.evidence, signature->evidence) &&
		    !text_equal(decided->before.version.evidence, signature->evidence),
	};
}

static bool
configuration_known(const struct pass *pass, struct text digest)
{
	const struct configuration_status *status = &pass->configuration_status;

	if (text_equal(digest, status->trusted_digest))
		return true;
	for (size_t i = 0; i < status->candidates.count; i++)
		if (text_equal(status->candidates.at[i].digest, digest))
			return true;
	return false;
}

/* The same bytes may have been signed by several people. */
static bool
says(const struct seen_commit *commit, struct text evidence, struct text by)
{
	return text_equal(commit->evidence, evidence) && text_equal(commit->by, by);
}

static void
settle(struct seen_commit *commit, struct finding finding, bool *settled)
{
	commit->taken_up = commit->taken_up || finding.news;
	*settled = *settled && finding.known;
}

/* Whether everything that a commit says has found its place. */
static bool
commit_settled(struct pass *pass, struct seen_commit *commit)
{
	const struct configuration_signatures *signatures = &pass->configuration_status.signatures;
	const struct evidence *evidence = &pass->evidence;
	bool settled = commit->judged;

	for (size_t i = 0; i < evidence->decisions.count; i++)
		if (says(commit, evidence->decisions.at[i].evidence, evidence->decisions.at[i].by))
			settle(commit, find_decision(pass, &evidence->decisions.at[i]), &settled);
	for (size_t i = 0; i < evidence->request_signatures.count; i++)
		if (says(commit, evidence->request_signatures.at[i].evidence,
		    evidence->request_signatures.at[i].by))
			settle(commit, find_version(pass, &evidence->request_signatures.at[i]),
			    &settled);
	for (size_t i = 0; i < signatures->count; i++)
		/* an administrator to be is known by the candidate alone */
		if (says(commit, signatures->at[i].evidence, text_present(commit->by) ?
		    signatures->at[i].by : commit->by))
			settle(commit, (struct finding){
			    .known = configuration_known(pass, signatures->at[i].digest),
			    .news = i >= pass->signatures_recorded }, &settled);
	return settled;
}

void
settle_inbox(struct pass *pass)
{
	for (size_t i = 0; i < pass->commits.count; i++) {
		struct seen_commit *commit = &pass->commits.at[i];
		struct envelope *envelope;

		if (commit->source != SOURCE_INBOX)
			continue;
		commit->settled = commit_settled(pass, commit);
		if (commit->recovered)
			continue;
		envelope = &pass->envelopes.at[commit->envelope];
		if (!commit->judged || (!commit->settled &&
		    pass->now <= envelope->observed_at + INBOX_WAIT_SECONDS))
			envelope->waits = true;
	}
}

/* Only what landed was heard: the marks are set at the end of a pass. Whether something is left for another. */
static bool
mark_turns(struct pass *pass)
{
	struct sightings *sightings = pass->reconciler->sightings;
	uint64_t since = pass->reconciler->inbox_since, now = pass->reconciler->inbox_passes;
	bool more = false;

	for (size_t i = 0; i < pass->envelopes.count; i++) {
		struct sighting_marks *marks = sightings_marks(sightings,
		    pass->envelopes.at[i].ref.id);

		if (pass->envelopes.at[i].read)
			marks->read = now;
		more = more || marks->read < since;
	}
	for (size_t i = 0; i < pass->commits.count; i++) {
		const struct seen_commit *commit = &pass->commits.at[i];
		struct sighting_marks *marks = sightings_marks(sightings, commit->id);

		if (commit->source != SOURCE_INBOX)
			continue;
		if (commit->judged)
			marks->judged = now;
		marks->settled = marks->settled || commit->settled;
		more = more || marks->judged < since;
	}
	return more;
}

/* A branch that cannot be removed, or moved meanwhile, is looked at again in the next pass. */
enum pass_result
clear_inbox(struct pass *pass)
{
	struct store_refs left = { 0 };
	struct text why;

	pass->more = mark_turns(pass) || backlog_holds_any(&pass->left);
	for (size_t i = 0; i < pass->envelopes.count; i++) {
		const struct envelope *envelope = &pass->envelopes.at[i];

		if (envelope->waits || store_ref_move(pass->reconciler->store,
		    text_string(pass->arena, envelope->ref.name), envelope->ref.id,
		    (struct text){ NULL, 0 }, &why, pass->arena) != REF_MOVED)
			*ARRAY_ADD(pass->arena, &left) = envelope->ref;
	}
	pass->inbox = left;
	sightings_forget_before(pass->reconciler->sightings, pass->now - INBOX_WAIT_SECONDS,
	    pass->now);
	/* what was left for a later pass must not be taken for examined */
	pass->reconciler->examined[0] = '\0';
	if (!pass->more)
		memcpy(pass->reconciler->examined, text_string(pass->arena, refs_digest(pass)),
		    sizeof(pass->reconciler->examined));
	return PASS_GO_ON;
}
