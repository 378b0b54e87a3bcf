/*
 * The checker is shown each output commit, and given the objects that it asks
 * for: what it does not come to by itself is not signed.
 */
#include "reconcile/pass.h"

#include <string.h>

#include "repository/feed.h"

static void
read_object(void *context, struct arena *arena, struct text id, struct evidence_objects *out)
{
	struct reconciler *reconciler = context;
	struct evidence_object object;

	if (store_object_any(reconciler->store, arena, id, FEED_OBJECT_BYTES, &object.type,
	    &object.content) && strcmp(object.type, "tag") != 0)
		*ARRAY_ADD(arena, out) = object;
}

void
checker_prepare(struct reconciler *reconciler)
{
	struct evidence_source source = { .read = read_object, .context = reconciler };

	signer_use_evidence(reconciler->signer, &source);
}

static void
say(struct reconciler *reconciler, struct text output, enum show_result result, struct text remark)
{
	bool alarmed = reconciler->checker_alarm;

	reconciler->checker_alarm = result == SHOW_REFUSED;
	if (result == SHOW_FOLLOWED && !text_empty(remark))
		log_event(LOG_WARNING, "checker-begins", LOG_FIELDS({ "output", output },
		    { "why", remark }));
	else if (result == SHOW_REFUSED && !alarmed)
		log_event(LOG_ALARM, "checker-stopped", LOG_FIELDS({ "output", output },
		    { "why", remark }));
	else if (result == SHOW_FAILED)
		log_event(LOG_ERROR, "checker-behind", LOG_FIELDS({ "output", output },
		    { "why", remark }));
}

void
checker_show(struct pass *pass)
{
	struct reconciler *reconciler = pass->reconciler;
	struct text remark = TEXT("");
	enum show_result result;

	if (!text_present(pass->output) || (reconciler->checker_follows &&
	    text_is(pass->output, reconciler->shown)))
		return;
	result = signer_show(pass->arena, reconciler->signer, pass->output, &remark);
	reconciler->checker_follows = result == SHOW_FOLLOWED;
	memcpy(reconciler->shown, pass->output.at, pass->output.length);
	reconciler->shown[pass->output.length] = '\0';
	say(reconciler, pass->output, result, remark);
}

enum pass_result
show_decisions(struct pass *pass)
{
	checker_show(pass);
	return PASS_GO_ON;
}

enum pass_result
show_certificates(struct pass *pass)
{
	checker_show(pass);
	return PASS_GO_ON;
}
