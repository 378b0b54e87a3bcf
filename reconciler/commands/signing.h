#ifndef COUNTERSIGN_COMMANDS_SIGNING_H
#define COUNTERSIGN_COMMANDS_SIGNING_H

#include <stdbool.h>

#include "base/text.h"
#include "commands/clone.h"
#include "commands/signing_key.h"
#include "trust/evidence.h"

/*
 * How people's signed statements come to be: commits made by the user's own
 * git, files signed by the user's own ssh-keygen, gpg or gpgsm. Each function complains on
 * standard error when it gives false, and says what is left to clean up.
 */

/*
 * The branch that a commit would go to. False where a commit would be lost or
 * do harm: no work tree, detached HEAD, the output branch or one made from it.
 */
bool signing_branch(struct clone *clone, struct text *branch);

/*
 * One commit on the current branch of exactly `paths` (relative to the work
 * tree's top; none: an empty commit); what else is staged stays staged. Signed
 * whatever the settings say with `is_signed`, else as they say.
 */
struct commit_order {
	struct text message;
	struct texts paths;
	bool is_signed;
};

bool signing_commit(struct clone *clone, const struct commit_order *order, struct text *id);

/*
 * A signed commit without files and parents, on no branch yet: what an inbox
 * branch holds.
 */
bool signing_envelope(struct clone *clone, struct text message, struct text *id);

/*
 * Sends such a commit to a new inbox branch of the remote, or puts it there
 * when this is the shared repository itself. `branch` is its name.
 */
bool signing_deliver(struct clone *clone, struct text id, struct text person,
	struct text *branch);

/* Both at once. */
bool signing_send(struct clone *clone, struct text message, struct text person,
	struct text *branch);

/* What a commit that was made says, judged as the reconciler will: hooks and settings may have spoilt it. */
void signing_read_back(struct clone *clone, struct text commit, struct evidence *out);

/* Complains that it does not carry `what`, with what is known of the reasons: EXIT_TROUBLE. */
int signing_spoilt(struct text commit, const struct evidence *evidence, const char *what);

/*
 * A detached signature over bytes: the text of a .sig, by ssh-keygen (in namespace
 * "countersign"), gpg or gpgsm as the key is, and judged as the reconciler will.
 */
bool signing_bytes(struct clone *clone, const struct signing_key *key, struct text bytes,
	struct text *armour);

/* Eight random hex digits, for names that must not collide. */
struct text signing_random(struct arena *arena);

/*
 * Writes a file below the work tree's top, its folders too; false when it
 * exists already, unless `replace`.
 */
bool signing_write(struct clone *clone, struct text path, struct text content, bool replace);

#endif
