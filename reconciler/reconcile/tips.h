#ifndef COUNTERSIGN_RECONCILE_TIPS_H
#define COUNTERSIGN_RECONCILE_TIPS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * What this machine has accepted, kept durably in the state directory: neither
 * the input nor the output may ever go back behind it (invariant S4).
 */
struct tips {
	struct text input;      /* commit id; absent before the first pass */
	struct text output;     /* commit id; absent before the first output */
};

/* Reads them; an absent file gives absent tips. False with `why` for a damaged one. */
bool tips_read(struct arena *arena, const char *path, struct tips *out, struct text *why);

/* Writes them durably. False with errno. */
bool tips_write(struct arena *arena, const char *path, const struct tips *tips);

#endif
