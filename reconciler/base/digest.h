#ifndef COUNTERSIGN_BASE_DIGEST_H
#define COUNTERSIGN_BASE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

enum { SHA256_BYTES = 32, SHA1_BYTES = 20 };

/* SHA-256 (FIPS 180-4) of a text. */
void digest_sha256(struct text text, uint8_t out[SHA256_BYTES]);

/* SHA-256 as 64 lower-case hex digits, in the arena. */
struct text digest_sha256_hex(struct arena *arena, struct text text);

/* "sha256:" and the 64 digits: how the formats name a digest. */
struct text digest_named(struct arena *arena, struct text text);

/* Whether the text is "sha256:" and 64 lower-case hex digits. */
bool digest_is_named(struct text text);

/*
 * SHA-1 (FIPS 180-4) piece by piece, for the checksums inside git's own files, and for
 * the names of OpenPGP keys that are listed whole: never for trust. digest_sha1_finish() gives the hash and frees.
 */
struct digest_sha1;
struct digest_sha1 *digest_sha1_new(void);
void digest_sha1_add(struct digest_sha1 *digest, struct text piece);
void digest_sha1_finish(struct digest_sha1 *digest, uint8_t out[SHA1_BYTES]);

#endif
