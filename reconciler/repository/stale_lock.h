#ifndef COUNTERSIGN_REPOSITORY_STALE_LOCK_H
#define COUNTERSIGN_REPOSITORY_STALE_LOCK_H

#include <stdbool.h>

/*
 * A process that dies between taking a lock file of git's and renaming it
 * leaves it behind, and the ref could never move again. git holds such a file
 * for moments: one older than this belongs to nobody any more.
 */
enum { STALE_LOCK_SECONDS = 60 };

/* Removes the lock file when it is that old; true when it did. */
bool stale_lock_remove(const char *path);

#endif
