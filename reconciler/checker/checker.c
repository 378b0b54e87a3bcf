/*
 * The answering end: the checker hears what the reconciler asks.
 */
#include "checker/checking.h"

#include "issue/keeper_channel.h"
#include "model/plan_text.h"
#include "repository/feed.h"

enum { TRANSFER_SECONDS = 60, FOR_EVER = -1, ID_DIGITS = 40 };

bool
checker_open(const struct checker_order *order, struct arena *arena, struct checker **out,
    struct text *why)
{
	struct arena *own = arena_new();
	struct checker *checker = ARENA_NEW(own, struct checker);
	struct store_feed feed = objects_feed(checker);

	checker->arena = own;
	checker->order = order;
	checker->begin_behind = order->accept_output;
	checker->path = arena_printf(own, "%s/accepted", order->folder);
	if (accepted_read(checker->path, &checker->accepted, why) &&
	    store_open_feed(&feed, arena, &checker->store, why)) {
		*out = checker;
		return true;
	}
	*why = text_copy(arena, *why);
	checker_close(checker);
	return false;
}

void
checker_close(struct checker *checker)
{
	if (checker == NULL)
		return;
	audit_line_close(checker->line);
	store_close(checker->store);
	accepted_free(&checker->accepted);
	arena_free(checker->arena);
}

/* A question, and what is to be said to it. */
struct exchange {
	struct arena *arena;
	struct checker *checker;
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
answer_show(struct exchange *exchange)
{
	struct text output, remark = TEXT("");
	enum show_result result;

	if (!keeper_text_read(exchange->body, CHECKER_ID_BYTES, &output)) {
		refuse(exchange, TEXT("there is no commit in it"));
		return;
	}
	result = follow(exchange->checker, exchange->arena, output, &remark);
	answer(exchange, CHECKER_SHOWN,
	    keeper_verdict_write(exchange->arena, (unsigned)result, remark));
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
	vouch_for(exchange->checker, exchange->arena, &orders, outcomes);
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
	result = vouch_for_release(exchange->checker, exchange->arena, plan, &why);
	answer(exchange, KEEPER_RELEASED,
	    keeper_verdict_write(exchange->arena, (unsigned)result, why));
}

/* What the ledger is anybody may know who may ask at all. */
static void
answer_view(struct exchange *exchange)
{
	struct ledger_positions asked = { 0 };
	struct keeper_view view = { .count = 0 };

	if (!keeper_positions_read(exchange->arena, exchange->body, &asked)) {
		refuse(exchange, TEXT("there are no positions in it, or too many"));
		return;
	}
	if (signer_ledger_view(exchange->arena, exchange->checker->order->keeper, &asked, &view.view,
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
	done = vouch_for_loss(exchange->checker, exchange->arena, &loss.lost, &loss.plans, &why);
	answer(exchange, KEEPER_LOST, keeper_verdict_write(exchange->arena, done, why));
}

static void (*const answers[KEEPER_MESSAGES])(struct exchange *) = {
	[KEEPER_ORDERS] = answer_orders,
	[KEEPER_RELEASE] = answer_release,
	[KEEPER_VIEW] = answer_view,
	[KEEPER_LOSS] = answer_loss,
	[CHECKER_SHOW] = answer_show,
};

static enum channel_result
exchange_once(struct checker *checker, struct arena *arena)
{
	const struct channel_patience patience = { FOR_EVER, TRANSFER_SECONDS };
	struct exchange exchange = { .arena = arena, .checker = checker };
	int descriptor = checker->order->descriptor;
	enum keeper_message type;
	enum channel_result heard = channel_hear(descriptor, &patience, arena, &type,
	    &exchange.body);

	if (heard == CHANNEL_BROKEN)
		refuse(&exchange, TEXT("that is no message of version 1, or it was not said in time"));
	else if (heard == CHANNEL_OPEN && answers[type] != NULL)
		answers[type](&exchange);
	else if (heard == CHANNEL_OPEN)
		refuse(&exchange, TEXT("that is nothing that the checker is asked"));
	if (checker->broken)
		return CHANNEL_BROKEN;
	if (heard != CHANNEL_ENDED && channel_say(descriptor, exchange.answer,
	    exchange.answer_body, TRANSFER_SECONDS) != CHANNEL_OPEN)
		return CHANNEL_BROKEN;
	return heard;
}

bool
checker_serve(struct checker *checker)
{
	struct arena *arena = arena_new();
	enum channel_result result = channel_say(checker->order->descriptor, KEEPER_READY,
	    keeper_verdict_write(arena, 1, TEXT("")), TRANSFER_SECONDS);

	arena_free(arena);
	while (result == CHANNEL_OPEN && !signer_lost(checker->order->keeper)) {
		arena = arena_new();
		result = exchange_once(checker, arena);
		arena_free(arena);
	}
	return result == CHANNEL_ENDED;
}
