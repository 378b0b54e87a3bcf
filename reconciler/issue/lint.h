#ifndef COUNTERSIGN_ISSUE_LINT_H
#define COUNTERSIGN_ISSUE_LINT_H

#include <stdbool.h>

#include "base/arena.h"
#include "issue/authority_certificate.h"
#include "issue/public_key.h"
#include "model/plan.h"

/* What a certificate must be. */
struct lint_expectation {
	const struct plan *plan;
	const struct intent *intent;
	const struct public_key *key; /* the subject's */
	const struct authority_certificate *authority;
};

/*
 * Reads a whole certificate back and compares every field with plan, intent
 * and authority; nothing may be missing and nothing may be there besides. Names and
 * extensions are read by OpenSSL, which had no part in writing them. The
 * signature itself is not looked at. False with `why`, which names the field.
 */
bool certificate_lint(struct arena *arena, struct text der, const struct lint_expectation *expected,
    struct text *why);

#endif
