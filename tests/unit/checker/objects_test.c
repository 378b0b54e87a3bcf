/*
 * A reconciler that gives objects without end: what it gives is good, and there is always more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checker/checking.h"
#include "issue/keeper_channel.h"
#include "repository/feed.h"
#include "repository/history.h"

enum { ID_DIGITS = 40, HISTORY_COMMITS = 10000, ALLOWED = 1000, BALLAST_BYTES = 16000,
	ALONG = 4, GROWTH_MOST_BYTES = 110 * 1024 * 1024 };

/* A line of commits, the newest last: each can be made again from its number and the id before it. */
struct endless {
	struct arena *arena;
	char (*ids)[ID_DIGITS + 1];
	struct checker checker;
	struct checker_order order;
	pid_t child;
};

static struct text
commit_number(struct arena *arena, const struct endless *endless, int number)
{
	struct buffer raw = { .arena = arena };

	buffer_printf(&raw, "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n");
	if (number > 0)
		buffer_printf(&raw, "parent %s\n", endless->ids[number - 1]);
	buffer_printf(&raw, "author <> %d +0000\ncommitter <> %d +0000\n\n%d\n", number, number,
	    number);
	for (int i = 0; i < BALLAST_BYTES; i++)
		buffer_add_byte(&raw, (char)('a' + i % 26));
	return buffer_text(&raw);
}

static int
number_of(const struct endless *endless, struct text id)
{
	/* they are asked for from the newest to the oldest, mostly one after the other */
	static int last = HISTORY_COMMITS;

	for (int i = 0; i < HISTORY_COMMITS; i++) {
		last = (last + HISTORY_COMMITS - 1) % HISTORY_COMMITS;
		if (text_is(id, endless->ids[last]))
			return last;
	}
	return -1;
}

/* The wanted commit, and things that nobody has asked for. */
static void
give(struct arena *arena, const struct endless *endless, struct text id,
    struct evidence_objects *out)
{
	int number = number_of(endless, id);

	if (number < 0)
		return;
	*ARRAY_ADD(arena, out) = (struct evidence_object){ .type = "commit",
		.content = commit_number(arena, endless, number) };
	for (int i = 0; i < ALONG; i++)
		*ARRAY_ADD(arena, out) = (struct evidence_object){ .type = "blob",
			.content = text_printf(arena, "%d %d %0200d", number, i, 0) };
}

static void __attribute__((noreturn))
be_reconciler(const struct endless *endless, int descriptor)
{
	const struct channel_patience patience = { 60, 60 };
	bool good = channel_prepare(descriptor);

	while (good) {
		struct arena *arena = arena_new();
		struct evidence_objects objects = { 0 };
		enum keeper_message type;
		struct text body, id;

		good = channel_hear(descriptor, &patience, arena, &type, &body) == CHANNEL_OPEN &&
		    type == CHECKER_WANT && keeper_text_read(body, CHECKER_ID_BYTES, &id);
		if (good)
			give(arena, endless, id, &objects);
		good = good && channel_say(descriptor, CHECKER_OBJECTS,
		    keeper_objects_write(arena, &objects), 60) == CHANNEL_OPEN;
		arena_free(arena);
	}
	_exit(0);
}

static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long all = 0, resident = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
	(void)fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static int
set_up(void **state)
{
	static struct endless endless;
	struct store_feed feed = objects_feed(&endless.checker);
	struct text why = TEXT("");
	int ends[2];

	(void)signal(SIGPIPE, SIG_IGN);
	endless = (struct endless){ .arena = arena_new() };
	endless.ids = calloc(HISTORY_COMMITS, sizeof(endless.ids[0]));
	endless.checker.order = &endless.order;
	if (!store_open_feed(&feed, endless.arena, &endless.checker.store, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	for (int i = 0; i < HISTORY_COMMITS; i++) {
		struct arena *arena = arena_new();
		struct text id = object_id_of(arena, "commit", commit_number(arena, &endless, i));

		memcpy(endless.ids[i], id.at, ID_DIGITS);
		arena_free(arena);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	endless.child = fork();
	if (endless.child == 0) {
		(void)close(ends[0]);
		be_reconciler(&endless, ends[1]);
	}
	(void)close(ends[1]);
	assert_true(channel_prepare(ends[0]));
	endless.order.descriptor = ends[0];
	*state = &endless;
	return 0;
}

static int
tear_down(void **state)
{
	struct endless *endless = *state;

	(void)close(endless->order.descriptor);
	(void)waitpid(endless->child, NULL, 0);
	store_close(endless->checker.store);
	free(endless->ids);
	arena_free(endless->arena);
	return 0;
}

/* The line from the newest commit on, as far as so many objects go. */
static bool
read_line(struct endless *endless, size_t allowed)
{
	struct checker *checker = &endless->checker;
	struct history_range range = { .tip = text_of(endless->ids[HISTORY_COMMITS - 1]),
		.most_bytes = 1 };
	struct history_commits line = { 0 };
	struct arena *arena = arena_new();
	bool reached, whole;

	/* as if all others had been fetched already */
	checker->fetched_before = store_feed_fetched(checker->store) -
	    ((size_t)OBJECTS_PER_COMMIT - allowed);
	whole = history_first_parents(checker->store, arena, &range, &line, &reached);
	assert_true(!whole || line.count == HISTORY_COMMITS);
	arena_free(arena);
	return whole;
}

/* 160 MB of commits, and more of what comes along, through a cache of CACHE_BYTES. */
static void
what_is_given_does_not_pile_up(void **state)
{
	struct endless *endless = *state;
	size_t before = resident_bytes();

	assert_true(read_line(endless, HISTORY_COMMITS));
#ifdef SANITIZED
	(void)before;   /* what was freed is kept there for a while */
#else
	if (resident_bytes() > before + GROWTH_MOST_BYTES)
		fail_msg("%zu bytes more", resident_bytes() - before);
#endif
}

static void
a_history_without_end_comes_to_one(void **state)
{
	struct endless *endless = *state;
	struct store *store = endless->checker.store;
	size_t lacking = store_lacking(store), fetched = store_feed_fetched(store);

	assert_false(read_line(endless, ALLOWED));
	assert_int_equal(store_feed_fetched(store) - fetched, ALLOWED);
	assert_int_not_equal(store_lacking(store), lacking);
	assert_false(endless->checker.broken);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_given_does_not_pile_up),
		cmocka_unit_test(a_history_without_end_comes_to_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
