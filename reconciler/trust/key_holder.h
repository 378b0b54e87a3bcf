#ifndef COUNTERSIGN_TRUST_KEY_HOLDER_H
#define COUNTERSIGN_TRUST_KEY_HOLDER_H

#include <stdbool.h>

#include "trust/cms.h"
#include "trust/evidence.h"

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

/* By issuer and serial number of a pinned certificate, for signatures that do not bring it (gpgsm leaves roots out). */
struct key_holder key_holder_find_pinned(const struct sighting *sighting,
	struct text certificate_id);

/*
 * By the certificate of a CMS signature, when no entry pins it: an entry whose CA
 * issued it, over what came with the signature, to the entry's name, for signing,
 * and valid at the moment of the sighting.
 */
struct key_holder key_holder_find_issued(struct arena *arena, const struct sighting *sighting,
	const struct cms *cms);

#endif
