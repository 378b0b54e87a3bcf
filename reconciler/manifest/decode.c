#include "manifest/decode.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/decode_rules.h"
#include "manifest/decode_text.h"
#include "manifest/wording.h"
#include "model/overview.h"

enum { SHOWN_BYTES = 60 };

struct position
decode_position(const struct decoder *decoder, const struct node *node)
{
	return (struct position){ decoder->path, node->line, node->column };
}

bool
decode_error_room(struct decoder *decoder, const struct node *node)
{
	decoder->errors++;
	if (decoder->errors == NODE_REASONS)
		reason_add(decoder->arena, decoder->reasons, decode_position(decoder, node),
		    "TooManyErrors", "there are more errors; the first %d are shown",
		    NODE_REASONS - 1);
	return decoder->errors < NODE_REASONS;
}

struct text
decode_shown(struct decoder *decoder, const struct node *node)
{
	if (node->type != NODE_SCALAR)
		return TEXT("");
	return text_printf(decoder->arena, node->plain ? "%.*s" : "\"%.*s\"",
	    TEXT_ARGUMENTS(text_visible(decoder->arena, node->text, SHOWN_BYTES)));
}

/* --- defaults --- */

static void
default_texts(struct arena *arena, const char *words, struct texts *out)
{
	struct text rest = text_of(words), word;

	while (text_split(&rest, ' ', &word))
		texts_add(arena, out, word);
}

void
table_defaults(struct arena *arena, const struct table *table, void *object)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->fields[i];
		void *at = (char *)object + field->offset;

		if (field->type == FIELD_STRUCT)
			table_defaults(arena, field->table, at);
		else if (field->type == FIELD_INTEGER)
			*(int64_t *)at = field->by_default;
		else if (field->type == FIELD_BOOLEAN)
			*(bool *)at = field->by_default != 0;
		else if (field->type == FIELD_CHOICE)
			memcpy(at, &(int){ (int)field->by_default }, sizeof(int));
		else if (field->type == FIELD_DURATION && field->default_text != NULL)
			(void)duration_parse(text_of(field->default_text), at);
		else if (field->type == FIELD_TEXTS && field->default_text != NULL)
			default_texts(arena, field->default_text, at);
		else if (field->type == FIELD_TEXT && field->default_text != NULL)
			*(struct text *)at = text_of(field->default_text);
	}
}

/* --- values --- */

static bool
check_type(struct decoder *decoder, const struct field *field, const struct node *node,
    enum node_type type)
{
	struct text expected;

	if (node->type == type)
		return true;
	expected = wording_expected(decoder->arena, field);
	if (node->type == NODE_SCALAR && node->plain && plain_is_null(node->text))
		REFUSE(decoder, node, "EmptyValue", "%s has no value: expected %.*s", field->name,
		    TEXT_ARGUMENTS(expected));
	else
		REFUSE(decoder, node, "WrongType", "%s: expected %.*s", field->name,
		    TEXT_ARGUMENTS(expected));
	return false;
}

static bool
check_count(struct decoder *decoder, const struct field *field, const struct node *node,
    size_t count)
{
	if (count < (size_t)field->least)
		REFUSE(decoder, node, "TooFewItems", "%s has %zu item%s: expected at least %lld",
		    field->name, count, count == 1 ? "" : "s", (long long)field->least);
	else if (field->most != 0 && count > (size_t)field->most)
		REFUSE(decoder, node, "TooManyItems", "%s has %zu items: expected at most %lld",
		    field->name, count, (long long)field->most);
	else
		return true;
	return false;
}

/* A name that stands twice would count twice. */
static bool
check_repetitions(struct decoder *decoder, const struct field *field, const struct node *list)
{
	struct node **items;
	size_t count = list->items.count;

	if ((field->flags & FIELD_REPEATS) != 0 || count < 2)
		return true;
	items = arena_allocate(decoder->arena, count * sizeof(struct node *));
	memcpy(items, list->items.at, count * sizeof(struct node *));
	qsort(items, count, sizeof(struct node *), node_compare_texts);
	for (size_t i = 1; i < count; i++) {
		if (!text_equal(items[i - 1]->text, items[i]->text))
			continue;
		REFUSE(decoder, items[i], "RepeatedItem", "%s: %.*s stands in the list twice",
		    field->name, TEXT_ARGUMENTS(decode_shown(decoder, items[i])));
		return false;
	}
	return true;
}

static bool
decode_texts(struct decoder *decoder, const struct field *field, const struct node *node,
    struct texts *out)
{
	bool good = true;
	struct text text;

