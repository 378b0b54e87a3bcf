#include "manifest/format_bytes.h"

#include <string.h>

bool
bytes_consist_of(struct text text, const char *bytes)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] == '\0' || strchr(bytes, text.at[i]) == NULL)
			return false;
	return true;
}

bool
bytes_begin_with(struct text text, const char *bytes)
{
	return text.length > 0 && bytes_consist_of(text_first(text, 1), bytes);
}

bool
bytes_end_with(struct text text, const char *bytes)
{
	return text.length > 0 && bytes_consist_of(text_skip(text, text.length - 1), bytes);
}

bool
bytes_are_visible(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] < '!' || text.at[i] > '~')
			return false;
	return text.length > 0;
}

bool
bytes_are_dotted(struct text text, const char *bytes)
{
	struct text part;
	bool some = false;

	while (text_split(&text, '.', &part)) {
		if (part.length == 0 || !bytes_consist_of(part, bytes))
			return false;
		some = true;
	}
	return some;
}
