#ifndef COUNTERSIGN_REPOSITORY_COMMIT_OPEN_H
#define COUNTERSIGN_REPOSITORY_COMMIT_OPEN_H

#include "repository/commit_header.h"

/* The largest commit whose bytes are taken into this process. */
enum { OPENED_COMMIT_BYTES = 16 * 1024 * 1024 };

/* A commit that was read. */
struct opened_commit {
	struct commit_header header;    /* borrowed from what is below */
	struct text raw;                /* its bytes; absent when there are more than OPENED_COMMIT_BYTES */
	git_odb_object *object;
	struct arena *memory;
};

/*
 * Reads a commit, of any size. One that is too large still tells its tree and its
 * parents, or whoever may push could end the walk of a history for good. False
 * with store_trouble(), and nothing to be closed.
 */
bool commit_open(struct store *store, const git_oid *id, struct opened_commit *out);
void commit_close(struct opened_commit *commit);

#endif
