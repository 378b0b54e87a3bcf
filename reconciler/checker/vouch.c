/*
 * What the keeper gets to hear.
 */
#include "checker/checking.h"

#include "base/digest.h"
#include "model/plan_text.h"
#include "model/status.h"
#include "reconcile/load.h"

/* Why an order is not vouched for. */
struct objection {
	bool final;                     /* nothing that is shown later changes it */
	struct text why;                /* absent: it is vouched for */
};

static bool
same_intent(const struct intent *a, const struct intent *b)
{
	return text_equal(a->digest, b->digest) && text_equal(a->serial_number, b->serial_number) &&
	    a->not_before == b->not_before && a->not_after == b->not_after &&
	    a->decided_at == b->decided_at;
}

/* Whether anything is vouched for. False with `why`. */
static bool
may_vouch(struct checker *checker, struct arena *arena, struct text *why)
{
	if (!text_present(checker->stopped))
		return accepted_keep(checker, arena, why);
	*why = text_printf(arena, "nothing is vouched for: %.*s", TEXT_ARGUMENTS(checker->stopped));
	return false;
}

static struct objection
object_to(struct checker *checker, struct arena *arena, const struct signing_order *order)
{
	const struct seen_decision *decision =
	    accepted_decision(&checker->accepted, order->intent.serial_number);
	struct request_record record = { 0 };

	if (decision == NULL || !text_equal(decision->digest, order->intent.digest))
		return (struct objection){ false, text_printf(arena, "the checker has not seen this "
		    "decided: no open decision with this plan and serial number stands in output "
		    "commit %.*s, the newest that it accepted", TEXT_ARGUMENTS(
			checker->accepted.output)) };
	if (text_present(decision->refused))
		return (struct objection){ true, text_copy(arena, decision->refused) };
	if (!record_load(checker->store, arena, checker->accepted.output, decision->request,
	    &record))
		return (struct objection){ false, TEXT("the checker cannot read the decision") };
	if (!record_awaits_certificate(&record) || !text_equal(record.plan, order->plan) ||
	    !text_equal(digest_named(arena, order->plan), order->intent.digest) ||
	    !same_intent(&record.intent, &order->intent))
		return (struct objection){ false, TEXT("plan or intent is not the one that the output "
		    "branch holds") };
	return (struct objection){ false, { NULL, 0 } };
}

/* What the keeper did; where it has told something that is to be remembered, that is written down first. */
static struct signing_outcome
take_outcome(struct checker *checker, struct arena *arena, const struct signing_order *order,
    const struct signing_outcome *outcome)
{
	struct text why;

	if (!outcome->signed_by.present)
		return *outcome;
	decisions_remember(checker, order->intent.serial_number, &outcome->signed_by);
	return accepted_keep(checker, arena, &why) ? *outcome :
	    (struct signing_outcome){ .result = SIGNING_FAILED, .why = why };
}

void
vouch_for(void *context, struct arena *arena, const struct signing_orders *orders,
    struct signing_outcome *outcomes)
{
	struct checker *checker = context;
	struct signing_outcome *signed_outcomes =
	    arena_allocate(arena, orders->count * sizeof(*outcomes) + 1);
	struct signing_orders vouched = { 0 };
	struct text why = { NULL, 0 };
	bool may = may_vouch(checker, arena, &why);
	size_t next = 0;

	for (size_t i = 0; i < orders->count; i++) {
		struct objection objection = may ? object_to(checker, arena, &orders->at[i]) :
		    (struct objection){ false, why };

		outcomes[i] = (struct signing_outcome){ .why = objection.why,
			.result = objection.final ? SIGNING_REFUSED : SIGNING_FAILED,
			.releasable = objection.final };
		if (!text_present(objection.why))
			*ARRAY_ADD(arena, &vouched) = orders->at[i];
	}
	if (vouched.count > 0)
		signer_issue_all(arena, checker->order->keeper, &vouched, signed_outcomes);
	for (size_t i = 0; i < orders->count; i++)
		if (!text_present(outcomes[i].why))
			outcomes[i] = take_outcome(checker, arena, &orders->at[i],
			    &signed_outcomes[next++]);
}

/*
 * To give a plan up harms nobody but its requester; all the same only one is
 * given up whose record says that the signer refuses it.
 */
enum release_result
vouch_for_release(void *context, struct arena *arena, struct text plan_text, struct text *why)
{
	struct checker *checker = context;
	struct request_record record = { 0 };
	struct plan plan;

	if (!may_vouch(checker, arena, why))
		return RELEASE_FAILED;
	if (!plan_parse(arena, plan_text, &plan, why))
		return RELEASE_REFUSED;
	*why = TEXT("the newest output commit that the checker accepted does not say that the signer "
		    "refuses this plan");
	/* not final: it may not have been shown yet */
	if (!record_load(checker->store, arena, checker->accepted.output, plan.request, &record) ||
	    !record_cancellable(&record) || !text_equal(record.plan, plan_text))
		return RELEASE_FAILED;
	return signer_release(arena, checker->order->keeper, plan_text, why);
}

/* That a ledger is lost is an operator's word, which the checker has heard itself. */
bool
vouch_for_loss(void *context, struct arena *arena, const struct ledger_position *lost,
    const struct texts *plans, struct text *why)
{
	struct checker *checker = context;
	struct text said = checker->order->accept_ledger_loss;

	if (text_present(said) && (lost->number == 0 || text_equal(lost->hash, said)))
		return accepted_keep(checker, arena, why) &&
		    signer_accept_loss(arena, checker->order->keeper, lost, plans, why);
	*why = TEXT("no operator has said that this ledger is lost");
	return false;
}
