#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void
array_grow(struct arena *arena, void *array, size_t size)
{
	struct array_any any;
	size_t room;
	void *grown;

	/* by copy: the array's own type is another than array_any */
	memcpy(&any, array, sizeof(any));
	if (any.count < any.room) {
		return;
	}
	room = any.room == 0 ? 4 : any.room * 2;
	if (room > SIZE_MAX / size)
		abort();
	grown = arena_allocate(arena, room * size);
	if (any.count > 0)
		memcpy(grown, any.at, any.count * size);
	any.at = grown;
	any.room = room;
	memcpy(array, &any, sizeof(any));
}

size_t
array_first(const void *array, size_t size, const void *wanted,
    int (*compare)(const void *, const void *))
{
	struct array_any any;
	size_t low = 0, high;

	memcpy(&any, array, sizeof(any));
	high = any.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare((const char *)any.at + middle * size, wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
