#ifndef COUNTERSIGN_ISSUE_USAGES_H
#define COUNTERSIGN_ISSUE_USAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/algorithms.h"

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

/* The name of one usage, by its bit number from 0 to KEY_USAGES - 1. */
const char *key_usage_name(unsigned bit);

/*
 * The usages that a key of this kind cannot serve: RFC 8813 section 3 for
 * ECDSA keys, RFC 8410 section 5 for Ed25519, RFC 4055 section 1.2 for RSA.
 */
unsigned key_usages_unfit(enum key_algorithm algorithm);

/*
 * The content of the OBJECT IDENTIFIER of an extended key usage: "serverAuth"
 * and the like, or dotted. False when it is neither.
 */
bool extended_key_usage_identifier(struct arena *arena, struct text name, struct text *out);

#endif
