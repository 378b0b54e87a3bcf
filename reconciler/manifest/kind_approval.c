#include "manifest/kinds.h"

#include "model/approval.h"

static const struct choice decision_choices[] = {
	{ "approve", DECISION_APPROVE },
	{ "reject", DECISION_REJECT },
	{ "withdraw", DECISION_WITHDRAW },
	{ "cancel", DECISION_CANCEL },
	{ NULL, 0 },
};

static const struct foreign_name decision_words[] = {
	{ "approved", "approve" },
	{ "accept", "approve" },
	{ "lgtm", "approve" },
	{ "deny", "reject" },
	{ "denied", "reject" },
	{ "decline", "reject" },
	{ "revoke", "withdraw, or a Revocation for an issued certificate" },
	{ NULL, NULL },
};

static const struct field entry_fields[] = {
	{ "request", "the request's id", AT_TEXT(struct approval_entry, request),
	    .format = &format_request_id },
	{ "configuration", "the digest of a configuration, for administrators",
	    AT_TEXT(struct approval_entry, configuration), .format = &format_digest },
	{ "digest", "the digest of the plan that was read", AT_TEXT(struct approval_entry, digest),
	    .format = &format_digest },
	{ "decision", "what was decided", AT_CHOICE(struct approval_entry, decision),
	    .flags = FIELD_REQUIRED, .choices = decision_choices,
	    .foreign_values = decision_words },
	{ "comment", "why; it is shown with the request", AT_TEXT(struct approval_entry, comment),
	    .format = &format_note },
	{ "plan", "the plan itself, which must have the digest",
	    AT_TEXT(struct approval_entry, plan), .format = &format_plan },
};

static const struct rule entry_rules[] = {
	{ .type = RULE_EXACTLY_ONE,
	    .keys = { "request", "configuration" },
	    .why = "a decision is about one thing" },
	{ .type = RULE_WHEN,
	    .when = { "request", NULL },
	    .needs = { { "digest", NULL } },
	    .why = "a decision holds for one plan" },
	{ .type = RULE_WHEN,
	    .when = { "configuration", NULL },
	    .refuses = { "digest", "plan" },
	    .why = "the configuration's digest is all there is to sign" },
	{ .type = RULE_WHEN,
	    .when = { "decision", "reject" },
	    .refuses = { "configuration" },
	    .why = "a configuration waits for approvals" },
	{ .type = RULE_WHEN,
	    .when = { "decision", "cancel" },
	    .refuses = { "configuration" },
	    .why = "a configuration waits for approvals" },
	{ .type = RULE_END },
};

static const struct foreign_name entry_words[] = {
	{ "id", "request" },
	{ "requestId", "request" },
	{ "certificateRequest", "request" },
	{ "action", "decision" },
	{ "status", "decision" },
	{ "message", "comment" },
	{ "reason", "comment" },
	{ "sha256", "digest" },
	{ "approver", ": who decides is who signs" },
	{ "by", ": who decides is who signs" },
	{ NULL, NULL },
};

static const struct table entry_table = {
	TABLE(entry_fields),
	POSITION(struct approval_entry, position),
	.rules = entry_rules,
	.foreign = entry_words,
};

static const struct field approval_fields[] = {
	{ "repository", "the repository's id: the decisions hold nowhere else",
	    AT_TEXT(struct approval, repository), .flags = FIELD_REQUIRED,
	    .format = &format_repository_id },
	{ "decisions", "what the signer decided", AT_STRUCTS(struct approval, entries, entry_table),
	    .flags = FIELD_REQUIRED, .least = 1, .most = 1000 },
};

static const struct foreign_name approval_words[] = {
	{ "approvals", "decisions" },
	{ "entries", "decisions" },
	{ "request", "decisions[].request" },
	{ "digest", "decisions[].digest" },
	{ "decision", "decisions[].decision" },
	{ "comment", "decisions[].comment" },
	{ "configuration", "decisions[].configuration" },
	{ "approver", ": who decides is who signs" },
	{ "signature", ": the signature is the .sig file beside it" },
	{ NULL, NULL },
};

static const struct table approval_table = {
	TABLE(approval_fields),
	POSITION(struct approval, position),
	.foreign = approval_words,
};

const struct kind_row kind_approval = {
	.kind = KIND_APPROVAL,
	.name = "Approval",
	.doc = "Decisions, in a file that is signed by who decides",
	.where = "approvals/",
	.body = "spec",
	.table = &approval_table,
	.size = sizeof(struct approval),
	.name_at = offsetof(struct approval, name),
};

/* RFC 5280 section 5.3.1, without those that are taken back. */
static const struct choice reason_choices[] = {
	{ "unspecified", 0 },
	{ "keyCompromise", 0 },
	{ "cACompromise", 0 },
	{ "affiliationChanged", 0 },
	{ "superseded", 0 },
	{ "cessationOfOperation", 0 },
	{ "privilegeWithdrawn", 0 },
	{ "aACompromise", 0 },
	{ NULL, 0 },
};

static const struct field revocation_fields[] = {
	{ "repository", "the repository's id; needed where the requester signs",
	    AT_TEXT(struct revocation, repository), .format = &format_repository_id },
	{ "request", "the request whose certificate it is", AT_TEXT(struct revocation, request),
	    .flags = FIELD_REQUIRED, .format = &format_request_id },
	{ "serialNumber", "which of its certificates", AT_TEXT(struct revocation, serial_number),
	    .flags = FIELD_REQUIRED, .format = &format_serial_number },
	{ "reason", "why, in the words of RFC 5280", AT_TEXT(struct revocation, reason),
	    .flags = FIELD_REQUIRED, .choices = reason_choices },
	{ "requester", "who asks", AT_TEXT(struct revocation, requester), .flags = FIELD_REQUIRED,
	    .format = &format_name },
	{ "justification", "why, for the approvers", AT_TEXT(struct revocation, justification),
	    .format = &format_note },
};

static const struct foreign_name revocation_words[] = {
	{ "serial", "serialNumber" },
	{ "certificate", "request and serialNumber" },
	{ "revocationReason", "reason" },
	{ "id", "request" },
	{ "comment", "justification" },
	{ NULL, NULL },
};

static const struct table revocation_table = {
	TABLE(revocation_fields),
	POSITION(struct revocation, position),
	.foreign = revocation_words,
};

const struct kind_row kind_revocation = {
	.kind = KIND_REVOCATION,
	.name = "Revocation",
	.doc = "Asks that an issued certificate be revoked",
	.where = "revocations/",
	.body = "spec",
	.table = &revocation_table,
	.size = sizeof(struct revocation),
	.name_at = offsetof(struct revocation, name),
};
