#include <ctype.h>

#include "manifest/kinds.h"
#include "manifest/manifest.h"
#include "manifest/wording.h"

/* The reference of the tables in mdoc(7), one tagged list for each kind. */

static void add_table(struct buffer *out, const struct table *table, struct text prefix);

/* Begins with a capital; what troff would read as a request or an escape is made plain. */
static void
add_sentence(struct buffer *out, struct text text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (i == 0 && (text.at[0] == '.' || text.at[0] == '\''))
			buffer_add(out, TEXT("\\&"));
		if (text.at[i] == '\\')
			buffer_add(out, TEXT("\\e"));
		else
			buffer_add_byte(out,
			    i == 0 ? (char)toupper((unsigned char)text.at[i]) : text.at[i]);
	}
	buffer_add(out, TEXT(".\n"));
}

static const char *
item_name(const struct field *field)
{
	return field->format == NULL ? "text" : field->format->name;
}

static void
add_item_type(struct buffer *out, const struct field *field)
{
	if (field->choices != NULL)
		buffer_add(out, wording_choices(out->arena, field->choices));
	if (field->choices != NULL && field->format != NULL)
		buffer_add(out, TEXT(", or "));
	if (field->choices == NULL || field->format != NULL)
		buffer_add(out, text_of(item_name(field)));
}

static void
add_range(struct buffer *out, const struct field *field)
{
	if (field->most != 0)
		buffer_printf(out, "whole number from %lld to %lld", (long long)field->least,
		    (long long)field->most);
	else
		buffer_add(out, TEXT("whole number"));
}

static void
add_type(struct buffer *out, const struct field *field)
{
	switch (field->type) {
	case FIELD_TEXTS:
		buffer_add(out, TEXT("list; each item: "));
		add_item_type(out, field);
		break;
	case FIELD_TEXT_OR_TEXTS:
		add_item_type(out, field);
		buffer_add(out, TEXT("; or a list of such"));
		break;
	case FIELD_INTEGER:
	case FIELD_UNSIGNED:
		add_range(out, field);
		break;
	case FIELD_BOOLEAN:
		buffer_add(out, TEXT("true or false"));
		break;
	case FIELD_TIME:
		buffer_add(out, text_of(format_time.name));
		break;
	case FIELD_DURATION:
		buffer_add(out, text_of(format_duration.name));
		break;
	case FIELD_STRUCT:
		buffer_add(out, TEXT("mapping"));
		break;
	case FIELD_STRUCTS:
		buffer_add(out, TEXT("list of mappings"));
		break;
	case FIELD_STRUCTS_BY_NAME:
		buffer_add(out, TEXT("mapping from names"));
		break;
	case FIELD_COUNTS:
		buffer_add(out, TEXT("mapping from names to whole numbers"));
		break;
	case FIELD_LABELS:
		buffer_add(out, TEXT("mapping from names to texts"));
		break;
	default:
		add_item_type(out, field);
		break;
	}
}

static void
add_default(struct buffer *out, const struct field *field)
{
	if ((field->flags & FIELD_REQUIRED) != 0)
		buffer_add(out, TEXT("; required"));
	else if (field->default_text != NULL)
		buffer_printf(out, "; default %s", field->default_text);
	else if (field->type == FIELD_BOOLEAN)
		buffer_printf(out, "; default %s", field->by_default != 0 ? "true" : "false");
	else if (field->type == FIELD_INTEGER && field->by_default > 0)
		buffer_printf(out, "; default %lld", (long long)field->by_default);
	for (const struct choice *choice = field->choices;
	     field->type == FIELD_CHOICE && choice->name != NULL; choice++)
		if (choice->value == field->by_default && (field->flags & FIELD_REQUIRED) == 0)
			buffer_printf(out, "; default %s", choice->name);
}

static void
add_field(struct buffer *out, const struct field *field, struct text prefix)
{
	struct text path = text_printf(out->arena, "%.*s.%s", TEXT_ARGUMENTS(prefix), field->name);

	buffer_printf(out, ".It Li %.*s\n(", TEXT_ARGUMENTS(path));
	add_type(out, field);
	add_default(out, field);
	buffer_add(out, TEXT(")\n"));
	add_sentence(out, text_of(field->doc));
	if (field->type == FIELD_STRUCTS)
		path = text_printf(out->arena, "%.*s[]", TEXT_ARGUMENTS(path));
	if (field->type == FIELD_STRUCTS_BY_NAME)
		path = text_printf(out->arena, "%.*s.NAME", TEXT_ARGUMENTS(path));
	if (field->table != NULL)
		add_table(out, field->table, path);
}

static void
add_table(struct buffer *out, const struct table *table, struct text prefix)
{
	for (size_t i = 0; i < table->count; i++)
		add_field(out, &table->fields[i], prefix);
}

struct text
manifest_reference(struct arena *arena, enum kind kind)
{
	const struct kind_row *row = kind_row(kind);
	struct buffer out = { .arena = arena };

	buffer_printf(&out, ".Ss %s\n", row->name);
	add_sentence(&out, text_of(row->doc));
	if (row->where != NULL)
		buffer_printf(&out, "It stands in\n.Pa %s .\n", row->where);
	buffer_add(&out, TEXT(".Bl -tag -width Ds\n"));
	add_table(&out, row->table, text_of(row->body));
	buffer_add(&out, TEXT(".El\n"));
	return buffer_text(&out);
}
