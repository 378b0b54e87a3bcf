#include "issue/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/file.h"
#include "issue/ledger_index.h"
#include "issue/ledger_line.h"

enum { READ_BYTES = 1 << 20, LINE_MOST_BYTES = 256 * 1024, LOCK_ATTEMPTS = 100 };

static const char no_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

struct ledger {
	int descriptor;
	bool broken;                /* a write, sync or read failed: see ledger_mend() */
	bool taken;                 /* another has changed the file: nothing mends that */
	int64_t number;             /* of the newest line */
	char hash[sizeof(no_hash)]; /* its hash */
	uint64_t end;               /* where the next line goes */
	uint64_t durable;           /* as far as this the file was synced */
	char *unwritten;            /* lines at the end that are not in the file yet */
	size_t unwritten_length;
	size_t unwritten_room;
	uint64_t *offsets;           /* where the line of each number begins */
	size_t offsets_room;
	moment *begun;               /* of each intent */
	size_t begun_count;
	size_t begun_room;
	struct ledger_index lost;    /* hash of an entry of an earlier ledger → the line of its loss */
	struct ledger_index digests; /* plan digest → its newest line */
	struct ledger_index serials; /* serial number → its newest line */
};

/* 19 octets of a serial, or 32 of a digest, padded with zeros. */
static void
key_from_hex(struct arena *arena, struct text hex, uint8_t key[LEDGER_KEY_BYTES])
{
	struct text octets = TEXT("");

	memset(key, 0, LEDGER_KEY_BYTES);
	if (hex_decode(arena, hex, &octets) && octets.length <= LEDGER_KEY_BYTES)
		memcpy(key, octets.at, octets.length);
}

