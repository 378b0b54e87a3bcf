#ifndef COUNTERSIGN_ISSUE_TOKEN_H
#define COUNTERSIGN_ISSUE_TOKEN_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/pkcs11_uri.h"

/*
 * Keys behind PKCS#11 (hardware modules, smart cards, SoftHSM), through libp11.
 * A module is code of somebody else's in this process: only the keeper loads one.
 */
struct tokens;

/*
 * `tried` is a file, open for reading and writing, that remembers across restarts
 * which PIN a token has refused: a token locks itself after a few wrong ones, so the same
 * file of a PIN is never tried again. The caller keeps it open; tokens_free()
 * logs out and unloads the modules, after the caller has freed the keys.
 */
struct tokens *tokens_new(int tried);
void tokens_free(struct tokens *tokens);

/* The PIN, and what tells its file from the one that it is replaced by. */
struct pin {
	struct text digits;  /* absent: there is none */
	struct text version; /* of the file: its number, size and time of change */
};

/*
 * Loads the URI's module, logs in to its token, once, and finds its private
 * key. NULL with `why`; the caller frees the key.
 */
EVP_PKEY *tokens_key(struct tokens *tokens, struct arena *arena, const struct pkcs11_uri *uri,
    const struct pin *pin, struct text *why);

#endif
