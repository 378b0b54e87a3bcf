#include "repository/alternates.h"

#include "base/file.h"

enum { FILE_BYTES = 64 * 1024, DEPTH_MOST = 5, FOLDERS_MOST = 64 };

static void
add(struct arena *arena, const char *objects, int depth, struct texts *out)
{
	struct text content, line;

	if (depth > DEPTH_MOST || !file_read(arena, arena_printf(arena, "%s/info/alternates",
	    objects), FILE_BYTES, &content))
		return;
	while (text_next_line(&content, &line) && out->count < FOLDERS_MOST) {
		struct text borrowed = text_starts_with(line, "/") ? text_copy(arena, line) :
		    text_printf(arena, "%s/%.*s", objects, TEXT_ARGUMENTS(line));

		if (text_empty(line) || line.at[0] == '#')
			continue;
		texts_add(arena, out, borrowed);
		add(arena, text_string(arena, borrowed), depth + 1, out);
	}
}

void
alternates_add(struct arena *arena, const char *objects, struct texts *out)
{
	add(arena, objects, 1, out);
}
