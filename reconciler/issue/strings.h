#ifndef COUNTERSIGN_ISSUE_STRINGS_H
#define COUNTERSIGN_ISSUE_STRINGS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * The value of an ASN.1 string type as UTF-8. Each type by its own rules:
 * UTF8String, PrintableString (its alphabet only), IA5String (printable ASCII),
 * T61String (printable ASCII only: nobody agrees on the rest), BMPString
 * (UCS-2, no surrogates), UniversalString (UCS-4). False for an empty value,
 * for control characters (NUL above all) and for any other type.
 */
bool string_to_utf8(struct arena *arena, unsigned tag, struct text content, struct text *out);

#endif
