#include "commands/plan_page.h"

#include <inttypes.h>

#include "commands/markdown.h"

/* The page under construction. */
struct page {
	struct buffer *out;
	const struct clone *clone;
	const struct branch_plan *plan;
};

static void
add_names(struct page *page, const struct texts *names)
{
	for (size_t i = 0; i < names->count; i++) {
		buffer_add(page->out, i == 0 ? TEXT("") : TEXT(", "));
		markdown_code(page->out, names->at[i]);
	}
	if (names->count == 0)
		buffer_add(page->out, TEXT("nobody"));
}

static void
add_reasons(struct page *page, const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++) {
		struct reason reason = reasons->at[i];

		buffer_add(page->out, reason.severity == SEVERITY_ERROR ? TEXT("- **error** ")
		    : TEXT("- warning "));
		if (!text_empty(reason.position.path)) {
			markdown_code(page->out, text_printf(page->out->arena, "%.*s:%u:%u",
			    TEXT_ARGUMENTS(reason.position.path), reason.position.line,
			    reason.position.column));
			buffer_add(page->out, TEXT(" "));
		}
		markdown_code(page->out, reason.message);
		buffer_add_byte(page->out, '\n');
	}
}

static void
add_steps(struct page *page, const struct request_record *record)
{
	for (size_t i = 0; i < record->steps.count; i++) {
		const struct step_status *step = &record->steps.at[i];
		struct texts approved = { 0 };

		for (size_t j = 0; j < step->approved_by.count; j++)
			texts_add(page->out->arena, &approved, step->approved_by.at[j].name);
		buffer_printf(page->out, "%zu. ", i + 1);
		markdown_code(page->out, step->name);
		buffer_printf(page->out, ": %" PRId64 " needed", step->required);
		if (approved.count > 0) {
			buffer_add(page->out, TEXT(", approved by "));
			add_names(page, &approved);
		}
		if (step->state != STEP_COMPLETE) {
			buffer_add(page->out, TEXT(", can approve: "));
			add_names(page, &step->waiting_for);
		}
		buffer_add_byte(page->out, '\n');
	}
}

static void
add_requester(struct page *page, const struct requester_status *requester)
{
	buffer_add(page->out, TEXT("- requester: "));
	markdown_code(page->out, requester->name);
	if (!text_empty(requester->email)) {
		buffer_add(page->out, TEXT(", "));
		markdown_code(page->out, requester->email);
	}
	buffer_add(page->out, requester->verified ? TEXT(" (signed)\n") : TEXT(" (not signed)\n"));
}

static void
add_plan(struct page *page, const struct request_record *record)
{
	/* an Invalid request keeps its last plan, which is not what would be issued */
	if (text_empty(record->plan) || record->state == STATE_INVALID)
		return;
	buffer_add(page->out, TEXT("\nWhat would be issued, and what an approval signs:\n\n"));
	markdown_fence(page->out, "text", record->plan);
	buffer_add(page->out, TEXT("\nDigest: "));
	markdown_code(page->out, record->digest);
	buffer_add_byte(page->out, '\n');
}

static void
add_commands(struct page *page, const struct request_record *record)
{
	struct arena *arena = page->out->arena;
	struct text id = text_visible(arena, record->id, 255);

	if (record->state != STATE_PENDING_APPROVAL)
		return;
	buffer_add(page->out, TEXT("\nTo approve, one of:\n\n"));
	markdown_fence(page->out, "sh", text_printf(arena, "countersign approve %.*s --push\n"
	    "git commit -S --allow-empty -m 'approve' --trailer 'Countersign-Approve: %.*s %.*s'",
	    TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(id), TEXT_ARGUMENTS(record->digest)));
}

