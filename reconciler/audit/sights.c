/*
 * When the reconciler says to have seen something. That is its word, and dates what was signed where
 * that proves the same; what people have refused is not silenced by it.
 */
#include "audit/auditing.h"

#include <stdlib.h>

#include "evaluate/configuration_rules.h"
#include "reconcile/load.h"
#include "trust/commit.h"

static int
compare_sights(const void *a, const void *b)
{
	const struct sight *one = a, *other = b;
	int order = text_compare(one->evidence, other->evidence);

	return order != 0 ? order : (one->at > other->at) - (one->at < other->at);
}

static bool
decision_recorded(const struct verified_decisions *decisions,
    const struct verified_decision *decision)
{
	for (size_t i = 0; i < decisions->count; i++)
		if (text_equal(decisions->at[i].evidence, decision->evidence) &&
		    text_equal(decisions->at[i].by, decision->by))
			return true;
	return false;
}

static void
note_sight(struct step *step, struct sights *sights, struct sight sight)
{
	if (!text_present(sight.evidence))
		return;
	*ARRAY_ADD(step->arena, sights) = sight;
	if (sight.at > step->time)
		finding_add(step, "ObservedLater", (struct text){ NULL, 0 }, "evidence %.*s is said "
		    "to have been seen at %.*s, which is after the commit that says so",
		    TEXT_ARGUMENTS(sight.evidence),
		    TEXT_ARGUMENTS(moment_format(step->arena, sight.at)));
}

/*
 * What ended a request, whose record keeps no decisions from then on. That it was
 * seen in time is what the record says by naming it.
 */
static void
collect_ending(struct step *step, const struct request_record *old,
    const struct request_record *new, struct sights *sights)
{
	bool late = old->deadline != 0 && step->time > old->deadline;

	if (!text_equal(old->decided_evidence, new->decided_evidence))
		note_sight(step, sights, (struct sight){ new->decided_evidence,
		    late ? old->deadline : step->time, SOURCE_INBOX, new->decided_by });
}

/*
 * To say that a signature on rules was seen long ago is to let it lapse: nobody would have to trust
 * them. What is seen is recorded with the next output commit, and that may be held up for days.
 */
static void
note_rules_signed(struct step *step, struct sights *sights,
    const struct configuration_signature *signature)
{
	note_sight(step, sights, (struct sight){ signature->evidence, signature->observed_at,
	    SOURCE_INBOX, signature->by });
	if (step->time - signature->observed_at > CONFIGURATION_SIGNATURE_LIFETIME_SECONDS / 2)
		finding_add(step, "ObservedEarlier", (struct text){ NULL, 0 }, "a signature of %.*s on "
		    "configuration %.*s is said to have been seen at %.*s, and is recorded only now",
		    TEXT_ARGUMENTS(signature->by), TEXT_ARGUMENTS(signature->digest),
		    TEXT_ARGUMENTS(moment_format(step->arena, signature->observed_at)));
}

/* All that this commit records as newly seen. */
void
sights_collect(struct step *step, struct sights *sights)
{
	const struct configuration_signatures *before = &step->pass.configuration_status.signatures;
	const struct configuration_signatures *after = &step->configuration.signatures;

	for (size_t i = 0; i < step->requests.count; i++) {
		struct request_record old = record_at(step, step->auditing->before,
		    step->requests.at[i]);
		struct request_record new = record_at(step, step->commit, step->requests.at[i]);

		for (size_t j = 0; j < new.decisions.count; j++)
			if (!decision_recorded(&old.decisions, &new.decisions.at[j]))
				note_sight(step, sights, (struct sight){
				    new.decisions.at[j].evidence, new.decisions.at[j].observed_at,
				    new.decisions.at[j].source, new.decisions.at[j].by });
		collect_ending(step, &old, &new, sights);
		if (!text_equal(old.version.evidence, new.version.evidence))
			note_sight(step, sights, (struct sight){ new.version.evidence, step->time,
			    new.version.proof == REQUEST_SIGNED_TRAILER ? SOURCE_INBOX :
			    SOURCE_FILE, new.requester.name });
	}
	for (size_t i = 0; i < after->count; i++) {
		bool known = false;

		for (size_t j = 0; j < before->count && !known; j++)
			known = text_equal(before->at[j].evidence, after->at[i].evidence) &&
			    text_equal(before->at[j].by, after->at[i].by);
		if (!known)
			note_rules_signed(step, sights, &after->at[i]);
	}
	if (sights->count > 1)
		qsort(sights->at, sights->count, sizeof(sights->at[0]), compare_sights);
}

