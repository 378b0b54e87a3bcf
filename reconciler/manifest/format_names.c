#include "manifest/format.h"

#include <stdint.h>
#include <string.h>

#include "manifest/format_bytes.h"
#include "model/names.h"

/* The formats of what certificates and their readers are named by. */

#define DNS_LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define DNS_LABEL_PATTERN "([*]|[*]?[A-Za-z0-9-]+([*][A-Za-z0-9-]+)*[*]?)"

static bool
good_email(struct text text)
{
	size_t at = text_find(text, '@');

	return at > 0 && at < text.length &&
	       bytes_consist_of(text_first(text, at), UPPER LOWER DIGITS ".!#$%&'*+/=?^_{|}~-") &&
	       bytes_are_dotted(text_skip(text, at + 1), UPPER LOWER DIGITS "-");
}

static bool
good_uri(struct text text)
{
	size_t colon = text_find(text, ':');

	return bytes_begin_with(text, UPPER LOWER) && colon < text.length &&
	       bytes_consist_of(text_first(text, colon), UPPER LOWER DIGITS "+.-") &&
	       bytes_are_visible(text_skip(text, colon + 1));
}

static bool
has_scheme(struct text text, const char *scheme)
{
	return text_starts_with(text, scheme) && bytes_are_visible(text_skip(text, strlen(scheme)));
}

static bool
good_http_uri(struct text text)
{
	return has_scheme(text, "http://") || has_scheme(text, "https://");
}

static bool
good_git_uri(struct text text)
{
	return good_http_uri(text) || has_scheme(text, "ssh://") || has_scheme(text, "file://");
}

static bool
good_pkcs11_uri(struct text text)
{
	return has_scheme(text, "pkcs11:");
}

static bool
good_upn(struct text text)
{
	size_t at = text_find(text, '@');
	struct text realm = text_skip(text, at + 1);

	return at > 0 && at < text.length && bytes_are_visible(text) && realm.length > 0 &&
	       text_find(realm, '@') == realm.length;
}

static bool
good_dns_name(struct text text)
{
	struct text label;

	if (text_starts_with(text, "*."))
		text = text_skip(text, 2);
	if (text.length == 0)
		return false;
	while (text_split(&text, '.', &label))
		if (label.length == 0 || label.length > 63 ||
		    !bytes_consist_of(label, UPPER LOWER DIGITS "-") ||
		    bytes_begin_with(label, "-") || bytes_end_with(label, "-"))
			return false;
	return true;
}

static bool
good_dns_pattern(struct text text)
{
	return bytes_consist_of(text, UPPER LOWER DIGITS "-*.") && dns_pattern_valid(text);
}

static bool
good_address(struct text text)
{
	uint8_t octets[16];

	return address_octets(text, octets) != 0;
}

static bool
good_country(struct text text)
{
	return text.length == 2 && bytes_consist_of(text, UPPER);
}

static bool
good_country_pattern(struct text text)
{
	return text_is(text, "*") || good_country(text);
}

static bool
good_domain_component(struct text text)
{
	return text.length > 0 && text.length <= 63 &&
	       bytes_consist_of(text, UPPER LOWER DIGITS "-");
}

static bool
good_oid(struct text text)
{
	struct text arc, rest = text;
	size_t arcs = 0;

	while (text_split(&rest, '.', &arc)) {
		if (arc.length == 0 || !bytes_consist_of(arc, DIGITS) ||
		    (arc.length > 1 && arc.at[0] == '0'))
			return false;
		if (arcs == 0 && (arc.length > 1 || arc.at[0] > '2'))
			return false;
		/* X.660: below 0 and 1 there are forty arcs */
		if (arcs == 1 && text.at[0] < '2' &&
		    (arc.length > 2 || (arc.length == 2 && arc.at[0] > '3')))
			return false;
		arcs++;
	}
	return arcs >= 3;
}

const struct text_format format_email = {
	.name = "e-mail address",
	.expected = "an e-mail address, as in alice@example.com",
	.pattern = "^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*$",
	.good = good_email,
	.most = 254,
	.exact = true,
};

