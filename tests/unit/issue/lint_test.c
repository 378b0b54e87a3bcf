#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "issue/authority_certificate.h"
#include "issue/certificate.h"
#include "issue/lint.h"
#include "issue/order.h"
#include "lib/ca_fixture.h"
#include "model/key_usage.h"
#include "model/plan_text.h"

/* A certificate with everything in it, and what it is compared with. */
struct linted {
	struct ca_fixture ca;
	struct plan plan;
	struct intent intent;
	struct public_key key;
	struct authority_certificate authority;
	struct certificate_content content;
};

static int
set_up(void **state)
{
	static struct linted linted;
	struct arena *arena;
	struct csr_facts csr;
	struct objection objection;
	struct text why;

	ca_fixture_open(&linted.ca, "ECDSA-P256");
	arena = linted.ca.arena;
	csr = ca_fixture_csr(&linted.ca, "Ed25519");
	linted.plan = ca_fixture_plan(&linted.ca, &csr);
	texts_add(arena, &linted.plan.subject.values[SUBJECT_DOMAIN_COMPONENT], TEXT("com"));
	texts_add(arena, &linted.plan.subject.values[SUBJECT_DOMAIN_COMPONENT], TEXT("example"));
	texts_add(arena, &linted.plan.subject.values[SUBJECT_COUNTRY], TEXT("CH"));
	texts_add(arena, &linted.plan.alt_names.values[ALT_NAME_IP], TEXT("10.0.0.1"));
	texts_add(arena, &linted.plan.alt_names.values[ALT_NAME_EMAIL], TEXT("a@b.example"));
	texts_add(arena, &linted.plan.alt_names.values[ALT_NAME_URI], TEXT("spiffe://x/y"));
	texts_add(arena, &linted.plan.alt_names.values[ALT_NAME_UPN], TEXT("al\xc3\xafs@b"));
	texts_add(arena, &linted.plan.key_usages, TEXT("contentCommitment"));
	texts_add(arena, &linted.plan.extended_key_usages, TEXT("1.2.3.4"));
	linted.plan.crl_distribution_point = TEXT("http://pki.example.com/ca.crl");
	linted.intent = ca_fixture_order(&linted.ca, &linted.plan, &csr).intent;
	assert_true(public_key_read(arena, csr.public_key, &linted.key, &objection));
	assert_true(
	    authority_certificate_read(arena, linted.ca.certificate, &linted.authority, &why));
	assert_true(
	    order_content(arena, &linted.plan, &linted.intent, &linted.key, &linted.content, &why));
	linted.content.issuer = linted.authority.subject;
	linted.content.authority_key_identifier = linted.authority.key_identifier;
	*state = &linted;
	return 0;
}

static int
tear_down(void **state)
{
	struct linted *linted = *state;

	ca_fixture_close(&linted->ca);
	return 0;
}

static struct text
built(struct linted *linted)
{
	struct text tbs = tbs_certificate_write(linted->ca.arena, &linted->content);

	assert_true(text_present(tbs));
	return certificate_assemble(linted->ca.arena, tbs, linted->content.algorithm,
	    TEXT("not looked at"));
}

static bool
lints(struct linted *linted, struct text der, struct text *why)
{
	struct lint_expectation expected = { &linted->plan, &linted->intent, &linted->key,
		&linted->authority };

	return certificate_lint(linted->ca.arena, der, &expected, why);
}

