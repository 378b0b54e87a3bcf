#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "reconcile/open_index.h"

static void
record_add(struct arena *arena, struct request_records *records, const char *id,
    enum request_state state)
{
	*ARRAY_ADD(arena, records) = (struct request_record){ .id = text_of(id), .state = state,
		.requester = { .name = TEXT("alice") } };
}

static void
entries_are(const struct open_index *index, const char *expected)
{
	struct arena *arena = arena_new();
	struct texts ids = { 0 };

	for (size_t i = 0; i < index->entries.count; i++)
		texts_add(arena, &ids, index->entries.at[i].id);
	assert_string_equal(text_string(arena, texts_join(arena, &ids, " ")), expected);
	arena_free(arena);
}

static void
open_ones_in_the_order_of_their_ids(void **state)
{
	struct arena *arena = arena_new();
	struct request_records records = { 0 };
	struct open_index *index;

	(void)state;
	/* the order of paths: "a.b" before "a/b" before "ab", ids: "a" first */
	record_add(arena, &records, "a-b", STATE_PENDING_APPROVAL);
	record_add(arena, &records, "a", STATE_INVALID);
	record_add(arena, &records, "b", STATE_ISSUED);
	record_add(arena, &records, "a/b", STATE_APPROVED);
	index = open_index_new(TEXT("1"), &records);
	entries_are(index, "a a-b a/b");
	open_index_free(index);
	arena_free(arena);
}

static void
changes_replace_add_and_remove(void **state)
{
	struct arena *arena = arena_new();
	struct request_records records = { 0 }, changed = { 0 };
	struct open_index *index, *next;

	(void)state;
	record_add(arena, &records, "b", STATE_PENDING_APPROVAL);
	record_add(arena, &records, "d", STATE_PENDING_APPROVAL);
	index = open_index_new(TEXT("1"), &records);
	record_add(arena, &changed, "e", STATE_PENDING_APPROVAL);
	record_add(arena, &changed, "d", STATE_REJECTED);
	record_add(arena, &changed, "a", STATE_PENDING_APPROVAL);
	record_add(arena, &changed, "b", STATE_APPROVED);
	record_add(arena, &changed, "c", STATE_ISSUED);
	next = open_index_with(index, TEXT("2"), &changed);
	entries_are(next, "a b e");
	assert_int_equal(next->entries.at[1].state, STATE_APPROVED);
	assert_true(text_is(next->output, "2"));
	entries_are(index, "b d");
	open_index_free(index);
	open_index_free(next);
	arena_free(arena);
}

static void
nothing_open_is_never_due(void **state)
{
	struct request_records none = { 0 };
	struct open_index *index = open_index_new(TEXT("1"), &none);

	(void)state;
	assert_int_equal(open_index_next_due(index), 0);
	open_index_free(index);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_ones_in_the_order_of_their_ids),
		cmocka_unit_test(changes_replace_add_and_remove),
		cmocka_unit_test(nothing_open_is_never_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
