#ifndef COUNTERSIGN_TRUST_TRAILER_H
#define COUNTERSIGN_TRUST_TRAILER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/decision.h"

enum trailer_kind {
	TRAILER_NEAR_MISS,              /* looks like one of ours and is none; `why` says how to mend it */
	TRAILER_DECISION,               /* approve, reject, withdraw, cancel */
	TRAILER_REQUEST,
	TRAILER_CONFIGURATION,
	TRAILER_CONFIGURATION_WITHDRAW
};

/* Of a near miss, `meant`, `decision`, `request` and `digest` are guesses, for showing it to people. */
struct trailer {
	enum trailer_kind kind;
	enum trailer_kind meant;
	enum decision_kind decision;
	struct text request;
	struct text digest;             /* "sha256:…" */
	struct text line;               /* as it stands */
	struct text why;                /* for a near miss: cause and remedy */
};

ARRAY(trailers, struct trailer);

/*
 * The Countersign- trailers of a commit message, and its near misses. A
 * trailer counts only in the last paragraph, at column 0, unfolded, in the
 * exact grammar of FORMAT section 3. `comment` is the message without these
 * lines, trimmed. At most 1,024 trailers are read; more are one near miss.
 */
void trailers_parse(struct arena *arena, struct text message, struct trailers *out,
	struct text *comment);

/*
 * A cheap first look, at a message or a whole commit: false when it cannot
 * hold a trailer of ours or a near miss (neither "countersign" nor "sha256" in any case).
 */
bool trailers_hinted(struct text message);

/* Whether a request id is well formed (FORMAT section 1: characters, depth, length). */
bool request_id_valid(struct text id);

#endif
