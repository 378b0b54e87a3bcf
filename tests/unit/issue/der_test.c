#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/asn1.h>
#include <openssl/objects.h>

#include "base/encoding.h"
#include "issue/der.h"

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

static struct text
octets(const char *hex)
{
	struct text out;

	assert_true(hex_decode(arena, text_of(hex), &out));
	return out;
}

/* An element of this length, whole. */
static struct text
element_of(size_t length)
{
	struct buffer buffer = { .arena = arena };
	char *content = arena_allocate(arena, length + 1);

	der_add(&buffer, DER_OCTET_STRING, (struct text){ content, length });
	return buffer_text(&buffer);
}

/* Every length comes back, and OpenSSL reads the same. */
static void
lengths(void **state)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 129, 255, 256, 257, 65535, 65536, 65537,
		1000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct text whole = element_of(sizes[i]), rest = whole;
		const unsigned char *at = (const unsigned char *)whole.at;
		ASN1_OCTET_STRING *string = d2i_ASN1_OCTET_STRING(NULL, &at, (long)whole.length);
		struct der_element element;

		assert_true(der_next(&rest, &element));
		assert_int_equal(rest.length, 0);
		assert_int_equal(element.content.length, sizes[i]);
		assert_true(text_equal(element.whole, whole));
		assert_non_null(string);
		assert_int_equal(ASN1_STRING_length(string), sizes[i]);
		ASN1_OCTET_STRING_free(string);
		if (sizes[i] > 300)
			continue;
		for (size_t cut = 0; cut < whole.length; cut++) {
			rest = text_first(whole, cut);
			assert_false(der_next(&rest, &element));
			assert_int_equal(rest.length, cut);
		}
	}
}

static void
refused_elements(void **state)
{
	static const char *const refused[] = {
		"",     /* nothing */
		"04",   /* no length */
		"0401", /* no content */
		"0480", /* indefinite */
		"04800000",
		"048100", /* more octets than needed */
		"04817f"
		"00",
		"04820080",
		"0482007f",
		"0483000100",
		"048400000001"
		"00", /* four octets of length */
		"0484ffffffff",
		"04ff",   /* reserved */
		"1f0100", /* tag numbers above 30 */
		"3f1f00",
		"5f8101"
		"00",
		"bf1f00",
		"ff1f00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct text rest = octets(refused[i]);
		struct der_element element;

		if (der_next(&rest, &element))
			fail_msg("%s passes", refused[i]);
	}
}

static void
singles(void **state)
{
	struct text content, rest;
	struct der_element element;

	(void)state;
	assert_true(der_single(octets("0500"), DER_NULL, &content));
	assert_int_equal(content.length, 0);
	assert_false(der_single(octets("050000"), DER_NULL, &content));
	assert_false(der_single(octets("0500"), DER_INTEGER, &content));
	assert_false(der_single(octets("05000500"), DER_NULL, &content));
	assert_false(der_single(octets(""), DER_NULL, &content));
	rest = octets("0500");
	assert_false(der_take(&rest, DER_INTEGER, &element));
	assert_int_equal(rest.length, 2);
	assert_true(der_take(&rest, DER_NULL, &element));
	assert_int_equal(rest.length, 0);
}

/* One encoding for each value, all the way down. */
static void
well_formed(void **state)
{
	static const char *const good[] = { "0500", "3000", "30030101ff", "3003010100", "020100",
		"02020080", "02017f", "0201ff", "0202ff7f", "30053003020101", "0403800000",
		"05000500", "a003020102", "820161" };
	static const char *const bad[] = { "", "05", "050100", "0100", "010101", "0102ffff", "0200",
		"02020001", "0202ff80", "3003010101", "30053003010180", "300302010000", "30013000",
		"3005300302", "a08000000000", "1000", "0300", "030101", "030206c1", "030208aa",
		"030207ff", "1100", "2500", "24030401aa", "2c00" };
	struct buffer deep = { .arena = arena };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!der_well_formed(octets(good[i])))
			fail_msg("%s is refused", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (der_well_formed(octets(bad[i])))
			fail_msg("%s passes", bad[i]);
	for (size_t depth = 1; depth < 40; depth++) {
		struct text inside = text_copy(arena, buffer_text(&deep));

		deep.length = 0;
		der_add(&deep, DER_SEQUENCE, inside);
		assert_int_equal(der_well_formed(buffer_text(&deep)), depth <= 32);
	}
}

