#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/store_fixture.h"
#include "repository/recent.h"

enum { MANY_BYTES = 1024 * 1024 };

static const struct text absent = { NULL, 0 };

static bool
all(struct text raw)
{
	return raw.length > 0;
}

static bool
loud(struct text raw)
{
	return memmem(raw.at, raw.length, "loud", 4) != NULL;
}

/* The messages of what was read, in its order: "c b a". */
static struct text
messages(struct git_fixture *fixture, const struct recent_past *past)
{
	struct texts words = { 0 };

	for (size_t i = 0; i < past->commits.count; i++) {
		struct text raw = past->commits.at[i].raw;
		const char *message = memmem(raw.at, raw.length, "\n\n", 2);

		assert_non_null(message);
		texts_add(fixture->arena, &words,
		    text_trim(text_skip(raw, (size_t)(message - raw.at))));
		assert_true(text_equal(past->commits.at[i].id, git_fixture_run(fixture,
		    "git cat-file commit %.*s | git hash-object -t commit --stdin",
		    TEXT_ARGUMENTS(past->commits.at[i].id))));
	}
	return texts_join(fixture->arena, &words, " ");
}

static const char *
recent(struct git_fixture *fixture, const struct recent_range *range, struct recent_past *past)
{
	struct store *store = open_store(fixture);

	recent_read(store, fixture->arena, range, past);
	store_close(store);
	return messages(fixture, past).at;
}

/*
 * a - b - c - M - e      main; M merges s and t, t parted at a, s at b
 *      \- s1 - s -/
 * a - t ---------/
 */
static void
make_merges(struct git_fixture *fixture)
{
	(void)git_fixture_run(fixture, "tree=$(tree_of </dev/null)\n"
	    "a=$(commit $tree a) b=$(commit $tree b $a) c=$(commit $tree c $b)\n"
	    "s1=$(commit $tree s1 $b) s=$(commit $tree s $s1) t=$(commit $tree t $a)\n"
	    "m=$(commit $tree M $c $s $t) e=$(commit $tree e $m)\n"
	    "for name in a b c s1 s t m e; do git update-ref refs/heads/$name ${!name}; done");
}

static void
test_line_and_merges(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 100, .most_bytes = MANY_BYTES, .wanted = all };
	struct recent_past past;

	make_merges(fixture);
	range.tip = id_of(fixture, "e");
	assert_string_equal(recent(fixture, &range, &past), "e M s s1 t c b a");
	assert_false(text_present(past.oldest));
	assert_false(text_present(past.trouble));
}

static void
test_end_is_not_read_nor_what_lies_below(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 100, .most_bytes = MANY_BYTES, .wanted = all };
	struct recent_past past;

	make_merges(fixture);
	range.tip = id_of(fixture, "e");
	range.end = id_of(fixture, "b");
	assert_string_equal(recent(fixture, &range, &past), "e M s s1 t c");
	assert_false(text_present(past.oldest));
	range.end = id_of(fixture, "e");
	assert_string_equal(recent(fixture, &range, &past), "");
	assert_false(text_present(past.oldest));
}

static void
test_most(void **state)
{
	static const struct {
		size_t most;
		const char *given;
		const char *oldest;
	} cases[] = {
		{ 1, "e", "e" }, { 2, "e M", "m" }, { 3, "e M s", "m" }, { 5, "e M s s1 t", "m" },
		{ 6, "e M s s1 t c", "c" }, { 7, "e M s s1 t c b", "b" }, { 8, "e M s s1 t c b a", NULL }
	};
	struct git_fixture *fixture = *state;

	make_merges(fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recent_range range = { .tip = id_of(fixture, "e"), .most = cases[i].most,
			.most_bytes = MANY_BYTES, .wanted = all };
		struct recent_past past;

		assert_string_equal(recent(fixture, &range, &past), cases[i].given);
		assert_false(text_present(past.trouble));
		if (cases[i].oldest == NULL)
			assert_false(text_present(past.oldest));
		else
			assert_true(text_equal(past.oldest, id_of(fixture, cases[i].oldest)));
	}
}

