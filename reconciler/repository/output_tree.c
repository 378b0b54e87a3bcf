#include "repository/output_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "repository/walk.h"

enum { RAW_ID_BYTES = 20 };

/* One file of the order, and its blob; the list is sorted by path. */
struct edit {
	struct text path;
	bool deletes;
	git_oid blob;
};

/* All edits of one folder that concern one file, or one folder in it. */
struct group {
	struct tree_entry entry;        /* name, kind and, when it stays or comes, id */
	const struct edit *edits;
	size_t count;
	bool exists;                    /* after the edits */
};

ARRAY(groups, struct group);

/* What is done for all folders of one order. */
struct making {
	struct object_batch *batch;
	struct text *why;
};

/* ---- the order's paths ---- */

static bool
component_is_valid(struct text name)
{
	for (size_t i = 0; i < name.length; i++) {
		char c = name.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '.' || c == '_' || c == '-'))
			return false;
	}
	return name.length > 0 && !text_is(name, ".") && !text_is(name, "..") &&
	    !(name.length == 4 && strncasecmp(name.at, ".git", 4) == 0);
}

static bool
path_is_valid(struct text path)
{
	struct text rest = path, name;
	unsigned folders = 0;

	while (text_split(&rest, '/', &name)) {
		if (!component_is_valid(name))
			return false;
		folders += text_present(rest);
	}
	return path.length > 0 && path.length <= OUTPUT_PATH_BYTES && folders <= OUTPUT_DEPTH;
}

static int
compare_edits(const void *a, const void *b)
{
	return text_compare(((const struct edit *)a)->path, ((const struct edit *)b)->path);
}

static bool
make_edits(struct making *making, const struct output_files *files, struct edit *edits)
{
	struct arena *arena = making->batch->arena;

	for (size_t i = 0; i < files->count; i++) {
		const struct output_file *file = &files->at[i];

		edits[i] = (struct edit){ .path = file->path,
			.deletes = !text_present(file->content) };
		if (!path_is_valid(file->path)) {
			*making->why = text_printf(arena, "%.*s is no path for an output",
			    TEXT_ARGUMENTS(text_visible(arena, file->path, 300)));
			return false;
		}
		if (!edits[i].deletes && !batch_add(making->batch, GIT_OBJECT_BLOB, file->content,
		    &edits[i].blob, making->why))
			return false;
	}
	qsort(edits, files->count, sizeof(edits[0]), compare_edits);
	for (size_t i = 1; i < files->count; i++) {
		if (text_equal(edits[i - 1].path, edits[i].path)) {
			*making->why = text_printf(arena, "%.*s is written twice",
			    TEXT_ARGUMENTS(edits[i].path));
			return false;
		}
	}
	return true;
}

/* ---- one folder ---- */

/* Whole paths by bytes are git's order too, so the groups are in the order of the tree's entries. */
static struct groups
make_groups(struct arena *arena, const struct edit *edits, size_t count, size_t prefix)
{
	struct groups groups = { .count = 0 };

	for (size_t i = 0; i < count; i++) {
		struct text rest = text_skip(edits[i].path, prefix);
		struct text name = text_first(rest, text_find(rest, '/'));
		unsigned bits = name.length < rest.length ? MODE_FOLDER : MODE_FILE;
		struct group *group = groups.count == 0 ? NULL : &groups.at[groups.count - 1];

		if (group == NULL || bits == MODE_FILE || group->entry.bits != MODE_FOLDER ||
		    !text_equal(group->entry.name, name)) {
			group = ARRAY_ADD(arena, &groups);
			group->entry.name = name;
			group->entry.bits = bits;
			group->edits = &edits[i];
		}
		group->count++;
	}
	return groups;
}

static struct text
path_of(const struct group *group, size_t prefix)
{
	return text_first(group->edits[0].path, prefix + group->entry.name.length);
}

/* A name that would be a file and a folder at once. */
static bool
has_conflict(const struct groups *groups, size_t at, const struct tree *base)
{
	struct tree_entry other = groups->at[at].entry, found;
	bool in_base;

	other.bits = other.bits == MODE_FOLDER ? MODE_FILE : MODE_FOLDER;
	/* between "a" and "a/" stand only names that begin with "a" */
	for (size_t i = at + 1; i < groups->count && other.bits == MODE_FOLDER; i++) {
		int order = tree_entry_compare(&groups->at[i].entry, &other);

		if (order == 0)
			return groups->at[i].exists;
		if (order > 0)
			break;
	}
	for (size_t i = at; i > 0 && other.bits == MODE_FILE; i--) {
		int order = tree_entry_compare(&groups->at[i - 1].entry, &other);

		if (order == 0)
			return groups->at[i - 1].exists;
		if (order < 0)
			break;
	}
	in_base = base != NULL && tree_find(base, other.name, &found);
	return in_base && (S_ISDIR(found.bits) != 0) == (other.bits == MODE_FOLDER);
}

