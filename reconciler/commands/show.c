#include <stdio.h>

#include "commands/clone.h"
#include "commands/forecast.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/request_view.h"
#include "manifest/manifest.h"
#include "trust/trailer.h"

static const char usage[] =
	"usage: countersign show ID [--at REVISION] [-o FORMAT]\n"
	"\n"
	"Everything about one request: who asks for what and why, the names, usages and\n"
	"validity, the steps with who approved when, who can still approve, until when, what\n"
	"was seen and not counted, the certificate, and the plan with its digest.\n"
	"\n"
	"What is shown is the newest status of the output branch, judged again under the trusted\n"
	"configuration. A newer version of the request's file, and one that is not merged yet, is\n"
	"shown as the reconciler would judge it now, and a note says so.\n"
	"\n"
	"      --at REVISION   the request's file as it stands there\n"
	"  -o, --output F      table (default), json or yaml: a CertificateRequestStatus\n"
	"                      (`countersign schema CertificateRequestStatus`)\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"examples:\n"
	"  countersign show web/www-example-com --fetch\n"
	"  countersign show web/www-example-com --at origin/new-storefront\n"
	"  countersign show web/www-example-com -o json | jq -r .status.digest\n";

struct show_options {
	struct clone_options clone;
	struct text revision;
	int format;
};

static const struct option_row rows[] = {
	{ "at", 0, OPTION_TEXT, offsetof(struct show_options, revision), NULL },
	{ "output", 'o', OPTION_CHOICE, offsetof(struct show_options, format), output_format_names },
	CLONE_OPTION_ROWS(struct show_options),
	{ .name = NULL }
};

static void
print_page(struct clone *clone, const struct forecast *forecast)
{
	struct output output = output_to(clone->arena, stdout);
	struct text previous;

	view_request(&output, forecast, clone->now);
	view_steps(&output, &forecast->after);
	view_ignored(&output, &forecast->after);
	view_plan(&output, &forecast->after);
	if (forecast->version_is_new && forecast_previous_plan(clone, forecast, &previous)) {
		output_printf(&output, "\n");
		output_styled(&output, STYLE_STRONG, TEXT("changes to the plan before"));
		output_printf(&output, "\n");
		view_plan_changes(&output, previous, forecast->after.plan);
	}
	if (forecast->notes.count > 0)
		output_printf(&output, "\n");
	view_notes(&output, forecast);
}

static int
show(struct clone *clone, const struct show_options *options, struct text id)
{
	struct forecast_order order = { .id = id };
	struct output output = output_to(clone->arena, stdout);
	struct forecast forecast;

	if (text_present(options->revision) && !store_resolve(clone->store, clone->arena,
	    text_string(clone->arena, options->revision), &order.commit))
		return complain(EXIT_USAGE, "show: --at: there is no commit \"%.*s\" here",
		    TEXT_ARGUMENTS(output_visible(clone->arena, options->revision)));
	if (!forecast_make(clone, &order, &forecast))
		return request_unknown(clone, id);
	if (options->format == OUTPUT_JSON)
		output_raw(&output, manifest_write_json(clone->arena,
					KIND_CERTIFICATE_REQUEST_STATUS, &forecast.after));
	else if (options->format == OUTPUT_YAML)
		output_raw(&output, manifest_write(clone->arena, KIND_CERTIFICATE_REQUEST_STATUS,
		    &forecast.after));
	else
		print_page(clone, &forecast);
	clone_tell_age(clone);
	return EXIT_DONE;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct show_options options = { 0 };
	struct command_line line = { .command = &command_show, .rows = rows, .into = &options,
		.operand = "ID", .least = 1, .most = 1 };
	struct clone clone;
	struct text id;
	int status = options_read(arena, &line, argc, argv);

	if (status != OPTIONS_GO_ON)
		return status;
	status = request_id_given(arena, line.operands.at[0], &id);
	if (status != OPTIONS_GO_ON)
		return status;
	status = clone_open(arena, &options.clone, &clone);
	if (status == OPTIONS_GO_ON)
		status = show(&clone, &options, id);
	clone_close(&clone);
	return status;
}

const struct command command_show = {
	.name = "show",
	.summary = "everything about one request",
	.usage = usage,
	.run = run,
};
