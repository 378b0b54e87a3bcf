#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encoding.h"
#include "commands/clone.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/request_view.h"
#include "manifest/manifest.h"
#include "model/overview.h"
#include "reconcile/load.h"
#include "repository/snapshot.h"

static const char usage[] =
	"usage: countersign get ID [--leaf|--chain|--der] [--wait TIME]\n"
	"       countersign get --latest PROFILE [--leaf|--chain|--der]\n"
	"\n"
	"Prints the certificate of a request, as PEM: the certificate, then its intermediates, as\n"
	"certificates/ID.pem on the output branch has them.\n"
	"\n"
	"      --leaf          only the certificate\n"
	"      --chain         only the intermediates\n"
	"      --der           only the certificate, as DER (not to a terminal)\n"
	"      --latest P      the newest certificate of a profile that is valid now\n"
	"  -w, --wait TIME     while the request is open, look again (and fetch) for this long, as\n"
	"                      in 90s, 30m or 2h; here m is minutes\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"Exit status: 0 the certificate is on standard output; 1 there will be none as things\n"
	"stand (invalid, rejected, cancelled, expired, revoked, unknown); 4 it is still open.\n"
	"\n"
	"examples:\n"
	"  countersign get web/www-example-com --fetch >www.pem\n"
	"  countersign get web/www-example-com --wait 30m --leaf | openssl x509 -noout -text\n"
	"  countersign get --latest web-production >newest.pem\n";

struct get_options {
	struct clone_options clone;
	bool leaf;
	bool chain;
	bool der;
	struct text latest;
	struct text wait;
};

static const struct option_row rows[] = {
	{ "leaf", 0, OPTION_FLAG, offsetof(struct get_options, leaf), NULL },
	{ "chain", 0, OPTION_FLAG, offsetof(struct get_options, chain), NULL },
	{ "der", 0, OPTION_FLAG, offsetof(struct get_options, der), NULL },
	{ "latest", 0, OPTION_TEXT, offsetof(struct get_options, latest), NULL },
	{ "wait", 'w', OPTION_TEXT, offsetof(struct get_options, wait), NULL },
	CLONE_OPTION_ROWS(struct get_options),
	{ .name = NULL }
};

enum { POLL_FIRST_SECONDS = 1, POLL_MOST_SECONDS = 15 };

/* Whether it is text that harms no terminal: whoever has the reconciler's key decides what the file holds. */
static bool
is_plain(struct text pem)
{
	for (size_t i = 0; i < pem.length; i++)
		if (pem.at[i] != '\n' && (pem.at[i] < ' ' || pem.at[i] > '~'))
			return false;
	return true;
}

/* The first certificate of a PEM text, and what follows it. */
static bool
split_chain(struct text pem, struct text *leaf, struct text *rest)
{
	static const char end[] = "-----END CERTIFICATE-----\n";
	const char *found = memmem(pem.at, pem.length, end, strlen(end));
	size_t length;

	if (found == NULL)
		return false;
	length = (size_t)(found - pem.at) + strlen(end);
	*leaf = text_first(pem, length);
	*rest = text_skip(pem, length);
	return true;
}

static bool
decode(struct arena *arena, struct text leaf, struct text *der)
{
	struct buffer base64 = { .arena = arena };
	struct text line;

	while (text_next_line(&leaf, &line))
		if (!text_starts_with(line, "-----"))
			buffer_add(&base64, line);
	return base64_decode(arena, buffer_text(&base64), der);
}

static int
print_certificate(struct clone *clone, const struct get_options *options, struct text path)
{
	struct output output = output_to(clone->arena, stdout);
	struct source_file file = { 0 };
	struct text leaf, chain, der;

	if (!snapshot_file(clone->store, clone->arena, clone->output, path, &file) ||
	    !is_plain(file.content) || !split_chain(file.content, &leaf, &chain))
		return complain(EXIT_TROUBLE, "%.*s is not readable at %.*s", TEXT_ARGUMENTS(path),
		    TEXT_ARGUMENTS(clone->output_ref));
	if (!options->der) {
		output_raw(&output, options->leaf ? leaf : options->chain ? chain : file.content);
		return EXIT_DONE;
	}
	if (!decode(clone->arena, leaf, &der))
		return complain(EXIT_TROUBLE, "%.*s holds no certificate", TEXT_ARGUMENTS(path));
	output_raw(&output, der);
	return EXIT_DONE;
}

