#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/file.h"
#include "commands/forecast.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/request_draft.h"
#include "commands/request_view.h"
#include "commands/signing.h"
#include "reconcile/load.h"
#include "repository/snapshot.h"

static const char usage[] =
	"usage: countersign request ID --profile P (--csr FILE | --new-key FILE) [NAMES] -m WHY\n"
	"       countersign request ID --again | --resign\n"
	"\n"
	"Writes requests/ID.yaml, shows what would be issued and who would have to approve it, and\n"
	"commits it with your signature on the current branch. A request that would be Invalid is\n"
	"not written.\n"
	"\n"
	"  -p, --profile P     the CertificateProfile by which it is issued\n"
	"  -m, --message WHY   the justification; the approvers read it\n"
	"      --csr FILE      a certification request (PKCS#10, PEM); - is standard input. Without\n"
	"                      names below, its names are taken\n"
	"      --new-key FILE  make a private key (mode 0600, outside the work tree) and its CSR\n"
	"      --key-algorithm A   for --new-key: ECDSA-P256, ECDSA-P384, Ed25519, RSA-3072, …\n"
	"      --cn NAME  --dns NAME…  --ip ADDRESS…  --email ADDRESS…  --uri URI…  --upn NAME…\n"
	"                      the names to certify; all but --cn may be repeated\n"
	"      --subject A=V   another attribute of the subject: OU, O, L, ST, C, DC; repeatable\n"
	"      --key-usage U, --extended-key-usage U   instead of the profile's; repeatable\n"
	"      --ttl TIME      how long it is valid, as in 90d (default: the profile's)\n"
	"      --not-before T  when that begins, as in 2026-12-01T00:00:00Z (default: at issuance)\n"
	"      --ca            a CA's certificate; --path-length N\n"
	"      --again         ask again with the same file, after Rejected, Cancelled or Expired: a\n"
	"                      line with the time is added at its end, so that it is a new version\n"
	"      --resign        sign and commit the file as it stands, edited or not\n"
	"      --sig           sign the file (requests/ID.yaml.sig) and not the commit: survives\n"
	"                      squash and rebase\n"
	"      --unsigned      no signature of the requester, where the repository accepts that\n"
	"      --requester N   who asks (default: whoever holds git's signing key)\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"Signing uses git's settings (gpg.format ssh, user.signingKey).\n"
	"\n"
	"examples:\n"
	"  countersign request web/www-example-com --profile web-production \\\n"
	"      --new-key ~/keys/www.key --dns www.example.com -m 'New storefront'\n"
	"  countersign request ci/runner-7 -p mutual-tls --csr runner.csr -m 'Build runner'\n"
	"  countersign request web/www-example-com --again\n";

struct request_options {
	struct clone_options clone;
	struct request_draft draft;
	bool again;
	bool resign;
	bool sig;
	bool without_signature;
};

#define AT(member) offsetof(struct request_options, member)

static const struct option_row rows[] = {
	{ "profile", 'p', OPTION_TEXT, AT(draft.profile), NULL },
	{ "message", 'm', OPTION_TEXT, AT(draft.justification), NULL },
	{ "csr", 0, OPTION_TEXT, AT(draft.csr_file), NULL },
	{ "new-key", 0, OPTION_TEXT, AT(draft.new_key_file), NULL },
	{ "key-algorithm", 0, OPTION_TEXT, AT(draft.key_algorithm), NULL },
	{ "cn", 0, OPTION_TEXT, AT(draft.common_name), NULL },
	{ "dns", 0, OPTION_LIST, AT(draft.dns), NULL },
	{ "ip", 0, OPTION_LIST, AT(draft.ip), NULL },
	{ "email", 0, OPTION_LIST, AT(draft.email), NULL },
	{ "uri", 0, OPTION_LIST, AT(draft.uri), NULL },
	{ "upn", 0, OPTION_LIST, AT(draft.upn), NULL },
	{ "subject", 0, OPTION_LIST, AT(draft.subject), NULL },
	{ "key-usage", 0, OPTION_LIST, AT(draft.key_usages), NULL },
	{ "extended-key-usage", 0, OPTION_LIST, AT(draft.extended_key_usages), NULL },
	{ "ttl", 0, OPTION_DURATION, AT(draft.ttl), NULL },
	{ "not-before", 0, OPTION_MOMENT, AT(draft.not_before), NULL },
	{ "ca", 0, OPTION_FLAG, AT(draft.ca), NULL },
	{ "path-length", 0, OPTION_TEXT, AT(draft.path_length), NULL },
	{ "again", 0, OPTION_FLAG, AT(again), NULL },
	{ "resign", 0, OPTION_FLAG, AT(resign), NULL },
	{ "sig", 0, OPTION_FLAG, AT(sig), NULL },
	{ "unsigned", 0, OPTION_FLAG, AT(without_signature), NULL },
	{ "requester", 0, OPTION_TEXT, AT(draft.requester), NULL },
	CLONE_OPTION_ROWS(struct request_options),
	{ .name = NULL }
};

