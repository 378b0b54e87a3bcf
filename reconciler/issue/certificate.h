#ifndef COUNTERSIGN_ISSUE_CERTIFICATE_H
#define COUNTERSIGN_ISSUE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "issue/algorithms.h"
#include "model/policy.h"

/* What a certificate says (RFC 5280 section 4.1.2). */
struct certificate_content {
	struct text serial_number; /* octets, big-endian, the first from 0x01 to 0x7f */
	enum signature_algorithm algorithm;
	struct text issuer; /* DER Name */
	moment not_before;
	moment not_after;
	const struct subject_names *subject;
	struct text public_key; /* DER SubjectPublicKeyInfo */
	const struct alt_names *alt_names;
	bool ca;
	int64_t path_length;              /* -1: none */
	unsigned key_usages;              /* set of enum key_usage; 0: no such extension */
	struct texts extended_key_usages; /* contents of OBJECT IDENTIFIERs */
	struct text subject_key_identifier;
	struct text authority_key_identifier; /* absent: no such extension */
	struct text crl_distribution_point;   /* absent: no such extension */
};

/*
 * The DER TBSCertificate, version 3. Critical are basic constraints, key usage,
 * the alternative names of a certificate without a subject, and the extended key usage of
 * one for time stamping alone (RFC 3161 section 2.3). Absent when an address
 * is none.
 */
struct text tbs_certificate_write(struct arena *arena, const struct certificate_content *content);

/* TBSCertificate + signature → Certificate. */
struct text certificate_assemble(struct arena *arena, struct text tbs,
    enum signature_algorithm algorithm, struct text signature);

/*
 * The file that a certificate is handed out in: itself, its authority's
 * certificate ("" for none) and the PEM of the intermediates above that (absent allowed).
 */
struct text certificate_with_chain(struct arena *arena, struct text der, struct text authority,
    struct text chain);

/* A Time as RFC 5280 section 4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime from 2050. */
void time_write(struct buffer *buffer, moment at);

#endif
