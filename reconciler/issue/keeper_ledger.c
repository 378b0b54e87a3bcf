/*
 * What the keeper says of its ledger, and what is given up in it.
 */
#include <errno.h>
#include <string.h>

#include "issue/keeper_private.h"
#include "model/plan_text.h"

static bool
holds_key(const struct keeper *keeper, struct text authority)
{
	for (size_t i = 0; i < keeper->authorities.count; i++)
		if (text_equal(keeper->authorities.at[i].key.name, authority))
			return true;
	return false;
}

enum release_result
keeper_release(struct arena *arena, struct keeper *keeper, struct text plan_text, struct text *why)
{
	struct ledger_entry entry = { 0 };
	struct plan plan;

	if (!plan_parse(arena, plan_text, &plan, why))
		return RELEASE_REFUSED;
	if (!holds_key(keeper, plan.authority)) {
		*why = text_printf(arena,
		    "there is no key for the authority %.*s here, so another "
		    "signer may have signed",
		    TEXT_ARGUMENTS(plan.authority));
		return RELEASE_REFUSED;
	}
	if (!ledger_mend(keeper->ledger, arena, why))
		return RELEASE_FAILED;
	/* an intent alone binds to nothing: without its entry no certificate has left the keeper */
	if (ledger_find(keeper->ledger, arena, plan.digest, &entry) && entry.number == 0) {
		*why = TEXT("the ledger cannot be read any more");
		return RELEASE_FAILED;
	}
	if (text_present(entry.certificate)) {
		*why = TEXT("the ledger has the certificate of this plan");
		return RELEASE_REFUSED;
	}
	/* synced even when it was there: what wrote it may have died before that */
	if ((entry.released || ledger_write_released(keeper->ledger, arena, plan.digest)) &&
	    ledger_sync(keeper->ledger))
		return RELEASE_DONE;
	*why = text_printf(arena, "the release cannot be entered in the ledger: %s",
	    strerror(errno));
	return RELEASE_FAILED;
}

bool
keeper_ledger_view(struct arena *arena, struct keeper *keeper, const struct ledger_positions *asked,
    struct ledger_view *out, struct text *why)
{
	struct ledger_position newest;

	if (!ledger_mend(keeper->ledger, arena, why))
		return false;
	if (!ledger_sync(keeper->ledger)) {
		*why = text_printf(arena, "the ledger cannot be synced: %s", strerror(errno));
		return false;
	}
	newest = ledger_newest(keeper->ledger);
	*out = (struct ledger_view){
		.newest = { newest.number, text_copy(arena, newest.hash) },
		.has = arena_allocate(arena, (asked->count + 1) * sizeof(*out->has)),
	};
	for (size_t i = 0; i < asked->count; i++)
		out->has[i] = ledger_has(keeper->ledger, &asked->at[i]);
	return true;
}

bool
keeper_accept_loss(struct arena *arena, struct keeper *keeper, const struct ledger_position *lost,
    const struct texts *plans, struct text *why)
{
	struct ledger *ledger = keeper->ledger;
	struct ledger_entry entry;
	bool written = true;

	if (!ledger_mend(ledger, arena, why))
		return false;
	for (size_t i = 0; i < plans->count && written; i++)
		written = (ledger_find(ledger, arena, plans->at[i], &entry) &&
			      (entry.released || text_present(entry.certificate))) ||
			  ledger_write_released(ledger, arena, plans->at[i]);
	/* last: it is what says that all this was done */
	if (written && (lost->number == 0 || ledger_has(ledger, lost) || ledger_write_lost(ledger, arena, lost)) &&
	    ledger_sync(ledger))
		return true;
	*why = text_printf(arena, "the loss cannot be entered in the ledger: %s", strerror(errno));
	return false;
}
