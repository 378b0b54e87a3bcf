#include "commands/audit_view.h"

#include "base/json.h"
#include "commands/clone.h"

enum { SERIAL_SHOWN = 12 };

static struct text
approved_by(struct arena *arena, const struct audit_certificate *certificate)
{
	if (certificate->approved_by.count > 0)
		return texts_join(arena, &certificate->approved_by, ", ");
	return text_present(certificate->approved_because) ? TEXT("(at once)") : TEXT("nobody");
}

static void
print_certificates(struct output *output, const struct audit_report *report)
{
	static const struct table_column columns[] = {
		{ "ID", true }, { "GENERATION", false }, { "SERIAL NUMBER", false },
		{ "REQUESTER", true }, { "APPROVED BY", true }, { "DECIDED", false },
		{ "COMMIT", false }, { "VERDICT", false }, { NULL, false }
	};
	struct table table = { .columns = columns };

	for (size_t i = 0; i < report->certificates.count; i++) {
		const struct audit_certificate *certificate = &report->certificates.at[i];
		const struct table_cell cells[] = {
			{ certificate->request, STYLE_PLAIN },
			{ text_printf(output->arena, "%lld", (long long)certificate->generation),
			    STYLE_PLAIN },
			{ text_printf(output->arena, "%.*s…", SERIAL_SHOWN,
			    text_string(output->arena, certificate->serial_number)), STYLE_PLAIN },
			{ certificate->requester, STYLE_PLAIN },
			{ approved_by(output->arena, certificate), STYLE_PLAIN },
			{ moment_format(output->arena, certificate->decided_at), STYLE_PLAIN },
			{ commit_short(certificate->issued_in), STYLE_QUIET },
			{ certificate->good ? TEXT("good") : TEXT("DOUBTFUL"),
			    certificate->good ? STYLE_GOOD : STYLE_BAD },
		};

		table_add(output->arena, &table, cells);
	}
	if (report->certificates.count > 0)
		table_print(output, &table);
}

static void
print_findings(struct output *output, const struct audit_report *report)
{
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct audit_finding *finding = &report->findings.at[i];

		output_printf(output, "%s", i == 0 ? "\n" : "");
		output_styled(output, STYLE_BAD, text_of(finding->code));
		if (text_present(finding->commit))
			output_printf(output, " in %.*s",
			    TEXT_ARGUMENTS(commit_short(finding->commit)));
		if (text_present(finding->request))
			output_printf(output, ", %.*s", TEXT_ARGUMENTS(output_visible(output->arena,
			    finding->request)));
		output_printf(output, ": %.*s\n", TEXT_ARGUMENTS(finding->message));
	}
}

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void
print_keys(struct output *output, const char *whose, struct text name, const struct texts *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		output_printf(output, "  %s%.*s  %.*s\n", whose,
		    TEXT_ARGUMENTS(output_visible(output->arena, name)),
		    TEXT_ARGUMENTS(output_visible(output->arena, keys->at[i])));
}

static void
print_introduction(struct output *output, const struct audit_introduction *introduction)
{
	output_printf(output, "it begins with the introduction %.*s@%.*s (%.*s), with these keys:\n",
	    TEXT_ARGUMENTS(introduction->commit), TEXT_ARGUMENTS(introduction->digest),
	    TEXT_ARGUMENTS(output_visible(output->arena, introduction->source)));
	print_keys(output, "reconciler", (struct text){ NULL, 0 }, &introduction->reconciler_keys);
	for (size_t i = 0; i < introduction->administrators.count; i++)
		print_keys(output, "administrator ", introduction->administrators.at[i].name,
		    &introduction->administrators.at[i].keys);
	output_printf(output, "  %lld of %zu administrators must sign other rules\n",
	    (long long)introduction->required, introduction->administrators.count);
}

static void
print_input(struct output *output, const struct audit_input *input)
{
	struct text ref = output_visible(output->arena, input->ref);

	if (!input->compared)
		output_printf(output, "whether that was ever on the input branch is not shown by a "
		    "file of evidence\n");
	else if (!text_present(input->tip))
		output_printf(output, "whether that was ever on the input branch could not be checked\n");
	else if (!input->holds)
		output_printf(output, "%.*s, at %.*s, does not hold that input\n",
		    TEXT_ARGUMENTS(ref), TEXT_ARGUMENTS(commit_short(input->tip)));
	else if (input->ahead == 0)
		output_printf(output, "%.*s is at that input\n", TEXT_ARGUMENTS(ref));
	else
		output_printf(output, "%.*s, at %.*s, is %zu commit%s ahead of that input\n",
		    TEXT_ARGUMENTS(ref), TEXT_ARGUMENTS(commit_short(input->tip)),
		    input->ahead, plural(input->ahead));
	if (input->replaced > 0)
		output_printf(output, "what %zu earlier output commit%s judged is not on it: an operator "
		    "is said to have replaced that history\n", input->replaced,
		    plural(input->replaced));
}

