#ifndef COUNTERSIGN_ISSUE_LEDGER_INDEX_H
#define COUNTERSIGN_ISSUE_LEDGER_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Where the ledger's lines are: a table from keys of fixed size to places in
 * the file. It grows for as long as the ledger is open, so it has memory of its own.
 */
enum { LEDGER_KEY_BYTES = 32 };

struct ledger_place {
	uint8_t key[LEDGER_KEY_BYTES];
	uint64_t offset; /* of the line in the file */
	uint32_t length; /* without its LF; 0: this place is free */
};

struct ledger_index {
	struct ledger_place *places;
	size_t room; /* a power of two, or 0 */
	size_t count;
};

/* NULL when the key is not there; borrowed until the next ledger_index_put(). */
const struct ledger_place *ledger_index_find(const struct ledger_index *index,
    const uint8_t key[LEDGER_KEY_BYTES]);

/* Adds a place, or moves the key to it. */
void ledger_index_put(struct ledger_index *index, const struct ledger_place *place);

void ledger_index_free(struct ledger_index *index);

#endif
