#ifndef COUNTERSIGN_REPOSITORY_REF_DELETE_H
#define COUNTERSIGN_REPOSITORY_REF_DELETE_H

#include "repository/store.h"

/*
 * Deletes a ref of the git directory `path` (with "/" at its end) while it is
 * `expected`, under the locks that git takes (REF.lock, packed-refs.lock), and
 * syncs. libgit2 reads packed-refs before it locks the file, so its own delete
 * can undo what a concurrent `git pack-refs` wrote: refs would be lost.
 */
enum ref_result ref_delete(const char *path, const char *ref, struct text expected,
	struct text *why, struct arena *arena);

/* Syncs the folders of a ref from the innermost that exists up to refs/; false on I/O trouble. */
bool ref_sync_folders(const char *path, const char *ref);

#endif
