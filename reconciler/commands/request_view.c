#include "commands/request_view.h"

#include <string.h>

#include "evaluate/evaluate.h"
#include "model/plan_text.h"

enum { LABEL_COLUMNS = 20 };

enum output_style
request_state_style(enum request_state state)
{
	switch (state) {
	case STATE_ISSUED:
	case STATE_APPROVED:
		return STYLE_GOOD;
	case STATE_PENDING_APPROVAL:
	case STATE_RENEWING:
		return STYLE_WAITING;
	case STATE_INVALID:
	case STATE_FAILED:
	case STATE_REJECTED:
	case STATE_REVOKED:
		return STYLE_BAD;
	default:
		return STYLE_QUIET;
	}
}

static void
label(struct output *output, const char *name)
{
	output_printf(output, "  ");
	output_styled(output, STYLE_QUIET, text_printf(output->arena, "%-*s", LABEL_COLUMNS, name));
}

/* One line; nothing for an absent or empty value. */
static void
field(struct output *output, const char *name, struct text value)
{
	if (text_empty(value))
		return;
	label(output, name);
	output_printf(output, "%.*s\n", TEXT_ARGUMENTS(output_visible(output->arena, value)));
}

/* Several lines, the first beside the label. */
static void
field_lines(struct output *output, const char *name, struct text value)
{
	struct text line;
	bool first = true;

	value = text_trim(value);
	while (text_next_line(&value, &line)) {
		label(output, first ? name : "");
		output_printf(output, "%.*s\n",
		    TEXT_ARGUMENTS(output_visible(output->arena, line)));
		first = false;
	}
}

static struct text
at_and_ago(struct arena *arena, moment at, moment now)
{
	struct text distance = duration_describe(arena, at > now ? at - now : now - at);

	if (at == 0)
		return (struct text){ NULL, 0 };
	return text_printf(arena, at > now ? "%.*s (in %.*s)" : "%.*s (%.*s ago)",
	    TEXT_ARGUMENTS(moment_format(arena, at)), TEXT_ARGUMENTS(distance));
}

struct text
view_requester(struct arena *arena, const struct requester_status *requester)
{
	struct text name = output_visible(arena, requester->name);
	struct text display = output_visible(arena, requester->display_name);
	struct text email = output_visible(arena, requester->email);

	if (text_empty(display) && text_empty(email))
		return name;
	if (text_empty(email))
		return text_printf(arena, "%.*s (%.*s)", TEXT_ARGUMENTS(display),
		    TEXT_ARGUMENTS(name));
	return text_printf(arena, "%.*s <%.*s> (%.*s)", TEXT_ARGUMENTS(display),
	    TEXT_ARGUMENTS(email), TEXT_ARGUMENTS(name));
}

struct text
view_waiting_for(struct arena *arena, const struct request_record *record)
{
	struct texts people = request_waiting_for(arena, record);

	for (size_t i = 0; i < record->steps.count; i++) {
		const struct step_status *step = &record->steps.at[i];
		int64_t missing = step->required - (int64_t)step->approved_by.count;

		if (step->state != STEP_OPEN || record->state != STATE_PENDING_APPROVAL)
			continue;
		return text_printf(arena, "%lld more in %.*s: %.*s", (long long)missing,
		    TEXT_ARGUMENTS(step->name),
		    TEXT_ARGUMENTS(people.count == 0 ? TEXT("nobody is left")
						     : texts_join(arena, &people, ", ")));
	}
	return (struct text){ "", 0 };
}

static struct text
joined(struct arena *arena, const struct texts *texts)
{
	return texts_join(arena, texts, ", ");
}

static void
view_names(struct output *output, const struct plan *plan)
{
	for (size_t type = 0; type < ALT_NAME_TYPES; type++)
		for (size_t i = 0; i < plan->alt_names.values[type].count; i++)
			field(output, type == 0 && i == 0 ? "names" : "",
			    text_printf(output->arena, "%s:%.*s",
				alt_name_keyword((enum alt_name_type)type),
				TEXT_ARGUMENTS(plan->alt_names.values[type].at[i])));
}

