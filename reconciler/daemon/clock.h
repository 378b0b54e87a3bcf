#ifndef COUNTERSIGN_DAEMON_CLOCK_H
#define COUNTERSIGN_DAEMON_CLOCK_H

#include "reconcile.h"

/*
 * Reads the system's clock against its monotonic one: after a jump of more
 * than an hour the clock is in doubt, until the operator confirms it: SIGHUP, or a
 * new start, begins with a new one of these.
 */
struct watched_clock {
	moment wall;
	moment monotonic;
	bool in_doubt;
	bool started;
};

struct pass_clock clock_read(struct watched_clock *clock);

#endif
