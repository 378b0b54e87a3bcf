/*
 * What OpenSSL gives back is overwritten. It is looked for where it lay: the C
 * library hands out first what was given back last, which sanitizers and
 * valgrind are there to prevent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"

/* The C library writes its own links into the first octets of what lies free. */
enum { SHORT_BYTES = 200, LONG_BYTES = 1000, LINK_BYTES = 16, SECRET = 0x5a };

static void
needs_plain_memory(void)
{
	const char *loaded = getenv("LD_PRELOAD");

#if defined(SANITIZED) || !defined(__GLIBC__)
	skip();
#endif
	if (loaded != NULL && strstr(loaded, "vgpreload") != NULL)
		skip();
}

static unsigned char *
secret_of(size_t bytes)
{
	unsigned char *memory = OPENSSL_malloc(bytes);

	assert_non_null(memory);
	memset(memory, SECRET, bytes);
	return memory;
}

/* What lay at `place` was given back just now. */
static void
assert_overwritten(uintptr_t place, size_t bytes)
{
	volatile unsigned char *again = malloc(bytes);
	size_t found = 0;

	assert_int_equal((uintptr_t)again, place);
	for (size_t i = LINK_BYTES; i < bytes; i++)
		found += again[i] == SECRET;
	free((void *)(uintptr_t)again);
	assert_int_equal(found, 0);
}

static void
what_is_freed_is_overwritten(void **state)
{
	unsigned char *memory;
	uintptr_t place;

	(void)state;
	needs_plain_memory();
	memory = secret_of(LONG_BYTES);
	place = (uintptr_t)memory;
	OPENSSL_free(memory);
	assert_overwritten(place, LONG_BYTES);
	OPENSSL_free(NULL);
}

static void
what_grows_leaves_nothing_behind(void **state)
{
	unsigned char *memory, *larger;
	uintptr_t place;

	(void)state;
	needs_plain_memory();
	memory = secret_of(SHORT_BYTES);
	place = (uintptr_t)memory;
	larger = OPENSSL_realloc(memory, LONG_BYTES);
	assert_int_not_equal((uintptr_t)larger, place);
	for (size_t i = 0; i < SHORT_BYTES; i++)
		assert_int_equal(larger[i], SECRET);
	assert_overwritten(place, SHORT_BYTES);
	/* nothing moves where there is room, and nothing of nothing is an allocation */
	assert_ptr_equal(OPENSSL_realloc(larger, LONG_BYTES - 1), larger);
	place = (uintptr_t)larger;
	assert_null(OPENSSL_realloc(larger, 0));
	assert_overwritten(place, LONG_BYTES);
	larger = OPENSSL_realloc(NULL, SHORT_BYTES);
	assert_non_null(larger);
	OPENSSL_free(larger);
}

static void
a_copy_is_overwritten_where_it_was_made_last(void **state)
{
	char *copy, *other;

	(void)state;
	copy = OPENSSL_strdup("12345");
	assert_false(wipe_newest_copy(TEXT("12346")));
	assert_false(wipe_newest_copy(TEXT("")));
	assert_false(wipe_newest_copy((struct text){ NULL, 0 }));
	assert_string_equal(copy, "12345");
	other = OPENSSL_strdup("another");
	assert_false(wipe_newest_copy(TEXT("12345")));
	OPENSSL_free(other);
	assert_false(wipe_newest_copy(TEXT("another")));
	OPENSSL_free(copy);
	copy = OPENSSL_strdup("12345");
	assert_true(wipe_newest_copy(TEXT("12345")));
	assert_memory_equal(copy, "\0\0\0\0\0", 6);
	OPENSSL_free(copy);
	assert_false(wipe_newest_copy(TEXT("12345")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_freed_is_overwritten),
		cmocka_unit_test(what_grows_leaves_nothing_behind),
		cmocka_unit_test(a_copy_is_overwritten_where_it_was_made_last),
	};

	if (!wipe_what_is_freed())
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("wipe", tests, NULL, NULL);
}
