/*
 * Reading the inbox: whose turn it is, how far an envelope goes, and how much
 * of one identity is heard in one pass. Anyone may push to it, so nobody's
 * envelopes may hold up another's.
 */
#include "reconcile/pass.h"

#include <stdlib.h>
#include <string.h>

#include "trust/commit.h"
#include "trust/trailer.h"

/* How far down the branch an envelope is looked for on it. */
enum { TRUNK_SHORT = 16, TRUNK_LONG = 1024 };

/* Something that waits for its turn, and the pass in which it last had it. */
struct turn {
	size_t place;
	uint64_t last;
};

ARRAY(turns, struct turn);

/* The longest waiting first. */
static int
compare_turns(const void *a, const void *b)
{
	const struct turn *one = a, *other = b;

	if (one->last != other->last)
		return one->last < other->last ? -1 : 1;
	return one->place < other->place ? -1 : one->place > other->place;
}

static void
sort_turns(struct turns *turns)
{
	if (turns->count > 1)
		qsort(turns->at, turns->count, sizeof(turns->at[0]), compare_turns);
}

/* A branch beside the inbox, whose name only begins like its. */
static bool
stands_beside(struct text ref)
{
	struct text name = text_skip(ref, strlen(inbox_prefix));

	return name.length > 0 && name.at[0] != '/';
}

