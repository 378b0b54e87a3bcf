#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/names.h"

struct match {
	const char *name;
	const char *pattern;
	bool matches;
	bool touches;
};

static const struct match matches[] = {
	{ "www.example.com", "www.example.com", true, true },
	{ "www.example.com", "WWW.Example.com", true, true },
	{ "www.example.com", "*.example.com", true, true },
	{ "www.example.com", "w*.example.com", true, true },
	{ "www.example.com", "www*.example.com", true, true },
	{ "www.example.com", "*w.example.com", true, true },
	{ "web-12-eu.example.com", "web-*-*.example.com", true, true },
	{ "www.example.com", "www.*.com", true, true },
	{ "www.example.com", "**.com", true, true },
	{ "www.example.com", "**.example.com", true, true },
	{ "a.b.c.example.com", "**.example.com", true, true },
	{ "a.b.c.example.com", "**.c.*.com", true, true },
	{ "localhost", "*", true, true },
	{ "*.example.com", "*.example.com", true, true },
	{ "*.example.com", "**.example.com", true, true },
	{ "*.b.example.com", "**.example.com", true, true },
	{ "*.b.example.com", "**.*.example.com", true, true },

	{ "example.com", "*.example.com", false, false },
	{ "example.com", "**.example.com", false, false },
	{ "a.b.example.com", "*.example.com", false, false },
	{ "www.example.com", "*", false, false },
	{ "www.example.com", "*.com", false, false },
	{ "www.example.com", "**.www.example.com", false, false },
	{ "www.example.org", "*.example.com", false, false },
	{ "evilexample.com", "**.example.com", false, false },
	{ "www.evil-example.com", "**.example.com", false, false },
	{ "www.example.com.evil.org", "**.example.com", false, false },
	{ "xww.example.com", "w*.example.com", false, false },
	{ "www.example.com", "w*x.example.com", false, false },
	{ "web1.example.com", "web-*.example.com", false, false },
	{ "a", "ab", false, false },
	{ "www.example.com", "", false, false },
	{ "www.example.com", "**", false, false },
	{ "www.example.com", "**.", false, false },
	{ "www.example.com", "www..com", false, false },
	{ "www.example.com", ".example.com", false, false },
	{ "www.example.com", "www.example.com.", false, false },
	{ "www.example.com", "www.**.com", false, false },
	{ "www.example.com", "w**.example.com", false, false },
	{ "www.x.example.com", "**.**.example.com", false, false },
	{ "", "*", false, false },
	{ "www..com", "www.*.com", false, false },

	/* a wildcard stands for more than these patterns cover, yet a denied one it can become */
	{ "*.example.com", "www.example.com", false, true },
	{ "*.example.com", "w*.example.com", false, true },
	{ "*.example.com", "w**.example.com", false, false },
	{ "*.internal.example.com", "*.example.com", false, false },
	{ "*.example.com", "**.b.example.com", false, false },
	{ "*.b.example.com", "a.*.example.com", false, true },
	{ "*.com", "**.example.com", false, false },
	{ "*.example.org", "www.example.com", false, false },
};

static void
dns_patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		const struct match *m = &matches[i];

		if (dns_name_matches(text_of(m->name), text_of(m->pattern)) != m->matches)
			fail_msg("%s against %s: matches is not %d", m->name, m->pattern,
			    m->matches);
		if (dns_name_touches(text_of(m->name), text_of(m->pattern)) != m->touches)
			fail_msg("%s against %s: touches is not %d", m->name, m->pattern,
			    m->touches);
	}
}

/* A pattern full of '*' must not cost more than name times pattern. */
static void
many_stars_are_cheap(void **state)
{
	struct arena *arena = arena_new();
	struct buffer name = { .arena = arena }, pattern = { .arena = arena };

	(void)state;
	for (int i = 0; i < 20000; i++) {
		buffer_add(&name, TEXT("aa"));
		buffer_add(&pattern, TEXT("*a"));
	}
	buffer_add(&pattern, TEXT("*b"));
	assert_false(dns_name_matches(buffer_text(&name), buffer_text(&pattern)));
	arena_free(arena);
}

struct canonical {
	const char *given;
	const char *canonical;
};

static const struct canonical dns_names[] = {
	{ "www.example.com", "www.example.com" },
	{ "WWW.Example.COM", "www.example.com" },
	{ "*.Example.com", "*.example.com" },
	{ "localhost", "localhost" },
	{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "1.2.3.4.in-addr.arpa", "1.2.3.4.in-addr.arpa" },
	{ "a.4a", "a.4a" },
	{ "", NULL },
	{ ".", NULL },
	{ "*", NULL },
	{ "*.", NULL },
	{ "a.", NULL },
	{ ".a", NULL },
	{ "a..b", NULL },
	{ "-a.b", NULL },
	{ "a-.b", NULL },
	{ "a_b.c", NULL },
	{ "a b.c", NULL },
	{ " a.b", NULL },
	{ "a.b ", NULL },
	{ "a.b\n", NULL },
	{ "www.*.com", NULL },
	{ "w*.example.com", NULL },
	{ "**.example.com", NULL },
	{ "*.*.example.com", NULL },
	{ "m\xc3\xbcnze.example", NULL },
	{ "1.2.3.4", NULL },
	{ "example.123", NULL },
	{ "a,b.example", NULL },
	{ "DNS:a.example", NULL },
	{ "a/b.example", NULL },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", NULL },
};

