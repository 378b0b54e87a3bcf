/*
 * Opening and closing: local configuration, state directory, keys.
 */
#include "reconcile/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "repository/remote.h"

enum { CONVERSATION_SECONDS = 120 };

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
	if (flock(reconciler->lock, LOCK_EX | LOCK_NB) != 0) {
		*why = text_printf(reconciler->arena, "another countersign uses the state directory "
		    "%s (%s); only one may", directory, strerror(errno));
		return false;
	}
	return true;
}

static bool
open_state(struct reconciler *reconciler, struct text *why)
{
	char *directory = text_string(reconciler->arena, reconciler->local->state_directory);

	if (!lock_state(reconciler, directory, why))
		return false;
	reconciler->tips_path = arena_printf(reconciler->arena, "%s/accepted-tips", directory);
	return tips_read(reconciler->tips_arena, reconciler->tips_path, &reconciler->tips, why);
}

/* A repository elsewhere is mirrored in the state directory. */
static bool
open_store(struct reconciler *reconciler, struct text *why)
{
	const struct local_configuration *local = reconciler->local;
	struct arena *own = reconciler->arena;
	struct remote remote = { .seconds = CONVERSATION_SECONDS };

	if (!text_present(local->repository_url))
		return store_open(text_string(own, local->repository_path), own,
		    &reconciler->store, why);
	remote.mirror = arena_printf(own, "%.*s/mirror.git",
	    TEXT_ARGUMENTS(local->state_directory));
	remote.url = text_string(own, local->repository_url);
	remote.branch = text_string(own, local->branch);
	return store_open_remote(&remote, own, &reconciler->store, why);
}

bool
reconciler_open(const struct local_configuration *local, struct arena *arena,
    struct reconciler **out, struct text *why)
{
	struct arena *own = arena_new();
	struct reconciler *reconciler = ARENA_NEW(own, struct reconciler);

	*reconciler = (struct reconciler){ .local = local, .arena = own, .lock = -1,
		.tips_arena = arena_new(), .trusted_arena = arena_new(),
		.again_arena = arena_new(),
		.sightings = sightings_new() };
	reconciler->input_ref = arena_printf(own, "refs/heads/%.*s", TEXT_ARGUMENTS(local->branch));
	if (!open_state(reconciler, why) || !open_store(reconciler, why) ||
	    !ssh_private_key_read(text_string(own, local->signing_key), &reconciler->key, own, why) ||
	    !signer_open(local, own, &reconciler->signer, why))
		goto failed;
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
reconciler_accept_history(struct reconciler *reconciler, struct text commit, struct arena *arena,
    struct text *why)
{
	struct tips tips = { .output = reconciler->tips.output };
	struct text tip;

	if (!store_update(reconciler->store, arena, why))
		return false;
	if (!store_ref(reconciler->store, arena, reconciler->input_ref, &tip) ||
	    !text_equal(tip, commit)) {
		*why = text_printf(arena, "%s does not point at %.*s: name the whole id of the commit "
		    "that it points at", reconciler->input_ref, TEXT_ARGUMENTS(commit));
		return false;
	}
	tips.input = text_copy(reconciler->tips_arena, tip);
	if (!tips_write(arena, reconciler->tips_path, &tips)) {
		*why = text_printf(arena, "%s: %s", reconciler->tips_path, strerror(errno));
		return false;
	}
	reconciler->tips = tips;
	log_event(LOG_WARNING, "history-accepted", LOG_FIELDS({ "commit", tip }));
	return true;
}

void
reconciler_accept_ledger_loss(struct reconciler *reconciler, struct text hash)
{
	reconciler->lost_ledger = text_copy(reconciler->arena, hash);
}
