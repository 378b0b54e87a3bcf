#include <string.h>

#include "manifest/kinds.h"
#include "manifest/manifest.h"
#include "manifest/node.h"

/* The JSON Schema (2020-12) of the tables: the decoder's verdict, as far as a schema can say it. */

static struct node *schema_table(struct arena *arena, const struct table *table);

static struct node *
text_node(struct arena *arena, const char *text)
{
	return node_text(arena, text_of(text));
}

static void
set_text(struct arena *arena, struct node *schema, const char *key, const char *text)
{
	if (text != NULL)
		node_set(arena, schema, key, text_node(arena, text));
}

/* A limit, unless there is none. */
static void
set_limit(struct arena *arena, struct node *schema, const char *key, int64_t limit)
{
	if (limit > 0)
		node_set(arena, schema, key, node_integer(arena, limit));
}

static struct node *
schema_format(struct arena *arena, const struct text_format *format)
{
	struct node *schema = node_mapping(arena);

	set_text(arena, schema, "type", "string");
	if (format == NULL)
		return schema;
	set_text(arena, schema, "pattern", format->pattern);
	set_limit(arena, schema, "minLength", (int64_t)format->least);
	set_limit(arena, schema, "maxLength", (int64_t)format->most);
	return schema;
}

static struct node *
schema_choices(struct arena *arena, const struct choice *choices)
{
	struct node *schema = node_mapping(arena), *list = node_sequence(arena);

	for (; choices->name != NULL; choices++)
		node_append(arena, list, text_node(arena, choices->name));
	node_set(arena, schema, "enum", list);
	return schema;
}

static struct node *
schema_either(struct arena *arena, struct node *a, struct node *b)
{
	struct node *schema = node_mapping(arena), *list = node_sequence(arena);

	node_append(arena, list, a);
	node_append(arena, list, b);
	node_set(arena, schema, "anyOf", list);
	return schema;
}

/* One text of a field, by its choices or format or both. */
static struct node *
schema_text(struct arena *arena, const struct field *field)
{
	if (field->choices == NULL)
		return schema_format(arena, field->format);
	if (field->format == NULL)
		return schema_choices(arena, field->choices);
	return schema_either(arena, schema_choices(arena, field->choices),
	    schema_format(arena, field->format));
}

static struct node *
schema_list(struct arena *arena, const struct field *field, struct node *items)
{
	struct node *schema = node_mapping(arena);

	set_text(arena, schema, "type", "array");
	node_set(arena, schema, "items", items);
	set_limit(arena, schema, "minItems", field->least);
	set_limit(arena, schema, "maxItems", field->most);
	if (field->type != FIELD_STRUCTS && (field->flags & FIELD_REPEATS) == 0)
		node_set(arena, schema, "uniqueItems", node_boolean(arena, true));
	return schema;
}

static struct node *
schema_names(struct arena *arena, const struct field *field, const struct text_format *names,
    struct node *values)
{
	struct node *schema = node_mapping(arena);

	set_text(arena, schema, "type", "object");
	if (names != NULL)
		node_set(arena, schema, "propertyNames", schema_format(arena, names));
	node_set(arena, schema, "additionalProperties", values);
	set_limit(arena, schema, "maxProperties", field->most);
	return schema;
}

static struct node *
schema_integer(struct arena *arena, const struct field *field)
{
	struct node *schema = node_mapping(arena);

	set_text(arena, schema, "type", "integer");
	node_set(arena, schema, "minimum", node_integer(arena, field->least));
	set_limit(arena, schema, "maximum", field->most);
	return schema;
}

static struct node *
schema_type(struct arena *arena, const char *type)
{
	struct node *schema = node_mapping(arena);

	set_text(arena, schema, "type", type);
	return schema;
}

