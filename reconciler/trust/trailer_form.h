#ifndef COUNTERSIGN_TRUST_TRAILER_FORM_H
#define COUNTERSIGN_TRUST_TRAILER_FORM_H

#include "trust/trailer.h"

/* One of our trailers: its key, and what it means. */
struct trailer_form {
	const char *key;
	enum trailer_kind kind;
	enum decision_kind decision;
};

/* The forms by number; NULL behind the last. */
const struct trailer_form *trailer_form_at(size_t i);

/* Whether a request's id stands before the digest. */
bool trailer_form_names_request(const struct trailer_form *form);

/*
 * Whether a line that is no trailer of ours was meant as one. If so, `out`
 * says what it would have been (decision, request and digest as far as they can
 * be told), and why it is not.
 */
bool trailer_near_miss(struct arena *arena, struct text line, struct trailer *out);

#endif
