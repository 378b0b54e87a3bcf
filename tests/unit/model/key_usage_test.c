#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/key_usage.h"

static const struct {
	const char *key;
	const char *usages; /* separated by spaces */
	bool ca;
	const char *why; /* NULL: fine */
} cases[] = {
	{ "ECDSA-P256", "", false, NULL },
	{ "ECDSA-P256", "digitalSignature", false, NULL },
	{ "ECDSA-P384", "digitalSignature contentCommitment keyAgreement cRLSign", false, NULL },
	{ "ECDSA-P256", "keyAgreement encipherOnly decipherOnly", false, NULL },
	{ "RSA-2048", "digitalSignature contentCommitment keyEncipherment dataEncipherment", false,
	    NULL },
	{ "Ed25519", "digitalSignature contentCommitment cRLSign", false, NULL },
	{ "Ed25519", "keyCertSign cRLSign", true, NULL },
	{ "ECDSA-P256", "keyEncipherment", false, "keyEncipherment" },
	{ "ECDSA-P384", "digitalSignature dataEncipherment", false, "dataEncipherment" },
	{ "RSA-3072", "keyAgreement", false, "keyAgreement" },
	{ "RSA-4096", "keyAgreement encipherOnly", false, "keyAgreement" },
	{ "Ed25519", "keyAgreement", false, "keyAgreement" },
	{ "Ed25519", "keyEncipherment", false, "keyEncipherment" },
	{ "Ed25519", "dataEncipherment", false, "dataEncipherment" },
	{ "DSA", "digitalSignature", false, "digitalSignature" },
	{ "", "cRLSign", false, "cRLSign" },
	{ "ECDSA-P256", "encipherOnly", false, "only with keyAgreement" },
	{ "ECDSA-P256", "digitalSignature decipherOnly", false, "only with keyAgreement" },
	{ "ECDSA-P256", "keyCertSign", false, "go together" },
	{ "ECDSA-P256", "digitalSignature", true, "go together" },
	{ "ECDSA-P256", "", true, "go together" },
	{ "ECDSA-P256", "nonRepudiation", false, "no key usage \"nonRepudiation\"" },
	{ "ECDSA-P256", "DigitalSignature", false, "no key usage" },
	{ "ECDSA-P256", "digitalSignature\x1b", false, "\\x1b" },
};

static void
usages(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan plan = { .ca = cases[i].ca, .path_length = -1 };
		struct text rest = text_of(cases[i].usages), usage, why = TEXT("");
		bool good;

		while (rest.length > 0 && text_split(&rest, ' ', &usage))
			texts_add(arena, &plan.key_usages, usage);
		good = key_usages_check(arena, &plan, text_of(cases[i].key), &why);
		if (good != (cases[i].why == NULL))
			fail_msg("%s %s: %.*s", cases[i].key, cases[i].usages, TEXT_ARGUMENTS(why));
		if (!good && memmem(why.at, why.length, cases[i].why, strlen(cases[i].why)) == NULL)
			fail_msg("%s %s: %.*s", cases[i].key, cases[i].usages, TEXT_ARGUMENTS(why));
	}
	arena_free(arena);
}

static void
sets(void **state)
{
	struct text names[] = { TEXT("cRLSign"), TEXT("digitalSignature"), TEXT("decipherOnly"),
		TEXT("cRLSign"), TEXT("none") };
	struct texts texts = { names, 4, 4 };
	struct text unknown;
	unsigned set;

	(void)state;
	assert_true(key_usages_parse(&texts, &set, &unknown));
	assert_int_equal(set, USAGE_CRL_SIGN | USAGE_DIGITAL_SIGNATURE | USAGE_DECIPHER_ONLY);
	texts.count = 5;
	assert_false(key_usages_parse(&texts, &set, &unknown));
	assert_true(text_is(unknown, "none"));
	texts.count = 0;
	assert_true(key_usages_parse(&texts, &set, &unknown));
	assert_int_equal(set, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usages),
		cmocka_unit_test(sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