/* The line that --again writes; a comment, so that it means nothing to anybody. */
static const char again_mark[] = "# requested again at ";

/* A request on its way into the repository. */
struct request_desk {
	struct clone *clone;
	struct request_options *options;
	struct text id;
	struct text path;               /* requests/ID.yaml */
	struct text branch;
	struct signing_key key;
	struct text content;
	struct text new_key;            /* PEM; absent: none was made */
	struct forecast forecast;
};

/* --- what is asked for ------------------------------------------------- */

static bool
gives_contents(const struct request_draft *draft)
{
	return text_present(draft->profile) || text_present(draft->justification) ||
	    text_present(draft->csr_file) || text_present(draft->new_key_file) ||
	    text_present(draft->key_algorithm) || text_present(draft->common_name) ||
	    draft->dns.count + draft->ip.count + draft->email.count + draft->uri.count +
	    draft->upn.count + draft->subject.count + draft->key_usages.count +
	    draft->extended_key_usages.count > 0 || draft->ttl != 0 || draft->not_before != 0 ||
	    draft->ca || text_present(draft->path_length);
}

static int
check_new(const struct request_draft *draft)
{
	if (!text_present(draft->profile))
		return complain(EXIT_USAGE, "request: --profile is missing");
	if (text_present(draft->csr_file) == text_present(draft->new_key_file))
		return complain(EXIT_USAGE,
		    "request: one of --csr FILE and --new-key FILE is needed");
	if (text_present(draft->key_algorithm) && !text_present(draft->new_key_file))
		return complain(EXIT_USAGE, "request: --key-algorithm goes with --new-key");
	if (text_empty(text_trim(draft->justification)))
		return complain(EXIT_USAGE,
		    "request: -m JUSTIFICATION is missing: the approvers read it");
	if (!text_is_utf8(draft->justification))
		return complain(EXIT_USAGE, "request: -m: a justification is UTF-8 text");
	return OPTIONS_GO_ON;
}

static int
check_options(const struct request_options *options)
{
	if (options->sig && options->without_signature)
		return complain(EXIT_USAGE,
		    "request: --sig signs and --unsigned does not: only one of them");
	if (options->again && options->resign)
		return complain(EXIT_USAGE,
		    "request: --again makes a new version, --resign signs the one "
		    "that is there: only one of them");
	if (!options->again && !options->resign)
		return check_new(&options->draft);
	if (gives_contents(&options->draft))
		return complain(EXIT_USAGE,
		    "request: --%s takes the file as it is; edit requests/ID.yaml "
		    "for another content, then --resign",
		    options->again ? "again" : "resign");
	return OPTIONS_GO_ON;
}

/* --- who asks ---------------------------------------------------------- */

