#ifndef COUNTERSIGN_RECONCILE_FOREIGN_H
#define COUNTERSIGN_RECONCILE_FOREIGN_H

#include "reconcile/pass.h"

/*
 * Something on the output branch that is not ours, and will be undone: raises
 * the alarm, and keeps it for the status of the configuration. `commit` is the
 * first that is not ours, absent when the branch is gone (then the accepted one is
 * named); `why` is a clause.
 * Whose signature it bears is said as far as the trusted configuration knows;
 * what its committer calls themselves is a claim, and called so. Who moved the
 * branch is nothing that git knows.
 */
void foreign_report(struct pass *pass, struct text commit, struct text why);

/* Puts what was reported in this pass into the status of the configuration. */
void foreign_record(struct pass *pass);

#endif
