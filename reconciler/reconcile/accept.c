/*
 * Where we are: which refs moved, which output commit is the newest that one of
 * ours signed, and whether the input descends from what was accepted.
 */
#include "reconcile/pass.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "reconcile/foreign.h"
#include "reconcile/load.h"
#include "reconcile/recover.h"
#include "trust/commit.h"
#include "trust/sshkey.h"
#include "trust/trailer.h"

enum { OUTPUT_COMMIT_BYTES = 1024 * 1024, OUTPUTS_BACK_MOST = 4096 };

enum pass_result
trouble(const char *event, struct text why)
{
	log_event(LOG_ERROR, event, LOG_FIELDS({ "why", why }));
	return PASS_TROUBLE;
}

enum pass_result
alarm_raise(const char *event, struct text why)
{
	log_event(LOG_ALARM, event, LOG_FIELDS({ "why", why }));
	return PASS_ALARM;
}

static bool
trailer_of_line(struct text line, const char *name, struct text *value)
{
	size_t length = strlen(name);

	if (!text_starts_with(line, name) || line.length <= length + 2 ||
	    line.at[length] != ':' || line.at[length + 1] != ' ')
		return false;
	*value = text_skip(line, length + 2);
	return true;
}

struct text
own_trailer(struct text raw_commit, const char *name)
{
	struct text line, value = { NULL, 0 };

	while (text_next_line(&raw_commit, &line))
		if (line.length == 0)
			value = (struct text){ NULL, 0 };
		else
			(void)trailer_of_line(line, name, &value);
	return value;
}

struct texts
own_trailers(struct arena *arena, struct text raw_commit, const char *name)
{
	struct texts values = { 0 };
	struct text line, value;

	while (text_next_line(&raw_commit, &line))
		if (line.length == 0)
			values.count = 0;
		else if (trailer_of_line(line, name, &value))
			texts_add(arena, &values, value);
	return values;
}

static bool
hear_operator(struct pass *pass, struct text *why)
{
	for (enum operator_word word = 0; word < OPERATOR_WORDS; word++)
		if (!operator_word_read(pass->arena, pass->reconciler->folder, word,
		    &pass->words[word], why))
			return false;
	return true;
}

bool
operator_spoke(const struct pass *pass)
{
	for (enum operator_word word = 0; word < OPERATOR_WORDS; word++)
		if (text_present(pass->words[word]))
			return true;
	return false;
}

bool
operator_word_settle(struct pass *pass, enum operator_word word)
{
	bool heard = text_present(pass->words[word]);

	pass->words[word] = (struct text){ NULL, 0 };
	if (!heard || operator_word_remove(pass->arena, pass->reconciler->folder, word))
		return true;
	(void)alarm_raise("operator-word-stays", text_printf(pass->arena, "what the operator decided "
	    "is done, and cannot be removed from %s: %s. Remove it before the daemon is started "
	    "again, or it is done again", pass->reconciler->folder, strerror(errno)));
	return false;
}

enum pass_result
look(struct pass *pass)
{
	struct reconciler *reconciler = pass->reconciler;
	struct text why = { NULL, 0 };
	moment due = reconciler_next_due(reconciler);
	/* what the checker lacks, an operator's word say, comes without any ref that moves */
	bool checked = reconciler->checker_follows || !text_present(reconciler->tips.output);

	if (!refs_read(pass, &why))
		return trouble("repository-unreadable", why);
	if (!hear_operator(pass, &why))
		return trouble("operator-unheard", why);
	if (checked && text_is(refs_digest(pass), reconciler->examined) &&
	    (due == 0 || due > pass->now) && reconciler->again.count == 0 && !operator_spoke(pass))
		return PASS_IDLE;
	refs_unblock(pass);
	return PASS_GO_ON;
}

