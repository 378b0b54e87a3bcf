#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands/state_filter.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static state_set
states_of(const char *word)
{
	state_set states = 0;
	struct text why = { NULL, 0 };

	if (!state_filter_parse(arena, text_of(word), &states, &why))
		fail_msg("%s: %s", word, why.at);
	return states;
}

static void
assert_unknown(const char *word, const char *expected)
{
	state_set states = 0;
	struct text why = { NULL, 0 };

	assert_false(state_filter_parse(arena, text_of(word), &states, &why));
	if (strstr(why.at, expected) == NULL)
		fail_msg("\"%s\" is not in: %s", expected, why.at);
}

static void
every_state_has_its_name_and_is_in_one_list(void **state)
{
	static const char *const lists[] = {
		"open", "approved", "rejected", "cancelled", "expired", "attention" };
	state_set all = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(all & states_of(lists[i]), 0);
		all |= states_of(lists[i]);
	}
	assert_int_equal(all, states_of("all"));
	for (int one = 0; one < REQUEST_STATES; one++)
		assert_true((all & 1u << one) != 0);
}

static void
lists_are_those_of_the_format(void **state)
{
	(void)state;
	assert_int_equal(states_of("open"), 1u << STATE_PENDING_APPROVAL | 1u << STATE_APPROVED);
	assert_int_equal(states_of("approved"), 1u << STATE_ISSUED | 1u << STATE_RENEWING |
	    1u << STATE_SUPERSEDED | 1u << STATE_REVOKED);
	assert_int_equal(states_of("attention"), 1u << STATE_INVALID | 1u << STATE_FAILED);
}

static void
a_state_in_any_case_and_a_list_of_its_own_name(void **state)
{
	(void)state;
	assert_int_equal(states_of("Issued"), 1u << STATE_ISSUED);
	assert_int_equal(states_of("pendingAPPROVAL"), 1u << STATE_PENDING_APPROVAL);
	/* "approved" is the list of what was approved in the end, "Approved" what is being issued */
	assert_int_equal(states_of("Approved"), 1u << STATE_APPROVED);
	assert_int_not_equal(states_of("approved"), 1u << STATE_APPROVED);
}

static void
other_words(void **state)
{
	(void)state;
	assert_unknown("opne", "did you mean open?");
	assert_unknown("Rejcted", "did you mean ");
	assert_unknown("", "neither a list nor a state");
	assert_unknown("open ", "neither a list nor a state");
	assert_unknown("zzzzzzzzzzzz", "there are open, approved,");
	assert_unknown("\033[2J", "\\x1b[2J");
}

static void
only_what_has_not_ended_is_pending(void **state)
{
	(void)state;
	assert_true(state_filter_is_pending(states_of("open")));
	assert_true(state_filter_is_pending(states_of("attention")));
	assert_true(state_filter_is_pending(states_of("Failed")));
	assert_false(state_filter_is_pending(states_of("all")));
	assert_false(state_filter_is_pending(states_of("approved")));
	assert_false(state_filter_is_pending(states_of("open") | states_of("expired")));
}

int
main(void)
{
#define TEST_CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(every_state_has_its_name_and_is_in_one_list),
		TEST_CASE(lists_are_those_of_the_format),
		TEST_CASE(a_state_in_any_case_and_a_list_of_its_own_name),
		TEST_CASE(other_words),
		TEST_CASE(only_what_has_not_ended_is_pending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
