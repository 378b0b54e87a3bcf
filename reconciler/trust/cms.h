#ifndef COUNTERSIGN_TRUST_CMS_H
#define COUNTERSIGN_TRUST_CMS_H

#include <stdbool.h>

#include <openssl/cms.h>

#include "base/arena.h"
#include "base/text.h"

/* A detached CMS signature (RFC 5652), as gpgsm, gitsign and `openssl cms -sign` make it. */
struct cms {
	CMS_ContentInfo *message;
	CMS_SignerInfo *signer;         /* the only one; borrowed */
	const ASN1_OCTET_STRING *digest;        /* of what was signed, as the signed attributes say; borrowed */
	STACK_OF(X509) *certificates;   /* that came with it */
	X509 *certificate;              /* the signer's among them, borrowed; NULL: it did not come */
	struct text signer_id;          /* as certificate_id(); absent: named in another way */
};

enum { CMS_CERTIFICATES_MOST = 8 };

/* Whether the armour is of this form, by its first line. */
bool cms_is_armour(struct text armour);

/*
 * Reads a signature and refuses what is not one plain detached signature: PEM
 * ("SIGNED MESSAGE", "CMS" or "PKCS7") with nothing behind it; signed data without content of its
 * own; exactly one signer, whose certificate comes with it at most once; SHA-256 or
 * longer; ECDSA, Ed25519 or RSA (PKCS #1 v1.5); signed attributes with one content
 * type and one digest; nothing in unsigned attributes, no CRLs. False with `why`
 * (a clause). The caller frees with cms_free() in either case.
 */
bool cms_read(struct arena *arena, struct text armour, struct cms *out, struct text *why);
void cms_free(struct cms *cms);

/*
 * Whether the signature is the certificate's over `message`; whose that is, is for
 * the caller to ask. False with `why`.
 */
bool cms_check(const struct cms *cms, X509 *certificate, struct text message, struct text *why);

#endif
