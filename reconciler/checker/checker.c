/*
 * What it knows when it begins, and who answers what.
 */
#include "checker/checking.h"

#include "issue/keeper_service.h"
#include "reconcile/load.h"
#include "repository/feed.h"

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
	checker->authorities = local_authority_names(own, order->local);
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

/* What the ledger is anybody may know who may ask at all. */
static bool
view_ledger(void *context, struct arena *arena, const struct ledger_positions *asked,
    struct ledger_view *out, struct text *why)
{
	const struct checker *checker = context;

	return signer_ledger_view(arena, checker->order->keeper, asked, out, why);
}

static bool
goes_on(const void *context)
{
	const struct checker *checker = context;

	return !checker->broken && !signer_lost(checker->order->keeper);
}

bool
checker_serve(struct checker *checker)
{
	const struct keeper_answers answers = { .context = checker, .issue_all = vouch_for,
		.release = vouch_for_release, .ledger_view = view_ledger,
		.accept_loss = vouch_for_loss, .show = follow, .goes_on = goes_on };

	return keeper_answer(&answers, checker->order->descriptor);
}
