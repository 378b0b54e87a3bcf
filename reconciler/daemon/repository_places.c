#include "daemon/repository_places.h"

#include "base/file.h"
#include "repository/alternates.h"

enum { FILE_BYTES = 64 * 1024 };

static const char *
path_from(struct arena *arena, const char *folder, struct text path)
{
	return text_starts_with(path, "/") ? text_string(arena, path)
	    : arena_printf(arena, "%s/%.*s", folder, TEXT_ARGUMENTS(path));
}

/* The one line of a small file, behind `prefix`; absent when it is not that. */
static struct text
read_line(struct arena *arena, const char *path, const char *prefix)
{
	struct text content;

	if (!file_read(arena, path, FILE_BYTES, &content) || !text_starts_with(content, prefix))
		return (struct text){ NULL, 0 };
	return text_trim(text_skip(content, text_of(prefix).length));
}

static void
add_folder(struct arena *arena, struct places *places, const char *folder)
{
	struct texts borrowed = { 0 };

	place_add(arena, places, folder, PLACE_READ | PLACE_WRITE);
	alternates_add(arena, arena_printf(arena, "%s/objects", folder), &borrowed);
	for (size_t i = 0; i < borrowed.count; i++)
		place_add(arena, places, text_string(arena, borrowed.at[i]), PLACE_READ);
}

void
repository_places_add(struct arena *arena, struct places *places, const char *repository)
{
	const char *inside = arena_printf(arena, "%s/.git", repository), *folder;
	struct text elsewhere = read_line(arena, inside, "gitdir:"), common;

	add_folder(arena, places, repository);
	if (!text_present(elsewhere)) {
		add_folder(arena, places, inside);
		return;
	}
	folder = path_from(arena, repository, elsewhere);
	add_folder(arena, places, folder);
	common = read_line(arena, arena_printf(arena, "%s/commondir", folder), "");
	if (text_present(common))
		add_folder(arena, places, path_from(arena, folder, common));
}
