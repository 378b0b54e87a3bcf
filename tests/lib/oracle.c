#include "lib/oracle.h"

#include <stdlib.h>
#include <string.h>

/* By name, the stupid way. */
static const struct identity *
who(const struct oracle_case *q, struct text name)
{
	for (size_t i = 0; i < q->configuration->identities.count; i++)
		if (text_equal(q->configuration->identities.at[i].name, name))
			return &q->configuration->identities.at[i];
	return NULL;
}

static bool
key_is_good(const struct oracle_case *q, const struct verified_decision *d)
{
	const struct identity *identity = who(q, d->by);

	for (size_t i = 0; identity != NULL && i < identity->keys.count; i++) {
		const struct identity_key *key = &identity->keys.at[i];

		if (!text_equal(key->fingerprint, d->key))
			continue;
		if (key->valid_after != 0 && q->now < key->valid_after)
			continue;
		if (key->valid_before != 0 && q->now >= key->valid_before)
			continue;
		return true;
	}
	return false;
}

static bool
is_person(const struct oracle_case *q, struct text name)
{
	const struct identity *identity = who(q, name);

	return identity != NULL && identity->kind == IDENTITY_PERSON;
}

/* Only lists of people: the generated policies have no groups. */
static bool
in_step(const struct oracle_case *q, struct text name, size_t step)
{
	const struct texts *people = &q->policy->steps.at[step].approvers.people;

	for (size_t i = 0; i < people->count; i++)
		if (text_equal(people->at[i], name))
			return is_person(q, name);
	return false;
}

static bool
in_any_step(const struct oracle_case *q, struct text name)
{
	for (size_t i = 0; i < q->policy->steps.count; i++)
		if (in_step(q, name, i))
			return true;
	return false;
}

static bool
digest_known(const struct oracle_case *q, struct text digest)
{
	for (size_t i = 0; i < q->digests->count; i++)
		if (text_equal(q->digests->at[i], digest))
			return true;
	return false;
}

static bool
in_time(const struct oracle_case *q, const struct verified_decision *d)
{
	return q->deadline == 0 || d->observed_at <= q->deadline;
}

/* A decision that ends the request. */
static bool
ends(const struct oracle_case *q, const struct verified_decision *d)
{
	bool administrator = false;

	if (!digest_known(q, d->digest) || !key_is_good(q, d))
		return false;
	if (d->decision == DECISION_REJECT)
		return in_any_step(q, d->by);
	for (size_t i = 0; i < q->configuration->repository.administrators.count; i++)
		if (text_equal(q->configuration->repository.administrators.at[i], d->by))
			administrator = true;
	return d->decision == DECISION_CANCEL && (administrator || text_equal(d->by, q->requester));
}

/* An approval that may serve some step. */
static bool
approves(const struct oracle_case *q, const struct verified_decision *d)
{
	if (d->decision != DECISION_APPROVE ||
	    !text_equal(d->digest, q->digests->at[q->digests->count - 1]))
		return false;
	if (!key_is_good(q, d) || !in_time(q, d) || !in_any_step(q, d->by))
		return false;
	if (q->policy->self_approval == SELF_APPROVAL_FORBID && text_equal(d->by, q->requester))
		return false;
	for (size_t i = 0; i < q->decisions->count; i++) {
		const struct verified_decision *other = &q->decisions->at[i];

		if (text_equal(other->by, d->by) && text_equal(other->digest, d->digest) &&
		    (other->decision == DECISION_WITHDRAW || other->decision == DECISION_REJECT ||
			other->decision == DECISION_CANCEL))
			return false;
	}
	return true;
}

struct ballot {
	const struct oracle_case *q;
	const struct verified_decision *signature[ORACLE_SIGNATURES_MOST];
	size_t count;
	size_t step_of[ORACLE_SIGNATURES_MOST]; /* steps.count: none */
	moment opened[ORACLE_STEPS_MOST + 1];
	moment until; /* later signatures do not exist */
};

