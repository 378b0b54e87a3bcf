#ifndef COUNTERSIGN_COMMANDS_COMMAND_H
#define COUNTERSIGN_COMMANDS_COMMAND_H

#include "base/arena.h"
#include "base/text.h"

/* What a process ends with (FORMAT section 8). */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_NO = 1,            /* the answer is no: lint errors, findings, ended without certificate */
	EXIT_USAGE = 2,
	EXIT_TROUBLE = 3,       /* could not do it: I/O, network, lock */
	EXIT_PENDING = 4
};

/* One subcommand: one file, one row. */
struct command {
	const char *name;
	const char *summary;    /* one line for `countersign help` */
	const char *usage;      /* what --help prints, whole */
	/* argv[0] is the subcommand's name; returns an exit status */
	int (*run)(struct arena *arena, int argc, char **argv);
};

/* The table of main.c, ended by NULL. */
extern const struct command *const commands[];

extern const struct command command_init, command_run, command_accept_history, command_recover, command_check, command_plan,
	command_request, command_approve, command_reject, command_withdraw, command_cancel,
	command_list, command_show, command_get, command_configuration, command_audit, command_evidence,
	command_verify_evidence, command_schema,
	command_version, command_help;

#endif
