#ifndef COUNTERSIGN_CHECKER_CHECKING_H
#define COUNTERSIGN_CHECKER_CHECKING_H

#include "audit/audit.h"
#include "base/moment.h"
#include "checker/accepted.h"
#include "checker/checker.h"
#include "model/status.h"
#include "repository/store.h"

/* For the files of this folder only. */

enum {
	/* of objects, together */
	CACHE_BYTES = 64 * 1024 * 1024,
	/* that may be fetched for one output commit: a history without end ends here */
	OBJECTS_PER_COMMIT = 1024 * 1024,
	/* output commits, until what the audit remembers is read anew: its memory is bounded so */
	COMMITS_UNTIL_ANEW = 1024,
	COMMITS_UNTIL_SAVED = 256
};

struct checker {
	const struct checker_order *order;
	struct store *store;            /* fed over the descriptor */
	bool broken;                    /* what was said there is no message: nothing more is heard */
	size_t fetched_before;          /* objects, when the present output commit was begun */
	const char *path;               /* of the file of what was accepted */
	struct texts authorities;       /* whose keys the keeper has */
	struct arena *arena;            /* as long as the checker */
	struct accepted accepted;
	bool unsaved;                   /* the file does not say so yet */
	struct audit_line *line;        /* behind accepted.output; NULL: to be opened */
	size_t steps;                   /* since it was opened */
	struct text begin_behind;       /* an operator's word that is not heeded yet; absent mostly */
	/* words of the operator, while a commit is shown: */
	struct text history;            /* the input commit that history goes on from */
	struct text recovered;          /* the newest output commit that is good */
	struct text stopped;            /* why nothing more is vouched for; absent: nothing was found */
	moment stopped_until;           /* 0: until an operator says how to go on */
};

/* objects.c: the feed of checker->store. */
struct store_feed;
struct store_feed objects_feed(struct checker *checker);

/* Objects that came unasked, from that one on: they may be wanted. */
void objects_take(struct checker *checker, const struct evidence_objects *objects, size_t from);

/* follow.c: judges all output commits up to this one. The checker is the context of struct keeper_answers. */
enum show_result follow(void *checker, struct arena *arena, struct text output,
	const struct evidence_objects *along, struct text *remark);

/*
 * Writes down what was accepted, where that has failed before: nothing is vouched for by what
 * would be forgotten. False with `why`.
 */
bool accepted_keep(struct checker *checker, struct arena *arena, struct text *why);

/*
 * decisions.c: takes up into `accepted`, which is to follow checker->accepted, what an output commit
 * decides newly, and lets go of what is carried out.
 */
struct shown_commit {
	struct text id;
	struct text before;             /* the one accepted before it; absent: none */
	const struct audit_step *step;
	moment now;                     /* when it was shown */
	bool believed;                  /* nothing was ever shown before: its times are taken as they are */
};
void decisions_take(struct checker *checker, struct accepted *accepted,
	const struct shown_commit *shown);

/* The one with this id of records in the order of their ids; NULL when there is none. */
const struct request_record *request_records_find(const struct request_records *records,
	struct text id);

/* late.c: which decisions of people were shown long after they are said to have been seen, in changed records. */
void late_take(struct store *store, struct accepted *accepted, const struct shown_commit *shown,
	const struct request_records *changed);

/* The decisions of a record, each with the time from which on the checker believes in it. */
struct verified_decisions late_apply(const struct accepted *accepted, struct arena *arena,
	const struct request_record *record);

/*
 * All decisions that an output commit holds, as an operator's word, in the place of those that were
 * accepted; what was refused of them before stays so. False with `why`.
 */
bool decisions_take_all(struct checker *checker, struct arena *arena, struct text commit,
	struct text *why);

/*
 * The keeper's word, when it was given the decision with this serial number:
 * it has signed the plan before, by another one. That may take its place, once this is
 * written down: accepted_keep().
 */
void decisions_remember(struct checker *checker, struct text serial_number,
	const struct intent *signed_by);

/* vouch.c: what is asked of the keeper, as far as it may be. */
void vouch_for(void *checker, struct arena *arena, const struct signing_orders *orders,
	struct signing_outcome *outcomes);
enum release_result vouch_for_release(void *checker, struct arena *arena, struct text plan,
	struct text *why);
bool vouch_for_loss(void *checker, struct arena *arena, const struct ledger_position *lost,
	const struct texts *plans, struct text *why);

#endif
