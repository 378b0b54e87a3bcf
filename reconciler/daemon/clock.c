#include "daemon/clock.h"

#include "base/log.h"

enum { JUMP_SECONDS = 3600 };

struct pass_clock
clock_read(struct watched_clock *clock)
{
	moment wall = moment_now(), monotonic = seconds_since_boot();
	moment jump = (wall - clock->wall) - (monotonic - clock->monotonic);

	if (clock->started && !clock->in_doubt && (jump > JUMP_SECONDS || jump < -JUMP_SECONDS)) {
		clock->in_doubt = true;
		log_event(LOG_ALARM, "clock-jumped", LOG_FIELDS({ "why",
		    TEXT("the system's clock jumped by more than an hour: nothing expires until an "
			"operator confirms it with SIGHUP") }));
	}
	clock->started = true;
	clock->wall = wall;
	clock->monotonic = monotonic;
	return (struct pass_clock){ .now = wall, .in_doubt = clock->in_doubt };
}
