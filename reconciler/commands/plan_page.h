#ifndef COUNTERSIGN_COMMANDS_PLAN_PAGE_H
#define COUNTERSIGN_COMMANDS_PLAN_PAGE_H

#include "base/arena.h"
#include "commands/branch_plan.h"

/* What a branch would do, as Markdown for the page of its pull request. */
struct text plan_page_markdown(struct arena *arena, const struct clone *clone,
	const struct branch_plan *plan);

/* The same as JSON: base, head, requests, affected, configuration, ignored, reasons. */
struct text plan_page_json(struct arena *arena, const struct clone *clone,
	const struct branch_plan *plan);

#endif
