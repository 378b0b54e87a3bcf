#ifndef COUNTERSIGN_MODEL_AUTHORITY_H
#define COUNTERSIGN_MODEL_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/policy.h"

/*
 * Whether a certificate may have these names below certificates with name constraints (DER; RFC
 * 5280 section 4.2.1.10): of the same names always the same. False with `why`.
 */
typedef bool names_permitted(struct arena *arena, const struct texts *constraining,
    const struct subject_names *subject, const struct alt_names *alt_names, struct text *why);

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
	struct texts constraining;      /* its certificate and those above it that have name constraints; DER */
	names_permitted *permits_names; /* issue/'s judgement of them; NULL: there are none */
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