static void
add_record(struct page *page, const struct request_record *record)
{
	buffer_add(page->out, TEXT("- state: "));
	markdown_code(page->out, text_of(request_state_name(record->state)));
	if (record->generation > 0)
		buffer_printf(page->out, ", generation %" PRId64, record->generation);
	buffer_add_byte(page->out, '\n');
	add_requester(page, &record->requester);
	buffer_add(page->out, TEXT("- profile: "));
	markdown_code(page->out, record->profile);
	buffer_add(page->out, TEXT(", approval policy: "));
	markdown_code(page->out, record->policy);
	buffer_add_byte(page->out, '\n');
	if (!text_empty(record->approved_because)) {
		buffer_add(page->out, TEXT("- approved at once: "));
		markdown_code(page->out, record->approved_because);
		buffer_add_byte(page->out, '\n');
	}
	if (record->steps.count > 0) {
		buffer_add(page->out, TEXT("\nWho would have to approve, in this order:\n\n"));
		add_steps(page, record);
	}
	if (record->reasons.count > 0)
		buffer_add_byte(page->out, '\n');
	add_reasons(page, &record->reasons);
	add_plan(page, record);
	add_commands(page, record);
}

static const char *
effect_sentence(const struct branch_request *request)
{
	switch (request->effect) {
	case EFFECT_DELETED:
		return "Its file is deleted, which changes nothing: to end a request, its requester or an "
		       "administrator signs `countersign cancel`.";
	case EFFECT_INVALID:
		return "**Is Invalid: nothing is issued until it is mended.**";
	case EFFECT_OPENED:
		return request->known ? "Opens a new generation of a request that has ended."
		    : "Opens a request.";
	case EFFECT_CHANGED:
		return "**Changes what would be issued: approvals given so far no longer count.**";
	case EFFECT_UNCHANGED:
		return "Changes nothing that people sign: the plan stays the same.";
	case EFFECT_REFUSED:
		break;
	}
	return request->differs ? "**Not accepted under the rules that are trusted now:**"
	    : "**Would not be accepted:**";
}

static void
add_request(struct page *page, const struct branch_request *request)
{
	buffer_add(page->out, TEXT("\n### "));
	markdown_code(page->out, request->id);
	buffer_printf(page->out, "\n\n%s", effect_sentence(request));
	if (!text_empty(request->why)) {
		buffer_add_byte(page->out, ' ');
		markdown_code(page->out, request->why);
	}
	buffer_add(page->out, TEXT("\n\n"));
	if (request->effect == EFFECT_REFUSED)
		add_reasons(page, &request->after.reasons);
	else if (request->effect != EFFECT_DELETED)
		add_record(page, &request->after);
	if (request->differs) {
		buffer_add(page->out,
		    TEXT("\nOnce the configuration of this branch is trusted:\n\n"));
		add_record(page, &request->later);
	}
}

static void
add_progress(struct page *page, const struct configuration_candidate *progress)
{
	buffer_printf(page->out,
	    "- signatures: %" PRId64 " needed, %" PRId64 " missing\n- signed by: ",
	    progress->required, progress->missing);
	add_names(page, &progress->signed_by);
	buffer_add(page->out, TEXT("\n- can still sign: "));
	add_names(page, &progress->waiting_for);
	buffer_add(page->out,
	    TEXT("\n\nTo sign, after a look at `countersign configuration diff`:\n\n"));
	markdown_fence(page->out, "sh", text_printf(page->out->arena,
	    "countersign configuration approve %.*s --push\n"
	    "git commit -S --allow-empty -m 'approve' --trailer 'Countersign-Configuration: %.*s'",
	    TEXT_ARGUMENTS(page->plan->head),
	    TEXT_ARGUMENTS(page->plan->configuration.configuration.digest)));
}

