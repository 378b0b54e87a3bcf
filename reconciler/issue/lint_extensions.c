#include "issue/lint_extensions.h"

#include <openssl/x509v3.h>
#include <string.h>

#include "issue/der.h"
#include "issue/x509_names.h"
#include "model/key_usage.h"
#include "model/names.h"

/* One extension: whether it must be there, whether critical, and whether its value is right. */
struct extension_rule {
	int nid;
	const char *name;
	bool (*wanted)(const struct lint_expectation *);
	bool (*critical)(const struct lint_expectation *);
	bool (*right)(struct arena *, const void *value, const struct lint_expectation *);
};

static bool
always(const struct lint_expectation *expected)
{
	(void)expected;
	return true;
}

static bool
never(const struct lint_expectation *expected)
{
	(void)expected;
	return false;
}

static bool
equals(const ASN1_STRING *string, int type, struct text expected)
{
	return string != NULL && ASN1_STRING_type(string) == type &&
	       text_equal(expected, (struct text){ (const char *)ASN1_STRING_get0_data(string),
					(size_t)ASN1_STRING_length(string) });
}

static bool
right_basic_constraints(struct arena *arena, const void *value,
    const struct lint_expectation *expected)
{
	const BASIC_CONSTRAINTS *constraints = value;
	const struct plan *plan = expected->plan;

	(void)arena;
	if ((constraints->ca != 0) != plan->ca)
		return false;
	if (plan->path_length < 0)
		return constraints->pathlen == NULL;
	return constraints->pathlen != NULL &&
	       ASN1_INTEGER_get(constraints->pathlen) == plan->path_length;
}

/* A named bit list ends with a bit that is set (X.690 section 11.2.2). */
static bool
ends_with_set_bit(const ASN1_BIT_STRING *bits)
{
	const unsigned char *octets = ASN1_STRING_get0_data(bits);
	int length = ASN1_STRING_length(bits);

	return length > 0 && (octets[length - 1] >> (bits->flags & 7) & 1) != 0;
}

static bool
has_key_usages(const struct lint_expectation *expected)
{
	return expected->plan->key_usages.count > 0;
}

static bool
right_key_usages(struct arena *arena, const void *value, const struct lint_expectation *expected)
{
	unsigned usages = 0;
	struct text unknown;

	(void)arena;
	if (!ends_with_set_bit(value))
		return false;
	for (int bit = 0; bit < KEY_USAGES; bit++)
		if (ASN1_BIT_STRING_get_bit(value, bit) != 0)
			usages |= 1u << bit;
	for (int bit = KEY_USAGES; bit < ASN1_STRING_length(value) * 8; bit++)
		if (ASN1_BIT_STRING_get_bit(value, bit) != 0)
			return false;
	for (size_t i = 0; i < expected->plan->key_usages.count; i++) {
		struct texts one = { &expected->plan->key_usages.at[i], 1, 1 };
		unsigned bit;

		if (!key_usages_parse(&one, &bit, &unknown) || (usages & bit) == 0)
			return false;
		usages &= ~bit;
	}
	return usages == 0;
}

static bool
has_extended_key_usages(const struct lint_expectation *expected)
{
	return expected->plan->extended_key_usages.count > 0;
}

static bool
stamps_time_only(const struct lint_expectation *expected)
{
	const struct texts *usages = &expected->plan->extended_key_usages;

	return usages->count == 1 && (text_is(usages->at[0], "timeStamping") ||
					 text_is(usages->at[0], "1.3.6.1.5.5.7.3.8"));
}

/* OpenSSL knows the names, too, and its table is not ours. */
static bool
right_extended_key_usages(struct arena *arena, const void *value,
    const struct lint_expectation *expected)
{
	const EXTENDED_KEY_USAGE *usages = value;
	const struct texts *names = &expected->plan->extended_key_usages;
	bool good = sk_ASN1_OBJECT_num(usages) == (int)names->count;

	for (size_t i = 0; i < names->count && good; i++) {
		ASN1_OBJECT *object = OBJ_txt2obj(text_string(arena, names->at[i]), 0);

		good = object != NULL && OBJ_cmp(object, sk_ASN1_OBJECT_value(usages, (int)i)) == 0;
		ASN1_OBJECT_free(object);
	}
	return good;
}

