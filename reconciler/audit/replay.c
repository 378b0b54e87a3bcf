/*
 * Decides again: the reconciler's own stages, at the place in history where it
 * stood, with what it had before it. Only the times of its sightings are its word.
 */
#include "audit/auditing.h"

#include <string.h>

#include "reconcile/load.h"
#include "trust/commit.h"

/* --- what came by the inbox ---------------------------------------------------------------- */

/* One envelope's commit, as the output branch keeps it, is heard as it was then. */
static void
see_evidence(struct step *step, struct text path)
{
	struct pass *pass = &step->pass;
	struct source_file file = { 0 };
	struct history_commit commit = { 0 };
	struct raw_commit parsed;
	struct text name, why;

	if (!snapshot_file(step->auditing->order->store, step->arena, step->commit, path, &file))
		return;
	name = text_skip(path, strlen("evidence/ab/cd/"));
	commit.id = object_id_of(step->arena, "commit", file.content);
	commit.raw = file.content;
	if (!raw_commit_parse(step->arena, file.content, &parsed, &why) ||
	    !text_equal(digest_sha256_hex(step->arena, parsed.signed_bytes), text_first(name, 64))) {
		finding_add(step, "EvidenceChanged", (struct text){ NULL, 0 }, "%.*s does not hold the "
		    "signed bytes that it is named after", TEXT_ARGUMENTS(path));
		return;
	}
	for (size_t i = 0; i < pass->commits.count; i++)
		if (text_equal(pass->commits.at[i].id, commit.id) &&
		    pass->commits.at[i].source == SOURCE_INBOX)
			return;
	commit_see(pass, &commit, (struct seen_commit){ .source = SOURCE_INBOX,
	    .evidence = text_first(name, 64) });
}

/* Evidence that this commit speaks of and an earlier one has brought. */
static void
see_kept_evidence(struct step *step, struct text evidence)
{
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };
	char *folder;

	if (evidence.length != 64)
		return;
	folder = arena_printf(step->arena, "evidence/%.2s/%.2s", evidence.at, evidence.at + 2);
	if (!snapshot_list(step->auditing->order->store, step->arena, step->commit, folder, &files,
	    &reasons))
		return;
	for (size_t i = 0; i < files.count; i++)
		if (text_starts_with(text_skip(files.at[i].path, strlen("evidence/ab/cd/")),
		    text_string(step->arena, evidence)))
			see_evidence(step, files.at[i].path);
}

static void
see_inbox(struct step *step, const struct sights *sights)
{
	/* one branch stands for all: which one it was is not recorded */
	*ARRAY_ADD(step->arena, &step->pass.envelopes) = (struct envelope){
		.observed_at = step->time, .read = true };
	for (size_t i = 0; i < step->changes.count; i++)
		if (text_starts_with(step->changes.at[i].path, "evidence/") &&
		    !text_present(step->changes.at[i].old_blob))
			see_evidence(step, step->changes.at[i].path);
	for (size_t i = 0; i < sights->count; i++)
		if (sights->at[i].source == SOURCE_INBOX)
			see_kept_evidence(step, sights->at[i].evidence);
}

/* --- the pass ------------------------------------------------------------------------------------ */

static bool
unreadable(struct step *step, const char *what)
{
	step->auditing->why = text_printf(step->auditing->arena, "%s of output commit %.*s cannot be "
	    "read: %s", what, TEXT_ARGUMENTS(step->commit),
	    store_trouble(step->auditing->order->store));
	return false;
}

static bool
decide_again(struct step *step)
{
	struct pass *pass = &step->pass;
	struct sights sights = { 0 };
	bool descends = false;

	/* what people signed is taken from them, where they are here */
	pass->discarded = recovery_discarded(step->arena, step->raw);
	if (!batch_read(pass, &descends))
		return unreadable(step, "the input history");
	if (!descends && !text_present(own_trailer(step->raw, "Countersign-History-Accepted")))
		finding_add(step, "InputRewritten", (struct text){ NULL, 0 }, "the input that it "
		    "judged does not descend from the one judged before, and no operator is said to "
		    "have accepted that");
	if (gather(pass) != PASS_GO_ON)
		return unreadable(step, "the input");
	sights_collect(step, &sights);
	sights_date_approvals(step, &sights);
	see_inbox(step, &sights);
	sights_date_commits(step, &sights);
	if (trust_configuration(pass) != PASS_GO_ON || take_up_evidence(pass) != PASS_GO_ON ||
	    decide_requests(pass) != PASS_GO_ON)
		return unreadable(step, "the input");
	sights_find_too_early(step);
	if (!backlog_follows(pass, &pass->replay->left))
		finding_add(step, "RequestsLeftDiffer", (struct text){ NULL, 0 }, "the changed request "
		    "files that it says to have left are not such as the commit before it leaves");
	return true;
}

bool
step_replay(struct step *step)
{
	struct auditing *auditing = step->auditing;
	struct replay *replay = ARENA_NEW(step->arena, struct replay);

	auditing->reconciler.sightings = sightings_new();
	/* a reconciler may look at any request in any pass: what comes out is the same */
	auditing->reconciler.again = step->requests;
	if (!configuration_status_load(auditing->order->store, step->arena, step->commit,
	    &step->configuration)) {
		finding_add(step, "ConfigurationUnreadable", (struct text){ NULL, 0 },
		    "status/configuration.yaml is not there or cannot be read");
		return true;
	}
	*replay = (struct replay){ .trusted = step->configuration.trusted_digest,
		.clock = auditing->clock, .only = auditing->order->only,
		.authorities = auditing->order->authorities };
	step->pass = (struct pass){ .arena = step->arena, .reconciler = &auditing->reconciler,
		.now = step->time, .expire = true, .insist = true, .replay = replay,
		.input = step->input, .output = auditing->before, .output_ref = auditing->before,
		.trusted = auditing->trusted, .subject = { .arena = step->arena } };
	if (!backlog_read(step->raw, &replay->left))
		finding_add(step, "RequestsLeftDiffer", (struct text){ NULL, 0 }, "what it says of "
		    "changed request files that are left cannot be read");
	if (!output_begin(&step->pass))
		return true;    /* the commit before has its finding */
	step->replayed = decide_again(step);
	return step->replayed;
}
