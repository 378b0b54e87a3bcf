#ifndef COUNTERSIGN_CHECKER_ACCEPTED_H
#define COUNTERSIGN_CHECKER_ACCEPTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/decision.h"

/* A decision to issue that is not carried out yet. */
struct seen_decision {
	struct text request;
	struct text digest;             /* of the plan, "sha256:…" */
	struct text serial_number;      /* hex */
	bool signed_before;             /* the keeper's word: by this decision it has signed the plan already */
	struct text refused;            /* why it is not vouched for; absent: it is */
};

ARRAY(seen_decisions, struct seen_decision);

/*
 * A decision of somebody that was shown long after it is said to have been
 * seen. All others were seen when they say, give or take CHECKER_CLOCK_SECONDS.
 */
struct late_sight {
	struct text request;
	struct text evidence;           /* hex SHA-256 of the signed bytes, which several people may sign */
	struct text by;                 /* who decided */
	struct text key;                /* and with which key: its fingerprint */
	moment seen_at;                 /* by the checker */
};

ARRAY(late_sights, struct late_sight);

/* What the checker knows when it starts again. */
struct accepted {
	struct arena *arena;            /* of all that follows */
	struct text output;             /* the output commit judged last; absent: none yet */
	struct text input;              /* the input that it judged */
	int64_t configuration_number;   /* trusted behind it */
	struct text configuration_digest;
	struct seen_decisions decisions;
	struct late_sights late;
};

/*
 * Reads it; no file is a beginning. False with `why`. The arena is the
 * caller's to free, by accepted_free(), in any case.
 */
bool accepted_read(const char *path, struct accepted *out, struct text *why);

/* Writes it, durably. False with errno. */
bool accepted_write(const char *path, const struct accepted *accepted);
void accepted_free(struct accepted *accepted);

/* The decision with this serial number; NULL when there is none. */
struct seen_decision *accepted_decision(struct accepted *accepted, struct text serial_number);

/* This sight of a decision; NULL when it was not late. */
const struct late_sight *accepted_late(const struct accepted *accepted, struct text request,
	const struct verified_decision *decision);

/* Adds sights, of which its arena holds everything. */
void accepted_add_late(struct accepted *accepted, const struct late_sights *found);

/* Into an arena of its own, without the decisions that were let go: those without a serial number. */
void accepted_copy(const struct accepted *accepted, struct accepted *out);

/* Puts such a copy in its place. */
void accepted_tidy(struct accepted *accepted);

#endif
