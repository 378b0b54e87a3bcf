#include "issue/x509_names.h"

#include <string.h>

#include "issue/der.h"
#include "issue/strings.h"
#include "model/names.h"
#include "model/plan_text.h"

enum { SHOWN_BYTES = 128 };

/* id-at is 2.5.4 (RFC 5280 appendix A.1); domainComponent: RFC 4519 section 2.4. */
static const struct {
	struct text identifier;
	unsigned string; /* the type that is written */
} attributes[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = { { "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10 },
	    DER_IA5_STRING },
	[SUBJECT_COUNTRY] = { { "\x55\x04\x06", 3 }, DER_PRINTABLE_STRING },
	[SUBJECT_STATE] = { { "\x55\x04\x08", 3 }, DER_UTF8_STRING },
	[SUBJECT_LOCALITY] = { { "\x55\x04\x07", 3 }, DER_UTF8_STRING },
	[SUBJECT_ORGANIZATION] = { { "\x55\x04\x0a", 3 }, DER_UTF8_STRING },
	[SUBJECT_ORGANIZATIONAL_UNIT] = { { "\x55\x04\x0b", 3 }, DER_UTF8_STRING },
	[SUBJECT_COMMON_NAME] = { { "\x55\x04\x03", 3 }, DER_UTF8_STRING },
};

/* The tags of GeneralName (RFC 5280 section 4.2.1.6). */
enum {
	OTHER_NAME = DER_CONTEXT(0),
	RFC822_NAME = DER_CONTEXT_PRIMITIVE(1),
	DNS_NAME = DER_CONTEXT_PRIMITIVE(2),
	X400_ADDRESS = DER_CONTEXT(3),
	DIRECTORY_NAME = DER_CONTEXT(4),
	EDI_PARTY_NAME = DER_CONTEXT(5),
	URI_NAME = DER_CONTEXT_PRIMITIVE(6),
	IP_ADDRESS = DER_CONTEXT_PRIMITIVE(7),
	REGISTERED_ID = DER_CONTEXT_PRIMITIVE(8)
};

/* The user principal name, 1.3.6.1.4.1.311.20.2.3, an otherName of UTF8String. */
static const struct text upn_identifier = { "\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03", 10 };

bool
subject_names_empty(const struct subject_names *subject)
{
	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++)
		if (subject->values[type].count > 0)
			return false;
	return true;
}

bool
alt_names_empty(const struct alt_names *names)
{
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		if (names->values[type].count > 0)
			return false;
	return true;
}

static bool
refuse(struct text *why, struct text what)
{
	*why = what;
	return false;
}

/* Files an attribute under its type, or under what is unknown. */
static bool
read_attribute(struct arena *arena, struct text attribute, struct x509_names *names,
    struct text *why)
{
	struct der_element type, value;
	struct text utf8;

	if (!der_take(&attribute, DER_OBJECT_IDENTIFIER, &type) ||
	    !der_identifier_valid(type.content) || !der_next(&attribute, &value) ||
	    attribute.length != 0)
		return refuse(why, TEXT("an attribute of the subject is malformed"));
	for (size_t i = 0; i < SUBJECT_ATTRIBUTES; i++) {
		if (!text_equal(type.content, attributes[i].identifier))
			continue;
		if (!string_to_utf8(arena, value.tag, value.content, &utf8))
			return refuse(why,
			    text_printf(arena,
				"the subject's %s is empty, holds a "
				"control character, or is no string of its type",
				subject_attribute_keyword((enum subject_attribute)i)));
		texts_add(arena, &names->subject.values[i], utf8);
		return true;
	}
	texts_add(arena, &names->unknown,
	    text_printf(arena, "subject attribute %.*s",
		TEXT_ARGUMENTS(der_identifier_format(arena, type.content))));
	return true;
}

bool
x509_subject_read(struct arena *arena, struct text name, struct x509_names *names, struct text *why)
{
	struct text sets, set;
	struct der_element element, attribute;

	if (!der_single(name, DER_SEQUENCE, &sets))
		return refuse(why, TEXT("the subject is malformed"));
	while (sets.length > 0) {
		if (!der_take(&sets, DER_SET, &element) || element.content.length == 0)
			return refuse(why, TEXT("the subject is malformed"));
		set = element.content;
		if (!der_take(&set, DER_SEQUENCE, &attribute))
			return refuse(why, TEXT("the subject is malformed"));
		if (set.length > 0)
			texts_add(arena, &names->unknown,
			    TEXT("several subject attributes in one set"));
		do {
			if (!read_attribute(arena, attribute.content, names, why))
				return false;
		} while (der_take(&set, DER_SEQUENCE, &attribute));
		if (set.length > 0)
			return refuse(why, TEXT("the subject is malformed"));
	}
	return true;
}

static bool
read_other_name(struct arena *arena, struct text content, struct x509_names *names,
    struct text *why)
{
	struct der_element type, explicit;
	struct text string, utf8;

