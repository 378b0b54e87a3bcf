#ifndef COUNTERSIGN_TESTS_HEAP_H
#define COUNTERSIGN_TESTS_HEAP_H

#include <malloc.h>
#include <stddef.h>

/*
 * How many bytes this process has allocated and not freed, for tests that ask whether work that is
 * done again and again keeps memory. Always the same under the address sanitizer, which looks by
 * itself, and with a C library other than glibc, which does not tell.
 */
static inline size_t
heap_bytes(void)
{
#ifdef __GLIBC__
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

#endif
