#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/store_fixture.h"
#include "repository/commit_open.h"
#include "repository/history.h"
#include "repository/snapshot.h"

static const struct text absent = { NULL, 0 };

/* Each parent that is in the list stands before its child. */
static void
assert_parents_first(const struct history_commits *commits)
{
	for (size_t i = 0; i < commits->count; i++)
		for (size_t k = i + 1; k < commits->count; k++)
			assert_null(memmem(commits->at[i].raw.at, commits->at[i].raw.length,
			    commits->at[k].id.at, commits->at[k].id.length));
}

/* The ids of a batch, sorted, then whether the tip descends: what `oracle` below prints for git. */
static const char *
batch(struct git_fixture *fixture, struct store *store, struct text tip, struct text known)
{
	const struct history_range range = { .tip = tip, .known = known };
	struct history_commits commits = { .count = 0 };
	struct texts ids = { .count = 0 };
	bool descends;

	assert_true(history_new(store, fixture->arena, &range, &commits, &descends));
	assert_parents_first(&commits);
	for (size_t i = 0; i < commits.count; i++)
		texts_add(fixture->arena, &ids, commits.at[i].id);
	texts_sort(&ids);
	texts_add(fixture->arena, &ids, descends ? TEXT("yes") : TEXT("no"));
	return texts_join(fixture->arena, &ids, " ").at;
}

static const char oracle[] = "oracle() { echo $(git rev-list $1 ^$2 | sort)"
    " $(git merge-base --is-ancestor $2 $1 && echo yes || echo no); }\n";

static void
assert_like_git(struct git_fixture *fixture, struct store *store, struct text tip, struct text known)
{
	struct text expected = git_fixture_run(fixture, "%soracle %.*s %.*s", oracle,
	    TEXT_ARGUMENTS(tip), TEXT_ARGUMENTS(known));

	assert_string_equal(batch(fixture, store, tip, known), text_string(fixture->arena, expected));
}

static void
a_line_of_commits(void **state)
{
	struct git_fixture *fixture = *state;
	struct text ids = git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null)\n"
	    "a=$(commit $t a); b=$(commit $t b $a); c=$(commit $t c $b); echo $a; echo $b; echo $c"), a, b, c;
	struct store *store = open_store(fixture);
	struct history_commits commits = { .count = 0 };
	struct text raw;
	bool descends;

	text_next_line(&ids, &a);
	text_next_line(&ids, &b);
	text_next_line(&ids, &c);
	assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = c }, &commits, &descends));
	assert_true(descends);
	assert_int_equal(commits.count, 3);
	assert_true(text_equal(commits.at[0].id, a) && text_equal(commits.at[2].id, c));
	raw = git_fixture_run(fixture, "git cat-file commit %.*s", TEXT_ARGUMENTS(b));
	assert_true(text_equal(text_trim(commits.at[1].raw), raw));
	assert_like_git(fixture, store, c, a);
	assert_like_git(fixture, store, a, c);
	assert_like_git(fixture, store, c, c);
	store_close(store);
}

/*
 * Random graphs with octopus merges, several roots and dates of every kind,
 * each pair of tips compared with git.
 */
static void
graphs(struct git_fixture *fixture, const char *dates, unsigned seed)
{
	struct text ids = git_fixture_run(fixture,
	    "RANDOM=%u; t=$(git hash-object -w -t tree /dev/null); all=()\n"
	    "for i in {1..40}; do\n"
	    "  parents=(); n=${#all[@]}\n"
	    "  if ((n > 0 && RANDOM %% 12)); then for k in $(seq $((1 + (RANDOM %% 3 == 0) * (1 + RANDOM %% 3)))); do\n"
	    "    back=$((RANDOM %% 8)); p=${all[$((n - 1 - back %% n))]}\n"
	    "    [[ \" ${parents[*]} \" == *\" $p \"* ]] || parents+=($p)\n"
	    "  done; fi\n"
	    "  export GIT_COMMITTER_DATE=\"$((%s)) +0000\"\n"
	    "  all+=($(commit $t $i ${parents[@]+\"${parents[@]}\"}))\n"
	    "done; printf '%%s\\n' \"${all[@]}\"; for i in ${!all[@]}; do git update-ref refs/heads/b$i ${all[$i]}; done",
	    seed, dates), id;
	struct store *store = open_store(fixture);
	struct buffer pairs = { .arena = fixture->arena };
	struct texts all = { .count = 0 };
	struct text expected, line;

	while (text_next_line(&ids, &id))
		texts_add(fixture->arena, &all, id);
	for (unsigned i = 0; i < 60; i++)
		buffer_printf(&pairs, "oracle %.*s %.*s\n", TEXT_ARGUMENTS(all.at[(i * 7 + seed) % 40]),
		    TEXT_ARGUMENTS(all.at[(i * 11 + 3 + seed / 2) % 40]));
	expected = git_fixture_run(fixture, "%s%s", oracle, buffer_text(&pairs).at);
	for (unsigned i = 0; i < 60; i++) {
		assert_true(text_next_line(&expected, &line));
		assert_string_equal(batch(fixture, store, all.at[(i * 7 + seed) % 40],
		    all.at[(i * 11 + 3 + seed / 2) % 40]), text_string(fixture->arena, line));
	}
	store_close(store);
}

