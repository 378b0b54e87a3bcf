#ifndef COUNTERSIGN_COMMANDS_DOCUMENTS_H
#define COUNTERSIGN_COMMANDS_DOCUMENTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/snapshot.h"
#include "repository/store.h"

/*
 * Where `check` reads documents: a commit, or the files of a work tree as they
 * are on disk, committed or not.
 */
struct documents {
	struct store *store;            /* with `commit`: a commit's tree; NULL: a work tree */
	struct text commit;
	const char *folder;             /* the work tree's top */
};

/*
 * All files below `folder`, sorted by path, without contents; what FORMAT
 * section 1 refuses is reported and not given, and so is a folder of too many
 * entries. False with `why` when the tree or the disk cannot be read. A
 * folder that is not there has no files.
 */
bool documents_list(const struct documents *documents, struct arena *arena, const char *folder,
	struct source_files *out, struct reasons *reasons);

/* Fills `content`; false when the file cannot be read or is too large. */
bool documents_read(const struct documents *documents, struct arena *arena,
	struct source_file *file);

#endif
