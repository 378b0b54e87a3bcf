#ifndef COUNTERSIGN_REPOSITORY_HISTORY_H
#define COUNTERSIGN_REPOSITORY_HISTORY_H

#include "repository/store.h"

/* A commit of a batch. */
struct history_commit {
	struct text id;
	struct text raw;                /* the object's bytes; absent when too large, or not wanted */
	bool wanted;                    /* of history_new(): what the range was asked, and not too large */
	bool too_large;                 /* over range->most_bytes */
};

ARRAY(history_commits, struct history_commit);

enum { HISTORY_COMMIT_BYTES = 1024 * 1024, ENVELOPE_COMMIT_BYTES = 64 * 1024, ENVELOPE_COMMITS = 64,
	HISTORY_SETTLE_COMMITS = 65536,
	/* what a batch keeps of its commits; the others' bytes are read again one by one */
	HISTORY_KEPT_BYTES = 16 * 1024 * 1024 };

struct history_range {
	struct text tip;
	struct text known;              /* absent: everything reachable from the tip */
	size_t most;                    /* history_first_parents(): how many at the most; 0: no limit */
	size_t most_bytes;              /* larger commits come without `raw`; 0: HISTORY_COMMIT_BYTES */
	/*
	 * Asked for each commit; NULL: all are wanted. history_new() gives those that
	 * are not without `raw`, and asks with nothing but `raw`, only of those that
	 * are not too large. Of those that are wanted it keeps HISTORY_KEPT_BYTES
	 * together: history_commit_raw() has them all. For history_first_parents() the first that is not wanted
	 * ends the line and is not given; one that is too large is not even read, and
	 * ends the line behind it at the latest.
	 */
	bool (*wanted)(void *context, const struct history_commit *commit);
	void *context;
};

/*
 * The commits reachable from `tip` and not from `known`, parents before their
 * children. `descends` says whether `known` is an ancestor of (or is) `tip`;
 * true when it is absent. Found by walking parents until only known commits
 * remain, from both ends in turn, so that commit dates decide nothing: they can
 * make the walk longer, and where they contradict the parents over more than
 * HISTORY_SETTLE_COMMITS commits, the batch may hold known commits as well; it
 * never lacks a new one. False with store_trouble() when objects are missing.
 */
bool history_new(struct store *store, struct arena *arena, const struct history_range *range,
	struct history_commits *out, bool *descends);

/*
 * The bytes of a commit that history_new() gave as wanted: those kept with it, or
 * read again, into the arena. False with store_trouble().
 */
bool history_commit_raw(struct store *store, struct arena *arena,
	const struct history_commit *commit, struct text *raw);

/*
 * The first-parent line from `tip` down to but not including `known` (absent:
 * to the root), newest first, at most range->most. `reached` says whether `known`
 * (absent: the root) was met. False with store_trouble() when objects are missing.
 */
bool history_first_parents(struct store *store, struct arena *arena,
	const struct history_range *range, struct history_commits *out, bool *reached);

#endif
