#ifndef COUNTERSIGN_MODEL_APPROVAL_H
#define COUNTERSIGN_MODEL_APPROVAL_H

#include "base/array.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/decision.h"

/* One entry of an Approval document; unverified until trust/ has judged its signature. */
struct approval_entry {
	struct text request;                /* a request's id; or */
	struct text configuration;          /* "sha256:…" of a configuration */
	struct text digest;                 /* "sha256:…" of the plan, with `request` */
	enum decision_kind decision;
	struct text comment;
	struct text plan;                   /* optional: must hash to digest */
	struct position position;
};

ARRAY(approval_entries, struct approval_entry);

struct approval {
	struct text name;
	struct text repository;
	struct approval_entries entries;
	struct position position;
};

/* A Revocation document: asks that an issued certificate be revoked. */
struct revocation {
	struct text name;
	struct text repository;
	struct text request;                /* whose certificate */
	struct text serial_number;          /* hex; which one */
	struct text reason;                 /* RFC 5280 section 5.3.1 name, "keyCompromise" */
	struct text requester;
	struct text justification;
	struct position position;
};

#endif
