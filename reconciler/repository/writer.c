#include "repository/writer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "repository/commit_header.h"
#include "repository/object_batch.h"
#include "repository/output_tree.h"

static bool
is_one_line(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] == '\n' || text.at[i] == '\0')
			return false;
	return text.length > 0;
}

/* The order itself, before anything is written for it. */
static bool
check_order(struct store *store, const struct output_order *order, struct text *why)
{
	git_object_t kind;
	git_oid parent;
	size_t bytes;

	if (!is_one_line(order->identity) || memchr(order->message.at, '\0',
	    order->message.length) != NULL) {
		*why = TEXT("a commit needs an identity of one line and a message without NUL");
		return false;
	}
	for (size_t i = 0; i < order->parents.count; i++) {
		if (object_id_parse(order->parents.at[i], &parent) &&
		    git_odb_read_header(&bytes, &kind, store->objects, &parent) == 0 &&
		    kind == GIT_OBJECT_COMMIT)
			continue;
		*why = TEXT("a parent of the commit is not in the repository");
		return false;
	}
	return true;
}

static struct text
unsigned_commit(struct arena *arena, const struct output_order *order, const git_oid *tree)
{
	struct buffer raw = { .arena = arena };

	buffer_printf(&raw, "tree %.*s\n", TEXT_ARGUMENTS(object_id_text(arena, tree)));
	for (size_t i = 0; i < order->parents.count; i++)
		buffer_printf(&raw, "parent %.*s\n", TEXT_ARGUMENTS(order->parents.at[i]));
	buffer_printf(&raw, "author %.*s %lld +0000\n", TEXT_ARGUMENTS(order->identity),
	    (long long)order->at);
	buffer_printf(&raw, "committer %.*s %lld +0000\n\n", TEXT_ARGUMENTS(order->identity),
	    (long long)order->at);
	buffer_add(&raw, order->message);
	return buffer_text(&raw);
}

/* A signature is added to a commit and changes nothing of its history. */
static bool
same_history(struct text raw, struct text other)
{
	struct commit_header a, b;

	return commit_header_parse(raw, &a) && commit_header_parse(other, &b) &&
	    git_oid_equal(&a.tree, &b.tree) && text_equal(a.parents, b.parents);
}

static void
tell_written(const struct object_batch *batch, struct stored_objects *written)
{
	for (size_t i = 0; i < batch->objects.count; i++) {
		const struct new_object *object = &batch->objects.at[i];

		*ARRAY_ADD(batch->arena, written) = (struct stored_object){
			.type = git_object_type2string(object->kind),
			.id = object_id_text(batch->arena, &object->id),
			.content = object->content };
	}
}

bool
writer_commit(struct store *store, struct arena *arena, const struct output_order *order,
    struct text *id, struct text *why)
{
	struct object_batch batch = { .store = store, .arena = arena };
	struct text raw, signed_raw;
	git_oid tree, commit;

	if (!store_writable(store, arena, why) || !check_order(store, order, why) || !output_tree(&batch, order, &tree, why))
		return false;
	raw = unsigned_commit(arena, order, &tree);
	signed_raw = order->sign == NULL ? raw : order->sign(arena, order->context, raw);
	if (!text_present(signed_raw) || !same_history(raw, signed_raw)) {
		*why = TEXT("the commit could not be signed");
		return false;
	}
	if (!batch_add(&batch, GIT_OBJECT_COMMIT, signed_raw, &commit, why) ||
	    !batch_write(&batch, why))
		return false;
	*id = object_id_text(arena, &commit);
	if (order->written != NULL)
		tell_written(&batch, order->written);
	return true;
}
