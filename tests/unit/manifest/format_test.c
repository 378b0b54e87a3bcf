/*
 * Each format is told twice: to C and, in the schemas, as a pattern. Here both
 * judge the same texts: good ones, and good ones with a slip in them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "lib/manifest_sample.h"

enum { SLIPS = 3000 };

/* Those whose pattern POSIX can read: no \u escapes. */
static const struct text_format *const formats[] = {
	&format_name,
	&format_request_id,
	&format_repository_id,
	&format_digest,
	&format_object_id,
	&format_serial_number,
	&format_email,
	&format_uri,
	&format_http_uri,
	&format_git_uri,
	&format_pkcs11_uri,
	&format_upn,
	&format_branch,
	&format_user,
	&format_openpgp_key,
	&format_certificate,
	&format_certificates,
	&format_certificate_request,
	&format_dns_name,
	&format_dns_pattern,
	&format_address,
	&format_address_block,
	&format_country,
	&format_country_pattern,
	&format_domain_component,
	&format_oid,
	&format_time,
	&format_duration,
	&format_label_key,
	&format_label,
};

static const char *const seeds[] = {
	"web",
	"a.b_c-d",
	"web/www-example-com",
	"0123456789abcdef0123456789abcdef",
	"0a1b",
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"0123456789abcdef0123456789abcdef01234567",
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"alice@example.com",
	"spiffe://example.com/a",
	"https://example.com/x",
	"ssh://git@h/x",
	"pkcs11:token=a",
	"main",
	"release/1.0",
	"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nab=\n=cd\n-----END PGP PUBLIC KEY BLOCK-----\n",
	"-----BEGIN CERTIFICATE-----\nAAAA\nBB==\n-----END CERTIFICATE-----\n",
	("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n"
	 "-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----"),
	"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
	"-----BEGIN NEW CERTIFICATE REQUEST-----\nA\n-----END NEW CERTIFICATE REQUEST-----",
	"www.example.com",
	"*.example.com",
	"**.example.com",
	"a*b*.c",
	"10.0.0.1",
	"2001:db8::1",
	"10.0.0.0/8",
	"::/0",
	"CH",
	"*",
	"1.3.6.1.5.5.7.3.1",
	"2026-01-31T23:59:59Z",
	"90d",
	"15min",
	"example.com/label",
	"x",
	"",
};

static struct text
with_a_slip(struct sample *sample, struct text text)
{
	static const char bytes[] = "abzAZ019._-/:@*+= \n%~!?,=";
	size_t at = (size_t)sample_number(sample, text.length + 1);
	struct buffer buffer = { .arena = sample->arena };
	uint64_t kind = sample_number(sample, 4);

	buffer_add(&buffer, text_first(text, at));
	if (kind != 0)
		buffer_add_byte(&buffer, bytes[sample_number(sample, sizeof(bytes) - 1)]);
	buffer_add(&buffer, text_skip(text, at + (kind < 2 ? 1 : 0)));
	if (kind == 3 && sample_number(sample, 8) == 0)
		return text_first(buffer_text(&buffer),
		    (size_t)sample_number(sample, text.length + 1));
	return buffer_text(&buffer);
}

static bool
pattern_says(const regex_t *pattern, struct sample *sample, struct text text)
{
	return regexec(pattern, text_string(sample->arena, text), 0, NULL, 0) == 0;
}

static void
judge(const struct text_format *format, const regex_t *pattern, struct sample *sample,
    struct text text, size_t counts[2])
{
	bool by_pattern = pattern_says(pattern, sample, text);
	bool by_code = format->good(text);

	counts[by_code]++;
	if (by_code && !by_pattern)
		fail_msg("%s: only the pattern refuses \"%.*s\"", format->name,
		    TEXT_ARGUMENTS(text));
	if (format->exact && by_pattern && !by_code)
		fail_msg("%s: only the code refuses \"%.*s\"", format->name, TEXT_ARGUMENTS(text));
}

static void
pattern_and_code_agree(void **state)
{
	(void)state;
	for (size_t f = 0; f < COUNT(formats); f++) {
		struct sample sample = { .state = 99 + f };
		size_t counts[2] = { 0, 0 };
		regex_t pattern;

		assert_int_equal(regcomp(&pattern, formats[f]->pattern, REG_EXTENDED | REG_NOSUB),
		    0);
		for (size_t i = 0; i < SLIPS; i++) {
			struct text text;

			sample.arena = arena_new();
			text = i < COUNT(seeds) ? text_of(seeds[i])
			       : sample_number(&sample, 2) == 0
				   ? text_of(seeds[sample_number(&sample, COUNT(seeds))])
				   : sample_formatted(&sample, formats[f]);
			for (uint64_t k = sample_number(&sample, 3); i >= COUNT(seeds) && k > 0;
			     k--)
				text = with_a_slip(&sample, text);
			judge(formats[f], &pattern, &sample, text, counts);
			arena_free(sample.arena);
		}
		regfree(&pattern);
		/* both verdicts were met, or nothing was compared */
		if (counts[0] < 100 || counts[1] < 50)
			fail_msg("%s: %zu refused, %zu taken", formats[f]->name, counts[0],
			    counts[1]);
	}
}

