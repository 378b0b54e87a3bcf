#ifndef COUNTERSIGN_COMMANDS_INIT_ADMINISTRATORS_H
#define COUNTERSIGN_COMMANDS_INIT_ADMINISTRATORS_H

#include "base/arena.h"
#include "base/text.h"
#include "commands/init_documents.h"

/*
 * The first administrators of a new repository: those of `given` ("NAME=FILE",
 * FILE with an SSH or OpenPGP public key or a certificate), or with none the user of git's settings
 * user.name, user.email and user.signingKey. Gives an exit status; what is
 * wrong is on standard error.
 */
int first_administrators_take(struct arena *arena, const struct texts *given,
	struct first_administrators *out);

#endif
