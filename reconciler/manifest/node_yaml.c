#include "manifest/node.h"

#include <ctype.h>
#include <string.h>

static void add_value(struct buffer *out, const struct node *node, unsigned depth);

static void
indent(struct buffer *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buffer_add(out, TEXT("  "));
}

/* --- which texts need quotes --- */

/* Words that some reader of YAML 1.1 or 1.2 takes for something else. */
static bool
is_taken_word(struct text text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null", "y",
		"n", NULL };
	char lower[8];

	if (text.length >= sizeof(lower))
		return false;
	for (size_t i = 0; i < text.length; i++)
		lower[i] = (char)tolower((unsigned char)text.at[i]);
	for (const char *const *word = words; *word != NULL; word++)
		if (strlen(*word) == text.length && memcmp(lower, *word, text.length) == 0)
			return true;
	return false;
}

static bool
begins_like_date(struct text text)
{
	return text.length >= 5 && isdigit((unsigned char)text.at[0]) &&
	       isdigit((unsigned char)text.at[1]) && isdigit((unsigned char)text.at[2]) &&
	       isdigit((unsigned char)text.at[3]) && text.at[4] == '-';
}

/* Whether nothing but these characters follows the first ones. */
static bool
only_then(struct text text, size_t first, const char *characters)
{
	for (size_t i = first; i < text.length; i++)
		if (text.at[i] == '\0' || strchr(characters, text.at[i]) == NULL)
			return false;
	return true;
}

/*
 * Anything that a reader could take for a number: digits with points,
 * exponents, underscores and colons (sixties in YAML 1.1), hex, octal, binary;
 * and dates. Rather too much than too little, but for hashes and serial numbers
 * that begin with 0b: whoever compares them as text finds all without quotes.
 * What begins with a sign or point is quoted anyhow.
 */
static bool
looks_like_number(struct text text)
{
	if (!isdigit((unsigned char)text.at[0]))
		return false;
	if (begins_like_date(text))
		return true;
	if (text.length >= 2 && text.at[0] == '0' && strchr("xXoO", text.at[1]) != NULL)
		return true;
	if (text.length >= 2 && text.at[0] == '0' && strchr("bB", text.at[1]) != NULL)
		return only_then(text, 2, "01_");
	return only_then(text, 0, "0123456789+-._:eE");
}

/* Characters that mean nothing to YAML wherever they stand in a block context. */
static bool
is_plain_character(uint32_t c)
{
	if (c < 0x80)
		return isalnum((int)c) || (c != 0 && strchr("/_.+@-=;()", (int)c) != NULL);
	return c > 0xa0 && !code_point_is_hidden(c) && character_allowed(c);
}

static bool
needs_quotes(struct text text)
{
	struct text rest = text;
	uint32_t c = 0, before = ' ';

	if (text.length == 0 || is_taken_word(text) || looks_like_number(text))
		return true;
	if (!isalnum((unsigned char)text.at[0]) && text.at[0] != '/' &&
	    (unsigned char)text.at[0] < 0x80)
		return true;
	for (size_t length; rest.length > 0; rest = text_skip(rest, length), before = c) {
		length = text_code_point(rest, &c);
		if (length == 0)
			return true;
		/* one space between words; a colon when no space follows it */
		if (c == ' ' && (before == ' ' || before == ':' || rest.length == 1))
			return true;
		if (c == ':' && rest.length == 1)
			return true;
		if (c != ' ' && c != ':' && !is_plain_character(c))
			return true;
	}
	return false;
}

/* --- texts --- */

static void
add_escape(struct buffer *out, uint32_t c)
{
	if (c == '\n')
		buffer_add(out, TEXT("\\n"));
	else if (c == '\t')
		buffer_add(out, TEXT("\\t"));
	else if (c == '\r')
		buffer_add(out, TEXT("\\r"));
	else if (c == 0)
		buffer_add(out, TEXT("\\0"));
	else if (c > 0xffff)
		buffer_printf(out, "\\U%08X", (unsigned)c);
	else
		buffer_printf(out, "\\u%04X", (unsigned)c);
}

/* In double quotes on one line; what is no UTF-8 becomes U+FFFD, for YAML cannot say it. */
static void
add_quoted(struct buffer *out, struct text text)
{
	uint32_t c = 0;

	buffer_add_byte(out, '"');
	for (size_t length; text.length > 0; text = text_skip(text, length)) {
		length = text_code_point(text, &c);
		if (length == 0) {
			buffer_add(out, TEXT("\xef\xbf\xbd"));
			length = 1;
		} else if (c == '"' || c == '\\') {
			buffer_printf(out, "\\%c", (char)c);
		} else if (code_point_is_hidden(c) || !character_allowed(c)) {
			add_escape(out, c);
		} else {
			buffer_add(out, text_first(text, length));
		}
	}
	buffer_add_byte(out, '"');
}

