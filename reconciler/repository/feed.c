/*
 * libgit2 reads through a backend of ours: two generations of objects in
 * memory, and behind them whoever is asked for the rest.
 */
#include "repository/feed.h"

#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>

#include "repository/feed_private.h"
#include "repository/tree.h"

struct kept {
	git_oid id;
	git_object_t kind;
	size_t size;                    /* of the object; `content` may hold less */
	char *content;                  /* NULL: the slot is free */
};

/* A hash table by id. */
struct generation {
	struct kept *slots;
	size_t room;
	size_t count;
	size_t bytes;
};

struct feed {
	git_odb_backend backend;        /* first: libgit2 knows the feed by it */
	struct store *store;
	struct store_feed from;
	struct generation young;
	struct generation old;
	size_t fetched;
	size_t refused;
};

enum { FIRST_ROOM = 256, OBJECT_COST = 96 };

/* --- what is kept --------------------------------------------------------------------- */

static size_t
kept_bytes(const struct kept *kept)
{
	return kept->size <= FEED_WHOLE_BYTES ? kept->size : FEED_HEAD_BYTES;
}

/* Where an object is, or belongs. */
static struct kept *
slot_of(const struct generation *generation, const git_oid *id)
{
	size_t at;

	memcpy(&at, id->id, sizeof(at));
	for (at %= generation->room; generation->slots[at].content != NULL;
	     at = (at + 1) % generation->room)
		if (git_oid_equal(&generation->slots[at].id, id))
			break;
	return &generation->slots[at];
}

static void
generation_make_room(struct generation *generation)
{
	struct generation larger = *generation;

	if (generation->count * 2 < generation->room)
		return;
	larger.room = generation->room == 0 ? FIRST_ROOM : generation->room * 2;
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (larger.slots == NULL)
		abort();
	for (size_t i = 0; i < generation->room; i++)
		if (generation->slots[i].content != NULL)
			*slot_of(&larger, &generation->slots[i].id) = generation->slots[i];
	free(generation->slots);
	*generation = larger;
}

static void
generation_free(struct generation *generation)
{
	for (size_t i = 0; i < generation->room; i++)
		free(generation->slots[i].content);
	free(generation->slots);
	*generation = (struct generation){ .slots = NULL };
}

/* The young generation takes the object over; what nobody asked for in two generations' time is dropped. */
static struct kept *
keep(struct feed *feed, const struct kept *object)
{
	struct generation *young = &feed->young;
	size_t cost = kept_bytes(object) + OBJECT_COST;
	struct kept *slot;

	if (feed->from.fetch != NULL && young->count > 0 &&
	    young->bytes + cost > feed->from.most_bytes / 2) {
		generation_free(&feed->old);
		feed->old = *young;
		*young = (struct generation){ .slots = NULL };
	}
	generation_make_room(young);
	slot = slot_of(young, &object->id);
	if (slot->content != NULL) {
		free(object->content);
		return slot;
	}
	*slot = *object;
	young->count++;
	young->bytes += cost;
	return slot;
}

static struct kept *
find_kept(struct feed *feed, const git_oid *id)
{
	struct kept *slot = feed->young.room == 0 ? NULL : slot_of(&feed->young, id), found;

	if (slot != NULL && slot->content != NULL)
		return slot;
	slot = feed->old.room == 0 ? NULL : slot_of(&feed->old, id);
	if (slot == NULL || slot->content == NULL)
		return NULL;
	/* a copy: taking it out of the table would break the search for others */
	found = *slot;
	found.content = malloc(kept_bytes(slot) + 1);
	if (found.content == NULL)
		abort();
	memcpy(found.content, slot->content, kept_bytes(slot));
	return keep(feed, &found);
}

struct fed_object
fed_object_of(const char *type, struct text content)
{
	struct fed_object object = { .type = type, .length = content.length,
		.content = malloc(content.length + 1) };

	if (object.content == NULL)
		abort();
	memcpy(object.content, content.at, content.length);
	return object;
}

/* --- what comes --------------------------------------------------------------------------- */

/* Whether the object is one, with the id that it has; takes its content over when it is. */
static bool
identify(struct fed_object *object, struct kept *out)
{
	*out = (struct kept){ .kind = git_object_string2type(object->type), .size = object->length };
	if (object->beginning && object->content != NULL) {
		out->content = object->content;
		object->content = NULL;         /* transferred */
		return git_oid_fromstr(&out->id, object->id) == 0;
	}
	if (object->content == NULL || object->length > FEED_OBJECT_BYTES ||
	    (out->kind != GIT_OBJECT_COMMIT && out->kind != GIT_OBJECT_TREE &&
		out->kind != GIT_OBJECT_BLOB) ||
	    git_odb_hash(&out->id, object->content, object->length, out->kind) != 0) {
		free(object->content);
		object->content = NULL;
		return false;
	}
	out->content = object->content;
	object->content = NULL;         /* transferred */
	if (out->size > FEED_WHOLE_BYTES) {
		char *head = realloc(out->content, FEED_HEAD_BYTES);

		out->content = head != NULL ? head : out->content;
	}
	return true;
}

