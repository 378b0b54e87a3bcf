/* The machine's own ceilings on names: every kind of name, in honest and in hostile forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "issue/order.h"

/* Which list there is. */
enum { NAMES = 1, ADDRESSES = 2 };

static const char *const name_patterns[] = { "**.example.com", "example.com", "printer*" };
static const char *const address_blocks[] = { "10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "::/64" };

static struct local_limits
limits_of(struct arena *arena, int lists)
{
	struct local_limits limits = { .names_present = (lists & NAMES) != 0,
		.addresses_present = (lists & ADDRESSES) != 0 };

	for (size_t i = 0; limits.names_present && i < 3; i++)
		texts_add(arena, &limits.names, text_of(name_patterns[i]));
	for (size_t i = 0; limits.addresses_present && i < 4; i++)
		texts_add(arena, &limits.addresses, text_of(address_blocks[i]));
	return limits;
}

static bool
plan_within(struct arena *arena, const struct local_limits *limits, const struct plan *plan)
{
	struct text why = { NULL, 0 };
	bool within = order_check_limits(arena, plan, limits, &why);

	assert_int_equal(within, !text_present(why));
	return within;
}

static bool
within(int lists, enum alt_name_type type, struct text name)
{
	struct arena *arena = arena_new();
	struct local_limits limits = limits_of(arena, lists);
	struct plan plan = { 0 };
	bool good;

	texts_add(arena, &plan.alt_names.values[type], name);
	good = plan_within(arena, &limits, &plan);
	arena_free(arena);
	return good;
}

static bool
common_name_within(int lists, const char *name)
{
	struct arena *arena = arena_new();
	struct local_limits limits = limits_of(arena, lists);
	struct plan plan = { 0 };
	bool good;

	texts_add(arena, &plan.subject.values[SUBJECT_COMMON_NAME], text_of(name));
	good = plan_within(arena, &limits, &plan);
	arena_free(arena);
	return good;
}

static void
accepts(int lists, enum alt_name_type type, const char *name)
{
	if (!within(lists, type, text_of(name)))
		fail_msg("outside: %s", name);
}

static void
refuses(int lists, enum alt_name_type type, const char *name)
{
	if (within(lists, type, text_of(name)))
		fail_msg("within: %s", name);
}

static void
without_lists_there_is_no_ceiling(void **state)
{
	(void)state;
	accepts(0, ALT_NAME_DNS, "www.other.org");
	accepts(0, ALT_NAME_IP, "203.0.113.1");
	accepts(0, ALT_NAME_EMAIL, "a@other.org");
	accepts(0, ALT_NAME_URI, "urn:uuid:1");
	accepts(0, ALT_NAME_URI, "https://other.org:8443/x");
	accepts(0, ALT_NAME_UPN, "alice");
	assert_true(common_name_within(0, "Alice B. Example"));
	assert_true(common_name_within(0, "203.0.113.1"));
}

static void
dns_names(void **state)
{
	(void)state;
	accepts(NAMES, ALT_NAME_DNS, "www.example.com");
	accepts(NAMES, ALT_NAME_DNS, "*.example.com");
	accepts(NAMES, ALT_NAME_DNS, "xn--bcher-kva.example.com");
	refuses(NAMES, ALT_NAME_DNS, "www.example.org");
	refuses(NAMES, ALT_NAME_DNS, "www.example.com.");
	refuses(NAMES, ALT_NAME_DNS, "example.com.evil.org");
	refuses(NAMES, ALT_NAME_DNS, "notexample.com");
	refuses(NAMES, ALT_NAME_DNS, "*.com");
	refuses(NAMES, ALT_NAME_DNS, "");
	accepts(ADDRESSES, ALT_NAME_DNS, "www.example.org");
}

static void
mail_addresses(void **state)
{
	static const enum alt_name_type types[] = { ALT_NAME_EMAIL, ALT_NAME_UPN };
	static const char *const outside[] = { "a@example.org", "a@b@example.com",
		"a@evil.org@example.com", "a@example.com@evil.org", "@example.com", "a@", "a",
		"www.example.com", "", "a@*.example.com", "a@.example.com", "a@www.example.com.",
		"a@b\303\274cher.example.com", "a@[10.0.0.1]", "a@10.0.0.1",
		"a@evil.org/x.example.com", "a@evil.org\\.example.com", "a@example.com ",
		"a@ example.com", "a@example.com,b@evil.org", "a@example.com\nevil" };

	(void)state;
	for (size_t t = 0; t < 2; t++) {
		accepts(NAMES, types[t], "a@example.com");
		accepts(NAMES, types[t], "a.b+c@mail.example.com");
		accepts(NAMES, types[t], "a@MAIL.Example.com");
		accepts(NAMES, types[t], "a@xn--bcher-kva.example.com");
		for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
			refuses(NAMES | ADDRESSES, types[t], outside[i]);
		assert_false(within(NAMES, types[t], (struct text){ "a@evil.org\0.example.com", 23 }));
		accepts(ADDRESSES, types[t], "a@example.org");
	}
}

static void
uris(void **state)
{
	static const char *const outside[] = { "https://example.org/", "https://example.org",
		"https://user@www.example.com/", "https://user:pw@www.example.com/",
		"https://www.example.com@evil.org/", "https://evil.org\\@www.example.com/",
		"https://evil.org\\.example.com/", "https://evil.org%2f.example.com/",
		"https://evil.org%23.example.com", "https://evil.org#.example.com",
		"https://evil.org?.example.com", "https://evil.org/.example.com",
		"https://www.example.com./", "https://*.example.com/", "https:///x.example.com",
		"https://", "https://:443/", "https:www.example.com", "https:/www.example.com/",
		"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "mailto:a@example.com",
		"//www.example.com/", "www.example.com", "", "https://b\303\274cher.example.com/",
		"https://www.example.com:/", "https://www.example.com:https/",
		"https://www.example.com:1:2/", "https://www.example.com:443@evil.org/",
		"https://11.0.0.1/", "https://[2001:db9::1]/", "https://[::ffff:10.0.0.1]/",
		"https://[10.0.0.1]/", "https://[2001:db8::1/", "https://[2001:db8::1]x/",
		"https://[2001:db8::1]:x/", "https://[2001:db8::1%25eth0]/",
		"https://[2001:db8::1]@evil.org/", "https://[v1.example.com]/", "https://010.0.0.1/",
		"https://10.1/", "https://10.0.0.1./", "https://167772161/" };

	(void)state;
	accepts(NAMES, ALT_NAME_URI, "https://www.example.com/a/b?c@d#e");
	accepts(NAMES, ALT_NAME_URI, "https://www.example.com");
	accepts(NAMES, ALT_NAME_URI, "https://WWW.example.com:8443/");
	accepts(NAMES, ALT_NAME_URI, "spiffe://example.com/x");
	accepts(NAMES, ALT_NAME_URI, "https://xn--bcher-kva.example.com/");
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		refuses(NAMES | ADDRESSES, ALT_NAME_URI, outside[i]);
	/* an address as the host is an address */
	accepts(NAMES | ADDRESSES, ALT_NAME_URI, "https://10.0.0.1:8443/");
	accepts(NAMES | ADDRESSES, ALT_NAME_URI, "https://[2001:db8::1]:8443/");
	refuses(NAMES, ALT_NAME_URI, "https://10.0.0.1/");
	refuses(NAMES, ALT_NAME_URI, "https://[2001:db8::1]/");
	/* blocks alone leave other hosts free, but not what may hide an address */
	accepts(ADDRESSES, ALT_NAME_URI, "https://example.org/");
	accepts(ADDRESSES, ALT_NAME_URI, "urn:uuid:1");
	refuses(ADDRESSES, ALT_NAME_URI, "https://11.0.0.1/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://[2001:db9::1]/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://x:y@11.0.0.1/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://x@11.0.0.1/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://x@[2001:db9::1]/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://%31%31.0.0.1/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://011.0.0.1/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://11.0.0.1./");
	refuses(ADDRESSES, ALT_NAME_URI, "https://11.1/");
	refuses(ADDRESSES, ALT_NAME_URI, "https://184549377/");
	accepts(ADDRESSES, ALT_NAME_URI, "https://WWW.example.org:8443/x");
}

static void
addresses(void **state)
{
	static const char *const outside[] = { "11.0.0.1", "192.0.2.8", "2001:db9::1",
		"::ffff:10.0.0.1", "::ffff:0a00:0001", "::ffff:11.0.0.1", "10.0.0.1/8", "10.0.0",
		"010.0.0.1", "", "www.example.com", "10.0.0.1.", "2001:db8::1%eth0" };

	(void)state;
	for (int lists = ADDRESSES; lists <= (ADDRESSES | NAMES); lists++) {
		accepts(lists, ALT_NAME_IP, "10.1.2.3");
		accepts(lists, ALT_NAME_IP, "192.0.2.7");
		accepts(lists, ALT_NAME_IP, "2001:db8:1::1");
		for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
			refuses(lists, ALT_NAME_IP, outside[i]);
	}
	/* the mapped ones lie in the block ::/64 as numbers, and are refused all the same */
	accepts(ADDRESSES, ALT_NAME_IP, "::1");
	refuses(NAMES, ALT_NAME_IP, "10.1.2.3");
	refuses(NAMES, ALT_NAME_IP, "2001:db8::1");
}

static void
common_names(void **state)
{
	static const char *const outside[] = { "www.example.org", "Alice Example", "alice",
		"evil.org/x.example.com", "http://evil.org/.example.com", "x y.example.com",
		"a@example.org", "a@b@www.example.com", "evil@www.example.com@evil.org",
		"www.example.com.", "11.0.0.1", "::ffff:10.0.0.1", "2001:db9::1",
		"evil.org\n.example.com", "printer.1/2", "" };

	(void)state;
	assert_true(common_name_within(NAMES, "www.example.com"));
	assert_true(common_name_within(NAMES, "WWW.Example.com"));
	assert_true(common_name_within(NAMES, "*.example.com"));
	assert_true(common_name_within(NAMES, "a@mail.example.com"));
	assert_true(common_name_within(NAMES, "printer 7, 2nd floor"));
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		if (common_name_within(NAMES | ADDRESSES, outside[i]))
			fail_msg("within: %s", outside[i]);
	assert_true(common_name_within(NAMES | ADDRESSES, "10.0.0.1"));
	assert_false(common_name_within(NAMES, "10.0.0.1"));
	assert_true(common_name_within(ADDRESSES, "Alice B. Example"));
	assert_false(common_name_within(ADDRESSES, "11.0.0.1"));
}

static void
empty_lists_allow_nothing(void **state)
{
	struct arena *arena = arena_new();
	struct local_limits limits = { .names_present = true, .addresses_present = true };
	static const char *const names[ALT_NAME_TYPES] = {
		[ALT_NAME_DNS] = "www.example.com",
		[ALT_NAME_IP] = "10.0.0.1",
		[ALT_NAME_EMAIL] = "a@example.com",
		[ALT_NAME_URI] = "https://www.example.com/",
		[ALT_NAME_UPN] = "a@example.com",
	};

	(void)state;
	for (size_t type = 0; type < ALT_NAME_TYPES; type++) {
		struct plan plan = { 0 };

		texts_add(arena, &plan.alt_names.values[type], text_of(names[type]));
		assert_false(plan_within(arena, &limits, &plan));
	}
	arena_free(arena);
}

static void
extended_key_usages(void **state)
{
	static const struct {
		const char *allowed, *usages[2];
		bool ca, within;
	} cases[] = {
		{ "serverAuth", { "serverAuth" }, false, true },
		{ "serverAuth", { "1.3.6.1.5.5.7.3.1" }, false, true },
		{ "1.3.6.1.5.5.7.3.1", { "serverAuth" }, false, true },
		{ "1.3.6.1.4.1.55555.1", { "1.3.6.1.4.1.55555.1" }, false, true },
		{ "serverAuth", { "clientAuth" }, false, false },
		{ "serverAuth", { "serverAuth", "OCSPSigning" }, false, false },
		{ "serverAuth", { "OCSPSigning", "serverAuth" }, true, false },
		{ "serverAuth", { "1.3.6.1.5.5.7.3.11" }, false, false },
		{ "serverAuth", { "2.5.29.37.0" }, false, false },
		{ "serverAuth", { "no usage" }, false, false },
		{ "serverAuth", { NULL }, false, false },
		{ "serverAuth", { NULL }, true, true },
		{ NULL, { "serverAuth" }, false, false },
		{ NULL, { NULL }, false, false },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct local_limits limits = { .usages_present = true, .ca = PERMISSION_ALLOWED };
		struct plan plan = { .ca = cases[i].ca };

		if (cases[i].allowed != NULL)
			texts_add(arena, &limits.extended_key_usages, text_of(cases[i].allowed));
		for (size_t j = 0; j < 2 && cases[i].usages[j] != NULL; j++)
			texts_add(arena, &plan.extended_key_usages, text_of(cases[i].usages[j]));
		if (plan_within(arena, &limits, &plan) != cases[i].within)
			fail_msg("case %zu", i);
		/* whatever else is allowed, before it and behind it */
		if (cases[i].within) {
			limits.extended_key_usages = (struct texts){ 0 };
			texts_add(arena, &limits.extended_key_usages, TEXT("timeStamping"));
			texts_add(arena, &limits.extended_key_usages, text_of(cases[i].allowed));
			texts_add(arena, &limits.extended_key_usages, TEXT("emailProtection"));
			assert_true(plan_within(arena, &limits, &plan));
		}
		limits.usages_present = false;
		assert_true(plan_within(arena, &limits, &plan));
	}
	arena_free(arena);
}

/* One name outside is enough; what else a subject says is not the host's name. */
static void
every_name_counts(void **state)
{
	struct arena *arena = arena_new();
	struct local_limits limits = limits_of(arena, NAMES | ADDRESSES);
	struct plan plan = { 0 };

	(void)state;
	texts_add(arena, &plan.subject.values[SUBJECT_ORGANIZATION], TEXT("evil.org"));
	texts_add(arena, &plan.subject.values[SUBJECT_DOMAIN_COMPONENT], TEXT("org"));
	texts_add(arena, &plan.alt_names.values[ALT_NAME_DNS], TEXT("www.example.com"));
	texts_add(arena, &plan.alt_names.values[ALT_NAME_UPN], TEXT("a@example.com"));
	assert_true(plan_within(arena, &limits, &plan));
	texts_add(arena, &plan.alt_names.values[ALT_NAME_UPN], TEXT("a@example.org"));
	assert_false(plan_within(arena, &limits, &plan));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_lists_there_is_no_ceiling),
		cmocka_unit_test(dns_names),
		cmocka_unit_test(mail_addresses),
		cmocka_unit_test(uris),
		cmocka_unit_test(addresses),
		cmocka_unit_test(common_names),
		cmocka_unit_test(empty_lists_allow_nothing),
		cmocka_unit_test(extended_key_usages),
		cmocka_unit_test(every_name_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
