#include "commands/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { FINDINGS_PATH_BYTES = 1024 };

static int
compare(const void *left, const void *right)
{
	const struct reason *a = left, *b = right;
	int order = text_compare(a->position.path, b->position.path);

	if (order != 0)
		return order;
	if (a->position.line != b->position.line)
		return a->position.line < b->position.line ? -1 : 1;
	if (a->position.column != b->position.column)
		return a->position.column < b->position.column ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity == SEVERITY_ERROR ? -1 : 1;
	order = strcmp(a->code, b->code);
	return order != 0 ? order : text_compare(a->message, b->message);
}

void
findings_sort(struct reasons *reasons)
{
	size_t kept = 0;

	if (reasons->count == 0)
		return;
	qsort(reasons->at, reasons->count, sizeof(reasons->at[0]), compare);
	for (size_t i = 0; i < reasons->count; i++)
		if (kept == 0 || compare(&reasons->at[kept - 1], &reasons->at[i]) != 0)
			reasons->at[kept++] = reasons->at[i];
	reasons->count = kept;
}

static const char *
severity_word(const struct reason *reason)
{
	return reason->severity == SEVERITY_ERROR ? "error" : "warning";
}

static struct text
visible_path(struct arena *arena, const struct reason *reason)
{
	return text_visible(arena, reason->position.path, FINDINGS_PATH_BYTES);
}

static void
add_count(struct buffer *out, size_t count, const char *word)
{
	buffer_printf(out, "%zu %s%s", count, word, count == 1 ? "" : "s");
}

static void
format_text(struct arena *arena, struct buffer *out, const struct reasons *reasons)
{
	size_t errors = reasons_errors(reasons);

	for (size_t i = 0; i < reasons->count; i++) {
		buffer_add(out, reason_line(arena, &reasons->at[i]));
		buffer_add_byte(out, '\n');
	}
	add_count(out, errors, "error");
	buffer_add(out, TEXT(", "));
	add_count(out, reasons->count - errors, "warning");
	buffer_add_byte(out, '\n');
}

static void
format_json(struct arena *arena, struct buffer *out, const struct reasons *reasons)
{
	size_t errors = reasons_errors(reasons);

	buffer_printf(out, "{\n  \"errors\": %zu,\n  \"warnings\": %zu,\n  \"findings\": [", errors,
	    reasons->count - errors);
	for (size_t i = 0; i < reasons->count; i++) {
		const struct reason *reason = &reasons->at[i];

		buffer_printf(out, "%s\n    {\"severity\": \"%s\", \"code\": \"%s\", \"path\": ",
		    i == 0 ? "" : ",", severity_word(reason), reason->code);
		json_string(out, visible_path(arena, reason));
		buffer_printf(out, ", \"line\": %u, \"column\": %u, \"message\": ",
		    reason->position.line, reason->position.column);
		json_string(out, reason->message);
		buffer_add_byte(out, '}');
	}
	buffer_printf(out, "%s]\n}\n", reasons->count == 0 ? "" : "\n  ");
}

/* Workflow commands end at a line's end, their properties at ':' and ','. */
static void
add_github(struct buffer *out, struct text text, const char *special)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (byte == '%' || byte < 0x20 || strchr(special, byte) != NULL)
			buffer_printf(out, "%%%02X", byte);
		else
			buffer_add_byte(out, (char)byte);
	}
}

static void
format_github(struct arena *arena, struct buffer *out, const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++) {
		const struct reason *reason = &reasons->at[i];

		buffer_printf(out, "::%s ", severity_word(reason));
		if (!text_empty(reason->position.path)) {
			buffer_add(out, TEXT("file="));
			add_github(out, visible_path(arena, reason), ":,");
			buffer_add_byte(out, ',');
		}
		if (reason->position.line > 0)
			buffer_printf(out, "line=%u,", reason->position.line);
		if (reason->position.line > 0 && reason->position.column > 0)
			buffer_printf(out, "col=%u,", reason->position.column);
		buffer_printf(out, "title=%s::", reason->code);
		add_github(out, reason->message, "");
		buffer_add_byte(out, '\n');
	}
}

/* A relative reference (RFC 3986): all but unreserved characters and '/' percent-encoded. */
static void
add_uri(struct buffer *out, struct text path)
{
	static const char kept[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	buffer_add_byte(out, '"');
	for (size_t i = 0; i < path.length; i++)
		if (path.at[i] != '\0' && strchr(kept, path.at[i]) != NULL)
			buffer_add_byte(out, path.at[i]);
		else
			buffer_printf(out, "%%%02X", (unsigned char)path.at[i]);
	buffer_add_byte(out, '"');
}

static void
add_sarif_location(struct buffer *out, const struct position *position)
{
	buffer_add(out, TEXT(", \"locations\": [{\"physicalLocation\": "
	    "{\"artifactLocation\": {\"uri\": "));
	add_uri(out, position->path);
	buffer_add(out, TEXT(", \"uriBaseId\": \"%SRCROOT%\"}"));
	if (position->line > 0)
		buffer_printf(out, ", \"region\": {\"startLine\": %u", position->line);
	if (position->line > 0 && position->column > 0)
		buffer_printf(out, ", \"startColumn\": %u", position->column);
	buffer_printf(out, "%s}}]", position->line > 0 ? "}" : "");
}

static void
add_sarif_rules(struct arena *arena, struct buffer *out, const struct reasons *reasons)
{
	struct texts codes = { 0 };

	for (size_t i = 0; i < reasons->count; i++)
		texts_add(arena, &codes, text_of(reasons->at[i].code));
	texts_sort_unique(&codes);
	for (size_t i = 0; i < codes.count; i++)
		buffer_printf(out, "%s{\"id\": \"%.*s\"}", i == 0 ? "" : ", ",
		    TEXT_ARGUMENTS(codes.at[i]));
}

static void
format_sarif(struct arena *arena, struct buffer *out, const struct reasons *reasons)
{
	buffer_add(out, TEXT("{\n  \"$schema\": \"https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
	    "errata01/os/schemas/sarif-schema-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [{\n    \"tool\": {\"driver\": "
	    "{\"name\": \"countersign\", \"rules\": ["));
	add_sarif_rules(arena, out, reasons);
	buffer_add(out,
	    TEXT("]}},\n    \"columnKind\": \"unicodeCodePoints\",\n    \"results\": ["));
	for (size_t i = 0; i < reasons->count; i++) {
		const struct reason *reason = &reasons->at[i];

		buffer_printf(out, "%s\n      {\"ruleId\": \"%s\", \"level\": \"%s\", "
		    "\"message\": {\"text\": ", i == 0 ? "" : ",", reason->code,
		    severity_word(reason));
		json_string(out, reason->message);
		buffer_add_byte(out, '}');
		if (!text_empty(reason->position.path))
			add_sarif_location(out, &reason->position);
		buffer_add_byte(out, '}');
	}
	buffer_add(out, TEXT("]\n  }]\n}\n"));
}

struct text
findings_format_all(struct arena *arena, const struct reasons *reasons, enum findings_format format)
{
	struct buffer out = { .arena = arena };

	switch (format) {
	case FINDINGS_TEXT:   format_text(arena, &out, reasons); break;
	case FINDINGS_JSON:   format_json(arena, &out, reasons); break;
	case FINDINGS_GITHUB: format_github(arena, &out, reasons); break;
	case FINDINGS_SARIF:  format_sarif(arena, &out, reasons); break;
	}
	return buffer_text(&out);
}
