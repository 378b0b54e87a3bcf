#include "commands/output.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

enum { VISIBLE_BYTES = 1000, COLUMN_GAP = 2, COLUMN_LEAST = 8 };

const char *const output_format_names[] = { "table", "json", "yaml", NULL };

static const char *const style_sequences[] = {
	[STYLE_PLAIN] = "", [STYLE_STRONG] = "\033[1m", [STYLE_QUIET] = "\033[2m",
	[STYLE_GOOD] = "\033[32m", [STYLE_WAITING] = "\033[33m", [STYLE_BAD] = "\033[31m",
};

static bool
wants_colours(void)
{
	const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");

	/* https://no-color.org: set and not empty */
	return (none == NULL || none[0] == '\0') && terminal != NULL &&
	       strcmp(terminal, "dumb") != 0;
}

static size_t
terminal_columns(int descriptor)
{
	const char *given = getenv("COLUMNS");
	struct winsize size;
	long columns;

	if (given != NULL) {
		columns = strtol(given, NULL, 10);
		if (columns >= 20 && columns <= 10000)
			return (size_t)columns;
	}
	if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
		return size.ws_col;
	return 80;
}

struct output
output_to(struct arena *arena, FILE *stream)
{
	struct output output = { .stream = stream, .arena = arena };

	if (fileno(stream) >= 0 && isatty(fileno(stream))) {
		output.colours = wants_colours();
		output.columns = terminal_columns(fileno(stream));
	}
	return output;
}

static void
put(FILE *stream, struct text text)
{
	if (text.length > 0)
		(void)fwrite(text.at, 1, text.length, stream);
}

/* All lines of a text, made safe; LF stays. */
static struct text
visible_lines(struct arena *arena, struct text text)
{
	struct buffer buffer = { .arena = arena };

	for (;;) {
		size_t end = text_find(text, '\n');

		buffer_add(&buffer, text_visible(arena, text_first(text, end), SIZE_MAX));
		if (end == text.length)
			return buffer_text(&buffer);
		buffer_add_byte(&buffer, '\n');
		text = text_skip(text, end + 1);
	}
}

static void
print(struct arena *arena, FILE *stream, const char *format, va_list arguments)
{
	struct text made;

	made.at = arena_vprintf(arena, &made.length, format, arguments);
	put(stream, visible_lines(arena, made));
}

void
output_printf(struct output *output, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(output->arena, output->stream, format, arguments);
	va_end(arguments);
}

void
output_styled(struct output *output, enum output_style style, struct text text)
{
	bool coloured = output->colours && style != STYLE_PLAIN;

	if (coloured)
		(void)fputs(style_sequences[style], output->stream);
	put(output->stream, text_visible(output->arena, text, SIZE_MAX));
	if (coloured)
		(void)fputs("\033[0m", output->stream);
}

void
output_block(struct output *output, size_t indent, struct text text)
{
	struct text line;

	while (text_next_line(&text, &line)) {
		if (!text_empty(line))
			(void)fprintf(output->stream, "%*s", (int)indent, "");
		put(output->stream, text_visible(output->arena, line, SIZE_MAX));
		(void)fputc('\n', output->stream);
	}
}

void
output_raw(struct output *output, struct text text)
{
	put(output->stream, text);
}

void
output_reasons(struct output *output, const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++) {
		const struct reason *reason = &reasons->at[i];

		output_styled(output,
		    reason->severity == SEVERITY_ERROR ? STYLE_BAD : STYLE_WAITING,
		    reason_line(output->arena, reason));
		(void)fputc('\n', output->stream);
	}
}

struct text
output_visible(struct arena *arena, struct text text)
{
	return text_visible(arena, text, VISIBLE_BYTES);
}

/* One character of safe UTF-8: its bytes, and the columns it takes. */
static size_t
character(struct text text, size_t *columns)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t bytes = mbrtowc(&wide, text.at, text.length, &state);
	int width;

	if (bytes == 0 || bytes > text.length) {
		/* no UTF-8 locale: count each sequence as one column */
		for (bytes = 1;
		     bytes < text.length && ((unsigned char)text.at[bytes] & 0xc0) == 0x80;)
			bytes++;
		*columns = 1;
		return bytes;
	}
	width = wcwidth(wide);
	*columns = width < 0 ? 1 : (size_t)width;
	return bytes;
}

size_t
output_width(struct text text)
{
	size_t sum = 0, columns;

	while (!text_empty(text)) {
		text = text_skip(text, character(text, &columns));
		sum += columns;
	}
	return sum;
}

