#include "manifest/kinds.h"

#include "model/policy.h"

/* Each attribute has a rule of the same shape; what it lists differs. */
#define RULE_FIELDS(what, ...)                                                                     \
	{                                                                                          \
		{ "allowed", "which " what " a certificate may have",                              \
			AT_TEXTS(struct attribute_rule, allowed), __VA_ARGS__ },                   \
		    { "required", "each of these must be met",                                     \
			    AT_TEXTS(struct attribute_rule, required), __VA_ARGS__ },              \
		    { "denied", "never these, even where allowed",                                 \
			    AT_TEXTS(struct attribute_rule, denied), __VA_ARGS__ },                \
	}

static const struct foreign_name rule_words[] = {
	{ "permitted", "allowed" },
	{ "values", "allowed" },
	{ "value", "allowed" },
	{ "allow", "allowed" },
	{ "allowedValues", "allowed" },
	{ "include", "allowed" },
	{ "deny", "denied" },
	{ "forbidden", "denied" },
	{ "excluded", "denied" },
	{ "exclude", "denied" },
	{ "require", "required" },
	{ "mandatory", "required" },
	{ NULL, NULL },
};

static const struct field line_rule_fields[] = RULE_FIELDS("values", .format = &format_line);
static const struct field country_rule_fields[] =
    RULE_FIELDS("countries", .format = &format_country_pattern);
static const struct field dns_rule_fields[] = RULE_FIELDS("names", .format = &format_dns_pattern);
static const struct field ip_rule_fields[] =
    RULE_FIELDS("addresses", .format = &format_address_block);
static const struct field key_usage_rule_fields[] =
    RULE_FIELDS("usages", .choices = key_usage_choices, .foreign_values = key_usage_words);
static const struct field extended_key_usage_rule_fields[] =
    RULE_FIELDS("usages", .choices = extended_key_usage_choices, .format = &format_oid,
	.foreign_values = extended_key_usage_words);

static const struct table line_rule = { TABLE(line_rule_fields), .foreign = rule_words };
static const struct table country_rule = { TABLE(country_rule_fields), .foreign = rule_words };
static const struct table dns_rule = { TABLE(dns_rule_fields), .foreign = rule_words };
static const struct table ip_rule = { TABLE(ip_rule_fields), .foreign = rule_words };
static const struct table key_usage_rule = {
	TABLE(key_usage_rule_fields),
	.foreign = rule_words,
};
static const struct table extended_key_usage_rule = {
	TABLE(extended_key_usage_rule_fields),
	.foreign = rule_words,
};

#define AT_RULE(member, t)                                                                         \
	.type = FIELD_STRUCT,                                                                      \
	.offset = MEMBER(struct certificate_policy, member, struct attribute_rule), .table = &(t), \
	.present = 1 + MEMBER(struct certificate_policy, member.present, bool)

static const struct field subject_rule_fields[] = {
	{ "commonName", "common name (CN)", AT_RULE(subject[SUBJECT_COMMON_NAME], line_rule) },
	{ "organization", "organization (O)", AT_RULE(subject[SUBJECT_ORGANIZATION], line_rule) },
	{ "organizationalUnit", "organizational unit (OU)",
	    AT_RULE(subject[SUBJECT_ORGANIZATIONAL_UNIT], line_rule) },
	{ "country", "country (C)", AT_RULE(subject[SUBJECT_COUNTRY], country_rule) },
	{ "state", "state or province (ST)", AT_RULE(subject[SUBJECT_STATE], line_rule) },
	{ "locality", "locality (L)", AT_RULE(subject[SUBJECT_LOCALITY], line_rule) },
	{ "domainComponent", "domain components (DC)",
	    AT_RULE(subject[SUBJECT_DOMAIN_COMPONENT], line_rule) },
};

static const struct table subject_rules = {
	TABLE(subject_rule_fields),
	.foreign =
	    (const struct foreign_name[]){
		{ "CN", "commonName" },
		{ "O", "organization" },
		{ "OU", "organizationalUnit" },
		{ "C", "country" },
		{ "ST", "state" },
		{ "province", "state" },
		{ "L", "locality" },
		{ "DC", "domainComponent" },
		{ NULL, NULL },
	    },
};

