/*
 * Where git core accepts less than we do, that is a bug of ours: odd commits,
 * all with a signature of alice that was made over what they are, are judged by
 * us, by `git fsck --strict` and by `git verify-commit`. What counts here must be
 * good for both of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "lib/git_fixture.h"
#include "lib/ssh_fixture.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/sshkey.h"

enum { RANDOM_COMMITS = 120, COUNTED_LEAST = 10, REFUSED_LEAST = 30 };

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PERSON "Alice Example <alice@example.com>"

static struct git_fixture *fixture;
static struct configuration configuration;

/* One commit of the corpus, and what we say to it. */
struct specimen {
	const char *name;
	bool counted;
};

ARRAY(specimens, struct specimen);

static struct specimens specimens;

/* What is put in place of what, the first time that it stands in the commit. */
struct mutation {
	const char *name;
	const char *out;
	const char *in;
};

static const struct mutation before_signing[] = {
	{ "as it is", "", "" },
	{ "date that overflows", "1700000000 +0000\n\n", "99999999999999999999 +0000\n\n" },
	{ "date that overflows 63 bits", "1700000000 +0000\n\n", "9223372036854775808 +0000\n\n" },
	{ "the latest date that counts", "1700000000 +0000\n\n", "253402214399 +0000\n\n" },
	{ "the last second of the year 9999", "1700000000 +0000\n\n", "253402300799 +0000\n\n" },
	{ "the year 10000", "1700000000 +0000\n\n", "253402300800 +0000\n\n" },
	{ "date of 17 digits", "1700000000 +0000\n\n", "99999999999999999 +0000\n\n" },
	{ "the latest date", "1700000000 +0000\n\n", "9223372036854775807 +0000\n\n" },
	{ "the author's date overflows", "1700000000 +0000\ncommitter", "18446744073709551616 +0000\ncommitter" },
	{ "date with a zero before it", "1700000000 +0000\n\n", "01700000000 +0000\n\n" },
	{ "date zero", "1700000000 +0000\n\n", "0 +0000\n\n" },
	{ "date below zero", "1700000000 +0000\n\n", "-1 +0000\n\n" },
	{ "date twice zero", "1700000000 +0000\n\n", "00 +0000\n\n" },
	{ "date with a plus", "1700000000 +0000\n\n", "+17 +0000\n\n" },
	{ "no date", "1700000000 +0000\n\n", "\n\n" },
	{ "no zone", "1700000000 +0000\n\n", "1700000000\n\n" },
	{ "zone of three digits", "1700000000 +0000\n\n", "1700000000 +000\n\n" },
	{ "zone of five digits", "1700000000 +0000\n\n", "1700000000 +00000\n\n" },
	{ "zone of letters", "1700000000 +0000\n\n", "1700000000 UTC\n\n" },
	{ "zone far away", "1700000000 +0000\n\n", "1700000000 -9999\n\n" },
	{ "something behind the zone", "1700000000 +0000\n\n", "1700000000 +0000 \n\n" },
	{ "two blanks before the date", "> 1700000000 +0000\n\n", ">  1700000000 +0000\n\n" },
	{ "no blank before the date", "> 1700000000 +0000\n\n", ">1700000000 +0000\n\n" },
	{ "tab before the date", "> 1700000000 +0000\n\n", ">\t1700000000 +0000\n\n" },
	{ "no blank before the address", "Example <", "Example<" },
	{ "no name", "author Alice Example <", "author <" },
	{ "blank for a name", "author Alice Example <", "author  <" },
	{ "name of two brackets", "Alice Example <", "Alice <x> Example <" },
	{ "name with a closing bracket", "Alice Example <", "Alice> Example <" },
	{ "address with an opening bracket", "<alice@", "<<alice@" },
	{ "address that is not closed", "example.com>", "example.com" },
	{ "no address", "<alice@example.com>", "" },
	{ "empty address", "<alice@example.com>", "<>" },
	{ "address that goes on", "example.com> 17", "example.com>> 17" },
	{ "author twice", "committer", "author " PERSON " 1 +0000\ncommitter" },
	{ "author three times", "committer", "author " PERSON " 1 +0000\nauthor " PERSON
	    " 1 +0000\ncommitter" },
	{ "no author", "author " PERSON " 1700000000 +0000\n", "" },
	{ "no committer", "committer " PERSON " 1700000000 +0000\n", "" },
	{ "committer twice", "\n\n", "\ncommitter " PERSON " 1 +0000\n\n" },
	{ "committer first", "author", "committer " PERSON " 1 +0000\nauthor" },
	{ "no tree", "tree ", "three " },
	{ "tree of 39 digits", "4b825dc6", "4b825dc" },
	{ "tree of 41 digits", "4b825dc6", "4b825dc60" },
	{ "tree in capitals", "4b825dc6", "4B825DC6" },
	{ "tree and a blank", "4904\n", "4904 \n" },
	{ "tree twice", "author", "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor" },
	{ "null tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
	    "0000000000000000000000000000000000000000" },
	{ "tree of 64 digits", "4b825dc6",
	    "4b825dc64b825dc64b825dc64b825dc6" },
	{ "parent of 39 digits", "author", "parent 4b825dc642cb6eb9a060e54bf8d69288fbee490\nauthor" },
	{ "parent in capitals", "author", "parent 4B825DC642CB6EB9A060E54BF8D69288FBEE4904\nauthor" },
	{ "parent behind the author", "committer",
	    "parent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ncommitter" },
	{ "parent behind the committer", "\n\n",
	    "\nparent 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\n" },
	{ "header before the tree", "tree", "x-y z\ntree" },
	{ "header before the author", "author", "x-y z\nauthor" },
	{ "header of others", "\n\n", "\nx-y z\n\n" },
	{ "header without a value", "\n\n", "\nx-y\n\n" },
	{ "header with two lines", "\n\n", "\nx-y z\n and more\n\n" },
	{ "header that goes on at once", "\n\n", "\n and more\n\n" },
	{ "encoding", "\n\n", "\nencoding ISO-8859-1\n\n" },
	{ "CR behind the headers", "\n\n", "\r\n\n" },
	{ "CR in the name", "Alice Example", "Alice\rExample" },
	{ "other signature header", "\n\n", "\ngpgsig-sha256 x\n\n" },
	{ "mergetag", "\n\n", "\nmergetag object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n type commit\n\n" },
	{ "no empty line", "\n\nA", "\nA" },
	{ "no message", "\n\nApproved\n\nCountersign-Approve: web/x " DIGEST "\n", "\n" },
	{ "invalid UTF-8", "Approved", "Appr\xff\xfeoved" },
	{ "UTF-8 byte order mark", "tree", "\xef\xbb\xbftree" },
	{ "escape", "Alice Example", "Alice\033[2JExample" },
};