	if (!der_take(&content, DER_OBJECT_IDENTIFIER, &type) ||
	    !der_identifier_valid(type.content) || !der_take(&content, DER_CONTEXT(0), &explicit) ||
	    content.length != 0)
		return refuse(why, TEXT("an otherName among the alternative names is malformed"));
	if (!text_equal(type.content, upn_identifier)) {
		texts_add(arena, &names->unknown,
		    text_printf(arena, "otherName %.*s",
			TEXT_ARGUMENTS(der_identifier_format(arena, type.content))));
		return true;
	}
	if (!der_single(explicit.content, DER_UTF8_STRING, &string) ||
	    !string_to_utf8(arena, DER_UTF8_STRING, string, &utf8))
		return refuse(why,
		    TEXT("a user principal name is empty, holds a control character, "
			 "or is no UTF8String"));
	texts_add(arena, &names->alt_names.values[ALT_NAME_UPN], utf8);
	return true;
}

static bool
read_ia5_name(struct arena *arena, struct text content, enum alt_name_type type,
    struct x509_names *names, struct text *why)
{
	struct text utf8;

	if (!string_to_utf8(arena, DER_IA5_STRING, content, &utf8))
		return refuse(why, text_printf(arena,
				       "the %s name \"%.*s\" is empty or holds "
				       "something else than printable ASCII",
				       alt_name_keyword(type),
				       TEXT_ARGUMENTS(text_visible(arena, content, SHOWN_BYTES))));
	texts_add(arena, &names->alt_names.values[type], utf8);
	return true;
}

static bool
read_general_name(struct arena *arena, const struct der_element *name, struct x509_names *names,
    struct text *why)
{
	switch (name->tag) {
	case OTHER_NAME:
		return read_other_name(arena, name->content, names, why);
	case RFC822_NAME:
		return read_ia5_name(arena, name->content, ALT_NAME_EMAIL, names, why);
	case DNS_NAME:
		return read_ia5_name(arena, name->content, ALT_NAME_DNS, names, why);
	case URI_NAME:
		return read_ia5_name(arena, name->content, ALT_NAME_URI, names, why);
	case IP_ADDRESS:
		if (name->content.length != 4 && name->content.length != 16)
			return refuse(why, TEXT("an IP address does not have 4 or 16 octets"));
		texts_add(arena, &names->alt_names.values[ALT_NAME_IP],
		    address_format(arena, (const uint8_t *)name->content.at, name->content.length));
		return true;
	case X400_ADDRESS:
		texts_add(arena, &names->unknown, TEXT("x400Address"));
		return true;
	case DIRECTORY_NAME:
		texts_add(arena, &names->unknown, TEXT("directoryName"));
		return true;
	case EDI_PARTY_NAME:
		texts_add(arena, &names->unknown, TEXT("ediPartyName"));
		return true;
	case REGISTERED_ID:
		texts_add(arena, &names->unknown, TEXT("registeredID"));
		return true;
	default:
		return refuse(why, TEXT("an alternative name is of no known type"));
	}
}

bool
x509_alt_names_read(struct arena *arena, struct text general_names, struct x509_names *names,
    struct text *why)
{
	struct der_element name;
	struct text rest;

	if (!der_single(general_names, DER_SEQUENCE, &rest) || rest.length == 0)
		return refuse(why, TEXT("the alternative names are malformed"));
	while (rest.length > 0) {
		if (!der_next(&rest, &name))
			return refuse(why, TEXT("the alternative names are malformed"));
		if (!read_general_name(arena, &name, names, why))
			return false;
	}
	return true;
}

void
x509_subject_write(struct buffer *buffer, const struct subject_names *subject)
{
	size_t name = der_open(buffer, DER_SEQUENCE), set, attribute;

	for (size_t type = 0; type < SUBJECT_ATTRIBUTES; type++) {
		for (size_t i = 0; i < subject->values[type].count; i++) {
			set = der_open(buffer, DER_SET);
			attribute = der_open(buffer, DER_SEQUENCE);
			der_add(buffer, DER_OBJECT_IDENTIFIER, attributes[type].identifier);
			der_add(buffer, attributes[type].string, subject->values[type].at[i]);
			der_close(buffer, attribute);
			der_close(buffer, set);
		}
	}
	der_close(buffer, name);
}

static void
write_upn(struct buffer *buffer, struct text name)
{
	size_t other = der_open(buffer, OTHER_NAME), explicit;

	der_add(buffer, DER_OBJECT_IDENTIFIER, upn_identifier);
	explicit = der_open(buffer, DER_CONTEXT(0));
	der_add(buffer, DER_UTF8_STRING, name);
	der_close(buffer, explicit);
	der_close(buffer, other);
}

bool
x509_alt_names_write(struct buffer *buffer, const struct alt_names *names)
{
	static const unsigned tags[ALT_NAME_TYPES] = {
		[ALT_NAME_DNS] = DNS_NAME,
		[ALT_NAME_EMAIL] = RFC822_NAME,
		[ALT_NAME_URI] = URI_NAME,
		[ALT_NAME_IP] = IP_ADDRESS,
	};
	size_t sequence = der_open(buffer, DER_SEQUENCE), octets;
	uint8_t address[16];

	for (size_t type = 0; type < ALT_NAME_TYPES; type++) {
		for (size_t i = 0; i < names->values[type].count; i++) {
			struct text value = names->values[type].at[i];

			if (type == ALT_NAME_UPN) {
				write_upn(buffer, value);
				continue;
			}
			if (type == ALT_NAME_IP) {
				octets = address_octets(value, address);
				if (octets == 0)
					return false;
				value = (struct text){ (const char *)address, octets };
			}
			der_add(buffer, tags[type], value);
		}
	}
	der_close(buffer, sequence);
	return true;
}
