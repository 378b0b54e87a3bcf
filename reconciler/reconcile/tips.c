#include "reconcile/tips.h"

#include <errno.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"

enum { TIPS_FILE_BYTES = 1024 };

static bool
take_tip(struct text line, const char *name, struct text *tip)
{
	struct text id;

	if (!text_starts_with(line, name))
		return false;
	id = text_skip(line, strlen(name));
	if (!hex_is_lower(id, 40) && !hex_is_lower(id, 64))
		return false;
	*tip = id;
	return true;
}

bool
tips_read(struct arena *arena, const char *path, struct tips *out, struct text *why)
{
	struct text content, line;

	*out = (struct tips){ 0 };
	if (!file_read(arena, path, TIPS_FILE_BYTES, &content)) {
		if (errno == ENOENT)
			return true;
		*why = text_printf(arena, "%s: %s", path, strerror(errno));
		return false;
	}
	while (text_next_line(&content, &line)) {
		if (!take_tip(line, "input ", &out->input) &&
		    !take_tip(line, "output ", &out->output)) {
			*why = text_printf(arena,
			    "%s is damaged; restore it, or remove it to have the tips found anew from "
			    "the introduction", path);
			return false;
		}
	}
	return true;
}

bool
tips_write(struct arena *arena, const char *path, const struct tips *tips)
{
	struct buffer content = { .arena = arena };

	if (text_present(tips->input))
		buffer_printf(&content, "input %.*s\n", TEXT_ARGUMENTS(tips->input));
	if (text_present(tips->output))
		buffer_printf(&content, "output %.*s\n", TEXT_ARGUMENTS(tips->output));
	return file_write_durable(path, buffer_text(&content), 0600);
}