struct text
output_cut(struct arena *arena, struct text text, size_t columns)
{
	struct text rest = text;
	size_t used = 0, width;

	if (output_width(text) <= columns)
		return text;
	while (!text_empty(rest)) {
		size_t bytes = character(rest, &width);

		if (used + width + 1 > columns)
			break;
		used += width;
		rest = text_skip(rest, bytes);
	}
	return text_printf(arena, "%.*s\xe2\x80\xa6", (int)(text.length - rest.length), text.at);
}

static size_t
count_columns(const struct table *table)
{
	size_t count = 0;

	while (table->columns[count].title != NULL)
		count++;
	return count;
}

void
table_add(struct arena *arena, struct table *table, const struct table_cell *cells)
{
	size_t count = count_columns(table);

	for (size_t i = 0; i < count; i++)
		*ARRAY_ADD(arena, &table->cells) = (struct table_cell){
			.text = output_visible(arena, cells[i].text), .style = cells[i].style };
}

/* The widest flexible column gives up one column at a time, until the line fits. */
static void
shrink(const struct table *table, size_t *widths, size_t count, size_t most)
{
	for (;;) {
		size_t sum = (count - 1) * COLUMN_GAP, widest = count;

		for (size_t i = 0; i < count; i++) {
			sum += widths[i];
			if (table->columns[i].flexible && widths[i] > COLUMN_LEAST &&
			    (widest == count || widths[i] > widths[widest]))
				widest = i;
		}
		if (sum <= most || widest == count)
			return;
		widths[widest]--;
	}
}

static size_t *
find_widths(struct output *output, const struct table *table, size_t count)
{
	size_t *widths = arena_allocate(output->arena, count * sizeof(widths[0]));

	for (size_t i = 0; i < count; i++)
		widths[i] = output_width(text_of(table->columns[i].title));
	for (size_t i = 0; i < table->cells.count; i++) {
		size_t width = output_width(table->cells.at[i].text);

		if (width > widths[i % count])
			widths[i % count] = width;
	}
	if (output->columns > 0)
		shrink(table, widths, count, output->columns);
	return widths;
}

static void
print_row(struct output *output, const struct table_cell *cells, const size_t *widths, size_t count)
{
	size_t last = count;

	while (last > 0 && text_empty(cells[last - 1].text))
		last--;
	for (size_t i = 0; i < last; i++) {
		struct text text = output_cut(output->arena, cells[i].text, widths[i]);

		output_styled(output, cells[i].style, text);
		if (i + 1 < last)
			(void)fprintf(output->stream, "%*s",
			    (int)(widths[i] - output_width(text)) + COLUMN_GAP, "");
	}
	(void)fputc('\n', output->stream);
}

void
table_print(struct output *output, const struct table *table)
{
	size_t count = count_columns(table);
	size_t *widths = find_widths(output, table, count);
	struct table_cell *titles = arena_allocate(output->arena, count * sizeof(titles[0]));

	for (size_t i = 0; i < count; i++)
		titles[i] = (struct table_cell){ text_of(table->columns[i].title), STYLE_STRONG };
	print_row(output, titles, widths, count);
	for (size_t i = 0; i + count <= table->cells.count; i += count)
		print_row(output, &table->cells.at[i], widths, count);
}

/* What is no part of a page: its memory ends with the line. */
static void
print_line(FILE *stream, const char *format, va_list arguments)
{
	struct arena *arena = arena_new();

	print(arena, stream, format, arguments);
	(void)fputc('\n', stream);
	arena_free(arena);
}

int
complain(int status, const char *format, ...)
{
	va_list arguments;

	(void)fflush(stdout);
	(void)fputs("countersign: ", stderr);
	va_start(arguments, format);
	print_line(stderr, format, arguments);
	va_end(arguments);
	return status;
}

void
advise(const char *format, ...)
{
	va_list arguments;

	(void)fflush(stdout);
	va_start(arguments, format);
	print_line(stderr, format, arguments);
	va_end(arguments);
}

bool
answers_yes(const char *format, ...)
{
	struct arena *arena = arena_new();
	char answer[16];
	va_list arguments;

	(void)fflush(stdout);
	va_start(arguments, format);
	print(arena, stderr, format, arguments);
	va_end(arguments);
	arena_free(arena);
	(void)fputs(" [y/N] ", stderr);
	return fgets(answer, sizeof(answer), stdin) != NULL &&
	    (strcasecmp(answer, "y\n") == 0 || strcasecmp(answer, "yes\n") == 0);
}

void
say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(stdout, format, arguments);
	va_end(arguments);
}
