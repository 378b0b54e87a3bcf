#ifndef COUNTERSIGN_ISSUE_LEDGER_H
#define COUNTERSIGN_ISSUE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * The signer's memory: an append-only, hash-chained file, synced before a
 * certificate leaves the signing code. Lines of text, each with its number,
 * the hash of the line before, and its own.
 */
struct ledger;

/* What is known of one plan digest. */
struct ledger_entry {
	int64_t number;                     /* 1 for the first */
	struct text hash;                   /* hex, of the entry */
	struct text digest;                 /* "sha256:…" of the plan */
	struct text tbs_sha256;             /* hex, of the TBSCertificate */
	struct text certificate;            /* DER; absent in an intent entry */
};

/*
 * Opens or makes the ledger and verifies its chain; an unfinished last line (a
 * crash while writing) is cut off. False with `why`. One process at a time (lock).
 */
bool ledger_open(const char *path, struct arena *arena, struct ledger **out, struct text *why);
void ledger_close(struct ledger *ledger);

/* The newest entry for a plan digest; false when there is none. */
bool ledger_find(struct ledger *ledger, struct arena *arena, struct text digest,
	struct ledger_entry *out);

/* Whether a serial number (hex) was ever used. */
bool ledger_has_serial(struct ledger *ledger, struct text serial_number);

/* Appends and syncs; fills number and hash. False with errno: nothing was promised. */
bool ledger_append(struct ledger *ledger, struct arena *arena, struct ledger_entry *entry,
	struct text serial_number);

#endif
