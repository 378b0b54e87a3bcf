/* Private keys for output commits: made, read, refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/ssh_fixture.h"
#include "trust/sshsig.h"
#include "trust/wire.h"

static struct git_fixture *fixture;

static int
set_up(void **state)
{
	int result = git_fixture_setup(state);

	fixture = *state;
	return result;
}

static const char *
path_of(const char *name)
{
	return arena_printf(fixture->arena, "%s/%s", fixture->folder, name);
}

static void
assert_refused(const char *name, const char *words)
{
	struct ssh_private_key *key = (struct ssh_private_key *)fixture;
	struct text why = { NULL, 0 };

	if (ssh_private_key_read(path_of(name), &key, fixture->arena, &why))
		fail_msg("accepted, and \"%s\" was expected", words);
	assert_null(key);
	assert_true(text_starts_with(why, path_of(name)));
	if (strstr(text_string(fixture->arena, why), words) == NULL)
		fail_msg("expected \"%s\" in \"%.*s\"", words, TEXT_ARGUMENTS(why));
}

static struct text
public_line_of(const char *name)
{
	struct ssh_private_key *key;
	struct text why, line;

	if (!ssh_private_key_read(path_of(name), &key, fixture->arena, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	line = ssh_private_key_public_line(fixture->arena, key);
	ssh_private_key_free(key);
	return line;
}

static void
keys_of_ssh_keygen_are_read(void **state)
{
	(void)state;
	/* comments of several lengths: each padding once */
	for (int i = 0; i < 9; i++) {
		const char *name = arena_printf(fixture->arena, "made%d", i);

		git_fixture_run(fixture, "ssh-keygen -q -t ed25519 -N '' -C '%.*s' -f ../%s", i,
		    "abcdefghij", name);
		assert_true(text_starts_with(ssh_fixture_public(fixture, name),
		    text_string(fixture->arena, public_line_of(name))));
	}
}

