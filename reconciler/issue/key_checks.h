#ifndef COUNTERSIGN_ISSUE_KEY_CHECKS_H
#define COUNTERSIGN_ISSUE_KEY_CHECKS_H

#include <stdbool.h>

#include "issue/public_key.h"

/*
 * Refuses keys that are easy to break, as the baseline requirements of the
 * web's CAs do (section 6.1.1.3): RSA exponents that are even or below 65537,
 * moduli with a small factor, moduli with the fingerprint of the Infineon
 * library (CVE-2017-15361), moduli of two close primes (CVE-2022-26320, 100
 * rounds of Fermat's method). Ed25519: points of small order. False with an
 * objection.
 *
 * Keys from lists of leaked or predictable ones (Debian's of 2008, say) are
 * not known here: no library in use has such a list.
 */
bool key_check(const struct public_key *key, struct objection *objection);

#endif
