/*
 * The facts of a request: every verified decision once, in one order, however
 * often, wherever and in whatever order they were seen.
 */
#include "evaluate/judgement.h"

#include <stdlib.h>

static bool
same_fact(const struct verified_decision *a, const struct verified_decision *b)
{
	return a->decision == b->decision && text_equal(a->by, b->by) &&
	       text_equal(a->evidence, b->evidence) && text_equal(a->digest, b->digest) &&
	       text_equal(a->key, b->key);
}

bool
facts_contain(const struct verified_decisions *decisions, const struct verified_decision *decision)
{
	for (size_t i = 0; i < decisions->count; i++)
		if (same_fact(&decisions->at[i], decision))
			return true;
	return false;
}

static int
compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* The first that differs decides. */
static int
first_difference(const int *orders, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (orders[i] != 0)
			return orders[i];
	return 0;
}

/* Groups the sights of one fact, the first sight first. A total order over all fields. */
static int
compare_sights(const void *left, const void *right)
{
	const struct verified_decision *a = left, *b = right;
	const int orders[] = {
		text_compare(a->by, b->by),
		text_compare(a->evidence, b->evidence),
		text_compare(a->digest, b->digest),
		compare_numbers(a->decision, b->decision),
		text_compare(a->key, b->key),
		compare_numbers(a->observed_at, b->observed_at),
		compare_numbers(a->source, b->source),
		text_compare(a->where, b->where),
		text_compare(a->comment, b->comment),
	};

	return first_difference(orders, sizeof(orders) / sizeof(orders[0]));
}

/* By time; among different facts total. */
static int
compare_facts(const void *left, const void *right)
{
	const struct verified_decision *a = left, *b = right;
	int order = compare_numbers(a->observed_at, b->observed_at);

	return order != 0 ? order : compare_sights(a, b);
}

/* A decision of an earlier opening is over; one on another digest may be of this one. */
static bool
is_over(const struct judgement *judgement, const struct verified_decision *decision)
{
	const struct request_record *before = judgement->evaluation->before;

	return judgement->afresh && texts_contain(&before->digests, decision->digest) &&
	       facts_contain(&before->decisions, decision);
}

/*
 * Which decisions are kept when a person gave too many: what stops a request
 * before what furthers it, what is about the current plan before what is not.
 */
static int
importance(const struct request_record *record, const struct verified_decision *decision)
{
	bool current = text_equal(decision->digest, record->digest);

	if (decision->decision >= DECISION_REJECT)
		return texts_contain(&record->digests, decision->digest) ? 0 : 3;
	if (decision->decision == DECISION_WITHDRAW)
		return current ? 1 : 3;
	return current ? 2 : 3;
}

struct ranked {
	int importance;
	struct verified_decision decision;
};

ARRAY(ranked_decisions, struct ranked);

/* Of each person the most important first. */
static int
compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	int order = text_compare(a->decision.by, b->decision.by);

	if (order == 0)
		order = compare_numbers(a->importance, b->importance);
	return order != 0 ? order : compare_facts(&a->decision, &b->decision);
}

struct verified_decisions
facts_of(const struct judgement *judgement)
{
	const struct verified_decisions *given = judgement->evaluation->decisions;
	struct verified_decisions all = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < given->count; i++)
		if (text_equal(given->at[i].request, judgement->record->id))
			*ARRAY_ADD(judgement->arena, &all) = given->at[i];
	if (all.count > 1)
		qsort(all.at, all.count, sizeof(all.at[0]), compare_sights);
	for (size_t i = 0; i < all.count; i++)
		if (kept == 0 || !same_fact(&all.at[kept - 1], &all.at[i]))
			all.at[kept++] = all.at[i];
	all.count = kept;
	return all;
}

/* Those that can matter, of each person the most important first. */
static struct ranked_decisions
rank(const struct judgement *judgement)
{
	struct verified_decisions all = facts_of(judgement);
	struct ranked_decisions ranked = { 0 };

	for (size_t i = 0; i < all.count; i++)
		if (!is_over(judgement, &all.at[i]))
			*ARRAY_ADD(judgement->arena, &ranked) =
			    (struct ranked){ importance(judgement->record, &all.at[i]), all.at[i] };
	if (ranked.count > 1)
		qsort(ranked.at, ranked.count, sizeof(ranked.at[0]), compare_ranked);
	return ranked;
}

void
facts_take_up(struct judgement *judgement)
{
	struct verified_decisions *kept = &judgement->record->decisions;
	struct ranked_decisions ranked = rank(judgement);
	size_t of_person = 0;

	*kept = (struct verified_decisions){ 0 };
	for (size_t i = 0; i < ranked.count; i++) {
		const struct verified_decision *decision = &ranked.at[i].decision;

		if (i > 0 && !text_equal(ranked.at[i - 1].decision.by, decision->by))
			of_person = 0;
		if (of_person++ < DECISIONS_MOST_PER_PERSON)
			*ARRAY_ADD(judgement->arena, kept) = *decision;
		else
			ignored_add(judgement, decision,
			    text_printf(judgement->arena,
				"at most %d decisions of one person are kept on a request",
				DECISIONS_MOST_PER_PERSON));
	}
	if (kept->count > 1)
		qsort(kept->at, kept->count, sizeof(kept->at[0]), compare_facts);
}
