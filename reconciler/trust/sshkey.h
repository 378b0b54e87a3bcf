#ifndef COUNTERSIGN_TRUST_SSHKEY_H
#define COUNTERSIGN_TRUST_SSHKEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/configuration.h"

/* An SSH public key (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH PROTOCOL.u2f). */
struct ssh_public_key {
	struct text type;               /* "ssh-ed25519", "sk-ssh-ed25519@openssh.com", … */
	struct text blob;               /* the wire form */
	struct text fingerprint;        /* "SHA256:" and unpadded base64, as ssh-keygen -l prints */
	struct text public_key_sha256;  /* hex, of the DER SubjectPublicKeyInfo */
};

/*
 * Parses "TYPE BASE64 [comment]". Accepts Ed25519, ECDSA on the three NIST curves, RSA of 2048 bits or
 * more, sk-ssh-ed25519 and sk-ecdsa; strict wire form, nothing behind it.
 * False with `why` (a sentence).
 */
bool ssh_public_key_parse(struct arena *arena, struct text line, struct ssh_public_key *out,
	struct text *why);

/*
 * Fills `fingerprint` and `public_key_sha256` of all keys of a configuration;
 * adds a reason for each key that cannot be used, and for each key (by its
 * SubjectPublicKeyInfo) that two identities, or one identity twice, hold.
 */
void identity_keys_resolve(struct arena *arena, struct configuration *configuration);

#endif
