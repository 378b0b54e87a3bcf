#ifndef COUNTERSIGN_EVALUATE_NAME_FORMS_H
#define COUNTERSIGN_EVALUATE_NAME_FORMS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/policy.h"

/*
 * The forms that names in a certificate may have, and whether a policy's
 * pattern covers one. In DNS names, and in the host part of the others, a
 * pattern's `*` never crosses a '.', as FORMAT section 2 says; elsewhere
 * (a local part, a path, an organization) it is any characters.
 */

/*
 * The canonical form of an alternative name. NULL with `out` set, or what is
 * wrong, to stand behind the quoted value: "is empty".
 *   dns    lower-case letters, digits, hyphens; A-labels (RFC 5890); "*" first
 *   ip     dotted decimal or RFC 5952; no IPv4-mapped IPv6 address
 *   email  dot-string local part (RFC 5321 section 4.1.2), domain in lower case
 *   uri    absolute, normal form of RFC 3986 section 6.2.2, no user information
 *   upn    as email
 */
const char *alt_name_canonical(struct arena *arena, enum alt_name_type type, struct text value,
    struct text *out);

/*
 * What is wrong with a value of a subject attribute, NULL for nothing: UTF-8
 * without control characters or characters that cannot be seen, no space at
 * the ends, within the upper bounds of RFC 5280 appendix A.1.
 */
const char *subject_value_problem(struct arena *arena, enum subject_attribute attribute,
    struct text value);

/*
 * Lists of what is allowed are read narrowly: the pattern must cover all that
 * the name stands for. Lists of what is denied are read broadly: in any
 * letter case, and a wildcard is caught when anything it stands for is.
 */
enum list_reading { READ_NARROWLY, READ_BROADLY };

bool alt_name_covered(enum alt_name_type type, struct text value, struct text pattern,
    enum list_reading reading);
bool subject_value_covered(struct arena *arena, enum subject_attribute attribute, struct text value,
    struct text pattern, enum list_reading reading);

/* Whether a pattern for this type can match anything; for the check of a configuration. */
bool alt_name_pattern_valid(enum alt_name_type type, struct text pattern);
bool subject_pattern_valid(enum subject_attribute attribute, struct text pattern);

#endif
