/*
 * Who may decide what, when it counts, and what is said about what does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evaluate/quorum.h"
#include "lib/world.h"

/* A world whose request is open, of generation 1. */
static int
open_world(void **state)
{
	struct world *world = world_new();

	(void)world_offer(world);
	*state = world;
	return 0;
}

static int
close_world(void **state)
{
	world_free(*state);
	return 0;
}

#define assert_state(world, wanted)                                                                \
	assert_string_equal(request_state_name((world)->before.state), request_state_name(wanted))
#define assert_ignored(world, who, why) assert_true(record_ignores(&(world)->before, who, why))
#define assert_counted(world) assert_int_equal((world)->before.ignored_count, 0)

static const struct step_status *
step(const struct world *world, size_t index)
{
	return &world->before.steps.at[index];
}

/* By all who are asked: what remains is to issue it. */
static void
approve_whole(struct world *world)
{
	world_approve(world, "dave");
	world_approve(world, "frank");
	world_approve(world, "grace");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
draw_intent(struct world *world)
{
	world->before.intent.present = true;
	world->before.intent.serial_number = TEXT("01");
}

/* All that people said, behind a record that has lost it. */
static void
see_again(struct world *world)
{
	world->before.decisions = (struct verified_decisions){ 0 };
	world_wait(world, 60);
	world_evaluate(world);
}

static void
a_request_opens(void **state)
{
	struct world *world = *state;
	const struct request_record *record = &world->before;

	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(record->generation, 1);
	assert_int_equal(record->digests.count, 1);
	assert_true(text_equal(record->digests.at[0], record->digest));
	assert_int_equal(record->opened_at, world->now);
	assert_int_equal(record->deadline, 0);
	assert_true(record->claimed);
	assert_true(text_is(record->policy, "two-step"));
	assert_true(text_is(record->summary, "www.example.com"));
	assert_true(text_is(record->requester.email, "alice@example.com"));
	assert_true(record->requester.verified);
	assert_int_equal(record->steps.count, 2);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	assert_int_equal(step(world, 1)->state, STEP_WAITING);
	assert_true(
	    text_is(texts_join(world->arena, &step(world, 0)->waiting_for, ","), "dave,erin"));
	assert_true(text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","),
	    "erin,frank,grace"));
	assert_true(text_is(record_condition(world->arena, record, "Approved"),
	    "False: WaitingForApproval: Team Lead Review: 0 of 1 approvals; can approve: dave, erin"));
	assert_true(text_is(record_condition(world->arena, record, "Valid"),
	    "True: Valid: within profile and policy"));
}

static void
a_quorum_approves(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave")->comment = TEXT("LGTM");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	assert_int_equal(step(world, 0)->approved_by.count, 1);
	assert_true(text_is(step(world, 0)->approved_by.at[0].name, "dave"));
	assert_true(text_is(step(world, 0)->approved_by.at[0].comment, "LGTM"));
	assert_int_equal(step(world, 0)->waiting_for.count, 0);
	assert_int_equal(step(world, 1)->state, STEP_OPEN);
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_true(
	    text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","), "erin,grace"));
	world_wait(world, 5);
	world_approve(world, "grace");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
	assert_false(world->before.bypassed);
	assert_int_equal(world->before.decided_at, world->now);
	assert_true(text_is(record_condition(world->arena, &world->before, "Approved"),
	    "True: QuorumReached: all steps of ApprovalPolicy \"two-step\" are complete"));
	assert_counted(world);
}

/* One signature serves one step: erin stands in both, and has to sign twice. */
static void
one_signature_serves_one_step(void **state)
{
	struct world *world = *state;

	world_approve(world, "erin");
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	/* dave would set erin's signature free for the second step */
	assert_true(text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","),
	    "dave,erin,grace"));
	world_approve(world, "erin");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
