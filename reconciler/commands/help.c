#include "commands/help.h"

#include <string.h>

#include "commands/options.h"
#include "commands/output.h"

static const char usage[] =
	"usage: countersign help [COMMAND]\n"
	"\n"
	"Without a command: all commands, a line each. With one: how it is used, the same\n"
	"as `countersign COMMAND --help`.\n"
	"\n"
	"examples:\n"
	"  countersign help\n"
	"  countersign help approve\n";

void
help_print(FILE *stream)
{
	size_t widest = 0;

	for (size_t i = 0; commands[i] != NULL; i++)
		if (strlen(commands[i]->name) > widest)
			widest = strlen(commands[i]->name);
	(void)fputs(
	    "usage: countersign [-C PATH] COMMAND [OPTIONS] …\n"
	    "\n"
	    "Certificates that people approve with signatures, in a git repository.\n"
	    "\n"
	    "commands:\n", stream);
	for (size_t i = 0; commands[i] != NULL; i++)
		(void)fprintf(stream, "  %-*s  %s\n", (int)widest, commands[i]->name,
		    commands[i]->summary);
	(void)fputs(
	    "\n"
	    "`countersign COMMAND --help` shows how a command is used, with examples.\n"
	    "Exit status: 0 done; 1 the answer is no; 2 wrong usage; 3 could not do it; 4 still pending.\n",
	    stream);
}

const struct command *
command_named(struct arena *arena, struct text name)
{
	struct texts names = { 0 };
	struct text nearest;

	for (size_t i = 0; commands[i] != NULL; i++) {
		if (text_is(name, commands[i]->name))
			return commands[i];
		texts_add(arena, &names, text_of(commands[i]->name));
	}
	name = output_visible(arena, name);
	nearest = text_nearest(name, &names);
	if (text_present(nearest))
		(void)complain(EXIT_USAGE, "there is no command \"%.*s\"; did you mean \"%.*s\"?",
		    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(nearest));
	else
		(void)complain(EXIT_USAGE,
		    "there is no command \"%.*s\"; `countersign help` lists them",
		    TEXT_ARGUMENTS(name));
	return NULL;
}

static const struct option_row rows[] = { { .name = NULL } };

static int
run(struct arena *arena, int argc, char **argv)
{
	struct command_line line = {
		.command = &command_help, .rows = rows, .operand = "COMMAND", .most = 1 };
	const struct command *command;
	int status = options_read(arena, &line, argc, argv);

	if (status != OPTIONS_GO_ON)
		return status;
	if (line.operands.count == 0) {
		help_print(stdout);
		return EXIT_DONE;
	}
	command = command_named(arena, line.operands.at[0]);
	if (command == NULL)
		return EXIT_USAGE;
	(void)fputs(command->usage, stdout);
	return EXIT_DONE;
}

const struct command command_help = {
	.name = "help",
	.summary = "the commands, or how one is used",
	.usage = usage,
	.run = run,
};
