#ifndef COUNTERSIGN_REPOSITORY_COMMIT_HEADER_H
#define COUNTERSIGN_REPOSITORY_COMMIT_HEADER_H

#include <stdint.h>

#include "repository/store_private.h"

/*
 * The part of a commit that shapes history, read as git reads it: the tree, and
 * the parents that follow at once. What counts as evidence is judged elsewhere,
 * by a parser that forgives nothing.
 */
struct commit_header {
	git_oid tree;
	struct text parents;            /* the "parent …" lines, borrowed from the raw commit */
	int64_t committed_at;           /* a hint, as anybody may write any date; 0 when there is none */
};

/*
 * What lies beyond is read of no commit, be it small or large: whoever has got no more of it than its
 * beginning must come to the same history.
 */
enum { COMMIT_HEADER_BYTES = 1024 * 1024 };

/* False when the bytes do not begin with a tree. */
bool commit_header_parse(struct text raw, struct commit_header *out);

/* Takes the next parent off the front of `parents`; false when there is none. */
bool commit_header_next_parent(struct text *parents, git_oid *out);

#endif
