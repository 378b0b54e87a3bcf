#ifndef COUNTERSIGN_TRUST_EVIDENCE_H
#define COUNTERSIGN_TRUST_EVIDENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "model/approval.h"
#include "model/configuration.h"
#include "model/decision.h"

/* What one commit or file proved, and what in it did not count. */
struct evidence {
	struct verified_decisions decisions;
	struct configuration_signatures configuration_signatures;
	struct verified_request_signatures request_signatures;
	struct ignored_list ignored;
};

/* Where and when signed bytes were seen. */
struct sighting {
	const struct configuration *configuration;  /* trusted: whose keys count */
	moment observed_at;                         /* first seen by the daemon */
	enum decision_source source;
	struct text where;                          /* commit id or path */
};

/*
 * Judges one raw commit: parse, trailers, SSH signature in namespace "git",
 * identity of the key and its validity at observed_at. Adds to `out`. A commit
 * without Countersign- trailers adds nothing.
 */
void evidence_from_commit(struct arena *arena, const struct sighting *sighting, struct text raw,
	struct evidence *out);

/*
 * Judges an approval file: `content` is its exact bytes, `approval` what they
 * decode to, `signature` the bytes of the .sig beside it (absent when there is
 * none). Its spec.repository must be the configuration's id. Namespace
 * "countersign". A signature that would verify with CR LF line ends is
 * reported as that.
 */
void evidence_from_approval(struct arena *arena, const struct sighting *sighting,
	struct text content, const struct approval *approval, struct text signature,
	struct evidence *out);

/*
 * Judges requests/ID.yaml.sig over the request file's bytes. True with the
 * signature's facts (request, sha256, by, key, evidence); false with `why`.
 */
bool evidence_from_request_signature(struct arena *arena, const struct sighting *sighting,
	struct text request_id, struct text content, struct text signature,
	struct verified_request_signature *out, struct text *why);

/*
 * Whether a raw commit carries a good signature by one of `keys`
 * (authorized_keys lines): for output commits. False with `why`.
 */
bool commit_signed_by_keys(struct arena *arena, struct text raw, const struct texts *keys,
	struct text *why);

#endif
