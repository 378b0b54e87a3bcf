#include "commands/markdown.h"

#include <stdint.h>

enum { MARKDOWN_CODE_BYTES = 1000 };

/* The longest run of backticks in a text. */
static size_t
longest_run(struct text text)
{
	size_t longest = 0, run = 0;

	for (size_t i = 0; i < text.length; i++) {
		run = text.at[i] == '`' ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

static void
add_backticks(struct buffer *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_add_byte(out, '`');
}

void
markdown_code(struct buffer *out, struct text text)
{
	struct text visible = text_visible(out->arena, text, MARKDOWN_CODE_BYTES);
	size_t ticks = longest_run(visible) + 1;
	/* a blank on each side is taken away again (CommonMark 6.1), a backtick there would not be */
	bool padded = ticks > 1 || text_starts_with(visible, " ");

	if (text_empty(visible)) {
		buffer_add(out, TEXT("\xe2\x80\x94"));
		return;
	}
	add_backticks(out, ticks);
	buffer_add(out, padded ? TEXT(" ") : TEXT(""));
	buffer_add(out, visible);
	buffer_add(out, padded ? TEXT(" ") : TEXT(""));
	add_backticks(out, ticks);
}

void
markdown_fence(struct buffer *out, const char *word, struct text lines)
{
	size_t ticks = longest_run(lines) + 1;
	struct text line;

	if (ticks < 3)
		ticks = 3;
	add_backticks(out, ticks);
	buffer_printf(out, "%s\n", word);
	while (text_next_line(&lines, &line)) {
		buffer_add(out, text_visible(out->arena, line, SIZE_MAX));
		buffer_add_byte(out, '\n');
	}
	add_backticks(out, ticks);
	buffer_add_byte(out, '\n');
}
