#ifndef COUNTERSIGN_ISSUE_PRIVATE_FILE_H
#define COUNTERSIGN_ISSUE_PRIVATE_FILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* A file with a secret: a key, a PIN. Its content is in memory that is not swapped out, where that can be had. */
struct private_file {
	struct text content;
	struct text version; /* tells it from the file that it is replaced by: number, size, time of change */
	char version_text[96];
};

/*
 * Reads a small file that must be regular, owned by this user or root, and
 * closed to group and others. False with `why`. Either way the caller forgets
 * it with private_file_forget(), which overwrites the content.
 */
bool private_file_read(const char *path, struct private_file *out, struct text *why);
void private_file_forget(struct private_file *file);

#endif
