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
