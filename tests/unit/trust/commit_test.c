/* Raw commits: what git makes is read as git reads it, and nothing else is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ssh_fixture.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/sshsig.h"

#define TREE "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
#define TREE_256 "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
#define WHO "A U Thor <author@example.com> 1700000000 +0100"
#define START "tree " TREE "\nauthor " WHO "\ncommitter " WHO "\n"

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
assert_refused(struct text raw, const char *words)
{
	struct raw_commit commit;
	struct text why = { NULL, 0 };

	if (raw_commit_parse(arena, raw, &commit, &why))
		fail_msg("accepted: %.*s", TEXT_ARGUMENTS(raw));
	if (strstr(text_string(arena, why), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\" about %.*s", words, TEXT_ARGUMENTS(why),
		    TEXT_ARGUMENTS(raw));
}

static struct raw_commit
parsed(struct text raw)
{
	struct raw_commit commit;
	struct text why = { NULL, 0 };

	if (!raw_commit_parse(arena, raw, &commit, &why))
		fail_msg("refused: %.*s: %.*s", TEXT_ARGUMENTS(why), TEXT_ARGUMENTS(raw));
	return commit;
}

/* --- accepted ------------------------------------------------------------------- */

static void
plain_commits_are_read(void **state)
{
	struct raw_commit commit = parsed(TEXT(START "\nmessage\n"));

	(void)state;
	assert_true(text_is(commit.tree, TREE));
	assert_int_equal(commit.parents.count, 0);
	assert_true(text_is(commit.author, WHO));
	assert_true(text_is(commit.committer, WHO));
	assert_false(text_present(commit.signature));
	assert_true(text_is(commit.signed_bytes, START "\nmessage\n"));
	assert_true(text_is(commit.message, "message\n"));
	assert_true(text_is(parsed(TEXT(START "\n")).message, ""));
	assert_true(text_is(parsed(TEXT(START "\n\n\n")).message, "\n\n"));
	assert_true(text_is(parsed(TEXT(START "\ngpgsig not a header\n\ntree x")).message,
	    "gpgsig not a header\n\ntree x"));
}

static void
parents_keep_their_order(void **state)
{
	struct raw_commit commit = parsed(TEXT("tree " TREE "\nparent "
	    "1111111111111111111111111111111111111111\nparent "
	    "0000000000000000000000000000000000000002\nauthor " WHO "\ncommitter " WHO "\n\nm"));

	(void)state;
	assert_int_equal(commit.parents.count, 2);
	assert_true(text_is(commit.parents.at[0], "1111111111111111111111111111111111111111"));
	assert_true(text_is(commit.parents.at[1], "0000000000000000000000000000000000000002"));
}

static void
other_headers_are_signed_and_passed_over(void **state)
{
	static const char raw[] = START "encoding ISO-8859-1\n"
	    "mergetag object " TREE "\n type commit\n tag v1\n \n -----BEGIN SSH SIGNATURE-----\n AAAA\n"
	    " -----END SSH SIGNATURE-----\n"
	    "HG:extra x\nchange-id kkmpptxz\ngpgsig A\n B\n C\nlater header\n folded\n\nmessage";
	struct raw_commit commit = parsed(TEXT(START "encoding ISO-8859-1\n"
	    "mergetag object " TREE "\n type commit\n tag v1\n \n -----BEGIN SSH SIGNATURE-----\n AAAA\n"
	    " -----END SSH SIGNATURE-----\n"
	    "HG:extra x\nchange-id kkmpptxz\ngpgsig A\n B\n C\nlater header\n folded\n\nmessage"));
	const char *from = strstr(raw, "gpgsig"), *to = strstr(raw, "later");

	(void)state;
	assert_true(text_is(commit.signature, "A\nB\nC"));
	assert_true(text_equal(commit.signed_bytes, text_printf(arena, "%.*s%s", (int)(from - raw), raw,
	    to)));
	assert_true(text_is(commit.message, "message"));
}

