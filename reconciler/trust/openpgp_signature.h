#ifndef COUNTERSIGN_TRUST_OPENPGP_SIGNATURE_H
#define COUNTERSIGN_TRUST_OPENPGP_SIGNATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "trust/sshkey.h"

/* Signature types (RFC 9580 section 5.2.1). */
enum openpgp_signature_type {
	OPENPGP_OF_BINARY = 0x00,
	OPENPGP_OF_TEXT = 0x01,
	OPENPGP_GENERIC_CERTIFICATION = 0x10,
	OPENPGP_POSITIVE_CERTIFICATION = 0x13,
	OPENPGP_SUBKEY_BINDING = 0x18,
	OPENPGP_PRIMARY_KEY_BINDING = 0x19,
	OPENPGP_DIRECT_KEY = 0x1f,
	OPENPGP_KEY_REVOCATION = 0x20,
	OPENPGP_SUBKEY_REVOCATION = 0x28,
	OPENPGP_CERTIFICATION_REVOCATION = 0x30
};

enum { OPENPGP_MAY_SIGN = 0x02, OPENPGP_FINGERPRINT_BYTES = 20, OPENPGP_KEY_ID_BYTES = 8 };

/* A version 4 signature packet, before anything of it is verified. All texts are borrowed. */
struct openpgp_signature {
	uint8_t type;
	uint8_t algorithm;
	const char *hash;               /* as OpenSSL calls it; NULL: not accepted */
	const char *weakness;           /* of a hash that is not accepted */
	struct text covered;            /* the packet's beginning, which is signed with the data */
	struct text left;               /* the hash's first two octets */
	struct text numbers;
	/* subpackets that are signed; 0 or absent where there is none */
	moment created;
	duration lifetime;              /* of the signature */
	duration key_lifetime;
	struct text issuer;             /* the issuer's whole fingerprint */
	bool flagged;                   /* key flags are there */
	uint8_t flags;
	/* from either area: they prove themselves or only help to find the key */
	struct text issuer_id;          /* the issuer's key ID */
	struct text embedded;           /* the body of a signature within */
};

/*
 * Reads the body of a signature packet (section 5.2.3). A version other than 4, a
 * subpacket that stands twice where one counts, an unknown critical one and
 * bytes left over are refused. False with `why`.
 */
bool openpgp_signature_read(struct text body, struct openpgp_signature *out, struct text *why);

/*
 * Whether a signature is the key's over `data`, whatever its type says. The hash
 * must be SHA-256, -384 or -512, and for ECDSA as long as the curve's order (P-521:
 * SHA-512). False with `why`.
 */
bool openpgp_signature_check(struct arena *arena, const struct openpgp_signature *signature,
	const struct ssh_public_key *key, struct text data, struct text *why);

/*
 * Reads a detached signature over a file or a commit: one armour, one signature
 * in it, over bytes as they are (not over text), which names its issuer by the
 * whole fingerprint in its signed part. False with `why` (a clause).
 */
bool openpgp_detached_read(struct arena *arena, struct text armour,
	struct openpgp_signature *out, struct text *why);

/* "openpgp:" and 40 upper-case hex digits: how a fingerprint is written here. */
struct text openpgp_fingerprint_text(struct arena *arena, struct text fingerprint);

#endif
