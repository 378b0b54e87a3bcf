#include "base/wipe.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* What was allocated last, and is not freed. */
static _Thread_local void *newest;

static void *
allocate(size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	newest = bytes == 0 ? NULL : malloc(bytes);
	return newest;
}

static void
wipe(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory == newest)
		newest = NULL;
	if (memory != NULL)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

/* realloc() would leave behind what it moves. */
static void *
move(void *memory, size_t bytes, const char *file, int line)
{
	size_t had = memory == NULL ? 0 : malloc_usable_size(memory);
	void *larger = NULL;

	if (memory != NULL && bytes > 0 && bytes <= had)
		return memory;
	if (bytes > 0) {
		larger = malloc(bytes);
		if (larger == NULL)
			return NULL;
	}
	if (larger != NULL && memory != NULL)
		memcpy(larger, memory, had);
	wipe(memory, file, line);
	return larger;
}

bool
wipe_what_is_freed(void)
{
	return CRYPTO_set_mem_functions(allocate, move, wipe) == 1;
}

bool
wipe_newest_copy(struct text secret)
{
	size_t bytes = newest == NULL ? 0 : malloc_usable_size(newest);

	if (secret.length == 0 || secret.length > bytes || memcmp(newest, secret.at, secret.length) != 0)
		return false;
	explicit_bzero(newest, bytes);
	return true;
}
