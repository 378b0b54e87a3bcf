#ifndef COUNTERSIGN_TRUST_SIGNATURE_H
#define COUNTERSIGN_TRUST_SIGNATURE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "trust/sshkey.h"

/*
 * Verifies one SSH signature blob over `data`: RFC 8709 section 6 (Ed25519),
 * RFC 5656 section 3.1.2 (ECDSA), RFC 8332 section 3 (RSA with SHA-2; never
 * SHA-1), OpenSSH PROTOCOL.u2f (security keys, with the user's presence proved,
 * and the form that a browser makes, "webauthn-sk-ecdsa-…"). The algorithm must
 * belong to the key's type, and nothing may stand behind the signature. False
 * with `why` (a clause about "the signature").
 */
bool signature_verify(struct arena *arena, const struct ssh_public_key *key, struct text blob,
	struct text data, struct text *why);

/*
 * The same for a bare value of the key's family: 64 octets (Ed25519), an mpint
 * pair (ECDSA) or a number (RSA, PKCS #1 v1.5). `hash` is the name by which OpenSSL knows it,
 * NULL for Ed25519, which takes `data` as it is.
 */
bool signature_value_verify(struct arena *arena, const struct ssh_public_key *key,
	const char *hash, struct text value, struct text data, struct text *why);

#endif
