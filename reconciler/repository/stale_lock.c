#include "repository/stale_lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char packed_lock[] = "/packed-refs.lock";

static bool
is_older(const struct stat *about, time_t seconds)
{
	return time(NULL) - about->st_mtime > seconds;
}

static bool
is_packed_lock(const char *path)
{
	size_t length = strlen(path), ending = strlen(packed_lock);

	return length >= ending && strcmp(path + length - ending, packed_lock) == 0;
}

/* Who holds packed-refs.lock writes packed-refs.new, and the lock itself only once. */
static bool
is_being_written(const char *path)
{
	struct stat about;
	char *beside = NULL;
	bool young;

	if (asprintf(&beside, "%.*s.new", (int)(strlen(path) - strlen(".lock")), path) < 0)
		abort();
	young = lstat(beside, &about) == 0 && !is_older(&about, STALE_PACKED_LOCK_SECONDS);
	free(beside);
	return young;
}

static bool
is_stale(const char *path, const struct stat *about)
{
	if (!S_ISREG(about->st_mode))
		return false;
	if (is_packed_lock(path))
		return is_older(about, STALE_PACKED_LOCK_SECONDS) && !is_being_written(path);
	return is_older(about, STALE_LOCK_SECONDS);
}

bool
stale_lock_remove(const char *path)
{
	struct stat seen, taken;
	char *aside = NULL;
	bool removed = false;

	if (lstat(path, &seen) != 0 || !is_stale(path, &seen))
		return false;
	/* taken aside first: between the look and now a living lock may have come in its place */
	if (asprintf(&aside, "%s.stale-%ld", path, (long)getpid()) < 0)
		abort();
	if (rename(path, aside) == 0) {
		removed = lstat(aside, &taken) == 0 && taken.st_ino == seen.st_ino &&
		    taken.st_dev == seen.st_dev && is_stale(path, &taken);
		if (!removed)
			(void)!link(aside, path);
		(void)unlink(aside);
	}
	free(aside);
	return removed;
}
