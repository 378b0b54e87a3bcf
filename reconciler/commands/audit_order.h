#ifndef COUNTERSIGN_COMMANDS_AUDIT_ORDER_H
#define COUNTERSIGN_COMMANDS_AUDIT_ORDER_H

#include "audit/audit.h"
#include "commands/clone.h"
#include "commands/introduction.h"

/* What commands that audit have in common. */

/* Where to look, and where trust begins. */
struct audit_place {
	const struct clone_options *clone;
	const struct introduction_options *introduction;
};

/*
 * Finds the clone around the current folder and the output branch in it, and fills the order:
 * the whole branch, from the introduction on. Gives OPTIONS_GO_ON, or an exit status after a
 * complaint. clone_close() in any case.
 */
int audit_order_open(struct arena *arena, const struct audit_place *place, struct clone *clone,
	struct audit_order *order);

/*
 * Audits, without a word in the log: what is decided again is no news to anybody. Gives
 * OPTIONS_GO_ON, or `failure` after a complaint, where it could not come to its end; the report
 * then has what was found up to there.
 */
int audit_order_run(struct arena *arena, const struct audit_order *order, int failure,
	struct audit_report *report);

#endif
