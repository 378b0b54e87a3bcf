#include <stdio.h>

#include "commands/clone.h"
#include "commands/options.h"
#include "commands/output.h"
#include "commands/request_view.h"
#include "commands/signing_key.h"
#include "commands/state_filter.h"
#include "evaluate/evaluate.h"
#include "manifest/manifest.h"
#include "reconcile/load.h"

static const char usage[] =
	"usage: countersign list [--state S] [--for me] [--profile P] [--requester N] [-o FORMAT]\n"
	"\n"
	"Lists requests as the output branch knows them.\n"
	"\n"
	"  -s, --state S       open (default: PendingApproval, Approved), approved (Issued,\n"
	"                      Renewing, Superseded, Revoked), rejected, cancelled, expired,\n"
	"                      attention (Invalid, Failed), all; or a state by its name\n"
	"      --for NAME      only what waits for this person now; `me` is whoever holds git's\n"
	"                      signing key (user.signingKey)\n"
	"  -p, --profile P     only requests of this profile\n"
	"  -r, --requester N   only requests of this requester; `me` as above\n"
	"  -o, --output F      table (default), json or yaml\n"
	CLONE_OPTIONS_USAGE
	"\n"
	"The table says for each request who is waited for: how many are missing in which\n"
	"step, and who can still approve. `-o json` gives one object with\n"
	"kind CertificateRequestStatusList whose items are the documents of\n"
	"status/requests/ (`countersign schema CertificateRequestStatus`); `-o yaml` gives these\n"
	"documents, \"---\" between them.\n"
	"\n"
	"examples:\n"
	"  countersign list --fetch --for me\n"
	"  countersign list --state attention\n"
	"  countersign list --state approved --profile web-production -o json\n";

struct list_options {
	struct clone_options clone;
	struct text state;
	struct text waits_for;
	struct text profile;
	struct text requester;
	int format;
};

static const struct option_row rows[] = {
	{ "state", 's', OPTION_TEXT, offsetof(struct list_options, state), NULL },
	{ "for", 0, OPTION_TEXT, offsetof(struct list_options, waits_for), NULL },
	{ "profile", 'p', OPTION_TEXT, offsetof(struct list_options, profile), NULL },
	{ "requester", 'r', OPTION_TEXT, offsetof(struct list_options, requester), NULL },
	{ "output", 'o', OPTION_CHOICE, offsetof(struct list_options, format), output_format_names },
	CLONE_OPTION_ROWS(struct list_options),
	{ .name = NULL }
};

/* What a request must be like to be listed. */
struct filter {
	state_set states;
	struct text waits_for;
	struct text profile;
	struct text requester;
};

static bool
matches(struct arena *arena, const struct filter *filter, const struct request_record *record)
{
	struct texts people;

	if ((filter->states & (1u << record->state)) == 0)
		return false;
	if (text_present(filter->profile) && !text_equal(record->profile, filter->profile))
		return false;
	if (text_present(filter->requester) &&
	    !text_equal(record->requester.name, filter->requester))
		return false;
	if (!text_present(filter->waits_for))
		return true;
	people = request_waiting_for(arena, record);
	return record->state == STATE_PENDING_APPROVAL && texts_contain(&people, filter->waits_for);
}

static bool
read_records(struct clone *clone, const struct filter *filter, struct request_records *out)
{
	struct request_records all = { 0 };
	struct text why;
	bool good = state_filter_is_pending(filter->states) ?
	    records_open(clone->store, clone->arena, clone->output, &all, &why) :
	    records_all(clone->store, clone->arena, clone->output, &all, &why);

	if (!good) {
		(void)complain(0, "%.*s", TEXT_ARGUMENTS(why));
		return false;
	}
	for (size_t i = 0; i < all.count; i++)
		if (matches(clone->arena, filter, &all.at[i]))
			*ARRAY_ADD(clone->arena, out) = all.at[i];
	return true;
}

/* Who is waited for, or why nobody is. */
static struct text
waiting_for(struct arena *arena, const struct request_record *record)
{
	switch (record->state) {
	case STATE_PENDING_APPROVAL:
		return view_waiting_for(arena, record);
	case STATE_APPROVED:
		return TEXT("being issued");
	case STATE_INVALID:
	case STATE_FAILED:
		return record->reasons.count > 0 ? record->reasons.at[0].message : TEXT("");
	default:
		return text_present(record->decided_by) ?
		    text_printf(arena, "by %.*s", TEXT_ARGUMENTS(record->decided_by)) : TEXT("");
	}
}

static struct text
until(struct arena *arena, const struct request_record *record, moment now)
{
	if (record->certificate.present)
		return moment_format(arena, record->certificate.not_after);
	if (request_state_ended(record->state) || record->deadline == 0)
		return TEXT("");
	if (record->deadline <= now)
		return TEXT("over");
	return duration_describe(arena, record->deadline - now);
}

