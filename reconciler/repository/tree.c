#include "repository/tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	RAW_ID_BYTES = 20,
	CACHE_SLOTS = 128,
	CACHE_BYTES = 64 * 1024 * 1024,
	LARGE_SLOTS = 2,
	LARGE_BYTES = CACHE_BYTES / 2,
	LONGEST_MODE = 7,
	/* only names that could be read matter, so longer ones are not remembered for doubles */
	LONGEST_NAME = 255
};

struct tree {
	git_oid id;
	git_odb_object *object;
	struct text bytes;
	uint32_t *offsets;              /* where each entry starts */
	size_t count;
	size_t room;
	enum tree_flaw flaw;
	struct text doubled[TREE_DOUBLED_NAMES];
	size_t doubled_count;
	unsigned users;
	uint64_t last_used;
	bool cached;
};

struct shelf {
	struct tree *slots[CACHE_SLOTS];
	size_t count;                   /* of the slots */
	size_t bytes;
	size_t most;
};

/* One large folder must not drive all others out, nor be read again for each of its files. */
struct tree_cache {
	struct shelf small;
	struct shelf large;
	uint64_t clock;
};

bool
tree_entry_is_folder(const struct tree_entry *entry)
{
	return text_is(entry->mode, "40000");
}

bool
tree_entry_is_file(const struct tree_entry *entry)
{
	return text_is(entry->mode, "100644");
}

/* The byte that git's order sees behind the end of a name. */
static unsigned char
byte_behind(const struct tree_entry *entry)
{
	return S_ISDIR(entry->bits) ? '/' : '\0';
}

int
tree_entry_compare(const struct tree_entry *a, const struct tree_entry *b)
{
	size_t shorter = a->name.length < b->name.length ? a->name.length : b->name.length;
	int order = memcmp(a->name.at, b->name.at, shorter);
	unsigned char x, y;

	if (order != 0)
		return order;
	x = a->name.length > shorter ? (unsigned char)a->name.at[shorter] : byte_behind(a);
	y = b->name.length > shorter ? (unsigned char)b->name.at[shorter] : byte_behind(b);
	return x < y ? -1 : x > y;
}

static bool
parse_mode(struct text mode, unsigned *bits)
{
	*bits = 0;
	if (mode.length == 0 || mode.length > LONGEST_MODE)
		return false;
	for (size_t i = 0; i < mode.length; i++) {
		if (mode.at[i] < '0' || mode.at[i] > '7')
			return false;
		*bits = *bits << 3 | (unsigned)(mode.at[i] - '0');
	}
	return true;
}

/* Takes an entry off the front of `rest`: mode, space, name, NUL, raw id. */
static bool
parse_entry(struct text *rest, struct tree_entry *entry)
{
	size_t space = text_find(text_first(*rest, LONGEST_MODE + 1), ' '), end;

	entry->mode = text_first(*rest, space);
	if (space == rest->length || !parse_mode(entry->mode, &entry->bits))
		return false;
	*rest = text_skip(*rest, space + 1);
	end = text_find(*rest, '\0');
	entry->name = text_first(*rest, end);
	if (end == 0 || end == rest->length || rest->length - end - 1 < RAW_ID_BYTES ||
	    memchr(entry->name.at, '/', end) != NULL)
		return false;
	(void)git_oid_fromraw(&entry->id, (const unsigned char *)rest->at + end + 1);
	*rest = text_skip(*rest, end + 1 + RAW_ID_BYTES);
	return true;
}

struct tree_entry
tree_entry_at(const struct tree *tree, size_t place)
{
	struct text rest = text_skip(tree->bytes, tree->offsets[place]);
	struct tree_entry entry = { .bits = 0 };

	(void)parse_entry(&rest, &entry);
	return entry;
}

static void
add_offset(struct tree *tree, size_t offset)
{
	if (tree->count == tree->room) {
		tree->room = tree->room == 0 ? 64 : tree->room * 2;
		tree->offsets = realloc(tree->offsets, tree->room * sizeof(tree->offsets[0]));
		if (tree->offsets == NULL)
			abort();
	}
	tree->offsets[tree->count++] = (uint32_t)offset;
}

/*
 * The files whose name begins the name of the entry just read: only they can
 * return as a folder of the same name, since all that sorts between "a" and
 * "a/" begins with "a".
 */
struct beginnings {
	struct text names[LONGEST_NAME];
	size_t count;
};

static bool
is_beginning(struct text beginning, struct text name)
{
	return beginning.length <= name.length &&
	    memcmp(beginning.at, name.at, beginning.length) == 0;
}

static void
note_double(struct tree *tree, struct text name)
{
	if (tree_name_is_doubled(tree, name))
		return;
	if (tree->doubled_count == TREE_DOUBLED_NAMES)
		tree->flaw = TREE_DOUBLED;
	else
		tree->doubled[tree->doubled_count++] = name;
}

static void
look_for_double(struct tree *tree, struct beginnings *files, const struct tree_entry *entry)
{
	while (files->count > 0 && !is_beginning(files->names[files->count - 1], entry->name))
		files->count--;
	/* the names on the stack grow, so an equal one is the last */
	if (files->count > 0 && files->names[files->count - 1].length == entry->name.length)
		note_double(tree, entry->name);
	else if (!S_ISDIR(entry->bits) && entry->name.length <= LONGEST_NAME)
		files->names[files->count++] = entry->name;
}

