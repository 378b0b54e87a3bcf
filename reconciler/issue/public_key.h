#ifndef COUNTERSIGN_ISSUE_PUBLIC_KEY_H
#define COUNTERSIGN_ISSUE_PUBLIC_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/algorithms.h"

/* A SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) taken apart. */
struct public_key {
	enum key_algorithm algorithm;
	struct text whole;   /* the DER SubjectPublicKeyInfo */
	struct text octets;  /* content of its BIT STRING */
	struct text modulus; /* RSA: magnitudes */
	struct text exponent;
};

/* Why a key is refused: a reason's code and a sentence. */
struct objection {
	const char *code;
	struct text why;
};

/*
 * Reads a key of one of the kinds of enum key_algorithm, in its one DER form:
 * named curves and uncompressed points only (RFC 5480), plain RSA keys (RFC
 * 3279 section 2.3.1), Ed25519 (RFC 8410). Nothing weak is refused here but
 * what cannot be told apart from malformed. False with an objection.
 */
bool public_key_read(struct arena *arena, struct text whole, struct public_key *out,
    struct objection *objection);

/*
 * The key for OpenSSL, made without its decoder, which costs more than a
 * signature. NULL when a point is not on its curve. The caller frees it.
 */
EVP_PKEY *public_key_handle(const struct public_key *key);

/* Whether there is such a handle, found out in less time. */
bool public_key_usable(const struct public_key *key);

/*
 * RFC 7093 section 2 method 1: the leftmost 160 bits of the SHA-256 of the
 * BIT STRING's octets.
 */
struct text public_key_identifier(struct arena *arena, const struct public_key *key);

/* The DER SubjectPublicKeyInfo of a key that OpenSSL holds; absent when it has none. */
struct text public_key_of(struct arena *arena, EVP_PKEY *key);

#endif
