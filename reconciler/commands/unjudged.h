#ifndef COUNTERSIGN_COMMANDS_UNJUDGED_H
#define COUNTERSIGN_COMMANDS_UNJUDGED_H

#include "base/array.h"
#include "commands/clone.h"
#include "trust/evidence.h"

/* What was signed in a commit or a file that the reconciler has not judged: not pushed yet, or just now. */
struct unjudged {
	struct text where;              /* "commit 0123456789ab", or the file's path */
	bool pushed;                    /* the input branch has it, as far as was fetched */
	struct evidence evidence;
};

ARRAY(unjudged_list, struct unjudged);

/*
 * The commits (SOURCE_COMMIT) or approval files (SOURCE_FILE) with good signatures that HEAD or
 * the input branch has and that the newest output commit has not judged. False after a complaint.
 */
bool unjudged_read(struct clone *clone, enum decision_source source, struct unjudged_list *out);

/* The newest of them in which `person` made this decision on this digest; NULL when none is. */
const struct unjudged *unjudged_decision(const struct unjudged_list *list,
	const struct verified_decision *sought);

/* The newest of them in which `person` signed a configuration's digest; NULL when none is. */
const struct unjudged *unjudged_configuration(const struct unjudged_list *list, struct text person,
	struct text digest);

/* Says, after "WHAT: ", that it is signed already, where, and what to do. */
void unjudged_tell(struct clone *clone, struct text what, const struct unjudged *found);

#endif
