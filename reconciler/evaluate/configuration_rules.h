#ifndef COUNTERSIGN_EVALUATE_CONFIGURATION_RULES_H
#define COUNTERSIGN_EVALUATE_CONFIGURATION_RULES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "model/configuration.h"
#include "model/decision.h"
#include "model/overview.h"

/*
 * The rules that hold across files (FORMAT section 2, "Errors of a
 * configuration"): adds errors and warnings to configuration->reasons. With
 * `local_authorities` (names of authorities that have a key here; NULL to
 * leave the rule out) an internal authority without a key is an error. Keys
 * and authority facts must have been filled before. Pure.
 */
void configuration_check(struct arena *arena, struct configuration *configuration,
    const struct texts *local_authorities);

/*
 * Whether `candidate` (number and previous set, digest computed) may follow
 * `trusted`: free of errors, and signed by the quorum of the administrators of
 * `trusted`, and of its own as well when administrators or their documents
 * change. Signatures lapse after 30 days, their keys must be valid and listed at
 * `now`; a withdrawal by the same person cancels. `progress` says who signed and who is missing.
 * Pure.
 */
struct configuration_succession {
	const struct configuration *trusted;
	const struct configuration *candidate;
	const struct configuration_signatures *signatures;
	moment now;
};

bool configuration_may_follow(struct arena *arena,
    const struct configuration_succession *succession, struct configuration_candidate *progress);

enum { CONFIGURATION_SIGNATURE_LIFETIME_SECONDS = 30 * 86400 };

#endif
