#ifndef COUNTERSIGN_REPOSITORY_OUTPUT_TREE_H
#define COUNTERSIGN_REPOSITORY_OUTPUT_TREE_H

#include "repository/object_batch.h"
#include "repository/writer.h"

/*
 * The tree of order->base with order->files put in or taken out: new blobs and
 * trees go to the batch, folders without a change keep their id unread. False
 * with `why`.
 */
bool output_tree(struct object_batch *batch, const struct output_order *order, git_oid *tree,
	struct text *why);

#endif
