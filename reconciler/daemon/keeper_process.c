#include "daemon/keeper_process.h"

#include "base/log.h"
#include "daemon/confinement.h"
#include "issue/keeper_service.h"

static bool
begin(const struct local_configuration *local, struct arena *arena, struct keeper **keeper,
    struct text *why)
{
	struct keeper_clock clock = keeper_clock_read();
	struct confinement confinement;

	if (!keeper_set_memory_aside())
		log_event(LOG_WARNING, "keys-not-locked", LOG_FIELDS({ "why",
		    TEXT("the memory of the keys cannot be locked: RLIMIT_MEMLOCK is too low") }));
	if (!keeper_open(local, &clock, arena, keeper, why) ||
	    !become_user(local, OCCUPATION_KEEPER, arena, why) ||
	    !protect_process("keeper", why) || !keeper_open_tokens(*keeper, arena, why))
		return false;
	confinement = keeper_confinement(arena, keeper_has_tokens(*keeper));
	return confine(&confinement, local->sandbox, arena, why);
}

void
keeper_process(const struct local_configuration *local, int descriptor)
{
	struct arena *arena = arena_new();
	struct keeper *keeper = NULL;
	struct text why = { NULL, 0 };
	bool clean = true;

	ignore_signals();
	if (begin(local, arena, &keeper, &why))
		clean = keeper_serve(keeper, descriptor);
	else
		keeper_say_failed(descriptor, why);
	keeper_close(keeper);
	arena_free(arena);
	end_process(clean);
}
