#ifndef COUNTERSIGN_ISSUE_KEEPER_SERVICE_H
#define COUNTERSIGN_ISSUE_KEEPER_SERVICE_H

#include "issue/keeper.h"

/* Says that the keeper cannot begin, and why; the other side hears it from signer_open(). */
void keeper_say_failed(int descriptor, struct text why);

/*
 * Says that the keeper is ready, then answers what it is asked until the other
 * side closes its end. What is no question is answered with why it is none;
 * after bytes that are not even a message nothing more is heard. True when the end was a clean one.
 */
bool keeper_serve(struct keeper *keeper, int descriptor);

#endif
