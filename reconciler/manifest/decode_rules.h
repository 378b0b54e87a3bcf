#ifndef COUNTERSIGN_MANIFEST_DECODE_RULES_H
#define COUNTERSIGN_MANIFEST_DECODE_RULES_H

#include "manifest/decode.h"

/* Whether a mapping keeps the rules of its table; adds a reason for each that it breaks. */
bool decode_rules(struct decoder *decoder, const struct table *table, const struct node *node);

#endif
