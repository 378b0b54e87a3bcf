#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text
text_of(const char *string)
{
	if (string == NULL)
		return (struct text){ NULL, 0 };
	return (struct text){ string, strlen(string) };
}

struct text
text_copy(struct arena *arena, struct text text)
{
	if (text.at == NULL)
		return text;
	return (struct text){ arena_copy(arena, text.at, text.length), text.length };
}

char *
text_string(struct arena *arena, struct text text)
{
	return arena_copy(arena, text.at, text.length);
}

struct text
text_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	struct text text;

	va_start(arguments, format);
	text.at = arena_vprintf(arena, &text.length, format, arguments);
	va_end(arguments);
	return text;
}

bool
text_present(struct text text)
{
	return text.at != NULL;
}

bool
text_empty(struct text text)
{
	return text.length == 0;
}

bool
text_equal(struct text a, struct text b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool
text_is(struct text text, const char *string)
{
	return text_equal(text, text_of(string));
}

bool
text_starts_with(struct text text, const char *prefix)
{
	size_t length = strlen(prefix);

	return text.length >= length && (length == 0 || memcmp(text.at, prefix, length) == 0);
}

bool
text_ends_with(struct text text, const char *suffix)
{
	size_t length = strlen(suffix);

	return text.length >= length &&
	    (length == 0 || memcmp(text.at + text.length - length, suffix, length) == 0);
}

int
text_compare(struct text a, struct text b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);

	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

struct text
text_skip(struct text text, size_t bytes)
{
	if (bytes > text.length)
		bytes = text.length;
	if (bytes == 0)
		return text;
	return (struct text){ text.at + bytes, text.length - bytes };
}

struct text
text_first(struct text text, size_t bytes)
{
	return (struct text){ text.at, bytes < text.length ? bytes : text.length };
}

size_t
text_find(struct text text, char byte)
{
	const char *found = text.length == 0 ? NULL : memchr(text.at, byte, text.length);

	return found == NULL ? text.length : (size_t)(found - text.at);
}

bool
text_split(struct text *rest, char separator, struct text *part)
{
	size_t length;

	if (rest->at == NULL)
		return false;
	length = text_find(*rest, separator);
	*part = text_first(*rest, length);
	if (length == rest->length)
		*rest = (struct text){ NULL, 0 };
	else
		*rest = text_skip(*rest, length + 1);
	return true;
}

bool
text_next_line(struct text *rest, struct text *line)
{
	size_t length;

	if (rest->length == 0)
		return false;
	length = text_find(*rest, '\n');
	*line = text_first(*rest, length);
	*rest = text_skip(*rest, length + 1);
	return true;
}

static bool
is_space(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

struct text
text_trim(struct text text)
{
	while (text.length > 0 && is_space(text.at[0]))
		text = text_skip(text, 1);
	while (text.length > 0 && is_space(text.at[text.length - 1]))
		text.length--;
	return text;
}

struct text
text_lower(struct arena *arena, struct text text)
{
	char *copy = arena_copy(arena, text.at, text.length);

	for (size_t i = 0; i < text.length; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct text){ copy, text.length };
}

/*
 * The length of the well-formed UTF-8 sequence at the front, 0 for none, and
 * its code point (RFC 3629).
 */
static size_t
utf8_sequence(struct text text, uint32_t *code_point)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text.at;
	size_t length;
	uint32_t value;

	if (bytes[0] < 0x80) {
		*code_point = bytes[0];
		return 1;
	}
	length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || text.length < length)
		return 0;
	value = bytes[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3fu);
	}
	if (value < smallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code_point = value;
	return length;
}

/* Characters that move the cursor, change direction or cannot be seen. */
static bool
code_point_is_treacherous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe0fff);
}

size_t
text_code_point(struct text text, uint32_t *code_point)
{
	return utf8_sequence(text, code_point);
}

bool
code_point_is_hidden(uint32_t code_point)
{
	return code_point_is_treacherous(code_point);
}

struct text
text_visible(struct arena *arena, struct text text, size_t most_bytes)
{
	struct buffer buffer = { .arena = arena };
	uint32_t code_point = 0;
	size_t length;

	while (text.length > 0) {
		if (buffer.length >= most_bytes) {
			buffer_add(&buffer, TEXT("\xe2\x80\xa6"));
			break;
		}
		length = utf8_sequence(text, &code_point);
		if (length == 0)
			buffer_printf(&buffer, "\\x%02x", (unsigned char)text.at[0]);
		else if (code_point < 0x80 && code_point_is_treacherous(code_point))
			buffer_printf(&buffer, "\\x%02x", (unsigned)code_point);
		else if (code_point_is_treacherous(code_point))
			buffer_printf(&buffer, "\\u{%04x}", (unsigned)code_point);
		else
			buffer_add(&buffer, text_first(text, length));
		text = text_skip(text, length == 0 ? 1 : length);
	}
	return buffer_text(&buffer);
}

