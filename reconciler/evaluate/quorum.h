#ifndef COUNTERSIGN_EVALUATE_QUORUM_H
#define COUNTERSIGN_EVALUATE_QUORUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"

/*
 * Which signature serves which step. A signature serves one step, a person
 * once in a step (with `distinct`: in one step only), steps are completed in
 * order. It is a matching and not a walk, so no order of arrival can block a
 * quorum that exists.
 */

struct quorum_signature {
	size_t person; /* index, below `people` */
	moment at;     /* observed */
};

struct quorum {
	size_t steps;
	const int64_t *required; /* of each step */
	size_t people;
	const bool *eligible; /* of person p for step s: eligible[p * steps + s] */
	size_t signatures;
	const struct quorum_signature *signature; /* sorted by `at`; earlier ones are preferred */
	bool distinct;
	/*
	 * A signature serves a step only if the step opened before it was observed.
	 * A step opens at the first moment at which those before it could all be
	 * complete.
	 */
	bool refuse_early;
};

#define QUORUM_UNUSED SIZE_MAX

struct quorum_result {
	size_t complete; /* leading steps that are complete; the next one is open */
	int64_t *filled; /* signatures that serve each step */
	size_t *step_of; /* of each signature, or QUORUM_UNUSED */
	bool *early;     /* of each signature: all steps it could serve open too late */
};

/* Fills `out`, its arrays in the arena. */
void quorum_match(struct arena *arena, const struct quorum *quorum, struct quorum_result *out);

/*
 * Whether one more signature, given now by `person`, would bring the open
 * step forward, itself or by setting another signature free.
 */
bool quorum_needs(const struct quorum *quorum, const struct quorum_result *result, size_t person);

#endif
