#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "issue/ledger.h"
#include "issue/ledger_line.h"

static struct arena *arena;
static char *folder;
static char *path;

/* In memory where that is possible: these tests sync thousands of times, and none cuts the power. */
static const char *
quick_folder(void)
{
	const char *temporary = getenv("TMPDIR");

	if (access("/dev/shm", W_OK) == 0)
		return "/dev/shm";
	return temporary == NULL ? "/tmp" : temporary;
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	folder = arena_printf(arena, "%s/countersign-ledger.XXXXXX", quick_folder());
	assert_non_null(mkdtemp(folder));
	path = arena_printf(arena, "%s/ledger", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	arena_free(arena);
	return 0;
}

static struct ledger *
opened(void)
{
	struct ledger *ledger;
	struct text why;

	if (!ledger_open(path, arena, &ledger, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return ledger;
}

static struct text
refused(void)
{
	struct ledger *ledger = NULL;
	struct text why = { NULL, 0 };

	assert_false(ledger_open(path, arena, &ledger, &why));
	assert_null(ledger);
	assert_true(text_present(why));
	return why;
}

static struct text
content(void)
{
	struct text text;

	assert_true(file_read(arena, path, 1 << 24, &text));
	return text;
}

static void
replace(struct text text)
{
	FILE *file = fopen(path, "wb");

	/* not synced: there are thousands of these */
	assert_non_null(file);
	assert_int_equal(fwrite(text.at, 1, text.length, file), text.length);
	assert_int_equal(fclose(file), 0);
}

/* The plan, TBSCertificate and serial number with this number. */
static struct text
digest_of(int number)
{
	return digest_named(arena, text_printf(arena, "plan %d", number));
}

static struct text
serial_of(int number)
{
	return text_printf(arena, "01%036x", (unsigned)number);
}

static struct ledger_entry
entry_of(int number, const char *certificate)
{
	return (struct ledger_entry){ .digest = digest_of(number),
		.tbs_sha256 = digest_sha256_hex(arena, text_printf(arena, "tbs %d", number)),
		.certificate = text_of(certificate) };
}

static bool
append_entry(struct ledger *ledger, struct ledger_entry *entry, struct text serial_number)
{
	return ledger_write(ledger, arena, entry, serial_number) && ledger_sync(ledger);
}

static bool
append(struct ledger *ledger, int number, const char *certificate)
{
	struct ledger_entry entry = entry_of(number, certificate);

	return append_entry(ledger, &entry, serial_of(number));
}

static size_t
count_lines(struct text text)
{
	size_t lines = 0;

	for (size_t i = 0; i < text.length; i++)
		lines += text.at[i] == '\n';
	return lines;
}

static void
remembers(void **state)
{
	struct ledger *ledger = opened();
	struct ledger_entry found;
	struct stat about;

	(void)state;
	assert_false(ledger_find(ledger, arena, digest_of(1), &found));
	assert_false(ledger_has_serial(ledger, arena, serial_of(1)));
	for (int i = 1; i <= 1000; i++) {
		struct ledger_entry intent = entry_of(i, NULL), certificate;

		assert_true(ledger_write(ledger, arena, &intent, serial_of(i)));
		assert_int_equal(intent.number, 2 * i - 1);
		certificate = entry_of(i, arena_printf(arena, "certificate %d", i));
		assert_true(ledger_write(ledger, arena, &certificate, serial_of(i)));
		assert_int_equal(certificate.number, 2 * i);
	}
	assert_true(ledger_sync(ledger));
	ledger_close(ledger);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	ledger = opened();
	assert_int_equal(count_lines(content()), 2000);
	for (int i = 1; i <= 1000; i++) {
		assert_true(ledger_find(ledger, arena, digest_of(i), &found));
		assert_int_equal(found.number, 2 * i);
		assert_true(text_is(found.certificate, arena_printf(arena, "certificate %d", i)));
		assert_true(text_equal(found.tbs_sha256, entry_of(i, NULL).tbs_sha256));
		assert_true(ledger_has_serial(ledger, arena, serial_of(i)));
	}
	assert_true(
	    text_ends_with(content(), text_printf(arena, "%.*s\n", TEXT_ARGUMENTS(found.hash)).at));
	assert_false(ledger_find(ledger, arena, digest_of(1001), &found));
	assert_false(ledger_find(ledger, arena, TEXT("sha256:1"), &found));
	assert_false(ledger_has_serial(ledger, arena, serial_of(1001)));
	ledger_close(ledger);
}

/* The rules of the header, whatever the caller asks for. */
static void
rules(void **state)
{
	struct ledger *ledger = opened();
	struct ledger_entry other = entry_of(2, NULL);

	(void)state;
	assert_false(append(ledger, 1, "no intent before"));
	assert_int_equal(errno, EINVAL);
	assert_true(append(ledger, 1, NULL));
	assert_false(append(ledger, 1, NULL));
	assert_int_equal(errno, EINVAL);
	/* another plan with the same serial */
	assert_false(append_entry(ledger, &other, serial_of(1)));
	assert_int_equal(errno, EEXIST);
	/* the same plan, another TBSCertificate or serial */
	other = entry_of(1, "other");
	assert_false(append_entry(ledger, &other, serial_of(2)));
	other.tbs_sha256 = digest_sha256_hex(arena, TEXT("other"));
	assert_false(append_entry(ledger, &other, serial_of(1)));
	assert_true(append(ledger, 1, "first"));
	assert_false(append(ledger, 1, "second"));
	assert_false(append(ledger, 1, NULL));
	/* not what digests and serials look like */
	other = entry_of(3, NULL);
	assert_false(append_entry(ledger, &other, TEXT("01 intent")));
	assert_false(append_entry(ledger, &other, TEXT("")));
	other.digest = TEXT("sha256:\n");
	assert_false(append_entry(ledger, &other, serial_of(3)));
	other = entry_of(3, NULL);
	other.tbs_sha256 = TEXT("ab");
	assert_false(append_entry(ledger, &other, serial_of(3)));
	assert_true(append(ledger, 3, NULL));
	ledger_close(ledger);
	ledger_close(opened());
	assert_int_equal(count_lines(content()), 3);
}

static struct text
ledger_of_two_plans(void)
{
	struct ledger *ledger = opened();

	assert_true(append(ledger, 1, NULL) && append(ledger, 1, "one"));
	assert_true(append(ledger, 2, NULL) && append(ledger, 2, "two"));
	ledger_close(ledger);
	return content();
}

/* A crash while writing: the file ends anywhere. Whole lines stay, and writing goes on. */
static void
torn_at_every_byte(void **state)
{
	struct text whole = ledger_of_two_plans();

	(void)state;
	assert_int_equal(count_lines(whole), 4);
	for (size_t bytes = 0; bytes <= whole.length; bytes++) {
		struct text start = text_first(whole, bytes);
		size_t lines = count_lines(start);
		struct ledger *ledger;
		struct ledger_entry found;

		replace(start);
		ledger = opened();
		assert_int_equal(count_lines(content()), lines);
		assert_true(lines == 0 || text_ends_with(content(), "\n"));
		assert_int_equal(ledger_find(ledger, arena, digest_of(1), &found), lines >= 1);
		assert_int_equal(text_present(found.certificate) && lines >= 1, lines >= 2);
		assert_int_equal(ledger_has_serial(ledger, arena, serial_of(2)), lines >= 3);
		/* what comes next is what came next before */
		assert_true(lines == 4 || append(ledger, lines < 2 ? 1 : 2,
					      lines == 1   ? "one"
					      : lines == 3 ? "two"
							   : NULL));
		ledger_close(ledger);
		assert_int_equal(count_lines(content()), lines < 4 ? lines + 1 : 4);
		assert_true(
		    lines == 4 || text_equal(content(), text_first(whole, content().length)));
	}
}

/* Any byte of a whole line changed, and the ledger is not opened. */
static void
tampered_at_every_byte(void **state)
{
	struct text whole = ledger_of_two_plans();

	(void)state;
	for (size_t i = 0; i + 1 < whole.length; i++) {
		struct arena *own = arena;
		char *copy;

		arena = arena_new();
		copy = arena_copy(arena, whole.at, whole.length);
		copy[i] = copy[i] == '\n' ? ' ' : (char)(copy[i] ^ 1);
		replace((struct text){ copy, whole.length });
		(void)refused();
		arena_free(arena);
		arena = own;
	}
	replace(whole);
	ledger_close(opened());
}

static struct text
line_of(struct text text, size_t index)
{
	struct text line = { NULL, 0 };

	for (size_t i = 0; i <= index; i++)
		assert_true(text_next_line(&text, &line));
	return line;
}

/* Lines left out, doubled or moved, and a chain that is whole but says what must not be. */
static void
other_histories(void **state)
{
	struct text whole = ledger_of_two_plans();
	struct text a = line_of(whole, 0), b = line_of(whole, 1), c = line_of(whole, 2);
	struct ledger_line forged = { .number = 1,
		.previous = text_printf(arena, "%064d", 0),
		.digest = digest_of(9),
		.tbs_sha256 = digest_sha256_hex(arena, TEXT("9")),
		.serial_number = serial_of(9) };
	struct text first, second;

	(void)state;
	replace(text_printf(arena, "%.*s\n%.*s\n", TEXT_ARGUMENTS(a), TEXT_ARGUMENTS(c)));
	(void)refused();
	replace(text_printf(arena, "%.*s\n", TEXT_ARGUMENTS(b)));
	(void)refused();
	replace(text_printf(arena, "%.*s\n%.*s\n", TEXT_ARGUMENTS(a), TEXT_ARGUMENTS(a)));
	(void)refused();
	replace(text_printf(arena, "%.*s\n%.*s\n", TEXT_ARGUMENTS(b), TEXT_ARGUMENTS(a)));
	(void)refused();
	replace(text_printf(arena, "%.*s\n\n%.*s\n", TEXT_ARGUMENTS(a), TEXT_ARGUMENTS(b)));
	(void)refused();
	replace(text_printf(arena, "%.*s\r\n", TEXT_ARGUMENTS(a)));
	(void)refused();
	replace(TEXT("\n"));
	(void)refused();
	/* made with right hashes: a certificate without intent, two intents, a serial used twice */
	forged.kind = LEDGER_CERTIFICATE;
	forged.certificate = TEXT("AAAA");
	replace(ledger_line_write(arena, &forged));
	assert_true(text_ends_with(refused(), "contradicts an earlier one"));
	forged.kind = LEDGER_INTENT;
	forged.certificate = (struct text){ NULL, 0 };
	first = ledger_line_write(arena, &forged);
	replace(first);
	ledger_close(opened());
	forged.number = 2;
	forged.previous = forged.hash;
	second = ledger_line_write(arena, &forged);
	replace(text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second)));
	assert_true(text_ends_with(refused(), "contradicts an earlier one"));
	forged.digest = digest_of(10);
	second = ledger_line_write(arena, &forged);
	replace(text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second)));
	assert_true(text_ends_with(refused(), "contradicts an earlier one"));
	forged.serial_number = serial_of(10);
	second = ledger_line_write(arena, &forged);
	replace(text_printf(arena, "%.*s%.*s", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second)));
	ledger_close(opened());
}

