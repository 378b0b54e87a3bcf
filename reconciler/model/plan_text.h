#ifndef COUNTERSIGN_MODEL_PLAN_TEXT_H
#define COUNTERSIGN_MODEL_PLAN_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/plan.h"

/*
 * The canonical text of a plan: one codec for evaluation, which writes it,
 * and for the signer, which takes nothing else.
 */

/* Writes plan->text and plan->digest from the other fields (FORMAT section 3). */
void plan_write(struct arena *arena, struct plan *plan);

/* Strict inverse: the text must be byte for byte what plan_write() makes of it. False with `why`. */
bool plan_parse(struct arena *arena, struct text text, struct plan *out, struct text *why);

#endif
