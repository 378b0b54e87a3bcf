#ifndef COUNTERSIGN_MODEL_REQUEST_H
#define COUNTERSIGN_MODEL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/policy.h"

/*
 * What a certification request (PKCS#10, RFC 2986) says, as far as evaluation
 * needs it; made from its bytes by issue/.
 */
struct csr_facts {
	bool good;                          /* parsed, self-signature verified, key acceptable */
	struct text public_key_sha256;      /* hex, of the DER SubjectPublicKeyInfo */
	struct text public_key;             /* the DER SubjectPublicKeyInfo */
	struct text key_algorithm;          /* "ECDSA-P256", "Ed25519", "RSA-2048", … */
	struct subject_names subject;       /* text values, as in the YAML */
	struct alt_names alt_names;         /* addresses canonical, names as they stand */
	bool has_unknown_names;             /* names of types that the format cannot say */
	struct text unknown_names;          /* which, for the message */
};

ARRAY(positions, struct position);

/* Where the value of a field of spec stands in the file. */
struct field_place {
	struct text field;                  /* "altNames.dns" */
	struct position position;
	struct positions items;             /* of a list */
};

ARRAY(field_places, struct field_place);

/* A CertificateRequest as its file says it. */
struct request {
	struct text id;                     /* path without requests/ and .yaml */
	struct text name;
	struct text repository;             /* absent allowed in unsigned requests */
	struct text profile;
	struct text requester;
	struct text on_behalf_of;           /* the person for whom a gateway asks; absent mostly */
	struct text justification;
	struct text csr;                    /* PEM */
	bool subject_present;
	struct subject_names subject;
	bool alt_names_present;
	struct alt_names alt_names;
	bool key_usages_present;
	struct texts key_usages;
	bool extended_key_usages_present;
	struct texts extended_key_usages;
	bool ca;
	int64_t path_length;                /* -1: not given */
	duration ttl;                       /* 0: the profile's default */
	moment not_before;                  /* 0: at issuance */
	struct csr_facts csr_facts;         /* filled after decoding */
	struct position position;
	struct position csr_position;
	struct field_places places;         /* of all that the file gives */
};

/*
 * Where a field of spec ("altNames.dns"), or an item of its list (from 1),
 * stands; else the nearest that is there: the list, the mapping around it, spec.
 */
struct position request_position(const struct request *request, const char *field, size_t item);

/* Who stands behind a version of a request. */
enum request_proof {
	REQUEST_UNSIGNED,                   /* the zero value proves nothing */
	REQUEST_SIGNED_FILE,                /* requests/ID.yaml.sig */
	REQUEST_SIGNED_TRAILER              /* Countersign-Request in a signed commit */
};

/* One accepted version of a request's file. */
struct request_version {
	struct text blob;                   /* git object id, hex */
	struct text sha256;                 /* hex, of the file */
	struct text commit;                 /* the input commit at which it was read */
	struct texts previous;              /* SHA-256 of earlier accepted versions of this id */
	enum request_proof proof;
	struct text key;                    /* fingerprint of the signing key; absent when unsigned */
	struct text evidence;               /* hex SHA-256 of the signed bytes; absent when unsigned */
	moment accepted_at;
};

#endif
