#ifndef COUNTERSIGN_MODEL_STATUS_H
#define COUNTERSIGN_MODEL_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/reason.h"
#include "base/text.h"
#include "model/decision.h"
#include "model/plan.h"
#include "model/request.h"

enum request_state {
	STATE_INVALID,                      /* the zero value: nothing may be issued */
	STATE_PENDING_APPROVAL,
	STATE_APPROVED,
	STATE_ISSUED,
	STATE_FAILED,
	STATE_REJECTED,
	STATE_CANCELLED,
	STATE_EXPIRED,
	STATE_RENEWING,
	STATE_SUPERSEDED,
	STATE_REVOKED,
	REQUEST_STATES
};

/* "PendingApproval" */
const char *request_state_name(enum request_state);

/* Whether this generation has ended: nothing more will be decided on it. */
bool request_state_ended(enum request_state);

enum step_state { STEP_WAITING, STEP_OPEN, STEP_COMPLETE };

struct step_approval {
	struct text name;                   /* of the person */
	moment at;                          /* observed */
	struct text evidence;
	struct text comment;
};

ARRAY(step_approvals, struct step_approval);

struct step_status {
	struct text name;                   /* the step's name, or "step 1" */
	int64_t required;
	enum step_state state;
	struct step_approvals approved_by;
	struct texts waiting_for;           /* who can still approve this step, sorted */
};

ARRAY(step_statuses, struct step_status);

struct condition {                          /* Kubernetes conditions */
	struct text type;                   /* "Valid", "Approved", "Ready" */
	struct text status;                 /* "True", "False", "Unknown" */
	struct text reason;                 /* CamelCase */
	struct text message;
	moment last_transition;
};

ARRAY(conditions, struct condition);

struct requester_status {
	struct text name;
	struct text display_name;
	struct text email;
	bool verified;
};

struct certificate_status {
	bool present;
	struct text path;                   /* certificates/ID.pem on the output branch */
	struct text serial_number;          /* hex */
	struct text sha256;                 /* hex, of the DER */
	struct text issuer;                 /* RFC 4514 */
	moment not_before;
	moment not_after;
};

/*
 * All that is known of one request. Open ones stand whole in pending/ID.yaml;
 * status/requests/ID.yaml shows it to people and pipelines and stays for ever:
 * from it a later generation goes on.
 */
struct request_record {
	struct text id;
	enum request_state state;
	int64_t generation;                 /* of the current plan; 0: there never was one */
	struct text digest;                 /* of the current plan; absent: none */
	struct texts digests;               /* all of this claim since it was opened, oldest first */
	struct text plan;                   /* canonical text of the current plan */
	struct text profile;
	struct text policy;                 /* name of the approval policy that matched; absent: none */
	struct requester_status requester;
	struct text summary;                /* one line for lists: the names in the certificate */
	bool claimed;                       /* PendingApproval or Approved was reached with a verified requester */
	bool bypassed;                      /* approved at once; approved_because says why */
	struct text approved_because;
	struct request_version version;     /* the accepted version of the file */
	moment opened_at;
	moment deadline;                    /* 0: none */
	struct step_statuses steps;
	struct verified_decisions decisions;
	struct ignored_list ignored;        /* the newest 20 */
	int64_t ignored_count;              /* all of them */
	struct intent intent;
	struct certificate_status certificate;
	struct conditions conditions;
	struct reasons reasons;             /* why it is Invalid or Failed */
	int64_t attempts;                   /* to issue, for the back-off */
	moment next_attempt;
	bool cancellable;                   /* Failed, refused by the signer, which has entered nothing */
	moment decided_at;                  /* when the present state was reached */
	struct text decided_by;             /* who rejected or cancelled; absent otherwise */
	struct text decided_evidence;       /* hex SHA-256 of what the rejecter or canceller signed */
	struct text comment;                /* the rejecter's or canceller's */
};

ARRAY(request_records, struct request_record);

/*
 * Whether a record has an intent that no certificate carries out yet: that of
 * an earlier generation has another serial number.
 */
bool record_awaits_certificate(const struct request_record *record);

/*
 * Whether the decision to issue can be taken back: the signer refuses to carry
 * it out and has signed nothing. Who takes it back has the plan released by
 * the signer first.
 */
bool record_cancellable(const struct request_record *record);

/*
 * Sets the condition of its type; last_transition moves only when the status
 * changes.
 */
void condition_set(struct arena *arena, struct conditions *conditions, struct condition condition);

#endif
