/*
 * What a reading needs, and a store of nothing else: so that something can be
 * proved to somebody who has not got the repository.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "repository/feed.h"
#include "repository/store_private.h"

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

bool
store_open_objects(const struct stored_objects *objects, struct arena *arena, struct store **out,
    struct text *why)
{
	const struct store_feed all_there_is = { .fetch = NULL, .most_bytes = SIZE_MAX };

	if (!store_open_feed(&all_there_is, arena, out, why))
		return false;
	for (size_t i = 0; i < objects->count; i++) {
		struct fed_object object = fed_object_of(objects->at[i].type, objects->at[i].content);

		if (store_feed_put(*out, &object))
			continue;
		*why = text_printf(arena, "object %zu is no commit, tree or blob, or too large", i + 1);
		store_close(*out);
		*out = NULL;
		return false;
	}
	return true;
}