static void
graphs_like_git(void **state)
{
	graphs(*state, "1700000000 + i * 60", 1);
	graphs(*state, "1700000000 + i * 60", 2);
}

/* Dates decide nothing: within the settling limit the batch is exact, whatever they say. */
static void
graphs_with_equal_dates(void **state)
{
	graphs(*state, "1700000000", 3);
}

enum { ODD_COMMITS = 30 };

/* What is reachable from each commit, itself included, as bits: found without dates, by the parents alone. */
static void
reachable(struct git_fixture *fixture, const struct texts *all, uint64_t bits[ODD_COMMITS])
{
	for (size_t i = 0; i < ODD_COMMITS; i++) {
		struct text parents = git_fixture_run(fixture, "git log -1 --format='%%P' %.*s",
		    TEXT_ARGUMENTS(all->at[i]));

		/* parents were made before their children */
		bits[i] = 1ull << i;
		for (size_t p = 0; p < i; p++)
			if (memmem(parents.at, parents.length, all->at[p].at, 40) != NULL)
				bits[i] |= bits[p];
	}
}

/*
 * With dates that contradict the parents git rev-list itself may be wrong, so
 * the oracle is a walk without dates.
 */
static void
odd_dates_lose_nothing(void **state)
{
	struct git_fixture *fixture = *state;
	static const char *const dates[] = { "RANDOM * 50000", "1900000000 - i * 3600", "(i % 2) * 2000000000" };

	for (size_t d = 0; d < 3; d++) {
		struct text ids = git_fixture_run(fixture,
		    "RANDOM=5; t=$(git hash-object -w -t tree /dev/null); all=()\n"
		    "for i in {1..%d}; do n=${#all[@]}; parents=()\n"
		    "  ((n == 0)) || parents+=(${all[$((n - 1 - RANDOM %% (n < 5 ? n : 5)))]})\n"
		    "  ((n < 6 || RANDOM %% 3)) || parents+=(${all[$((n - 6))]})\n"
		    "  export GIT_COMMITTER_DATE=\"@$((%s)) +0000\"\n"
		    "  all+=($(commit $t $i ${parents[@]+\"${parents[@]}\"}))\n"
		    "done; printf '%%s\\n' \"${all[@]}\"", ODD_COMMITS, dates[d]), id;
		struct store *store = open_store(fixture);
		struct texts all = { .count = 0 };
		uint64_t bits[ODD_COMMITS];

		while (text_next_line(&ids, &id))
			texts_add(fixture->arena, &all, id);
		reachable(fixture, &all, bits);
		for (size_t i = 0; i < (size_t)ODD_COMMITS * ODD_COMMITS; i++) {
			size_t tip = i / ODD_COMMITS, known = i % ODD_COMMITS;
			const char *found = batch(fixture, store, all.at[tip], all.at[known]);

			for (size_t k = 0; k < ODD_COMMITS; k++)
				if ((bits[tip] & ~bits[known]) >> k & 1)
					assert_non_null(strstr(found, text_string(fixture->arena, all.at[k])));
			assert_int_equal(bits[tip] >> known & 1, strstr(found, "yes") != NULL);
		}
		store_close(store);
	}
}