	*out = (struct texts){ 0 };
	if (!check_type(decoder, field, node, NODE_SEQUENCE) ||
	    !check_count(decoder, field, node, node->items.count))
		return false;
	for (size_t i = 0; i < node->items.count; i++) {
		if (decode_text(decoder, field, node->items.at[i], &text))
			texts_add(decoder->arena, out, text);
		else
			good = false;
	}
	return good && check_repetitions(decoder, field, node);
}

static bool
decode_single(struct decoder *decoder, const struct field *field, const struct node *node,
    struct texts *out)
{
	struct text text;

	if (!decode_text(decoder, field, node, &text))
		return false;
	*out = (struct texts){ 0 };
	texts_add(decoder->arena, out, text);
	return true;
}

static bool
decode_time(struct decoder *decoder, const struct field *field, const struct node *node,
    moment *out)
{
	return decode_formatted(decoder, field->name, &format_time, node) &&
	       moment_parse(node->text, out);
}

static bool
decode_duration(struct decoder *decoder, const struct field *field, const struct node *node,
    duration *out)
{
	return decode_formatted(decoder, field->name, &format_duration, node) &&
	       duration_parse(node->text, out);
}

/* One structure of a field, alone or in its list. */
static bool
decode_mapping(struct decoder *decoder, const struct field *field, const struct node *node,
    void *object)
{
	return decode_named_table(decoder, field->name, field->table, node, object);
}

/* One more structure of a list, as it is before it is decoded. */
static void *
add_struct(struct decoder *decoder, const struct field *field, struct array_any *array)
{
	void *element;

	array_grow(decoder->arena, array, field->size);
	element = (char *)array->at + array->count++ * field->size;
	table_defaults(decoder->arena, field->table, element);
	return element;
}

static bool
decode_structs(struct decoder *decoder, const struct field *field, const struct node *node,
    void *array)
{
	struct array_any any = { 0 };
	bool good = true;

	if (!check_type(decoder, field, node, NODE_SEQUENCE) ||
	    !check_count(decoder, field, node, node->items.count))
		return false;
	for (size_t i = 0; i < node->items.count; i++)
		good &= decode_mapping(decoder, field, node->items.at[i],
		    add_struct(decoder, field, &any));
	memcpy(array, &any, sizeof(any));
	return good;
}

/* The structures begin with a struct text: the name under which they stand. */
static bool
decode_structs_by_name(struct decoder *decoder, const struct field *field, const struct node *node,
    void *array)
{
	struct array_any any = { 0 };
	bool good = true;

	if (!check_type(decoder, field, node, NODE_MAPPING) ||
	    !check_count(decoder, field, node, node->pairs.count))
		return false;
	for (size_t i = 0; i < node->pairs.count; i++) {
		void *element = add_struct(decoder, field, &any);

		good &= decode_formatted(decoder, field->name, &format_name, node->pairs.at[i].key);
		*(struct text *)element = node->pairs.at[i].key->text;
		good &= decode_mapping(decoder, field, node->pairs.at[i].value, element);
	}
	memcpy(array, &any, sizeof(any));
	return good;
}

static bool
decode_counts(struct decoder *decoder, const struct field *field, const struct node *node,
    struct counts *out)
{
	static const struct field number = { .name = "the count", .type = FIELD_INTEGER };
	bool good = true;

	*out = (struct counts){ 0 };
	if (!check_type(decoder, field, node, NODE_MAPPING))
		return false;
	for (size_t i = 0; i < node->pairs.count; i++) {
		struct count *count = ARRAY_ADD(decoder->arena, out);

		count->name = node->pairs.at[i].key->text;
		good &= decode_integer(decoder, &number, node->pairs.at[i].value, &count->count);
	}
	return good;
}

static bool
decode_labels(struct decoder *decoder, const struct field *field, const struct node *node)
{
	bool good = true;

	if (!check_type(decoder, field, node, NODE_MAPPING) ||
	    !check_count(decoder, field, node, node->pairs.count))
		return false;
	for (size_t i = 0; i < node->pairs.count; i++) {
		good &= decode_formatted(decoder, field->name, &format_label_key,
		    node->pairs.at[i].key);
		good &=
		    decode_formatted(decoder, field->name, field->format, node->pairs.at[i].value);
	}
	return good;
}

