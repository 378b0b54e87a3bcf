#ifndef COUNTERSIGN_ISSUE_SIGNER_PRIVATE_H
#define COUNTERSIGN_ISSUE_SIGNER_PRIVATE_H

#include "issue/authority_certificate.h"
#include "issue/ledger.h"
#include "issue/signer.h"
#include "issue/signing_key.h"

/* What the files of the signer share, and nobody else sees. */

/* A CA certificate as it was read from an order, and its key to verify with what was signed. */
struct known_certificate {
	struct known_certificate *next;
	struct text pem;       /* as it was given */
	struct text canonical; /* PEM as it is handed out; "" for a root */
	struct authority_certificate certificate;
	EVP_PKEY *handle;
};

/*
 * A key and the certificates that it was used with lately: they seldom change,
 * and reading one costs more than a signature.
 */
struct signing_authority {
	struct signing_key key;
	struct arena *memory; /* of the certificates */
	struct known_certificate *known;
	size_t known_count;
};

ARRAY(signing_authorities, struct signing_authority);

struct signer {
	struct arena *own;
	struct signing_authorities authorities;
	struct local_limits limits;
	struct ledger *ledger;
};

#endif
