#ifndef COUNTERSIGN_MODEL_AUTHORITY_H
#define COUNTERSIGN_MODEL_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"

/*
 * What a CA certificate says, as far as planning and evaluation need it. Made
 * from its bytes by issue/, so that evaluation needs no X.509 library.
 */
struct authority_facts {
	bool good;                      /* parsed, is a CA, may sign certificates */
	struct text sha256;             /* hex, of the DER */
	struct text subject;            /* RFC 4514 */
	struct text key_algorithm;      /* "ECDSA-P256", "Ed25519", "RSA-3072", … */
	moment not_before;
	moment not_after;
	int64_t path_length;            /* -1: no limit */
	struct texts extended_key_usages; /* each in every spelling of a plan; none: no limit */
};

struct certificate_authority {
	struct text name;
	struct text type;               /* "internal", "acme", "cfssl", "est", "exec" */
	struct text certificate;        /* PEM, internal */
	struct text chain;              /* PEM, intermediates above it; absent allowed */
	struct text root;               /* PEM; absent allowed */
	struct text crl_distribution_point; /* absent: no CRL distribution point is issued */
	duration crl_validity;          /* default 7d */
	struct authority_facts facts;   /* filled after decoding */
	struct position position;
};

ARRAY(certificate_authorities, struct certificate_authority);

#endif
