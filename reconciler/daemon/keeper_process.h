#ifndef COUNTERSIGN_DAEMON_KEEPER_PROCESS_H
#define COUNTERSIGN_DAEMON_KEEPER_PROCESS_H

#include "model/local.h"

/*
 * The life of the process that holds the keys, on a descriptor that it shares with the
 * reconciler: it reads keys and ledger, becomes its user, is confined, then answers until the
 * other end is closed. What keeps it from beginning is said on the descriptor.
 */
void keeper_process(const struct local_configuration *local, int descriptor)
    __attribute__((noreturn));

#endif
