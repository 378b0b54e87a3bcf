#include "commands/audit_order.h"

#include "base/log.h"
#include "commands/options.h"
#include "commands/output.h"

int
audit_order_open(struct arena *arena, const struct audit_place *place, struct clone *clone,
    struct audit_order *order)
{
	struct introduction introduction;
	int status = clone_open_refs(arena, place->clone, clone);

	if (status == OPTIONS_GO_ON)
		status = introduction_find(arena, place->introduction, &introduction);
	if (status != OPTIONS_GO_ON)
		return status;
	if (!text_present(clone->output))
		return complain(EXIT_TROUBLE, "there is no branch countersign/output here%s",
		    text_present(clone->remote) ? " (--fetch looks for it)" : "");
	if (text_present(introduction.branch) && !text_present(place->clone->branch))
		clone_take_branch(clone, introduction.branch);
	*order = (struct audit_order){ .store = clone->store, .tip = clone->output,
		.branch = { .store = clone->store, .tip = clone->input,
			.ref = text_present(clone->input) ? clone->input_ref : clone->branch },
		.now = clone->now, .introduction_commit = introduction.commit,
		.introduction_digest = introduction.digest,
		.introduction_source = introduction.source };
	return OPTIONS_GO_ON;
}

int
audit_order_run(struct arena *arena, const struct audit_order *order, int failure,
    struct audit_report *report)
{
	struct text why = { NULL, 0 };

	log_configure(LOG_NOTHING, 0);
	if (audit_run(arena, order, report, &why))
		return OPTIONS_GO_ON;
	return complain(failure, "%s: %.*s", failure == EXIT_NO ? "it does not hold" :
	    "it cannot be audited", TEXT_ARGUMENTS(why));
}
