/*
 * What must hold whatever the facts are: the outcome is that of an oracle which
 * tries everything, it does not depend on the order of the facts, and nothing
 * that should not help ever helps. Random cases from a fixed seed;
 * PROPERTY_SEED and PROPERTY_CASES in the environment choose others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/oracle.h"
#include "lib/world.h"

enum { CASES = 5000, FACTS_MOST = 7, SECONDS = 6 };

static uint64_t seed = 20260528;
static uint64_t random_state;

/* xorshift64*: the same numbers everywhere. */
static uint64_t
draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(2685821657736338717) >> 11;
}

static size_t
below(size_t limit)
{
	return (size_t)(draw() % limit);
}

static bool
chance(size_t one_in)
{
	return below(one_in) == 0;
}

static long
cases(void)
{
	const char *given = getenv("PROPERTY_CASES");

	return given == NULL ? CASES : atol(given);
}

/* Starts a property's own sequence, so that each can be run alone. */
static void
start(const char *property)
{
	const char *given = getenv("PROPERTY_SEED");

	if (given != NULL)
		seed = strtoull(given, NULL, 10);
	random_state = seed * 2 + 1;
	print_message("%s: seed %llu, %ld cases\n", property, (unsigned long long)seed, cases());
}

static const char *const names[] = { "alice", "dave", "erin", "frank", "mallory", "bob",
	"deploy-bot" };

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* A request of two generations, made once: each case copies it. */
static struct world *
two_generations(void)
{
	struct world *world = world_new();

	world_offer(world);
	world->request.ttl = 20 * 86400;
	world_offer(world);
	assert_int_equal(world->before.digests.count, 2);
	/* frank's second key has had its time */
	world_key(world, world_identity(world, "frank"), "SHA256:frank-old")->valid_before =
	    WORLD_START;
	return world;
}

static void
draw_policy(struct world *world)
{
	struct approval_policy *policy = ARENA_NEW(world->arena, struct approval_policy);
	size_t steps = 1 + below(ORACLE_STEPS_MOST);

	*policy = *world_policy(world);
	world->configuration.approval_policies = (struct approval_policies){ policy, 1, 1 };
	policy->distinct_approvers = chance(2);
	policy->early_approvals = chance(2) ? EARLY_APPROVALS_REFUSE : EARLY_APPROVALS_WAIT;
	policy->self_approval = chance(3) ? SELF_APPROVAL_FORBID : SELF_APPROVAL_ALLOW;
	policy->max_request_ttl = chance(3) ? 1 + (duration)below(SECONDS + 2) : 0;
	world_steps_clear(world);
	for (size_t i = 0; i < steps; i++) {
		struct texts people = { 0 };

		for (size_t j = 0; j < NAMES; j++)
			if (chance(2))
				texts_add(world->arena, &people, text_of(names[j]));
		world_step(world, "", 1 + (int64_t)below(2), people);
	}
}

static enum decision_kind
draw_kind(bool cautious)
{
	if (!cautious || !chance(4))
		return DECISION_APPROVE;
	return chance(2) ? DECISION_WITHDRAW : chance(2) ? DECISION_REJECT : DECISION_CANCEL;
}

static struct text
draw_digest(struct world *world)
{
	if (chance(12))
		return world->before.digests.at[0];
	return chance(12) ? TEXT("sha256:other") : world->before.digest;
}

static void
draw_fact(struct world *world, bool cautious)
{
	struct verified_decision *fact =
	    world_decide(world, names[below(NAMES)], draw_kind(cautious), draw_digest(world));

	fact->observed_at = WORLD_START + 1 + (moment)below(SECONDS);
	if (chance(8))
		fact->key = TEXT("SHA256:frank-old");
	if (chance(8) && world->facts.count > 1)
		fact->evidence = world->facts.at[below(world->facts.count - 1)].evidence;
	if (chance(4))
		fact->comment = TEXT("words");
}

static void
draw_facts(struct world *world, bool cautious)
{
	size_t count = below(FACTS_MOST + 1);

	for (size_t i = 0; i < count; i++)
		draw_fact(world, cautious);
	world->now = WORLD_START + 1 + (moment)below(SECONDS + 3);
	if (world->now < WORLD_START + SECONDS)
		world->now = WORLD_START + SECONDS;
}

