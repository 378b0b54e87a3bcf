#ifndef COUNTERSIGN_REPOSITORY_STORE_H
#define COUNTERSIGN_REPOSITORY_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/snapshot.h"

/*
 * A git repository on this machine: objects and refs, never a work tree. All
 * object ids are lower-case hex texts (40 digits; 64 with SHA-256).
 */
struct store;

/*
 * Opens a repository at `path` (bare or not, or anywhere inside its work
 * tree), with replace refs, grafts and alternates not followed and objects
 * synced when written. False with `why`. Freed with store_close().
 */
bool store_open(const char *path, struct arena *arena, struct store **out, struct text *why);
void store_close(struct store *store);

/* The path of the git directory, for watching. Borrowed. */
const char *store_path(const struct store *store);

/* What a ref points at, read anew; false when it does not exist. Only commits. */
bool store_ref(struct store *store, struct arena *arena, const char *ref, struct text *id);

struct store_ref_entry {
	struct text name;               /* full: "refs/heads/…" */
	struct text id;
};

ARRAY(store_refs, struct store_ref_entry);

/* All refs whose name starts with `prefix`, sorted by name. False with `why` on I/O trouble. */
bool store_refs(struct store *store, struct arena *arena, const char *prefix,
	struct store_refs *out, struct text *why);

/*
 * Compare-and-swap: moves `ref` from `expected` (absent: it must not exist) to
 * `id` (absent: delete it). `REF_MOVED` also means durable.
 */
enum ref_result { REF_FAILED, REF_LOST, REF_MOVED };
enum ref_result store_ref_move(struct store *store, const char *ref, struct text expected,
	struct text id, struct text *why, struct arena *arena);

/* The id of a commit that a user's revision names ("HEAD", "main~2", a prefix); false when none. */
bool store_resolve(struct store *store, struct arena *arena, const char *revision,
	struct text *id);

/* An object's raw bytes, at most `most_bytes`; false when missing, larger, or not of `type` ("commit", "blob"). */
bool store_object(struct store *store, struct arena *arena, struct text id, const char *type,
	size_t most_bytes, struct text *out);

/* How large an object is; false when it is missing. */
bool store_object_size(struct store *store, struct text id, uint64_t *bytes);

#endif
