#include "manifest/kinds.h"

#include "model/overview.h"

static const struct field trusted_fields[] = {
	{ "number", "how many configurations were trusted before it",
	    AT_INTEGER(struct configuration_status, trusted_number), .flags = FIELD_ALWAYS },
	{ "digest", "its digest", AT_TEXT(struct configuration_status, trusted_digest),
	    .format = &format_any },
	{ "previous", "the digest of the one trusted before",
	    AT_TEXT(struct configuration_status, trusted_previous), .format = &format_any },
	{ "commit", "where it is read", AT_TEXT(struct configuration_status, trusted_commit),
	    .format = &format_any },
	{ "since", "when it became trusted", AT_TIME(struct configuration_status, trusted_since) },
};

static const struct table trusted_table = { TABLE(trusted_fields) };

static const struct field signature_fields[] = {
	{ "digest", "that was signed", AT_TEXT(struct configuration_signature, digest),
	    .format = &format_any },
	{ "by", "the administrator", AT_TEXT(struct configuration_signature, by),
	    .format = &format_any },
	{ "key", "its fingerprint", AT_TEXT(struct configuration_signature, key),
	    .format = &format_any },
	{ "evidence", "SHA-256 of the signed bytes",
	    AT_TEXT(struct configuration_signature, evidence), .format = &format_any },
	{ "observedAt", "when it was first seen",
	    AT_TIME(struct configuration_signature, observed_at) },
	{ "withdraw", "whether it takes a signature back",
	    AT_BOOLEAN(struct configuration_signature, withdraw) },
};

static const struct table signature_table = { TABLE(signature_fields) };

static const struct field candidate_fields[] = {
	{ "commit", "where it is read", AT_TEXT(struct configuration_candidate, commit),
	    .format = &format_any },
	{ "digest", "what administrators sign", AT_TEXT(struct configuration_candidate, digest),
	    .format = &format_any },
	{ "observedAt", "when it was first seen",
	    AT_TIME(struct configuration_candidate, observed_at) },
	{ "valid", "whether it is free of errors",
	    AT_BOOLEAN(struct configuration_candidate, valid), .flags = FIELD_ALWAYS },
	{ "required", "how many must sign", AT_INTEGER(struct configuration_candidate, required),
	    .flags = FIELD_ALWAYS },
	{ "missing", "how many are missing", AT_INTEGER(struct configuration_candidate, missing),
	    .flags = FIELD_ALWAYS },
	{ "signedBy", "whose signature counts now",
	    AT_TEXTS(struct configuration_candidate, signed_by), .format = &format_any,
	    .flags = FIELD_ALWAYS | FIELD_REPEATS },
	{ "waitingFor", "who can still sign", AT_TEXTS(struct configuration_candidate, waiting_for),
	    .format = &format_any, .flags = FIELD_ALWAYS | FIELD_REPEATS },
	{ "reasons", "what is wrong with it",
	    AT_STRUCTS(struct configuration_candidate, reasons, reasons_table) },
};

static const struct table candidate_table = { TABLE(candidate_fields) };

static const struct field configuration_fields[] = {
	{ "trusted", "the configuration by which requests are judged", AT_SAME(trusted_table),
	    .flags = FIELD_ALWAYS },
	{ "candidates", "what waits for signatures, newest first",
	    AT_STRUCTS(struct configuration_status, candidates, candidate_table),
	    .flags = FIELD_ALWAYS },
	{ "signatures", "all that are known, counted or not",
	    AT_STRUCTS(struct configuration_status, signatures, signature_table),
	    .flags = FIELD_ALWAYS },
	{ "reasons", "what is wrong with the newest, and warnings of the trusted one",
	    AT_STRUCTS(struct configuration_status, reasons, reasons_table),
	    .flags = FIELD_ALWAYS },
	{ "ignored", "what did not count, and why",
	    AT_STRUCTS(struct configuration_status, ignored, ignored_table),
	    .flags = FIELD_ALWAYS },
};

static const struct table configuration_table = { TABLE(configuration_fields) };

const struct kind_row kind_configuration_status = {
	.kind = KIND_CONFIGURATION_STATUS,
	.name = "ConfigurationStatus",
	.doc = "Which configuration is trusted, and what waits for whom",
	.where = "status/configuration.yaml",
	.body = "status",
	.table = &configuration_table,
	.size = sizeof(struct configuration_status),
	.fixed_name = "configuration",
};

static const struct field summary_fields[] = {
	{ "states", "how many requests are in each state", AT_COUNTS(struct summary_status, states),
	    .flags = FIELD_ALWAYS },
	{ "profiles", "how many requests name each profile",
	    AT_COUNTS(struct summary_status, profiles), .flags = FIELD_ALWAYS },
};

static const struct table summary_table = { TABLE(summary_fields) };

const struct kind_row kind_summary = {
	.kind = KIND_SUMMARY,
	.name = "Summary",
	.doc = "Counts over all requests",
	.where = "status/summary.yaml",
	.body = "status",
	.table = &summary_table,
	.size = sizeof(struct summary_status),
	.fixed_name = "summary",
};

static const struct field certificate_fields[] = {
	{ "request", "the request's id", AT_TEXT(struct latest_certificate, request),
	    .format = &format_any },
	{ "path", "on the output branch", AT_TEXT(struct latest_certificate, path),
	    .format = &format_any },
	{ "serialNumber", "hex", AT_TEXT(struct latest_certificate, serial_number),
	    .format = &format_any },
	{ "sha256", "of the DER, hex", AT_TEXT(struct latest_certificate, sha256),
	    .format = &format_any },
	{ "notBefore", "the first second of its validity",
	    AT_TIME(struct latest_certificate, not_before) },
	{ "notAfter", "the last second of its validity",
	    AT_TIME(struct latest_certificate, not_after) },
};

static const struct table certificate_table = { TABLE(certificate_fields) };

static const struct field latest_fields[] = {
	{ "certificates", "newest first, at most 100",
	    AT_STRUCTS(struct latest_certificates, certificates, certificate_table),
	    .flags = FIELD_ALWAYS },
};

static const struct table latest_table = { TABLE(latest_fields) };

const struct kind_row kind_latest_certificates = {
	.kind = KIND_LATEST_CERTIFICATES,
	.name = "LatestCertificates",
	.doc = "The newest valid certificates of a profile",
	.where = "status/latest/",
	.body = "status",
	.table = &latest_table,
	.size = sizeof(struct latest_certificates),
	.name_at = offsetof(struct latest_certificates, profile),
};
