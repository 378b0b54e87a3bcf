#ifndef COUNTERSIGN_COMMANDS_FORECAST_H
#define COUNTERSIGN_COMMANDS_FORECAST_H

#include <stdbool.h>

#include "base/reason.h"
#include "base/text.h"
#include "commands/clone.h"
#include "model/decision.h"
#include "model/request.h"
#include "model/snapshot.h"
#include "model/status.h"

/* Which version of a request a forecast is made for. */
struct forecast_order {
	struct text id;
	struct text commit;             /* read the file there; absent: where it is newest, HEAD or input */
	struct text content;            /* a file that is not committed yet; absent: none */
	struct text signing_key;        /* fingerprint of the key that is about to sign it; absent: none is */
};

/* What the reconciler knows of a request, and what it would make of it now. */
struct forecast {
	bool known;                     /* the output branch says something of the id */
	struct request_record before;   /* what it says */
	struct request_record after;    /* the same evaluated now, with the version that is offered */
	bool version_is_new;            /* `after` rests on a version that the output has not judged */
	struct request_version version; /* that version */
	bool requester_verified;
	bool decoded;                   /* `request` is filled */
	struct request request;         /* the version in `after` */
	struct source_file file;        /* the offered file; without a path: none was found */
	struct text commit;             /* where it was read; absent: nowhere */
	struct reasons reasons;         /* of decoding and of refusing it */
	struct texts notes;             /* what a person should know before believing this, safe to show */
};

/*
 * Reads the newest status and the newest file, and evaluates them under the
 * clone's configuration with the same pure code as the reconciler: the digest
 * is the one that it will compute, unless something else is pushed before.
 * False when the id is known nowhere: neither as a status nor as a file.
 */
bool forecast_make(struct clone *clone, const struct forecast_order *order, struct forecast *out);

/* A decision that somebody may be about to sign. */
struct intended_decision {
	enum decision_kind kind;
	struct text person;
	struct text key;                /* fingerprint */
};

/*
 * What would become of the request if the decision on its current digest
 * arrived now, in `out`. Gives why it would not count, a sentence; absent
 * when it would.
 */
struct text forecast_decision(struct clone *clone, const struct forecast *forecast,
	const struct intended_decision *intended, struct request_record *out);

/* Whether status and forecast name different digests: what is shown is not what is judged yet. */
bool forecast_differs(const struct forecast *forecast);

/*
 * The plan that people last saw under this id, before the one in `after`: the
 * status's, or from the output branch's history. False when there is none.
 */
bool forecast_previous_plan(struct clone *clone, const struct forecast *forecast,
	struct text *plan);

#endif