static struct ledger_entry
intent_of(int number)
{
	return (struct ledger_entry){ .digest = digest_of(number),
		.tbs_sha256 = digest_sha256_hex(arena, text_printf(arena, "tbs %d", number)) };
}

/* When each intent was begun is known again after a restart; an older ledger has no times. */
static void
remembers_times(void **state)
{
	struct ledger *ledger = opened();
	struct ledger_entry entry;
	moment at = 1767225600;
	struct text whole;

	(void)state;
	assert_int_equal(ledger_begun(ledger, 0), 0);
	assert_true(append(ledger, 1, NULL));
	assert_int_equal(ledger_begun(ledger, 0), 0);
	for (int i = 2; i <= 200; i++) {
		entry = entry_of(i, NULL);
		entry.begun = at + i;
		assert_true(ledger_write(ledger, arena, &entry, serial_of(i)));
		if (i % 2 == 0)
			continue;
		/* neither a certificate nor a release counts */
		entry.certificate = TEXT("DER");
		assert_true(i % 3 == 0 ? ledger_write_released(ledger, arena, digest_of(i))
				       : ledger_write(ledger, arena, &entry, serial_of(i)));
	}
	assert_true(ledger_sync(ledger));
	for (int round = 0; round < 2; round++) {
		for (int newer = 0; newer < 199; newer++)
			assert_int_equal(ledger_begun(ledger, newer), at + 200 - newer);
		assert_int_equal(ledger_begun(ledger, 199), 0);
		assert_int_equal(ledger_begun(ledger, 200), 0);
		ledger_close(ledger);
		ledger = opened();
	}
	entry = entry_of(201, NULL);
	entry.begun = MOMENT_LAST + 1;
	assert_false(ledger_write(ledger, arena, &entry, serial_of(201)));
	ledger_close(ledger);
	whole = content();
	assert_false(memmem(line_of(whole, 0).at, line_of(whole, 0).length, "2026", 4) != NULL);
	assert_non_null(memmem(line_of(whole, 1).at, line_of(whole, 1).length, " 2026-01-01T00:00:02Z ", 22));
}

