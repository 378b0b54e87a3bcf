#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "issue/authority.h"
#include "issue/csr.h"
#include "issue/keys.h"
#include "issue/keeper.h"
#include "issue/keeper_private.h"
#include "lib/ca_fixture.h"
#include "model/plan_text.h"

struct signing_test {
	struct ca_fixture ca;
	struct csr_facts csr;
	struct csr_facts other_csr;
};

static int
set_up(void **state)
{
	static struct signing_test test;

	ca_fixture_open(&test.ca, "ECDSA-P256");
	test.csr = ca_fixture_csr(&test.ca, "ECDSA-P256");
	test.other_csr = ca_fixture_csr(&test.ca, "Ed25519");
	*state = &test;
	return 0;
}

static int
tear_down(void **state)
{
	struct signing_test *test = *state;

	ca_fixture_close(&test->ca);
	return 0;
}

/* A good order for the request with this number. */
static struct signing_order
order_number(struct signing_test *test, int number)
{
	struct plan plan = ca_fixture_plan(&test->ca, &test->csr);

	plan.request = text_printf(test->ca.arena, "web/%d", number);
	return ca_fixture_order(&test->ca, &plan, &test->csr);
}

static struct signed_certificate
signed_for(struct signing_test *test, const struct signing_order *order)
{
	struct signed_certificate certificate;
	struct text why;

	if (ca_fixture_issue(test->ca.arena, test->ca.keeper, order, &certificate, &why) !=
	    SIGNING_DONE)
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	assert_false(text_present(why));
	return certificate;
}

static void
assert_refused(struct signing_test *test, const struct signing_order *order, const char *reason)
{
	struct signed_certificate certificate;
	struct text why = TEXT("");
	enum signing_result result =
	    ca_fixture_issue(test->ca.arena, test->ca.keeper, order, &certificate, &why);

	if (result != SIGNING_REFUSED)
		fail_msg("%s: not refused, but %d: %.*s", reason, result, TEXT_ARGUMENTS(why));
	if (memmem(why.at, why.length, reason, strlen(reason)) == NULL)
		fail_msg("%s: %.*s", reason, TEXT_ARGUMENTS(why));
	assert_false(text_present(certificate.pem));
}

/* The same plan gives the same bytes, now, later and after a restart; each with its place in the ledger. */
static void
same_bytes_for_ever(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1), next = order_number(test, 2);
	struct signed_certificate first = signed_for(test, &order), again, other;

	assert_int_equal(first.ledger_number, 2);
	assert_true(text_is(first.issuer, "CN=Test Issuing CA,O=Example Inc"));
	assert_true(text_starts_with(first.pem, "-----BEGIN CERTIFICATE-----\n"));
	assert_true(text_ends_with(first.pem, test->ca.certificate.at));
	again = signed_for(test, &order);
	assert_true(text_equal(first.pem, again.pem));
	assert_true(text_equal(first.ledger_hash, again.ledger_hash));
	other = signed_for(test, &next);
	assert_int_equal(other.ledger_number, 4);
	assert_false(text_equal(first.sha256, other.sha256));
	ca_fixture_restart(&test->ca);
	again = signed_for(test, &order);
	assert_true(text_equal(first.pem, again.pem));
	assert_int_equal(again.ledger_number, 2);
	order.chain = test->ca.root;
	again = signed_for(test, &order);
	assert_true(text_ends_with(again.pem, test->ca.root.at));
	assert_true(text_starts_with(again.pem, first.pem.at));
}

/* What an order can get wrong; the plan is written anew where it was changed. */
typedef void alteration(struct signing_test *, struct plan *, struct signing_order *);

static struct texts *
emptied(struct texts *texts)
{
	*texts = (struct texts){ 0 };
	return texts;
}

static void
one(struct signing_test *test, struct texts *texts, const char *value)
{
	texts_add(test->ca.arena, emptied(texts), text_of(value));
}

/* clang-format off */
#define ALTERATION(name, statement) \
	static void name(struct signing_test *test, struct plan *plan, struct signing_order *order) \
	{ \
		(void)order; \
		(void)plan; \
		(void)test; \
		statement; \
	}
/* clang-format on */

ALTERATION(renews, plan->action = TEXT("renew"))
ALTERATION(other_authority, plan->authority = TEXT("root-ca"))
ALTERATION(other_algorithm, plan->signature_algorithm = TEXT("RSA-SHA256"))
ALTERATION(unknown_algorithm, plan->signature_algorithm = TEXT("ECDSA-SHA1"))
ALTERATION(other_certificate_named,
    plan->authority_certificate_sha256 = digest_sha256_hex(test->ca.arena, TEXT("x")))
ALTERATION(other_key_named, plan->public_key_sha256 = test->other_csr.public_key_sha256)
ALTERATION(unknown_usage, one(test, &plan->key_usages, "nonRepudiation"))
ALTERATION(encipherment, one(test, &plan->key_usages, "keyEncipherment"))
ALTERATION(signs_without_ca, one(test, &plan->key_usages, "keyCertSign"))
ALTERATION(only_enciphers, one(test, &plan->key_usages, "encipherOnly"))
ALTERATION(ca_without_signing, plan->ca = true)
ALTERATION(unknown_extended, one(test, &plan->extended_key_usages, "everything"))
ALTERATION(extended_twice, one(test, &plan->extended_key_usages, "serverAuth");
	   texts_add(test->ca.arena, &plan->extended_key_usages, TEXT("1.3.6.1.5.5.7.3.1")))
ALTERATION(nobody, plan->subject = (struct subject_names){ 0 };
	   plan->alt_names = (struct alt_names){ 0 })
ALTERATION(two_common_names,
    texts_add(test->ca.arena, &plan->subject.values[SUBJECT_COMMON_NAME], TEXT("b")))
