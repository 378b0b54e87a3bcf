#ifndef COUNTERSIGN_MODEL_DECISION_H
#define COUNTERSIGN_MODEL_DECISION_H

#include <stdbool.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"

/* In the order of caution: of one person's decisions on one digest the greatest stands. */
enum decision_kind { DECISION_NONE, DECISION_APPROVE, DECISION_WITHDRAW, DECISION_REJECT, DECISION_CANCEL };

/* "approve", "reject", …, as people and documents say it; "decide nothing on" for none. Static. */
const char *decision_kind_name(enum decision_kind decision);

enum decision_source { SOURCE_NONE, SOURCE_COMMIT, SOURCE_INBOX, SOURCE_FILE };

/*
 * A decision whose signature was verified, by a key of a known identity that
 * was valid when it was first observed. Only trust/ makes one from signed
 * bytes; repository records of this kind come from output commits that the
 * reconciler signed.
 */
struct verified_decision {
	struct text evidence;               /* hex SHA-256 of the signed bytes: the evidence's name */
	struct text by;                     /* the identity that holds the key */
	struct text key;                    /* the key's fingerprint, as in identity_key */
	enum decision_kind decision;
	struct text request;                /* the request's id */
	struct text digest;                 /* "sha256:…" that was signed */
	struct text comment;                /* absent allowed */
	moment observed_at;                 /* when the daemon first saw it */
	enum decision_source source;
	struct text where;                  /* commit id, or path of the file: for people */
};

ARRAY(verified_decisions, struct verified_decision);

/* A signature on a configuration's digest, verified likewise. */
struct configuration_signature {
	struct text digest;
	struct text by;
	struct text key;
	struct text evidence;
	moment observed_at;
	bool withdraw;
};

ARRAY(configuration_signatures, struct configuration_signature);

/* A request file's digest signed by its requester in a commit trailer. */
struct verified_request_signature {
	struct text request;
	struct text sha256;                 /* hex, of the request file */
	struct text by;
	struct text key;
	struct text evidence;
	moment observed_at;
};

ARRAY(verified_request_signatures, struct verified_request_signature);

/* Something that was seen and did not count, and why: shown, never counted. */
struct ignored {
	struct text who;                    /* identity, or what the signature says; for people */
	struct text what;                   /* "approve sha256:1234…" */
	struct text why;                    /* cause and remedy */
	struct text commit;                 /* commit id or path */
	moment observed_at;
	bool alarm;                         /* a lost reject, cancel or withdraw */
	struct text request;                /* the id it was meant for; absent when not known */
};

ARRAY(ignored_list, struct ignored);

#endif
