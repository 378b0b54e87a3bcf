#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/store_fixture.h"
#include "repository/snapshot.h"
#include "repository/tree.h"

static struct reasons reasons;

static struct store *
open_anew(struct git_fixture *fixture)
{
	reasons = (struct reasons){ .count = 0 };
	return open_store(fixture);
}

/* All paths of a list, with spaces between them. */
static const char *
list(struct git_fixture *fixture, struct text commit, const char *folder)
{
	struct store *store = open_anew(fixture);
	struct source_files files = { .count = 0 };
	struct buffer paths = { .arena = fixture->arena };

	if (!snapshot_list(store, fixture->arena, commit, folder, &files, &reasons))
		buffer_printf(&paths, "failed: ");
	for (size_t i = 0; i < files.count; i++)
		buffer_printf(&paths, "%s%.*s", i == 0 ? "" : " ", TEXT_ARGUMENTS(files.at[i].path));
	store_close(store);
	return buffer_text(&paths).at;
}

/* What snapshot_compare() finds: "+added", "-deleted", "~changed". */
static const char *
compare(struct git_fixture *fixture, struct text from, struct text to, const char *folder)
{
	struct store *store = open_anew(fixture);
	struct changes changes = { .count = 0 };
	struct buffer found = { .arena = fixture->arena };
	const struct comparison comparison = { .from = from, .to = to, .folder = folder };

	if (!snapshot_compare(store, fixture->arena, &comparison, &changes, &reasons))
		buffer_printf(&found, "failed: ");
	for (size_t i = 0; i < changes.count; i++)
		buffer_printf(&found, "%s%c%.*s", i == 0 ? "" : " ",
		    !text_present(changes.at[i].old_blob) ? '+' :
		    !text_present(changes.at[i].new_blob) ? '-' : '~',
		    TEXT_ARGUMENTS(changes.at[i].path));
	store_close(store);
	return buffer_text(&found).at;
}

static struct changes
compare_part(struct git_fixture *fixture, const struct comparison *part)
{
	struct store *store = open_anew(fixture);
	struct changes changes = { .count = 0 };

	assert_true(snapshot_compare(store, fixture->arena, part, &changes, &reasons));
	store_close(store);
	return changes;
}

/* Asked for what lies behind a path, and for so many: the same as what is cut out of the whole. */
static void
parts_are_of_the_whole(struct git_fixture *fixture, struct text from, struct text to,
    const char *behind)
{
	struct comparison part = { .from = from, .to = to, .folder = "requests" };
	struct changes whole = compare_part(fixture, &part), some;
	size_t first = 0;

	part.behind = text_of(behind);
	while (first < whole.count && text_compare(whole.at[first].path, part.behind) <= 0)
		first++;
	for (part.most = 0; part.most <= whole.count + 1; part.most++) {
		size_t rest = whole.count - first;

		some = compare_part(fixture, &part);
		assert_int_equal(some.count, part.most == 0 || part.most > rest ? rest : part.most);
		for (size_t i = 0; i < some.count; i++) {
			const struct change *expected = &whole.at[first + i];

			assert_true(text_equal(some.at[i].path, expected->path));
			assert_true(text_equal(some.at[i].old_blob, expected->old_blob));
			assert_true(text_equal(some.at[i].new_blob, expected->new_blob));
		}
	}
}

/* The commit of a tree made of these "MODE ID NAME" lines inside requests/. */
static struct text
requests(struct git_fixture *fixture, const char *lines)
{
	return git_fixture_run(fixture,
	    "file=$(blob text) empty=$(git hash-object -w -t tree /dev/null)\n"
	    "inner=$(printf '%%s\\n' \"100644 $file x.yaml\" | tree_of)\n"
	    "requests=$(tree_of <<END\n%s\nEND\n)\n"
	    "commit $(tree_of <<<\"40000 $requests requests\")", lines);
}

#define assert_reason(code_, part) assert_reason_at(0, code_, part)

static void
assert_reason_at(size_t at, const char *code, const char *part)
{
	assert_true(at < reasons.count);
	assert_string_equal(reasons.at[at].code, code);
	if (strstr(reasons.at[at].message.at, part) == NULL)
		fail_msg("'%s' is not in: %s", part, reasons.at[at].message.at);
}

