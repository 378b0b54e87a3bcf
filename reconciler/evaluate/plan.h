#ifndef COUNTERSIGN_EVALUATE_PLAN_H
#define COUNTERSIGN_EVALUATE_PLAN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/reason.h"
#include "model/configuration.h"
#include "model/plan.h"
#include "model/plan_text.h" /* plan_write(), plan_parse(): shared with the signer */
#include "model/request.h"

/*
 * Profile + certificate policy + request → what would be issued. Applies the
 * profile's defaults, takes names from the CSR where the YAML gives none,
 * refuses a CSR with names the YAML does not have, makes names canonical
 * (lower-case A-labels, canonical addresses), checks every constraint of the
 * certificate policy, and that the lifetime fits inside the authority's.
 * True with the plan, its text and digest; false with errors in `reasons`.
 * Pure.
 */
struct plan_input {
	const struct configuration *configuration;
	const struct request *request; /* csr_facts filled */
	int64_t generation;
	moment now;
};

bool plan_make(struct arena *arena, const struct plan_input *input, struct plan *out,
    struct reasons *reasons);

/* The same plan but for its generation? Then nothing that people approved changes. */
bool plan_same_content(struct arena *arena, const struct plan *a, const struct plan *b);

/* One line for lists: common name, or the first alternative name, and how many more. */
struct text plan_summary(struct arena *arena, const struct plan *plan);

#endif
