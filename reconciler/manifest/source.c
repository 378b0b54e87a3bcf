#include "manifest/source.h"

bool
character_allowed(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n';
	if (c >= 0x7f && c <= 0x9f)
		return false;
	/* line and paragraph separators, embeddings, overrides, isolates */
	if ((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
		return false;
	return c != 0xfeff && c != 0xfffe && c != 0xffff;
}

static void
refuse_character(struct arena *arena, struct position at, uint32_t c, struct reasons *reasons)
{
	if (c == '\r')
		reason_add(arena, reasons, at, "CarriageReturn",
		    "a carriage return: lines end in LF alone, not in CR LF "
		    "(git's core.autocrlf or an editor has changed them)");
	else if (c == 0)
		reason_add(arena, reasons, at, "NulByte",
		    "a NUL byte: expected a text document in UTF-8");
	else if (c == 0xfeff && at.line == 1 && at.column == 1)
		reason_add(arena, reasons, at, "ByteOrderMark",
		    "a byte order mark: save the file as UTF-8 without one");
	else
		reason_add(arena, reasons, at, "ControlCharacter",
		    "the control character U+%04X is not allowed", (unsigned)c);
}

/*
 * A line that begins with '%' at the top of a document is a directive; no
 * canonical text has one elsewhere. Looked for here because the parser
 * compares each of a long list of them with all others.
 */
static bool
check_line_start(struct arena *arena, struct text rest, struct position at, struct reasons *reasons)
{
	if (rest.length == 0 || rest.at[0] != '%')
		return true;
	reason_add(arena, reasons, at, "Directive",
	    "a line that begins with '%%': YAML directives are not allowed");
	return false;
}

/* How many printable ASCII characters come first: mostly all of a line, with nothing to be told of them. */
static size_t
plain_bytes(struct text rest)
{
	size_t count = 0;

	while (count < rest.length && rest.at[count] >= 0x20 && rest.at[count] < 0x7f)
		count++;
	return count;
}

bool
source_check(struct arena *arena, const struct source *source, struct reasons *reasons)
{
	struct position at = { source->path, 1, 1 };
	struct text rest = source->content;
	uint32_t c = 0;

	if (rest.length > source->most_bytes) {
		reason_add(arena, reasons, (struct position){ source->path, 0, 0 }, "TooLarge",
		    "the file has %zu bytes; at most %zu are read", rest.length,
		    source->most_bytes);
		return false;
	}
	for (size_t length; rest.length > 0; rest = text_skip(rest, length)) {
		if (at.column == 1 && !check_line_start(arena, rest, at, reasons))
			return false;
		length = plain_bytes(rest);
		if (length > 0) {
			at.column += (unsigned)length;
			continue;
		}
		length = text_code_point(rest, &c);
		if (length == 0) {
			reason_add(arena, reasons, at, "NotUtf8",
			    "the byte 0x%02x is not part of well-formed UTF-8",
			    (unsigned)(unsigned char)rest.at[0]);
			return false;
		}
		if (!character_allowed(c)) {
			refuse_character(arena, at, c, reasons);
			return false;
		}
		at.column++;
		if (c == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	return true;
}
