/*
 * Decisions that are shown long after they are said to have been seen: believed from then on, until
 * their request has ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>

#include "checker/checking.h"

enum { SHOWN_AT = 1000000, SAID_AT = 5, REQUESTS = 40, DECISIONS = 3 };

struct late_test {
	struct arena *arena;
	struct accepted accepted;
	struct request_records records; /* sorted, as those of a commit are */
};

static struct text
evidence(struct arena *arena, size_t request, size_t decision)
{
	/* in no order that is theirs */
	return text_printf(arena, "%064zx", (request * 7919 + decision * 104729) % 65521);
}

static int
set_up(void **state)
{
	static struct late_test test;

	test = (struct late_test){ .arena = arena_new(), .accepted = { .arena = arena_new() } };
	for (size_t i = 0; i < REQUESTS; i++) {
		struct request_record *record = ARRAY_ADD(test.arena, &test.records);

		record->id = text_printf(test.arena, "r/%04zu", i);
		record->state = STATE_PENDING_APPROVAL;
		for (size_t j = 0; j < DECISIONS; j++)
			*ARRAY_ADD(test.arena, &record->decisions) = (struct verified_decision){
				.evidence = evidence(test.arena, i, j), .by = TEXT("dave"),
				.key = TEXT("SHA256:key"), .observed_at = SAID_AT };
	}
	*state = &test;
	return 0;
}

static int
tear_down(void **state)
{
	struct late_test *test = *state;

	arena_free(test->arena);
	accepted_free(&test->accepted);
	return 0;
}

/* The records from `from` on, `count` of them, are shown at that time. */
static void
show(struct late_test *test, size_t from, size_t count, moment now)
{
	struct request_records some = { &test->records.at[from], count, count };
	struct shown_commit shown = { .now = now };

	late_take(NULL, &test->accepted, &shown, &some);
}

/* All decisions of a request are believed from then on. */
static void
believed_from(struct late_test *test, size_t request, moment from)
{
	struct verified_decisions decisions =
	    late_apply(&test->accepted, test->arena, &test->records.at[request]);

	assert_int_equal(decisions.count, DECISIONS);
	for (size_t i = 0; i < DECISIONS; i++)
		assert_int_equal(decisions.at[i].observed_at, from);
}

static void
each_is_believed_from_when_it_was_first_shown(void **state)
{
	struct late_test *test = *state;

	show(test, 20, 20, SHOWN_AT);
	show(test, 0, 30, SHOWN_AT + 100);
	show(test, 0, REQUESTS, SHOWN_AT + 200);
	assert_int_equal(test->accepted.late.count, REQUESTS * DECISIONS);
	for (size_t i = 0; i < REQUESTS; i++)
		believed_from(test, i, i < 20 ? SHOWN_AT + 100 : SHOWN_AT);
}

static void
what_was_shown_in_time_is_as_it_says(void **state)
{
	struct late_test *test = *state;

	show(test, 0, REQUESTS, SAID_AT + CHECKER_CLOCK_SECONDS);
	assert_int_equal(test->accepted.late.count, 0);
	show(test, 0, 1, SAID_AT + CHECKER_CLOCK_SECONDS + 1);
	believed_from(test, 0, SAID_AT + CHECKER_CLOCK_SECONDS + 1);
	believed_from(test, 1, SAID_AT);
}

static void
an_ended_request_is_forgotten_and_no_other(void **state)
{
	struct late_test *test = *state;

	show(test, 0, REQUESTS, SHOWN_AT);
	for (size_t i = 0; i < REQUESTS; i += 2)
		test->records.at[i].state = STATE_ISSUED;
	show(test, 0, 30, SHOWN_AT + 100);
	assert_int_equal(test->accepted.late.count, 25 * DECISIONS);
	for (size_t i = 0; i < REQUESTS; i++)
		believed_from(test, i, i < 30 && i % 2 == 0 ? SAID_AT : SHOWN_AT);
}

/* What one person has signed says nothing of when somebody else did, nor of another key of the same one. */
static void
several_may_sign_the_same_bytes(void **state)
{
	struct late_test *test = *state;
	struct request_record *record = &test->records.at[0];
	struct text bytes = evidence(test->arena, 0, 0);
	struct verified_decisions decisions;

	record->decisions.count = 1;
	record->decisions.at[0].by = TEXT("alice");
	record->decisions.at[0].key = TEXT("SHA256:one");
	show(test, 0, 1, SHOWN_AT);
	*ARRAY_ADD(test->arena, &record->decisions) = (struct verified_decision){ .evidence = bytes,
		.by = TEXT("bob"), .key = TEXT("SHA256:two"), .observed_at = SAID_AT };
	show(test, 0, 1, SHOWN_AT + 100);
	*ARRAY_ADD(test->arena, &record->decisions) = (struct verified_decision){ .evidence = bytes,
		.by = TEXT("bob"), .key = TEXT("SHA256:three"), .observed_at = SAID_AT };
	show(test, 0, 1, SHOWN_AT + 200);
	decisions = late_apply(&test->accepted, test->arena, record);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(decisions.at[i].observed_at, SHOWN_AT + 100 * (moment)i);
}

/* Whatever order the file has them in. */
static void
it_is_known_after_a_restart(void **state)
{
	struct late_test *test = *state;
	char folder[] = "/tmp/late-test-XXXXXX";
	const char *path;
	struct text why;

	show(test, 0, REQUESTS, SHOWN_AT);
	test->accepted.output = test->accepted.input =
	    TEXT("0123456789012345678901234567890123456789");
	test->accepted.configuration_digest = TEXT("sha256:"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	for (size_t i = 0; i < REQUESTS; i++) {
		struct late_sight *one = &test->accepted.late.at[i];
		struct late_sight *other = &test->accepted.late.at[REQUESTS * DECISIONS - 1 - i];
		struct late_sight swapped = *one;

		*one = *other;
		*other = swapped;
	}
	assert_non_null(mkdtemp(folder));
	path = arena_printf(test->arena, "%s/accepted", folder);
	assert_true(accepted_write(path, &test->accepted));
	accepted_free(&test->accepted);
	assert_true(accepted_read(path, &test->accepted, &why));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
	for (size_t i = 0; i < REQUESTS; i++)
		believed_from(test, i, SHOWN_AT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_is_believed_from_when_it_was_first_shown, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(what_was_shown_in_time_is_as_it_says, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_ended_request_is_forgotten_and_no_other, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(several_may_sign_the_same_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_known_after_a_restart, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
