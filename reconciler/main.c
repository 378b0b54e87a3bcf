#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/wipe.h"
#include "commands/command.h"
#include "commands/help.h"
#include "commands/output.h"

const struct command *const commands[] = {
	&command_init,
	&command_run,
	&command_accept_history,
	&command_recover,
	&command_check,
	&command_plan,
	&command_request,
	&command_approve,
	&command_reject,
	&command_withdraw,
	&command_cancel,
	&command_list,
	&command_show,
	&command_get,
	&command_configuration,
	&command_audit,
	&command_evidence,
	&command_verify_evidence,
	&command_schema,
	&command_version,
	&command_help,
	NULL
};

/*
 * The options in front of the command. Gives the index of the command, or
 * -1 - the exit status when nothing is left to do.
 */
static int
read_global_options(struct arena *arena, int argc, char **argv)
{
	int next = 1;

	while (next < argc && argv[next][0] == '-') {
		struct text option = text_of(argv[next]);

		if (text_is(option, "-h") || text_is(option, "--help")) {
			help_print(stdout);
			return -1 - EXIT_DONE;
		}
		if (text_is(option, "-V") || text_is(option, "--version"))
			return -1 - command_version.run(arena, 1, argv);
		if (!text_is(option, "-C") || next + 1 >= argc) {
			(void)complain(EXIT_USAGE, "\"%s\" is no option that stands before a command: "
			    "-C PATH, --help, --version", argv[next]);
			return -1 - EXIT_USAGE;
		}
		if (chdir(argv[next + 1]) != 0) {
			(void)complain(EXIT_TROUBLE, "-C %s: %s", argv[next + 1], strerror(errno));
			return -1 - EXIT_TROUBLE;
		}
		next += 2;
	}
	return next;
}

static int
dispatch(struct arena *arena, int argc, char **argv)
{
	int first = read_global_options(arena, argc, argv);
	const struct command *command;

	if (first < 0)
		return -1 - first;
	if (first >= argc) {
		help_print(stderr);
		return EXIT_USAGE;
	}
	command = command_named(arena, text_of(argv[first]));
	if (command == NULL)
		return EXIT_USAGE;
	return command->run(arena, argc - first, argv + first);
}

/* A file that is opened later must not become what is printed to. */
static bool
open_standard_descriptors(void)
{
	int descriptor;

	do
		descriptor = open("/dev/null", O_RDWR);
	while (descriptor >= 0 && descriptor <= STDERR_FILENO);
	return descriptor > STDERR_FILENO && close(descriptor) == 0;
}

int
main(int argc, char **argv)
{
	struct arena *arena;
	int status;

	/* there may be nowhere to complain */
	if (!open_standard_descriptors())
		return EXIT_TROUBLE;
	if (!wipe_what_is_freed())
		return complain(EXIT_TROUBLE, "OpenSSL was used before the program began, by something "
		    "loaded into it: what it frees of keys would not be overwritten");
	arena = arena_new();
	/* Widths of characters only: all that is read and written is UTF-8, wherever it runs. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	status = dispatch(arena, argc, argv);
	arena_free(arena);
	if (fflush(stdout) != 0 || ferror(stdout))
		return complain(EXIT_TROUBLE, "standard output could not be written: %s", strerror(errno));
	return status;
}
