#ifndef COUNTERSIGN_RECONCILE_SIGHTINGS_H
#define COUNTERSIGN_RECONCILE_SIGHTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/moment.h"
#include "base/text.h"

/*
 * When each commit and blob was first seen by this daemon: a pass that lost
 * its race starts over, and the time of observation must not move with it.
 */
struct sightings;

/* What became of an inbox commit, by numbers of passes; 0: not yet. */
struct sighting_marks {
	uint64_t read;          /* its branch was read, being the branch's head */
	uint64_t judged;
	bool settled;           /* all that it says has found its place: never judged again */
};

struct sightings *sightings_new(void);
void sightings_free(struct sightings *sightings);

/* When `id` was first seen: `now`, unless it was seen before. */
moment sightings_see(struct sightings *sightings, struct text id, moment now);

/*
 * The marks of an id that was seen, to be read and set; NULL when it was not.
 * Borrowed, until something else is seen or forgotten.
 */
struct sighting_marks *sightings_marks(struct sightings *sightings, struct text id);

/*
 * Forgets what was last asked for before a moment; and when more than
 * SIGHTINGS_MOST are left, all that was not asked for at `now`: anybody may push any
 * number of commits, each seen once.
 */
enum { SIGHTINGS_MOST = 64 * 1024 };
void sightings_forget_before(struct sightings *sightings, moment before, moment now);

/* The memory that they take. */
size_t sightings_bytes(const struct sightings *sightings);

#endif
