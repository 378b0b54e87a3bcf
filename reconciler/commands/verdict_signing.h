#ifndef COUNTERSIGN_COMMANDS_VERDICT_SIGNING_H
#define COUNTERSIGN_COMMANDS_VERDICT_SIGNING_H

#include "base/text.h"
#include "commands/verdicts.h"

/*
 * Three ways in which one signature carries the decisions of a desk. Each gives
 * an exit status, after saying what was done and what comes next, or a complaint. An absent
 * comment is none.
 */

/* A signed commit on the current branch (FORMAT section 3, form 1). */
int verdicts_commit(const struct verdict_desk *desk, struct text comment);

/* A signed commit to an inbox branch of the shared repository (form 1). */
int verdicts_push(const struct verdict_desk *desk, struct text comment);

/* A signed file, approvals/NAME.yaml and .sig, committed (form 2). */
int verdicts_file(const struct verdict_desk *desk, struct text comment);

#endif
