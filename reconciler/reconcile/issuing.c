/*
 * Stored intents become certificates. What is asked of the signer stands in the
 * output branch already; nothing else is asked.
 */
#include "reconcile/pass.h"

#include "reconcile/load.h"

enum { FIRST_RETRY_SECONDS = 30, LONGEST_RETRY_SECONDS = 3600, ORDERS_AT_ONCE = 256 };

static bool
to_be_issued(const struct pass *pass, const struct request_record *record)
{
	return record_awaits_certificate(record) &&
	    (record->state == STATE_APPROVED ||
		(record->state == STATE_FAILED && record->next_attempt <= pass->now));
}

static moment
retry_after(const struct request_record *record, moment now)
{
	duration wait = FIRST_RETRY_SECONDS;

	for (int64_t i = 1; i < record->attempts && wait < LONGEST_RETRY_SECONDS; i++)
		wait *= 2;
	return now + (wait < LONGEST_RETRY_SECONDS ? wait : LONGEST_RETRY_SECONDS);
}

static void
record_failed(struct pass *pass, struct request_record *record,
    const struct signing_outcome *outcome)
{
	bool refused = outcome->result == SIGNING_REFUSED;
	struct text why = outcome->why;

	record->cancellable = refused && outcome->releasable;
	if (record->cancellable)
		why = text_printf(pass->arena, "%.*s. Nothing was signed: the request can be "
		    "cancelled, or ask for something else", TEXT_ARGUMENTS(why));
	record->attempts++;
	record->next_attempt = retry_after(record, pass->now);
	record->state = STATE_FAILED;
	record->reasons = (struct reasons){ 0 };
	reason_add(pass->arena, &record->reasons, (struct position){ 0 },
	    refused ? "SignerRefused" : "SigningFailed", "%.*s", TEXT_ARGUMENTS(why));
	condition_set(pass->arena, &record->conditions, (struct condition){ .type = TEXT("Ready"),
	    .status = TEXT("False"), .reason = refused ? TEXT("SignerRefused") :
	    TEXT("SigningFailed"), .message = why, .last_transition = pass->now });
	log_event(LOG_ERROR, "not-issued", LOG_FIELDS({ "request", record->id }, { "why", why }));
}

static void
record_issued(struct pass *pass, struct request_record *record,
    const struct signed_certificate *certificate)
{
	record->state = STATE_ISSUED;
	record->decided_at = pass->now;
	record->cancellable = false;
	record->reasons = (struct reasons){ 0 };
	record->certificate = (struct certificate_status){
		.present = true,
		.path = text_printf(pass->arena, "certificates/%.*s.pem", TEXT_ARGUMENTS(record->id)),
		.serial_number = record->intent.serial_number,
		.sha256 = certificate->sha256,
		.issuer = certificate->issuer,
		.not_before = record->intent.not_before,
		.not_after = record->intent.not_after,
	};
	condition_set(pass->arena, &record->conditions, (struct condition){ .type = TEXT("Ready"),
	    .status = TEXT("True"), .reason = TEXT("Issued"),
	    .message = text_printf(pass->arena, "serial number %.*s",
		TEXT_ARGUMENTS(record->intent.serial_number)), .last_transition = pass->now });
	output_add(pass, record->certificate.path, certificate->pem);
}

/* As it was read when the request was decided on, or read now; absent with `why`. */
static struct text
public_key_of(struct pass *pass, const struct decided *decided, struct text *why)
{
	const struct request_record *record = &decided->after;
	const struct request *request;
	struct reasons reasons = { 0 };

	if (text_present(decided->public_key) &&
	    text_equal(decided->key_of, record->version.blob))
		return decided->public_key;
	request = request_in_force(pass, record, &reasons);
	if (request != NULL)
		return request->csr_facts.public_key;
	*why = reasons.count > 0 ? reason_line(pass->arena, &reasons.at[0]) :
	    TEXT("the request's accepted version is missing");
	return (struct text){ NULL, 0 };
}

/*
 * What the signer is asked for. It is asked even when something of the order is
 * missing, which `why` names then: the certificate may be in its ledger.
 */
static void
prepare_order(struct pass *pass, const struct decided *decided, struct signing_order *order,
    struct text *why)
{
	const struct request_record *record = &decided->after;
	const struct certificate_authority *authority = NULL;
	struct plan plan = { 0 };

	*order = (struct signing_order){ .plan = record->plan, .intent = record->intent,
		.public_key = public_key_of(pass, decided, why) };
	if (!plan_parse(pass->arena, record->plan, &plan, why))
		return;
	authority = configuration_authority(pass->trusted, plan.authority);
	if (authority == NULL) {
		*why = text_printf(pass->arena, "authority %.*s is not in the trusted configuration",
		    TEXT_ARGUMENTS(plan.authority));
		return;
	}
	order->authority_certificate = authority->certificate;
	order->chain = authority->chain;
}

/* The next pass looks at it, whatever moves or does not. */
static void
look_again(struct reconciler *reconciler, const struct request_record *record)
{
	texts_add(reconciler->again_arena, &reconciler->again,
	    text_copy(reconciler->again_arena, record->id));
}

/* An edit that came while this was under way was not judged: it is, in the next pass. */
void
look_at_edit_again(struct pass *pass, const struct request_record *record)
{
	struct reconciler *reconciler = pass->reconciler;
	struct source_file file = { 0 };

	if (snapshot_file(reconciler->store, pass->arena, pass->input,
	    request_path(pass->arena, record->id), &file) &&
	    !text_equal(file.blob, record->version.blob))
		look_again(reconciler, record);
}

