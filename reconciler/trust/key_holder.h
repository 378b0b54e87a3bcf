#ifndef COUNTERSIGN_TRUST_KEY_HOLDER_H
#define COUNTERSIGN_TRUST_KEY_HOLDER_H

#include <stdbool.h>

#include "trust/evidence.h"

struct cms;

/* Who a key or certificate speaks for in the sighting's configuration. */
struct key_holder {
	const struct identity *identity;        /* NULL: nobody */
	const struct identity_key *entry;       /* where it is listed; one that is valid, if any is */
	bool valid;                             /* at the moment of the sighting */
	bool shared;                            /* another identity has a claim to it, too */
	struct text why;                        /* why a certificate of a listed CA does not count; absent allowed */
};

/* By a key's fingerprint. */
struct key_holder key_holder_find(const struct sighting *sighting, struct text fingerprint);

/*
 * By issuer and serial number of a pinned certificate, for signatures that do not
 * bring it: gpgsm leaves roots out.
 */
struct key_holder key_holder_find_pinned(const struct sighting *sighting,
	struct text certificate_id);

/*
 * By the certificate of a CMS signature, when no entry pins it: an entry whose CA
 * issued it, over what came with the signature, to the entry's name, for signing,
 * and valid at the moment of the sighting.
 */
struct key_holder key_holder_find_issued(struct arena *arena, const struct sighting *sighting,
	const struct cms *cms);

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
