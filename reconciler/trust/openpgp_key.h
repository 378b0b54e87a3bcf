#ifndef COUNTERSIGN_TRUST_OPENPGP_KEY_H
#define COUNTERSIGN_TRUST_OPENPGP_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "trust/sshkey.h"

/* A primary key or subkey of a public key block. */
struct openpgp_key {
	struct text fingerprint;        /* "openpgp:" and 40 upper-case hex digits (RFC 9580 section 5.5.4.2) */
	moment created;
	moment expires;                 /* exclusive; 0: never */
	struct ssh_public_key material; /* facts == NULL: an algorithm that is not verified here */
	struct text refusal;            /* why it may not sign; absent: it may */
};

ARRAY(openpgp_keys, struct openpgp_key);

enum {
	OPENPGP_SUBKEYS_MOST = 64,
	OPENPGP_SIGNATURES_MOST = 64    /* of the key's owner in its block, that are verified */
};

/*
 * Reads an armoured public key block ("PGP PUBLIC KEY BLOCK", RFC 9580 section
 * 10.1): exactly one version 4 primary key, first in `out`, then its subkeys.
 * The block must hold together by itself, whatever anybody thinks of it:
 *   - what the key's owner has signed in it verifies, or the block is refused;
 *   - a self-signature counts with SHA-256 or longer only, and of several on one
 *     thing the newest; where they disagree, the earliest expiry and the flags that
 *     all give; one that does not count and is newer than all that do refuses the key;
 *   - any revocation of a key counts, whoever made it, and of a user ID with any hash;
 *   - a subkey signs only with the signing flag and with its own signature back on
 *     the primary key;
 *   - secret keys, a second primary key and unknown packets refuse the block.
 * Other people's certifications are passed over: nothing here asks for trust.
 * False with `why` (a clause).
 */
bool openpgp_key_block_read(struct arena *arena, struct text armour, struct openpgp_keys *out,
	struct text *why);

#endif