static struct node *
schema_value(struct arena *arena, const struct field *field)
{
	static const struct field count = { .name = "count" };

	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_TEXT_IN_LIST:
	case FIELD_CHOICE:
	case FIELD_CODE:
		return schema_text(arena, field);
	case FIELD_TEXTS:
		return schema_list(arena, field, schema_text(arena, field));
	case FIELD_TEXT_OR_TEXTS:
		return schema_either(arena, schema_text(arena, field),
		    schema_list(arena, field, schema_text(arena, field)));
	case FIELD_INTEGER:
	case FIELD_UNSIGNED:
		return schema_integer(arena, field);
	case FIELD_BOOLEAN:
		return schema_type(arena, "boolean");
	case FIELD_TIME:
		return schema_format(arena, &format_time);
	case FIELD_DURATION:
		return schema_format(arena, &format_duration);
	case FIELD_STRUCT:
		return schema_table(arena, field->table);
	case FIELD_STRUCTS:
		return schema_list(arena, field, schema_table(arena, field->table));
	case FIELD_STRUCTS_BY_NAME:
		return schema_names(arena, field, &format_name, schema_table(arena, field->table));
	case FIELD_COUNTS:
		return schema_names(arena, field, NULL, schema_integer(arena, &count));
	case FIELD_LABELS:
		return schema_names(arena, field, &format_label_key,
		    schema_format(arena, field->format));
	}
	return schema_type(arena, "null");
}

static struct node *
default_words(struct arena *arena, const char *words)
{
	struct node *list = node_sequence(arena);
	struct text rest = text_of(words), word;

	while (text_split(&rest, ' ', &word))
		node_append(arena, list, node_text(arena, word));
	return list;
}

static struct node *
default_value(struct arena *arena, const struct field *field)
{
	if (field->default_text != NULL)
		return field->type == FIELD_TEXTS ? default_words(arena, field->default_text)
						  : text_node(arena, field->default_text);
	if ((field->flags & FIELD_REQUIRED) != 0)
		return NULL;
	if (field->type == FIELD_BOOLEAN)
		return node_boolean(arena, field->by_default != 0);
	if (field->type == FIELD_INTEGER && field->by_default >= field->least)
		return node_integer(arena, field->by_default);
	for (const struct choice *choice = field->choices;
	     field->type == FIELD_CHOICE && choice->name != NULL; choice++)
		if (choice->value == field->by_default)
			return text_node(arena, choice->name);
	return NULL;
}

static struct node *
schema_field(struct arena *arena, const struct field *field)
{
	struct node *schema = node_mapping(arena), *value = schema_value(arena, field);
	struct node *by_default = default_value(arena, field);

	set_text(arena, schema, "description", field->doc);
	for (size_t i = 0; i < value->pairs.count; i++)
		*ARRAY_ADD(arena, &schema->pairs) = value->pairs.at[i];
	if (by_default != NULL)
		node_set(arena, schema, "default", by_default);
	return schema;
}

/* --- rules --- */

static struct node *
required_keys(struct arena *arena, const char *key)
{
	struct node *schema = node_mapping(arena), *list = node_sequence(arena);

	node_append(arena, list, text_node(arena, key));
	node_set(arena, schema, "required", list);
	return schema;
}

static struct node *
exactly_one(struct arena *arena, const struct rule *rule)
{
	struct node *schema = node_mapping(arena), *list = node_sequence(arena);

	for (size_t i = 0; i < COUNT(rule->keys) && rule->keys[i] != NULL; i++)
		node_append(arena, list, required_keys(arena, rule->keys[i]));
	node_set(arena, schema, "oneOf", list);
	return schema;
}

static struct node *
not_empty(struct arena *arena, const struct rule *rule)
{
	struct node *schema = node_mapping(arena), *list = node_sequence(arena);

	for (size_t i = 0; i < COUNT(rule->keys) && rule->keys[i] != NULL; i++) {
		struct node *one = required_keys(arena, rule->keys[i]);
		struct node *properties = node_mapping(arena), *items = node_mapping(arena);

		set_text(arena, items, "type", "array");
		node_set(arena, items, "minItems", node_integer(arena, 1));
		node_set(arena, properties, rule->keys[i], items);
		node_set(arena, one, "properties", properties);
		node_append(arena, list, one);
	}
	node_set(arena, schema, "anyOf", list);
	return schema;
}

static bool
is_boolean_field(const struct table *table, const char *key)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->fields[i].name, key) == 0)
			return table->fields[i].type == FIELD_BOOLEAN;
	return false;
}

