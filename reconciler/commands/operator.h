#ifndef COUNTERSIGN_COMMANDS_OPERATOR_H
#define COUNTERSIGN_COMMANDS_OPERATOR_H

#include <stdbool.h>

#include "base/arena.h"
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
struct operator_desk {
	struct arena *arena;
	struct output output;
	struct local_configuration *local;
	char *folder;                   /* the daemon's, in the state directory */
	struct store *store;            /* the repository, fetched anew where it is elsewhere */
	struct tips tips;               /* what this machine has accepted */
	struct text input_ref;          /* "refs/heads/main" */
	struct text input;              /* what it points at */
	struct text output_ref;         /* what the output branch points at; absent: there is none */
};

/* OPTIONS_GO_ON, or the exit status after a complaint. operator_close() in both cases. */
int operator_open(struct arena *arena, struct text local_path, struct operator_desk *desk);
void operator_close(struct operator_desk *desk);

/* Whether a text is the whole id of a commit that is there; complains if not. */
bool operator_commit_given(struct operator_desk *desk, struct text id);

/* Prints commits, newest first: the short id, the subject, who wrote it by its own claim. */
void operator_print_commits(struct operator_desk *desk, const struct history_commits *commits);

/* Whether a commit is one of these. */
bool operator_has_commit(const struct history_commits *commits, struct text id);

/* Asks, unless `yes`, and leaves the word. Gives the exit status. */
int operator_say(struct operator_desk *desk, enum operator_word word, struct text commit, bool yes);

#endif