static struct text
validity(struct arena *arena, const struct plan *plan)
{
	if (plan->not_before == 0)
		return text_printf(arena, "%.*s from its issuance",
		    TEXT_ARGUMENTS(duration_describe(arena, plan->lifetime)));
	return text_printf(arena, "%.*s to %.*s (%.*s)",
	    TEXT_ARGUMENTS(moment_format(arena, plan->not_before)),
	    TEXT_ARGUMENTS(moment_format(arena, plan->not_before + plan->lifetime - 1)),
	    TEXT_ARGUMENTS(duration_describe(arena, plan->lifetime)));
}

/* What would be issued, in people's words; the plan below it says the same exactly. */
static void
view_contents(struct output *output, const struct request_record *record,
    const struct request *request)
{
	struct arena *arena = output->arena;
	struct plan plan = { 0 };
	struct text why;

	if (!text_present(record->plan) || !plan_parse(arena, record->plan, &plan, &why))
		return;
	field(output, "authority", plan.authority);
	field(output, "subject", subject_format(arena, &plan.subject));
	view_names(output, &plan);
	field(output, "key", text_printf(arena, "%.*s%ssha256:%.*s",
	    TEXT_ARGUMENTS(request->csr_facts.key_algorithm),
	    text_empty(request->csr_facts.key_algorithm) ? "" : ", ",
	    TEXT_ARGUMENTS(plan.public_key_sha256)));
	field(output, "key usage", joined(arena, &plan.key_usages));
	field(output, "extended key usage", joined(arena, &plan.extended_key_usages));
	field(output, "basic constraints", !plan.ca ? TEXT("not a CA") : plan.path_length < 0 ?
	    TEXT("CA, any path length") :
	    text_printf(arena, "CA, path length %lld", (long long)plan.path_length));
	field(output, "validity", validity(arena, &plan));
}

static void
view_certificate(struct output *output, const struct certificate_status *certificate, moment now)
{
	struct arena *arena = output->arena;

	if (!certificate->present)
		return;
	field(output, "certificate", certificate->path);
	field(output, "serial number", certificate->serial_number);
	field(output, "issuer", certificate->issuer);
	field(output, "not before", at_and_ago(arena, certificate->not_before, now));
	field(output, "not after", at_and_ago(arena, certificate->not_after, now));
	field(output, "SHA-256", certificate->sha256);
}

static void
view_end(struct output *output, const struct request_record *record, moment now)
{
	struct arena *arena = output->arena;

	if (request_state_ended(record->state))
		field(output, "decided", at_and_ago(arena, record->decided_at, now));
	field(output, "by", record->decided_by);
	field_lines(output, "comment", record->comment);
	field(output, "approved because", record->approved_because);
	for (size_t i = 0; i < record->reasons.count; i++)
		field(output, i == 0 ? "reasons" : "", reason_line(arena, &record->reasons.at[i]));
	if (record->state == STATE_FAILED)
		field(output, "next attempt", at_and_ago(arena, record->next_attempt, now));
}

void
view_request(struct output *output, const struct forecast *forecast, moment now)
{
	const struct request_record *record = &forecast->after;
	struct arena *arena = output->arena;

	output_styled(output, STYLE_STRONG, record->id);
	output_printf(output, "  ");
	output_styled(output, request_state_style(record->state),
	    text_of(request_state_name(record->state)));
	output_printf(output, "\n");
	field(output, "requester", text_printf(arena, "%.*s, %s",
	    TEXT_ARGUMENTS(view_requester(arena, &record->requester)),
	    record->requester.verified ? "by signature" : "not signed"));
	field(output, "profile", record->profile);
	field(output, "approval policy", record->policy);
	field_lines(output, "justification", forecast->request.justification);
	view_contents(output, record, &forecast->request);
	field(output, "opened", at_and_ago(arena, record->opened_at, now));
	if (!request_state_ended(record->state))
		field(output, "until", at_and_ago(arena, record->deadline, now));
	view_certificate(output, &record->certificate, now);
	view_end(output, record, now);
}

static void
view_approvals(struct output *output, const struct step_status *step)
{
	for (size_t i = 0; i < step->approved_by.count; i++) {
		const struct step_approval *approval = &step->approved_by.at[i];

		output_printf(output, "       approved by %.*s, %.*s\n",
		    TEXT_ARGUMENTS(output_visible(output->arena, approval->name)),
		    TEXT_ARGUMENTS(moment_format(output->arena, approval->at)));
		output_block(output, 9, text_trim(approval->comment));
	}
}

