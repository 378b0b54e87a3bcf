#include "repository/store.h"

#include <string.h>

#include "repository/commit_header.h"
#include "repository/store_private.h"

/*
 * The revisions that people write. libgit2 1.5 would leak memory for every name
 * that is none (a pattern that does not match), so it is asked only for the
 * forms that nobody needs here.
 */
enum { COMMIT_BYTES = 256 * 1024 * 1024, SHORTEST_PREFIX = 4, MOST_STEPS = 1000000 };

static bool
is_hex(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

/* What stands before the first "~" or "^": a ref, an id or its beginning, or another form. */
static bool
resolve_name(struct store *store, const char *name, git_oid *out)
{
	git_reference *ref = NULL;
	git_object *object = NULL, *commit = NULL;
	git_oid prefix, id;
	size_t length = strlen(name);
	bool found;

	if (strcmp(name, "@") == 0)
		name = "HEAD";
	if (git_reference_dwim(&ref, store->repository, name) == 0)
		found = git_reference_peel(&commit, ref, GIT_OBJECT_COMMIT) == 0;
	else if (is_hex(name) && length >= SHORTEST_PREFIX && length <= OBJECT_ID_DIGITS)
		found = git_oid_fromstrn(&prefix, name, length) == 0 &&
		    git_odb_exists_prefix(&id, store->objects, &prefix, length) == 0 &&
		    git_object_lookup(&object, store->repository, &id, GIT_OBJECT_ANY) == 0 &&
		    git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0;
	else
		found = strpbrk(name, "@:") != NULL &&
		    git_revparse_single(&object, store->repository, name) == 0 &&
		    git_object_peel(&commit, object, GIT_OBJECT_COMMIT) == 0;
	if (found)
		*out = *git_object_id(commit);
	git_reference_free(ref);
	git_object_free(object);
	git_object_free(commit);
	return found;
}

/* Goes to the parent of that number, counted from 1. */
static bool
go_to_parent(struct store *store, unsigned long number, git_oid *id)
{
	git_odb_object *object = store_read(store, id, GIT_OBJECT_COMMIT, COMMIT_BYTES);
	struct commit_header header;
	bool found;

	if (object == NULL)
		return false;
	found = commit_header_parse((struct text){ git_odb_object_data(object),
	    git_odb_object_size(object) }, &header);
	for (unsigned long i = 0; found && i < number; i++)
		found = commit_header_next_parent(&header.parents, id);
	git_odb_object_free(object);
	return found;
}

/* Takes the number behind "~" or "^" (none: 1) off the front of `rest`. */
static bool
take_number(struct text *rest, unsigned long *number)
{
	*number = 0;
	if (rest->length == 0 || rest->at[0] < '0' || rest->at[0] > '9')
		*number = 1;
	for (; rest->length > 0 && rest->at[0] >= '0' && rest->at[0] <= '9'; *rest = text_skip(*rest, 1)) {
		*number = *number * 10 + (unsigned long)(rest->at[0] - '0');
		if (*number > MOST_STEPS)
			return false;
	}
	return true;
}

/* "~2", "^2", "^{commit}" and rows of them. */
static bool
follow(struct store *store, struct text rest, git_oid *id)
{
	bool found = true;

	while (found && rest.length > 0) {
		char kind = rest.at[0];
		unsigned long number;

		if (text_starts_with(rest, "^{commit}")) {
			rest = text_skip(rest, strlen("^{commit}"));
			continue;
		}
		rest = text_skip(rest, 1);
		if ((kind != '~' && kind != '^') || !take_number(&rest, &number))
			return false;
		if (kind == '^' && number > 0)
			found = go_to_parent(store, number, id);
		for (unsigned long i = 0; kind == '~' && found && i < number; i++)
			found = go_to_parent(store, 1, id);
	}
	return found;
}

bool
store_resolve(struct store *store, struct arena *arena, const char *revision, struct text *id)
{
	size_t length = strcspn(revision, "~^");
	git_oid commit;

	if (length == 0 || !resolve_name(store, text_string(arena, text_first(text_of(revision),
	    length)), &commit) || !follow(store, text_of(revision + length), &commit))
		return false;
	*id = object_id_text(arena, &commit);
	return true;
}
