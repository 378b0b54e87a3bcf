#ifndef COUNTERSIGN_DAEMON_CLOCK_H
#define COUNTERSIGN_DAEMON_CLOCK_H

#include "reconcile.h"

/*
 * Reads the system's clock against its monotonic one: after a jump of more
 * than an hour the clock is in doubt, until the operator confirms it.
 */
struct watched_clock {
	moment wall;
	moment monotonic;
	bool in_doubt;
	bool started;
};

struct pass_clock clock_read(struct watched_clock *clock);

/* The operator says that the clock is right (SIGHUP, or a new start). */
void clock_confirm(struct watched_clock *clock);

#endif
