#include "reconcile/foreign.h"

#include "trust/commit.h"
#include "trust/signer.h"
#include "trust/sshsig.h"

enum { FOREIGN_COMMIT_BYTES = 1024 * 1024, NAME_BYTES = 128 };

/* The name and address of an ident line, without its time. */
static struct text
claimed_name(struct arena *arena, struct text committer)
{
	size_t end = text_find(committer, '>');

	if (end < committer.length)
		committer.length = end + 1;
	return text_visible(arena, text_trim(committer), NAME_BYTES);
}

/* A key that may sign output commits, now at least; its fingerprint. */
static bool
signed_by_reconciler(const struct pass *pass, struct text raw, const struct raw_commit *commit,
    struct text *fingerprint)
{
	const struct configuration *trusted = pass->reconciler->trusted;
	struct sshsig sshsig;
	struct text why;

	if (trusted == NULL || !commit_signed_by_keys(pass->arena, raw,
	    &trusted->repository.reconciler_keys, &why) ||
	    !sshsig_read(pass->arena, commit->signature, "git", &sshsig, &why))
		return false;
	*fingerprint = sshsig.key.fingerprint;
	return true;
}

static struct text
name_signer(struct pass *pass, struct text raw, const struct raw_commit *commit)
{
	struct configuration nobody = { 0 };
	struct sighting sighting = { .configuration = pass->reconciler->trusted,
		.observed_at = pass->now };
	struct signed_text signed_text = { commit->signed_bytes, commit->signature, "git" };
	struct signer signer;
	struct text fingerprint;

	if (!text_present(commit->signature))
		return TEXT("nobody: it is not signed");
	if (signed_by_reconciler(pass, raw, commit, &fingerprint))
		return text_printf(pass->arena, "a reconciler's key, %.*s",
		    TEXT_ARGUMENTS(fingerprint));
	if (sighting.configuration == NULL)
		sighting.configuration = &nobody;
	signer = signer_judge(pass->arena, &sighting, &signed_text);
	if (signer.identity != NULL)
		return text_printf(pass->arena, "%.*s, %.*s", TEXT_ARGUMENTS(signer.who),
		    TEXT_ARGUMENTS(signer.key));
	return signer.mismatch ? text_printf(pass->arena, "nobody: it bears a signature of %.*s that "
	    "does not match", TEXT_ARGUMENTS(signer.who)) : signer.who;
}

void
foreign_report(struct pass *pass, struct text commit, struct text why)
{
	struct raw_commit parsed = { 0 };
	struct text raw, unreadable, signer = TEXT("nobody knows"), committer = TEXT("nobody knows");
	struct ignored *note;

	why = text_copy(pass->arena, why);
	if (text_present(commit) && store_object(pass->reconciler->store, pass->arena, commit,
	    "commit", FOREIGN_COMMIT_BYTES, &raw) &&
	    raw_commit_parse(pass->arena, raw, &parsed, &unreadable)) {
		signer = name_signer(pass, raw, &parsed);
		committer = claimed_name(pass->arena, parsed.committer);
	}
	if (!text_present(commit))
		commit = pass->output;
	log_event(LOG_ALARM, "output-drift", LOG_FIELDS({ "found", pass->output_ref },
	    { "accepted", pass->output }, { "commit", commit }, { "signer", signer },
	    { "committer-claims", committer }, { "why", why }));
	note = ARRAY_ADD(pass->arena, &pass->foreign);
	*note = (struct ignored){
		.who = signer,
		.what = TEXT("writing to the output branch"),
		.why = text_printf(pass->arena, "%.*s. It was undone (committed by \"%.*s\", as the "
		    "commit claims)", TEXT_ARGUMENTS(why), TEXT_ARGUMENTS(committer)),
		.commit = commit,
		.observed_at = pass->now,
	};
}

void
foreign_record(struct pass *pass)
{
	for (size_t i = 0; i < pass->foreign.count; i++)
		configuration_ignore(pass, &pass->foreign.at[i]);
}
