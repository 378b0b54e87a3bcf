#ifndef COUNTERSIGN_ISSUE_AUTHORITY_H
#define COUNTERSIGN_ISSUE_AUTHORITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "model/authority.h"

/*
 * Reads the PEM certificate of an authority and fills its facts; checks that
 * it may sign certificates (RFC 5280 sections 4.2.1.3 and 4.2.1.9), that
 * chain and root (where given) verify it. Adds reasons at authority->position.
 */
void authority_read(struct arena *arena, struct certificate_authority *authority,
    struct reasons *reasons);

#endif