static void
plain_files_are_listed(void **state)
{
	struct text commit = requests(*state, "100644 $file a-b.yaml\n100644 $file a.yaml\n"
	    "100644 $file a.yaml.sig\n40000 $inner b\n100644 $file b0.yaml");

	assert_string_equal(list(*state, commit, "requests"), "requests/a-b.yaml requests/a.yaml "
	    "requests/a.yaml.sig requests/b/x.yaml requests/b0.yaml");
	assert_int_equal(reasons.count, 0);
	assert_string_equal(list(*state, commit, "requests/b"), "requests/b/x.yaml");
	assert_string_equal(list(*state, commit, "requests/a.yaml"), "requests/a.yaml");
	assert_string_equal(list(*state, commit, "requests/a.yaml/x"), "");
	assert_string_equal(list(*state, commit, "requests/absent"), "");
	assert_string_equal(list(*state, commit, "policies"), "");
	assert_string_equal(list(*state, commit, "requests//b"), "");
	assert_int_equal(reasons.count, 0);
}

static void
the_whole_tree_is_what_the_formats_name(void **state)
{
	struct text commit = git_fixture_run(*state,
	    "file=$(blob text); inner=$(tree_of <<<\"100644 $file x.yaml\")\n"
	    "commit $(tree_of <<END\n100755 $file .hidden\n100644 $file README.md\n100644 $file Z.yaml\n"
	    "100644 $file countersign.yaml\n40000 $inner docs\n40000 $inner policies\n"
	    "120000 $file profiles\n100644 $file requests\nEND\n)");

	assert_string_equal(list(*state, commit, ""), "README.md countersign.yaml policies/x.yaml");
	assert_int_equal(reasons.count, 2);
	assert_reason_at(0, "OddMode", "symbolic link");
	assert_reason_at(1, "OddMode", "should be a folder");
	assert_string_equal(list(*state, commit, "countersign.yaml"), "countersign.yaml");
	assert_string_equal(list(*state, commit, "docs"), "docs/x.yaml");
}

/* One bad entry beside a good one: the good one stays. */
static void
refused(struct git_fixture *fixture, const char *line, const char *code, const char *part)
{
	struct text commit;
	const char *listed;

	commit = requests(fixture, arena_printf(fixture->arena, "%s\n100644 $file zz.yaml", line));
	listed = list(fixture, commit, "requests");
	if (strcmp(listed, "requests/zz.yaml") != 0)
		fail_msg("%s: %s", line, listed);
	assert_int_equal(reasons.count, 1);
	assert_reason(code, part);
	assert_string_equal(compare(fixture, (struct text){ NULL, 0 }, commit, "requests"),
	    "+requests/zz.yaml");
	assert_int_equal(reasons.count, 1);
	assert_reason(code, part);
}

static void
odd_entries_are_reported_and_left_out(void **state)
{
	refused(*state, "120000 $file link.yaml", "OddMode", "symbolic link");
	refused(*state, "160000 $file sub", "OddMode", "submodule");
	refused(*state, "100755 $file run.yaml", "OddMode", "--chmod=-x");
	refused(*state, "100664 $file group.yaml", "OddMode", "mode");
	refused(*state, "100600 $file private.yaml", "OddMode", "mode");
	refused(*state, "0100644 $file zero.yaml", "OddMode", "mode");
	refused(*state, "040000 $inner zero", "OddMode", "mode");
	refused(*state, "100644 $file ..", "OddName", "dot");
	refused(*state, "40000 $inner ..", "OddName", "dot");
	refused(*state, "40000 $inner .", "OddName", "dot");
	refused(*state, "40000 $inner .git", "OddName", "dot");
	refused(*state, "40000 $inner .GIT", "OddName", "dot");
	refused(*state, "100644 $file .hidden.yaml", "OddName", "dot");
	refused(*state, "100644 $file A.yaml", "OddName", "rename");
	refused(*state, "100644 $file a\\\\x1b[31m.yaml", "OddName", "rename");
	refused(*state, "100644 $file a\\\\x0a.yaml", "OddName", "rename");
	refused(*state, "100644 $file a\\\\xff\\\\xfe.yaml", "OddName", "rename");
	refused(*state, "100644 $file a\\\\\\\\b.yaml", "OddName", "rename");
	refused(*state, "100644 $file a:b.yaml", "OddName", "rename");
	refused(*state, "100644 $file a.yml", "UnknownFileType", ".yaml or .yaml.sig");
	refused(*state, "100644 $file a.sig", "UnknownFileType", ".yaml.sig");
	refused(*state, "100644 $file .yaml", "OddName", "dot");
	refused(*state, "100644 $file notes.txt", "UnknownFileType", "not read");
	refused(*state, "40000 $inner a.yaml", "OddName", "folder's name");
	refused(*state, "40000 $inner a.sig", "OddName", "folder's name");
}

