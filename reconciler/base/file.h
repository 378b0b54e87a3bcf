#ifndef COUNTERSIGN_BASE_FILE_H
#define COUNTERSIGN_BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * Reads a whole regular file of at most `most_bytes` bytes. False with errno
 * set (EFBIG when it is larger, EISDIR and the like otherwise).
 */
bool file_read(struct arena *arena, const char *path, size_t most_bytes, struct text *out);

/*
 * Replaces a file so that after a crash either the old or the new content is
 * there, whole: written beside it, synced, renamed, the folder synced. False
 * with errno set; the old file is then unchanged.
 */
bool file_write_durable(const char *path, struct text content, mode_t mode);

/*
 * A new file, durably; a link in its place is not followed. False with errno (EEXIST where there is
 * something), and then this has left nothing.
 */
bool file_write_new(const char *path, struct text content, mode_t mode);

/* Writes all of a text; false with errno. */
bool file_write_all(int descriptor, struct text content);

/* Syncs the folder that a file stands in, so that its name is durable; false with errno. */
bool file_sync_folder_of(const char *path);

/* Makes a folder and those above it, with `mode`, durably; true when it exists already. False with errno. */
bool file_make_folders(const char *path, mode_t mode);

#endif
