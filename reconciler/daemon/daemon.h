#ifndef COUNTERSIGN_DAEMON_DAEMON_H
#define COUNTERSIGN_DAEMON_DAEMON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* What `countersign run` was asked for. */
struct daemon_options {
	const char *configuration_path; /* of the local configuration */
	bool once;                      /* one pass, then end */
	bool clock_confirmed;           /* by SIGHUP: whatever it was before, the system's clock is right */
	struct text check_from;         /* output commit that the checker begins behind; absent mostly */
	struct text accept_ledger_loss; /* hash of an entry of a ledger that is gone; absent mostly */
};

enum daemon_result {
	DAEMON_TROUBLE,
	DAEMON_ALARM,
	DAEMON_DONE,
	DAEMON_SAID     /* trouble, and what there was to say of it is said */
};

/*
 * Starts keeper, checker and reconciler, each a process of its own, and watches
 * over them: this process itself reads nothing but the local configuration. SIGTERM and SIGINT
 * end all cleanly, between two stages; SIGHUP starts all anew under the
 * local configuration as it is then; a bad one is reported and the old one stays. When one of
 * them dies, the others are ended as well. `why` is set for DAEMON_TROUBLE and DAEMON_ALARM.
 *
 * It returns in two processes: the reconciler's, with its result, which is said and given as
 * exit status like any other, and this one, with DAEMON_SAID when that was trouble.
 */
enum daemon_result daemon_run(struct arena *arena, const struct daemon_options *options,
	struct text *why);

#endif
