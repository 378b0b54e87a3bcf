#ifndef COUNTERSIGN_COMMANDS_GIT_H
#define COUNTERSIGN_COMMANDS_GIT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * The user's own git, in the current folder, with the user's settings: so
 * that agents, hardware keys, hooks and credentials work as they do elsewhere.
 */

/* The arguments of one call: GIT("rev-parse", "HEAD"). */
#define GIT(...) ((const char *const[]){ "git", __VA_ARGS__, NULL })

/*
 * Asks git something: true when it ended with 0; `answer` (may be NULL) is what
 * it printed, without the last LF. What it complains of is not shown; with the second, it is, on our
 * standard error. Nothing that the settings of the repository name is run: it may be a stranger's.
 */
bool git_ask(struct arena *arena, struct text *answer, const char *const *arguments);
bool git_ask_aloud(struct arena *arena, struct text *answer, const char *const *arguments);

/*
 * Has git do something: `input` on its standard input (absent: nothing), its
 * complaints and questions on our standard error. True when it ended with 0.
 */
bool git_do(struct arena *arena, struct text input, struct text *answer,
	const char *const *arguments);

enum fetch_result {
	FETCH_FAILED,
	/* only because another process moved or locked the same refs of this clone at the same moment */
	FETCH_COLLIDED,
	FETCH_DONE
};

/*
 * Fetches from a remote, once; `errors` is what git complained of, in English, and was not shown
 * while it waited (a fetch that is done may have complained as well). One that has collided can be tried again.
 */
enum fetch_result git_fetch(struct arena *arena, struct text remote, struct text *errors);

/* A setting of the user's; false when it is not set. `type` as in git-config(1): "path", NULL. */
bool git_setting(struct arena *arena, const char *name, const char *type, struct text *value);

#endif
