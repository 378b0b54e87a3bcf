#ifndef COUNTERSIGN_RECONCILE_OPERATOR_H
#define COUNTERSIGN_RECONCILE_OPERATOR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * What only an operator may decide. A command writes it into the daemon's
 * folder, durably, whether the daemon runs or not; the daemon takes it up in
 * its next pass, and removes it when the output commit that says so has landed.
 */
enum operator_word {
	OPERATOR_ACCEPTS_HISTORY,       /* the input commit that history goes on from */
	OPERATOR_RECOVERS_OUTPUT,       /* the newest output commit that is good */
	OPERATOR_WORDS
};

/*
 * The commit that a word names, into the arena; absent when there is no such
 * word. False with `why`, a sentence, for a file that cannot be read or is damaged.
 */
bool operator_word_read(struct arena *arena, const char *folder, enum operator_word word,
	struct text *commit, struct text *why);

/*
 * Writes one, in place of an earlier one, readable for the daemon whoever
 * writes it. False with `why`.
 */
bool operator_word_write(struct arena *arena, const char *folder, enum operator_word word,
	struct text commit, struct text *why);

/* Takes one away; it does not matter whether it was there. False with errno. */
bool operator_word_remove(struct arena *arena, const char *folder, enum operator_word word);

#endif
