#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/digest.h"
#include "commands/clone.h"
#include "commands/configuration_view.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/signing.h"
#include "commands/signing_key.h"
#include "commands/unjudged.h"
#include "manifest/manifest.h"
#include "reconcile/load.h"

static const char usage[] =
	"usage: countersign configuration [show] [-o FORMAT]\n"
	"       countersign configuration diff [REVISION]\n"
	"       countersign configuration approve [REVISION] [-m COMMENT] [--push] [--yes DIGEST]\n"
	"       countersign configuration withdraw [REVISION | DIGEST] [--push] [--yes DIGEST]\n"
	"\n"
	"The rules of a PKI repository change only when enough administrators have signed the\n"
	"new ones.\n"
	"\n"
	"  show       which configuration is trusted, which ones wait, and for whom\n"
	"  diff       what a candidate would change, with number and digest of both\n"
	"  approve    shows the differences, asks, and signs the candidate's digest\n"
	"  withdraw   takes your signature on a digest back, as long as it is not trusted\n"
	"\n"
	"Without REVISION the candidate is HEAD, or the input branch as it was fetched when HEAD\n"
	"has the trusted rules. The signature is an empty signed commit on the current branch; with\n"
	"--push it goes to the reconciler's inbox at once, and no branch changes.\n"
	"\n"
	"options:\n"
	"  -m, --message TEXT  what the commit says\n"
	"      --push          send the signature to the inbox\n"
	"      --yes DIGEST    do not ask; the digest (all of it, or its first 32 digits or more)\n"
	"                      must be the candidate's\n"
	"  -o, --output F      show: table (default), json or yaml: a ConfigurationStatus\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"Exit status: 1 when there is nothing to sign or it may never be trusted.\n"
	"\n"
	"examples:\n"
	"  countersign configuration show --fetch\n"
	"  countersign configuration diff origin/main\n"
	"  countersign configuration approve --push\n";

struct choices {
	struct clone_options clone;
	struct text message;
	struct text yes;
	bool push;
	int format;
};

static const struct option_row rows[] = {
	{ "message", 'm', OPTION_TEXT, offsetof(struct choices, message), NULL },
	{ "push", 0, OPTION_FLAG, offsetof(struct choices, push), NULL },
	{ "yes", 0, OPTION_TEXT, offsetof(struct choices, yes), NULL },
	{ "output", 'o', OPTION_CHOICE, offsetof(struct choices, format), output_format_names },
	CLONE_OPTION_ROWS(struct choices),
	{ .name = NULL }
};

/* One call of the command. */
struct calling {
	struct clone *clone;
	const struct choices *choices;
	struct text operand;            /* absent: none */
	struct output output;
};

static int
show(struct calling *calling)
{
	struct clone *clone = calling->clone;
	struct configuration_status status = { 0 };
	enum kind kind = KIND_CONFIGURATION_STATUS;

	if (!clone->trusted || !configuration_status_load(clone->store, clone->arena, clone->output,
	    &status))
		return complain(EXIT_PENDING,
		    "the reconciler has not said anything yet: there is no branch "
		    "countersign/output here");
	clone_tell_age(clone);
	if (calling->choices->format == OUTPUT_JSON)
		output_raw(&calling->output, manifest_write_json(clone->arena, kind, &status));
	else if (calling->choices->format == OUTPUT_YAML)
		output_raw(&calling->output, manifest_write(clone->arena, kind, &status));
	else
		configuration_view_status(&calling->output, &status);
	return EXIT_DONE;
}

/* --- the candidate ---------------------------------------------------------------------- */

static int
nothing_to_sign(const struct calling *calling, struct text commit)
{
	struct clone *clone = calling->clone;
	bool commit_first = !text_present(calling->operand) &&
	    configuration_work_tree_differs(clone);

	return complain(EXIT_NO, "%.*s has the trusted configuration, number %" PRId64
	    ": there is nothing to sign%s", TEXT_ARGUMENTS(commit_short(commit)),
	    clone->configuration.number,
	    commit_first ? "; what the work tree has beyond it counts when it is committed" : "");
}

/* Loads what REVISION names, or HEAD, or the input branch; it differs from the trusted one. */
static int
find_candidate(struct calling *calling, struct configuration *candidate)
{
	struct clone *clone = calling->clone;
	struct text commit = clone->head;

	if (!clone->trusted)
		return complain(EXIT_NO,
		    "no configuration is trusted yet: the daemon's first run trusts "
		    "the introduction, without signatures");
	if (text_present(calling->operand) && !store_resolve(clone->store, clone->arena,
	    text_string(clone->arena, calling->operand), &commit))
		return complain(EXIT_USAGE, "\"%.*s\" names no commit here",
		    TEXT_ARGUMENTS(output_visible(clone->arena, calling->operand)));
	if (!text_present(commit))
		return complain(EXIT_NO, "there is no commit here yet");
	if (!configuration_candidate_load(clone, commit, candidate))
		return EXIT_TROUBLE;
	if (configuration_differs(clone, candidate))
		return EXIT_DONE;
	if (text_present(calling->operand) || !text_present(clone->input))
		return nothing_to_sign(calling, commit);
	if (!configuration_candidate_load(clone, clone->input, candidate))
		return EXIT_TROUBLE;
	return configuration_differs(clone, candidate) ? EXIT_DONE
	    : nothing_to_sign(calling, clone->input);
}

