/*
 * The whole of countersign on one page.
 *
 * A git repository holds rules (the configuration), requests and decisions.
 * A pass looks at it, decides, and writes what it decided back as commits on
 * the output branch. The repository is the database: a pass that dies, or
 * loses a race, leaves nothing behind, and the next one starts from what git
 * holds. So every stage below may be read, and may fail, on its own.
 */
#include "reconcile.h"

#include <stdlib.h>

#include "reconcile/pass.h"

enum { RACES_MOST = 8, RACES_BEFORE_INSISTING = 3, LOOK_ANYWAY_SECONDS = 10 };

static const struct stage {
	const char *name;
	enum pass_result (*run)(struct pass *pass);
} stages[] = {
	/* Has a ref moved, is something due? If not, that was all. */
	{ "look", look },

	/* The newest output commit that a listed reconciler key signed is where we
	 * left off. Whatever else the ref points at is not ours, and is replaced.
	 * It names the signer's ledger, too: by another one nothing is issued. */
	{ "accept-output", accept_output },

	/* The input must descend from what we accepted before: history is never
	 * unwritten. If it does not, an operator decides. */
	{ "accept-input", accept_input },

	/* What is new: commits that carry trailers, changed files, inbox envelopes. */
	{ "gather", gather },

	/* Which rules hold: a changed configuration takes effect only when a quorum
	 * of the administrators trusted before has signed its digest. */
	{ "trust-configuration", trust_configuration },

	/* Who signed what: commits and files become verified facts, or are ignored
	 * with a reason. */
	{ "take-up-evidence", take_up_evidence },

	/* All facts first, then each touched request is decided once: what stood on
	 * the branch before a request is among them, looked for as it opens. The
	 * decision is a pure function of rules, request, facts and time. */
	{ "decide-requests", decide_requests },

	/* One signed commit with all decisions. A completed quorum stands in it as
	 * an intent: serial number and validity, fixed before anything is signed. */
	{ "publish-decisions", publish_decisions },

	/* The checker believes none of it: it decides all of it again, from the
	 * objects themselves, and vouches for what it comes to as well. */
	{ "show-decisions", show_decisions },

	/* Only now, the intents being durable, does the signer sign them. Asked
	 * again for the same plan it gives the same bytes. */
	{ "issue-certificates", issue_certificates },

	/* One more commit: certificates and final states. */
	{ "publish-certificates", publish_certificates },

	{ "show-certificates", show_certificates },

	/* Envelopes whose content stands in the output branch now are removed. */
	{ "clear-inbox", clear_inbox },
};

static enum pass_result
run_stages(struct pass *pass)
{
	enum pass_result result = PASS_GO_ON;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		result = stages[i].run(pass);
		if (result != PASS_GO_ON)
			return result;
	}
	return pass->landed || pass->more ? PASS_DONE : PASS_IDLE;
}

enum pass_result
reconcile(struct reconciler *reconciler, const struct pass_clock *clock)
{
	enum pass_result result = PASS_LOST;

	/* Lost the race: throw the pass away and start over. A storm of pushes
	 * must not starve publication, so after some tries what was read stands. */
	for (int race = 0; result == PASS_LOST && race < RACES_MOST; race++) {
		struct arena *arena = arena_new();
		struct pass pass = {
			.arena = arena,
			.reconciler = reconciler,
			.now = clock->now,
			.lacking = store_lacking(reconciler->store),
			.expire = !clock->in_doubt,
			.insist = race >= RACES_BEFORE_INSISTING,
			.subject = { .arena = arena },
		};

		result = run_stages(&pass);
		checker_show_end(&pass);
		arena_free(arena);
	}
	if (result == PASS_LOST)
		result = trouble("race-lost", TEXT("the output branch moved under every try"));
	return result;
}

bool
reconciler_has_keeper(const struct reconciler *reconciler)
{
	return !signer_lost(reconciler->signer);
}

moment
reconciler_next_due(const struct reconciler *reconciler)
{
	return reconciler->index == NULL ? 0 : open_index_next_due(reconciler->index);
}

const char *
reconciler_watch_path(const struct reconciler *reconciler)
{
	return store_path(reconciler->store);
}

duration
reconciler_interval(const struct reconciler *reconciler)
{
	return reconciler_watch_path(reconciler) == NULL ? reconciler->local->interval :
	    LOOK_ANYWAY_SECONDS;
}