static void
identities_of_git_are_accepted(void **state)
{
	static const char *const good[] = {
		"A U Thor <author@example.com> 1700000000 +0100", " <> 0 -0000", " <a@b> 0 +0000",
		"A <a> 253402214399 +0000",
		"J\xc3\xb6rg <j@x> 99999999999 +1345", "a  b <x y> 1 +0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		parsed(text_printf(arena, "tree " TREE "\nauthor %s\ncommitter %s\n\nm", good[i],
		    good[i]));
}

/* --- refused ---------------------------------------------------------------------- */

static void
malformed_first_headers_are_refused(void **state)
{
	(void)state;
	assert_refused(TEXT(""), "first header");
	assert_refused((struct text){ NULL, 0 }, "first header");
	assert_refused(TEXT("\n"), "first header");
	assert_refused(TEXT("\nmessage"), "first header");
	assert_refused(TEXT("author " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT(" tree " TREE "\nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree  " TREE "\nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree " TREE " \nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree\t" TREE "\nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree " TREE "\r\nauthor " WHO "\r\ncommitter " WHO "\r\n\r\n"),
	    "first header");
	assert_refused(TEXT("tree 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\nauthor " WHO
	    "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree 4b825dc\nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree\nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("trees " TREE "\nauthor " WHO "\ncommitter " WHO "\n\n"), "first header");
	assert_refused(TEXT("tree " TREE "\nparent " TREE_256 "\nauthor " WHO "\ncommitter " WHO
	    "\n\n"), "parent");
	assert_refused(TEXT("tree " TREE_256 "\nparent " TREE_256 "\nauthor " WHO "\ncommitter " WHO
	    "\n\n"), "first header");
	assert_refused(TEXT("tree " TREE "\nparent 12\nauthor " WHO "\ncommitter " WHO "\n\n"),
	    "parent");
	assert_refused(TEXT("tree " TREE "\nparent \nauthor " WHO "\ncommitter " WHO "\n\n"),
	    "parent");
	assert_refused(TEXT("tree " TREE "\nparent\nauthor " WHO "\ncommitter " WHO "\n\n"),
	    "\"author\"");
	assert_refused(TEXT("tree " TREE "\ncommitter " WHO "\n\n"), "\"author\"");
	assert_refused(TEXT("tree " TREE "\nauthor " WHO "\n\n"), "\"committer\"");
	assert_refused(TEXT("tree " TREE "\ncommitter " WHO "\nauthor " WHO "\n\n"), "\"author\"");
	assert_refused(TEXT("tree " TREE "\nauthor " WHO "\nauthor " WHO "\ncommitter " WHO "\n\n"),
	    "\"committer\"");
	assert_refused(TEXT("tree " TREE "\nauthor " WHO "\nparent " TREE "\ncommitter " WHO "\n\n"),
	    "\"committer\"");
	assert_refused(TEXT("tree " TREE "\ntree " TREE "\nauthor " WHO "\ncommitter " WHO "\n\n"),
	    "\"author\"");
	assert_refused(TEXT("tree " TREE "\nencoding UTF-8\nauthor " WHO "\ncommitter " WHO "\n\n"),
	    "\"author\"");
	assert_refused(TEXT("tree " TREE "\nauthor " WHO), "\"committer\"");
	assert_refused(TEXT("tree " TREE), "\"author\"");
}

static void
malformed_identities_are_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "A U Thor", "A <a@b>", "A <a@b> 1", "A <a@b> 1 ", "A <a@b> 1 +000",
		"A <a@b> 1 +00000", "A <a@b> 1 0000 ", "A <a@b> 1 +0000 ", "A <a@b> 1 +0000 x",
		"A <a@b>  1 +0000", "A <a@b> x +0000", "A <a@b> -1 +0000", "A <a@b> 1 *0000",
		"A <a@b> 1 +00:0", "A a@b> 1 +0000", "A <a@b 1 +0000", "A> <a@b 1 +0000",
		"A<a@b> 1 +0000", "A <a@b>1 +0000", "A <a@b> 1\t+0000", "A <a@b>",
		"<a@b> 1 +0000", "A <<a@b> 1 +0000", "A <a<b> 1 +0000", "A <a@b> 01 +0000",
		"A <a@b> 00 +0000", "A <a@b> 253402214400 +0000", "A <a@b> 9223372036854775808 +0000",
		"A <a@b> 99999999999999999999999999 +0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_refused(text_printf(arena, "tree " TREE "\nauthor %s\ncommitter " WHO "\n\nm",
		    bad[i]), "\"author\"");
		assert_refused(text_printf(arena, "tree " TREE "\nauthor " WHO "\ncommitter %s\n\nm",
		    bad[i]), "\"committer\"");
	}
}

