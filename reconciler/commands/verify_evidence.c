#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/bundle.h"
#include "base/file.h"
#include "commands/audit_order.h"
#include "commands/audit_view.h"
#include "commands/options.h"
#include "commands/output.h"

static const char usage[] =
	"usage: countersign verify-evidence FILE [--introduction COMMIT@sha256:DIGEST] [-o FORMAT]\n"
	"\n"
	"Judges a file that `countersign evidence` has written, without the repository: every\n"
	"object's id, and then what `countersign audit ID` does, with the same code, on nothing\n"
	"but these objects. Shows the story and what was found.\n"
	"\n"
	"The introduction must be known from elsewhere: the file's own proves nothing, as anybody\n"
	"can make a repository, and is not believed. What no such file can show is that nothing was left out:\n"
	"neither a decision that the reconciler never took up between the commits that are told,\n"
	"nor what came after the newest of them, a revocation for instance.\n"
	"\n"
	"options:\n"
	INTRODUCTION_OPTIONS_USAGE
	"  -o, --output F      table (default) or json\n"
	"\n"
	"exit status: 0 it holds; 1 findings, objects that it lacks, or another introduction;\n"
	"2 no introduction is known; 3 it could not be read\n"
	"\n"
	"examples:\n"
	"  countersign verify-evidence www.evidence --config local/countersign.yaml\n";

static const char *const formats[] = { "table", "json", NULL };

struct verify_options {
	struct introduction_options introduction;
	int format;
};

static const struct option_row rows[] = {
	{ "output", 'o', OPTION_CHOICE, offsetof(struct verify_options, format), formats },
	INTRODUCTION_OPTION_ROWS(struct verify_options),
	{ .name = NULL }
};

/* Whether trust begins where whoever verifies says it does: anybody can make a repository. */
static int
check_introduction(struct arena *arena, const struct verify_options *options,
    const struct evidence_bundle *bundle, struct audit_order *order)
{
	struct introduction known;
	int status = introduction_find(arena, &options->introduction, &known);

	*order = (struct audit_order){ .only = bundle->request, .steps = &bundle->steps,
		.now = moment_now(), .introduction_commit = known.commit,
		.introduction_digest = known.digest, .introduction_source = known.source };
	if (status != OPTIONS_GO_ON) {
		advise("The file itself says %.*s@%.*s, which proves nothing: compare that with what you "
		    "know from elsewhere.", TEXT_ARGUMENTS(bundle->introduction_commit),
		    TEXT_ARGUMENTS(bundle->introduction_digest));
		return status;
	}
	if (text_equal(known.commit, bundle->introduction_commit) &&
	    text_equal(known.digest, bundle->introduction_digest))
		return OPTIONS_GO_ON;
	return complain(EXIT_NO, "the file begins at another introduction, %.*s@%.*s: it is about "
	    "another repository", TEXT_ARGUMENTS(bundle->introduction_commit),
	    TEXT_ARGUMENTS(bundle->introduction_digest));
}

static int
judge(struct arena *arena, const struct audit_order *order, int format)
{
	struct output output = output_to(arena, stdout);
	struct audit_report report;
	int status = audit_order_run(arena, order, EXIT_NO, &report);

	if (status != OPTIONS_GO_ON) {
		audit_print(&output, &report, format);
		return status;
	}
	if (!report.story.known)
		return audit_print_none(arena, format, complain(EXIT_NO,
		    "it does not hold: nothing in it is about %.*s", TEXT_ARGUMENTS(order->only)));
	audit_print(&output, &report, format);
	return report.findings.count == 0 ? EXIT_DONE : EXIT_NO;
}

static int
open_bundle(struct arena *arena, const struct verify_options *options, struct text path,
    struct evidence_bundle *bundle, struct audit_order *order)
{
	struct text content, why = { NULL, 0 };
	int status;

	if (!file_read(arena, text_string(arena, path), BUNDLE_BYTES, &content))
		return complain(EXIT_TROUBLE, "%.*s: %s",
		    TEXT_ARGUMENTS(output_visible(arena, path)), strerror(errno));
	if (!bundle_read(arena, content, bundle, &why))
		return complain(EXIT_TROUBLE, "%.*s: %.*s",
		    TEXT_ARGUMENTS(output_visible(arena, path)), TEXT_ARGUMENTS(why));
	status = check_introduction(arena, options, bundle, order);
	if (status != OPTIONS_GO_ON)
		return status;
	if (!store_open_objects(&bundle->objects, arena, &order->store, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	return OPTIONS_GO_ON;
}

static int
verify(struct arena *arena, const struct verify_options *options, struct text path)
{
	struct evidence_bundle bundle;
	struct audit_order order;
	int status = open_bundle(arena, options, path, &bundle, &order);

	if (status != OPTIONS_GO_ON)
		return audit_print_none(arena, options->format, status);
	status = judge(arena, &order, options->format);
	store_close(order.store);
	return status;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct verify_options options = { 0 };
	struct command_line line = { .command = &command_verify_evidence, .rows = rows,
		.into = &options, .operand = "FILE", .least = 1, .most = 1 };
	int status = options_read(arena, &line, argc, argv);

	return status == OPTIONS_GO_ON ? verify(arena, &options, line.operands.at[0]) : status;
}

const struct command command_verify_evidence = {
	.name = "verify-evidence",
	.summary = "judge such a file, without the repository",
	.usage = usage,
	.run = run,
};
