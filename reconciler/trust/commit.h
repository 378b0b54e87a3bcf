#ifndef COUNTERSIGN_TRUST_COMMIT_H
#define COUNTERSIGN_TRUST_COMMIT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* A commit object, taken apart strictly (headers only; git's own format). */
struct raw_commit {
	struct text tree;               /* hex */
	struct texts parents;           /* hex, in order */
	struct text author;
	struct text committer;
	struct text signature;          /* armour, unfolded; absent when unsigned */
	struct text signed_bytes;       /* the object without its signature header: what was signed */
	struct text message;
};

/*
 * Exactly one tree, author and committer in git's order; at most one gpgsig
 * (that it is one armour with nothing behind it, sshsig_read() sees); no NUL, no
 * unknown header that could be taken for a signature (gpgsig-sha256 and other
 * spellings of gpgsig are refused; mergetag, encoding and others are passed
 * over, and are signed). False with `why` (a clause about "it"). At most 64 KiB when it carries decisions is the
 * caller's rule, not this parser's.
 */
bool raw_commit_parse(struct arena *arena, struct text raw, struct raw_commit *out,
	struct text *why);

/*
 * The raw commit with the signature header put in behind the committer, as git
 * does it: for commits that the reconciler signs.
 */
struct text raw_commit_with_signature(struct arena *arena, struct text unsigned_commit,
	struct text armour);

#endif
