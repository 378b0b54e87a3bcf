#ifndef COUNTERSIGN_ISSUE_ORDER_H
#define COUNTERSIGN_ISSUE_ORDER_H

#include <stdbool.h>

#include "base/arena.h"
#include "issue/authority_certificate.h"
#include "issue/certificate.h"
#include "issue/public_key.h"
#include "issue/signer.h"
#include "model/local.h"
#include "model/plan.h"

/*
 * Whether the intent belongs to the plan: digest, the serial's form, notBefore
 * not before the decision and as the plan has it, notAfter = notBefore +
 * lifetime - 1, all within the authority's validity. False with `why`.
 */
bool order_check_intent(struct arena *arena, const struct plan *plan, const struct intent *intent,
    const struct authority_certificate *authority, struct text *why);

/*
 * order_limits.c: whether the plan keeps below the local ceilings (see
 * countersign.yaml(5)): lifetime, CA, extended key usages, and every name that says
 * for which host or address the certificate is. False with `why`.
 */
bool order_check_limits(struct arena *arena, const struct plan *plan,
    const struct local_limits *limits, struct text *why);

/*
 * Whether the plan is one that RFC 5280 lets a CA certify: names in their
 * canonical forms and lengths, usages that go together and fit the key, the
 * path length; extended key usages within those of the CA, where it has any. False with `why`.
 */
bool order_check_plan(struct arena *arena, const struct plan *plan, const struct public_key *key,
    const struct authority_certificate *authority, struct text *why);

/* What the certificate will say; all of it was checked before. False with `why`. */
bool order_content(struct arena *arena, const struct plan *plan, const struct intent *intent,
    const struct public_key *key, struct certificate_content *out, struct text *why);

#endif
