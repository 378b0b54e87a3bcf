#ifndef COUNTERSIGN_TRUST_EVIDENCE_PARTS_H
#define COUNTERSIGN_TRUST_EVIDENCE_PARTS_H

#include "trust/evidence.h"
#include "trust/signer.h"

/* What evidence_from_commit() and evidence_from_approval() share. */

/* One signed commit or file. What lives in `scratch` is copied before it goes into `out`. */
struct statement {
	struct arena *arena;            /* of `out` */
	struct arena *scratch;          /* gone when the statement is judged */
	const struct sighting *sighting;
	struct signer signer;
	struct text evidence;           /* hex SHA-256 of the signed bytes */
	struct evidence *out;
};

/* What is said: a decision on a request, or on a configuration. */
struct said {
	enum decision_kind decision;
	struct text request;            /* absent: `digest` is a configuration's */
	struct text digest;
	struct text comment;            /* as comment_kept() gives it */
};

/* Sets the signer; its texts go to the statement's arena. */
void statement_signed_by(struct statement *statement, struct signer signer);

/* Takes a decision up, or ignores it when the signer's kind may not make it. */
void statement_decide(const struct statement *statement, const struct said *said);

/* Shows what did not count, with cause and remedy. */
void statement_ignore(const struct statement *statement, const struct said *said, struct text what,
	struct text why);

/* "approve sha256:0123456789ab…", for people. */
struct text said_words(struct arena *arena, const struct said *said);

/* A comment as it may be kept: its lines safe to show, not too long; absent when empty. */
struct text comment_kept(struct arena *arena, struct text comment);

#endif
