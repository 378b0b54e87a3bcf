#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/encoding.h"

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

/* RFC 4648 section 10. */
static void
base64_vectors(void **state)
{
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };
	struct text out;

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_true(text_is(base64_encode(arena, text_of(vectors[i][0])), vectors[i][1]));
		assert_true(base64_decode(arena, text_of(vectors[i][1]), &out));
		assert_true(text_is(out, vectors[i][0]));
	}
}

/* Every digit in every place, and every other byte refused. */
static void
base64_every_byte(void **state)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct text out;

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		struct text given = { (const char[4]){ 'A', (char)byte, 'A', 'A' }, 4 };
		size_t value = text_find(text_of(digits), (char)byte);

		assert_int_equal(base64_decode(arena, given, &out), value < 64);
		if (value < 64)
			assert_int_equal((unsigned char)out.at[0] << 8 | (unsigned char)out.at[1],
			    value << 4);
	}
}

static void
base64_refused(void **state)
{
	static const char *const refused[] = { "A", "AA", "AAA", "AA=", "=", "====", "A===", "AA=A",
		"AAA=AAAA", "AA==AAAA", "AAA\n", "AAAA\n", " AAAA", "AAAA ", "AA-_",
		"Zh==", "Zm9=", "AAAAA", "Zg==\n", "\xff\xff\xff\xff" };
	struct text out;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (base64_decode(arena, text_of(refused[i]), &out))
			fail_msg("\"%s\" is taken for base64", refused[i]);
}

static void
hex(void **state)
{
	static const char *const refused[] = { "0", "0g", "AB", "0x", " 0", "0\n", "a:", "000" };
	unsigned char all[256];
	struct text bytes = { (const char *)all, sizeof(all) }, out, encoded;

	(void)state;
	for (int i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	encoded = hex_encode(arena, bytes);
	assert_true(text_equal(text_first(text_skip(encoded, 0x1a0), 4), TEXT("d0d1")));
	assert_true(hex_decode(arena, encoded, &out));
	assert_true(text_equal(out, bytes));
	assert_true(hex_is_lower(encoded, 512));
	assert_false(hex_is_lower(encoded, 511));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (hex_decode(arena, text_of(refused[i]), &out))
			fail_msg("\"%s\" is taken for hex", refused[i]);
	for (int byte = 0; byte < 256; byte++) {
		struct text pair = { (const char[2]){ '0', (char)byte }, 2 };
		bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');

		assert_int_equal(hex_decode(arena, pair, &out), digit);
	}
}

/* FIPS 180-4's examples. */
static void
sha256(void **state)
{
	(void)state;
	assert_true(text_is(digest_sha256_hex(arena, TEXT("abc")),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
	assert_true(text_is(digest_named(arena, TEXT("")),
	    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	assert_true(digest_is_named(digest_named(arena, TEXT("x"))));
	assert_false(digest_is_named(digest_sha256_hex(arena, TEXT("x"))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(base64_vectors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(base64_every_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(base64_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hex, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sha256, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