static bool
introduction_load(struct pass *pass, struct configuration *out, struct text *why)
{
	const struct local_configuration *local = pass->reconciler->local;
	struct texts names = local_authority_names(pass->reconciler->trusted_arena, local);
	struct configuration_place place = { .commit = local->introduction_commit,
		.number = 0, .previous = configuration_none };

	if (!configuration_load(pass->reconciler->store, pass->reconciler->trusted_arena, &place,
	    &names, out, why)) {
		*why = text_printf(pass->arena, "the introduction, which spec.trust.introduction of "
		    "the local configuration names, cannot be read: %.*s. Nothing is written. Give "
		    "the id of a commit that the repository has", TEXT_ARGUMENTS(*why));
		return false;
	}
	if (!text_equal(out->digest, local->introduction_digest)) {
		*why = text_printf(pass->arena, "the configuration at the introduction %.*s has the "
		    "digest %.*s, but spec.trust.introduction of the local configuration pins %.*s. "
		    "Nothing is written. Correct it there; take the digest that was found only if "
		    "you have read these rules at that commit and mean to trust them",
		    TEXT_ARGUMENTS(place.commit), TEXT_ARGUMENTS(out->digest),
		    TEXT_ARGUMENTS(local->introduction_digest));
		return false;
	}
	for (size_t i = 0; i < out->reasons.count; i++) {
		if (out->reasons.at[i].severity != SEVERITY_ERROR)
			continue;
		*why = text_printf(pass->arena, "the introduction is not valid: %.*s",
		    TEXT_ARGUMENTS(reason_line(pass->arena, &out->reasons.at[i])));
		return false;
	}
	return true;
}

/* Whether an output commit names the configuration that is kept. */
static bool
still_trusted(const struct reconciler *reconciler, struct text output)
{
	/* a long line of output commits may be asked about, one by one */
	struct arena *scratch = arena_new();
	struct configuration_status status = { 0 };
	bool same = configuration_status_load(reconciler->store, scratch, output, &status) &&
	    text_equal(reconciler->trusted->digest, status.trusted_digest);

	arena_free(scratch);
	return same;
}

/*
 * The configuration trusted at an output commit (absent: the introduction),
 * kept between passes while its digest stays. NULL with `why`.
 */
static const struct configuration *
trusted_at(struct pass *pass, struct text output, struct text *why)
{
	struct reconciler *reconciler = pass->reconciler;
	struct configuration *loaded;
	struct texts names;
	bool good;

	if (text_present(output) && reconciler->trusted != NULL &&
	    still_trusted(reconciler, output))
		return reconciler->trusted;
	arena_free(reconciler->trusted_arena);
	reconciler->trusted = NULL;
	reconciler->trusted_arena = arena_new();
	loaded = ARENA_NEW(reconciler->trusted_arena, struct configuration);
	names = local_authority_names(reconciler->trusted_arena, reconciler->local);
	if (text_present(output))
		good = configuration_trusted_load(reconciler->store, reconciler->trusted_arena,
		    output, &names, loaded, why);
	else
		good = introduction_load(pass, loaded, why);
	if (!good)
		return NULL;
	reconciler->trusted = loaded;
	return loaded;
}

/*
 * Whether the configuration that an output commit names may come after
 * `before`, the one trusted at its parent: that very one, or a later one of the
 * same repository. A reconciler's key may serve several repositories, and a
 * branch of another one would bring its own administrators.
 */
static bool
continues(struct pass *pass, const struct configuration *before, struct text output,
    struct text *why)
{
	struct text repository = text_copy(pass->arena, before->repository.id);
	struct text digest = text_copy(pass->arena, before->digest);
	const struct configuration *after;
	int64_t number = before->number;

	after = trusted_at(pass, output, why);
	if (after == NULL || text_equal(after->digest, digest))
		return true;    /* what cannot be read is an operator's business: accept_output() */
	if (text_equal(after->repository.id, repository) && after->number > number)
		return true;
	*why = text_printf(pass->arena, "it is signed by a reconciler key, but trusts configuration "
	    "number %lld of repository %.*s, which cannot come after number %lld of %.*s",
	    (long long)after->number, TEXT_ARGUMENTS(after->repository.id), (long long)number,
	    TEXT_ARGUMENTS(repository));
	return false;
}

