#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "commands/audit_order.h"
#include "commands/audit_view.h"
#include "commands/options.h"
#include "commands/output.h"

static const char usage[] =
	"usage: countersign audit [--since COMMIT] [--ledger FILE] [-o FORMAT]\n"
	"       countersign audit ID [-o FORMAT]\n"
	"\n"
	"Decides everything again: each commit of the output branch, from the first on, is\n"
	"judged from what the repository holds and the introduction alone, without daemon and\n"
	"network. Signatures, configurations, quorums, plans, intents, every byte of each\n"
	"certificate, the numbers of the ledger. Whatever does not follow is a finding.\n"
	"Only the times at which something was seen are the reconciler's word.\n"
	"\n"
	"What was judged must lie on the input branch (--branch), as it stands here. At the end it\n"
	"says with which introduction it began, as of when it speaks, and how many commits of the\n"
	"input branch nothing has judged yet: an output branch that was cut has no finding.\n"
	"\n"
	"With an ID: the story of that request, audited likewise: who asked, who signed what with\n"
	"which key and when, what was counted where, and the plan that they signed.\n"
	"\n"
	"options:\n"
	INTRODUCTION_OPTIONS_USAGE
	"  --since COMMIT      begin behind this output commit, and trust what it says\n"
	"  --ledger FILE       compare with the signer's ledger as well\n"
	"  -o, --output F      table (default) or json\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"exit status: 0 nothing found; 1 findings; 3 it could not be audited, or not all of it, as\n"
	"objects are missing: whatever was found (and JSON has \"complete\": false)\n"
	"\n"
	"examples:\n"
	"  countersign audit --fetch\n"
	"  countersign audit web/www-example-com\n"
	"  countersign audit --config local/countersign.yaml --ledger local/state/ledger\n"
	"  countersign audit -o json | jq -r '.findings[] | .code + \" \" + .message'\n";

enum { LEDGER_BYTES = 1 << 30 };

static const char *const formats[] = { "table", "json", NULL };

struct audit_options {
	struct clone_options clone;
	struct introduction_options introduction;
	struct text since;
	struct text ledger;
	int format;
};

static const struct option_row rows[] = {
	{ "since", 0, OPTION_TEXT, offsetof(struct audit_options, since), NULL },
	{ "ledger", 0, OPTION_TEXT, offsetof(struct audit_options, ledger), NULL },
	{ "output", 'o', OPTION_CHOICE, offsetof(struct audit_options, format), formats },
	INTRODUCTION_OPTION_ROWS(struct audit_options),
	CLONE_OPTION_ROWS(struct audit_options),
	{ .name = NULL }
};

/* What is asked for beside the whole branch. */
static int
take_options(struct clone *clone, const struct audit_options *options, struct audit_order *order)
{
	if (text_present(options->since) && !store_resolve(clone->store, clone->arena,
	    text_string(clone->arena, options->since), &order->since))
		return complain(EXIT_USAGE, "--since: there is no commit \"%.*s\" here",
		    TEXT_ARGUMENTS(output_visible(clone->arena, options->since)));
	if (text_present(options->ledger) && !file_read(clone->arena, text_string(clone->arena,
	    options->ledger), LEDGER_BYTES, &order->ledger))
		return complain(EXIT_TROUBLE, "--ledger: %.*s: %s",
		    TEXT_ARGUMENTS(output_visible(clone->arena, options->ledger)),
		    strerror(errno));
	return OPTIONS_GO_ON;
}

static int
audit(struct clone *clone, const struct audit_order *order, int format)
{
	struct output output = output_to(clone->arena, stdout);
	struct audit_report report;
	int status = audit_order_run(clone->arena, order, EXIT_TROUBLE, &report);

	if (status != OPTIONS_GO_ON) {
		audit_print(&output, &report, format);
		return status;
	}
	if (text_present(order->only) && !report.story.known)
		return audit_print_none(clone->arena, format, request_unknown(clone, order->only));
	audit_print(&output, &report, format);
	clone_tell_age(clone);
	return report.findings.count == 0 ? EXIT_DONE : EXIT_NO;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct audit_options options = { 0 };
	struct command_line line = { .command = &command_audit, .rows = rows, .into = &options,
		.operand = "ID", .most = 1 };
	const struct audit_place place = { &options.clone, &options.introduction };
	struct audit_order order = { 0 };
	struct text id = { NULL, 0 };
	struct clone clone = { 0 };
	int status = options_read(arena, &line, argc, argv);

	if (status == OPTIONS_GO_ON && line.operands.count > 0)
		status = request_id_given(arena, line.operands.at[0], &id);
	if (status == OPTIONS_GO_ON && text_present(id) &&
	    (text_present(options.since) || text_present(options.ledger)))
		status = complain(EXIT_USAGE, "audit: --since and --ledger are about the whole branch, "
		    "not about one request");
	if (status == OPTIONS_GO_ON)
		status = audit_order_open(arena, &place, &clone, &order);
	if (status == OPTIONS_GO_ON)
		status = take_options(&clone, &options, &order);
	order.only = id;
	status = status == OPTIONS_GO_ON ? audit(&clone, &order, options.format) :
	    audit_print_none(arena, options.format, status);
	clone_close(&clone);
	return status;
}

const struct command command_audit = {
	.name = "audit",
	.summary = "decide everything again, from the repository alone; says what does not follow",
	.usage = usage,
	.run = run,
};
