#include "manifest/decode_text.h"

#include <string.h>

#include "manifest/wording.h"

enum { INTEGER_DIGITS = 18 };

static const char *
type_name(const struct node *node)
{
	switch (node->type) {
	case NODE_SCALAR:
		return "a single value";
	case NODE_SEQUENCE:
		return "a list";
	case NODE_MAPPING:
		return "a mapping";
	}
	return "something else";
}

static bool
is_scalar(struct decoder *decoder, const struct field *field, const struct node *node)
{
	struct text expected;

	if (node->type == NODE_SCALAR && !(node->plain && plain_is_null(node->text)))
		return true;
	expected = wording_expected(decoder->arena, field);
	if (node->type == NODE_SCALAR)
		REFUSE(decoder, node, "EmptyValue", "%s has no value: expected %.*s", field->name,
		    TEXT_ARGUMENTS(expected));
	else
		REFUSE(decoder, node, "WrongType", "%s is %s: expected %.*s", field->name,
		    type_name(node), TEXT_ARGUMENTS(expected));
	return false;
}

/* A text that other readers of YAML would not take for one must stand in quotes. */
static bool
is_text_everywhere(struct decoder *decoder, const struct field *field, const struct node *node)
{
	const char *taken_for = plain_is_boolean(node->text) ? "a boolean" : "a number";

	if (!node->plain || !(plain_is_boolean(node->text) || plain_is_number(node->text)))
		return true;
	REFUSE(decoder, node, "NeedsQuotes",
	    "%s: %.*s without quotes is %s to other readers of YAML; write \"%.*s\"", field->name,
	    TEXT_ARGUMENTS(decode_shown(decoder, node)), taken_for,
	    TEXT_ARGUMENTS(text_visible(decoder->arena, node->text, 60)));
	return false;
}

static bool
check_characters(struct decoder *decoder, const struct field *field, const struct node *node)
{
	const struct text_format *format = field->format;
	struct text rest = node->text;
	uint32_t c = 0;

	for (size_t length; rest.length > 0; rest = text_skip(rest, length)) {
		length = text_code_point(rest, &c);
		if (length == 0)
			length = 1;
		if (character_allowed(c) && (format->lines || c >= 0x20))
			continue;
		if (c == '\n')
			REFUSE(decoder, node, "BadValue", "%s has several lines: expected %s",
			    field->name, format->expected);
		else
			REFUSE(decoder, node, "BadValue",
			    "%s holds the character U+%04X: expected %s", field->name, (unsigned)c,
			    format->expected);
		return false;
	}
	return true;
}

static bool
check_length(struct decoder *decoder, const struct field *field, const struct node *node)
{
	const struct text_format *format = field->format;
	size_t characters = text_characters(node->text);

	if (characters < format->least) {
		REFUSE(decoder, node, "EmptyValue", "%s is empty: expected %s", field->name,
		    format->expected);
		return false;
	}
	if (format->most == 0 || characters <= format->most)
		return true;
	REFUSE(decoder, node, "TooLong",
	    "%s has %zu characters, at most %zu are allowed: expected %s", field->name, characters,
	    format->most, format->expected);
	return false;
}

/* The mistakes that are made most, each with a word of its own. */
static const char *
hint_for(const struct text_format *format, struct text text)
{
	if (format == &format_duration && text_ends_with(text, "m"))
		return "; m reads as minutes to some and months to others: write min for minutes, "
		       "and days (30d) for months";
	if (format == &format_time && text_find(text, '+') < text.length)
		return "; only UTC is taken, written with a Z at the end";
	if (format->lines && text_starts_with(text, "-----BEGIN") &&
	    text_find(text, '\n') >= text.length - 1)
		return "; its line breaks are gone: write a literal block (|)";
	return "";
}

static void
refuse_format(struct decoder *decoder, const struct field *field, const struct node *node)
{
	const char *hint = hint_for(field->format, node->text);

	if (field->format->lines)
		REFUSE(decoder, node, "BadValue", "%s: expected %s%s", field->name,
		    field->format->expected, hint);
	else
		REFUSE(decoder, node, "BadValue", "%s: %.*s: expected %s%s", field->name,
		    TEXT_ARGUMENTS(decode_shown(decoder, node)), field->format->expected, hint);
}

static bool
check_format(struct decoder *decoder, const struct field *field, const struct node *node)
{
	const struct text_format *format = field->format;

	if (format->any)
		return true;
	if (!check_length(decoder, field, node) || !check_characters(decoder, field, node))
		return false;
	if (format->good == NULL || format->good(node->text))
		return true;
	refuse_format(decoder, field, node);
	return false;
}

static const struct choice *
find_choice(const struct field *field, struct text text)
{
	for (const struct choice *choice = field->choices; choice != NULL && choice->name != NULL;
	     choice++)
		if (text_is(text, choice->name))
			return choice;
	return NULL;
}

