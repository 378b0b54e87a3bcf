#ifndef COUNTERSIGN_EVALUATE_JUDGEMENT_H
#define COUNTERSIGN_EVALUATE_JUDGEMENT_H

#include <stdbool.h>

#include "evaluate/evaluate.h"

/* One evaluation under way: shared by the files that evaluate_request() is made of. */
struct judgement {
	struct arena *arena;
	const struct evaluation *evaluation;
	const struct certificate_profile *profile; /* NULL: unknown */
	const struct approval_policy *policy;      /* NULL: none covers the profile */
	bool afresh;                   /* a new opening: what was decided before is over */
	bool at_once;                  /* needs no approval; record->approved_because says why */
	struct texts self;             /* who asks, and for whom */
	struct request_record *record; /* in the making */
	struct reasons faults;         /* why there is no good plan */
	struct ignored_list ignored;   /* of this evaluation */
};

/* At most so many decisions of one person are kept on one request. */
enum { DECISIONS_MOST_PER_PERSON = 16 };

/* facts.c: record->decisions from all facts: each once, sorted, those above the limit ignored. */
void facts_take_up(struct judgement *judgement);

/* All facts about this request, each once; of one fact seen twice the first sight stays. */
struct verified_decisions facts_of(const struct judgement *judgement);

/* Whether a decision stands among `decisions`, wherever and whenever it was seen. */
bool facts_contain(const struct verified_decisions *decisions,
    const struct verified_decision *decision);

/*
 * verdict.c: why a decision does not count, a sentence with the remedy; absent
 * when it does. An approval that counts may still serve no step.
 */
struct text verdict_on(const struct judgement *judgement, const struct verified_decision *decision);

/* Whether the decision came after the deadline, and the sentence that says so. */
bool verdict_late(const struct judgement *judgement, const struct verified_decision *decision);
struct text verdict_late_why(const struct judgement *judgement);

/*
 * The first cancellation that counts, else the first rejection; NULL for
 * neither. `late`: those observed after the deadline, which only keep a
 * quorum from being carried out, and end nothing by themselves.
 */
const struct verified_decision *verdict_ending(const struct judgement *judgement, bool late);

/* Whether an approver of some step could approve by signing now. */
bool verdict_may_approve(const struct judgement *judgement, struct text person);

/* Whether `name` is a Person among the approvers of a step. */
bool verdict_is_approver(const struct judgement *judgement, struct text name, size_t step);

/*
 * steps.c: fills record->steps; true when all steps are complete, or no
 * approval is needed.
 */
bool steps_count(struct judgement *judgement);

/* ignored.c: a decision that does not count, and why. */
void ignored_add(struct judgement *judgement, const struct verified_decision *decision,
    struct text why);

/*
 * Writes record->ignored from this evaluation's, and from those of the record
 * before that are not about decisions judged now.
 */
void ignored_write(struct judgement *judgement);

/* Adds to the record that is decided already what came too late for it. */
void ignored_answer(struct judgement *judgement);

/* conditions.c: record->conditions, as Kubernetes writes them. */
void conditions_write(struct judgement *judgement);

#endif