static void
doubled_names_are_left_out_on_both_sides(void **state)
{
	struct text commit = requests(*state, "100644 $file a.yaml\n100644 $file b\n100644 $file b-\n"
	    "100644 $file b.yaml\n40000 $inner b\n100644 $empty c.yaml\n100644 $file c.yaml\n"
	    "40000 $inner d\n40000 $inner d\n100644 $file e.yaml");

	assert_string_equal(list(*state, commit, "requests"),
	    "requests/a.yaml requests/b.yaml requests/e.yaml");
	assert_reason_at(0, "DoubledName", "stands twice");
	assert_string_equal(reasons.at[0].position.path.at, "requests/b");
	/* b twice, b- (no document), c.yaml twice, d twice */
	assert_int_equal(reasons.count, 7);
	assert_string_equal(list(*state, commit, "requests/d"), "");
	assert_int_equal(reasons.count, 1);
	assert_string_equal(list(*state, commit, "requests/c.yaml"), "");
	assert_int_equal(reasons.count, 1);
}

static void
a_name_that_becomes_doubled_counts_as_deleted(void **state)
{
	struct text one = requests(*state, "100644 $file a.yaml\n40000 $inner b");
	struct text two = requests(*state,
	    "100644 $file a.yaml\n100644 $empty a.yaml\n100644 $file b\n40000 $inner b");

	assert_string_equal(compare(*state, one, two, "requests"),
	    "-requests/a.yaml -requests/b/x.yaml");
	assert_int_equal(reasons.count, 4);
	assert_string_equal(compare(*state, two, one, ""), "+requests/a.yaml +requests/b/x.yaml");
	assert_int_equal(reasons.count, 0);
}

static void
a_folder_full_of_doubles_is_not_read(void **state)
{
	struct text commit = requests(*state, "$(for i in {a..z}; do echo \"100644 $file $i.yaml\";"
	    " echo \"100644 $file $i.yaml\"; done)");

	assert_string_equal(list(*state, commit, "requests"), "");
	assert_int_equal(reasons.count, 1);
	assert_reason("DoubledName", "many names");
	assert_string_equal(reasons.at[0].position.path.at, "requests/");
}

static void
folders_out_of_order_are_not_read(void **state)
{
	struct text good = requests(*state, "100644 $file a.yaml\n100644 $file b.yaml");
	struct text bad = requests(*state, "100644 $file b.yaml\n100644 $file a.yaml");
	struct text tree = requests(*state, "40000 $inner a\n100644 $file a.yaml");

	assert_string_equal(list(*state, bad, "requests"), "");
	assert_reason("UnsortedFolder", "not in git's order");
	assert_string_equal(list(*state, bad, "requests/a.yaml"), "");
	assert_reason("UnsortedFolder", "not in git's order");
	assert_string_equal(list(*state, tree, ""), "");
	assert_reason("UnsortedFolder", "not in git's order");
	assert_string_equal(compare(*state, good, bad, ""), "-requests/a.yaml -requests/b.yaml");
	assert_reason("UnsortedFolder", "not in git's order");
	assert_string_equal(compare(*state, bad, good, ""), "+requests/a.yaml +requests/b.yaml");
	assert_int_equal(reasons.count, 0);
}

