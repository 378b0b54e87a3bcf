#ifndef COUNTERSIGN_REPOSITORY_FEED_PRIVATE_H
#define COUNTERSIGN_REPOSITORY_FEED_PRIVATE_H

#include "repository/store_private.h"

/* For the files of this folder only. */

/*
 * The beginning of a commit of a fed store, of any size; borrowed, until the
 * next object is read. False when it is not to be had.
 */
bool feed_head(struct store *store, const git_oid *id, struct text *head);

#endif