/* These change what was signed, or the signature: git takes none of them for good, and neither do we. */
static const struct mutation after_signing[] = {
	{ "message changed", "Approved", "Improved" },
	{ "date changed", "1700000000", "1700000001" },
	{ "header added behind", "\n\n", "\nx-y z\n\n" },
	{ "header added before", "gpgsig", "x-y z\ngpgsig" },
	{ "empty signature", "gpgsig -----BEGIN SSH SIGNATURE-----\n", "gpgsig \n" },
	{ "no last line", " -----END SSH SIGNATURE-----\n", "" },
	{ "something before it", "gpgsig -----", "gpgsig x\n -----" },
	{ "something behind it", " -----END SSH SIGNATURE-----\n",
	    " -----END SSH SIGNATURE-----\n junk\n" },
	{ "another name", "gpgsig ", "gpgsign " },
	{ "in capitals", "gpgsig ", "GPGSIG " },
	{ "two blanks", "gpgsig ", "gpgsig  " },
	{ "PGP's words", "BEGIN SSH", "BEGIN PGP" },
};

static struct text
mutated(struct text commit, const struct mutation *mutation)
{
	struct arena *arena = fixture->arena;
	size_t out_length = strlen(mutation->out);

	for (size_t i = 0; out_length > 0 && i + out_length <= commit.length; i++)
		if (memcmp(commit.at + i, mutation->out, out_length) == 0)
			return text_printf(arena, "%.*s%s%.*s", (int)i, commit.at, mutation->in,
			    (int)(commit.length - i - out_length), commit.at + i + out_length);
	if (out_length > 0)
		fail_msg("%s: \"%s\" does not stand in the commit", mutation->name, mutation->out);
	return commit;
}

static struct text
unsigned_commit(void)
{
	return TEXT("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
	    "author " PERSON " 1700000000 +0000\n"
	    "committer " PERSON " 1700000000 +0000\n"
	    "\n"
	    "Approved\n\nCountersign-Approve: web/x " DIGEST "\n");
}

/* As git does it, whatever the headers are. */
static struct text
signed_by_alice(struct text commit)
{
	return raw_commit_with_signature(fixture->arena, commit,
	    ssh_fixture_sign(fixture, "alice", "git", commit));
}

static void
judge(const char *name, struct text raw)
{
	struct sighting sighting = { .configuration = &configuration, .observed_at = 1700000000,
		.source = SOURCE_COMMIT, .where = TEXT("somewhere") };
	struct evidence found = { 0 };
	char *file = arena_printf(fixture->arena, "corpus-%04zu", specimens.count);

	evidence_from_commit(fixture->arena, &sighting, raw, &found);
	ssh_fixture_write(fixture, file, raw);
	*ARRAY_ADD(fixture->arena, &specimens) = (struct specimen){ name,
		found.decisions.count > 0 };
}

