#include "repository/object_batch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "repository/descriptor.h"

/*
 * Objects as files of their own, written in steps over all of them (content,
 * sync, names, sync) instead of one after the other: the file system commits
 * its journal twice, not twice for each. At most LOOSE_OBJECTS.
 */
enum { PATH_ROOM = 4096, DIGITS = OBJECT_ID_DIGITS };

struct loose_file {
	char folder[PATH_ROOM];         /* ".../objects/ab" */
	char name[PATH_ROOM];           /* where it belongs */
	char beside[PATH_ROOM];         /* where it is written; "" before and after */
	int descriptor;
};

static bool
make_folder(struct loose_file *file, mode_t mode, bool *made)
{
	if (mkdir(file->folder, 0777) != 0)
		return errno == EEXIST;
	*made = true;
	return chmod(file->folder, mode) == 0;
}

static bool
name_file(struct loose_file *file, const char *folder, const git_oid *id)
{
	char digits[DIGITS + 1];

	(void)git_oid_tostr(digits, sizeof(digits), id);
	if (strlen(folder) + DIGITS + 32 > PATH_ROOM) {
		errno = ENAMETOOLONG;
		return false;
	}
	(void)snprintf(file->folder, sizeof(file->folder), "%s%.2s", folder, digits);
	(void)snprintf(file->name, sizeof(file->name), "%s%.2s/%s", folder, digits, digits + 2);
	return true;
}

/* Deflates the header and the content into the file, without a copy of both in one place. */
static bool
write_deflated(int descriptor, z_stream *stream, struct text header, struct text content)
{
	unsigned char piece[16 * 1024];
	const struct text parts[] = { header, content };
	bool written = deflateReset(stream) == Z_OK;
	int flush;

	for (int i = 0; i < 2 && written; i++) {
		flush = i == 1 ? Z_FINISH : Z_NO_FLUSH;
		stream->next_in = (unsigned char *)parts[i].at;
		stream->avail_in = (unsigned)parts[i].length;
		do {
			stream->next_out = piece;
			stream->avail_out = sizeof(piece);
			(void)deflate(stream, flush);
			written = file_write_all(descriptor, (struct text){ (char *)piece,
			    sizeof(piece) - stream->avail_out });
		} while (written && stream->avail_out == 0);
	}
	return written;
}

static bool
write_file(struct loose_file *file, const struct new_object *object, z_stream *stream, mode_t mode)
{
	char header[64];
	int length = snprintf(header, sizeof(header), "%s %zu",
	    git_object_type2string(object->kind), object->content.length);

	/* git's own name for it, which git gc takes away after a crash */
	(void)snprintf(file->beside, sizeof(file->beside), "%.4000s/tmp_obj_XXXXXX", file->folder);
	file->descriptor = mkostemp(file->beside, O_CLOEXEC);
	if (file->descriptor < 0) {
		file->beside[0] = '\0';
		return false;
	}
	if (!write_deflated(file->descriptor, stream, (struct text){ header, (size_t)length + 1 },
	    object->content) || fchmod(file->descriptor, mode & 0444) != 0)
		return false;
	/* starts the writing, so that the syncs wait for all files at once */
	(void)sync_file_range(file->descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
	return true;
}

/* Syncs all files, or the folders that they are in. */
static bool
sync_files(const struct loose_file *files, size_t count, bool folders)
{
	int descriptors[LOOSE_OBJECTS] = { 0 }, opened = 0;
	bool synced = true;

	for (size_t i = 0; i < count && synced; i++) {
		descriptors[i] = files[i].descriptor;
		if (!folders)
			continue;
		descriptors[i] = open(files[i].folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		synced = descriptors[i] >= 0;
		opened += synced;
	}
	synced = synced && descriptor_sync_all(descriptors, count);
	while (opened > 0)
		close(descriptors[--opened]);
	return synced;
}

static bool
name_files(struct loose_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rename(files[i].beside, files[i].name) != 0)
			return false;
		files[i].beside[0] = '\0';
	}
	return sync_files(files, count, true);
}

static void
close_files(struct loose_file *files, size_t count)
{
	int saved = errno;

	for (size_t i = 0; i < count; i++) {
		if (files[i].descriptor >= 0)
			close(files[i].descriptor);
		if (files[i].beside[0] != '\0')
			(void)unlink(files[i].beside);
	}
	free(files);
	errno = saved;
}

bool
loose_write(const struct new_objects *objects, const char *folder, mode_t mode)
{
	struct loose_file *files = calloc(objects->count + 1, sizeof(*files));
	z_stream stream = { .zalloc = Z_NULL };
	bool made = false, written = true;

	/* one stream for all: its memory is large, and new each time */
	if (files == NULL || deflateInit(&stream, Z_BEST_SPEED) != Z_OK)
		abort();
	for (size_t i = 0; i < objects->count; i++)
		files[i].descriptor = -1;
	for (size_t i = 0; i < objects->count && written; i++)
		written = name_file(&files[i], folder, &objects->at[i].id) &&
		    make_folder(&files[i], mode, &made) &&
		    write_file(&files[i], &objects->at[i], &stream, mode);
	(void)deflateEnd(&stream);
	written = written && sync_files(files, objects->count, false) &&
	    name_files(files, objects->count) && (!made || descriptor_sync_folder(folder));
	close_files(files, objects->count);
	return written;
}
