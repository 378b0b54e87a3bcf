#include "commands/verdicts.h"

#include "commands/request_view.h"
#include "evaluate/evaluate.h"
#include "reconcile/load.h"

/* Whether a decision of this kind on the request's current digest is recorded already. */
static bool
decided_by(const struct request_record *record, struct text person, enum decision_kind kind)
{
	for (size_t i = 0; i < record->decisions.count; i++)
		if (record->decisions.at[i].decision == kind &&
		    text_equal(record->decisions.at[i].by, person) &&
		    text_equal(record->decisions.at[i].digest, record->digest))
			return true;
	return false;
}

/* Whether making the decision once more would add nothing: it stands, and no more cautious one does. */
static bool
stands_already(const struct request_record *record, const struct intended_decision *intended)
{
	if (!decided_by(record, intended->person, intended->kind))
		return false;
	for (int kind = (int)intended->kind + 1; kind <= DECISION_CANCEL; kind++)
		if (decided_by(record, intended->person, (enum decision_kind)kind))
			return false;
	return true;
}

static bool
may_still_approve(const struct request_record *record, struct text person)
{
	for (size_t i = 0; i < record->steps.count; i++)
		if (texts_contain(&record->steps.at[i].waiting_for, person))
			return true;
	return false;
}

static bool
is_for(struct arena *arena, const struct request_record *record, struct text person,
    enum decision_kind kind)
{
	struct texts people;

	if (record->state != STATE_PENDING_APPROVAL)
		return false;
	switch (kind) {
	case DECISION_APPROVE:
		people = request_waiting_for(arena, record);
		return texts_contain(&people, person);
	case DECISION_REJECT:
		return may_still_approve(record, person) ||
		    decided_by(record, person, DECISION_APPROVE);
	case DECISION_WITHDRAW:
		return decided_by(record, person, DECISION_APPROVE) &&
		    !decided_by(record, person, DECISION_WITHDRAW);
	case DECISION_CANCEL:
		return text_equal(record->requester.name, person);
	case DECISION_NONE:
		break;
	}
	return false;
}

bool
verdicts_for(struct verdict_desk *desk, struct text person, struct texts *ids)
{
	struct clone *clone = desk->clone;
	struct request_records open = { 0 };
	struct text why;

	if (!records_open(clone->store, clone->arena, clone->output, &open, &why)) {
		(void)complain(0, "%.*s", TEXT_ARGUMENTS(why));
		return false;
	}
	for (size_t i = 0; i < open.count; i++)
		if (is_for(clone->arena, &open.at[i], person, desk->kind->decision))
			texts_add(clone->arena, ids, open.at[i].id);
	return true;
}

/* Why there is nothing to decide on; OPTIONS_GO_ON when there is. */
static int
check_open(struct verdict_desk *desk, const struct forecast *forecast)
{
	const struct request_record *record = &forecast->after;
	const char *name = desk->kind->command->name;
	struct text id = record->id;

	if (record->intent.present && !request_state_ended(record->state) &&
	    !(record_cancellable(record) && desk->kind->decision == DECISION_CANCEL))
		return complain(EXIT_NO, "%.*s is Approved and being issued: too late to %s; "
		    "a certificate is taken back by revoking it", TEXT_ARGUMENTS(id), name);
	if (request_state_ended(record->state))
		return complain(EXIT_NO, "%.*s is %s%s%.*s: nothing to %s",
		    TEXT_ARGUMENTS(id), request_state_name(record->state),
		    text_present(record->decided_by) ? " by " : "",
		    TEXT_ARGUMENTS(record->decided_by), name);
	if (text_present(record->digest))
		return OPTIONS_GO_ON;
	for (size_t i = 0; i < record->reasons.count; i++)
		advise("%.*s",
		    TEXT_ARGUMENTS(reason_line(desk->clone->arena, &record->reasons.at[i])));
	return complain(EXIT_NO, "%.*s is %s, so there is no plan to %s", TEXT_ARGUMENTS(id),
	    request_state_name(record->state), name);
}

int
verdict_prepare(struct verdict_desk *desk, struct text id, struct text commit)
{
	struct forecast_order order = { .id = id, .commit = commit };
	struct verdict *verdict = ARRAY_ADD(desk->clone->arena, &desk->verdicts);
	struct forecast *forecast = &verdict->forecast;
	struct intended_decision intended = { .kind = desk->kind->decision,
		.key = desk->key.fingerprint };
	int status;

	if (!forecast_make(desk->clone, &order, forecast))
		return request_unknown(desk->clone, id);
	status = check_open(desk, forecast);
	if (status != OPTIONS_GO_ON)
		return status;
	if (desk->key.identity == NULL) {
		verdict->why_not = text_printf(desk->clone->arena,
		    "your signing key %.*s belongs to "
		    "nobody in this configuration",
		    TEXT_ARGUMENTS(desk->key.fingerprint));
		return OPTIONS_GO_ON;
	}
	if (!desk->key.valid_now)
		verdict->why_not = text_printf(desk->clone->arena,
		    "your signing key %.*s is not valid "
		    "now (validAfter, validBefore)",
		    TEXT_ARGUMENTS(desk->key.fingerprint));
	intended.person = desk->key.identity->name;
	verdict->unneeded = forecast->known && !forecast_differs(forecast) &&
	    stands_already(&forecast->before, &intended);
	if (!text_present(verdict->why_not))
		verdict->why_not =
		    forecast_decision(desk->clone, forecast, &intended, &verdict->then);
	return OPTIONS_GO_ON;
}

