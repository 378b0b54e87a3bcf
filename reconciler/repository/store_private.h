#ifndef COUNTERSIGN_REPOSITORY_STORE_PRIVATE_H
#define COUNTERSIGN_REPOSITORY_STORE_PRIVATE_H

#include <git2.h>

#include "repository/remote.h"
#include "repository/store.h"

/* For the files of this folder only: what a store is made of. */

enum { OBJECT_ID_DIGITS = 40, KNOWN_TREES = 64 };

/* The tree of a commit that was read: an id stands for the same bytes for ever. */
struct known_tree {
	bool present;
	git_oid commit;
	git_oid tree;
};

struct tree_cache;
struct feed;

struct store {
	git_repository *repository;
	git_odb *objects;
	char *path;                     /* of the folder that holds refs/ and objects/, with a "/" at its end */
	struct tree_cache *trees;
	struct known_tree known_trees[KNOWN_TREES];
	struct remote *remote;          /* NULL: the repository is here */
	struct reads *reads;            /* NULL: nobody wants to know what is read */
	struct feed *feed;              /* NULL, but for a store without a folder (repository/feed.h); freed with `objects` */
	unsigned updates;               /* since it was opened */
	char trouble[512];              /* see store_trouble() */
	size_t lacking;                 /* see store_lacking() */
	char lacking_id[OBJECT_ID_DIGITS + 1];
};

/* A lower-case hex id; false for anything else, the absent text included. */
bool object_id_parse(struct text hex, git_oid *out);

/* The hex form, in the arena. */
struct text object_id_text(struct arena *arena, const git_oid *id);

/* What libgit2 says about its last failure, safe to show. */
struct text libgit_error(struct arena *arena);

/* Sets store_trouble(); gives false, so that callers can return it. */
bool store_fail(struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Notes that an object is missing or damaged, and sets store_trouble(); gives false. */
bool store_lack(struct store *store, const git_oid *id, const char *what);

/*
 * Reads an object of a kind, checked against its id. NULL with store_trouble()
 * set when it is missing, damaged, of another kind, or larger than `most_bytes`.
 * Freed with git_odb_object_free().
 */
git_odb_object *store_read(struct store *store, const git_oid *id, git_object_t kind,
	size_t most_bytes);

/* store_objects.c: notes that an object was read, where somebody wants to know; and forgets it all. */
void reads_note(struct store *store, const git_oid *id, git_odb_object *object);
void reads_free(struct reads *reads);

/*
 * loose_read.c: from here on objects that are files of their own in this folder (".../objects/") are
 * read by our own code: damaged ones are errors. False when it cannot be opened.
 */
bool loose_reader_add(git_odb *objects, const char *folder);

/* What every store of this process needs once; false with `why`. */
bool libgit_start(struct text *why);

/* Fills `out` with the tree of a commit; false with store_trouble() set. */
bool store_tree_of(struct store *store, struct text commit, git_oid *out);

#endif
