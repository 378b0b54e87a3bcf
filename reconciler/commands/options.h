#ifndef COUNTERSIGN_COMMANDS_OPTIONS_H
#define COUNTERSIGN_COMMANDS_OPTIONS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "commands/command.h"

/* What an option's value is, and so what type its field has. */
enum option_kind {
	OPTION_FLAG,            /* no value; bool */
	OPTION_TEXT,            /* struct text; absent until given, of a repeated one the last stands */
	OPTION_LIST,            /* struct texts; each time adds one */
	OPTION_CHOICE,          /* int: the index in `choices` */
	OPTION_NUMBER,          /* int64_t, 0 or more */
	OPTION_DURATION,        /* duration, as in documents: "90d" */
	OPTION_MOMENT           /* moment, RFC 3339 UTC */
};

/*
 * One option. Tables of these are constant and end with a NULL name; the value
 * goes to the field at `offset` of the command's own struct.
 */
struct option_row {
	const char *name;               /* "profile": written --profile */
	char letter;                    /* 'p': written -p; 0: none */
	enum option_kind kind;
	size_t offset;
	const char *const *choices;     /* OPTION_CHOICE: the words, ended by NULL */
};

/* What a command accepts, and what it was given. */
struct command_line {
	const struct command *command;
	const struct option_row *rows;
	void *into;                     /* zeroed or holding defaults; filled */
	const char *operand;            /* what an operand is called: "ID" */
	size_t least;                   /* how many operands there must be, at the least */
	size_t most;                    /* and at the most */
	struct texts operands;          /* filled; each ends with a NUL */
};

enum { OPTIONS_GO_ON = -1, OPERANDS_ANY_NUMBER = 1 << 20 };

/*
 * Reads argv[1…]: `--name value`, `--name=value`, `-n value`, `-nvalue`,
 * `-ab` for flags; `--` ends the options, which may stand among operands. Every
 * command also has --help and -C PATH (go there first; paths that follow are
 * relative to it, as with git). Gives OPTIONS_GO_ON, or the exit status with
 * which the command ends: after --help, or after a wrong option, which it
 * explains on standard error with the nearest spelling.
 */
int options_read(struct arena *arena, struct command_line *line, int argc, char **argv);

#endif
