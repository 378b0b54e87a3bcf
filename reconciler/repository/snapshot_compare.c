#include "repository/snapshot.h"

#include <string.h>

#include "repository/entry_rules.h"

/* Two trees that are walked side by side; an absent one is a NULL id. */
struct difference {
	struct walk walk;
	struct text behind;
	size_t end;                     /* no more changes in `out` than these */
	struct changes *out;
};

/* One side of a folder: its tree, NULL when there is none, and how far it was read. */
struct side {
	struct tree *tree;
	size_t place;
	size_t count;
};

static bool
side_open(struct difference *difference, const git_oid *id, bool report, struct side *side)
{
	*side = (struct side){ .tree = NULL };
	if (id == NULL)
		return true;
	side->tree = tree_get(difference->walk.store, id);
	if (side->tree == NULL)
		return walk_trouble(&difference->walk);
	if (report ? !entry_report_flaw(&difference->walk, side->tree) :
	    tree_flaw(side->tree) == TREE_SOUND)
		side->count = tree_count(side->tree);
	return true;
}

/* The next entries of both sides that stand at one name; an entry that a side lacks is NULL. */
struct pair {
	struct tree_entry entries[2];
	const struct tree_entry *old;
	const struct tree_entry *new;
};

static bool
next_pair(struct side *old, struct side *new, struct pair *pair)
{
	int order;

	pair->old = pair->new = NULL;
	if (old->place < old->count) {
		pair->entries[0] = tree_entry_at(old->tree, old->place);
		pair->old = &pair->entries[0];
	}
	if (new->place < new->count) {
		pair->entries[1] = tree_entry_at(new->tree, new->place);
		pair->new = &pair->entries[1];
	}
	if (pair->old != NULL && pair->new != NULL) {
		order = tree_entry_compare(pair->old, pair->new);
		if (order < 0)
			pair->new = NULL;
		if (order > 0)
			pair->old = NULL;
	}
	old->place += pair->old != NULL;
	new->place += pair->new != NULL;
	return pair->old != NULL || pair->new != NULL;
}

static bool
is_unchanged(const struct side *old, const struct side *new, const struct pair *pair)
{
	return pair->old != NULL && pair->new != NULL &&
	    git_oid_equal(&pair->old->id, &pair->new->id) &&
	    text_equal(pair->old->mode, pair->new->mode) &&
	    !tree_name_is_doubled(old->tree, pair->old->name) &&
	    !tree_name_is_doubled(new->tree, pair->new->name);
}

static void
add_change(struct difference *difference, struct text name, const git_oid *old, const git_oid *new)
{
	struct arena *arena = difference->walk.arena;
	struct change *change;

	if ((old == NULL && new == NULL) ||
	    (old != NULL && new != NULL && git_oid_equal(old, new)))
		return;
	change = ARRAY_ADD(arena, difference->out);
	change->path = walk_path(&difference->walk, name);
	if (old != NULL)
		change->old_blob = object_id_text(arena, old);
	if (new != NULL)
		change->new_blob = object_id_text(arena, new);
}

/*
 * Whether an entry of the walk's folder, with all that is below it, does not lie
 * behind the place to begin. It is walked through all the same, and counts: or
 * what is read in parts would have no end.
 */
static bool
is_passed(const struct difference *difference, const struct tree_entry *entry)
{
	const struct walk *walk = &difference->walk;
	struct text behind = difference->behind, name = entry->name;
	size_t common = walk->path_length < behind.length ? walk->path_length : behind.length;
	int order = common == 0 ? 0 : memcmp(walk->path, behind.at, common);

	if (order != 0 || walk->path_length >= behind.length)
		return order < 0;
	behind = text_skip(behind, walk->path_length);
	if (!tree_entry_is_folder(entry))
		return text_compare(name, behind) <= 0;
	common = name.length < behind.length ? name.length : behind.length;
	order = memcmp(name.at, behind.at, common);
	return order < 0 || (order == 0 && name.length < behind.length &&
	    '/' < (unsigned char)behind.at[name.length]);
}

/* The trees of one folder on both sides; NULL where there is none. */
struct folder_pair {
	const git_oid *old;
	const git_oid *new;
	bool passed;                    /* all that is below it */
};

static bool compare_folders(struct difference *difference, const struct folder_pair *folder);

