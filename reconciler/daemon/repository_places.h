#ifndef COUNTERSIGN_DAEMON_REPOSITORY_PLACES_H
#define COUNTERSIGN_DAEMON_REPOSITORY_PLACES_H

#include "base/arena.h"
#include "daemon/landlock.h"

/*
 * Adds the places that a repository on this machine is made of: its folder,
 * what a .git file of it points at (gitrepository-layout(5): gitdir, commondir), and, to be read,
 * the folders that it borrows objects from (objects/info/alternates). Read once, before the
 * reconciler is confined; what cannot be read is passed over.
 */
void repository_places_add(struct arena *arena, struct places *places, const char *repository);

#endif
