#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/moment.h"
#include "commands/command.h"
#include "commands/findings.h"
#include "commands/lint.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/range.h"

static const char usage[] =
	"usage: countersign check [PATH | REVISION | BASE..HEAD] [--format FORMAT]\n"
	"\n"
	"Finds what is wrong before anybody pushes or merges it: in the configuration and across\n"
	"its files, in each request and the plan that it makes, in approvals, revocations and\n"
	"their signatures. It only reads, and needs no key.\n"
	"\n"
	"  PATH         a work tree as it is on disk, committed or not (default: this one)\n"
	"  REVISION     a commit, for instance HEAD or origin/main\n"
	"  BASE..HEAD   what a branch changes: only these files are reported\n"
	"\n"
	"options:\n"
	"  --format FORMAT   text (file:line:column: error: message), json, github (annotations\n"
	"                    of a pull request), sarif (2.1.0); default: text\n"
	"\n"
	"Exit status: 0 no errors (there may be warnings); 1 errors.\n"
	"\n"
	"examples:\n"
	"  countersign check\n"
	"  countersign check origin/main..HEAD --format github\n";

static const char *const format_names[] = { "text", "json", "github", "sarif", NULL };

struct choices {
	int format;
};

static const struct option_row rows[] = {
	{ "format", 0, OPTION_CHOICE, offsetof(struct choices, format), format_names },
	{ .name = NULL }
};

static bool
is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The folder at or above `path` that holds countersign.yaml; `path` itself when none does. */
static const char *
find_top(struct arena *arena, const char *path)
{
	char *real = realpath(path, NULL);
	char *at = arena_printf(arena, "%s", real == NULL ? "" : real), *end;

	free(real);
	while (at[0] == '/') {
		if (access(arena_printf(arena, "%s/countersign.yaml", at), F_OK) == 0)
			return at;
		end = strrchr(at, '/');
		*end = '\0';
	}
	return path;
}

/* What the reconciler last said, as far as this repository knows. */
static void
find_output(struct arena *arena, struct store *store, struct lint *lint)
{
	lint->output_store = store;
	if (!store_ref(store, arena, "refs/remotes/origin/countersign/output",
		&lint->output_commit))
		(void)store_ref(store, arena, "refs/heads/countersign/output",
		    &lint->output_commit);
}

static int
report(struct arena *arena, const struct lint *lint, const struct choices *choices)
{
	struct output output = output_to(arena, stdout);
	struct reasons reasons = { 0 };
	struct text why = { 0 };

	if (!lint_documents(arena, lint, &reasons, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	findings_sort(&reasons);
	output_raw(&output, findings_format_all(arena, &reasons,
	    (enum findings_format)choices->format));
	return reasons_errors(&reasons) > 0 ? EXIT_NO : EXIT_DONE;
}

static int
check_work_tree(struct arena *arena, const char *path, const struct choices *choices)
{
	struct lint lint = { .documents = { .folder = find_top(arena, path) },
		.now = moment_now() };
	struct store *store = NULL;
	struct text why;
	int status;

	/* a work tree that is in no repository can be checked too */
	if (store_open(lint.documents.folder, arena, &store, &why))
		find_output(arena, store, &lint);
	status = report(arena, &lint, choices);
	store_close(store);
	return status;
}

static int
check_store(struct arena *arena, struct store *store, struct text operand,
    const struct choices *choices)
{
	struct lint lint = { .documents = { .store = store }, .now = moment_now() };
	struct range range = { 0 };
	struct text why = { 0 };

	find_output(arena, store, &lint);
	if (range_spelled(operand)) {
		if (!range_resolve(store, arena, operand, &range, &why))
			return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
		lint.documents.commit = range.head;
		lint.touched = &range.touched;
	} else if (!store_resolve(store, arena, text_string(arena, operand),
		       &lint.documents.commit))
		return complain(EXIT_USAGE, "\"%.*s\" is neither a folder nor a commit here%s",
		    TEXT_ARGUMENTS(output_visible(arena, operand)),
		    access(text_string(arena, operand), F_OK) != 0 ? "" :
		    ": files are judged together, so name their folder, or none");
	return report(arena, &lint, choices);
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { 0 };
	struct command_line line = { .command = &command_check, .rows = rows, .into = &choices,
		.operand = "PATH", .most = 1 };
	int status = options_read(arena, &line, argc, argv);
	struct store *store = NULL;
	struct text operand = TEXT("."), why = { 0 };

	if (status != OPTIONS_GO_ON)
		return status;
	if (line.operands.count > 0)
		operand = line.operands.at[0];
	/* a bare repository has no files to look at: there HEAD is meant */
	if (is_folder(text_string(arena, operand))) {
		const char *path = text_string(arena, operand);

		if (access(arena_printf(arena, "%s/objects", path), F_OK) != 0 ||
		    access(arena_printf(arena, "%s/HEAD", path), F_OK) != 0)
			return check_work_tree(arena, path, &choices);
		if (chdir(path) != 0)
			return complain(EXIT_TROUBLE, "%s: %s", path, strerror(errno));
		operand = TEXT("HEAD");
	}
	if (!store_open(".", arena, &store, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	status = check_store(arena, store, operand, &choices);
	store_close(store);
	return status;
}

const struct command command_check = {
	.name = "check",
	.summary = "what is wrong in a work tree, a commit or a branch",
	.usage = usage,
	.run = run,
};
