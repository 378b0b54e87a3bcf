#include "reconcile/recover.h"

#include <string.h>

#include "reconcile/load.h"
#include "trust/commit.h"

enum { RECOVERED_BYTES_MOST = 64 * 1024 * 1024, CHANGES_AT_ONCE = 65536 };

static void
discard(struct pass *pass, struct text tip)
{
	if (!text_present(tip) || text_equal(tip, pass->output) ||
	    texts_contain(&pass->discarded, tip))
		return;
	texts_add(pass->arena, &pass->discarded, text_copy(pass->arena, tip));
	log_event(LOG_WARNING, "output-discarded", LOG_FIELDS({ "discarded", tip },
	    { "recovered", pass->output }));
}

bool
recover_output(struct pass *pass)
{
	struct text named = pass->words[OPERATOR_RECOVERS_OUTPUT];

	if (!text_present(named))
		return false;
	pass->output = named;
	discard(pass, pass->reconciler->tips.output);
	discard(pass, pass->output_ref);
	if (pass->discarded.count > 0)
		return true;
	(void)operator_word_settle(pass, OPERATOR_RECOVERS_OUTPUT);
	return false;
}

/* Takes what is wanted of a file that a commit of a line brings; `scratch` is for what is not. */
typedef void (*change_handler)(struct pass *pass, struct arena *scratch, struct text commit,
    const struct change *change);

/* Some of it, in memory of its own: a tree can name one file over and over. */
static bool
each_change_of_part(struct pass *pass, struct comparison *part, change_handler handle)
{
	struct arena *own = arena_new();
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };
	bool good = snapshot_compare(pass->reconciler->store, own, part, &changes, &reasons);

	for (size_t i = 0; i < changes.count && good; i++) {
		struct arena *scratch = arena_new();

		if (text_present(changes.at[i].new_blob))
			handle(pass, scratch, part->to, &changes.at[i]);
		arena_free(scratch);
	}
	part->behind = changes.count < part->most ? (struct text){ NULL, 0 } :
	    text_copy(pass->arena, changes.at[changes.count - 1].path);
	arena_free(own);
	return good;
}

static bool
each_change(struct pass *pass, const struct comparison *comparison, change_handler handle)
{
	struct comparison part = *comparison;
	bool good;

	part.most = CHANGES_AT_ONCE;
	do
		good = each_change_of_part(pass, &part, handle);
	while (good && text_present(part.behind));
	return good;
}

/* What a commit of a line brings to a folder; false ends the walk. */
typedef bool (*comparison_handler)(struct pass *pass, const struct comparison *comparison);

/* The same for each commit from `known` (without it) up to `tip`, the oldest first. */
static bool
each_change_of_line(struct pass *pass, const struct history_range *range, const char *folder,
    comparison_handler handle)
{
	struct comparison comparison = { .from = range->known, .folder = folder };
	struct history_commits line = { 0 };
	bool reached = false, good = history_first_parents(pass->reconciler->store, pass->arena,
	    range, &line, &reached);

	/* where a merge has turned the line away from there, it is the whole line */
	if (!reached)
		comparison.from = (struct text){ NULL, 0 };
	for (size_t i = line.count; i-- > 0 && good;) {
		comparison.to = line.at[i].id;
		good = handle(pass, &comparison);
		comparison.from = comparison.to;
	}
	return good;
}

/* What cannot be read of discarded commits keeps nobody from going on without them. */
static void
each_discarded_change(struct pass *pass, const char *folder, comparison_handler handle)
{
	for (size_t i = 0; i < pass->discarded.count; i++) {
		struct history_range range = { .tip = pass->discarded.at[i], .known = pass->output,
			.most_bytes = 1 };
		struct store *store = pass->reconciler->store;
		size_t lacking = store_lacking(store);
		bool whole = each_change_of_line(pass, &range, folder, handle) &&
		    store_lacking(store) == lacking;

		store_lacking_forgive(store, lacking);
		if (!whole)
			log_event(LOG_ALARM, "discarded-unreadable", LOG_FIELDS(
			    { "discarded", range.tip }, { "folder", text_of(folder) },
			    { "why", text_of(store_trouble(store)) }));
	}
}

/* ---- what people have signed ---- */

static bool
envelope_known(const struct pass *pass, struct text id)
{
	for (size_t i = 0; i < pass->commits.count; i++)
		if (pass->commits.at[i].source == SOURCE_INBOX &&
		    text_equal(pass->commits.at[i].id, id))
			return true;
	return false;
}

