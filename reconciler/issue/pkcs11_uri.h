#ifndef COUNTERSIGN_ISSUE_PKCS11_URI_H
#define COUNTERSIGN_ISSUE_PKCS11_URI_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* Where a private key is, as RFC 7512 writes it; what is absent may be anything. */
struct pkcs11_uri {
	struct text token;        /* the token's label */
	struct text manufacturer;
	struct text model;
	struct text serial;
	struct text object;       /* the key's label */
	struct text id;           /* octets */
	struct text module_path;  /* absent: the proxy module of p11-kit */
	struct text pin_source;   /* path of the file that holds the PIN; absent: no PIN */
};

/*
 * Reads such a URI strictly: percent-encoding undone, no attribute twice, none
 * that is unknown, at least a token and one of object and id. A PIN in the URI
 * itself is refused, for a configuration is read by people. False with `why`, which never shows a PIN.
 */
bool pkcs11_uri_read(struct arena *arena, struct text uri, struct pkcs11_uri *out,
    struct text *why);

#endif
