#ifndef COUNTERSIGN_TRUST_WIRE_H
#define COUNTERSIGN_TRUST_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/*
 * SSH's wire encoding (RFC 4251 section 5), read strictly. The first value
 * that is short or not canonical makes the reader bad for good, and every
 * later value absent: callers look once, with wire_done(), when they are through.
 */
struct wire {
	struct text rest;
	bool bad;
};

uint8_t wire_byte(struct wire *wire);
uint32_t wire_number(struct wire *wire);        /* of four octets */
uint16_t wire_short_number(struct wire *wire);  /* of two */

/* So many bytes as they stand. Borrowed. */
struct text wire_bytes(struct wire *wire, size_t bytes);

/* "string": the bytes behind their length. Borrowed. */
struct text wire_string(struct wire *wire);

/*
 * "mpint" that is greater than zero, in its shortest form: its magnitude,
 * most significant octet first, without the octet that keeps the sign. Borrowed.
 */
struct text wire_positive(struct wire *wire);

/* Whether everything was read, nothing is left, and nothing was bad. */
bool wire_done(const struct wire *wire);

/* The same encoding, written. A magnitude has no leading zero octets. */
void wire_add_number(struct buffer *buffer, uint32_t number);
void wire_add_string(struct buffer *buffer, struct text bytes);
void wire_add_positive(struct buffer *buffer, struct text magnitude);

#endif