static bool
compare_pair(struct difference *difference, const struct side *old, const struct side *new,
    const struct pair *pair)
{
	struct walk *walk = &difference->walk;
	const struct tree_entry *entry = pair->old != NULL ? pair->old : pair->new;
	bool passed = is_passed(difference, entry), read;
	enum verdict was = pair->old == NULL ? VERDICT_LEAVE :
	    entry_judge(walk, old->tree, pair->old, false);
	enum verdict is = pair->new == NULL ? VERDICT_LEAVE :
	    entry_judge(walk, new->tree, pair->new, !passed);
	struct folder_pair folder = { .old = was == VERDICT_FOLDER ? &pair->old->id : NULL,
		.new = is == VERDICT_FOLDER ? &pair->new->id : NULL, .passed = passed };
	struct walk_step step;

	if (folder.old == NULL && folder.new == NULL) {
		if (!passed)
			add_change(difference, entry->name,
			    was == VERDICT_FILE ? &pair->old->id : NULL,
			    is == VERDICT_FILE ? &pair->new->id : NULL);
		return true;
	}
	step = walk_enter(walk, entry->name);
	read = compare_folders(difference, &folder);
	walk_leave(walk, step);
	return read;
}

/* Git's order is that of whole paths, so the changes come out sorted. */
static bool
compare_folders(struct difference *difference, const struct folder_pair *folder)
{
	struct side before = { .tree = NULL }, after = { .tree = NULL };
	struct pair pair;
	bool read;

	if (folder->old != NULL && folder->new != NULL && git_oid_equal(folder->old, folder->new))
		return true;
	read = side_open(difference, folder->old, false, &before) &&
	    side_open(difference, folder->new, !folder->passed, &after);
	while (read && difference->out->count < difference->end &&
	    walk_count(&difference->walk) && next_pair(&before, &after, &pair))
		if (!is_unchanged(&before, &after, &pair))
			read = compare_pair(difference, &before, &after, &pair);
	tree_release(before.tree);
	tree_release(after.tree);
	return read;
}

/* Compares what stands at the path on both sides, whatever kinds they are. */
static bool
compare_targets(struct difference *difference, struct text path, const struct walk_target *old,
    const struct walk_target *new)
{
	struct folder_pair folder = { .old = old->verdict == VERDICT_FOLDER ? &old->id : NULL,
		.new = new->verdict == VERDICT_FOLDER ? &new->id : NULL };
	struct change *change;
	bool both = old->verdict == VERDICT_FILE && new->verdict == VERDICT_FILE;

	if (!(both && git_oid_equal(&old->id, &new->id)) &&
	    text_compare(path, difference->behind) > 0 &&
	    (old->verdict == VERDICT_FILE || new->verdict == VERDICT_FILE)) {
		change = ARRAY_ADD(difference->walk.arena, difference->out);
		change->path = text_copy(difference->walk.arena, path);
		if (old->verdict == VERDICT_FILE)
			change->old_blob = object_id_text(difference->walk.arena, &old->id);
		if (new->verdict == VERDICT_FILE)
			change->new_blob = object_id_text(difference->walk.arena, &new->id);
	}
	return compare_folders(difference, &folder);
}

bool
snapshot_compare(struct store *store, struct arena *arena, const struct comparison *comparison,
    struct changes *out, struct reasons *reasons)
{
	struct text folder = text_of(comparison->folder);
	struct reasons unheard = { .count = 0 };
	struct walk earlier = { .store = store, .arena = arena, .reasons = &unheard };
	struct difference difference = { .walk = { .store = store, .arena = arena,
		.reasons = reasons }, .out = out, .behind = comparison->behind,
		.end = comparison->most == 0 ? SIZE_MAX : out->count + comparison->most };
	struct walk_target old = { .verdict = VERDICT_LEAVE }, new;
	bool read;

	if (text_present(comparison->from) && !walk_to(&earlier, comparison->from, folder, &old)) {
		return walk_trouble(&difference.walk);
	}
	if (!walk_to(&difference.walk, comparison->to, folder, &new))
		return false;
	/* what is gone now is judged where it stood */
	if (new.verdict != VERDICT_FOLDER && old.verdict == VERDICT_FOLDER) {
		earlier.reasons = reasons;
		difference.walk = earlier;
	}
	read = compare_targets(&difference, folder, &old, &new);
	walk_end(&difference.walk);
	return read;
}