/* An Invalid request waits for an edit, unless one is there that has not been judged. */
static bool
may_change_by_itself(const struct clone *clone, const struct request_record *record)
{
	if (record->state == STATE_INVALID)
		return !text_equal(clone->judged, clone->input);
	return !request_state_ended(record->state);
}

/* Says why there is none, or is none yet. */
static int
without_certificate(struct clone *clone, const struct request_record *record)
{
	struct text waiting = view_waiting_for(clone->arena, record);
	const char *state = request_state_name(record->state);

	if (record->state == STATE_PENDING_APPROVAL)
		return complain(EXIT_PENDING, "%.*s is %s: %.*s", TEXT_ARGUMENTS(record->id), state,
		    TEXT_ARGUMENTS(waiting));
	if (record->state == STATE_INVALID && record->reasons.count > 0)
		return complain(may_change_by_itself(clone, record) ? EXIT_PENDING : EXIT_NO,
		    "%.*s is %s: %.*s", TEXT_ARGUMENTS(record->id), state,
		    TEXT_ARGUMENTS(reason_line(clone->arena, &record->reasons.at[0])));
	if (may_change_by_itself(clone, record))
		return complain(EXIT_PENDING, "%.*s is %s; no certificate yet",
		    TEXT_ARGUMENTS(record->id), state);
	return complain(EXIT_NO, "%.*s is %s%s%.*s; `countersign show %.*s` says more",
	    TEXT_ARGUMENTS(record->id), state, text_present(record->decided_by) ? " by " : "",
	    TEXT_ARGUMENTS(record->decided_by), TEXT_ARGUMENTS(record->id));
}

static bool
has_certificate(const struct request_record *record)
{
	return record->certificate.present && request_state_ended(record->state) &&
	    record->state != STATE_REVOKED && record->state != STATE_REJECTED &&
	    record->state != STATE_CANCELLED && record->state != STATE_EXPIRED;
}

static int
not_known(struct clone *clone, struct text id)
{
	struct source_file file;

	if ((text_present(clone->head) && snapshot_file(clone->store, clone->arena, clone->head,
	    request_path(clone->arena, id), &file)) || (text_present(clone->input) && snapshot_file(
	    clone->store, clone->arena, clone->input, request_path(clone->arena, id), &file)))
		return complain(EXIT_PENDING, "%.*s has not been judged yet", TEXT_ARGUMENTS(id));
	return request_unknown(clone, id);
}

/* Looks at the output branch as it stands; EXIT_PENDING when a later look may find more. */
static int
look(struct clone *clone, const struct get_options *options, struct text id, bool last)
{
	struct request_record record = { 0 };

	if (!text_present(clone->output) ||
	    !record_load(clone->store, clone->arena, clone->output, id, &record))
		return last ? not_known(clone, id) : EXIT_PENDING;
	if (has_certificate(&record))
		return print_certificate(clone, options, record.certificate.path);
	if (!last && may_change_by_itself(clone, &record))
		return EXIT_PENDING;
	return without_certificate(clone, &record);
}

/*
 * One look, with an arena of its own: a wait of hours must not grow. What a
 * first look could not read ends the wait, a later one may be a network that
 * comes back.
 */
static int
look_once(const struct get_options *options, struct text id, bool first, bool last)
{
	struct arena *arena = arena_new();
	struct clone_options where = options->clone;
	struct clone clone;
	int status;

	where.fetch = options->clone.fetch && first;
	where.follow = true;
	status = clone_open(arena, &where, &clone);
	if (status == OPTIONS_GO_ON)
		status = look(&clone, options, id, last);
	else if (!first && !last)
		status = EXIT_PENDING;
	clone_close(&clone);
	arena_free(arena);
	return status;
}

