#include "base/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/encoding.h"

/* Looking the algorithm up costs more than a short text: done once. */
static EVP_MD *sha256;
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;

static void
fetch_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void
digest_sha256(struct text text, uint8_t out[SHA256_BYTES])
{
	unsigned length = 0;

	(void)pthread_once(&sha256_once, fetch_sha256);
	if (sha256 == NULL || EVP_Digest(text.at, text.length, out, &length, sha256, NULL) != 1 ||
	    length != SHA256_BYTES) {
		fputs("countersign: SHA-256 is not available\n", stderr);
		abort();
	}
}

struct text
digest_sha256_hex(struct arena *arena, struct text text)
{
	uint8_t hash[SHA256_BYTES];

	digest_sha256(text, hash);
	return hex_encode(arena, (struct text){ (const char *)hash, sizeof(hash) });
}

struct text
digest_named(struct arena *arena, struct text text)
{
	return text_printf(arena, "sha256:%.*s", TEXT_ARGUMENTS(digest_sha256_hex(arena, text)));
}

bool
digest_is_named(struct text text)
{
	return text_starts_with(text, "sha256:") && hex_is_lower(text_skip(text, 7), 64);
}

struct digest_sha1 {
	EVP_MD_CTX *context;
};

static void
sha1_or_abort(int worked)
{
	if (worked != 1) {
		fputs("countersign: SHA-1 is not available\n", stderr);
		abort();
	}
}

struct digest_sha1 *
digest_sha1_new(void)
{
	struct digest_sha1 *digest = calloc(1, sizeof(*digest));

	sha1_or_abort(digest != NULL);
	digest->context = EVP_MD_CTX_new();
	sha1_or_abort(digest->context != NULL);
	sha1_or_abort(EVP_DigestInit_ex(digest->context, EVP_sha1(), NULL));
	return digest;
}

void
digest_sha1_add(struct digest_sha1 *digest, struct text piece)
{
	sha1_or_abort(EVP_DigestUpdate(digest->context, piece.at, piece.length));
}

void
digest_sha1_finish(struct digest_sha1 *digest, uint8_t out[SHA1_BYTES])
{
	unsigned length = 0;

	sha1_or_abort(EVP_DigestFinal_ex(digest->context, out, &length));
	EVP_MD_CTX_free(digest->context);
	free(digest);
}