ALTERATION(long_common_name,
    one(test, &plan->subject.values[SUBJECT_COMMON_NAME],
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
ALTERATION(lower_case_country, one(test, &plan->subject.values[SUBJECT_COUNTRY], "ch"))
ALTERATION(long_country, one(test, &plan->subject.values[SUBJECT_COUNTRY], "CHE"))
ALTERATION(component_not_ascii,
    one(test, &plan->subject.values[SUBJECT_DOMAIN_COMPONENT], "z\xc3\xbc"))
ALTERATION(upper_case_dns, one(test, &plan->alt_names.values[ALT_NAME_DNS], "A.example.com"))
ALTERATION(dns_with_space, one(test, &plan->alt_names.values[ALT_NAME_DNS], "a b"))
ALTERATION(dns_list, one(test, &plan->alt_names.values[ALT_NAME_DNS], "a.example,DNS:b.example"))
ALTERATION(address_not_canonical, one(test, &plan->alt_names.values[ALT_NAME_IP], "2001:DB8::1"))
ALTERATION(no_address, one(test, &plan->alt_names.values[ALT_NAME_IP], "10.0.0.0/8"))
ALTERATION(no_mail_address, one(test, &plan->alt_names.values[ALT_NAME_EMAIL], "alice"))
ALTERATION(no_mail_host, one(test, &plan->alt_names.values[ALT_NAME_EMAIL], "alice@"))
ALTERATION(no_uri, one(test, &plan->alt_names.values[ALT_NAME_URI], "//example.com"))
ALTERATION(uri_not_ascii, one(test, &plan->alt_names.values[ALT_NAME_URI], "http://m\xc3\xbc"))
ALTERATION(bad_crl, plan->crl_distribution_point = TEXT("ca.crl"))
ALTERATION(very_long_lifetime, plan->lifetime = 30 * 366 * 86400l)
ALTERATION(endless_lifetime, plan->lifetime = 999999999999999999)
ALTERATION(begins_before_decision, plan->not_before = CA_FIXTURE_BEGIN - 1)

ALTERATION(no_plan, order->plan = TEXT(""))
ALTERATION(plan_with_space,
    order->plan = text_printf(test->ca.arena, "%.*s ", TEXT_ARGUMENTS(order->plan)))
ALTERATION(no_intent, order->intent.present = false)
ALTERATION(other_digest, order->intent.digest = digest_named(test->ca.arena, TEXT("x")))
ALTERATION(no_digest, order->intent.digest = (struct text){ 0 })
ALTERATION(short_serial, order->intent.serial_number = TEXT("01"))
ALTERATION(no_serial, order->intent.serial_number = (struct text){ 0 })
ALTERATION(serial_zero_first,
    order->intent.serial_number = TEXT("00112233445566778899aabbccddeeff001122"))
ALTERATION(serial_negative,
    order->intent.serial_number = TEXT("80112233445566778899aabbccddeeff001122"))
ALTERATION(serial_upper_case,
    order->intent.serial_number = TEXT("01112233445566778899AABBCCDDEEFF001122"))
ALTERATION(serial_long,
    order->intent.serial_number = TEXT("0111223344556677889900aabbccddeeff001122"))
ALTERATION(not_decided, order->intent.decided_at = 0)
ALTERATION(decided_later, order->intent.decided_at += 1)
ALTERATION(decided_earlier, order->intent.decided_at -= 1)
ALTERATION(begins_later, order->intent.not_before += 1; order->intent.not_after += 1)
ALTERATION(ends_later, order->intent.not_after += 1)
ALTERATION(ends_earlier, order->intent.not_after -= 1)
ALTERATION(before_the_ca, order->intent.decided_at -= 10; order->intent.not_before -= 10;
	   order->intent.not_after -= 10)
ALTERATION(other_key, order->public_key = test->other_csr.public_key)
ALTERATION(no_key, order->public_key = (struct text){ 0 })
ALTERATION(root_as_authority, order->authority_certificate = test->ca.root)
ALTERATION(no_certificate, order->authority_certificate = (struct text){ 0 })
ALTERATION(two_certificates, order->authority_certificate = text_printf(test->ca.arena, "%s%s",
				 test->ca.certificate.at, test->ca.root.at))

static const struct {
	alteration *plan;
	alteration *order;
	const char *why;
} refusals[] = {
	{ renews, NULL, "only plans with the action" },
	{ other_authority, NULL, "no key for the authority root-ca" },
	{ other_algorithm, NULL, "does not sign with RSA-SHA256" },
	{ unknown_algorithm, NULL, "does not sign with ECDSA-SHA1" },
	{ other_certificate_named, NULL, "authority's certificate is not the one" },
	{ other_key_named, NULL, "public key is not the one" },
	{ unknown_usage, NULL, "no key usage \"nonRepudiation\"" },
	{ encipherment, NULL, "cannot have the key usage keyEncipherment" },
	{ signs_without_ca, NULL, "go together" },
	{ only_enciphers, NULL, "only with keyAgreement" },
	{ ca_without_signing, NULL, "no CA certificate" },
	{ unknown_extended, NULL, "no extended key usage \"everything\"" },
	{ extended_twice, NULL, "by name and by number" },
	{ nobody, NULL, "name nobody" },
	{ two_common_names, NULL, "more than one common name" },
	{ long_common_name, NULL, "too long" },
	{ lower_case_country, NULL, "capital letters" },
	{ long_country, NULL, "too long" },
	{ component_not_ascii, NULL, "printable ASCII" },
	{ upper_case_dns, NULL, "not a DNS name in canonical form" },
	{ dns_with_space, NULL, "not a DNS name" },
	{ dns_list, NULL, "not a DNS name" },
	{ address_not_canonical, NULL, "not an address in canonical form" },
	{ no_address, NULL, "not an address" },
	{ no_mail_address, NULL, "not a mail address" },
	{ no_mail_host, NULL, "not a mail address" },
	{ no_uri, NULL, "with a scheme" },
	{ uri_not_ascii, NULL, "printable ASCII" },
	{ bad_crl, NULL, "with a scheme" },
	{ very_long_lifetime, NULL, "outside the authority's validity" },
	{ endless_lifetime, NULL, "after the year 9999" },
	{ begins_before_decision, NULL, "before its decision" },
	{ NULL, no_plan, "does not begin with" },
	{ NULL, plan_with_space, "canonical" },
	{ NULL, no_intent, "no intent" },
	{ NULL, other_digest, "for another plan" },
	{ NULL, no_digest, "for another plan" },
	{ NULL, short_serial, "19 octets" },
	{ NULL, no_serial, "19 octets" },
	{ NULL, serial_zero_first, "19 octets" },
	{ NULL, serial_negative, "19 octets" },
	{ NULL, serial_upper_case, "19 octets" },
	{ NULL, serial_long, "19 octets" },
	{ NULL, not_decided, "before its decision" },
	{ NULL, decided_later, "before its decision" },
	{ NULL, decided_earlier, "notBefore is not the plan's" },
	{ NULL, begins_later, "notBefore is not the plan's" },
	{ NULL, ends_later, "notAfter is not" },
	{ NULL, ends_earlier, "notAfter is not" },
	{ NULL, before_the_ca, "outside the authority's validity" },
	{ NULL, other_key, "public key is not the one" },
	{ NULL, no_key, "public key is not the one" },
	{ NULL, root_as_authority, "key here is not the one" },
	{ NULL, no_certificate, "expected -----BEGIN" },
	{ NULL, two_certificates, "something after" },
};

static void
broken_orders(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct plan plan = ca_fixture_plan(&test->ca, &test->csr);

		if (refusals[i].plan != NULL)
			refusals[i].plan(test, &plan, NULL);
		order = ca_fixture_order(&test->ca, &plan, &test->csr);
		if (refusals[i].order != NULL)
			refusals[i].order(test, &plan, &order);
		assert_refused(test, &order, refusals[i].why);
	}
	/* none of these left anything in the ledger */
	order = order_number(test, 1);
	assert_int_equal(signed_for(test, &order).ledger_number, 2);
}

static void
authority_cannot_certify_itself(void **state)
{
	struct signing_test *test = *state;
	struct csr_facts own = test->csr;
	struct subject_names subject = { 0 };
	struct alt_names names = { 0 };
	struct reasons reasons = { 0 };
	struct signing_order order;
	struct plan plan;
	struct text pem;

	assert_true(csr_new(test->ca.arena, test->ca.key, &subject, &names, &pem));
	assert_true(csr_read(test->ca.arena, pem, (struct position){ 0 }, &own, &reasons));
	plan = ca_fixture_plan(&test->ca, &own);
	order = ca_fixture_order(&test->ca, &plan, &own);
	assert_refused(test, &order, "the authority's own");
}

/* The signer trusts nobody to have looked at the key before. */
static void
point_off_its_curve(void **state)
{
	struct signing_test *test = *state;
	struct csr_facts off = test->csr;
	char *octets = text_string(test->ca.arena, off.public_key);
	struct signing_order order;
	struct plan plan;

	octets[off.public_key.length - 1] ^= 1;
	off.public_key = (struct text){ octets, off.public_key.length };
	off.public_key_sha256 = digest_sha256_hex(test->ca.arena, off.public_key);
	plan = ca_fixture_plan(&test->ca, &off);
	order = ca_fixture_order(&test->ca, &plan, &off);
	assert_refused(test, &order, "not a point on its curve");
}

static void
with_limits(struct signing_test *test, struct local_limits limits)
{
	test->ca.local.limits = limits;
	ca_fixture_restart(&test->ca);
}

static void
local_limits(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1), ca_order;
	struct local_limits limits = { .names_present = true, .max_validity = 90 * 86400 };
	struct plan plan = ca_fixture_plan(&test->ca, &test->csr);

	with_limits(test, limits);
	assert_refused(test, &order, "no certificate for the common name");
	texts_add(test->ca.arena, &limits.names, TEXT("**.example.org"));
	with_limits(test, limits);
	assert_refused(test, &order, "no certificate for the common name \"www.example.com\"");
	texts_add(test->ca.arena, &limits.names, TEXT("*.example.com"));
	limits.max_validity--;
	with_limits(test, limits);
	assert_refused(test, &order, "no lifetime over");
	limits.max_validity++;
	with_limits(test, limits);
	(void)signed_for(test, &order);
	/* the common name counts as well, and every DNS name */
	one(test, &plan.subject.values[SUBJECT_COMMON_NAME], "www.other.com");
	order = ca_fixture_order(&test->ca, &plan, &test->csr);
	assert_refused(test, &order, "\"www.other.com\"");
	one(test, &plan.subject.values[SUBJECT_COMMON_NAME], "www.example.com");
	texts_add(test->ca.arena, &plan.alt_names.values[ALT_NAME_DNS], TEXT("z.other.com"));
	order = ca_fixture_order(&test->ca, &plan, &test->csr);
	assert_refused(test, &order, "\"z.other.com\"");
	texts_add(test->ca.arena, emptied(&plan.alt_names.values[ALT_NAME_DNS]),
	    TEXT("*.example.com"));
	order = ca_fixture_order(&test->ca, &plan, &test->csr);
	(void)signed_for(test, &order);
	one(test, &plan.alt_names.values[ALT_NAME_DNS], "*.b.example.com");
	order = ca_fixture_order(&test->ca, &plan, &test->csr);
	assert_refused(test, &order, "\"*.b.example.com\"");
	/* CA certificates only where they are allowed */
	plan = ca_fixture_plan(&test->ca, &test->csr);
	plan.ca = true;
	plan.path_length = 0;
	one(test, &plan.key_usages, "keyCertSign");
	ca_order = ca_fixture_order(&test->ca, &plan, &test->csr);
	assert_refused(test, &ca_order, "no CA certificate");
	limits.ca = PERMISSION_REQUIRED;
	with_limits(test, limits);
	assert_refused(test, &ca_order, "no CA certificate");
	limits.ca = PERMISSION_ALLOWED;
	with_limits(test, limits);
	(void)signed_for(test, &ca_order);
}

