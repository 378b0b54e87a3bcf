/*
 * What a reading needs, and a store of nothing else: so that something can be
 * proved to somebody who has not got the repository.
 */
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>

#include "repository/store_private.h"
#include "repository/tree.h"

enum { FIRST_SLOTS = 4096 };

struct reads {
	struct arena *arena;
	struct stored_objects *objects;
	git_oid *slots;                 /* open addressing; the null id: free */
	size_t room;
	size_t used;
};

static git_oid *
slots_new(size_t room)
{
	git_oid *slots = calloc(room, sizeof(*slots));

	if (slots == NULL)
		abort();
	return slots;
}

/* Ids are hashes already. */
static git_oid *
slot_of(git_oid *slots, size_t room, const git_oid *id)
{
	size_t at;

	memcpy(&at, id->id, sizeof(at));
	for (at %= room; !git_oid_is_zero(&slots[at]); at = (at + 1) % room)
		if (git_oid_equal(&slots[at], id))
			break;
	return &slots[at];
}

static void
grow(struct reads *reads)
{
	git_oid *slots = slots_new(reads->room * 2);

	for (size_t i = 0; i < reads->room; i++)
		if (!git_oid_is_zero(&reads->slots[i]))
			*slot_of(slots, reads->room * 2, &reads->slots[i]) = reads->slots[i];
	free(reads->slots);
	reads->slots = slots;
	reads->room *= 2;
}

void
store_note_reads(struct store *store, struct arena *arena, struct stored_objects *objects)
{
	struct reads *reads = calloc(1, sizeof(*reads));

	if (reads == NULL)
		abort();
	*reads = (struct reads){ .arena = arena, .objects = objects, .room = FIRST_SLOTS,
		.slots = slots_new(FIRST_SLOTS) };
	reads_free(store->reads);
	store->reads = reads;
}

void
reads_free(struct reads *reads)
{
	if (reads != NULL)
		free(reads->slots);
	free(reads);
}

void
reads_note(struct store *store, const git_oid *id, git_odb_object *object)
{
	struct reads *reads = store->reads;
	git_oid *slot = slot_of(reads->slots, reads->room, id);
	size_t bytes = git_odb_object_size(object);

	if (!git_oid_is_zero(slot))
		return;
	*slot = *id;
	if (++reads->used * 2 > reads->room)
		grow(reads);
	*ARRAY_ADD(reads->arena, reads->objects) = (struct stored_object){
		.type = git_object_type2string(git_odb_object_type(object)),
		.id = object_id_text(reads->arena, id),
		.content = { arena_copy(reads->arena, git_odb_object_data(object), bytes), bytes },
	};
}

/* The memory that holds the objects, behind an object database of its own. */
static bool
fill(git_odb *objects, const struct stored_objects *given)
{
	git_odb_backend *memory = NULL;
	git_oid id;

	if (git_mempack_new(&memory) != 0)
		return false;
	if (git_odb_add_backend(objects, memory, 1) != 0) {
		memory->free(memory);
		return false;
	}
	for (size_t i = 0; i < given->count; i++)
		if (git_odb_write(&id, objects, given->at[i].content.at, given->at[i].content.length,
		    git_object_string2type(given->at[i].type)) != 0)
			return false;
	return true;
}

bool
store_open_objects(const struct stored_objects *objects, struct arena *arena, struct store **out,
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
	store->path = strdup("");
	if (store->path == NULL)
		abort();
	if (git_odb_new(&store->objects) != 0 || !fill(store->objects, objects) ||
	    git_repository_wrap_odb(&store->repository, store->objects) != 0) {
		*why = libgit_error(arena);
		store_close(store);
		return false;
	}
	*out = store;
	return true;
}
