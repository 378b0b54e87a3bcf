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
 * All files below `folder` (or the one file `folder`; "" for all that FORMAT
 * section 1 names, which leaves other files at the top of the tree alone) in a
 * commit's tree, sorted by path, without their contents. Entries that break
 * section 1 (symlinks, submodules, odd modes, doubled, unsorted or odd names,
 * too deep) are not given but reported, at most 100 of them one by one. An
 * absent folder is an empty one. False, with the cause as the last reason, when
 * objects are missing or damaged.
 */
bool snapshot_list(struct store *store, struct arena *arena, struct text commit,
	const char *folder, struct source_files *out, struct reasons *reasons);

/*
 * Fills `size_bytes` and `content` of a file. False when the blob is missing
 * (size_bytes stays as it was) or over SNAPSHOT_FILE_BYTES (size_bytes says by
 * how much); store_trouble() has the words.
 */
bool snapshot_read(struct store *store, struct arena *arena, struct source_file *file);

/* What stands at a path, unread: its blob's id; absent when no file is there that may be read. */
struct text snapshot_blob(struct store *store, struct arena *arena, struct text commit,
	struct text path);

/*
 * One file by its path, content read; false when it is not there or may not be
 * read: store_trouble() says why.
 */
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
 * What is compared, and how much of it at once: trees can name one subtree over
 * and over, so that few bytes make millions of paths.
 */
struct comparison {
	struct text from;               /* commit; absent: the empty tree */
	struct text to;                 /* commit */
	const char *folder;             /* "" for all */
	struct text behind;             /* only paths that sort behind this one; absent: all */
	size_t most;                    /* stop after so many changes; 0: any number */
};

/*
 * Adds the files that differ between two commits, sorted by path. Equal trees
 * are skipped unread, so the cost is that of what changed. After `most` changes there
 * may be more, behind the last one given. What lies before `behind` counts among the
 * entries that are looked at, so that parts end where the whole does.
 * Odd entries of `to` that are new or changed are left out and reported, those of
 * `from` were reported then. False as in snapshot_list().
 */
bool snapshot_compare(struct store *store, struct arena *arena,
	const struct comparison *comparison, struct changes *out, struct reasons *reasons);

/* Whether there was more than is looked at in one call, by the reasons that it gave. */
bool snapshot_was_cut(const struct reasons *reasons);

/* A folder with more entries than git and forges handle well. */
struct large_folder {
	struct text path;
	size_t entries;
};

ARRAY(large_folders, struct large_folder);

/*
 * The folders below `folder` (as in snapshot_list()) with more than
 * SNAPSHOT_FOLDER_WARNING_ENTRIES entries, for a warning. False with
 * store_trouble() when objects are missing.
 */
bool snapshot_large_folders(struct store *store, struct arena *arena, struct text commit,
	const char *folder, struct large_folders *out);

#endif
