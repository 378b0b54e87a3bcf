#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "repository/commit_open.h"
#include "repository/feed.h"

enum { LARGE_BYTES = FEED_WHOLE_BYTES + 1000, PIECE_BYTES = 1000 * 1000 };

/* Whoever is asked gives this, whatever was asked for; nothing when there is no type. */
struct source {
	const char *type;
	struct text content;
	bool piece_by_piece;
	size_t asked;
};

static struct store *
store_of(struct arena *arena, struct source *source,
    bool (*fetch)(void *, struct store *, struct text, struct fed_object *), size_t most_bytes)
{
	const struct store_feed feed = { .fetch = fetch, .context = source,
		.most_bytes = most_bytes };
	struct text why = TEXT("");
	struct store *store;

	if (!store_open_feed(&feed, arena, &store, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return store;
}

static bool
give_pieces(const struct source *source, struct fed_object *out)
{
	struct fed_pieces *pieces = fed_pieces_new(source->type, source->content.length);
	struct text rest = source->content;

	assert_non_null(pieces);
	for (; rest.length > 0; rest = text_skip(rest, text_first(rest, PIECE_BYTES).length))
		assert_true(fed_pieces_add(pieces, text_first(rest, PIECE_BYTES)));
	assert_false(fed_pieces_add(pieces, TEXT("more")));
	return fed_pieces_end(pieces, out);
}

static bool
fetch(void *context, struct store *store, struct text id, struct fed_object *out)
{
	struct source *source = context;

	(void)store;
	(void)id;
	source->asked++;
	if (source->type == NULL)
		return false;
	if (source->piece_by_piece)
		return give_pieces(source, out);
	*out = fed_object_of(source->type, source->content);
	return true;
}

static struct text
bytes(struct arena *arena, size_t count, char of)
{
	char *at = arena_allocate(arena, count);

	memset(at, of, count);
	return (struct text){ at, count };
}

static void
what_is_not_had_or_another_object_is_counted(void **state)
{
	struct arena *arena = *state;
	struct source source = { .type = NULL };
	struct store *store = store_of(arena, &source, fetch, 1000000);
	struct text id = object_id_of(arena, "blob", TEXT("right")), got;
	uint64_t size;

	assert_int_equal(store_lacking(store), 0);
	assert_string_equal(store_lacking_id(store), "");
	assert_false(store_object(store, arena, id, "blob", 100, &got));
	assert_int_equal(store_lacking(store), 1);
	assert_true(text_is(id, store_lacking_id(store)));
	source.type = "blob";
	source.content = TEXT("wrong");
	assert_false(store_object_size(store, id, &size));
	source.content = TEXT("right");
	source.type = "tree";
	assert_false(store_object(store, arena, id, "blob", 100, &got));
	source.type = "tag";
	assert_false(store_object(store, arena, id, "blob", 100, &got));
	assert_int_equal(store_lacking(store), 4);
	assert_int_equal(store_feed_refused(store), 3);
	source.type = "blob";
	assert_true(store_object(store, arena, id, "blob", 100, &got));
	assert_true(text_is(got, "right"));
	/* that it is another kind, or too large, is a fact, and nothing lacks */
	assert_false(store_object(store, arena, id, "tree", 100, &got));
	assert_false(store_object(store, arena, id, "blob", 3, &got));
	assert_int_equal(store_lacking(store), 4);
	store_lacking_forgive(store, 1);
	assert_int_equal(store_lacking(store), 1);
	/* the id of no object */
	source.type = NULL;
	assert_false(store_object(store, arena, TEXT("0000000000000000000000000000000000000000"),
	    "blob", 100, &got));
	assert_int_equal(store_lacking(store), 1);
	store_close(store);
}

static void
what_was_not_asked_for_lately_is_let_go(void **state)
{
	enum { MANY = 200 };
	struct arena *arena = *state;
	struct source source = { .type = NULL };
	struct store *store = store_of(arena, &source, fetch, 400 * 1000);
	struct text ids[MANY], got;

	for (int i = 0; i < MANY; i++) {
		struct text content = bytes(arena, 10000, (char)i);
		struct fed_object object = fed_object_of("blob", content);

		ids[i] = object_id_of(arena, "blob", content);
		assert_true(store_feed_put(store, &object));
	}
	assert_true(store_object(store, arena, ids[MANY - 1], "blob", 20000, &got));
	assert_int_equal(source.asked, 0);
	assert_false(store_object(store, arena, ids[0], "blob", 20000, &got));
	assert_int_equal(source.asked, 1);
	store_close(store);
}

static void
without_anybody_to_ask_there_is_room_for_so_much(void **state)
{
	struct arena *arena = *state;
	struct store *store = store_of(arena, NULL, NULL, 30000);
	struct text first = bytes(arena, 10000, 'a'), got;
	struct fed_object object = fed_object_of("blob", first);

	assert_true(store_feed_put(store, &object));
	object = fed_object_of("blob", bytes(arena, 25000, 'b'));
	assert_false(store_feed_put(store, &object));
	object = fed_object_of("tag", TEXT("x"));
	assert_false(store_feed_put(store, &object));
	assert_true(store_object(store, arena, object_id_of(arena, "blob", first), "blob", 20000,
	    &got));
	store_close(store);
}

static void
a_store_of_objects_has_these_and_no_others(void **state)
{
	struct arena *arena = *state;
	struct stored_objects objects = { 0 };
	struct text why = TEXT(""), got;
	struct store *store;

	*ARRAY_ADD(arena, &objects) = (struct stored_object){ .type = "blob",
		.content = TEXT("one") };
	*ARRAY_ADD(arena, &objects) = (struct stored_object){ .type = "blob",
		.content = TEXT("one") };
	*ARRAY_ADD(arena, &objects) = (struct stored_object){ .type = "blob",
		.content = TEXT("") };
	assert_true(store_open_objects(&objects, arena, &store, &why));
	assert_true(store_object(store, arena, object_id_of(arena, "blob", TEXT("one")), "blob", 10,
	    &got));
	assert_true(store_object(store, arena, object_id_of(arena, "blob", TEXT("")), "blob", 10,
	    &got));
	assert_int_equal(got.length, 0);
	assert_false(store_object(store, arena, object_id_of(arena, "blob", TEXT("two")), "blob", 10,
	    &got));
	store_close(store);
	*ARRAY_ADD(arena, &objects) = (struct stored_object){ .type = "tag", .content = TEXT("x") };
	assert_false(store_open_objects(&objects, arena, &store, &why));
	assert_null(store);
	assert_true(text_present(why));
}

/* Nobody reads such a blob; that it is one, of that length, is proved by all of its bytes. */
static void
a_large_blob_is_measured_and_not_kept(void **state)
{
	struct arena *arena = *state;
	struct text content = bytes(arena, LARGE_BYTES, 'x'), got;
	struct source source = { .type = "blob", .content = content, .piece_by_piece = true };
	struct store *store = store_of(arena, &source, fetch, 1000000);
	struct text id = object_id_of(arena, "blob", content);
	uint64_t size = 0;

	assert_true(store_object_size(store, id, &size));
	assert_int_equal(size, LARGE_BYTES);
	assert_false(store_object(store, arena, id, "blob", 1000, &got));
	assert_int_equal(store_lacking(store), 0);
	assert_int_equal(source.asked, 1);
	store_close(store);
	/* a byte of it is another, far behind what is kept */
	((char *)(uintptr_t)content.at)[LARGE_BYTES - 5] = 'y';
	store = store_of(arena, &source, fetch, 1000000);
	assert_false(store_object_size(store, id, &size));
	assert_int_equal(store_feed_refused(store), 1);
	store_close(store);
}

static void
pieces_that_make_no_object(void **state)
{
	struct arena *arena = *state;
	struct fed_object object = { .content = NULL };
	struct fed_pieces *pieces;

	assert_null(fed_pieces_new("blob", (uint64_t)FEED_BLOB_BYTES + 1));
	assert_null(fed_pieces_new("commit", (uint64_t)FEED_BLOB_BYTES + 1));
	assert_null(fed_pieces_new("tree", UINT64_MAX));
	assert_true(fed_pieces_taken("blob", FEED_BLOB_BYTES));
	assert_true(fed_pieces_taken("tree", FEED_OBJECT_BYTES));
	assert_false(fed_pieces_taken("blob", (uint64_t)FEED_BLOB_BYTES + 1));
	assert_false(fed_pieces_taken("tree", (uint64_t)FEED_OBJECT_BYTES + 1));
	pieces = fed_pieces_new("tree", 10);
	assert_true(fed_pieces_add(pieces, TEXT("123456789")));
	assert_false(fed_pieces_add(pieces, TEXT("01")));
	assert_false(fed_pieces_whole(pieces));
	assert_false(fed_pieces_end(pieces, &object));
	pieces = fed_pieces_new("blob", LARGE_BYTES);
	assert_true(fed_pieces_add(pieces, bytes(arena, 100, 'x')));
	assert_false(fed_pieces_end(pieces, &object));
	pieces = fed_pieces_new("blob", 0);
	assert_true(fed_pieces_whole(pieces));
	assert_false(fed_pieces_add(pieces, TEXT("x")));
	assert_true(fed_pieces_end(pieces, &object));
	assert_int_equal(object.length, 0);
	free(object.content);
}

/* Of a commit beyond all measure, too, the beginning is all that is held. */
static void
a_commit_that_is_not_held_whole(void **state)
{
	struct arena *arena = *state;
	const size_t length = (size_t)FEED_OBJECT_BYTES + 1;
	struct fed_pieces *pieces = fed_pieces_new("commit", length);
	struct text piece = bytes(arena, PIECE_BYTES, 'x');
	struct fed_object object = { .content = NULL };

	assert_non_null(pieces);
	for (size_t left = length; left > 0; left -= text_first(piece, left).length)
		assert_true(fed_pieces_add(pieces, text_first(piece, left)));
	assert_true(fed_pieces_end(pieces, &object));
	assert_true(object.beginning);
	assert_int_equal(object.length, length);
	assert_int_equal(strlen(object.id), 40);
	free(object.content);
}

/* Whoever has got a large commit's beginning only sees the parents that everybody sees. */
static void
parents_without_end_are_the_same_for_everybody(void **state)
{
	static const struct { int parents; size_t bytes; } commits[] = {
		{ 3, OPENED_COMMIT_BYTES + 1 },
		{ 30000, OPENED_COMMIT_BYTES + 1 },
		{ 30000, FEED_WHOLE_BYTES + 1 },
		/* the committer's line is the last that is read, ends behind that, begins there */
		{ 21844, OPENED_COMMIT_BYTES + 1 },
		{ 21843, OPENED_COMMIT_BYTES + 1 },
		{ 21845, OPENED_COMMIT_BYTES + 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(commits) / sizeof(commits[0]); i++) {
		struct arena *arena = arena_new();
		struct buffer raw = { .arena = arena };
		struct source source = { .type = "commit" };
		struct commit_header all = { 0 };
		struct opened_commit opened;
		struct store *store;
		git_oid id;

		buffer_printf(&raw, "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n");
		for (int j = 0; j < commits[i].parents; j++)
			buffer_printf(&raw, "parent %040x\n", (unsigned)(j + 1));
		buffer_printf(&raw, "author A <a@b> 5 +0000\ncommitter A <a@b> 1500000000 +0000\n\n");
		buffer_add(&raw, bytes(arena, commits[i].bytes - raw.length, 'x'));
		source.content = buffer_text(&raw);
		assert_true(commit_header_parse(source.content, &all));
		assert_true(object_id_parse(object_id_of(arena, "commit", source.content), &id));
		store = store_of(arena, &source, fetch, 1000000);
		assert_true(commit_open(store, &id, &opened));
		assert_false(text_present(opened.raw));
		assert_true(text_equal(opened.header.parents, all.parents));
		assert_int_equal(opened.header.committed_at, all.committed_at);
		commit_close(&opened);
		store_close(store);
		arena_free(arena);
	}
}

static int
begin(void **state)
{
	*state = arena_new();
	return 0;
}

static int
end(void **state)
{
	arena_free(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_had_or_another_object_is_counted),
		TEST(what_was_not_asked_for_lately_is_let_go),
		TEST(without_anybody_to_ask_there_is_room_for_so_much),
		TEST(a_store_of_objects_has_these_and_no_others),
		TEST(a_large_blob_is_measured_and_not_kept),
		TEST(a_commit_that_is_not_held_whole),
		TEST(parents_without_end_are_the_same_for_everybody),
		TEST(pieces_that_make_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
