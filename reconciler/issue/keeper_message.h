#ifndef COUNTERSIGN_ISSUE_KEEPER_MESSAGE_H
#define COUNTERSIGN_ISSUE_KEEPER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "issue/signer.h"

/*
 * What is said between the keeper and those who ask it, version 1. Numbers are
 * big-endian. A message is
 *
 *   "CSK1"  type (4 octets)  length of the body (4 octets)  body
 *
 * and a body has these fields, in this order and nothing after them, where a
 * text is its length (4 octets) and its bytes, and a moment has 8 octets:
 *
 *   READY    ready (4 octets: 0 or 1), why (text; empty when ready)
 *   ORDERS   count (4 octets), for each order: plan, intent, public key, authority certificate
 *   OUTCOMES count, for each: result (4 octets), then with SIGNING_DONE: PEM, whether the
 *            chain belongs to it (4), SHA-256, issuer, number in the ledger (8), hash; otherwise:
 *            whether it can be released (4), why, whether an intent follows (4), intent
 *   RELEASE  plan            RELEASED  result (4 octets), why
 *   VIEW     positions       VIEWED    done (4 octets), why, newest position, count, for each 0 or 1 (4)
 *   LOSS     position, count, for each: digest of a plan     LOST  done (4 octets), why
 *
 * Between the reconciler and the checker, which passes on what the keeper is to hear, all of that and:
 *
 *   SHOW     id of an output commit (text), then as in OBJECTS what will be wanted of it
 *   SHOWN    result (4 octets), what there is to say
 *   WANT     id of an object (text); from the checker, before it answers
 *   OBJECTS  count (4 octets), for each: kind (4), bytes (text): first the wanted one, then others that
 *            may be wanted next; none when it is not to be had
 *   LARGE    kind (4), length (8): in place of OBJECTS, for one that does not fit; followed by
 *   PIECE    bytes (text), as often as it takes; an empty one: the rest is not to be had
 *
 *   REFUSED  why: what was said to the keeper is not of this form
 *
 * intent: digest, serial number, notBefore, notAfter, decidedAt.
 * positions: count, for each: number (8 octets), hash. Each length has its limit. The chain above an authority is none of the
 * keeper's business, nor is the evidence: it does not get them.
 */
enum keeper_message {
	KEEPER_READY = 1,
	KEEPER_ORDERS,
	KEEPER_OUTCOMES,
	KEEPER_RELEASE,
	KEEPER_RELEASED,
	KEEPER_VIEW,
	KEEPER_VIEWED,
	KEEPER_LOSS,
	KEEPER_LOST,
	KEEPER_REFUSED,
	CHECKER_SHOW,
	CHECKER_SHOWN,
	CHECKER_WANT,
	CHECKER_OBJECTS,
	CHECKER_LARGE,
	CHECKER_PIECE,
	KEEPER_MESSAGES
};

enum {
	KEEPER_HEADER_BYTES = 12,
	KEEPER_BODY_MOST_BYTES = 8 * 1024 * 1024,
	KEEPER_ORDERS_MOST = 256,
	KEEPER_POSITIONS_MOST = 10000, /* and digests of plans in one LOSS */
};

/* The header of a message with a body of that length. */
void keeper_header_write(enum keeper_message type, size_t length,
    unsigned char header[KEEPER_HEADER_BYTES]);

/* False when it is none of version 1, or announces too long a body. */
bool keeper_header_read(const unsigned char header[KEEPER_HEADER_BYTES],
    enum keeper_message *type, size_t *length);

/* The body of READY, RELEASED and LOST: a number below `numbers`, and why; `why` is cut to what may be said. */
struct text keeper_verdict_write(struct arena *arena, unsigned number, struct text why);
bool keeper_verdict_read(struct arena *arena, struct text body, unsigned numbers,
    unsigned *number, struct text *why);

/* The body of RELEASE and REFUSED: a text of at most that many bytes; it points into the body. */
struct text keeper_text_write(struct arena *arena, struct text text);
bool keeper_text_read(struct text body, size_t most_bytes, struct text *text);
enum { KEEPER_WHY_BYTES = 4096 };

/* The body of VIEW. */
struct text keeper_positions_write(struct arena *arena, const struct ledger_positions *positions);
bool keeper_positions_read(struct arena *arena, struct text body, struct ledger_positions *out);

/* The body of VIEWED: `why` is absent when the view is good; `count` answers. */
struct keeper_view {
	struct text why;
	struct ledger_view view;
	size_t count;
};
struct text keeper_view_write(struct arena *arena, const struct keeper_view *view);
bool keeper_view_read(struct arena *arena, struct text body, struct keeper_view *out);

/* The body of LOSS; number 0: the loss itself is not entered yet. */
struct keeper_loss {
	struct ledger_position lost;
	struct texts plans;
};
struct text keeper_loss_write(struct arena *arena, const struct keeper_loss *loss);
bool keeper_loss_read(struct arena *arena, struct text body, struct keeper_loss *out);

/*
 * How many of the orders, from the first on, go into one body, and what comes of them into
 * another; 0 when the first is too long for any. Absent intents are the reader's to refuse.
 */
size_t keeper_orders_fit(const struct signing_order *orders, size_t count);
struct text keeper_orders_write(struct arena *arena, const struct signing_order *orders,
    size_t count);

/* False with `why`; the texts in `out` point into the body. */
bool keeper_orders_read(struct arena *arena, struct text body, struct signing_orders *out,
    struct text *why);

struct text keeper_outcomes_write(struct arena *arena, const struct signing_outcome *outcomes,
    size_t count);

/* Takes exactly `count` outcomes; texts point into the body. False when they are not that. */
bool keeper_outcomes_read(struct text body, struct signing_outcome *outcomes, size_t count);

/* The body of OBJECTS; texts point into the body. False when it is not that, or has an unknown kind. */
enum { CHECKER_OBJECTS_MOST = EVIDENCE_ALONG_MOST, CHECKER_ID_BYTES = 64 };
struct text keeper_objects_write(struct arena *arena, const struct evidence_objects *objects);
bool keeper_objects_read(struct arena *arena, struct text body, struct evidence_objects *out);

/* The body of SHOW; texts point into the body. False when it is not that. */
struct text keeper_show_write(struct arena *arena, struct text output,
    const struct evidence_objects *along);
bool keeper_show_read(struct arena *arena, struct text body, struct text *output,
    struct evidence_objects *along);

/* How many bytes of the body an object takes. */
size_t keeper_object_bytes(const struct evidence_object *object);

/* The body of LARGE: an object whose content is still to come. */
struct text keeper_large_write(struct arena *arena, const char *type, uint64_t length);
bool keeper_large_read(struct text body, const char **type, uint64_t *length);

#endif
