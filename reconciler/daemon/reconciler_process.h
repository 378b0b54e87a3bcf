#ifndef COUNTERSIGN_DAEMON_RECONCILER_PROCESS_H
#define COUNTERSIGN_DAEMON_RECONCILER_PROCESS_H

#include "daemon/daemon.h"
#include "model/local.h"

/*
 * The life of the process that reads the repository: it becomes its user, is
 * confined, then looks and looks again until SIGTERM or SIGINT, an alarm, or with
 * options->once until there is nothing left to do. `keeper` is its end of the stream. `why` is set unless
 * DAEMON_DONE.
 */
enum daemon_result reconciler_process(const struct local_configuration *local, int keeper,
    const struct daemon_options *options, struct arena *arena, struct text *why);

#endif
