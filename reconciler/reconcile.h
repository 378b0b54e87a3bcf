#ifndef COUNTERSIGN_RECONCILE_H
#define COUNTERSIGN_RECONCILE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/local.h"

/* What one look at the repository came to. */
enum pass_result {
	PASS_TROUBLE,           /* I/O, or lost the race too often: look again later; the zero value */
	PASS_ALARM,             /* something an operator has to decide; nothing is written until then */
	PASS_LOST,              /* somebody else moved the output branch: start over */
	PASS_IDLE,              /* nothing to do */
	PASS_DONE,              /* outputs were committed, or more is there to be read: look again now */
	PASS_GO_ON              /* between the stages of a pass: all well so far */
};

/* The reconciler of one repository: local configuration, keys, accepted tips, caches. */
struct reconciler;

/*
 * Opens repository, its own folder of the state directory (locked: one daemon
 * at a time) and signing key, and takes over the descriptor of the stream to the keeper.
 * `local` must outlive it. False with `why`, a sentence for the operator.
 */
bool reconciler_open(const struct local_configuration *local, int keeper, struct arena *arena,
	struct reconciler **out, struct text *why);
void reconciler_close(struct reconciler *reconciler);

/* The folder in the state directory that the reconciler writes in; the rest of it is the keeper's. */
char *reconciler_folder(struct arena *arena, const struct local_configuration *local);

/*
 * Opens the repository that the local configuration names; one elsewhere by its
 * mirror in the reconciler's folder. The caller closes. False with `why`.
 */
struct store;
bool reconciler_store_open(const struct local_configuration *local, struct arena *arena,
	struct store **out, struct text *why);

/* The clock, as the daemon reads it. */
struct pass_clock {
	moment now;
	bool in_doubt;          /* jumped: nothing expires until an operator confirms */
};

/*
 * Looks at the repository and does all that is to be done now. Starts over by
 * itself when it lost a race. PASS_ALARM and PASS_TROUBLE are explained in
 * the log.
 */
enum pass_result reconcile(struct reconciler *reconciler, const struct pass_clock *clock);

/* Whether the keeper is still there; when not, only a new reconciler with a new keeper helps. */
bool reconciler_has_keeper(const struct reconciler *reconciler);

/* When something changes by itself: the next deadline or retry; 0 for never. */
moment reconciler_next_due(const struct reconciler *reconciler);

/*
 * Whether certificates wait for an operator: the signer's ledger is not the one
 * that the output branch names, or cannot be read, or the checker does not vouch for the
 * output branch, as the log says.
 */
bool reconciler_waits_for_operator(const struct reconciler *reconciler);

/* The git directory to watch; NULL when the repository is elsewhere. Borrowed. */
const char *reconciler_watch_path(const struct reconciler *reconciler);

/* How long to wait at the most before looking again. */
duration reconciler_interval(const struct reconciler *reconciler);

/*
 * Accepts that the ledger with this entry (its hash, as the output branch names
 * it) is gone for good: the next pass enters that in the ledger that there is,
 * and gives up what was being issued, for it may have been signed.
 */
void reconciler_accept_ledger_loss(struct reconciler *reconciler, struct text hash);

#endif
