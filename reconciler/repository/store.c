#include "repository/store.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "repository/alternates.h"
#include "repository/child_read.h"
#include "repository/commit_open.h"
#include "repository/store_private.h"
#include "repository/tree.h"

/*
 * What a daemon may spend on somebody else's repository: libgit2's own limits
 * are meant for work stations (8 GiB mapped, no limit on open packs).
 */
enum {
	OBJECT_CACHE_BYTES = 8 * 1024 * 1024,
	WINDOW_BYTES = 16 * 1024 * 1024,
	MAPPED_BYTES = 256 * 1024 * 1024,
	OPEN_PACKS = 64
};

bool
object_id_parse(struct text hex, git_oid *out)
{
	return hex_is_lower(hex, OBJECT_ID_DIGITS) &&
	    git_oid_fromstrn(out, hex.at, hex.length) == 0;
}

struct text
object_id_text(struct arena *arena, const git_oid *id)
{
	char *digits = arena_allocate(arena, OBJECT_ID_DIGITS + 1);

	(void)git_oid_tostr(digits, OBJECT_ID_DIGITS + 1, id);
	return (struct text){ digits, OBJECT_ID_DIGITS };
}

struct text
libgit_error(struct arena *arena)
{
	const git_error *error = git_error_last();

	if (error == NULL || error->message == NULL)
		return TEXT("unknown trouble");
	return text_visible(arena, text_of(error->message), 400);
}

bool
store_fail(struct store *store, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(store->trouble, sizeof(store->trouble), format, arguments);
	va_end(arguments);
	return false;
}

bool
store_lack(struct store *store, const git_oid *id, const char *what)
{
	char digits[OBJECT_ID_DIGITS + 1];

	(void)git_oid_tostr(digits, sizeof(digits), id);
	/* the null id is that of no object: who wrote it into a tree has withheld nothing */
	if (!git_oid_is_zero(id)) {
		store->lacking++;
		memcpy(store->lacking_id, digits, sizeof(digits));
	}
	return store_fail(store, "object %s is %s", digits, what);
}

size_t
store_lacking(const struct store *store)
{
	return store->lacking;
}

const char *
store_lacking_id(const struct store *store)
{
	return store->lacking_id;
}

void
store_lacking_forgive(struct store *store, size_t before)
{
	store->lacking = before;
}

const char *
store_trouble(const struct store *store)
{
	return store->trouble;
}

/* Only the repository's own configuration is read: what a daemon does must not depend on whose home it runs in. */
static void
set_global_options(void)
{
	static const int levels[] = { GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
		GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL };
	/* both change nothing for somebody who never touches a work tree and deletes no objects */
	static const char *extensions[] = { "worktreeconfig", "preciousobjects" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		(void)git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	(void)git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions,
	    sizeof(extensions) / sizeof(extensions[0]));
	(void)git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	(void)git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	(void)git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
	/*
	 * Off: it protects those who would run what a stranger's configuration names, and nothing is
	 * run here. Writing is another matter: store_writable().
	 */
	(void)git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	(void)git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)OBJECT_CACHE_BYTES);
	(void)git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)WINDOW_BYTES);
	(void)git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)MAPPED_BYTES);
	(void)git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, (size_t)OPEN_PACKS);
}

/* Why a repository could not be opened, and what to do. */
static struct text
explain_open(struct arena *arena, const char *path, int error)
{
	struct text shown = text_visible(arena, text_of(path), 300), said = libgit_error(arena);
	const char *text = text_string(arena, said);

	if (error == GIT_ENOTFOUND)
		return text_printf(arena, "%.*s is not a git repository, nor inside one",
		    TEXT_ARGUMENTS(shown));
	if (strstr(text, "objectformat") != NULL)
		return text_printf(arena, "%.*s uses SHA-256 object ids, which this build's libgit2"
		    " cannot read: make the repository with git init --object-format=sha1",
		    TEXT_ARGUMENTS(shown));
	return text_printf(arena, "cannot open the repository %.*s: %.*s", TEXT_ARGUMENTS(shown),
	    TEXT_ARGUMENTS(said));
}

/* A clone that leaves objects with the remote until somebody needs them. */
static bool
is_partial(git_repository *repository)
{
	git_config *config = NULL;
	git_config_iterator *iterator = NULL;
	git_config_entry *entry;
	bool partial = false;

	/* entry by entry: libgit2 1.5 leaks memory for each name that a pattern does not match */
	if (git_repository_config_snapshot(&config, repository) == 0 &&
	    git_config_iterator_new(&iterator, config) == 0)
		while (!partial && git_config_next(&entry, iterator) == 0)
			partial = text_starts_with(text_of(entry->name), "remote.") &&
			    text_ends_with(text_of(entry->name), ".promisor") &&
			    strcmp(entry->value, "false") != 0;
	git_config_iterator_free(iterator);
	git_config_free(config);
	return partial;
}

