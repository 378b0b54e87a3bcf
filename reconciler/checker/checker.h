#ifndef COUNTERSIGN_CHECKER_CHECKER_H
#define COUNTERSIGN_CHECKER_CHECKER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/signer.h"
#include "model/local.h"

/*
 * The checker: it stands between the reconciler, which reads whatever anybody
 * pushes, and the keeper, which signs. It has no key, no network, no git and no
 * repository: what it knows of one are objects that it asks the reconciler for
 * by their ids, and whose ids it computes itself. So it sees the repository as
 * it is, however the reconciler would like it to be.
 *
 * Each output commit that it is shown is judged as `countersign audit` judges
 * it: decided again, at its place in history, from what the repository holds. The commit
 * judged last is its own accepted tip, durable in its own folder. After a
 * finding nothing more is vouched for. An order goes to the keeper only
 * when the output commit accepted last holds it, decided with exactly this plan and this
 * intent, and its own clock agrees.
 *
 * The clock: no output commit may be more than CHECKER_CLOCK_SECONDS ahead of
 * it. So whatever a commit says to have been seen was seen before that, and openedAt and observedAt
 * in the accepted records, which the following commits cannot change any more, are the
 * checker's own stamps of first sight, give or take those five minutes. To write an earlier
 * time into them gains nothing: a request only expires sooner, and whether keys
 * and quorum count is asked again by the checker's clock, at the moment at
 * which it first sees the decision.
 *
 * What it cannot see is what it is not shown: the newest part of the input
 * branch, or an envelope of the inbox, can be withheld from it.
 */
struct checker;

enum { CHECKER_CLOCK_SECONDS = 300 };

struct checker_order {
	const struct local_configuration *local;        /* where trust begins */
	const char *folder;             /* the checker's own */
	struct signer *keeper;          /* borrowed */
	int descriptor;                 /* of the stream on which it is asked; borrowed */
	/* what an operator has said, absent mostly; more words of his lie in the folder (reconcile/operator.h): */
	struct text accept_output;      /* an output commit to begin behind, unseen */
	struct text accept_ledger_loss; /* hash of an entry of a ledger that is gone */
};

/*
 * Reads what was accepted before. The order must outlive the checker. False
 * with `why`. Freed with checker_close().
 */
bool checker_open(const struct checker_order *order, struct arena *arena, struct checker **out,
	struct text *why);
void checker_close(struct checker *checker);

/* Answers until the other side closes its end. True when that was a clean one. */
bool checker_serve(struct checker *checker);

#endif
