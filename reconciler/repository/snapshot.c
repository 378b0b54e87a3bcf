#include "repository/snapshot.h"

#include "repository/entry_rules.h"

static void
add_file(struct walk *walk, struct text path, const git_oid *id, struct source_files *out)
{
	struct source_file *file = ARRAY_ADD(walk->arena, out);

	file->path = path;
	file->blob = object_id_text(walk->arena, id);
}

static bool
list_folder(struct walk *walk, const git_oid *id, struct source_files *out)
{
	struct tree *tree = tree_get(walk->store, id);
	bool read = true;

	if (tree == NULL)
		return walk_trouble(walk);
	if (entry_report_flaw(walk, tree))
		goto out;
	for (size_t i = 0; read && i < tree_count(tree) && walk_count(walk); i++) {
		struct tree_entry entry = tree_entry_at(tree, i);
		enum verdict verdict = entry_judge(walk, tree, &entry, true);

		if (verdict == VERDICT_FILE)
			add_file(walk, walk_path(walk, entry.name), &entry.id, out);
		if (verdict == VERDICT_FOLDER) {
			struct walk_step step = walk_enter(walk, entry.name);

			read = list_folder(walk, &entry.id, out);
			walk_leave(walk, step);
		}
	}
out:
	tree_release(tree);
	return read;
}

bool
snapshot_list(struct store *store, struct arena *arena, struct text commit, const char *folder,
    struct source_files *out, struct reasons *reasons)
{
	struct walk walk = { .store = store, .arena = arena, .reasons = reasons };
	struct walk_target target;
	bool read;

	if (!walk_to(&walk, commit, text_of(folder), &target))
		return false;
	read = true;
	if (target.verdict == VERDICT_FILE)
		add_file(&walk, text_copy(arena, text_of(folder)), &target.id, out);
	else if (target.verdict == VERDICT_FOLDER)
		read = list_folder(&walk, &target.id, out);
	walk_end(&walk);
	return read;
}

bool
snapshot_read(struct store *store, struct arena *arena, struct source_file *file)
{
	if (!store_object_size(store, file->blob, &file->size_bytes))
		return false;
	return store_object(store, arena, file->blob, "blob", SNAPSHOT_FILE_BYTES, &file->content);
}

struct text
snapshot_blob(struct store *store, struct arena *arena, struct text commit, struct text path)
{
	struct reasons reasons = { .count = 0 };
	struct walk walk = { .store = store, .arena = arena, .reasons = &reasons };
	struct walk_target target;

	if (!walk_to(&walk, commit, path, &target))
		return (struct text){ NULL, 0 };
	if (target.verdict == VERDICT_FILE)
		return object_id_text(arena, &target.id);
	(void)store_fail(store, "%.*s is not there", TEXT_ARGUMENTS(text_visible(arena, path,
	    300)));
	return (struct text){ NULL, 0 };
}

bool
snapshot_file(struct store *store, struct arena *arena, struct text commit, struct text path,
    struct source_file *out)
{
	struct text blob = snapshot_blob(store, arena, commit, path);

	if (!text_present(blob))
		return false;
	*out = (struct source_file){ .path = text_copy(arena, path), .blob = blob };
	return snapshot_read(store, arena, out);
}

static bool
count_folder(struct walk *walk, const git_oid *id, struct large_folders *out)
{
	struct tree *tree = tree_get(walk->store, id);
	bool read = true;

	if (tree == NULL)
		return walk_trouble(walk);
	if (tree_flaw(tree) == TREE_SOUND && tree_count(tree) > SNAPSHOT_FOLDER_WARNING_ENTRIES) {
		struct large_folder *folder = ARRAY_ADD(walk->arena, out);

		folder->path = text_copy(walk->arena, (struct text){ walk->path,
		    walk->path_length > 0 ? walk->path_length - 1 : 0 });
		folder->entries = tree_count(tree);
	}
	for (size_t i = 0; read && tree_flaw(tree) == TREE_SOUND && i < tree_count(tree) &&
	    walk_count(walk); i++) {
		struct tree_entry entry = tree_entry_at(tree, i);
		struct walk_step step;

		if (entry_judge(walk, tree, &entry, false) != VERDICT_FOLDER)
			continue;
		step = walk_enter(walk, entry.name);
		read = count_folder(walk, &entry.id, out);
		walk_leave(walk, step);
	}
	tree_release(tree);
	return read;
}

bool
snapshot_large_folders(struct store *store, struct arena *arena, struct text commit,
    const char *folder, struct large_folders *out)
{
	struct reasons reasons = { .count = 0 };
	struct walk walk = { .store = store, .arena = arena, .reasons = &reasons };
	struct walk_target target;

	if (!walk_to(&walk, commit, text_of(folder), &target))
		return false;
	return target.verdict != VERDICT_FOLDER || count_folder(&walk, &target.id, out);
}
