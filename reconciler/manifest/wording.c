#include "manifest/wording.h"

#include <ctype.h>

enum { PATH_DEPTH = 4 };

static bool
is_separator(char c)
{
	return c == ' ' || c == '_' || c == '-' || c == '/';
}

bool
wording_same(struct text a, struct text b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.length && is_separator(a.at[i]))
			i++;
		while (j < b.length && is_separator(b.at[j]))
			j++;
		if (i == a.length || j == b.length)
			return i == a.length && j == b.length;
		if (tolower((unsigned char)a.at[i++]) != tolower((unsigned char)b.at[j++]))
			return false;
	}
}

/* What others call it: the first row whose word is the same. */
static const char *
foreign_find(const struct foreign_name *names, struct text given)
{
	for (; names != NULL && names->theirs != NULL; names++)
		if (wording_same(given, text_of(names->theirs)))
			return names->ours;
	return NULL;
}

static struct text
nearest_of(const struct texts *names, struct text given)
{
	for (size_t i = 0; i < names->count; i++)
		if (wording_same(names->at[i], given))
			return names->at[i];
	return text_nearest(given, names);
}

struct text
wording_choice(struct arena *arena, const struct field *field, struct text given)
{
	const char *ours = foreign_find(field->foreign_values, given);
	struct texts names = { 0 };

	if (ours != NULL)
		return text_of(ours);
	for (const struct choice *choice = field->choices; choice->name != NULL; choice++)
		texts_add(arena, &names, text_of(choice->name));
	return nearest_of(&names, given);
}

struct text
wording_choices(struct arena *arena, const struct choice *choices)
{
	struct buffer buffer = { .arena = arena };

	for (; choices->name != NULL; choices++) {
		if (buffer.length > 0)
			buffer_add(&buffer, choices[1].name == NULL ? TEXT(" or ") : TEXT(", "));
		buffer_add(&buffer, text_of(choices->name));
	}
	return buffer_text(&buffer);
}

struct text
wording_item(struct arena *arena, const struct field *field)
{
	const char *format = field->format == NULL ? NULL : field->format->expected;

	if (field->choices == NULL)
		return text_of(format == NULL ? "a text" : format);
	return text_printf(arena, "%.*s%s%s",
	    TEXT_ARGUMENTS(wording_choices(arena, field->choices)), format == NULL ? "" : ", or ",
	    format == NULL ? "" : format);
}

static struct text
expected_mapping(struct arena *arena, const struct table *table)
{
	struct buffer buffer = { .arena = arena };

	for (size_t i = 0; i < table->count; i++)
		buffer_printf(&buffer, "%s%s", i == 0 ? "a mapping with " : ", ",
		    table->fields[i].name);
	return buffer_text(&buffer);
}

static struct text
expected_integer(struct arena *arena, const struct field *field)
{
	if (field->most == 0)
		return text_printf(arena, "a whole number, at least %lld", (long long)field->least);
	return text_printf(arena, "a whole number from %lld to %lld", (long long)field->least,
	    (long long)field->most);
}

struct text
wording_expected(struct arena *arena, const struct field *field)
{
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_TEXT_IN_LIST:
	case FIELD_CHOICE:
	case FIELD_CODE:
		return wording_item(arena, field);
	case FIELD_TEXTS:
		return text_printf(arena, "a list; each item %.*s",
		    TEXT_ARGUMENTS(wording_item(arena, field)));
	case FIELD_TEXT_OR_TEXTS:
		return text_printf(arena, "%.*s, or a list of such",
		    TEXT_ARGUMENTS(wording_item(arena, field)));
	case FIELD_INTEGER:
	case FIELD_UNSIGNED:
		return expected_integer(arena, field);
	case FIELD_BOOLEAN:
		return TEXT("true or false");
	case FIELD_TIME:
		return text_of(format_time.expected);
	case FIELD_DURATION:
		return text_of(format_duration.expected);
	case FIELD_STRUCT:
		return expected_mapping(arena, field->table);
	case FIELD_STRUCTS:
		return text_printf(arena, "a list; each item %.*s",
		    TEXT_ARGUMENTS(expected_mapping(arena, field->table)));
	case FIELD_STRUCTS_BY_NAME:
		return text_printf(arena, "a mapping from names; each value %.*s",
		    TEXT_ARGUMENTS(expected_mapping(arena, field->table)));
	case FIELD_COUNTS:
		return TEXT("a mapping from names to whole numbers");
	case FIELD_LABELS:
		return TEXT("a mapping from names to texts");
	}
	return TEXT("a value");
}

