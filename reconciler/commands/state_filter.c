#include "commands/state_filter.h"

#include <strings.h>
#include <string.h>

#include "commands/output.h"

#define SET(state) (1u << (state))

static const struct {
	const char *name;
	state_set states;
} lists[] = {
	{ "open", SET(STATE_PENDING_APPROVAL) | SET(STATE_APPROVED) },
	{ "approved", SET(STATE_ISSUED) | SET(STATE_RENEWING) | SET(STATE_SUPERSEDED) |
	    SET(STATE_REVOKED) },
	{ "rejected", SET(STATE_REJECTED) },
	{ "cancelled", SET(STATE_CANCELLED) },
	{ "expired", SET(STATE_EXPIRED) },
	{ "attention", SET(STATE_INVALID) | SET(STATE_FAILED) },
	{ "all", SET(REQUEST_STATES) - 1 },
};

bool
state_filter_parse(struct arena *arena, struct text word, state_set *states, struct text *why)
{
	struct texts known = { 0 };
	struct text nearest;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (text_is(word, lists[i].name)) {
			*states = lists[i].states;
			return true;
		}
		texts_add(arena, &known, text_of(lists[i].name));
	}
	for (int state = 0; state < REQUEST_STATES; state++) {
		const char *name = request_state_name((enum request_state)state);

		if (word.length == strlen(name) && strncasecmp(word.at, name, word.length) == 0) {
			*states = SET(state);
			return true;
		}
		texts_add(arena, &known, text_of(name));
	}
	nearest = text_nearest(word, &known);
	word = output_visible(arena, word);
	*why = text_present(nearest) ?
	    text_printf(arena, "\"%.*s\" is neither a list nor a state; did you mean %.*s?",
		TEXT_ARGUMENTS(word), TEXT_ARGUMENTS(nearest)) :
	    text_printf(arena, "\"%.*s\" is neither a list nor a state; there are %.*s",
		TEXT_ARGUMENTS(word), TEXT_ARGUMENTS(texts_join(arena, &known, ", ")));
	return false;
}

bool
state_filter_is_pending(state_set states)
{
	for (int state = 0; state < REQUEST_STATES; state++)
		if ((states & SET(state)) != 0 && request_state_ended((enum request_state)state))
			return false;
	return true;
}
