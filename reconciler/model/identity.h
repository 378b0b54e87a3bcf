#ifndef COUNTERSIGN_MODEL_IDENTITY_H
#define COUNTERSIGN_MODEL_IDENTITY_H

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"

/* Exactly one of ssh, openpgp and x509 is present. */
struct identity_key {
	struct text ssh;        /* authorized_keys form: "ssh-ed25519 AAAA…" */
	struct text openpgp;    /* armoured public key block */
	struct text x509;       /* PEM certificate */
	moment valid_after;     /* inclusive; 0: always */
	moment valid_before;    /* exclusive; 0: for ever */
	struct text fingerprint;    /* "SHA256:…" of the SSH key blob; absent until resolved or not usable */
	struct text public_key_sha256; /* hex, of the DER SubjectPublicKeyInfo, whatever the wrapping */
	struct position position;
};

ARRAY(identity_keys, struct identity_key);

enum identity_kind { IDENTITY_PERSON, IDENTITY_MACHINE };

/* A Person (may request and approve) or a Machine (may request, never approves). */
struct identity {
	enum identity_kind kind;
	struct text name;
	struct text display_name;   /* Person only; absent allowed */
	struct text email;          /* Person only; absent allowed */
	struct text owner;          /* Machine only: the Person who answers for it */
	struct identity_keys keys;
	struct position position;
};

ARRAY(identities, struct identity);

struct group {
	struct text name;
	struct texts members;       /* names of Persons */
	struct position position;
};

ARRAY(groups, struct group);

#endif