/* Who opened it may do with his what he likes. */
static void
limits_are_its_own(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1);
	struct local_limits limits = { .usages_present = true, .names_present = true };

	texts_add(test->ca.arena, &limits.names, TEXT("*.example.com"));
	texts_add(test->ca.arena, &limits.extended_key_usages, TEXT("clientAuth"));
	with_limits(test, limits);
	limits.extended_key_usages.at[0] = TEXT("serverAuth");
	assert_refused(test, &order, "no certificate for the extended key usage \"serverAuth\"");
	with_limits(test, limits);
	limits.names.at[0] = TEXT("*.example.org");
	limits.extended_key_usages.at[0] = TEXT("clientAuth");
	(void)signed_for(test, &order);
}

/* Takes another certificate for the same CA key, with this path length (-1: no limit). */
static void
certify_ca_again(struct signing_test *test, int64_t path_length)
{
	struct certificate_authority authority = { .type = TEXT("internal") };
	struct reasons reasons = { 0 };
	struct ca_order order = { .common_name = TEXT("Again"),
		.key = test->ca.key,
		.not_before = CA_FIXTURE_BEGIN,
		.not_after = CA_FIXTURE_END,
		.path_length = path_length };
	struct text why;

	assert_true(ca_certificate_new(test->ca.arena, &order, &test->ca.certificate, &why));
	authority.certificate = test->ca.certificate;
	authority_read(test->ca.arena, &authority, &reasons);
	assert_true(authority.facts.good);
	test->ca.certificate_sha256 = authority.facts.sha256;
}

static struct signing_outcome
outcome_of(struct signing_test *test, const struct signing_order *order)
{
	struct signing_orders orders = { 0 };
	struct signing_outcome outcome;

	*ARRAY_ADD(test->ca.arena, &orders) = *order;
	ca_fixture_issue_all(test->ca.arena, test->ca.keeper, &orders, &outcome);
	return outcome;
}

static enum release_result
released(struct signing_test *test, struct text plan)
{
	struct text why = { NULL, 0 };
	enum release_result result = keeper_release(test->ca.arena, test->ca.keeper, plan, &why);

	assert_int_equal(result == RELEASE_DONE, !text_present(why));
	return result;
}