static bool
read_file_at(int descriptor, char *to, size_t bytes, uint64_t offset)
{
	while (bytes > 0) {
		ssize_t got = pread(descriptor, to, bytes, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		bytes -= (size_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

static bool
read_line_at(struct ledger *ledger, struct arena *arena, const struct ledger_place *place,
    struct ledger_line *out)
{
	uint64_t in_file = ledger->end - ledger->unwritten_length;
	char *line = arena_allocate(arena, (size_t)place->length + 1);

	if (place->offset >= in_file)
		memcpy(line, ledger->unwritten + (place->offset - in_file), place->length);
	else if (!read_file_at(ledger->descriptor, line, place->length, place->offset))
		return false;
	return ledger_line_read(arena, (struct text){ line, place->length }, out);
}

/*
 * Whether a line may follow those before it: at most one intent and one
 * certificate for a plan, in this order, of one TBSCertificate and serial, or
 * its release in place of what would follow; EINVAL or EEXIST (the serial is
 * another plan's) in errno otherwise.
 */
static bool
may_follow(struct ledger *ledger, struct arena *arena, const struct ledger_line *line)
{
	uint8_t digest[LEDGER_KEY_BYTES], serial[LEDGER_KEY_BYTES];
	const struct ledger_place *before;
	struct ledger_line intent;

	if (line->kind == LEDGER_LOST)
		return true;
	key_from_hex(arena, text_skip(line->digest, strlen("sha256:")), digest);
	before = ledger_index_find(&ledger->digests, digest);
	if (line->kind == LEDGER_INTENT && before == NULL) {
		key_from_hex(arena, line->serial_number, serial);
		errno = EEXIST;
		return ledger_index_find(&ledger->serials, serial) == NULL;
	}
	if (line->kind == LEDGER_RELEASED && before == NULL)
		return true;
	if (line->kind != LEDGER_INTENT && before != NULL &&
	    read_line_at(ledger, arena, before, &intent) && intent.kind == LEDGER_INTENT &&
	    (line->kind == LEDGER_RELEASED ||
		(text_equal(intent.tbs_sha256, line->tbs_sha256) &&
		    text_equal(intent.serial_number, line->serial_number))))
		return true;
	errno = EINVAL;
	return false;
}

static void
keep_offset(struct ledger *ledger)
{
	if ((size_t)ledger->number == ledger->offsets_room) {
		ledger->offsets_room = ledger->offsets_room == 0 ? 64 : ledger->offsets_room * 2;
		ledger->offsets = realloc(ledger->offsets,
		    ledger->offsets_room * sizeof(ledger->offsets[0]));
		if (ledger->offsets == NULL)
			abort();
	}
	ledger->offsets[ledger->number] = ledger->end;
}

static void
keep_begun(struct ledger *ledger, moment begun)
{
	if (ledger->begun_count == ledger->begun_room) {
		ledger->begun_room = ledger->begun_room == 0 ? 64 : ledger->begun_room * 2;
		ledger->begun = realloc(ledger->begun, ledger->begun_room * sizeof(ledger->begun[0]));
		if (ledger->begun == NULL)
			abort();
	}
	ledger->begun[ledger->begun_count++] = begun;
}

/* Takes a line that stands at the end of the file into the index. */
static void
take_up(struct ledger *ledger, struct arena *arena, const struct ledger_line *line, size_t length)
{
	struct ledger_place place = { .offset = ledger->end, .length = (uint32_t)length };

	if (line->kind == LEDGER_LOST) {
		key_from_hex(arena, line->lost_hash, place.key);
		ledger_index_put(&ledger->lost, &place);
	} else {
		key_from_hex(arena, text_skip(line->digest, strlen("sha256:")), place.key);
		ledger_index_put(&ledger->digests, &place);
	}
	if (line->kind == LEDGER_INTENT || line->kind == LEDGER_CERTIFICATE) {
		key_from_hex(arena, line->serial_number, place.key);
		ledger_index_put(&ledger->serials, &place);
	}
	if (line->kind == LEDGER_INTENT)
		keep_begun(ledger, line->begun);
	keep_offset(ledger);
	ledger->number = line->number;
	memcpy(ledger->hash, line->hash.at, sizeof(ledger->hash) - 1);
	ledger->end += length + 1;
}

static bool
check_line(struct ledger *ledger, struct arena *arena, struct text text, struct text *why)
{
	struct ledger_line line;

	if (!ledger_line_read(arena, text, &line)) {
		*why = text_printf(arena, "line %lld of the ledger is damaged",
		    (long long)ledger->number + 1);
		return false;
	}
	if (line.number != ledger->number + 1 ||
	    !text_equal(line.previous, text_of(ledger->hash))) {
		*why =
		    text_printf(arena, "line %lld of the ledger does not follow the one before it",
			(long long)ledger->number + 1);
		return false;
	}
	if (!may_follow(ledger, arena, &line)) {
		*why = text_printf(arena, "line %lld of the ledger contradicts an earlier one",
		    (long long)ledger->number + 1);
		return false;
	}
	take_up(ledger, arena, &line, text.length);
	return true;
}

/*
 * Reads the file from its start; what is left after the last LF is an
 * unfinished line, which was never promised to anybody.
 */
static bool
read_all(struct ledger *ledger, struct arena *arena, struct text *why)
{
	size_t room = READ_BYTES + LINE_MOST_BYTES, have = 0;
	char *block = arena_allocate(arena, room);

	for (;;) {
		ssize_t got = read(ledger->descriptor, block + have, room - have);
		struct text rest = { block, have }, line;
		struct arena *scratch;
		bool good = true;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			*why = text_printf(arena, "the ledger cannot be read: %s", strerror(errno));
			return false;
		}
		if (got == 0)
			return true;
		rest.length = have + (size_t)got;
		scratch = arena_new();
		while (good && text_find(rest, '\n') < rest.length && text_next_line(&rest, &line))
			good = check_line(ledger, scratch, line, why);
		if (!good)
			*why = text_copy(arena, *why);
		arena_free(scratch);
		if (!good)
			return false;
		have = rest.length;
		memmove(block, rest.at, have);
		if (have > LINE_MOST_BYTES) {
			*why = TEXT("the ledger has a line that is too long");
			return false;
		}
	}
}

/*
 * The sync is for the lines that stay, too: a process that died between
 * writing and syncing left lines that are read here and may not be on the disk yet.
 */
static bool
cut_unfinished_line(struct ledger *ledger, struct arena *arena, struct text *why)
{
	if (ftruncate(ledger->descriptor, (off_t)ledger->end) == 0 &&
	    fsync(ledger->descriptor) == 0) {
		ledger->durable = ledger->end;
		return true;
	}
	*why = text_printf(arena, "the ledger cannot be cut to its last whole line and synced: %s",
	    strerror(errno));
	return false;
}

/* A process that was killed may take a moment to be gone: it first ends what it is writing to the disk. */
static bool
lock_soon(int descriptor)
{
	const struct timespec pause = { .tv_nsec = 50000000 };

	for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
		if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return flock(descriptor, LOCK_EX | LOCK_NB) == 0;
}

static bool
open_locked(struct ledger *ledger, struct arena *arena, const char *path, struct text *why)
{
	struct stat about;

	ledger->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_APPEND, 0600);
	if (ledger->descriptor < 0 || fstat(ledger->descriptor, &about) != 0) {
		*why = text_printf(arena, "%s: %s", path, strerror(errno));
		return false;
	}
	if (!S_ISREG(about.st_mode)) {
		*why = text_printf(arena, "%s is not a regular file", path);
		return false;
	}
	if (!lock_soon(ledger->descriptor)) {
		*why = errno == EWOULDBLOCK
			   ? text_printf(arena, "%s is in use by another process", path)
			   : text_printf(arena, "%s cannot be locked: %s", path, strerror(errno));
		return false;
	}
	/* a new file's name must survive a crash as well as its content */
	if (about.st_size == 0 && !file_sync_folder_of(path)) {
		*why = text_printf(arena, "the folder of %s cannot be synced: %s", path,
		    strerror(errno));
		return false;
	}
	return true;
}

bool
ledger_open(const char *path, struct arena *arena, struct ledger **out, struct text *why)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (ledger == NULL)
		abort();
	ledger->descriptor = -1;
	memcpy(ledger->hash, no_hash, sizeof(no_hash));
	if (open_locked(ledger, arena, path, why) && read_all(ledger, arena, why) &&
	    cut_unfinished_line(ledger, arena, why)) {
		*out = ledger;
		return true;
	}
	ledger_close(ledger);
	return false;
}

static void
forget_all(struct ledger *ledger)
{
	free(ledger->unwritten);
	free(ledger->offsets);
	free(ledger->begun);
	ledger_index_free(&ledger->lost);
	ledger_index_free(&ledger->digests);
	ledger_index_free(&ledger->serials);
}

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	if (ledger->descriptor >= 0)
		close(ledger->descriptor);
	forget_all(ledger);
	free(ledger);
}

