/*
 * Preloaded into the program under test: ends all its processes, as a power cut
 * would, just before the call number CRASH_AT among those that make something
 * durable or visible (which is just after the call before it). CRASH_COUNT names a file that gets the
 * number of such calls, when the first process ends by itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Shared by the processes that are forked from the first. */
static struct {
	atomic_long calls;
	pid_t first;
} *common;

__attribute__((constructor)) static void
begin(void)
{
	common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	if (common == MAP_FAILED)
		abort();
	common->first = getpid();
}

static void
at_call(void)
{
	const char *wanted = getenv("CRASH_AT");
	long call = atomic_fetch_add(&common->calls, 1) + 1;

	if (wanted == NULL || atol(wanted) != call)
		return;
	/* the others are killed with the first, whose children they are */
	(void)kill(common->first, SIGKILL);
	_exit(137);
}

__attribute__((destructor)) static void
report(void)
{
	const char *path = getenv("CRASH_COUNT");
	FILE *file;

	if (getpid() != common->first || path == NULL || (file = fopen(path, "w")) == NULL)
		return;
	fprintf(file, "%ld\n", atomic_load(&common->calls));
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
