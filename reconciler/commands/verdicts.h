#ifndef COUNTERSIGN_COMMANDS_VERDICTS_H
#define COUNTERSIGN_COMMANDS_VERDICTS_H

#include "base/array.h"
#include "base/text.h"
#include "commands/clone.h"
#include "commands/command.h"
#include "commands/forecast.h"
#include "commands/output.h"
#include "commands/signing_key.h"

/* One of approve, reject, withdraw, cancel: what differs between them. */
struct verdict_kind {
	enum decision_kind decision;
	const struct command *command;
	const char *title;              /* "Approve": how a sentence begins */
	const char *trailer;            /* "Countersign-Approve" */
};

/* One request that is to be decided on. */
struct verdict {
	struct forecast forecast;
	struct request_record then;     /* what would become of it */
	struct text why_not;            /* why the decision would not count; absent when it would */
	bool unneeded;                  /* it was made already */
};

ARRAY(verdicts, struct verdict);

/* Who decides what, here. */
struct verdict_desk {
	struct clone *clone;
	const struct verdict_kind *kind;
	struct signing_key key;
	struct verdicts verdicts;
};

/*
 * The requests that are a person's to decide on in this way: for approve those
 * that wait for the person, for reject those whose steps the person could approve, for
 * withdraw those the person approved, for cancel the person's own.
 */
bool verdicts_for(struct verdict_desk *desk, struct text person, struct texts *ids);

/*
 * Forecasts the request and what the decision would do. Gives OPTIONS_GO_ON,
 * or an exit status after a complaint when there is nothing to decide.
 */
int verdict_prepare(struct verdict_desk *desk, struct text id, struct text commit);

/* Prints the whole request and what the decision would do to it. */
void verdict_show(struct verdict_desk *desk, const struct verdict *verdict, struct output *output);

#endif
