#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/text.h"

ARRAY(numbers, int);

static int
compare_numbers(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Each place that a number has, would have, or would have behind others of its kind. */
static void
the_first_place_is_found(void **state)
{
	static const int from[] = { 1, 3, 3, 3, 7 };
	static const size_t first[] = { 0, 0, 1, 1, 4, 4, 4, 4, 5 };
	struct arena *arena = arena_new();
	struct numbers numbers = { 0 };
	int wanted = 3;

	(void)state;
	assert_int_equal(ARRAY_FIRST(&numbers, &wanted, compare_numbers), 0);
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		*ARRAY_ADD(arena, &numbers) = from[i];
	for (wanted = 0; wanted < 9; wanted++)
		assert_int_equal(ARRAY_FIRST(&numbers, &wanted, compare_numbers), first[wanted]);
	arena_free(arena);
}

static void
a_text_is_found_among_sorted_ones(void **state)
{
	struct arena *arena = arena_new();
	struct texts texts = { 0 };

	(void)state;
	assert_null(texts_find(&texts, TEXT("b")));
	texts_add(arena, &texts, TEXT("c"));
	texts_add(arena, &texts, TEXT("b"));
	texts_add(arena, &texts, TEXT("bb"));
	texts_sort_unique(&texts);
	assert_ptr_equal(texts_find(&texts, TEXT("b")), &texts.at[0]);
	assert_ptr_equal(texts_find(&texts, TEXT("bb")), &texts.at[1]);
	assert_ptr_equal(texts_find(&texts, TEXT("c")), &texts.at[2]);
	assert_null(texts_find(&texts, TEXT("")));
	assert_null(texts_find(&texts, TEXT("bbb")));
	assert_null(texts_find(&texts, TEXT("d")));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_place_is_found),
		cmocka_unit_test(a_text_is_found_among_sorted_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
