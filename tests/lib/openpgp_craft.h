#ifndef COUNTERSIGN_TESTS_OPENPGP_CRAFT_H
#define COUNTERSIGN_TESTS_OPENPGP_CRAFT_H

#include <stdint.h>

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * OpenPGP keys and signatures packet by packet (RFC 9580, version 4), free to be
 * wrong where a test wants them wrong. Keys are Ed25519, or on a NIST curve.
 */
struct crafted_key {
	EVP_PKEY *pair;                 /* freed by the test with EVP_PKEY_free() */
	uint32_t created;
	struct text body;               /* of the key packet */
	struct text fingerprint;        /* 20 octets */
};

struct crafted_key crafted_key_new(struct arena *arena, uint32_t created);

/* "P-256", "P-384" or "P-521". */
struct crafted_key crafted_ecdsa_key_new(struct arena *arena, uint32_t created, const char *curve);

/* A signature to be made. Zero means: as it should be. */
struct crafted_signature {
	uint8_t type;
	uint8_t hash;                   /* RFC 9580 section 9.5; 0: SHA-256 */
	uint8_t algorithm;              /* that it says; 0: the signer's */
	uint8_t version;                /* 0: 4 */
	uint32_t created;
	uint32_t lifetime;              /* subpacket 3 */
	uint32_t key_lifetime;          /* subpacket 9 */
	int flags;                      /* subpacket 27; 0: none, -1: one that allows nothing */
	struct text embedded;           /* subpacket 32: a body */
	struct text more_hashed;        /* subpackets as they are */
	struct text more_unhashed;
	struct text behind;             /* bytes behind the numbers */
	bool no_fingerprint;            /* without subpacket 33 */
	bool no_key_id;                 /* without subpacket 16 */
	bool no_time;                   /* without subpacket 2 */
	bool damaged;                   /* one bit of the number is another */
	const struct crafted_key *named;/* the issuer that it names; NULL: the one who signs */
};

/* The body of the signature packet over `data`. */
struct text crafted_signature_body(struct arena *arena, const struct crafted_key *signer,
	const struct crafted_signature *signature, struct text data);

/* A packet of the newer format. */
struct text crafted_packet(struct arena *arena, unsigned tag, struct text body);

/* What certifications and bindings are over. */
struct text crafted_key_data(struct arena *arena, const struct crafted_key *key);
struct text crafted_user_data(struct arena *arena, const struct crafted_key *key,
	struct text user);
struct text crafted_subkey_data(struct arena *arena, const struct crafted_key *key,
	const struct crafted_key *subkey);

/* A subpacket. */
struct text crafted_subpacket(struct arena *arena, unsigned type, struct text content);

/* "-----BEGIN PGP NAME-----" and so on, with the checksum. */
struct text crafted_openpgp_armour(struct arena *arena, const char *name, struct text bytes);

#endif