static void
good(void **state)
{
	struct linted *linted = *state;
	struct text why = TEXT("");

	if (!lints(linted, built(linted), &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
}

/* Every bit of what is signed matters. */
static void
every_bit(void **state)
{
	struct linted *linted = *state;
	struct text der = built(linted), why;
	size_t signature = TEXT("not looked at").length + 1;

	for (size_t bit = 0; bit < (der.length - signature) * 8; bit++) {
		struct arena *own = linted->ca.arena, *scratch = arena_new();
		char *copy = arena_copy(scratch, der.at, der.length);

		linted->ca.arena = scratch;
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		if (lints(linted, (struct text){ copy, der.length }, &why))
			fail_msg("bit %zu of octet %zu of %zu does not matter", bit % 8, bit / 8,
			    der.length);
		assert_true(text_present(why));
		linted->ca.arena = own;
		arena_free(scratch);
	}
	for (size_t length = 0; length < der.length; length++)
		assert_false(lints(linted, text_first(der, length), &why));
}

/* What a faulty builder could do: each of these is a well-formed certificate. */
typedef void alteration(struct linted *);

static void
other_serial_number(struct linted *linted)
{
	linted->content.serial_number = TEXT("\x01\x02\x03");
}

static void
other_algorithm(struct linted *linted)
{
	linted->content.algorithm = SIGNATURE_ECDSA_SHA512;
}

static void
subject_as_issuer(struct linted *linted)
{
	linted->content.issuer = TEXT("\x30\x00");
}

static void
begins_earlier(struct linted *linted)
{
	linted->content.not_before--;
}

static void
ends_later(struct linted *linted)
{
	linted->content.not_after++;
}

static void
more_subject(struct linted *linted)
{
	struct subject_names *subject = ARENA_NEW(linted->ca.arena, struct subject_names);

	*subject = linted->plan.subject;
	subject->values[SUBJECT_ORGANIZATIONAL_UNIT] = (struct texts){ 0 };
	texts_add(linted->ca.arena, &subject->values[SUBJECT_ORGANIZATIONAL_UNIT], TEXT("x"));
	linted->content.subject = subject;
}

static void
less_subject(struct linted *linted)
{
	struct subject_names *subject = ARENA_NEW(linted->ca.arena, struct subject_names);

	*subject = linted->plan.subject;
	subject->values[SUBJECT_ORGANIZATION].count = 0;
	linted->content.subject = subject;
}

static void
other_key(struct linted *linted)
{
	linted->content.public_key = linted->authority.key.whole;
}

static void
is_a_ca(struct linted *linted)
{
	linted->content.ca = true;
}

static void
no_key_usage(struct linted *linted)
{
	linted->content.key_usages = 0;
}

static void
more_key_usages(struct linted *linted)
{
	linted->content.key_usages |= USAGE_KEY_CERT_SIGN;
}

static void
most_distant_key_usage(struct linted *linted)
{
	linted->content.key_usages |= USAGE_DECIPHER_ONLY;
}

static void
fewer_key_usages(struct linted *linted)
{
	linted->content.key_usages = USAGE_DIGITAL_SIGNATURE;
}

static void
no_extended_key_usage(struct linted *linted)
{
	linted->content.extended_key_usages.count = 0;
}

static void
more_extended_key_usages(struct linted *linted)
{
	texts_add(linted->ca.arena, &linted->content.extended_key_usages, TEXT("\x55\x1d\x25\x00"));
}

static void
other_key_identifier(struct linted *linted)
{
	linted->content.subject_key_identifier = TEXT("01234567890123456789");
}

static void
other_authority_key(struct linted *linted)
{
	linted->content.authority_key_identifier = linted->content.subject_key_identifier;
}

static void
no_authority_key(struct linted *linted)
{
	linted->content.authority_key_identifier = (struct text){ NULL, 0 };
}

static struct alt_names *
copy_alt_names(struct linted *linted)
{
	struct alt_names *names = ARENA_NEW(linted->ca.arena, struct alt_names);

	*names = linted->plan.alt_names;
	linted->content.alt_names = names;
	return names;
}

static void
no_alt_names(struct linted *linted)
{
	*copy_alt_names(linted) = (struct alt_names){ 0 };
}

static void
fewer_alt_names(struct linted *linted)
{
	copy_alt_names(linted)->values[ALT_NAME_UPN].count = 0;
}

static void
more_alt_names(struct linted *linted)
{
	struct alt_names *names = copy_alt_names(linted);

	names->values[ALT_NAME_UPN] = (struct texts){ 0 };
	texts_add(linted->ca.arena, &names->values[ALT_NAME_UPN], TEXT("al\xc3\xafs@b"));
	texts_add(linted->ca.arena, &names->values[ALT_NAME_UPN], TEXT("mallory@b"));
}

static void
other_address(struct linted *linted)
{
	struct alt_names *names = copy_alt_names(linted);

	names->values[ALT_NAME_IP] = (struct texts){ 0 };
	texts_add(linted->ca.arena, &names->values[ALT_NAME_IP], TEXT("10.0.0.2"));
}

static void
other_type_of_name(struct linted *linted)
{
	struct alt_names *names = copy_alt_names(linted);

	names->values[ALT_NAME_EMAIL].count = 0;
	names->values[ALT_NAME_DNS] = (struct texts){ 0 };
	texts_add(linted->ca.arena, &names->values[ALT_NAME_DNS], TEXT("www.example.com"));
	texts_add(linted->ca.arena, &names->values[ALT_NAME_DNS], TEXT("a@b.example"));
}

static void
other_distribution_point(struct linted *linted)
{
	linted->content.crl_distribution_point = TEXT("http://pki.example.com/cb.crl");
}

static void
no_distribution_point(struct linted *linted)
{
	linted->content.crl_distribution_point = (struct text){ NULL, 0 };
}

static const struct {
	alteration *alter;
	const char *why; /* how it begins */
} alterations[] = {
	{ other_serial_number, "the serial number" },
	{ other_algorithm, "the signature algorithm" },
	{ subject_as_issuer, "the issuer" },
	{ begins_earlier, "the validity" },
	{ ends_later, "the validity" },
	{ more_subject, "the subject" },
	{ less_subject, "the subject" },
	{ other_key, "the public key" },
	{ is_a_ca, "the extension basicConstraints" },
	{ no_key_usage, "the extension keyUsage is missing" },
	{ more_key_usages, "the extension keyUsage" },
	{ most_distant_key_usage, "the extension keyUsage" },
	{ fewer_key_usages, "the extension keyUsage" },
	{ no_extended_key_usage, "the extension extendedKeyUsage is missing" },
	{ more_extended_key_usages, "the extension extendedKeyUsage" },
	{ other_key_identifier, "the extension subjectKeyIdentifier" },
	{ other_authority_key, "the extension authorityKeyIdentifier" },
	{ no_authority_key, "the extension authorityKeyIdentifier is missing" },
	{ no_alt_names, "the extension subjectAltName is missing" },
	{ fewer_alt_names, "the extension subjectAltName" },
	{ more_alt_names, "the extension subjectAltName" },
	{ other_address, "the extension subjectAltName" },
	{ other_type_of_name, "the extension subjectAltName" },
	{ other_distribution_point, "the extension cRLDistributionPoints" },
	{ no_distribution_point, "the extension cRLDistributionPoints is missing" },
};

static void
altered_content(void **state)
{
	struct linted *linted = *state;
	struct certificate_content content = linted->content;

	for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]); i++) {
		struct text why = TEXT("");

		linted->content = content;
		alterations[i].alter(linted);
		if (lints(linted, built(linted), &why))
			fail_msg("not seen: %s", alterations[i].why);
		if (!text_starts_with(why, alterations[i].why))
			fail_msg("%.*s instead of: %s", TEXT_ARGUMENTS(why), alterations[i].why);
	}
	linted->content = content;
}

