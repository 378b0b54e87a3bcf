#ifndef COUNTERSIGN_DAEMON_CLOCK_H
#define COUNTERSIGN_DAEMON_CLOCK_H

#include "base/arena.h"
#include "reconcile.h"

/*
 * Reads the system's clock against the time that the machine has run: after a jump of more
 * than an hour the clock is in doubt, until the operator confirms it with SIGHUP. What it was
 * is kept in a file, so that neither a new start on the same boot confirms it, nor is it set unseen
 * while nothing runs. A zeroed one keeps nothing.
 */
struct watched_clock {
	moment began;           /* when the machine was started, by the system's clock */
	moment kept;            /* the same, as the file has it; 0: it has not */
	const char *path;       /* of the file; NULL: it is not kept */
	struct text boot;       /* the kernel's name for the time since the machine was started */
	bool in_doubt;
	bool started;
};

/*
 * Begins with what the file in this folder says, where it is of this boot and the clock was not
 * `confirmed` since. All in the arena.
 */
void clock_open(struct watched_clock *clock, struct arena *arena, const char *folder,
    bool confirmed);

struct pass_clock clock_read(struct watched_clock *clock);

#endif
