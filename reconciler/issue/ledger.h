#ifndef COUNTERSIGN_ISSUE_LEDGER_H
#define COUNTERSIGN_ISSUE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "issue/ledger_position.h"

/*
 * The signer's memory: an append-only, hash-chained file, synced before a
 * certificate leaves the signing code. One line of text an entry:
 *
 *   NUMBER PREVIOUS intent sha256:PLAN TBS SERIAL [TIME] HASH
 *   NUMBER PREVIOUS certificate sha256:PLAN TBS SERIAL BASE64 HASH
 *   NUMBER PREVIOUS released sha256:PLAN HASH
 *   NUMBER PREVIOUS lost NUMBER HASH HASH
 *
 * NUMBER counts from 1; PREVIOUS is the HASH of the line before, 64 zeros at
 * first; TBS is the SHA-256 of the TBSCertificate; HASH is the SHA-256 of the
 * line up to it, without the space. TIME is the keeper's own (struct keeper_clock), RFC 3339;
 * the intents of older ledgers have none. A plan has an intent and then at most one
 * certificate, both with the same TBS and SERIAL. Or else it is released, before
 * its intent or behind it: no certificate of it was ever given out then, and
 * nothing of it can follow. A serial belongs to one plan. A loss names the
 * entry of an earlier ledger that an operator has given up.
 */
struct ledger;

/* What is known of one plan digest. */
struct ledger_entry {
	bool released;           /* given up: it has none of the following */
	int64_t number;          /* 1 for the first */
	struct text hash;        /* hex, of the entry */
	struct text digest;      /* "sha256:…" of the plan */
	struct text tbs_sha256;  /* hex, of the TBSCertificate */
	struct text serial_number; /* hex */
	moment begun;            /* of an intent that is written; 0: not to be said */
	struct text certificate; /* DER; absent in an intent entry */
};

/*
 * Opens or makes the ledger and verifies its chain; an unfinished last line (a
 * crash while writing) is cut off. False with `why`. One process at a time (lock).
 */
bool ledger_open(const char *path, struct arena *arena, struct ledger **out, struct text *why);
void ledger_close(struct ledger *ledger);

/*
 * The newest entry for a plan digest, synced or not; false when there is none.
 * Its number is 0 when the ledger's file cannot be read any more: whether there is a certificate
 * is not known then.
 */
bool ledger_find(struct ledger *ledger, struct arena *arena, struct text digest,
    struct ledger_entry *out);

/* Whether a serial number (hex) was ever used. */
bool ledger_has_serial(struct ledger *ledger, struct arena *arena, struct text serial_number);

/*
 * When the intent was begun behind which there are `newer` others, synced or not; 0 when there are
 * no more than these, or it has no time.
 */
moment ledger_begun(const struct ledger *ledger, int64_t newer);

/* The newest entry, synced or not; number 0 when there is none. The hash is borrowed until the next is written. */
struct ledger_position ledger_newest(const struct ledger *ledger);

/* Whether this ledger has that very entry, or has entered its loss. */
bool ledger_has(struct ledger *ledger, const struct ledger_position *position);

/*
 * Takes an entry at the end of the ledger, and fills its number and hash.
 * Nothing of it is on disk, and nothing may be promised, before ledger_sync() has
 * returned true: one write and one sync serve many entries. An entry against
 * the rules above is refused with EINVAL, a serial used before with EEXIST.
 */
bool ledger_write(struct ledger *ledger, struct arena *arena, struct ledger_entry *entry,
    struct text serial_number);

/*
 * The same for the release of a plan that has no certificate and is not released yet, and for
 * the loss of an entry of an earlier ledger.
 */
bool ledger_write_released(struct ledger *ledger, struct arena *arena, struct text digest);
bool ledger_write_lost(struct ledger *ledger, struct arena *arena,
    const struct ledger_position *lost);

/*
 * Writes and syncs what ledger_write() took. False with errno: nothing of it
 * counts, and nothing can be appended any more (EIO) before ledger_mend(); never again where the
 * file was changed or exchanged by another (ESTALE).
 */
bool ledger_sync(struct ledger *ledger);

/*
 * After a write, sync or read that failed: cuts off what was not synced, which
 * nobody was promised, and reads the ledger anew. Does nothing when nothing
 * had failed. False with `why`: it is as it was, and may be tried again; in vain
 * where another has changed or exchanged the file.
 */
bool ledger_mend(struct ledger *ledger, struct arena *arena, struct text *why);

#endif