a_later_signature_sets_an_earlier_one_free(void **state)
{
	struct world *world = *state;

	world_approve(world, "erin");
	world_evaluate(world);
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
	assert_true(text_is(step(world, 0)->approved_by.at[0].name, "dave"));
}

/* The same bytes signed twice are one piece of evidence. */
static void
one_piece_of_evidence_counts_once(void **state)
{
	struct world *world = *state;
	struct text evidence = world_approve(world, "erin")->evidence;
	struct verified_decision *again = world_approve(world, "erin");

	again->evidence = evidence;
	again->key = TEXT("SHA256:erin-2");
	again->where = TEXT("0000");
	world_key(world, world_identity(world, "erin"), "SHA256:erin-2");
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_ignored(world, "erin", "the same bytes");
	assert_int_equal(world->before.ignored_count, 1);
	/* the first key being lost, the second one's signature counts */
	world->facts.at[0].key = TEXT("SHA256:lost");
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
one_signature_of_several_counts_once(void **state)
{
	struct world *world = *state;
	struct text evidence;
	struct verified_decision *again;

	world_approve(world, "dave");
	evidence = world_approve(world, "erin")->evidence;
	again = world_approve(world, "erin");
	again->evidence = evidence;
	again->key = TEXT("SHA256:erin-2");
	world_key(world, world_identity(world, "erin"), "SHA256:erin-2");
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 1);
	assert_ignored(world, "erin", "the same bytes");
}

/* One signature that stands in the list twice, and one that is shown alike. */
static void
what_looks_the_same_is_shown_once(void **state)
{
	struct world *world = *state;
	struct verified_decision *seen = world_approve(world, "mallory");
	struct verified_decision again = *seen;

	*ARRAY_ADD(world->arena, &world->facts) = again;
	again.key = TEXT("SHA256:mallory-2");
	world_key(world, world_identity(world, "mallory"), "SHA256:mallory-2");
	*ARRAY_ADD(world->arena, &world->facts) = again;
	world_evaluate(world);
	assert_int_equal(world->before.decisions.count, 2);
	assert_int_equal(world->before.ignored_count, 1);
}

/* Two people may sign the same bytes. */
static void
the_same_bytes_by_two_people_count_twice(void **state)
{
	struct world *world = *state;
	struct text evidence = world_approve(world, "frank")->evidence;

	world_approve(world, "grace")->evidence = evidence;
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
a_person_counts_once_in_a_step(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_approve(world, "frank");
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_ignored(world, "frank", "not needed where it could count");
	assert_int_equal(world->before.ignored_count, 1);
}

static void
distinct_approvers_count_in_one_step(void **state)
{
	struct world *world = *state;

	world_policy(world)->distinct_approvers = true;
	world_approve(world, "erin");
	world_approve(world, "erin");
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_true(
	    text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","), "dave,grace"));
	world_approve(world, "grace");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
