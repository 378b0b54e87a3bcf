#ifndef COUNTERSIGN_ISSUE_KEEPER_H
#define COUNTERSIGN_ISSUE_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "issue/signer.h"
#include "model/local.h"

/*
 * The keeper: CA keys, the ledger, the local limits. It lives in a process of
 * its own, which never parses anything but plans, intents and CA certificates;
 * those who want a certificate speak to it through issue/signer.h.
 */
struct keeper;

/*
 * Sets a part of this process's memory aside for keys, which is not swapped
 * out and does not go into core dumps; before any key is read. False when it cannot be
 * locked (RLIMIT_MEMLOCK): keys are kept there all the same.
 */
bool keeper_set_memory_aside(void);

/*
 * What the keeper's machine says, in microseconds: seconds that two clocks
 * begin at different instants differ by one, now and then.
 */
struct keeper_clock {
	int64_t now;     /* the system's clock, since 1970 */
	int64_t running; /* since the machine was started */
};

struct keeper_clock keeper_clock_read(void);

/*
 * Reads the keys and PINs in files, and opens the ledger in the state
 * directory (made when absent, its chain verified from the start): all that may need root's rights.
 * False with `why`. The caller frees with keeper_close(), which wipes the keys.
 */
bool keeper_open(const struct local_configuration *local, const struct keeper_clock *clock,
    struct arena *arena, struct keeper **out, struct text *why);

/* Loads the PKCS#11 modules and finds the keys behind them; their PINs are forgotten then. False with `why`. */
bool keeper_open_tokens(struct keeper *keeper, struct arena *arena, struct text *why);

/* Whether a key is behind PKCS#11. */
bool keeper_has_tokens(const struct keeper *keeper);

void keeper_close(struct keeper *keeper);

/* A plan and intent that were seen first within these bounds of the keeper's clock are signed. */
enum { INTENT_AHEAD_SECONDS = 15 * 60 };

/*
 * What signer_issue_all() gives, chains not appended (signed_certificate.below_chain says
 * whether they are to be). An intent that the ledger does
 * not know yet is refused when it is older than limits.intentAge, and fails for now when it is in the future by
 * the system's clock, or limits.perHour have been begun in the hour before, by the ledger's times.
 */
void keeper_issue_all(struct arena *arena, struct keeper *keeper,
    const struct signing_orders *orders, const struct keeper_clock *clock,
    struct signing_outcome *outcomes);

/* See signer_release(), signer_ledger_view() and signer_accept_loss(), which ask these. */
enum release_result keeper_release(struct arena *arena, struct keeper *keeper, struct text plan,
    struct text *why);
bool keeper_ledger_view(struct arena *arena, struct keeper *keeper,
    const struct ledger_positions *asked, struct ledger_view *out, struct text *why);

/* With lost->number 0 the plans are given up, and no loss is entered yet. */
bool keeper_accept_loss(struct arena *arena, struct keeper *keeper,
    const struct ledger_position *lost, const struct texts *plans, struct text *why);

#endif
