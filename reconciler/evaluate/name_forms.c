#include "evaluate/name_forms.h"

#include <string.h>

#include "model/names.h"

enum {
	MAIL_LOCAL_MOST_BYTES = 64, /* RFC 5321 section 4.5.3.1.1 */
	MAIL_MOST_BYTES = 254,      /* RFC 5321 section 4.5.3.1.3, without the brackets */
	URI_MOST_BYTES = 2048
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(char c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

static bool
contains(struct text text, char c)
{
	return text_find(text, c) < text.length;
}

static bool
is_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] >= 0x80)
			return false;
	return true;
}

/* "ab--" at the front of a label is reserved (RFC 5890 section 2.3.1); only "xn--" has a meaning. */
static bool
has_reserved_label(struct text name)
{
	struct text label;

	while (text_split(&name, '.', &label))
		if (label.length >= 4 && label.at[2] == '-' && label.at[3] == '-' &&
		    !text_starts_with(label, "xn--"))
			return true;
	return false;
}

static const char *
dns_form(struct arena *arena, struct text value, struct text *out)
{
	if (!is_ascii(value))
		return "is not ASCII: write an internationalised name as A-labels (xn--…)";
	if (text_ends_with(value, "."))
		return "ends with a dot: certificates carry names without it";
	if (!dns_name_canonical(arena, value, out))
		return "is not a DNS name: labels of 1 to 63 letters, digits and inner hyphens, at "
		       "most 253 bytes, `*` only as the whole first label, and no address";
	if (has_reserved_label(*out))
		return "has a label with hyphens in third and fourth place that is no A-label (xn--…)";
	return NULL;
}

static const char *
address_form(struct arena *arena, struct text value, struct text *out)
{
	if (!address_canonical(arena, value, out))
		return "is not an IP address";
	if (text_starts_with(*out, "::ffff:"))
		return "is an IPv4-mapped IPv6 address: write the IPv4 address";
	return NULL;
}

/* The three one behind the other. */
static struct text
join(struct arena *arena, struct text first, struct text second, struct text third)
{
	struct buffer buffer = { .arena = arena };

	buffer_add(&buffer, first);
	buffer_add(&buffer, second);
	buffer_add(&buffer, third);
	return buffer_text(&buffer);
}

/* A host without wildcard: a name or, with `addresses`, an address ("[…]" for IPv6). */
static bool
host_form(struct arena *arena, struct text value, bool addresses, struct text *out)
{
	if (addresses && text_starts_with(value, "[") && text_ends_with(value, "]")) {
		value = text_first(text_skip(value, 1), value.length - 2);
		if (!contains(value, ':') || address_form(arena, value, out) != NULL)
			return false;
		*out = join(arena, TEXT("["), *out, TEXT("]"));
		return true;
	}
	if (addresses && !contains(value, ':') && address_form(arena, value, out) == NULL)
		return true;
	return !contains(value, '*') && dns_form(arena, value, out) == NULL;
}

/* Dot-string of RFC 5321 section 4.1.2: atoms with single dots between them. */
static bool
is_dot_string(struct text local)
{
	struct text atom;

	while (text_split(&local, '.', &atom)) {
		if (text_empty(atom))
			return false;
		for (size_t i = 0; i < atom.length; i++)
			if (!is_letter(atom.at[i]) && !is_digit(atom.at[i]) &&
			    !is_one_of(atom.at[i], "!#$%&'*+-/=?^_`{|}~"))
				return false;
	}
	return true;
}

static const char *
mail_form(struct arena *arena, struct text value, struct text *out)
{
	size_t at = text_find(value, '@');
	struct text local = text_first(value, at), domain;

	if (!is_ascii(value))
		return "is not ASCII: write the domain as A-labels (xn--…); other local parts cannot "
		       "be certified";
	if (value.length > MAIL_MOST_BYTES || local.length > MAIL_LOCAL_MOST_BYTES)
		return "is too long: at most 64 bytes before the @, 254 in all";
	if (!is_dot_string(local))
		return "has no local part of letters, digits, !#$%&'*+-/=?^_`{|}~ and single dots";
	if (!host_form(arena, text_skip(value, at + 1), false, &domain))
		return "has no domain name behind the @";
	*out = join(arena, local, TEXT("@"), domain);
	return NULL;
}

