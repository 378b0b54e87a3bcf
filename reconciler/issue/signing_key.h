#ifndef COUNTERSIGN_ISSUE_SIGNING_KEY_H
#define COUNTERSIGN_ISSUE_SIGNING_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/public_key.h"
#include "issue/token.h"

/* A CA key on this machine. */
struct signing_key {
	struct text name; /* of the CertificateAuthority */
	EVP_PKEY *handle;
	EVP_PKEY *copy;               /* that signs in its place; NULL: until it signs */
	bool in_token;                /* only the token can use it */
	struct public_key public_key; /* its public half */
	struct text stand_in;         /* by a throw-away key; absent until first needed */
};

/*
 * Loads an unencrypted PEM private key (PKCS#8, RFC 5958; SEC 1, RFC 5915;
 * PKCS#1, RFC 8017) from a file that must be regular, owned by this user or
 * root, and closed to group and others. False with `why`. The caller frees it with
 * signing_key_free().
 */
bool signing_key_load(struct arena *arena, const char *path, struct signing_key *out,
    struct text *why);
void signing_key_free(struct signing_key *key);

/* A key in a token, and the PIN that opens it. */
struct token_place {
	struct pkcs11_uri uri;
	struct pin pin;
};

/* Finds a key in a token; it is freed like the other, and before the tokens are. False with `why`. */
bool signing_key_open_token(struct arena *arena, struct tokens *tokens, const struct token_place *place,
    struct signing_key *out, struct text *why);

/*
 * The key's signature over a message. Of an RSA key OpenSSL keeps its primes once more as
 * soon as it signs, in memory that may be swapped out: so a copy signs, and they are overwritten
 * with it in signing_key_rest(), when all that was to be signed at once is. Absent when
 * OpenSSL refuses.
 */
struct text signing_key_sign(struct arena *arena, struct signing_key *key,
    enum signature_algorithm algorithm, struct text message);
void signing_key_rest(struct signing_key *key);

/* Reads an unencrypted PEM private key. NULL with `why`; the caller frees it. */
EVP_PKEY *private_key_read(struct text pem, struct text *why);

/* A new key; NULL when OpenSSL refuses. The caller frees it. */
EVP_PKEY *private_key_generate(enum key_algorithm algorithm);

/*
 * A signature by a throw-away key of the same algorithm, made once and kept in
 * the arena: what a certificate is completed with while it is linted, before
 * the CA's key has touched it. Absent when OpenSSL refuses.
 */
struct text signing_key_stand_in(struct arena *arena, struct signing_key *key,
    enum signature_algorithm algorithm);

#endif
