#ifndef COUNTERSIGN_DAEMON_STATE_H
#define COUNTERSIGN_DAEMON_STATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/local.h"

/*
 * Makes the state directory and in it the reconciler's and the checker's folder, before anybody
 * is confined. Where root starts a daemon that becomes another user, the directory stays root's
 * and the folders are given to that user: so he cannot put another ledger in the place of this one. False with `why`.
 */
bool state_make(const struct local_configuration *local, struct arena *arena, struct text *why);

/* The folder in the state directory that the checker writes in. */
char *checker_folder(struct arena *arena, const struct local_configuration *local);

#endif