static int
wait_for(const struct get_options *options, struct text id, duration wait)
{
	int64_t end = milliseconds_running() + wait * 1000, left;
	unsigned pause = POLL_FIRST_SECONDS;

	for (bool first = true;; first = false) {
		bool last = milliseconds_running() >= end;
		int status = look_once(options, id, first, last);

		if (status != EXIT_PENDING || last)
			return status;
		left = (end - milliseconds_running() + 999) / 1000;
		if (left > 0)
			(void)sleep((int64_t)pause > left ? (unsigned)left : pause);
		pause = pause * 2 > POLL_MOST_SECONDS ? POLL_MOST_SECONDS : pause * 2;
	}
}

static int
get_latest(struct clone *clone, const struct get_options *options)
{
	struct text path = text_printf(clone->arena, "status/latest/%.*s.yaml",
	    TEXT_ARGUMENTS(options->latest));
	const struct latest_certificates *latest;
	struct reasons reasons = { 0 };
	struct source_file file = { 0 };
	struct manifest manifest;

	if (text_present(clone->output) &&
	    snapshot_file(clone->store, clone->arena, clone->output, path, &file) &&
	    manifest_decode(clone->arena, path, file.content, &manifest, &reasons) &&
	    manifest.kind == KIND_LATEST_CERTIFICATES && manifest.object != NULL) {
		latest = manifest.object;
		for (size_t i = 0; i < latest->certificates.count; i++)
			if (latest->certificates.at[i].not_before <= clone->now &&
			    latest->certificates.at[i].not_after >= clone->now)
				return print_certificate(clone, options,
				    latest->certificates.at[i].path);
	}
	if (configuration_profile(&clone->configuration, options->latest) == NULL)
		return complain(EXIT_NO, "there is no profile \"%.*s\"",
		    TEXT_ARGUMENTS(output_visible(clone->arena, options->latest)));
	return complain(EXIT_NO, "no certificate of profile %.*s is valid now",
	    TEXT_ARGUMENTS(options->latest));
}

/* "30m" is minutes here: nobody waits months at a prompt. */
static bool
parse_wait(struct arena *arena, struct text given, duration *wait)
{
	if (text_ends_with(given, "m"))
		given = text_printf(arena, "%.*sin", TEXT_ARGUMENTS(given));
	return duration_parse(given, wait);
}

static int
check_options(struct arena *arena, const struct command_line *line,
    const struct get_options *options, duration *wait)
{
	if (options->leaf + options->chain + options->der > 1)
		return complain(EXIT_USAGE,
		    "get: of --leaf, --chain and --der only one can be printed");
	if (text_present(options->latest) == (line->operands.count > 0))
		return complain(EXIT_USAGE, "get: either an ID or --latest PROFILE; "
		    "`countersign get --help` shows both");
	if (text_present(options->latest) && text_present(options->wait))
		return complain(EXIT_USAGE, "get: --wait goes with an ID");
	if (options->der && isatty(STDOUT_FILENO))
		return complain(EXIT_USAGE,
		    "get: DER is not for a terminal; redirect it to a file");
	if (text_present(options->wait) && !parse_wait(arena, options->wait, wait))
		return complain(EXIT_USAGE,
		    "get: --wait: \"%.*s\" is not a length of time, as in 90s, 30m "
		    "or 2h",
		    TEXT_ARGUMENTS(output_visible(arena, options->wait)));
	return OPTIONS_GO_ON;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct get_options options = { 0 };
	struct command_line line = { .command = &command_get, .rows = rows, .into = &options,
		.operand = "ID", .most = 1 };
	struct text id = { NULL, 0 };
	duration wait = 0;
	struct clone clone;
	int status = options_read(arena, &line, argc, argv);

	if (status == OPTIONS_GO_ON)
		status = check_options(arena, &line, &options, &wait);
	if (status == OPTIONS_GO_ON && line.operands.count > 0)
		status = request_id_given(arena, line.operands.at[0], &id);
	if (status != OPTIONS_GO_ON)
		return status;
	if (wait > 0)
		return wait_for(&options, id, wait);
	status = clone_open(arena, &options.clone, &clone);
	if (status == OPTIONS_GO_ON)
		status = text_present(id) ? look(&clone, &options, id, true) :
		    get_latest(&clone, &options);
	clone_close(&clone);
	return status;
}

const struct command command_get = {
	.name = "get",
	.summary = "the certificate of a request, or the newest of a profile",
	.usage = usage,
	.run = run,
};
