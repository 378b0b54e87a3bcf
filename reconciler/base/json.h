#ifndef COUNTERSIGN_BASE_JSON_H
#define COUNTERSIGN_BASE_JSON_H

#include "base/text.h"

/*
 * Adds a text as a JSON string (RFC 8259 section 7), with its quotes. Control
 * characters and those that text_visible() would escape become \uXXXX, bytes
 * that are not well-formed UTF-8 become U+FFFD: the result is always valid and
 * safe to show. An absent text is "".
 */
void json_string(struct buffer *buffer, struct text text);

#endif
