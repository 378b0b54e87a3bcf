#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "issue/authority_certificate.h"
#include "issue/certificate.h"
#include "issue/der.h"
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

/* The fields of a TBSCertificate, whole, but for its extensions, which follow. */
struct pieces {
	struct linted *linted;
	struct texts fields;
	struct texts extensions;
};

enum { VERSION, SERIAL_NUMBER, ALGORITHM, ISSUER, VALIDITY, SUBJECT, PUBLIC_KEY };

static struct pieces
taken_apart(struct linted *linted)
{
	struct pieces pieces = { .linted = linted };
	struct der_element element;
	struct text rest;

	assert_true(der_single(built(linted), DER_SEQUENCE, &rest));
	assert_true(der_take(&rest, DER_SEQUENCE, &element));
	rest = element.content;
	while (der_next(&rest, &element) && element.tag != DER_CONTEXT(3))
		texts_add(linted->ca.arena, &pieces.fields, element.whole);
	assert_true(der_single(element.content, DER_SEQUENCE, &rest));
	while (der_next(&rest, &element))
		texts_add(linted->ca.arena, &pieces.extensions, element.whole);
	return pieces;
}

static struct text
wrapped(struct linted *linted, unsigned tag, const struct texts *parts)
{
	struct buffer buffer = { .arena = linted->ca.arena };

	der_add(&buffer, tag, texts_join(linted->ca.arena, parts, ""));
	return buffer_text(&buffer);
}

/* An element of these contents, one behind the other. */
#define WRAPPED(linted, tag, ...)                                                                  \
	wrapped(linted, tag,                                                                       \
	    &(struct texts){ (struct text[]){ __VA_ARGS__ },                                       \
		sizeof((struct text[]){ __VA_ARGS__ }) / sizeof(struct text), 0 })

static struct text
put_together(struct pieces *pieces)
{
	struct linted *linted = pieces->linted;

	texts_add(linted->ca.arena, &pieces->fields, WRAPPED(linted, DER_CONTEXT(3),
	    wrapped(linted, DER_SEQUENCE, &pieces->extensions)));
	return certificate_assemble(linted->ca.arena, wrapped(linted, DER_SEQUENCE, &pieces->fields),
	    linted->content.algorithm, TEXT("not looked at"));
}

#define OCTETS(string) ((struct text){ (string), sizeof(string) - 1 })
#define NOT_CRITICAL OCTETS("")
#define CRITICAL OCTETS("\x01\x01\xff")

/* An extension of id-ce, by the last number of its identifier. */
static struct text
extension_of(struct linted *linted, char number, struct text critical, struct text value)
{
	const char identifier[] = { 0x55, 0x1d, number };

	return WRAPPED(linted, DER_SEQUENCE,
	    WRAPPED(linted, DER_OBJECT_IDENTIFIER, { identifier, sizeof(identifier) }), critical,
	    WRAPPED(linted, DER_OCTET_STRING, value));
}

/* Where the extension stands, and what its value is; behind all others where there is none. */
static struct text *
extension(struct pieces *pieces, char number, struct text *value)
{
	struct der_element element;
	struct text rest;

	for (size_t i = 0; i < pieces->extensions.count; i++) {
		assert_true(der_single(pieces->extensions.at[i], DER_SEQUENCE, &rest));
		assert_true(der_take(&rest, DER_OBJECT_IDENTIFIER, &element));
		if (element.content.at[2] != number)
			continue;
		(void)der_take(&rest, DER_BOOLEAN, &element);
		assert_true(der_take(&rest, DER_OCTET_STRING, &element));
		*value = element.content;
		return &pieces->extensions.at[i];
	}
	texts_add(pieces->linted->ca.arena, &pieces->extensions, TEXT(""));
	return &pieces->extensions.at[pieces->extensions.count - 1];
}

enum { SKI = 14, KEY_USAGE = 15, ALT_NAME = 17, BASIC = 19, POINTS = 31, AKI = 35, EXTENDED = 37 };