void
view_steps(struct output *output, const struct request_record *record)
{
	static const char *const words[] = { [STEP_WAITING] = "not open yet",
		[STEP_OPEN] = "open",
		[STEP_COMPLETE] = "complete" };
	static const enum output_style styles[] = { [STEP_WAITING] = STYLE_QUIET,
		[STEP_OPEN] = STYLE_WAITING,
		[STEP_COMPLETE] = STYLE_GOOD };
	bool ended = request_state_ended(record->state);

	if (record->steps.count == 0)
		return;
	output_printf(output, "\n");
	output_styled(output, STYLE_STRONG, TEXT("approvals"));
	output_printf(output, "\n");
	for (size_t i = 0; i < record->steps.count; i++) {
		const struct step_status *step = &record->steps.at[i];

		output_printf(output, "  %zu. %.*s: %zu of %lld, ", i + 1,
		    TEXT_ARGUMENTS(output_visible(output->arena, step->name)),
		    step->approved_by.count, (long long)step->required);
		output_styled(output, styles[step->state],
		    text_of(ended && step->state != STEP_COMPLETE ? "ended" : words[step->state]));
		output_printf(output, "\n");
		view_approvals(output, step);
		if (step->state != STEP_COMPLETE && !ended)
			output_printf(output, "       can still approve: %.*s\n",
			    TEXT_ARGUMENTS(step->waiting_for.count == 0
					       ? TEXT("nobody")
					       : output_visible(output->arena,
						     joined(output->arena, &step->waiting_for))));
	}
}

void
view_ignored(struct output *output, const struct request_record *record)
{
	if (record->ignored.count == 0)
		return;
	output_printf(output, "\n");
	output_styled(output, STYLE_STRONG, TEXT("seen, and not counted"));
	output_printf(output, "\n");
	for (size_t i = 0; i < record->ignored.count; i++) {
		const struct ignored *ignored = &record->ignored.at[i];

		output_printf(output, "  %.*s: %.*s (%.*s)\n",
		    TEXT_ARGUMENTS(output_visible(output->arena, ignored->who)),
		    TEXT_ARGUMENTS(output_visible(output->arena, ignored->what)),
		    TEXT_ARGUMENTS(output_visible(output->arena, ignored->commit)));
		output_block(output, 4, ignored->why);
	}
	if (record->ignored_count > (int64_t)record->ignored.count)
		output_printf(output, "  and %lld more\n",
		    (long long)(record->ignored_count - (int64_t)record->ignored.count));
}

void
view_plan(struct output *output, const struct request_record *record)
{
	if (!text_present(record->plan))
		return;
	output_printf(output, "\n");
	output_styled(output, STYLE_STRONG, TEXT("plan"));
	output_printf(output, "  %.*s\n",
	    TEXT_ARGUMENTS(output_visible(output->arena, record->digest)));
	output_block(output, 2, record->plan);
}

static bool
has_line(struct text text, struct text wanted)
{
	struct text line;

	while (text_next_line(&text, &line))
		if (text_equal(line, wanted))
			return true;
	return false;
}

/* The lines of `text` that `other` has not. */
static void
view_only_in(struct output *output, struct text text, struct text other, const char *sign)
{
	struct text line;

	while (text_next_line(&text, &line)) {
		if (has_line(other, line) || text_starts_with(line, "generation: "))
			continue;
		output_styled(output, sign[0] == '+' ? STYLE_GOOD : STYLE_BAD,
		    text_printf(output->arena, "  %s %.*s", sign, TEXT_ARGUMENTS(line)));
		output_printf(output, "\n");
	}
}

void
view_plan_changes(struct output *output, struct text before, struct text after)
{
	view_only_in(output, before, after, "-");
	view_only_in(output, after, before, "+");
}

void
view_notes(struct output *output, const struct forecast *forecast)
{
	for (size_t i = 0; i < forecast->notes.count; i++) {
		output_styled(output, STYLE_WAITING, TEXT("note: "));
		output_printf(output, "%.*s\n", TEXT_ARGUMENTS(forecast->notes.at[i]));
	}
}
