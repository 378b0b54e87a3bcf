/*
 * Whether two records, or parts of them, say the same, in what matters.
 */
#include "audit/auditing.h"

static bool
same_texts(const struct texts *a, const struct texts *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_equal(a->at[i], b->at[i]))
			return false;
	return true;
}

bool
record_has_decision(const struct verified_decisions *decisions,
    const struct verified_decision *wanted)
{
	for (size_t i = 0; i < decisions->count; i++) {
		const struct verified_decision *decision = &decisions->at[i];

		if (decision->decision == wanted->decision &&
		    decision->observed_at == wanted->observed_at &&
		    text_equal(decision->by, wanted->by) && text_equal(decision->key, wanted->key) &&
		    text_equal(decision->evidence, wanted->evidence) &&
		    text_equal(decision->digest, wanted->digest) &&
		    text_equal(decision->comment, wanted->comment))
			return true;
	}
	return false;
}

bool
record_same_decisions(const struct verified_decisions *a, const struct verified_decisions *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!record_has_decision(b, &a->at[i]))
			return false;
	return a->count == b->count;
}

bool
record_step_has(const struct step_status *status, const struct step_approval *wanted)
{
	for (size_t i = 0; i < status->approved_by.count; i++)
		if (text_equal(status->approved_by.at[i].name, wanted->name) &&
		    text_equal(status->approved_by.at[i].evidence, wanted->evidence))
			return true;
	return false;
}

/* The same approval, with what is said of it: when it was seen, and the approver's comment. */
static bool
has_same_approval(const struct step_approvals *approvals, const struct step_approval *wanted)
{
	for (size_t i = 0; i < approvals->count; i++) {
		const struct step_approval *approval = &approvals->at[i];

		if (text_equal(approval->name, wanted->name) &&
		    text_equal(approval->evidence, wanted->evidence) &&
		    approval->at == wanted->at && text_equal(approval->comment, wanted->comment))
			return true;
	}
	return false;
}

static bool
same_steps(const struct step_statuses *a, const struct step_statuses *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct step_status *one = &a->at[i], *other = &b->at[i];

		if (!text_equal(one->name, other->name) || one->required != other->required || one->state != other->state ||
		    one->approved_by.count != other->approved_by.count)
			return false;
		for (size_t j = 0; j < one->approved_by.count; j++)
			if (!has_same_approval(&other->approved_by, &one->approved_by.at[j]))
				return false;
	}
	return true;
}

bool
record_same_version(const struct request_version *a, const struct request_version *b)
{
	return text_equal(a->blob, b->blob) && text_equal(a->sha256, b->sha256) &&
	    text_equal(a->commit, b->commit) && text_equal(a->key, b->key) &&
	    text_equal(a->evidence, b->evidence) && a->proof == b->proof &&
	    a->accepted_at == b->accepted_at && same_texts(&a->previous, &b->previous);
}

bool
record_same_intent(const struct intent *a, const struct intent *b)
{
	return a->present == b->present && text_equal(a->digest, b->digest) &&
	    text_equal(a->serial_number, b->serial_number) && a->not_before == b->not_before &&
	    a->not_after == b->not_after && a->decided_at == b->decided_at &&
	    same_texts(&a->evidence, &b->evidence);
}

static bool
same_certificate(const struct certificate_status *a, const struct certificate_status *b)
{
	return a->present == b->present && text_equal(a->path, b->path) &&
	    text_equal(a->serial_number, b->serial_number) && text_equal(a->sha256, b->sha256) &&
	    text_equal(a->issuer, b->issuer) && a->not_before == b->not_before &&
	    a->not_after == b->not_after;
}

static bool
same_requester(const struct requester_status *a, const struct requester_status *b)
{
	return text_equal(a->name, b->name) && text_equal(a->display_name, b->display_name) &&
	    text_equal(a->email, b->email) && a->verified == b->verified;
}

const char *
record_other_difference(const struct request_record *a, const struct request_record *b)
{
	const struct {
		const char *field;
		bool same;
	} fields[] = {
		{ "generation", a->generation == b->generation },
		{ "digests", same_texts(&a->digests, &b->digests) },
		{ "profile", text_equal(a->profile, b->profile) },
		{ "policy", text_equal(a->policy, b->policy) },
		{ "requester", same_requester(&a->requester, &b->requester) },
		{ "openedAt", a->opened_at == b->opened_at },
		{ "deadline", a->deadline == b->deadline },
		{ "decidedAt", a->decided_at == b->decided_at },
		{ "decidedBy", text_equal(a->decided_by, b->decided_by) },
		{ "decidedEvidence", text_equal(a->decided_evidence, b->decided_evidence) },
		{ "comment", text_equal(a->comment, b->comment) },
		{ "claimed", a->claimed == b->claimed },
		{ "bypassed", a->bypassed == b->bypassed },
		{ "cancellable", a->cancellable == b->cancellable },
		{ "steps", same_steps(&a->steps, &b->steps) },
		{ "intent", record_same_intent(&a->intent, &b->intent) },
		{ "certificate", same_certificate(&a->certificate, &b->certificate) },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!fields[i].same)
			return fields[i].field;
	return NULL;
}
