#include "manifest/kinds.h"

#include "model/authority.h"

static const struct choice type_choices[] = {
	{ "internal", 0 },
	{ "acme", 0 },
	{ "cfssl", 0 },
	{ "est", 0 },
	{ "exec", 0 },
	{ NULL, 0 },
};

static const struct field crl_fields[] = {
	{ "distributionPoint", "where relying parties fetch the CRL; stands in each certificate",
	    AT_TEXT(struct certificate_authority, crl_distribution_point),
	    .format = &format_http_uri },
	{ "validity", "how long a CRL is valid",
	    AT_DURATION(struct certificate_authority, crl_validity), .default_text = "7d" },
};

static const struct foreign_name crl_words[] = {
	{ "url", "distributionPoint" },
	{ "crlDistributionPoints", "distributionPoint" },
	{ "ttl", "validity" },
	{ "duration", "validity" },
	{ "nextUpdate", "validity" },
	{ NULL, NULL },
};

static const struct table crl_table = { TABLE(crl_fields), .foreign = crl_words };

static const struct field authority_fields[] = {
	{ "type", "how certificates are made", AT_TEXT(struct certificate_authority, type),
	    .flags = FIELD_REQUIRED, .choices = type_choices },
	{ "certificate", "the CA's own certificate; its validity, path length, extended key usages and name constraints bind what is asked for",
	    AT_TEXT(struct certificate_authority, certificate), .format = &format_certificate },
	{ "chain", "the CA certificates above it, without the root",
	    AT_TEXT(struct certificate_authority, chain), .format = &format_certificates },
	{ "root", "the root's certificate, for people; it is never sent with a certificate",
	    AT_TEXT(struct certificate_authority, root), .format = &format_certificate },
	{ "crl", "the certificate revocation list", AT_SAME(crl_table) },
};

static const struct rule authority_rules[] = {
	{ .type = RULE_WHEN,
	    .when = { "type", "internal" },
	    .needs = { { "certificate", NULL } },
	    .why = "an internal authority signs by itself" },
	{ .type = RULE_END },
};

static const struct foreign_name authority_words[] = {
	{ "ca", "certificate, in PEM, under type: internal" },
	{ "caBundle", "chain" },
	{ "intermediates", "chain" },
	{ "crlDistributionPoints", "crl.distributionPoint" },
	{ "secretName",
	    ": the key never stands here; the reconciler's local configuration names it" },
	{ "key", ": the key never stands here; the reconciler's local configuration names it" },
	{ "privateKey",
	    ": the key never stands here; the reconciler's local configuration names it" },
	{ NULL, NULL },
};

static const struct table authority_table = {
	TABLE(authority_fields),
	POSITION(struct certificate_authority, position),
	.rules = authority_rules,
	.foreign = authority_words,
};

const struct kind_row kind_certificate_authority = {
	.kind = KIND_CERTIFICATE_AUTHORITY,
	.name = "CertificateAuthority",
	.doc = "A CA that issues, without its key",
	.where = "authorities/",
	.body = "spec",
	.table = &authority_table,
	.size = sizeof(struct certificate_authority),
	.name_at = offsetof(struct certificate_authority, name),
};
