#ifndef COUNTERSIGN_ISSUE_KEEPER_SERVICE_H
#define COUNTERSIGN_ISSUE_KEEPER_SERVICE_H

#include "issue/keeper.h"

/*
 * How what is asked is answered, by the keeper itself or by whoever stands before it: what
 * issue/signer.h gives to those who ask.
 */
struct keeper_answers {
	void *context;
	void (*issue_all)(void *context, struct arena *arena, const struct signing_orders *orders,
	    struct signing_outcome *outcomes);
	enum release_result (*release)(void *context, struct arena *arena, struct text plan,
	    struct text *why);
	bool (*ledger_view)(void *context, struct arena *arena,
	    const struct ledger_positions *asked, struct ledger_view *out, struct text *why);
	bool (*accept_loss)(void *context, struct arena *arena, const struct ledger_position *lost,
	    const struct texts *plans, struct text *why);
	/* `along` are objects that may be wanted. NULL: nothing is shown here */
	enum show_result (*show)(void *context, struct arena *arena, struct text output,
	    const struct evidence_objects *along, struct text *remark);
	/* Whether there is an answer to be given, and something to be asked again. NULL: always. */
	bool (*goes_on)(const void *context);
};

/*
 * Says that all is ready, then answers what is asked until the other side
 * closes its end. What is no question is answered with why it is none; after bytes that are not
 * even a message nothing more is heard. True when the end was a clean one.
 */
bool keeper_answer(const struct keeper_answers *answers, int descriptor);

/* The same by a keeper. */
bool keeper_serve(struct keeper *keeper, int descriptor);

/* Says that the keeper cannot begin, and why; the other side hears it from signer_open(). */
void keeper_say_failed(int descriptor, struct text why);

#endif
