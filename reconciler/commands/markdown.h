#ifndef COUNTERSIGN_COMMANDS_MARKDOWN_H
#define COUNTERSIGN_COMMANDS_MARKDOWN_H

#include "base/text.h"

/*
 * Markdown (CommonMark) for the page of a pull request. Whatever comes from a
 * repository goes through one of these: as code it can be no link, no image, no
 * HTML and no mention of anybody, and no line of it can leave its place.
 */

/* One line as a code span; an empty text becomes an em dash. At most 1,000 bytes are shown. */
void markdown_code(struct buffer *out, struct text text);

/* Lines as a fenced block, with `word` as its info string ("" for none). */
void markdown_fence(struct buffer *out, const char *word, struct text lines);

#endif
