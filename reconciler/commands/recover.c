#include <stdio.h>
#include <string.h>

#include "commands/clone.h"
#include "commands/command.h"
#include "commands/operator.h"
#include "commands/options.h"
#include "reconcile/load.h"
#include "reconcile/pass.h"
#include "trust/commit.h"

enum { REQUESTS_SHOWN = 20 };

static const char usage[] =
	"usage: countersign recover [--config FILE] [--yes] --output COMMIT\n"
	"\n"
	"For the operator, on the daemon's machine: a reconciler's key was in the wrong hands. Shows\n"
	"what output commits after COMMIT (its whole id), the newest one that is good, say, and has\n"
	"the daemon discard them: it goes on from COMMIT and hears all evidence since then anew. What\n"
	"people have signed counts again, also where only a discarded commit keeps it; nothing that\n"
	"only the key has said does. A certificate that the signer's ledger has is not made twice.\n"
	"See STOLEN RECONCILER KEY in countersign(1) for the whole procedure.\n"
	"\n"
	"options:\n"
	"  --output COMMIT  the newest output commit that is good\n"
	OPERATOR_OPTIONS_USAGE
	"\n"
	"examples:\n"
	"  countersign recover --output 1f0c3a7d2b5e48690b1c2d3e4f5a6b7c8d9e0f12\n";

struct choices {
	struct operator_options operator;
	struct text output;
};

static const struct option_row rows[] = {
	{ "output", 0, OPTION_TEXT, offsetof(struct choices, output), NULL },
	OPERATOR_OPTION_ROWS(struct choices),
	{ .name = NULL }
};

/* The keys that may have signed an output commit: those that were listed at the one before. */
static bool
keys_before(struct operator_desk *desk, const struct raw_commit *kept, struct configuration *out,
    struct text *why)
{
	struct configuration_place introduction = { .commit = desk->local->introduction_commit,
		.previous = configuration_none };

	return kept->parents.count == 0 ?
	    configuration_load(desk->store, desk->arena, &introduction, NULL, out, why) :
	    configuration_trusted_load(desk->store, desk->arena, kept->parents.at[0], NULL, out, why);
}

/* Whether it is an output commit that a reconciler's key signed; complains if not. */
static bool
is_output(struct operator_desk *desk, struct text commit)
{
	struct configuration before = { 0 }, own = { 0 };
	struct raw_commit kept = { 0 };
	struct text raw, why = TEXT("it cannot be read");

	if (store_object(desk->store, desk->arena, commit, "commit", HISTORY_COMMIT_BYTES, &raw) &&
	    raw_commit_parse(desk->arena, raw, &kept, &why) &&
	    keys_before(desk, &kept, &before, &why) &&
	    commit_signed_by_keys(desk->arena, raw, &before.repository.reconciler_keys, &why) &&
	    configuration_trusted_load(desk->store, desk->arena, commit, NULL, &own, &why))
		return true;
	(void)complain(EXIT_NO, "%.*s is no good output commit: %.*s", TEXT_ARGUMENTS(commit),
	    TEXT_ARGUMENTS(why));
	return false;
}

/* The commits above the kept one on the way to a tip; `reached` says whether it leads there. */
static bool
line_above(struct operator_desk *desk, struct text tip, struct text kept,
    struct history_commits *line, bool *reached)
{
	struct history_range range = { .tip = tip, .known = kept, .most_bytes = 1 };

	*reached = false;
	if (!text_present(tip))
		return true;
	if (history_first_parents(desk->store, desk->arena, &range, line, reached)) {
		if (!*reached)
			line->count = 0;
		return true;
	}
	(void)complain(EXIT_TROUBLE, "the output branch cannot be read: %s",
	    store_trouble(desk->store));
	return false;
}

/* What a request is at an output commit, in a word. */
static const char *
state_at(struct operator_desk *desk, struct text commit, struct text id)
{
	struct request_record record = { 0 };

	return record_load(desk->store, desk->arena, commit, id, &record) ?
	    request_state_name(record.state) : "not there";
}

static void
print_requests(struct operator_desk *desk, struct text kept, struct text tip)
{
	struct comparison comparison = { .from = kept, .to = tip, .folder = "status/requests" };
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };

	if (!snapshot_compare(desk->store, desk->arena, &comparison, &changes, &reasons) ||
	    changes.count == 0)
		return;
	output_printf(&desk->output, "Requests of which they say something else:\n");
	for (size_t i = 0; i < changes.count && i < REQUESTS_SHOWN; i++) {
		struct text id = text_skip(changes.at[i].path, strlen("status/requests/"));

		if (text_ends_with(id, ".yaml"))
			id.length -= strlen(".yaml");
		output_printf(&desk->output, "  %.*s: %s, was %s\n",
		    TEXT_ARGUMENTS(output_visible(desk->arena, id)), state_at(desk, tip, id),
		    state_at(desk, kept, id));
	}
	if (changes.count > REQUESTS_SHOWN)
		output_printf(&desk->output, "  and %zu more\n", changes.count - REQUESTS_SHOWN);
}

static void
print_discarded(struct operator_desk *desk, struct text kept, struct text tip,
    const struct history_commits *line)
{
	if (line->count == 0)
		return;
	output_printf(&desk->output, "Output commits that are discarded, %zu:\n", line->count);
	operator_print_commits(desk, line);
	print_requests(desk, kept, tip);
}

static int
recover(struct operator_desk *desk, struct text kept)
{
	struct history_commits accepted = { 0 }, on_branch = { 0 };
	bool below_accepted, below_branch;

	if (!line_above(desk, desk->tips.output, kept, &accepted, &below_accepted) ||
	    !line_above(desk, desk->output_ref, kept, &on_branch, &below_branch))
		return EXIT_TROUBLE;
	if (!below_accepted && !below_branch)
		return complain(EXIT_NO, "%.*s is not an output commit from which what was accepted "
		    "here, or what the output branch holds, went on", TEXT_ARGUMENTS(kept));
	if (!is_output(desk, kept))
		return EXIT_NO;
	if (accepted.count == 0 && on_branch.count == 0)
		return complain(EXIT_NO, "%.*s is the newest output commit: there is nothing to discard",
		    TEXT_ARGUMENTS(kept));
	/* what was accepted stands on the branch mostly */
	if (below_accepted && !operator_has_commit(&on_branch, desk->tips.output))
		print_discarded(desk, kept, desk->tips.output, &accepted);
	if (below_branch)
		print_discarded(desk, kept, desk->output_ref, &on_branch);
	return operator_say(desk, OPERATOR_RECOVERS_OUTPUT, kept);
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { OPERATOR_OPTION_DEFAULTS, { NULL, 0 } };
	struct command_line line = { .command = &command_recover, .rows = rows, .into = &choices };
	int status = options_read(arena, &line, argc, argv);

	if (status == OPTIONS_GO_ON && !text_present(choices.output))
		status = complain(EXIT_USAGE, "recover: name the newest output commit that is good, "
		    "with --output COMMIT");
	return status == OPTIONS_GO_ON ? operator_decide(arena, &choices.operator, choices.output,
	    recover) : status;
}

const struct command command_recover = {
	.name = "recover",
	.summary = "the operator's word: discard output commits of a stolen key",
	.usage = usage,
	.run = run,
};
