#ifndef COUNTERSIGN_TRUST_SSHSIG_H
#define COUNTERSIGN_TRUST_SSHSIG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "trust/private_key.h"
#include "trust/sshkey.h"

/* What an armoured SSH signature says of itself, before anything is verified. */
struct sshsig {
	struct ssh_public_key key;
	struct text hash;               /* "sha256" or "sha512" */
	struct text signature;          /* the signature blob */
};

/*
 * Reads an armoured SSH signature (OpenSSH PROTOCOL.sshsig, version 1) made
 * in exactly the namespace `name_space`, and nothing else. False with `why`
 * (a clause about "the signature").
 */
bool sshsig_read(struct arena *arena, struct text armour, const char *name_space,
	struct sshsig *out, struct text *why);

/*
 * Whether a signature that was read is the key's over `message`: the signed
 * bytes are rebuilt from what is expected, nothing of them is taken from the
 * signature but the name of the hash. False with `why`.
 */
bool sshsig_check(struct arena *arena, const struct sshsig *sshsig, const char *name_space,
	struct text message, struct text *why);

/*
 * Both: verifies an armoured SSH signature over `message` in exactly the
 * namespace `name_space` ("git" for commits, "countersign" for files). sk-
 * keys need the user-presence flag; RSA needs rsa-sha2-256 or -512. True with
 * the key that signed; false with `why`. Whose key it is, is for the caller to ask.
 */
bool sshsig_verify(struct arena *arena, struct text armour, const char *name_space,
	struct text message, struct ssh_public_key *signer, struct text *why);

/* The armoured signature over `message`, in the arena. */
struct text sshsig_sign(struct arena *arena, const struct ssh_private_key *key,
	const char *name_space, struct text message);

#endif