/* Finds the entries and what is wrong with them. */
static void
check_tree(struct tree *tree)
{
	struct tree_entry entry = { .bits = 0 }, last = { .bits = 0 };
	struct beginnings files = { .count = 0 };
	struct text rest = tree->bytes;
	int order;

	while (rest.length > 0 && tree->flaw == TREE_SOUND) {
		add_offset(tree, tree->bytes.length - rest.length);
		if (!parse_entry(&rest, &entry)) {
			tree->flaw = TREE_MALFORMED;
			return;
		}
		order = tree->count == 1 ? -1 : tree_entry_compare(&last, &entry);
		if (order > 0)
			tree->flaw = TREE_UNSORTED;
		else if (order == 0)
			note_double(tree, entry.name);
		else
			look_for_double(tree, &files, &entry);
		last = entry;
	}
}

enum tree_flaw
tree_flaw(const struct tree *tree)
{
	return tree->flaw;
}

size_t
tree_count(const struct tree *tree)
{
	return tree->count;
}

bool
tree_name_is_doubled(const struct tree *tree, struct text name)
{
	for (size_t i = 0; i < tree->doubled_count; i++)
		if (text_equal(tree->doubled[i], name))
			return true;
	return false;
}

static bool
find_as(const struct tree *tree, const struct tree_entry *wanted, struct tree_entry *out)
{
	size_t low = 0, high = tree->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		*out = tree_entry_at(tree, middle);
		order = tree_entry_compare(wanted, out);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

bool
tree_find(const struct tree *tree, struct text name, struct tree_entry *out)
{
	struct tree_entry wanted = { .name = name, .bits = MODE_FILE };

	if (find_as(tree, &wanted, out))
		return true;
	wanted.bits = MODE_FOLDER;
	return find_as(tree, &wanted, out);
}

static void
tree_free(struct tree *tree)
{
	git_odb_object_free(tree->object);
	free(tree->offsets);
	free(tree);
}

struct tree_cache *
tree_cache_new(void)
{
	struct tree_cache *cache = calloc(1, sizeof(*cache));

	if (cache == NULL)
		abort();
	cache->small = (struct shelf){ .count = CACHE_SLOTS, .most = CACHE_BYTES };
	cache->large = (struct shelf){ .count = LARGE_SLOTS, .most = SIZE_MAX };
	return cache;
}

static void
shelf_free(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		if (shelf->slots[i] != NULL)
			tree_free(shelf->slots[i]);
}

void
tree_cache_free(struct tree_cache *cache)
{
	if (cache == NULL)
		return;
	shelf_free(&cache->small);
	shelf_free(&cache->large);
	free(cache);
}

static size_t
tree_cost(const struct tree *tree)
{
	return sizeof(*tree) + tree->bytes.length + tree->room * sizeof(tree->offsets[0]);
}

static void
evict(struct shelf *shelf, struct tree **slot)
{
	shelf->bytes -= tree_cost(*slot);
	tree_free(*slot);
	*slot = NULL;
}

/* The slot to use next: a free one, or that of the tree which nobody has used for longest; NULL when all are in use. */
static struct tree **
oldest_slot(struct shelf *shelf, bool only_taken)
{
	struct tree **oldest = NULL;

	for (size_t i = 0; i < shelf->count; i++) {
		struct tree **slot = &shelf->slots[i];

		if (*slot == NULL && !only_taken)
			return slot;
		if (*slot != NULL && (*slot)->users == 0 &&
		    (oldest == NULL || (*slot)->last_used < (*oldest)->last_used))
			oldest = slot;
	}
	return oldest;
}

static void
cache_add(struct tree_cache *cache, struct tree *tree)
{
	struct shelf *shelf = tree_cost(tree) > LARGE_BYTES ? &cache->large : &cache->small;
	struct tree **slot;

	while (tree_cost(tree) > shelf->most - shelf->bytes &&
	    (slot = oldest_slot(shelf, true)) != NULL)
		evict(shelf, slot);
	slot = oldest_slot(shelf, false);
	if (slot == NULL || tree_cost(tree) > shelf->most - shelf->bytes)
		return;
	if (*slot != NULL)
		evict(shelf, slot);
	*slot = tree;
	tree->cached = true;
	shelf->bytes += tree_cost(tree);
}

static struct tree *
shelf_find(const struct shelf *shelf, const git_oid *id)
{
	for (size_t i = 0; i < shelf->count; i++)
		if (shelf->slots[i] != NULL && git_oid_equal(&shelf->slots[i]->id, id))
			return shelf->slots[i];
	return NULL;
}

static struct tree *
cache_find(const struct tree_cache *cache, const git_oid *id)
{
	struct tree *small = shelf_find(&cache->small, id);

	return small != NULL ? small : shelf_find(&cache->large, id);
}

struct tree *
tree_get(struct store *store, const git_oid *id)
{
	struct tree *tree = cache_find(store->trees, id);

	if (tree == NULL) {
		git_odb_object *object = store_read(store, id, GIT_OBJECT_TREE, TREE_BYTES);

		if (object == NULL)
			return NULL;
		tree = calloc(1, sizeof(*tree));
		if (tree == NULL)
			abort();
		tree->id = *id;
		tree->object = object;
		tree->bytes = (struct text){ git_odb_object_data(object),
			git_odb_object_size(object) };
		check_tree(tree);
		cache_add(store->trees, tree);
	}
	tree->users++;
	tree->last_used = ++store->trees->clock;
	return tree;
}

void
tree_release(struct tree *tree)
{
	if (tree != NULL && --tree->users == 0 && !tree->cached)
		tree_free(tree);
}