/*
 * Takes the commits from `base` upwards as long as each is signed by a
 * reconciler key of the configuration trusted at its parent: what other
 * replicas wrote. `line` is newest first, and holds ids only: whoever pushes to
 * the branch decides how much there is to be read.
 */
static bool
follow_outputs(struct pass *pass, struct text base, const struct history_commits *line)
{
	struct text why = { NULL, 0 }, next = { NULL, 0 }, unreadable;
	bool good = true;

	pass->output = base;
	for (size_t i = line->count; i-- > 0 && good;) {
		const struct configuration *trusted = trusted_at(pass, pass->output, &why);
		struct arena *scratch = arena_new();
		struct text raw;

		next = line->at[i].id;
		good = trusted != NULL && store_object(pass->reconciler->store, scratch,
		    next, "commit", OUTPUT_COMMIT_BYTES, &raw) &&
		    commit_signed_by_keys(scratch, raw, &trusted->repository.reconciler_keys, &why);
		why = text_copy(pass->arena, why);
		arena_free(scratch);
		good = good && continues(pass, trusted, next, &why);
		if (good)
			pass->output = next;
	}
	if (text_equal(pass->output, pass->output_ref))
		return true;
	/* judged by the rules that are trusted, and not by those that the commit brings */
	(void)trusted_at(pass, pass->output, &unreadable);
	foreign_report(pass, next, why);
	return false;
}

/* What the output ref points at does not go on from what was accepted. */
static void
report_turned_away(struct pass *pass)
{
	const struct text accepted = pass->output;
	struct history_range range = { .tip = accepted, .known = pass->output_ref, .most_bytes = 1,
		.most = OUTPUTS_BACK_MOST };
	struct history_commits line = { 0 };
	bool reached = false;
	struct text why;

	/* whose signature it is, the trusted configuration knows */
	(void)trusted_at(pass, accepted, &why);
	if (!text_present(pass->output_ref))
		foreign_report(pass, pass->output_ref, TEXT("the output branch was deleted"));
	else if (history_first_parents(pass->reconciler->store, pass->arena, &range, &line,
	    &reached) && reached)
		foreign_report(pass, pass->output_ref, TEXT("the output branch was set back to an "
		    "earlier output commit"));
	else
		foreign_report(pass, pass->output_ref, TEXT("the output branch does not continue the "
		    "accepted one"));
}

/* Finds the newest output commit that is ours. */
static enum pass_result
find_output(struct pass *pass)
{
	/* the pass's own: the tips change while it runs */
	struct text accepted = text_copy(pass->arena, pass->reconciler->tips.output);
	struct history_range range = { .tip = pass->output_ref, .known = accepted,
		.most_bytes = 1 };
	struct history_commits line = { 0 };
	struct text why = { NULL, 0 };
	bool reached = false;

	if (recover_output(pass))
		return PASS_GO_ON;
	pass->output = accepted;
	if (text_equal(pass->output_ref, accepted))
		return PASS_GO_ON;
	if (!text_present(pass->output_ref)) {
		if (text_present(accepted))
			report_turned_away(pass);
		return PASS_GO_ON;
	}
	if (!history_first_parents(pass->reconciler->store, pass->arena, &range, &line, &reached) ||
	    !reached) {
		report_turned_away(pass);
		return PASS_GO_ON;
	}
	/* without the introduction nothing can be said of the branch: accept_output() says so */
	if (text_present(accepted) || trusted_at(pass, accepted, &why) != NULL)
		(void)follow_outputs(pass, accepted, &line);
	return PASS_GO_ON;
}

static enum pass_result
check_clock(struct pass *pass)
{
	struct text written = own_trailer(pass->output_raw, "Countersign-Time");
	moment newest = 0;

	if (!moment_parse(written, &newest))
		return alarm_raise("output-damaged",
		    TEXT("the previous output commit carries no Countersign-Time"));
	if (pass->now + CLOCK_BEHIND_SECONDS < newest)
		return alarm_raise("clock-behind", text_printf(pass->arena, "this machine's clock is "
		    "more than %d s behind %.*s, the time of the newest output commit; nothing is "
		    "written until it is right", CLOCK_BEHIND_SECONDS, TEXT_ARGUMENTS(written)));
	if (pass->now < newest)
		pass->now = newest;
	return PASS_GO_ON;
}

