#include "manifest/format.h"

#include <stdint.h>
#include <string.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/moment.h"
#include "manifest/armour.h"
#include "model/names.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_BYTES LOWER DIGITS "._-"

/* What no line for people holds; the second also refuses tab and LF. Escapes of ECMA 262 and Python. */
#define FORBIDDEN_MARKS "\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff"
#define PATTERN_LINES "^[^\\u0000-\\u0008\\u000b-\\u001f" FORBIDDEN_MARKS "]*$"
#define LINE "[^\\u0000-\\u001f" FORBIDDEN_MARKS "]*"
#define PATTERN_LINE "^" LINE "$"

#define NAME "[a-z0-9_-][a-z0-9._-]*"
#define DNS_LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define DNS_LABEL_PATTERN "([*]|[*]?[A-Za-z0-9-]+([*][A-Za-z0-9-]+)*[*]?)"
#define BRANCH_PART "[A-Za-z0-9_][A-Za-z0-9_-]*([.][A-Za-z0-9_-]+)*"

size_t
text_characters(struct text text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return count;
}

static bool
consists_of(struct text text, const char *bytes)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] == '\0' || strchr(bytes, text.at[i]) == NULL)
			return false;
	return true;
}

static bool
begins_with_one_of(struct text text, const char *bytes)
{
	return text.length > 0 && consists_of(text_first(text, 1), bytes);
}

static bool
ends_with_one_of(struct text text, const char *bytes)
{
	return text.length > 0 && consists_of(text_skip(text, text.length - 1), bytes);
}

/* Printable ASCII without space. */
static bool
is_visible_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] < '!' || text.at[i] > '~')
			return false;
	return text.length > 0;
}

static bool
good_name(struct text text)
{
	return text.length > 0 && text.at[0] != '.' && consists_of(text, NAME_BYTES);
}

static bool
good_request_id(struct text text)
{
	struct text part;
	size_t parts = 0;

	while (text_split(&text, '/', &part))
		if (!good_name(part) || ++parts > 8)
			return false;
	return parts > 0;
}

static bool
good_repository_id(struct text text)
{
	return hex_is_lower(text, 32);
}

static bool
good_object_id(struct text text)
{
	return hex_is_lower(text, 40) || hex_is_lower(text, 64);
}

static bool
good_serial_number(struct text text)
{
	return text.length >= 2 && text.length <= 40 && text.length % 2 == 0 &&
	    hex_is_lower(text, text.length);
}

/* Parts of `bytes` with single dots between them. */
static bool
good_dotted(struct text text, const char *bytes)
{
	struct text part;
	bool some = false;

	while (text_split(&text, '.', &part)) {
		if (part.length == 0 || !consists_of(part, bytes))
			return false;
		some = true;
	}
	return some;
}

static bool
good_email(struct text text)
{
	size_t at = text_find(text, '@');

	return at > 0 && at < text.length &&
	    consists_of(text_first(text, at), UPPER LOWER DIGITS ".!#$%&'*+/=?^_{|}~-") &&
	    good_dotted(text_skip(text, at + 1), UPPER LOWER DIGITS "-");
}

static bool
good_uri(struct text text)
{
	size_t colon = text_find(text, ':');

	return begins_with_one_of(text, UPPER LOWER) && colon < text.length &&
	    consists_of(text_first(text, colon), UPPER LOWER DIGITS "+.-") &&
	    is_visible_ascii(text_skip(text, colon + 1));
}

static bool
has_scheme(struct text text, const char *scheme)
{
	return text_starts_with(text, scheme) && is_visible_ascii(text_skip(text, strlen(scheme)));
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

	return at > 0 && at < text.length && is_visible_ascii(text) && realm.length > 0 &&
	    text_find(realm, '@') == realm.length;
}

static bool
good_path(struct text text)
{
	return text.length > 0 && text.at[0] == '/';
}

