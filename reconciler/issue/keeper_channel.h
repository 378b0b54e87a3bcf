#ifndef COUNTERSIGN_ISSUE_KEEPER_CHANNEL_H
#define COUNTERSIGN_ISSUE_KEEPER_CHANNEL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/keeper_message.h"

/* One end of the stream between the keeper and those who ask it, and how long is waited there. */

enum channel_result {
	CHANNEL_BROKEN, /* an error, a time-out, or bytes that are no message: nothing more can be said */
	CHANNEL_ENDED,  /* the other side has closed its end, between two messages */
	CHANNEL_OPEN
};

/* Makes the descriptor one that this file's functions can wait on. */
bool channel_prepare(int descriptor);

/* Says a message, in at most so many seconds. */
enum channel_result channel_say(int descriptor, enum keeper_message type, struct text body,
    int seconds);

/*
 * Waits for a message to begin, at most `begin_seconds` (-1: for ever), and takes all of it in at
 * most `seconds` after that. The body is in the arena.
 */
struct channel_patience {
	int begin_seconds;
	int seconds;
};
enum channel_result channel_hear(int descriptor, const struct channel_patience *patience,
    struct arena *arena, enum keeper_message *type, struct text *body);

#endif
