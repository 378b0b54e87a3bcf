#ifndef COUNTERSIGN_COMMANDS_CONFIGURATION_VIEW_H
#define COUNTERSIGN_COMMANDS_CONFIGURATION_VIEW_H

#include <stdbool.h>

#include "commands/clone.h"
#include "commands/output.h"
#include "model/configuration.h"
#include "model/overview.h"

/* What `countersign configuration` shows: where the rules stand, and how they would change. */

/*
 * The configuration at a commit as the successor of the trusted one: number
 * and previous digest are those that a signature would have to name. False
 * after a complaint.
 */
bool configuration_candidate_load(struct clone *clone, struct text commit,
	struct configuration *out);

/* Whether its files differ from those of the trusted configuration. */
bool configuration_differs(const struct clone *clone, const struct configuration *candidate);

/* Whether the files of the work tree do, committed or not; not where there is none, or none to be read. */
bool configuration_work_tree_differs(struct clone *clone);

/* The trusted configuration, the candidates and who is waited for, what is wrong, what was ignored. */
void configuration_view_status(struct output *output, const struct configuration_status *status);

/*
 * The differences in the configuration's files between the trusted one and a
 * candidate, then number and digest of both, then what is wrong with the
 * candidate. False after a complaint.
 */
bool configuration_view_diff(struct output *output, struct clone *clone,
	const struct configuration *candidate);

#endif