/* Objects that are not there would look like damage, at the first one that is needed. */
static bool
is_whole(struct store *store, const char *path, struct arena *arena, struct text *why)
{
	struct text shown = text_visible(arena, text_of(path), 300);

	if (git_repository_is_shallow(store->repository))
		*why = text_printf(arena, "%.*s is a shallow clone and lacks history: run git fetch"
		    " --unshallow", TEXT_ARGUMENTS(shown));
	else if (is_partial(store->repository))
		*why = text_printf(arena, "%.*s is a partial clone and lacks objects: clone it again"
		    " without --filter", TEXT_ARGUMENTS(shown));
	else
		return true;
	return false;
}

static bool
add_loose_readers(struct store *store, struct arena *arena, struct text *why)
{
	const char *objects = arena_printf(arena, "%sobjects",
	    git_repository_commondir(store->repository));
	struct texts borrowed = { 0 };

	alternates_add(arena, objects, &borrowed);
	/* one that cannot be opened has nothing to be read */
	for (size_t i = 0; i < borrowed.count; i++)
		(void)loose_reader_add(store->objects, text_string(arena, borrowed.at[i]));
	if (loose_reader_add(store->objects, objects))
		return true;
	*why = text_printf(arena, "%s: %s", objects, strerror(errno));
	return false;
}

static bool
open_repository(struct store *store, const char *path, struct arena *arena, struct text *why)
{
	int error = git_repository_open_ext(&store->repository, path, 0, NULL);

	if (error == 0)
		error = git_repository_odb(&store->objects, store->repository);
	if (error != 0) {
		*why = explain_open(arena, path, error);
		return false;
	}
	if (!is_whole(store, path, arena, why) || !add_loose_readers(store, arena, why))
		return false;
	/* for reflogs, where the repository keeps them */
	(void)git_repository_set_ident(store->repository, "countersign", "countersign@localhost");
	return true;
}

static void
close_repository(struct store *store)
{
	git_odb_free(store->objects);
	git_repository_free(store->repository);
}

static char *
duplicate(const char *string)
{
	char *copy = strdup(string);

	if (copy == NULL)
		abort();
	return copy;
}

bool
libgit_start(struct text *why)
{
	if (git_libgit2_init() < 0) {
		*why = TEXT("libgit2 cannot be used");
		return false;
	}
	set_global_options();
	return true;
}

bool
store_open(const char *path, struct arena *arena, struct store **out, struct text *why)
{
	struct store *store = calloc(1, sizeof(*store));

	*out = NULL;
	if (store == NULL)
		abort();
	if (!libgit_start(why)) {
		free(store);
		return false;
	}
	if (!open_repository(store, path, arena, why)) {
		store_close(store);
		return false;
	}
	store->path = duplicate(git_repository_commondir(store->repository));
	store->trees = tree_cache_new();
	*out = store;
	return true;
}

bool
store_open_remote(const struct remote *remote, struct arena *arena, struct store **out,
    struct text *why)
{
	struct store *store;

	*out = NULL;
	if (!remote_open_mirror(remote, arena, &store, why))
		return false;
	store->remote = malloc(sizeof(*store->remote));
	if (store->remote == NULL)
		abort();
	*store->remote = (struct remote){ .mirror = duplicate(remote->mirror),
		.url = duplicate(remote->url), .branch = duplicate(remote->branch),
		.seconds = remote->seconds };
	*out = store;
	return true;
}

/* A gc deletes packs that stay open, and take room, until the repository is opened afresh. */
static bool
reopen(struct store *store, struct arena *arena, struct text *why)
{
	struct store fresh = { .repository = NULL };

	if (!open_repository(&fresh, store->path, arena, why)) {
		close_repository(&fresh);
		return false;
	}
	close_repository(store);
	store->repository = fresh.repository;
	store->objects = fresh.objects;
	store->updates = 0;
	return true;
}

bool
store_update(struct store *store, struct arena *arena, struct text *why)
{
	if (store->remote != NULL && !remote_fetch(store->remote, arena, why))
		return false;
	return ++store->updates < STORE_UPDATES_BEFORE_REOPENING || reopen(store, arena, why);
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	tree_cache_free(store->trees);
	close_repository(store);
	if (store->remote != NULL) {
		free((char *)(uintptr_t)store->remote->mirror);
		free((char *)(uintptr_t)store->remote->url);
		free((char *)(uintptr_t)store->remote->branch);
		free(store->remote);
	}
	reads_free(store->reads);
	free(store->path);
	/* libgit2 stays: to start it (and the TLS library that it never needs here) costs more than a pass */
	free(store);
}

const char *
store_path(const struct store *store)
{
	return store->remote != NULL ? NULL : store->path;
}

const char *
store_place(const struct store *store)
{
	return store->remote != NULL ? store->remote->url : store->path;
}

static const char *
user_name(struct arena *arena, uid_t user)
{
	struct passwd *entry = getpwuid(user);

	return entry == NULL ? arena_printf(arena, "user %lu", (unsigned long)user) :
	    arena_printf(arena, "%s", entry->pw_name);
}

