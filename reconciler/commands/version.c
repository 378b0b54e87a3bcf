#include "commands/version.h"

#include <stdio.h>

#include "commands/options.h"

static const char usage[] =
	"usage: countersign version\n"
	"\n"
	"Prints the program's version and the version of the documents that it reads and\n"
	"writes, as in\n"
	"\n"
	"  countersign " COUNTERSIGN_VERSION " (documents: " COUNTERSIGN_API_VERSION ")\n";

static const struct option_row rows[] = { { .name = NULL } };

static int
run(struct arena *arena, int argc, char **argv)
{
	struct command_line line = { .command = &command_version, .rows = rows };
	int status = options_read(arena, &line, argc, argv);

	if (status != OPTIONS_GO_ON)
		return status;
	(void)puts("countersign " COUNTERSIGN_VERSION " (documents: " COUNTERSIGN_API_VERSION ")");
	return EXIT_DONE;
}

const struct command command_version = {
	.name = "version",
	.summary = "the version of this program",
	.usage = usage,
	.run = run,
};
