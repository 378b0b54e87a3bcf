#ifndef COUNTERSIGN_DAEMON_SELF_TEST_H
#define COUNTERSIGN_DAEMON_SELF_TEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * Confines processes exactly as the daemon's would be under this local
 * configuration, lets each try one thing that it may not do, and prints what came of it: "killed",
 * "denied", "DONE", or "nothing there" where there is no key or ledger yet. Where root starts it and they have users of their own, each also tries, without any
 * sandbox, to get at each other. True when nothing could be done; false otherwise, with `why` only
 * when it could not be tried at all.
 */
bool self_test(struct arena *arena, const char *configuration_path, struct text *why);

#endif
