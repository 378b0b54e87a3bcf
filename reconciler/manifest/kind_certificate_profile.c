#include "manifest/kinds.h"

#include "model/policy.h"

static const struct choice approval_choices[] = {
	{ "required", PROFILE_APPROVAL_REQUIRED },
	{ "none", PROFILE_APPROVAL_NONE },
	{ NULL, 0 },
};

static const struct choice enrollment_choices[] = {
	{ "git", 0 },
	{ "api", 0 },
	{ "acme", 0 },
	{ "est", 0 },
	{ NULL, 0 },
};

static const struct choice renewal_approval_choices[] = {
	{ "ifChanged", RENEWAL_APPROVAL_IF_CHANGED },
	{ "always", RENEWAL_APPROVAL_ALWAYS },
	{ NULL, 0 },
};

static const struct field defaults_fields[] = {
	{ "ttl", "lifetime of a certificate whose request gives none",
	    AT_DURATION(struct certificate_profile, default_ttl) },
	{ "subject", "attributes that a request does not give",
	    AT_STRUCT(struct certificate_profile, default_subject, subject_names_table) },
	{ "keyUsages", "for requests that give none",
	    AT_TEXTS(struct certificate_profile, default_key_usages), .choices = key_usage_choices,
	    .foreign_values = key_usage_words },
	{ "extendedKeyUsages", "for requests that give none",
	    AT_TEXTS(struct certificate_profile, default_extended_key_usages),
	    .choices = extended_key_usage_choices, .format = &format_oid,
	    .foreign_values = extended_key_usage_words },
};

static const struct foreign_name defaults_words[] = {
	{ "duration", "ttl" },
	{ "validity", "ttl" },
	{ "ttlDays", "ttl, as in 90d" },
	{ "usages", "keyUsages (and extendedKeyUsages)" },
	{ NULL, NULL },
};

static const struct table defaults_table = { TABLE(defaults_fields), .foreign = defaults_words };

static const struct field renewal_fields[] = {
	{ "before", "how long before its end a certificate is renewed",
	    AT_DURATION(struct certificate_profile, renewal_before) },
	{ "approval", "whether people are asked again when nothing else changes",
	    AT_CHOICE(struct certificate_profile, renewal_approval),
	    .choices = renewal_approval_choices },
};

static const struct foreign_name renewal_words[] = {
	{ "renewBefore", "before" },
	{ "renewBeforeDays", "before, as in 30d" },
	{ NULL, NULL },
};

static const struct table renewal_table = { TABLE(renewal_fields), .foreign = renewal_words };

static const struct field profile_fields[] = {
	{ "authority", "the CertificateAuthority that issues",
	    AT_TEXT(struct certificate_profile, authority), .flags = FIELD_REQUIRED,
	    .format = &format_name },
	{ "certificatePolicy", "the CertificatePolicy that says what may be issued",
	    AT_TEXT(struct certificate_profile, certificate_policy), .flags = FIELD_REQUIRED,
	    .format = &format_name },
	{ "approval", "whether an ApprovalPolicy has to cover it; without one nothing is issued",
	    AT_CHOICE(struct certificate_profile, approval), .choices = approval_choices },
	{ "requesters", "who may ask; absent: any identity of the configuration",
	    AT_STRUCT(struct certificate_profile, requesters, requesters_table),
	    PRESENT(struct certificate_profile, requesters.present) },
	{ "enrollment", "the ways by which a request may come",
	    AT_TEXTS(struct certificate_profile, enrollment), .choices = enrollment_choices,
	    .least = 1, .default_text = "git" },
	{ "defaults", "what a request need not say", AT_SAME(defaults_table) },
	{ "renewal", "when and how certificates are renewed", AT_SAME(renewal_table) },
};

static const struct foreign_name profile_words[] = {
	{ "ca", "authority" },
	{ "caId", "authority" },
	{ "issuerRef", "authority" },
	{ "certificateAuthority", "authority" },
	{ "policy", "certificatePolicy" },
	{ "certificatePolicyId", "certificatePolicy" },
	{ "approvalPolicy", ": an ApprovalPolicy names the profiles it covers" },
	{ "enrollmentType", "enrollment" },
	{ "enrolment", "enrollment" },
	{ "ttl", "defaults.ttl" },
	{ "duration", "defaults.ttl" },
	{ "renewBefore", "renewal.before" },
	{ "autoRenew", "renewal.before" },
	{ "usages", "defaults.keyUsages" },
	{ NULL, NULL },
};

static const struct table profile_table = {
	TABLE(profile_fields),
	POSITION(struct certificate_profile, position),
	.foreign = profile_words,
};

const struct kind_row kind_certificate_profile = {
	.kind = KIND_CERTIFICATE_PROFILE,
	.name = "CertificateProfile",
	.doc = "What a request names: an authority, what may be issued, who may ask",
	.where = "profiles/",
	.body = "spec",
	.table = &profile_table,
	.size = sizeof(struct certificate_profile),
	.name_at = offsetof(struct certificate_profile, name),
};
