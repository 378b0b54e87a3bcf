#include "commands/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/moment.h"
#include "commands/output.h"

/* What is being read. */
struct reading {
	struct arena *arena;
	struct command_line *line;
	int argc;
	char **argv;
	int next;               /* index of the argument that comes next */
	bool ended;             /* "--" was seen */
};

static int __attribute__((format(printf, 2, 3)))
wrong(struct reading *reading, const char *format, ...)
{
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	(void)complain(EXIT_USAGE, "%s: %s", reading->line->command->name, message);
	advise("`countersign %s --help` shows how it is used.", reading->line->command->name);
	return EXIT_USAGE;
}

static const struct option_row *
row_named(const struct reading *reading, struct text name)
{
	for (const struct option_row *row = reading->line->rows; row->name != NULL; row++)
		if (text_is(name, row->name))
			return row;
	return NULL;
}

static const struct option_row *
row_lettered(const struct reading *reading, char letter)
{
	for (const struct option_row *row = reading->line->rows; row->name != NULL; row++)
		if (row->letter != 0 && row->letter == letter)
			return row;
	return NULL;
}

static int
unknown(struct reading *reading, struct text name)
{
	struct texts names = { 0 };
	struct text nearest;

	texts_add(reading->arena, &names, TEXT("help"));
	for (const struct option_row *row = reading->line->rows; row->name != NULL; row++)
		texts_add(reading->arena, &names, text_of(row->name));
	nearest = text_nearest(name, &names);
	if (text_present(nearest))
		return wrong(reading, "there is no option --%.*s; did you mean --%.*s?",
		    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(nearest));
	return wrong(reading, "there is no option --%.*s", TEXT_ARGUMENTS(name));
}

static int
choose(struct reading *reading, const struct option_row *row, struct text value, int *field)
{
	struct texts names = { 0 };
	struct text nearest, all;

	for (int i = 0; row->choices[i] != NULL; i++) {
		if (text_is(value, row->choices[i])) {
			*field = i;
			return OPTIONS_GO_ON;
		}
		texts_add(reading->arena, &names, text_of(row->choices[i]));
	}
	nearest = text_nearest(value, &names);
	all = texts_join(reading->arena, &names, ", ");
	if (text_present(nearest))
		return wrong(reading, "--%s: \"%.*s\" is not one of %.*s; did you mean %.*s?",
		    row->name, TEXT_ARGUMENTS(value), TEXT_ARGUMENTS(all), TEXT_ARGUMENTS(nearest));
	return wrong(reading, "--%s: \"%.*s\" is not one of %.*s", row->name,
	    TEXT_ARGUMENTS(value), TEXT_ARGUMENTS(all));
}

static bool
number_parse(struct text value, int64_t *out)
{
	int64_t number = 0;

	if (value.length == 0 || value.length > 15)
		return false;
	for (size_t i = 0; i < value.length; i++) {
		if (value.at[i] < '0' || value.at[i] > '9')
			return false;
		number = number * 10 + (value.at[i] - '0');
	}
	*out = number;
	return true;
}

static int
take(struct reading *reading, const struct option_row *row, struct text value)
{
	void *field = (char *)reading->line->into + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return OPTIONS_GO_ON;
	case OPTION_TEXT:
		*(struct text *)field = value;
		return OPTIONS_GO_ON;
	case OPTION_LIST:
		texts_add(reading->arena, field, value);
		return OPTIONS_GO_ON;
	case OPTION_CHOICE:
		return choose(reading, row, value, field);
	case OPTION_NUMBER:
		if (number_parse(value, field))
			return OPTIONS_GO_ON;
		return wrong(reading, "--%s: \"%.*s\" is not a whole number", row->name,
		    TEXT_ARGUMENTS(value));
	case OPTION_DURATION:
		if (duration_parse(value, field))
			return OPTIONS_GO_ON;
		return wrong(reading,
		    "--%s: \"%.*s\" is not a length of time: a whole number and one of "
		    "s, min, h, d, w, y (a bare m could be minutes or months), as in 90d",
		    row->name, TEXT_ARGUMENTS(value));
	case OPTION_MOMENT:
		if (moment_parse(value, field))
			return OPTIONS_GO_ON;
		return wrong(reading,
		    "--%s: \"%.*s\" is not a time in UTC, as in 2026-12-01T00:00:00Z", row->name,
		    TEXT_ARGUMENTS(value));
	}
	return wrong(reading, "--%s cannot be read", row->name);
}