const struct text_format format_uri = {
	.name = "URI",
	.expected = "a URI, as in spiffe://example.com/service",
	.pattern = "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$",
	.good = good_uri,
	.most = 2048,
	.exact = true,
};

const struct text_format format_http_uri = {
	.name = "URL",
	.expected = "a URL that begins with http:// or https://",
	.pattern = "^https?://[!-~]+$",
	.good = good_http_uri,
	.most = 2048,
	.exact = true,
};

const struct text_format format_git_uri = {
	.name = "git URL",
	.expected = "a URL that begins with ssh://, https://, http:// or file://",
	.pattern = "^(ssh|https?|file)://[!-~]+$",
	.good = good_git_uri,
	.most = 2048,
	.exact = true,
};

const struct text_format format_pkcs11_uri = {
	.name = "PKCS#11 URI",
	.expected = "a PKCS#11 URI (RFC 7512): pkcs11:token=…;object=…",
	.pattern = "^pkcs11:[!-~]+$",
	.good = good_pkcs11_uri,
	.most = 2048,
	.exact = true,
};

const struct text_format format_upn = {
	.name = "user principal name",
	.expected = "a user principal name, as in alice@corp.example.com",
	.pattern = "^[!-?A-~]+@[!-?A-~]+$",
	.good = good_upn,
	.most = 256,
	.exact = true,
};

const struct text_format format_dns_name = {
	.name = "DNS name",
	.expected =
	    "a DNS name (letters, digits and hyphens; xn-- for others), as in www.example.com",
	.pattern = "^([*][.])?" DNS_LABEL "([.]" DNS_LABEL ")*$",
	.good = good_dns_name,
	.most = 253,
	.exact = true,
};

const struct text_format format_dns_pattern = {
	.name = "DNS pattern",
	.expected =
	    "a pattern of DNS names: *.example.com (one label), **.example.com (any number)",
	.pattern = "^([*][*][.])?" DNS_LABEL_PATTERN "([.]" DNS_LABEL_PATTERN ")*$",
	.good = good_dns_pattern,
	.most = 253,
	.exact = true,
};

const struct text_format format_address = {
	.name = "IP address",
	.expected = "an IPv4 or IPv6 address",
	.pattern = "^[0-9A-Fa-f:.]{2,45}$",
	.good = good_address,
};

const struct text_format format_address_block = {
	.name = "CIDR block",
	.expected = "a block of addresses, as in 10.0.0.0/8, with no bits set behind the prefix",
	.pattern = "^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$",
	.good = address_block_valid,
};

const struct text_format format_country = {
	.name = "country code",
	.expected = "a country code of two capital letters (ISO 3166), as in CH",
	.pattern = "^[A-Z]{2}$",
	.good = good_country,
	.exact = true,
};

const struct text_format format_country_pattern = {
	.name = "country code",
	.expected = "a country code of two capital letters (ISO 3166), or \"*\"",
	.pattern = "^([A-Z]{2}|[*])$",
	.good = good_country_pattern,
	.exact = true,
};

const struct text_format format_attribute_64 = {
	.name = "one line of text",
	.expected = "one line of at most 64 characters (X.520)",
	.pattern = PATTERN_LINE,
	.least = 1,
	.most = 64,
	.exact = true,
};

const struct text_format format_attribute_128 = {
	.name = "one line of text",
	.expected = "one line of at most 128 characters (X.520)",
	.pattern = PATTERN_LINE,
	.least = 1,
	.most = 128,
	.exact = true,
};

const struct text_format format_domain_component = {
	.name = "DNS label",
	.expected = "one label of a domain name (RFC 4519), as in example",
	.pattern = "^[A-Za-z0-9-]{1,63}$",
	.good = good_domain_component,
	.exact = true,
};

const struct text_format format_oid = {
	.name = "object identifier",
	.expected = "an object identifier, as in 1.3.6.1.5.5.7.3.1",
	.pattern = "^[0-2]([.](0|[1-9][0-9]*)){2,}$",
	.good = good_oid,
	.most = 128,
};
