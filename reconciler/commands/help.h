#ifndef COUNTERSIGN_COMMANDS_HELP_H
#define COUNTERSIGN_COMMANDS_HELP_H

#include <stdio.h>

#include "commands/command.h"

/* The command of this name; NULL when there is none, which is explained on standard error. */
const struct command *command_named(struct arena *arena, struct text name);

/* What `countersign help` prints: the commands, a line each. */
void help_print(FILE *stream);

#endif
