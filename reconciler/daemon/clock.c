#include "daemon/clock.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

enum { JUMP_SECONDS = 3600, KEPT_SECONDS = 60, BOOT_BYTES = 36, FILE_BYTES = 256 };

/* Absent where /proc is not whole: it cannot be told then whether the machine was off. */
static struct text
read_boot(struct arena *arena)
{
	int descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char *boot = arena_allocate(arena, BOOT_BYTES);
	ssize_t got = descriptor < 0 ? -1 : read(descriptor, boot, BOOT_BYTES);

	if (descriptor >= 0)
		(void)close(descriptor);
	return got == BOOT_BYTES ? (struct text){ boot, BOOT_BYTES } : (struct text){ NULL, 0 };
}

void
clock_open(struct watched_clock *clock, struct arena *arena, const char *folder, bool confirmed)
{
	struct text content, boot;

	*clock = (struct watched_clock){ .boot = read_boot(arena) };
	if (!text_present(clock->boot))
		return;
	clock->path = arena_printf(arena, "%s/clock", folder);
	if (confirmed || !file_read(arena, clock->path, FILE_BYTES, &content) ||
	    !text_split(&content, ' ', &boot) || !text_equal(boot, clock->boot) ||
	    !moment_parse(text_trim(content), &clock->kept))
		return;
	clock->began = clock->kept;
	clock->started = true;
}

/* Seldom: a clock that is right goes with the machine's. */
static void
keep(struct watched_clock *clock)
{
	moment difference = clock->began - clock->kept;
	struct arena *arena;

	if (clock->path == NULL || clock->began <= 0 ||
	    (clock->kept != 0 && difference <= KEPT_SECONDS && difference >= -KEPT_SECONDS))
		return;
	arena = arena_new();
	if (file_write_durable(clock->path, text_printf(arena, "%.*s %.*s\n",
	    TEXT_ARGUMENTS(clock->boot), TEXT_ARGUMENTS(moment_format(arena, clock->began))), 0600))
		clock->kept = clock->began;
	arena_free(arena);
}

struct pass_clock
clock_read(struct watched_clock *clock)
{
	/* with the time in suspend: a laptop that wakes has not jumped */
	moment wall = moment_now(), began = wall - microseconds_since_boot() / MICROSECONDS_IN_SECOND;
	moment jump = began - clock->began;

	if (clock->started && !clock->in_doubt && (jump > JUMP_SECONDS || jump < -JUMP_SECONDS)) {
		clock->in_doubt = true;
		log_event(LOG_ALARM, "clock-jumped", LOG_FIELDS({ "why",
		    TEXT("the system's clock jumped by more than an hour: nothing expires until an "
			"operator confirms it with SIGHUP") }));
	}
	clock->started = true;
	clock->began = began;
	if (!clock->in_doubt)
		keep(clock);
	return (struct pass_clock){ .now = wall, .in_doubt = clock->in_doubt };
}