static void
print_table(struct output *output, const struct request_records *records, moment now)
{
	static const struct table_column columns[] = {
		{ "ID", true }, { "STATE", false }, { "PROFILE", true }, { "REQUESTER", true },
		{ "NAMES", true }, { "WAITING FOR", true }, { "UNTIL", false }, { NULL, false }
	};
	struct table table = { .columns = columns };

	for (size_t i = 0; i < records->count; i++) {
		const struct request_record *record = &records->at[i];
		const struct table_cell cells[] = {
			{ record->id, STYLE_PLAIN },
			{ text_of(request_state_name(record->state)),
			    request_state_style(record->state) },
			{ record->profile, STYLE_PLAIN },
			{ record->requester.name, STYLE_PLAIN },
			{ record->summary, STYLE_PLAIN },
			{ waiting_for(output->arena, record), STYLE_PLAIN },
			{ until(output->arena, record, now), STYLE_PLAIN },
		};

		table_add(output->arena, &table, cells);
	}
	table_print(output, &table);
}

static void
print_json(struct output *output, const struct request_records *records)
{
	output_raw(output, TEXT("{\"apiVersion\": \"countersign/v1\", "
	    "\"kind\": \"CertificateRequestStatusList\", \"items\": ["));
	for (size_t i = 0; i < records->count; i++) {
		output_raw(output, i == 0 ? TEXT("\n") : TEXT(",\n"));
		output_raw(output, text_trim(manifest_write_json(output->arena,
		    KIND_CERTIFICATE_REQUEST_STATUS, &records->at[i])));
	}
	output_raw(output, TEXT("]}\n"));
}

static void
print_yaml(struct output *output, const struct request_records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		if (i > 0)
			output_raw(output, TEXT("---\n"));
		output_raw(output, manifest_write(output->arena, KIND_CERTIFICATE_REQUEST_STATUS,
		    &records->at[i]));
	}
}

/* ", and there is no CertificateProfile …" where a filter names what the configuration has not. */
static struct text
unknown_name(struct clone *clone, const struct filter *filter)
{
	const struct configuration *configuration = &clone->configuration;
	struct text profile = filter->profile, requester = filter->requester, nearest;
	struct texts known = { 0 };

	if (text_present(profile) && configuration_profile(configuration, profile) == NULL) {
		for (size_t i = 0; i < configuration->profiles.count; i++)
			texts_add(clone->arena, &known, configuration->profiles.at[i].name);
		nearest = text_nearest(profile, &known);
		return text_printf(clone->arena, "; there is no CertificateProfile \"%.*s\"%s%.*s%s",
		    TEXT_ARGUMENTS(output_visible(clone->arena, profile)),
		    text_present(nearest) ? ", did you mean \"" : "", TEXT_ARGUMENTS(nearest),
		    text_present(nearest) ? "\"?" : "");
	}
	if (text_present(requester) && configuration_identity(configuration, requester) == NULL)
		return text_printf(clone->arena, "; there is no identity \"%.*s\"",
		    TEXT_ARGUMENTS(output_visible(clone->arena, requester)));
	return TEXT("");
}

static void
say_none(struct clone *clone, const struct list_options *options, const struct filter *filter)
{
	bool plain = !text_present(filter->profile) && !text_present(filter->requester);

	if (text_present(filter->waits_for) && plain)
		advise("nothing waits for %.*s", TEXT_ARGUMENTS(filter->waits_for));
	else if (text_is(options->state, "open") && plain)
		advise("no open requests; --state all lists the others");
	else
		advise("no such requests%.*s", TEXT_ARGUMENTS(unknown_name(clone, filter)));
}

static int
list(struct clone *clone, const struct list_options *options, struct filter *filter)
{
	struct output output = output_to(clone->arena, stdout);
	struct request_records records = { 0 };
	int status;

	filter->profile = options->profile;
	if (text_present(options->waits_for) &&
	    (status = signing_key_person(clone, options->waits_for, &filter->waits_for)) !=
	    OPTIONS_GO_ON)
		return status;
	filter->requester = options->requester;
	if (text_is(options->requester, "me") &&
	    (status = signing_key_person(clone, options->requester, &filter->requester)) !=
	    OPTIONS_GO_ON)
		return status;
	if (!read_records(clone, filter, &records))
		return EXIT_TROUBLE;
	if (options->format == OUTPUT_JSON)
		print_json(&output, &records);
	else if (options->format == OUTPUT_YAML)
		print_yaml(&output, &records);
	else if (records.count > 0)
		print_table(&output, &records, clone->now);
	else
		say_none(clone, options, filter);
	clone_tell_age(clone);
	return EXIT_DONE;
}

static int
run(struct arena *arena, int argc, char **argv)
{
	struct list_options options = { .state = TEXT("open") };
	struct command_line line = { .command = &command_list, .rows = rows, .into = &options };
	struct filter filter = { 0 };
	struct clone clone;
	struct text why;
	int status = options_read(arena, &line, argc, argv);

	if (status != OPTIONS_GO_ON)
		return status;
	if (!state_filter_parse(arena, options.state, &filter.states, &why))
		return complain(EXIT_USAGE, "list: --state: %.*s", TEXT_ARGUMENTS(why));
	status = clone_open(arena, &options.clone, &clone);
	if (status == OPTIONS_GO_ON)
		status = list(&clone, &options, &filter);
	clone_close(&clone);
	return status;
}

const struct command command_list = {
	.name = "list",
	.summary = "requests by state, and who is waited for",
	.usage = usage,
	.run = run,
};
