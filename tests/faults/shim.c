/*
 * Preloaded into the program under test.
 *
 * SHIM_CLOCK names a file with a number of seconds by which all clocks are
 * ahead (or behind), read anew at every look; SHIM_WALL one for the wall
 * clock alone, as when somebody sets it.
 *
 * SHIM_AT is a pattern of paths, as of the shell: when something was first
 * renamed or linked to such a path, the shell command SHIM_DO runs, and the
 * program waits for it. With SHIM_EVERY=1 that happens each time.
 *
 * SHIM_KEEP is a pattern of files that cannot be removed.
 *
 * SHIM_BLIND is a pattern of folders: the kernel is never asked for their
 * events, and the program does not learn of that.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Allocates nothing, and passes by whatever stands in for a function: a sanitizer's allocator asks for the time itself. */
static long
seconds_in(const char *variable)
{
	const char *path = getenv(variable);
	char digits[32] = "";
	long file = path == NULL ? -1 : syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		return 0;
	if (syscall(SYS_read, file, digits, sizeof(digits) - 1) < 0)
		digits[0] = '\0';
	(void)syscall(SYS_close, file);
	return strtol(digits, NULL, 10);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*real)(clockid_t, struct timespec *);
	int result;

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	result = real(clock, now);
	now->tv_sec += seconds_in("SHIM_CLOCK");
	if (clock == CLOCK_REALTIME)
		now->tv_sec += seconds_in("SHIM_WALL");
	return result;
}

static void
at_path(const char *path)
{
	static int done;
	const char *pattern = getenv("SHIM_AT");
	char *preload = getenv("LD_PRELOAD");
	char *kept = preload == NULL ? NULL : strdup(preload);

	if (pattern != NULL && fnmatch(pattern, path, 0) == 0 &&
	    (!done || getenv("SHIM_EVERY") != NULL)) {
		done = 1;
		unsetenv("LD_PRELOAD");
		if (system(getenv("SHIM_DO")) != 0)
			fprintf(stderr, "SHIM_DO failed\n");
		if (kept != NULL)
			setenv("LD_PRELOAD", kept, 1);
	}
	free(kept);
}

#define WATCHED(name, to_path, parameters, arguments) \
	int name parameters \
	{ \
		int (*real) parameters; \
		int result; \
\
		*(void **)&real = dlsym(RTLD_NEXT, #name); \
		result = real arguments; \
		if (result == 0) \
			at_path(to_path); \
		return result; \
	}

int
inotify_add_watch(int descriptor, const char *path, uint32_t mask)
{
	int (*real)(int, const char *, uint32_t);
	const char *pattern = getenv("SHIM_BLIND");

	if (pattern != NULL && fnmatch(pattern, path, 0) == 0)
		return 1000;
	*(void **)&real = dlsym(RTLD_NEXT, "inotify_add_watch");
	return real(descriptor, path, mask);
}

int
unlink(const char *path)
{
	int (*real)(const char *);
	const char *pattern = getenv("SHIM_KEEP");

	if (pattern != NULL && fnmatch(pattern, path, 0) == 0) {
		errno = EROFS;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "unlink");
	return real(path);
}

WATCHED(rename, to, (const char *from, const char *to), (from, to))
WATCHED(link, to, (const char *from, const char *to), (from, to))
