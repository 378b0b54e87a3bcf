#include "base/wipe.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static void *
allocate(size_t bytes, const char *file, int line)
{
	(void)file;
	(void)line;
	return bytes == 0 ? NULL : malloc(bytes);
}

static void
wipe(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
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