static const struct canonical addresses[] = {
	{ "10.0.0.1", "10.0.0.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "2001:DB8::1", "2001:db8::1" },
	{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "0:0:0:0:0:0:0:0", "::" },
	{ "::1", "::1" },
	{ "1::", "1::" },
	{ "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0" },
	{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
	{ "::FFFF:c000:0201", "::ffff:192.0.2.1" },
	{ "::192.0.2.1", "::c000:201" },
	{ "", NULL },
	{ "10.0.0", NULL },
	{ "10.0.0.256", NULL },
	{ "10.0.0.01", NULL },
	{ "10.0.0.1 ", NULL },
	{ " 10.0.0.1", NULL },
	{ "0x0a.0.0.1", NULL },
	{ "167772161", NULL },
	{ "10.0.0.1/8", NULL },
	{ "10.0.0.1.", NULL },
	{ "1:2", NULL },
	{ ":::", NULL },
	{ "1::2::3", NULL },
	{ "fe80::1%eth0", NULL },
	{ "[::1]", NULL },
	{ "12345::", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "www.example.com", NULL },
	{ "0000000000000000000000000000000000000000000000000000000000001", NULL },
};

typedef bool canonicalizer(struct arena *, struct text, struct text *);

static void
check_canonical(canonicalizer *canonical, const struct canonical *cases, size_t count)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < count; i++) {
		struct text out = { NULL, 0 }, again;
		bool good = canonical(arena, text_of(cases[i].given), &out);

		if (good != (cases[i].canonical != NULL))
			fail_msg("\"%s\": %s", cases[i].given, good ? "accepted" : "refused");
		if (!good)
			continue;
		assert_string_equal(text_string(arena, out), cases[i].canonical);
		assert_true(canonical(arena, out, &again));
		assert_true(text_equal(out, again));
	}
	arena_free(arena);
}

static void
canonical_names(void **state)
{
	struct text nul = { "a.example\0.com", 14 }, out;
	struct arena *arena = arena_new();

	(void)state;
	check_canonical(dns_name_canonical, dns_names, sizeof(dns_names) / sizeof(dns_names[0]));
	check_canonical(address_canonical, addresses, sizeof(addresses) / sizeof(addresses[0]));
	assert_false(dns_name_canonical(arena, nul, &out));
	assert_false(address_canonical(arena, (struct text){ "10.0.0.1\0", 9 }, &out));
	assert_false(dns_name_canonical(arena, (struct text){ NULL, 0 }, &out));
	assert_false(address_canonical(arena, (struct text){ NULL, 0 }, &out));
	arena_free(arena);
}

static void
long_names(void **state)
{
	struct arena *arena = arena_new();
	struct buffer name = { .arena = arena };
	struct text out;

	(void)state;
	while (name.length < 250)
		buffer_add(&name, TEXT("a."));
	buffer_add(&name, TEXT("bcd"));
	assert_int_equal(name.length, 253);
	assert_true(dns_name_canonical(arena, buffer_text(&name), &out));
	buffer_add(&name, TEXT("e"));
	assert_false(dns_name_canonical(arena, buffer_text(&name), &out));
	arena_free(arena);
}

struct block {
	const char *address;
	const char *block;
	bool inside;
};

static const struct block blocks[] = {
	{ "10.1.2.3", "10.0.0.0/8", true },
	{ "10.1.2.3", "0.0.0.0/0", true },
	{ "10.1.2.3", "10.1.2.3/32", true },
	{ "10.1.2.3", "10.1.2.3", true },
	{ "10.1.2.3", "10.1.2.0/30", true },
	{ "2001:db8::5", "2001:db8::/32", true },
	{ "2001:db8::5", "2001:db8::4/127", true },
	{ "2001:db8::5", "::/0", true },
	{ "11.1.2.3", "10.0.0.0/8", false },
	{ "10.1.2.4", "10.1.2.0/30", false },
	{ "10.1.2.4", "10.1.2.3", false },
	{ "10.1.2.3", "::/0", false },
	{ "::ffff:10.1.2.3", "10.0.0.0/8", false },
	{ "2001:db8::6", "2001:db8::4/127", false },
	{ "2001:db8::6", "0.0.0.0/0", false },
	{ "www.example.com", "0.0.0.0/0", false },
	{ "", "", false },
};

static const char *const malformed_blocks[] = { "", "/", "/8", "10.0.0.0/", "10.0.0.0/33",
	"10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/8 ", "10.0.0.0/ 8",
	"10.0.0.0/0x8", "10.1.0.0/8", "10.0.0.1/31", "10/8", "10.0.0.0/255.0.0.0", "2001:db8::/129",
	"2001:db8::1/64", "::/9999999999999999999", "*.example.com", "10.0.0.0/1000" };

static void
address_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (address_in_block(text_of(blocks[i].address), text_of(blocks[i].block)) !=
		    blocks[i].inside)
			fail_msg("%s in %s is not %d", blocks[i].address, blocks[i].block,
			    blocks[i].inside);
	for (size_t i = 0; i < sizeof(malformed_blocks) / sizeof(malformed_blocks[0]); i++) {
		if (address_block_valid(text_of(malformed_blocks[i])))
			fail_msg("the block \"%s\" passes", malformed_blocks[i]);
		assert_false(address_in_block(TEXT("10.0.0.0"), text_of(malformed_blocks[i])));
		assert_false(address_in_block(TEXT("2001:db8::1"), text_of(malformed_blocks[i])));
	}
	assert_true(address_block_valid(TEXT("10.0.0.0/8")));
	assert_true(address_block_valid(TEXT("2001:db8::/32")));
	assert_true(address_block_valid(TEXT("::1")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_patterns),
		cmocka_unit_test(many_stars_are_cheap),
		cmocka_unit_test(canonical_names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(address_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
