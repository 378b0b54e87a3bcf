#include <stdio.h>

#include "commands/command.h"
#include "commands/options.h"
#include "commands/output.h"
#include "manifest/manifest.h"

static const char usage[] =
	"usage: countersign schema [KIND]\n"
	"       countersign schema --reference KIND\n"
	"\n"
	"Without a kind: the names of all kinds of document, a line each. With one: its\n"
	"JSON Schema (draft 2020-12), for editors and other validators.\n"
	"\n"
	"options:\n"
	"  --reference   the kind's reference in mdoc instead, as the manual has it\n"
	"\n"
	"examples:\n"
	"  countersign schema CertificateRequest\n"
	"  countersign schema ApprovalPolicy >approval-policy.schema.json\n";

struct choices {
	bool reference;
};

static const struct option_row rows[] = {
	{ "reference", 0, OPTION_FLAG, offsetof(struct choices, reference), NULL },
	{ .name = NULL }
};

static int
unknown_kind(struct arena *arena, struct text name)
{
	struct texts names = { 0 };
	struct text nearest;

	for (int kind = KIND_NONE + 1; kind < KINDS; kind++)
		texts_add(arena, &names, text_of(kind_name((enum kind)kind)));
	nearest = text_nearest(name, &names);
	if (text_present(nearest))
		return complain(EXIT_USAGE, "there is no kind \"%.*s\"; did you mean %.*s?",
		    TEXT_ARGUMENTS(name), TEXT_ARGUMENTS(nearest));
	return complain(EXIT_USAGE, "there is no kind \"%.*s\"; `countersign schema` lists them",
	    TEXT_ARGUMENTS(name));
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { false };
	struct command_line line = { .command = &command_schema, .rows = rows, .into = &choices,
		.operand = "KIND", .most = 1 };
	struct output output = output_to(arena, stdout);
	int status = options_read(arena, &line, argc, argv);
	enum kind kind;

	if (status != OPTIONS_GO_ON)
		return status;
	if (line.operands.count == 0) {
		if (choices.reference)
			return complain(EXIT_USAGE, "schema --reference needs a kind");
		for (int i = KIND_NONE + 1; i < KINDS; i++)
			output_printf(&output, "%s\n", kind_name((enum kind)i));
		return EXIT_DONE;
	}
	kind = kind_parse(line.operands.at[0]);
	if (kind == KIND_NONE)
		return unknown_kind(arena, line.operands.at[0]);
	output_raw(&output, choices.reference ? manifest_reference(arena, kind)
	    : manifest_schema(arena, kind));
	return EXIT_DONE;
}

const struct command command_schema = {
	.name = "schema",
	.summary = "the JSON Schema of a kind of document",
	.usage = usage,
	.run = run,
};
