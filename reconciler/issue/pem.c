#include "issue/pem.h"

#include <string.h>

#include "base/encoding.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_space(struct text *rest)
{
	while (rest->length > 0 && is_space(rest->at[0]))
		*rest = text_skip(*rest, 1);
}

/* Takes the next line, without LF or CRLF. */
static bool
next_line(struct text *rest, struct text *line)
{
	if (!text_next_line(rest, line))
		return false;
	if (line->length > 0 && line->at[line->length - 1] == '\r')
		line->length--;
	return true;
}

static bool
is_boundary(struct text line, const char *word, const char *label)
{
	static const char dashes[] = "-----";
	const char *const parts[] = { dashes, word, " ", label, dashes };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!text_starts_with(line, parts[i]))
			return false;
		line = text_skip(line, strlen(parts[i]));
	}
	return line.length == 0;
}

bool
pem_next(struct arena *arena, struct text *rest, const char *label, struct text *der,
    struct text *why)
{
	struct buffer base64 = { .arena = arena };
	struct text line;

	skip_space(rest);
	buffer_reserve(&base64, rest->length);
	if (!next_line(rest, &line) || !is_boundary(line, "BEGIN", label)) {
		*why = text_printf(arena, "expected -----BEGIN %s----- at the start", label);
		return false;
	}
	for (;;) {
		if (!next_line(rest, &line)) {
			*why = text_printf(arena, "there is no -----END %s-----", label);
			return false;
		}
		if (is_boundary(line, "END", label))
			break;
		if (line.length == 0) {
			*why = TEXT("there is an empty line inside the PEM block");
			return false;
		}
		buffer_add(&base64, line);
	}
	if (base64.length == 0 || !base64_decode(arena, buffer_text(&base64), der)) {
		*why = TEXT("the PEM block is not base64");
		return false;
	}
	return true;
}

bool
pem_single(struct arena *arena, struct text pem, const char *label, struct text *der,
    struct text *why)
{
	if (!pem_next(arena, &pem, label, der, why))
		return false;
	skip_space(&pem);
	if (pem.length > 0) {
		*why = TEXT("there is something after the PEM block");
		return false;
	}
	return true;
}

struct text
pem_encode(struct arena *arena, const char *label, struct text der)
{
	enum { LINE_CHARACTERS = 64 };
	struct text base64 = base64_encode(arena, der);
	struct buffer pem = { .arena = arena };

	buffer_reserve(&pem, base64.length + base64.length / LINE_CHARACTERS + 128);
	buffer_printf(&pem, "-----BEGIN %s-----\n", label);
	while (base64.length > 0) {
		buffer_add(&pem, text_first(base64, LINE_CHARACTERS));
		buffer_add_byte(&pem, '\n');
		base64 = text_skip(base64, LINE_CHARACTERS);
	}
	buffer_printf(&pem, "-----END %s-----\n", label);
	return buffer_text(&pem);
}
