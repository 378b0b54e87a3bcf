#ifndef COUNTERSIGN_REPOSITORY_TREE_H
#define COUNTERSIGN_REPOSITORY_TREE_H

#include <stdint.h>

#include "repository/store_private.h"

/*
 * Tree objects, parsed here and strictly: git accepts pushes of trees that
 * hold two entries of one name, entries out of order, or names like "..", and
 * libgit2 hands them on.
 */
struct tree;
struct tree_cache;

/* One entry as it stands in the tree; all texts borrowed from it. */
struct tree_entry {
	struct text name;               /* any bytes but NUL and "/" */
	struct text mode;               /* octal digits */
	unsigned bits;                  /* the mode as a number */
	git_oid id;
};

enum { MODE_FOLDER = 0040000, MODE_FILE = 0100644 };

/* Whether the entry is what git writes for a folder, for a plain file. */
bool tree_entry_is_folder(const struct tree_entry *entry);
bool tree_entry_is_file(const struct tree_entry *entry);

/* What is wrong with a tree as a whole; nothing of such a tree is read. */
enum tree_flaw {
	TREE_SOUND,
	TREE_MALFORMED,                 /* cannot be parsed */
	TREE_UNSORTED,                  /* not in git's order: git would not find what stands in it */
	TREE_DOUBLED                    /* more than TREE_DOUBLED_NAMES names twice */
};

enum { TREE_DOUBLED_NAMES = 16 };

/* The most that is read as one tree: about two million entries. */
enum { TREE_BYTES = 64 * 1024 * 1024 };

struct tree_cache *tree_cache_new(void);
void tree_cache_free(struct tree_cache *cache);

/*
 * A tree by its id, from the cache or read, and checked; NULL with
 * store_trouble() set when it is missing, damaged or over TREE_BYTES. The
 * caller gives it back with tree_release(), before the store is closed.
 */
struct tree *tree_get(struct store *store, const git_oid *id);
void tree_release(struct tree *tree);

enum tree_flaw tree_flaw(const struct tree *tree);

/* How many entries a sound tree has. */
size_t tree_count(const struct tree *tree);

/* The entry at a place (from 0) of a sound tree. */
struct tree_entry tree_entry_at(const struct tree *tree, size_t place);

/* Whether a name stands twice in a sound tree. */
bool tree_name_is_doubled(const struct tree *tree, struct text name);

/* The entry of that name in a sound tree, file or folder; false when there is none. */
bool tree_find(const struct tree *tree, struct text name, struct tree_entry *out);

/* Git's order: by bytes, folders as if their name ended in "/". */
int tree_entry_compare(const struct tree_entry *a, const struct tree_entry *b);

#endif
