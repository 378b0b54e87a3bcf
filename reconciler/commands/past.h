#ifndef COUNTERSIGN_COMMANDS_PAST_H
#define COUNTERSIGN_COMMANDS_PAST_H

#include <stdbool.h>

#include "commands/clone.h"
#include "model/decision.h"
#include "model/request.h"

/*
 * What stands on the input branch, as far as it was fetched, before the request
 * that it is about: what the reconciler finds there when the plan opens, or the
 * file comes (reconcile/look_back.h).
 */

/* The decisions on a plan that is not open yet, in the clone's arena. */
struct verified_decisions past_decisions(struct clone *clone, struct text request,
	struct text digest);

/* Whether the requester has signed this version of the file there; then with the signature. */
bool past_signature(struct clone *clone, const struct request *request, struct text sha256,
	struct verified_request_signature *out);

#endif
