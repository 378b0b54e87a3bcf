/*
 * One signed output commit for all that a pass decided, moved into place by
 * compare-and-swap. Only after that, and durably, is it the accepted tip.
 */
#include "reconcile/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/foreign.h"
#include "trust/commit.h"

enum {
	BATCH_COMMITS_UNRECORDED = 256,
	SUBJECT_BYTES = 120,
	SWAPS_MOST = 16,
	OUTPUTS_AHEAD_MOST = 1024       /* commits of other replicas looked through for one of ours */
};

static const char output_identity[] = "countersign <countersign@localhost>";

void
output_add(struct pass *pass, struct text path, struct text content)
{
	*ARRAY_ADD(pass->arena, &pass->files) = (struct output_file){ path, content };
}

static struct text
signed_commit(struct arena *arena, void *context, struct text unsigned_commit)
{
	const struct ssh_private_key *key = context;

	return raw_commit_with_signature(arena, unsigned_commit,
	    sshsig_sign(arena, key, "git", unsigned_commit));
}

/*
 * The first output commit has no parent. Each later one has the one before,
 * and the judged input where that is not an ancestor yet.
 */
static struct texts
output_parents(struct pass *pass)
{
	struct texts parents = { 0 };
	struct raw_commit previous = { 0 };
	struct text why;

	if (!text_present(pass->output))
		return parents;
	texts_add(pass->arena, &parents, pass->output);
	if (!text_equal(pass->input, pass->previous_input) ||
	    !raw_commit_parse(pass->arena, pass->output_raw, &previous, &why) ||
	    previous.parents.count == 0)
		texts_add(pass->arena, &parents, pass->input);
	return parents;
}

static struct text
output_message(struct pass *pass)
{
	struct buffer message = { .arena = pass->arena };
	struct text subject = buffer_text(&pass->subject);

	buffer_add(&message, text_empty(subject) ? TEXT("Input examined") :
	    text_visible(pass->arena, subject, SUBJECT_BYTES));
	buffer_printf(&message, "\n\nCountersign-Input: %.*s\nCountersign-Time: %.*s\n"
	    "Countersign-Configuration-Trusted: %lld %.*s\n", TEXT_ARGUMENTS(pass->input),
	    TEXT_ARGUMENTS(moment_format(pass->arena, pass->now)),
	    (long long)pass->trusted->number, TEXT_ARGUMENTS(pass->trusted->digest));
	if (text_present(pass->words[OPERATOR_ACCEPTS_HISTORY]))
		buffer_printf(&message, "Countersign-History-Accepted: %.*s\n",
		    TEXT_ARGUMENTS(pass->words[OPERATOR_ACCEPTS_HISTORY]));
	for (size_t i = 0; i < pass->discarded.count; i++)
		buffer_printf(&message, "Countersign-Output-Discarded: %.*s\n",
		    TEXT_ARGUMENTS(pass->discarded.at[i]));
	buffer_add(&message, backlog_trailers(pass));
	buffer_add(&message, ledger_trailer(pass));
	return buffer_text(&message);
}

/* The judged input and an output commit become the accepted tips, durably. */
static enum pass_result
accept_tips(struct pass *pass, struct text output)
{
	struct reconciler *reconciler = pass->reconciler;
	struct arena *arena = arena_new();
	struct tips tips = { .input = text_copy(arena, pass->input),
		.output = text_copy(arena, output) };

	if (!tips_write(arena, reconciler->tips_path, &tips)) {
		enum pass_result result = trouble("state-not-written",
		    text_printf(pass->arena, "%s: %s", reconciler->tips_path, strerror(errno)));

		arena_free(arena);
		return result;
	}
	arena_free(reconciler->tips_arena);
	reconciler->tips_arena = arena;
	reconciler->tips = tips;
	return PASS_GO_ON;
}

/* The landed commit becomes the accepted tip before anything follows from it. */
static enum pass_result
accept_landed(struct pass *pass, struct text id)
{
	enum pass_result result = accept_tips(pass, id);

	if (result != PASS_GO_ON)
		return result;
	pass->output = pass->output_ref = id;
	pass->previous_input = pass->input;
	if (!store_object(pass->reconciler->store, pass->arena, id, "commit", SIZE_MAX,
	    &pass->output_raw))
		return trouble("output-unreadable", id);
	pass->landed = true;
	pass->discarded = (struct texts){ 0 };
	for (enum operator_word word = 0; word < OPERATOR_WORDS; word++)
		if (!operator_word_settle(pass, word))
			result = PASS_ALARM;
	return result;
}

