#ifndef COUNTERSIGN_TRUST_SSHKEY_H
#define COUNTERSIGN_TRUST_SSHKEY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/configuration.h"
#include "trust/key_type.h"

/* An SSH public key (RFC 4253 section 6.6, RFC 5656, RFC 8709, OpenSSH PROTOCOL.u2f). */
struct ssh_public_key {
	struct text type;               /* "ssh-ed25519", "sk-ssh-ed25519@openssh.com", … */
	struct text blob;               /* the wire form */
	struct text fingerprint;        /* "SHA256:" and unpadded base64, as ssh-keygen -l prints */
	struct text public_key_sha256;  /* hex, of the DER SubjectPublicKeyInfo */
	/* what is in the blob; only what the type has is present */
	const struct key_type *facts;
	struct text public_value;       /* Ed25519 key, or uncompressed point */
	struct text modulus;            /* RSA, most significant octet first, no leading zero */
	struct text exponent;
	struct text application;        /* of a security key */
	bool user_verification;         /* security key: presence alone is not enough; for the caller to set */
};

enum {
	RSA_LEAST_BITS = 2048,
	RSA_MOST_BITS = 16384,          /* OpenSSH's and OpenSSL's limit */
	KEY_LINE_BYTES = 8192,          /* of an authorized_keys line: the largest RSA key, and room */
	APPLICATION_BYTES = 256
};

/*
 * Parses "TYPE BASE64 [comment]". Accepts Ed25519, ECDSA on the three NIST curves, RSA of 2048 bits or
 * more, sk-ssh-ed25519 and sk-ecdsa; strict wire form, nothing behind it; points must be on their curve.
 * False with `why` (a sentence).
 */
bool ssh_public_key_parse(struct arena *arena, struct text line, struct ssh_public_key *out,
	struct text *why);

/*
 * The same for the wire form alone. That a point is on its curve is seen when
 * the key is used. `out` borrows from `blob`. False with `why` (a clause about "the key").
 */
bool ssh_public_key_decode(struct arena *arena, struct text blob, struct ssh_public_key *out,
	struct text *why);

/*
 * Fills `fingerprint` and `public_key_sha256` of all keys of a configuration;
 * adds a reason for each key that cannot be used, and for each that one identity lists
 * twice. (One in two identities is a matter of configuration_check().)
 */
void identity_keys_resolve(struct arena *arena, struct configuration *configuration);

#endif
