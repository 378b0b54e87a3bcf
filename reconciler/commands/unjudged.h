#ifndef COUNTERSIGN_COMMANDS_UNJUDGED_H
#define COUNTERSIGN_COMMANDS_UNJUDGED_H

#include "base/array.h"
#include "commands/clone.h"
#include "trust/evidence.h"

/* What was signed in commits that the reconciler has not judged: not pushed yet, or just now. */
struct unjudged_commit {
	struct text id;
	bool pushed;                    /* the input branch has it, as far as was fetched */
	struct evidence evidence;
};

ARRAY(unjudged_commits, struct unjudged_commit);

/*
 * The commits with good signatures that HEAD or the input branch has and that
 * the newest output commit has not judged. False after a complaint.
 */
bool unjudged_read(struct clone *clone, struct unjudged_commits *out);

/* The newest of them in which `person` made this decision on this digest; NULL when none is. */
const struct unjudged_commit *unjudged_decision(const struct unjudged_commits *commits,
	const struct verified_decision *sought);

/* The newest of them in which `person` signed a configuration's digest; NULL when none is. */
const struct unjudged_commit *unjudged_configuration(const struct unjudged_commits *commits,
	struct text person, struct text digest);

/* Says, after "WHAT: ", that it is signed already, in which commit, and what to do. */
void unjudged_tell(struct clone *clone, struct text what, const struct unjudged_commit *commit);

#endif
