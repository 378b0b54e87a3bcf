#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"
#include "model/plan_text.h"

/* The example of the format, byte for byte. */
static const char example[] =
    "countersign-plan-v1\n"
    "repository: 00112233445566778899aabbccddeeff\n"
    "request: web/www-example-com\n"
    "generation: 1\n"
    "action: issue\n"
    "requester: alice\n"
    "profile: web-production\n"
    "authority: issuing-ca\n"
    "authority-certificate: sha256:"
    "1111111111111111111111111111111111111111111111111111111111111111\n"
    "public-key: sha256:2222222222222222222222222222222222222222222222222222222222222222\n"
    "subject: CN=www.example.com,O=Example Inc\n"
    "alt-name: DNS:www.example.com\n"
    "key-usage: digitalSignature\n"
    "extended-key-usage: serverAuth\n"
    "basic-constraints: CA:FALSE\n"
    "crl-distribution-point: http://pki.example.com/crl/issuing-ca.crl\n"
    "signature-algorithm: ECDSA-SHA256\n"
    "lifetime: 7776000\n"
    "not-before: at-issuance\n";

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct plan
example_plan(void)
{
	struct plan plan;
	struct text why;

	assert_true(plan_parse(arena, text_of(example), &plan, &why));
	return plan;
}

static void
the_example(void **state)
{
	struct plan plan = example_plan();

	(void)state;
	assert_true(text_is(plan.subject.values[SUBJECT_COMMON_NAME].at[0], "www.example.com"));
	assert_true(text_is(plan.alt_names.values[ALT_NAME_DNS].at[0], "www.example.com"));
	assert_int_equal(plan.path_length, -1);
	assert_int_equal(plan.lifetime, 7776000);
	assert_true(text_equal(plan.digest, digest_named(arena, text_of(example))));
	plan_write(arena, &plan);
	assert_true(text_is(plan.text, example));
}

/* Values come back as they were, whatever they hold. */
static void
subjects(void **state)
{
	static const char *const values[] = { "a,b", "\"quoted\"", "#1", " x ", "a+b=c", "\\",
		"<a;b>", "none", "M\xc3\xbcnze", "#", " ", "a\\,CN=b", "/O=x" };
	struct plan again;
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct plan plan = example_plan();
		struct texts *units = &plan.subject.values[SUBJECT_ORGANIZATIONAL_UNIT];

		plan.subject.values[SUBJECT_COMMON_NAME].at[0] = text_of(values[i]);
		texts_add(arena, units, TEXT("first"));
		texts_add(arena, units, text_of(values[i]));
		plan_write(arena, &plan);
		assert_true(plan_parse(arena, plan.text, &again, &why));
		assert_true(text_is(again.subject.values[SUBJECT_COMMON_NAME].at[0], values[i]));
		units = &again.subject.values[SUBJECT_ORGANIZATIONAL_UNIT];
		assert_int_equal(units->count, 2);
		assert_true(text_is(units->at[0], "first"));
		assert_true(text_is(units->at[1], values[i]));
	}
}

static void
what_cannot_be_said(void **state)
{
	static const char *const values[] = { "", "a\nb", "a\tb", "a\x7f", "\xff",
		"x\nalt-name: DNS:evil.example" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct plan plan = example_plan();

		plan.alt_names.values[ALT_NAME_URI] = (struct texts){ 0 };
		texts_add(arena, &plan.alt_names.values[ALT_NAME_URI], text_of(values[i]));
		plan_write(arena, &plan);
		assert_false(text_present(plan.text));
		assert_false(text_present(plan.digest));
		plan = example_plan();
		plan.requester = text_of(values[i]);
		plan_write(arena, &plan);
		assert_false(text_present(plan.text));
		plan = example_plan();
		plan.subject.values[SUBJECT_COMMON_NAME].at[0] = text_of(values[i]);
		plan_write(arena, &plan);
		assert_false(text_present(plan.text));
	}
}

/* Every change of one byte is refused, or is another plan with another digest. */
static void
every_byte_counts(void **state)
{
	static const char replacements[] = "\n :,=\\aA0\t\xff";
	struct plan plan = example_plan(), other;
	size_t accepted = 0, refused = 0;
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof(example) - 1; i++) {
		for (size_t j = 0; j < sizeof(replacements) - 1; j++) {
			char *copy = arena_copy(arena, example, sizeof(example) - 1);

			if (copy[i] == replacements[j])
				continue;
			copy[i] = replacements[j];
			if (plan_parse(arena, text_of(copy), &other, &why)) {
				accepted++;
				assert_false(text_equal(other.digest, plan.digest));
			} else {
				refused++;
				assert_true(text_present(why));
			}
		}
		assert_false(plan_parse(arena, (struct text){ example, i }, &other, &why));
	}
	assert_true(accepted > 100 && refused > 1000);
	assert_false(plan_parse(arena, TEXT(""), &other, &why));
	assert_false(plan_parse(arena, text_printf(arena, "%s\n", example), &other, &why));
	assert_false(
	    plan_parse(arena, text_printf(arena, "%skey-usage: x\n", example), &other, &why));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_example, set_up, tear_down),
		cmocka_unit_test_setup_teardown(subjects, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_byte_counts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