static const struct sight *
find_sight(const struct sights *sights, struct text evidence)
{
	const struct sight earliest = { .evidence = evidence, .at = INT64_MIN };
	size_t at = ARRAY_FIRST(sights, &earliest, compare_sights);

	return at < sights->count && text_equal(sights->at[at].evidence, evidence) ?
	    &sights->at[at] : NULL;
}

/* --- when it was seen -------------------------------------------------------------------------- */

/*
 * The evidence that is heard in a step, sorted. Several people may sign the same bytes, and whoever
 * likes to can be one of them: what is known of when one signature was seen says nothing of another's.
 */
static bool
stands_alone(const struct texts *all, struct text evidence)
{
	const struct text *found = texts_find(all, evidence), *end = all->at + all->count;

	return found != NULL && (found == all->at || !text_equal(found[-1], evidence)) &&
	    (found + 1 == end || !text_equal(found[1], evidence));
}

/* Whether something is said in the name of whom the sight is of. */
static bool
speaks_for(const struct evidence *found, const struct sight *sight)
{
	bool speaks = false;

	for (size_t i = 0; i < found->decisions.count && !speaks; i++)
		speaks = text_equal(found->decisions.at[i].by, sight->by);
	for (size_t i = 0; i < found->request_signatures.count && !speaks; i++)
		speaks = text_equal(found->request_signatures.at[i].by, sight->by);
	for (size_t i = 0; i < found->configuration_signatures.count && !speaks; i++)
		speaks = text_equal(found->configuration_signatures.at[i].by, sight->by);
	return speaks;
}

/* Bytes that somebody has signed: a commit's, or an approval file with its signature. */
struct signed_bytes {
	struct text evidence;
	struct text commit;             /* raw; absent: a file */
	const struct approval_file *file;
	enum decision_source source;
};

/* What it proves, had it been seen then. */
static void
hear_at(struct step *step, struct arena *arena, const struct signed_bytes *bytes, moment at,
    struct evidence *found)
{
	const struct sighting sighting = { .configuration = step->pass.trusted, .observed_at = at,
		.source = bytes->source, .where = TEXT("") };

	*found = (struct evidence){ 0 };
	if (text_present(bytes->commit))
		evidence_from_commit(arena, &sighting, bytes->commit, found);
	else
		evidence_from_approval(arena, &sighting, bytes->file->document.content,
		    bytes->file->approval, bytes->file->signature.content, found);
}

static bool
is_sight_of(struct step *step, const struct sight *sight, const struct signed_bytes *bytes)
{
	struct arena *scratch = arena_new();
	struct evidence found;
	bool is_of;

	hear_at(step, scratch, bytes, sight->at, &found);
	is_of = speaks_for(&found, sight);
	arena_free(scratch);
	return is_of;
}

/* When it was seen; NULL: nothing is known of that. Only what stands alone can be told by its bytes. */
static const struct sight *
find_sight_of(struct step *step, const struct sights *sights, const struct texts *all,
    const struct signed_bytes *bytes)
{
	const struct sight *first = find_sight(sights, bytes->evidence);
	const struct sight *end = sights->at + sights->count;

	if (first == NULL || stands_alone(all, bytes->evidence))
		return first;
	for (const struct sight *one = first;
	     one < end && text_equal(one->evidence, bytes->evidence); one++)
		if (is_sight_of(step, one, bytes))
			return one;
	return NULL;
}

/* Of which commit; absent for one that cannot be read. */
static struct text
evidence_of_commit(struct step *step, struct arena *arena, const struct seen_commit *seen,
    struct text *raw)
{
	struct raw_commit commit;
	struct text why;

	return commit_raw(&step->pass, arena, seen, raw) &&
	    raw_commit_parse(arena, *raw, &commit, &why) ?
	    digest_sha256_hex(arena, commit.signed_bytes) : (struct text){ NULL, 0 };
}

static struct texts
evidence_of_commits(struct step *step)
{
	struct texts all = { 0 };

	for (size_t i = 0; i < step->pass.commits.count; i++) {
		struct arena *scratch = arena_new();
		struct text raw, evidence = evidence_of_commit(step, scratch,
		    &step->pass.commits.at[i], &raw);

		if (text_present(evidence))
			texts_add(step->arena, &all, text_copy(step->arena, evidence));
		arena_free(scratch);
	}
	texts_sort(&all);
	return all;
}