/* How far it has come: a branch that was cut looks like one that has not come further. */
static void
print_as_of(struct output *output, const struct audit_report *report)
{
	const struct audit_as_of *as_of = &report->as_of;

	output_printf(output, "as of %.*s, output commit %.*s, which judged the input %.*s\n",
	    TEXT_ARGUMENTS(moment_format(output->arena, as_of->time)),
	    TEXT_ARGUMENTS(commit_short(as_of->commit)), TEXT_ARGUMENTS(commit_short(as_of->input)));
	print_input(output, &report->input);
}

static void
print_end(struct output *output, const struct audit_report *report)
{
	output_printf(output, "\n");
	for (size_t i = 0; i < report->witnesses.count; i++) {
		const struct audit_witness *witness = &report->witnesses.at[i];

		output_printf(output, "times from %.*s to %.*s are the word of the reconciler with the "
		    "key %.*s\n", TEXT_ARGUMENTS(moment_format(output->arena, witness->first)),
		    TEXT_ARGUMENTS(moment_format(output->arena, witness->last)),
		    TEXT_ARGUMENTS(witness->key));
	}
	if (text_present(report->since))
		output_printf(output, "what stands before %.*s was not audited\n",
		    TEXT_ARGUMENTS(commit_short(report->since)));
	print_introduction(output, &report->introduction);
	print_as_of(output, report);
	output_printf(output, "%zu output commit%s up to %.*s, %zu certificate%s, configuration "
	    "%lld trusted; ", report->commits, plural(report->commits),
	    TEXT_ARGUMENTS(commit_short(report->tip)), report->certificates.count,
	    plural(report->certificates.count), (long long)report->configuration_number);
	if (report->findings.count == 0)
		output_styled(output, STYLE_GOOD, TEXT("nothing found"));
	else
		output_styled(output, STYLE_BAD, text_printf(output->arena, "%zu finding%s",
		    report->findings.count, plural(report->findings.count)));
	output_printf(output, "\n");
}

/* --- one request ----------------------------------------------------------------------------- */

static void
print_detail(struct output *output, const char *name, struct text value)
{
	if (!text_present(value))
		return;
	output_printf(output, "      ");
	output_styled(output, STYLE_QUIET, text_printf(output->arena, "%-8s %.*s", name,
	    TEXT_ARGUMENTS(output_visible(output->arena, value))));
	output_printf(output, "\n");
}

static void
print_event(struct output *output, const struct audit_event *event)
{
	output_printf(output, "%.*s  ",
	    TEXT_ARGUMENTS(moment_format(output->arena, event->at)));
	if (text_present(event->who)) {
		output_styled(output, STYLE_STRONG, event->who);
		output_printf(output, " ");
	}
	output_printf(output, "%.*s\n", TEXT_ARGUMENTS(output_visible(output->arena, event->what)));
	print_detail(output, "digest", event->digest);
	print_detail(output, "key", event->key);
	print_detail(output, "evidence", event->evidence);
	print_detail(output, "where", event->where);
	print_detail(output, "recorded", event->commit);
}

static void
print_story(struct output *output, const struct audit_report *report)
{
	const struct audit_story *story = &report->story;

	for (size_t i = 0; i < story->events.count; i++)
		print_event(output, &story->events.at[i]);
	if (text_present(story->plan)) {
		output_printf(output, "\n");
		output_styled(output, STYLE_STRONG, TEXT("plan"));
		output_printf(output, "  %.*s\n", TEXT_ARGUMENTS(story->digest));
		output_block(output, 2, story->plan);
	}
	if (report->certificates.count > 0)
		output_printf(output, "\n");
}

/* --- JSON -------------------------------------------------------------------------------- */

