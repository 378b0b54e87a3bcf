#ifndef COUNTERSIGN_RECONCILE_SIGHTINGS_H
#define COUNTERSIGN_RECONCILE_SIGHTINGS_H

#include "base/moment.h"
#include "base/text.h"

/*
 * When each commit and blob was first seen by this daemon: a pass that lost
 * its race starts over, and the time of observation must not move with it.
 */
struct sightings;

struct sightings *sightings_new(void);
void sightings_free(struct sightings *sightings);

/* When `id` was first seen: `now`, unless it was seen before. */
moment sightings_see(struct sightings *sightings, struct text id, moment now);

/* Forgets what was last asked for before `moment`. */
void sightings_forget_before(struct sightings *sightings, moment before);

#endif
