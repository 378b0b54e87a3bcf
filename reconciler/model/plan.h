#ifndef COUNTERSIGN_MODEL_PLAN_H
#define COUNTERSIGN_MODEL_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/moment.h"
#include "base/text.h"
#include "model/policy.h"

/*
 * What will be issued (FORMAT section 3). The canonical text is what people
 * sign; the structure is the same thing decoded.
 */
struct plan {
	struct text repository;
	struct text request;
	int64_t generation;
	struct text action;                         /* "issue" */
	struct text requester;
	struct text profile;
	struct text authority;
	struct text authority_certificate_sha256;   /* hex */
	struct text public_key_sha256;              /* hex */
	struct subject_names subject;
	struct alt_names alt_names;                 /* canonical: lower-case A-labels, canonical addresses */
	struct texts key_usages;                    /* sorted, each once */
	struct texts extended_key_usages;           /* sorted, each once */
	bool ca;
	int64_t path_length;                        /* -1: none */
	struct text crl_distribution_point;         /* absent: none */
	struct text signature_algorithm;
	duration lifetime;                          /* notAfter = notBefore + lifetime - 1 */
	moment not_before;                          /* 0: at issuance */
	struct text text;                           /* the canonical text */
	struct text digest;                         /* "sha256:…" of the text */
};

/* The durable decision to issue: what the signer works from, and nothing else. */
struct intent {
	bool present;
	struct text digest;                         /* of the plan */
	struct text serial_number;                  /* 38 hex digits: 19 octets */
	moment not_before;
	moment not_after;
	moment decided_at;
	struct texts evidence;                      /* hex SHA-256 of what was counted, sorted */
};

#endif
