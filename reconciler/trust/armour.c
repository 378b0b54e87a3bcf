#include "trust/armour.h"

#include "base/encoding.h"

enum { WRITTEN_LINE_BYTES = 70 };

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* Joins the lines of base64; false when one is empty, too long, or the last one is not the end. */
static bool
body(struct arena *arena, struct text rest, struct text end, struct text *base64,
    struct text *why)
{
	struct buffer joined = { .arena = arena };
	struct text line;

	while (text_next_line(&rest, &line)) {
		if (text_equal(line, end)) {
			*base64 = buffer_text(&joined);
			return rest.length == 0 ||
			    refuse(why, TEXT("something stands behind the armour"));
		}
		if (line.length == 0 || line.length > ARMOUR_LINE_BYTES)
			return refuse(why, text_printf(arena, "the armour has a line that is empty "
			    "or longer than %d characters", ARMOUR_LINE_BYTES));
		buffer_add(&joined, line);
	}
	return refuse(why, text_printf(arena, "the armour has no line \"%.*s\"",
	    TEXT_ARGUMENTS(end)));
}

bool
armour_decode(struct arena *arena, struct text armour, const char *name, struct text *out,
    struct text *why)
{
	struct text begin = text_printf(arena, "-----BEGIN %s-----", name);
	struct text end = text_printf(arena, "-----END %s-----", name);
	struct text line = { NULL, 0 }, base64;

	if (armour.length > ARMOUR_BYTES)
		return refuse(why, text_printf(arena, "the armour is larger than %d KiB",
		    ARMOUR_BYTES / 1024));
	if (!text_next_line(&armour, &line) || !text_equal(line, begin)) {
		if (text_equal(text_trim(line), begin))
			return refuse(why, TEXT("the armour's lines end with CR LF, or have blanks at "
			    "their ends; only LF is accepted: keep git from converting line ends "
			    "(*.sig -text in .gitattributes)"));
		return refuse(why, text_printf(arena, "the first line is not \"%.*s\"",
		    TEXT_ARGUMENTS(begin)));
	}
	if (!body(arena, armour, end, &base64, why))
		return false;
	if (!base64_decode(arena, base64, out))
		return refuse(why, TEXT("the armour does not hold base64 and only base64"));
	return true;
}

struct text
armour_encode(struct arena *arena, struct text bytes, const char *name)
{
	struct buffer out = { .arena = arena };
	struct text base64 = base64_encode(arena, bytes);

	buffer_printf(&out, "-----BEGIN %s-----\n", name);
	for (; base64.length > 0; base64 = text_skip(base64, WRITTEN_LINE_BYTES)) {
		buffer_add(&out, text_first(base64, WRITTEN_LINE_BYTES));
		buffer_add_byte(&out, '\n');
	}
	buffer_printf(&out, "-----END %s-----\n", name);
	return buffer_text(&out);
}