/* A history of 2,000 commits in which the newest claims to be the oldest: found without a look at the rest. */
static void
an_old_date_does_not_make_it_walk_far(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct text tip, known, kept;
	struct store *store;
	bool descends;

	git_fixture_run(fixture, "for i in {1..2000}; do printf 'commit refs/heads/main\\ncommitter T <t@x> %%d +0000\\n"
	    "data 1\\nm\\n' $((1700000000 + i)); done | git fast-import --quiet\n"
	    "git update-ref refs/heads/old main~1000; git repack -q -a -d\n"
	    "t=$(git rev-parse main^{tree}); GIT_COMMITTER_DATE='@0 +0000' git update-ref refs/heads/tip"
	    " $(GIT_COMMITTER_DATE='@0 +0000' commit $t m $(git rev-parse main))");
	tip = id_of(fixture, "tip");
	known = id_of(fixture, "main");
	kept = id_of(fixture, "old");
	/* what lies far below is taken away: reading it would be an error */
	git_fixture_run(fixture, "mv objects/pack/*.pack .. && rm -f objects/pack/*\n"
	    "git unpack-objects -q <../pack-*.pack; c=%.*s; rm -f objects/${c:0:2}/${c:2}", TEXT_ARGUMENTS(kept));
	store = open_store(fixture);
	assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = tip, .known = known },
	    &commits, &descends));
	assert_true(descends);
	assert_int_equal(commits.count, 1);
	assert_true(text_equal(commits.at[0].id, tip));
	/* and everything is not to be had */
	assert_false(history_new(store, fixture->arena, &(struct history_range){ .tip = tip }, &commits, &descends));
	assert_non_null(strstr(store_trouble(store), "is missing"));
	store_close(store);
}

/* An old branch is merged: what lies below its beginning is not looked at. */
static void
an_old_branch_does_not_make_it_walk_far(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	bool descends;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); export GIT_COMMITTER_DATE='@1600000000 +0000'\n"
	    "c=$(commit $t root); c=$(commit $t gone $c); gone=$c\n"
	    "for i in {1..40}; do GIT_COMMITTER_DATE=\"@$((1600000000 + i)) +0000\"; c=$(commit $t $i $c); ((i != 28)) || fork=$c; done\n"
	    "side=$(commit $t side $fork); git update-ref refs/heads/known $c; git update-ref refs/heads/tip $(commit $t merge $c $side)\n"
	    "rm -f objects/${gone:0:2}/${gone:2}");
	store = open_store(fixture);
	assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = id_of(fixture, "tip"),
	    .known = id_of(fixture, "known") }, &commits, &descends));
	assert_true(descends);
	assert_int_equal(commits.count, 2);
	store_close(store);
}

static void
the_first_parent_line(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	struct text tip, root;
	bool reached;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); c=$(commit $t root); git branch root $c\n"
	    "for i in 1 2 3 4 5; do s=$(commit $t side $c); c=$(commit $t line$i $c $s); done; git branch tip $c");
	store = open_store(fixture);
	tip = id_of(fixture, "tip");
	root = id_of(fixture, "root");
	assert_true(history_first_parents(store, fixture->arena, &(struct history_range){ .tip = tip, .known = root },
	    &commits, &reached));
	assert_true(reached);
	assert_int_equal(commits.count, 5);
	assert_true(text_equal(commits.at[0].id, tip));
	commits.count = 0;
	assert_true(history_first_parents(store, fixture->arena, &(struct history_range){ .tip = tip }, &commits, &reached));
	assert_true(reached);
	assert_int_equal(commits.count, 6);
	assert_true(text_equal(commits.at[5].id, root));
	commits.count = 0;
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = tip, .known = root, .most = 4 }, &commits, &reached));
	assert_false(reached);
	assert_int_equal(commits.count, 4);
	commits.count = 0;
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = tip, .known = root, .most = 5 }, &commits, &reached));
	assert_true(reached);
	commits.count = 0;
	/* a commit that is not on the line */
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = tip, .known = id_of(fixture, "tip^2") }, &commits, &reached));
	assert_false(reached);
	assert_int_equal(commits.count, 6);
	commits.count = 0;
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = root, .known = root }, &commits, &reached));
	assert_true(reached);
	assert_int_equal(commits.count, 0);
	store_close(store);
}

static bool
is_marked(void *context, const struct history_commit *commit)
{
	(void)context;
	return memmem(commit->raw.at, commit->raw.length, "marked", 6) != NULL;
}

