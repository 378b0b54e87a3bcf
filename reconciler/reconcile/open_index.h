#ifndef COUNTERSIGN_RECONCILE_OPEN_INDEX_H
#define COUNTERSIGN_RECONCILE_OPEN_INDEX_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "model/status.h"

/*
 * The open requests of one output commit, kept in memory between passes: what
 * the page shows, and when each has to be looked at again. Rebuilt from
 * pending/ whenever the output commit is not the one it was made for.
 */
struct open_entry {
	struct text id;
	enum request_state state;
	struct text profile;
	struct text requester;
	struct text summary;
	struct text waiting;            /* "2 of security: bob, carol" */
	moment opened_at;
	moment deadline;
	moment next_due;                /* 0: never by itself */
	bool to_be_issued;              /* has an intent and no certificate */
};

ARRAY(open_entries, struct open_entry);

struct open_index {
	struct arena *arena;            /* its own */
	struct text output;             /* the commit it was made for; absent: none */
	struct open_entries entries;    /* sorted by id */
};

/* An index of these records, in an arena of its own; freed with open_index_free(). */
struct open_index *open_index_new(struct text output, const struct request_records *records);
void open_index_free(struct open_index *index);

/*
 * Another index, as `old` is after some records changed: each of `changed`
 * replaces or (when ended) removes its entry.
 */
struct open_index *open_index_with(const struct open_index *old, struct text output,
	const struct request_records *changed);

/* The earliest moment at which something changes by itself; 0 for never. */
moment open_index_next_due(const struct open_index *index);

#endif
