/*
 * Evidence stays as it came: nothing in evidence/ ever changes or goes. That its
 * bytes are those that its name says is seen when it is heard (replay.c).
 */
#include "audit/auditing.h"

void
evidence_audit(struct step *step)
{
	for (size_t i = 0; i < step->changes.count; i++) {
		const struct change *change = &step->changes.at[i];

		if (!text_starts_with(change->path, "evidence/") || !text_present(change->old_blob))
			continue;
		if (!text_present(change->new_blob))
			finding_add(step, "EvidenceRemoved", (struct text){ NULL, 0 },
			    "%.*s was removed", TEXT_ARGUMENTS(change->path));
		else
			finding_add(step, "EvidenceChanged", (struct text){ NULL, 0 },
			    "%.*s was changed", TEXT_ARGUMENTS(change->path));
	}
}
