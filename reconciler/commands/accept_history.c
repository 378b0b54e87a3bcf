#include <stdio.h>

#include "checker/accepted.h"
#include "commands/clone.h"
#include "commands/command.h"
#include "commands/operator.h"
#include "commands/options.h"
#include "daemon/state.h"
#include "reconcile/load.h"
#include "reconcile/pass.h"

static const char usage[] =
	"usage: countersign accept-history [--config FILE] [--yes] COMMIT\n"
	"\n"
	"For the operator, on the daemon's machine: the input branch was rewritten, rewound or\n"
	"replaced, and that is right. Shows which commits are gone and which are new, and has the\n"
	"daemon go on from COMMIT (its whole id), which the branch must point at or descend from.\n"
	"Whether the daemon runs, or has ended with its alarm, makes no difference. What was taken\n"
	"up from commits that are gone stays: no decision, no configuration, no certificate is undone.\n"
	"\n"
	"options:\n"
	OPERATOR_OPTIONS_USAGE
	"\n"
	"examples:\n"
	"  countersign accept-history 1f0c3a7d2b5e48690b1c2d3e4f5a6b7c8d9e0f12\n";

struct choices {
	struct operator_options operator;
};

static const struct option_row rows[] = {
	OPERATOR_OPTION_ROWS(struct choices),
	{ .name = NULL }
};

/* What the branch must descend from: what this machine accepted last, or else what was judged last. */
static bool
accepted_input(struct operator_desk *desk, struct text *accepted)
{
	struct text raw;

	*accepted = desk->tips.input;
	if (text_present(*accepted))
		return true;
	if (text_present(desk->output_ref) && store_object(desk->store, desk->arena, desk->output_ref,
	    "commit", HISTORY_COMMIT_BYTES, &raw))
		*accepted = own_trailer(raw, "Countersign-Input");
	return text_present(*accepted);
}

/* Decisions on open requests that were found in commits which are gone. */
static void
print_kept(struct operator_desk *desk, const struct history_commits *gone)
{
	struct request_records records = { 0 };
	struct text why;
	bool any = false;

	if (!records_open(desk->store, desk->arena, desk->tips.output, &records, &why))
		return;
	for (size_t i = 0; i < records.count; i++) {
		const struct verified_decisions *decisions = &records.at[i].decisions;

		for (size_t j = 0; j < decisions->count; j++) {
			if (!operator_has_commit(gone, decisions->at[j].where))
				continue;
			if (!any)
				output_printf(&desk->output, "Taken up from them, and kept:\n");
			any = true;
			output_printf(&desk->output, "  %.*s: %s %.*s (commit %.*s)\n",
			    TEXT_ARGUMENTS(output_visible(desk->arena, decisions->at[j].by)),
			    decision_kind_name(decisions->at[j].decision),
			    TEXT_ARGUMENTS(output_visible(desk->arena, records.at[i].id)),
			    TEXT_ARGUMENTS(commit_short(decisions->at[j].where)));
		}
	}
}

static void
reverse(struct history_commits *commits)
{
	for (size_t i = 0; i < commits->count / 2; i++) {
		struct history_commit other = commits->at[i];

		commits->at[i] = commits->at[commits->count - 1 - i];
		commits->at[commits->count - 1 - i] = other;
	}
}

/* The commits of `tip` that `known` does not have, newest first. */
static bool
difference(struct operator_desk *desk, struct text tip, struct text known,
    struct history_commits *out)
{
	struct history_range range = { .tip = tip, .known = known, .most_bytes = 1 };
	bool descends;

	if (!history_new(desk->store, desk->arena, &range, out, &descends)) {
		(void)complain(EXIT_TROUBLE, "history cannot be read: %s", store_trouble(desk->store));
		return false;
	}
	reverse(out);
	return true;
}

/*
 * What the checker has accepted, where another history took its place before it was told so: a word
 * of which only the reconciler's half was left is given again. Absent: nothing of that kind.
 */
static bool
checker_lacks_word(struct operator_desk *desk, struct history_commits *gone, struct text *accepted)
{
	struct accepted checker;
	struct text why;
	bool good = true;

	*accepted = (struct text){ NULL, 0 };
	/* a file that is not there, or not for whoever asks, has no say */
	if (accepted_read(arena_printf(desk->arena, "%s/accepted",
	    checker_folder(desk->arena, desk->local)), &checker, &why) &&
	    text_present(checker.input)) {
		good = difference(desk, checker.input, desk->input, gone);
		*accepted = text_copy(desk->arena, checker.input);
	}
	accepted_free(&checker);
	return good;
}

static int
accept(struct operator_desk *desk, struct text named)
{
	struct history_commits after = { 0 }, gone = { 0 }, added = { 0 };
	struct history_range range = { .tip = desk->input, .known = named, .most_bytes = 1 };
	struct text accepted, checked = { NULL, 0 };
	bool descends;

	if (!accepted_input(desk, &accepted))
		return complain(EXIT_NO, "nothing has been accepted here yet, so nothing was rewritten");
	if (!history_new(desk->store, desk->arena, &range, &after, &descends))
		return complain(EXIT_TROUBLE, "history cannot be read: %s", store_trouble(desk->store));
	if (!descends)
		return complain(EXIT_NO, "%.*s points at %.*s, which is not %.*s and does not descend "
		    "from it", TEXT_ARGUMENTS(desk->input_ref), TEXT_ARGUMENTS(desk->input),
		    TEXT_ARGUMENTS(named));
	if (!difference(desk, accepted, desk->input, &gone))
		return EXIT_TROUBLE;
	if (gone.count == 0 && !checker_lacks_word(desk, &gone, &checked))
		return EXIT_TROUBLE;
	if (gone.count > 0 && text_present(checked))
		accepted = checked;
	if (!difference(desk, desk->input, accepted, &added))
		return EXIT_TROUBLE;
	if (gone.count == 0)
		return complain(EXIT_NO, "%.*s descends from %.*s, accepted before: nothing was "
		    "rewritten", TEXT_ARGUMENTS(desk->input_ref), TEXT_ARGUMENTS(accepted));
	output_printf(&desk->output, "%.*s points at %.*s,\nwhich does not descend from %.*s, accepted "
	    "before.\n\nNot on it any more, %zu:\n", TEXT_ARGUMENTS(desk->input_ref),
	    TEXT_ARGUMENTS(desk->input), TEXT_ARGUMENTS(accepted), gone.count);
	operator_print_commits(desk, &gone);
	print_kept(desk, &gone);
	output_printf(&desk->output, "New on it, %zu:\n", added.count);
	operator_print_commits(desk, &added);
	return operator_say(desk, OPERATOR_ACCEPTS_HISTORY, named);
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { OPERATOR_OPTION_DEFAULTS };
	struct command_line line = { .command = &command_accept_history, .rows = rows,
		.into = &choices, .operand = "COMMIT", .least = 1, .most = 1 };
	int status = options_read(arena, &line, argc, argv);

	return status == OPTIONS_GO_ON ? operator_decide(arena, &choices.operator,
	    line.operands.at[0], accept) : status;
}

const struct command command_accept_history = {
	.name = "accept-history",
	.summary = "the operator's word: go on from a rewritten history",
	.usage = usage,
	.run = run,
};
