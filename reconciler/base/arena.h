#ifndef COUNTERSIGN_BASE_ARENA_H
#define COUNTERSIGN_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/*
 * One pool of memory for one unit of work: what a pass allocates is freed with
 * its arena, at once. Out of memory ends the process.
 */
struct arena;

/* A new, empty arena; the caller frees it with arena_free(). */
struct arena *arena_new(void);

/* Frees the arena and all that was allocated from it. NULL is allowed. */
void arena_free(struct arena *arena);

/* What was allocated from `other` lives as long as `arena` from here on; `other` itself is gone. */
void arena_join(struct arena *arena, struct arena *other);

/* Frees like arena_free(), with everything in it overwritten first: for arenas that held secrets. */
void arena_free_wiped(struct arena *arena);

/* Zeroed memory of `bytes` bytes, aligned for any type; never NULL. */
void *arena_allocate(struct arena *arena, size_t bytes);

/* A copy of `bytes` bytes, with a NUL added behind them; never NULL. */
char *arena_copy(struct arena *arena, const void *from, size_t bytes);

/* The text that `format` describes, with a NUL behind it; never NULL. Sets its `length` in bytes. */
char *arena_vprintf(struct arena *arena, size_t *length, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

/* The same without the length. */
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* How many bytes the arena holds from the system, for limits and reports. */
size_t arena_size_bytes(const struct arena *arena);

/* Zeroed memory for one object of a type. */
#define ARENA_NEW(arena, type) ((type *)arena_allocate((arena), sizeof(type)))

#endif