static void
doubled_and_hidden_headers_are_refused(void **state)
{
	(void)state;
	assert_refused(TEXT(START "gpgsig A\ngpgsig B\n\nm"), "two signatures");
	assert_refused(TEXT(START "gpgsig A\nother x\ngpgsig B\n\nm"), "two signatures");
	assert_refused(TEXT(START "gpgsig A\ngpgsig A\n\nm"), "two signatures");
	assert_refused(TEXT(START "gpgsig-sha256 A\n\nm"), "SHA-256 object ids");
	assert_refused(TEXT(START "gpgsig A\ngpgsig-sha256 B\n\nm"), "gpgsig-sha256");
	assert_refused(TEXT(START "GPGSIG A\n\nm"), "unknown header \"GPGSIG\"");
	assert_refused(TEXT(START "Gpgsig A\ngpgsig A\n\nm"), "unknown header \"Gpgsig\"");
	assert_refused(TEXT(START "gpgsig2 A\n\nm"), "unknown header \"gpgsig2\"");
	assert_refused(TEXT(START "gpgsig-x A\n\nm"), "unknown header \"gpgsig-x\"");
	assert_refused(TEXT(START "tree " TREE "\n\nm"), "\"tree\" a second time");
	assert_refused(TEXT(START "parent " TREE "\n\nm"), "\"parent\" a second time");
	assert_refused(TEXT(START "author " WHO "\n\nm"), "\"author\" a second time");
	assert_refused(TEXT(START "committer " WHO "\n\nm"), "\"committer\" a second time");
	assert_refused(TEXT(START "gpgsig A\ncommitter " WHO "\n\nm"), "\"committer\" a second time");
	assert_refused(TEXT(START "Author " WHO "\n\nm"), "\"Author\" a second time");
}

static void
lines_that_are_no_headers_are_refused(void **state)
{
	(void)state;
	assert_refused(TEXT(START " continued\n\nm"), "is none");
	assert_refused(TEXT(START "gpgsig\n A\n\nm"), "is none");
	assert_refused(TEXT(START "word\n\nm"), "is none");
	assert_refused(TEXT(START "\tx y\n\nm"), "is none");
	assert_refused(TEXT(START "x\x01y z\n\nm"), "is none");
	assert_refused(TEXT(START "x\x7fy z\n\nm"), "is none");
	assert_refused(TEXT(START "x\xc3\xa4 z\n\nm"), "is none");
	assert_refused(TEXT(START "\r\n\nm"), "is none");
	assert_refused(TEXT(START), "no empty line");
	assert_refused(TEXT(START "gpgsig A\n B"), "no empty line");
	assert_refused(TEXT(START "gpgsig A\n B\n"), "no empty line");
	assert_refused(TEXT(START "x y"), "no empty line");
}

static void
nul_bytes_are_refused_everywhere(void **state)
{
	static const char raw[] = START "gpgsig A\n B\n\nmessage\n";

	(void)state;
	for (size_t i = 0; i < sizeof(raw) - 1; i++) {
		char *damaged = arena_copy(arena, raw, sizeof(raw) - 1);

		damaged[i] = '\0';
		assert_refused((struct text){ damaged, sizeof(raw) - 1 }, "NUL");
	}
	assert_refused(TEXT(START "\nm\0"), "NUL");
}

/* A commit with so many parents and so many headers behind the committer. */
static struct text
commit_with(int parents, int headers)
{
	struct buffer out = { .arena = arena };

	buffer_add(&out, TEXT("tree " TREE "\n"));
	for (int i = 0; i < parents; i++)
		buffer_add(&out, TEXT("parent " TREE "\n"));
	buffer_add(&out, TEXT("author " WHO "\ncommitter " WHO "\n"));
	for (int i = 0; i < headers; i++)
		buffer_add(&out, TEXT("x y\n"));
	buffer_add(&out, TEXT("\nm"));
	return buffer_text(&out);
}