static void
trees_that_cannot_be_parsed_are_not_read(void **state)
{
	static const char *const trees[] = {
		"100644 a.yaml", "100644 a.yaml\\0short", "100644  \\0xxxxxxxxxxxxxxxxxxxx",
		"100644 \\0xxxxxxxxxxxxxxxxxxxx", "100644 a/b\\0xxxxxxxxxxxxxxxxxxxx",
		"10064x a\\0xxxxxxxxxxxxxxxxxxxx", "00000100644 a\\0xxxxxxxxxxxxxxxxxxxx", " ", "x",
		"100644 /\\0xxxxxxxxxxxxxxxxxxxx", "9 a\\0xxxxxxxxxxxxxxxxxxxx",
		"100644 a.yaml\\0xxxxxxxxxxxxxxxxxxxx100644 b",
	};

	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++) {
		struct text commit = git_fixture_run(*state,
		    "bad=$(printf '%s' | git hash-object -t tree --literally -w --stdin)\n"
		    "commit $(tree_of <<<\"40000 $bad requests\")", trees[i]);

		/* a space is an odd name, not an odd tree */
		assert_string_equal(list(*state, commit, "requests"), "");
		assert_int_equal(reasons.count, 1);
		assert_reason(strstr(trees[i], "  ") == NULL ? "BrokenFolder" : "OddName", "");
		assert_string_equal(compare(*state, (struct text){ NULL, 0 }, commit, ""), "");
		assert_int_equal(reasons.count, 1);
	}
}

static void
depth_and_length_are_limited(void **state)
{
	struct text commit = git_fixture_run(*state,
	    "file=$(blob text) tree=$(tree_of <<<\"100644 $(blob text) x.yaml\")\n"
	    "for name in h g f e d c b; do tree=$(tree_of <<<\"40000 $tree $name\"); done\n"
	    "deeper=$(tree_of <<<\"40000 $tree z\")\n"
	    "long=$(printf 'n%%.0s' {1..241}).yaml longer=$(printf 'n%%.0s' {1..242}).yaml\n"
	    "requests=$(tree_of <<END\n40000 $tree a\n40000 $deeper deep\n100644 $file $long\n"
	    "100644 $file n$long\n40000 $tree o${long/.yaml/folders}\nEND\n)\n"
	    "commit $(tree_of <<<\"40000 $tree due\n40000 $requests requests\n40000 $deeper status\")");
	const char *listed = list(*state, commit, "requests");

	/* requests/a/b/…/h is nine folders, one too many; so is deep/z/b/…/h */
	assert_null(strstr(listed, "x.yaml"));
	assert_int_equal(strlen(listed), 255);
	assert_int_equal(reasons.count, 4);
	assert_reason_at(0, "PathTooDeep", "more than 8");
	assert_string_equal(reasons.at[0].position.path.at, "requests/a/b/c/d/e/f/g/h");
	assert_reason_at(1, "PathTooDeep", "more than 8");
	assert_reason_at(2, "PathTooLong", "255");
	assert_string_equal(list(*state, commit, "requests/deep/z/b"), "");
	assert_int_equal(reasons.count, 1);
	/* the output branch holds ids behind longer beginnings */
	assert_string_equal(list(*state, commit, "due"), "due/b/c/d/e/f/g/h/x.yaml");
	assert_string_equal(list(*state, commit, "status"), "status/z/b/c/d/e/f/g/h/x.yaml");
	assert_int_equal(reasons.count, 0);
}

static void
many_odd_entries_give_few_reasons(void **state)
{
	struct text commit = requests(*state,
	    "$(for i in $(seq 10000 10999); do echo \"120000 $file $i.yaml\"; done)");

	assert_string_equal(list(*state, commit, "requests"), "");
	assert_int_equal(reasons.count, 101);
	assert_reason_at(100, "MoreOddEntries", "900 more");
}

static void
a_tree_that_names_itself_over_and_over_ends(void **state)
{
	/* 20^7 files in eight small trees */
	struct text commit = git_fixture_run(*state,
	    "tree=$(tree_of <<<\"100644 $(blob text) x.yaml\")\n"
	    "for i in 1 2 3 4 5 6 7; do tree=$(for n in {a..t}; do echo \"40000 $tree $n\"; done | tree_of); done\n"
	    "commit $(tree_of <<<\"40000 $tree requests\")");
	struct store *store = open_anew(*state);
	struct git_fixture *fixture = *state;
	struct source_files files = { .count = 0 };

	assert_true(snapshot_list(store, fixture->arena, commit, "requests", &files, &reasons));
	assert_int_equal(reasons.count, 1);
	assert_reason("TooManyFiles", "only the first");
	store_close(store);
}