/* A URI taken apart; host, port absent where there is no authority ("//…"). */
struct uri {
	struct text scheme;
	struct text host;
	struct text port;
	struct text rest; /* path, query and fragment, or all behind "scheme:" */
};

/* No judgement, only where the parts would be; false without a scheme. Patterns are split likewise. */
static bool
uri_split(struct text value, struct uri *out)
{
	size_t colon = text_find(value, ':'), end;
	struct text authority;

	*out = (struct uri){ .scheme = text_first(value, colon) };
	if (colon == value.length)
		return false;
	out->rest = text_skip(value, colon + 1);
	if (!text_starts_with(out->rest, "//"))
		return true;
	authority = text_skip(out->rest, 2);
	for (end = 0; end < authority.length && !is_one_of(authority.at[end], "/?#"); end++)
		;
	out->rest = text_skip(authority, end);
	authority = text_first(authority, end);
	end = text_starts_with(authority, "[") ? text_find(authority, ']') : 0;
	end += text_find(text_skip(authority, end), ':');
	out->host = text_first(authority, end);
	if (end < authority.length)
		out->port = text_skip(authority, end + 1);
	return true;
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Copies path, query and fragment with percent-encodings in upper case; false
 * for characters that cannot stand there and for encodings of what needs
 * none, which would make two spellings of one name.
 */
static bool
uri_rest_form(struct buffer *out, struct text rest)
{
	static const char others[] = "-._~:/?#@!$&'()*+,;=";

	for (size_t i = 0; i < rest.length; i++) {
		int high, low;
		char decoded;

		if (rest.at[i] != '%') {
			if (!is_letter(rest.at[i]) && !is_digit(rest.at[i]) &&
			    !is_one_of(rest.at[i], others))
				return false;
			buffer_add_byte(out, rest.at[i]);
			continue;
		}
		if (rest.length - i < 3)
			return false;
		high = hex_value(rest.at[i + 1]);
		low = hex_value(rest.at[i + 2]);
		if (high < 0 || low < 0)
			return false;
		decoded = (char)(high * 16 + low);
		if (is_letter(decoded) || is_digit(decoded) || is_one_of(decoded, "-._~"))
			return false;
		buffer_printf(out, "%%%02X", (unsigned)(high * 16 + low));
		i += 2;
	}
	return true;
}

/* "." and ".." mean another path than they spell. */
static bool
has_dot_segment(struct text rest)
{
	struct text segment;
	size_t end = 0;

	while (end < rest.length && !is_one_of(rest.at[end], "?#"))
		end++;
	rest = text_first(rest, end);
	while (text_split(&rest, '/', &segment))
		if (text_is(segment, ".") || text_is(segment, ".."))
			return true;
	return false;
}

static bool
is_scheme(struct text scheme)
{
	if (text_empty(scheme) || !is_letter(scheme.at[0]))
		return false;
	for (size_t i = 1; i < scheme.length; i++)
		if (!is_letter(scheme.at[i]) && !is_digit(scheme.at[i]) &&
		    !is_one_of(scheme.at[i], "+-."))
			return false;
	return true;
}

static bool
is_port(struct text port)
{
	unsigned number = 0;

	if (text_empty(port) || port.length > 5 || port.at[0] == '0')
		return false;
	for (size_t i = 0; i < port.length; i++) {
		if (!is_digit(port.at[i]))
			return false;
		number = number * 10 + (unsigned)(port.at[i] - '0');
	}
	return number <= 65535;
}

static const char *
uri_form(struct arena *arena, struct text value, struct text *out)
{
	struct buffer canonical = { .arena = arena };
	struct text host;
	struct uri uri;

	if (value.length > URI_MOST_BYTES)
		return "is longer than 2048 bytes";
	if (!uri_split(value, &uri) || !is_scheme(uri.scheme))
		return "is not absolute: it needs a scheme, as in https://www.example.com/path";
	buffer_add(&canonical, text_lower(arena, uri.scheme));
	buffer_add_byte(&canonical, ':');
	if (text_present(uri.host)) {
		if (!host_form(arena, uri.host, true, &host))
			return "has no host name or address behind //; user information is not allowed";
		buffer_add(&canonical, TEXT("//"));
		buffer_add(&canonical, host);
		if (text_present(uri.port) && !is_port(uri.port))
			return "has a port that is not a number from 1 to 65535";
		if (text_present(uri.port))
			buffer_add_byte(&canonical, ':');
		buffer_add(&canonical, uri.port);
	} else if (text_empty(uri.rest)) {
		return "has nothing behind its scheme";
	}
	if (has_dot_segment(uri.rest))
		return "has a path with . or .. in it";
	if (!uri_rest_form(&canonical, uri.rest))
		return "has characters that RFC 3986 does not allow, or percent-encodes what needs no "
		       "encoding";
	*out = buffer_text(&canonical);
	return NULL;
}

const char *
alt_name_canonical(struct arena *arena, enum alt_name_type type, struct text value,
    struct text *out)
{
	static const char *(*const forms[ALT_NAME_TYPES])(struct arena *, struct text,
	    struct text *) = {
		[ALT_NAME_DNS] = dns_form,
		[ALT_NAME_IP] = address_form,
		[ALT_NAME_EMAIL] = mail_form,
		[ALT_NAME_URI] = uri_form,
		[ALT_NAME_UPN] = mail_form,
	};

	return text_empty(value) ? "is empty" : forms[type](arena, value, out);
}

/* RFC 5280 appendix A.1, in characters; domainComponent is one DNS label (RFC 4519 section 2.4). */
static const struct {
	size_t most;
	const char *problem;
} subject_bounds[SUBJECT_ATTRIBUTES] = {
	[SUBJECT_DOMAIN_COMPONENT] = { 63, "is longer than 63 characters" },
	[SUBJECT_COUNTRY] = { 2, "is not a country code of two upper-case letters (ISO 3166)" },
	[SUBJECT_STATE] = { 128, "is longer than 128 characters" },
	[SUBJECT_LOCALITY] = { 128, "is longer than 128 characters" },
	[SUBJECT_ORGANIZATION] = { 64, "is longer than 64 characters" },
	[SUBJECT_ORGANIZATIONAL_UNIT] = { 64, "is longer than 64 characters" },
	[SUBJECT_COMMON_NAME] = { 64, "is longer than 64 characters" },
};

static bool
is_country(struct text value)
{
	return value.length == 2 && value.at[0] >= 'A' && value.at[0] <= 'Z' &&
	       value.at[1] >= 'A' && value.at[1] <= 'Z';
}

static const char *
domain_component_problem(struct arena *arena, struct text value)
{
	struct text name = join(arena, value, TEXT("."), TEXT("example")), ignored;

	if (contains(value, '.') || contains(value, '*') || dns_form(arena, name, &ignored) != NULL)
		return "is not one DNS label: write one domainComponent for each label";
	return NULL;
}

const char *
subject_value_problem(struct arena *arena, enum subject_attribute attribute, struct text value)
{
	if (text_empty(value))
		return "is empty";
	if (!text_equal(text_visible(arena, value, value.length), value))
		return "has control characters, characters that cannot be seen, or broken UTF-8";
	if (text_trim(value).length != value.length)
		return "has space at its beginning or end";
	if (text_characters(value) > subject_bounds[attribute].most ||
	    (attribute == SUBJECT_COUNTRY && !is_country(value)))
		return subject_bounds[attribute].problem;
	if (attribute == SUBJECT_DOMAIN_COMPONENT)
		return domain_component_problem(arena, value);
	return NULL;
}

static bool
dns_covered(struct text value, struct text pattern, enum list_reading reading)
{
	return reading == READ_BROADLY ? dns_name_touches(value, pattern)
				       : dns_name_matches(value, pattern);
}

static bool
address_covered(struct text value, struct text pattern, enum list_reading reading)
{
	(void)reading;
	return address_in_block(value, pattern);
}

static bool
mail_covered(struct text value, struct text pattern, enum list_reading reading)
{
	size_t at = text_find(value, '@'), pattern_at = text_find(pattern, '@');

	return wildcard_matches(text_first(value, at), text_first(pattern, pattern_at),
		   reading == READ_BROADLY) &&
	       dns_covered(text_skip(value, at + 1), text_skip(pattern, pattern_at + 1), reading);
}

static bool
uri_covered(struct text value, struct text pattern, enum list_reading reading)
{
	bool fold = reading == READ_BROADLY;
	struct uri uri, wanted;

	(void)uri_split(value, &uri);
	(void)uri_split(pattern, &wanted);
	if (text_present(uri.host) != text_present(wanted.host) ||
	    !wildcard_matches(uri.scheme, wanted.scheme, true) ||
	    !wildcard_matches(uri.rest, wanted.rest, fold))
		return false;
	if (!text_present(uri.host))
		return true;
	return text_equal(uri.port, wanted.port) && dns_covered(uri.host, wanted.host, reading);
}

bool
alt_name_covered(enum alt_name_type type, struct text value, struct text pattern,
    enum list_reading reading)
{
	static bool (*const forms[ALT_NAME_TYPES])(struct text, struct text, enum list_reading) = {
		[ALT_NAME_DNS] = dns_covered,
		[ALT_NAME_IP] = address_covered,
		[ALT_NAME_EMAIL] = mail_covered,
		[ALT_NAME_URI] = uri_covered,
		[ALT_NAME_UPN] = mail_covered,
	};

	return forms[type](value, pattern, reading);
}

/* A host's pattern has dots and no spaces; every other one is free text. */
static bool
is_host_pattern(struct text pattern)
{
	return contains(pattern, '.') && !contains(pattern, ' ');
}

/*
 * A common name may be a host's or a person's. A host's pattern only covers
 * what is a host: "x y.example.com" is none of "*.example.com".
 */
static bool
common_name_covered(struct arena *arena, struct text value, struct text pattern,
    enum list_reading reading)
{
	struct text canonical;

	if (!contains(pattern, '*'))
		return wildcard_matches(value, pattern, true) ||
		       (reading == READ_BROADLY && dns_name_touches(value, pattern));
	if (reading == READ_BROADLY)
		return dns_name_touches(value, pattern) ||
		       (!is_host_pattern(pattern) && wildcard_matches(value, pattern, true));
	if (is_host_pattern(pattern) && dns_form(arena, value, &canonical) != NULL)
		return false;
	return dns_name_matches(value, pattern);
}

bool
subject_value_covered(struct arena *arena, enum subject_attribute attribute, struct text value,
    struct text pattern, enum list_reading reading)
{
	if (attribute == SUBJECT_COMMON_NAME)
		return common_name_covered(arena, value, pattern, reading);
	/* caseIgnoreMatch: spellings in two letter cases are one name (RFC 5280 section 7.1) */
	return wildcard_matches(value, pattern, true);
}

bool
alt_name_pattern_valid(enum alt_name_type type, struct text pattern)
{
	struct uri uri;

	if (text_empty(pattern) || !is_ascii(pattern))
		return false;
	if (type == ALT_NAME_IP)
		return address_block_valid(pattern);
	if (type == ALT_NAME_EMAIL || type == ALT_NAME_UPN)
		return dns_pattern_valid(text_skip(pattern, text_find(pattern, '@') + 1));
	if (type == ALT_NAME_URI)
		return uri_split(pattern, &uri) &&
		       (!text_present(uri.host) || dns_pattern_valid(uri.host));
	return dns_pattern_valid(pattern);
}

bool
subject_pattern_valid(enum subject_attribute attribute, struct text pattern)
{
	if (attribute == SUBJECT_COMMON_NAME && contains(pattern, '*'))
		return dns_pattern_valid(pattern);
	return !text_empty(pattern);
}
