#ifndef COUNTERSIGN_REPOSITORY_WALK_H
#define COUNTERSIGN_REPOSITORY_WALK_H

#include "base/reason.h"
#include "repository/snapshot.h"
#include "repository/tree.h"

/* Walking through the trees of commits by the rules of FORMAT section 1. */
enum {
	/* paths of the output branch hold an id behind a longer beginning (due/YYYY/MM/DD/) */
	OUTPUT_DEPTH = SNAPSHOT_DEPTH + 4,
	OUTPUT_PATH_BYTES = SNAPSHOT_PATH_BYTES + 16,
	/* the most that is looked at in one call: trees can name one subtree over and over */
	SNAPSHOT_ENTRIES = 4 * 1024 * 1024,
	/* the most that is reported one by one in a call */
	SNAPSHOT_REASONS = 100
};

struct place;

/* Where a walk is, and what it may still do. Zero-initialise, set the first three. */
struct walk {
	struct store *store;
	struct arena *arena;
	struct reasons *reasons;
	const struct place *place;      /* the rules here; NULL at the top of the whole tree */
	char path[OUTPUT_PATH_BYTES + 1];       /* of the folder, with a "/" at its end; "" at the top */
	size_t path_length;
	unsigned depth;                 /* folders in `path` */
	size_t entries;                 /* looked at so far */
	size_t reported;
	bool full;                      /* SNAPSHOT_ENTRIES were looked at */
};

/* What an entry is: something that may be read, or not. */
enum verdict { VERDICT_LEAVE, VERDICT_FILE, VERDICT_FOLDER };

struct walk_target {
	enum verdict verdict;
	git_oid id;
};

/*
 * Goes from the top of a commit's tree to the folder or file `path` ("" for the
 * top). The walk is then in that folder, or in the folder of that file. True
 * with VERDICT_LEAVE when nothing readable is there; false with a reason when
 * an object cannot be read.
 */
bool walk_to(struct walk *walk, struct text commit, struct text path, struct walk_target *target);

/* Steps into a folder that was judged VERDICT_FOLDER, and out of it again. */
struct walk_step {
	size_t path_length;
	const struct place *place;
};
struct walk_step walk_enter(struct walk *walk, struct text name);
void walk_leave(struct walk *walk, struct walk_step step);

/* Path of an entry in the walk's folder, in the arena. */
struct text walk_path(const struct walk *walk, struct text name);

/* Counts one more entry; false when there were too many, with a reason the first time. */
bool walk_count(struct walk *walk);

/* Makes store_trouble() a reason; gives false, so that callers can return it. */
bool walk_trouble(struct walk *walk);

/* Says how many reasons were left out, if any. */
void walk_end(struct walk *walk);

#endif
