/*
 * What was said and counts for nothing: it is shown, to those whom it concerns,
 * and as anybody may say any amount of it, so much is kept of one pass.
 */
#include "reconcile/pass.h"

bool
unheard_full(const struct pass *pass)
{
	return pass->evidence.ignored.count >= UNHEARD_MOST;
}

bool
unheard_take(struct pass *pass, const struct ignored *ignored)
{
	if (!unheard_full(pass)) {
		*ARRAY_ADD(pass->arena, &pass->evidence.ignored) = *ignored;
		return true;
	}
	pass->unheard_more++;
	pass->unheard_alarm = pass->unheard_alarm || ignored->alarm;
	return false;
}

void
configuration_ignore(struct pass *pass, const struct ignored *ignored)
{
	struct ignored_list *kept = &pass->configuration_status.ignored;
	struct ignored_list all = { 0 };

	for (size_t i = 0; i < kept->count; i++)
		if (text_equal(kept->at[i].who, ignored->who) &&
		    text_equal(kept->at[i].what, ignored->what) &&
		    text_equal(kept->at[i].commit, ignored->commit))
			return;
	*ARRAY_ADD(pass->arena, &all) = *ignored;
	for (size_t i = 0; i < kept->count && all.count < IGNORED_SHOWN; i++)
		*ARRAY_ADD(pass->arena, &all) = kept->at[i];
	*kept = all;
	pass->configuration_status_changed = true;
}

void
unheard_report(struct pass *pass)
{
	for (size_t i = 0; i < pass->evidence.ignored.count; i++) {
		const struct ignored *ignored = &pass->evidence.ignored.at[i];

		if (!text_present(ignored->request))
			configuration_ignore(pass, ignored);
		log_event(ignored->alarm ? LOG_ALARM : LOG_WARNING, "ignored",
		    LOG_FIELDS({ "request", ignored->request }, { "who", ignored->who },
			{ "what", ignored->what }, { "why", ignored->why },
			{ "where", ignored->commit }));
	}
	if (pass->unheard_more > 0)
		log_event(pass->unheard_alarm ? LOG_ALARM : LOG_WARNING, "ignored-more",
		    LOG_FIELDS({ "count", text_printf(pass->arena, "%zu", pass->unheard_more) },
			{ "why", TEXT("more was pushed at once that counts for nothing than is "
			    "shown one by one") }));
}
