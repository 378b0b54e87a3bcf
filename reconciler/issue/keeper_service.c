/*
 * The answering end: a question is heard, it is done, and what came of it is said.
 */
#include "issue/keeper_service.h"

#include "issue/keeper_channel.h"
#include "model/plan_text.h"

enum { TRANSFER_SECONDS = 60, FOR_EVER = -1 };

/* A question, and what is to be said to it. */
struct exchange {
	struct arena *arena;
	const struct keeper_answers *by;
	struct text body;
	enum keeper_message answer;
	struct text answer_body;
};

static void
answer(struct exchange *exchange, enum keeper_message type, struct text body)
{
	exchange->answer = type;
	exchange->answer_body = body;
}

static void
refuse(struct exchange *exchange, struct text why)
{
	answer(exchange, KEEPER_REFUSED, keeper_text_write(exchange->arena,
	    text_first(why, KEEPER_WHY_BYTES)));
}

static void
refuse_type(struct exchange *exchange)
{
	refuse(exchange, TEXT("that is nothing that is asked here"));
}

static void
answer_orders(struct exchange *exchange)
{
	struct signing_outcome outcomes[KEEPER_ORDERS_MOST];
	struct signing_orders orders = { 0 };
	struct text why;

	if (!keeper_orders_read(exchange->arena, exchange->body, &orders, &why)) {
		refuse(exchange, why);
		return;
	}
	exchange->by->issue_all(exchange->by->context, exchange->arena, &orders, outcomes);
	answer(exchange, KEEPER_OUTCOMES,
	    keeper_outcomes_write(exchange->arena, outcomes, orders.count));
}

static void
answer_release(struct exchange *exchange)
{
	struct text plan, why = { NULL, 0 };
	enum release_result result;

	if (!keeper_text_read(exchange->body, PLAN_TEXT_MOST_BYTES, &plan)) {
		refuse(exchange, TEXT("there is no plan in it"));
		return;
	}
	result = exchange->by->release(exchange->by->context, exchange->arena, plan, &why);
	answer(exchange, KEEPER_RELEASED,
	    keeper_verdict_write(exchange->arena, (unsigned)result, why));
}

static void
answer_view(struct exchange *exchange)
{
	struct ledger_positions asked = { 0 };
	struct keeper_view view = { .count = 0 };

	if (!keeper_positions_read(exchange->arena, exchange->body, &asked)) {
		refuse(exchange, TEXT("there are no positions in it, or too many"));
		return;
	}
	if (exchange->by->ledger_view(exchange->by->context, exchange->arena, &asked, &view.view,
	    &view.why)) {
		view.why = (struct text){ NULL, 0 };
		view.count = asked.count;
	}
	answer(exchange, KEEPER_VIEWED, keeper_view_write(exchange->arena, &view));
}

static void
answer_loss(struct exchange *exchange)
{
	struct text why = { NULL, 0 };
	struct keeper_loss loss;
	bool done;

	if (!keeper_loss_read(exchange->arena, exchange->body, &loss)) {
		refuse(exchange, TEXT("there is no loss in it"));
		return;
	}
	done = exchange->by->accept_loss(exchange->by->context, exchange->arena, &loss.lost,
	    &loss.plans, &why);
	answer(exchange, KEEPER_LOST, keeper_verdict_write(exchange->arena, done, why));
}

static void
answer_show(struct exchange *exchange)
{
	struct text output, remark = TEXT("");
	struct evidence_objects along;
	enum show_result result;

	if (exchange->by->show == NULL) {
		refuse_type(exchange);
		return;
	}
	if (!keeper_show_read(exchange->arena, exchange->body, &output, &along)) {
		refuse(exchange, TEXT("there is no commit in it"));
		return;
	}
	result = exchange->by->show(exchange->by->context, exchange->arena, output, &along,
	    &remark);
	answer(exchange, CHECKER_SHOWN,
	    keeper_verdict_write(exchange->arena, (unsigned)result, remark));
}

static void (*const answers[KEEPER_MESSAGES])(struct exchange *) = {
	[KEEPER_ORDERS] = answer_orders,
	[KEEPER_RELEASE] = answer_release,
	[KEEPER_VIEW] = answer_view,
	[KEEPER_LOSS] = answer_loss,
	[CHECKER_SHOW] = answer_show,
};

static enum channel_result
exchange_once(const struct keeper_answers *by, struct arena *arena, int descriptor)
{
	const struct channel_patience patience = { FOR_EVER, TRANSFER_SECONDS };
	struct exchange exchange = { .arena = arena, .by = by };
	enum keeper_message type;
	enum channel_result heard = channel_hear(descriptor, &patience, arena, &type,
	    &exchange.body);

	if (heard == CHANNEL_BROKEN)
		refuse(&exchange, TEXT("that is no message of version 1, or it was not said in time"));
	else if (heard == CHANNEL_OPEN && answers[type] != NULL)
		answers[type](&exchange);
	else if (heard == CHANNEL_OPEN)
		refuse_type(&exchange);
	if (by->goes_on != NULL && !by->goes_on(by->context))
		return CHANNEL_BROKEN;
	if (heard != CHANNEL_ENDED && channel_say(descriptor, exchange.answer,
	    exchange.answer_body, TRANSFER_SECONDS) != CHANNEL_OPEN)
		return CHANNEL_BROKEN;
	return heard;
}

bool
keeper_answer(const struct keeper_answers *by, int descriptor)
{
	struct arena *arena = arena_new();
	enum channel_result result = channel_say(descriptor, KEEPER_READY,
	    keeper_verdict_write(arena, 1, TEXT("")), TRANSFER_SECONDS);

	arena_free(arena);
	while (result == CHANNEL_OPEN) {
		arena = arena_new();
		result = exchange_once(by, arena, descriptor);
		arena_free(arena);
	}
	return result == CHANNEL_ENDED;
}

static void
keeper_issues(void *keeper, struct arena *arena, const struct signing_orders *orders,
    struct signing_outcome *outcomes)
{
	struct keeper_clock clock = keeper_clock_read();

	keeper_issue_all(arena, keeper, orders, &clock, outcomes);
}

static enum release_result
keeper_releases(void *keeper, struct arena *arena, struct text plan, struct text *why)
{
	return keeper_release(arena, keeper, plan, why);
}

static bool
keeper_views(void *keeper, struct arena *arena, const struct ledger_positions *asked,
    struct ledger_view *out, struct text *why)
{
	return keeper_ledger_view(arena, keeper, asked, out, why);
}

static bool
keeper_accepts_loss(void *keeper, struct arena *arena, const struct ledger_position *lost,
    const struct texts *plans, struct text *why)
{
	return keeper_accept_loss(arena, keeper, lost, plans, why);
}

bool
keeper_serve(struct keeper *keeper, int descriptor)
{
	const struct keeper_answers by = { .context = keeper, .issue_all = keeper_issues,
		.release = keeper_releases, .ledger_view = keeper_views,
		.accept_loss = keeper_accepts_loss };

	return keeper_answer(&by, descriptor);
}

void
keeper_say_failed(int descriptor, struct text why)
{
	struct arena *arena = arena_new();

	if (channel_prepare(descriptor))
		(void)channel_say(descriptor, KEEPER_READY, keeper_verdict_write(arena, 0, why),
		    TRANSFER_SECONDS);
	arena_free(arena);
}