static bool
decode_scalar(struct decoder *decoder, const struct field *field, const struct node *node, void *at)
{
	struct text text = { NULL, 0 };
	int64_t number = 0;
	int value = 0;

	switch (field->type) {
	case FIELD_TEXT:
		return decode_text(decoder, field, node, at);
	case FIELD_INTEGER:
		return decode_integer(decoder, field, node, at);
	case FIELD_BOOLEAN:
		return decode_boolean(decoder, field, node, at);
	case FIELD_UNSIGNED:
		if (!decode_integer(decoder, field, node, &number))
			return false;
		*(unsigned *)at = (unsigned)number;
		return true;
	case FIELD_CHOICE:
		if (!decode_choice(decoder, field, node, &value))
			return false;
		memcpy(at, &value, sizeof(value));
		return true;
	default: /* FIELD_CODE */
		if (!decode_text(decoder, field, node, &text))
			return false;
		*(const char **)at = text_string(decoder->arena, text);
		return true;
	}
}

static bool
decode_field(struct decoder *decoder, const struct field *field, const struct node *node,
    void *object)
{
	void *at = (char *)object + field->offset;

	if (field->present != 0)
		*((bool *)((char *)object + field->present - 1)) = true;
	if (field->position != 0)
		*(struct position *)(void *)((char *)object + field->position - 1) =
		    decode_position(decoder, node);
	switch (field->type) {
	case FIELD_TEXTS:
		return decode_texts(decoder, field, node, at);
	case FIELD_TEXT_OR_TEXTS:
		return node->type == NODE_SCALAR ? decode_single(decoder, field, node, at)
						 : decode_texts(decoder, field, node, at);
	case FIELD_TEXT_IN_LIST:
		return decode_single(decoder, field, node, at);
	case FIELD_TIME:
		return decode_time(decoder, field, node, at);
	case FIELD_DURATION:
		return decode_duration(decoder, field, node, at);
	case FIELD_STRUCT:
		return decode_mapping(decoder, field, node, at);
	case FIELD_STRUCTS:
		return decode_structs(decoder, field, node, at);
	case FIELD_STRUCTS_BY_NAME:
		return decode_structs_by_name(decoder, field, node, at);
	case FIELD_COUNTS:
		return decode_counts(decoder, field, node, at);
	case FIELD_LABELS:
		return decode_labels(decoder, field, node);
	default:
		return decode_scalar(decoder, field, node, at);
	}
}

/* --- a mapping --- */

static const struct field *
find_field(const struct table *table, struct text name)
{
	for (size_t i = 0; i < table->count; i++)
		if (text_is(name, table->fields[i].name))
			return &table->fields[i];
	return NULL;
}

static bool
check_required(struct decoder *decoder, const struct table *table, const struct node *node)
{
	bool good = true;

	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->fields[i];

		if ((field->flags & FIELD_REQUIRED) == 0 || node_value(node, field->name) != NULL)
			continue;
		REFUSE(decoder, node, "MissingKey", "%s is missing: expected %.*s", field->name,
		    TEXT_ARGUMENTS(wording_expected(decoder->arena, field)));
		good = false;
	}
	return good;
}

static bool
decode_pair(struct decoder *decoder, const struct table *table, const struct node_pair *pair,
    void *object)
{
	const struct field *field = find_field(table, pair->key->text);

	if (field != NULL)
		return decode_field(decoder, field, pair->value, object);
	if (decoder->errors >= NODE_REASONS)
		return false;
	REFUSE(decoder, pair->key, "UnknownKey", "unknown key \"%.*s\"%.*s",
	    TEXT_ARGUMENTS(text_visible(decoder->arena, pair->key->text, SHOWN_BYTES)),
	    TEXT_ARGUMENTS(wording_key(decoder->arena, decoder->row, table, pair->key->text)));
	return false;
}

static bool
decode_table(struct decoder *decoder, const struct table *table, const struct node *node,
    void *object)
{
	size_t before = decoder->errors;
	bool good = true;

	if (table->position != 0)
		*(struct position *)(void *)((char *)object + table->position - 1) =
		    decode_position(decoder, node);
	for (size_t i = 0; i < node->pairs.count; i++)
		good &= decode_pair(decoder, table, &node->pairs.at[i], object);
	good &= check_required(decoder, table, node);
	good &= decode_rules(decoder, table, node);
	if (good && table->validate != NULL)
		table->validate(decoder, node, object);
	return decoder->errors == before;
}

bool
decode_named_table(struct decoder *decoder, const char *name, const struct table *table,
    const struct node *node, void *object)
{
	struct field field = { .name = name, .type = FIELD_STRUCT, .table = table };

	return check_type(decoder, &field, node, NODE_MAPPING) &&
	       decode_table(decoder, table, node, object);
}