/* ', "name": "value"', or null for what is absent. */
static void
add_text(struct buffer *json, const char *name, struct text value)
{
	buffer_printf(json, "%s\"%s\": ", json->at[json->length - 1] == '{' ? "" : ", ", name);
	if (text_present(value))
		json_string(json, value);
	else
		buffer_add(json, TEXT("null"));
}

static void
add_moment(struct buffer *json, const char *name, moment at)
{
	add_text(json, name, at == 0 ? (struct text){ NULL, 0 } : moment_format(json->arena, at));
}

static void
add_texts(struct buffer *json, const char *name, const struct texts *values)
{
	buffer_printf(json, ", \"%s\": [", name);
	for (size_t i = 0; i < values->count; i++) {
		buffer_add(json, i == 0 ? TEXT("") : TEXT(", "));
		json_string(json, values->at[i]);
	}
	buffer_add_byte(json, ']');
}

static void
add_certificate(struct buffer *json, const struct audit_certificate *certificate)
{
	buffer_add_byte(json, '{');
	add_text(json, "request", certificate->request);
	buffer_printf(json, ", \"generation\": %lld", (long long)certificate->generation);
	add_text(json, "serialNumber", certificate->serial_number);
	add_text(json, "sha256", certificate->sha256);
	add_text(json, "profile", certificate->profile);
	add_text(json, "requester", certificate->requester);
	buffer_printf(json, ", \"requesterVerified\": %s",
	    certificate->requester_verified ? "true" : "false");
	add_texts(json, "approvedBy", &certificate->approved_by);
	add_text(json, "approvedBecause", certificate->approved_because);
	add_moment(json, "decidedAt", certificate->decided_at);
	add_moment(json, "notBefore", certificate->not_before);
	add_moment(json, "notAfter", certificate->not_after);
	add_text(json, "decidedIn", certificate->decided_in);
	add_text(json, "issuedIn", certificate->issued_in);
	add_text(json, "verdict", certificate->good ? TEXT("good") : TEXT("doubtful"));
	buffer_add_byte(json, '}');
}

static void
add_finding(struct buffer *json, const struct audit_finding *finding)
{
	buffer_add_byte(json, '{');
	add_text(json, "code", text_of(finding->code));
	add_text(json, "commit", finding->commit);
	add_text(json, "request", finding->request);
	add_text(json, "message", finding->message);
	buffer_add_byte(json, '}');
}

static void
add_witness(struct buffer *json, const struct audit_witness *witness)
{
	buffer_add_byte(json, '{');
	add_text(json, "key", witness->key);
	buffer_printf(json, ", \"commits\": %zu", witness->commits);
	add_moment(json, "first", witness->first);
	add_moment(json, "last", witness->last);
	buffer_add_byte(json, '}');
}

static const char *const event_names[] = {
	[EVENT_ASKED] = "asked", [EVENT_PLANNED] = "planned", [EVENT_SIGNED] = "signed",
	[EVENT_COUNTED] = "counted", [EVENT_DECIDED] = "decided", [EVENT_ISSUED] = "issued",
	[EVENT_STATE] = "state", [EVENT_CONFIGURATION] = "configuration",
};

static void
add_event(struct buffer *json, const struct audit_event *event)
{
	buffer_add_byte(json, '{');
	add_text(json, "event", text_of(event_names[event->kind]));
	add_moment(json, "at", event->at);
	add_text(json, "who", event->who);
	add_text(json, "what", event->what);
	add_text(json, "digest", event->digest);
	add_text(json, "key", event->key);
	add_text(json, "evidence", event->evidence);
	add_text(json, "where", event->where);
	add_text(json, "commit", event->commit);
	buffer_add_byte(json, '}');
}

static void
separate(struct buffer *json, size_t i)
{
	buffer_add(json, i == 0 ? TEXT("\n  ") : TEXT(",\n  "));
}

static void
add_introduction(struct buffer *json, const struct audit_introduction *introduction)
{
	if (!text_present(introduction->commit)) {
		add_text(json, "introduction", introduction->commit);
		return;
	}
	buffer_add(json, TEXT(", \"introduction\": {"));
	add_text(json, "source", introduction->source);
	add_text(json, "commit", introduction->commit);
	add_text(json, "digest", introduction->digest);
	add_texts(json, "reconcilerKeys", &introduction->reconciler_keys);
	buffer_printf(json, ", \"required\": %lld, \"administrators\": [",
	    (long long)introduction->required);
	for (size_t i = 0; i < introduction->administrators.count; i++) {
		buffer_add(json, i == 0 ? TEXT("{") : TEXT(", {"));
		add_text(json, "name", introduction->administrators.at[i].name);
		add_texts(json, "keys", &introduction->administrators.at[i].keys);
		buffer_add_byte(json, '}');
	}
	buffer_add(json, TEXT("]}"));
}

