#ifndef COUNTERSIGN_COMMANDS_STATE_FILTER_H
#define COUNTERSIGN_COMMANDS_STATE_FILTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/status.h"

/* A set of states, by bit: 1 << STATE_ISSUED. */
typedef unsigned state_set;

/*
 * The states that a word stands for (FORMAT section 5): a list ("open",
 * "approved", "rejected", "cancelled", "expired", "attention", "all") or a
 * state by its name, in any case. False with `why`, with the nearest spelling.
 */
bool state_filter_parse(struct arena *arena, struct text word, state_set *states,
	struct text *why);

/* Whether all records of these states stand in pending/: then nothing else has to be read. */
bool state_filter_is_pending(state_set states);

#endif
