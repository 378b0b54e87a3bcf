#ifndef COUNTERSIGN_ISSUE_ISSUED_CERTIFICATE_H
#define COUNTERSIGN_ISSUE_ISSUED_CERTIFICATE_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/plan.h"

/*
 * Whether a certificate (DER) is the one that the intent decided on: serial
 * number and validity. Sets its issuer, as RFC 4514 writes it.
 */
bool issued_certificate_matches(struct arena *arena, struct text der, const struct intent *intent,
    struct text *issuer);

/* The serial number and validity of a certificate (DER), as an intent; false when it cannot be read. */
bool issued_certificate_intent(struct arena *arena, struct text der, struct intent *out);

/* Whether a certificate (DER) was signed with this key. */
bool issued_certificate_by(struct text der, EVP_PKEY *key);

#endif
