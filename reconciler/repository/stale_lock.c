#include "repository/stale_lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool
is_stale(const struct stat *about)
{
	return S_ISREG(about->st_mode) && time(NULL) - about->st_mtime > STALE_LOCK_SECONDS;
}

bool
stale_lock_remove(const char *path)
{
	struct stat seen, taken;
	char *aside = NULL;
	bool removed = false;

	if (lstat(path, &seen) != 0 || !is_stale(&seen))
		return false;
	/* taken aside first: between the look and now a living lock may have come in its place */
	if (asprintf(&aside, "%s.stale-%ld", path, (long)getpid()) < 0)
		abort();
	if (rename(path, aside) == 0) {
		removed = lstat(aside, &taken) == 0 && taken.st_ino == seen.st_ino &&
		    taken.st_dev == seen.st_dev && is_stale(&taken);
		if (!removed)
			(void)!link(aside, path);
		(void)unlink(aside);
	}
	free(aside);
	return removed;
}
