#ifndef COUNTERSIGN_TRUST_EVP_KEY_H
#define COUNTERSIGN_TRUST_EVP_KEY_H

#include <openssl/evp.h>

#include "trust/sshkey.h"

/*
 * OpenSSL's handle for a public key, made from its numbers and without a
 * decoder; the caller frees it with EVP_PKEY_free(). NULL when the numbers make no
 * key, as for a point that is not on its curve.
 */
EVP_PKEY *evp_key_new(const struct ssh_public_key *key);

#endif
