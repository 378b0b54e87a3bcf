/*
 * approve, reject, withdraw, cancel: what will be issued is computed and shown
 * here, and only then does a key sign its digest.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/options.h"
#include "commands/unjudged.h"
#include "commands/verdict_signing.h"
#include "commands/verdicts.h"

#define USAGE(name, what, examples) \
	"usage: countersign " name " ID… [-m COMMENT] [--push | --file] [--yes DIGEST]…\n" \
	"       countersign " name " --for me [-m COMMENT] [--push | --file]\n" \
	"\n" \
	what \
	"\n" \
	"The plan is computed from this clone: the newest file of the request, the newest status\n" \
	"and the trusted configuration. It is shown with requester, justification, policy and\n" \
	"steps, and what changed since the plan before; what is signed is its digest, so the\n" \
	"signature is worth nothing for anything else. Signing uses git's settings\n" \
	"(gpg.format ssh, user.signingKey), so agents and hardware keys work.\n" \
	"\n" \
	"      --for me        all requests that are yours to " name " (with a name: that person's)\n" \
	"  -m, --message TEXT  the comment that people read beside the decision\n" \
	"      --push          send the signed decision to an inbox branch (countersign/inbox/…):\n" \
	"                      needs no pull request and leaves the current branch alone\n" \
	"      --file          write and sign approvals/NAME.yaml and .sig instead, and commit them:\n" \
	"                      survives squash and rebase\n" \
	"      --yes DIGEST    do not ask; the digest (all of it, or its first 32 digits or more)\n" \
	"                      must be the plan's; once for each ID\n" \
	"      --force         with --yes: sign also what would not count, as far as this clone knows\n" \
	"      --at REVISION   read the request's file there\n" \
	CLONE_OPTIONS_USAGE \
	"\n" \
	"Without --push and --file, one signed commit on the current branch carries the\n" \
	"decisions on all IDs; it counts when it is reachable from the input branch. A decision\n" \
	"that would not count is said before it is signed, with the reason; with --yes it is not\n" \
	"signed.\n" \
	"\n" \
	"examples:\n" \
	examples

static const char approve_usage[] = USAGE("approve",
	"Approves what will be issued for a request, with a signature over the plan's digest.\n",
	"  countersign approve --fetch --push web/www-example-com -m 'matches the change ticket'\n"
	"  countersign approve --for me --push\n"
	"  countersign approve web/a web/b --yes \"$A\" --yes \"$B\"\n");

static const char reject_usage[] = USAGE("reject",
	"Rejects a request; that ends it. Whoever may approve one of its steps may reject it. Say\n"
	"why with -m: the requester reads it.\n",
	"  countersign reject --push web/www-example-com -m 'use the internal profile'\n");

static const char withdraw_usage[] = USAGE("withdraw",
	"Takes back your own approval of a plan while the request is open. This is final for the\n"
	"digest: you cannot approve the same plan again, only a new one.\n",
	"  countersign withdraw --push web/www-example-com -m 'approved the wrong one'\n");

static const char cancel_usage[] = USAGE("cancel",
	"Cancels a request; that ends it. For its requester and for administrators.\n",
	"  countersign cancel --push web/www-example-com -m 'not needed any more'\n");

struct decide_options {
	struct clone_options clone;
	struct text whose;              /* --for */
	struct text comment;
	bool file;
	bool push;
	struct texts digests;           /* --yes */
	bool force;
	struct text revision;
};

static const struct option_row rows[] = {
	{ "for", 0, OPTION_TEXT, offsetof(struct decide_options, whose), NULL },
	{ "message", 'm', OPTION_TEXT, offsetof(struct decide_options, comment), NULL },
	{ "file", 0, OPTION_FLAG, offsetof(struct decide_options, file), NULL },
	{ "push", 0, OPTION_FLAG, offsetof(struct decide_options, push), NULL },
	{ "yes", 0, OPTION_LIST, offsetof(struct decide_options, digests), NULL },
	{ "force", 0, OPTION_FLAG, offsetof(struct decide_options, force), NULL },
	{ "at", 0, OPTION_TEXT, offsetof(struct decide_options, revision), NULL },
	CLONE_OPTION_ROWS(struct decide_options),
	{ .name = NULL }
};

