#ifndef COUNTERSIGN_REPOSITORY_REMOTE_GIT_H
#define COUNTERSIGN_REPOSITORY_REMOTE_GIT_H

#include "repository/remote.h"

/* Stock git as the child that talks to a remote; for remote.c alone. */

/* Whether git may be pointed at the URL; false with `why`. */
bool remote_url_is_usable(struct arena *arena, const char *url, struct text *why);

/* Makes the mirror when it is not there. */
bool remote_git_init(const struct remote *remote, struct arena *arena, struct text *why);

/*
 * Runs git in the mirror with these arguments, ended by NULL, in an environment
 * of few variables and without hooks. True when it ended with 0; `output` (may
 * be NULL) is what it printed. Otherwise `why` is what it complained of.
 */
bool remote_git(const struct remote *remote, struct arena *arena, const char *const *arguments,
	struct text *output, struct text *why);

#endif
