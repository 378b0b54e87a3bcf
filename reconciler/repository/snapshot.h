#ifndef COUNTERSIGN_REPOSITORY_SNAPSHOT_H
#define COUNTERSIGN_REPOSITORY_SNAPSHOT_H

#include "repository/store.h"

/* The limits on what is read from a tree (FORMAT section 1). */
enum {
	SNAPSHOT_DEPTH = 8,             /* folders above a file */
	SNAPSHOT_PATH_BYTES = 255,
	SNAPSHOT_FILE_BYTES = 256 * 1024,
	SNAPSHOT_FOLDER_WARNING_ENTRIES = 1000
};

/*
 * All files below `folder` (or the one file `folder`) in a commit's tree,
 * sorted by path, without their contents. Entries that break FORMAT section 1 (symlinks, submodules,
 * odd modes, doubled, unsorted or odd names, too deep) are not given but
 * reported. False with `why` when objects are missing.
 */
bool snapshot_list(struct store *store, struct arena *arena, struct text commit,
	const char *folder, struct source_files *out, struct reasons *reasons);

/* Fills `content` of a file; false when the blob is missing or over SNAPSHOT_FILE_BYTES. */
bool snapshot_read(struct store *store, struct arena *arena, struct source_file *file);

/* One file by its path, content read; false when it is not there or may not be read. */
bool snapshot_file(struct store *store, struct arena *arena, struct text commit,
	struct text path, struct source_file *out);

/* A path that differs between two trees. */
struct change {
	struct text path;
	struct text old_blob;           /* absent: added */
	struct text new_blob;           /* absent: deleted */
};

ARRAY(changes, struct change);

/*
 * The files below `folder` ("" for all) that differ between two commits
 * (`from` absent: the empty tree), sorted by path. Equal trees are skipped
 * unread, so the cost is that of what changed. Odd entries are left out and
 * reported.
 */
struct comparison {
	struct text from;
	struct text to;
	const char *folder;
};

bool snapshot_compare(struct store *store, struct arena *arena,
	const struct comparison *comparison, struct changes *out, struct reasons *reasons);

#endif
