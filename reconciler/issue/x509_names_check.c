#include "issue/strings.h"
#include "issue/x509_names.h"
#include "model/names.h"
#include "model/plan_text.h"

enum { SHOWN_BYTES = 128, ALT_NAME_MOST_BYTES = 2048 };

/* The upper bounds of RFC 5280 appendix A.1, in characters; a DNS label for domain components. */
static const size_t most_characters[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = 63,
	[SUBJECT_COUNTRY] = 2,
	[SUBJECT_STATE] = 128,
	[SUBJECT_LOCALITY] = 128,
	[SUBJECT_ORGANIZATION] = 64,
	[SUBJECT_ORGANIZATIONAL_UNIT] = 64,
	[SUBJECT_COMMON_NAME] = 64,
};

static bool
refuse(struct arena *arena, const char *what, struct text name, const char *problem,
    struct text *why)
{
	*why = text_printf(arena, "the %s \"%.*s\" %s", what,
	    TEXT_ARGUMENTS(text_visible(arena, name, SHOWN_BYTES)), problem);
	return false;
}

static bool
is_printable_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] <= 0x20 || (unsigned char)text.at[i] > 0x7e)
			return false;
	return true;
}

static bool
is_upper_case_pair(struct text text)
{
	return text.length == 2 && text.at[0] >= 'A' && text.at[0] <= 'Z' && text.at[1] >= 'A' &&
	       text.at[1] <= 'Z';
}

static bool
check_attribute(struct arena *arena, enum subject_attribute type, struct text value,
    struct text *why)
{
	const char *keyword = subject_attribute_keyword(type);

	if (text_empty(value) || !text_is_utf8(value))
		return refuse(arena, keyword, value, "is empty or not UTF-8", why);
	if (text_characters(value) > most_characters[type])
		return refuse(arena, keyword, value, "is too long (RFC 5280 appendix A.1)", why);
	if (type == SUBJECT_COUNTRY && !is_upper_case_pair(value))
		return refuse(arena, keyword, value, "is not a country code of two capital letters",
		    why);
	if (type == SUBJECT_DOMAIN_COMPONENT && !is_printable_ascii(value))
		return refuse(arena, keyword, value, "is not printable ASCII", why);
	return true;
}

bool
x509_uri_check(struct arena *arena, struct text uri, struct text *why)
{
	size_t colon = text_find(uri, ':');
	bool good = colon > 0 && colon + 1 < uri.length && uri.length <= ALT_NAME_MOST_BYTES &&
		    is_printable_ascii(uri);

	for (size_t i = 0; i < colon && good; i++) {
		char c = uri.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		good = letter ||
		       (i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'));
	}
	return good || refuse(arena, "URI", uri, "is not printable ASCII with a scheme", why);
}

static bool
check_alt_name(struct arena *arena, enum alt_name_type type, struct text value, struct text *why)
{
	const char *keyword = alt_name_keyword(type);
	size_t at = text_find(value, '@');
	struct text canonical;

	switch (type) {
	case ALT_NAME_DNS:
		return (dns_name_canonical(arena, value, &canonical) &&
			   text_equal(value, canonical)) ||
		       refuse(arena, keyword, value, "is not a DNS name in canonical form", why);
	case ALT_NAME_IP:
		return (address_canonical(arena, value, &canonical) &&
			   text_equal(value, canonical)) ||
		       refuse(arena, keyword, value, "is not an address in canonical form", why);
	case ALT_NAME_EMAIL:
		return (at > 0 && at + 1 < value.length && value.length <= ALT_NAME_MOST_BYTES &&
			   is_printable_ascii(value) &&
			   dns_name_canonical(arena, text_skip(value, at + 1), &canonical)) ||
		       refuse(arena, keyword, value, "is not a mail address", why);
	case ALT_NAME_URI:
		return x509_uri_check(arena, value, why);
	case ALT_NAME_UPN:
		return (!text_empty(value) && value.length <= ALT_NAME_MOST_BYTES &&
			   text_is_utf8(value)) ||
		       refuse(arena, keyword, value, "is empty, too long or not UTF-8", why);
	case ALT_NAME_TYPES:
		break;
	}
	return false;
}

bool
x509_names_check(struct arena *arena, const struct subject_names *subject,
    const struct alt_names *alt_names, struct text *why)
{
	if (subject_names_empty(subject) && alt_names_empty(alt_names)) {
		*why =
		    TEXT("the certificate would name nobody: neither a subject nor an alternative "
			 "name");
		return false;
	}
	if (subject->values[SUBJECT_COMMON_NAME].count > 1) {
		*why = TEXT("the subject has more than one common name");
		return false;
	}
	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		for (size_t i = 0; i < subject->values[type].count; i++)
			if (!check_attribute(arena, (enum subject_attribute)type,
				subject->values[type].at[i], why))
				return false;
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		for (size_t i = 0; i < alt_names->values[type].count; i++)
			if (!check_alt_name(arena, (enum alt_name_type)type,
				alt_names->values[type].at[i], why))
				return false;
	return true;
}