static int
find_requester(struct request_desk *desk)
{
	struct request_draft *draft = &desk->options->draft;
	struct text why;
	bool found = signing_key_find(desk->clone->arena, &desk->key, &why);

	if (found)
		signing_key_match(desk->clone->arena, &desk->key, &desk->clone->configuration, desk->clone->now);
	if (!found && !desk->options->without_signature)
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	if (desk->key.identity == NULL && !desk->options->without_signature)
		return complain(EXIT_TROUBLE, "your signing key %.*s belongs to nobody in this "
		    "configuration; it must stand in a Person or Machine under identities/ first",
		    TEXT_ARGUMENTS(desk->key.fingerprint));
	if (desk->key.identity == NULL && !text_present(draft->requester))
		return complain(EXIT_USAGE,
		    "request: who asks? --requester NAME is missing (git's signing "
		    "key belongs to nobody in this configuration)");
	if (!text_present(draft->requester))
		draft->requester = desk->key.identity->name;
	if (!desk->options->without_signature &&
	    !text_equal(draft->requester, desk->key.identity->name))
		return complain(EXIT_USAGE,
		    "request: your signing key is %.*s's, and a request of %.*s "
		    "must be signed by %.*s",
		    TEXT_ARGUMENTS(desk->key.identity->name), TEXT_ARGUMENTS(draft->requester),
		    TEXT_ARGUMENTS(draft->requester));
	return OPTIONS_GO_ON;
}

/* --- the file ---------------------------------------------------------- */

static struct text
without_again(struct arena *arena, struct text content)
{
	struct buffer kept = { .arena = arena };
	struct text line;

	while (text_next_line(&content, &line)) {
		if (text_starts_with(line, again_mark))
			continue;
		buffer_add(&kept, line);
		buffer_add_byte(&kept, '\n');
	}
	return buffer_text(&kept);
}

static int
read_file(struct request_desk *desk)
{
	struct clone *clone = desk->clone;
	struct text whole = text_printf(clone->arena, "%.*s/%.*s", TEXT_ARGUMENTS(clone->top),
	    TEXT_ARGUMENTS(desk->path));

	if (!file_read(clone->arena, whole.at, SNAPSHOT_FILE_BYTES, &desk->content))
		return complain(EXIT_TROUBLE, "%.*s could not be read: %s",
		    TEXT_ARGUMENTS(desk->path), strerror(errno));
	if (desk->options->again)
		desk->content = text_printf(clone->arena, "%.*s%s%.*s\n",
		    TEXT_ARGUMENTS(without_again(clone->arena, desk->content)), again_mark,
		    TEXT_ARGUMENTS(moment_format(clone->arena, clone->now)));
	return OPTIONS_GO_ON;
}

static bool
exists(struct request_desk *desk, const char *suffix)
{
	struct text whole = text_printf(desk->clone->arena, "%.*s/%.*s%s",
	    TEXT_ARGUMENTS(desk->clone->top), TEXT_ARGUMENTS(desk->path), suffix);
	struct text content;

	return file_read(desk->clone->arena, whole.at, SNAPSHOT_FILE_BYTES, &content) ||
	    errno != ENOENT;
}

static int
make_content(struct request_desk *desk)
{
	const struct request_draft *draft = &desk->options->draft;
	int status;

	if (desk->options->again || desk->options->resign)
		return read_file(desk);
	if (exists(desk, ""))
		return complain(EXIT_USAGE,
		    "request: %.*s exists already: edit it and sign it with "
		    "--resign, or ask for the same again with --again",
		    TEXT_ARGUMENTS(desk->path));
	if (text_present(draft->new_key_file) &&
	    (status = request_key_check(desk->clone, draft->new_key_file)) != OPTIONS_GO_ON)
		return status;
	return request_draft_write(desk->clone, draft, desk->id, &desk->content, &desk->new_key);
}

/* --- what would become of it ------------------------------------------- */

static int
check_forecast(struct request_desk *desk)
{
	struct forecast *forecast = &desk->forecast;
	struct output errors = output_to(desk->clone->arena, stderr);

	if (desk->options->without_signature &&
	    desk->clone->configuration.repository.unsigned_requests == UNSIGNED_REQUESTS_REFUSE)
		return complain(EXIT_NO,
		    "this repository refuses unsigned requests (countersign.yaml, "
		    "unsignedRequests); nothing was written");
	if (!desk->options->without_signature && forecast->decoded &&
	    !text_equal(forecast->request.requester, desk->key.identity->name))
		return complain(EXIT_NO,
		    "%.*s is a request of %.*s, and your signing key is %.*s's; "
		    "nothing was written",
		    TEXT_ARGUMENTS(desk->path), TEXT_ARGUMENTS(forecast->request.requester),
		    TEXT_ARGUMENTS(desk->key.identity->name));
	if (forecast->decoded && reasons_errors(&forecast->reasons) == 0 &&
	    forecast->after.state != STATE_INVALID)
		return OPTIONS_GO_ON;
	output_reasons(&errors, forecast->after.reasons.count > 0 ? &forecast->after.reasons :
	    &forecast->reasons);
	return complain(EXIT_NO, "this request would not be accepted; nothing was written");
}