static int
diff(struct calling *calling)
{
	struct configuration candidate = { 0 };
	int status = find_candidate(calling, &candidate);

	if (status != EXIT_DONE)
		return status;
	return configuration_view_diff(&calling->output, calling->clone, &candidate) ? EXIT_DONE
	    : EXIT_TROUBLE;
}

/* --- signing ---------------------------------------------------------------------------- */

/* --yes names the digest, or at least its first digits; without it somebody must answer. */
static int
confirm(struct calling *calling, struct text digest, const char *question)
{
	struct text given = calling->choices->yes;

	if (digest_is_given(given, digest))
		return EXIT_DONE;
	if (text_present(given))
		return complain(EXIT_NO,
		    "--yes %.*s: the digest is %.*s, so this is not what you looked at",
		    TEXT_ARGUMENTS(output_visible(calling->clone->arena, given)),
		    TEXT_ARGUMENTS(digest));
	if (!isatty(STDIN_FILENO))
		return complain(EXIT_USAGE,
		    "nobody can be asked here (standard input is no terminal), and nothing was "
		    "signed; to sign without a question name what you read: --yes %.*s",
		    TEXT_ARGUMENTS(digest));
	return answers_yes("%s", question) ? EXIT_DONE : complain(EXIT_NO, "nothing was signed");
}

/* Who signs; must be an administrator of one of the two configurations. */
static int
find_administrator(struct calling *calling, const struct configuration *candidate,
    struct text *person)
{
	struct clone *clone = calling->clone;
	const struct texts *ours = &clone->configuration.repository.administrators;
	struct signing_key key = { 0 };
	struct text why = { 0 };

