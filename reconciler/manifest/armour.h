#ifndef COUNTERSIGN_MANIFEST_ARMOUR_H
#define COUNTERSIGN_MANIFEST_ARMOUR_H

#include <stdbool.h>

#include "base/text.h"

/*
 * The outer shape of keys and certificates in texts, strict: the armour and
 * nothing around it. What is inside is judged by those who understand it.
 */

/* One or more PEM certificates (RFC 7468 section 5), a LF between them. */
bool armour_is_certificate(struct text text);
bool armour_is_certificates(struct text text);

/* One certification request (RFC 7468 section 7), also with the older label. */
bool armour_is_certificate_request(struct text text);

/* An armoured OpenPGP public key block. */
bool armour_is_openpgp_key(struct text text);

/* A line of an authorized_keys file without options: "TYPE BASE64 comment". */
bool armour_is_ssh_key(struct text text);

#endif