/* Who asks by another decision is told the one by which there is a certificate, and gets it by that. */
static void
names_its_decision(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1), other = order_number(test, 2);
	struct signed_certificate first = signed_for(test, &order), again;
	struct signing_order altered = order;
	struct local_limits none = { .names_present = true };
	struct signing_outcome outcome;

	altered.intent.serial_number = serial_number_draw(test->ca.arena);
	altered.intent.not_before += 60;
	altered.intent.not_after += 60;
	for (int limited = 0; limited < 2; limited++) {
		outcome = outcome_of(test, &altered);
		assert_int_equal(outcome.result, SIGNING_REFUSED);
		assert_false(outcome.releasable);
		assert_true(outcome.signed_by.present);
		assert_true(text_equal(outcome.signed_by.digest, order.intent.digest));
		assert_true(text_equal(outcome.signed_by.serial_number, order.intent.serial_number));
		assert_int_equal(outcome.signed_by.not_before, order.intent.not_before);
		assert_int_equal(outcome.signed_by.not_after, order.intent.not_after);
		order.intent = outcome.signed_by;
		again = signed_for(test, &order);
		assert_true(text_equal(first.pem, again.pem));
		with_limits(test, none);
	}
	/* a plan without a certificate has none, whatever is asked of it */
	outcome = outcome_of(test, &other);
	assert_int_equal(outcome.result, SIGNING_REFUSED);
	assert_false(outcome.signed_by.present);
	other.intent.digest = order.intent.digest;
	assert_false(outcome_of(test, &other).signed_by.present);
}

/* What a certificate that is there already looks like when nothing would sign it now. */
static void
given_out_again(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1), altered, other = order_number(test, 2);
	struct signed_certificate first = signed_for(test, &order), again;
	struct text leaf = text_first(first.pem, first.pem.length - test->ca.certificate.length);
	struct local_limits none = { .names_present = true };

	/* neither a narrower limit ... */
	with_limits(test, none);
	assert_refused(test, &other, "no certificate for the common name");
	again = signed_for(test, &order);
	assert_true(text_equal(first.pem, again.pem));
	assert_true(text_equal(first.issuer, again.issuer));
	assert_true(text_equal(first.ledger_hash, again.ledger_hash));
	/* ... nor another certificate of the same key, or none, keeps it back */
	certify_ca_again(test, -1);
	order.authority_certificate = test->ca.certificate;
	again = signed_for(test, &order);
	assert_true(text_equal(text_first(again.pem, leaf.length), leaf));
	assert_true(text_equal(first.issuer, again.issuer));
	order.authority_certificate = test->ca.root;
	order.chain = test->ca.root;
	again = signed_for(test, &order);
	assert_true(text_equal(again.pem, leaf));
	order.authority_certificate = order.public_key = order.chain = (struct text){ NULL, 0 };
	again = signed_for(test, &order);
	assert_true(text_equal(again.pem, leaf));
	assert_true(text_equal(first.sha256, again.sha256));
	/* but only for the intent that it was signed for */
	altered = order;
	altered.intent.serial_number = serial_number_draw(test->ca.arena);
	assert_int_equal(outcome_of(test, &altered).result, SIGNING_REFUSED);
	altered = order;
	altered.intent.not_before++;
	altered.intent.not_after++;
	assert_int_equal(outcome_of(test, &altered).result, SIGNING_REFUSED);
	altered = order;
	altered.intent.not_after--;
	assert_int_equal(outcome_of(test, &altered).result, SIGNING_REFUSED);
	altered = order;
	altered.intent.digest = other.intent.digest;
	assert_int_equal(outcome_of(test, &altered).result, SIGNING_REFUSED);
	altered = order;
	altered.intent.present = false;
	assert_int_equal(outcome_of(test, &altered).result, SIGNING_REFUSED);
	assert_false(outcome_of(test, &altered).releasable);
	altered = other;
	altered.public_key = altered.authority_certificate = (struct text){ NULL, 0 };
	assert_int_equal(outcome_of(test, &altered).result, SIGNING_REFUSED);
	assert_true(outcome_of(test, &altered).releasable);
}

/* A plan that was refused can be given up, and is never signed then, limits or not. */
static void
released_for_ever(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1), good = order_number(test, 2);
	struct local_limits none = { .names_present = true };
	struct signing_outcome outcome;

	with_limits(test, none);
	outcome = outcome_of(test, &order);
	assert_int_equal(outcome.result, SIGNING_REFUSED);
	assert_true(outcome.releasable);
	assert_int_equal(released(test, order.plan), RELEASE_DONE);
	assert_int_equal(released(test, order.plan), RELEASE_DONE);
	with_limits(test, (struct local_limits){ 0 });
	assert_refused(test, &order, "given up");
	order.intent.serial_number = serial_number_draw(test->ca.arena);
	assert_refused(test, &order, "given up");
	assert_true(outcome_of(test, &order).releasable);
	/* what was signed is not given up */
	(void)signed_for(test, &good);
	assert_int_equal(released(test, good.plan), RELEASE_REFUSED);
	ca_fixture_restart(&test->ca);
	assert_int_equal(released(test, good.plan), RELEASE_REFUSED);
	assert_int_equal(released(test, TEXT("no plan")), RELEASE_REFUSED);
	(void)signed_for(test, &good);
	/* whether it was signed, nobody knows whose ledger cannot be read */
	assert_int_equal(truncate(arena_printf(test->ca.arena, "%.*s/ledger",
	    TEXT_ARGUMENTS(test->ca.local.state_directory)), 10), 0);
	assert_int_equal(released(test, good.plan), RELEASE_FAILED);
}

/* Who has not the authority's key knows nothing of what its signer has done. */
static void
released_by_its_signer_only(void **state)
{
	struct signing_test *test = *state;
	struct plan plan = ca_fixture_plan(&test->ca, &test->csr);
	struct signing_order order;

	plan.authority = TEXT("another-ca");
	order = ca_fixture_order(&test->ca, &plan, &test->csr);
	assert_refused(test, &order, "no key for the authority");
	assert_false(outcome_of(test, &order).releasable);
	assert_int_equal(released(test, order.plan), RELEASE_REFUSED);
}

static struct ledger_view
view_of(struct signing_test *test, int64_t number, struct text hash)
{
	struct ledger_positions asked = { 0 };
	struct ledger_view view;
	struct text why;

	*ARRAY_ADD(test->ca.arena, &asked) = (struct ledger_position){ number, hash };
	*ARRAY_ADD(test->ca.arena, &asked) = (struct ledger_position){ number + 100, hash };
	assert_true(keeper_ledger_view(test->ca.arena, test->ca.keeper, &asked, &view, &why));
	assert_false(view.has[1]);
	return view;
}