static void
refuse_choice(struct decoder *decoder, const struct field *field, const struct node *node)
{
	struct text meant = wording_choice(decoder->arena, field, node->text);
	struct text shown = decode_shown(decoder, node);
	struct text expected = wording_item(decoder->arena, field);

	if (text_present(meant))
		REFUSE(decoder, node, "UnknownValue",
		    "%s: %.*s is not known; did you mean %.*s? Expected %.*s", field->name,
		    TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(meant), TEXT_ARGUMENTS(expected));
	else
		REFUSE(decoder, node, "UnknownValue", "%s: %.*s is not known: expected %.*s",
		    field->name, TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(expected));
}

/* Whether quotes alone would make it right. */
static bool
fits(const struct field *field, struct text text)
{
	const struct text_format *format = field->format;

	return find_choice(field, text) != NULL ||
	       (format != NULL && (format->good == NULL || format->good(text)));
}

bool
decode_text(struct decoder *decoder, const struct field *field, const struct node *node,
    struct text *out)
{
	if (!is_scalar(decoder, field, node))
		return false;
	if (fits(field, node->text) && !is_text_everywhere(decoder, field, node))
		return false;
	if (field->choices != NULL && !fits(field, node->text)) {
		refuse_choice(decoder, field, node);
		return false;
	}
	if (field->choices == NULL && !check_format(decoder, field, node))
		return false;
	*out = node->text;
	return true;
}

bool
decode_choice(struct decoder *decoder, const struct field *field, const struct node *node, int *out)
{
	const struct choice *choice;

	if (!is_scalar(decoder, field, node))
		return false;
	choice = find_choice(field, node->text);
	if (choice == NULL) {
		refuse_choice(decoder, field, node);
		return false;
	}
	*out = choice->value;
	return true;
}

/* What was meant by the booleans of YAML 1.1; NULL when it was none. */
static const char *
old_boolean(struct text text)
{
	static const char *const yes[] = { "true", "yes", "on", "y", NULL };
	static const char *const no[] = { "false", "no", "off", "n", NULL };

	for (size_t i = 0; yes[i] != NULL; i++) {
		if (wording_same(text, text_of(yes[i])))
			return "true";
		if (wording_same(text, text_of(no[i])))
			return "false";
	}
	return NULL;
}

static void
refuse_boolean(struct decoder *decoder, const struct field *field, const struct node *node)
{
	const char *meant = old_boolean(node->text);
	struct text shown = decode_shown(decoder, node);

	if (meant == NULL)
		REFUSE(decoder, node, "BadValue", "%s: %.*s: expected true or false", field->name,
		    TEXT_ARGUMENTS(shown));
	else if (!node->plain)
		REFUSE(decoder, node, "QuotedValue",
		    "%s: %.*s in quotes is a text; write %s without them", field->name,
		    TEXT_ARGUMENTS(shown), meant);
	else
		REFUSE(decoder, node, "BadValue",
		    "%s: %.*s is not a boolean here (some readers of YAML take it for one, others "
		    "do not); write %s",
		    field->name, TEXT_ARGUMENTS(shown), meant);
}

bool
decode_boolean(struct decoder *decoder, const struct field *field, const struct node *node,
    bool *out)
{
	if (!is_scalar(decoder, field, node))
		return false;
	*out = text_is(node->text, "true");
	if (node->plain && (*out || text_is(node->text, "false")))
		return true;
	refuse_boolean(decoder, field, node);
	return false;
}

/* Decimal, one spelling for each number. */
static bool
parse_integer(struct text text, int64_t *out)
{
	bool negative = text.length > 1 && text.at[0] == '-';
	int64_t value = 0;

	if (negative)
		text = text_skip(text, 1);
	if (text.length == 0 || text.length > INTEGER_DIGITS ||
	    (text.at[0] == '0' && (text.length > 1 || negative)))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (text.at[i] - '0');
	}
	*out = negative ? -value : value;
	return true;
}

bool
decode_integer(struct decoder *decoder, const struct field *field, const struct node *node,
    int64_t *out)
{
	bool decimal;

	if (!is_scalar(decoder, field, node))
		return false;
	decimal = parse_integer(node->text, out);
	if (decimal && !node->plain)
		REFUSE(decoder, node, "QuotedValue",
		    "%s: %.*s in quotes is a text; write the number without them", field->name,
		    TEXT_ARGUMENTS(decode_shown(decoder, node)));
	else if (!decimal || *out < field->least || (field->most != 0 && *out > field->most))
		REFUSE(decoder, node, decimal ? "OutOfRange" : "BadValue",
		    "%s: %.*s: expected %.*s%s", field->name,
		    TEXT_ARGUMENTS(decode_shown(decoder, node)),
		    TEXT_ARGUMENTS(wording_expected(decoder->arena, field)),
		    decimal ? "" : ", in decimal digits");
	else
		return true;
	return false;
}

bool
decode_formatted(struct decoder *decoder, const char *name, const struct text_format *format,
    const struct node *node)
{
	struct field field = { .name = name, .type = FIELD_TEXT, .format = format };
	struct text text;

	return decode_text(decoder, &field, node, &text);
}
