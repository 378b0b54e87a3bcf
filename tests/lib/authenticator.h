#ifndef COUNTERSIGN_TESTS_AUTHENTICATOR_H
#define COUNTERSIGN_TESTS_AUTHENTICATOR_H

#include <stdint.h>

#include <openssl/evp.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * Signers in software that also sign what no honest one would: security keys
 * (OpenSSH PROTOCOL.u2f), browsers (WebAuthn), and ECDSA and RSA with numbers of
 * the test's choice.
 */

/* What a security key is asked to do, and what it leaves out. */
struct authenticator {
	EVP_PKEY *key;                  /* P-256 or Ed25519 */
	const char *application;
	uint8_t flags;
	uint32_t counter;
	/* of a browser; `client_data` absent: what a browser writes for data and origin */
	bool browser;
	struct text origin;
	struct text client_data;
	struct text extensions;
};

/* A fresh key: "ED25519", "P-256", "P-384", "P-521" or "RSA". Freed with EVP_PKEY_free(). */
EVP_PKEY *test_key_new(const char *kind);

/* Its SSH wire form, as a plain or as a security key (`application` not NULL). */
struct text test_key_blob(struct arena *arena, EVP_PKEY *key, const char *application);

/* The signature blob over `data`: security keys; any key with its usual algorithm. */
struct text authenticator_sign(struct arena *arena, const struct authenticator *authenticator,
	struct text data);
struct text test_key_sign(struct arena *arena, EVP_PKEY *key, struct text data);

/* `value` is the algorithm's own part: an mpint pair, 64 octets, or RSA's number. */
struct text test_signature_value(struct arena *arena, EVP_PKEY *key, const char *hash,
	struct text data);
struct text test_signature_blob(struct arena *arena, const char *algorithm, struct text value);

/* An mpint of a magnitude, in shortest form. */
struct text test_mpint(struct arena *arena, struct text magnitude);

#endif
