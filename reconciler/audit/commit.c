/*
 * An output commit as such: whose it is, what it stands on, when it was made.
 */
#include "audit/auditing.h"

#include "base/encoding.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/sshsig.h"

static const struct text nobody = { NULL, 0 };

static void
witness(struct step *step)
{
	struct audit_witnesses *witnesses = &step->auditing->report->witnesses;
	struct audit_witness *found = NULL;

	for (size_t i = 0; i < witnesses->count && found == NULL; i++)
		if (text_equal(witnesses->at[i].key, step->key))
			found = &witnesses->at[i];
	if (found == NULL) {
		found = ARRAY_ADD(step->auditing->arena, witnesses);
		*found = (struct audit_witness){ .key = text_copy(step->auditing->arena, step->key),
			.first = step->time };
	}
	found->commits++;
	found->last = step->time;
}

static void
check_signature(struct step *step, const struct raw_commit *commit)
{
	const struct texts *keys = &step->auditing->trusted->repository.reconciler_keys;
	struct sshsig sshsig;
	struct text why = { NULL, 0 };

	if (commit_signed_by_keys(step->arena, step->raw, keys, &why) &&
	    sshsig_read(step->arena, commit->signature, "git", &sshsig, &why)) {
		step->key = sshsig.key.fingerprint;
		return;
	}
	finding_add(step, "NotSignedByReconciler", nobody, "the commit does not carry the signature "
	    "of a reconciler that was listed then: %.*s", TEXT_ARGUMENTS(why));
}

static void
check_parents(struct step *step, const struct raw_commit *commit)
{
	struct text before = step->auditing->before;
	size_t expected = text_present(before) ? 1 : 0;

	if (commit->parents.count > expected + 1 || (!text_present(before) &&
	    commit->parents.count > 0) || (commit->parents.count == 2 &&
	    !text_equal(commit->parents.at[1], step->input)))
		finding_add(step, "ParentsDiffer", nobody, "its parents are not the output commit "
		    "before it and the input that it judged");
}

static void
check_time(struct step *step)
{
	struct text written = own_trailer(step->raw, "Countersign-Time");
	moment now = step->auditing->order->now;

	if (!moment_parse(written, &step->time)) {
		step->time = step->auditing->time;
		finding_add(step, "TimeMissing", nobody, "it carries no Countersign-Time");
	} else if (step->time < step->auditing->time) {
		finding_add(step, "TimeWentBack", nobody, "its time, %.*s, is before that of the "
		    "output commit before it, %.*s", TEXT_ARGUMENTS(written),
		    TEXT_ARGUMENTS(moment_format(step->arena, step->auditing->time)));
	}
	if (now != 0 && step->time > now + CLOCK_BEHIND_SECONDS)
		finding_add(step, "TimeAhead", nobody, "its time, %.*s, has not come yet",
		    TEXT_ARGUMENTS(written));
}

bool
commit_audit(struct step *step)
{
	struct raw_commit commit = { 0 };
	struct text why = { NULL, 0 };

	if (!raw_commit_parse(step->arena, step->raw, &commit, &why)) {
		finding_add(step, "NotSignedByReconciler", nobody, "the commit is malformed: %.*s",
		    TEXT_ARGUMENTS(why));
		return false;
	}
	check_time(step);
	check_signature(step, &commit);
	if (text_present(step->key))
		witness(step);
	recovery_tell(step);
	step->input = own_trailer(step->raw, "Countersign-Input");
	if (!hex_is_lower(step->input, 40)) {
		step->input = nobody;
		finding_add(step, "InputMissing", nobody, "it does not say which input it judged "
		    "(Countersign-Input), so nothing of it can be decided again");
		return false;
	}
	check_parents(step, &commit);
	input_note(step);
	return true;
}
