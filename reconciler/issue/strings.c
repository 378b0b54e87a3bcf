#include "issue/strings.h"

#include <stdint.h>
#include <string.h>

#include "issue/der.h"

/* Whether every character may stand in a PrintableString (X.680 section 41.4). */
static bool
is_printable_string(struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(" '()+,-./:=?", c) == NULL))
			return false;
	}
	return true;
}

static bool
is_printable_ascii(struct text text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] < 0x20 || (unsigned char)text.at[i] > 0x7e)
			return false;
	return true;
}

static bool
is_control(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

static void
add_utf8(struct buffer *buffer, uint32_t c)
{
	if (c < 0x80) {
		buffer_add_byte(buffer, (char)c);
		return;
	}
	if (c < 0x800) {
		buffer_add_byte(buffer, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buffer_add_byte(buffer, (char)(0xe0 | c >> 12));
		} else {
			buffer_add_byte(buffer, (char)(0xf0 | c >> 18));
			buffer_add_byte(buffer, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buffer_add_byte(buffer, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buffer_add_byte(buffer, (char)(0x80 | (c & 0x3f)));
}

/* Characters of 2 or 4 octets, the most significant first. */
static bool
wide_to_utf8(struct arena *arena, struct text content, size_t width, struct text *out)
{
	struct buffer utf8 = { .arena = arena };

	if (content.length % width != 0)
		return false;
	for (size_t i = 0; i < content.length; i += width) {
		uint32_t c = 0;

		for (size_t j = 0; j < width; j++)
			c = c << 8 | (unsigned char)content.at[i + j];
		if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) || is_control(c))
			return false;
		add_utf8(&utf8, c);
	}
	*out = buffer_text(&utf8);
	return true;
}

/* U+0080 to U+009F are C2 80 to C2 9F. */
static bool
has_control(struct text utf8)
{
	for (size_t i = 0; i < utf8.length; i++) {
		unsigned char c = (unsigned char)utf8.at[i];

		if (c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && i + 1 < utf8.length && (unsigned char)utf8.at[i + 1] < 0xa0))
			return true;
	}
	return false;
}

bool
string_to_utf8(struct arena *arena, unsigned tag, struct text content, struct text *out)
{
	if (content.length == 0)
		return false;
	*out = content;
	switch (tag) {
	case DER_UTF8_STRING:
		return text_is_utf8(content) && !has_control(content);
	case DER_PRINTABLE_STRING:
		return is_printable_string(content);
	case DER_IA5_STRING:
	case DER_T61_STRING:
		return is_printable_ascii(content);
	case DER_BMP_STRING:
		return wide_to_utf8(arena, content, 2, out);
	case DER_UNIVERSAL_STRING:
		return wide_to_utf8(arena, content, 4, out);
	default:
		return false;
	}
}