/* Another ledger is told from this one; what an operator gives up with it is given up. */
static void
lost_ledger(void **state)
{
	struct signing_test *test = *state;
	struct signing_order first = order_number(test, 1), second = order_number(test, 2), open;
	struct signed_certificate certificate = signed_for(test, &first);
	struct ledger_position lost = { certificate.ledger_number, certificate.ledger_hash };
	struct text path = text_printf(test->ca.arena, "%.*s/ledger",
	    TEXT_ARGUMENTS(test->ca.local.state_directory)), why;
	struct texts plans = { 0 };

	assert_true(view_of(test, lost.number, lost.hash).has[0]);
	assert_int_equal(view_of(test, lost.number, lost.hash).newest.number, 2);
	assert_true(text_equal(view_of(test, 1, lost.hash).newest.hash, lost.hash));
	assert_false(view_of(test, 1, lost.hash).has[0]);
	assert_int_equal(unlink(path.at), 0);
	ca_fixture_restart(&test->ca);
	assert_false(view_of(test, lost.number, lost.hash).has[0]);
	assert_int_equal(view_of(test, lost.number, lost.hash).newest.number, 0);
	(void)signed_for(test, &second);
	texts_add(test->ca.arena, &plans, first.intent.digest);
	texts_add(test->ca.arena, &plans, second.intent.digest);
	for (int round = 0; round < 2; round++) {
		assert_true(keeper_accept_loss(test->ca.arena, test->ca.keeper, &lost, &plans, &why));
		assert_int_equal(view_of(test, lost.number, lost.hash).newest.number, 4);
		ca_fixture_restart(&test->ca);
	}
	assert_true(view_of(test, lost.number, lost.hash).has[0]);
	assert_refused(test, &first, "given up");
	(void)signed_for(test, &second);
	open = order_number(test, 3);
	(void)signed_for(test, &open);
	plans.at[0] = TEXT("no digest");
	assert_false(keeper_accept_loss(test->ca.arena, test->ca.keeper, &lost, &plans, &why));
}

/*
 * One key, many certificates, one after another and in the same batch; a CA
 * that is a root is not appended.
 */
static void
certificates_of_one_ca(void **state)
{
	enum { MANY = 20 };
	struct signing_test *test = *state;
	struct signing_orders orders = { 0 };
	struct signing_outcome outcomes[MANY];

	for (int i = 0; i < MANY; i++) {
		certify_ca_again(test, i);
		*ARRAY_ADD(test->ca.arena, &orders) = order_number(test, i);
		if (i == MANY / 2)
			(void)signed_for(test, &orders.at[i]);
	}
	for (int round = 0; round < 3; round++) {
		ca_fixture_issue_all(test->ca.arena, test->ca.keeper, &orders, outcomes);
		for (int i = 0; i < MANY; i++) {
			struct text pem = outcomes[i].certificate.pem;

			assert_int_equal(outcomes[i].result, SIGNING_DONE);
			assert_null(memmem(pem.at + 20, pem.length - 20, "BEGIN", 5));
		}
	}
}

static void
path_lengths(void **state)
{
	static const struct {
		int64_t authority;
		int64_t plan;
		const char *why; /* NULL: signed */
	} cases[] = {
		{ -1, -1, NULL },
		{ -1, 0, NULL },
		{ -1, 255, NULL },
		{ 2, 1, NULL },
		{ 1, 0, NULL },
		{ -1, 256, "over 255" },
		{ 2, 2, "smaller than the authority's" },
		{ 2, -1, "smaller than the authority's" },
		{ 0, 0, "no room" },
		{ 0, -1, "no room" },
	};
	struct signing_test *test = *state;

	with_limits(test, (struct local_limits){ .ca = PERMISSION_ALLOWED });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct signing_order order;
		struct plan plan;

		certify_ca_again(test, cases[i].authority);
		plan = ca_fixture_plan(&test->ca, &test->csr);
		plan.ca = true;
		plan.path_length = cases[i].plan;
		one(test, &plan.key_usages, "keyCertSign");
		order = ca_fixture_order(&test->ca, &plan, &test->csr);
		if (cases[i].why == NULL)
			(void)signed_for(test, &order);
		else
			assert_refused(test, &order, cases[i].why);
		emptied(&plan.key_usages);
		order = ca_fixture_order(&test->ca, &plan, &test->csr);
		assert_refused(test, &order, "go together");
		plan.subject = (struct subject_names){ 0 };
		order = ca_fixture_order(&test->ca, &plan, &test->csr);
		assert_refused(test, &order, "needs a subject");
	}
}

/* One plan, one certificate; one serial number, one plan. */
static void
no_second_certificate(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1), other = order_number(test, 2);

	(void)signed_for(test, &order);
	order.intent.serial_number = serial_number_draw(test->ca.arena);
	assert_refused(test, &order, "one certificate only");
	order.intent.decided_at += 5;
	order.intent.not_before += 5;
	order.intent.not_after += 5;
	assert_refused(test, &order, "one certificate only");
	ca_fixture_restart(&test->ca);
	assert_refused(test, &order, "one certificate only");
	order = order_number(test, 1);
	assert_refused(test, &order, "one certificate only");
	order = order_number(test, 3);
	(void)signed_for(test, &order);
	other.intent.serial_number = order.intent.serial_number;
	assert_refused(test, &other, "serial number was used before");
}

/* A CA whose certificate has one extension more, as openssl writes it. */
static void
constrain(struct signing_test *test, const char *extension)
{
	const char *folder = test->ca.folder;
	const char *const arguments[] = { "bash", "-euc",
		arena_printf(test->ca.arena,
		    "cd %s; printf '[req]\\ndistinguished_name=d\\n[d]\\n' >conf\n"
		    "openssl req -x509 -config conf "
		    "-key ca.key -subj /CN=Constrained -days 7300 -addext basicConstraints=critical,CA:TRUE "
		    "-addext keyUsage=critical,keyCertSign -addext '%s' -out new.pem",
		    folder, extension),
		NULL };
	struct certificate_authority authority = { .type = TEXT("internal") };
	struct reasons reasons = { 0 };
	struct child_result result;
	struct text why;

	assert_true(child_run(test->ca.arena, &(struct child_order){ .arguments = arguments },
	    &result, &why));
	assert_int_equal(result.status, 0);
	assert_true(file_read(test->ca.arena, arena_printf(test->ca.arena, "%s/new.pem", folder),
	    1 << 16, &test->ca.certificate));
	authority.certificate = test->ca.certificate;
	authority_read(test->ca.arena, &authority, &reasons);
	assert_true(authority.facts.good);
	test->ca.certificate_sha256 = authority.facts.sha256;
}

