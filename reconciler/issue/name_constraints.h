#ifndef COUNTERSIGN_ISSUE_NAME_CONSTRAINTS_H
#define COUNTERSIGN_ISSUE_NAME_CONSTRAINTS_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/authority.h"

/* Whether a certificate has name constraints (RFC 5280 section 4.2.1.10). */
bool name_constraints_present(const X509 *certificate);

/*
 * Whether a certificate keeps within the name constraints of one that has them and stands above
 * it, both DER; a common name that could be a host's is taken for one. False with `why`, in
 * OpenSSL's words; also for constraints of a kind that it cannot judge.
 */
bool name_constraints_permit(struct arena *arena, struct text above, struct text certificate,
    struct text *why);

/* The same for names that no certificate has yet, and several above it: see model/authority.h. */
names_permitted name_constraints_permit_names;

#endif
