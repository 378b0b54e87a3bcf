#ifndef COUNTERSIGN_DAEMON_LANDLOCK_H
#define COUNTERSIGN_DAEMON_LANDLOCK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/text.h"

/* What a process may do with a file, or with a folder and all below it; a set. */
enum place_use {
	PLACE_READ = 1,
	PLACE_WRITE = 2, /* make, change, rename and remove as well */
	PLACE_EXECUTE = 4
};

struct place {
	const char *path; /* need not exist: then nothing is allowed there */
	unsigned uses;    /* set of enum place_use */
};

ARRAY(places, struct place);

void place_add(struct arena *arena, struct places *places, const char *path, unsigned uses);

/* The version of Landlock that the kernel has (landlock(7)); 0: none, or switched off. */
int landlock_version(void);

/*
 * From here on this process and all that it starts can open files in these
 * places only, whatever their modes say, and (from version 6 on) signal
 * nobody but each other; without `network` they make and take no TCP connection
 * (from version 4 on). Needs no_new_privs. What this kernel's version cannot
 * do is added to `missing`. False with `why`.
 */
bool landlock_enter(const struct places *places, bool network, struct arena *arena,
    struct texts *missing, struct text *why);

#endif
