#include "manifest/kinds.h"

#include "model/configuration.h"
#include "model/decision.h"
#include "model/policy.h"

const struct choice key_usage_choices[] = {
	{ "digitalSignature", 0 },
	{ "contentCommitment", 0 },
	{ "keyEncipherment", 0 },
	{ "dataEncipherment", 0 },
	{ "keyAgreement", 0 },
	{ "keyCertSign", 0 },
	{ "cRLSign", 0 },
	{ "encipherOnly", 0 },
	{ "decipherOnly", 0 },
	{ NULL, 0 },
};

const struct foreign_name key_usage_words[] = {
	{ "nonRepudiation", "contentCommitment" },
	{ "signing", "digitalSignature" },
	{ "certSign", "keyCertSign" },
	{ "crlSigning", "cRLSign" },
	{ "serverAuth", "extendedKeyUsages: [serverAuth]" },
	{ "clientAuth", "extendedKeyUsages: [clientAuth]" },
	{ "codeSigning", "extendedKeyUsages: [codeSigning]" },
	{ "emailProtection", "extendedKeyUsages: [emailProtection]" },
	{ NULL, NULL },
};

const struct choice extended_key_usage_choices[] = {
	{ "serverAuth", 0 },
	{ "clientAuth", 0 },
	{ "codeSigning", 0 },
	{ "emailProtection", 0 },
	{ "timeStamping", 0 },
	{ "OCSPSigning", 0 },
	{ "ipsecIKE", 0 },
	{ NULL, 0 },
};

const struct foreign_name extended_key_usage_words[] = {
	{ "s/mime", "emailProtection" },
	{ "email", "emailProtection" },
	{ "tlsWebServerAuthentication", "serverAuth" },
	{ "tlsWebClientAuthentication", "clientAuth" },
	{ "digitalSignature", "keyUsages: [digitalSignature]" },
	{ "keyEncipherment", "keyUsages: [keyEncipherment]" },
	{ NULL, NULL },
};

static const struct field subject_fields[] = {
	{ "commonName", "common name (CN)",
	    AT_TEXT_IN_LIST(struct subject_names, values[SUBJECT_COMMON_NAME]),
	    .format = &format_attribute_64 },
	{ "organization", "organization (O)",
	    AT_TEXT_OR_TEXTS(struct subject_names, values[SUBJECT_ORGANIZATION]),
	    .format = &format_attribute_64 },
	{ "organizationalUnit", "organizational unit (OU)",
	    AT_TEXT_OR_TEXTS(struct subject_names, values[SUBJECT_ORGANIZATIONAL_UNIT]),
	    .format = &format_attribute_64 },
	{ "country", "country (C)", AT_TEXT_OR_TEXTS(struct subject_names, values[SUBJECT_COUNTRY]),
	    .format = &format_country },
	{ "state", "state or province (ST)",
	    AT_TEXT_OR_TEXTS(struct subject_names, values[SUBJECT_STATE]),
	    .format = &format_attribute_128 },
	{ "locality", "locality (L)",
	    AT_TEXT_OR_TEXTS(struct subject_names, values[SUBJECT_LOCALITY]),
	    .format = &format_attribute_128 },
	{ "domainComponent", "domain components (DC), in the order of the issued subject",
	    AT_TEXT_OR_TEXTS(struct subject_names, values[SUBJECT_DOMAIN_COMPONENT]),
	    .format = &format_domain_component, .flags = FIELD_REPEATS },
};

static const struct foreign_name subject_words[] = {
	{ "CN", "commonName" },
	{ "O", "organization" },
	{ "organizations", "organization" },
	{ "OU", "organizationalUnit" },
	{ "organizationalUnits", "organizationalUnit" },
	{ "C", "country" },
	{ "countries", "country" },
	{ "ST", "state" },
	{ "province", "state" },
	{ "provinces", "state" },
	{ "stateOrProvince", "state" },
	{ "L", "locality" },
	{ "localities", "locality" },
	{ "city", "locality" },
	{ "DC", "domainComponent" },
	{ "streetAddresses", ": a street address is not supported" },
	{ "postalCodes", ": a postal code is not supported" },
	{ "serialNumber", ": a serial number in the subject is not supported" },
	{ NULL, NULL },
};

const struct table subject_names_table = {
	TABLE(subject_fields),
	.foreign = subject_words,
};

static const struct field alt_name_fields[] = {
	{ "dns", "DNS names", AT_TEXTS(struct alt_names, values[ALT_NAME_DNS]),
	    .format = &format_dns_name },
	{ "ip", "IP addresses", AT_TEXTS(struct alt_names, values[ALT_NAME_IP]),
	    .format = &format_address },
	{ "email", "e-mail addresses", AT_TEXTS(struct alt_names, values[ALT_NAME_EMAIL]),
	    .format = &format_email },
	{ "uri", "URIs", AT_TEXTS(struct alt_names, values[ALT_NAME_URI]), .format = &format_uri },
	{ "upn", "user principal names", AT_TEXTS(struct alt_names, values[ALT_NAME_UPN]),
	    .format = &format_upn },
};

