#ifndef COUNTERSIGN_COMMANDS_OPERATOR_H
#define COUNTERSIGN_COMMANDS_OPERATOR_H

#include <stdbool.h>

#include "base/arena.h"
#include "commands/options.h"
#include "commands/output.h"
#include "model/local.h"
#include "reconcile/operator.h"
#include "reconcile/tips.h"
#include "repository/history.h"
#include "repository/store.h"

/*
 * For commands that only the operator gives, on the daemon's machine and with
 * its local configuration: they look at what the daemon has accepted, and leave
 * a word for it, whether it runs or not.
 */
struct operator_options {
	struct text config;             /* --config FILE */
	bool yes;                       /* --yes: do not ask */
};

/* Their rows and defaults, for a struct `type` that holds a struct operator_options `operator`. */
#define OPERATOR_OPTION_ROWS(type) \
	{ "config", 0, OPTION_TEXT, offsetof(type, operator.config), NULL }, \
	{ "yes", 0, OPTION_FLAG, offsetof(type, operator.yes), NULL }
#define OPERATOR_OPTION_DEFAULTS { .config = TEXT("/etc/countersign/countersign.yaml") }

#define OPERATOR_OPTIONS_USAGE \
	"  --config FILE    the local configuration (default: /etc/countersign/countersign.yaml)\n" \
	"  --yes            do not ask\n"

struct operator_desk {
	struct arena *arena;
	struct output output;
	bool yes;
	struct local_configuration *local;
	char *folder;                   /* the daemon's, in the state directory */
	struct store *store;            /* the repository, fetched anew where it is elsewhere */
	struct tips tips;               /* what this machine has accepted */
	struct text input_ref;          /* "refs/heads/main" */
	struct text input;              /* what it points at */
	struct text output_ref;         /* what the output branch points at; absent: there is none */
};

/*
 * Has `decide` look at the commit that the operator names: with the desk open, and the commit
 * being one, by its whole id. Gives its exit status, or one after a complaint.
 */
int operator_decide(struct arena *arena, const struct operator_options *options,
	struct text commit, int (*decide)(struct operator_desk *desk, struct text commit));

/* Prints commits, newest first: the short id, the subject, who wrote it by its own claim. */
void operator_print_commits(struct operator_desk *desk, const struct history_commits *commits);

/* Whether a commit is one of these. */
bool operator_has_commit(const struct history_commits *commits, struct text id);

/* Asks, unless he has said yes, and leaves the word. Gives the exit status. */
int operator_say(struct operator_desk *desk, enum operator_word word, struct text commit);

#endif
