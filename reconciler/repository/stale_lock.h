#ifndef COUNTERSIGN_REPOSITORY_STALE_LOCK_H
#define COUNTERSIGN_REPOSITORY_STALE_LOCK_H

#include <stdbool.h>

/*
 * A process that dies between taking a lock file of git's and renaming it
 * leaves it behind, and the ref could never move again. git holds such a file
 * for moments: one older than this belongs to nobody any more. That of
 * packed-refs is held as long as all refs are written, and as long as a hook on
 * them runs; and to take it from a living git could set other refs back.
 */
enum { STALE_LOCK_SECONDS = 60, STALE_PACKED_LOCK_SECONDS = 600 };

/* Removes the lock file of a ref, or packed-refs.lock, when it is that old; true when it did. */
bool stale_lock_remove(const char *path);

#endif