early_approvals_wait(void **state)
{
	struct world *world = *state;

	world_approve(world, "frank");
	world_approve(world, "grace");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(step(world, 1)->state, STEP_WAITING);
	assert_int_equal(step(world, 1)->approved_by.count, 2);
	assert_true(text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","), "erin"));
	assert_counted(world);
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
early_approvals_are_refused(void **state)
{
	struct world *world = *state;

	world_policy(world)->early_approvals = EARLY_APPROVALS_REFUSE;
	world_approve(world, "frank");
	world_evaluate(world);
	assert_int_equal(step(world, 1)->approved_by.count, 0);
	assert_ignored(world, "frank", "refuses early approvals");
	world_wait(world, 1);
	world_approve(world, "dave");
	world_approve(world, "grace"); /* in the very moment in which the step opens */
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_ignored(world, "frank", "refuses early approvals");
	assert_ignored(world, "grace", "refuses early approvals");
	world_wait(world, 1);
	world_approve(world, "grace");
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

/* Whoever stands next to one that may serve the first step is early all the same. */
static void
an_early_approval_is_that_of_its_giver(void **state)
{
	struct world *world = *state;

	world_policy(world)->early_approvals = EARLY_APPROVALS_REFUSE;
	world->configuration.groups.at[1].members = world_list(world, "bob", "frank", NULL);
	world_approve(world, "bob");
	world_wait(world, 1);
	world_approve(world, "dave");
	world_evaluate(world);
	assert_ignored(world, "bob", "refuses early approvals");
}

static void
each_of_three_steps_opens_in_its_turn(void **state)
{
	static const char *const people[] = { "dave", "erin", "frank" };
	struct world *world = *state;

	world_policy(world)->early_approvals = EARLY_APPROVALS_REFUSE;
	world_steps_clear(world);
	for (size_t i = 0; i < 3; i++)
		world_step(world, "", 1, world_list(world, people[i], NULL));
	/* the second is missing: the third stays closed, however late its approval comes */
	world_approve(world, "dave");
	world_wait(world, 1);
	world_approve(world, "frank");
	world_evaluate(world);
	assert_ignored(world, "frank", "refuses early approvals");
	world_wait(world, 1);
	world_approve(world, "erin");
	world_evaluate(world);
	assert_int_equal(step(world, 2)->state, STEP_OPEN);
	assert_int_equal(step(world, 2)->approved_by.count, 0);
	world_wait(world, 1);
	world_approve(world, "frank");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

/* What was counted early is spent when the approval that opened the step is withdrawn. */
static void
withdrawing_closes_the_step_again(void **state)
{
	struct world *world = *state;

	world_policy(world)->early_approvals = EARLY_APPROVALS_REFUSE;
	world_approve(world, "dave");
	world_wait(world, 1);
	world_approve(world, "frank");
	world_evaluate(world);
	assert_int_equal(step(world, 1)->approved_by.count, 1);
	world_wait(world, 1);
	world_decide(world, "dave", DECISION_WITHDRAW, world->before.digest);
	world_approve(world, "erin");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	assert_int_equal(step(world, 1)->approved_by.count, 0);
	assert_ignored(world, "frank", "refuses early approvals");
	assert_ignored(world, "dave", "withdrew, rejected or cancelled");
}

static void
strangers_do_not_count(void **state)
{
	struct world *world = *state;

	world_approve(world, "mallory");
	world_approve(world, "deploy-bot");
	world_approve(world, "zoe");
	world_decide(world, "mallory", DECISION_REJECT, world->before.digest);
	world_decide(world, "mallory", DECISION_CANCEL, world->before.digest);
	world_decide(world, "deploy-bot", DECISION_REJECT, world->before.digest);
	world_decide(world, "mallory", DECISION_NONE, world->before.digest);
	world_decide(world, "zoe", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_ignored(world, "mallory",
	    "is not an approver of any step of ApprovalPolicy \"two-step\"");
	assert_ignored(world, "mallory", "only the requester, alice, and administrators cancel");
	assert_ignored(world, "mallory", "this is no decision");
	assert_ignored(world, "deploy-bot", "only people approve and reject");
	assert_ignored(world, "zoe", "no identity of this repository any more");
	assert_int_equal(world->before.ignored_count, 8);
}

static void
what_is_ignored_is_said_in_short(void **state)
{
	struct world *world = *state;

	world_decide(world, "mallory", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_int_equal(world->before.ignored.count, 1);
	assert_true(text_is(world->before.ignored.at[0].what,
	    arena_printf(world->arena, "reject %.19s…", world->before.digest.at)));
}

/* A list of machines among approvers means nothing. */
static void
machines_never_approve(void **state)
{
	struct world *world = *state;

	world_steps_clear(world);
	world_step(world, "", 1, world_list(world, "deploy-bot", NULL))->approvers.machines =
	    world_list(world, "deploy-bot", "dave", NULL);
	world_approve(world, "deploy-bot");
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_ignored(world, "deploy-bot", "is a Machine");
	assert_ignored(world, "dave", "is not an approver");
	assert_true(text_is(step(world, 0)->name, "step 1"));
	assert_int_equal(step(world, 0)->waiting_for.count, 0);
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    "nobody can give one that is missing"));
}

static void
keys_are_judged_again(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave")->key = TEXT("SHA256:lost");
	world_approve(world, "frank");
	world_identity(world, "frank")->keys.at[0].valid_before = world->now;
	world_evaluate(world);
	assert_ignored(world, "dave", "the key SHA256:lost of dave is not listed any more");
	assert_ignored(world, "frank", "not valid now");
	assert_int_equal(step(world, 0)->approved_by.count, 0);
	/* and who has no valid key is not waited for */
	assert_true(
	    text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","), "erin,grace"));
	/* any key will do */
	world_key(world, world_identity(world, "frank"), "SHA256:frank-new");
	world_evaluate(world);
	assert_true(text_is(texts_join(world->arena, &step(world, 1)->waiting_for, ","),
	    "erin,frank,grace"));
	world_identity(world, "frank")->keys.at[0].valid_before = 0;
	world_evaluate(world);
	assert_int_equal(step(world, 1)->approved_by.count, 1);
}