static bool
any_commit(void *context, const struct history_commit *commit)
{
	(void)context;
	(void)commit;
	return true;
}

static void
a_line_ends_where_it_is_not_wanted(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	bool reached;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); c=$(commit $t marked)\n"
	    "c=$(commit $t other $c); c=$(commit $t marked2 $c); git branch tip $(commit $t marked3 $c)");
	store = open_store(fixture);
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = id_of(fixture, "tip"), .wanted = is_marked }, &commits, &reached));
	assert_false(reached);
	assert_int_equal(commits.count, 2);
	store_close(store);
}

static void
what_is_not_wanted_comes_without_its_bytes(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	bool flag;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); c=$(commit $t marked)\n"
	    "c=$(head -c 1100000 /dev/zero | tr '\\0' x | git commit-tree $t -p $c); c=$(commit $t marked $c)\n"
	    "git branch tip $(commit $t other $c)");
	store = open_store(fixture);
	assert_true(history_new(store, fixture->arena,
	    &(struct history_range){ .tip = id_of(fixture, "tip"), .wanted = is_marked }, &commits, &flag));
	assert_int_equal(commits.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(text_present(commits.at[i].raw), i == 0 || i == 2);
		assert_int_equal(commits.at[i].too_large, i == 1);
	}
	store_close(store);
}

/* Whatever it inflates to: what lies below it is not looked for. */
static void
a_picky_line_ends_at_a_large_commit(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	bool reached;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); c=$(commit $t below)\n"
	    "c=$({ echo marked; head -c 1100000 /dev/zero | tr '\\0' x; } | git commit-tree $t -p $c)\n"
	    "git branch tip $(commit $t marked $c)");
	store = open_store(fixture);
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = id_of(fixture, "tip"), .wanted = any_commit }, &commits, &reached));
	assert_int_equal(commits.count, 2);
	assert_false(commits.at[0].too_large);
	assert_true(commits.at[1].too_large);
	assert_false(text_present(commits.at[1].raw));
	store_close(store);
}

static void
large_commits_come_without_their_bytes(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	bool flag;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); c=$(commit $t small)\n"
	    "c=$(head -c 1100000 /dev/zero | tr '\\0' x | git commit-tree $t -p $c); git branch tip $(commit $t small $c)");
	store = open_store(fixture);
	assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = id_of(fixture, "tip") }, &commits, &flag));
	assert_int_equal(commits.count, 3);
	assert_true(text_present(commits.at[0].raw));
	assert_false(text_present(commits.at[1].raw));
	assert_true(text_present(commits.at[2].raw));
	commits.count = 0;
	assert_true(history_first_parents(store, fixture->arena,
	    &(struct history_range){ .tip = id_of(fixture, "tip"), .most_bytes = 100 }, &commits, &flag));
	assert_int_equal(commits.count, 3);
	assert_false(text_present(commits.at[0].raw));
	store_close(store);
}