/* What was examined may not be taken back, although nothing came of it. */
static enum pass_result
accept_examined(struct pass *pass)
{
	return text_equal(pass->input, pass->reconciler->tips.input) ? PASS_GO_ON :
	    accept_tips(pass, pass->output);
}

/* The index that the next pass starts from. */
static void
remember_open(struct pass *pass)
{
	struct request_records changed = { 0 };
	struct open_index *index;

	for (size_t i = 0; i < pass->decided.count; i++)
		if (pass->decided.at[i].changed)
			*ARRAY_ADD(pass->arena, &changed) = pass->decided.at[i].after;
	index = open_index_with(pass->reconciler->index, pass->output, &changed);
	open_index_free(pass->reconciler->index);
	pass->reconciler->index = index;
}

/* Said when it is so, and once: a pass that lost its race has decided nothing. */
static void
log_states(const struct pass *pass)
{
	for (size_t i = 0; i < pass->decided.count; i++) {
		const struct decided *decided = &pass->decided.at[i];
		const struct request_record *record = &decided->after;

		if (decided->changed && (!decided->existed ||
		    record->state != decided->before.state))
			log_event(LOG_INFO, "request-state", LOG_FIELDS({ "request", record->id },
			    { "state", text_of(request_state_name(record->state)) },
			    { "requester", record->requester.name }, { "digest", record->digest }));
	}
}

/* The commit's objects are durable after this, and nobody sees them yet. */
static enum pass_result
write_commit(struct pass *pass, struct text *id)
{
	struct reconciler *reconciler = pass->reconciler;
	struct output_order order = {
		.base = pass->output,
		.parents = output_parents(pass),
		.files = &pass->files,
		.identity = text_of(output_identity),
		.message = output_message(pass),
		.at = pass->now,
		.sign = signed_commit,
		.context = reconciler->key,
		.written = &pass->written,
	};
	struct text why = { NULL, 0 };

	pass->written = (struct stored_objects){ 0 };
	if (!writer_commit(reconciler->store, pass->arena, &order, id, &why))
		return trouble("output-not-written", why);
	return PASS_GO_ON;
}

/*
 * Whether what the output ref points at continues the commit that this pass
 * started from by one of ours: another replica was quicker. When that cannot
 * be told, it was.
 */
static bool
was_quicker(struct pass *pass, struct text tip)
{
	struct history_range range = { .tip = tip, .known = pass->output,
		.most = OUTPUTS_AHEAD_MOST };
	struct history_commits line = { 0 };
	bool reached = false;
	struct text why;

	if (!text_present(tip))
		return false;
	if (!history_first_parents(pass->reconciler->store, pass->arena, &range, &line, &reached))
		return true;
	return reached && line.count > 0 && text_present(line.at[line.count - 1].raw) &&
	    commit_signed_by_keys(pass->arena, line.at[line.count - 1].raw,
		&pass->reconciler->trusted->repository.reconciler_keys, &why);
}

/*
 * What others put on the output branch is replaced, and is nothing to start
 * over for: whoever may push there could keep every pass from its end.
 */
static enum ref_result
swap_over_others(struct pass *pass, struct text id, struct text *why)
{
	enum ref_result result = REF_LOST;

	for (int i = 0; i < SWAPS_MOST && result == REF_LOST; i++) {
		struct pass again = { .arena = pass->arena, .reconciler = pass->reconciler };

		result = store_ref_move(pass->reconciler->store, output_ref_name, pass->output_ref, id,
		    why, pass->arena);
		if (result != REF_LOST)
			return result;
		/* while output is recovered nobody's word counts but the operator's */
		if (!refs_read(&again, why) ||
		    (pass->discarded.count == 0 && was_quicker(pass, again.output_ref)))
			return REF_LOST;
		pass->output_ref = again.output_ref;
		foreign_report(pass, pass->output_ref,
		    TEXT("somebody else moved the output branch while it was written"));
	}
	return result;
}

