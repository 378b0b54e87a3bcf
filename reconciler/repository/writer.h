#ifndef COUNTERSIGN_REPOSITORY_WRITER_H
#define COUNTERSIGN_REPOSITORY_WRITER_H

#include "base/moment.h"
#include "repository/store.h"

/* One file of the next output tree. */
struct output_file {
	struct text path;
	struct text content;            /* absent: delete the file (and folders that become empty) */
};

ARRAY(output_files, struct output_file);

/* A commit to be made. */
struct output_order {
	struct text base;               /* commit whose tree is changed; absent: the empty tree */
	struct texts parents;
	const struct output_files *files;
	struct text identity;           /* "countersign <countersign@localhost>", author and committer */
	struct text message;
	moment at;
	/* makes the raw commit with its signature from the unsigned one, in the arena */
	struct text (*sign)(struct arena *arena, void *context, struct text unsigned_commit);
	void *context;
	/*
	 * Gets the objects that were not in the repository before, in the arena: blobs in the order
	 * of the files, trees below those that hold them, the commit last. NULL: nobody asks.
	 */
	struct stored_objects *written;
};

/*
 * Writes blobs, trees and the commit (loose for a few, one pack for many),
 * synced, and gives its id. Moves no ref. A path that goes through a file, or
 * is a folder, is an error. False with `why`.
 */
bool writer_commit(struct store *store, struct arena *arena, const struct output_order *order,
	struct text *id, struct text *why);

#endif
