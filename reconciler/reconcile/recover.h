#ifndef COUNTERSIGN_RECONCILE_RECOVER_H
#define COUNTERSIGN_RECONCILE_RECOVER_H

#include "reconcile/pass.h"

/*
 * A reconciler's key was stolen, and an operator has named the newest output
 * commit that is good. What stands above it is not believed, whoever signed it:
 * the pass goes on from the good one, and hears all evidence since anew. From the
 * discarded commits it takes what people have signed, and nothing that would
 * let more happen: a state there only keeps a request ended.
 */

/* Goes on from the named output commit, where there is a word; true when this pass discards something. */
bool recover_output(struct pass *pass);

/*
 * What the discarded commits hold: envelopes under evidence/, seen as if they
 * came by the inbox now, and which plans had ended. What of it cannot be read
 * raises an alarm.
 */
void recover_evidence(struct pass *pass);

/*
 * Approval files that stood on the input branch since the good output commit,
 * although they are gone from its tip. False when objects are missing.
 */
bool recover_approvals(struct pass *pass);

/* A request that a discarded commit says has ended with this plan does not open with it again. */
void recover_ended(struct pass *pass, struct request_record *record);

#endif
