#ifndef COUNTERSIGN_TRUST_KEY_HOLDER_CERTIFICATE_H
#define COUNTERSIGN_TRUST_KEY_HOLDER_CERTIFICATE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/configuration.h"

/*
 * The fingerprint of the entry under which a certificate (PEM) would speak for
 * somebody: the one that pins it, else the first with x509ca that has its e-mail
 * address or subject. Whether that CA issued it is not asked: this says who
 * somebody claims to be who is about to sign, and proves nothing. Without an entry
 * the certificate's own fingerprint; absent when it is no certificate.
 */
struct text key_holder_entry_of(struct arena *arena, const struct configuration *configuration,
	struct text certificate);

#endif