static void
membership_is_judged_again(void **state)
{
	struct world *world = *state;
	struct group *leads = &world->configuration.groups.at[0];

	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	leads->members = world_list(world, "erin", "nobody", NULL);
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	assert_ignored(world, "dave", "is not an approver");
	assert_true(text_is(texts_join(world->arena, &step(world, 0)->waiting_for, ","), "erin"));
}

static void
a_withdrawal_is_final(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_evaluate(world);
	world_wait(world, 1);
	world_decide(world, "dave", DECISION_WITHDRAW, world->before.digest);
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	assert_true(text_is(texts_join(world->arena, &step(world, 0)->waiting_for, ","), "erin"));
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    "can approve: erin"));
	/* the approval has no effect, and the withdrawal has one */
	assert_int_equal(world->before.ignored_count, 1);
	assert_ignored(world, "dave", "withdrew, rejected or cancelled");
	world_wait(world, 1);
	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	/* it holds although the key that withdrew is gone, and another one approves */
	world_identity(world, "dave")->keys.count = 0;
	world_key(world, world_identity(world, "dave"), "SHA256:new");
	world_approve(world, "dave")->key = TEXT("SHA256:new");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
}

static void
a_withdrawal_is_for_one_digest(void **state)
{
	struct world *world = *state;

	world_decide(world, "dave", DECISION_WITHDRAW, TEXT("sha256:other"));
	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	assert_ignored(world, "dave", "this digest is not one of the request");
}

static void
rejection_goes_before_approval(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_approve(world, "frank");
	world_approve(world, "grace");
	world_decide(world, "grace", DECISION_REJECT, world->before.digest)->comment = TEXT("no");
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	assert_true(text_is(world->before.decided_by, "grace"));
	assert_true(text_is(world->before.comment, "no"));
	assert_true(text_is(record_condition(world->arena, &world->before, "Approved"),
	    "False: Rejected: rejected by grace: no"));
	assert_int_equal(request_waiting_for(world->arena, &world->before).count, 0);
}

