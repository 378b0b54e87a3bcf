#ifndef COUNTERSIGN_ISSUE_CSR_H
#define COUNTERSIGN_ISSUE_CSR_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "model/request.h"

/*
 * Reads a PEM certification request (RFC 2986) of at most 64 KiB: verifies its
 * self-signature (proof of possession), refuses weak and blocked keys (RSA not
 * 2048, 3072 or 4096 bits, public exponent below 65537 or even, ROCA-shaped moduli; curves
 * other than P-256 and P-384, points not on them; …) and gives what it says.
 * False with a reason at `position`.
 */
bool csr_read(struct arena *arena, struct text pem, struct position position, struct csr_facts *out,
    struct reasons *reasons);

#endif