bool
text_is_utf8(struct text text)
{
	uint32_t code_point;
	size_t length;

	while (text.length > 0) {
		length = (unsigned char)text.at[0] < 0x80 ? 1 : utf8_sequence(text, &code_point);
		if (length == 0)
			return false;
		text.at += length;
		text.length -= length;
	}
	return true;
}

size_t
text_characters(struct text text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return count;
}

void
texts_add(struct arena *arena, struct texts *texts, struct text text)
{
	*ARRAY_ADD(arena, texts) = text;
}

bool
texts_contain(const struct texts *texts, struct text text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (text_equal(texts->at[i], text))
			return true;
	return false;
}

static int
compare_for_sort(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

void
texts_sort(struct texts *texts)
{
	if (texts->count > 1)
		qsort(texts->at, texts->count, sizeof(texts->at[0]), compare_for_sort);
}

void
texts_sort_unique(struct texts *texts)
{
	size_t kept = 0;

	texts_sort(texts);
	for (size_t i = 0; i < texts->count; i++)
		if (kept == 0 || !text_equal(texts->at[kept - 1], texts->at[i]))
			texts->at[kept++] = texts->at[i];
	texts->count = kept;
}

const struct text *
texts_find(const struct texts *sorted, struct text text)
{
	return sorted->count == 0 ? NULL :
	    bsearch(&text, sorted->at, sorted->count, sizeof(text), compare_for_sort);
}

struct text
texts_join(struct arena *arena, const struct texts *texts, const char *separator)
{
	struct buffer buffer = { .arena = arena };

	for (size_t i = 0; i < texts->count; i++) {
		if (i > 0)
			buffer_add(&buffer, text_of(separator));
		buffer_add(&buffer, texts->at[i]);
	}
	return buffer_text(&buffer);
}

enum { NEAREST_LONGEST = 64 };

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance; both texts at most NEAREST_LONGEST bytes. */
static size_t
edit_distance(struct text a, struct text b)
{
	size_t rows[NEAREST_LONGEST + 1][NEAREST_LONGEST + 1];

	for (size_t i = 0; i <= a.length; i++) {
		for (size_t j = 0; j <= b.length; j++) {
			if (i == 0 || j == 0) {
				rows[i][j] = i + j;
				continue;
			}
			rows[i][j] = smaller(smaller(rows[i - 1][j], rows[i][j - 1]) + 1,
			    rows[i - 1][j - 1] + (a.at[i - 1] != b.at[j - 1]));
			if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
			    a.at[i - 2] == b.at[j - 1])
				rows[i][j] = smaller(rows[i][j], rows[i - 2][j - 2] + 1);
		}
	}
	return rows[a.length][b.length];
}

struct text
text_nearest(struct text given, const struct texts *candidates)
{
	struct text nearest = { NULL, 0 };
	size_t best = given.length / 3 + 1, distance;

	if (given.length == 0 || given.length > NEAREST_LONGEST)
		return nearest;
	for (size_t i = 0; i < candidates->count; i++) {
		if (candidates->at[i].length > NEAREST_LONGEST)
			continue;
		distance = edit_distance(given, candidates->at[i]);
		if (distance < best || (distance == best && nearest.at == NULL)) {
			best = distance;
			nearest = candidates->at[i];
		}
	}
	return nearest;
}

void
buffer_reserve(struct buffer *buffer, size_t more)
{
	size_t room = buffer->room == 0 ? 256 : buffer->room;
	char *grown;

	if (more > SIZE_MAX / 4 || buffer->length > SIZE_MAX / 4)
		abort();
	if (buffer->length + more < buffer->room)
		return;
	while (room <= buffer->length + more)
		room *= 2;
	grown = arena_allocate(buffer->arena, room);
	if (buffer->length > 0)
		memcpy(grown, buffer->at, buffer->length);
	buffer->at = grown;
	buffer->room = room;
}

void
buffer_add(struct buffer *buffer, struct text text)
{
	buffer_reserve(buffer, text.length);
	if (text.length > 0)
		memcpy(buffer->at + buffer->length, text.at, text.length);
	buffer->length += text.length;
	buffer->at[buffer->length] = '\0';
}

void
buffer_add_byte(struct buffer *buffer, char byte)
{
	buffer_add(buffer, (struct text){ &byte, 1 });
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0)
		abort();
	buffer_reserve(buffer, (size_t)length);
	va_start(arguments, format);
	(void)vsnprintf(buffer->at + buffer->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buffer->length += (size_t)length;
}

struct text
buffer_text(struct buffer *buffer)
{
	buffer_reserve(buffer, 0);
	return (struct text){ buffer->at, buffer->length };
}