static void
integers(void **state)
{
	static const struct {
		const char *content;
		const char *magnitude; /* NULL: refused */
	} cases[] = {
		{ "01", "01" },
		{ "7f", "7f" },
		{ "0080", "80" },
		{ "00ff01", "ff01" },
		{ "0100", "0100" },
		{ "", NULL },
		{ "00", NULL },
		{ "80", NULL },
		{ "ff", NULL },
		{ "0001", NULL },
		{ "007f", NULL },
		{ "000080", NULL },
		{ "ff80", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buffer buffer = { .arena = arena };
		struct text magnitude, content = octets(cases[i].content);
		bool good = der_positive(content, &magnitude);

		if (good != (cases[i].magnitude != NULL))
			fail_msg("%s", cases[i].content);
		if (!good)
			continue;
		assert_true(text_equal(magnitude, octets(cases[i].magnitude)));
		der_add_positive(&buffer, magnitude);
		assert_true(text_equal(text_skip(buffer_text(&buffer), 2), content));
	}
	{
		struct buffer zero = { .arena = arena }, padded = { .arena = arena };

		der_add_positive(&zero, octets("0000"));
		assert_true(text_equal(buffer_text(&zero), octets("020100")));
		der_add_positive(&padded, octets("0000000000000003"));
		assert_true(text_equal(buffer_text(&padded), octets("020103")));
	}
}

static void
bit_strings(void **state)
{
	struct buffer buffer = { .arena = arena };
	struct text out;

	(void)state;
	assert_true(der_bits(octets("00aabb"), &out));
	assert_true(text_equal(out, octets("aabb")));
	assert_true(der_bits(octets("00"), &out));
	assert_int_equal(out.length, 0);
	assert_false(der_bits(octets(""), &out));
	assert_false(der_bits(octets("01aa"), &out));
	assert_false(der_bits(octets("08"), &out));
	der_add_bits(&buffer, octets("aabb"));
	assert_true(text_equal(buffer_text(&buffer), octets("030300aabb")));
	der_add_true(&buffer);
	assert_true(text_ends_with(hex_encode(arena, buffer_text(&buffer)), "0101ff"));
}

/* The same octets as OpenSSL writes for an object identifier, and the same digits. */
static void
identifiers(void **state)
{
	static const char *const good[] = { "0.0", "0.39", "1.0", "1.39", "2.0", "2.39", "2.40",
		"2.47", "2.48", "2.100", "2.999", "2.999.1", "1.2.840.113549.1.1.11",
		"1.3.6.1.4.1.311.20.2.3", "1.3.6.1.5.5.7.3.1", "1.2.127", "1.2.128", "1.2.16383",
		"1.2.16384", "1.2.4294967295", "1.2.4294967296", "1.2.9007199254740993" };
	static const char *const bad[] = { "", ".", "1", "1.", ".1", "1..2", "1.2.", "3.1", "0.40",
		"1.40", "01.2", "1.02", "1.2.00", "1.2.+3", "1.2.-3", "1.2. 3", "1.2.3 ", "1.2.x",
		"1,2,3", "serverAuth", "1.2.99999999999999999", "1.2\n.3",
		("1.2.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295.4294967295."
		 "4294967295.4294967295.4294967295.4294967295.4294967295.4294967295") };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ASN1_OBJECT *object = OBJ_txt2obj(good[i], 1);
		struct text content;

		assert_non_null(object);
		assert_true(der_identifier_parse(arena, text_of(good[i]), &content));
		assert_int_equal(content.length, OBJ_length(object));
		assert_memory_equal(content.at, OBJ_get0_data(object), content.length);
		assert_true(der_identifier_valid(content));
		assert_string_equal(der_identifier_format(arena, content).at, good[i]);
		ASN1_OBJECT_free(object);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct text content;

		if (der_identifier_parse(arena, text_of(bad[i]), &content))
			fail_msg("\"%s\" is taken for an object identifier", bad[i]);
	}
	assert_false(der_identifier_valid(octets("")));
	assert_false(der_identifier_valid(octets("80")));
	assert_false(der_identifier_valid(octets("5584")));
	assert_false(der_identifier_valid(octets("558001")));
	assert_false(der_identifier_valid(octets("2a8001")));
	assert_true(der_identifier_valid(octets("550403")));
	assert_true(
	    text_starts_with(der_identifier_format(arena, octets("2affffffffffffffffffff7f")),
		"an object identifier"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lengths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused_elements, set_up, tear_down),
		cmocka_unit_test_setup_teardown(singles, set_up, tear_down),
		cmocka_unit_test_setup_teardown(well_formed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(integers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bit_strings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(identifiers, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
