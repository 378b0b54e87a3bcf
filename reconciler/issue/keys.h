#ifndef COUNTERSIGN_ISSUE_KEYS_H
#define COUNTERSIGN_ISSUE_KEYS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/policy.h"

/* What people make on their own machines: keys, CSRs, a CA to start with. */

/*
 * Makes a private key ("ECDSA-P256", "ECDSA-P384", "Ed25519", "RSA-2048",
 * "RSA-3072", "RSA-4096") as PKCS#8 PEM. False with `why`.
 */
bool private_key_new(struct arena *arena, struct text algorithm, struct text *pem,
    struct text *why);

/* A certification request (PKCS#10, PEM) for a PEM private key with subject and alternative names. */
bool csr_new(struct arena *arena, struct text key_pem, const struct subject_names *subject,
    const struct alt_names *alt_names, struct text *pem);

/* How a CA certificate is to be made. */
struct ca_order {
	struct text common_name;
	struct text organization;       /* absent allowed */
	struct text key;                /* PEM private key of the new CA */
	struct text issuer_key;         /* PEM; absent: self-signed root */
	struct text issuer_certificate; /* PEM; absent: self-signed root */
	moment not_before;
	moment not_after;
	int64_t path_length; /* -1: no limit */
};

/* Makes a CA certificate (PEM), for `countersign init` and tests. False with `why`. */
bool ca_certificate_new(struct arena *arena, const struct ca_order *order, struct text *pem,
    struct text *why);

#endif
