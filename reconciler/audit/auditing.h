#ifndef COUNTERSIGN_AUDIT_AUDITING_H
#define COUNTERSIGN_AUDIT_AUDITING_H

#include "audit/audit.h"
#include "issue/certificate_check.h"
#include "model/configuration.h"
#include "model/status.h"
#include "reconcile/pass.h"
#include "repository/snapshot.h"

/* For the files of this folder only: an audit under way. */

/* A set of texts: what must not come twice. */
struct text_set {
	struct text *slots;
	size_t room;
	size_t count;
};

/* True when the text was not there before. The text must live in the audit's arena. */
bool text_set_add(struct arena *arena, struct text_set *set, struct text text);
bool text_set_has(const struct text_set *set, struct text text);

/* How far the signer's ledger has come, as the output commits say. */
struct ledger_track {
	bool known;                     /* an entry was seen, or it began with the audit */
	int64_t number;                 /* of the newest entry */
	struct text hash;
	struct text discarded_in;       /* the newest output commit behind others that an operator gave up; absent: none */
	int64_t forgiven;               /* entries that only those account for, and nothing since */
	int64_t base;                   /* what is accounted for begins behind this entry */
	int64_t intents_before;         /* that were carried out by then */
	int64_t intents;                /* that have landed */
};

/* What an output commit says of the ledger. */
struct ledger_statement {
	struct text commit;
	int64_t number;
	struct text hash;
};

ARRAY(ledger_statements, struct ledger_statement);

/* A certificate that the ledger must have. */
struct ledger_claim {
	struct text request;
	struct text commit;
	struct text digest;             /* of the plan */
	struct text certificate_sha256; /* hex, of the DER */
};

ARRAY(ledger_claims, struct ledger_claim);

/* An intent that no certificate carries out yet. */
struct open_intent {
	struct text request;
	struct text digest;
	struct text approved_because;   /* as it was decided again */
	struct text serial_number;
	struct text commit;
	bool closed;
};

ARRAY(open_intents, struct open_intent);

/* What an operator gave up, by the word of one output commit. */
struct recovery {
	struct text commit;             /* which says so */
	bool known;                     /* the discarded commits are here */
	struct text_set intents;        /* that they record: request, digest, serial number */
};

ARRAY(recoveries, struct recovery);

/* The certificate of an authority of some configuration that was trusted. */
struct known_authority {
	struct text sha256;             /* hex, of the DER */
	const struct authority_certificate *certificate;
};

ARRAY(known_authorities, struct known_authority);

/* What an output commit says to have judged. */
struct judged_input {
	struct text commit;             /* the output commit */
	struct text input;
	size_t certificates;            /* issued before it */
};

ARRAY(judged_inputs, struct judged_input);

/* What an output commit says of the requests that it changed: the next one begins with that. */
struct known_records {
	struct arena *arena;            /* of all below; NULL: nothing is known */
	struct text commit;
	struct texts requests;          /* sorted */
	struct request_records records; /* in the same order */
};

struct auditing {
	struct arena *arena;            /* lives as long as the audit */
	const struct audit_order *order;
	struct audit_report *report;
	struct text why;                /* why it cannot go on */

	struct local_configuration local;       /* what a reconciler knows of the introduction */
	struct reconciler reconciler;           /* one that only ever reads */
	struct arena *trusted_arena;
	const struct configuration *trusted;    /* at `before` */
	moment clock;                   /* see audit_line_step(); 0: none is believed */
	struct audit_step *last;        /* to be filled by the next step; NULL: nobody asks */
	struct arena *last_arena;
	bool doubtful;                  /* a configuration was trusted that nothing proves */
	bool withheld;                  /* a configuration has its quorum, and is not trusted */
	struct text_set shaken;         /* requests that changed in commits of which something is wrong as such */
	struct recoveries recoveries;   /* see recovery_carried_out() */
	struct text before;             /* the output commit before the next step; absent: none */
	struct text done;               /* the one audited last; with order->only another mostly */
	moment time;                    /* its Countersign-Time; 0: none */
	struct known_records known;     /* of the commit audited last */

	struct known_authorities authorities;
	struct text_set serials;
	struct ledger_track track;
	int64_t intents;                /* in git so far */
	int64_t ledger_since;           /* the newest entry that order->since knows; 0: none */
	struct ledger_statements statements;
	struct ledger_claims claims;
	struct open_intents intents_open;
	struct judged_inputs inputs;    /* where they are compared with the input branch */
};

/* One output commit under audit. */
struct step {
	struct auditing *auditing;
	struct arena *arena;            /* until the step is done */
	struct text commit;
	struct text raw;
	struct text key;                /* the reconciler's that signed it; absent: no good signature */
	struct text input;
	moment time;
	bool replayed;                  /* it could be decided again */

	bool succeeded;                 /* another configuration is trusted than before */
	struct changes changes;         /* of the output tree */
	struct texts requests;          /* ids whose records differ, sorted */
	struct request_records before;  /* of these, in the same order */
	struct known_records after;
	struct configuration_status configuration;      /* as the commit has it */
	struct pass pass;               /* has decided again, with `replayed` */
	struct audit_certificates issued;       /* what it adds */
};