static void
name_constraints(void **state)
{
	static const struct {
		enum alt_name_type type;
		const char *name;
		bool permitted;
	} cases[] = {
		{ ALT_NAME_DNS, "www.example.com", true },
		{ ALT_NAME_DNS, "a.b.example.com", true },
		{ ALT_NAME_IP, "10.1.2.3", true },
		{ ALT_NAME_DNS, "www.example.org", false },
		{ ALT_NAME_DNS, "notexample.com", false },
		{ ALT_NAME_IP, "11.0.0.1", false },
		{ ALT_NAME_IP, "2001:db8::1", false },
	};
	struct signing_test *test = *state;
	moment now = moment_now() + 3600;

	constrain(test, "nameConstraints=critical,permitted;DNS:example.com,"
			"permitted;IP:10.0.0.0/255.0.0.0");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan plan = ca_fixture_plan(&test->ca, &test->csr);
		struct signing_order order;

		plan.request = text_printf(test->ca.arena, "web/%zu", i);
		emptied(&plan.subject.values[SUBJECT_COMMON_NAME]);
		plan.alt_names = (struct alt_names){ 0 };
		one(test, &plan.alt_names.values[cases[i].type], cases[i].name);
		plan.not_before = now;
		order = ca_fixture_order(&test->ca, &plan, &test->csr);
		if (cases[i].permitted)
			(void)signed_for(test, &order);
		else
			assert_refused(test, &order, "name constraints");
	}
}

static void
usage_constraints(void **state)
{
	static const struct {
		const char *above, *below;
		bool permitted;
	} cases[] = {
		{ "serverAuth", "serverAuth", true },
		{ "serverAuth,clientAuth", "clientAuth", true },
		{ "serverAuth", "clientAuth", false },
		{ "serverAuth", "1.3.6.1.4.1.55555.1", false },
		{ "1.3.6.1.4.1.55555.1", "1.3.6.1.4.1.55555.1", true },
		{ "critical,serverAuth", "codeSigning", false },
		{ "anyExtendedKeyUsage", "codeSigning", true },
		{ "serverAuth", NULL, true },
	};
	struct signing_test *test = *state;
	moment now = moment_now() + 3600;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan plan;
		struct signing_order order;

		constrain(test, arena_printf(test->ca.arena, "extendedKeyUsage=%s", cases[i].above));
		plan = ca_fixture_plan(&test->ca, &test->csr);
		plan.request = text_printf(test->ca.arena, "web/usage-%zu", i);
		plan.extended_key_usages = (struct texts){ 0 };
		if (cases[i].below != NULL)
			one(test, &plan.extended_key_usages, cases[i].below);
		plan.not_before = now;
		order = ca_fixture_order(&test->ca, &plan, &test->csr);
		if (cases[i].permitted)
			(void)signed_for(test, &order);
		else
			assert_refused(test, &order, "other extended key usages");
	}
}

static struct text
ledger_text(struct signing_test *test)
{
	struct text text;

	assert_true(file_read(test->ca.arena,
	    arena_printf(test->ca.arena, "%s/state/ledger", test->ca.folder), 1 << 20, &text));
	return text;
}

/* The keeper enters the intent of an order, and dies before its certificate is entered: entries 1 to 3. */
static void
die_behind_the_intent(struct signing_test *test, const struct signing_order *order)
{
	struct signing_order before = order_number(test, 1);
	struct signed_certificate certificate;
	struct rlimit limit = { 0 };
	struct text ledger;
	int status;
	pid_t child;

	/* the size of an intent's line is the same each time */
	(void)signed_for(test, &before);
	ledger = ledger_text(test);
	limit.rlim_cur = ledger.length + text_find(ledger, '\n') + 1 + 100;
	limit.rlim_max = limit.rlim_cur;
	child = fork();
	if (child == 0) {
		signal(SIGXFSZ, SIG_DFL);
		if (setrlimit(RLIMIT_FSIZE, &limit) == 0)
			(void)ca_fixture_issue(test->ca.arena, test->ca.keeper, order,
			    &certificate, &ledger);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	assert_false(text_ends_with(ledger_text(test), "\n"));
	ca_fixture_restart(&test->ca);
}

/* A crash between the two entries: the intent binds, the next certificate counts. */
static void
crash_before_the_certificate_is_entered(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 2), other = order;
	struct signed_certificate first, again;

	die_behind_the_intent(test, &order);
	other.intent.serial_number = serial_number_draw(test->ca.arena);
	assert_refused(test, &other, "by another decision");
	first = signed_for(test, &order);
	assert_int_equal(first.ledger_number, 4);
	again = signed_for(test, &order);
	assert_true(text_equal(first.pem, again.pem));
	/* and with the certificate it is too late to give it up */
	assert_refused(test, &other, "one certificate only");
	assert_false(outcome_of(test, &other).releasable);
	assert_int_equal(released(test, order.plan), RELEASE_REFUSED);
}

/* What the lost ledger had behind its intent nobody knows. */
static void
intent_without_certificate_is_lost(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 2);
	struct ledger_position lost = { 57, digest_sha256_hex(test->ca.arena, TEXT("x")) };
	struct texts plans = { 0 };
	struct text why;

	die_behind_the_intent(test, &order);
	texts_add(test->ca.arena, &plans, order.intent.digest);
	assert_true(keeper_accept_loss(test->ca.arena, test->ca.keeper, &lost, &plans, &why));
	assert_refused(test, &order, "given up");
}

/* The decision that was entered is lost: the plan is given up, and neither decision signs it then. */
static void
intent_without_certificate_is_given_up(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 2), other = order;
	struct local_limits none = { .names_present = true };
	struct text whole;

	die_behind_the_intent(test, &order);
	other.intent.serial_number = serial_number_draw(test->ca.arena);
	assert_true(outcome_of(test, &other).releasable);
	with_limits(test, none);
	assert_int_equal(outcome_of(test, &order).result, SIGNING_REFUSED);
	assert_true(outcome_of(test, &order).releasable);
	with_limits(test, (struct local_limits){ 0 });
	assert_int_equal(released(test, order.plan), RELEASE_DONE);
	whole = ledger_text(test);
	for (int i = 0; i < 2; i++) {
		assert_refused(test, &order, "given up");
		assert_refused(test, &other, "given up");
		assert_int_equal(released(test, order.plan), RELEASE_DONE);
		assert_true(text_equal(ledger_text(test), whole));
		ca_fixture_restart(&test->ca);
	}
}

