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

/* Makes a folder and those above it, with `mode`, durably; true when it exists already. False with errno. */
bool file_make_folders(const char *path, mode_t mode);

#endif