/* Another form of an extension that is there, or one more, against RFC 5280 or X.690. */
static const struct {
	const char *what;
	char number;
	struct text critical;
	struct text value;  /* absent: as it is */
	struct text behind; /* bytes behind the last element of the SEQUENCE that the value is */
} forms[] = {
	{ "4.2.1.9: basicConstraints is critical", BASIC, NOT_CRITICAL, { 0 }, { 0 } },
	{ "4.2.1.3: keyUsage is critical", KEY_USAGE, NOT_CRITICAL, { 0 }, { 0 } },
	{ "4.2.1.2: subjectKeyIdentifier is not", SKI, CRITICAL, { 0 }, { 0 } },
	{ "4.2.1.1: authorityKeyIdentifier is not", AKI, CRITICAL, { 0 }, { 0 } },
	{ "4.2.1.6: subjectAltName is not, beside a subject", ALT_NAME, CRITICAL, { 0 }, { 0 } },
	{ "extendedKeyUsage is not, but for time stamping alone", EXTENDED, CRITICAL, { 0 }, { 0 } },
	{ "4.2.1.13: cRLDistributionPoints is not", POINTS, CRITICAL, { 0 }, { 0 } },
	{ "X.690 11.5: a default is not written, critical", SKI, OCTETS("\x01\x01\x00"), { 0 }, { 0 } },
	{ "X.690 11.5: a default is not written, cA", BASIC, CRITICAL, OCTETS("\x30\x03\x01\x01\x00"),
	    { 0 } },
	{ "4.2.1.9: no path length without cA", BASIC, CRITICAL, OCTETS("\x30\x03\x02\x01\x00"), { 0 } },
	{ "4.2.1.9: cA", BASIC, CRITICAL, OCTETS("\x30\x03\x01\x01\xff"), { 0 } },
	{ "4.2.1.3: one usage is set at least", KEY_USAGE, CRITICAL, OCTETS("\x03\x02\x07\x00"), { 0 } },
	{ "4.2.1.3: the same, of no octets", KEY_USAGE, CRITICAL, OCTETS("\x03\x01\x00"), { 0 } },
	{ "X.690 11.2.2: no zeros at the end", KEY_USAGE, CRITICAL, OCTETS("\x03\x03\x00\xc0\x00"), { 0 } },
	{ "a usage that nobody knows", KEY_USAGE, CRITICAL, OCTETS("\x03\x03\x06\xc0\x40"), { 0 } },
	{ "4.2.1.12: one extended usage at least", EXTENDED, NOT_CRITICAL, OCTETS("\x30\x00"), { 0 } },
	{ "an extended usage more", EXTENDED, NOT_CRITICAL, { 0 }, OCTETS("\x06\x04\x55\x1d\x25\x00") },
	{ "4.2.1.6: one name at least", ALT_NAME, NOT_CRITICAL, OCTETS("\x30\x00"), { 0 } },
	{ "a name more, of a type that is never written", ALT_NAME, NOT_CRITICAL, { 0 },
	    OCTETS("\x88\x03\x2a\x03\x04") },
	{ "a name more, of DNS", ALT_NAME, NOT_CRITICAL, { 0 }, OCTETS("\x82\x01x") },
	{ "4.2.1.1: the key identifier alone", AKI, NOT_CRITICAL, { 0 }, OCTETS("\x82\x01\x01") },
	{ "4.2.1.13: one distribution point", POINTS, NOT_CRITICAL, { 0 },
	    OCTETS("\x30\x09\xa0\x07\xa0\x05\x86\x03x:y") },
	{ "something behind the value", SKI, NOT_CRITICAL, OCTETS("\x04\x14"
	    "01234567890123456789\x05\x00"), { 0 } },
	{ "no value", SKI, NOT_CRITICAL, OCTETS(""), { 0 } },
	{ "an extension more that is known", 32, NOT_CRITICAL,
	    OCTETS("\x30\x06\x30\x04\x06\x02\x2a\x03"), { 0 } },
	{ "an extension more that is not", 127, NOT_CRITICAL, OCTETS("\x05\x00"), { 0 } },
};

