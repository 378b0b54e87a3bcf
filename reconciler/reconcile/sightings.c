#include "reconcile/sightings.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { ID_BYTES_MOST = 64, FIRST_SLOTS = 1024 };

struct sighting_slot {
	char id[ID_BYTES_MOST];
	size_t length;          /* 0: free */
	moment first;
	moment asked;
	struct sighting_marks marks;
};

/* Open addressing; ids are hashes already, so their first bytes will do. */
struct sightings {
	struct sighting_slot *slots;
	size_t room;
	size_t used;
};

static struct sighting_slot *
slots_new(size_t room)
{
	struct sighting_slot *slots = calloc(room, sizeof(*slots));

	if (slots == NULL)
		abort();
	return slots;
}

struct sightings *
sightings_new(void)
{
	struct sightings *sightings = calloc(1, sizeof(*sightings));

	if (sightings == NULL)
		abort();
	sightings->room = FIRST_SLOTS;
	sightings->slots = slots_new(FIRST_SLOTS);
	return sightings;
}

void
sightings_free(struct sightings *sightings)
{
	if (sightings == NULL)
		return;
	free(sightings->slots);
	free(sightings);
}

static struct sighting_slot *
slot_of(struct sighting_slot *slots, size_t room, const char *id, size_t length)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)id[i]) * 1099511628211u;
	for (size_t at = hash % room;; at = (at + 1) % room)
		if (slots[at].length == 0 ||
		    (slots[at].length == length && memcmp(slots[at].id, id, length) == 0))
			return &slots[at];
}

static size_t
asked_since(const struct sightings *sightings, moment before)
{
	size_t count = 0;

	for (size_t i = 0; i < sightings->room; i++)
		count += sightings->slots[i].length != 0 && sightings->slots[i].asked >= before;
	return count;
}

static void
rebuild(struct sightings *sightings, size_t room, moment before)
{
	struct sighting_slot *slots = slots_new(room);
	size_t used = 0;

	for (size_t i = 0; i < sightings->room; i++) {
		const struct sighting_slot *slot = &sightings->slots[i];

		if (slot->length == 0 || slot->asked < before)
			continue;
		*slot_of(slots, room, slot->id, slot->length) = *slot;
		used++;
	}
	free(sightings->slots);
	sightings->slots = slots;
	sightings->room = room;
	sightings->used = used;
}

moment
sightings_see(struct sightings *sightings, struct text id, moment now)
{
	struct sighting_slot *slot;

	if (id.length == 0 || id.length > ID_BYTES_MOST)
		return now;
	if (sightings->used * 2 >= sightings->room)
		rebuild(sightings, sightings->room * 2, INT64_MIN);
	slot = slot_of(sightings->slots, sightings->room, id.at, id.length);
	if (slot->length == 0) {
		memcpy(slot->id, id.at, id.length);
		slot->length = id.length;
		slot->first = now;
		sightings->used++;
	}
	slot->asked = now;
	return slot->first;
}

struct sighting_marks *
sightings_marks(struct sightings *sightings, struct text id)
{
	struct sighting_slot *slot;

	if (id.length == 0 || id.length > ID_BYTES_MOST)
		return NULL;
	slot = slot_of(sightings->slots, sightings->room, id.at, id.length);
	return slot->length == 0 ? NULL : &slot->marks;
}

void
sightings_forget_before(struct sightings *sightings, moment before, moment now)
{
	size_t room = FIRST_SLOTS, kept = asked_since(sightings, before);

	if (kept > SIGHTINGS_MOST) {
		before = now;
		kept = asked_since(sightings, before);
	}
	while (room <= kept * 2)
		room *= 2;
	rebuild(sightings, room, before);
}

size_t
sightings_bytes(const struct sightings *sightings)
{
	return sizeof(*sightings) + sightings->room * sizeof(sightings->slots[0]);
}