static void
counts_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(parsed(commit_with(64, 0)).parents.count, 64);
	assert_refused(commit_with(65, 0), "more than 64 parents");
	/* all of them count */
	assert_true(text_is(parsed(commit_with(0, 125)).message, "m"));
	assert_refused(commit_with(0, 126), "more than 128 headers");
	assert_true(text_is(parsed(commit_with(64, 61)).message, "m"));
	assert_refused(commit_with(64, 62), "more than 128 headers");
	/* so much of a name is shown */
	assert_refused(text_printf(arena, START "gpgsig%055d x\n\nm", 0),
	    arena_printf(arena, "unknown header \"gpgsig%054d…\"", 0));
	assert_refused(text_printf(arena, START "gpgsig%054d x\n\nm", 0),
	    arena_printf(arena, "unknown header \"gpgsig%054d\"", 0));
}

/* Whatever is cut off or put in, the parser ends, and what it accepts adds up to the raw bytes. */
static void
cuts_and_insertions_are_consistent(void **state)
{
	static const char raw[] = START "encoding x\ngpgsig A\n B\nother y\n z\n\nmessage\n\nend\n";
	static const char inserted[] = " \n\r<>:gA";
	struct raw_commit commit;
	struct text why;

	(void)state;
	for (size_t i = 0; i <= sizeof(raw) - 1; i++) {
		for (size_t j = 0; j < sizeof(inserted); j++) {
			struct text changed = j == sizeof(inserted) - 1 ?
			    text_first(text_of(raw), i) :
			    text_printf(arena, "%.*s%c%s", (int)i, raw, inserted[j], raw + i);

			if (!raw_commit_parse(arena, changed, &commit, &why))
				continue;
			assert_true(text_ends_with(changed, text_string(arena, commit.message)));
			assert_true(commit.signed_bytes.length <= changed.length);
			assert_true(text_present(commit.signature) ==
			    (commit.signed_bytes.length < changed.length));
		}
	}
}

/* --- git as oracle -------------------------------------------------------------------- */

/* git's own signature verifies over our signed bytes, which are the unsigned commit. */
static void
commits_of_git_verify(void **state)
{
	struct git_fixture *fixture = *state;
	struct ssh_public_key signer;
	struct raw_commit commit;
	struct text raw, why;

	for (size_t i = 0; i < SSH_TEST_KEYS; i++) {
		if (!ssh_fixture_key(fixture, &ssh_test_keys[i]))
			continue;
		raw = ssh_fixture_commit(fixture, ssh_test_keys[i].name, TEXT("subject\n\nbody\n"));
		assert_true(raw_commit_parse(fixture->arena, raw, &commit, &why));
		assert_true(sshsig_verify(fixture->arena, commit.signature, "git",
		    commit.signed_bytes, &signer, &why));
		assert_true(text_is(signer.type, ssh_test_keys[i].type));
		assert_true(text_is(commit.message, "subject\n\nbody\n"));
		assert_true(text_equal(raw, raw_commit_with_signature(fixture->arena,
		    commit.signed_bytes, commit.signature)));
	}
}