static void
nobody_is_waited_for_when_it_has_ended(void **state)
{
	struct world *world = *state;

	assert_int_equal(step(world, 1)->waiting_for.count, 3);
	world_decide(world, "dave", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	assert_int_equal(step(world, 0)->waiting_for.count, 0);
	assert_int_equal(step(world, 1)->waiting_for.count, 0);
}

/* Whoever approves in any step may reject, whichever is open. */
static void
approvers_of_any_step_reject(void **state)
{
	struct world *world = *state;

	world_decide(world, "frank", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	assert_true(text_is(record_condition(world->arena, &world->before, "Ready"),
	    "False: Rejected: rejected by frank"));
}

static void
the_requester_cancels(void **state)
{
	struct world *world = *state;

	world_decide(world, "frank", DECISION_REJECT, world->before.digest);
	world_wait(world, 1);
	world_decide(world, "alice", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_CANCELLED);
	assert_true(text_is(world->before.decided_by, "alice"));
	assert_true(text_is(record_condition(world->arena, &world->before, "Approved"),
	    "False: Cancelled: cancelled by alice"));
}

static void
an_administrator_cancels(void **state)
{
	struct world *world = *state;

	world_decide(world, "carol", DECISION_CANCEL, world->before.digest);
	world_decide(world, "bob", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_CANCELLED);
	/* at one time the first by name is named, whatever order they came in */
	assert_true(text_is(world->before.decided_by, "bob"));
}

/* A cancellation that its signer may not make still is that person's cautious decision. */
static void
caution_stands_even_without_right(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_decide(world, "dave", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
}

static void
what_comes_after_the_end_is_answered(void **state)
{
	struct world *world = *state;
	struct text digest = world->before.digest, described;

	world_decide(world, "frank", DECISION_REJECT, digest);
	world_evaluate(world);
	described = record_describe(world->arena, &world->before);
	world_wait(world, 60);
	world_evaluate(world);
	assert_true(text_equal(record_describe(world->arena, &world->before), described));
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	assert_ignored(world, "dave", "the request has ended (Rejected)");
	assert_int_equal(world->before.ignored_count, 1);
	/* said once, however often it is seen */
	world_wait(world, 60);
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 1);
	assert_int_equal(world->before.decisions.count, 1);
}

static void
what_comes_after_the_intent_is_answered(void **state)
{
	struct world *world = *state;

	approve_whole(world);
	draw_intent(world);
	world_wait(world, 1);
	world_decide(world, "frank", DECISION_REJECT, world->before.digest);
	world_decide(world, "alice", DECISION_CANCEL, world->before.digest);
	world_approve(world, "erin");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
	assert_ignored(world, "frank", "too late");
	assert_ignored(world, "alice", "revoke it");
	assert_ignored(world, "erin", "too late");
	for (size_t i = 0; i < world->before.ignored.count; i++)
		assert_int_equal(world->before.ignored.at[i].alarm,
		    !text_is(world->before.ignored.at[i].who, "erin"));
	assert_int_equal(world->before.decisions.count, 3);
	/* not even a configuration that forbids it all changes what is decided */
	world_profile(world)->requesters.present = true;
	world->configuration.identities.count = 0;
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

/* Where the record of what was open is gone, and what people said is seen again. */
static void
what_has_counted_is_not_too_late(void **state)
{
	struct world *world = *state;

	approve_whole(world);
	draw_intent(world);
	world->before.state = STATE_ISSUED;
	see_again(world);
	assert_counted(world);
	/* another signature of one of them, and another word in what was counted */
	world_approve(world, "grace");
	*ARRAY_ADD(world->arena, &world->facts) = world->facts.at[0];
	world->facts.at[world->facts.count - 1].decision = DECISION_REJECT;
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 2);
	assert_ignored(world, "grace", "too late");
	assert_ignored(world, "dave", "too late");
}

static void
what_has_ended_it_is_not_too_late(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_decide(world, "frank", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	see_again(world);
	/* nor is the approval that a step had */
	assert_counted(world);
	world_decide(world, "erin", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 1);
	assert_ignored(world, "erin", "the request has ended (Rejected)");
}

/* An approval that became void before the intent was drawn is not used. */
static void
approval_without_intent_is_judged_again(void **state)
{
	struct world *world = *state;

	approve_whole(world);
	world_decide(world, "grace", DECISION_WITHDRAW, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
}

static void
a_person_has_sixteen_decisions(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 20; i++)
		world_approve(world, "dave");
	world_approve(world, "frank");
	world_evaluate(world);
	assert_int_equal(world->before.decisions.count, 17);
	assert_ignored(world, "dave", "at most 16 decisions");
	/* four above the limit, and fifteen that no step needs */
	assert_int_equal(world->before.ignored_count, 19);
	/* the cautious ones are never lost by it */
	world_wait(world, 1);
	world_decide(world, "dave", DECISION_WITHDRAW, world->before.digest);
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	world_decide(world, "dave", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
}

static void
a_rejection_goes_before_withdrawals(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 20; i++)
		world_decide(world, "dave", DECISION_WITHDRAW, world->before.digest);
	world_wait(world, 1);
	world_decide(world, "dave", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
}

/* Many people, each with one signature, for more steps than there are signatures. */
static void
quorums_are_of_any_size(void **state)
{
	enum { PEOPLE = 60, STEPS = 100 };
	static bool eligible[PEOPLE * STEPS];
	static int64_t required[STEPS];
	static struct quorum_signature signatures[PEOPLE];
	struct quorum quorum = { .steps = STEPS, .required = required, .people = PEOPLE,
		.eligible = eligible, .signatures = PEOPLE, .signature = signatures };
	struct world *world = *state;
	struct quorum_result result;

	memset(eligible, true, sizeof(eligible));
	for (size_t i = 0; i < STEPS; i++)
		required[i] = 1;
	for (size_t i = 0; i < PEOPLE; i++)
		signatures[i] = (struct quorum_signature){ i, (moment)i };
	quorum_match(world->arena, &quorum, &result);
	assert_int_equal(result.complete, PEOPLE);
	assert_true(quorum_needs(&quorum, &result, 0));
}

static void
each_person_has_sixteen(void **state)
{
	static const char *const people[] = { "dave", "erin", "frank" };
	struct world *world = *state;

	for (size_t person = 0; person < 3; person++)
		for (int i = 0; i < 17; i++)
			world_approve(world, people[person]);
	world_evaluate(world);
	assert_int_equal(world->before.decisions.count, 3 * 16);
}

static void
useless_decisions_do_not_push_out_useful_ones(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 16; i++) {
		struct text other = text_printf(world->arena, "sha256:%064d", i);

		world_decide(world, "dave", DECISION_WITHDRAW, other);
		world_decide(world, "dave", DECISION_REJECT, other);
		world_decide(world, "dave", DECISION_APPROVE, other);
	}
	world_wait(world, 1);
	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	assert_int_equal(world->before.ignored.count, 20);
	assert_int_equal(world->before.ignored_count, 48);
}

/* Of what is about no plan of the request nothing is dearer than the other: the first are kept. */
static void
of_useless_decisions_the_first_are_kept(void **state)
{
	static const enum decision_kind kinds[] = { DECISION_REJECT, DECISION_WITHDRAW,
		DECISION_APPROVE };
	struct world *world = *state;
	struct request_record open = world->before;

	for (size_t first = 0; first < 3; first++)
		for (size_t last = 0; last < 3; last++) {
			world->before = open;
			world->facts.count = 0;
			for (int i = 0; i < 16; i++)
				world_decide(world, "dave", kinds[first],
				    text_printf(world->arena, "sha256:%064d", i));
			world_wait(world, 1);
			world_decide(world, "dave", kinds[last], TEXT("sha256:other"));
			world_evaluate(world);
			assert_int_equal(world->before.decisions.count, 16);
			for (size_t i = 0; i < 16; i++)
				assert_false(
				    text_is(world->before.decisions.at[i].digest, "sha256:other"));
		}
}

static void
decisions_on_other_requests_are_not_looked_at(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave")->request = TEXT("web/other");
	world_evaluate(world);
	assert_int_equal(world->before.decisions.count, 0);
	assert_counted(world);
}

static void
self_approval_is_allowed_by_default(void **state)
{
	struct world *world = *state;

	world->configuration.groups.at[0].members = world_list(world, "alice", NULL);
	world_approve(world, "alice");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
}

static void
self_approval_can_be_forbidden(void **state)
{
	struct world *world = *state;

	world_policy(world)->self_approval = SELF_APPROVAL_FORBID;
	world->configuration.groups.at[0].members = world_list(world, "alice", "dave", NULL);
	world_approve(world, "alice");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	assert_ignored(world, "alice", "forbids self-approval: alice asks");
	assert_true(text_is(texts_join(world->arena, &step(world, 0)->waiting_for, ","), "dave"));
	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	/* rejecting oneself is caution, not approval */
	world_decide(world, "alice", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
}

static void
a_machines_owner_is_self(void **state)
{
	struct world *world = world_new();

	(void)state;
	world_policy(world)->self_approval = SELF_APPROVAL_FORBID;
	world->configuration.groups.at[0].members =
	    world_list(world, "alice", "dave", "erin", NULL);
	world->request.requester = TEXT("deploy-bot");
	world->request.on_behalf_of = TEXT("dave");
	world_offer(world);
	world_approve(world, "alice");
	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	assert_ignored(world, "alice", "owns the machine");
	assert_ignored(world, "dave", "is whom it is for");
	world_approve(world, "erin");
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	/* a Machine cancels its own request */
	world_decide(world, "deploy-bot", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_CANCELLED);
	world_free(world);
}

/* Evaluates as if the request had come without a signature. */
static void
offer_unsigned(struct world *world)
{
	struct evaluation evaluation = { .configuration = &world->configuration,
		.before = &world->before,
		.request = &world->request,
		.version = { .sha256 = TEXT("aa"), .blob = TEXT("bb") },
		.version_is_new = true,
		.decisions = &world->facts,
		.now = world->now,
		.expire = true };
	struct request_record after;

	evaluate_request(world->arena, &evaluation, &after);
	world->before = after;
}

static void
an_unverified_requester_is_nobody(void **state)
{
	struct world *world = world_new();

	(void)state;
	offer_unsigned(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_false(world->before.claimed);
	assert_false(world->before.requester.verified);
	world_approve(world, "dave");
	world_policy(world)->self_approval = SELF_APPROVAL_FORBID;
	world_evaluate(world);
	assert_int_equal(step(world, 0)->state, STEP_OPEN);
	assert_ignored(world, "dave", "the requester is not verified");
	assert_int_equal(step(world, 0)->waiting_for.count, 0);
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    "False: RequesterNotVerified"));
	/* signed later, the same plan keeps its approvals */
	world_offer(world);
	assert_int_equal(world->before.generation, 1);
	assert_int_equal(step(world, 0)->state, STEP_COMPLETE);
	assert_true(world->before.claimed);
	world_free(world);
}

static void
ignored_things_of_others_stay(void **state)
{
	struct world *world = *state;
	struct ignored squashed = { .who = TEXT("grace@example.com"),
		.what = TEXT("approve"),
		.why = TEXT("the commit has no signature"),
		.commit = TEXT("c0ffee"),
		.observed_at = world->now };

	request_ignore(world->arena, &world->before, &squashed);
	request_ignore(world->arena, &world->before, &squashed);
	assert_int_equal(world->before.ignored_count, 1);
	world_approve(world, "mallory");
	world_approve(world, "mallory");
	world_evaluate(world);
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 3);
	assert_ignored(world, "grace@example.com", "no signature");
	/* what counts in the end is not ignored any more */
	world->configuration.groups.at[0].members = world_list(world, "mallory", NULL);
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 2);
	assert_ignored(world, "mallory", "not needed where it could count");
}

static void
only_the_newest_are_shown(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 30; i++) {
		struct ignored entry = { .who = TEXT("x"),
			.what = TEXT("approve"),
			.why = TEXT("y"),
			.commit = text_printf(world->arena, "%d", i),
			.observed_at = world->now + i };

		request_ignore(world->arena, &world->before, &entry);
		assert_int_equal(world->before.ignored_count, i + 1);
	}
	assert_int_equal(world->before.ignored.count, 20);
	assert_true(text_is(world->before.ignored.at[0].commit, "29"));
	assert_true(text_is(world->before.ignored.at[19].commit, "10"));
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 30);
	assert_int_equal(world->before.ignored.count, 20);
}

