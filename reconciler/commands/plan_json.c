#include "commands/plan_page.h"

#include <inttypes.h>

#include "base/json.h"
#include "manifest/manifest.h"

static void
add_member(struct buffer *out, const char *name, struct text value)
{
	buffer_printf(out, "\"%s\": ", name);
	if (text_present(value))
		json_string(out, value);
	else
		buffer_add(out, TEXT("null"));
}

static void
add_texts(struct buffer *out, const char *name, const struct texts *texts)
{
	buffer_printf(out, "\"%s\": [", name);
	for (size_t i = 0; i < texts->count; i++) {
		buffer_add(out, i == 0 ? TEXT("") : TEXT(", "));
		json_string(out, texts->at[i]);
	}
	buffer_add_byte(out, ']');
}

/* [{"severity": "error", "code": "…", "message": "path:line:column: …"}, …] */
static void
add_reasons(struct arena *arena, struct buffer *out, const char *name,
    const struct reasons *reasons)
{
	buffer_printf(out, "\"%s\": [", name);
	for (size_t i = 0; i < reasons->count; i++) {
		const struct reason *reason = &reasons->at[i];

		buffer_printf(out, "%s{\"severity\": \"%s\", \"code\": \"%s\", ",
		    i == 0 ? "" : ", ", reason->severity == SEVERITY_ERROR ? "error" : "warning",
		    reason->code);
		add_member(out, "path", text_visible(arena, reason->position.path, 1024));
		buffer_printf(out, ", \"line\": %u, \"column\": %u, ", reason->position.line,
		    reason->position.column);
		add_member(out, "message", reason->message);
		buffer_add_byte(out, '}');
	}
	buffer_add_byte(out, ']');
}

/* The status that would be written, in the form that `show -o json` has. */
static void
add_status(struct arena *arena, struct buffer *out, const char *name,
    const struct request_record *record, bool there)
{
	buffer_printf(out, "\"%s\": ", name);
	if (there)
		buffer_add(out,
		    text_trim(manifest_write_json(arena, KIND_CERTIFICATE_REQUEST_STATUS, record)));
	else
		buffer_add(out, TEXT("null"));
}

static void
add_requests(struct arena *arena, struct buffer *out, const char *name,
    const struct branch_requests *requests)
{
	buffer_printf(out, "  \"%s\": [", name);
	for (size_t i = 0; i < requests->count; i++) {
		const struct branch_request *request = &requests->at[i];
		bool judged =
		    request->effect != EFFECT_REFUSED && request->effect != EFFECT_DELETED;

		buffer_add(out, i == 0 ? TEXT("\n    {") : TEXT(",\n    {"));
		add_member(out, "request", request->id);
		buffer_printf(out, ", \"effect\": \"%s\", ", branch_effect_name(request->effect));
		add_member(out, "why", request->why);
		buffer_add(out, TEXT(", "));
		add_reasons(arena, out, "reasons", &request->after.reasons);
		buffer_add(out, TEXT(", "));
		add_status(arena, out, "status", &request->after, judged);
		buffer_add(out, TEXT(", "));
		add_status(arena, out, "statusOnceTrusted", &request->later, request->differs);
		buffer_add_byte(out, '}');
	}
	buffer_add(out, requests->count == 0 ? TEXT("],\n") : TEXT("\n  ],\n"));
}

static void
add_configuration(struct arena *arena, struct buffer *out, const struct branch_configuration *own)
{
	if (!own->changed) {
		buffer_add(out, TEXT("  \"configuration\": null,\n"));
		return;
	}
	buffer_printf(out, "  \"configuration\": {\"number\": %" PRId64 ", ",
	    own->configuration.number);
	add_member(out, "digest", own->configuration.digest);
	buffer_add(out, TEXT(", "));
	add_member(out, "previous", own->configuration.previous);
	buffer_printf(out, ", \"required\": %" PRId64 ", \"missing\": %" PRId64 ", ",
	    own->progress.required, own->progress.missing);
	add_texts(out, "signedBy", &own->progress.signed_by);
	buffer_add(out, TEXT(", "));
	add_texts(out, "waitingFor", &own->progress.waiting_for);
	buffer_add(out, TEXT(", "));
	add_texts(out, "paths", &own->paths);
	buffer_add(out, TEXT(", "));
	add_reasons(arena, out, "reasons", &own->configuration.reasons);
	buffer_add(out, TEXT("},\n"));
}

static void
add_ignored(struct buffer *out, const struct ignored_list *ignored)
{
	buffer_add(out, TEXT("  \"ignored\": ["));
	for (size_t i = 0; i < ignored->count; i++) {
		buffer_add(out, i == 0 ? TEXT("{") : TEXT(", {"));
		add_member(out, "who", ignored->at[i].who);
		buffer_add(out, TEXT(", "));
		add_member(out, "what", ignored->at[i].what);
		buffer_add(out, TEXT(", "));
		add_member(out, "why", ignored->at[i].why);
		buffer_add(out, TEXT(", "));
		add_member(out, "commit", ignored->at[i].commit);
		buffer_add_byte(out, '}');
	}
	buffer_add(out, TEXT("],\n"));
}

struct text
plan_page_json(struct arena *arena, const struct clone *clone, const struct branch_plan *plan)
{
	struct buffer out = { .arena = arena };

	buffer_add(&out, TEXT("{\n  "));
	add_member(&out, "base", plan->base);
	buffer_add(&out, TEXT(",\n  "));
	add_member(&out, "head", plan->head);
	buffer_printf(&out, ",\n  \"trusted\": %s,\n  \"trustedNumber\": %" PRId64 ",\n  ",
	    clone->trusted ? "true" : "false", clone->configuration.number);
	add_member(&out, "trustedDigest", clone->configuration.digest);
	buffer_add(&out, TEXT(",\n"));
	add_requests(arena, &out, "requests", &plan->requests);
	add_requests(arena, &out, "affected", &plan->affected);
	add_configuration(arena, &out, &plan->configuration);
	add_ignored(&out, &plan->evidence.ignored);
	buffer_add(&out, TEXT("  "));
	add_reasons(arena, &out, "reasons", &plan->reasons);
	buffer_add(&out, TEXT("\n}\n"));
	return buffer_text(&out);
}
