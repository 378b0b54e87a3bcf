#include "manifest/node.h"

#include <string.h>

struct node *
node_value(const struct node *mapping, const char *key)
{
	if (mapping == NULL || mapping->type != NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->pairs.count; i++)
		if (text_is(mapping->pairs.at[i].key->text, key))
			return mapping->pairs.at[i].value;
	return NULL;
}

int
node_compare_texts(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;
	int order = text_compare(x->text, y->text);

	if (order != 0)
		return order;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

static bool
is_one_of(struct text text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (text_is(text, *words))
			return true;
	return false;
}

bool
plain_is_null(struct text plain)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return is_one_of(plain, words);
}

bool
plain_is_boolean(struct text plain)
{
	static const char *const words[] = { "true", "True", "TRUE", "false", "False", "FALSE",
		NULL };

	return is_one_of(plain, words);
}

/* Takes digits (of `digits`) off the front and gives how many there were. */
static size_t
skip_digits(struct text *text, const char *digits)
{
	size_t count = 0;

	while (count < text->length && text->at[count] != '\0' &&
	       strchr(digits, text->at[count]) != NULL)
		count++;
	*text = text_skip(*text, count);
	return count;
}

static bool
skip_one_of(struct text *text, const char *bytes)
{
	if (text->length == 0 || text->at[0] == '\0' || strchr(bytes, text->at[0]) == NULL)
		return false;
	*text = text_skip(*text, 1);
	return true;
}

bool
plain_is_number(struct text plain)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const none[] = { ".nan", ".NaN", ".NAN", NULL };
	struct text rest = plain;
	size_t whole, fraction = 0;

	if (text_starts_with(plain, "0o") || text_starts_with(plain, "0x")) {
		rest = text_skip(plain, 2);
		whole =
		    skip_digits(&rest, plain.at[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF");
		return whole > 0 && rest.length == 0;
	}
	(void)skip_one_of(&rest, "+-");
	if (is_one_of(rest, infinite) || is_one_of(plain, none))
		return true;
	whole = skip_digits(&rest, "0123456789");
	if (skip_one_of(&rest, "."))
		fraction = skip_digits(&rest, "0123456789");
	if (whole + fraction == 0)
		return false;
	if (skip_one_of(&rest, "eE")) {
		(void)skip_one_of(&rest, "+-");
		if (skip_digits(&rest, "0123456789") == 0)
			return false;
	}
	return rest.length == 0;
}

struct node *
node_text(struct arena *arena, struct text text)
{
	struct node *node = ARENA_NEW(arena, struct node);

	node->type = NODE_SCALAR;
	node->text = text_present(text) ? text : TEXT("");
	return node;
}

struct node *
node_plain(struct arena *arena, struct text text)
{
	struct node *node = node_text(arena, text);

	node->plain = true;
	return node;
}

struct node *
node_integer(struct arena *arena, int64_t value)
{
	return node_plain(arena, text_printf(arena, "%lld", (long long)value));
}

struct node *
node_boolean(struct arena *arena, bool value)
{
	return node_plain(arena, value ? TEXT("true") : TEXT("false"));
}

struct node *
node_sequence(struct arena *arena)
{
	struct node *node = ARENA_NEW(arena, struct node);

	node->type = NODE_SEQUENCE;
	return node;
}

struct node *
node_mapping(struct arena *arena)
{
	struct node *node = ARENA_NEW(arena, struct node);

	node->type = NODE_MAPPING;
	return node;
}

void
node_append(struct arena *arena, struct node *sequence, struct node *item)
{
	*ARRAY_ADD(arena, &sequence->items) = item;
}

void
node_set(struct arena *arena, struct node *mapping, const char *key, struct node *value)
{
	node_set_named(arena, mapping, text_of(key), value);
}

void
node_set_named(struct arena *arena, struct node *mapping, struct text key, struct node *value)
{
	*ARRAY_ADD(arena, &mapping->pairs) =
	    (struct node_pair){ .key = node_text(arena, key), .value = value };
}
