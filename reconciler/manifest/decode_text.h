#ifndef COUNTERSIGN_MANIFEST_DECODE_TEXT_H
#define COUNTERSIGN_MANIFEST_DECODE_TEXT_H

#include "manifest/decode.h"

/* Values that are single scalars; each adds a reason and gives false for a node that is none. */

/* A text by the format and choices of a field. */
bool decode_text(struct decoder *decoder, const struct field *field, const struct node *node,
    struct text *out);

/* The value of the choice that a scalar names. */
bool decode_choice(struct decoder *decoder, const struct field *field, const struct node *node,
    int *out);

/* Exactly `true` or `false`, without quotes. */
bool decode_boolean(struct decoder *decoder, const struct field *field, const struct node *node,
    bool *out);

/* Decimal digits without quotes, in the field's range. */
bool decode_integer(struct decoder *decoder, const struct field *field, const struct node *node,
    int64_t *out);

/* A text of a format; `name` is what messages call it. */
bool decode_formatted(struct decoder *decoder, const char *name, const struct text_format *format,
    const struct node *node);

#endif
