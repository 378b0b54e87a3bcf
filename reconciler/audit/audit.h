#ifndef COUNTERSIGN_AUDIT_AUDIT_H
#define COUNTERSIGN_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "repository/store.h"

/*
 * The audit: what the output branch says is decided again, commit by commit,
 * from what the repository holds, beginning with the introduction. It needs
 * no daemon, no state and no network, and believes the reconciler in nothing but the
 * times at which it says to have seen something.
 */

/* Something that is not as it must be. */
struct audit_finding {
	const char *code;               /* stable, CamelCase: "CertificateChanged" */
	struct text commit;             /* the output commit; absent: none in particular */
	struct text request;            /* the request's id; absent: none in particular */
	struct text message;            /* one sentence for people, safe to show */
};

ARRAY(audit_findings, struct audit_finding);

/* One certificate that the history brought forth. */
struct audit_certificate {
	struct text request;
	int64_t generation;
	struct text serial_number;      /* hex */
	struct text sha256;             /* hex, of the DER */
	struct text profile;
	struct text requester;
	bool requester_verified;        /* by signature */
	struct texts approved_by;       /* the people whose approvals were counted, sorted */
	struct text approved_because;   /* why none was needed; absent otherwise */
	moment decided_at;
	moment not_before;
	moment not_after;
	struct text decided_in;         /* the output commit with the intent */
	struct text issued_in;          /* and the one with the certificate */
	bool good;                      /* nothing was found that touches it */
};

ARRAY(audit_certificates, struct audit_certificate);

/* A reconciler's key, and what it stands for. */
struct audit_witness {
	struct text key;                /* fingerprint */
	size_t commits;                 /* output commits that it signed */
	moment first;                   /* their first and last time */
	moment last;
};

ARRAY(audit_witnesses, struct audit_witness);

struct audit_report {
	struct text since;              /* audited from the commit behind this one; absent: from the first */
	struct text tip;                /* the output commit audited last */
	struct text tip_input;          /* and what it judged */
	size_t commits;
	int64_t configuration_number;   /* trusted at the end */
	struct text configuration_digest;
	struct audit_findings findings; /* in the order of the commits */
	struct audit_certificates certificates; /* in the order in which they were issued */
	struct audit_witnesses witnesses;
};

/* What is to be audited. */
struct audit_order {
	struct store *store;
	struct text tip;                /* output commit */
	struct text since;              /* output commit that is trusted as it is; absent: none */
	struct text introduction_commit;
	struct text introduction_digest;        /* "sha256:…" */
	struct text ledger;             /* content of the signer's ledger; absent: not compared */
};

/*
 * Audits the output branch along first parents. True when it came to the end,
 * whatever it found; false with `why` when it could not: objects are missing,
 * the introduction is not there or not what its digest says, `since` is not on the branch.
 */
bool audit_run(struct arena *arena, const struct audit_order *order, struct audit_report *report,
	struct text *why);

#endif