static bool
good_branch(struct text text)
{
	struct text part;
	bool some = false;

	while (text_split(&text, '/', &part)) {
		if (!begins_with_one_of(part, UPPER LOWER DIGITS "_") ||
		    !good_dotted(part, UPPER LOWER DIGITS "_-") || text_ends_with(part, ".lock"))
			return false;
		some = true;
	}
	return some;
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
		    !consists_of(label, UPPER LOWER DIGITS "-") ||
		    begins_with_one_of(label, "-") || ends_with_one_of(label, "-"))
			return false;
	return true;
}

static bool
good_dns_pattern(struct text text)
{
	return consists_of(text, UPPER LOWER DIGITS "-*.") && dns_pattern_valid(text);
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
	return text.length == 2 && consists_of(text, UPPER);
}

static bool
good_country_pattern(struct text text)
{
	return text_is(text, "*") || good_country(text);
}

static bool
good_domain_component(struct text text)
{
	return text.length > 0 && text.length <= 63 && consists_of(text, UPPER LOWER DIGITS "-");
}

static bool
good_oid(struct text text)
{
	struct text arc, rest = text;
	size_t arcs = 0;

	while (text_split(&rest, '.', &arc)) {
		if (arc.length == 0 || !consists_of(arc, DIGITS) ||
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

static bool
good_time(struct text text)
{
	moment at;

	/* the first second of 1970 is how the program says "none" */
	return moment_parse(text, &at) && at != 0;
}

static bool
good_duration(struct text text)
{
	duration seconds;

	return duration_parse(text, &seconds);
}

static bool
good_label_part(struct text text, const char *bytes)
{
	return consists_of(text, bytes) && begins_with_one_of(text, UPPER LOWER DIGITS) &&
	    ends_with_one_of(text, UPPER LOWER DIGITS);
}

static bool
good_label(struct text text)
{
	return text.length == 0 || good_label_part(text, UPPER LOWER DIGITS "._-");
}

static bool
good_label_key(struct text text)
{
	size_t slash = text_find(text, '/');

	if (slash < text.length) {
		if (!good_label_part(text_first(text, slash), UPPER LOWER DIGITS ".-"))
			return false;
		text = text_skip(text, slash + 1);
	}
	return good_label_part(text, UPPER LOWER DIGITS "._-");
}

const struct text_format format_any = {
	.name = "text", .expected = "a text", .any = true, .lines = true, .exact = true,
};

const struct text_format format_line = {
	.name = "one line of text", .expected = "one line of text, without control characters",
	.pattern = PATTERN_LINE, .least = 1, .most = 256, .exact = true,
};

const struct text_format format_note = {
	.name = "text", .expected = "a text of at most 4,096 characters, without control characters",
	.pattern = PATTERN_LINES, .least = 1, .most = 4096, .lines = true, .exact = true,
};

const struct text_format format_plan = {
	.name = "plan", .expected = "the canonical text of a plan",
	.pattern = PATTERN_LINES, .least = 1, .most = 65536, .lines = true, .exact = true,
};

const struct text_format format_name = {
	.name = "name",
	.expected = "a name: lower-case letters, digits, '.', '_' and '-', no '.' in front",
	.pattern = "^" NAME "$", .good = good_name, .least = 1, .most = 250, .exact = true,
};

const struct text_format format_request_id = {
	.name = "request id",
	.expected = "a request's id: its file's path without requests/ and .yaml, as in web/www-example-com",
	.pattern = "^" NAME "(/" NAME "){0,7}$", .good = good_request_id, .least = 1, .most = 241,
	.exact = true,
};

const struct text_format format_repository_id = {
	.name = "repository id",
	.expected = "32 lower-case hex digits: the id in countersign.yaml",
	.pattern = "^[0-9a-f]{32}$", .good = good_repository_id, .exact = true,
};

const struct text_format format_digest = {
	.name = "digest", .expected = "a digest: \"sha256:\" and 64 lower-case hex digits",
	.pattern = "^sha256:[0-9a-f]{64}$", .good = digest_is_named, .exact = true,
};

const struct text_format format_object_id = {
	.name = "git object id",
	.expected = "a git object id in full: 40 or 64 lower-case hex digits",
	.pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$", .good = good_object_id, .exact = true,
};

const struct text_format format_serial_number = {
	.name = "serial number",
	.expected = "a serial number: lower-case hex digits, two for each octet, no colons",
	.pattern = "^([0-9a-f]{2}){1,20}$", .good = good_serial_number, .exact = true,
};

const struct text_format format_email = {
	.name = "e-mail address", .expected = "an e-mail address, as in alice@example.com",
	.pattern = "^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*$",
	.good = good_email, .most = 254, .exact = true,
};

const struct text_format format_uri = {
	.name = "URI", .expected = "a URI, as in spiffe://example.com/service",
	.pattern = "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$", .good = good_uri, .most = 2048,
	.exact = true,
};

const struct text_format format_http_uri = {
	.name = "URL", .expected = "a URL that begins with http:// or https://",
	.pattern = "^https?://[!-~]+$", .good = good_http_uri, .most = 2048, .exact = true,
};

const struct text_format format_git_uri = {
	.name = "git URL", .expected = "a URL that begins with ssh://, https://, http:// or file://",
	.pattern = "^(ssh|https?|file)://[!-~]+$", .good = good_git_uri, .most = 2048,
	.exact = true,
};

const struct text_format format_pkcs11_uri = {
	.name = "PKCS#11 URI", .expected = "a PKCS#11 URI (RFC 7512): pkcs11:token=…;object=…",
	.pattern = "^pkcs11:[!-~]+$", .good = good_pkcs11_uri, .most = 2048, .exact = true,
};

const struct text_format format_upn = {
	.name = "user principal name", .expected = "a user principal name, as in alice@corp.example.com",
	.pattern = "^[!-?A-~]+@[!-?A-~]+$", .good = good_upn, .most = 256, .exact = true,
};

const struct text_format format_path = {
	.name = "absolute path", .expected = "an absolute path on this machine",
	.pattern = "^/" LINE "$", .good = good_path, .most = 4096, .exact = true,
};

const struct text_format format_branch = {
	.name = "branch", .expected = "a branch's name, as in main",
	.pattern = "^" BRANCH_PART "(/" BRANCH_PART ")*$", .good = good_branch, .most = 200,
};

const struct text_format format_ssh_key = {
	.name = "SSH public key",
	.expected = "an SSH public key on one line, as in a .pub file: ssh-ed25519 AAAA… comment",
	.pattern = "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh[.]com|"
	    "sk-ecdsa-sha2-nistp256@openssh[.]com) [A-Za-z0-9+/]+={0,2}( " LINE ")?$",
	.good = armour_is_ssh_key, .most = 16384, .exact = true,
};

const struct text_format format_openpgp_key = {
	.name = "OpenPGP public key",
	.expected = "an armoured OpenPGP public key, its line breaks kept (openpgp: |)",
	.pattern = "^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[ -~\n]*-----END PGP PUBLIC KEY BLOCK-----\n?$",
	.good = armour_is_openpgp_key, .most = 131072, .lines = true,
};

const struct text_format format_certificate = {
	.name = "PEM certificate",
	.expected = "one PEM certificate and nothing else, its line breaks kept (a literal block: |)",
	.pattern = "^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----\n?$",
	.good = armour_is_certificate, .most = 65536, .lines = true, .exact = true,
};

const struct text_format format_certificates = {
	.name = "PEM certificates",
	.expected = "PEM certificates one below the other and nothing else, their line breaks kept "
	    "(a literal block: |)",
	.pattern = "^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----"
	    "(\n-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----)*\n?$",
	.good = armour_is_certificates, .most = 196608, .lines = true, .exact = true,
};

const struct text_format format_certificate_request = {
	.name = "PEM certificate request",
	.expected = "one PEM certificate request (PKCS#10) and nothing else, its line breaks kept (csr: |)",
	.pattern = "^-----BEGIN (NEW )?CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=]+\n)+"
	    "-----END (NEW )?CERTIFICATE REQUEST-----\n?$",
	.good = armour_is_certificate_request, .most = 65536, .lines = true, .exact = true,
};

const struct text_format format_dns_name = {
	.name = "DNS name",
	.expected = "a DNS name (letters, digits and hyphens; xn-- for others), as in www.example.com",
	.pattern = "^([*][.])?" DNS_LABEL "([.]" DNS_LABEL ")*$", .good = good_dns_name, .most = 253,
	.exact = true,
};

const struct text_format format_dns_pattern = {
	.name = "DNS pattern",
	.expected = "a pattern of DNS names: *.example.com (one label), **.example.com (any number)",
	.pattern = "^([*][*][.])?" DNS_LABEL_PATTERN "([.]" DNS_LABEL_PATTERN ")*$",
	.good = good_dns_pattern, .most = 253, .exact = true,
};

const struct text_format format_address = {
	.name = "IP address", .expected = "an IPv4 or IPv6 address",
	.pattern = "^[0-9A-Fa-f:.]{2,45}$", .good = good_address,
};

const struct text_format format_address_block = {
	.name = "CIDR block",
	.expected = "a block of addresses, as in 10.0.0.0/8, with no bits set behind the prefix",
	.pattern = "^[0-9A-Fa-f:.]{2,45}(/[0-9]{1,3})?$", .good = address_block_valid,
};

const struct text_format format_country = {
	.name = "country code", .expected = "a country code of two capital letters (ISO 3166), as in CH",
	.pattern = "^[A-Z]{2}$", .good = good_country, .exact = true,
};

const struct text_format format_country_pattern = {
	.name = "country code", .expected = "a country code of two capital letters (ISO 3166), or \"*\"",
	.pattern = "^([A-Z]{2}|[*])$", .good = good_country_pattern, .exact = true,
};

const struct text_format format_attribute_64 = {
	.name = "one line of text", .expected = "one line of at most 64 characters (X.520)",
	.pattern = PATTERN_LINE, .least = 1, .most = 64, .exact = true,
};

const struct text_format format_attribute_128 = {
	.name = "one line of text", .expected = "one line of at most 128 characters (X.520)",
	.pattern = PATTERN_LINE, .least = 1, .most = 128, .exact = true,
};

const struct text_format format_domain_component = {
	.name = "DNS label", .expected = "one label of a domain name (RFC 4519), as in example",
	.pattern = "^[A-Za-z0-9-]{1,63}$", .good = good_domain_component, .exact = true,
};

const struct text_format format_oid = {
	.name = "object identifier", .expected = "an object identifier, as in 1.3.6.1.5.5.7.3.1",
	.pattern = "^[0-2]([.](0|[1-9][0-9]*)){2,}$", .good = good_oid, .most = 128,
};

const struct text_format format_time = {
	.name = "time", .expected = "a time in UTC (RFC 3339), as in 2026-01-01T00:00:00Z",
	.pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
	    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
	.good = good_time,
};

const struct text_format format_duration = {
	.name = "duration",
	.expected = "a duration: a whole number and one of s, min, h, d, w, y, as in 90d",
	.pattern = "^[1-9][0-9]*(s|min|h|d|w|y)$", .good = good_duration,
};

const struct text_format format_label_key = {
	.name = "label key",
	.expected = "a label's name: letters, digits, '.', '_', '-', with a prefix and '/' where wanted",
	.pattern = "^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
	.good = good_label_key, .most = 317, .exact = true,
};

const struct text_format format_label = {
	.name = "label value",
	.expected = "a label's value: at most 63 letters, digits, '.', '_', '-'",
	.pattern = "^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$", .good = good_label, .most = 63,
	.exact = true,
};

const struct text_format format_annotation = {
	.name = "text", .expected = "a text without control characters",
	.pattern = PATTERN_LINES, .most = 65536, .lines = true, .exact = true,
};
