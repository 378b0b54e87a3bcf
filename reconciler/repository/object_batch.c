#include "repository/object_batch.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_SLOTS = 256 };

static size_t
slot_of(const struct object_batch *batch, const git_oid *id)
{
	size_t slot;

	memcpy(&slot, id->id, sizeof(slot));
	slot &= batch->slot_count - 1;
	while (batch->slots[slot] != 0 &&
	    !git_oid_equal(&batch->objects.at[batch->slots[slot] - 1].id, id))
		slot = (slot + 1) & (batch->slot_count - 1);
	return slot;
}

static void
grow_slots(struct object_batch *batch)
{
	batch->slot_count = batch->slot_count == 0 ? FIRST_SLOTS : batch->slot_count * 2;
	batch->slots = arena_allocate(batch->arena, batch->slot_count * sizeof(batch->slots[0]));
	for (size_t i = 0; i < batch->objects.count; i++)
		batch->slots[slot_of(batch, &batch->objects.at[i].id)] = i + 1;
}

static bool
trouble(struct object_batch *batch, struct text *why)
{
	*why = text_printf(batch->arena, "cannot write objects: %.*s",
	    TEXT_ARGUMENTS(libgit_error(batch->arena)));
	return false;
}

bool
batch_add(struct object_batch *batch, git_object_t kind, struct text content, git_oid *id,
    struct text *why)
{
	git_odb *objects = batch->store->objects;
	const char *bytes = content.length == 0 ? "" : content.at;
	git_oid renewed;
	size_t slot;

	if (git_odb_hash(id, bytes, content.length, kind) != 0)
		return trouble(batch, why);
	if (batch->objects.count * 2 >= batch->slot_count)
		grow_slots(batch);
	slot = slot_of(batch, id);
	if (batch->slots[slot] != 0)
		return true;
	/*
	 * Unrefreshed, because a look at all packs for each new object would cost more than to
	 * write one twice now and then. Writing what is there renews its age.
	 */
	if (git_odb_exists_ext(objects, id, GIT_ODB_LOOKUP_NO_REFRESH))
		return git_odb_write(&renewed, objects, bytes, content.length, kind) == 0 ||
		    trouble(batch, why);
	*ARRAY_ADD(batch->arena, &batch->objects) = (struct new_object){ *id, kind, { bytes,
		content.length } };
	batch->slots[slot] = batch->objects.count;
	return true;
}

bool
batch_write(struct object_batch *batch, struct text *why)
{
	const char *folder = arena_printf(batch->arena, "%sobjects/", batch->store->path);
	struct stat about;
	bool written;

	written = stat(folder, &about) == 0 && (batch->objects.count <= LOOSE_OBJECTS ?
	    loose_write(&batch->objects, folder, about.st_mode & 07777) :
	    pack_write(batch->arena, &batch->objects, folder, about.st_mode & 07777));
	if (!written)
		*why = text_printf(batch->arena, "cannot write to %s: %s", folder, strerror(errno));
	return written;
}