static bool
right_subject_key_identifier(struct arena *arena, const void *value,
    const struct lint_expectation *expected)
{
	return equals(value, V_ASN1_OCTET_STRING, public_key_identifier(arena, expected->key));
}

static bool
right_authority_key_identifier(struct arena *arena, const void *value,
    const struct lint_expectation *expected)
{
	const AUTHORITY_KEYID *identifier = value;

	(void)arena;
	return identifier->issuer == NULL && identifier->serial == NULL &&
	       equals(identifier->keyid, V_ASN1_OCTET_STRING, expected->authority->key_identifier);
}

static bool
has_alt_names(const struct lint_expectation *expected)
{
	return !alt_names_empty(&expected->plan->alt_names);
}

static bool
has_no_subject(const struct lint_expectation *expected)
{
	return subject_names_empty(&expected->plan->subject);
}

static bool
right_upn(const OTHERNAME *other, struct text expected)
{
	char dotted[64];

	return OBJ_obj2txt(dotted, sizeof(dotted), other->type_id, 1) > 0 &&
	       strcmp(dotted, "1.3.6.1.4.1.311.20.2.3") == 0 &&
	       other->value->type == V_ASN1_UTF8STRING &&
	       equals(other->value->value.utf8string, V_ASN1_UTF8STRING, expected);
}

static bool
right_alt_name(const GENERAL_NAME *name, enum alt_name_type type, struct text expected)
{
	uint8_t octets[16];

	switch (type) {
	case ALT_NAME_DNS:
		return name->type == GEN_DNS && equals(name->d.dNSName, V_ASN1_IA5STRING, expected);
	case ALT_NAME_IP:
		return name->type == GEN_IPADD &&
		       equals(name->d.iPAddress, V_ASN1_OCTET_STRING,
			   (struct text){ (const char *)octets, address_octets(expected, octets) });
	case ALT_NAME_EMAIL:
		return name->type == GEN_EMAIL &&
		       equals(name->d.rfc822Name, V_ASN1_IA5STRING, expected);
	case ALT_NAME_URI:
		return name->type == GEN_URI &&
		       equals(name->d.uniformResourceIdentifier, V_ASN1_IA5STRING, expected);
	case ALT_NAME_UPN:
		return name->type == GEN_OTHERNAME && right_upn(name->d.otherName, expected);
	case ALT_NAME_TYPES:
		break;
	}
	return false;
}

static bool
right_alt_names(struct arena *arena, const void *value, const struct lint_expectation *expected)
{
	const GENERAL_NAMES *names = value;
	bool good = true;
	int index = 0;

	(void)arena;
	for (size_t type = 0; type < ALT_NAME_TYPES && good; type++) {
		const struct texts *values = &expected->plan->alt_names.values[type];

		for (size_t i = 0; i < values->count && good; i++, index++)
			good = index < sk_GENERAL_NAME_num(names) &&
			       right_alt_name(sk_GENERAL_NAME_value(names, index),
				   (enum alt_name_type)type, values->at[i]);
	}
	return good && sk_GENERAL_NAME_num(names) == index;
}

static bool
has_distribution_point(const struct lint_expectation *expected)
{
	return text_present(expected->plan->crl_distribution_point);
}

static bool
right_distribution_point(struct arena *arena, const void *value,
    const struct lint_expectation *expected)
{
	const CRL_DIST_POINTS *points = value;
	const DIST_POINT *point =
	    sk_DIST_POINT_num(points) == 1 ? sk_DIST_POINT_value(points, 0) : NULL;
	const GENERAL_NAMES *names;

	(void)arena;
	if (point == NULL || point->reasons != NULL || point->CRLissuer != NULL ||
	    point->distpoint == NULL || point->distpoint->type != 0)
		return false;
	names = point->distpoint->name.fullname;
	return sk_GENERAL_NAME_num(names) == 1 &&
	       right_alt_name(sk_GENERAL_NAME_value(names, 0), ALT_NAME_URI,
		   expected->plan->crl_distribution_point);
}