void
sights_date_commits(struct step *step, const struct sights *sights)
{
	struct texts all = { 0 };

	if (sights->count > 0)
		all = evidence_of_commits(step);
	for (size_t i = 0; i < step->pass.commits.count && sights->count > 0; i++) {
		struct seen_commit *seen = &step->pass.commits.at[i];
		struct arena *scratch = arena_new();
		struct signed_bytes bytes = { .source = seen->source };
		const struct sight *sight = NULL;

		bytes.evidence = evidence_of_commit(step, scratch, seen, &bytes.commit);
		if (text_present(bytes.evidence))
			sight = find_sight_of(step, sights, &all, &bytes);
		if (sight != NULL && sight->at < seen->observed_at)
			seen->observed_at = sight->at;
		arena_free(scratch);
	}
}

ARRAY(approval_files, struct approval_file);

/* Approval files are dated by their signature's blob, where the pass will look. */
void
sights_date_approvals(struct step *step, const struct sights *sights)
{
	struct approval_files files = { 0 };
	struct texts all = { 0 };

	for (size_t i = 0; i < step->pass.approvals.count && sights->count > 0; i++) {
		struct approval_file file = { .commit = step->input,
			.path = step->pass.approvals.at[i].path };
		struct reasons reasons = { 0 };

		if (!approval_load(step->auditing->order->store, step->arena, &file, &reasons) ||
		    !text_present(file.signature.blob))
			continue;
		*ARRAY_ADD(step->arena, &files) = file;
		texts_add(step->arena, &all, digest_sha256_hex(step->arena, file.document.content));
	}
	texts_sort(&all);
	for (size_t i = 0; i < files.count; i++) {
		const struct signed_bytes bytes = { .source = SOURCE_FILE, .file = &files.at[i],
			.evidence = digest_sha256_hex(step->arena, files.at[i].document.content) };
		const struct sight *sight = find_sight_of(step, sights, &all, &bytes);

		if (sight != NULL)
			(void)sightings_see(step->auditing->reconciler.sightings,
			    files.at[i].signature.blob, sight->at);
	}
}

/* Who refuses something in it; absent: nobody does. */
static struct text
refused_by(const struct evidence *found)
{
	for (size_t i = 0; i < found->decisions.count; i++)
		if (found->decisions.at[i].decision > DECISION_APPROVE)
			return found->decisions.at[i].by;
	for (size_t i = 0; i < found->configuration_signatures.count; i++)
		if (found->configuration_signatures.at[i].withdraw)
			return found->configuration_signatures.at[i].by;
	return (struct text){ NULL, 0 };
}

/* What refuses something counts by the clock of who decides again, if it did not by the commit's. */
static void
find_too_early(struct step *step, const struct signed_bytes *bytes, moment observed_at)
{
	struct arena *scratch = arena_new();
	struct sight sight = { .by = { NULL, 0 } };
	struct evidence now, then;

	hear_at(step, scratch, bytes, step->auditing->clock, &now);
	sight.by = refused_by(&now);
	if (text_present(sight.by)) {
		hear_at(step, scratch, bytes, observed_at, &then);
		if (!speaks_for(&then, &sight))
			finding_add(step, "TimeBehind", (struct text){ NULL, 0 }, "%.*s refuses "
			    "something in what it judged, with a key that was not valid yet at the "
			    "time that it says, and is", TEXT_ARGUMENTS(sight.by));
	}
	arena_free(scratch);
}

/*
 * A commit may be shown long after it was made. But a time that stands still would keep keys from
 * becoming valid, and what is signed with them from being heard.
 */
void
sights_find_too_early(struct step *step)
{
	const struct pass *pass = &step->pass;

	if (step->auditing->clock - step->time <= CLOCK_BEHIND_SECONDS)
		return;
	for (size_t i = 0; i < pass->commits.count; i++) {
		const struct seen_commit *seen = &pass->commits.at[i];
		struct signed_bytes bytes = { .source = seen->source };
		struct arena *scratch = arena_new();

		if (commit_raw(&step->pass, scratch, seen, &bytes.commit))
			find_too_early(step, &bytes, seen->observed_at);
		arena_free(scratch);
	}
	for (size_t i = 0; i < pass->approvals.count; i++) {
		struct approval_file file = { .commit = step->input,
			.path = pass->approvals.at[i].path };
		const struct signed_bytes bytes = { .source = SOURCE_FILE, .file = &file };
		struct arena *scratch = arena_new();
		struct reasons reasons = { 0 };

		if (approval_load(step->auditing->order->store, scratch, &file, &reasons) &&
		    text_present(file.signature.blob))
			find_too_early(step, &bytes,
			    sightings_see(step->auditing->reconciler.sightings,
				file.signature.blob, step->time));
		arena_free(scratch);
	}
}