/*
 * The ledger has a certificate of this plan by an earlier decision, which output
 * commits have lost: that decision is the one. It is published, and then carried out.
 */
static void
take_earlier_intent(struct pass *pass, struct request_record *record, const struct intent *earlier)
{
	record->intent.serial_number = text_copy(pass->arena, earlier->serial_number);
	record->intent.not_before = earlier->not_before;
	record->intent.not_after = earlier->not_after;
	record->state = STATE_APPROVED;
	look_again(pass->reconciler, record);
	log_event(LOG_WARNING, "certificate-known", LOG_FIELDS({ "request", record->id },
	    { "serial", earlier->serial_number }, { "why", TEXT("the ledger has a certificate of "
		"this plan: it is published, and no other is signed") }));
}

static void
take_outcome(struct pass *pass, struct request_record *record, struct signing_outcome *outcome,
    struct text why)
{
	if (outcome->result == SIGNING_DONE) {
		record_issued(pass, record, &outcome->certificate);
		look_at_edit_again(pass, record);
		return;
	}
	if (outcome->signed_by.present) {
		take_earlier_intent(pass, record, &outcome->signed_by);
		return;
	}
	if (text_present(why))
		outcome->why = why;
	record_failed(pass, record, outcome);
}

/* One chunk: the ledger is synced twice for all of them, and one that is refused holds up none. */
static void
issue_chunk(struct pass *pass, struct decided **chunk, size_t count)
{
	struct signing_outcome outcomes[ORDERS_AT_ONCE];
	struct text missing[ORDERS_AT_ONCE] = { { NULL, 0 } };
	struct signing_orders orders = { 0 };

	for (size_t i = 0; i < count; i++)
		prepare_order(pass, chunk[i], ARRAY_ADD(pass->arena, &orders), &missing[i]);
	signer_issue_all(pass->arena, pass->reconciler->signer, &orders, outcomes);
	for (size_t i = 0; i < count; i++)
		take_outcome(pass, &chunk[i]->after, &outcomes[i], missing[i]);
}

static const char *const held_back_words[] = {
	[HELD_BACK_BY_NOTHING] = "",
	[HELD_BACK_BY_CHECKER] = "the checker does not vouch for the output branch",
	[HELD_BACK_BY_LEDGER] = "the ledger is not the one that the output branch knows",
	[HELD_BACK_BY_UNREAD_LEDGER] = "the ledger cannot be read",
};

/*
 * Nothing is signed by a ledger that may not know what was signed before, nor
 * what the checker does not vouch for.
 */
static enum held_back
what_holds_back(const struct pass *pass)
{
	if (!pass->ledger_fits)
		return pass->reconciler->ledger_alarm ? HELD_BACK_BY_LEDGER :
		    HELD_BACK_BY_UNREAD_LEDGER;
	return pass->reconciler->checker_follows ? HELD_BACK_BY_NOTHING : HELD_BACK_BY_CHECKER;
}

/* Each reason is an alarm once, when something waits, and its end is said. */
static void
say_held_back(const struct pass *pass, enum held_back now)
{
	enum held_back *said = &pass->reconciler->held_back;
	size_t waiting = 0;

	if (now == *said)
		return;
	for (size_t i = 0; i < pass->decided.count; i++)
		waiting += pass->decided.at[i].after.state == STATE_APPROVED ||
		    to_be_issued(pass, &pass->decided.at[i].after);
	if (now != HELD_BACK_BY_NOTHING && waiting > 0)
		(void)alarm_raise("not-issued", text_printf(pass->arena, "%zu requests wait to be "
		    "issued: %s", waiting, held_back_words[now]));
	else if (now == HELD_BACK_BY_NOTHING)
		log_event(LOG_WARNING, "issuing-again", LOG_FIELDS({ "until-now",
		    text_of(held_back_words[*said]) }));
	else
		return;
	*said = now;
}

static void
forget_edits(struct reconciler *reconciler)
{
	arena_free(reconciler->again_arena);
	reconciler->again_arena = arena_new();
	reconciler->again = (struct texts){ 0 };
}

enum pass_result
issue_certificates(struct pass *pass)
{
	struct decided *chunk[ORDERS_AT_ONCE];
	enum held_back held_back = what_holds_back(pass);
	size_t count = 0;

	pass->files = (struct output_files){ 0 };
	pass->latest = (struct latest_certificate_lists){ 0 };
	pass->subject = (struct buffer){ .arena = pass->arena };
	forget_edits(pass->reconciler);
	for (size_t i = 0; i < pass->decided.count; i++)
		pass->decided.at[i].changed = false;
	say_held_back(pass, held_back);
	if (held_back != HELD_BACK_BY_NOTHING)
		return PASS_GO_ON;
	for (size_t i = 0; i < pass->decided.count; i++) {
		struct decided *decided = &pass->decided.at[i];

		if (!to_be_issued(pass, &decided->after))
			continue;
		decided->before = decided->after;
		decided->existed = true;
		decided->changed = true;
		chunk[count++] = decided;
		if (count == ORDERS_AT_ONCE) {
			issue_chunk(pass, chunk, count);
			count = 0;
		}
	}
	if (count > 0)
		issue_chunk(pass, chunk, count);
	/* A keeper that is gone has said nothing of these requests: nothing is recorded of them. */
	if (signer_lost(pass->reconciler->signer))
		return trouble("not-issued", TEXT("the keeper, which holds the CA keys, is gone"));
	return PASS_GO_ON;
}
