/*
 * An audit that goes on. What it found is told after each commit, and forgotten.
 */
#include "audit/auditing.h"

#include <stdlib.h>

struct audit_line {
	struct arena *arena;            /* lives as long as the line, and grows with it */
	struct arena *step_arena;       /* of what the last step gave */
	struct audit_order order;
	struct audit_report report;
	struct auditing auditing;
};

bool
audit_line_open(const struct audit_order *order, struct arena *arena, struct audit_line **out,
    struct text *why)
{
	struct arena *own = arena_new();
	struct audit_line *line = ARENA_NEW(own, struct audit_line);

	line->arena = own;
	line->step_arena = arena_new();
	line->order = (struct audit_order){ .store = order->store,
		.since = text_copy(own, order->since),
		.introduction_commit = text_copy(own, order->introduction_commit),
		.introduction_digest = text_copy(own, order->introduction_digest),
		.doubt_recoveries = order->doubt_recoveries, .authorities = order->authorities };
	line->auditing = (struct auditing){ .arena = own, .order = &line->order,
		.report = &line->report };
	if (auditing_begin(&line->auditing)) {
		*out = line;
		return true;
	}
	*why = text_copy(arena, line->auditing.why);
	audit_line_close(line);
	return false;
}

void
audit_line_close(struct audit_line *line)
{
	if (line == NULL)
		return;
	auditing_end(&line->auditing);
	arena_free(line->step_arena);
	arena_free(line->arena);
}

void
audit_line_beginning(const struct audit_line *line, struct audit_beginning *out)
{
	*out = (struct audit_beginning){ .input = line->report.tip_input,
		.trusted = line->auditing.trusted };
}

bool
audit_line_step(struct audit_line *line, struct text commit, moment clock, struct audit_step *out,
    struct text *why)
{
	struct auditing *auditing = &line->auditing;

	arena_free(line->step_arena);
	line->step_arena = arena_new();
	*out = (struct audit_step){ 0 };
	line->report.findings.count = 0;
	auditing->clock = clock;
	auditing->last = out;
	auditing->last_arena = line->step_arena;
	if (!step_audit(auditing, text_copy(auditing->arena, commit))) {
		*why = auditing->why;
		return false;
	}
	out->findings = line->report.findings;
	out->trusted = auditing->trusted;
	return true;
}
