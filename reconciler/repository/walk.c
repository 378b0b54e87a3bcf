#include "repository/walk.h"

#include <string.h>

#include "repository/entry_rules.h"

static const char too_many[] = "TooManyFiles";

struct text
walk_path(const struct walk *walk, struct text name)
{
	char *path = arena_allocate(walk->arena, walk->path_length + name.length + 1);

	memcpy(path, walk->path, walk->path_length);
	memcpy(path + walk->path_length, name.at, name.length);
	return (struct text){ path, walk->path_length + name.length };
}

bool
walk_trouble(struct walk *walk)
{
	reason_add(walk->arena, walk->reasons, (struct position){ .line = 0 }, "MissingObject",
	    "%s: run git fsck on the repository", store_trouble(walk->store));
	return false;
}

/*
 * One step down: judges the entry `name` of the folder `target` and makes it the
 * target. False when an object cannot be read.
 */
static bool
descend(struct walk *walk, struct text name, struct walk_target *target)
{
	struct tree *tree = tree_get(walk->store, &target->id);
	struct tree_entry entry;

	if (tree == NULL)
		return walk_trouble(walk);
	target->verdict = VERDICT_LEAVE;
	if (walk->place == NULL && place_find(name) == NULL)
		walk->place = &place_elsewhere;
	if (!entry_report_flaw(walk, tree) && tree_find(tree, name, &entry)) {
		target->verdict = entry_judge(walk, tree, &entry, true);
		target->id = entry.id;
	}
	tree_release(tree);
	return true;
}

bool
walk_to(struct walk *walk, struct text commit, struct text path, struct walk_target *target)
{
	struct text rest = path, name;

	target->verdict = VERDICT_FOLDER;
	if (!store_tree_of(walk->store, commit, &target->id))
		return walk_trouble(walk);
	while (path.length > 0 && target->verdict == VERDICT_FOLDER &&
	    text_split(&rest, '/', &name)) {
		if (name.length == 0 || path.length > OUTPUT_PATH_BYTES) {
			target->verdict = VERDICT_LEAVE;
			return true;
		}
		if (!descend(walk, name, target))
			return false;
		if (target->verdict == VERDICT_FOLDER)
			(void)walk_enter(walk, name);
	}
	if (text_present(rest) && path.length > 0)
		target->verdict = VERDICT_LEAVE;
	return true;
}

struct walk_step
walk_enter(struct walk *walk, struct text name)
{
	struct walk_step step = { walk->path_length, walk->place };

	if (walk->place == NULL)
		walk->place = place_find(name) == NULL ? &place_elsewhere : place_find(name);
	memcpy(walk->path + walk->path_length, name.at, name.length);
	walk->path[walk->path_length + name.length] = '/';
	walk->path_length += name.length + 1;
	walk->depth++;
	return step;
}

void
walk_leave(struct walk *walk, struct walk_step step)
{
	walk->path_length = step.path_length;
	walk->place = step.place;
	walk->depth--;
}

bool
walk_count(struct walk *walk)
{
	if (walk->entries < SNAPSHOT_ENTRIES) {
		walk->entries++;
		return true;
	}
	if (!walk->full)
		reason_add(walk->arena, walk->reasons, (struct position){ .line = 0 }, too_many,
		    "only the first %d entries were read", SNAPSHOT_ENTRIES);
	walk->full = true;
	return false;
}

void
walk_end(struct walk *walk)
{
	if (walk->reported > SNAPSHOT_REASONS)
		reason_add(walk->arena, walk->reasons, (struct position){ .line = 0 }, "MoreOddEntries",
		    "%zu more entries are not read, for reasons like these",
		    walk->reported - SNAPSHOT_REASONS);
}

bool
snapshot_was_cut(const struct reasons *reasons)
{
	return reasons_have(reasons, too_many);
}
