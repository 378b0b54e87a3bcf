#ifndef COUNTERSIGN_COMMANDS_SIGNING_KEY_H
#define COUNTERSIGN_COMMANDS_SIGNING_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/configuration.h"

/* Who signs here: the key that git would sign with, and whose it is. */
struct signing_key {
	struct text line;               /* "ssh-ed25519 AAAA…", without comment */
	struct text fingerprint;        /* "SHA256:…" */
	struct text file;               /* for ssh-keygen -f; absent: the setting holds the key itself */
	const struct identity *identity;/* who holds it; NULL: nobody of this configuration */
	bool valid_now;                 /* the holder's key is within its validity */
};

/*
 * Reads gpg.format, user.signingKey and gpg.ssh.defaultKeyCommand, as git
 * does. False with `why`, a sentence with the remedy, when git would not sign
 * with an SSH key.
 */
bool signing_key_find(struct arena *arena, struct signing_key *out, struct text *why);

/* Finds the holder of the key in a configuration, at a moment. */
void signing_key_match(struct signing_key *key, const struct configuration *configuration,
	moment at);

/*
 * A name given on the command line, where "me" is whoever holds git's signing
 * key. Gives OPTIONS_GO_ON with `out`, or an exit status after a complaint.
 */
struct clone;
int signing_key_person(struct clone *clone, struct text given, struct text *out);

#endif