/* Whether a line of a literal block comes back as it is. */
static bool
is_literal_line(struct text line)
{
	uint32_t c = 0;

	/* white space at its ends would be lost on people, at its beginning on readers */
	if (line.length > 0 &&
	    (strchr(" \t", line.at[0]) != NULL || strchr(" \t", line.at[line.length - 1]) != NULL))
		return false;
	for (size_t length; line.length > 0; line = text_skip(line, length)) {
		length = text_code_point(line, &c);
		if (length == 0 || (c != '\t' && code_point_is_hidden(c)) || !character_allowed(c))
			return false;
	}
	return true;
}

/*
 * Whether a text of several lines can be a literal block: it begins with a
 * line that is not empty and ends with one LF or none.
 */
static bool
is_literal(struct text text)
{
	struct text line;

	if (text_find(text, '\n') == text.length || text.at[0] == '\n' ||
	    text_ends_with(text, "\n\n"))
		return false;
	while (text_next_line(&text, &line))
		if (!is_literal_line(line))
			return false;
	return true;
}

static void
add_literal(struct buffer *out, struct text text, unsigned depth)
{
	struct text line;

	buffer_add(out, text_ends_with(text, "\n") ? TEXT("|\n") : TEXT("|-\n"));
	while (text_next_line(&text, &line)) {
		if (line.length > 0) {
			indent(out, depth);
			buffer_add(out, line);
		}
		buffer_add_byte(out, '\n');
	}
}

/* A scalar and the end of its line; a literal block is indented by `depth`. */
static void
add_scalar(struct buffer *out, const struct node *node, unsigned depth)
{
	if (!node->plain && is_literal(node->text)) {
		add_literal(out, node->text, depth);
		return;
	}
	if (node->plain || !needs_quotes(node->text))
		buffer_add(out, node->text);
	else
		add_quoted(out, node->text);
	buffer_add_byte(out, '\n');
}

/* --- lists and mappings --- */

/* What a key or dash is followed by: a value on the same line, or lines below. */
static void
add_value_after(struct buffer *out, const struct node *node, unsigned depth)
{
	if (node->type == NODE_SCALAR) {
		buffer_add_byte(out, ' ');
		add_scalar(out, node, depth);
	} else if (node->items.count == 0 && node->pairs.count == 0) {
		buffer_add(out, node->type == NODE_SEQUENCE ? TEXT(" []\n") : TEXT(" {}\n"));
	} else {
		buffer_add_byte(out, '\n');
		add_value(out, node, depth);
	}
}

static void
add_key(struct buffer *out, const struct node *key)
{
	if (needs_quotes(key->text))
		add_quoted(out, key->text);
	else
		buffer_add(out, key->text);
	buffer_add_byte(out, ':');
}

/* The pairs of a mapping, the first one where a line was begun already if `begun`. */
static void
add_pairs(struct buffer *out, const struct node *mapping, unsigned depth, bool begun)
{
	for (size_t i = 0; i < mapping->pairs.count; i++) {
		if (i > 0 || !begun)
			indent(out, depth);
		add_key(out, mapping->pairs.at[i].key);
		add_value_after(out, mapping->pairs.at[i].value, depth + 1);
	}
}

static void
add_item(struct buffer *out, const struct node *item, unsigned depth)
{
	indent(out, depth);
	buffer_add_byte(out, '-');
	if (item->type == NODE_MAPPING && item->pairs.count > 0) {
		buffer_add_byte(out, ' ');
		add_pairs(out, item, depth + 1, true);
	} else {
		add_value_after(out, item, depth + 1);
	}
}

static void
add_value(struct buffer *out, const struct node *node, unsigned depth)
{
	if (node->type == NODE_SCALAR)
		add_scalar(out, node, depth);
	else if (node->type == NODE_MAPPING)
		add_pairs(out, node, depth, false);
	else
		for (size_t i = 0; i < node->items.count; i++)
			add_item(out, node->items.at[i], depth);
}

struct text
node_write_yaml(struct arena *arena, const struct node *tree)
{
	struct buffer out = { .arena = arena };

	add_value(&out, tree, 0);
	return buffer_text(&out);
}
