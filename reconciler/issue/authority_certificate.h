#ifndef COUNTERSIGN_ISSUE_AUTHORITY_CERTIFICATE_H
#define COUNTERSIGN_ISSUE_AUTHORITY_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "issue/public_key.h"

/* What issuing needs of a CA's certificate. */
struct authority_certificate {
	struct text der;
	struct text sha256;         /* hex, of the DER */
	struct text subject;        /* DER Name: the issuer of what it signs */
	struct text subject_text;   /* RFC 4514 */
	struct text key_identifier; /* its SubjectKeyIdentifier */
	struct public_key key;
	moment not_before;
	moment not_after;
	int64_t path_length;    /* -1: no limit */
	/*
	 * Contents of the identifiers; none: no limit. RFC 5280 gives them no meaning for what
	 * stands below a CA, but OpenSSL, NSS and browsers do.
	 */
	struct texts extended_key_usages;
	bool self_issued;       /* subject and issuer are the same: a root */
	bool names_constrained; /* it has name constraints */
};

/*
 * Reads one PEM certificate and checks that it may sign certificates as RFC
 * 5280 has it: version 3, critical basicConstraints with cA (4.2.1.9),
 * keyUsage with keyCertSign (4.2.1.3), a subject (4.1.2.6), a subject key
 * identifier (4.2.1.2), a key of an accepted kind. False with `why`.
 */
bool authority_certificate_read(struct arena *arena, struct text pem,
    struct authority_certificate *out, struct text *why);

/*
 * Whether a certificate that the authority is to issue keeps within the name
 * constraints of the authority's certificate (RFC 5280 section 4.2.1.10):
 * outside them nobody would accept it. `der` is a whole certificate. False with `why`.
 */
bool authority_permits_names(struct arena *arena, const struct authority_certificate *authority,
    struct text der, struct text *why);

/* As RFC 4514 writes it; absent when it cannot be written. */
struct text x509_name_text(struct arena *arena, const X509_NAME *name);

/* False when it is malformed or before 1970. */
bool x509_time_read(const ASN1_TIME *time, moment *out);

/*
 * A certificate (DER) for OpenSSL, nothing after it; NULL when it is malformed, or larger than
 * what is issued ever is. The caller frees it.
 */
X509 *x509_decode(struct text der);

/* One PEM certificate for OpenSSL, nothing after it. NULL with `why`; the caller frees it. */
X509 *x509_read(struct arena *arena, struct text pem, struct text *why);

/* The same for the first certificate of a PEM text, taken off the front of `rest`; gives its DER, too. */
X509 *x509_read_first(struct arena *arena, struct text *rest, struct text *der, struct text *why);

/*
 * The authority's certificate as it stands behind those that it issued: PEM;
 * "" for a root, which is never handed out.
 */
struct text authority_certificate_handed_out(struct arena *arena,
    const struct authority_certificate *authority);

/*
 * All certificates of a PEM text, at most 16. False with `why`. The caller
 * frees the stack and them, whatever is returned.
 */
bool x509_read_all(struct arena *arena, struct text pem, STACK_OF(X509) * certificates,
    struct text *why);

#endif