/* The same numbers in each run. */
static uint32_t
draw(uint32_t below)
{
	static uint32_t state = 20260101;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* One byte of the headers replaced, dropped or doubled. */
static struct text
mutated_anywhere(struct text commit)
{
	static const char bytes[] = "\n <>+-0 9:\t\r/.a~\x7f\x80\xff";
	char *copy = arena_allocate(fixture->arena, commit.length + 1);
	uint32_t at = draw((uint32_t)(commit.length - strlen("Approve: web/x " DIGEST "\n")));
	char byte = bytes[draw(sizeof(bytes) - 1)];

	memcpy(copy, commit.at, commit.length);
	switch (draw(3)) {
	case 0:
		copy[at] = byte;
		return (struct text){ copy, commit.length };
	case 1:
		memmove(copy + at, copy + at + 1, commit.length - at - 1);
		return (struct text){ copy, commit.length - 1 };
	default:
		memmove(copy + at + 1, copy + at, commit.length - at);
		copy[at] = byte;
		return (struct text){ copy, commit.length + 1 };
	}
}

static void
make_corpus(void)
{
	struct text commit = unsigned_commit(), good = signed_by_alice(commit);
	struct text with_nul = text_copy(fixture->arena, commit);

	for (size_t i = 0; i < sizeof(before_signing) / sizeof(before_signing[0]); i++)
		judge(before_signing[i].name, signed_by_alice(mutated(commit, &before_signing[i])));
	for (size_t i = 0; i < sizeof(after_signing) / sizeof(after_signing[0]); i++)
		judge(after_signing[i].name, mutated(good, &after_signing[i]));
	for (size_t i = 0; i < RANDOM_COMMITS; i++)
		judge(arena_printf(fixture->arena, "mutant %zu", i),
		    signed_by_alice(mutated_anywhere(commit)));
	((char *)(uintptr_t)with_nul.at)[commit.length - 90] = '\0';
	judge("NUL in the message", signed_by_alice(with_nul));
	judge("not signed", commit);
	judge("signed twice", raw_commit_with_signature(fixture->arena, good,
	    ssh_fixture_sign(fixture, "alice", "git", commit)));
}

/* "NUMBER verify|fsck" for each commit that git does not take for good. */
static struct text
ask_git(void)
{
	return git_fixture_run(fixture,
	    /* what is dressed as OpenPGP has git ask gpg, which would make a folder in the home */
	    "export GNUPGHOME=$PWD/../nobody\n"
	    "echo \"* namespaces=\\\"git\\\" $(cat ../alice.pub)\" >../allowed\n"
	    "for file in ../corpus-*; do\n"
	    "  id=$(git hash-object -w -t commit --literally --stdin <$file)\n"
	    "  echo \"$id ${file#../corpus-}\"\n"
	    "  git -c gpg.format=ssh -c gpg.ssh.allowedSignersFile=../allowed verify-commit $id \\\n"
	    "      >/dev/null 2>&1 || echo \"${file#../corpus-} verify\" >>../refused\n"
	    "done >../ids\n"
	    "git hash-object -w -t tree /dev/null >/dev/null\n"
	    "git fsck --strict --no-dangling >../fsck 2>&1 || true\n"
	    "grep -oE '(error|warning) in commit [0-9a-f]+' ../fsck | cut -d' ' -f4 |\n"
	    "    while read -r id; do sed -n \"s/^$id \\(.*\\)/\\1 fsck/p\" ../ids; done >>../refused\n"
	    "sort -u ../refused\n");
}

static void
git_accepts_what_counts(void **state)
{
	struct text answers, line, number;
	size_t counted = 0, refused = 0, worse = 0;

	(void)state;
	make_corpus();
	answers = ask_git();
	for (size_t i = 0; i < specimens.count; i++)
		counted += specimens.at[i].counted;
	while (text_next_line(&answers, &line)) {
		size_t place = 0;

		(void)text_split(&line, ' ', &number);
		for (size_t i = 0; i < number.length; i++)
			place = place * 10 + (size_t)(number.at[i] - '0');
		assert_true(place < specimens.count);
		refused++;
		if (!specimens.at[place].counted)
			continue;
		print_error("\"%s\" counts here, and not for git (%.*s)\n",
		    specimens.at[place].name, TEXT_ARGUMENTS(line));
		worse++;
	}
	assert_int_equal(worse, 0);
	assert_true(specimens.at[0].counted);
	assert_true(counted >= COUNTED_LEAST);
	assert_true(refused >= REFUSED_LEAST);
	print_message("%zu commits, %zu count, git refuses in %zu ways\n", specimens.count, counted,
	    refused);
}

static int
set_up(void **state)
{
	struct identity *alice;

	if (git_fixture_setup(state) != 0)
		return -1;
	fixture = *state;
	ssh_fixture_ed25519(fixture, "alice");
	configuration = (struct configuration){ .repository.id =
	    TEXT("00112233445566778899aabbccddeeff") };
	alice = ARRAY_ADD(fixture->arena, &configuration.identities);
	alice->name = TEXT("alice");
	ARRAY_ADD(fixture->arena, &alice->keys)->ssh = ssh_fixture_public(fixture, "alice");
	identity_keys_resolve(fixture->arena, &configuration);
	return configuration.reasons.count == 0 ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(git_accepts_what_counts, set_up, git_fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
