#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"
#include "issue/certificate_check.h"
#include "issue/pem.h"
#include "lib/ca_fixture.h"
#include "lib/world.h"
#include "model/plan_text.h"

/* A certificate that the keeper has issued, and what it is compared with. */
struct issued {
	struct ca_fixture ca;
	struct csr_facts csr;
	struct plan plan;
	struct signing_order order;
	struct text pem;
	struct text der;
};

static int
set_up(void **state)
{
	static struct issued issued;
	struct signed_certificate certificate;
	struct text why, rest;

	ca_fixture_open(&issued.ca, "ECDSA-P256");
	issued.csr = ca_fixture_csr(&issued.ca, "ECDSA-P256");
	issued.plan = ca_fixture_plan(&issued.ca, &issued.csr);
	issued.order = ca_fixture_order(&issued.ca, &issued.plan, &issued.csr);
	assert_int_equal(ca_fixture_issue(issued.ca.arena, issued.ca.keeper, &issued.order,
			     &certificate, &why),
	    SIGNING_DONE);
	issued.pem = rest = certificate.pem;
	assert_true(pem_next(issued.ca.arena, &rest, "CERTIFICATE", &issued.der, &why));
	*state = &issued;
	return 0;
}

static int
tear_down(void **state)
{
	struct issued *issued = *state;

	ca_fixture_close(&issued->ca);
	return 0;
}

static const struct authority_certificate *
authority_of(const struct issued *issued, struct text pem)
{
	struct text why;
	const struct authority_certificate *authority = certificate_check_authority(
	    issued->ca.arena, pem, &why);

	assert_non_null(authority);
	return authority;
}

static struct certificate_claim
claim_of(const struct issued *issued)
{
	return (struct certificate_claim){ .plan = issued->order.plan,
		.intent = &issued->order.intent,
		.authority = authority_of(issued, issued->order.authority_certificate),
		.chain = issued->order.chain };
}

/* The code with which a file is refused; "" when it is not. */
static const char *
refusal(struct issued *issued, struct text pem, const struct certificate_claim *claim)
{
	struct certificate_found found;

	if (certificate_check(issued->ca.arena, pem, claim, &found)) {
		assert_null(found.code);
		return "";
	}
	assert_non_null(found.code);
	assert_true(text_present(found.why));
	return found.code;
}

/* The file with another certificate in front of the same intermediates. */
static struct text
file_with(struct issued *issued, struct text der)
{
	struct text first = pem_encode(issued->ca.arena, "CERTIFICATE", issued->der);
	struct text other = pem_encode(issued->ca.arena, "CERTIFICATE", der);

	return text_printf(issued->ca.arena, "%.*s%.*s", TEXT_ARGUMENTS(other),
	    TEXT_ARGUMENTS(text_skip(issued->pem, first.length)));
}

static void
what_was_issued_is_as_decided(void **state)
{
	struct issued *issued = *state;
	struct certificate_claim claim = claim_of(issued);
	struct certificate_found found;

	assert_true(certificate_check(issued->ca.arena, issued->pem, &claim, &found));
	assert_true(text_equal(found.serial_number, issued->order.intent.serial_number));
	assert_true(text_equal(found.der, issued->der));
	assert_true(text_equal(found.sha256, digest_sha256_hex(issued->ca.arena, issued->der)));
	assert_string_equal(refusal(issued, file_with(issued, issued->der), &claim), "");
}

/* As large as the keeper signs at most: with its signature it is larger still. */
static void
the_largest_is_as_decided(void **state)
{
	struct issued *issued = *state;
	struct plan plan = issued->plan;
	struct texts names = { 0 };
	struct signing_order order;
	struct signed_certificate certificate;
	struct certificate_claim claim = claim_of(issued);
	struct certificate_found found;
	struct text why;

	for (int i = 0; i < 3300; i++)
		texts_add(issued->ca.arena, &names,
		    text_printf(issued->ca.arena, "n%05d.example.com", i));
	do {
		names.at[--names.count - 1] = TEXT("www.example.com");
		plan.alt_names.values[ALT_NAME_DNS] = names;
		order = ca_fixture_order(&issued->ca, &plan, &issued->csr);
	} while (ca_fixture_issue(issued->ca.arena, issued->ca.keeper, &order, &certificate, &why) !=
		     SIGNING_DONE && text_contains(why, "longer than 64 KiB"));
	claim.plan = order.plan;
	claim.intent = &order.intent;
	if (!certificate_check(issued->ca.arena, certificate.pem, &claim, &found))
		fail_msg("%s: %.*s", found.code, TEXT_ARGUMENTS(found.why));
	assert_true(found.der.length > 64 * 1024);
}

static void
every_bit_of_it_counts(void **state)
{
	struct issued *issued = *state;
	struct certificate_claim claim = claim_of(issued);
	char *copy = arena_copy(issued->ca.arena, issued->der.at, issued->der.length);

	for (size_t bit = 0; bit < issued->der.length * 8; bit++) {
		copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << (bit % 8)));
		assert_string_not_equal(
		    refusal(issued, file_with(issued, (struct text){ copy, issued->der.length }),
			&claim),
		    "");
		copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << (bit % 8)));
	}
}

