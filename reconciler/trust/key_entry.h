#ifndef COUNTERSIGN_TRUST_KEY_ENTRY_H
#define COUNTERSIGN_TRUST_KEY_ENTRY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/identity.h"

/*
 * Fills in what is resolved of the key at `index` of an identity: an SSH key, an
 * OpenPGP key (whose subkeys are added to `keys`), a certificate, or a CA with a
 * name. Its validity is narrowed to what the key says of itself. False with `why`
 * (a clause about "the key") when it cannot speak for anybody; the entry is then
 * left without a fingerprint.
 */
bool key_entry_resolve(struct arena *arena, struct identity_keys *keys, size_t index,
	struct text *why);

#endif