	if (!signing_key_find(clone->arena, &key, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	signing_key_match(clone->arena, &key, &clone->configuration, clone->now);
	if (key.identity == NULL && candidate != NULL)
		signing_key_match(clone->arena, &key, candidate, clone->now);
	if (key.identity == NULL)
		return complain(EXIT_NO, "git signs with the key %.*s, which nobody of the trusted "
		    "configuration holds", TEXT_ARGUMENTS(key.fingerprint));
	*person = key.identity->name;
	if (!texts_contain(ours, *person) && (candidate == NULL ||
	    !texts_contain(&candidate->repository.administrators, *person)))
		return complain(EXIT_NO, "%.*s is no administrator of this repository",
		    TEXT_ARGUMENTS(*person));
	if (!key.valid_now)
		return complain(EXIT_NO, "the key %.*s of %.*s is not valid now",
		    TEXT_ARGUMENTS(key.fingerprint), TEXT_ARGUMENTS(*person));
	return EXIT_DONE;
}

static struct text
message(struct calling *calling, const char *what, const char *trailer, struct text digest)
{
	struct text comment = text_trim(calling->choices->message);

	if (text_empty(comment))
		comment = text_of(what);
	return text_printf(calling->clone->arena, "%.*s\n\n%s: %.*s\n", TEXT_ARGUMENTS(comment),
	    trailer, TEXT_ARGUMENTS(digest));
}

static int
sign(struct calling *calling, struct text person, struct text commit_message)
{
	struct clone *clone = calling->clone;
	struct commit_order order = { .message = commit_message, .is_signed = true };
	struct text made = { 0 }, branch;

	if (calling->choices->push) {
		if (!signing_send(clone, commit_message, person, &made))
			return EXIT_TROUBLE;
		output_printf(&calling->output, "Signed by %.*s and sent: %.*s\n"
		    "Next: countersign configuration show --fetch\n",
		    TEXT_ARGUMENTS(person), TEXT_ARGUMENTS(made));
		return EXIT_DONE;
	}
	if (!signing_branch(clone, &branch) || !signing_commit(clone, &order, &made))
		return EXIT_TROUBLE;
	output_printf(&calling->output,
	    "Signed by %.*s in commit %.*s on branch %.*s; it counts once it is pushed%s%.*s\n",
	    TEXT_ARGUMENTS(person), TEXT_ARGUMENTS(commit_short(made)), TEXT_ARGUMENTS(branch),
	    text_equal(branch, clone->branch) ? "" : " and merged into ",
	    text_equal(branch, clone->branch) ? 0 : (int)clone->branch.length, clone->branch.at);
	return EXIT_DONE;
}

/* Whether the reconciler counts a signature of this person on the digest already; then says so. */
static bool
has_signed(struct calling *calling, struct text person, struct text digest)
{
	struct clone *clone = calling->clone;
	struct configuration_status status = { 0 };

	if (!configuration_status_load(clone->store, clone->arena, clone->output, &status))
		return false;
	for (size_t i = 0; i < status.candidates.count; i++) {
		const struct configuration_candidate *candidate = &status.candidates.at[i];
		struct text others = texts_join(clone->arena, &candidate->waiting_for, ", ");

		if (!text_equal(candidate->digest, digest) ||
		    !texts_contain(&candidate->signed_by, person))
			continue;
		advise("%.*s has signed this configuration already; %" PRId64 " missing, of: %.*s",
		    TEXT_ARGUMENTS(person), candidate->missing, TEXT_ARGUMENTS(others));
		return true;
	}
	return false;
}

/* Whether it is signed in a commit that waits to be pushed or judged; then says so. */
static bool
is_signed_here(struct calling *calling, struct text person, struct text digest)
{
	struct unjudged_list commits = { 0 };
	const struct unjudged *found;

	if (calling->choices->push || !unjudged_read(calling->clone, SOURCE_COMMIT, &commits))
		return false;
	found = unjudged_configuration(&commits, person, digest);
	if (found != NULL)
		unjudged_tell(calling->clone, TEXT("this configuration"), found);
	return found != NULL;
}

static int
approve(struct calling *calling)
{
	struct configuration candidate = { 0 };
	struct text person = { 0 };
	int status = find_candidate(calling, &candidate);

	if (status != EXIT_DONE)
		return status;
	if (!configuration_view_diff(&calling->output, calling->clone, &candidate))
		return EXIT_TROUBLE;
	if (reasons_errors(&candidate.reasons) > 0)
		return complain(EXIT_NO, "this configuration has errors and can never be trusted");
	status = find_administrator(calling, &candidate, &person);
	if (status == EXIT_DONE && (has_signed(calling, person, candidate.digest) ||
	    is_signed_here(calling, person, candidate.digest)))
		return EXIT_DONE;
	if (status == EXIT_DONE)
		status = confirm(calling, candidate.digest, "Sign this configuration?");
	if (status != EXIT_DONE)
		return status;
	return sign(calling, person, message(calling, "Approve the configuration",
	    "Countersign-Configuration", candidate.digest));
}

static int
withdraw(struct calling *calling)
{
	struct configuration candidate = { 0 };
	struct text person = { 0 }, digest = calling->operand;
	int status = EXIT_DONE;

	if (!text_present(digest) || !digest_is_named(digest)) {
		status = find_candidate(calling, &candidate);
		digest = candidate.digest;
	}
	if (status == EXIT_DONE)
		status = find_administrator(calling, NULL, &person);
	if (status == EXIT_DONE) {
		output_printf(&calling->output, "The signature of %.*s on %.*s\n",
		    TEXT_ARGUMENTS(person), TEXT_ARGUMENTS(digest));
		status = confirm(calling, digest, "Withdraw it?");
	}
	if (status != EXIT_DONE)
		return status;
	return sign(calling, person, message(calling, "Withdraw my signature on the configuration",
	    "Countersign-Configuration-Withdraw", digest));
}

/* --- dispatch --------------------------------------------------------------------------- */

static int (*subcommand(struct text name))(struct calling *)
{
	static const struct {
		const char *name;
		int (*run)(struct calling *);
	} subcommands[] = {
		{ "show", show },
		{ "diff", diff },
		{ "approve", approve },
		{ "withdraw", withdraw },
	};

	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (text_is(name, subcommands[i].name))
			return subcommands[i].run;
	return NULL;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct choices choices = { 0 };
	struct command_line line = { .command = &command_configuration, .rows = rows,
		.into = &choices, .operand = "show|diff|approve|withdraw", .most = 2 };
	struct clone clone = { 0 };
	struct calling calling = { .clone = &clone, .choices = &choices,
		.output = output_to(arena, stdout) };
	int (*chosen)(struct calling *) = show;
	int status = options_read(arena, &line, argc, argv);

	if (status != OPTIONS_GO_ON)
		return status;
	if (line.operands.count > 0)
		chosen = subcommand(line.operands.at[0]);
	if (chosen == NULL)
		return complain(EXIT_USAGE,
		    "configuration: expected show, diff, approve or withdraw, "
		    "not \"%.*s\"",
		    TEXT_ARGUMENTS(output_visible(arena, line.operands.at[0])));
	if (chosen == show && line.operands.count > 1)
		return complain(EXIT_USAGE, "configuration show takes no revision");
	if (line.operands.count > 1)
		calling.operand = line.operands.at[1];
	status = clone_open(arena, &choices.clone, &clone);
	if (status == OPTIONS_GO_ON)
		status = chosen(&calling);
	clone_close(&clone);
	return status;
}

const struct command command_configuration = {
	.name = "configuration",
	.summary = "the trusted rules, those that wait, and signing them",
	.usage = usage,
	.run = run,
};
