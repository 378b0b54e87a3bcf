#ifndef COUNTERSIGN_REPOSITORY_DESCRIPTOR_H
#define COUNTERSIGN_REPOSITORY_DESCRIPTOR_H

#include <stdbool.h>

#include "base/text.h"

/* Small things that are done with file descriptors; all give false with errno. */

/*
 * Syncs files and folders side by side, in threads: the kernel then makes one
 * journal commit and one flush of the disk of what would be one for each. True
 * when all are durable.
 */
bool descriptor_sync_all(const int *descriptors, size_t count);

/* Syncs a folder, so that the names in it are durable; true when it does not exist. */
bool descriptor_sync_folder(const char *path);

#endif
