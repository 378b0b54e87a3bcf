#ifndef COUNTERSIGN_DAEMON_DAEMON_H
#define COUNTERSIGN_DAEMON_DAEMON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* What `countersign run` was asked for. */
struct daemon_options {
	const char *configuration_path; /* of the local configuration */
	bool once;                      /* one pass, then end */
	struct text accept_ledger_loss; /* hash of an entry of a ledger that is gone; absent mostly */
};

enum daemon_result { DAEMON_TROUBLE, DAEMON_ALARM, DAEMON_DONE };

/*
 * Runs until SIGTERM or SIGINT (which end it cleanly, between two stages) or
 * an alarm that needs an operator. SIGHUP reloads the local configuration; a
 * bad one is reported and the old one stays. With `once` it returns after one pass. `why` is set unless
 * DAEMON_DONE.
 */
enum daemon_result daemon_run(struct arena *arena, const struct daemon_options *options,
	struct text *why);

#endif
