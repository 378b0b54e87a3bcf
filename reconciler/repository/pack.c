#include "repository/object_batch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "repository/descriptor.h"

/*
 * Many objects as one pack (gitformat-pack(5), version 2, no deltas) with its
 * index, written and synced once.
 */
enum {
	CHUNK_BYTES = 256 * 1024,
	RAW_ID_BYTES = 20,
	FANOUT = 256,
	PATH_ROOM = 4096
};

/* What the index says of an object. */
struct index_entry {
	const git_oid *id;
	uint32_t crc;
	uint32_t offset;
};

/* A file that is written front to back, with its SHA-1 as its end. */
struct output {
	int descriptor;
	uint64_t offset;
	struct digest_sha1 *digest;
	uint8_t checksum[SHA1_BYTES];
	char path[PATH_ROOM];
	char buffer[CHUNK_BYTES];
	size_t buffered;
};

static bool
output_flush(struct output *output)
{
	struct text piece = { output->buffer, output->buffered };

	digest_sha1_add(output->digest, piece);
	output->buffered = 0;
	return file_write_all(output->descriptor, piece);
}

static bool
output_add(struct output *output, const void *bytes, size_t length)
{
	const char *from = bytes;

	output->offset += length;
	while (length > 0) {
		size_t room = sizeof(output->buffer) - output->buffered;
		size_t part = length < room ? length : room;

		memcpy(output->buffer + output->buffered, from, part);
		output->buffered += part;
		from += part;
		length -= part;
		if (output->buffered == sizeof(output->buffer) && !output_flush(output))
			return false;
	}
	return true;
}

static bool
output_add_number(struct output *output, uint32_t number)
{
	uint32_t big_endian = htonl(number);

	return output_add(output, &big_endian, sizeof(big_endian));
}

static struct output *
output_open(const char *folder, const char *pattern)
{
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL)
		abort();
	/* git's own names for unfinished packs, which git gc takes away after a crash */
	(void)snprintf(output->path, sizeof(output->path), "%.4000s%s", folder, pattern);
	output->digest = digest_sha1_new();
	output->descriptor = mkostemp(output->path, O_CLOEXEC);
	if (output->descriptor < 0)
		output->path[0] = '\0';
	return output;
}

/* Ends the file with its checksum. */
static bool
output_finish(struct output *output, mode_t mode)
{
	bool flushed = output_flush(output);

	digest_sha1_finish(output->digest, output->checksum);
	output->digest = NULL;
	return flushed && file_write_all(output->descriptor,
	    (struct text){ (char *)output->checksum, SHA1_BYTES }) &&
	    fchmod(output->descriptor, mode & 0444) == 0;
}

static void
output_close(struct output *output)
{
	uint8_t unused[SHA1_BYTES];
	int saved = errno;

	if (output->digest != NULL)
		digest_sha1_finish(output->digest, unused);
	if (output->descriptor >= 0)
		close(output->descriptor);
	if (output->path[0] != '\0')
		(void)unlink(output->path);
	free(output);
	errno = saved;
}

/* The type in three bits and the size in groups of seven, least significant first, four in the first byte. */
static size_t
entry_header(const struct new_object *object, unsigned char out[16])
{
	size_t size = object->content.length, length = 0;
	unsigned byte = (unsigned)object->kind << 4 | (unsigned)(size & 15);

	for (size >>= 4; size > 0; size >>= 7) {
		out[length++] = (unsigned char)(byte | 0x80);
		byte = (unsigned)(size & 0x7f);
	}
	out[length++] = (unsigned char)byte;
	return length;
}

/* Adds an object to the pack, and what the index needs to know of it. */
static bool
add_object(struct output *pack, z_stream *stream, const struct new_object *object,
    struct index_entry *entry)
{
	unsigned char piece[16 * 1024];
	size_t length = entry_header(object, piece);
	bool written;

