#ifndef COUNTERSIGN_ISSUE_EXTENDED_KEY_USAGE_H
#define COUNTERSIGN_ISSUE_EXTENDED_KEY_USAGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * The content of the OBJECT IDENTIFIER of an extended key usage: "serverAuth"
 * and the like, or dotted. False when it is neither.
 */
bool extended_key_usage_identifier(struct arena *arena, struct text name, struct text *out);

/* Adds the ways in which a plan may write it: its number and, where it has one, its name. */
void extended_key_usage_spellings(struct arena *arena, struct text identifier, struct texts *out);

#endif