static int
forecast(struct request_desk *desk)
{
	struct forecast_order order = { .id = desk->id, .content = desk->content };
	struct output output = output_to(desk->clone->arena, stdout);
	int status;

	if (!desk->options->without_signature)
		order.signing_key = desk->key.fingerprint;
	(void)forecast_make(desk->clone, &order, &desk->forecast);
	status = check_forecast(desk);
	if (status != OPTIONS_GO_ON)
		return status;
	view_request(&output, &desk->forecast, desk->clone->now);
	view_steps(&output, &desk->forecast.after);
	view_plan(&output, &desk->forecast.after);
	output_printf(&output, "\n");
	if (desk->forecast.known && !forecast_differs(&desk->forecast))
		output_printf(&output,
		    "note: the plan stays what it is; approvals go on counting\n");
	(void)fflush(stdout);
	return OPTIONS_GO_ON;
}

/* --- into the repository ----------------------------------------------- */

static int
verify_commit(struct request_desk *desk, struct text commit, struct text sha256)
{
	struct clone *clone = desk->clone;
	struct evidence evidence;
	struct source_file file = { 0 };

	if (!snapshot_file(clone->store, clone->arena, commit, desk->path, &file) ||
	    !text_equal(file.content, desk->content))
		return complain(EXIT_TROUBLE,
		    "commit %.*s holds another %.*s than was signed; is there a "
		    "git filter or line-end conversion for it?",
		    TEXT_ARGUMENTS(commit_short(commit)), TEXT_ARGUMENTS(desk->path));
	if (desk->options->sig || desk->options->without_signature || !desk->key.valid_now)
		return EXIT_DONE;
	signing_read_back(clone, commit, &evidence);
	if (evidence.request_signatures.count == 1 &&
	    text_equal(evidence.request_signatures.at[0].sha256, sha256))
		return EXIT_DONE;
	return signing_spoilt(commit, &evidence, "your signature on the request");
}

static struct text
commit_message(struct request_desk *desk, struct text sha256)
{
	struct arena *arena = desk->clone->arena;
	struct text subject = text_printf(arena, "Request %.*s (%.*s)\n", TEXT_ARGUMENTS(desk->id),
	    TEXT_ARGUMENTS(desk->forecast.request.profile));

	if (desk->options->sig || desk->options->without_signature)
		return subject;
	return text_printf(arena, "%.*s\nCountersign-Request: %.*s sha256:%.*s\n",
	    TEXT_ARGUMENTS(subject), TEXT_ARGUMENTS(desk->id), TEXT_ARGUMENTS(sha256));
}

static bool
write_files(struct request_desk *desk, struct texts *paths)
{
	struct clone *clone = desk->clone;
	struct text sig = text_printf(clone->arena, "%.*s.sig", TEXT_ARGUMENTS(desk->path)), armour;

	if (desk->options->sig &&
	    !signing_bytes(clone, &desk->key, desk->content, &armour))
		return false;
	if (text_present(desk->new_key) &&
	    !request_key_write(clone, desk->options->draft.new_key_file, desk->new_key))
		return false;
	if (!signing_write(clone, desk->path, desk->content,
	    desk->options->again || desk->options->resign))
		return false;
	texts_add(clone->arena, paths, desk->path);
	if (!desk->options->sig)
		return true;
	texts_add(clone->arena, paths, sig);
	return signing_write(clone, sig, armour, true);
}