	entry->id = &object->id;
	entry->offset = (uint32_t)pack->offset;
	entry->crc = (uint32_t)crc32(0, piece, (unsigned)length);
	written = output_add(pack, piece, length);
	(void)deflateReset(stream);
	stream->next_in = (unsigned char *)object->content.at;
	stream->avail_in = (unsigned)object->content.length;
	do {
		stream->next_out = piece;
		stream->avail_out = sizeof(piece);
		(void)deflate(stream, Z_FINISH);
		length = sizeof(piece) - stream->avail_out;
		entry->crc = (uint32_t)crc32(entry->crc, piece, (unsigned)length);
		written = written && output_add(pack, piece, length);
	} while (stream->avail_out == 0);
	return written;
}

static bool
write_pack(struct output *pack, const struct new_objects *objects, struct index_entry *entries)
{
	z_stream stream = { .zalloc = Z_NULL };
	bool written;

	if (deflateInit(&stream, Z_BEST_SPEED) != Z_OK)
		abort();
	written = output_add(pack, "PACK", 4) && output_add_number(pack, 2) &&
	    output_add_number(pack, (uint32_t)objects->count);
	for (size_t i = 0; i < objects->count && written; i++) {
		written = add_object(pack, &stream, &objects->at[i], &entries[i]);
		/* offsets of more than 31 bits have a form of their own, which nobody needs here */
		if (written && pack->offset > INT32_MAX) {
			errno = EFBIG;
			written = false;
		}
	}
	(void)deflateEnd(&stream);
	return written;
}

static int
compare_entries(const void *a, const void *b)
{
	return git_oid_cmp(((const struct index_entry *)a)->id,
	    ((const struct index_entry *)b)->id);
}

static bool
write_index(struct output *index, struct index_entry *entries, size_t count,
    const uint8_t pack_checksum[SHA1_BYTES])
{
	bool written = output_add(index, "\377tOc", 4) && output_add_number(index, 2);
	size_t below = 0;

	qsort(entries, count, sizeof(entries[0]), compare_entries);
	for (unsigned byte = 0; byte < FANOUT && written; byte++) {
		while (below < count && entries[below].id->id[0] == byte)
			below++;
		written = output_add_number(index, (uint32_t)below);
	}
	for (size_t i = 0; i < count && written; i++)
		written = output_add(index, entries[i].id->id, RAW_ID_BYTES);
	for (size_t i = 0; i < count && written; i++)
		written = output_add_number(index, entries[i].crc);
	for (size_t i = 0; i < count && written; i++)
		written = output_add_number(index, entries[i].offset);
	return written && output_add(index, pack_checksum, SHA1_BYTES);
}

/* Makes both durable, then known. The pack first: git looks for an index, then for its pack. */
static bool
publish(struct output *pack, struct output *index, const char *folder)
{
	char name[PATH_ROOM], digits[2 * SHA1_BYTES + 1];

	for (size_t i = 0; i < SHA1_BYTES; i++)
		(void)snprintf(digits + 2 * i, 3, "%02x", pack->checksum[i]);
	(void)snprintf(name, sizeof(name), "%.4000spack-%s.pack", folder, digits);
	if (!descriptor_sync_all((const int[]){ pack->descriptor, index->descriptor }, 2) ||
	    rename(pack->path, name) != 0)
		return false;
	pack->path[0] = '\0';
	(void)snprintf(name, sizeof(name), "%.4000spack-%s.idx", folder, digits);
	if (rename(index->path, name) != 0)
		return false;
	index->path[0] = '\0';
	return descriptor_sync_folder(folder);
}

bool
pack_write(struct arena *arena, const struct new_objects *objects, const char *folder, mode_t mode)
{
	const char *packs = arena_printf(arena, "%spack/", folder);
	struct index_entry *entries = arena_allocate(arena, objects->count * sizeof(entries[0]));
	struct output *pack, *index;
	bool written;

	if (mkdir(packs, 0777) != 0 && errno != EEXIST)
		return false;
	pack = output_open(packs, "tmp_pack_XXXXXX");
	index = output_open(packs, "tmp_idx_XXXXXX");
	written = pack->descriptor >= 0 && index->descriptor >= 0 &&
	    write_pack(pack, objects, entries) && output_finish(pack, mode) &&
	    write_index(index, entries, objects->count, pack->checksum) &&
	    output_finish(index, mode) && publish(pack, index, packs);
	output_close(pack);
	output_close(index);
	return written;
}