static const struct foreign_name alt_name_words[] = {
	{ "dnsNames", "dns" },
	{ "dnsSans", "dns" },
	{ "domains", "dns" },
	{ "ipAddresses", "ip" },
	{ "ipSans", "ip" },
	{ "ips", "ip" },
	{ "emailAddresses", "email" },
	{ "emails", "email" },
	{ "rfc822Names", "email" },
	{ "uris", "uri" },
	{ "uriSans", "uri" },
	{ "otherNames", "upn" },
	{ "userPrincipalNames", "upn" },
	{ NULL, NULL },
};

const struct table alt_names_table = {
	TABLE(alt_name_fields),
	.foreign = alt_name_words,
};

static const struct field requesters_fields[] = {
	{ "people", "names of Persons", AT_TEXTS(struct principals, people),
	    .format = &format_name },
	{ "groups", "names of Groups", AT_TEXTS(struct principals, groups),
	    .format = &format_name },
	{ "machines", "names of Machines", AT_TEXTS(struct principals, machines),
	    .format = &format_name },
};

#define PRINCIPALS_WORDS                                                                           \
	{ "users", "people" }, { "user", "people" }, { "members", "people" },                      \
	    { "persons", "people" }, { "teams", "groups" }, { "identities", "people and groups" }, \
	    { "type", ": list names under people and groups; there is no type and no id" },        \
	{                                                                                          \
		"id", ": list names under people and groups; there is no type and no id"           \
	}

static const struct foreign_name requesters_words[] = {
	PRINCIPALS_WORDS,
	{ "serviceAccounts", "machines" },
	{ "workloads", "machines" },
	{ NULL, NULL },
};

static const struct foreign_name approvers_words[] = {
	PRINCIPALS_WORDS,
	{ "machines", ": machines request, they never approve" },
	{ NULL, NULL },
};

const struct table requesters_table = {
	TABLE(requesters_fields),
	.foreign = requesters_words,
};

static const struct rule approvers_rules[] = {
	{ .type = RULE_NOT_EMPTY,
	    .keys = { "people", "groups" },
	    .why = "a step without approvers can never be completed" },
	{ .type = RULE_END },
};

/* The same structure without machines. */
const struct table approvers_table = {
	.fields = requesters_fields,
	.count = COUNT(requesters_fields) - 1,
	.rules = approvers_rules,
	.foreign = approvers_words,
};

static const struct choice severity_choices[] = {
	{ "error", SEVERITY_ERROR },
	{ "warning", SEVERITY_WARNING },
	{ NULL, 0 },
};

static const struct field position_fields[] = {
	{ "path", "the file", AT_TEXT(struct position, path), .format = &format_any },
	{ "line", "line, from 1", AT_UNSIGNED(struct position, line), .least = 1,
	    .most = 1000000000 },
	{ "column", "column in characters, from 1", AT_UNSIGNED(struct position, column),
	    .least = 1, .most = 1000000000 },
};

static const struct table position_table = { TABLE(position_fields) };

static const struct field reason_fields[] = {
	{ "severity", "whether it stops anything", AT_CHOICE(struct reason, severity),
	    .choices = severity_choices, .flags = FIELD_REQUIRED },
	{ "code", "a stable word for programs", AT_CODE(struct reason, code), .format = &format_any,
	    .flags = FIELD_REQUIRED },
	{ "message", "a sentence for people", AT_TEXT(struct reason, message),
	    .format = &format_any, .flags = FIELD_REQUIRED },
	{ "position", "where", AT_STRUCT(struct reason, position, position_table) },
};

const struct table reasons_table = { TABLE(reason_fields) };

static const struct field ignored_fields[] = {
	{ "who", "the identity, or what the signature says", AT_TEXT(struct ignored, who),
	    .format = &format_any },
	{ "what", "the decision", AT_TEXT(struct ignored, what), .format = &format_any },
	{ "why", "cause and remedy", AT_TEXT(struct ignored, why), .format = &format_any },
	{ "commit", "the commit's id, or the file's path", AT_TEXT(struct ignored, commit),
	    .format = &format_any },
	{ "observedAt", "when it was first seen", AT_TIME(struct ignored, observed_at) },
	{ "alarm", "whether a reject, cancel or withdraw was lost",
	    AT_BOOLEAN(struct ignored, alarm) },
	{ "request", "the request it was meant for", AT_TEXT(struct ignored, request),
	    .format = &format_any },
};

const struct table ignored_table = { TABLE(ignored_fields) };

struct text
kinds_request_id(struct text path, struct text name)
{
	if (!text_starts_with(path, "requests/") || !text_ends_with(path, ".yaml") ||
	    path.length <= sizeof("requests/.yaml") - 1)
		return name;
	path = text_skip(path, sizeof("requests/") - 1);
	return text_first(path, path.length - (sizeof(".yaml") - 1));
}
