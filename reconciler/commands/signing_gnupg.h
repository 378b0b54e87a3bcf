#ifndef COUNTERSIGN_COMMANDS_SIGNING_GNUPG_H
#define COUNTERSIGN_COMMANDS_SIGNING_GNUPG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "commands/signing_key.h"

/* The user's own gpg and gpgsm, as git calls them: gpg.format openpgp and x509. */

/*
 * Fills in the key of out->form that git would sign with: by user.signingKey, else by
 * the committer's name and address. False with `why`, a sentence with the remedy.
 */
bool signing_gnupg_find(struct arena *arena, struct signing_key *out, struct text *why);

/*
 * Has a program of the user's sign: bytes on its standard input, the signature, armoured, on its
 * standard output, its complaints and questions on ours. False when it did not end well.
 */
bool signing_by_program(struct arena *arena, const char *const *arguments, struct text bytes,
	struct text *armour);

/*
 * The armoured, detached signature over bytes; the program asks for a passphrase
 * itself. False after its complaint.
 */
bool signing_gnupg_bytes(struct arena *arena, const struct signing_key *key, struct text bytes,
	struct text *armour);

/* The public half of a key that was found: a key block without others' certifications, or the certificate. */
bool signing_gnupg_public(struct arena *arena, const struct signing_key *key, struct text *out);

#endif