/* A time that is none, or stands where none does, with right hashes. */
static void
odd_times(void **state)
{
	const char *const odd[] = { "0", "1767225600", "2026-01-01", "1970-01-01T00:00:00Z",
		"2026-01-01T00:00:00Z 2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "" };
	struct text intent = text_printf(arena, "1 %064d intent %.*s %.*s %.*s", 0,
	    TEXT_ARGUMENTS(digest_of(1)), TEXT_ARGUMENTS(entry_of(1, NULL).tbs_sha256),
	    TEXT_ARGUMENTS(serial_of(1)));
	struct text released = text_printf(arena, "1 %064d released %.*s 2026-01-01T00:00:00Z", 0,
	    TEXT_ARGUMENTS(digest_of(1))), line = intent;

	(void)state;
	replace(text_printf(arena, "%.*s %.*s\n", TEXT_ARGUMENTS(line),
	    TEXT_ARGUMENTS(digest_sha256_hex(arena, line))));
	ledger_close(opened());
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]) + 1; i++) {
		line = i < sizeof(odd) / sizeof(odd[0])
			   ? text_printf(arena, "%.*s %s", TEXT_ARGUMENTS(intent), odd[i]) : released;
		replace(text_printf(arena, "%.*s %.*s\n", TEXT_ARGUMENTS(line),
		    TEXT_ARGUMENTS(digest_sha256_hex(arena, line))));
		assert_true(text_ends_with(refused(), "is damaged"));
	}
}