static void
take_envelope(struct pass *pass, struct arena *scratch, struct text commit,
    const struct change *change)
{
	struct history_commit envelope = { 0 };
	struct raw_commit parsed;
	struct text why;

	(void)commit;
	if (!store_object(pass->reconciler->store, scratch, change->new_blob, "blob",
	    ENVELOPE_COMMIT_BYTES, &envelope.raw))
		return;         /* too large for any that was taken up */
	envelope.id = object_id_of(scratch, "commit", envelope.raw);
	if (!raw_commit_parse(scratch, envelope.raw, &parsed, &why) ||
	    envelope_known(pass, envelope.id))
		return;
	if (pass->recovered_bytes + envelope.raw.length > RECOVERED_BYTES_MOST) {
		log_event(LOG_ALARM, "evidence-not-recovered", LOG_FIELDS({ "commit", envelope.id },
		    { "why", TEXT("discarded output commits hold more than 64 MiB of evidence") }));
		return;
	}
	pass->recovered_bytes += envelope.raw.length;
	envelope.id = text_copy(pass->arena, envelope.id);
	envelope.raw = text_copy(pass->arena, envelope.raw);
	commit_see(pass, &envelope, (struct seen_commit){ .source = SOURCE_INBOX, .recovered = true,
	    .evidence = digest_sha256_hex(pass->arena, parsed.signed_bytes) });
}

static bool
take_envelopes(struct pass *pass, const struct comparison *comparison)
{
	return each_change(pass, comparison, take_envelope);
}

static bool
take_approvals(struct pass *pass, const struct comparison *comparison)
{
	struct changed_approvals changed;
	bool good = approvals_changed(pass->reconciler->store, pass->arena, comparison->from,
	    comparison->to, &changed);

	if (snapshot_was_cut(&changed.reasons))
		log_event(LOG_ALARM, "approvals-not-read", LOG_FIELDS({ "commit", comparison->to },
		    { "why", TEXT("it brings more entries below approvals/ than are looked at") }));
	for (size_t i = 0; i < changed.documents.count; i++)
		approval_judge(pass, comparison->to, changed.documents.at[i]);
	return good;
}

bool
recover_approvals(struct pass *pass)
{
	struct history_range range = { .tip = pass->input, .known = pass->previous_input,
		.most_bytes = 1 };

	return pass->discarded.count == 0 ||
	    each_change_of_line(pass, &range, "approvals", take_approvals);
}

/* ---- what had ended ---- */

static void
take_end(struct pass *pass, struct arena *scratch, struct text commit,
    const struct change *change)
{
	struct request_record record = { 0 };
	struct text id = text_skip(change->path, strlen("status/requests/"));

	if (!text_ends_with(id, ".yaml"))
		return;
	id.length -= strlen(".yaml");
	if (record_load(pass->reconciler->store, scratch, commit, id, &record) &&
	    (record.state == STATE_REJECTED || record.state == STATE_CANCELLED ||
		record.state == STATE_EXPIRED) && text_present(record.digest) &&
	    !texts_contain(&pass->ended, record.digest))
		texts_add(pass->arena, &pass->ended, text_copy(pass->arena, record.digest));
}

static bool
take_ended(struct pass *pass, const struct comparison *comparison)
{
	return each_change(pass, comparison, take_end);
}

void
recover_evidence(struct pass *pass)
{
	each_discarded_change(pass, "evidence", take_envelopes);
	each_discarded_change(pass, "status/requests", take_ended);
}

void
recover_ended(struct pass *pass, struct request_record *record)
{
	static const char *const types[] = { "Approved", "Ready" };

	if (request_state_ended(record->state) || !text_present(record->digest) ||
	    !texts_contain(&pass->ended, record->digest))
		return;
	record->state = STATE_EXPIRED;
	record->deadline = pass->now;
	record->decided_at = pass->now;
	record->bypassed = false;
	for (size_t i = 0; i < record->steps.count; i++)
		record->steps.at[i].waiting_for = (struct texts){ 0 };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		condition_set(pass->arena, &record->conditions, (struct condition){
		    .type = text_of(types[i]), .status = TEXT("False"), .reason = TEXT("Expired"),
		    .message = TEXT("it had ended in output commits that an operator discarded; "
			"its requester can ask again"), .last_transition = pass->now });
}
