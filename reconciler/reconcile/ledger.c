/*
 * The signer's ledger and what the output branch says of it. Every output
 * commit names the newest entry, so that a ledger which was shortened, put
 * back or exchanged is noticed before anything is signed or given up by it.
 */
#include "reconcile/pass.h"

#include <string.h>

#include "base/encoding.h"
#include "reconcile/load.h"

enum { NUMBER_DIGITS_MOST = 18, HASH_DIGITS = 64 };

static const char trailer_name[] = "Countersign-Ledger";

static bool
position_read(struct text value, struct ledger_position *out)
{
	struct text number;

	*out = (struct ledger_position){ 0 };
	if (!text_split(&value, ' ', &number) || text_empty(number) ||
	    number.length > NUMBER_DIGITS_MOST || !hex_is_lower(value, HASH_DIGITS))
		return false;
	for (size_t i = 0; i < number.length; i++) {
		if (number.at[i] < '0' || number.at[i] > '9')
			return false;
		out->number = out->number * 10 + (number.at[i] - '0');
	}
	out->hash = value;
	return true;
}

static bool
view(struct pass *pass, const struct ledger_positions *asked, struct ledger_view *out)
{
	struct text why = { NULL, 0 };

	if (signer_ledger_view(pass->arena, pass->reconciler->signer, asked, out, &why))
		return true;
	log_event(LOG_ERROR, "ledger-unreadable", LOG_FIELDS({ "why", why }));
	return false;
}

/*
 * The digests of all decisions to issue that the output branch holds: any of them
 * may have been signed. False when one cannot be read: it would be signed again.
 */
static bool
open_intents(struct pass *pass, struct texts *digests)
{
	struct store *store = pass->reconciler->store;
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };
	struct text unread = { NULL, 0 };

	if (!snapshot_list(store, pass->arena, pass->output, "pending", &files, &reasons))
		unread = TEXT("pending/");
	for (size_t i = 0; i < files.count && !text_present(unread); i++) {
		struct text id = text_skip(files.at[i].path, strlen("pending/"));
		struct request_record record = { 0 };

		id.length -= strlen(".yaml");
		if (!record_load(store, pass->arena, pass->output, id, &record))
			unread = files.at[i].path;
		else if (record.intent.present)
			texts_add(pass->arena, digests, record.intent.digest);
	}
	if (text_present(unread)) {
		log_event(LOG_ERROR, "pending-unreadable", LOG_FIELDS({ "file", unread },
		    { "why", TEXT("what it decides may have been signed: nothing is given up "
			"before it can be read") }));
		return false;
	}
	texts_sort_unique(digests);
	return true;
}

/* The operator has named this very entry: the ledger that had it is gone. */
static bool
accept_loss(struct pass *pass, const struct ledger_position *lost)
{
	struct texts digests = { 0 };
	struct text why = { NULL, 0 };

	if (!text_equal(pass->reconciler->lost_ledger, lost->hash) || !open_intents(pass, &digests))
		return false;
	if (!signer_accept_loss(pass->arena, pass->reconciler->signer, lost, &digests, &why)) {
		log_event(LOG_ERROR, "ledger-loss-not-accepted", LOG_FIELDS({ "why", why }));
		return false;
	}
	log_event(LOG_WARNING, "ledger-loss-accepted", LOG_FIELDS({ "entry", lost->hash },
	    { "given-up", text_printf(pass->arena, "%zu", digests.count) }));
	return true;
}

static void
raise(struct pass *pass, const struct ledger_position *wanted, const struct ledger_view *found)
{
	struct text there = found->newest.number < wanted->number ?
	    text_printf(pass->arena, "this one ends at number %lld",
		(long long)found->newest.number) :
	    TEXT("this one has another entry there");

	(void)alarm_raise("ledger-not-the-one", text_printf(pass->arena,
	    "the output branch says that entry %lld of the signer's ledger is %.*s, but %.*s: it "
	    "was shortened or exchanged. Nothing is issued. Put the newest copy of %.*s/ledger "
	    "back, and start again. If it is lost for good, run `countersign run "
	    "--accept-ledger-loss %.*s`: what was to be issued is given up then, because it may "
	    "have been signed", (long long)wanted->number, TEXT_ARGUMENTS(wanted->hash),
	    TEXT_ARGUMENTS(there), TEXT_ARGUMENTS(pass->reconciler->local->state_directory),
	    TEXT_ARGUMENTS(wanted->hash)));
}

