#ifndef COUNTERSIGN_TRUST_KEY_TYPE_H
#define COUNTERSIGN_TRUST_KEY_TYPE_H

#include <stdbool.h>

#include "base/text.h"

enum key_family { KEY_ED25519, KEY_ECDSA, KEY_RSA };

/* What is fixed for each type of SSH key that may sign here. */
struct key_type {
	const char *name;               /* RFC 8709, RFC 5656, RFC 4253, OpenSSH PROTOCOL.u2f */
	enum key_family family;
	bool security_key;              /* held by a FIDO authenticator: "sk-" */
	/* ECDSA only */
	const char *curve;              /* RFC 5656 section 10.1 */
	const char *group;              /* OpenSSL's name of it */
	const char *digest;             /* RFC 5656 section 6.2.1 */
	struct text order;              /* of the base point, most significant octet first */
	/* the public value: a point (SEC 1 section 2.3.3, uncompressed) or an Ed25519 key; 0 for RSA */
	size_t public_bytes;
	struct text spki_prefix;        /* DER SubjectPublicKeyInfo up to the public value */
};

/* The type with this name, or NULL. */
const struct key_type *key_type_named(struct text name);

#endif
