#ifndef COUNTERSIGN_TESTS_HEAP_H
#define COUNTERSIGN_TESTS_HEAP_H

#include <malloc.h>
#include <stddef.h>

/*
 * How many bytes this process has allocated and not freed, for tests that ask whether work that is
 * done again and again keeps memory. Under the address sanitizer, which looks by itself, always the same.
 */
static inline size_t
heap_bytes(void)
{
	return mallinfo2().uordblks;
}

#endif
