#ifndef COUNTERSIGN_REPOSITORY_OBJECT_BATCH_H
#define COUNTERSIGN_REPOSITORY_OBJECT_BATCH_H

#include <sys/types.h>

#include "repository/store_private.h"

/* An object that is not in the repository yet. */
struct new_object {
	git_oid id;
	git_object_t kind;
	struct text content;            /* borrowed */
};

ARRAY(new_objects, struct new_object);

/*
 * Objects that are collected, then written together: a few as files of their
 * own, many as one pack. Zero-initialise, set the first two.
 */
struct object_batch {
	struct store *store;
	struct arena *arena;
	struct new_objects objects;
	size_t *slots;                  /* hash table: place in `objects` + 1, 0 for free */
	size_t slot_count;
};

/* The most objects that are written as files of their own. */
enum { LOOSE_OBJECTS = 50 };

/*
 * Adds an object, whose content must stay as it is until the batch is written,
 * and gives its id. One that is in the repository already is not added; its
 * age is renewed, so that no gc takes it away. False with `why`.
 */
bool batch_add(struct object_batch *batch, git_object_t kind, struct text content, git_oid *id,
	struct text *why);

/* Writes and syncs what was added; true means that it is durable. False with `why`. */
bool batch_write(struct object_batch *batch, struct text *why);

/*
 * The two forms, for batch_write() alone: files below `folder` ("…/objects/"),
 * which is for those who may use the folder itself (`mode`), so that a
 * repository that is shared, or private, stays so. False with errno.
 */
bool loose_write(const struct new_objects *objects, const char *folder, mode_t mode);
bool pack_write(struct arena *arena, const struct new_objects *objects, const char *folder,
	mode_t mode);

#endif
