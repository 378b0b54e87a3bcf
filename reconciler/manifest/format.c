#include "manifest/format.h"

#include "base/digest.h"
#include "base/encoding.h"
#include "base/moment.h"
#include "manifest/armour.h"
#include "manifest/format_bytes.h"

#define NAME_BYTES LOWER DIGITS "._-"
#define NAME "[a-z0-9_-][a-z0-9._-]*"
#define BRANCH_PART "[A-Za-z0-9_][A-Za-z0-9_-]*([.][A-Za-z0-9_-]+)*"

static bool
good_name(struct text text)
{
	return text.length > 0 && text.at[0] != '.' && bytes_consist_of(text, NAME_BYTES);
}

static bool
good_user(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char at = text.at[i];
		bool letter = (at >= 'a' && at <= 'z') || at == '_';

		if (!letter && (i == 0 || ((at < '0' || at > '9') && at != '-' && at != '.')))
			return false;
	}
	return text.length > 0;
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
		if (!bytes_begin_with(part, UPPER LOWER DIGITS "_") ||
		    !bytes_are_dotted(part, UPPER LOWER DIGITS "_-") ||
		    text_ends_with(part, ".lock"))
			return false;
		some = true;
	}
	return some;
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
	return bytes_consist_of(text, bytes) && bytes_begin_with(text, UPPER LOWER DIGITS) &&
	       bytes_end_with(text, UPPER LOWER DIGITS);
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
	.name = "text",
	.expected = "a text",
	.any = true,
	.lines = true,
	.exact = true,
};

const struct text_format format_line = {
	.name = "one line of text",
	.expected = "one line of text, without control characters",
	.pattern = PATTERN_LINE,
	.least = 1,
	.most = 256,
	.exact = true,
};

const struct text_format format_note = {
	.name = "text",
	.expected = "a text of at most 4,096 characters, without control characters",
	.pattern = PATTERN_LINES,
	.least = 1,
	.most = 4096,
	.lines = true,
	.exact = true,
};

const struct text_format format_plan = {
	.name = "plan",
	.expected = "the canonical text of a plan",
	.pattern = PATTERN_LINES,
	.least = 1,
	.most = 65536,
	.lines = true,
	.exact = true,
};

const struct text_format format_name = {
	.name = "name",
	.expected = "a name: lower-case letters, digits, '.', '_' and '-', no '.' in front",
	.pattern = "^" NAME "$",
	.good = good_name,
	.least = 1,
	.most = 250,
	.exact = true,
};

const struct text_format format_request_id = {
	.name = "request id",
	.expected =
	    "a request's id: its file's path without requests/ and .yaml, as in web/www-example-com",
	.pattern = "^" NAME "(/" NAME "){0,7}$",
	.good = good_request_id,
	.least = 1,
	.most = 241,
	.exact = true,
};

const struct text_format format_repository_id = {
	.name = "repository id",
	.expected = "32 lower-case hex digits: the id in countersign.yaml",
	.pattern = "^[0-9a-f]{32}$",
	.good = good_repository_id,
	.exact = true,
};

const struct text_format format_digest = {
	.name = "digest",
	.expected = "a digest: \"sha256:\" and 64 lower-case hex digits",
	.pattern = "^sha256:[0-9a-f]{64}$",
	.good = digest_is_named,
	.exact = true,
};

const struct text_format format_object_id = {
	.name = "git object id",
	.expected = "a git object id in full: 40 or 64 lower-case hex digits",
	.pattern = "^([0-9a-f]{40}|[0-9a-f]{64})$",
	.good = good_object_id,
	.exact = true,
};

const struct text_format format_serial_number = {
	.name = "serial number",
	.expected = "a serial number: lower-case hex digits, two for each octet, no colons",
	.pattern = "^([0-9a-f]{2}){1,20}$",
	.good = good_serial_number,
	.exact = true,
};

