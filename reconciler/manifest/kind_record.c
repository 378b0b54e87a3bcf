#include "manifest/kinds.h"

#include <string.h>

#include "model/status.h"

static const struct choice state_choices[] = {
	{ "Invalid", STATE_INVALID },
	{ "PendingApproval", STATE_PENDING_APPROVAL },
	{ "Approved", STATE_APPROVED },
	{ "Issued", STATE_ISSUED },
	{ "Failed", STATE_FAILED },
	{ "Rejected", STATE_REJECTED },
	{ "Cancelled", STATE_CANCELLED },
	{ "Expired", STATE_EXPIRED },
	{ "Renewing", STATE_RENEWING },
	{ "Superseded", STATE_SUPERSEDED },
	{ "Revoked", STATE_REVOKED },
	{ NULL, 0 },
};

static const struct choice step_state_choices[] = {
	{ "waiting", STEP_WAITING },
	{ "open", STEP_OPEN },
	{ "complete", STEP_COMPLETE },
	{ NULL, 0 },
};

static const struct choice decision_choices[] = {
	{ "approve", DECISION_APPROVE },
	{ "withdraw", DECISION_WITHDRAW },
	{ "reject", DECISION_REJECT },
	{ "cancel", DECISION_CANCEL },
	{ NULL, 0 },
};

static const struct choice source_choices[] = {
	{ "commit", SOURCE_COMMIT },
	{ "inbox", SOURCE_INBOX },
	{ "file", SOURCE_FILE },
	{ NULL, 0 },
};

static const struct choice proof_choices[] = {
	{ "unsigned", REQUEST_UNSIGNED },
	{ "signedFile", REQUEST_SIGNED_FILE },
	{ "signedTrailer", REQUEST_SIGNED_TRAILER },
	{ NULL, 0 },
};

static const struct field requester_fields[] = {
	{ "name", "of the Person or Machine", AT_TEXT(struct requester_status, name),
	    .format = &format_any },
	{ "displayName", "what people read", AT_TEXT(struct requester_status, display_name),
	    .format = &format_any },
	{ "email", "where the requester is told", AT_TEXT(struct requester_status, email),
	    .format = &format_any },
	{ "verified", "whether the requester signed the request",
	    AT_BOOLEAN(struct requester_status, verified), .flags = FIELD_ALWAYS },
};

static const struct table requester_table = { TABLE(requester_fields) };

static const struct field step_approval_fields[] = {
	{ "name", "of the Person", AT_TEXT(struct step_approval, name), .format = &format_any,
	    .flags = FIELD_REQUIRED },
	{ "at", "when the approval was first seen", AT_TIME(struct step_approval, at) },
	{ "evidence", "SHA-256 of the signed bytes", AT_TEXT(struct step_approval, evidence),
	    .format = &format_any },
	{ "comment", "the approver's", AT_TEXT(struct step_approval, comment),
	    .format = &format_any },
};

static const struct table step_approval_table = { TABLE(step_approval_fields) };

static const struct field step_fields[] = {
	{ "name", "of the step", AT_TEXT(struct step_status, name), .format = &format_any,
	    .flags = FIELD_REQUIRED },
	{ "required", "how many must approve", AT_INTEGER(struct step_status, required),
	    .flags = FIELD_ALWAYS },
	{ "state", "whether it is its turn", AT_CHOICE(struct step_status, state),
	    .choices = step_state_choices, .flags = FIELD_REQUIRED },
	{ "approvedBy", "whose approvals count",
	    AT_STRUCTS(struct step_status, approved_by, step_approval_table),
	    .flags = FIELD_ALWAYS },
	{ "waitingFor", "who can still approve", AT_TEXTS(struct step_status, waiting_for),
	    .format = &format_any, .flags = FIELD_ALWAYS | FIELD_REPEATS },
};

static const struct table step_table = { TABLE(step_fields) };

static const struct field version_fields[] = {
	{ "blob", "the git object", AT_TEXT(struct request_version, blob), .format = &format_any },
	{ "sha256", "of the file", AT_TEXT(struct request_version, sha256), .format = &format_any },
	{ "commit", "the input commit at which it was read",
	    AT_TEXT(struct request_version, commit), .format = &format_any },
	{ "previous", "SHA-256 of the versions accepted before",
	    AT_TEXTS(struct request_version, previous), .format = &format_any,
	    .flags = FIELD_REPEATS },
	{ "proof", "how the requester proved it", AT_CHOICE(struct request_version, proof),
	    .choices = proof_choices, .flags = FIELD_ALWAYS },
	{ "key", "fingerprint of the signing key", AT_TEXT(struct request_version, key),
	    .format = &format_any },
	{ "evidence", "SHA-256 of the signed bytes", AT_TEXT(struct request_version, evidence),
	    .format = &format_any },
	{ "acceptedAt", "when it was first seen", AT_TIME(struct request_version, accepted_at) },
};

static const struct table version_table = { TABLE(version_fields) };

