#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK_BYTES = 16 * 1024, LARGEST_BLOCK_BYTES = 1024 * 1024 };

struct block {
	struct block *next;
	size_t size;
	size_t used;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *newest;
	size_t next_size;
	size_t total;
};

static void *
memory_or_abort(void *memory)
{
	if (memory == NULL) {
		fputs("countersign: out of memory\n", stderr);
		abort();
	}
	return memory;
}

struct arena *
arena_new(void)
{
	struct arena *arena = memory_or_abort(calloc(1, sizeof(*arena)));

	arena->next_size = FIRST_BLOCK_BYTES;
	return arena;
}

void
arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (arena == NULL)
		return;
	for (block = arena->newest; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void
arena_join(struct arena *arena, struct arena *other)
{
	struct block *oldest = other->newest;

	while (oldest != NULL && oldest->next != NULL)
		oldest = oldest->next;
	if (oldest != NULL && arena->newest != NULL) {
		/* behind the newest, which may have room left */
		oldest->next = arena->newest->next;
		arena->newest->next = other->newest;
	} else if (oldest != NULL) {
		arena->newest = other->newest;
	}
	arena->total += other->total;
	free(other);
}

void
arena_free_wiped(struct arena *arena)
{
	for (struct block *block = arena == NULL ? NULL : arena->newest; block != NULL;
	     block = block->next)
		explicit_bzero(block->bytes, block->used);
	arena_free(arena);
}

static struct block *
block_add(struct arena *arena, size_t at_least)
{
	size_t size = arena->next_size;
	struct block *block;

	if (at_least > SIZE_MAX / 2)
		memory_or_abort(NULL);
	if (size < at_least)
		size = at_least;
	if (arena->next_size < LARGEST_BLOCK_BYTES)
		arena->next_size *= 2;
	/* calloc: what an arena hands out is zero, and fresh pages are free */
	block = memory_or_abort(calloc(1, sizeof(*block) + size));
	block->size = size;
	block->next = arena->newest;
	arena->newest = block;
	arena->total += size;
	return block;
}

void *
arena_allocate(struct arena *arena, size_t bytes)
{
	const size_t align = _Alignof(max_align_t);
	struct block *block = arena->newest;
	size_t rounded;
	void *memory;

	if (bytes > SIZE_MAX / 2)
		memory_or_abort(NULL);
	rounded = (bytes + align - 1) / align * align;
	if (rounded == 0)
		rounded = align;
	if (block == NULL || block->size - block->used < rounded)
		block = block_add(arena, rounded);
	memory = block->bytes + block->used;
	block->used += rounded;
	return memory;
}

char *
arena_copy(struct arena *arena, const void *from, size_t bytes)
{
	char *copy = arena_allocate(arena, bytes + 1);

	if (bytes > 0)
		memcpy(copy, from, bytes);
	return copy;
}

char *
arena_vprintf(struct arena *arena, size_t *length, const char *format, va_list arguments)
{
	va_list again;
	int bytes;
	char *text;

	va_copy(again, arguments);
	bytes = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (bytes < 0)
		memory_or_abort(NULL);
	*length = (size_t)bytes;
	text = arena_allocate(arena, *length + 1);
	(void)vsnprintf(text, *length + 1, format, arguments);
	return text;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	size_t length;
	char *text;

	va_start(arguments, format);
	text = arena_vprintf(arena, &length, format, arguments);
	va_end(arguments);
	return text;
}

size_t
arena_size_bytes(const struct arena *arena)
{
	return arena->total;
}