void
ledger_compare(struct pass *pass)
{
	struct text value = own_trailer(pass->output_raw, trailer_name);
	struct ledger_positions asked = { 0 };
	struct ledger_position wanted;
	struct ledger_view found;

	pass->ledger_fits = false;
	pass->reconciler->ledger_held = true;
	/* what cannot be read is no entry that the ledger has */
	if (text_present(value) && !position_read(value, &wanted))
		wanted = (struct ledger_position){ .hash = value };
	if (text_present(value))
		*ARRAY_ADD(pass->arena, &asked) = wanted;
	if (!view(pass, &asked, &found)) {
		pass->reconciler->ledger_alarm = false;
		return;
	}
	pass->ledger_fits = !text_present(value) || found.has[0] || accept_loss(pass, &wanted);
	if (!pass->ledger_fits && !pass->reconciler->ledger_alarm)
		raise(pass, &wanted, &found);
	pass->reconciler->ledger_alarm = pass->reconciler->ledger_held = !pass->ledger_fits;
}

struct text
ledger_trailer(struct pass *pass)
{
	struct text before = own_trailer(pass->output_raw, trailer_name);
	struct ledger_positions none = { 0 };
	struct ledger_view found;

	/* A ledger that is not the one says nothing of itself: it would be the one from then on. */
	if (pass->ledger_fits && view(pass, &none, &found) && found.newest.number > 0)
		return text_printf(pass->arena, "%s: %lld %.*s\n", trailer_name,
		    (long long)found.newest.number, TEXT_ARGUMENTS(found.newest.hash));
	return text_present(before) ? text_printf(pass->arena, "%s: %.*s\n", trailer_name,
	    TEXT_ARGUMENTS(before)) : TEXT("");
}

/* Has the signer give the plan of a record up, for ever; says in the log why not. */
static enum release_result
release(struct pass *pass, const struct request_record *record)
{
	struct text why = TEXT("the ledger is not known to be the one that the output branch names");
	/* what is not known now may be known in the next pass */
	enum release_result result =
	    pass->reconciler->ledger_alarm ? RELEASE_REFUSED : RELEASE_FAILED;

	if (pass->ledger_fits)
		result = signer_release(pass->arena, pass->reconciler->signer, record->plan, &why);
	if (result != RELEASE_DONE)
		log_event(LOG_ERROR, "not-released", LOG_FIELDS({ "request", record->id },
		    { "why", why }));
	return result;
}

static bool
stood_there(const struct request_record *before, const struct ignored *entry)
{
	for (size_t i = 0; i < before->ignored.count; i++)
		if (text_equal(before->ignored.at[i].commit, entry->commit) &&
		    text_equal(before->ignored.at[i].what, entry->what))
			return true;
	return false;
}

/*
 * By another ledger nothing can be given up, nor has it said that anything was
 * signed: what was to be taken back can be when the right one is there.
 */
static void
answer_for_now(const struct request_record *before, struct request_record *after)
{
	after->cancellable = true;
	for (size_t i = 0; i < after->ignored.count; i++)
		if (!stood_there(before, &after->ignored.at[i]))
			after->ignored.at[i].why = TEXT("the signer's ledger is not the right one at "
			    "present, so that nobody can tell whether the certificate was signed: "
			    "sign this again when the operator has put it right");
}

void
ledger_confirm_taken_back(struct pass *pass, struct evaluation *evaluation,
    struct decided *decided)
{
	struct request_record *held = ARENA_NEW(pass->arena, struct request_record);

	if (!record_cancellable(&decided->before) || decided->after.intent.present ||
	    pass->replay != NULL)
		return;
	switch (release(pass, &decided->before)) {
	case RELEASE_DONE:
		return;
	case RELEASE_FAILED:
		pass->release_failed = true;
		return;
	case RELEASE_REFUSED:
		break;
	}
	*held = decided->before;
	held->cancellable = false;
	evaluation->before = held;
	evaluate_request(pass->arena, evaluation, &decided->after);
	if (!pass->ledger_fits)
		answer_for_now(&decided->before, &decided->after);
}
