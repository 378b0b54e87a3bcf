#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/bundle.h"
#include "base/file.h"
#include "commands/audit_order.h"
#include "commands/options.h"
#include "commands/output.h"

static const char usage[] =
	"usage: countersign evidence ID [--out FILE]\n"
	"\n"
	"Writes all that proves what became of a request into one file of text: the git objects\n"
	"that its audit reads, raw: commits, trees, request, decisions, rules, plan, intent and\n"
	"certificate. `countersign verify-evidence FILE` judges it without the repository. It is\n"
	"written whatever the audit finds, and findings are said.\n"
	"\n"
	"options:\n"
	"      --out FILE      where to write it (default: standard output, if that is no terminal)\n"
	INTRODUCTION_OPTIONS_USAGE
	CLONE_OPTIONS_USAGE
	"\n"
	"examples:\n"
	"  countersign evidence web/www-example-com --out www.evidence\n"
	"  countersign verify-evidence www.evidence --introduction 1f0c…@sha256:9ab4…\n";

struct evidence_options {
	struct clone_options clone;
	struct introduction_options introduction;
	struct text out;
};

static const struct option_row rows[] = {
	{ "out", 0, OPTION_TEXT, offsetof(struct evidence_options, out), NULL },
	INTRODUCTION_OPTION_ROWS(struct evidence_options),
	CLONE_OPTION_ROWS(struct evidence_options),
	{ .name = NULL }
};

static int
write_bundle(struct arena *arena, const struct evidence_bundle *bundle, struct text path)
{
	struct text content = bundle_write(arena, bundle);
	struct output output = output_to(arena, stdout);

	if (!text_present(path)) {
		output_raw(&output, content);
		return EXIT_DONE;
	}
	if (!file_write_durable(text_string(arena, path), content, 0644))
		return complain(EXIT_TROUBLE, "--out: %.*s: %s",
		    TEXT_ARGUMENTS(output_visible(arena, path)), strerror(errno));
	advise("%zu objects, %zu KiB, in %.*s", bundle->objects.count, content.length / 1024 + 1,
	    TEXT_ARGUMENTS(output_visible(arena, path)));
	return EXIT_DONE;
}

/* The audit reads a store of its own, in which nothing was read before. */
static int
collect(struct clone *clone, struct audit_order *order, struct evidence_bundle *bundle)
{
	struct audit_report report;
	struct text why = { NULL, 0 };
	int status;

	if (!store_open(store_path(clone->store), clone->arena, &order->store, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	store_note_reads(order->store, clone->arena, &bundle->objects);
	status = audit_order_run(clone->arena, order, EXIT_TROUBLE, &report);
	store_close(order->store);
	if (status != OPTIONS_GO_ON)
		return status;
	if (!report.story.known)
		return request_unknown(clone, order->only);
	bundle->request = order->only;
	bundle->introduction_commit = order->introduction_commit;
	bundle->introduction_digest = order->introduction_digest;
	bundle->steps = report.story.steps;
	if (report.findings.count > 0)
		advise("warning: the audit has %zu findings; `countersign audit %.*s` shows them",
		    report.findings.count, TEXT_ARGUMENTS(order->only));
	return OPTIONS_GO_ON;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct evidence_options options = { 0 };
	struct command_line line = { .command = &command_evidence, .rows = rows, .into = &options,
		.operand = "ID", .least = 1, .most = 1 };
	const struct audit_place place = { &options.clone, &options.introduction };
	struct evidence_bundle bundle = { .request = { NULL, 0 } };
	struct audit_order order = { 0 };
	struct text id = { NULL, 0 };
	struct clone clone = { 0 };
	int status = options_read(arena, &line, argc, argv);

	if (status == OPTIONS_GO_ON)
		status = request_id_given(arena, line.operands.at[0], &id);
	if (status == OPTIONS_GO_ON && !text_present(options.out) && isatty(STDOUT_FILENO))
		status = complain(EXIT_USAGE, "evidence: it is long; give --out FILE");
	if (status == OPTIONS_GO_ON)
		status = audit_order_open(arena, &place, &clone, &order);
	order.only = id;
	if (status == OPTIONS_GO_ON)
		status = collect(&clone, &order, &bundle);
	if (status == OPTIONS_GO_ON)
		status = write_bundle(arena, &bundle, options.out);
	clone_close(&clone);
	return status;
}

const struct command command_evidence = {
	.name = "evidence",
	.summary = "all that proves what became of a request, in one file",
	.usage = usage,
	.run = run,
};