static enum pass_result
swap_to(struct pass *pass, struct text id)
{
	struct text why = { NULL, 0 };
	enum pass_result result;

	switch (swap_over_others(pass, id, &why)) {
	case REF_LOST:
		return PASS_LOST;
	case REF_FAILED:
		return trouble("output-not-moved", why);
	case REF_MOVED:
		break;
	}
	/* whatever becomes of the state file: the commit is what the branch holds, durably */
	checker_show_begin(pass, id);
	result = accept_landed(pass, id);
	if (result == PASS_GO_ON) {
		remember_open(pass);
		log_states(pass);
	}
	return result;
}

/* Where the output branch keeps the evidence of a commit; the same bytes signed by another stand beside it. */
static struct text
evidence_path(struct pass *pass, const struct seen_commit *seen)
{
	struct text raw_digest = digest_sha256_hex(pass->arena, seen->raw);
	struct text path = text_printf(pass->arena, "evidence/%.2s/%.2s/%.*s", seen->evidence.at,
	    seen->evidence.at + 2, TEXT_ARGUMENTS(seen->evidence));
	struct source_file there = { 0 };
	bool taken = text_present(pass->output) && snapshot_file(pass->reconciler->store,
	    pass->arena, pass->output, path, &there) && !text_equal(there.content, seen->raw);

	for (size_t i = 0; i < pass->files.count && !taken; i++)
		taken = text_equal(pass->files.at[i].path, path) &&
		    !text_equal(pass->files.at[i].content, seen->raw);
	return taken ? text_printf(pass->arena, "%.*s-%.*s", TEXT_ARGUMENTS(path),
	    TEXT_ARGUMENTS(raw_digest)) : path;
}

/* Evidence of the inbox is kept raw: its branch will be gone. */
static void
keep_envelopes(struct pass *pass)
{
	for (size_t i = 0; i < pass->commits.count; i++) {
		const struct seen_commit *seen = &pass->commits.at[i];
		struct text path;
		bool there = false;

		if (seen->source != SOURCE_INBOX || !seen->taken_up)
			continue;
		path = evidence_path(pass, seen);
		/* one commit may have come by several branches */
		for (size_t j = 0; j < pass->files.count && !there; j++)
			there = text_equal(pass->files.at[j].path, path);
		if (!there)
			output_add(pass, path, seen->raw);
	}
}

/* A commit that is walked again in each pass, for what it cost. */
static bool
passed_large_commit(const struct pass *pass)
{
	for (size_t i = 0; i < pass->batch.count; i++)
		if (pass->batch.at[i].too_large)
			return true;
	return false;
}

static bool
anything_to_write(const struct pass *pass)
{
	return pass->files.count > 0 || !text_present(pass->output) ||
	    !text_equal(pass->output, pass->output_ref) || operator_spoke(pass) ||
	    pass->batch.count > BATCH_COMMITS_UNRECORDED || passed_large_commit(pass) ||
	    backlog_holds_any(&pass->before) || backlog_holds_any(&pass->left);
}

enum pass_result
publish_decisions(struct pass *pass)
{
	const struct store *store = pass->reconciler->store;
	enum pass_result result;
	struct text id;

	/* what is not there could hold a rejection */
	if (store_lacking(store) != pass->lacking)
		return trouble("object-missing", text_printf(pass->arena, "object %s is missing or "
		    "damaged: nothing is decided without it", store_lacking_id(store)));
	settle_inbox(pass);
	keep_envelopes(pass);
	records_publish(pass);
	if (!anything_to_write(pass))
		return accept_examined(pass);
	result = write_commit(pass, &id);
	if (result != PASS_GO_ON)
		return result;
	/* the intent is the decision: what was pushed a moment ago is heard first */
	if (!pass->insist && refs_moved(pass))
		return PASS_LOST;
	result = swap_to(pass, id);
	/* the rules that are trusted now list another key: what this one would write next counts for nothing */
	if (result == PASS_GO_ON && pass->configuration_changed && !own_key_listed(pass))
		return PASS_DONE;
	return result;
}

enum pass_result
publish_certificates(struct pass *pass)
{
	enum pass_result result;
	struct text id;
	bool any = false;

	for (size_t i = 0; i < pass->decided.count; i++)
		any = any || pass->decided.at[i].changed;
	if (!any)
		return PASS_GO_ON;
	records_publish(pass);
	result = write_commit(pass, &id);
	return result == PASS_GO_ON ? swap_to(pass, id) : result;
}