/*
 * -1 for a file without a name. Of a length that was not left so, or nameless, it was changed by another: past
 * a lock that does not reach another machine, or by a hand that puts a copy back. A line would go
 * behind some that are not known here, or nowhere.
 */
static int64_t
length_of_file(const struct ledger *ledger)
{
	struct stat about;

	return fstat(ledger->descriptor, &about) == 0 && about.st_nlink > 0 ? (int64_t)about.st_size : -1;
}

bool
ledger_mend(struct ledger *ledger, struct arena *arena, struct text *why)
{
	struct ledger again = { .descriptor = ledger->descriptor, .broken = true,
		.durable = ledger->durable };
	int64_t length = length_of_file(ledger), durable = (int64_t)ledger->durable;

	if (!ledger->broken && length == durable)
		return true;
	ledger->taken = ledger->taken || !ledger->broken || length < durable;
	if (ledger->taken) {
		ledger->broken = true;
		*why = TEXT("the ledger was changed, or exchanged, by another than this process: end the "
			    "daemon, and see which is the right one");
		return false;
	}
	forget_all(ledger);
	*ledger = again;
	memcpy(ledger->hash, no_hash, sizeof(no_hash));
	if (ftruncate(ledger->descriptor, (off_t)again.durable) != 0 ||
	    lseek(ledger->descriptor, 0, SEEK_SET) != 0) {
		*why = text_printf(arena, "the ledger cannot be cut to what was synced: %s",
		    strerror(errno));
		return false;
	}
	if (!read_all(ledger, arena, why))
		return false;
	if (ledger->end != again.durable) {
		*why = TEXT("the ledger is shorter than it was");
		return false;
	}
	ledger->broken = !cut_unfinished_line(ledger, arena, why);
	return !ledger->broken;
}

bool
ledger_find(struct ledger *ledger, struct arena *arena, struct text digest,
    struct ledger_entry *out)
{
	uint8_t key[LEDGER_KEY_BYTES];
	const struct ledger_place *place;
	struct ledger_line line;

	if (!digest_is_named(digest))
		return false;
	key_from_hex(arena, text_skip(digest, strlen("sha256:")), key);
	place = ledger_index_find(&ledger->digests, key);
	if (place == NULL)
		return false;
	*out = (struct ledger_entry){ .digest = digest };
	if (!read_line_at(ledger, arena, place, &line)) {
		/* It was read when the ledger was opened: the file is not what it was. */
		ledger->broken = true;
		return true;
	}
	out->number = line.number;
	out->hash = line.hash;
	out->released = line.kind == LEDGER_RELEASED;
	out->tbs_sha256 = line.tbs_sha256;
	out->serial_number = line.serial_number;
	if (text_present(line.certificate) &&
	    !base64_decode(arena, line.certificate, &out->certificate)) {
		ledger->broken = true;
		out->number = 0;
	}
	return true;
}

bool
ledger_has_serial(struct ledger *ledger, struct arena *arena, struct text serial_number)
{
	uint8_t key[LEDGER_KEY_BYTES];

	key_from_hex(arena, serial_number, key);
	return ledger_index_find(&ledger->serials, key) != NULL;
}

/* Keeps a line for the next ledger_sync(). */
static void
keep_line(struct ledger *ledger, struct text line)
{
	size_t wanted = ledger->unwritten_length + line.length;

	if (wanted > ledger->unwritten_room) {
		ledger->unwritten_room = wanted * 2;
		ledger->unwritten = realloc(ledger->unwritten, ledger->unwritten_room);
		if (ledger->unwritten == NULL)
			abort();
	}
	memcpy(ledger->unwritten + ledger->unwritten_length, line.at, line.length);
	ledger->unwritten_length = wanted;
}

