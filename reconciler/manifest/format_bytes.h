#ifndef COUNTERSIGN_MANIFEST_FORMAT_BYTES_H
#define COUNTERSIGN_MANIFEST_FORMAT_BYTES_H

#include <stdbool.h>

#include "base/text.h"

/* What the shapes of texts are made of, in C and as patterns. */

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/*
 * What no text for people holds; PATTERN_LINE also refuses tab and LF. The
 * escapes are those of ECMA 262 and Python.
 */
#define FORBIDDEN_MARKS "\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ufffe\\uffff"
#define PATTERN_LINES "^[^\\u0000-\\u0008\\u000b-\\u001f" FORBIDDEN_MARKS "]*$"
#define LINE "[^\\u0000-\\u001f" FORBIDDEN_MARKS "]*"
#define PATTERN_LINE "^" LINE "$"

/* Whether all bytes of a text are among `bytes`; true for an empty text. */
bool bytes_consist_of(struct text text, const char *bytes);

/* Whether the first, or the last, byte is among `bytes`; false for an empty text. */
bool bytes_begin_with(struct text text, const char *bytes);
bool bytes_end_with(struct text text, const char *bytes);

/* Whether the text is printable ASCII without a space, and not empty. */
bool bytes_are_visible(struct text text);

/* Whether the text is parts of `bytes` with single dots between them. */
bool bytes_are_dotted(struct text text, const char *bytes);

#endif