static void
conditions_remember_when_they_changed(void **state)
{
	struct world *world = *state;
	moment opened = world->now;

	world_wait(world, 10);
	world_approve(world, "dave");
	world_evaluate(world);
	assert_int_equal(world->before.conditions.count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(world->before.conditions.at[i].last_transition, opened);
	world_wait(world, 10);
	world_approve(world, "frank");
	world_approve(world, "grace");
	world_evaluate(world);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(world->before.conditions.at[i].last_transition,
		    text_is(world->before.conditions.at[i].type, "Approved") ? world->now : opened);
}

static void
the_open_step_is_waited_for(void **state)
{
	struct world *world = *state;
	struct texts people = request_waiting_for(world->arena, &world->before);

	assert_true(text_is(texts_join(world->arena, &people, ","), "dave,erin"));
	world_approve(world, "dave");
	world_evaluate(world);
	people = request_waiting_for(world->arena, &world->before);
	assert_true(text_is(texts_join(world->arena, &people, ","), "erin,frank,grace"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_opens),
		TEST(a_quorum_approves),
		TEST(one_signature_serves_one_step),
		TEST(a_later_signature_sets_an_earlier_one_free),
		TEST(one_piece_of_evidence_counts_once),
		TEST(one_signature_of_several_counts_once),
		TEST(what_looks_the_same_is_shown_once),
		TEST(the_same_bytes_by_two_people_count_twice),
		TEST(a_person_counts_once_in_a_step),
		TEST(distinct_approvers_count_in_one_step),
		TEST(early_approvals_wait),
		TEST(early_approvals_are_refused),
		TEST(an_early_approval_is_that_of_its_giver),
		TEST(each_of_three_steps_opens_in_its_turn),
		TEST(withdrawing_closes_the_step_again),
		TEST(strangers_do_not_count),
		TEST(what_is_ignored_is_said_in_short),
		TEST(machines_never_approve),
		TEST(keys_are_judged_again),
		TEST(membership_is_judged_again),
		TEST(a_withdrawal_is_final),
		TEST(a_withdrawal_is_for_one_digest),
		TEST(rejection_goes_before_approval),
		TEST(nobody_is_waited_for_when_it_has_ended),
		TEST(approvers_of_any_step_reject),
		TEST(the_requester_cancels),
		TEST(an_administrator_cancels),
		TEST(caution_stands_even_without_right),
		TEST(what_comes_after_the_end_is_answered),
		TEST(what_comes_after_the_intent_is_answered),
		TEST(what_has_counted_is_not_too_late),
		TEST(what_has_ended_it_is_not_too_late),
		TEST(approval_without_intent_is_judged_again),
		TEST(a_person_has_sixteen_decisions),
		TEST(a_rejection_goes_before_withdrawals),
		TEST(quorums_are_of_any_size),
		TEST(each_person_has_sixteen),
		TEST(useless_decisions_do_not_push_out_useful_ones),
		TEST(of_useless_decisions_the_first_are_kept),
		TEST(decisions_on_other_requests_are_not_looked_at),
		TEST(self_approval_is_allowed_by_default),
		TEST(self_approval_can_be_forbidden),
		cmocka_unit_test(a_machines_owner_is_self),
		cmocka_unit_test(an_unverified_requester_is_nobody),
		TEST(ignored_things_of_others_stay),
		TEST(only_the_newest_are_shown),
		TEST(conditions_remember_when_they_changed),
		TEST(the_open_step_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
