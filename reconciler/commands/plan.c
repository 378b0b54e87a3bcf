#include <stdio.h>

#include "commands/branch_plan.h"
#include "commands/clone.h"
#include "commands/command.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/plan_page.h"
#include "commands/range.h"

static const char usage[] =
	"usage: countersign plan [BASE..HEAD] [-o markdown|json] [OPTIONS]\n"
	"\n"
	"What a branch would open, issue or change once it is merged: each request with the full\n"
	"plan, its digest, who would have to approve and with what command; each change of the\n"
	"rules with its digest and who has to sign it; signatures that would not count, and why.\n"
	"Markdown for the page of a pull request. It only reads, and needs no key.\n"
	"\n"
	"The branch is judged as a pull request is compared, from where it left BASE. Without an\n"
	"operand: what HEAD adds to the input branch as it was fetched.\n"
	"\n"
	"options:\n"
	"  -o, --output FORMAT markdown (default) or json\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"Exit status: 0 all of it would be accepted; 1 something would not.\n"
	"\n"
	"examples:\n"
	"  countersign plan\n"
	"  countersign plan origin/main..HEAD >>\"$GITHUB_STEP_SUMMARY\"\n";

static const char *const format_names[] = { "markdown", "json", NULL };

struct choices {
	int format;
	struct clone_options clone;
};

static const struct option_row rows[] = {
	{ "output", 'o', OPTION_CHOICE, offsetof(struct choices, format), format_names },
	CLONE_OPTION_ROWS(struct choices),
	{ .name = NULL }
};

static int
print_plan(struct clone *clone, struct text operand, const struct choices *choices)
{
	struct output output = output_to(clone->arena, stdout);
	struct branch_plan plan;
	struct range range = { 0 };
	struct text why = { 0 };

	if (!range_resolve(clone->store, clone->arena, operand, &range, &why) ||
	    !branch_plan_make(clone, &range, &plan, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	output_raw(&output, choices->format == 0 ? plan_page_markdown(clone->arena, clone, &plan)
	    : plan_page_json(clone->arena, clone, &plan));
	return branch_plan_good(&plan) ? EXIT_DONE : EXIT_NO;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { 0 };
	struct command_line line = { .command = &command_plan, .rows = rows, .into = &choices,
		.operand = "BASE..HEAD", .most = 1 };
	int status = options_read(arena, &line, argc, argv);
	struct clone clone = { 0 };
	struct text operand;

	if (status != OPTIONS_GO_ON)
		return status;
	status = clone_open(arena, &choices.clone, &clone);
	if (status == OPTIONS_GO_ON && line.operands.count > 0) {
		operand = line.operands.at[0];
		if (!range_spelled(operand))
			status = complain(EXIT_USAGE,
			    "\"%.*s\" is no range: expected BASE..HEAD, for instance "
			    "origin/main..HEAD",
			    TEXT_ARGUMENTS(operand));
	} else if (status == OPTIONS_GO_ON) {
		operand = text_printf(arena, "%.*s..", TEXT_ARGUMENTS(clone.input));
		if (!text_present(clone.input))
			status = complain(EXIT_TROUBLE,
			    "the input branch %.*s is not here; name a range",
			    TEXT_ARGUMENTS(clone.branch));
	}
	if (status == OPTIONS_GO_ON)
		status = print_plan(&clone, operand, &choices);
	clone_close(&clone);
	return status;
}

const struct command command_plan = {
	.name = "plan",
	.summary = "what a branch would open, issue or change",
	.usage = usage,
	.run = run,
};