static void
say_what_is_next(const struct request_desk *desk, struct text commit)
{
	const struct clone *clone = desk->clone;

	if (text_present(desk->new_key))
		say("The private key is in %.*s; nobody else has it.",
		    TEXT_ARGUMENTS(desk->options->draft.new_key_file));
	say("Committed as %.*s on branch %.*s.", TEXT_ARGUMENTS(commit_short(commit)),
	    TEXT_ARGUMENTS(desk->branch));
	if (!text_present(clone->remote))
		say("It counts as soon as branch %.*s holds it.",
		    TEXT_ARGUMENTS(clone->branch));
	else if (text_equal(desk->branch, clone->branch))
		say("Next: git push");
	else
		say("Next: git push -u %.*s %.*s, and a pull request into %.*s%s.",
		    TEXT_ARGUMENTS(clone->remote), TEXT_ARGUMENTS(desk->branch),
		    TEXT_ARGUMENTS(clone->branch),
		    desk->options->sig
			? ""
			: " (merged, not squashed: a squash takes your signature away; --sig survives it)");
	say("Then:  countersign get %.*s --wait 30m", TEXT_ARGUMENTS(desk->id));
}

/* Whether the files in the work tree are those of HEAD. */
static bool
is_committed(struct request_desk *desk, const struct texts *paths)
{
	struct clone *clone = desk->clone;

	for (size_t i = 0; i < paths->count; i++) {
		struct text whole = text_printf(clone->arena, "%.*s/%.*s",
		    TEXT_ARGUMENTS(clone->top), TEXT_ARGUMENTS(paths->at[i]));
		struct source_file file = { 0 };
		struct text content;

		if (!text_present(clone->head) ||
		    !snapshot_file(clone->store, clone->arena, clone->head, paths->at[i], &file) ||
		    !file_read(clone->arena, whole.at, SNAPSHOT_FILE_BYTES, &content) ||
		    !text_equal(file.content, content))
			return false;
	}
	return true;
}

static int
commit(struct request_desk *desk)
{
	struct text sha256 = digest_sha256_hex(desk->clone->arena, desk->content), id;
	struct commit_order order = { .message = commit_message(desk, sha256),
		.is_signed = !desk->options->sig && !desk->options->without_signature };
	int status;

	if (!write_files(desk, &order.paths))
		return EXIT_TROUBLE;
	if (is_committed(desk, &order.paths)) {
		if (!order.is_signed) {
			say("Nothing to do: this version is signed and committed already.");
			return EXIT_DONE;
		}
		order.paths.count = 0;  /* a commit without changes can carry the signature */
	}
	if (!signing_commit(desk->clone, &order, &id))
		return EXIT_TROUBLE;
	status = verify_commit(desk, id, sha256);
	if (status == EXIT_DONE)
		say_what_is_next(desk, id);
	return status;
}

static int
request(struct request_desk *desk)
{
	int status = signing_branch(desk->clone, &desk->branch) ? OPTIONS_GO_ON : EXIT_TROUBLE;

	desk->path = request_path(desk->clone->arena, desk->id);
	if (status == OPTIONS_GO_ON)
		status = find_requester(desk);
	/* what was signed by a file stays signed by a file: an old one beside it would be wrong */
	if (status == OPTIONS_GO_ON && !desk->options->without_signature && exists(desk, ".sig"))
		desk->options->sig = true;
	if (status == OPTIONS_GO_ON)
		status = make_content(desk);
	if (status == OPTIONS_GO_ON)
		status = forecast(desk);
	return status == OPTIONS_GO_ON ? commit(desk) : status;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct request_options options = { 0 };
	struct command_line line = { .command = &command_request, .rows = rows, .into = &options,
		.operand = "ID", .least = 1, .most = 1 };
	struct clone clone;
	struct request_desk desk = { .clone = &clone, .options = &options };
	int status = options_read(arena, &line, argc, argv);

	if (status == OPTIONS_GO_ON)
		status = request_id_given(arena, line.operands.at[0], &desk.id);
	if (status == OPTIONS_GO_ON)
		status = check_options(&options);
	if (status != OPTIONS_GO_ON)
		return status;
	status = clone_open(arena, &options.clone, &clone);
	if (status == OPTIONS_GO_ON)
		status = request(&desk);
	clone_close(&clone);
	return status;
}

const struct command command_request = {
	.name = "request",
	.summary = "ask for a certificate",
	.usage = usage,
	.run = run,
};
