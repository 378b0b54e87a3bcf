#ifndef COUNTERSIGN_DAEMON_OCCUPATIONS_H
#define COUNTERSIGN_DAEMON_OCCUPATIONS_H

#include "daemon/confinement.h"
#include "daemon/syscall_filter.h"

/*
 * The system calls that a process of this occupation may make. A build with
 * sanitizers allows those besides that the sanitizers make.
 */
struct call_rules occupation_calls(struct arena *arena, enum occupation occupation);

#endif
