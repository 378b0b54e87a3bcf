#ifndef COUNTERSIGN_REPOSITORY_HISTORY_H
#define COUNTERSIGN_REPOSITORY_HISTORY_H

#include "repository/store.h"

/* A commit of a batch. */
struct history_commit {
	struct text id;
	struct text raw;                /* the object's bytes; absent when over HISTORY_COMMIT_BYTES */
};

ARRAY(history_commits, struct history_commit);

enum { HISTORY_COMMIT_BYTES = 1024 * 1024, ENVELOPE_COMMIT_BYTES = 64 * 1024, ENVELOPE_COMMITS = 64 };

struct history_range {
	struct text tip;
	struct text known;              /* absent: everything reachable from the tip */
	size_t most;                    /* history_first_parents(): how many at the most; 0: no limit */
};

/*
 * The commits reachable from `tip` and not from `known`, oldest first as far
 * as parents tell. `descends` says whether `known` is an ancestor of (or is)
 * `tip`. Found by walking parents until only known commits remain. False with
 * `why` when objects are missing.
 */
bool history_new(struct store *store, struct arena *arena, const struct history_range *range,
	struct history_commits *out, bool *descends);

/*
 * The first-parent line from `tip` down to but not including `known` (absent:
 * to the root), newest first, at most range->most. `reached` says whether `known`
 * (or the root) was met.
 */
bool history_first_parents(struct store *store, struct arena *arena,
	const struct history_range *range, struct history_commits *out, bool *reached);

#endif
