#ifndef COUNTERSIGN_COMMANDS_RANGE_H
#define COUNTERSIGN_COMMANDS_RANGE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "repository/history.h"
#include "repository/snapshot.h"
#include "repository/store.h"

/* What a branch adds: from where it left BASE to HEAD. */
struct range {
	struct text base;               /* the merge base: commit id */
	struct text head;               /* commit id */
	struct changes changes;         /* files that differ, sorted by path */
	struct texts touched;           /* their paths, sorted */
};

/* Whether an operand is a range: "BASE..HEAD", either side may be missing (then HEAD). */
bool range_spelled(struct text operand);

/*
 * Resolves a range of the repository at the current folder: the merge base,
 * as a pull request is compared, and the files that differ. False with `why`.
 */
bool range_resolve(struct store *store, struct arena *arena, struct text operand,
	struct range *out, struct text *why);

#endif
