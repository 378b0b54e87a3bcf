#ifndef COUNTERSIGN_BASE_ARRAY_H
#define COUNTERSIGN_BASE_ARRAY_H

#include <stddef.h>

#include "base/arena.h"

/*
 * Growing arrays in an arena. ARRAY(reasons, struct reason) declares
 * `struct reasons { struct reason *at; size_t count; size_t room; }`; an array
 * of zeroes is an empty one. All arrays have this one layout (struct
 * array_any), so that tables can describe them.
 */
struct array_any {
	void *at;
	size_t count;
	size_t room;
};

#define ARRAY(name, type) \
	struct name { \
		type *at; \
		size_t count; \
		size_t room; \
	}

/* Adds one zeroed element and gives a pointer to it; the pointer holds until the next addition. */
#define ARRAY_ADD(arena, array) \
	(array_grow((arena), (array), sizeof(*(array)->at)), &(array)->at[(array)->count++])

/* Makes room for one more element of `size` bytes in the array that `array` points to. */
void array_grow(struct arena *arena, void *array, size_t size);

/*
 * Where an element like `wanted` is, or would be, in an array that `compare` has sorted: the first
 * place that is not before it.
 */
#define ARRAY_FIRST(array, wanted, compare) \
	array_first((array), sizeof(*(array)->at), (wanted), (compare))

size_t array_first(const void *array, size_t size, const void *wanted,
	int (*compare)(const void *, const void *));

#endif
