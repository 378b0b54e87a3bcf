#ifndef COUNTERSIGN_ISSUE_LINT_EXTENSIONS_H
#define COUNTERSIGN_ISSUE_LINT_EXTENSIONS_H

#include "issue/lint.h"

/* The part of certificate_lint() about the content of the field `extensions`. */
bool lint_extensions(struct arena *arena, struct text der, const struct lint_expectation *expected,
    struct text *why);

#endif
