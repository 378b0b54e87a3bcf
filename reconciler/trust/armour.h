#ifndef COUNTERSIGN_TRUST_ARMOUR_H
#define COUNTERSIGN_TRUST_ARMOUR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

enum {
	ARMOUR_LINE_BYTES = 76,         /* accepted; OpenSSH writes 70 */
	ARMOUR_BYTES = 64 * 1024
};

/*
 * The bytes between "-----BEGIN NAME-----" and "-----END NAME-----": exact
 * first and last line, lines of base64 without blanks, and nothing before
 * or behind them but one LF. False with `why` (a clause about "the signature" or
 * whatever `name` says).
 */
bool armour_decode(struct arena *arena, struct text armour, const char *name, struct text *out,
	struct text *why);

/* The other way round, as OpenSSH wraps its lines; with a LF at the end. */
struct text armour_encode(struct arena *arena, struct text bytes, const char *name);

#endif