static void
missing_and_damaged_objects_are_trouble(void **state)
{
	struct text commit = git_fixture_run(*state,
	    "commit $(tree_of <<<\"40000 1234567890123456789012345678901234567890 requests\")");
	struct text damaged = requests(*state, "100644 $file a.yaml");

	assert_string_equal(list(*state, commit, "requests"), "failed: ");
	assert_reason("MissingObject", "1234567890123456789012345678901234567890 is missing");
	assert_string_equal(list(*state, commit, "policies"), "");
	assert_string_equal(compare(*state, damaged, commit, ""), "failed: ");
	assert_string_equal(compare(*state, commit, damaged, ""), "failed: ");
	assert_reason("MissingObject", "is missing");
	/* another tree's bytes in its place */
	git_fixture_run(*state, "file() { echo objects/${1:0:2}/${1:2}; }\n"
	    "cp -f $(file $(git rev-parse %.*s^{tree})) $(file $(git rev-parse %.*s:requests))",
	    TEXT_ARGUMENTS(damaged), TEXT_ARGUMENTS(damaged));
	assert_string_equal(list(*state, damaged, "requests"), "failed: ");
	assert_reason("MissingObject", "damaged");
	assert_string_equal(list(*state, TEXT("xyz"), "requests"), "failed: ");
	assert_string_equal(list(*state, git_fixture_run(*state, "blob text"), "requests"), "failed: ");
	assert_reason("MissingObject", "is not a commit");
}

static void
files_are_read_up_to_their_limit(void **state)
{
	struct git_fixture *fixture = *state;
	struct text commit = git_fixture_run(*state,
	    "most=$(head -c 262144 /dev/zero | git hash-object -w --stdin)\n"
	    "over=$(head -c 262145 /dev/zero | git hash-object -w --stdin)\n"
	    "empty=$(git hash-object -w --stdin </dev/null)\n"
	    "commit $(tree_of <<<\"40000 $(tree_of <<END\n100644 $empty empty.yaml\n"
	    "100644 1234567890123456789012345678901234567890 gone.yaml\n100644 $most most.yaml\n"
	    "100644 $over over.yaml\n100644 $(git hash-object -w -t tree /dev/null) tree.yaml\nEND\n) requests\")");
	struct store *store = open_anew(*state);
	struct source_file file;

	assert_true(snapshot_file(store, fixture->arena, commit, TEXT("requests/most.yaml"), &file));
	assert_int_equal(file.content.length, 262144);
	assert_true(snapshot_file(store, fixture->arena, commit, TEXT("requests/empty.yaml"), &file));
	assert_true(text_present(file.content));
	assert_int_equal(file.content.length, 0);
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests/over.yaml"), &file));
	assert_int_equal(file.size_bytes, 262145);
	assert_non_null(strstr(store_trouble(store), "too large"));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests/gone.yaml"), &file));
	assert_non_null(strstr(store_trouble(store), "missing"));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests/tree.yaml"), &file));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests/absent.yaml"), &file));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests"), &file));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT(""), &file));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("/requests/empty.yaml"), &file));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests/empty.yaml/"), &file));
	assert_false(snapshot_file(store, fixture->arena, commit, TEXT("requests/../requests/empty.yaml"), &file));
	store_close(store);
}

static void
files_become_folders_and_back(void **state)
{
	struct text one = requests(*state, "100644 $file a-.yaml\n40000 $inner b\n100644 $file c");
	struct text two = requests(*state, "100644 $empty a-.yaml\n100644 $file b.yaml\n40000 $inner c");
	struct text three = git_fixture_run(*state, "commit $(tree_of <<<\"100644 $(blob x) requests\")");

	assert_string_equal(compare(*state, one, two, ""),
	    "~requests/a-.yaml +requests/b.yaml -requests/b/x.yaml +requests/c/x.yaml");
	assert_string_equal(compare(*state, one, two, "requests/b"), "-requests/b/x.yaml");
	assert_string_equal(compare(*state, two, one, "requests/b"), "+requests/b/x.yaml");
	assert_string_equal(compare(*state, one, two, "requests/a-.yaml"), "~requests/a-.yaml");
	assert_string_equal(compare(*state, one, two, "policies"), "");
	assert_string_equal(compare(*state, one, one, ""), "");
	assert_string_equal(compare(*state, one, three, "requests"), "-requests/a-.yaml -requests/b/x.yaml");
	assert_string_equal(compare(*state, three, one, "requests"), "+requests/a-.yaml +requests/b/x.yaml");
}

