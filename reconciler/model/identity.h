#ifndef COUNTERSIGN_MODEL_IDENTITY_H
#define COUNTERSIGN_MODEL_IDENTITY_H

#include <stdbool.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"

/* Whether a security key must have asked who its user is (PIN, fingerprint), or only whether there is one. */
enum user_verification { USER_VERIFICATION_OPTIONAL, USER_VERIFICATION_REQUIRED };

/*
 * A key that speaks for an identity: exactly one of ssh, openpgp, x509 and
 * x509ca is present. Resolving (trust/) fills in what stands below the line and
 * adds an entry for each subkey of an OpenPGP key.
 */
struct identity_key {
	struct text ssh;        /* authorized_keys form: "ssh-ed25519 AAAA…" */
	struct text openpgp;    /* armoured public key block */
	struct text x509;       /* PEM certificate */
	struct text x509ca;     /* PEM certificate of a CA, with exactly one of email and subject: */
	struct text email;      /* an rfc822Name of the certificates that it issues to this identity */
	struct text subject;    /* or their whole subject, RFC 4514 */
	enum user_verification user_verification;  /* ssh, security keys */
	moment valid_after;     /* inclusive; 0: always. Resolving narrows it to the key's own validity */
	moment valid_before;    /* exclusive; 0: for ever */
	struct position position;
	/* --- resolved --- */
	/*
	 * "SHA256:…" as ssh-keygen -l prints it, "openpgp:" and 40 upper-case hex digits,
	 * "x509:SHA256:…", for x509ca "x509ca:SHA256:…,email=…"; absent: not usable.
	 */
	struct text fingerprint;
	/*
	 * Hex, of the DER SubjectPublicKeyInfo, whatever the wrapping; for x509ca a name of the
	 * same length for the CA's key and the holder.
	 */
	struct text public_key_sha256;
	struct text blob;       /* the public key in SSH's wire form; absent for x509ca */
	struct text refusal;    /* why it may not sign though it is listed (a clause about "it") */
	/* x509: hex SHA-256 of issuer and serial number, by which a CMS signature names its signer */
	struct text certificate_id;
	moment created;         /* OpenPGP: its own statement */
	bool is_subkey;         /* added for a subkey of the entry with the same position */
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