/* Where below a table a field of this name is: "subject.commonName". */
static struct text
path_of(struct arena *arena, const struct table *table, struct text name, unsigned depth)
{
	struct text below;

	for (size_t i = 0; i < table->count; i++)
		if (wording_same(text_of(table->fields[i].name), name))
			return text_of(table->fields[i].name);
	for (size_t i = 0; i < table->count && depth < PATH_DEPTH; i++) {
		if (table->fields[i].type != FIELD_STRUCT)
			continue;
		below = path_of(arena, table->fields[i].table, name, depth + 1);
		if (text_present(below))
			return text_printf(arena, "%s.%.*s", table->fields[i].name,
			    TEXT_ARGUMENTS(below));
	}
	return (struct text){ NULL, 0 };
}

static struct text
fields_joined(struct arena *arena, const struct table *table)
{
	struct buffer buffer = { .arena = arena };

	for (size_t i = 0; i < table->count; i++)
		buffer_printf(&buffer, "%s%s", i == 0 ? "" : ", ", table->fields[i].name);
	return buffer_text(&buffer);
}

struct text
wording_key(struct arena *arena, const struct kind_row *row, const struct table *table,
    struct text given)
{
	const char *ours = foreign_find(table->foreign, given);
	struct texts names = { 0 };
	struct text place;

	if (ours != NULL && ours[0] == ':')
		return text_of(ours);
	if (ours != NULL)
		return text_printf(arena, "; here it is %s", ours);
	for (size_t i = 0; i < table->count; i++)
		texts_add(arena, &names, text_of(table->fields[i].name));
	for (size_t i = 0; i < names.count; i++)
		if (wording_same(names.at[i], given))
			return text_printf(arena, "; it is spelt %.*s",
			    TEXT_ARGUMENTS(names.at[i]));
	place = path_of(arena, table, given, 0);
	if (text_present(place))
		return text_printf(arena, "; it belongs under %.*s", TEXT_ARGUMENTS(place));
	place = text_nearest(given, &names);
	if (text_present(place))
		return text_printf(arena, "; did you mean %.*s?", TEXT_ARGUMENTS(place));
	if (row != NULL)
		place = path_of(arena, row->table, given, 0);
	if (text_present(place))
		return text_printf(arena, "; it belongs under %s.%.*s", row->body,
		    TEXT_ARGUMENTS(place));
	return text_printf(arena, "; expected %.*s", TEXT_ARGUMENTS(fields_joined(arena, table)));
}

struct text
wording_kind(struct arena *arena, struct text given)
{
	static const struct foreign_name foreign[] = {
		{ "Certificate", "CertificateRequest" },
		{ "CertificateSigningRequest", "CertificateRequest" },
		{ "Issuer", "CertificateAuthority" },
		{ "ClusterIssuer", "CertificateAuthority" },
		{ "CA", "CertificateAuthority" },
		{ "CertificateRequestPolicy", "CertificatePolicy" },
		{ "CertificateTemplate", "CertificateProfile" },
		{ "Profile", "CertificateProfile" },
		{ "User", "Person" },
		{ "ServiceAccount", "Machine" },
		{ "Team", "Group" },
		{ "Decision", "Approval" },
		{ NULL, NULL },
	};
	const char *ours = foreign_find(foreign, given);
	struct texts names = { 0 };

	if (ours != NULL)
		return text_of(ours);
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++)
		texts_add(arena, &names, text_of(kind_name((enum kind)kind)));
	return nearest_of(&names, given);
}
