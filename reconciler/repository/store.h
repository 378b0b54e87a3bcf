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
 * tree). Replace refs and grafts are not followed; alternates are, since every
 * object is checked against its id, wherever it lies. Only the repository's own
 * git configuration is read. Shallow and partial clones and SHA-256 object ids are
 * refused. False with `why`, which names the remedy. Freed with store_close().
 */
bool store_open(const char *path, struct arena *arena, struct store **out, struct text *why);
void store_close(struct store *store);

/*
 * The same for a repository elsewhere (repository/remote.h): its mirror, made
 * when it is not there, holds what the last store_update() has fetched, and
 * store_ref_move() moves refs there, by a push. The other side is not asked
 * here, and may be out of reach.
 */
struct remote;
bool store_open_remote(const struct remote *remote, struct arena *arena, struct store **out,
	struct text *why);

/*
 * For the beginning of a pass, and before something is decided by what refs
 * hold: fetches, when the repository is elsewhere. Every now and then
 * (STORE_UPDATES_BEFORE_REOPENING) packs are let go that a gc has deleted
 * meanwhile. False with `why`; the store is then as it was.
 */
enum { STORE_UPDATES_BEFORE_REOPENING = 512 };
bool store_update(struct store *store, struct arena *arena, struct text *why);

/*
 * Whether this process should write to the repository: it owns it, or it is
 * shared through its group. Otherwise false with `why`, because files of
 * another user lock the owner out. All that writes checks it.
 */
bool store_writable(struct store *store, struct arena *arena, struct text *why);

/*
 * Why the last call on this store that gave false did so, safe to show.
 * Borrowed, until the next call.
 */
const char *store_trouble(const struct store *store);

/*
 * How many reads have found an object missing or damaged, ever; store_lacking_id() names the newest
 * (borrowed; "" for none). Most readers take such a file for one that cannot be read, which is
 * right for what somebody has pushed, and not for what may hold a rejection: nothing is to be decided
 * by what was read while the number grew. store_lacking_forgive() takes those back that came after
 * `before`: they were objects that may be gone.
 */
size_t store_lacking(const struct store *store);
const char *store_lacking_id(const struct store *store);
void store_lacking_forgive(struct store *store, size_t before);

/*
 * The path of the folder that holds refs/ and objects/, with a "/" at its end,
 * for watching; NULL when the repository is elsewhere. Borrowed.
 */
const char *store_path(const struct store *store);

/* Where the repository is, to show to its operator: its path, or its URL. Borrowed. */
const char *store_place(const struct store *store);

/* What a ref points at, read anew; false when it does not exist, is symbolic or names no commit. */
bool store_ref(struct store *store, struct arena *arena, const char *ref, struct text *id);

struct store_ref_entry {
	struct text name;               /* full: "refs/heads/…" */
	struct text id;
};

ARRAY(store_refs, struct store_ref_entry);

/*
 * All refs whose name starts with `prefix`, sorted by name, symbolic ones left
 * out; what they point at is not looked at. False with `why` on I/O trouble.
 */
bool store_refs(struct store *store, struct arena *arena, const char *prefix,
	struct store_refs *out, struct text *why);

/*
 * Compare-and-swap: moves `ref` from `expected` (absent: it must not exist) to
 * `id` (absent: delete it), under the locks that git takes. REF_LOST: it is not
 * `expected`. REF_MOVED also means durable. Symbolic refs are refused.
 */
enum ref_result { REF_FAILED, REF_LOST, REF_MOVED };
enum ref_result store_ref_move(struct store *store, const char *ref, struct text expected,
	struct text id, struct text *why, struct arena *arena);

/* The id of a commit that a user's revision names ("HEAD", "main~2", a prefix); false when none. */
bool store_resolve(struct store *store, struct arena *arena, const char *revision,
	struct text *id);

/* An object's raw bytes, at most `most_bytes`; false when missing, larger, or not of `type` ("commit", "blob", "tree"). */
bool store_object(struct store *store, struct arena *arena, struct text id, const char *type,
	size_t most_bytes, struct text *out);

/* The same for an object of whatever type, which `type` says: "commit", "blob", "tree", "tag". */
bool store_object_any(struct store *store, struct arena *arena, struct text id, size_t most_bytes,
	const char **type, struct text *out);

/* Its type and how large it is, without reading it; false when it is missing. */
bool store_object_about(struct store *store, struct text id, const char **type, uint64_t *bytes);

/*
 * Gives its bytes piece by piece to `take`, which ends it by false; a child of this process has
 * them in memory meanwhile. False when they could not be had, or not to their end.
 */
struct object_taker {
	bool (*take)(void *context, struct text piece);
	void *context;
};
bool store_object_pieces(struct store *store, struct text id, const struct object_taker *taker);

/* The id that an object of this type and content has, whether it is in a repository or not. */
struct text object_id_of(struct arena *arena, const char *type, struct text content);

/* An object as a bundle holds it. */
struct stored_object {
	const char *type;               /* "commit", "tree", "blob" */
	struct text id;
	struct text content;
};

ARRAY(stored_objects, struct stored_object);

/*
 * From now on every object that is read is added to `objects`, once, in `arena`:
 * whoever has these objects can read the same again. For a store that nothing
 * was read from yet.
 */
void store_note_reads(struct store *store, struct arena *arena, struct stored_objects *objects);

/*
 * A store of nothing but these objects, in memory, without refs; each is known
 * by the id that its content has. False with `why`.
 */
bool store_open_objects(const struct stored_objects *objects, struct arena *arena,
	struct store **out, struct text *why);

/* How large an object is; false when it is missing. */
bool store_object_size(struct store *store, struct text id, uint64_t *bytes);

#endif
