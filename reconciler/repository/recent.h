#ifndef COUNTERSIGN_REPOSITORY_RECENT_H
#define COUNTERSIGN_REPOSITORY_RECENT_H

#include "repository/history.h"

/* How far back the newest commits of a branch are read. */
struct recent_range {
	struct text tip;                /* the first that is read */
	struct text end;                /* where the first-parent line ends, not read; absent: at its root */
	size_t most;                    /* commits */
	size_t most_bytes;              /* of the first-parent line; as much again of what was merged into it */
	bool (*wanted)(struct text raw);        /* which are given, of those that are not too large */
};

struct recent_past {
	struct history_commits commits; /* those that are wanted, with their bytes */
	struct text oldest;             /* of the first-parent line; absent: all of it was read, down to its end */
	struct text trouble;            /* why less was read than `most` allows; absent mostly */
};

/*
 * Reads the newest commits, newest first: those of the first-parent line, and
 * behind each what it merged that is not on the line. Dates decide nothing, so
 * that the same tip gives the same commits always. Commits over
 * HISTORY_COMMIT_BYTES are passed over. What cannot be read ends the reading
 * with `trouble`, safe to show, and takes nothing away from what was read.
 */
void recent_read(struct store *store, struct arena *arena, const struct recent_range *range,
	struct recent_past *out);

#endif
