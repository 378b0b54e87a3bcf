#ifndef COUNTERSIGN_COMMANDS_BRANCH_PLAN_H
#define COUNTERSIGN_COMMANDS_BRANCH_PLAN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/reason.h"
#include "base/text.h"
#include "commands/clone.h"
#include "commands/range.h"
#include "model/configuration.h"
#include "model/overview.h"
#include "model/status.h"
#include "trust/evidence.h"

/* What a branch does to one request. */
enum branch_effect {
	EFFECT_REFUSED,         /* would not be accepted: `why` and the reasons say it */
	EFFECT_DELETED,         /* its file goes away, which changes nothing */
	EFFECT_INVALID,         /* accepted, and outside its profile or policy: nothing is issued */
	EFFECT_OPENED,          /* a new request, or a new generation of one that ended */
	EFFECT_CHANGED,         /* an open request's plan changes: approvals start anew */
	EFFECT_UNCHANGED        /* nothing that people sign changes */
};

struct branch_request {
	struct text id;
	enum branch_effect effect;
	struct text why;
	bool known;                     /* the reconciler knows the id */
	struct request_record before;
	struct request_record after;    /* under the trusted configuration */
	/* under the branch's own configuration, where that differs */
	bool differs;
	struct request_record later;
};

ARRAY(branch_requests, struct branch_request);

/* What a branch does to the rules. */
struct branch_configuration {
	bool changed;
	struct configuration configuration;
	struct configuration_candidate progress;        /* who signed, who is missing */
	struct texts paths;                             /* files that differ from the trusted one */
};

/* All that a branch would do once it is merged. */
struct branch_plan {
	struct text base;
	struct text head;
	struct branch_requests requests;        /* of the files it touches, sorted by id */
	struct branch_requests affected;        /* open requests that its rules would change */
	struct branch_configuration configuration;
	struct evidence evidence; /* the decisions that it carries, and what would not count */
	struct reasons reasons;                 /* what cannot be read */
};

/* "opens", "changes", "refused", …: a stable word. */
const char *branch_effect_name(enum branch_effect effect);

/*
 * Judges a branch with the same code as the reconciler, as if it were merged
 * now. False with `why` when something cannot be read.
 */
bool branch_plan_make(struct clone *clone, const struct range *range, struct branch_plan *out,
	struct text *why);

/* Whether everything in it would be accepted. */
bool branch_plan_good(const struct branch_plan *plan);

#endif