static const struct field alt_name_rule_fields[] = {
	{ "dns", "DNS names", AT_RULE(alt_names[ALT_NAME_DNS], dns_rule) },
	{ "ip", "IP addresses, by block", AT_RULE(alt_names[ALT_NAME_IP], ip_rule) },
	{ "email", "e-mail addresses", AT_RULE(alt_names[ALT_NAME_EMAIL], line_rule) },
	{ "uri", "URIs", AT_RULE(alt_names[ALT_NAME_URI], line_rule) },
	{ "upn", "user principal names", AT_RULE(alt_names[ALT_NAME_UPN], line_rule) },
};

static const struct table alt_name_rules = {
	TABLE(alt_name_rule_fields),
	.foreign =
	    (const struct foreign_name[]){
		{ "dnsNames", "dns" },
		{ "ipAddresses", "ip" },
		{ "emailAddresses", "email" },
		{ "uris", "uri" },
		{ NULL, NULL },
	    },
};

static const struct choice permission_choices[] = {
	{ "denied", PERMISSION_DENIED },
	{ "allowed", PERMISSION_ALLOWED },
	{ "required", PERMISSION_REQUIRED },
	{ NULL, 0 },
};

static const struct foreign_name permission_words[] = {
	{ "true", "allowed" },
	{ "false", "denied" },
	{ "forbidden", "denied" },
	{ "forbid", "denied" },
	{ "optional", "allowed" },
	{ "allow", "allowed" },
	{ NULL, NULL },
};

static const struct field basic_constraints_fields[] = {
	{ "ca", "whether CA certificates may be issued", AT_CHOICE(struct certificate_policy, ca),
	    .choices = permission_choices, .foreign_values = permission_words },
	{ "maxPathLength", "at most so many CAs below an issued one",
	    AT_INTEGER(struct certificate_policy, max_path_length), .most = 100, .by_default = -1 },
};

static const struct table basic_constraints_table = {
	TABLE(basic_constraints_fields),
	.foreign =
	    (const struct foreign_name[]){
		{ "isCA", "ca" },
		{ "pathLength", "maxPathLength" },
		{ "maxPathLen", "maxPathLength" },
		{ NULL, NULL },
	    },
};

static const struct field validity_fields[] = {
	{ "max", "the longest lifetime", AT_DURATION(struct certificate_policy, validity_max),
	    .flags = FIELD_REQUIRED },
	{ "min", "the shortest lifetime", AT_DURATION(struct certificate_policy, validity_min) },
};

static void
validate_validity(struct decoder *decoder, const struct node *node, void *object)
{
	const struct certificate_policy *policy = object;

	if (policy->validity_min > policy->validity_max)
		REFUSE(decoder, node_value(node, "min"), "OutOfRange",
		    "min is longer than max: no lifetime is both");
}

static const struct table validity_table = {
	TABLE(validity_fields),
	.validate = validate_validity,
	.foreign =
	    (const struct foreign_name[]){
		{ "maxDuration", "max" },
		{ "minDuration", "min" },
		{ "maximum", "max" },
		{ "minimum", "min" },
		{ "maxTTL", "max" },
		{ NULL, NULL },
	    },
};

static const struct choice key_algorithm_choices[] = {
	{ "ECDSA-P256", 0 },
	{ "ECDSA-P384", 0 },
	{ "Ed25519", 0 },
	{ "RSA-2048", 0 },
	{ "RSA-3072", 0 },
	{ "RSA-4096", 0 },
	{ NULL, 0 },
};

static const struct foreign_name key_algorithm_words[] = {
	{ "EC_prime256v1", "ECDSA-P256" },
	{ "prime256v1", "ECDSA-P256" },
	{ "secp256r1", "ECDSA-P256" },
	{ "P-256", "ECDSA-P256" },
	{ "EC-P256", "ECDSA-P256" },
	{ "EC_secp384r1", "ECDSA-P384" },
	{ "secp384r1", "ECDSA-P384" },
	{ "P-384", "ECDSA-P384" },
	{ "EC-P384", "ECDSA-P384" },
	{ NULL, NULL },
};

