#include "issue/ledger_index.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };

/* Keys are digests, or numbers drawn at random: their first octets are hash enough. */
static size_t
slot_of(const struct ledger_index *index, const uint8_t *key)
{
	uint64_t start;
	size_t slot;

	memcpy(&start, key, sizeof(start));
	slot = (size_t)start & (index->room - 1);
	while (index->places[slot].length != 0 &&
	       memcmp(index->places[slot].key, key, LEDGER_KEY_BYTES) != 0)
		slot = (slot + 1) & (index->room - 1);
	return slot;
}

const struct ledger_place *
ledger_index_find(const struct ledger_index *index, const uint8_t key[LEDGER_KEY_BYTES])
{
	const struct ledger_place *place;

	if (index->room == 0)
		return NULL;
	place = &index->places[slot_of(index, key)];
	return place->length != 0 ? place : NULL;
}

static void
grow(struct ledger_index *index)
{
	struct ledger_index larger = { .room = index->room == 0 ? FIRST_ROOM : index->room * 2 };

	larger.places = calloc(larger.room, sizeof(larger.places[0]));
	if (larger.places == NULL)
		abort();
	for (size_t i = 0; i < index->room; i++)
		if (index->places[i].length != 0)
			larger.places[slot_of(&larger, index->places[i].key)] = index->places[i];
	larger.count = index->count;
	free(index->places);
	*index = larger;
}

void
ledger_index_put(struct ledger_index *index, const struct ledger_place *place)
{
	size_t slot;

	if (index->count * 2 >= index->room)
		grow(index);
	slot = slot_of(index, place->key);
	index->count += index->places[slot].length == 0;
	index->places[slot] = *place;
}

void
ledger_index_free(struct ledger_index *index)
{
	free(index->places);
	*index = (struct ledger_index){ NULL, 0, 0 };
}