/* A case with an arena of its own. */
static struct world
case_of(const struct world *base, bool cautious)
{
	struct world world = *base;

	world.arena = arena_new();
	world.facts = (struct verified_decisions){ 0 };
	draw_policy(&world);
	draw_facts(&world, cautious);
	return world;
}

static struct request_record
outcome(const struct world *world, const struct verified_decisions *facts)
{
	struct evaluation evaluation = { .configuration = &world->configuration,
		.before = &world->before,
		.request = &world->request,
		.version = world->before.version,
		.requester_verified = true,
		.decisions = facts,
		.now = world->now,
		.expire = true };
	struct request_record after;

	evaluate_request(world->arena, &evaluation, &after);
	return after;
}

static size_t
count_complete(const struct request_record *record)
{
	size_t complete = 0;

	while (complete < record->steps.count && record->steps.at[complete].state == STEP_COMPLETE)
		complete++;
	return complete;
}

static void
show_case(const struct world *world, long number)
{
	print_message("case %ld at %lld\n", number, (long long)(world->now - WORLD_START));
	for (size_t i = 0; i < world->configuration.approval_policies.at[0].steps.count; i++) {
		const struct approval_step *step =
		    &world->configuration.approval_policies.at[0].steps.at[i];

		print_message(" step of %lld: %s\n", (long long)step->required_approvals,
		    texts_join(world->arena, &step->approvers.people, ",").at);
	}
	for (size_t i = 0; i < world->facts.count; i++)
		print_message(" %.*s %d at %lld, digest %.*s, evidence %.*s\n",
		    TEXT_ARGUMENTS(world->facts.at[i].by), (int)world->facts.at[i].decision,
		    (long long)(world->facts.at[i].observed_at - WORLD_START),
		    TEXT_ARGUMENTS(text_first(world->facts.at[i].digest, 15)),
		    TEXT_ARGUMENTS(text_skip(world->facts.at[i].evidence, 60)));
}

static void
agrees_with_the_oracle(void **state)
{
	struct world *base = two_generations();
	size_t seen[REQUEST_STATES] = { 0 };

	(void)state;
	start("agrees with the oracle");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, true);
		struct request_record after = outcome(&world, &world.facts);
		struct oracle_answer answer =
		    oracle_ask(&(struct oracle_case){ .configuration = &world.configuration,
			.policy = world_policy(&world),
			.digests = &base->before.digests,
			.requester = TEXT("alice"),
			.deadline = world_policy(&world)->max_request_ttl == 0
					? 0
					: WORLD_START + world_policy(&world)->max_request_ttl,
			.now = world.now,
			.decisions = &world.facts });

		if (after.state != answer.state || count_complete(&after) != answer.complete) {
			show_case(&world, i);
			fail_msg("%s with %zu steps, the oracle says %s with %zu",
			    request_state_name(after.state), count_complete(&after),
			    request_state_name(answer.state), answer.complete);
		}
		seen[after.state]++;
		arena_free(world.arena);
	}
	/* the cases are worth something only if they reach everything */
	for (size_t i = 0; i < REQUEST_STATES; i++)
		if (i == STATE_PENDING_APPROVAL || i == STATE_APPROVED || i == STATE_REJECTED ||
		    i == STATE_CANCELLED || i == STATE_EXPIRED)
			assert_true(seen[i] > (size_t)cases() / 100);
	world_free(base);
}

static struct verified_decisions
shuffled(struct world *world)
{
	struct verified_decisions facts = { 0 };

	for (size_t i = 0; i < world->facts.count; i++)
		*ARRAY_ADD(world->arena, &facts) = world->facts.at[i];
	/* some are seen again, elsewhere */
	if (facts.count > 0 && chance(3)) {
		struct verified_decision *again = ARRAY_ADD(world->arena, &facts);

		*again = facts.at[below(facts.count - 1)];
		again->observed_at += (moment)below(2);
		again->source = SOURCE_INBOX;
		*ARRAY_ADD(world->arena, &world->facts) = *again;
	}
	for (size_t i = facts.count; i > 1; i--) {
		size_t other = below(i);
		struct verified_decision kept = facts.at[i - 1];

		facts.at[i - 1] = facts.at[other];
		facts.at[other] = kept;
	}
	return facts;
}

