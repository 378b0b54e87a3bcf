#include "model/status.h"

static const char *const state_names[REQUEST_STATES] = {
	[STATE_INVALID] = "Invalid",
	[STATE_PENDING_APPROVAL] = "PendingApproval",
	[STATE_APPROVED] = "Approved",
	[STATE_ISSUED] = "Issued",
	[STATE_FAILED] = "Failed",
	[STATE_REJECTED] = "Rejected",
	[STATE_CANCELLED] = "Cancelled",
	[STATE_EXPIRED] = "Expired",
	[STATE_RENEWING] = "Renewing",
	[STATE_SUPERSEDED] = "Superseded",
	[STATE_REVOKED] = "Revoked",
};

const char *
request_state_name(enum request_state state)
{
	return state < REQUEST_STATES ? state_names[state] : "Invalid";
}

bool
request_state_ended(enum request_state state)
{
	switch (state) {
	case STATE_INVALID:
	case STATE_PENDING_APPROVAL:
	case STATE_APPROVED:
	case STATE_FAILED:
		return false;
	case STATE_ISSUED:
	case STATE_REJECTED:
	case STATE_CANCELLED:
	case STATE_EXPIRED:
	case STATE_RENEWING:
	case STATE_SUPERSEDED:
	case STATE_REVOKED:
	case REQUEST_STATES:
		return true;
	}
	return true;
}

void
condition_set(struct arena *arena, struct conditions *conditions, struct condition condition)
{
	for (size_t i = 0; i < conditions->count; i++) {
		struct condition *known = &conditions->at[i];

		if (!text_equal(known->type, condition.type))
			continue;
		if (text_equal(known->status, condition.status))
			condition.last_transition = known->last_transition;
		*known = condition;
		return;
	}
	*ARRAY_ADD(arena, conditions) = condition;
}

bool
record_cancellable(const struct request_record *record)
{
	return record->state == STATE_FAILED && record->intent.present && record->cancellable;
}

bool
record_awaits_certificate(const struct request_record *record)
{
	return record->intent.present && !(record->certificate.present &&
	    text_equal(record->certificate.serial_number, record->intent.serial_number));
}