/* A plan that was given up gets no entry any more, one that has a certificate is not given up; for ever. */
static void
released_plans(void **state)
{
	struct ledger *ledger = opened();
	struct ledger_entry entry = intent_of(1), other = intent_of(2), begun = intent_of(3), found;
	struct text whole, line;

	(void)state;
	assert_true(ledger_write_released(ledger, arena, digest_of(1)));
	assert_false(ledger_write(ledger, arena, &entry, serial_of(1)));
	assert_false(ledger_write_released(ledger, arena, digest_of(1)));
	assert_true(ledger_write(ledger, arena, &other, serial_of(1)));
	assert_false(ledger_write_released(ledger, arena, TEXT("sha256:zz")));
	assert_true(ledger_write(ledger, arena, &begun, serial_of(4)));
	assert_true(ledger_write_released(ledger, arena, digest_of(3)));
	assert_true(ledger_sync(ledger));
	ledger_close(ledger);
	ledger = opened();
	assert_true(ledger_find(ledger, arena, digest_of(1), &found));
	assert_true(found.released);
	assert_false(text_present(found.certificate));
	assert_false(ledger_write(ledger, arena, &entry, serial_of(3)));
	assert_true(ledger_find(ledger, arena, digest_of(3), &found));
	assert_true(found.released);
	begun.certificate = TEXT("DER");
	assert_false(ledger_write(ledger, arena, &begun, serial_of(4)));
	assert_false(ledger_write_released(ledger, arena, digest_of(3)));
	assert_true(ledger_has_serial(ledger, arena, serial_of(4)));
	other.certificate = TEXT("DER");
	assert_true(ledger_write(ledger, arena, &other, serial_of(1)));
	assert_false(ledger_write_released(ledger, arena, digest_of(2)));
	assert_true(ledger_sync(ledger));
	assert_true(ledger_find(ledger, arena, digest_of(2), &found));
	assert_false(found.released);
	assert_true(text_equal(found.serial_number, serial_of(1)));
	ledger_close(ledger);
	/* a forged file that says both is no ledger */
	whole = content();
	line = line_of(whole, 0);
	{
		struct ledger_line forged = { .number = 2,
			.previous = text_skip(line, line.length - 64),
			.digest = digest_of(1),
			.tbs_sha256 = other.tbs_sha256,
			.serial_number = serial_of(5) };

		replace(text_printf(arena, "%.*s\n%.*s", TEXT_ARGUMENTS(line),
		    TEXT_ARGUMENTS(ledger_line_write(arena, &forged))));
	}
	assert_true(text_ends_with(refused(), "contradicts an earlier one"));
}