/* As large as anybody likes: walked for its parents, whether it is a file of its own or in a pack. */
static void
no_commit_is_too_large_to_be_walked(void **state)
{
	struct git_fixture *fixture = *state;
	static const char *const stored[] = { "true", "git repack -q -a -d" };

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); a=$(commit $t a) b=$(commit $t b)\n"
	    "f=$(printf '100644 %%s f\n' $(blob x) | tree_of)\n"
	    "l=$({ printf 'tree %%s\nparent %%s\nparent %%s\nauthor A <a@b> 5 +0000\ncommitter A <a@b> 1500000000 +0000\n\nlarge\n' $f $a $b\n"
	    "  head -c %d /dev/zero | tr '\\0' x; } | git hash-object -t commit -w --stdin --literally)\n"
	    "git branch a $a; git branch b $b; git branch large $l; git branch tip $(commit $t tip $l)\n"
	    "mkdir -p info; echo $l >info/grafts; git replace $l $a", OPENED_COMMIT_BYTES);
	for (size_t i = 0; i < 2; i++) {
		struct history_commits commits = { .count = 0 };
		struct text raw, large = id_of(fixture, "large");
		struct source_files files = { .count = 0 };
		struct reasons reasons = { .count = 0 };
		struct store *store;
		bool flag;

		git_fixture_run(fixture, "%s", stored[i]);
		store = open_store(fixture);
		assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = id_of(fixture, "tip") }, &commits, &flag));
		assert_int_equal(commits.count, 4);
		assert_true(text_equal(commits.at[2].id, large));
		assert_true(commits.at[2].too_large);
		assert_false(commits.at[2].wanted || text_present(commits.at[2].raw));
		assert_string_equal(batch(fixture, store, id_of(fixture, "tip"), large), arena_printf(fixture->arena, "%.*s yes",
		    TEXT_ARGUMENTS(id_of(fixture, "tip"))));
		assert_string_equal(batch(fixture, store, large, id_of(fixture, "b")), texts_join(fixture->arena,
		    &(struct texts){ .at = (struct text[]){ text_compare(id_of(fixture, "a"), large) < 0 ? id_of(fixture, "a") : large,
			text_compare(id_of(fixture, "a"), large) < 0 ? large : id_of(fixture, "a"), TEXT("yes") }, .count = 3 }, " ").at);
		commits.count = 0;
		assert_true(history_first_parents(store, fixture->arena, &(struct history_range){ .tip = id_of(fixture, "tip") }, &commits, &flag));
		assert_int_equal(commits.count, 3);
		assert_true(flag && commits.at[1].too_large && text_equal(commits.at[2].id, id_of(fixture, "a")));
		/* its tree is read, its bytes are not */
		assert_true(snapshot_list(store, fixture->arena, large, "", &files, &reasons));
		assert_false(store_object(store, fixture->arena, large, "commit", OPENED_COMMIT_BYTES, &raw));
		store_close(store);
	}
}

/* What commits together have is not held in memory, and can be had one by one. */
static void
a_batch_keeps_few_bytes(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	size_t kept = 0, before;
	struct store *store;
	struct text raw;
	bool flag;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); c=$(commit $t first); for i in {1..24}; do\n"
	    "  c=$({ echo marked $i; head -c 1000000 /dev/zero | tr '\\0' x; } | git commit-tree $t -p $c); done; git branch tip $c");
	store = open_store(fixture);
	before = arena_size_bytes(fixture->arena);
	assert_true(history_new(store, fixture->arena,
	    &(struct history_range){ .tip = id_of(fixture, "tip"), .wanted = is_marked }, &commits, &flag));
	assert_true(arena_size_bytes(fixture->arena) - before < HISTORY_KEPT_BYTES + 3 * 1024 * 1024);
	assert_int_equal(commits.count, 25);
	for (size_t i = 0; i < commits.count; i++) {
		kept += text_present(commits.at[i].raw);
		assert_int_equal(commits.at[i].wanted, i > 0);
		assert_true(history_commit_raw(store, fixture->arena, &commits.at[i], &raw));
		assert_non_null(memmem(raw.at, raw.length, i == 0 ? "first\n" : arena_printf(fixture->arena, "marked %zu\n", i),
		    i == 0 ? 6 : i < 10 ? 9 : 10));
	}
	assert_int_equal(kept, 16);
	store_close(store);
}