/*
 * Whoever wrote the newest output commit, another replica or this one before it
 * was started anew, may not have come to the edits that arrived while its
 * certificates were issued.
 */
static bool
look_at_edits(struct pass *pass)
{
	struct store *store = pass->reconciler->store;
	struct comparison comparison = { .to = pass->output, .folder = "certificates" };
	struct raw_commit commit = { 0 };
	struct reasons reasons = { 0 };
	struct changes issued = { 0 };
	struct text why;

	if (!text_present(pass->output))
		return true;
	if (!raw_commit_parse(pass->arena, pass->output_raw, &commit, &why))
		return false;
	if (commit.parents.count > 0)
		comparison.from = commit.parents.at[0];
	if (!snapshot_compare(store, pass->arena, &comparison, &issued, &reasons))
		return false;
	for (size_t i = 0; i < issued.count; i++) {
		struct text id = text_skip(issued.at[i].path, strlen("certificates/"));
		struct request_record record = { 0 };

		id.length -= strlen(".pem");
		if (text_present(issued.at[i].new_blob) &&
		    record_load(store, pass->arena, pass->output, id, &record))
			look_at_edit_again(pass, &record);
	}
	return true;
}

/* The index of open requests, made anew when another replica moved on. */
static enum pass_result
refresh_index(struct pass *pass)
{
	struct reconciler *reconciler = pass->reconciler;
	struct request_records records = { 0 };
	struct text why = { NULL, 0 };

	if (reconciler->index != NULL && text_equal(reconciler->index->output, pass->output))
		return PASS_GO_ON;
	if (!records_open(reconciler->store, pass->arena, pass->output, &records, &why))
		return trouble("pending-unreadable", why);
	if (!look_at_edits(pass))
		return trouble("output-unreadable", pass->output);
	open_index_free(reconciler->index);
	reconciler->index = open_index_new(pass->output, &records);
	return PASS_GO_ON;
}

bool
own_key_listed(const struct pass *pass)
{
	const struct texts *listed = &pass->trusted->repository.reconciler_keys;
	struct ssh_public_key own, key;
	struct text why;

	if (!ssh_public_key_parse(pass->arena, ssh_private_key_public_line(pass->arena,
	    pass->reconciler->key), &own, &why))
		return false;
	for (size_t i = 0; i < listed->count; i++)
		if (ssh_public_key_parse(pass->arena, listed->at[i], &key, &why) &&
		    text_equal(key.blob, own.blob))
			return true;
	return false;
}

bool
output_begin(struct pass *pass)
{
	struct store *store = pass->reconciler->store;

	if (text_present(pass->output)) {
		if (!store_object(store, pass->arena, pass->output, "commit", OUTPUT_COMMIT_BYTES,
		    &pass->output_raw) ||
		    !configuration_status_load(store, pass->arena, pass->output,
			&pass->configuration_status))
			return false;
		pass->previous_input = own_trailer(pass->output_raw, "Countersign-Input");
		(void)backlog_read(pass->output_raw, &pass->before);
	} else {
		pass->configuration_status = (struct configuration_status){
			.trusted_number = pass->trusted->number,
			.trusted_digest = pass->trusted->digest,
			.trusted_previous = pass->trusted->previous,
			.trusted_commit = pass->trusted->commit,
			.trusted_since = pass->now,
		};
		pass->configuration_status_changed = true;
	}
	pass->signatures_recorded = pass->configuration_status.signatures.count;
	return true;
}

