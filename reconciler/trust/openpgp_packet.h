#ifndef COUNTERSIGN_TRUST_OPENPGP_PACKET_H
#define COUNTERSIGN_TRUST_OPENPGP_PACKET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "trust/wire.h"

/* Packet types (RFC 9580 section 5) that are told apart here. */
enum openpgp_tag {
	OPENPGP_SIGNATURE = 2,
	OPENPGP_SECRET_KEY = 5,
	OPENPGP_PUBLIC_KEY = 6,
	OPENPGP_SECRET_SUBKEY = 7,
	OPENPGP_USER_ID = 13,
	OPENPGP_PUBLIC_SUBKEY = 14,
	OPENPGP_USER_ATTRIBUTE = 17
};

struct openpgp_packet {
	unsigned tag;
	struct text body;
};

enum { OPENPGP_ARMOUR_BYTES = 128 * 1024, OPENPGP_ARMOUR_HEADERS = 16 };

/*
 * The bytes inside "-----BEGIN PGP NAME-----" (RFC 9580 section 6.2), strictly:
 * armour headers only "Comment: " and "Version: " of printable ASCII, an empty
 * line, base64 without blanks, the checksum right where there is one, and nothing
 * behind the last line. False with `why` (a clause).
 */
bool openpgp_armour_decode(struct arena *arena, struct text armour, const char *name,
	struct text *out, struct text *why);

/*
 * Takes the next packet off the front of `rest`. Lengths of both formats, but no
 * partial and no indeterminate ones, which key blocks and detached signatures
 * never need. False with `why`.
 */
bool openpgp_packet_next(struct text *rest, struct openpgp_packet *out, struct text *why);

/* A multiprecision integer (section 3.2) greater than zero, without leading zero bits: its magnitude. */
struct text openpgp_integer(struct wire *wire);

#endif
