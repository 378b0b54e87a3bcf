/*
 * Stored intents become certificates. What is asked of the signer stands in the
 * output branch already; nothing else is asked.
 */
#include "reconcile/pass.h"

#include "reconcile/load.h"

enum { FIRST_RETRY_SECONDS = 30, LONGEST_RETRY_SECONDS = 3600 };

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
record_failed(struct pass *pass, struct request_record *record, struct text why, bool refused)
{
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
	pass->ledger_line = text_printf(pass->arena, "Countersign-Ledger: %lld %.*s",
	    (long long)certificate->ledger_number, TEXT_ARGUMENTS(certificate->ledger_hash));
}

static bool
prepare_order(struct pass *pass, const struct request_record *record, struct signing_order *order,
    struct text *why)
{
	const struct certificate_authority *authority;
	const struct request *request;
	struct reasons reasons = { 0 };
	struct plan plan = { 0 };

	if (!plan_parse(pass->arena, record->plan, &plan, why))
		return false;
	request = request_in_force(pass, record, &reasons);
	authority = configuration_authority(pass->trusted, plan.authority);
	if (request == NULL) {
		*why = reasons.count > 0 ? reason_line(pass->arena, &reasons.at[0]) :
		    TEXT("the request's accepted version is missing");
		return false;
	}
	if (authority == NULL) {
		*why = text_printf(pass->arena, "authority %.*s is not in the trusted configuration",
		    TEXT_ARGUMENTS(plan.authority));
		return false;
	}
	*order = (struct signing_order){ .plan = record->plan, .intent = record->intent,
		.public_key = request->csr_facts.public_key,
		.authority_certificate = authority->certificate, .chain = authority->chain };
	return true;
}

static void
issue_one(struct pass *pass, struct request_record *record)
{
	struct signed_certificate certificate = { 0 };
	struct signing_order order;
	struct text why = { NULL, 0 };
	enum signing_result result = SIGNING_FAILED;

	if (prepare_order(pass, record, &order, &why))
		result = signer_issue(pass->arena, pass->reconciler->signer, &order, &certificate,
		    &why);
	if (result == SIGNING_DONE)
		record_issued(pass, record, &certificate);
	else
		record_failed(pass, record, why, result == SIGNING_REFUSED);
}

enum pass_result
issue_certificates(struct pass *pass)
{
	pass->files = (struct output_files){ 0 };
	pass->latest = (struct latest_certificate_lists){ 0 };
	pass->subject = (struct buffer){ .arena = pass->arena };
	for (size_t i = 0; i < pass->decided.count; i++) {
		struct decided *decided = &pass->decided.at[i];

		decided->changed = false;
		if (!to_be_issued(pass, &decided->after))
			continue;
		decided->before = decided->after;
		decided->existed = true;
		decided->changed = true;
		issue_one(pass, &decided->after);
	}
	return PASS_GO_ON;
}