/* Shared through its group, as git init --shared makes it. */
static bool
is_shared(mode_t mode)
{
	return (mode & (S_ISGID | S_IWGRP)) == (S_ISGID | S_IWGRP);
}

bool
store_writable(struct store *store, struct arena *arena, struct text *why)
{
	const char *objects = arena_printf(arena, "%sobjects", store->path);
	const char *us = user_name(arena, geteuid());
	struct stat about;

	if (stat(objects, &about) == 0 && about.st_uid != geteuid() && !is_shared(about.st_mode))
		*why = text_printf(arena, "%s belongs to %s, and this process runs as %s, whose files"
		    " would lock %s out: run it as the owner, or share the repository with a group"
		    " of both (git config core.sharedRepository group; chmod -R g+ws)", store->path, user_name(arena, about.st_uid), us,
		    user_name(arena, about.st_uid));
	else if (access(objects, W_OK) != 0)
		*why = text_printf(arena, "%s may not write to %s: %s", us, objects, strerror(errno));
	else
		return true;
	return false;
}

git_odb_object *
store_read(struct store *store, const git_oid *id, git_object_t kind, size_t most_bytes)
{
	char digits[OBJECT_ID_DIGITS + 1];
	git_odb_object *object = NULL;
	git_object_t found;
	size_t bytes;

	(void)git_oid_tostr(digits, sizeof(digits), id);
	/* the header first: what is too large is never inflated */
	if (git_odb_read_header(&bytes, &found, store->objects, id) != 0) {
		(void)store_lack(store, id, "missing");
		return NULL;
	}
	if (found != kind || bytes > most_bytes) {
		store_fail(store, found != kind ? "object %s is not a %s" :
		    "object %s (a %s) is too large", digits, git_object_type2string(kind));
		return NULL;
	}
	if (git_odb_read(&object, store->objects, id) != 0) {
		(void)store_lack(store, id, "damaged");
		return NULL;
	}
	if (store->reads != NULL)
		reads_note(store, id, object);
	return object;
}

bool
store_object(struct store *store, struct arena *arena, struct text id, const char *type,
    size_t most_bytes, struct text *out)
{
	git_odb_object *object;
	git_oid oid;

	if (!object_id_parse(id, &oid))
		return store_fail(store, "not an object id");
	object = store_read(store, &oid, git_object_string2type(type), most_bytes);
	if (object == NULL)
		return false;
	*out = (struct text){ arena_copy(arena, git_odb_object_data(object),
	    git_odb_object_size(object)), git_odb_object_size(object) };
	git_odb_object_free(object);
	return true;
}

bool
store_object_any(struct store *store, struct arena *arena, struct text id, size_t most_bytes,
    const char **type, struct text *out)
{
	uint64_t bytes;

	return store_object_about(store, id, type, &bytes) &&
	    store_object(store, arena, id, *type, most_bytes, out);
}

bool
store_object_pieces(struct store *store, struct text id, const struct object_taker *taker)
{
	git_oid oid;
	const struct child_reading reading = { .id = &oid, .take = taker->take,
		.context = taker->context };

	if (!object_id_parse(id, &oid))
		return store_fail(store, "not an object id");
	return child_read(store, &reading) || store_fail(store, "object %.*s cannot be read",
	    TEXT_ARGUMENTS(id));
}

struct text
object_id_of(struct arena *arena, const char *type, struct text content)
{
	git_oid id;

	if (git_odb_hash(&id, content.at, content.length, git_object_string2type(type)) != 0)
		return (struct text){ NULL, 0 };
	return object_id_text(arena, &id);
}

bool
store_object_size(struct store *store, struct text id, uint64_t *bytes)
{
	const char *type;

	return store_object_about(store, id, &type, bytes);
}

bool
store_object_about(struct store *store, struct text id, const char **type, uint64_t *bytes)
{
	git_object_t kind;
	git_oid oid;
	size_t size;

	if (!object_id_parse(id, &oid))
		return store_fail(store, "not an object id");
	if (git_odb_read_header(&size, &kind, store->objects, &oid) != 0)
		return store_lack(store, &oid, "missing");
	*type = git_object_type2string(kind);
	*bytes = size;
	return true;
}

/* Each file is looked for from its commit on, which somebody may have made large. */
static struct known_tree *
known_tree_of(struct store *store, const git_oid *commit)
{
	return &store->known_trees[commit->id[0] % KNOWN_TREES];
}

bool
store_tree_of(struct store *store, struct text commit, git_oid *out)
{
	struct known_tree *known;
	struct opened_commit opened;
	git_oid oid;

	if (!object_id_parse(commit, &oid))
		return store_fail(store, "not a commit id");
	known = known_tree_of(store, &oid);
	if (!known->present || !git_oid_equal(&known->commit, &oid)) {
		if (!commit_open(store, &oid, &opened))
			return false;
		*known = (struct known_tree){ true, oid, opened.header.tree };
		commit_close(&opened);
	}
	*out = known->tree;
	return true;
}