/* Critical when there is no subject, and only then; time stamping alone is critical, too. */
static void
criticality(void **state)
{
	struct linted *linted = *state;
	struct plan plan = linted->plan;
	struct certificate_content content = linted->content;
	struct text why = TEXT("");

	linted->plan.subject = (struct subject_names){ 0 };
	assert_true(lints(linted, built(linted), &why));
	linted->plan.extended_key_usages = (struct texts){ 0 };
	texts_add(linted->ca.arena, &linted->plan.extended_key_usages, TEXT("timeStamping"));
	assert_true(order_content(linted->ca.arena, &linted->plan, &linted->intent, &linted->key,
	    &linted->content, &why));
	linted->content.issuer = content.issuer;
	linted->content.authority_key_identifier = content.authority_key_identifier;
	assert_true(lints(linted, built(linted), &why));
	linted->plan = plan;
	linted->content = content;
}

/* RFC 5280 section 4.1.2.5: both sides of 2050, and the last second of all. */
static void
times(void **state)
{
	static const struct {
		moment at;
		const char *der;
	} cases[] = {
		{ 1, "\x17\x0d"
		     "700101000001Z" },
		{ 946684799, "\x17\x0d"
			     "991231235959Z" },
		{ 946684800, "\x17\x0d"
			     "000101000000Z" },
		{ 2524607999, "\x17\x0d"
			      "491231235959Z" },
		{ 2524608000, "\x18\x0f"
			      "20500101000000Z" },
		{ MOMENT_LAST, "\x18\x0f"
			       "99991231235959Z" },
	};
	struct linted *linted = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer buffer = { .arena = linted->ca.arena };

		time_write(&buffer, cases[i].at);
		assert_true(text_is(buffer_text(&buffer), cases[i].der));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(every_bit),
		cmocka_unit_test(altered_content),
		cmocka_unit_test(criticality),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
