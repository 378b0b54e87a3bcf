#include "repository/commit_open.h"

#include "repository/child_read.h"
#include "repository/feed.h"
#include "repository/feed_private.h"

/* The shape of a commit, with a line for its time. */
enum { SHAPE_MOST_BYTES = 2 * COMMIT_HEADER_BYTES };

_Static_assert((int)FEED_HEAD_BYTES >= (int)COMMIT_HEADER_BYTES, "a fed beginning is what is read of a commit");

/* What of a commit shapes history, in the form of a commit; absent when it is none. */
static struct text
shape_of(struct arena *arena, struct text raw)
{
	struct buffer shape = { .arena = arena };
	struct commit_header header;

	if (!commit_header_parse(raw, &header))
		return (struct text){ NULL, 0 };
	buffer_add(&shape, text_first(raw, (size_t)(header.parents.at - raw.at)));
	buffer_add(&shape, header.parents);
	/* no longer than the line that it stands for: it is read as far as that was */
	buffer_printf(&shape, "committer > %lld\n", (long long)header.committed_at);
	return buffer_text(&shape);
}

static bool
take_piece(void *context, struct text piece)
{
	struct buffer *heard = context;

	buffer_add(heard, piece);
	return heard->length <= SHAPE_MOST_BYTES;
}

static bool
read_shape(struct store *store, struct arena *arena, const git_oid *id, struct text *header)
{
	struct buffer heard = { .arena = arena };
	const struct child_reading reading = { .id = id, .part = shape_of, .take = take_piece,
		.context = &heard };

	if (!child_read(store, &reading))
		return false;
	*header = buffer_text(&heard);
	return true;
}

/* The header of a commit of which only a part may be taken into this process. */
static bool
large_header(struct store *store, struct arena *arena, const git_oid *id, struct text *header)
{
	struct text head;

	if (store->feed == NULL)
		return read_shape(store, arena, id, header);
	if (!feed_head(store, id, &head))
		return false;
	*header = text_copy(arena, head);
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
		if (!is_large_commit(store, id))
			goto failed;
		if (!large_header(store, out->memory, id, &header)) {
			(void)store_fail(store, "commit %s is too large to be read", digits);
			goto failed;
		}
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