/* The step in which the person could approve, when that is not open yet; NULL otherwise. */
static const struct step_status *
later_step(const struct verdict_desk *desk, const struct request_record *now)
{
	const struct step_status *later = NULL;

	for (size_t i = 0; i < now->steps.count; i++) {
		const struct step_status *step = &now->steps.at[i];

		if (!texts_contain(&step->waiting_for, desk->key.identity->name))
			continue;
		if (step->state == STEP_OPEN)
			return NULL;
		if (later == NULL && step->state == STEP_WAITING)
			later = step;
	}
	return later;
}

/* What the decision would do, in a sentence. */
static struct text
effect(struct verdict_desk *desk, const struct verdict *verdict)
{
	struct arena *arena = desk->clone->arena;
	const struct request_record *then = &verdict->then;
	const struct step_status *later = later_step(desk, &verdict->forecast.after);
	struct text waiting = view_waiting_for(arena, then);

	if (desk->kind->decision == DECISION_APPROVE && then->state == STATE_PENDING_APPROVAL &&
	    later != NULL)
		return text_printf(arena,
		    "your approval is kept, and counts when its step opens (%.*s); "
		    "until then the request waits for %.*s",
		    TEXT_ARGUMENTS(output_visible(arena, later->name)), TEXT_ARGUMENTS(waiting));

	switch (then->state) {
	case STATE_APPROVED:
		return TEXT("the quorum would be complete, and the certificate issued");
	case STATE_PENDING_APPROVAL:
		return text_printf(arena, "the request would then wait for %.*s",
		    TEXT_ARGUMENTS(waiting));
	default:
		return text_printf(arena, "the request would be %s",
		    request_state_name(then->state));
	}
}

static void
show_changes(struct verdict_desk *desk, const struct forecast *forecast, struct output *output)
{
	struct text previous;

	if (!forecast_previous_plan(desk->clone, forecast, &previous))
		return;
	output_printf(output, "\n");
	output_styled(output, STYLE_STRONG, TEXT("changed since the plan before"));
	output_printf(output, "\n");
	view_plan_changes(output, previous, forecast->after.plan);
}

/* The status says one digest, the newest file makes another: people must know which they sign. */
static void
warn_of_difference(const struct forecast *forecast, struct output *output)
{
	if (!forecast->known || !forecast_differs(forecast))
		return;
	output_styled(output, STYLE_WAITING, TEXT("warning: "));
	output_printf(output,
	    "the status on the output branch says %.*s %.*s; the plan above is what "
	    "the newest file and configuration make\n",
	    TEXT_ARGUMENTS(text_of(request_state_name(forecast->before.state))),
	    TEXT_ARGUMENTS(text_present(forecast->before.digest) ? forecast->before.digest
								 : TEXT("without a plan")));
}

static void
warn_of_withdrawing(struct verdict_desk *desk, const struct forecast *forecast,
    struct output *output)
{
	output_styled(output, STYLE_WAITING, TEXT("warning: "));
	if (!decided_by(&forecast->after, desk->key.identity->name, DECISION_APPROVE))
		output_printf(output,
		    "you have not approved this plan, as far as this clone knows, and "
		    "withdrawing is final: you could never approve it\n");
	else
		output_printf(output,
		    "withdrawing is final for this digest: you can approve only another "
		    "plan, of a changed request or of one that is asked for again\n");
}

void
verdict_show(struct verdict_desk *desk, const struct verdict *verdict, struct output *output)
{
	const struct forecast *forecast = &verdict->forecast;

	view_request(output, forecast, desk->clone->now);
	view_steps(output, &forecast->after);
	view_ignored(output, &forecast->after);
	show_changes(desk, forecast, output);
	view_plan(output, &forecast->after);
	output_printf(output, "\n");
	view_notes(output, forecast);
	warn_of_difference(forecast, output);
	if (forecast->after.deadline != 0 && forecast->after.deadline < desk->clone->now)
		output_printf(output,
		    "warning: its time is over; it expires when the daemon looks\n");
	if (text_present(verdict->why_not)) {
		output_styled(output, STYLE_BAD, TEXT("warning: "));
		output_printf(output, "it would not count: %.*s\n",
		    TEXT_ARGUMENTS(verdict->why_not));
		return;
	}
	output_styled(output, STYLE_GOOD, TEXT("effect: "));
	output_printf(output, "%.*s\n", TEXT_ARGUMENTS(effect(desk, verdict)));
	if (desk->kind->decision == DECISION_WITHDRAW)
		warn_of_withdrawing(desk, forecast, output);
}
