#ifndef COUNTERSIGN_REPOSITORY_DESCRIPTOR_H
#define COUNTERSIGN_REPOSITORY_DESCRIPTOR_H

#include <stdbool.h>

#include "base/text.h"

/* Small things that are done with file descriptors; all give false with errno. */

/* Writes all of a text. */
bool descriptor_write(int descriptor, struct text text);

/* Syncs a folder, so that the names in it are durable; true when it does not exist. */
bool descriptor_sync_folder(const char *path);

#endif
