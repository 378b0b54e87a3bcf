#include "repository/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/*
 * Reads objects that are files of their own (zlib, RFC 1950, over "TYPE SIZE\0CONTENT") in libgit2's
 * stead: with a file that was cut, as a crash or a full disk leaves it, libgit2 1.5 never comes back.
 * It is asked before the packs: libgit2 has no room between them and its own reader.
 */
enum { PRIORITY = 3, PIECE_BYTES = 16 * 1024, HEADER_BYTES = 32, AT_ONCE_BYTES = 1 << 30 };

struct loose_reader {
	git_odb_backend backend;        /* first: libgit2 knows the reader by it */
	char *folder;                   /* ".../objects/" */
	int descriptor;                 /* of the folder */
};

/* A file while it is inflated. */
struct inflating {
	z_stream stream;
	int descriptor;
	bool ended;                     /* of the stream, not of the file */
	unsigned char piece[PIECE_BYTES];
};

/* Gives bytes to a stream that has none left; false at the end of the file, and on trouble. */
static bool
feed_stream(struct inflating *inflating)
{
	ssize_t got;

	do {
		got = read(inflating->descriptor, inflating->piece, sizeof(inflating->piece));
	} while (got < 0 && errno == EINTR);
	inflating->stream.next_in = inflating->piece;
	inflating->stream.avail_in = got > 0 ? (unsigned)got : 0;
	return got > 0;
}

/* Inflates `most` bytes, or fewer where the stream ends. False when it is cut or damaged. */
static bool
inflate_up_to(struct inflating *inflating, unsigned char *to, size_t most, size_t *got)
{
	z_stream *stream = &inflating->stream;

	for (*got = 0; *got < most && !inflating->ended;) {
		size_t room = most - *got < AT_ONCE_BYTES ? most - *got : AT_ONCE_BYTES;
		int status;

		if (stream->avail_in == 0 && !feed_stream(inflating))
			return false;
		stream->next_out = to + *got;
		stream->avail_out = (unsigned)room;
		status = inflate(stream, Z_NO_FLUSH);
		if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
			return false;
		*got += room - stream->avail_out;
		inflating->ended = status == Z_STREAM_END;
	}
	return true;
}

/* Byte by byte: nothing of the content is taken. */
static bool
read_header(struct inflating *inflating, git_object_t *kind, size_t *bytes)
{
	char header[HEADER_BYTES] = "", *number, *end;
	size_t length = 0, got;

	do {
		if (length == sizeof(header) || !inflate_up_to(inflating,
		    (unsigned char *)header + length, 1, &got) || got == 0)
			return false;
	} while (header[length++] != '\0');
	number = strchr(header, ' ');
	if (number == NULL)
		return false;
	*number++ = '\0';
	*kind = git_object_string2type(header);
	errno = 0;
	*bytes = strtoull(number, &end, 10);
	return git_object_typeisloose(*kind) && number[0] >= '0' && number[0] <= '9' &&
	    (number[0] != '0' || number[1] == '\0') &&
	    *end == '\0' && errno == 0 && *bytes < SIZE_MAX;
}

/* As much as the header says, the end of the stream, and nothing behind it. */
static bool
read_content(struct inflating *inflating, unsigned char *to, size_t bytes)
{
	size_t got;
	unsigned char more;

	return inflate_up_to(inflating, to, bytes, &got) && got == bytes &&
	    inflate_up_to(inflating, &more, 1, &got) && got == 0 &&
	    inflating->stream.avail_in == 0 && !feed_stream(inflating);
}

static bool
read_loose(struct loose_reader *reader, int descriptor, void **content, size_t *bytes,
    git_object_t *kind)
{
	struct inflating inflating = { .descriptor = descriptor };
	unsigned char *room = NULL;
	struct stat about;
	bool good = fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);

	if (!good || inflateInit(&inflating.stream) != Z_OK)
		return false;
	good = read_header(&inflating, kind, bytes);
	if (good)
		room = git_odb_backend_data_alloc(&reader->backend, *bytes + 1);
	good = room != NULL && read_content(&inflating, room, *bytes);
	(void)inflateEnd(&inflating.stream);
	if (good) {
		room[*bytes] = '\0';
		*content = room;
	} else if (room != NULL) {
		git_odb_backend_data_free(&reader->backend, room);
	}
	return good;
}

/* Whoever repairs a repository with a pack need not remove the file that is damaged. */
static int
read_packed(struct loose_reader *reader, void **content, size_t *bytes, git_object_t *kind,
    const git_oid *id)
{
	git_odb_backend *packs = NULL;
	bool found;

	/* whatever goes wrong, it is not "not found", or libgit2 would try the file */
	if (git_odb_backend_pack(&packs, reader->folder) != 0)
		return GIT_ERROR;
	found = packs->read(content, bytes, kind, packs, id) == 0;
	packs->free(packs);
	return found ? 0 : GIT_ERROR;
}

static int
reader_read(void **content, size_t *bytes, git_object_t *kind, git_odb_backend *backend,
    const git_oid *id)
{
	struct loose_reader *reader = (struct loose_reader *)backend;
	char name[OBJECT_ID_DIGITS + 2], digits[OBJECT_ID_DIGITS + 1];
	int descriptor;
	bool good;

	(void)git_oid_tostr(digits, sizeof(digits), id);
	(void)snprintf(name, sizeof(name), "%.2s/%s", digits, digits + 2);
	descriptor = openat(reader->descriptor, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
		return GIT_ENOTFOUND;
	good = descriptor >= 0 && read_loose(reader, descriptor, content, bytes, kind);
	if (descriptor >= 0)
		(void)close(descriptor);
	return good ? 0 : read_packed(reader, content, bytes, kind, id);
}

/* libgit2's own comes back from a file that was cut. */
static int
reader_read_header(size_t *bytes, git_object_t *kind, git_odb_backend *backend, const git_oid *id)
{
	(void)bytes;
	(void)kind;
	(void)backend;
	(void)id;
	return GIT_ENOTFOUND;
}

/* The objects are told by libgit2's own reader. */
static int
reader_foreach(git_odb_backend *backend, git_odb_foreach_cb call, void *context)
{
	(void)backend;
	(void)call;
	(void)context;
	return 0;
}

static void
reader_free(git_odb_backend *backend)
{
	struct loose_reader *reader = (struct loose_reader *)backend;

	if (reader->descriptor >= 0)
		(void)close(reader->descriptor);
	free(reader->folder);
	free(reader);
}

bool
loose_reader_add(git_odb *objects, const char *folder)
{
	struct loose_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL || git_odb_init_backend(&reader->backend, GIT_ODB_BACKEND_VERSION) != 0)
		abort();
	reader->backend.read = reader_read;
	reader->backend.read_header = reader_read_header;
	reader->backend.foreach = reader_foreach;
	reader->backend.free = reader_free;
	reader->folder = strdup(folder);
	reader->descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (reader->folder != NULL && reader->descriptor >= 0 &&
	    git_odb_add_backend(objects, &reader->backend, PRIORITY) == 0)
		return true;
	reader_free(&reader->backend);
	return false;
}