/* The value that stands in the next argument. */
static int
next_value(struct reading *reading, const char *name, struct text *value)
{
	struct text given, known;

	if (reading->next >= reading->argc)
		return wrong(reading, "%s needs a value", name);
	given = text_of(reading->argv[reading->next]);
	if (text_starts_with(given, "--")) {
		known = text_skip(given, 2);
		known = text_first(known, text_find(known, '='));
		/* a forgotten value would swallow the option behind it */
		if (text_empty(known) || row_named(reading, known) != NULL ||
		    text_is(known, "help"))
			return wrong(reading,
			    "%s needs a value, and %.*s is an option (a value that begins so "
			    "is written %s=…)",
			    name, TEXT_ARGUMENTS(given), name);
	}
	reading->next++;
	*value = given;
	return OPTIONS_GO_ON;
}

static int
help(const struct reading *reading)
{
	(void)fputs(reading->line->command->usage, stdout);
	return EXIT_DONE;
}

static int
go_to(struct reading *reading, struct text path)
{
	if (chdir(text_string(reading->arena, path)) == 0)
		return OPTIONS_GO_ON;
	(void)complain(EXIT_TROUBLE, "-C %.*s: %s", TEXT_ARGUMENTS(path), strerror(errno));
	return EXIT_TROUBLE;
}

static int
read_long(struct reading *reading, struct text argument)
{
	size_t end = text_find(argument, '=');
	struct text name = text_first(argument, end);
	struct text value = { NULL, 0 };
	const struct option_row *row = row_named(reading, name);
	int status;

	if (row == NULL)
		return text_is(name, "help") ? help(reading) : unknown(reading, name);
	if (end < argument.length)
		value = text_skip(argument, end + 1);
	if (row->kind == OPTION_FLAG) {
		if (text_present(value))
			return wrong(reading, "--%s takes no value", row->name);
	} else if (!text_present(value)) {
		status = next_value(reading,
		    text_string(reading->arena, text_printf(reading->arena, "--%s", row->name)),
		    &value);
		if (status != OPTIONS_GO_ON)
			return status;
	}
	return take(reading, row, value);
}

/* The letters of one argument; `letters` stands behind its dash. */
static int
read_letters(struct reading *reading, struct text letters)
{
	while (!text_empty(letters)) {
		const char name[] = { '-', letters.at[0], '\0' };
		const struct option_row *row = row_lettered(reading, letters.at[0]);
		struct text value = text_skip(letters, 1);
		int status;

		if (row == NULL && letters.at[0] == 'h')
			return help(reading);
		if (row == NULL && letters.at[0] != 'C')
			return wrong(reading, "there is no option %s", name);
		if (row != NULL && row->kind == OPTION_FLAG) {
			(void)take(reading, row, value);
			letters = value;
			continue;
		}
		if (text_empty(value) &&
		    (status = next_value(reading, name, &value)) != OPTIONS_GO_ON)
			return status;
		return row == NULL ? go_to(reading, value) : take(reading, row, value);
	}
	return OPTIONS_GO_ON;
}

static int
read_argument(struct reading *reading, struct text argument)
{
	if (!reading->ended && text_is(argument, "--")) {
		reading->ended = true;
		return OPTIONS_GO_ON;
	}
	if (!reading->ended && text_starts_with(argument, "--"))
		return read_long(reading, text_skip(argument, 2));
	if (!reading->ended && text_starts_with(argument, "-") && argument.length > 1)
		return read_letters(reading, text_skip(argument, 1));
	texts_add(reading->arena, &reading->line->operands, argument);
	return OPTIONS_GO_ON;
}

static int
count_operands(struct reading *reading)
{
	const struct command_line *line = reading->line;

	if (line->operands.count < line->least)
		return wrong(reading, "%s is missing", line->operand);
	if (line->operands.count > line->most && line->most == 0)
		return wrong(reading, "\"%.*s\" is too much: it takes options only",
		    TEXT_ARGUMENTS(line->operands.at[0]));
	if (line->operands.count > line->most)
		return wrong(reading, "\"%.*s\" is too much: it takes %s%s",
		    TEXT_ARGUMENTS(line->operands.at[line->most]),
		    line->most == 1 ? "one " : "no more of ", line->operand);
	return OPTIONS_GO_ON;
}

int
options_read(struct arena *arena, struct command_line *line, int argc, char **argv)
{
	struct reading reading = { .arena = arena,
		.line = line,
		.argc = argc,
		.argv = argv,
		.next = 1 };
	int status;

	while (reading.next < argc) {
		status = read_argument(&reading, text_of(argv[reading.next++]));
		if (status != OPTIONS_GO_ON)
			return status;
	}
	return count_operands(&reading);
}