/* Adds that a key must stand there, and with what. */
static void
add_condition(struct arena *arena, struct node *into, const struct table *table,
    const struct key_condition *condition)
{
	struct node *required = node_value(into, "required");
	struct node *properties = node_value(into, "properties");
	struct node *constant = node_mapping(arena);

	if (required == NULL)
		node_set(arena, into, "required", required = node_sequence(arena));
	node_append(arena, required, text_node(arena, condition->key));
	if (condition->value == NULL)
		return;
	if (properties == NULL)
		node_set(arena, into, "properties", properties = node_mapping(arena));
	node_set(arena, constant, "const",
	    is_boolean_field(table, condition->key) ? node_plain(arena, text_of(condition->value))
						    : text_node(arena, condition->value));
	node_set(arena, properties, condition->key, constant);
}

static struct node *
when(struct arena *arena, const struct table *table, const struct rule *rule)
{
	struct node *schema = node_mapping(arena), *condition = node_mapping(arena);
	struct node *then = node_mapping(arena), *refused = node_mapping(arena);

	add_condition(arena, condition, table, &rule->when);
	for (size_t i = 0; i < COUNT(rule->needs) && rule->needs[i].key != NULL; i++)
		add_condition(arena, then, table, &rule->needs[i]);
	for (size_t i = 0; i < COUNT(rule->refuses) && rule->refuses[i] != NULL; i++)
		node_set(arena, refused, rule->refuses[i], node_boolean(arena, false));
	if (refused->pairs.count > 0)
		node_set(arena, then, "properties", refused);
	set_text(arena, schema, "$comment", rule->why);
	node_set(arena, schema, "if", condition);
	node_set(arena, schema, "then", then);
	return schema;
}

static void
set_rules(struct arena *arena, struct node *schema, const struct table *table)
{
	struct node *list = node_sequence(arena);

	for (const struct rule *rule = table->rules; rule != NULL && rule->type != RULE_END;
	     rule++) {
		if (rule->type == RULE_EXACTLY_ONE)
			node_append(arena, list, exactly_one(arena, rule));
		else if (rule->type == RULE_NOT_EMPTY)
			node_append(arena, list, not_empty(arena, rule));
		else
			node_append(arena, list, when(arena, table, rule));
	}
	if (list->items.count > 0)
		node_set(arena, schema, "allOf", list);
}

/* --- mappings and documents --- */

static struct node *
schema_table(struct arena *arena, const struct table *table)
{
	struct node *schema = node_mapping(arena), *properties = node_mapping(arena);
	struct node *required = node_sequence(arena);

	for (size_t i = 0; i < table->count; i++) {
		const struct field *field = &table->fields[i];

		node_set(arena, properties, field->name, schema_field(arena, field));
		if ((field->flags & FIELD_REQUIRED) != 0)
			node_append(arena, required, text_node(arena, field->name));
	}
	set_text(arena, schema, "type", "object");
	node_set(arena, schema, "additionalProperties", node_boolean(arena, false));
	if (required->items.count > 0)
		node_set(arena, schema, "required", required);
	node_set(arena, schema, "properties", properties);
	set_rules(arena, schema, table);
	return schema;
}

static struct node *
constant(struct arena *arena, const char *text)
{
	struct node *schema = node_mapping(arena);

	set_text(arena, schema, "const", text);
	return schema;
}

struct text
manifest_schema(struct arena *arena, enum kind kind)
{
	const struct kind_row *row = kind_row(kind);
	struct node *schema = node_mapping(arena), *properties = node_mapping(arena);
	struct node *required = node_sequence(arena);
	const char *const keys[] = { "apiVersion", "kind", "metadata", row->body };

	for (size_t i = 0; i < COUNT(keys); i++)
		node_append(arena, required, text_node(arena, keys[i]));
	node_set(arena, properties, "apiVersion", constant(arena, "countersign/v1"));
	node_set(arena, properties, "kind", constant(arena, row->name));
	node_set(arena, properties, "metadata", schema_table(arena, &metadata_table));
	node_set(arena, properties, row->body, schema_table(arena, row->table));
	set_text(arena, schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	set_text(arena, schema, "title", row->name);
	set_text(arena, schema, "description", row->doc);
	set_text(arena, schema, "type", "object");
	node_set(arena, schema, "additionalProperties", node_boolean(arena, false));
	node_set(arena, schema, "required", required);
	node_set(arena, schema, "properties", properties);
	return node_write_json(arena, schema);
}