static void
add_affected(struct page *page)
{
	const struct branch_requests *affected = &page->plan->affected;

	if (affected->count == 0)
		return;
	buffer_add(page->out, TEXT("\nOpen requests that these rules would change:\n\n"));
	for (size_t i = 0; i < affected->count; i++) {
		const struct branch_request *request = &affected->at[i];

		buffer_add(page->out, TEXT("- "));
		markdown_code(page->out, request->id);
		buffer_printf(page->out, ": %s", request_state_name(request->before.state));
		if (request->after.state != request->before.state)
			buffer_printf(page->out, " becomes %s",
			    request_state_name(request->after.state));
		if (request->effect == EFFECT_CHANGED)
			buffer_add(page->out,
			    TEXT("; the plan changes, approvals no longer count"));
		if (!text_equal(request->before.policy, request->after.policy)) {
			buffer_add(page->out, TEXT("; approval policy "));
			markdown_code(page->out, request->after.policy);
		}
		buffer_add_byte(page->out, '\n');
	}
}

static void
add_configuration(struct page *page)
{
	const struct branch_configuration *own = &page->plan->configuration;

	if (!own->changed)
		return;
	buffer_add(page->out, TEXT("\n## The rules change\n\n"));
	for (size_t i = 0; i < own->paths.count; i++) {
		buffer_add(page->out, TEXT("- "));
		markdown_code(page->out, own->paths.at[i]);
		buffer_add_byte(page->out, '\n');
	}
	if (reasons_errors(&own->configuration.reasons) > 0) {
		buffer_add(page->out, TEXT("\n**This configuration can never be trusted:**\n\n"));
		add_reasons(page, &own->configuration.reasons);
		return;
	}
	if (own->configuration.reasons.count > 0)
		buffer_add_byte(page->out, '\n');
	add_reasons(page, &own->configuration.reasons);
	buffer_printf(page->out, "\nConfiguration number %" PRId64 ", digest ",
	    own->configuration.number);
	markdown_code(page->out, own->configuration.digest);
	buffer_add(page->out,
	    TEXT(". It takes effect when the administrators have signed it; until "
		 "then the rules stay as they are.\n\n"));
	add_progress(page, &own->progress);
	add_affected(page);
}

static void
add_ignored(struct page *page)
{
	const struct ignored_list *ignored = &page->plan->evidence.ignored;

	if (ignored->count == 0)
		return;
	buffer_add(page->out, TEXT("\n## Signatures on this branch that would not count\n\n"));
	for (size_t i = 0; i < ignored->count; i++) {
		buffer_add(page->out, TEXT("- "));
		markdown_code(page->out, ignored->at[i].what);
		buffer_add(page->out, TEXT(" by "));
		markdown_code(page->out, ignored->at[i].who);
		buffer_add(page->out, TEXT(" in "));
		markdown_code(page->out, ignored->at[i].commit);
		buffer_add(page->out, TEXT(": "));
		markdown_code(page->out, ignored->at[i].why);
		buffer_add_byte(page->out, '\n');
	}
}

struct text
plan_page_markdown(struct arena *arena, const struct clone *clone, const struct branch_plan *plan)
{
	struct buffer out = { .arena = arena };
	struct page page = { &out, clone, plan };

	buffer_printf(&out,
	    "# What this branch would do\n\n`%.*s..%.*s`, judged under %s configuration "
	    "number %" PRId64 ".\n",
	    TEXT_ARGUMENTS(commit_short(plan->base)), TEXT_ARGUMENTS(commit_short(plan->head)),
	    clone->trusted ? "the trusted" : "the not yet trusted", clone->configuration.number);
	if (plan->reasons.count > 0)
		buffer_add_byte(&out, '\n');
	add_reasons(&page, &plan->reasons);
	if (plan->requests.count > 0)
		buffer_add(&out, TEXT("\n## Requests\n"));
	for (size_t i = 0; i < plan->requests.count; i++)
		add_request(&page, &plan->requests.at[i]);
	add_configuration(&page);
	add_ignored(&page);
	if (plan->requests.count == 0 && !plan->configuration.changed &&
	    plan->evidence.ignored.count == 0 && plan->reasons.count == 0)
		buffer_add(&out, TEXT("\nNo certificate, and no rule.\n"));
	return buffer_text(&out);
}
