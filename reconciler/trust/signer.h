#ifndef COUNTERSIGN_TRUST_SIGNER_H
#define COUNTERSIGN_TRUST_SIGNER_H

#include "trust/evidence.h"

/* Bytes, and the signature that is said to be over them. */
struct signed_text {
	struct text message;
	struct text armour;             /* as it was found */
	const char *name_space;         /* "git" or "countersign": of SSH signatures */
};

/* Who signed. Without `identity` nobody did who counts, and `why` says why. */
struct signer {
	const struct identity *identity;
	struct text key;                /* fingerprint; absent when the signature was not readable */
	struct text who;                /* for people */
	struct text why;                /* cause and remedy */
	bool mismatch;                  /* a known key, but not over these bytes */
};

/*
 * Whose signature it is: a key that exactly one identity of the sighting's
 * configuration holds, valid when it was observed, and a signature that verifies;
 * SSH, OpenPGP or CMS, by the armour's first line. An unknown key is refused before
 * any arithmetic is done with it.
 */
struct signer signer_judge(struct arena *arena, const struct sighting *sighting,
	const struct signed_text *signed_text);

#endif