static void
order_does_not_matter(void **state)
{
	struct world *base = two_generations();

	(void)state;
	start("order does not matter");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, true);
		struct verified_decisions facts = shuffled(&world);
		struct request_record one = outcome(&world, &world.facts);
		struct request_record other = outcome(&world, &facts);

		if (!text_equal(record_describe(world.arena, &one),
			record_describe(world.arena, &other))) {
			show_case(&world, i);
			fail_msg("%s\n---\n%s", record_describe(world.arena, &one).at,
			    record_describe(world.arena, &other).at);
		}
		arena_free(world.arena);
	}
	world_free(base);
}

/* An evaluation of what an evaluation made changes nothing. */
static void
an_outcome_is_stable(void **state)
{
	struct world *base = two_generations();

	(void)state;
	start("an outcome is stable");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, true);
		struct request_record again;

		world.before = outcome(&world, &world.facts);
		again = outcome(&world, &world.before.decisions);
		if (!text_equal(record_describe(world.arena, &world.before),
			record_describe(world.arena, &again))) {
			show_case(&world, i);
			fail_msg("%s\n---\n%s", record_describe(world.arena, &world.before).at,
			    record_describe(world.arena, &again).at);
		}
		arena_free(world.arena);
	}
	world_free(base);
}

/* Approvals and withdrawals taken up one pass after the other lead to the same steps as all at once. */
static void
passes_do_not_matter(void **state)
{
	struct world *base = two_generations();

	(void)state;
	start("passes do not matter");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, false), in_passes;
		struct request_record at_once;
		moment end = world.now;

		world_policy(&world)->max_request_ttl = 0;
		if (world.facts.count > 0 && chance(2))
			world.facts.at[below(world.facts.count)].decision = DECISION_WITHDRAW;
		at_once = outcome(&world, &world.facts);
		in_passes = world;
		for (in_passes.now = WORLD_START; in_passes.now <= end; in_passes.now++) {
			struct verified_decisions facts = { 0 };

			for (size_t j = 0; j < in_passes.before.decisions.count; j++)
				*ARRAY_ADD(world.arena, &facts) = in_passes.before.decisions.at[j];
			for (size_t j = 0; j < world.facts.count; j++)
				if (world.facts.at[j].observed_at == in_passes.now)
					*ARRAY_ADD(world.arena, &facts) = world.facts.at[j];
			in_passes.before = outcome(&in_passes, &facts);
		}
		if (in_passes.before.state != at_once.state ||
		    count_complete(&in_passes.before) != count_complete(&at_once)) {
			show_case(&world, i);
			fail_msg("%s in passes, %s at once",
			    request_state_name(in_passes.before.state),
			    request_state_name(at_once.state));
		}
		arena_free(world.arena);
	}
	world_free(base);
}

/* One more fact, and what it may do. */
static void
more_facts_do_no_more_than_they_say(void **state)
{
	struct world *base = two_generations();

	(void)state;
	start("more facts do no more than they say");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, true);
		struct request_record before = outcome(&world, &world.facts), after;
		struct verified_decision *fact;
		enum decision_kind kind;

		draw_fact(&world, true);
		fact = &world.facts.at[world.facts.count - 1];
		fact->evidence = TEXT("new");
		kind = fact->decision;
		after = outcome(&world, &world.facts);
		/* only an approval ever brings a step on, or a request to its certificate */
		if (kind != DECISION_APPROVE &&
		    (count_complete(&after) > count_complete(&before) ||
			(after.state == STATE_APPROVED && before.state != STATE_APPROVED))) {
			show_case(&world, i);
			fail_msg("the last fact helped");
		}
		/*
		 * and none ever takes anything away; but what would have expired may have
		 * been rejected too late for anything else
		 */
		if (kind == DECISION_APPROVE &&
		    (count_complete(&after) < count_complete(&before) ||
			(after.state != before.state && after.state != STATE_APPROVED &&
			    before.state != STATE_EXPIRED))) {
			show_case(&world, i);
			fail_msg("an approval took something away");
		}
		arena_free(world.arena);
	}
	world_free(base);
}

