/*
 * Preloaded into the program under test: ends the process, as a power cut
 * would, just before the call number CRASH_AT among those that make something
 * durable or visible (which is just after the call before it). CRASH_COUNT names a file that gets the
 * number of such calls, when the process ends by itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static long calls;

static void
at_call(void)
{
	const char *wanted = getenv("CRASH_AT");

	calls++;
	if (wanted != NULL && atol(wanted) == calls)
		_exit(137);
}

__attribute__((destructor)) static void
report(void)
{
	const char *path = getenv("CRASH_COUNT");
	FILE *file = path == NULL ? NULL : fopen(path, "w");

	if (file == NULL)
		return;
	fprintf(file, "%ld\n", calls);
	fclose(file);
}

#define AROUND(type, name, parameters, arguments) \
	type name parameters \
	{ \
		type (*real) parameters; \
\
		*(void **)&real = dlsym(RTLD_NEXT, #name); \
		at_call(); \
		return real arguments; \
	}

AROUND(int, fsync, (int descriptor), (descriptor))
AROUND(int, fdatasync, (int descriptor), (descriptor))
AROUND(int, rename, (const char *from, const char *to), (from, to))
AROUND(int, link, (const char *from, const char *to), (from, to))
AROUND(int, unlink, (const char *path), (path))
