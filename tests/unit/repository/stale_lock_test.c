#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "repository/stale_lock.h"

static char folder[] = "/tmp/stale_lock_test.XXXXXX";
static char path[sizeof(folder) + 16];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/ref.lock", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
make_file(const char *name, time_t age_seconds)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - age_seconds } };
	int descriptor = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);

	times[1] = times[0];
	assert_true(descriptor >= 0);
	assert_int_equal(futimens(descriptor, times), 0);
	close(descriptor);
}

static void
make_lock(time_t age_seconds)
{
	make_file(path, age_seconds);
}

static void
an_old_lock_is_removed(void **state)
{
	(void)state;
	make_lock(STALE_LOCK_SECONDS + 2);
	assert_true(stale_lock_remove(path));
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_living_lock_stays(void **state)
{
	(void)state;
	make_lock(STALE_LOCK_SECONDS - 10);
	assert_false(stale_lock_remove(path));
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void
a_lock_from_the_future_stays(void **state)
{
	(void)state;
	make_lock(-3600);
	assert_false(stale_lock_remove(path));
	unlink(path);
}

static void
what_is_no_file_stays(void **state)
{
	(void)state;
	assert_false(stale_lock_remove(path));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(stale_lock_remove(path));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/nowhere", path), 0);
	assert_false(stale_lock_remove(path));
	unlink(path);
}

/* It is held as long as all refs are written, or a hook runs on them. */
static void
the_lock_of_all_packed_refs_is_left_longer(void **state)
{
	char lock[sizeof(folder) + 32], new[sizeof(folder) + 32];

	(void)state;
	(void)snprintf(lock, sizeof(lock), "%s/packed-refs.lock", folder);
	(void)snprintf(new, sizeof(new), "%s/packed-refs.new", folder);
	make_file(lock, STALE_PACKED_LOCK_SECONDS - 10);
	assert_false(stale_lock_remove(lock));
	unlink(lock);
	make_file(lock, STALE_PACKED_LOCK_SECONDS + 2);
	make_file(new, 5);
	assert_false(stale_lock_remove(lock));
	unlink(new);
	make_file(new, STALE_PACKED_LOCK_SECONDS + 2);
	assert_true(stale_lock_remove(lock));
	assert_int_equal(access(lock, F_OK), -1);
	unlink(new);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_lock_is_removed),
		cmocka_unit_test(a_living_lock_stays),
		cmocka_unit_test(a_lock_from_the_future_stays),
		cmocka_unit_test(what_is_no_file_stays),
		cmocka_unit_test(the_lock_of_all_packed_refs_is_left_longer),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