/* The name of an inbox branch: one part below the prefix, no more. */
static bool
name_is_good(struct text ref)
{
	struct text name = text_skip(ref, strlen(inbox_prefix));

	return name.length > 1 && name.at[0] == '/' &&
	    text_find(text_skip(name, 1), '/') == name.length - 1;
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

/* ---- how far an envelope goes ---- */

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

static bool
belongs_to_envelope(void *context, const struct history_commit *commit)
{
	const struct pass *pass = context;

	if (stands_on_branch(pass, commit->id))
		return false;
	if (!text_present(commit->raw))
		log_event(LOG_WARNING, "inbox-commit-not-read", LOG_FIELDS({ "commit", commit->id },
		    { "why", TEXT("it is larger than 64 KiB; neither it nor what lies below it is "
			"read") }));
	return text_present(commit->raw) && trailers_hinted(commit->raw);
}

/* Reads the trunk's first parents, newest first, as far as `most`. */
static void
read_trunk(struct pass *pass, size_t most, struct history_commits *trunk)
{
	struct history_range range = { .tip = pass->input, .most = most, .most_bytes = 1 };
	bool reached;

	*trunk = (struct history_commits){ 0 };
	/* as far as it can be read: it only saves work, and saying things twice */
	(void)history_first_parents(pass->reconciler->store, pass->arena, &range, trunk, &reached);
}

/* Cuts the line where it meets the trunk; true when it does. */
static bool
cut_at_trunk(struct history_commits *line, const struct history_commits *trunk)
{
	for (size_t i = 0; i < line->count; i++)
		for (size_t j = 0; j < trunk->count; j++)
			if (text_equal(line->at[i].id, trunk->at[j].id)) {
				line->count = i;
				return true;
			}
	return false;
}

/*
 * Leaves the branch's own commits out: an envelope was made on the branch of
 * some days ago mostly. One commit that stands alone needs no long search.
 */
static void
leave_trunk(struct pass *pass, struct history_commits *line, struct history_commits trunks[2])
{
	static const size_t lengths[2] = { TRUNK_SHORT, TRUNK_LONG };

	for (size_t i = 0; i < 2 && line->count > i; i++) {
		if (trunks[i].count == 0)
			read_trunk(pass, lengths[i], &trunks[i]);
		if (cut_at_trunk(line, &trunks[i]))
			return;
	}
}

/* The commits of one envelope, along first parents, while each carries trailers and is small; gives their bytes. */
static size_t
open_envelope(struct pass *pass, size_t place, struct history_commits trunks[2])
{
	struct sightings *sightings = pass->reconciler->sightings;
	struct history_range range = { .tip = pass->envelopes.at[place].ref.id,
		.most = ENVELOPE_COMMITS, .most_bytes = ENVELOPE_COMMIT_BYTES,
		.wanted = belongs_to_envelope, .context = pass };
	struct store *store = pass->reconciler->store;
	size_t bytes = 0, lacking = store_lacking(store);
	struct history_commits line = { 0 };
	bool reached;

	if (!history_first_parents(store, pass->arena, &range, &line, &reached))
		log_event(LOG_WARNING, "inbox-unreadable",
		    LOG_FIELDS({ "ref", pass->envelopes.at[place].ref.name }));
	/* what lies behind an envelope is nobody's business, and need not be there */
	store_lacking_forgive(store, lacking);
	leave_trunk(pass, &line, trunks);
	for (size_t i = 0; i < line.count; i++) {
		const struct sighting_marks *marks = sightings_marks(sightings, line.at[i].id);

		bytes += line.at[i].raw.length;
		if (marks == NULL || !marks->settled)
			commit_see(pass, &line.at[i], (struct seen_commit){ .source = SOURCE_INBOX,
			    .envelope = place, .evidence = evidence_name(pass, line.at[i].raw) });
	}
	return bytes;
}

/* ---- whose turn it is ---- */

/* From when input or output move, what waits may mean something else. */
static void
count_pass(struct pass *pass)
{
	struct reconciler *reconciler = pass->reconciler;
	struct text state = digest_sha256_hex(pass->arena, text_printf(pass->arena, "%.*s %.*s",
	    TEXT_ARGUMENTS(pass->input), TEXT_ARGUMENTS(pass->output)));

	reconciler->inbox_passes++;
	if (text_is(state, reconciler->inbox_state))
		return;
	reconciler->inbox_since = reconciler->inbox_passes;
	memcpy(reconciler->inbox_state, text_string(pass->arena, state),
	    sizeof(reconciler->inbox_state));
}

static void
list_envelopes(struct pass *pass, struct turns *turns)
{
	struct sightings *sightings = pass->reconciler->sightings;

	for (size_t i = 0; i < pass->inbox.count; i++) {
		struct envelope *envelope = ARRAY_ADD(pass->arena, &pass->envelopes);

		envelope->ref = pass->inbox.at[i];
		envelope->observed_at = sightings_see(sightings, envelope->ref.id, pass->now);
		envelope->read = stands_beside(envelope->ref.name);
		envelope->waits = true;
		if (!envelope->read)
			*ARRAY_ADD(pass->arena, turns) = (struct turn){ i,
			    sightings_marks(sightings, envelope->ref.id)->read };
	}
	sort_turns(turns);
}

void
open_inbox(struct pass *pass)
{
	struct history_commits trunks[2] = { { 0 }, { 0 } };
	struct turns turns = { 0 };
	size_t bytes = 0;

	count_pass(pass);
	list_envelopes(pass, &turns);
	for (size_t i = 0; i < turns.count && i < INBOX_BRANCHES_MOST &&
	     bytes < INBOX_BYTES_MOST; i++) {
		struct envelope *envelope = &pass->envelopes.at[turns.at[i].place];

		envelope->read = true;
		envelope->waits = false;
		if (name_is_good(envelope->ref.name))
			bytes += open_envelope(pass, turns.at[i].place, trunks);
		else
			log_event(LOG_WARNING, "inbox-name-refused",
			    LOG_FIELDS({ "ref", envelope->ref.name }));
	}
}

/* ---- how much of one identity is heard ---- */

static struct text
signer_of(const struct evidence *found)
{
	if (found->decisions.count > 0)
		return found->decisions.at[0].by;
	if (found->configuration_signatures.count > 0)
		return found->configuration_signatures.at[0].by;
	if (found->request_signatures.count > 0)
		return found->request_signatures.at[0].by;
	return (struct text){ NULL, 0 };
}

/*
 * At most a handful of inbox commits of one identity in one pass, so that
 * nobody can keep the others waiting; the rest comes in the next pass.
 */
static bool
within_share(struct pass *pass, struct texts *taken_of, struct text by)
{
	size_t taken = 0;

	if (!text_present(by))
		return true;
	for (size_t i = 0; i < taken_of->count; i++)
		taken += text_equal(taken_of->at[i], by);
	if (taken >= INBOX_COMMITS_PER_IDENTITY)
		return false;
	texts_add(pass->arena, taken_of, by);
	return true;
}

void
take_up_envelopes(struct pass *pass)
{
	struct sightings *sightings = pass->reconciler->sightings;
	struct texts taken_of = { 0 };
	struct turns turns = { 0 };

	for (size_t i = 0; i < pass->commits.count; i++)
		if (pass->commits.at[i].source == SOURCE_INBOX)
			*ARRAY_ADD(pass->arena, &turns) = (struct turn){ i,
			    sightings_marks(sightings, pass->commits.at[i].id)->judged };
	sort_turns(&turns);
	for (size_t i = 0; i < turns.count; i++) {
		struct seen_commit *commit = &pass->commits.at[turns.at[i].place];
		struct evidence found = commit_judge(pass, commit, commit->raw);

		commit->by = signer_of(&found);
		commit->judged = commit->recovered || within_share(pass, &taken_of, commit->by);
		if (commit->judged)
			evidence_take(pass, &found);
	}
}