/* Whether the ledger is the one that had an entry; a loss stands for an entry of another one. */
static void
positions(void **state)
{
	struct ledger *ledger = opened();
	struct ledger_position first, second, lost = { 57, digest_sha256_hex(arena, TEXT("x")) };
	struct ledger_entry entry = intent_of(1), other = intent_of(2);

	(void)state;
	assert_int_equal(ledger_newest(ledger).number, 0);
	assert_false(ledger_has(ledger, &(struct ledger_position){ 0, text_copy(arena,
	    ledger_newest(ledger).hash) }));
	assert_true(ledger_write(ledger, arena, &entry, serial_of(1)));
	first = (struct ledger_position){ entry.number, text_copy(arena, entry.hash) };
	assert_true(ledger_has(ledger, &first));
	assert_true(ledger_write(ledger, arena, &other, serial_of(2)));
	second = (struct ledger_position){ other.number, text_copy(arena, other.hash) };
	for (int round = 0; round < 2; round++) {
		assert_int_equal(ledger_newest(ledger).number, 2);
		assert_true(text_equal(ledger_newest(ledger).hash, second.hash));
		assert_true(ledger_has(ledger, &first));
		assert_true(ledger_has(ledger, &second));
		assert_false(ledger_has(ledger, &(struct ledger_position){ 1, second.hash }));
		assert_false(ledger_has(ledger, &(struct ledger_position){ 3, second.hash }));
		assert_false(ledger_has(ledger, &(struct ledger_position){ -1, second.hash }));
		assert_false(ledger_has(ledger, &(struct ledger_position){ 2, TEXT("") }));
		assert_false(ledger_has(ledger, &lost));
		assert_true(ledger_sync(ledger));
		ledger_close(ledger);
		ledger = opened();
	}
	assert_false(ledger_write_lost(ledger, arena, &(struct ledger_position){ 0, lost.hash }));
	assert_false(ledger_write_lost(ledger, arena, &(struct ledger_position){ 1, TEXT("x") }));
	assert_true(ledger_write_lost(ledger, arena, &lost));
	assert_true(ledger_sync(ledger));
	ledger_close(ledger);
	ledger = opened();
	assert_int_equal(ledger_newest(ledger).number, 3);
	assert_true(ledger_has(ledger, &lost));
	assert_false(ledger_has(ledger, &(struct ledger_position){ 56, lost.hash }));
	assert_true(ledger_has(ledger, &second));
	ledger_close(ledger);
}

/* No line is as long as this, so that reading never takes more memory than for one. */
static void
endless_line(void **state)
{
	char *line = arena_allocate(arena, 3 << 20);

	(void)state;
	memset(line, '1', 3 << 20);
	replace((struct text){ line, 3 << 20 });
	assert_true(text_ends_with(refused(), "a line that is too long"));
	line[(3 << 20) - 1] = '\n';
	replace((struct text){ line, 3 << 20 });
	(void)refused();
}

static void
one_at_a_time(void **state)
{
	struct ledger *ledger = opened();
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		struct ledger *other;
		struct text why;

		_exit(ledger_open(path, arena, &other, &why) ? 1 : 0);
	}
	assert_true(text_ends_with(refused(), "in use by another process"));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	ledger_close(ledger);
	ledger_close(opened());
}

/* As one that was killed, and is at the disk's mercy. */
static void
who_is_gone_in_two_seconds_is_waited_for(void **state)
{
	int told[2], status;
	pid_t child;
	char byte;

	(void)state;
	assert_int_equal(pipe(told), 0);
	child = fork();
	if (child == 0) {
		(void)opened();
		if (write(told[1], "x", 1) == 1)
			(void)sleep(2);
		_exit(0);
	}
	assert_int_equal(read(told[0], &byte, 1), 1);
	ledger_close(opened());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)close(told[0]);
	(void)close(told[1]);
}

static void
not_a_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	(void)refused();
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	(void)refused();
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(text_ends_with(refused(), "is not a regular file"));
	assert_int_equal(unlink(path), 0);
	path = arena_printf(arena, "%s/missing/ledger", folder);
	(void)refused();
	path = arena_printf(arena, "%s/ledger", folder);
}

