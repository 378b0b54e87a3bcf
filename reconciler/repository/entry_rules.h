#ifndef COUNTERSIGN_REPOSITORY_ENTRY_RULES_H
#define COUNTERSIGN_REPOSITORY_ENTRY_RULES_H

#include "repository/walk.h"

/*
 * Which entries of a tree are read (FORMAT section 1, "Paths in these
 * folders"), and what is said about the others.
 */

/* The rules of one folder (or file) at the top of the tree. */
struct place {
	const char *name;
	bool is_file;
	unsigned depth;                 /* folders above a file, at the most */
	size_t path_bytes;
	const char *endings[2];         /* what the names of files end in; none: anything */
};

/* The rules for a name at the top of the tree; NULL when the formats do not name it. */
const struct place *place_find(struct text name);

/* The rules for any other folder that somebody asks for. */
extern const struct place place_elsewhere;

/*
 * Judges one entry of the sound tree that the walk is in; `report` says
 * whether to give a reason when it is left out. At the top of the whole tree
 * what the formats do not name is left out silently.
 */
enum verdict entry_judge(struct walk *walk, const struct tree *tree,
	const struct tree_entry *entry, bool report);

/* Gives the reason why the whole folder that the walk is in is not read; false when the tree is sound. */
bool entry_report_flaw(struct walk *walk, const struct tree *tree);

#endif