static void
add_input_branch(struct buffer *json, const struct audit_input *input)
{
	if (!input->compared) {
		add_text(json, "inputBranch", (struct text){ NULL, 0 });
		return;
	}
	buffer_add(json, TEXT(", \"inputBranch\": {"));
	add_text(json, "ref", input->ref);
	add_text(json, "tip", input->tip);
	if (input->holds)
		buffer_printf(json, ", \"ahead\": %zu", input->ahead);
	else
		add_text(json, "ahead", (struct text){ NULL, 0 });
	buffer_printf(json, ", \"replaced\": %zu}", input->replaced);
}

static void
add_as_of(struct buffer *json, const struct audit_as_of *as_of)
{
	buffer_add(json, TEXT(", \"asOf\": {"));
	add_text(json, "commit", as_of->commit);
	add_moment(json, "time", as_of->time);
	add_text(json, "input", as_of->input);
	buffer_add_byte(json, '}');
}

static void
add_story(struct buffer *json, const struct audit_story *story)
{
	buffer_add(json, TEXT(", \"story\": {\"events\": ["));
	for (size_t i = 0; i < story->events.count; i++) {
		separate(json, i);
		add_event(json, &story->events.at[i]);
	}
	buffer_add_byte(json, ']');
	add_text(json, "digest", story->digest);
	add_text(json, "plan", story->plan);
	add_text(json, "certificate", story->certificate);
	add_text(json, "ledger", story->ledger);
	buffer_add_byte(json, '}');
}

static void
print_json(struct output *output, const struct audit_report *report)
{
	struct buffer json = { .arena = output->arena };
	buffer_add_byte(&json, '{');
	add_text(&json, "apiVersion", TEXT("countersign/v1"));
	add_text(&json, "kind", TEXT("AuditReport"));
	buffer_printf(&json, ", \"complete\": %s", report->complete ? "true" : "false");
	add_text(&json, "why", report->unfinished);
	buffer_printf(&json, ", \"clean\": %s", report->complete && report->findings.count == 0 ? "true" :
	    "false");
	add_text(&json, "since", report->since);
	add_text(&json, "tip", report->tip);
	add_text(&json, "input", report->tip_input);
	add_introduction(&json, &report->introduction);
	add_as_of(&json, &report->as_of);
	add_input_branch(&json, &report->input);
	buffer_printf(&json, ", \"commits\": %zu, \"configuration\": {\"number\": %lld",
	    report->commits, (long long)report->configuration_number);
	add_text(&json, "digest", report->configuration_digest);
	buffer_add(&json, TEXT("}, \"timesAttestedBy\": ["));
	for (size_t i = 0; i < report->witnesses.count; i++) {
		separate(&json, i);
		add_witness(&json, &report->witnesses.at[i]);
	}
	buffer_add(&json, TEXT("], \"certificates\": ["));
	for (size_t i = 0; i < report->certificates.count; i++) {
		separate(&json, i);
		add_certificate(&json, &report->certificates.at[i]);
	}
	buffer_add(&json, TEXT("], \"findings\": ["));
	for (size_t i = 0; i < report->findings.count; i++) {
		separate(&json, i);
		add_finding(&json, &report->findings.at[i]);
	}
	buffer_add_byte(&json, ']');
	if (report->story.known)
		add_story(&json, &report->story);
	buffer_add(&json, TEXT("}\n"));
	output_raw(output, buffer_text(&json));
}

void
audit_print(struct output *output, const struct audit_report *report, int format)
{
	if (format == OUTPUT_JSON) {
		print_json(output, report);
		return;
	}
	if (!report->complete) {
		print_findings(output, report);
		return;
	}
	if (report->story.known)
		print_story(output, report);
	print_certificates(output, report);
	print_findings(output, report);
	print_end(output, report);
}

int
audit_print_none(struct arena *arena, int format, int status)
{
	const struct audit_report report = { .unfinished = TEXT("nothing was audited; standard error "
	    "says why") };
	struct output output = output_to(arena, stdout);

	if (format == OUTPUT_JSON && (status == EXIT_NO || status == EXIT_TROUBLE))
		print_json(&output, &report);
	return status;
}
