#include "model/decision.h"

const char *
decision_kind_name(enum decision_kind decision)
{
	static const char *const names[] = {
		[DECISION_NONE] = "decide nothing on", [DECISION_APPROVE] = "approve",
		[DECISION_WITHDRAW] = "withdraw", [DECISION_REJECT] = "reject",
		[DECISION_CANCEL] = "cancel",
	};

	return names[decision];
}
