#ifndef COUNTERSIGN_MODEL_NAMES_H
#define COUNTERSIGN_MODEL_NAMES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/policy.h"

/*
 * Whether a DNS name (canonical) matches a pattern: `*` is one whole label or,
 * inside a label, characters other than '.'; a leading `**.` any number of
 * labels, at least one. A name that is itself a wildcard ("*.example.com") only matches a
 * pattern that covers all that it stands for, or spells it.
 */
bool dns_name_matches(struct text name, struct text pattern);

/* Whether an address (canonical text) lies in a CIDR block; false for a malformed block. */
bool address_in_block(struct text address, struct text block);

/* Canonical forms; false when the text is no such name. */
bool dns_name_canonical(struct arena *arena, struct text name, struct text *out);
bool address_canonical(struct arena *arena, struct text address, struct text *out);

#endif
