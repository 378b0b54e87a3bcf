#ifndef COUNTERSIGN_TESTS_MANIFEST_SAMPLE_H
#define COUNTERSIGN_TESTS_MANIFEST_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "manifest/decode.h"
#include "manifest/field.h"

/* Made-up objects of every kind, from the tables; the same seed gives the same object. */
struct sample {
	struct arena *arena;
	uint64_t state; /* never 0 */
};

/* A number below `below`. */
uint64_t sample_number(struct sample *sample, uint64_t below);

/* Any well-formed text: letters, signs that mean something to YAML, controls, line ends. */
struct text sample_text(struct sample *sample);

/* A text of a format. */
struct text sample_formatted(struct sample *sample, const struct text_format *format);

/*
 * An object of a kind. Rules between fields may be broken: the caller looks
 * whether it decodes.
 */
void *sample_object(struct sample *sample, const struct kind_row *row);

/* Where two objects of a table differ, positions apart; NULL: nowhere. */
const char *sample_difference(const struct table *table, const void *a, const void *b);

#endif
