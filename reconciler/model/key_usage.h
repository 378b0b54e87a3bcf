#ifndef COUNTERSIGN_MODEL_KEY_USAGE_H
#define COUNTERSIGN_MODEL_KEY_USAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/plan.h"

/*
 * Key usages (RFC 5280 section 4.2.1.3) as a set of bits: bit 0 of the BIT
 * STRING is 1 << 0 here.
 */
enum key_usage {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_CONTENT_COMMITMENT = 1 << 1,
	USAGE_KEY_ENCIPHERMENT = 1 << 2,
	USAGE_DATA_ENCIPHERMENT = 1 << 3,
	USAGE_KEY_AGREEMENT = 1 << 4,
	USAGE_KEY_CERT_SIGN = 1 << 5,
	USAGE_CRL_SIGN = 1 << 6,
	USAGE_ENCIPHER_ONLY = 1 << 7,
	USAGE_DECIPHER_ONLY = 1 << 8
};

enum { KEY_USAGES = 9 };

/* The set for a list of names; false, with the name in `unknown`, when one is none. */
bool key_usages_parse(const struct texts *names, unsigned *out, struct text *unknown);

/*
 * Whether the plan's key usages are known, go together, go with its basic
 * constraints, and can be served by a key of this kind ("ECDSA-P256" and the
 * like: RFC 8813 section 3, RFC 8410 section 5, RFC 3279 section 2.3.1). The
 * signer refuses what this refuses; who plans asks before anybody approves. False with `why`.
 */
bool key_usages_check(struct arena *arena, const struct plan *plan, struct text key_algorithm,
    struct text *why);

#endif