static void
odd_commits_of_git_verify(void **state)
{
	struct git_fixture *fixture = *state;
	struct ssh_public_key signer;
	struct raw_commit commit;
	struct text why;

	ssh_fixture_ed25519(fixture, "odd");
	git_fixture_run(fixture,
	    "export GIT_AUTHOR_NAME='J\xc3\xb6rg \"Q\" \xe2\x80\xae' GIT_COMMITTER_NAME=x\n"
	    "sign() { git -c gpg.format=ssh -c user.signingKey=../odd \"$@\"; }\n"
	    "tree=$(tree_of </dev/null)\n"
	    "one=$(sign -c i18n.commitEncoding=ISO-8859-1 commit-tree -S $tree -m 'gr\xc3\xbc\xc3\x9f')\n"
	    "sign tag -s -m tagged v1 $one\n"
	    "git init -q ../work && cd ../work\n"
	    "sign fetch -q ../repository.git v1:refs/tags/v1\n"
	    "sign -c user.name=w -c user.email=w@x commit -q -S --allow-empty -m base\n"
	    "sign merge -q -S --no-ff --allow-unrelated-histories -m merged v1\n"
	    "git cat-file commit HEAD >../merge; git cat-file commit v1^{commit} >../encoded\n"
	    "grep -q ^mergetag ../merge; grep -q ^encoding ../encoded\n");
	for (int i = 0; i < 2; i++) {
		struct text raw = ssh_fixture_file(fixture, i == 0 ? "merge" : "encoded");

		if (!raw_commit_parse(fixture->arena, raw, &commit, &why))
			fail_msg("%.*s", TEXT_ARGUMENTS(why));
		assert_true(sshsig_verify(fixture->arena, commit.signature, "git",
		    commit.signed_bytes, &signer, &why));
	}
}

/* git accepts the commits that the reconciler signs. */
static void
git_verifies_ours(void **state)
{
	struct git_fixture *fixture = *state;
	struct texts keys = { 0 };
	struct ssh_private_key *key;
	struct text unsigned_commit, raw, why;
	char *path = arena_printf(fixture->arena, "%s/reconciler", fixture->folder);

	assert_true(ssh_private_key_create(path, ""));
	assert_true(ssh_private_key_read(path, &key, fixture->arena, &why));
	git_fixture_run(fixture, "tree_of </dev/null >../tree");
	unsigned_commit = TEXT(START "encoding UTF-8\n\nOutput\n\nCountersign-Input: x\n");
	raw = raw_commit_with_signature(fixture->arena, unsigned_commit,
	    sshsig_sign(fixture->arena, key, "git", unsigned_commit));
	ssh_fixture_write(fixture, "raw", raw);
	ssh_fixture_write(fixture, "allowed", text_printf(fixture->arena,
	    "* namespaces=\"git\" %.*s\n",
	    TEXT_ARGUMENTS(ssh_private_key_public_line(fixture->arena, key))));
	git_fixture_run(fixture, "id=$(git hash-object -t commit -w ../raw)\n"
	    "git -c gpg.ssh.allowedSignersFile=../allowed verify-commit $id 2>../said\n"
	    "grep -q '^Good \"git\" signature' ../said");

	texts_add(fixture->arena, &keys, TEXT("ssh-ed25519 nonsense"));
	assert_false(commit_signed_by_keys(fixture->arena, raw, &keys, &why));
	assert_non_null(strstr(text_string(fixture->arena, why), "not among the keys"));
	texts_add(fixture->arena, &keys, ssh_private_key_public_line(fixture->arena, key));
	assert_true(commit_signed_by_keys(fixture->arena, raw, &keys, &why));
	assert_false(commit_signed_by_keys(fixture->arena, unsigned_commit, &keys, &why));
	assert_true(text_is(why, "the commit is not signed"));
	assert_false(commit_signed_by_keys(fixture->arena, TEXT("x"), &keys, &why));
	assert_false(commit_signed_by_keys(fixture->arena, raw_commit_with_signature(fixture->arena,
	    unsigned_commit, sshsig_sign(fixture->arena, key, "file", unsigned_commit)), &keys,
	    &why));
	((char *)raw.at)[raw.length - 2] = 'y';
	assert_false(commit_signed_by_keys(fixture->arena, raw, &keys, &why));
	ssh_private_key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plain_commits_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parents_keep_their_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_headers_are_signed_and_passed_over, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(identities_of_git_are_accepted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(malformed_first_headers_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(malformed_identities_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(doubled_and_hidden_headers_are_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(lines_that_are_no_headers_are_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(nul_bytes_are_refused_everywhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cuts_and_insertions_are_consistent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(commits_of_git_verify, git_fixture_setup,
		    git_fixture_teardown),
		cmocka_unit_test_setup_teardown(odd_commits_of_git_verify, git_fixture_setup,
		    git_fixture_teardown),
		cmocka_unit_test_setup_teardown(git_verifies_ours, git_fixture_setup,
		    git_fixture_teardown),
	};

	return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
