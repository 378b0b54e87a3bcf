#include "commands/forecast.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "commands/git.h"
#include "commands/output.h"
#include "commands/past.h"
#include "evaluate/evaluate.h"
#include "reconcile/load.h"
#include "repository/snapshot.h"
#include "trust/evidence.h"

enum { PLANS_LOOKED_AT = 50 };

static void __attribute__((format(printf, 3, 4)))
note(struct clone *clone, struct forecast *out, const char *format, ...)
{
	char made[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(made, sizeof(made), format, arguments);
	va_end(arguments);
	texts_add(clone->arena, &out->notes, output_visible(clone->arena,
	    text_copy(clone->arena, text_of(made))));
}

static bool
read_at(struct clone *clone, struct text commit, struct text id, struct source_file *file)
{
	*file = (struct source_file){ 0 };
	return text_present(commit) && snapshot_file(clone->store, clone->arena, commit,
	    request_path(clone->arena, id), file);
}

/* Where the lines of HEAD and of the input parted; absent when they have nothing in common. */
static struct text
parting(struct clone *clone)
{
	struct text base = { NULL, 0 };

	if (!git_ask(clone->arena, &base, GIT("merge-base", text_string(clone->arena, clone->head),
	    text_string(clone->arena, clone->input))))
		return (struct text){ NULL, 0 };
	return base;
}

/* The side that changed the file since HEAD and input parted has the newer version. */
static void
choose_between(struct clone *clone, struct forecast *out, const struct source_file *head,
    const struct source_file *input)
{
	struct source_file base = { 0 };

	(void)read_at(clone, parting(clone), out->after.id, &base);
	if (text_equal(base.blob, input->blob) && text_present(base.blob)) {
		out->file = *head;
		out->commit = clone->head;
		note(clone, out,
		    "HEAD has a newer version of the file than branch %.*s: this is HEAD's",
		    TEXT_ARGUMENTS(clone->branch));
		return;
	}
	out->file = *input;
	out->commit = clone->input;
	if (!text_equal(base.blob, head->blob) || !text_present(base.blob))
		note(clone, out,
		    "HEAD and branch %.*s have different versions of the file: this is "
		    "the branch's (--at HEAD for the other)",
		    TEXT_ARGUMENTS(clone->branch));
}

static void
find_file(struct clone *clone, const struct forecast_order *order, struct forecast *out)
{
	struct source_file head, input;
	bool at_head, at_input;

	if (text_present(order->content)) {
		out->file = (struct source_file){ .path = request_path(clone->arena, order->id),
			.content = order->content, .size_bytes = order->content.length };
		return;
	}
	if (text_present(order->commit)) {
		if (read_at(clone, order->commit, order->id, &out->file))
			out->commit = order->commit;
		return;
	}
	at_head = read_at(clone, clone->head, order->id, &head);
	at_input = read_at(clone, clone->input, order->id, &input);
	if (at_head && at_input && !text_equal(head.blob, input.blob)) {
		choose_between(clone, out, &head, &input);
	} else if (at_input) {
		out->file = input;
		out->commit = clone->input;
	} else if (at_head) {
		out->file = head;
		out->commit = clone->head;
		note(clone, out, "the request is not on branch %.*s yet: this is HEAD's",
		    TEXT_ARGUMENTS(clone->branch));
	}
}

/* The requester's signature over the offered file, in a .sig beside it or in a commit not judged yet. */
static bool
find_signature(struct clone *clone, const struct forecast *out, struct text sha256,
    struct verified_request_signature *signature)
{
	struct sighting sighting = { .configuration = &clone->configuration,
		.observed_at = clone->now, .source = SOURCE_COMMIT };
	struct evidence evidence = { 0 };
	struct source_file sig = { 0 };
	struct text why;

	if (!text_present(out->commit))
		return false;
	if (snapshot_file(clone->store, clone->arena, out->commit,
	    text_printf(clone->arena, "%.*s.sig", TEXT_ARGUMENTS(out->file.path)), &sig) &&
	    evidence_from_request_signature(clone->arena, &sighting, out->after.id,
	    out->file.content, sig.content, signature, &why))
		return true;
	if (!clone_evidence(clone, clone->judged, out->commit, &evidence))
		return false;
	for (size_t i = 0; i < evidence.request_signatures.count; i++)
		if (text_equal(evidence.request_signatures.at[i].request, out->after.id) &&
		    text_equal(evidence.request_signatures.at[i].sha256, sha256)) {
			*signature = evidence.request_signatures.at[i];
			return true;
		}
	return past_signature(clone, &out->request, sha256, signature);
}

/* Whether the newest output commit has seen this very file, and so has judged it. */
static bool
is_judged(struct clone *clone, const struct forecast *out)
{
	struct source_file seen;

	return out->known && text_present(out->file.blob) &&
	    read_at(clone, clone->judged, out->after.id, &seen) &&
	    text_equal(seen.blob, out->file.blob);
}

/* A key with which the person could sign now; absent when there is none. */
static struct text
usable_key(struct clone *clone, struct text person)
{
	const struct identity *identity = configuration_identity(&clone->configuration, person);

	for (size_t i = 0; identity != NULL && i < identity->keys.count; i++)
		if (text_present(identity->keys.at[i].fingerprint) &&
		    identity_holds_key(&clone->configuration, person,
		    identity->keys.at[i].fingerprint, clone->now))
			return identity->keys.at[i].fingerprint;
	return (struct text){ NULL, 0 };
}

/*
 * The signature that the version needs and has not: as if its requester
 * signed it now.
 */
static struct verified_request_signature
signature_to_come(struct clone *clone, const struct forecast_order *order,
    const struct request *request, struct text sha256)
{
	return (struct verified_request_signature){ .request = order->id, .sha256 = sha256,
		.by = request->requester, .observed_at = clone->now,
		.key = text_present(order->signing_key) ? order->signing_key :
		    usable_key(clone, request->requester) };
}

/* Whether the offered file would be taken up as the version in force. */
static bool
accept_offer(struct clone *clone, const struct forecast_order *order, struct forecast *out,
    struct evaluation *evaluation)
{
	struct verified_request_signature signature = { 0 };
	bool will_be_signed = text_present(order->signing_key);
	struct request_offer offer = { .configuration = &clone->configuration,
		.before = &out->before, .request = &out->request };
	bool is_signed;
	struct text why;

	offer.sha256 = digest_sha256_hex(clone->arena, out->file.content);
	out->decoded = request_decode(clone->arena, order->id, out->file.content, &out->request,
	    &out->reasons);
	if (!out->decoded) {
		note(clone, out, "the file cannot be decoded; `countersign check` says more");
		return false;
	}
	is_signed = find_signature(clone, out, offer.sha256, &signature);
	if (!is_signed)
		signature = signature_to_come(clone, order, &out->request, offer.sha256);
	offer.signature = is_signed || will_be_signed ||
	    clone->configuration.repository.unsigned_requests == UNSIGNED_REQUESTS_REFUSE ?
	    &signature : NULL;
	if (!request_accept(clone->arena, &offer, &why)) {
		reason_add(clone->arena, &out->reasons, (struct position){ .path = out->file.path },
		    "NotAccepted", "%.*s", TEXT_ARGUMENTS(why));
		return false;
	}
	if (!is_signed && !will_be_signed && offer.signature != NULL)
		note(clone, out,
		    "its requester has not signed this version yet, and unsigned requests are "
		    "refused here (`countersign request %.*s --resign`)",
		    TEXT_ARGUMENTS(order->id));
	evaluation->version = (struct request_version){ .blob = out->file.blob,
		.sha256 = offer.sha256, .commit = out->commit, .key = signature.key,
		.evidence = signature.evidence, .accepted_at = clone->now,
		.proof = offer.signature == NULL ? REQUEST_UNSIGNED : REQUEST_SIGNED_TRAILER };
	for (size_t i = 0; i < out->before.version.previous.count; i++)
		texts_add(clone->arena, &evaluation->version.previous,
		    out->before.version.previous.at[i]);
	if (text_present(out->before.version.sha256))
		texts_add(clone->arena, &evaluation->version.previous, out->before.version.sha256);
	return true;
}

/* The version that the reconciler accepted last, by its blob. */
static void
read_version_in_force(struct clone *clone, struct forecast *out, struct reasons *reasons)
{
	struct text content;

	out->decoded = false;
	out->request = (struct request){ 0 };
	if (!text_present(out->before.version.blob))
		return;
	if (!store_object(clone->store, clone->arena, out->before.version.blob, "blob",
	    SNAPSHOT_FILE_BYTES, &content)) {
		note(clone, out,
		    "the version of the file that was accepted is not in this clone; `git fetch` "
		    "gets it");
		return;
	}
	out->decoded =
	    request_decode(clone->arena, out->before.id, content, &out->request, reasons);
}

/* A plan that would open now opens with what stands on the branch already. */
static void
evaluate_with_past(struct clone *clone, const struct evaluation *evaluation, struct forecast *out)
{
	struct text id = out->before.id;
	struct evaluation again = *evaluation;
	struct verified_decisions all = { 0 }, past;

	evaluate_request(clone->arena, evaluation, &out->after);
	out->after.id = id;
	if (!forecast_differs(out) || !text_present(out->after.digest))
		return;
	past = past_decisions(clone, id, out->after.digest);
	if (past.count == 0)
		return;
	for (size_t i = 0; i < evaluation->decisions->count; i++)
		*ARRAY_ADD(clone->arena, &all) = evaluation->decisions->at[i];
	for (size_t i = 0; i < past.count; i++)
		*ARRAY_ADD(clone->arena, &all) = past.at[i];
	again.decisions = &all;
	evaluate_request(clone->arena, &again, &out->after);
	out->after.id = id;
}

bool
forecast_make(struct clone *clone, const struct forecast_order *order, struct forecast *out)
{
	struct reasons file_reasons = { 0 };
	struct evaluation evaluation = { .configuration = &clone->configuration,
		.before = &out->before, .file_reasons = &file_reasons, .now = clone->now };
	struct text sha256;
	bool offered;

	*out = (struct forecast){ .after.id = order->id };
	out->known = text_present(clone->output) && record_load(clone->store, clone->arena,
	    clone->output, order->id, &out->before);
	out->before.id = order->id;
	find_file(clone, order, out);
	if (!out->known && !text_present(out->file.path))
		return false;
	sha256 = text_present(out->file.path) ? digest_sha256_hex(clone->arena, out->file.content) :
	    (struct text){ NULL, 0 };
	offered = text_present(out->file.path) && !text_equal(sha256, out->before.version.sha256);
	evaluation.version = out->before.version;
	evaluation.decisions = &out->before.decisions;
	if (offered && is_judged(clone, out) && text_present(out->before.version.blob)) {
		note(clone, out,
		    "the file is not the version in force: an edit that was not accepted");
		offered = false;
	}
	if (offered && accept_offer(clone, order, out, &evaluation)) {
		out->version_is_new = true;
		evaluation.version_is_new = true;
		if (!text_present(order->content))
			note(clone, out,
			    "the reconciler has not judged this version of the file yet, as far "
			    "as this clone knows: this is what it would make of it");
	} else {
		read_version_in_force(clone, out, &file_reasons);
		if (!text_present(out->before.version.blob))
			file_reasons = out->reasons;
	}
	if (out->decoded)
		evaluation.request = &out->request;
	out->version = evaluation.version;
	out->requester_verified = evaluation.version.proof != REQUEST_UNSIGNED;
	evaluation.requester_verified = out->requester_verified;
	evaluate_with_past(clone, &evaluation, out);
	return true;
}

struct text
forecast_decision(struct clone *clone, const struct forecast *forecast,
    const struct intended_decision *intended, struct request_record *out)
{
	static const char mark[] = "a decision that is not made yet";
	const struct verified_decision decision = { .by = intended->person,
		.key = intended->key,
		.decision = intended->kind,
		.request = forecast->after.id,
		.digest = forecast->after.digest,
		.evidence = digest_sha256_hex(clone->arena, TEXT("not made yet")),
		.observed_at = clone->now,
		.source = SOURCE_COMMIT,
		.where = text_of(mark) };
	struct evaluation evaluation = { .configuration = &clone->configuration,
		.before = &forecast->after, .version = forecast->version, .now = clone->now,
		.requester_verified = forecast->requester_verified };
	struct verified_decisions decisions = { 0 };
	struct reasons none = { 0 };

	for (size_t i = 0; i < forecast->after.decisions.count; i++)
		*ARRAY_ADD(clone->arena, &decisions) = forecast->after.decisions.at[i];
	*ARRAY_ADD(clone->arena, &decisions) = decision;
	evaluation.decisions = &decisions;
	evaluation.file_reasons = &none;
	evaluation.request = forecast->decoded ? &forecast->request : NULL;
	evaluate_request(clone->arena, &evaluation, out);
	for (size_t i = 0; i < out->ignored.count; i++)
		if (text_is(out->ignored.at[i].commit, mark))
			return out->ignored.at[i].why;
	return (struct text){ NULL, 0 };
}

bool
forecast_differs(const struct forecast *forecast)
{
	return !forecast->known || !text_equal(forecast->before.digest, forecast->after.digest);
}

bool
forecast_previous_plan(struct clone *clone, const struct forecast *forecast, struct text *plan)
{
	struct text path, commits, commit;
	struct request_record record;

	if (text_present(forecast->before.plan) &&
	    !text_equal(forecast->before.digest, forecast->after.digest)) {
		*plan = forecast->before.plan;
		return true;
	}
	if (forecast->after.generation < 2 || !text_present(clone->output))
		return false;
	path = text_printf(clone->arena, "status/requests/%.*s.yaml",
	    TEXT_ARGUMENTS(forecast->after.id));
	if (!git_ask(clone->arena, &commits, GIT("log", "--first-parent", "--format=%H",
	    arena_printf(clone->arena, "--max-count=%d", PLANS_LOOKED_AT),
	    text_string(clone->arena, clone->output), "--", text_string(clone->arena,
	    text_printf(clone->arena, ":/%.*s", TEXT_ARGUMENTS(path))))))
		return false;
	while (text_next_line(&commits, &commit)) {
		record = (struct request_record){ 0 };
		if (record_load(clone->store, clone->arena, commit, forecast->after.id, &record) &&
		    text_present(record.plan) && record.generation < forecast->after.generation) {
			*plan = record.plan;
			return true;
		}
	}
	return false;
}
