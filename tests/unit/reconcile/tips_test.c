#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/file.h"
#include "reconcile/tips.h"

#define ID_A "1111111111111111111111111111111111111111"
#define ID_B "2222222222222222222222222222222222222222"

static char folder[] = "/tmp/tips_test.XXXXXX";

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
written_tips_are_read_again(void **state)
{
	struct arena *arena = arena_new();
	char *path = arena_printf(arena, "%s/tips", folder);
	struct tips tips = { .input = TEXT(ID_A), .output = TEXT(ID_B) }, read;
	struct text why;
	struct stat about;

	(void)state;
	assert_true(tips_write(arena, path, &tips));
	assert_true(tips_read(arena, path, &read, &why));
	assert_true(text_is(read.input, ID_A));
	assert_true(text_is(read.output, ID_B));
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	tips.output = (struct text){ NULL, 0 };
	assert_true(tips_write(arena, path, &tips));
	assert_true(tips_read(arena, path, &read, &why));
	assert_false(text_present(read.output));
	unlink(path);
	arena_free(arena);
}

static void
no_file_is_no_tips(void **state)
{
	struct arena *arena = arena_new();
	struct tips read;
	struct text why;

	(void)state;
	assert_true(tips_read(arena, arena_printf(arena, "%s/none", folder), &read, &why));
	assert_false(text_present(read.input));
	assert_false(text_present(read.output));
	arena_free(arena);
}

static void
a_damaged_file_is_never_read_as_empty(void **state)
{
	static const char *const damaged[] = {
		"input 111\n", "input " ID_A "\ngarbage\n", "INPUT " ID_A "\n",
		"output " ID_A "0\n", "\n", "input  " ID_A "\n",
		"input AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
	};
	struct arena *arena = arena_new();
	char *path = arena_printf(arena, "%s/tips", folder);
	struct tips read;

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct text why = { NULL, 0 };

		assert_true(file_write_durable(path, text_of(damaged[i]), 0600));
		assert_false(tips_read(arena, path, &read, &why));
		assert_true(text_present(why));
	}
	unlink(path);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_tips_are_read_again),
		cmocka_unit_test(no_file_is_no_tips),
		cmocka_unit_test(a_damaged_file_is_never_read_as_empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
