#ifndef COUNTERSIGN_AUDIT_AUDIT_H
#define COUNTERSIGN_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "model/configuration.h"
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
	bool apart;                     /* no certificate that is here rests on it */
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

/* What happened to one request, in the order in which the output branch recorded it. */
enum audit_event_kind {
	EVENT_ASKED,                    /* a version of the request was accepted */
	EVENT_PLANNED,                  /* it has a (new) plan */
	EVENT_SIGNED,                   /* somebody's decision was taken up */
	EVENT_COUNTED,                  /* an approval serves a step, at the intent */
	EVENT_DECIDED,                  /* the intent */
	EVENT_ISSUED,
	EVENT_STATE,                    /* another state by itself: expired, failed, … */
	EVENT_CONFIGURATION             /* other rules are trusted */
};

struct audit_event {
	enum audit_event_kind kind;
	moment at;                      /* the reconciler's word */
	struct text who;                /* the identity; absent: nobody in particular */
	struct text what;               /* a sentence for people */
	struct text key;                /* fingerprint of the key that signed; absent: none did */
	struct text evidence;           /* hex SHA-256 of the signed bytes; absent: none */
	struct text where;              /* input commit, or path of the file; absent: none */
	struct text digest;             /* that it is about, "sha256:…"; absent: none */
	struct text commit;             /* the output commit */
};

ARRAY(audit_events, struct audit_event);

struct audit_story {
	bool known;                     /* anything was ever recorded of it */
	struct audit_events events;
	struct text plan;               /* the newest, whole */
	struct text digest;
	struct text certificate;        /* PEM, the newest; absent: none */
	struct text ledger;             /* "NUMBER HASH" that its output commit names; absent: none */
	struct texts steps;             /* the output commits that touch it or the rules */
};

/* Where trust began, for an auditor to compare with what he was told. */
struct audit_administrator {
	struct text name;
	struct texts keys;              /* fingerprints */
};

ARRAY(audit_administrators, struct audit_administrator);

struct audit_introduction {
	struct text source;             /* who named it, as order->introduction_source has it */
	struct text commit;
	struct text digest;             /* "sha256:…", of the configuration there */
	/* taken on trust there; none when it could not be read */
	struct texts reconciler_keys;   /* fingerprints */
	int64_t required;               /* administrators who must sign another configuration */
	struct audit_administrators administrators;
};

/* How far the output branch has come. What was withheld behind that, nobody can see from inside. */
struct audit_as_of {
	struct text commit;             /* output commit; absent: there is none */
	moment time;                    /* its Countersign-Time */
	struct text input;              /* and what it judged */
};

/* The input branch against what was judged. */
struct audit_input {
	bool compared;
	struct text ref;                /* its name here */
	struct text tip;                /* absent: there is no such branch here */
	bool holds;                     /* the newest input that was judged is on it */
	size_t ahead;                   /* with that: how many commits nothing has judged yet */
	size_t replaced;                /* output commits whose input is on a history that an operator has replaced */
};

struct audit_report {
	bool complete;                  /* it came to the end */
	struct text unfinished;         /* why it did not */
	struct text since;              /* audited from the commit behind this one; absent: from the first */
	struct text tip;                /* the output commit audited last */
	struct text tip_input;          /* and what it judged */
	struct audit_introduction introduction;
	struct audit_as_of as_of;       /* with order->only: the whole branch's, where its signature is good */
	struct audit_input input;
	size_t commits;
	int64_t configuration_number;   /* trusted at the end */
	struct text configuration_digest;
	struct audit_findings findings; /* in the order of the commits */
	struct audit_certificates certificates; /* in the order in which they were issued */
	struct audit_witnesses witnesses;
	struct audit_story story;       /* with order->only */
};

/* The input branch of the clone, on which all that was judged must lie. */
struct audit_branch {
	struct store *store;            /* that has it; NULL: it is not compared */
	struct text ref;                /* "refs/remotes/origin/main" */
	struct text tip;                /* absent: there is no such branch */
};

/* What is to be audited. */
struct audit_order {
	struct store *store;
	struct text tip;                /* output commit */
	struct text since;              /* output commit that is trusted as it is; absent: none */
	struct text introduction_commit;
	struct text introduction_digest;        /* "sha256:…" */
	struct text introduction_source;        /* who named it: for the report only */
	struct audit_branch branch;
	moment now;                     /* the auditor's clock: no commit is from later; 0: not compared */
	struct text ledger;             /* content of the signer's ledger; absent: not compared */
	/*
	 * Behind output commits that an operator gave up, a decision to issue from there may take the
	 * place of a new one, when the signer has signed by it. True: that is a finding all the
	 * same, for whoever knows more of the signer.
	 */
	bool doubt_recoveries;
	const struct texts *authorities;        /* whose keys the reconciler has; NULL: nobody knows */
	/*
	 * A request's id: only the output commits are audited that touch it or the
	 * configuration, each with all that it judged, and the story is told. Absent: all.
	 */
	struct text only;
	const struct texts *steps;      /* with `only`: these commits, oldest first; NULL: as the branch has them */
};

/*
 * Audits the output branch along first parents. True when it came to the end,
 * whatever it found; false with `why`, and report->unfinished, when it could not, with what was found up
 * to there, by which no certificate is good: objects are missing, the introduction is not there or
 * not what its digest says, `since` is not on the branch.
 */
bool audit_run(struct arena *arena, const struct audit_order *order, struct audit_report *report,
	struct text *why);

/*
 * An audit that follows the branch as it grows. Nothing is kept of what is
 * behind it but what the next commit is judged by; a new one, with order->since, can take its
 * place at any commit.
 */
struct audit_line;

/*
 * Begins behind order->since, or with the introduction; order->tip and
 * order->ledger mean nothing here. False with `why`. Freed with audit_line_close().
 */
bool audit_line_open(const struct audit_order *order, struct arena *arena, struct audit_line **out,
	struct text *why);
void audit_line_close(struct audit_line *line);

/* What a line begins with that begins behind an output commit. */
struct audit_beginning {
	struct text input;              /* that it judged */
	const struct configuration *trusted;    /* behind it */
};
void audit_line_beginning(const struct audit_line *line, struct audit_beginning *out);

/* What one more output commit came to; all in the line's memory, until the next step. */
struct audit_step {
	struct audit_findings findings;
	struct texts requests;          /* whose records it changed, sorted */
	moment time;                    /* its Countersign-Time */
	struct text input;              /* the input that it judged */
	const struct configuration *trusted;    /* behind it */
};

/*
 * Judges the commit that comes next on the line. `clock` is when it was seen, by
 * a clock that is believed: signatures of a configuration that becomes trusted must count then
 * as well; 0: what the commit says is all that is known. False with `why` when it cannot be judged:
 * objects are missing.
 */
bool audit_line_step(struct audit_line *line, struct text commit, moment clock,
	struct audit_step *out, struct text *why);

#endif
