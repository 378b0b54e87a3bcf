#ifndef COUNTERSIGN_TRUST_PRIVATE_KEY_H
#define COUNTERSIGN_TRUST_PRIVATE_KEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* A private key for output commits. */
struct ssh_private_key;

/*
 * Reads an unencrypted OpenSSH private key file (PROTOCOL.key), ssh-ed25519
 * only; refuses files that others can read (a file that is not ours, as a
 * service manager's credential is, may be readable for our group). False with
 * `why`. The caller frees with ssh_private_key_free(), which wipes it. No copy
 * of the private half is left in the arena.
 */
bool ssh_private_key_read(const char *path, struct ssh_private_key **out, struct arena *arena,
	struct text *why);
void ssh_private_key_free(struct ssh_private_key *key);

/* Its public half as an authorized_keys line, and in wire form, in the arena. */
struct text ssh_private_key_public_line(struct arena *arena, const struct ssh_private_key *key);
struct text ssh_private_key_public_blob(struct arena *arena, const struct ssh_private_key *key);

/* The signature blob (RFC 8709 section 6) over `data`, in the arena. */
struct text ssh_private_key_sign(struct arena *arena, const struct ssh_private_key *key,
	struct text data);

/*
 * Writes a new unencrypted ssh-ed25519 key pair, durably: `path` (0600) and
 * `path`.pub (0644). Neither may exist. False with errno; EINVAL for a comment
 * that is not one line of printable ASCII.
 */
bool ssh_private_key_create(const char *path, const char *comment);

#endif