const struct text_format format_path = {
	.name = "absolute path",
	.expected = "an absolute path on this machine",
	.pattern = "^/" LINE "$",
	.good = good_path,
	.most = 4096,
	.exact = true,
};

const struct text_format format_branch = {
	.name = "branch",
	.expected = "a branch's name, as in main",
	.pattern = "^" BRANCH_PART "(/" BRANCH_PART ")*$",
	.good = good_branch,
	.most = 200,
};

const struct text_format format_user = {
	.name = "user",
	.expected = "the name of an account on this machine, as in countersign",
	.pattern = "^[a-z_][a-z0-9_.-]*$",
	.good = good_user,
	.least = 1,
	.most = 32,
	.exact = true,
};

const struct text_format format_ssh_key = {
	.name = "SSH public key",
	.expected = "an SSH public key on one line, as in a .pub file: ssh-ed25519 AAAA… comment",
	.pattern =
	    "^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh[.]com|"
	    "sk-ecdsa-sha2-nistp256@openssh[.]com) [A-Za-z0-9+/]+={0,2}( " LINE ")?$",
	.good = armour_is_ssh_key,
	.most = 16384,
	.exact = true,
};

const struct text_format format_openpgp_key = {
	.name = "OpenPGP public key",
	.expected = "an armoured OpenPGP public key, its line breaks kept (openpgp: |)",
	.pattern =
	    "^-----BEGIN PGP PUBLIC KEY BLOCK-----\n[ -~\n]*-----END PGP PUBLIC KEY BLOCK-----\n?$",
	.good = armour_is_openpgp_key,
	.most = 131072,
	.lines = true,
};

const struct text_format format_certificate = {
	.name = "PEM certificate",
	.expected =
	    "one PEM certificate and nothing else, its line breaks kept (a literal block: |)",
	.pattern =
	    "^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----\n?$",
	.good = armour_is_certificate,
	.most = 65536,
	.lines = true,
	.exact = true,
};

const struct text_format format_certificates = {
	.name = "PEM certificates",
	.expected = "PEM certificates one below the other and nothing else, their line breaks kept "
		    "(a literal block: |)",
	.pattern =
	    "^-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----"
	    "(\n-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----)*\n?$",
	.good = armour_is_certificates,
	.most = 196608,
	.lines = true,
	.exact = true,
};

const struct text_format format_certificate_request = {
	.name = "PEM certificate request",
	.expected =
	    "one PEM certificate request (PKCS#10) and nothing else, its line breaks kept (csr: |)",
	.pattern = "^-----BEGIN (NEW )?CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=]+\n)+"
		   "-----END (NEW )?CERTIFICATE REQUEST-----\n?$",
	.good = armour_is_certificate_request,
	.most = 65536,
	.lines = true,
	.exact = true,
};

const struct text_format format_time = {
	.name = "time",
	.expected = "a time in UTC (RFC 3339), as in 2026-01-01T00:00:00Z",
	.pattern = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
		   "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
	.good = good_time,
};

const struct text_format format_duration = {
	.name = "duration",
	.expected = "a duration: a whole number and one of s, min, h, d, w, y, as in 90d",
	.pattern = "^[1-9][0-9]*(s|min|h|d|w|y)$",
	.good = good_duration,
};

const struct text_format format_label_key = {
	.name = "label key",
	.expected =
	    "a label's name: letters, digits, '.', '_', '-', with a prefix and '/' where wanted",
	.pattern =
	    "^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
	.good = good_label_key,
	.most = 317,
	.exact = true,
};

const struct text_format format_label = {
	.name = "label value",
	.expected = "a label's value: at most 63 letters, digits, '.', '_', '-'",
	.pattern = "^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$",
	.good = good_label,
	.most = 63,
	.exact = true,
};

const struct text_format format_annotation = {
	.name = "text",
	.expected = "a text without control characters",
	.pattern = PATTERN_LINES,
	.most = 65536,
	.lines = true,
	.exact = true,
};
