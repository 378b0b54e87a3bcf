#include "base/log.h"

#include <unistd.h>

#include "base/arena.h"
#include "base/moment.h"

enum { LOG_VALUE_BYTES = 1024 };

static enum log_level least_level = LOG_INFO;
static int as_json = -1;

static const char *const level_names[] = { "debug", "info", "warning", "error", "alarm" };

void
log_configure(enum log_level least, int json)
{
	least_level = least;
	as_json = json;
}

/* text_visible() has left only '"' and '\\' to be escaped. */
static void
add_json_string(struct buffer *line, struct text value)
{
	buffer_add_byte(line, '"');
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] == '"' || value.at[i] == '\\')
			buffer_add_byte(line, '\\');
		buffer_add_byte(line, value.at[i]);
	}
	buffer_add_byte(line, '"');
}

static void
add_json(struct buffer *line, const char *name, struct text value)
{
	buffer_printf(line, "%s\"%s\":", line->length == 1 ? "" : ",", name);
	add_json_string(line, text_visible(line->arena, value, LOG_VALUE_BYTES));
}

static void
add_plain(struct buffer *line, const char *name, struct text value)
{
	struct text visible = text_visible(line->arena, value, LOG_VALUE_BYTES);

	buffer_printf(line, " %s=", name);
	if (text_find(visible, ' ') == visible.length && visible.length > 0)
		buffer_add(line, visible);
	else
		add_json_string(line, visible);
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields)
{
	struct arena *arena;
	struct buffer line;
	struct text when;

	if (level < least_level)
		return;
	if (as_json < 0)
		as_json = isatty(STDERR_FILENO) ? 0 : 1;
	arena = arena_new();
	line = (struct buffer){ .arena = arena };
	when = moment_format(arena, moment_now());
	if (as_json) {
		buffer_add_byte(&line, '{');
		add_json(&line, "time", when);
		add_json(&line, "level", text_of(level_names[level]));
		add_json(&line, "event", text_of(event));
	} else {
		buffer_printf(&line, "%.*s %-7s %s", TEXT_ARGUMENTS(when), level_names[level], event);
	}
	for (; fields != NULL && fields->name != NULL; fields++) {
		if (as_json)
			add_json(&line, fields->name, fields->value);
		else
			add_plain(&line, fields->name, fields->value);
	}
	buffer_add(&line, as_json ? TEXT("}\n") : TEXT("\n"));
	(void)!write(STDERR_FILENO, line.at, line.length);
	arena_free(arena);
}