static const struct choice signature_algorithm_choices[] = {
	{ "ECDSA-SHA256", 0 },
	{ "ECDSA-SHA384", 0 },
	{ "ECDSA-SHA512", 0 },
	{ "Ed25519", 0 },
	{ "RSA-SHA256", 0 },
	{ "RSA-SHA384", 0 },
	{ "RSA-SHA512", 0 },
	{ NULL, 0 },
};

static const struct foreign_name signature_algorithm_words[] = {
	{ "SHA256WithRSA", "RSA-SHA256" },
	{ "SHA384WithRSA", "RSA-SHA384" },
	{ "SHA512WithRSA", "RSA-SHA512" },
	{ "ECDSAWithSHA256", "ECDSA-SHA256" },
	{ "ECDSAWithSHA384", "ECDSA-SHA384" },
	{ "ECDSAWithSHA512", "ECDSA-SHA512" },
	{ "PureEd25519", "Ed25519" },
	{ NULL, NULL },
};

static const struct field policy_fields[] = {
	{ "subject", "the attributes of the subject's name; one that is not listed is not allowed",
	    AT_SAME(subject_rules) },
	{ "altNames", "alternative names; a type that is not listed is not allowed",
	    AT_SAME(alt_name_rules) },
	{ "keyUsages", "what a key may do", AT_RULE(key_usages, key_usage_rule) },
	{ "extendedKeyUsages", "what a certificate may be for",
	    AT_RULE(extended_key_usages, extended_key_usage_rule) },
	{ "keyAlgorithms", "which keys may be certified",
	    AT_TEXTS(struct certificate_policy, key_algorithms), .flags = FIELD_REQUIRED,
	    .choices = key_algorithm_choices, .foreign_values = key_algorithm_words },
	{ "signatureAlgorithms", "with which algorithms the authority may sign",
	    AT_TEXTS(struct certificate_policy, signature_algorithms), .flags = FIELD_REQUIRED,
	    .choices = signature_algorithm_choices, .foreign_values = signature_algorithm_words },
	{ "validity", "how long a certificate may be valid", AT_SAME(validity_table),
	    .flags = FIELD_REQUIRED },
	{ "basicConstraints", "whether CA certificates may be issued",
	    AT_SAME(basic_constraints_table) },
};

static const struct foreign_name policy_words[] = {
	{ "allowed", ": allowed stands under each attribute, as in subject.commonName.allowed" },
	{ "commonName", "subject.commonName" },
	{ "dnsNames", "altNames.dns" },
	{ "ipAddresses", "altNames.ip" },
	{ "emailAddresses", "altNames.email" },
	{ "uris", "altNames.uri" },
	{ "sans", "altNames" },
	{ "subjectAlternativeNames", "altNames" },
	{ "usages", "keyUsages (and extendedKeyUsages)" },
	{ "isCA", "basicConstraints.ca" },
	{ "maxDuration", "validity.max" },
	{ "minDuration", "validity.min" },
	{ "duration", "validity.max" },
	{ "ttl", "validity.max" },
	{ "maxTTL", "validity.max" },
	{ "algorithms", "keyAlgorithms and signatureAlgorithms" },
	{ "privateKey", "keyAlgorithms" },
	{ NULL, NULL },
};

static const struct table policy_table = {
	TABLE(policy_fields),
	POSITION(struct certificate_policy, position),
	.foreign = policy_words,
};

const struct kind_row kind_certificate_policy = {
	.kind = KIND_CERTIFICATE_POLICY,
	.name = "CertificatePolicy",
	.doc = "What may be issued",
	.where = "policies/",
	.body = "spec",
	.table = &policy_table,
	.size = sizeof(struct certificate_policy),
	.name_at = offsetof(struct certificate_policy, name),
};