/* The disk is full before and after the intent: it may be tried again, and gives one certificate. */
static void
full_disk(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 1);
	struct signed_certificate certificate, again;
	struct rlimit before, limit;
	struct text why;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	for (rlim_t bytes = 0; bytes < 1200; bytes += 400) {
		limit = before;
		limit.rlim_cur = bytes;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		assert_int_equal(
		    ca_fixture_issue(test->ca.arena, test->ca.keeper, &order, &certificate, &why),
		    SIGNING_FAILED);
		assert_true(text_present(why));
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	}
	/* as soon as there is room again, without a restart */
	certificate = signed_for(test, &order);
	assert_int_equal(certificate.ledger_number, 2);
	again = signed_for(test, &order);
	assert_true(text_equal(certificate.pem, again.pem));
	ca_fixture_restart(&test->ca);
	again = signed_for(test, &order);
	assert_true(text_equal(certificate.pem, again.pem));
}

static void
many_at_once(void **state)
{
	enum { MANY = 50 };
	struct signing_test *test = *state;
	struct signing_orders orders = { 0 };
	struct signing_outcome outcomes[MANY + 3];
	struct signed_certificate single;

	for (int i = 0; i < MANY; i++)
		*ARRAY_ADD(test->ca.arena, &orders) = order_number(test, i);
	/* one twice, one twice with another serial number, one broken */
	*ARRAY_ADD(test->ca.arena, &orders) = orders.at[7];
	*ARRAY_ADD(test->ca.arena, &orders) = order_number(test, 8);
	*ARRAY_ADD(test->ca.arena, &orders) = orders.at[9];
	orders.at[MANY + 2].intent.not_after++;
	ca_fixture_issue_all(test->ca.arena, test->ca.keeper, &orders, outcomes);
	for (int i = 0; i <= MANY; i++) {
		assert_int_equal(outcomes[i].result, SIGNING_DONE);
		single = signed_for(test, &orders.at[i]);
		assert_true(text_equal(single.pem, outcomes[i].certificate.pem));
		assert_int_equal(single.ledger_number, outcomes[i].certificate.ledger_number);
	}
	assert_true(text_equal(outcomes[7].certificate.pem, outcomes[MANY].certificate.pem));
	assert_int_equal(outcomes[MANY + 1].result, SIGNING_REFUSED);
	assert_int_equal(outcomes[MANY + 2].result, SIGNING_REFUSED);
	ca_fixture_restart(&test->ca);
	single = signed_for(test, &orders.at[MANY - 1]);
	assert_true(text_equal(single.pem, outcomes[MANY - 1].certificate.pem));
	orders.count = 0;
	ca_fixture_issue_all(test->ca.arena, test->ca.keeper, &orders, outcomes);
}

static void
serial_numbers(void **state)
{
	struct signing_test *test = *state;
	unsigned seen = 0;

	for (int i = 0; i < 2000; i++) {
		struct text serial = serial_number_draw(test->ca.arena);
		struct text octets;

		assert_true(hex_is_lower(serial, 38));
		assert_true(hex_decode(test->ca.arena, serial, &octets));
		assert_in_range((unsigned char)octets.at[0], 1, 0x7f);
		seen |= 1u << ((unsigned char)octets.at[0] >> 2);
	}
	assert_int_equal(seen, 0xffffffffu);
}

