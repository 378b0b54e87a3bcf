#ifndef COUNTERSIGN_DAEMON_CHECKER_PROCESS_H
#define COUNTERSIGN_DAEMON_CHECKER_PROCESS_H

#include "daemon/daemon.h"
#include "model/local.h"

/*
 * The life of the process that decides everything a second time, between the
 * reconciler, which asks it on `descriptor`, and the keeper, whom it asks on `keeper`: it
 * becomes its user, is confined, then answers until the other end is closed. What keeps it from
 * beginning is said on the descriptor.
 */
void checker_process(const struct local_configuration *local, int descriptor, int keeper,
    const struct daemon_options *options) __attribute__((noreturn));

#endif
