#include "repository/commit_open.h"

#include <stdlib.h>

#include "base/child.h"

enum { ASKED_SECONDS = 120 };

/*
 * What git says of a commit, in the form of a commit. Neither git nor libgit2
 * reads a part of an object: a child takes the memory, and gives it back.
 */
static bool
ask_git(struct store *store, struct arena *arena, const char *digits, struct text *header)
{
	static const char *const set[] = { "LC_ALL=C", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_GRAFT_FILE=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null" };
	const char *path = getenv("PATH"), *environment[8] = { set[0], set[1], set[2], set[3], set[4] };
	const char *const arguments[] = { "git", arena_printf(arena, "--git-dir=%s", store->path),
		"-c", "core.commitGraph=false", "rev-list", "--no-walk",
		"--format=tree %T%ncommitter <> %ct%n%P", digits, "--", NULL };
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT,
		.environment = environment, .seconds = ASKED_SECONDS };
	struct text said, title, tree, committer, parents, parent;
	struct buffer raw = { .arena = arena };
	struct child_result result;

	environment[5] = arena_printf(arena, "PATH=%s", path == NULL ? "/usr/bin:/bin" : path);
	if (!child_run(arena, &order, &result, &said))
		return store_fail(store, "commit %s: %s", digits, text_string(arena, said));
	said = result.output;
	if (result.status != 0 || !text_next_line(&said, &title) || !text_next_line(&said, &tree) ||
	    !text_next_line(&said, &committer) || !text_next_line(&said, &parents))
		return store_fail(store, "commit %s is malformed: %s", digits, text_string(arena,
		    text_visible(arena, text_trim(result.errors), 200)));
	buffer_printf(&raw, "%.*s\n", TEXT_ARGUMENTS(tree));
	while (parents.length > 0 && text_split(&parents, ' ', &parent))
		buffer_printf(&raw, "parent %.*s\n", TEXT_ARGUMENTS(parent));
	buffer_printf(&raw, "%.*s\n\n", TEXT_ARGUMENTS(committer));
	*header = buffer_text(&raw);
	return true;
}

static bool
is_large_commit(struct store *store, const git_oid *id)
{
	git_object_t kind;
	size_t bytes;

	return git_odb_read_header(&bytes, &kind, store->objects, id) == 0 &&
	    kind == GIT_OBJECT_COMMIT && bytes > OPENED_COMMIT_BYTES;
}

bool
commit_open(struct store *store, const git_oid *id, struct opened_commit *out)
{
	char digits[OBJECT_ID_DIGITS + 1];
	struct text header;

	*out = (struct opened_commit){ .memory = NULL };
	(void)git_oid_tostr(digits, sizeof(digits), id);
	out->object = store_read(store, id, GIT_OBJECT_COMMIT, OPENED_COMMIT_BYTES);
	if (out->object != NULL) {
		header = out->raw = (struct text){ git_odb_object_data(out->object),
			git_odb_object_size(out->object) };
	} else {
		out->memory = arena_new();
		if (!is_large_commit(store, id) || !ask_git(store, out->memory, digits, &header))
			goto failed;
	}
	if (commit_header_parse(header, &out->header))
		return true;
	(void)store_fail(store, "commit %s is malformed", digits);
failed:
	commit_close(out);
	return false;
}

void
commit_close(struct opened_commit *commit)
{
	git_odb_object_free(commit->object);
	arena_free(commit->memory);
}
