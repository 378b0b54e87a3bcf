#ifndef COUNTERSIGN_COMMANDS_LINT_H
#define COUNTERSIGN_COMMANDS_LINT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"
#include "commands/documents.h"
#include "model/configuration.h"

/* What is to be looked at, and against what. */
struct lint {
	struct documents documents;
	/*
	 * Paths that were touched, sorted: only what stands in them is reported, and
	 * the whole configuration when one of its files is among them. NULL: all.
	 */
	const struct texts *touched;
	/*
	 * With an output commit, requests that it says have ended are not planned
	 * again: rules that came later do not make them wrong. Absent: unknown.
	 */
	struct store *output_store;
	struct text output_commit;
	moment now;                     /* for keys' validity and certificates' lifetimes */
};

/*
 * Finds everything wrong with the documents: the configuration's files and
 * what must hold across them; each request, its signature, and the plan that
 * it would make; approvals and revocations and their signatures. Adds to
 * `reasons`. False with `why` only when something cannot be read at all.
 */
bool lint_documents(struct arena *arena, const struct lint *lint, struct reasons *reasons,
	struct text *why);

#endif