static const struct field intent_fields[] = {
	{ "digest", "of the plan", AT_TEXT(struct intent, digest), .format = &format_any },
	{ "serialNumber", "of the certificate, hex", AT_TEXT(struct intent, serial_number),
	    .format = &format_any },
	{ "notBefore", "of the certificate", AT_TIME(struct intent, not_before) },
	{ "notAfter", "of the certificate", AT_TIME(struct intent, not_after) },
	{ "decidedAt", "when issuing was decided", AT_TIME(struct intent, decided_at) },
	{ "evidence", "SHA-256 of all that was counted", AT_TEXTS(struct intent, evidence),
	    .format = &format_any, .flags = FIELD_REPEATS },
};

static const struct table intent_table = { TABLE(intent_fields) };

static const struct field certificate_fields[] = {
	{ "path", "on the output branch", AT_TEXT(struct certificate_status, path),
	    .format = &format_any },
	{ "serialNumber", "hex", AT_TEXT(struct certificate_status, serial_number),
	    .format = &format_any },
	{ "sha256", "of the DER, hex", AT_TEXT(struct certificate_status, sha256),
	    .format = &format_any },
	{ "issuer", "as RFC 4514 writes it", AT_TEXT(struct certificate_status, issuer),
	    .format = &format_any },
	{ "notBefore", "the first second of its validity",
	    AT_TIME(struct certificate_status, not_before) },
	{ "notAfter", "the last second of its validity",
	    AT_TIME(struct certificate_status, not_after) },
};

static const struct table certificate_table = { TABLE(certificate_fields) };

static const struct field condition_fields[] = {
	{ "type", "Valid, Approved or Ready", AT_TEXT(struct condition, type),
	    .format = &format_any, .flags = FIELD_REQUIRED },
	/* always in quotes: YAML takes the bare word for a boolean */
	{ "status", "\"True\", \"False\" or \"Unknown\"", AT_TEXT(struct condition, status),
	    .format = &format_any, .flags = FIELD_REQUIRED },
	{ "reason", "a stable word for programs", AT_TEXT(struct condition, reason),
	    .format = &format_any },
	{ "message", "for people", AT_TEXT(struct condition, message), .format = &format_any },
	{ "lastTransitionTime", "when the status last changed",
	    AT_TIME(struct condition, last_transition) },
};

static const struct table condition_table = { TABLE(condition_fields) };

static const struct field decision_fields[] = {
	{ "evidence", "SHA-256 of the signed bytes", AT_TEXT(struct verified_decision, evidence),
	    .format = &format_any },
	{ "by", "the identity that holds the key", AT_TEXT(struct verified_decision, by),
	    .format = &format_any },
	{ "key", "its fingerprint", AT_TEXT(struct verified_decision, key), .format = &format_any },
	{ "decision", "what was decided", AT_CHOICE(struct verified_decision, decision),
	    .choices = decision_choices },
	{ "request", "the request's id", AT_TEXT(struct verified_decision, request),
	    .format = &format_any },
	{ "digest", "that was signed", AT_TEXT(struct verified_decision, digest),
	    .format = &format_any },
	{ "comment", "the signer's", AT_TEXT(struct verified_decision, comment),
	    .format = &format_any },
	{ "observedAt", "when it was first seen", AT_TIME(struct verified_decision, observed_at) },
	{ "source", "where it was found", AT_CHOICE(struct verified_decision, source),
	    .choices = source_choices },
	{ "where", "commit or path", AT_TEXT(struct verified_decision, where),
	    .format = &format_any },
};

static const struct table decision_table = { TABLE(decision_fields) };

/* The last PENDING_ONLY of them matter while a request is open, and only then. */
enum { PENDING_ONLY = 3 };