static void
another_intent_is_not_this_one(void **state)
{
	struct issued *issued = *state;
	struct certificate_claim claim = claim_of(issued);
	struct intent other = issued->order.intent;

	claim.intent = &other;
	other.serial_number = TEXT("01010101010101010101010101010101010101");
	assert_string_equal(refusal(issued, issued->pem, &claim), "SerialDiffers");
	other = issued->order.intent;
	other.not_after++;
	assert_string_equal(refusal(issued, issued->pem, &claim), "CertificateDiffers");
	other = issued->order.intent;
	other.not_before--;
	assert_string_equal(refusal(issued, issued->pem, &claim), "CertificateDiffers");
	other = issued->order.intent;
	other.digest = digest_named(issued->ca.arena, TEXT("another plan"));
	assert_string_equal(refusal(issued, issued->pem, &claim), "CertificateDiffers");
}

/* The claim with a plan that differs in what `change` does, and an intent for it. */
static const char *
with_plan(struct issued *issued, void (*change)(struct arena *arena, struct plan *plan))
{
	struct certificate_claim claim = claim_of(issued);
	struct intent intent = issued->order.intent;
	struct plan plan;
	struct text why;

	assert_true(plan_parse(issued->ca.arena, claim.plan, &plan, &why));
	change(issued->ca.arena, &plan);
	plan_write(issued->ca.arena, &plan);
	assert_true(text_present(plan.text));
	intent.digest = plan.digest;
	claim.plan = plan.text;
	claim.intent = &intent;
	return refusal(issued, issued->pem, &claim);
}

static void
another_name(struct arena *arena, struct plan *plan)
{
	texts_add(arena, &plan->alt_names.values[ALT_NAME_DNS], TEXT("evil.example.com"));
}

static void
another_usage(struct arena *arena, struct plan *plan)
{
	texts_add(arena, &plan->extended_key_usages, TEXT("codeSigning"));
}

static void
another_key(struct arena *arena, struct plan *plan)
{
	plan->public_key_sha256 = digest_sha256_hex(arena, TEXT("another key"));
}

static void
another_authority(struct arena *arena, struct plan *plan)
{
	plan->authority_certificate_sha256 = digest_sha256_hex(arena, TEXT("another authority"));
}

static void
a_crl(struct arena *arena, struct plan *plan)
{
	(void)arena;
	plan->crl_distribution_point = TEXT("http://evil.example.com/crl");
}

static void
another_plan_is_not_this_one(void **state)
{
	struct issued *issued = *state;
	struct certificate_claim claim = claim_of(issued);

	assert_string_equal(with_plan(issued, another_name), "CertificateDiffers");
	assert_string_equal(with_plan(issued, another_usage), "CertificateDiffers");
	assert_string_equal(with_plan(issued, another_key), "PublicKeyDiffers");
	assert_string_equal(with_plan(issued, another_authority), "AuthorityDiffers");
	assert_string_equal(with_plan(issued, a_crl), "CertificateDiffers");
	claim.plan = TEXT("no plan");
	assert_string_equal(refusal(issued, issued->pem, &claim), "CertificateDiffers");
}

static void
another_authority_did_not_sign_it(void **state)
{
	struct issued *issued = *state;
	struct certificate_claim claim = claim_of(issued);
	struct ca_fixture other;

	claim.authority = authority_of(issued, issued->ca.root);
	assert_string_equal(refusal(issued, issued->pem, &claim), "AuthorityDiffers");
	claim.authority = NULL;
	assert_string_equal(refusal(issued, issued->pem, &claim), "AuthorityDiffers");
	/* the same names and usages, another key */
	ca_fixture_open(&other, "ECDSA-P256");
	claim = claim_of(issued);
	claim.authority = authority_of(issued, other.certificate);
	assert_string_equal(refusal(issued, issued->pem, &claim), "AuthorityDiffers");
	ca_fixture_close(&other);
}

static void
what_stands_behind_it_counts(void **state)
{
	struct issued *issued = *state;
	struct certificate_claim claim = claim_of(issued);
	struct arena *arena = issued->ca.arena;
	struct text alone = pem_encode(arena, "CERTIFICATE", issued->der);

	assert_string_equal(refusal(issued,
				text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(issued->pem),
				    TEXT_ARGUMENTS(issued->ca.root)),
				&claim),
	    "ChainDiffers");
	assert_string_equal(
	    refusal(issued, text_printf(arena, "%.*s\n", TEXT_ARGUMENTS(issued->pem)), &claim),
	    "ChainDiffers");
	assert_string_equal(refusal(issued, alone, &claim), "ChainDiffers");
	claim.alone = true;
	assert_string_equal(refusal(issued, alone, &claim), "");
	assert_string_equal(refusal(issued, issued->pem, &claim), "ChainDiffers");
	assert_string_equal(refusal(issued, TEXT(""), &claim), "CertificateMalformed");
	assert_string_equal(refusal(issued, TEXT("-----BEGIN CERTIFICATE-----\n"), &claim),
	    "CertificateMalformed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_issued_is_as_decided),
		cmocka_unit_test(the_largest_is_as_decided),
		cmocka_unit_test(every_bit_of_it_counts),
		cmocka_unit_test(another_intent_is_not_this_one),
		cmocka_unit_test(another_plan_is_not_this_one),
		cmocka_unit_test(another_authority_did_not_sign_it),
		cmocka_unit_test(what_stands_behind_it_counts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
