/*
 * What OpenSSL has freed, read as somebody would who reads this process's memory: by its own
 * file, for a look by a pointer would be a fault of the test's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wipe.h"

/* What the C library writes into what is free stands at the front, and is not looked at. */
enum { SECRET_BYTES = 4000, LARGER_BYTES = 400000, FRONT_BYTES = 64, SECRET = 'S' };

static void *
secret_new(void)
{
	char *memory = OPENSSL_malloc(SECRET_BYTES);

	assert_non_null(memory);
	memset(memory, SECRET, SECRET_BYTES);
	return memory;
}

/* How much of a secret is left at an address; memory that was given back has nothing. */
static size_t
secret_bytes_at(uintptr_t address)
{
	static char found[SECRET_BYTES];
	int descriptor = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t length = pread(descriptor, found, sizeof(found), (off_t)address);
	size_t left = 0;

	assert_true(descriptor >= 0);
	(void)close(descriptor);
	for (ssize_t i = FRONT_BYTES; i < length; i++)
		left += found[i] == SECRET;
	return left;
}

static void
it_is_too_late_behind_the_first_use(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		OPENSSL_free(OPENSSL_malloc(1));
		_exit(wipe_what_is_freed() ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
what_is_freed_is_overwritten(void **state)
{
	void *memory = secret_new(), *behind = secret_new();
	uintptr_t address = (uintptr_t)memory;

	(void)state;
	assert_int_equal(secret_bytes_at(address), SECRET_BYTES - FRONT_BYTES);
	OPENSSL_free(memory);
	assert_int_equal(secret_bytes_at(address), 0);
	OPENSSL_free(behind);
	OPENSSL_free(NULL);
}

static void
what_grows_leaves_nothing_behind(void **state)
{
	void *memory = secret_new(), *behind = secret_new();
	uintptr_t address = (uintptr_t)memory;
	char *larger = OPENSSL_realloc(memory, LARGER_BYTES);

	(void)state;
	assert_non_null(larger);
	assert_int_not_equal((uintptr_t)larger, address);
	for (size_t i = 0; i < SECRET_BYTES; i++)
		assert_int_equal(larger[i], SECRET);
	assert_int_equal(secret_bytes_at(address), 0);
	OPENSSL_free(larger);
	OPENSSL_free(behind);
}

static void
memory_is_otherwise_as_it_was(void **state)
{
	char *memory = OPENSSL_realloc(NULL, 10);

	(void)state;
	assert_non_null(memory);
	memset(memory, SECRET, 10);
	memory = OPENSSL_realloc(memory, 5);
	assert_memory_equal(memory, "SSSSS", 5);
	assert_null(OPENSSL_realloc(memory, 0));
	assert_null(OPENSSL_malloc(0));
}

static int
begin(void **state)
{
	(void)state;
	return wipe_what_is_freed() ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* the first: behind it this process has begun itself */
		cmocka_unit_test(it_is_too_late_behind_the_first_use),
		cmocka_unit_test_setup(what_is_freed_is_overwritten, begin),
		cmocka_unit_test_setup(what_grows_leaves_nothing_behind, begin),
		cmocka_unit_test_setup(memory_is_otherwise_as_it_was, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
