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
	sightings_forget_before(sightings, 400);
	assert_int_equal(sightings_see(sightings, TEXT("kept"), 600), 100);
	assert_int_equal(sightings_see(sightings, TEXT("old"), 600), 600);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
