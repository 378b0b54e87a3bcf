#include "reconcile/operator.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"

enum { WORD_FILE_BYTES = 1024 };

static const char *const file_names[OPERATOR_WORDS] = {
	[OPERATOR_ACCEPTS_HISTORY] = "accept-history",
	[OPERATOR_RECOVERS_OUTPUT] = "recover-output",
};

static char *
path_of(struct arena *arena, const char *folder, enum operator_word word)
{
	return arena_printf(arena, "%s/%s", folder, file_names[word]);
}

bool
operator_word_read(struct arena *arena, const char *folder, enum operator_word word,
    struct text *commit, struct text *why)
{
	const char *path = path_of(arena, folder, word);
	struct text content, line;

	*commit = (struct text){ NULL, 0 };
	if (!file_read(arena, path, WORD_FILE_BYTES, &content)) {
		if (errno == ENOENT)
			return true;
		*why = text_printf(arena, "%s: %s", path, strerror(errno));
		return false;
	}
	if (!text_next_line(&content, &line) || !text_empty(content) ||
	    (!hex_is_lower(line, 40) && !hex_is_lower(line, 64))) {
		*why = text_printf(arena, "%s is damaged: remove it, and run countersign %s again",
		    path, word == OPERATOR_ACCEPTS_HISTORY ? "accept-history" : "recover");
		return false;
	}
	*commit = line;
	return true;
}

bool
operator_word_write(struct arena *arena, const char *folder, enum operator_word word,
    struct text commit, struct text *why)
{
	const char *path = path_of(arena, folder, word);

	/* root may write it for a daemon of another user; whoever else reads it learns nothing */
	if (file_write_durable(path, text_printf(arena, "%.*s\n", TEXT_ARGUMENTS(commit)), 0644))
		return true;
	*why = text_printf(arena, "%s: %s", path, strerror(errno));
	return false;
}

bool
operator_word_remove(struct arena *arena, const char *folder, enum operator_word word)
{
	const char *path = path_of(arena, folder, word);

	/* a word that a crash brings back would be done twice */
	return (unlink(path) == 0 || errno == ENOENT) && file_sync_folder_of(path);
}