/* Takes a line with everything but its number and its hashes. */
static bool
write_line(struct ledger *ledger, struct arena *arena, struct ledger_line *line)
{
	struct text text;

	if (ledger->broken) {
		errno = EIO;
		return false;
	}
	line->number = ledger->number + 1;
	line->previous = text_copy(arena, text_of(ledger->hash));
	if (!ledger_line_writable(line)) {
		errno = EINVAL;
		return false;
	}
	if (!may_follow(ledger, arena, line))
		return false;
	text = ledger_line_write(arena, line);
	if (text.length > LINE_MOST_BYTES) {
		errno = EFBIG;
		return false;
	}
	keep_line(ledger, text);
	take_up(ledger, arena, line, text.length - 1);
	return true;
}

bool
ledger_write(struct ledger *ledger, struct arena *arena, struct ledger_entry *entry,
    struct text serial_number)
{
	bool intent = !text_present(entry->certificate);
	struct ledger_line line = {
		.kind = intent ? LEDGER_INTENT : LEDGER_CERTIFICATE,
		.digest = entry->digest,
		.tbs_sha256 = entry->tbs_sha256,
		.serial_number = serial_number,
		.begun = intent ? entry->begun : 0,
	};

	if (!intent)
		line.certificate = base64_encode(arena, entry->certificate);
	if (!write_line(ledger, arena, &line))
		return false;
	entry->number = line.number;
	entry->hash = line.hash;
	return true;
}

bool
ledger_write_released(struct ledger *ledger, struct arena *arena, struct text digest)
{
	struct ledger_line line = { .kind = LEDGER_RELEASED, .digest = digest };

	return write_line(ledger, arena, &line);
}

bool
ledger_write_lost(struct ledger *ledger, struct arena *arena, const struct ledger_position *lost)
{
	struct ledger_line line = { .kind = LEDGER_LOST,
		.lost_number = lost->number,
		.lost_hash = lost->hash };

	return write_line(ledger, arena, &line);
}

moment
ledger_begun(const struct ledger *ledger, int64_t newer)
{
	return newer < (int64_t)ledger->begun_count ? ledger->begun[ledger->begun_count - 1 - (size_t)newer] : 0;
}

struct ledger_position
ledger_newest(const struct ledger *ledger)
{
	return (struct ledger_position){ ledger->number, text_of(ledger->hash) };
}

static bool
has_entry(struct ledger *ledger, struct arena *arena, const struct ledger_position *position)
{
	struct ledger_place place;
	struct ledger_line line;
	uint64_t end;

	if (position->number <= 0 || position->number > ledger->number)
		return false;
	end = position->number == ledger->number ? ledger->end
						 : ledger->offsets[position->number];
	place.offset = ledger->offsets[position->number - 1];
	place.length = (uint32_t)(end - place.offset - 1);
	return read_line_at(ledger, arena, &place, &line) &&
	       text_equal(line.hash, position->hash);
}

static bool
has_loss(struct ledger *ledger, struct arena *arena, const struct ledger_position *position)
{
	uint8_t key[LEDGER_KEY_BYTES];
	const struct ledger_place *place;
	struct ledger_line line;

	key_from_hex(arena, position->hash, key);
	place = ledger_index_find(&ledger->lost, key);
	return place != NULL && read_line_at(ledger, arena, place, &line) &&
	       line.lost_number == position->number && text_equal(line.lost_hash, position->hash);
}

bool
ledger_has(struct ledger *ledger, const struct ledger_position *position)
{
	struct arena *scratch = arena_new();
	bool found = has_entry(ledger, scratch, position) || has_loss(ledger, scratch, position);

	arena_free(scratch);
	return found;
}

bool
ledger_sync(struct ledger *ledger)
{
	struct text lines = { ledger->unwritten, ledger->unwritten_length };
	int error;

	if (ledger->broken) {
		errno = EIO;
		return false;
	}
	if (length_of_file(ledger) != (int64_t)ledger->durable) {
		ledger->broken = ledger->taken = true;
		errno = ESTALE;
		return false;
	}
	if (lines.length == 0)
		return true;
	if (file_write_all(ledger->descriptor, lines) && fdatasync(ledger->descriptor) == 0) {
		ledger->unwritten_length = 0;
		ledger->durable = ledger->end;
		return true;
	}
	/* A failed sync may have dropped the pages, which whoever reads the file next cannot see. */
	error = errno;
	ledger->broken = true;
	if (ftruncate(ledger->descriptor, (off_t)ledger->durable) == 0)
		(void)fdatasync(ledger->descriptor);
	errno = error;
	return false;
}
