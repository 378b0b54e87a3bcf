#include "repository/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "repository/ref_delete.h"
#include "repository/stale_lock.h"
#include "repository/store_private.h"

/* How long to wait for the lock of another process: as git itself does, with room for a slow disk. */
enum { LOCK_TRIES = 100, LOCK_PAUSE_MILLISECONDS = 10 };

static bool
is_commit(struct store *store, const git_oid *id)
{
	git_object_t kind;
	size_t bytes;

	return git_odb_read_header(&bytes, &kind, store->objects, id) == 0 &&
	    kind == GIT_OBJECT_COMMIT;
}

bool
store_ref(struct store *store, struct arena *arena, const char *ref, struct text *id)
{
	git_reference *found = NULL;
	const git_oid *target = NULL;
	bool usable;

	if (git_reference_lookup(&found, store->repository, ref) == 0 &&
	    git_reference_type(found) == GIT_REFERENCE_DIRECT)
		target = git_reference_target(found);
	usable = target != NULL && is_commit(store, target);
	if (usable)
		*id = object_id_text(arena, target);
	git_reference_free(found);
	return usable;
}

static int
compare_refs(const void *a, const void *b)
{
	return text_compare(((const struct store_ref_entry *)a)->name,
	    ((const struct store_ref_entry *)b)->name);
}

bool
store_refs(struct store *store, struct arena *arena, const char *prefix, struct store_refs *out,
    struct text *why)
{
	git_reference_iterator *iterator = NULL;
	git_reference *ref = NULL;
	struct store_ref_entry *entry;
	int error;

	error = git_reference_iterator_glob_new(&iterator, store->repository,
	    arena_printf(arena, "%s*", prefix));
	while (error == 0 && (error = git_reference_next(&ref, iterator)) == 0) {
		if (git_reference_type(ref) == GIT_REFERENCE_DIRECT &&
		    text_starts_with(text_of(git_reference_name(ref)), prefix)) {
			entry = ARRAY_ADD(arena, out);
			entry->name = text_copy(arena, text_of(git_reference_name(ref)));
			entry->id = object_id_text(arena, git_reference_target(ref));
		}
		git_reference_free(ref);
	}
	git_reference_iterator_free(iterator);
	if (error != GIT_ITEROVER) {
		*why = text_printf(arena, "cannot read the refs: %.*s",
		    TEXT_ARGUMENTS(libgit_error(arena)));
		return false;
	}
	if (out->count > 1)
		qsort(out->at, out->count, sizeof(out->at[0]), compare_refs);
	return true;
}

/* Under a symbolic ref lies another ref, which would be the one that moves. */
static bool
is_symbolic(struct store *store, const char *ref)
{
	git_reference *found = NULL;
	bool symbolic;

	symbolic = git_reference_lookup(&found, store->repository, ref) == 0 &&
	    git_reference_type(found) == GIT_REFERENCE_SYMBOLIC;
	git_reference_free(found);
	return symbolic;
}

static bool
remove_stale_lock(const struct store *store, const char *ref)
{
	char *path = NULL;
	bool removed;

	if (asprintf(&path, "%s%s.lock", store->path, ref) < 0)
		abort();
	removed = stale_lock_remove(path);
	free(path);
	return removed;
}

static int
write_ref(struct store *store, const char *ref, const git_oid *expected, const git_oid *id)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MILLISECONDS * 1000000L };
	git_reference *written = NULL;
	int error = GIT_ELOCKED;

	for (int i = 0; i < LOCK_TRIES && error == GIT_ELOCKED; i++) {
		if (i > 0 && !remove_stale_lock(store, ref))
			(void)nanosleep(&pause, NULL);
		/*
		 * Forced, with the value to replace: libgit2 compares under the ref's lock, and all
		 * zeroes match a ref that is not there. Unforced it would look before it locks.
		 */
		error = git_reference_create_matching(&written, store->repository, ref, id, 1,
		    expected, "countersign");
		git_reference_free(written);
		written = NULL;
	}
	return error;
}

static enum ref_result
set_ref(struct store *store, const char *ref, const git_oid *expected, const git_oid *id,
    struct text *why, struct arena *arena)
{
	int error = write_ref(store, ref, expected, id);

	if (error == GIT_EMODIFIED || error == GIT_ENOTFOUND) {
		*why = text_printf(arena, "%s was moved by somebody else", ref);
		return REF_LOST;
	}
	if (error == GIT_ELOCKED) {
		*why = text_printf(arena, "%s stays locked: if no git process runs, remove %s%s.lock",
		    ref, store->path, ref);
		return REF_FAILED;
	}
	if (error != 0) {
		*why = text_printf(arena, "cannot move %s: %.*s", ref,
		    TEXT_ARGUMENTS(libgit_error(arena)));
		return REF_FAILED;
	}
	/* a new ref may have brought new folders with it, which libgit2 does not sync */
	if (git_oid_is_zero(expected) && !ref_sync_folders(store->path, ref)) {
		*why = text_printf(arena, "cannot sync the folders of %s", ref);
		return REF_FAILED;
	}
	return REF_MOVED;
}

/* Puts in the mirror what the push has put at the URL; what fails here comes with the next fetch. */
static void
follow_remote(struct store *store, const char *ref, const git_oid *id, struct arena *arena)
{
	git_oid here = { { 0 } };
	struct text unheard;

	(void)git_reference_name_to_id(&here, store->repository, ref);
	if (!git_oid_is_zero(id))
		(void)set_ref(store, ref, &here, id, &unheard, arena);
	else if (!git_oid_is_zero(&here))
		(void)ref_delete(store->path, ref, object_id_text(arena, &here), &unheard, arena);
}

/* Whether the move can be asked for at all. */
static bool
check_move(struct store *store, const char *ref, struct text expected, struct text id,
    struct text *why, struct arena *arena)
{
	git_oid unused;
	int valid = 0;

	if (git_reference_name_is_valid(&valid, ref) != 0 || !valid ||
	    !text_starts_with(text_of(ref), "refs/"))
		*why = text_printf(arena, "%.*s is no name for a ref",
		    TEXT_ARGUMENTS(text_visible(arena, text_of(ref), 300)));
	else if ((text_present(expected) && !object_id_parse(expected, &unused)) ||
	    (text_present(id) && !object_id_parse(id, &unused)) ||
	    (!text_present(expected) && !text_present(id)))
		*why = TEXT("a ref moves from one object id to another");
	else if (!store_writable(store, arena, why))
		return false;
	else if (is_symbolic(store, ref))
		*why = text_printf(arena, "%s is a symbolic ref, which is not followed: delete it with"
		    " git symbolic-ref --delete", ref);
	else
		return true;
	return false;
}

enum ref_result
store_ref_move(struct store *store, const char *ref, struct text expected, struct text id,
    struct text *why, struct arena *arena)
{
	git_oid from = { { 0 } }, to = { { 0 } };
	enum ref_result result;

	if (!check_move(store, ref, expected, id, why, arena))
		return REF_FAILED;
	(void)object_id_parse(expected, &from);
	(void)object_id_parse(id, &to);
	if (store->remote != NULL) {
		result = remote_push(store->remote, ref, expected, id, why, arena);
		if (result == REF_MOVED)
			follow_remote(store, ref, &to, arena);
		return result;
	}
	return text_present(id) ? set_ref(store, ref, &from, &to, why, arena) :
	    ref_delete(store->path, ref, expected, why, arena);
}
