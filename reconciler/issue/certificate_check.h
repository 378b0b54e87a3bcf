#ifndef COUNTERSIGN_ISSUE_CERTIFICATE_CHECK_H
#define COUNTERSIGN_ISSUE_CERTIFICATE_CHECK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"
#include "model/plan.h"

struct authority_certificate;

/* What a certificate's file on the output branch must be. */
struct certificate_claim {
	struct text plan; /* canonical text */
	const struct intent *intent;
	/* the certificate whose SHA-256 the plan names; NULL: there is none */
	const struct authority_certificate *authority;
	struct text chain;                 /* PEM of the intermediates above it; absent allowed */
	bool alone; /* nothing stands behind it: its authority has another certificate by now */
};

/* What stands in the file, as far as it could be read; texts absent otherwise. */
struct certificate_found {
	struct text der;
	struct text sha256;        /* hex, of the DER */
	struct text serial_number; /* hex */
	struct text issuer;        /* RFC 4514, of the authority's certificate */
	const char *code;          /* what is wrong, a stable word; NULL: nothing */
	struct text why;           /* the same as a sentence */
};

/*
 * An authority's certificate (PEM), read once for all the claims that name it, in the arena. NULL
 * with `why` for one that may not sign certificates; see authority_certificate_read().
 */
const struct authority_certificate *certificate_check_authority(struct arena *arena,
    struct text pem, struct text *why);

/*
 * Reads a certificate's file (the certificate, then its intermediates) with
 * OpenSSL, which had no part in writing it, and compares every byte with what
 * plan, intent and authority say: serial number, validity, names, key, every
 * extension (RFC 5280 section 4.1), the signature with the authority's public key,
 * the intermediates. True when nothing is wrong. Codes: CertificateMalformed,
 * SerialDiffers, PublicKeyDiffers, AuthorityDiffers, CertificateDiffers,
 * CertificateNotSigned, ChainDiffers.
 */
bool certificate_check(struct arena *arena, struct text pem, const struct certificate_claim *claim,
    struct certificate_found *out);

#endif