static const struct extension_rule rules[] = {
	{ NID_basic_constraints, "basicConstraints", always, always, right_basic_constraints },
	{ NID_key_usage, "keyUsage", has_key_usages, always, right_key_usages },
	{ NID_ext_key_usage, "extendedKeyUsage", has_extended_key_usages, stamps_time_only,
	    right_extended_key_usages },
	{ NID_subject_key_identifier, "subjectKeyIdentifier", always, never,
	    right_subject_key_identifier },
	{ NID_authority_key_identifier, "authorityKeyIdentifier", always, never,
	    right_authority_key_identifier },
	{ NID_subject_alt_name, "subjectAltName", has_alt_names, has_no_subject, right_alt_names },
	{ NID_crl_distribution_points, "cRLDistributionPoints", has_distribution_point, never,
	    right_distribution_point },
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

/* OpenSSL reads more than DER; what it writes is DER. */
static bool
is_encoding_of(struct arena *arena, struct text whole, const ASN1_VALUE *value,
    const ASN1_ITEM *type)
{
	unsigned char *der = arena_allocate(arena, whole.length + 1), *at = der;

	return ASN1_item_i2d(value, NULL, type) == (int)whole.length &&
	       ASN1_item_i2d(value, &at, type) == (int)whole.length &&
	       memcmp(der, whole.at, whole.length) == 0;
}

/* Decodes the value; it must be one DER value and nothing after it. */
static bool
value_is_right(struct arena *arena, X509_EXTENSION *extension, const struct extension_rule *rule,
    const struct lint_expectation *expected)
{
	const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(extension);
	const ASN1_ITEM *type = ASN1_ITEM_ptr(X509V3_EXT_get_nid(rule->nid)->it);
	const unsigned char *at = ASN1_STRING_get0_data(data);
	struct text whole = { (const char *)at, (size_t)ASN1_STRING_length(data) };
	ASN1_VALUE *value = ASN1_item_d2i(NULL, &at, (long)whole.length, type);
	bool right = value != NULL && is_encoding_of(arena, whole, value, type) &&
		     rule->right(arena, value, expected);

	ASN1_item_free(value, type);
	return right;
}

static bool
lint_each(struct arena *arena, const X509_EXTENSIONS *extensions,
    const struct lint_expectation *expected, struct text *why)
{
	int wanted = 0;

	for (size_t i = 0; i < RULES; i++) {
		int at = X509v3_get_ext_by_NID(extensions, rules[i].nid, -1);
		X509_EXTENSION *extension = X509v3_get_ext(extensions, at);
		const char *problem = NULL;

		if ((at >= 0) != rules[i].wanted(expected))
			problem = at >= 0 ? "must not be there" : "is missing";
		else if (at < 0)
			continue;
		else if ((X509_EXTENSION_get_critical(extension) != 0) !=
			 rules[i].critical(expected))
			problem = "is critical or not, against RFC 5280";
		else if (!value_is_right(arena, extension, &rules[i], expected))
			problem = "is not the plan's";
		if (problem != NULL) {
			*why = text_printf(arena, "the extension %s %s", rules[i].name, problem);
			return false;
		}
		wanted++;
	}
	if (sk_X509_EXTENSION_num(extensions) == wanted)
		return true;
	*why = TEXT("there is an extension that the plan does not have, or one twice");
	return false;
}

/* `critical` FALSE that stands there, against X.690 section 11.5: OpenSSL does not tell it from none. */
static bool
writes_a_default(struct text extensions)
{
	struct der_element extension, element;
	bool found = false;

	while (!found && der_take(&extensions, DER_SEQUENCE, &extension))
		found = der_take(&extension.content, DER_OBJECT_IDENTIFIER, &element) &&
			der_take(&extension.content, DER_BOOLEAN, &element) &&
			text_equal(element.content, (struct text){ "", 1 });
	return found;
}

bool
lint_extensions(struct arena *arena, struct text der, const struct lint_expectation *expected,
    struct text *why)
{
	const unsigned char *at = (const unsigned char *)der.at;
	X509_EXTENSIONS *extensions = d2i_X509_EXTENSIONS(NULL, &at, (long)der.length);
	struct text each;
	bool good = extensions != NULL && (const char *)at == der.at + der.length &&
		    der_single(der, DER_SEQUENCE, &each) && !writes_a_default(each);

	if (good)
		good = lint_each(arena, extensions, expected, why);
	else
		*why = TEXT("the extensions are malformed");
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return good;
}
