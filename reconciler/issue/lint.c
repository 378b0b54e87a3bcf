#include "issue/lint.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include "base/encoding.h"
#include "issue/der.h"
#include "issue/lint_extensions.h"

/* A Certificate (RFC 5280 section 4.1) taken apart. */
struct parts {
	struct text serial_number;
	struct text inner_algorithm;
	struct text issuer;
	struct text validity;
	struct text subject;
	struct text public_key;
	struct text extensions;
	struct text outer_algorithm;
};

static bool
refuse(struct text *why, const char *what)
{
	*why = text_of(what);
	return false;
}

static bool
split_tbs(struct text tbs, struct parts *out)
{
	struct der_element element;

	if (!der_take(&tbs, DER_CONTEXT(0), &element) ||
	    !text_equal(element.content, TEXT("\x02\x01\x02")) ||
	    !der_take(&tbs, DER_INTEGER, &element))
		return false;
	out->serial_number = element.content;
	if (!der_take(&tbs, DER_SEQUENCE, &element))
		return false;
	out->inner_algorithm = element.whole;
	if (!der_take(&tbs, DER_SEQUENCE, &element))
		return false;
	out->issuer = element.whole;
	if (!der_take(&tbs, DER_SEQUENCE, &element))
		return false;
	out->validity = element.content;
	if (!der_take(&tbs, DER_SEQUENCE, &element))
		return false;
	out->subject = element.whole;
	if (!der_take(&tbs, DER_SEQUENCE, &element))
		return false;
	out->public_key = element.whole;
	if (!der_take(&tbs, DER_CONTEXT(3), &element) || tbs.length != 0)
		return false;
	out->extensions = element.content;
	return true;
}

static bool
split_certificate(struct text der, struct parts *out)
{
	struct der_element tbs, algorithm, signature;
	struct text rest;

	if (!der_single(der, DER_SEQUENCE, &rest) || !der_take(&rest, DER_SEQUENCE, &tbs) ||
	    !der_take(&rest, DER_SEQUENCE, &algorithm) ||
	    !der_take(&rest, DER_BIT_STRING, &signature) || rest.length != 0)
		return false;
	out->outer_algorithm = algorithm.whole;
	return split_tbs(tbs.content, out);
}

static bool
lint_serial_number(struct arena *arena, struct text content, const struct intent *intent)
{
	struct text magnitude;

	return content.length <= 20 && der_positive(content, &magnitude) &&
	       text_equal(hex_encode(arena, magnitude), intent->serial_number);
}

/* RFC 5280 section 4.1.2.5: UTCTime through 2049, no fractions, seconds and Z. */
static bool
lint_time(struct text *rest, moment expected)
{
	const unsigned char *at = (const unsigned char *)rest->at;
	ASN1_TIME *time = d2i_ASN1_TIME(NULL, &at, (long)rest->length);
	bool good;

	if (time == NULL)
		return false;
	*rest = text_skip(*rest, (size_t)((const char *)at - rest->at));
	good = ASN1_TIME_cmp_time_t(time, expected) == 0 &&
	       ASN1_STRING_type(time) ==
		   (expected < 2524608000 ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME) &&
	       ASN1_STRING_length(time) == (expected < 2524608000 ? 13 : 15);
	ASN1_TIME_free(time);
	return good;
}

static const int attribute_nids[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = NID_domainComponent,
	[SUBJECT_COUNTRY] = NID_countryName,
	[SUBJECT_STATE] = NID_stateOrProvinceName,
	[SUBJECT_LOCALITY] = NID_localityName,
	[SUBJECT_ORGANIZATION] = NID_organizationName,
	[SUBJECT_ORGANIZATIONAL_UNIT] = NID_organizationalUnitName,
	[SUBJECT_COMMON_NAME] = NID_commonName,
};

static bool
lint_entry(const X509_NAME *name, int index, enum subject_attribute type, struct text expected)
{
	const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, index);
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	int string = type == SUBJECT_COUNTRY            ? V_ASN1_PRINTABLESTRING
		     : type == SUBJECT_DOMAIN_COMPONENT ? V_ASN1_IA5STRING
							: V_ASN1_UTF8STRING;

	return entry != NULL && X509_NAME_ENTRY_set(entry) == index &&
	       OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) == attribute_nids[type] &&
	       ASN1_STRING_type(value) == string &&
	       text_equal(expected, (struct text){ (const char *)ASN1_STRING_get0_data(value),
					(size_t)ASN1_STRING_length(value) });
}

static bool
lint_subject(struct text der, const struct subject_names *subject)
{
	const unsigned char *at = (const unsigned char *)der.at;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.length);
	bool good = name != NULL && (const char *)at == der.at + der.length;
	int index = 0;

	for (size_t type = 0; type < SUBJECT_ATTRIBUTES && good; type++)
		for (size_t i = 0; i < subject->values[type].count && good; i++)
			good = lint_entry(name, index++, (enum subject_attribute)type,
			    subject->values[type].at[i]);
	good = good && X509_NAME_entry_count(name) == index;
	X509_NAME_free(name);
	return good;
}

static bool
lint_fields(struct arena *arena, const struct parts *parts, const struct lint_expectation *expected,
    struct text *why)
{
	enum signature_algorithm algorithm =
	    signature_algorithm_parse(expected->plan->signature_algorithm);
	struct text validity = parts->validity;

	if (!lint_serial_number(arena, parts->serial_number, expected->intent))
		return refuse(why, "the serial number is not the intent's");
	if (signature_algorithm_read(parts->inner_algorithm) != algorithm ||
	    !text_equal(parts->inner_algorithm, parts->outer_algorithm))
		return refuse(why, "the signature algorithm is not the plan's");
	if (!text_equal(parts->issuer, expected->authority->subject))
		return refuse(why, "the issuer is not the authority's subject");
	if (!lint_time(&validity, expected->intent->not_before) ||
	    !lint_time(&validity, expected->intent->not_after) || validity.length != 0)
		return refuse(why, "the validity is not the intent's");
	if (!lint_subject(parts->subject, &expected->plan->subject))
		return refuse(why, "the subject is not the plan's");
	if (!text_equal(parts->public_key, expected->key->whole))
		return refuse(why, "the public key is not the one that the plan names");
	return true;
}

bool
certificate_lint(struct arena *arena, struct text der, const struct lint_expectation *expected,
    struct text *why)
{
	struct parts parts = { 0 };

	if (!der_well_formed(der) || !split_certificate(der, &parts))
		return refuse(why, "the certificate is not a well-formed one of version 3");
	return lint_fields(arena, &parts, expected, why) &&
	       lint_extensions(arena, parts.extensions, expected, why);
}
