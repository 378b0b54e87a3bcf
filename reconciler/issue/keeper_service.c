/*
 * The answering end: the keeper hears a question, does it, says what came of it.
 */
#include "issue/keeper_service.h"

#include "issue/keeper_channel.h"
#include "model/plan_text.h"

enum { TRANSFER_SECONDS = 60, FOR_EVER = -1 };

/* A question, and what is to be said to it. */
struct exchange {
	struct arena *arena;
	struct keeper *keeper;
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
answer_orders(struct exchange *exchange)
{
	struct arena *arena = exchange->arena;
	struct signing_orders orders = { 0 };
	struct signing_outcome outcomes[KEEPER_ORDERS_MOST];
	struct text why, body;

	if (!keeper_orders_read(arena, exchange->body, &orders, &why)) {
		refuse(exchange, why);
		return;
	}
	keeper_issue_all(arena, exchange->keeper, &orders, moment_now(), outcomes);
	body = keeper_outcomes_write(arena, outcomes, orders.count);
	answer(exchange, KEEPER_OUTCOMES, body);
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
	result = keeper_release(exchange->arena, exchange->keeper, plan, &why);
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
	if (keeper_ledger_view(exchange->arena, exchange->keeper, &asked, &view.view, &view.why)) {
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
	done = keeper_accept_loss(exchange->arena, exchange->keeper, &loss.lost, &loss.plans, &why);
	answer(exchange, KEEPER_LOST, keeper_verdict_write(exchange->arena, done, why));
}

static void (*const answers[KEEPER_MESSAGES])(struct exchange *) = {
	[KEEPER_ORDERS] = answer_orders,
	[KEEPER_RELEASE] = answer_release,
	[KEEPER_VIEW] = answer_view,
	[KEEPER_LOSS] = answer_loss,
};

static enum channel_result
exchange_once(struct keeper *keeper, struct arena *arena, int descriptor)
{
	const struct channel_patience patience = { FOR_EVER, TRANSFER_SECONDS };
	struct exchange exchange = { .arena = arena, .keeper = keeper };
	enum keeper_message type;
	enum channel_result heard = channel_hear(descriptor, &patience, arena, &type,
	    &exchange.body);

	if (heard == CHANNEL_BROKEN)
		refuse(&exchange, TEXT("that is no message of version 1, or it was not said in time"));
	else if (heard == CHANNEL_OPEN && answers[type] != NULL)
		answers[type](&exchange);
	else if (heard == CHANNEL_OPEN)
		refuse(&exchange, TEXT("that is nothing that a keeper is asked"));
	if (heard != CHANNEL_ENDED && channel_say(descriptor, exchange.answer,
	    exchange.answer_body, TRANSFER_SECONDS) != CHANNEL_OPEN)
		return CHANNEL_BROKEN;
	return heard;
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

bool
keeper_serve(struct keeper *keeper, int descriptor)
{
	struct arena *arena = arena_new();
	enum channel_result result = channel_say(descriptor, KEEPER_READY,
	    keeper_verdict_write(arena, 1, TEXT("")), TRANSFER_SECONDS);

	arena_free(arena);
	while (result == CHANNEL_OPEN) {
		arena = arena_new();
		result = exchange_once(keeper, arena, descriptor);
		arena_free(arena);
	}
	return result == CHANNEL_ENDED;
}
