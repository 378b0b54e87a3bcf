#include "manifest/encode.h"

#include <string.h>

#include "model/overview.h"

static struct node *encode_table(struct arena *arena, const struct table *table,
    const void *object);

static struct node *
encode_texts(struct arena *arena, const struct texts *texts)
{
	struct node *list = node_sequence(arena);

	for (size_t i = 0; i < texts->count; i++)
		node_append(arena, list, node_text(arena, texts->at[i]));
	return list;
}

/* Whether a list is what decoding makes of its absence. */
static bool
is_default_list(const struct field *field, const struct texts *texts)
{
	struct text rest = text_of(field->default_text), word;
	size_t count = 0;

	while (text_split(&rest, ' ', &word))
		if (count >= texts->count || !text_equal(texts->at[count++], word))
			return false;
	return count == texts->count;
}

static struct node *
encode_choice(struct arena *arena, const struct field *field, const void *at)
{
	int value;

	memcpy(&value, at, sizeof(value));
	if (value == field->by_default && (field->flags & (FIELD_REQUIRED | FIELD_ALWAYS)) == 0)
		return NULL;
	for (const struct choice *choice = field->choices; choice->name != NULL; choice++)
		if (choice->value == value)
			return node_text(arena, text_of(choice->name));
	return NULL;
}

static struct node *
encode_duration(struct arena *arena, const struct field *field, duration value)
{
	duration by_default = 0;

	if (field->default_text != NULL)
		(void)duration_parse(text_of(field->default_text), &by_default);
	if (value == 0 || value == by_default)
		return NULL;
	return node_text(arena, duration_format(arena, value));
}

static struct node *
encode_structs(struct arena *arena, const struct field *field, const struct array_any *array)
{
	struct node *list = node_sequence(arena);

	for (size_t i = 0; i < array->count; i++)
		node_append(arena, list,
		    encode_table(arena, field->table, (const char *)array->at + i * field->size));
	return list;
}

static struct node *
encode_structs_by_name(struct arena *arena, const struct field *field,
    const struct array_any *array)
{
	struct node *mapping = node_mapping(arena);

	for (size_t i = 0; i < array->count; i++) {
		const void *element = (const char *)array->at + i * field->size;

		node_set_named(arena, mapping, *(const struct text *)element,
		    encode_table(arena, field->table, element));
	}
	return mapping;
}

static struct node *
encode_counts(struct arena *arena, const struct counts *counts)
{
	struct node *mapping = node_mapping(arena);

	for (size_t i = 0; i < counts->count; i++)
		node_set_named(arena, mapping, counts->at[i].name,
		    node_integer(arena, counts->at[i].count));
	return mapping;
}

/* A list or mapping, unless it is empty and not wanted. */
static struct node *
unless_empty(const struct field *field, bool present, struct node *node)
{
	if (node->items.count > 0 || node->pairs.count > 0 || present ||
	    (field->flags & (FIELD_ALWAYS | FIELD_REQUIRED)) != 0)
		return node;
	return NULL;
}

static struct node *
encode_list(struct arena *arena, const struct field *field, const void *at, bool present)
{
	struct array_any any;

	memcpy(&any, at, sizeof(any));
	switch (field->type) {
	case FIELD_TEXTS:
		if (field->default_text != NULL && is_default_list(field, at))
			return NULL;
		return unless_empty(field, present || field->default_text != NULL,
		    encode_texts(arena, at));
	case FIELD_TEXT_OR_TEXTS:
		if (any.count == 1)
			return node_text(arena, ((const struct texts *)at)->at[0]);
		return unless_empty(field, present, encode_texts(arena, at));
	case FIELD_TEXT_IN_LIST:
		return any.count == 0 ? NULL : node_text(arena, ((const struct texts *)at)->at[0]);
	case FIELD_STRUCTS:
		return unless_empty(field, present, encode_structs(arena, field, &any));
	case FIELD_STRUCTS_BY_NAME:
		return unless_empty(field, present, encode_structs_by_name(arena, field, &any));
	default: /* FIELD_COUNTS */
		return unless_empty(field, present, encode_counts(arena, at));
	}
}

static struct node *
encode_text(struct arena *arena, const struct field *field, struct text text)
{
	/* an empty text is only said where every text may stand, or the reader needs one */
	if (text_empty(text) && (field->format != &format_any ||
				    (!text_present(text) && (field->flags & FIELD_REQUIRED) == 0)))
		return NULL;
	if (field->default_text != NULL && text_is(text, field->default_text))
		return NULL;
	return node_text(arena, text);
}

static struct node *
encode_number(struct arena *arena, const struct field *field, int64_t value)
{
	if (value == field->by_default && (field->flags & (FIELD_REQUIRED | FIELD_ALWAYS)) == 0)
		return NULL;
	return field->type == FIELD_BOOLEAN ? node_boolean(arena, value != 0)
					    : node_integer(arena, value);
}

static struct node *
encode_time(struct arena *arena, moment value)
{
	return value == 0 ? NULL : node_text(arena, moment_format(arena, value));
}

/* The node for a field, or NULL when it has nothing to say. */
static struct node *
encode_field(struct arena *arena, const struct field *field, const void *object)
{
	const void *at = (const char *)object + field->offset;
	bool present =
	    field->present != 0 && *(const bool *)((const char *)object + field->present - 1);

	/* what the structure says is not there is not there, whatever lies in it */
	if (field->present != 0 && !present && (field->flags & FIELD_REQUIRED) == 0)
		return NULL;
	switch (field->type) {
	case FIELD_TEXT:
		return encode_text(arena, field, *(const struct text *)at);
	case FIELD_CODE:
		return node_text(arena, text_of(*(const char *const *)at));
	case FIELD_INTEGER:
		return encode_number(arena, field, *(const int64_t *)at);
	case FIELD_UNSIGNED:
		return encode_number(arena, field, *(const unsigned *)at);
	case FIELD_BOOLEAN:
		return encode_number(arena, field, *(const bool *)at);
	case FIELD_CHOICE:
		return encode_choice(arena, field, at);
	case FIELD_TIME:
		return encode_time(arena, *(const moment *)at);
	case FIELD_DURATION:
		return encode_duration(arena, field, *(const duration *)at);
	case FIELD_STRUCT:
		return unless_empty(field, present, encode_table(arena, field->table, at));
	case FIELD_LABELS:
		return NULL;
	default:
		return encode_list(arena, field, at, present);
	}
}

static struct node *
encode_table(struct arena *arena, const struct table *table, const void *object)
{
	struct node *mapping = node_mapping(arena), *value;

	for (size_t i = 0; i < table->count; i++) {
		value = encode_field(arena, &table->fields[i], object);
		if (value != NULL)
			node_set(arena, mapping, table->fields[i].name, value);
	}
	return mapping;
}

struct node *
encode_document(struct arena *arena, const struct kind_row *row, const void *object)
{
	struct node *root = node_mapping(arena), *metadata = node_mapping(arena);
	struct text name;

	if (row->fixed_name != NULL)
		name = text_of(row->fixed_name);
	else if (row->name_of != NULL)
		name = row->name_of(object);
	else
		name = *(const struct text *)(const void *)((const char *)object + row->name_at);
	node_set(arena, root, "apiVersion", node_text(arena, TEXT("countersign/v1")));
	node_set(arena, root, "kind", node_text(arena, text_of(row->name)));
	node_set(arena, root, "metadata", metadata);
	node_set(arena, metadata, "name", node_text(arena, name));
	node_set(arena, root, row->body, encode_table(arena, row->table, object));
	return root;
}