static void
strangers_change_nothing(void **state)
{
	static const enum decision_kind kinds[] = { DECISION_APPROVE, DECISION_WITHDRAW,
		DECISION_REJECT, DECISION_CANCEL };
	struct world *base = two_generations();

	(void)state;
	start("strangers change nothing");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, true);
		struct request_record before = outcome(&world, &world.facts), after;

		world_decide(&world, "grace", kinds[below(4)], world.before.digest);
		after = outcome(&world, &world.facts);
		assert_int_equal(after.state, before.state);
		assert_int_equal(count_complete(&after), count_complete(&before));
		arena_free(world.arena);
	}
	world_free(base);
}

/* Each signature in one step, each person once in a step, never more than required. */
static void
what_is_counted_is_what_the_policy_says(void **state)
{
	struct world *base = two_generations();

	(void)state;
	start("what is counted is what the policy says");
	for (long i = 0; i < cases(); i++) {
		struct world world = case_of(base, true);
		struct request_record after = outcome(&world, &world.facts);
		struct texts used = { 0 }, people = { 0 };

		for (size_t s = 0; s < after.steps.count; s++) {
			const struct step_status *step = &after.steps.at[s];
			const struct texts *listed =
			    &world_policy(&world)->steps.at[s].approvers.people;
			struct texts here = { 0 };

			assert_true((int64_t)step->approved_by.count <= step->required);
			assert_int_equal(step->state == STEP_COMPLETE, s < count_complete(&after));
			for (size_t j = 0; j < step->approved_by.count; j++) {
				const struct step_approval *given = &step->approved_by.at[j];
				struct text signature = text_printf(world.arena, "%.*s %.*s",
				    TEXT_ARGUMENTS(given->name), TEXT_ARGUMENTS(given->evidence));

				assert_true(texts_contain(listed, given->name));
				assert_false(texts_contain(&used, signature));
				assert_false(texts_contain(&here, given->name));
				if (world_policy(&world)->distinct_approvers)
					assert_false(texts_contain(&people, given->name));
				texts_add(world.arena, &used, signature);
				texts_add(world.arena, &here, given->name);
				texts_add(world.arena, &people, given->name);
			}
		}
		arena_free(world.arena);
	}
	world_free(base);
}

/* Whoever is waited for would bring the open step on; whoever is not, would not. */
static void
exactly_those_who_help_are_waited_for(void **state)
{
	struct world *base = two_generations();

	(void)state;
	start("exactly those who help are waited for");
	for (long i = 0; i < cases() / 4; i++) {
		struct world world = case_of(base, true);
		struct request_record before = outcome(&world, &world.facts);
		struct texts people = request_waiting_for(world.arena, &before);
		size_t open = count_complete(&before);

		for (size_t j = 0; before.state == STATE_PENDING_APPROVAL && j < NAMES; j++) {
			struct world more = world;
			struct request_record after;
			bool helps;

			world_wait(&more, 1);
			more.facts.room = more.facts.count; /* a copy grows by itself */
			world_decide(&more, names[j], DECISION_APPROVE, world.before.digest);
			if (before.deadline != 0 && more.now > before.deadline)
				break;
			after = outcome(&more, &more.facts);
			helps = count_complete(&after) > open ||
				after.steps.at[open].approved_by.count >
				    before.steps.at[open].approved_by.count;
			if (helps != texts_contain(&people, text_of(names[j]))) {
				show_case(&world, i);
				fail_msg("%s helps: %d", names[j], helps);
			}
		}
		arena_free(world.arena);
	}
	world_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_oracle),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(an_outcome_is_stable),
		cmocka_unit_test(passes_do_not_matter),
		cmocka_unit_test(more_facts_do_no_more_than_they_say),
		cmocka_unit_test(strangers_change_nothing),
		cmocka_unit_test(what_is_counted_is_what_the_policy_says),
		cmocka_unit_test(exactly_those_who_help_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