/* Against git diff-tree, over random edits of a tree. */
static void
changes_are_those_that_git_finds(void **state)
{
	struct git_fixture *fixture = *state;
	struct text commits = git_fixture_run(*state,
	    "RANDOM=7; git init -q ../work; cd ../work\n"
	    "for round in {1..25}; do\n"
	    "  for edit in {1..30}; do\n"
	    "    p=requests; for d in $(seq $((RANDOM %% 4))); do p=$p/$((RANDOM %% 3)); done; f=$p/$((RANDOM %% 4)).yaml\n"
	    "    mkdir -p $p\n"
	    "    if ((RANDOM %% 3)); then echo $((RANDOM %% 5)) >$f; else rm -f $f; fi\n"
	    "  done; git add -A; git commit -q --allow-empty -m round; git rev-parse HEAD\n"
	    "done; git push -q ../repository.git HEAD:main"), first, second;

	for (first = (struct text){ NULL, 0 }; text_next_line(&commits, &second); first = second) {
		struct text expected;

		if (!text_present(first))
			continue;
		expected = git_fixture_run(*state, "git diff-tree -r --no-renames --name-status %.*s %.*s |"
		    " sed 's/^A\\t/+/; s/^D\\t/-/; s/^M\\t/~/' | paste -s -d ' '",
		    TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second));
		assert_string_equal(compare(*state, first, second, ""),
		    text_string(fixture->arena, expected));
	}
	assert_int_equal(reasons.count, 0);
}

static void
large_folders_are_counted(void **state)
{
	struct git_fixture *fixture = *state;
	struct text commit = git_fixture_run(*state,
	    "many 1001 requests/flat/%%d.yaml; git branch -m main one; many 1000 requests/%%d.yaml\n"
	    "commit $(tree_of <<<\"40000 $(git rev-parse main:requests) policies\n40000 $(git rev-parse one:requests) requests\")");
	struct store *store = open_anew(*state);
	struct large_folders folders = { .count = 0 };

	assert_true(snapshot_large_folders(store, fixture->arena, commit, "", &folders));
	assert_int_equal(folders.count, 1);
	assert_string_equal(folders.at[0].path.at, "requests/flat");
	assert_int_equal(folders.at[0].entries, 1001);
	store_close(store);
}

static void
a_comparison_begins_and_ends_anywhere(void **state)
{
	static const char *const behind[] = { "", "requests", "requests/", "requests/a",
		"requests/a-", "requests/a-b.yaml", "requests/a.yaml", "requests/a.yaml.sig",
		"requests/a/", "requests/a/m.yaml", "requests/a/x.yaml", "requests/a/xx", "requests/a0",
		"requests/a0.yaml", "requests/ab/x.yaml", "requests/b/x/x.yaml", "requests/b/y", "requests/c",
		"requests/z", "zzz", "approvals/x" };
	struct text empty = requests(*state, "100644 $file kept.yaml");
	struct text full = requests(*state, "100644 $file a-b.yaml\n100644 $file a.yaml\n"
	    "100644 $file a.yaml.sig\n40000 $inner a\n100644 $file a0.yaml\n40000 $inner ab\n"
	    "40000 $(printf '%s\\n' \"40000 $inner x\" \"40000 $inner y\" | tree_of) b\n"
	    "120000 $file c.yaml\n100644 $file kept.yaml\n100644 $file z.yaml");
	struct text changed = requests(*state, "100644 $(blob other) a.yaml\n40000 $(printf '%s\\n' "
	    "\"100644 $(blob other) x.yaml\" | tree_of) a\n100644 $file kept.yaml");

	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		parts_are_of_the_whole(*state, empty, full, behind[i]);
		parts_are_of_the_whole(*state, full, changed, behind[i]);
		parts_are_of_the_whole(*state, changed, empty, behind[i]);
		parts_are_of_the_whole(*state, (struct text){ NULL, 0 }, full, behind[i]);
	}
	assert_string_equal(compare(*state, empty, full, "requests"), "+requests/a-b.yaml "
	    "+requests/a.yaml +requests/a.yaml.sig +requests/a/x.yaml +requests/a0.yaml "
	    "+requests/ab/x.yaml +requests/b/x/x.yaml +requests/b/y/x.yaml +requests/z.yaml");
}

