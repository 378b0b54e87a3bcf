#ifndef COUNTERSIGN_ISSUE_PEM_H
#define COUNTERSIGN_ISSUE_PEM_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * Textual encodings (RFC 7468), read strictly: the boundaries stand alone on
 * their lines, nothing but white space stands outside, no headers, no empty
 * lines inside, base64 with padding and in one piece. LF or CRLF.
 */

/* Takes the next block with this label off the front of `rest`. False with `why`. */
bool pem_next(struct arena *arena, struct text *rest, const char *label, struct text *der,
    struct text *why);

/* The only block of `pem`. False with `why`. */
bool pem_single(struct arena *arena, struct text pem, const char *label, struct text *der,
    struct text *why);

/* With LF line ends, 64 characters a line. */
struct text pem_encode(struct arena *arena, const char *label, struct text der);

#endif
