#ifndef COUNTERSIGN_MODEL_PLAN_TEXT_H
#define COUNTERSIGN_MODEL_PLAN_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/plan.h"

/*
 * The canonical text of a plan: one codec for evaluation, which writes it,
 * and for the signer, which takes nothing else.
 *
 * Beyond what FORMAT section 3 shows: alternative names are "DNS:", "IP:",
 * "email:", "URI:" and "UPN:"; a subject without names is "none"; a CA is
 * "CA:TRUE" or "CA:TRUE,pathlen:0"; several values of one subject attribute
 * stand in DER order in the structure, and so in reverse in the text; a line
 * whose value is absent (alternative names, usages, CRL) is left out.
 */

enum { PLAN_TEXT_MOST_BYTES = 256 * 1024 };

/*
 * Writes plan->text and plan->digest from the other fields (FORMAT section 3).
 * Repeated values are sorted, each once. Both stay absent for a plan that
 * plan_parse() would not give back: an empty value, a control character or
 * broken UTF-8 in a value, a digest that is none, a generation or lifetime below 1.
 */
void plan_write(struct arena *arena, struct plan *plan);

/* Strict inverse: the text must be byte for byte what plan_write() makes of it. False with `why`. */
bool plan_parse(struct arena *arena, struct text text, struct plan *out, struct text *why);

/* The subject in RFC 4514 form; "" when there are no names. */
struct text subject_format(struct arena *arena, const struct subject_names *subject);

/* "CN", "O", …: the names of the attributes in RFC 4514 section 3. */
const char *subject_attribute_keyword(enum subject_attribute);

/* "DNS", "IP", "email", "URI", "UPN": as in the plan. */
const char *alt_name_keyword(enum alt_name_type);

#endif
