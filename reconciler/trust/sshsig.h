#ifndef COUNTERSIGN_TRUST_SSHSIG_H
#define COUNTERSIGN_TRUST_SSHSIG_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "trust/sshkey.h"

/*
 * Verifies an armoured SSH signature (OpenSSH PROTOCOL.sshsig) over `message`
 * in exactly the namespace `name_space` ("git" for commits, "countersign" for
 * files). sk- keys need the user-presence flag; RSA needs rsa-sha2-256 or
 * -512. True with the key that signed; false with `why`.
 */
bool sshsig_verify(struct arena *arena, struct text armour, const char *name_space,
	struct text message, struct ssh_public_key *signer, struct text *why);

/* A private key for output commits. */
struct ssh_private_key;

/*
 * Reads an unencrypted OpenSSH private key file (PROTOCOL.key), ssh-ed25519
 * only; refuses files that others can read. False with `why`. The caller frees with
 * ssh_private_key_free(), which wipes it.
 */
bool ssh_private_key_read(const char *path, struct ssh_private_key **out, struct arena *arena,
	struct text *why);
void ssh_private_key_free(struct ssh_private_key *key);

/* Its public half as an authorized_keys line, in the arena. */
struct text ssh_private_key_public_line(struct arena *arena, const struct ssh_private_key *key);

/* The armoured signature over `message`, in the arena. */
struct text sshsig_sign(struct arena *arena, const struct ssh_private_key *key,
	const char *name_space, struct text message);

/* Writes a new unencrypted ssh-ed25519 key pair: `path` (0600) and `path`.pub. False with errno. */
bool ssh_private_key_create(const char *path, const char *comment);

#endif