static const struct field record_fields[] = {
	{ "id", "the request's id", AT_TEXT(struct request_record, id), .flags = FIELD_REQUIRED,
	    .format = &format_request_id },
	{ "state", "where it stands", AT_CHOICE(struct request_record, state),
	    .flags = FIELD_REQUIRED, .choices = state_choices },
	{ "generation", "of the current plan; 0: there never was one",
	    AT_INTEGER(struct request_record, generation), .flags = FIELD_ALWAYS },
	{ "profile", "the CertificateProfile", AT_TEXT(struct request_record, profile),
	    .format = &format_any },
	{ "summary", "the names in the certificate", AT_TEXT(struct request_record, summary),
	    .format = &format_any },
	{ "digest", "of the current plan; approvals sign it",
	    AT_TEXT(struct request_record, digest), .format = &format_any },
	{ "digests", "all of this claim since it was opened, oldest first",
	    AT_TEXTS(struct request_record, digests), .format = &format_any,
	    .flags = FIELD_REPEATS },
	{ "plan", "the canonical text of what will be issued", AT_TEXT(struct request_record, plan),
	    .format = &format_any },
	{ "policy", "the ApprovalPolicy that matched", AT_TEXT(struct request_record, policy),
	    .format = &format_any },
	{ "requester", "who asks", AT_STRUCT(struct request_record, requester, requester_table),
	    .flags = FIELD_ALWAYS },
	{ "steps", "in order", AT_STRUCTS(struct request_record, steps, step_table),
	    .flags = FIELD_ALWAYS },
	{ "openedAt", "when it was opened", AT_TIME(struct request_record, opened_at) },
	{ "deadline", "after which it expires", AT_TIME(struct request_record, deadline) },
	{ "decidedAt", "when the present state was reached",
	    AT_TIME(struct request_record, decided_at) },
	{ "decidedBy", "who rejected or cancelled", AT_TEXT(struct request_record, decided_by),
	    .format = &format_any },
	{ "decidedEvidence", "SHA-256 of what the rejecter or canceller signed",
	    AT_TEXT(struct request_record, decided_evidence), .format = &format_any },
	{ "comment", "the rejecter's or canceller's", AT_TEXT(struct request_record, comment),
	    .format = &format_any },
	{ "claimed", "whether the id is its requester's",
	    AT_BOOLEAN(struct request_record, claimed), .flags = FIELD_ALWAYS },
	{ "bypassed", "whether it was approved at once",
	    AT_BOOLEAN(struct request_record, bypassed) },
	{ "approvedBecause", "why it was approved at once",
	    AT_TEXT(struct request_record, approved_because), .format = &format_any },
	{ "request", "the accepted version of the file",
	    AT_STRUCT(struct request_record, version, version_table), .flags = FIELD_ALWAYS },
	{ "ignored", "what did not count, and why; the newest 20",
	    AT_STRUCTS(struct request_record, ignored, ignored_table), .flags = FIELD_ALWAYS },
	{ "ignoredCount", "all of them", AT_INTEGER(struct request_record, ignored_count) },
	{ "intent", "the decision to issue", AT_STRUCT(struct request_record, intent, intent_table),
	    PRESENT(struct request_record, intent.present) },
	{ "cancellable",
	    "whether it can be cancelled or changed although it was decided: the signer refused",
	    AT_BOOLEAN(struct request_record, cancellable) },
	{ "certificate", "what was issued",
	    AT_STRUCT(struct request_record, certificate, certificate_table),
	    PRESENT(struct request_record, certificate.present) },
	{ "conditions", "as Kubernetes has them",
	    AT_STRUCTS(struct request_record, conditions, condition_table), .flags = FIELD_ALWAYS },
	{ "reasons", "why it is Invalid or Failed",
	    AT_STRUCTS(struct request_record, reasons, reasons_table) },
	{ "decisions", "verified decisions, counted or not",
	    AT_STRUCTS(struct request_record, decisions, decision_table) },
	{ "attempts", "to issue", AT_INTEGER(struct request_record, attempts) },
	{ "nextAttempt", "when issuing is tried again",
	    AT_TIME(struct request_record, next_attempt) },
};

/* The id that a path of the output branch stands for; absent for other paths. */
static struct text
id_of_path(struct text path)
{
	static const char *const folders[] = { "pending/", "status/requests/" };

	for (size_t i = 0; i < COUNT(folders); i++)
		if (text_starts_with(path, folders[i]) && text_ends_with(path, ".yaml"))
			return text_first(text_skip(path, strlen(folders[i])),
			    path.length - strlen(folders[i]) - strlen(".yaml"));
	return (struct text){ NULL, 0 };
}

/* A record never speaks for another request than the one whose file it is. */
static void
validate_record(struct decoder *decoder, const struct node *node, void *object)
{
	const struct request_record *record = object;
	struct text id = id_of_path(decoder->path);

	if (text_present(id) && !text_equal(id, record->id))
		REFUSE(decoder, node_value(node, "id"), "NameDiffersFromFile",
		    "id is \"%.*s\", but the file is that of \"%.*s\"", TEXT_ARGUMENTS(record->id),
		    TEXT_ARGUMENTS(text_visible(decoder->arena, id, 255)));
}

static const struct table status_table = {
	.fields = record_fields,
	.count = COUNT(record_fields) - PENDING_ONLY,
	.validate = validate_record,
};

static const struct table pending_table = {
	TABLE(record_fields),
	.validate = validate_record,
};

static struct text
record_name(const void *object)
{
	struct text rest = ((const struct request_record *)object)->id, part = { NULL, 0 };

	while (text_split(&rest, '/', &part))
		continue;
	return part;
}

const struct kind_row kind_certificate_request_status = {
	.kind = KIND_CERTIFICATE_REQUEST_STATUS,
	.name = "CertificateRequestStatus",
	.doc = "What became of a request, for people and pipelines",
	.where = "status/requests/",
	.body = "status",
	.table = &status_table,
	.size = sizeof(struct request_record),
	.name_of = record_name,
};

const struct kind_row kind_pending_request = {
	.kind = KIND_PENDING_REQUEST,
	.name = "PendingRequest",
	.doc = "All that the reconciler knows of an open request",
	.where = "pending/",
	.body = "status",
	.table = &pending_table,
	.size = sizeof(struct request_record),
	.name_of = record_name,
};
