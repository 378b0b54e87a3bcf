#ifndef COUNTERSIGN_REPOSITORY_CHILD_READ_H
#define COUNTERSIGN_REPOSITORY_CHILD_READ_H

#include "repository/store_private.h"

/* For the files of this folder only: libgit2 does not read a part of an object. */
struct child_reading {
	const git_oid *id;
	/* What of the object is wanted; NULL: all of it. */
	struct text (*part)(struct arena *arena, struct text raw);
	/* Takes it piece by piece; false ends it. */
	bool (*take)(void *context, struct text piece);
	void *context;
};

/*
 * Has a child of this process read an object, of whatever size: it takes the
 * memory, and gives it back. False when the object cannot be read, or was not wanted to its end.
 */
bool child_read(struct store *store, const struct child_reading *reading);

#endif