static void
add_entry(struct buffer *raw, const struct tree_entry *entry, const git_oid *id)
{
	if (text_present(entry->mode))
		buffer_add(raw, entry->mode);
	else
		buffer_add(raw, entry->bits == MODE_FOLDER ? TEXT("40000") : TEXT("100644"));
	buffer_add_byte(raw, ' ');
	buffer_add(raw, entry->name);
	buffer_add_byte(raw, '\0');
	buffer_add(raw, (struct text){ (const char *)id->id, RAW_ID_BYTES });
}

/* The base's entries and the groups, which replace entries of their name and kind. */
static struct text
merge(struct arena *arena, const struct tree *base, const struct groups *groups)
{
	struct buffer raw = { .arena = arena };
	size_t entries = base == NULL ? 0 : tree_count(base), at = 0;
	struct tree_entry entry = { .bits = 0 };

	for (size_t i = 0; i < entries || at < groups->count;) {
		const struct group *group = at < groups->count ? &groups->at[at] : NULL;
		int order;

		if (i < entries)
			entry = tree_entry_at(base, i);
		order = i == entries ? 1 : group == NULL ? -1 :
		    tree_entry_compare(&entry, &group->entry);
		if (order < 0)
			add_entry(&raw, &entry, &entry.id);
		else if (group->exists)
			add_entry(&raw, &group->entry, &group->entry.id);
		i += order <= 0;
		at += order >= 0;
	}
	return buffer_text(&raw);
}

static bool make_folder(struct making *making, const git_oid *base, const struct group *whole,
    size_t prefix, git_oid *id, bool *exists);

/* Fills in what becomes of a group's file or folder. */
static bool
make_group(struct making *making, struct group *group, const struct tree *base, size_t prefix)
{
	struct tree_entry found;
	bool in_base;

	if (group->entry.bits == MODE_FILE) {
		group->exists = !group->edits[0].deletes;
		group->entry.id = group->edits[0].blob;
		return true;
	}
	in_base = base != NULL && tree_find(base, group->entry.name, &found) && S_ISDIR(found.bits);
	return make_folder(making, in_base ? &found.id : NULL, group,
	    prefix + group->entry.name.length + 1, &group->entry.id, &group->exists);
}

static bool
make_groups_of(struct making *making, struct groups *groups, const struct tree *base, size_t prefix)
{
	for (size_t i = 0; i < groups->count; i++)
		if (!make_group(making, &groups->at[i], base, prefix))
			return false;
	for (size_t i = 0; i < groups->count; i++) {
		if (!groups->at[i].exists || !has_conflict(groups, i, base))
			continue;
		*making->why = text_printf(making->batch->arena,
		    "%.*s would be a file and a folder at once",
		    TEXT_ARGUMENTS(path_of(&groups->at[i], prefix)));
		return false;
	}
	return true;
}

/* The folder (of the edits `whole`, their paths `prefix` bytes down) after its edits. */
static bool
make_folder(struct making *making, const git_oid *base_id, const struct group *whole,
    size_t prefix, git_oid *id, bool *exists)
{
	struct arena *arena = making->batch->arena;
	struct groups groups = make_groups(arena, whole->edits, whole->count, prefix);
	struct tree *base = NULL;
	struct text raw;
	bool made = false;

	if (base_id != NULL) {
		base = tree_get(making->batch->store, base_id);
		if (base == NULL || tree_flaw(base) != TREE_SOUND) {
			*making->why = base == NULL ?
			    text_printf(arena, "%s", store_trouble(making->batch->store)) :
			    TEXT("the tree to change is malformed");
			goto out;
		}
	}
	if (!make_groups_of(making, &groups, base, prefix))
		goto out;
	raw = merge(arena, base, &groups);
	*exists = raw.length > 0;
	/* git knows no empty folders, but an empty repository has a tree */
	made = (raw.length == 0 && prefix > 0) ||
	    batch_add(making->batch, GIT_OBJECT_TREE, raw, id, making->why);
out:
	tree_release(base);
	return made;
}

bool
output_tree(struct object_batch *batch, const struct output_order *order, git_oid *tree,
    struct text *why)
{
	struct making making = { batch, why };
	struct edit *edits = arena_allocate(batch->arena,
	    (order->files->count + 1) * sizeof(edits[0]));
	struct group whole = { .edits = edits, .count = order->files->count };
	git_oid base;
	bool exists;

	if (text_present(order->base) && !store_tree_of(batch->store, order->base, &base)) {
		*why = text_printf(batch->arena, "%s", store_trouble(batch->store));
		return false;
	}
	return make_edits(&making, order->files, edits) && make_folder(&making,
	    text_present(order->base) ? &base : NULL, &whole, 0, tree, &exists);
}
