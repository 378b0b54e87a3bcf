#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"

/* Strings of many sizes, so that there are several blocks. */
static char *
filled(struct arena *arena, size_t bytes)
{
	char *memory = arena_allocate(arena, bytes + 1);

	memset(memory, 'x', bytes);
	return memory;
}

/* What was allocated from either stays, and both can be allocated from; the sanitizers watch. */
static void
joined_memory_lives_on(void **state)
{
	static const size_t sizes[] = { 0, 10, 20000, 3000000 };
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

	(void)state;
	for (size_t i = 0; i < SIZES; i++) {
		for (size_t j = 0; j < SIZES; j++) {
			struct arena *arena = arena_new(), *other = arena_new();
			char *first = sizes[i] == 0 ? NULL : filled(arena, sizes[i]);
			char *second = sizes[j] == 0 ? NULL : filled(other, sizes[j]);
			size_t together = arena_size_bytes(arena) + arena_size_bytes(other);
			char *third;

			arena_join(arena, other);
			assert_int_equal(arena_size_bytes(arena), together);
			third = filled(arena, 100);
			assert_true(first == NULL || strlen(first) == sizes[i]);
			assert_true(second == NULL || strlen(second) == sizes[j]);
			assert_int_equal(strlen(third), 100);
			arena_free(arena);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined_memory_lives_on),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