/* A disk that is full: the write fails, nothing more is promised, and after opening again all is well. */
static void
full_disk(void **state)
{
	struct ledger *ledger = opened();
	struct rlimit before, limit;
	struct ledger_entry found;
	struct text why;

	(void)state;
	assert_true(append(ledger, 1, NULL));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = content().length + 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_false(append(ledger, 1, "certificate"));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(append(ledger, 1, "certificate"));
	assert_int_equal(errno, EIO);
	assert_false(ledger_sync(ledger));
	/* nothing of what was not synced is left to be read by anybody */
	assert_true(text_ends_with(content(), "\n"));
	assert_int_equal(count_lines(content()), 1);
	assert_true(ledger_mend(ledger, arena, &why));
	assert_true(ledger_mend(ledger, arena, &why));
	assert_int_equal(ledger_newest(ledger).number, 1);
	assert_true(ledger_find(ledger, arena, digest_of(1), &found));
	assert_true(append(ledger, 2, NULL));
	assert_int_equal(ledger_newest(ledger).number, 2);
	ledger_close(ledger);
	ledger = opened();
	assert_int_equal(count_lines(content()), 2);
	assert_true(ledger_find(ledger, arena, digest_of(1), &found));
	assert_false(text_present(found.certificate));
	assert_true(append(ledger, 1, "certificate"));
	ledger_close(ledger);
}

static void
line_by_another(void)
{
	FILE *file = fopen(path, "ab");

	assert_non_null(file);
	assert_int_equal(fputs("2 by another\n", file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

static void
cut_by_another(void)
{
	assert_int_equal(truncate(path, 10), 0);
}

static void
put_back_by_another(void)
{
	struct text whole = content();

	assert_int_equal(unlink(path), 0);
	replace(whole);
}

/* A lock that does not reach the other, or a hand: nothing is promised, and what is there is left alone. */
static void
changed_by_another(void **state)
{
	void (*const changes[])(void) = { line_by_another, cut_by_another, put_back_by_another };

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct ledger *ledger;
		struct text changed, why;

		unlink(path);
		ledger = opened();
		assert_true(append(ledger, 1, NULL));
		changes[i]();
		changed = content();
		assert_false(append(ledger, 2, NULL));
		assert_int_equal(errno, ESTALE);
		assert_false(ledger_sync(ledger));
		assert_false(ledger_mend(ledger, arena, &why));
		assert_true(text_starts_with(why, "the ledger was changed, or exchanged, by another"));
		assert_false(append(ledger, 3, NULL));
		ledger_close(ledger);
		assert_true(text_equal(content(), changed));
	}
}

/* The same, noticed by what cannot be read any more. */
static void
cut_while_it_is_read(void **state)
{
	struct ledger *ledger = opened();
	struct ledger_entry found;
	struct text why;

	(void)state;
	assert_true(append(ledger, 1, NULL));
	cut_by_another();
	assert_true(ledger_find(ledger, arena, digest_of(1), &found));
	assert_int_equal(found.number, 0);
	assert_false(ledger_mend(ledger, arena, &why));
	assert_true(text_starts_with(why, "the ledger was changed, or exchanged, by another"));
	ledger_close(ledger);
	assert_int_equal(content().length, 10);
}

/* A process killed between any two steps: what it was told is synced, is there. */
static void
killed_while_writing(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		int told[2], status, count = 0, number;
		struct ledger *ledger;
		pid_t child;

		unlink(path);
		assert_int_equal(pipe(told), 0);
		child = fork();
		if (child == 0) {
			ledger = opened();
			for (number = 1;; number++)
				if (!append(ledger, number, NULL) ||
				    write(told[1], &number, sizeof(number)) < 0)
					_exit(1);
		}
		close(told[1]);
		while (count < 3 + round && read(told[0], &number, sizeof(number)) > 0)
			count = number;
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		while (read(told[0], &number, sizeof(number)) > 0)
			count = number;
		close(told[0]);
		ledger = opened();
		assert_in_range(count_lines(content()), (size_t)count, (size_t)count + 1);
		ledger_close(ledger);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(remembers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(torn_at_every_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tampered_at_every_byte, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_histories, set_up, tear_down),
		cmocka_unit_test_setup_teardown(remembers_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(odd_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(released_plans, set_up, tear_down),
		cmocka_unit_test_setup_teardown(positions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(endless_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_at_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_gone_in_two_seconds_is_waited_for, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(not_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changed_by_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cut_while_it_is_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(killed_while_writing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