enum pass_result
accept_output(struct pass *pass)
{
	enum pass_result result = find_output(pass);
	struct text why = { NULL, 0 };

	if (result != PASS_GO_ON)
		return result;
	pass->trusted = trusted_at(pass, pass->output, &why);
	if (pass->trusted == NULL)
		return alarm_raise("configuration-untrusted", why);
	if (!own_key_listed(pass))
		return alarm_raise("key-not-listed", text_printf(pass->arena, "the key %.*s of this "
		    "reconciler is not among spec.reconciler.keys of the trusted configuration "
		    "(countersign.yaml), so nothing that it writes would count",
		    TEXT_ARGUMENTS(ssh_private_key_public_line(pass->arena,
			pass->reconciler->key))));
	if (!output_begin(pass))
		return trouble("output-unreadable", pass->output);
	foreign_record(pass);
	if (text_present(pass->output))
		result = check_clock(pass);
	/* what others wrote, or a pass that did not come to its end */
	if (result == PASS_GO_ON)
		checker_show(pass);
	if (result == PASS_GO_ON)
		ledger_compare(pass);
	return result == PASS_GO_ON ? refresh_index(pass) : result;
}

static enum pass_result
history_refused(struct pass *pass, struct text known)
{
	return alarm_raise("history-rewritten", text_printf(pass->arena,
	    "%s points at %.*s, which does not descend from %.*s, accepted before. Nothing is "
	    "written. If the new history is right, run `countersign accept-history %.*s`, which "
	    "shows what it changes, and start again", pass->reconciler->input_ref,
	    TEXT_ARGUMENTS(pass->input), TEXT_ARGUMENTS(known), TEXT_ARGUMENTS(pass->input)));
}

/* A history that does not descend from `known`: an operator may have accepted it by name. */
static enum pass_result
ask_operator(struct pass *pass, struct text known)
{
	struct text named = pass->words[OPERATOR_ACCEPTS_HISTORY];
	struct history_range range = { .tip = pass->input, .known = named, .most_bytes = 1 };
	struct history_commits since = { 0 };
	bool descends = false;

	if (!text_present(named))
		return history_refused(pass, known);
	if (!history_new(pass->reconciler->store, pass->arena, &range, &since, &descends))
		return trouble("history-unreadable", pass->input);
	if (!descends)
		return history_refused(pass, known);
	log_event(LOG_WARNING, "history-accepted", LOG_FIELDS({ "commit", named },
	    { "instead-of", known }));
	return PASS_GO_ON;
}

/* Commits without trailers only say that they are there: their bytes are not kept. */
static bool
says_something(void *context, const struct history_commit *commit)
{
	(void)context;
	return trailers_hinted(commit->raw);
}

/* What the input must descend from, and the batch begins behind. */
static struct text
batch_base(const struct pass *pass)
{
	return text_present(pass->previous_input) ? pass->previous_input :
	    pass->reconciler->local->introduction_commit;
}

bool
batch_read(struct pass *pass, bool *descends)
{
	struct history_range range = { .tip = pass->input, .known = batch_base(pass),
		.wanted = says_something };

	pass->batch = (struct history_commits){ 0 };
	if (!history_new(pass->reconciler->store, pass->arena, &range, &pass->batch, descends))
		return false;
	pass->input_descends = *descends;
	return true;
}

enum pass_result
accept_input(struct pass *pass)
{
	const struct reconciler *reconciler = pass->reconciler;
	struct text accepted = reconciler->tips.input, base = batch_base(pass);
	struct history_range range = { .tip = pass->input, .known = accepted, .most_bytes = 1 };
	struct history_commits passed_over = { 0 };
	bool descends = false;

	if (!batch_read(pass, &descends))
		return trouble("history-unreadable", pass->input);
	if (!descends)
		return ask_operator(pass, base);
	if (text_present(accepted) && !text_equal(accepted, base) &&
	    !text_equal(accepted, pass->input)) {
		if (!history_new(reconciler->store, pass->arena, &range, &passed_over, &descends))
			return trouble("history-unreadable", pass->input);
		if (!descends)
			return ask_operator(pass, accepted);
	}
	/* what was accepted by name is on the branch no more, or needs nobody's word: it ends here */
	return operator_word_settle(pass, OPERATOR_ACCEPTS_HISTORY) ? PASS_GO_ON : PASS_ALARM;
}
