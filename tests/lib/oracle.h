#ifndef COUNTERSIGN_TESTS_ORACLE_H
#define COUNTERSIGN_TESTS_ORACLE_H

#include <stdbool.h>

#include "model/configuration.h"
#include "model/decision.h"
#include "model/status.h"

/*
 * What becomes of an open request, worked out by trying everything: each
 * signature in each step. Shares no code with evaluate/, and no idea either:
 * it knows no matching and no flow. Far too slow for more than a few signatures.
 */
struct oracle_case {
	const struct configuration *configuration;
	const struct approval_policy *policy;
	const struct texts *digests; /* all since the opening; the last is current */
	struct text requester;       /* a Person, verified */
	moment deadline;             /* 0: none */
	moment now;
	const struct verified_decisions *decisions;
};

struct oracle_answer {
	enum request_state state;
	size_t complete; /* steps, in order */
};

enum { ORACLE_SIGNATURES_MOST = 8, ORACLE_STEPS_MOST = 3 };

struct oracle_answer oracle_ask(const struct oracle_case *question);

#endif
