/*
 * The audit of one request is told of output commits that touch it. One that touches nothing may have
 * judged what it should have heard: a rejection that is passed over leaves no other trace.
 */
#include "audit/auditing.h"

#include <string.h>

#include "reconcile/load.h"
#include "repository/history.h"
#include "trust/commit.h"

enum { COMMIT_BYTES = 1024 * 1024, WORDS = 2 };

/* From one output commit to the next: what it judged. */
struct judged_part {
	struct store *store;
	struct arena *arena;
	struct text id;
	struct text from;               /* the output commit before; absent: none */
	struct text to;
	struct text judged_before;      /* inputs */
	struct text judged;
};

static bool
holds(struct text bytes, const char *words)
{
	return bytes.length > 0 && memmem(bytes.at, bytes.length, words, strlen(words)) != NULL;
}

/* A commit with a line about the request, or about rules; the grammar has no other form. */
static bool
commit_speaks(void *context, const struct history_commit *commit)
{
	const char *const *words = context;

	return holds(commit->raw, words[0]) || holds(commit->raw, words[1]);
}

static void
words_of(const struct judged_part *part, const char *words[WORDS])
{
	words[0] = arena_printf(part->arena, " %.*s sha256:", TEXT_ARGUMENTS(part->id));
	words[1] = "Countersign-Configuration";
}

static bool
commits_speak(const struct judged_part *part)
{
	const char *words[WORDS];
	struct history_range range = { .tip = part->judged, .known = part->judged_before,
		.wanted = commit_speaks, .context = words };
	struct history_commits commits = { 0 };
	bool descends;

	words_of(part, words);
	if (!history_new(part->store, part->arena, &range, &commits, &descends))
		return true;
	for (size_t i = 0; i < commits.count; i++)
		if (commits.at[i].wanted)
			return true;
	return false;
}

/* What differs in a place of two commits; false when not all of it can be told. */
static bool
compare(const struct judged_part *part, struct comparison comparison, struct changes *out)
{
	struct reasons reasons = { 0 };

	return snapshot_compare(part->store, part->arena, &comparison, out, &reasons) &&
	    !snapshot_was_cut(&reasons);
}

static bool
file_speaks(const struct judged_part *part, struct text path)
{
	struct approval_file file = { .commit = part->judged, .path = path };
	struct reasons reasons = { 0 };

	if (!approval_load(part->store, part->arena, &file, &reasons))
		return false;
	for (size_t i = 0; i < file.approval->entries.count; i++)
		if (text_present(file.approval->entries.at[i].configuration) ||
		    text_equal(file.approval->entries.at[i].request, part->id))
			return true;
	return false;
}

static bool
approvals_speak(const struct judged_part *part)
{
	struct changed_approvals changed;

	if (!approvals_changed(part->store, part->arena, part->judged_before, part->judged, &changed) ||
	    snapshot_was_cut(&changed.reasons))
		return true;
	for (size_t i = 0; i < changed.documents.count; i++)
		if (file_speaks(part, changed.documents.at[i]))
			return true;
	return false;
}

static bool
differs(const struct judged_part *part, const char *place)
{
	struct changes changes = { 0 };

	return !compare(part, (struct comparison){ .from = part->judged_before, .to = part->judged,
		.folder = place, .most = 1 }, &changes) || changes.count > 0;
}

/* The request's own files, and the rules. */
static bool
files_speak(const struct judged_part *part)
{
	const char *request = arena_printf(part->arena, "requests/%.*s.yaml",
	    TEXT_ARGUMENTS(part->id));

	for (size_t i = 0; configuration_folders[i] != NULL; i++)
		if (differs(part, configuration_folders[i]))
			return true;
	return differs(part, request) ||
	    differs(part, arena_printf(part->arena, "%s.sig", request));
}

/* What came by the inbox. */
static bool
evidence_speaks(const struct judged_part *part)
{
	const struct comparison comparison = { .from = part->from, .to = part->to,
		.folder = "evidence" };
	struct changes changes = { 0 };
	const char *words[WORDS];

	words_of(part, words);
	if (!compare(part, comparison, &changes))
		return true;
	for (size_t i = 0; i < changes.count; i++) {
		struct source_file file = { 0 };

		if (!snapshot_file(part->store, part->arena, part->to, changes.at[i].path,
		    &file) || holds(file.content, words[0]) || holds(file.content, words[1]))
			return true;
	}
	return false;
}

/* What an output commit says to have judged; false when it does not say. */
static bool
read_judged(const struct judged_part *part, struct text commit, struct text *judged)
{
	struct text raw;

	if (!store_object(part->store, part->arena, commit, "commit", COMMIT_BYTES, &raw))
		return false;
	*judged = own_trailer(raw, "Countersign-Input");
	return text_present(*judged);
}

bool
passed_over_anything(struct auditing *auditing, struct arena *arena, struct text from,
    struct text to)
{
	const struct audit_order *order = auditing->order;
	/* not by the store that is audited: what is read there may be noted as evidence */
	struct judged_part part = { .arena = arena, .id = order->only, .from = from, .to = to,
		.store = order->branch.store != NULL ? order->branch.store : order->store };

	if (!read_judged(&part, to, &part.judged) || !text_present(from) ||
	    !read_judged(&part, from, &part.judged_before) || evidence_speaks(&part))
		return true;
	return !text_equal(part.judged, part.judged_before) &&
	    (files_speak(&part) || approvals_speak(&part) || commits_speak(&part));
}
