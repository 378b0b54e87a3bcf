#ifndef COUNTERSIGN_MODEL_NAMES_H
#define COUNTERSIGN_MODEL_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/policy.h"

/*
 * Whether a text matches a pattern in which each `*` stands for any characters,
 * or none; with `fold` ASCII letters match in either case.
 */
bool wildcard_matches(struct text value, struct text pattern, bool fold);

/*
 * Whether a DNS name (canonical) matches a pattern: `*` is one whole label or,
 * inside a label, characters other than '.' (none, too); a leading `**.` any
 * number of labels, at least one. A name that is itself a wildcard ("*.example.com") only matches a
 * pattern that covers all that it stands for, or spells it. Letters match in
 * either case. A malformed pattern matches nothing.
 */
bool dns_name_matches(struct text name, struct text pattern);

/*
 * The test for lists of what is denied: whether the pattern matches the name
 * or, where the name is a wildcard, any name that it stands for.
 * "*.example.com" touches "secret.example.com" although it does not match it.
 */
bool dns_name_touches(struct text name, struct text pattern);

/* Whether a pattern has the form that dns_name_matches() understands. */
bool dns_pattern_valid(struct text pattern);

/*
 * Whether an address (canonical text) lies in a CIDR block; false for a
 * malformed block. An address alone is a block of one.
 */
bool address_in_block(struct text address, struct text block);

/* Whether a block is well-formed: an address, and a prefix length with no bits set behind it. */
bool address_block_valid(struct text block);

/*
 * Canonical forms; false when the text is no such name. A DNS name becomes
 * lower case (RFC 5280 section 4.2.1.6: letters, digits, hyphens; A-labels where
 * it is international), "*" may stand for its first label. An address
 * becomes dotted decimal or the form of RFC 5952.
 */
bool dns_name_canonical(struct arena *arena, struct text name, struct text *out);
bool address_canonical(struct arena *arena, struct text address, struct text *out);

/* The 4 or 16 octets of an address, network order; 0 when it is none. */
size_t address_octets(struct text address, uint8_t out[16]);

/* The canonical text of 4 or 16 octets. */
struct text address_format(struct arena *arena, const uint8_t *octets, size_t count);

#endif