/* Dates decide nothing. */
static void
test_dates(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 3, .most_bytes = MANY_BYTES, .wanted = all };
	struct recent_past past;

	(void)git_fixture_run(fixture, "tree=$(tree_of </dev/null)\n"
	    "a=$(commit $tree a) b=$(GIT_COMMITTER_DATE='@4000000000 +0000' commit $tree b $a)\n"
	    "s=$(GIT_COMMITTER_DATE='@4000000001 +0000' commit $tree s $a)\n"
	    "m=$(GIT_COMMITTER_DATE='@1 +0000' commit $tree m $b $s)\n"
	    "git update-ref refs/heads/m $m");
	range.tip = id_of(fixture, "m");
	assert_string_equal(recent(fixture, &range, &past), "m s b");
}

static void
test_only_what_is_wanted(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 100, .most_bytes = 16 * MANY_BYTES, .wanted = loud };
	struct recent_past past;

	(void)git_fixture_run(fixture, "tree=$(tree_of </dev/null)\n"
	    "a=$(commit $tree loud1) b=$(commit $tree quiet $a) c=$(commit $tree loud2 $b)\n"
	    "d=$({ printf 'tree %%s\\nparent %%s\\nauthor A <a> 1 +0000\\ncommitter A <a> 1 +0000\\n\\nloud' $tree $c;"
	    " head -c 1100000 /dev/zero | tr '\\0' x; } | git hash-object -t commit -w --stdin)\n"
	    "git update-ref refs/heads/d $d");
	range.tip = id_of(fixture, "d");
	/* one that is too large is passed over, and what lies below it is read */
	assert_string_equal(recent(fixture, &range, &past), "loud2 loud1");
	assert_false(text_present(past.trouble));
}

/* The line, and what it merged, have as many bytes each. */
static void
test_bytes_end_it(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 100, .wanted = all };
	struct recent_past past;
	size_t e, m;

	make_merges(fixture);
	range.tip = id_of(fixture, "e");
	e = git_fixture_run(fixture, "git cat-file commit e; echo x").length - 1;
	m = git_fixture_run(fixture, "git cat-file commit m; echo x").length - 1;
	range.most_bytes = e + m;
	assert_string_equal(recent(fixture, &range, &past), "e M s s1");
	assert_true(text_equal(past.oldest, id_of(fixture, "m")));
	assert_non_null(strstr(past.trouble.at, "MiB together"));
	range.most_bytes = e + m - 1;
	assert_string_equal(recent(fixture, &range, &past), "e");
	assert_true(text_equal(past.oldest, id_of(fixture, "e")));
	range.most_bytes = e - 1;
	assert_string_equal(recent(fixture, &range, &past), "");
	assert_true(text_present(past.trouble));
}

static void
test_what_cannot_be_read(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 100, .most_bytes = MANY_BYTES, .wanted = all };
	struct recent_past past;

	make_merges(fixture);
	range.tip = id_of(fixture, "e");
	(void)git_fixture_run(fixture, "id=$(git rev-parse s1); rm -f objects/${id:0:2}/${id:2}");
	assert_string_equal(recent(fixture, &range, &past), "e M s");
	assert_true(text_equal(past.oldest, id_of(fixture, "m")));
	assert_non_null(strstr(past.trouble.at, "is missing"));
	range.tip = TEXT("main");
	assert_string_equal(recent(fixture, &range, &past), "");
	assert_true(text_present(past.trouble));
	range.tip = absent;
	assert_string_equal(recent(fixture, &range, &past), "");
	assert_true(text_present(past.trouble));
}

static void
test_malformed(void **state)
{
	struct git_fixture *fixture = *state;
	struct recent_range range = { .most = 100, .most_bytes = MANY_BYTES, .wanted = all };
	struct recent_past past;

	range.tip = git_fixture_run(fixture, "tree=$(tree_of </dev/null)\n"
	    "x=$(echo nonsense | git hash-object -t commit -w --stdin --literally)\n"
	    "commit $tree b $x");
	assert_string_equal(recent(fixture, &range, &past), "b");
	assert_non_null(strstr(past.trouble.at, "is malformed"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, git_fixture_setup, git_fixture_teardown)
		TEST(test_line_and_merges),
		TEST(test_end_is_not_read_nor_what_lies_below),
		TEST(test_most),
		TEST(test_dates),
		TEST(test_only_what_is_wanted),
		TEST(test_bytes_end_it),
		TEST(test_what_cannot_be_read),
		TEST(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