enum { IDS_MOST = 1024, COMMENT_MOST_BYTES = 8 * 1024 };

/* --- what is asked for ------------------------------------------------- */

static int
check_digests(struct arena *arena, const char *name, const struct texts *given)
{
	for (size_t i = 0; i < given->count; i++) {
		if (digest_is_enough(given->at[i]))
			continue;
		return complain(EXIT_USAGE,
		    "%s: --yes: \"%.*s\" is no digest: at least %d of its 64 "
		    "lower-case hex digits, as `countersign show` prints it",
		    name, TEXT_ARGUMENTS(output_visible(arena, given->at[i])),
		    (int)DIGEST_GIVEN_DIGITS);
	}
	return OPTIONS_GO_ON;
}

/* A comment becomes a commit's message: it must not look like a decision itself. */
static int
check_comment(const char *name, struct text comment)
{
	struct text rest = comment, line;

	if (!text_present(comment))
		return OPTIONS_GO_ON;
	if (text_empty(text_trim(comment)))
		return complain(EXIT_USAGE, "%s: -m: the comment is empty", name);
	if (comment.length > COMMENT_MOST_BYTES || !text_is_utf8(comment))
		return complain(EXIT_USAGE, "%s: -m: a comment is UTF-8 text of at most %d bytes",
		    name, (int)COMMENT_MOST_BYTES);
	while (text_next_line(&rest, &line)) {
		line = text_trim(line);
		if (line.length >= strlen("countersign-") &&
		    strncasecmp(line.at, "countersign-", strlen("countersign-")) == 0)
			return complain(EXIT_USAGE, "%s: -m: no line of a comment may begin with "
			    "\"Countersign-\": that is how decisions begin", name);
	}
	return OPTIONS_GO_ON;
}

static int
check_options(struct arena *arena, const struct command_line *line,
    const struct decide_options *options)
{
	const char *name = line->command->name;
	int status;

	if (options->file && options->push)
		return complain(EXIT_USAGE,
		    "%s: --push sends a signed commit, --file writes a signed "
		    "file: only one of them",
		    name);
	if (text_present(options->whose) == (line->operands.count > 0))
		return complain(EXIT_USAGE,
		    "%s: either IDs or --for me; `countersign %s --help` shows "
		    "both",
		    name, name);
	if (options->force && options->digests.count == 0)
		return complain(EXIT_USAGE, "%s: --force goes with --yes; without it you are asked", name);
	status = check_comment(name, options->comment);
	return status != OPTIONS_GO_ON ? status : check_digests(arena, name, &options->digests);
}

