#ifndef COUNTERSIGN_COMMANDS_SIGNING_KEY_H
#define COUNTERSIGN_COMMANDS_SIGNING_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/configuration.h"

/* What git signs with: gpg.format. */
enum signing_form { SIGNING_SSH, SIGNING_OPENPGP, SIGNING_X509 };

/* Who signs here: the key that git would sign with, and whose it is. */
struct signing_key {
	enum signing_form form;
	struct text fingerprint;        /* as in the configuration: "SHA256:…", "openpgp:…", "x509:SHA256:…" */
	/* SSH */
	struct text line;               /* "ssh-ed25519 AAAA…", without comment */
	struct text file;               /* for ssh-keygen -f; absent: the setting holds the key itself */
	/* OpenPGP and X.509 */
	const char *program;            /* gpg or gpgsm, or what git's settings name */
	const char *user;               /* for its option -u */
	struct text certificate;        /* PEM */
	const struct identity *identity;/* who holds it; NULL: nobody of this configuration */
	bool valid_now;                 /* the holder's key is within its validity */
};

/*
 * Reads gpg.format, user.signingKey and the settings beside them, as git does,
 * and asks gpg or gpgsm which key that is. False with `why`, a sentence with
 * the remedy, when git has no key to sign with.
 */
bool signing_key_find(struct arena *arena, struct signing_key *out, struct text *why);

/*
 * Finds the holder of the key in a configuration, at a moment; of a certificate also
 * by its names, where a CA is listed that may have issued it (the key's fingerprint is
 * then the entry's).
 */
void signing_key_match(struct arena *arena, struct signing_key *key,
	const struct configuration *configuration, moment at);

/*
 * A name given on the command line, where "me" is whoever holds git's signing
 * key. Gives OPTIONS_GO_ON with `out`, or an exit status after a complaint.
 */
struct clone;
int signing_key_person(struct clone *clone, struct text given, struct text *out);

#endif