struct verdict {
	const struct text_format *format;
	const char *text;
	bool good;
};

static void
edges(void **state)
{
	static const struct verdict verdicts[] = {
		{ &format_name, ".hidden", false },
		{ &format_name, "-a", true },
		{ &format_name, "UPPER", false },
		{ &format_request_id, "a/b/c/d/e/f/g/h", true },
		{ &format_request_id, "a/b/c/d/e/f/g/h/i", false },
		{ &format_request_id, "/a", false },
		{ &format_request_id, "a//b", false },
		{ &format_request_id, "a/../b", false },
		{ &format_request_id, "a/", false },
		{ &format_digest, "sha256:ABCD", false },
		{ &format_serial_number, "0", false },
		{ &format_serial_number, "00", true },
		{ &format_address, "1.2.3", false },
		{ &format_address, "01.2.3.4", false },
		{ &format_address, "fe80::1%eth0", false },
		{ &format_address_block, "10.1.2.3/8", false },
		{ &format_address_block, "10.0.0.0/33", false },
		{ &format_address_block, "10.0.0.0/08", false },
		{ &format_address_block, "::/128", true },
		{ &format_oid, "1.40.1", false },
		{ &format_oid, "2.40.1", true },
		{ &format_oid, "1.2", false },
		{ &format_oid, "1.02.3", false },
		{ &format_oid, "3.1.1", false },
		{ &format_time, "2026-02-29T00:00:00Z", false },
		{ &format_time, "2028-02-29T00:00:00Z", true },
		{ &format_time, "2026-01-01T00:00:00+00:00", false },
		{ &format_time, "2026-01-01T00:00:60Z", false },
		{ &format_time, "1970-01-01T00:00:00Z", false },
		{ &format_time, "2026-01-01t00:00:00z", false },
		{ &format_duration, "0d", false },
		{ &format_duration, "09d", false },
		{ &format_duration, "5m", false },
		{ &format_duration, "100y", true },
		{ &format_duration, "101y", false },
		{ &format_duration, "1.5h", false },
		{ &format_duration, "99999999999999999999s", false },
		{ &format_branch, "a..b", false },
		{ &format_branch, "a.lock", false },
		{ &format_branch, "-a", false },
		{ &format_user, "countersign", true },
		{ &format_user, "_x-1.y", true },
		{ &format_user, "0", false },
		{ &format_user, "-a", false },
		{ &format_user, "Root", false },
		{ &format_user, "a b", false },
		{ &format_dns_name, "a..b", false },
		{ &format_dns_name, "*", false },
		{ &format_dns_name, "a.*.b", false },
		{ &format_dns_pattern, "**", false },
		{ &format_dns_pattern, "a.**.b", false },
		{ &format_ssh_key, "ssh-ed25519 AAAA", true },
		{ &format_ssh_key, "ssh-ed25519 AAAA=== x", false },
		{ &format_ssh_key, "ssh-dss AAAA", false },
		{ &format_ssh_key, "command=\"x\" ssh-ed25519 AAAA", false },
		{ &format_ssh_key, "ssh-ed25519  AAAA", false },
		{ &format_openpgp_key,
		    "-----BEGIN PGP PUBLIC KEY BLOCK-----\nA\n-----END PGP PUBLIC KEY BLOCK-----\n"
		    "-----BEGIN PGP PUBLIC KEY BLOCK-----\nB\n-----END PGP PUBLIC KEY BLOCK-----\n",
		    false },
		{ &format_certificate,
		    "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n\n", false },
		{ &format_certificate,
		    "subject=x\n-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n",
		    false },
		{ &format_certificate, "-----BEGIN CERTIFICATE----- A -----END CERTIFICATE-----",
		    false },
		{ &format_certificate,
		    "-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n", false },
		{ &format_http_uri, "ftp://a", false },
		{ &format_http_uri, "https://a b", false },
		{ &format_email, "a@b@c", false },
		{ &format_email, "@b", false },
		{ &format_email, "a@.b", false },
		{ &format_country, "ch", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (verdicts[i].format->good(text_of(verdicts[i].text)) != verdicts[i].good)
			fail_msg("%s: \"%s\" should be %s", verdicts[i].format->name,
			    verdicts[i].text, verdicts[i].good ? "taken" : "refused");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pattern_and_code_agree),
		cmocka_unit_test(edges),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
