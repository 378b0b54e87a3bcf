#ifndef COUNTERSIGN_ISSUE_LEDGER_POSITION_H
#define COUNTERSIGN_ISSUE_LEDGER_POSITION_H

#include <stdint.h>

#include "base/array.h"
#include "base/text.h"

/* One entry of a ledger, whatever it says: by its hash it stands for all before it. */
struct ledger_position {
	int64_t number;   /* from 1; 0: none */
	struct text hash; /* 64 hex digits */
};

ARRAY(ledger_positions, struct ledger_position);

#endif
