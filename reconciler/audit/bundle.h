#ifndef COUNTERSIGN_AUDIT_BUNDLE_H
#define COUNTERSIGN_AUDIT_BUNDLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "repository/store.h"

/*
 * The evidence for what became of one request, in one file of text, to be
 * judged without the repository: every git object that its audit reads. Lines:
 *
 *   countersign-evidence-v1
 *   request ID
 *   introduction COMMIT sha256:DIGEST
 *   step COMMIT                          an output commit that is audited for it, oldest first, each once
 *   object commit|tree|blob ID BASE64    the object's bytes, as git hashes them
 *   end
 */
struct evidence_bundle {
	struct text request;
	struct text introduction_commit;
	struct text introduction_digest;
	struct texts steps;
	struct stored_objects objects;
};

enum { BUNDLE_BYTES = 1 << 30 };

struct text bundle_write(struct arena *arena, const struct evidence_bundle *bundle);

/*
 * Strict: this order, these forms, nothing else, every object's id checked
 * against its bytes. False with `why`, which names the line.
 */
bool bundle_read(struct arena *arena, struct text content, struct evidence_bundle *out,
	struct text *why);

#endif
