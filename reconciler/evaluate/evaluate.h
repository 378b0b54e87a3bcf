#ifndef COUNTERSIGN_EVALUATE_EVALUATE_H
#define COUNTERSIGN_EVALUATE_EVALUATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "model/configuration.h"
#include "model/decision.h"
#include "model/request.h"
#include "model/status.h"

/*
 * The decision. Pure: no I/O, no clock, no randomness, no globals; the same
 * input gives the same bytes, whatever order the facts stand in.
 */
struct evaluation {
	const struct configuration *configuration; /* the trusted one */
	const struct request_record *before; /* what is known so far; all zeroes for a new id */
	/*
	 * The version of the file in force, decoded, CSR facts filled; NULL when the
	 * file could not be decoded (then `file_reasons` says why).
	 */
	const struct request *request;
	const struct reasons *file_reasons;
	struct request_version version; /* what `request` was decoded from */
	bool version_is_new;            /* just accepted, see request_accept() */
	bool requester_verified;        /* by signature */
	const struct verified_decisions
	    *decisions; /* those of `before` and the new ones, any order */
	moment now;
	bool expire; /* false while the clock is in doubt: nothing expires */
};

/*
 * What the request's record is after all facts are counted: state, plan,
 * digest, generation, steps, who is waited for, what was ignored and why,
 * deadline, conditions, reasons. `after->intent` is left as it was: the caller
 * draws a serial for a record that became STATE_APPROVED without one.
 * A record with an intent, or one that has ended, is never changed by what
 * arrives, but for `ignored`, which answers it; only a new version of the file
 * can open the next generation, and after an intent only once it is carried
 * out, or refused by the signer for good (record_cancellable()): then a
 * cancellation ends it, too. `after` has no intent any more in both cases, and
 * the caller has the plan released before that counts.
 * An opened request that becomes Invalid keeps its last plan and digest, and
 * with them its approvals, until it is judged again.
 * The id is that of `before`, or else of `request`: a caller who has a file that
 * could not be decoded sets before->id.
 */
void evaluate_request(struct arena *arena, const struct evaluation *evaluation,
    struct request_record *after);

/*
 * Adds what others found to have no effect on this request (a bad signature, a
 * trailer in a squashed commit) to record->ignored, once; evaluation keeps it.
 */
void request_ignore(struct arena *arena, struct request_record *record,
    const struct ignored *entry);

/* Whether a version of a request's file may take the place of what is in force. */
struct request_offer {
	const struct configuration *configuration;
	const struct request_record *before;                /* zeroes for a new id */
	const struct request *request;                      /* decoded */
	struct text sha256;                                 /* of the offered file */
	const struct verified_request_signature *signature; /* over it; NULL: unsigned */
};

/*
 * FORMAT section 5: from its requester only, signed unless unsigned requests
 * are accepted, an unsigned one never replaces a signed one, a requester never
 * changes within a claim, a version accepted before is not accepted again, an
 * identity of the configuration and among the profile's requesters. False with
 * `why`, a sentence with the remedy.
 */
bool request_accept(struct arena *arena, const struct request_offer *offer, struct text *why);

/*
 * The next moment at which the record changes by itself (deadline + 1, retry),
 * 0 for never.
 */
moment request_next_due(const struct request_record *record);

/* Those of `record` who can approve now: people of the open step who have not, sorted. */
struct texts request_waiting_for(struct arena *arena, const struct request_record *record);

#endif
