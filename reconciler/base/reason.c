#include "base/reason.h"

#include <stdarg.h>
#include <string.h>

static void
add(struct arena *arena, struct reasons *reasons, struct reason reason, const char *format,
    va_list arguments)
{
	reason.message.at = arena_vprintf(arena, &reason.message.length, format, arguments);
	*ARRAY_ADD(arena, reasons) = reason;
}

void
reason_add(struct arena *arena, struct reasons *reasons, struct position position,
    const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(arena, reasons,
	    (struct reason){ .severity = SEVERITY_ERROR, .code = code, .position = position },
	    format, arguments);
	va_end(arguments);
}

void
warning_add(struct arena *arena, struct reasons *reasons, struct position position,
    const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(arena, reasons,
	    (struct reason){ .severity = SEVERITY_WARNING, .code = code, .position = position },
	    format, arguments);
	va_end(arguments);
}

bool
reasons_have(const struct reasons *reasons, const char *code)
{
	for (size_t i = 0; i < reasons->count; i++)
		if (strcmp(reasons->at[i].code, code) == 0)
			return true;
	return false;
}

size_t
reasons_errors(const struct reasons *reasons)
{
	size_t errors = 0;

	for (size_t i = 0; i < reasons->count; i++)
		errors += reasons->at[i].severity == SEVERITY_ERROR;
	return errors;
}

struct text
reason_line(struct arena *arena, const struct reason *reason)
{
	struct buffer line = { .arena = arena };
	const struct position *at = &reason->position;

	if (!text_empty(at->path))
		buffer_add(&line, text_visible(arena, at->path, 1024));
	if (at->line > 0)
		buffer_printf(&line, ":%u", at->line);
	if (at->line > 0 && at->column > 0)
		buffer_printf(&line, ":%u", at->column);
	if (line.length > 0)
		buffer_add(&line, TEXT(": "));
	buffer_add(&line, reason->severity == SEVERITY_ERROR ? TEXT("error: ") : TEXT("warning: "));
	buffer_add(&line, reason->message);
	return buffer_text(&line);
}