/* Adds a finding at a step; texts of the repository in it are made safe to show. */
void finding_add(struct step *step, const char *code, struct text request, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* audit.c: what the first commit is judged by. False with auditing->why. */
bool auditing_begin(struct auditing *auditing);
void auditing_end(struct auditing *auditing);

/* line.c: one commit after the other. False when the audit cannot go on, with auditing->why. */
bool step_audit(struct auditing *auditing, struct text commit);

/*
 * one.c: of one request: the commits that touch it; what such a commit changes;
 * that nothing lies between it and the one before.
 */
bool one_find_steps(struct auditing *auditing, const struct history_commits *line,
	struct texts *steps);
bool one_read_changes(struct step *step);
bool one_begin_step(struct step *step);

/*
 * passed_over.c: of one request: whether what an output commit judged behind the one before (`from`;
 * absent: none) speaks of the request or of the rules, or cannot be read: then that commit
 * must be audited, though it touches neither.
 */
bool passed_over_anything(struct auditing *auditing, struct arena *arena, struct text from,
	struct text to);

/* story.c: what becomes of the request in this step. */
void story_tell(struct step *step, const struct request_record *before,
	const struct request_record *recorded, const struct request_record *decided);
void story_tell_configuration(struct step *step);

/* commit.c: the commit itself: signature, parents, trailers, time, what it judged. */
bool commit_audit(struct step *step);

/* introduction.c: what the audit begins with, for the report. */
void introduction_tell(struct auditing *auditing, const struct configuration *configuration);

/*
 * input_branch.c: keeps in mind what a commit judged; and then compares all of it with the input
 * branch, and says as of when the report speaks. `line` is the output branch, newest first. False
 * with auditing->why.
 */
void input_note(struct step *step);
bool input_branch_compare(struct auditing *auditing, const struct history_commits *line);

/* Adds a finding about no commit in particular that no certificate rests on. */
void finding_apart(struct step *step, const char *code, struct text message);

/*
 * recovery.c: names what an operator decided; the tips that an output commit discards; whether a
 * decision to issue, made no earlier than `decided` (0: nobody knows), stood in output commits that
 * one up to this commit has discarded, so that it may be taken up again. Where those are not here any
 * more, it may have.
 */
void recovery_tell(struct step *step);
struct texts recovery_discarded(struct arena *arena, struct text raw);
bool recovery_carried_out(struct step *step, struct text request, const struct intent *intent,
	moment decided);

/* When the reconciler says to have first seen evidence that this commit records anew. */
struct sight {
	struct text evidence;
	moment at;
	enum decision_source source;
	struct text by;                 /* who signed it */
};

ARRAY(sights, struct sight);

/*
 * sights.c: what a commit records as newly seen; the dates of the commits and approval files that a
 * pass has gathered, from that; and the refusals among them, once they are taken up, that
 * auditing->clock would let count and the commit's time does not.
 */
void sights_collect(struct step *step, struct sights *sights);
void sights_date_commits(struct step *step, const struct sights *sights);
void sights_date_approvals(struct step *step, const struct sights *sights);
void sights_find_too_early(struct step *step);

/* replay.c: decides again. False when objects are missing. */
bool step_replay(struct step *step);

/* configuration.c: which configuration is trusted behind this commit, and why; and then trusts it. */
void configuration_audit(struct step *step);
void configuration_follow(struct step *step);

/* Keeps the certificates of the trusted configuration's authorities in mind. */
void authorities_remember(struct auditing *auditing);

/* records.c: what is recorded of each request against what was decided again. */
void records_audit(struct step *step);

/*
 * record_parts.c: whether records say the same, in what matters: not in our own words
 * for people. The last gives the first field, of those that have no finding
 * of their own, in which two records differ; NULL: none.
 */
bool record_has_decision(const struct verified_decisions *decisions,
	const struct verified_decision *wanted);
bool record_same_decisions(const struct verified_decisions *a, const struct verified_decisions *b);
bool record_step_has(const struct step_status *status, const struct step_approval *wanted);
bool record_same_version(const struct request_version *a, const struct request_version *b);
bool record_same_intent(const struct intent *a, const struct intent *b);
const char *record_other_difference(const struct request_record *a, const struct request_record *b);

/* certificates.c: certificates, and what else may only ever be added. */
void certificates_audit(struct step *step);

/* evidence.c: what was taken from the inbox. */
void evidence_audit(struct step *step);

/*
 * ledger.c: numbers and hashes in the commits, behind those of a trusted commit
 * (its bytes; absent: from the first on), what of them is accounted for by
 * nothing in the end; and the signer's file against them.
 */
void ledger_begin(struct auditing *auditing, struct text raw);
/* One of the intents that have landed is carried out by entries from before a recovery. */
void ledger_note_replaced(struct auditing *auditing);
void ledger_audit(struct step *step);
/* What a commit says of the ledger, "NUMBER HASH"; absent when it says nothing of that form. */
struct text ledger_said(struct text raw);
void ledger_conclude(struct auditing *auditing);
void ledger_file_compare(struct auditing *auditing);

/*
 * The record of a request at an output commit (absent: none yet), or zeroes when
 * there is none that can be read. Those of step->requests are read once.
 */
struct request_record record_at(struct step *step, struct text output, struct text id);

#endif