/* Few bytes that make millions of paths cost what is asked for; and parts of it end where the whole does. */
static void
a_tree_that_names_one_subtree_over_and_over_is_read_in_parts(void **state)
{
	struct git_fixture *fixture = *state;
	struct text commit = git_fixture_run(fixture,
	    "tree=$(for i in $(seq 100 163); do echo \"100644 $(blob text) f$i.yaml\"; done | tree_of)\n"
	    "for level in 1 2 3; do tree=$(for i in $(seq 100 163); do echo \"40000 $tree d$i\"; done | tree_of); done\n"
	    "commit $(tree_of <<<\"40000 $tree requests\")");
	struct comparison part = { .to = commit, .folder = "requests", .most = 3,
		.behind = TEXT("requests/d108/d163/d163/f162.yaml") };
	struct changes changes = compare_part(fixture, &part);

	assert_int_equal(reasons.count, 0);
	assert_int_equal(changes.count, 3);
	assert_true(text_is(changes.at[0].path, "requests/d108/d163/d163/f163.yaml"));
	assert_true(text_is(changes.at[2].path, "requests/d109/d100/d100/f101.yaml"));
	/* more than four million entries */
	part.behind = TEXT("requests/d116/d100/d100/f100.yaml");
	assert_int_equal(compare_part(fixture, &part).count, 0);
	assert_int_equal(reasons.count, 1);
	assert_string_equal(reasons.at[0].code, "TooManyFiles");
}

/* What stands in it is looked up file by file, so it is read once, and does not drive the others out. */
static void
a_large_folder_stays_known(void **state)
{
	struct git_fixture *fixture = *state;
	struct text large = git_fixture_run(fixture, "file=$(blob text); awk -v blob=\"$file\" 'BEGIN "
	    "{ for (i = 0; i < 200; i++) pad = pad \"x\"; for (i = 100000; i < 260000; i++) "
	    "printf \"100644 blob %%s\\t%%s%%d.yaml\\n\", blob, pad, i }' | git mktree");
	struct text small = git_fixture_run(fixture, "tree_of <<<\"100644 $(blob text) x.yaml\"");
	struct store *store = open_anew(fixture);
	git_oid large_id, small_id;
	struct tree *first[2], *again[2];

	assert_true(git_oid_fromstrn(&large_id, large.at, 40) == 0);
	assert_true(git_oid_fromstrn(&small_id, small.at, 40) == 0);
	first[0] = tree_get(store, &small_id);
	first[1] = tree_get(store, &large_id);
	assert_non_null(first[0]);
	assert_non_null(first[1]);
	again[0] = tree_get(store, &small_id);
	again[1] = tree_get(store, &large_id);
	assert_ptr_equal(first[0], again[0]);
	assert_ptr_equal(first[1], again[1]);
	for (size_t i = 0; i < 2; i++) {
		tree_release(first[i]);
		tree_release(again[i]);
	}
	store_close(store);
}

int
main(void)
{
#define TEST_CASE(function) \
	cmocka_unit_test_setup_teardown(function, git_fixture_setup, git_fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST_CASE(plain_files_are_listed),
		TEST_CASE(the_whole_tree_is_what_the_formats_name),
		TEST_CASE(odd_entries_are_reported_and_left_out),
		TEST_CASE(doubled_names_are_left_out_on_both_sides),
		TEST_CASE(a_name_that_becomes_doubled_counts_as_deleted),
		TEST_CASE(a_folder_full_of_doubles_is_not_read),
		TEST_CASE(folders_out_of_order_are_not_read),
		TEST_CASE(trees_that_cannot_be_parsed_are_not_read),
		TEST_CASE(depth_and_length_are_limited),
		TEST_CASE(many_odd_entries_give_few_reasons),
		TEST_CASE(a_tree_that_names_itself_over_and_over_ends),
		TEST_CASE(missing_and_damaged_objects_are_trouble),
		TEST_CASE(files_are_read_up_to_their_limit),
		TEST_CASE(files_become_folders_and_back),
		TEST_CASE(changes_are_those_that_git_finds),
		TEST_CASE(a_comparison_begins_and_ends_anywhere),
		TEST_CASE(a_tree_that_names_one_subtree_over_and_over_is_read_in_parts),
		TEST_CASE(large_folders_are_counted),
		TEST_CASE(a_large_folder_stays_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
