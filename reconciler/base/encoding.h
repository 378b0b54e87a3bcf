#ifndef COUNTERSIGN_BASE_ENCODING_H
#define COUNTERSIGN_BASE_ENCODING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* Lower-case hex digits, in the arena. */
struct text hex_encode(struct arena *arena, struct text bytes);

/* Strict: an even number of lower-case digits; false otherwise. */
bool hex_decode(struct arena *arena, struct text hex, struct text *out);

/* Whether the text is exactly `digits` lower-case hex digits. */
bool hex_is_lower(struct text text, size_t digits);

/* Base64 (RFC 4648 section 4) with padding, on one line, in the arena. */
struct text base64_encode(struct arena *arena, struct text bytes);

/*
 * Strict base64 (RFC 4648 section 4): no white space, padding required, unused
 * bits zero. False for anything else.
 */
bool base64_decode(struct arena *arena, struct text base64, struct text *out);

#endif
