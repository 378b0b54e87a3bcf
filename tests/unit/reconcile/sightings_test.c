#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "reconcile/sightings.h"

static void
first_time_stands(void **state)
{
	struct sightings *sightings = sightings_new();

	(void)state;
	assert_int_equal(sightings_see(sightings, TEXT("aa"), 100), 100);
	assert_int_equal(sightings_see(sightings, TEXT("aa"), 200), 100);
	assert_int_equal(sightings_see(sightings, TEXT("ab"), 200), 200);
	sightings_free(sightings);
}

static void
odd_ids_are_not_kept(void **state)
{
	struct sightings *sightings = sightings_new();
	char longer[65] = { 0 };

	(void)state;
	assert_int_equal(sightings_see(sightings, TEXT(""), 100), 100);
	assert_int_equal(sightings_see(sightings, TEXT(""), 200), 200);
	assert_int_equal(sightings_see(sightings, (struct text){ longer, 65 }, 100), 100);
	assert_int_equal(sightings_see(sightings, (struct text){ longer, 65 }, 300), 300);
	sightings_free(sightings);
}

static void
many_survive_growth(void **state)
{
	struct sightings *sightings = sightings_new();
	struct arena *arena = arena_new();

	(void)state;
	for (int i = 0; i < 5000; i++)
		assert_int_equal(sightings_see(sightings, text_printf(arena, "%040x", i), 10 + i), 10 + i);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(sightings_see(sightings, text_printf(arena, "%040x", i), 9999), 10 + i);
	arena_free(arena);
	sightings_free(sightings);
}

static void
what_is_no_longer_asked_for_is_forgotten(void **state)
{
	struct sightings *sightings = sightings_new();

	(void)state;
	(void)sightings_see(sightings, TEXT("old"), 100);
	(void)sightings_see(sightings, TEXT("kept"), 100);
	(void)sightings_see(sightings, TEXT("kept"), 500);
	sightings_forget_before(sightings, 400, 500);
	assert_int_equal(sightings_see(sightings, TEXT("kept"), 600), 100);
	assert_int_equal(sightings_see(sightings, TEXT("old"), 600), 600);
	sightings_free(sightings);
}

/* Each commit of a flood is seen once: what somebody still asks for stays, and little memory is kept. */
static void
a_flood_is_forgotten(void **state)
{
	struct sightings *sightings = sightings_new();
	struct arena *arena = arena_new();

	(void)state;
	for (int i = 0; i < 4 * SIGHTINGS_MOST; i++)
		(void)sightings_see(sightings, text_printf(arena, "%040x", i), 1000);
	assert_int_equal(sightings_see(sightings, text_printf(arena, "%040x", 7), 1001), 1000);
	sightings_forget_before(sightings, 500, 1001);
	assert_true(sightings_bytes(sightings) < 1024 * 1024);
	assert_int_equal(sightings_see(sightings, text_printf(arena, "%040x", 7), 1002), 1000);
	assert_int_equal(sightings_see(sightings, text_printf(arena, "%040x", 8), 1002), 1002);
	arena_free(arena);
	sightings_free(sightings);
}

/* As long as there are not many, all stay. */
static void
few_stay(void **state)
{
	struct sightings *sightings = sightings_new();
	struct arena *arena = arena_new();

	(void)state;
	for (int i = 0; i < SIGHTINGS_MOST; i++)
		(void)sightings_see(sightings, text_printf(arena, "%040x", i), 1000);
	sightings_forget_before(sightings, 500, 2000);
	for (int i = 0; i < SIGHTINGS_MOST; i++)
		assert_int_equal(sightings_see(sightings, text_printf(arena, "%040x", i), 3000), 1000);
	arena_free(arena);
	sightings_free(sightings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_time_stands),
		cmocka_unit_test(odd_ids_are_not_kept),
		cmocka_unit_test(many_survive_growth),
		cmocka_unit_test(what_is_no_longer_asked_for_is_forgotten),
		cmocka_unit_test(a_flood_is_forgotten),
		cmocka_unit_test(few_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
