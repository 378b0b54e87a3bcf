/*
 * Opening and closing: local configuration, state directory, keys.
 */
#include "reconcile/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "repository/remote.h"

enum { CONVERSATION_SECONDS = 120, LOCK_ATTEMPTS = 100 };

char *
reconciler_folder(struct arena *arena, const struct local_configuration *local)
{
	return arena_printf(arena, "%.*s/reconciler", TEXT_ARGUMENTS(local->state_directory));
}

/* A daemon that was killed may take a moment to be gone: it first ends what it is writing to the disk. */
static bool
lock_soon(int descriptor)
{
	const struct timespec pause = { .tv_nsec = 50000000 };

	for (int attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
		if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return flock(descriptor, LOCK_EX | LOCK_NB) == 0;
}

static bool
lock_state(struct reconciler *reconciler, const char *directory, struct text *why)
{
	char *path = arena_printf(reconciler->arena, "%s/lock", directory);

	if (!file_make_folders(directory, 0700)) {
		*why = text_printf(reconciler->arena, "the state directory %s cannot be made: %s",
		    directory, strerror(errno));
		return false;
	}
	reconciler->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (reconciler->lock < 0) {
		*why = text_printf(reconciler->arena, "%s: %s", path, strerror(errno));
		return false;
	}
	if (!lock_soon(reconciler->lock)) {
		*why = text_printf(reconciler->arena, "another countersign uses the state directory "
		    "%s (%s); only one may", directory, strerror(errno));
		return false;
	}
	return true;
}

static bool
open_state(struct reconciler *reconciler, struct text *why)
{
	char *directory = reconciler_folder(reconciler->arena, reconciler->local);

	if (!lock_state(reconciler, directory, why))
		return false;
	reconciler->folder = directory;
	reconciler->tips_path = arena_printf(reconciler->arena, "%s/accepted-tips", directory);
	return tips_read(reconciler->tips_arena, reconciler->tips_path, &reconciler->tips, why);
}

/* A repository elsewhere is mirrored in the state directory. */
bool
reconciler_store_open(const struct local_configuration *local, struct arena *arena,
    struct store **out, struct text *why)
{
	struct remote remote = { .seconds = CONVERSATION_SECONDS };

	if (!text_present(local->repository_url))
		return store_open(text_string(arena, local->repository_path), arena, out, why);
	remote.mirror = arena_printf(arena, "%s/mirror.git", reconciler_folder(arena, local));
	remote.url = text_string(arena, local->repository_url);
	remote.branch = text_string(arena, local->branch);
	return store_open_remote(&remote, arena, out, why);
}

bool
reconciler_open(const struct local_configuration *local, int keeper, struct arena *arena,
    struct reconciler **out, struct text *why)
{
	struct arena *own = arena_new();
	struct reconciler *reconciler = ARENA_NEW(own, struct reconciler);
	struct text keeper_why = { NULL, 0 };

	*reconciler = (struct reconciler){ .local = local, .arena = own, .lock = -1,
		.tips_arena = arena_new(), .trusted_arena = arena_new(),
		.again_arena = arena_new(),
		.sightings = sightings_new() };
	reconciler->input_ref = arena_printf(own, "refs/heads/%.*s", TEXT_ARGUMENTS(local->branch));
	if (!signer_open(keeper, own, &reconciler->signer, &keeper_why))
		reconciler->signer = NULL;
	if (!open_state(reconciler, why) || !reconciler_store_open(local, own, &reconciler->store, why) ||
	    !ssh_private_key_read(text_string(own, local->signing_key), &reconciler->key, own, why))
		goto failed;
	if (reconciler->signer == NULL) {
		*why = keeper_why;
		goto failed;
	}
	checker_prepare(reconciler);
	*out = reconciler;
	return true;
failed:
	*why = text_copy(arena, *why);
	reconciler_close(reconciler);
	return false;
}

void
reconciler_close(struct reconciler *reconciler)
{
	if (reconciler == NULL)
		return;
	signer_close(reconciler->signer);
	ssh_private_key_free(reconciler->key);
	store_close(reconciler->store);
	open_index_free(reconciler->index);
	sightings_free(reconciler->sightings);
	arena_free(reconciler->trusted_arena);
	arena_free(reconciler->tips_arena);
	arena_free(reconciler->again_arena);
	if (reconciler->lock >= 0)
		close(reconciler->lock);
	arena_free(reconciler->arena);
}

bool
reconciler_waits_for_operator(const struct reconciler *reconciler)
{
	const struct open_index *index = reconciler->index;
	bool held = reconciler->ledger_held || !reconciler->checker_follows;

	for (size_t i = 0; held && index != NULL && i < index->entries.count; i++)
		if (index->entries.at[i].state == STATE_APPROVED ||
		    index->entries.at[i].to_be_issued)
			return true;
	return false;
}

void
reconciler_accept_ledger_loss(struct reconciler *reconciler, struct text hash)
{
	reconciler->lost_ledger = text_copy(reconciler->arena, hash);
}
