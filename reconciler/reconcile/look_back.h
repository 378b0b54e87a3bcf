#ifndef COUNTERSIGN_RECONCILE_LOOK_BACK_H
#define COUNTERSIGN_RECONCILE_LOOK_BACK_H

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/configuration.h"
#include "model/snapshot.h"
#include "repository/history.h"
#include "repository/store.h"
#include "trust/evidence.h"

/* How far back evidence is looked for. */
enum {
	LOOK_BACK_COMMITS = 4096,
	LOOK_BACK_FILES = 4096,
	LOOK_BACK_UNHEARD = 1024,               /* of what would be wanted and does not count */
	LOOK_BACK_BYTES = 32 * 1024 * 1024      /* of commits of the line, of merged ones, of files */
};

/* What is looked for: what was said of a request and one digest. */
struct wanted_statement {
	struct text request;
	struct text digest;             /* "sha256:…" of its plan, or of its file */
	bool of_file;
};

ARRAY(wanted_statements, struct wanted_statement);

/*
 * Evidence that stood on the input branch before the request that it is about:
 * a commit or file is judged as it arrives, and what it says of a plan that
 * nobody knows yet finds no place. So it is looked for when a plan opens, among
 * the newest commits and the approvals that changed since. Set the first part,
 * zero the rest; the branch is read once, when something is first looked for,
 * and what was read lives in `arena`.
 */
struct look_back {
	struct store *store;
	struct arena *arena;
	const struct configuration *configuration;      /* trusted: whose keys count */
	struct text commits;            /* commits are read from here on, newest first */
	struct text end;                /* the introduction; absent: down to the root */
	struct text files;              /* in whose tree approvals are read */
	moment now;                     /* when what is found was observed */

	bool was_read;
	struct history_commits statements;      /* commits that carry trailers */
	struct source_files documents;          /* approvals, contents filled */
};

/*
 * Adds what is said of the wanted digests: decisions, requests' signatures, and
 * what would be one of them and does not count. All is judged as new evidence
 * is, as if it was seen now. Of the versions of its file that somebody signed
 * only the newest is found: whoever signed another one since has changed his
 * mind. The order of what is found depends on the branch alone. A bound that is
 * reached is logged.
 */
void look_back_find(struct look_back *back, const struct wanted_statements *wanted,
	struct evidence *out);

#endif
