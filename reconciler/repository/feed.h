#ifndef COUNTERSIGN_REPOSITORY_FEED_H
#define COUNTERSIGN_REPOSITORY_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repository/store.h"

/*
 * A store without a folder: its objects come from somebody who is not
 * believed. The id of each is computed from its bytes, so whatever is read
 * from such a store, by an id that stands in what was read before, is what that
 * id names. There are no refs in it, and nothing can be written to it.
 */

/* An object, its content in memory of malloc(3), which whoever takes the object owns. */
struct fed_object {
	const char *type;               /* "commit", "tree", "blob" */
	char *content;
	size_t length;
	bool beginning;                 /* `content` has no more of it than FEED_HEAD_BYTES, and `id` is computed */
	char id[40 + 1];
};

/*
 * One that comes piece by piece. Of a blob over FEED_WHOLE_BYTES, which nobody reads, and of a commit over
 * FEED_OBJECT_BYTES no more than the beginning is ever in memory. NULL for one that is not taken at all.
 * Ended by fed_pieces_end().
 */
struct fed_pieces;
struct fed_pieces *fed_pieces_new(const char *type, uint64_t length);

/* Whether one is: no tree over FEED_OBJECT_BYTES, nothing over FEED_BLOB_BYTES. */
bool fed_pieces_taken(const char *type, uint64_t length);

/* False when it is more than there should be. */
bool fed_pieces_add(struct fed_pieces *pieces, struct text piece);
bool fed_pieces_whole(const struct fed_pieces *pieces);

/* Frees it; `out` gets the object when it is whole. False when it is not. */
bool fed_pieces_end(struct fed_pieces *pieces, struct fed_object *out);

/* A copy of that content; `type` is borrowed. */
struct fed_object fed_object_of(const char *type, struct text content);

struct store_feed {
	/*
	 * Asks for an object. False when it is not to be had. Other objects may be put
	 * meanwhile, by store_feed_put(). NULL: what was put is all there is.
	 */
	bool (*fetch)(void *context, struct store *store, struct text id, struct fed_object *out);
	void *context;
	/*
	 * How many bytes of objects are kept: with `fetch` those asked for longest
	 * ago are dropped, to be fetched again; without it store_feed_put() refuses more.
	 */
	size_t most_bytes;
};

/*
 * The largest objects that are taken at all: a blob or commit by pieces, anything else. Of one over
 * FEED_WHOLE_BYTES only the beginning is kept, which for a commit tells its tree and its parents.
 */
enum { FEED_BLOB_BYTES = INT32_MAX, FEED_OBJECT_BYTES = 256 * 1024 * 1024, FEED_WHOLE_BYTES = 64 * 1024 * 1024,
	FEED_HEAD_BYTES = 1024 * 1024 };

/* False with `why`. Freed with store_close(). */
bool store_open_feed(const struct store_feed *feed, struct arena *arena, struct store **out,
	struct text *why);

/* Puts an object into the store, which takes its content over in any case. False when it may not have more. */
bool store_feed_put(struct store *store, struct fed_object *object);

/* How many objects were fetched so far, and how many of those that came were none that was asked for. */
size_t store_feed_fetched(const struct store *store);
size_t store_feed_refused(const struct store *store);

#endif