static int
find_signer(struct verdict_desk *desk)
{
	struct text why;

	if (!signing_key_find(desk->clone->arena, &desk->key, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	signing_key_match(desk->clone->arena, &desk->key, &desk->clone->configuration, desk->clone->now);
	return OPTIONS_GO_ON;
}

/* The ids as given, each once. */
static int
read_ids(struct arena *arena, const struct command_line *line, struct texts *ids)
{
	struct text id;
	int status;

	for (size_t i = 0; i < line->operands.count; i++) {
		status = request_id_given(arena, line->operands.at[i], &id);
		if (status != OPTIONS_GO_ON)
			return status;
		if (!texts_contain(ids, id))
			texts_add(arena, ids, id);
	}
	if (ids->count > IDS_MOST)
		return complain(EXIT_USAGE,
		    "%s: %zu requests are too many for one signature, at most %d",
		    line->command->name, ids->count, (int)IDS_MOST);
	return OPTIONS_GO_ON;
}

/* With --for: the ids that are this person's to decide on. */
static int
find_ids(struct verdict_desk *desk, const struct decide_options *options, struct texts *ids)
{
	struct text person;
	int status;

	if (!text_present(options->whose))
		return OPTIONS_GO_ON;
	status = signing_key_person(desk->clone, options->whose, &person);
	if (status != OPTIONS_GO_ON)
		return status;
	if (!verdicts_for(desk, person, ids))
		return EXIT_TROUBLE;
	if (ids->count > IDS_MOST) {
		advise("note: the first %d of %zu requests", (int)IDS_MOST, ids->count);
		ids->count = IDS_MOST;
	}
	return OPTIONS_GO_ON;
}

/* Whether the newest verdict is signed already where it was not judged; then says so. */
static bool
is_signed(struct verdict_desk *desk, const struct unjudged_list *signed_here)
{
	const struct verdict *verdict = &desk->verdicts.at[desk->verdicts.count - 1];
	const struct unjudged *found;

	if (desk->key.identity == NULL)
		return false;
	found = unjudged_decision(signed_here, &(struct verified_decision){
		.by = desk->key.identity->name, .decision = desk->kind->decision,
		.request = verdict->forecast.after.id, .digest = verdict->forecast.after.digest });
	if (found != NULL)
		unjudged_tell(desk->clone, verdict->forecast.after.id, found);
	return found != NULL;
}

/*
 * Forecasts all; what was decided already is said and dropped. What waits on a
 * branch does not keep anybody from taking another way.
 */
static int
prepare(struct verdict_desk *desk, const struct decide_options *options, const struct texts *ids)
{
	struct clone *clone = desk->clone;
	struct text commit = { NULL, 0 };
	struct unjudged_list signed_here = { 0 };
	int status;

	if (!options->push && !unjudged_read(clone, options->file ? SOURCE_FILE : SOURCE_COMMIT,
	    &signed_here))
		return EXIT_TROUBLE;
	if (text_present(options->revision) && !store_resolve(clone->store, clone->arena,
	    text_string(clone->arena, options->revision), &commit))
		return complain(EXIT_USAGE, "%s: --at: there is no commit \"%.*s\" here",
		    desk->kind->command->name,
		    TEXT_ARGUMENTS(output_visible(clone->arena, options->revision)));
	for (size_t i = 0; i < ids->count; i++) {
		status = verdict_prepare(desk, ids->at[i], commit);
		if (status != OPTIONS_GO_ON)
			return status;
		if (desk->verdicts.at[desk->verdicts.count - 1].unneeded)
			advise("%.*s: your decision (%s) on this plan is recorded already",
			    TEXT_ARGUMENTS(ids->at[i]), desk->kind->command->name);
		else if (!is_signed(desk, &signed_here))
			continue;
		desk->verdicts.count--;
	}
	return OPTIONS_GO_ON;
}

/* --- asking ------------------------------------------------------------ */

static bool
digest_given(const struct texts *given, struct text digest)
{
	for (size_t i = 0; i < given->count; i++)
		if (digest_is_given(given->at[i], digest))
			return true;
	return false;
}

/*
 * With --yes nobody answers. Each plan must be one that was named: what changed since is not
 * signed. Nor is what would not count, which a person would have been warned of.
 */
static int
check_unasked(const struct verdict_desk *desk, const struct decide_options *options)
{
	for (size_t i = 0; i < desk->verdicts.count; i++) {
		const struct verdict *verdict = &desk->verdicts.at[i];
		const struct request_record *record = &verdict->forecast.after;

		if (!digest_given(&options->digests, record->digest))
			return complain(EXIT_NO,
			    "%.*s: its plan is %.*s now, which no --yes names; look at it "
			    "with `countersign show %.*s`. Nothing was signed",
			    TEXT_ARGUMENTS(record->id), TEXT_ARGUMENTS(record->digest),
			    TEXT_ARGUMENTS(record->id));
		if (text_present(verdict->why_not) && !options->force)
			return complain(EXIT_NO,
			    "%.*s: it would not count: %.*s. Nothing was signed; --force signs "
			    "all the same",
			    TEXT_ARGUMENTS(record->id), TEXT_ARGUMENTS(verdict->why_not));
	}
	return OPTIONS_GO_ON;
}

static int
ask(const struct verdict_desk *desk)
{
	const struct request_record *first = &desk->verdicts.at[0].forecast.after;
	bool yes;

	if (!isatty(STDIN_FILENO))
		return complain(EXIT_USAGE,
		    "%s: nobody can be asked here (standard input is no "
		    "terminal), and nothing was signed; to sign without a question name what you read: "
		    "--yes %.*s",
		    desk->kind->command->name,
		    TEXT_ARGUMENTS(first->digest));
	if (desk->verdicts.count == 1)
		yes = answers_yes("%s %.*s?", desk->kind->title, TEXT_ARGUMENTS(first->id));
	else
		yes = answers_yes("%s all %zu?", desk->kind->title, desk->verdicts.count);
	return yes ? OPTIONS_GO_ON : complain(EXIT_NO, "nothing was signed");
}

static void
show_all(struct verdict_desk *desk)
{
	struct output output = output_to(desk->clone->arena, stdout);

	for (size_t i = 0; i < desk->verdicts.count; i++) {
		verdict_show(desk, &desk->verdicts.at[i], &output);
		output_printf(&output, "\n");
	}
	(void)fflush(stdout);
}

/* --- the commands ------------------------------------------------------ */

static int
decide(struct verdict_desk *desk, const struct decide_options *options, struct texts *ids)
{
	int status = find_signer(desk);

	if (status == OPTIONS_GO_ON)
		status = find_ids(desk, options, ids);
	if (status == OPTIONS_GO_ON)
		status = prepare(desk, options, ids);
	if (status != OPTIONS_GO_ON)
		return status;
	if (desk->verdicts.count == 0) {
		advise("nothing to %s", desk->kind->command->name);
		return EXIT_DONE;
	}
	clone_tell_age(desk->clone);
	show_all(desk);
	status = options->digests.count > 0 ? check_unasked(desk, options) : ask(desk);
	if (status != OPTIONS_GO_ON)
		return status;
	if (options->push)
		return verdicts_push(desk, options->comment);
	if (options->file)
		return verdicts_file(desk, options->comment);
	return verdicts_commit(desk, options->comment);
}

static int
run(struct arena *arena, const struct verdict_kind *kind, int argc, char **argv)
{
	struct decide_options options = { 0 };
	struct command_line line = { .command = kind->command, .rows = rows, .into = &options,
		.operand = "ID", .most = OPERANDS_ANY_NUMBER };
	struct clone clone;
	struct verdict_desk desk = { .clone = &clone, .kind = kind };
	struct texts ids = { 0 };
	int status = options_read(arena, &line, argc, argv);

	if (status == OPTIONS_GO_ON)
		status = check_options(arena, &line, &options);
	if (status == OPTIONS_GO_ON)
		status = read_ids(arena, &line, &ids);
	if (status != OPTIONS_GO_ON)
		return status;
	status = clone_open(arena, &options.clone, &clone);
	if (status == OPTIONS_GO_ON)
		status = decide(&desk, &options, &ids);
	clone_close(&clone);
	return status;
}

static const struct verdict_kind kinds[] = {
	{ DECISION_APPROVE, &command_approve, "Approve", "Countersign-Approve" },
	{ DECISION_REJECT, &command_reject, "Reject", "Countersign-Reject" },
	{ DECISION_WITHDRAW, &command_withdraw, "Withdraw", "Countersign-Withdraw" },
	{ DECISION_CANCEL, &command_cancel, "Cancel", "Countersign-Cancel" },
};

static int
run_approve(struct arena *arena, int argc, char **argv)
{
	return run(arena, &kinds[0], argc, argv);
}

static int
run_reject(struct arena *arena, int argc, char **argv)
{
	return run(arena, &kinds[1], argc, argv);
}

static int
run_withdraw(struct arena *arena, int argc, char **argv)
{
	return run(arena, &kinds[2], argc, argv);
}

static int
run_cancel(struct arena *arena, int argc, char **argv)
{
	return run(arena, &kinds[3], argc, argv);
}

const struct command command_approve = { "approve",
	"sign your approval of what will be issued", approve_usage, run_approve };
const struct command command_reject = { "reject",
	"end a request, with a reason", reject_usage, run_reject };
const struct command command_withdraw = { "withdraw",
	"take back your approval of a plan, for good", withdraw_usage, run_withdraw };
const struct command command_cancel = { "cancel",
	"end your own request", cancel_usage, run_cancel };