/* Key files that are not fit for a CA key, and ledgers that are not ours. */
static void
opening(void **state)
{
	struct signing_test *test = *state;
	struct arena *arena = test->ca.arena;
	const char *key = text_string(arena, test->ca.local.authorities.at[0].file);
	struct local_configuration local = test->ca.local;
	struct local_authority pkcs11 = { .name = TEXT("issuing-ca"),
		.pkcs11 = TEXT("pkcs11:token=a") };
	struct keeper *keeper;
	struct text why;

	assert_false(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	assert_true(text_ends_with(why, "in use by another process"));
	local.state_directory = text_printf(arena, "%s/other", test->ca.folder);
	assert_true(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	keeper_close(keeper);
	assert_int_equal(chmod(key, 0640), 0);
	assert_false(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	assert_int_equal(chmod(key, 0604), 0);
	assert_false(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	assert_true(memmem(why.at, why.length, "group or others", 15) != NULL);
	assert_int_equal(chmod(key, 0400), 0);
	assert_true(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	keeper_close(keeper);
	local.authorities = (struct local_authorities){ &pkcs11, 1, 1 };
	assert_false(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	assert_true(memmem(why.at, why.length, "a token and an object", 21) != NULL);
	local.authorities = (struct local_authorities){ 0 };
	assert_true(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	keeper_close(keeper);
	local.state_directory = text_printf(arena, "%s/ca.key/state", test->ca.folder);
	assert_false(keeper_open(&local, &test->ca.clock, arena, &keeper, &why));
	keeper_close(NULL);
}

static struct keeper_clock
clock_at(moment now, moment running)
{
	return (struct keeper_clock){ now * MICROSECONDS_IN_SECOND, running * MICROSECONDS_IN_SECOND };
}

/* One order, by a keeper whose clock shows `now`, on a machine that has run for so long. */
static struct signing_outcome
issued_after(struct signing_test *test, const struct signing_order *order, moment now, moment running)
{
	const struct keeper_clock clock = clock_at(now, running);
	struct signing_orders orders = { 0 };
	struct signing_outcome outcome;

	*ARRAY_ADD(test->ca.arena, &orders) = *order;
	keeper_issue_all(test->ca.arena, test->ca.keeper, &orders, &clock, &outcome);
	return outcome;
}

static struct signing_outcome
issued_at(struct signing_test *test, const struct signing_order *order, moment now)
{
	return issued_after(test, order, now, now - CA_FIXTURE_BEGIN);
}

/* A decision is seen first within bounds of the keeper's own clock; what was seen may be finished whenever. */
static void
decisions_are_new_when_they_are_seen_first(void **state)
{
	struct signing_test *test = *state;
	struct signing_order early = order_number(test, 300), late = order_number(test, 301);
	moment decided = early.intent.decided_at, age = 7 * 86400;
	struct signing_outcome outcome;

	test->ca.local.limits.intent_age = age;
	ca_fixture_restart(&test->ca);
	outcome = issued_at(test, &early, decided - INTENT_AHEAD_SECONDS - 1);
	assert_int_equal(outcome.result, SIGNING_FAILED);
	assert_non_null(memmem(outcome.why.at, outcome.why.length, "in the future", 13));
	outcome = issued_at(test, &early, decided + age + 1);
	assert_int_equal(outcome.result, SIGNING_REFUSED);
	assert_true(outcome.releasable);
	assert_non_null(memmem(outcome.why.at, outcome.why.length, "limits.intentAge", 16));
	assert_int_equal(issued_at(test, &early, decided - INTENT_AHEAD_SECONDS).result, SIGNING_DONE);
	assert_int_equal(issued_at(test, &late, decided + age).result, SIGNING_DONE);
	/* the same bytes again, however late it is, and however early */
	assert_int_equal(issued_at(test, &early, decided + 10 * age).result, SIGNING_DONE);
	assert_int_equal(issued_at(test, &early, 1).result, SIGNING_DONE);
}

static void
is_over_the_limit(const struct signing_outcome *outcome)
{
	assert_int_equal(outcome->result, SIGNING_FAILED);
	assert_false(outcome->releasable);
	assert_non_null(memmem(outcome->why.at, outcome->why.length, "limits.perHour", 14));
}

static void
no_more_than_the_limit_are_begun_in_an_hour(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order;
	struct signing_outcome outcome;
	moment now = CA_FIXTURE_BEGIN;

	test->ca.local.limits.per_hour = 2;
	ca_fixture_restart(&test->ca);
	for (int i = 0; i < 2; i++) {
		order = order_number(test, 310 + i);
		assert_int_equal(issued_at(test, &order, now + 600 * i).result, SIGNING_DONE);
	}
	/* what is signed already costs nothing */
	assert_int_equal(issued_at(test, &order, now + 700).result, SIGNING_DONE);
	order = order_number(test, 312);
	outcome = issued_at(test, &order, now + 3599);
	is_over_the_limit(&outcome);
	assert_int_equal(issued_at(test, &order, now + 3600).result, SIGNING_DONE);
	/* any hour, not each */
	order = order_number(test, 313);
	outcome = issued_at(test, &order, now + 4199);
	is_over_the_limit(&outcome);
	assert_int_equal(issued_at(test, &order, now + 4200).result, SIGNING_DONE);
}

/* Several in one message count, too, before anything is synced. */
static void
the_hour_counts_what_is_asked_together(void **state)
{
	struct signing_test *test = *state;
	const struct keeper_clock clock = clock_at(CA_FIXTURE_BEGIN, 0);
	struct signing_orders orders = { 0 };
	struct signing_outcome outcomes[4];

	test->ca.local.limits.per_hour = 3;
	ca_fixture_restart(&test->ca);
	for (int i = 0; i < 4; i++)
		*ARRAY_ADD(test->ca.arena, &orders) = order_number(test, 320 + i);
	keeper_issue_all(test->ca.arena, test->ca.keeper, &orders, &clock, outcomes);
	for (int i = 0; i < 3; i++)
		assert_int_equal(outcomes[i].result, SIGNING_DONE);
	is_over_the_limit(&outcomes[3]);
}

/* Whoever makes the daemon end, and whatever the system's clock says then. */
static void
the_hour_goes_on_over_a_restart(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 330);
	struct signing_outcome outcome;
	moment now = CA_FIXTURE_BEGIN, day = 86400;

	test->ca.local.limits.per_hour = 1;
	test->ca.clock = clock_at(now, 50);
	ca_fixture_restart(&test->ca);
	assert_int_equal(issued_after(test, &order, now, 50).result, SIGNING_DONE);
	order = order_number(test, 331);
	ca_fixture_restart(&test->ca);
	outcome = issued_after(test, &order, now, 50);
	is_over_the_limit(&outcome);
	/* the machine, too, was started again; a clock that went back meanwhile is not followed */
	for (moment back = 0; back <= day; back += day) {
		test->ca.clock = clock_at(now - back, 5);
		ca_fixture_restart(&test->ca);
		outcome = issued_after(test, &order, now, 5 + 3599);
		is_over_the_limit(&outcome);
	}
	assert_int_equal(issued_after(test, &order, now, 5 + 3600).result, SIGNING_DONE);
	/* and an honest one that comes later */
	test->ca.clock = clock_at(now + 3 * 3600, 5);
	ca_fixture_restart(&test->ca);
	order = order_number(test, 332);
	assert_int_equal(issued_after(test, &order, now + 3 * 3600, 5).result, SIGNING_DONE);
}

/* While the keeper runs, its hour is as long as the machine says: not the clock that people turn. */
static void
turning_the_clock_does_not_end_the_hour(void **state)
{
	struct signing_test *test = *state;
	struct signing_order order = order_number(test, 340);
	struct signing_outcome outcome;
	moment now = CA_FIXTURE_BEGIN, decided = order.intent.decided_at;

	test->ca.local.limits.per_hour = 1;
	ca_fixture_restart(&test->ca);
	assert_int_equal(issued_after(test, &order, now, 10).result, SIGNING_DONE);
	order = order_number(test, 341);
	outcome = issued_after(test, &order, now + 5 * 86400, 20);
	is_over_the_limit(&outcome);
	outcome = issued_after(test, &order, decided - INTENT_AHEAD_SECONDS, 30);
	is_over_the_limit(&outcome);
	assert_int_equal(issued_after(test, &order, now, 10 + 3600).result, SIGNING_DONE);
}

/* Both clocks' seconds begin when they like: together they do not make one that is not over yet. */
static void
the_time_of_an_intent_is_not_in_the_future(void **state)
{
	struct signing_test *test = *state;
	struct keeper_clock clock = clock_at(CA_FIXTURE_BEGIN, 50);

	clock.now += 100000;
	clock.running += 900000;
	test->ca.clock = clock;
	ca_fixture_restart(&test->ca);
	assert_int_equal(keeper_time(test->ca.keeper, &clock), CA_FIXTURE_BEGIN);
	clock.running += 200000;
	assert_int_equal(keeper_time(test->ca.keeper, &clock), CA_FIXTURE_BEGIN);
	clock.running += 700000;
	assert_int_equal(keeper_time(test->ca.keeper, &clock), CA_FIXTURE_BEGIN + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_bytes_for_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_its_decision, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broken_orders, set_up, tear_down),
		cmocka_unit_test_setup_teardown(authority_cannot_certify_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(point_off_its_curve, set_up, tear_down),
		cmocka_unit_test_setup_teardown(local_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(limits_are_its_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(given_out_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(released_for_ever, set_up, tear_down),
		cmocka_unit_test_setup_teardown(released_by_its_signer_only, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lost_ledger, set_up, tear_down),
		cmocka_unit_test_setup_teardown(certificates_of_one_ca, set_up, tear_down),
		cmocka_unit_test_setup_teardown(path_lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_second_certificate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(name_constraints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(usage_constraints, set_up, tear_down),
		cmocka_unit_test_setup_teardown(intent_without_certificate_is_given_up, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(intent_without_certificate_is_lost, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(crash_before_the_certificate_is_entered, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(serial_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(opening, set_up, tear_down),
		cmocka_unit_test_setup_teardown(decisions_are_new_when_they_are_seen_first, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(no_more_than_the_limit_are_begun_in_an_hour, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(the_hour_counts_what_is_asked_together, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_hour_goes_on_over_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(turning_the_clock_does_not_end_the_hour, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_time_of_an_intent_is_not_in_the_future, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