static void
forms_of_extensions(void **state)
{
	struct linted *linted = *state;
	struct pieces pieces = taken_apart(linted);
	struct text found, why = TEXT(""), *at = extension(&pieces, BASIC, &found);

	*at = extension_of(linted, BASIC, CRITICAL, found);
	assert_true(lints(linted, put_together(&pieces), &why));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct text value = forms[i].value;

		pieces = taken_apart(linted);
		at = extension(&pieces, forms[i].number, &found);
		if (!text_present(value))
			value = found;
		if (text_present(forms[i].behind)) {
			assert_true(der_single(found, DER_SEQUENCE, &value));
			value = WRAPPED(linted, DER_SEQUENCE, value, forms[i].behind);
		}
		*at = extension_of(linted, forms[i].number, forms[i].critical, value);
		if (lints(linted, put_together(&pieces), &why))
			fail_msg("not seen: %s", forms[i].what);
	}
}

/* 4.2: not two of one kind. */
static void
no_extension_stands_there_twice(void **state)
{
	struct linted *linted = *state;
	size_t count = taken_apart(linted).extensions.count;
	struct text why;

	assert_int_equal(count, 7);
	for (size_t i = 0; i < count; i++) {
		struct pieces pieces = taken_apart(linted);

		texts_add(linted->ca.arena, &pieces.extensions, pieces.extensions.at[i]);
		assert_false(lints(linted, put_together(&pieces), &why));
		pieces = taken_apart(linted);
		assert_true(lints(linted, put_together(&pieces), &why));
	}
}

/* A field in another form that says the same, or one more. */
static void
forms_of_fields(void **state)
{
	struct linted *linted = *state;
	struct pieces pieces = taken_apart(linted);
	const struct text *fields = pieces.fields.at;
	struct der_element first, second;
	struct text serial_number, validity, subject;

	assert_true(der_single(fields[SERIAL_NUMBER], DER_INTEGER, &serial_number));
	assert_true(der_single(fields[VALIDITY], DER_SEQUENCE, &validity) &&
	    der_take(&validity, DER_UTC_TIME, &first));
	const struct text begins = first.content;
	assert_true(der_single(fields[SUBJECT], DER_SEQUENCE, &subject) &&
	    der_take(&subject, DER_SET, &first) && der_take(&subject, DER_SET, &second));
	const struct {
		const char *what;
		size_t field;
		struct text form;
	} cases[] = {
		{ "4.1.2.1: version 3 and not 2", VERSION, OCTETS("\xa0\x03\x02\x01\x01") },
		{ "4.1.2.1: and not 1", VERSION, OCTETS("\xa0\x03\x02\x01\x00") },
		{ "4.1.2.1: and not 1 by default", VERSION, OCTETS("") },
		{ "X.690 8.3.2: an INTEGER is as short as can be", SERIAL_NUMBER,
		    WRAPPED(linted, DER_INTEGER, OCTETS("\x00"), serial_number) },
		{ "4.1.1.2: one algorithm inside and outside", ALGORITHM,
		    signature_algorithm_identifier(SIGNATURE_ED25519) },
		{ "4.1.2.5: UTCTime through 2049", VALIDITY,
		    WRAPPED(linted, DER_SEQUENCE,
			WRAPPED(linted, DER_GENERALIZED_TIME, TEXT("20"), begins), validity) },
		{ "4.1.2.5.1: in Z", VALIDITY,
		    WRAPPED(linted, DER_SEQUENCE,
			WRAPPED(linted, DER_UTC_TIME, text_first(begins, 12), TEXT("+0000")),
			validity) },
		{ "4.1.2.4: one attribute in a set", SUBJECT,
		    WRAPPED(linted, DER_SEQUENCE,
			WRAPPED(linted, DER_SET, first.content, second.content), subject) },
		{ "4.1.2.8: no unique identifiers", PUBLIC_KEY,
		    texts_join(linted->ca.arena, &(struct texts){ (struct text[]){ fields[PUBLIC_KEY],
			OCTETS("\x81\x02\x00\xff") }, 2, 0 }, "") },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct text why;

		pieces = taken_apart(linted);
		pieces.fields.at[cases[i].field] = cases[i].form;
		if (lints(linted, put_together(&pieces), &why))
			fail_msg("not seen: %s", cases[i].what);
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
		cmocka_unit_test(forms_of_extensions),
		cmocka_unit_test(no_extension_stands_there_twice),
		cmocka_unit_test(forms_of_fields),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