static void
malformed_commits_do_not_crash(void **state)
{
	struct git_fixture *fixture = *state;
	static const char *const headers[] = {
		"", "tree", "tree xyz\\n", "tree 4B825dc642cb6eb9a060e54bf8d69288fbee4904\\n", "parent $good\\n",
		"tree $t", "Tree $t\\n", "tree $t\\r\\n",
	};
	static const char *const odd_but_readable[] = {
		"tree $t\\n", "tree $t\\nparent", "tree $t\\nparent $good", "tree $t\\nparent  $good\\n",
		"tree $t\\nauthor x\\nparent $good\\n", "tree $t\\ncommitter T <t> 99999999999999999999 +0000\\n\\n",
		"tree $t\\ncommitter T <t> -5 +0000\\n\\n", "tree $t\\ncommitter >\\n", "tree $t\\ncommitter T <t>\\n\\nm",
		"tree $t\\n\\ncommitter T <t> 5 +0000\\n", "tree $t\\n\\0\\0\\0",
	};
	struct history_commits commits = { .count = 0 };
	struct store *store;
	bool descends;

	git_fixture_run(fixture, "t=$(git hash-object -w -t tree /dev/null); git branch good $(commit $t good)");
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct text id = git_fixture_run(fixture, "t=$(git rev-parse good^{tree}) good=$(git rev-parse good)\n"
		    "printf \"%s\" | git hash-object -t commit --literally -w --stdin", headers[i]);

		store = open_store(fixture);
		assert_false(history_new(store, fixture->arena, &(struct history_range){ .tip = id }, &commits, &descends));
		assert_non_null(strstr(store_trouble(store), "malformed"));
		assert_false(history_first_parents(store, fixture->arena, &(struct history_range){ .tip = id },
		    &commits, &descends));
		store_close(store);
	}
	for (size_t i = 0; i < sizeof(odd_but_readable) / sizeof(odd_but_readable[0]); i++) {
		struct text id = git_fixture_run(fixture, "t=$(git rev-parse good^{tree}) good=$(git rev-parse good)\n"
		    "printf \"%s\" | git hash-object -t commit --literally -w --stdin", odd_but_readable[i]);

		commits.count = 0;
		store = open_store(fixture);
		assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = id }, &commits, &descends));
		assert_int_equal(commits.count, 1);
		store_close(store);
	}
	store = open_store(fixture);
	assert_false(history_new(store, fixture->arena, &(struct history_range){ .tip = absent }, &commits, &descends));
	assert_false(history_new(store, fixture->arena, &(struct history_range){ .tip = TEXT("HEAD") }, &commits, &descends));
	assert_false(history_new(store, fixture->arena, &(struct history_range){ .tip = id_of(fixture, "good"),
	    .known = TEXT("1234567890123456789012345678901234567890") }, &commits, &descends));
	assert_false(history_new(store, fixture->arena, &(struct history_range){ .tip = id_of(fixture, "good^{tree}") },
	    &commits, &descends));
	store_close(store);
}

static void
an_octopus_with_a_thousand_arms(void **state)
{
	struct git_fixture *fixture = *state;
	struct history_commits commits = { .count = 0 };
	struct store *store;
	struct text tip;
	bool descends;

	git_fixture_run(fixture, "for i in {1..1000}; do printf 'commit refs/heads/arm%%d\\ncommitter T <t@x> %%d +0000\\n"
	    "data 1\\nm\\nfrom refs/heads/root\\n\\n' $i $((1700000000 + i)); done >../arms\n"
	    "git branch root $(commit $(git hash-object -w -t tree /dev/null) root)\n"
	    "git fast-import --quiet <../arms\n"
	    "{ echo tree $(git rev-parse root^{tree}); git for-each-ref --format='parent %%(objectname)' 'refs/heads/arm*'\n"
	    "  echo 'author T <t@x> 1 +0000'; echo 'committer T <t@x> 1 +0000'; echo; echo octopus; } |"
	    " git hash-object -t commit -w --stdin >../octopus; git update-ref refs/heads/tip $(cat ../octopus)");
	store = open_store(fixture);
	tip = id_of(fixture, "tip");
	assert_true(history_new(store, fixture->arena, &(struct history_range){ .tip = tip, .known = id_of(fixture, "root") },
	    &commits, &descends));
	assert_true(descends);
	assert_int_equal(commits.count, 1001);
	assert_parents_first(&commits);
	assert_like_git(fixture, store, tip, id_of(fixture, "arm17"));
	store_close(store);
}

int
main(void)
{
#define TEST_CASE(function) \
	cmocka_unit_test_setup_teardown(function, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_line_of_commits),
		TEST_CASE(graphs_like_git),
		TEST_CASE(graphs_with_equal_dates),
		TEST_CASE(odd_dates_lose_nothing),
		TEST_CASE(an_old_date_does_not_make_it_walk_far),
		TEST_CASE(an_old_branch_does_not_make_it_walk_far),
		TEST_CASE(the_first_parent_line),
		TEST_CASE(a_line_ends_where_it_is_not_wanted),
		TEST_CASE(what_is_not_wanted_comes_without_its_bytes),
		TEST_CASE(a_picky_line_ends_at_a_large_commit),
		TEST_CASE(large_commits_come_without_their_bytes),
		TEST_CASE(no_commit_is_too_large_to_be_walked),
		TEST_CASE(a_batch_keeps_few_bytes),
		TEST_CASE(malformed_commits_do_not_crash),
		TEST_CASE(an_octopus_with_a_thousand_arms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
