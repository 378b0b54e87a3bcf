#ifndef COUNTERSIGN_COMMANDS_OUTPUT_H
#define COUNTERSIGN_COMMANDS_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/reason.h"
#include "base/text.h"

/*
 * What commands print. All of it goes through here, and all of it is made safe
 * to show (text_visible): no byte of a repository reaches a terminal as a
 * control sequence (invariant S9).
 */

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_YAML };

/* For OPTION_CHOICE: "table", "json", "yaml", in the order of enum output_format. */
extern const char *const output_format_names[];

enum output_style {
	STYLE_PLAIN,
	STYLE_STRONG,           /* titles, what to look at */
	STYLE_QUIET,            /* what matters less */
	STYLE_GOOD,
	STYLE_WAITING,
	STYLE_BAD
};

struct output {
	FILE *stream;
	struct arena *arena;
	bool colours;           /* a terminal, TERM not "dumb", NO_COLOR not set */
	size_t columns;         /* of the terminal; 0: not a terminal, no limit */
};

/* Where to print: standard output mostly. */
struct output output_to(struct arena *arena, FILE *stream);

/*
 * Prints like printf. Control characters in what results become visible, but
 * for LF; a text that must stay on its line goes through output_visible().
 */
void output_printf(struct output *output, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints a text on one line in a style. */
void output_styled(struct output *output, enum output_style style, struct text text);

/* Prints a text of several lines, `indent` blanks before each; nothing for an empty one. */
void output_block(struct output *output, size_t indent, struct text text);

/* Bytes for a machine (JSON, YAML, PEM), unchanged. */
void output_raw(struct output *output, struct text text);

/* Prints each reason as a line: "path:line:column: error: message". */
void output_reasons(struct output *output, const struct reasons *reasons);

/* A text on one line, safe to show, for printf and its like; at most 1,000 bytes. */
struct text output_visible(struct arena *arena, struct text text);

/* How many columns of a terminal a text takes. */
size_t output_width(struct text text);

/* The text cut to a width, with "…" where something was cut. */
struct text output_cut(struct arena *arena, struct text text, size_t columns);

struct table_column {
	const char *title;
	bool flexible;          /* is cut, and loses its width first, when the terminal is too narrow */
};

struct table_cell {
	struct text text;
	enum output_style style;
};

ARRAY(table_cells, struct table_cell);

struct table {
	const struct table_column *columns;     /* ended by a NULL title */
	struct table_cells cells;               /* row by row */
};

/* Adds a row: a cell for each column. */
void table_add(struct arena *arena, struct table *table, const struct table_cell *cells);

/* Prints titles and rows, fitted to the terminal. */
void table_print(struct output *output, const struct table *table);

/*
 * "countersign: message" on standard error, made safe; a LF at the end is
 * added. Gives `status` back: `return complain(EXIT_TROUBLE, …)`.
 */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same without the prefix and without a status: advice, progress. */
void advise(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Asks on standard error; whatever is no plain y or yes, an end of the input too, is a no. */
bool answers_yes(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line on standard output, made safe; a LF at the end is added. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
