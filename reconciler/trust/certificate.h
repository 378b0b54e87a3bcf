#ifndef COUNTERSIGN_TRUST_CERTIFICATE_H
#define COUNTERSIGN_TRUST_CERTIFICATE_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "base/arena.h"
#include "base/moment.h"
#include "base/text.h"
#include "trust/sshkey.h"

/* X.509 certificates (RFC 5280) of people who sign: not those that are issued here. */

enum { CERTIFICATE_BYTES = 32 * 1024, CERTIFICATE_NAMES_MOST = 32 };

/*
 * One PEM certificate and nothing else. The caller frees it with X509_free().
 * NULL with `why` (a clause).
 */
X509 *certificate_read(struct arena *arena, struct text pem, struct text *why);

/* "SHA256:" and unpadded base64 of the SHA-256 of its DER. */
struct text certificate_fingerprint(struct arena *arena, X509 *certificate);

/* Hex SHA-256 of an issuer and a serial number (RFC 5652 section 10.2.4), which name a certificate. */
struct text certificate_id(struct arena *arena, const X509_NAME *issuer,
	const ASN1_INTEGER *serial);

/* From when until when (exclusive) it is valid; false when a date makes no sense. */
bool certificate_validity(X509 *certificate, moment *from, moment *until);

/*
 * Its public key in SSH's form, by which one key is one key whatever wraps it:
 * RSA of 2048 bits or more, Ed25519, the NIST curves. False with `why` (a clause).
 */
bool certificate_public_key(struct arena *arena, X509 *certificate, struct ssh_public_key *out,
	struct text *why);

/*
 * Whether it may sign statements: without malformed extensions and critical ones
 * that are not known, and by its key usage, if it has one, digitalSignature or
 * nonRepudiation. False with `why`.
 */
bool certificate_may_sign(X509 *certificate, struct text *why);

/*
 * Whether it may issue others: by basicConstraints and by a key usage, which RFC
 * 5280 section 4.2.1.3 demands.
 */
bool certificate_may_issue(X509 *certificate);

/*
 * An address as it is compared: the part before the @ as it is, the domain in lower
 * case (RFC 5280 section 7.5).
 */
struct text certificate_email_form(struct arena *arena, struct text email);

/* Whom a certificate is for. */
struct certificate_names {
	struct text subject;    /* RFC 4514, as `openssl x509 -noout -subject -nameopt RFC2253,-esc_msb` prints it */
	struct texts emails;    /* rfc822Name among the first CERTIFICATE_NAMES_MOST alternative names, as compared */
};

struct certificate_names certificate_names(struct arena *arena, X509 *certificate);

/*
 * Whether `authority` issued it for signing, over at most CERTIFICATE_CHAIN_MOST of `others`, at a
 * moment: no other root counts, and nothing weaker than 112 bits; of the extended key usages
 * emailProtection and codeSigning one must be in all certificates that have any. False with `why`.
 */
enum { CERTIFICATE_CHAIN_MOST = 4 };
bool certificate_issued_by(struct arena *arena, X509 *certificate, X509 *authority,
	STACK_OF(X509) *others, moment at, struct text *why);

#endif
