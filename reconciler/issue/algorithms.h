#ifndef COUNTERSIGN_ISSUE_ALGORITHMS_H
#define COUNTERSIGN_ISSUE_ALGORITHMS_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* The kinds of key that certificates are issued for and signed with. */
enum key_algorithm {
	KEY_NONE,
	KEY_ECDSA_P256,
	KEY_ECDSA_P384,
	KEY_ED25519,
	KEY_RSA_2048,
	KEY_RSA_3072,
	KEY_RSA_4096
};

/* "ECDSA-P256" and the like; and back, KEY_NONE for an unknown name. */
struct text key_algorithm_name(enum key_algorithm);
enum key_algorithm key_algorithm_parse(struct text name);

enum signature_algorithm {
	SIGNATURE_NONE,
	SIGNATURE_ECDSA_SHA256, /* RFC 5758 section 3.2 */
	SIGNATURE_ECDSA_SHA384,
	SIGNATURE_ECDSA_SHA512,
	SIGNATURE_ED25519,    /* RFC 8410 section 3 */
	SIGNATURE_RSA_SHA256, /* PKCS #1 v1.5, RFC 4055 section 5 */
	SIGNATURE_RSA_SHA384,
	SIGNATURE_RSA_SHA512,
	SIGNATURE_ALGORITHMS
};

/* "ECDSA-SHA256" and the like; and back, SIGNATURE_NONE for an unknown name. */
const char *signature_algorithm_name(enum signature_algorithm);
enum signature_algorithm signature_algorithm_parse(struct text name);

/* The DER AlgorithmIdentifier; and back, SIGNATURE_NONE for any other bytes. */
struct text signature_algorithm_identifier(enum signature_algorithm);
enum signature_algorithm signature_algorithm_read(struct text identifier);

/* Why an AlgorithmIdentifier that signature_algorithm_read() does not know is refused. */
struct text signature_algorithm_objection(struct arena *arena, struct text identifier);

/* Whether a key of this kind makes signatures of that algorithm. */
bool key_signs_with(enum key_algorithm key, enum signature_algorithm signature);

/* The algorithm that a CA key of this kind signs with unless told otherwise. */
enum signature_algorithm key_default_signature(enum key_algorithm key);

/* Whether `signature` over `message` was made with the private half of `key`. */
bool signature_algorithm_verify(EVP_PKEY *key, enum signature_algorithm algorithm,
    struct text message, struct text signature);

/* Signs `message`; absent when OpenSSL refuses. */
struct text signature_algorithm_make(struct arena *arena, EVP_PKEY *key,
    enum signature_algorithm algorithm, struct text message);

#endif