static bool
is_allowed(const struct ballot *b)
{
	const struct approval_policy *policy = b->q->policy;

	for (size_t i = 0; i < b->count; i++) {
		size_t step = b->step_of[i];

		if (step == policy->steps.count)
			continue;
		if (b->signature[i]->observed_at > b->until ||
		    !in_step(b->q, b->signature[i]->by, step))
			return false;
		if (policy->early_approvals == EARLY_APPROVALS_REFUSE && step > 0 &&
		    b->signature[i]->observed_at <= b->opened[step])
			return false;
		for (size_t j = 0; j < i; j++)
			if (text_equal(b->signature[i]->by, b->signature[j]->by) &&
			    b->step_of[j] != policy->steps.count &&
			    (policy->distinct_approvers || b->step_of[j] == step))
				return false;
	}
	return true;
}

static size_t
count_complete(const struct ballot *b)
{
	size_t complete = 0;

	for (size_t step = 0; step < b->q->policy->steps.count; step++) {
		int64_t given = 0;

		for (size_t i = 0; i < b->count; i++)
			given += b->step_of[i] == step;
		if (given < b->q->policy->steps.at[step].required_approvals)
			break;
		complete++;
	}
	return complete;
}

/* Every signature in every step, or in none. */
static size_t
best(struct ballot *b, size_t index)
{
	size_t most = 0;

	if (index == b->count)
		return is_allowed(b) ? count_complete(b) : 0;
	for (size_t step = 0; step <= b->q->policy->steps.count; step++) {
		size_t complete;

		b->step_of[index] = step;
		complete = best(b, index + 1);
		if (complete > most)
			most = complete;
	}
	return most;
}

/* When each step opened: moment after moment, until those before it are complete. */
static void
find_openings(struct ballot *b)
{
	for (size_t step = 1; step <= b->q->policy->steps.count; step++) {
		b->opened[step] = INT64_MAX;
		for (size_t i = 0; i < b->count; i++) {
			b->until = b->signature[i]->observed_at;
			if (b->until < b->opened[step] && best(b, 0) >= step)
				b->opened[step] = b->until;
		}
		/* the steps behind it cannot open before it */
		for (size_t later = step + 1; later <= b->q->policy->steps.count; later++)
			b->opened[later] = INT64_MAX;
	}
	b->until = INT64_MAX;
}

struct oracle_answer
oracle_ask(const struct oracle_case *q)
{
	struct ballot ballot = { .q = q };
	bool cancelled = false, rejected = false, late_cancelled = false, late_rejected = false;
	struct oracle_answer answer;

	for (size_t i = 0; i < q->decisions->count; i++) {
		const struct verified_decision *d = &q->decisions->at[i];
		bool again = !approves(q, d);

		if (ends(q, d) && d->decision == DECISION_CANCEL)
			*(in_time(q, d) ? &cancelled : &late_cancelled) = true;
		if (ends(q, d) && d->decision == DECISION_REJECT)
			*(in_time(q, d) ? &rejected : &late_rejected) = true;
		for (size_t j = 0; j < ballot.count && !again; j++) {
			again = text_equal(ballot.signature[j]->by, d->by) &&
				text_equal(ballot.signature[j]->evidence, d->evidence);
			/* seen first is seen first */
			if (again && d->observed_at < ballot.signature[j]->observed_at)
				ballot.signature[j] = d;
		}
		if (!again) {
			if (ballot.count == ORACLE_SIGNATURES_MOST)
				abort();
			ballot.signature[ballot.count++] = d;
		}
	}
	for (size_t step = 1; step <= ORACLE_STEPS_MOST; step++)
		ballot.opened[step] = INT64_MAX;
	if (q->policy->early_approvals == EARLY_APPROVALS_REFUSE)
		find_openings(&ballot);
	ballot.until = INT64_MAX;
	answer.complete = best(&ballot, 0);
	if (cancelled)
		answer.state = STATE_CANCELLED;
	else if (rejected)
		answer.state = STATE_REJECTED;
	else if (answer.complete == q->policy->steps.count && late_cancelled)
		answer.state = STATE_CANCELLED;
	else if (answer.complete == q->policy->steps.count && late_rejected)
		answer.state = STATE_REJECTED;
	else if (answer.complete == q->policy->steps.count)
		answer.state = STATE_APPROVED;
	else if (q->deadline != 0 && q->now > q->deadline)
		answer.state = STATE_EXPIRED;
	else
		answer.state = STATE_PENDING_APPROVAL;
	return answer;
}