bool
store_feed_put(struct store *store, struct fed_object *object)
{
	struct feed *feed = store->feed;
	struct kept kept;

	if (!identify(object, &kept))
		return false;
	if (feed->from.fetch == NULL &&
	    feed->young.bytes + kept_bytes(&kept) + OBJECT_COST > feed->from.most_bytes) {
		free(kept.content);
		return false;
	}
	(void)keep(feed, &kept);
	return true;
}

static struct kept *
find(struct feed *feed, const git_oid *id)
{
	char digits[OBJECT_ID_DIGITS + 1];
	struct kept *found = find_kept(feed, id), came;
	struct fed_object object = { .content = NULL };

	if (found != NULL || feed->from.fetch == NULL)
		return found;
	(void)git_oid_tostr(digits, sizeof(digits), id);
	if (!feed->from.fetch(feed->from.context, feed->store, text_of(digits), &object))
		return NULL;
	feed->fetched++;
	if (!identify(&object, &came)) {
		feed->refused++;
		return NULL;
	}
	if (!git_oid_equal(&came.id, id)) {
		free(came.content);
		feed->refused++;
		return NULL;
	}
	return keep(feed, &came);
}

size_t
store_feed_fetched(const struct store *store)
{
	return store->feed->fetched;
}

size_t
store_feed_refused(const struct store *store)
{
	return store->feed->refused;
}

bool
feed_head(struct store *store, const git_oid *id, struct text *head)
{
	const struct kept *kept = find(store->feed, id);

	if (kept == NULL || kept->kind != GIT_OBJECT_COMMIT)
		return false;
	*head = (struct text){ kept->content,
		kept_bytes(kept) < FEED_HEAD_BYTES ? kept_bytes(kept) : FEED_HEAD_BYTES };
	return true;
}

/* --- the backend ---------------------------------------------------------------------------- */

static int
backend_read_header(size_t *bytes, git_object_t *kind, git_odb_backend *backend, const git_oid *id)
{
	const struct kept *kept = find((struct feed *)backend, id);

	if (kept == NULL)
		return GIT_ENOTFOUND;
	*bytes = kept->size;
	*kind = kept->kind;
	return 0;
}

static int
backend_read(void **content, size_t *bytes, git_object_t *kind, git_odb_backend *backend,
    const git_oid *id)
{
	const struct kept *kept = find((struct feed *)backend, id);

	if (kept == NULL || kept->size > FEED_WHOLE_BYTES)
		return GIT_ENOTFOUND;
	*content = git_odb_backend_data_alloc(backend, kept->size + 1);
	if (*content == NULL)
		abort();
	memcpy(*content, kept->content, kept->size);
	*bytes = kept->size;
	*kind = kept->kind;
	return 0;
}

static int
backend_exists(git_odb_backend *backend, const git_oid *id)
{
	return find((struct feed *)backend, id) != NULL;
}

static void
backend_free(git_odb_backend *backend)
{
	struct feed *feed = (struct feed *)backend;

	generation_free(&feed->young);
	generation_free(&feed->old);
	free(feed);
}

static struct feed *
feed_new(const struct store_feed *from, struct store *store)
{
	struct feed *feed = calloc(1, sizeof(*feed));

	if (feed == NULL || git_odb_init_backend(&feed->backend, GIT_ODB_BACKEND_VERSION) != 0)
		abort();
	feed->backend.read = backend_read;
	feed->backend.read_header = backend_read_header;
	feed->backend.exists = backend_exists;
	feed->backend.free = backend_free;
	feed->from = *from;
	feed->store = store;
	return feed;
}

bool
store_open_feed(const struct store_feed *feed, struct arena *arena, struct store **out,
    struct text *why)
{
	struct store *store;

	*out = NULL;
	if (!libgit_start(why))
		return false;
	store = calloc(1, sizeof(*store));
	if (store == NULL)
		abort();
	store->trees = tree_cache_new();
	store->feed = feed_new(feed, store);
	if (git_odb_new(&store->objects) != 0 ||
	    git_odb_add_backend(store->objects, &store->feed->backend, 1) != 0) {
		*why = libgit_error(arena);
		backend_free(&store->feed->backend);
		store_close(store);
		return false;
	}
	/* from here on the backend is freed with `objects` */
	if (git_repository_wrap_odb(&store->repository, store->objects) != 0) {
		*why = libgit_error(arena);
		store_close(store);
		return false;
	}
	*out = store;
	return true;
}