static void
ssh_keygen_reads_ours(void **state)
{
	static const char *const comments[] = { "", "a", "reconciler of pki.example.com", "12345678" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		const char *name = arena_printf(fixture->arena, "ours%d", i);
		struct stat status;
		struct text derived;

		assert_true(ssh_private_key_create(path_of(name), comments[i]));
		assert_int_equal(stat(path_of(name), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
		derived = git_fixture_run(fixture, "ssh-keygen -y -P '' -f ../%s", name);
		assert_true(text_equal(derived, ssh_fixture_public(fixture, name)));
		assert_true(text_equal(public_line_of(name), git_fixture_run(fixture,
		    "cut -d' ' -f1,2 ../%s.pub", name)));
		assert_true(text_ends_with(ssh_fixture_public(fixture, name), comments[i]));
	}
	assert_false(text_equal(public_line_of("ours0"), public_line_of("ours1")));
}

static void
nothing_is_overwritten(void **state)
{
	struct text before;

	(void)state;
	assert_true(ssh_private_key_create(path_of("once"), "x"));
	before = ssh_fixture_file(fixture, "once");
	errno = 0;
	assert_false(ssh_private_key_create(path_of("once"), "x"));
	assert_int_equal(errno, EEXIST);
	assert_true(text_equal(before, ssh_fixture_file(fixture, "once")));
	ssh_fixture_write(fixture, "half.pub", TEXT("somebody else's"));
	errno = 0;
	assert_false(ssh_private_key_create(path_of("half"), "x"));
	assert_int_equal(errno, EEXIST);
	assert_int_equal(access(path_of("half"), F_OK), -1);
	assert_true(text_is(ssh_fixture_file(fixture, "half.pub"), "somebody else's"));
	assert_int_equal(symlink("elsewhere", path_of("link")), 0);
	assert_false(ssh_private_key_create(path_of("link"), "x"));
	assert_int_equal(access(path_of("elsewhere"), F_OK), -1);
	assert_false(ssh_private_key_create(path_of("no/folder"), "x"));
	assert_int_equal(errno, ENOENT);
	assert_false(ssh_private_key_create(path_of("odd"), "two\nlines"));
	assert_int_equal(errno, EINVAL);
	assert_false(ssh_private_key_create(path_of("odd"), "\xc3\xa4"));
	assert_int_equal(errno, EINVAL);
	{
		char *long_comment = arena_allocate(fixture->arena, 2000);

		memset(long_comment, 'a', 1999);
		assert_false(ssh_private_key_create(path_of("odd"), long_comment));
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(access(path_of("odd"), F_OK), -1);
}

/* A disk that is full: nothing half is left behind. */
static void
half_files_are_taken_away(void **state)
{
	struct rlimit before, small;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	errno = 0;
	assert_false(ssh_private_key_create(path_of("large"), "x"));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(access(path_of("large"), F_OK), -1);
	assert_int_equal(access(path_of("large.pub"), F_OK), -1);
}

static void
files_that_are_no_keys_are_refused(void **state)
{
	static const struct {
		const char *make;
		const char *words;
	} cases[] = {
		{ "true", "No such file" },
		{ "mkdir ../key", "not a regular file" },
		{ "mkfifo ../key", "not a regular file" },
		{ "ln -s /dev/null ../key", "not a regular file" },
		{ "install -m 600 /dev/null ../key", "first line" },
		{ "head -c 20000 /dev/zero >../key; chmod 600 ../key", "too large" },
		{ "head -c 16384 /dev/zero >../key; chmod 600 ../key", "first line" },
		{ "ssh-keygen -q -t rsa -b 2048 -N '' -f ../key", "not an ssh-ed25519 key" },
		{ "ssh-keygen -q -t ecdsa -N '' -f ../key", "not an ssh-ed25519 key" },
		{ "ssh-keygen -q -t ed25519 -N secret -f ../key", "ssh-keygen -p" },
		{ "openssl genpkey -algorithm ed25519 -out ../key", "first line" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; mv ../key.pub ../key; chmod 600 ../key",
		  "first line" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; chmod 640 ../key", "mode 0640" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; chmod 604 ../key", "chmod 600" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; chmod 620 ../key", "chmod 600" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; sed -i 's/$/\\r/' ../key", "CR LF" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; echo >>../key", "behind the armour" },
		{ "ssh-keygen -q -t ed25519 -N '' -f ../key; cat ../key ../key >../k2; "
		  "mv ../k2 ../key; chmod 600 ../key", "behind the armour" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		git_fixture_run(fixture, "rm -rf ../key ../key.pub; umask 077; %s", cases[i].make);
		assert_refused("key", cases[i].words);
	}
}

/* A file that somebody else owns, as a service manager's credential is, may be readable for its group. */
static void
credentials_of_a_service_manager_are_read(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	git_fixture_run(fixture, "rm -f ../lent; ssh-keygen -q -t ed25519 -N '' -f ../lent");
	assert_int_equal(chown(path_of("lent"), 65534, 65534), 0);
	assert_int_equal(chmod(path_of("lent"), 0440), 0);
	public_line_of("lent");
	assert_int_equal(chmod(path_of("lent"), 0444), 0);
	assert_refused("lent", "others can read it");
}

/* --- damage ----------------------------------------------------------------------------- */

static void
write_key(struct text blob)
{
	unlink(path_of("damaged"));
	ssh_fixture_write(fixture, "damaged", crafted_wrap(fixture->arena, blob,
	    "OPENSSH PRIVATE KEY"));
	assert_int_equal(chmod(path_of("damaged"), 0600), 0);
}

/* Any flipped byte makes another key or none, except in the comment and in both check numbers. */
static void
every_byte_is_judged(void **state)
{
	struct text blob, line;
	size_t accepted = 0;

	(void)state;
	git_fixture_run(fixture, "ssh-keygen -q -t ed25519 -N '' -C comment -f ../whole");
	blob = crafted_blob(fixture->arena, ssh_fixture_file(fixture, "whole"));
	line = public_line_of("whole");
	for (size_t i = 0; i < blob.length; i++) {
		char *damaged = text_string(fixture->arena, blob);
		struct ssh_private_key *key;
		struct text why;

		damaged[i] = (char)(damaged[i] ^ 1);
		write_key((struct text){ damaged, blob.length });
		if (!ssh_private_key_read(path_of("damaged"), &key, fixture->arena, &why))
			continue;
		accepted++;
		assert_true(text_equal(line, ssh_private_key_public_line(fixture->arena, key)));
		ssh_private_key_free(key);
	}
	assert_int_equal(accepted, strlen("comment"));
	for (size_t i = 0; i < blob.length; i++) {
		write_key(text_first(blob, i));
		assert_refused("damaged", "");
	}
}

/* The fields of PROTOCOL.key, each free to be wrong. */
struct key_fields {
	const char *magic;
	struct text cipher, derivation, options;
	uint32_t keys;
	struct text public_key;
	uint32_t check, check_again;
	struct text type, public_half, halves, padding;
	struct text behind;
};

static void
write_fields(const struct key_fields *f)
{
	struct buffer part = { .arena = fixture->arena }, whole = { .arena = fixture->arena };

	wire_add_number(&part, f->check);
	wire_add_number(&part, f->check_again);
	wire_add_string(&part, f->type);
	wire_add_string(&part, f->public_half);
	wire_add_string(&part, f->halves);
	wire_add_string(&part, TEXT(""));
	buffer_add(&part, f->padding);
	buffer_add(&whole, (struct text){ f->magic, strlen(f->magic) + 1 });
	wire_add_string(&whole, f->cipher);
	wire_add_string(&whole, f->derivation);
	wire_add_string(&whole, f->options);
	wire_add_number(&whole, f->keys);
	wire_add_string(&whole, f->public_key);
	wire_add_string(&whole, buffer_text(&part));
	buffer_add(&whole, f->behind);
	write_key(buffer_text(&whole));
}

static struct key_fields
good_fields(void)
{
	struct text blob;
	struct wire wire, part;
	struct key_fields f = { .magic = "openssh-key-v1" };

	git_fixture_run(fixture, "rm -f ../good*; ssh-keygen -q -t ed25519 -N '' -C '' -f ../good");
	blob = crafted_blob(fixture->arena, ssh_fixture_file(fixture, "good"));
	wire = (struct wire){ .rest = text_skip(blob, 15) };
	f.cipher = wire_string(&wire);
	f.derivation = wire_string(&wire);
	f.options = wire_string(&wire);
	f.keys = wire_number(&wire);
	f.public_key = wire_string(&wire);
	part = (struct wire){ .rest = wire_string(&wire) };
	f.check = wire_number(&part);
	f.check_again = wire_number(&part);
	f.type = wire_string(&part);
	f.public_half = wire_string(&part);
	f.halves = wire_string(&part);
	wire_string(&part);
	f.padding = part.rest;
	write_fields(&f);
	assert_true(text_starts_with(ssh_fixture_public(fixture, "good"),
	    text_string(fixture->arena, public_line_of("damaged"))));
	return f;
}

static void
wrong_fields_are_refused(void **state)
{
	struct key_fields good = good_fields(), f;
	struct ssh_private_key *other;
	struct text why, other_half, mixed;

	(void)state;
#define REFUSED(field, value, words) \
	do { \
		f = good; \
		f.field = (value); \
		write_fields(&f); \
		assert_refused("damaged", words); \
	} while (0)

	REFUSED(magic, "openssh-key-v2", "does not hold an OpenSSH private key");
	REFUSED(magic, "", "does not hold");
	REFUSED(cipher, TEXT("aes256-ctr"), "encrypted");
	REFUSED(derivation, TEXT("bcrypt"), "encrypted");
	REFUSED(options, TEXT("x"), "encrypted");
	REFUSED(keys, 0, "more than one key");
	REFUSED(keys, 2, "more than one key");
	REFUSED(behind, TEXT("\0"), "damaged");
	REFUSED(public_key, TEXT(""), "not an ssh-ed25519 key");
	REFUSED(public_key, TEXT("\0\0\0\x0bssh-ed25519"), "public part is damaged");
	REFUSED(public_key, text_first(good.public_key, good.public_key.length - 1),
	    "public part is damaged");
	REFUSED(public_key, TEXT("\0\0\0\x0bssh-ed25519\0\0\0\1x"), "public part is damaged");
	REFUSED(check, good.check + 1, "private part is damaged");
	REFUSED(type, TEXT("ssh-rsa"), "private part is damaged");
	REFUSED(public_half, TEXT(""), "private part is damaged");
	REFUSED(halves, text_first(good.halves, 63), "private part is damaged");
	REFUSED(padding, TEXT(""), "private part is damaged");
	REFUSED(padding, TEXT("\1\2\3\4\5\6\7\x8"), "private part is damaged");
	REFUSED(padding, text_printf(fixture->arena, "%.*s", (int)good.padding.length,
	    "\2\3\4\5\6\7\x8"), "private part is damaged");

	/* the public half of another key: signing with it would give the private one away */
	assert_true(ssh_private_key_create(path_of("other"), ""));
	assert_true(ssh_private_key_read(path_of("other"), &other, fixture->arena, &why));
	other_half = text_skip(ssh_private_key_public_blob(fixture->arena, other), 4 + 11 + 4);
	ssh_private_key_free(other);
	mixed = text_printf(fixture->arena, "%64s", "");
	memcpy((char *)mixed.at, good.halves.at, 32);
	memcpy((char *)mixed.at + 32, other_half.at, 32);
	REFUSED(halves, mixed, "private part is damaged");
	f = good;
	f.halves = mixed;
	f.public_half = other_half;
	f.public_key = text_printf(fixture->arena, "%51s", "");
	memcpy((char *)f.public_key.at, good.public_key.at, 19);
	memcpy((char *)f.public_key.at + 19, other_half.at, 32);
	write_fields(&f);
	assert_refused("damaged", "does not belong to its private half");
#undef REFUSED
}

static void
nothing_is_freed_twice(void **state)
{
	(void)state;
	ssh_private_key_free(NULL);
}

/* --- what is left in memory ------------------------------------------------------------------- */

/* Whether the bytes, each of them changed by XOR with `mask`, are in the writable memory of this process. */
static bool
memory_holds(const unsigned char *masked, size_t length, unsigned char mask)
{
	FILE *maps = fopen("/proc/self/maps", "r"), *memory = fopen("/proc/self/mem", "rb");
	static unsigned char page[65536];
	unsigned long from, to;
	char line[512], write;
	bool found = false;

	assert_non_null(maps);
	assert_non_null(memory);
	setvbuf(memory, NULL, _IONBF, 0);       /* no copy of what is looked for */
	while (!found && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx r%c", &from, &to, &write) != 3 || write != 'w' ||
		    to - from > 1UL << 28)
			continue;
		for (; !found && from < to; from += sizeof(page) - 64) {
			size_t wanted = to - from < sizeof(page) ? to - from : sizeof(page), got, same;

			if (fseek(memory, (long)from, SEEK_SET) != 0 ||
			    (got = fread(page, 1, wanted, memory)) < length)
				break;
			for (size_t i = 0; !found && i + length <= got; i++) {
				for (same = 0; same < length &&
				     page[i + same] == (masked[same] ^ mask); same++)
					;
				found = same == length;
			}
			memset(page, 0, sizeof(page));
		}
	}
	fclose(maps);
	fclose(memory);
	return found;
}

static void
private_halves_do_not_stay_in_memory(void **state)
{
	struct ssh_private_key *key;
	unsigned char masked[32];
	struct text hex, why;
	unsigned value;

	(void)state;
	/* the seed is the file's bytes 161 to 192; only its hex digits ever come here */
	hex = git_fixture_run(fixture, "ssh-keygen -q -t ed25519 -N '' -C '' -f ../secret\n"
	    "grep -v -e ----- ../secret | base64 -d | tail -c +162 | head -c 32 | "
	    "od -An -v -tx1 | tr -d ' \\n'");
	assert_int_equal(hex.length, 64);
	for (size_t i = 0; i < sizeof(masked); i++) {
		assert_int_equal(sscanf(hex.at + 2 * i, "%2x", &value), 1);
		masked[i] = (unsigned char)(value ^ 0xa5);
	}
	assert_false(memory_holds(masked, sizeof(masked), 0xa5));
	assert_true(ssh_private_key_read(path_of("secret"), &key, fixture->arena, &why));
	/* the search finds what is there: the handle's own copy */
	assert_true(memory_holds(masked, sizeof(masked), 0xa5));
	ssh_private_key_free(key);
	assert_false(memory_holds(masked, sizeof(masked), 0xa5));
}

/* --- base -------------------------------------------------------------------------------------- */

static void
wiped_arenas_are_freed_whole(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	memset(arena_allocate(arena, 100000), 'x', 100000);
	arena_allocate(arena, 10);
	arena_free_wiped(arena);
	arena_free_wiped(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_ssh_keygen_are_read),
		cmocka_unit_test(ssh_keygen_reads_ours),
		cmocka_unit_test(nothing_is_overwritten),
		cmocka_unit_test(half_files_are_taken_away),
		cmocka_unit_test(files_that_are_no_keys_are_refused),
		cmocka_unit_test(credentials_of_a_service_manager_are_read),
		cmocka_unit_test(every_byte_is_judged),
		cmocka_unit_test(wrong_fields_are_refused),
		cmocka_unit_test(nothing_is_freed_twice),
		cmocka_unit_test(private_halves_do_not_stay_in_memory),
		cmocka_unit_test(wiped_arenas_are_freed_whole),
	};

	return cmocka_run_group_tests_name("private key", tests, set_up, git_fixture_teardown);
}
