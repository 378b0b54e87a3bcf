#ifndef COUNTERSIGN_DAEMON_STATE_H
#define COUNTERSIGN_DAEMON_STATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "model/local.h"

/*
 * Makes the state directory and in it the reconciler's and the checker's folder, before anybody
 * is confined. Where root starts a daemon whose processes become other users, the directory stays root's
 * and each folder is given to its user: so none can put another ledger in the place of this one. False with `why`.
 */
bool state_make(const struct local_configuration *local, struct arena *arena, struct text *why);

/* The folder in the state directory that the checker writes in. */
char *checker_folder(struct arena *arena, const struct local_configuration *local);

#endif
