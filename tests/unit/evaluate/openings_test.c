/*
 * The life of a request: generations, deadlines, versions, changes of rules,
 * what needs no approval, and what is invalid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/world.h"
#include "model/plan_text.h"

enum { DAY = 86400 };

static int
open_world(void **state)
{
	struct world *world = world_new();

	world_policy(world)->max_request_ttl = 7 * DAY;
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

static void
set_common_name(struct world *world, const char *name)
{
	world->request.subject.values[SUBJECT_COMMON_NAME] = world_list(world, name, NULL);
}

static void
approve_all(struct world *world)
{
	world_approve(world, "dave");
	world_approve(world, "frank");
	world_approve(world, "grace");
}

static void
issue(struct world *world)
{
	approve_all(world);
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
	world->before.intent = (struct intent){ .present = true, .serial_number = TEXT("01") };
	world->before.state = STATE_ISSUED;
	world->before.certificate =
	    (struct certificate_status){ .present = true, .serial_number = TEXT("01") };
	world->facts.count = 0;
}

static bool
same(struct world *world, const struct request_record *a, const struct request_record *b)
{
	return text_equal(record_describe(world->arena, a), record_describe(world->arena, b));
}

static void
nothing_new_changes_nothing(void **state)
{
	struct world *world = *state;
	struct request_record before = world->before;

	world_wait(world, DAY);
	world_evaluate(world);
	assert_true(same(world, &before, &world->before));
}

static void
the_plan_is_that_of_plan_make(void **state)
{
	struct world *world = *state;
	struct plan_input input = { .configuration = &world->configuration,
		.request = &world->request,
		.generation = 1,
		.now = world->now };
	struct reasons reasons = { 0 };
	struct plan plan;

	assert_true(plan_make(world->arena, &input, &plan, &reasons));
	assert_true(text_equal(plan.digest, world->before.digest));
	assert_true(text_equal(plan.text, world->before.plan));
}

static void
an_edit_of_the_plan_makes_a_generation(void **state)
{
	struct world *world = *state;
	struct text first = world->before.digest;

	world_approve(world, "dave");
	world_evaluate(world);
	world_wait(world, DAY);
	set_common_name(world, "api.example.com");
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
	assert_int_equal(world->before.digests.count, 2);
	assert_true(text_equal(world->before.digests.at[0], first));
	assert_true(text_equal(world->before.digests.at[1], world->before.digest));
	assert_int_equal(world->before.steps.at[0].approved_by.count, 0);
	assert_ignored(world, "dave", "the plan has changed since");
	/* the requester's edit starts the time anew */
	assert_int_equal(world->before.opened_at, world->now);
	assert_int_equal(world->before.deadline, world->now + 7 * DAY);
	/* rejecting counts with any digest since the opening */
	world_decide(world, "frank", DECISION_REJECT, first);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
}

static void
going_back_is_another_generation(void **state)
{
	struct world *world = *state;
	struct text first = world->before.digest;

	set_common_name(world, "api.example.com");
	world_offer(world);
	set_common_name(world, "www.example.com");
	world_offer(world);
	assert_int_equal(world->before.generation, 3);
	assert_false(text_equal(world->before.digest, first));
	assert_int_equal(world->before.digests.count, 3);
}

static void
an_edit_beside_the_plan_keeps_approvals(void **state)
{
	struct world *world = *state;
	moment deadline = world->before.deadline;
	struct text first = world->before.version.sha256;

	world_approve(world, "dave");
	world_wait(world, DAY);
	world->request.justification = TEXT("better words");
	world_offer(world);
	assert_int_equal(world->before.generation, 1);
	assert_int_equal(world->before.steps.at[0].approved_by.count, 1);
	assert_int_equal(world->before.deadline, deadline);
	assert_int_equal(world->before.version.previous.count, 1);
	assert_true(text_equal(world->before.version.previous.at[0], first));
	world_offer(world);
	assert_int_equal(world->before.version.previous.count, 2);
	/* the same version, signed as well now, is no earlier version of itself */
	world->evaluation.version_is_new = true;
	world_evaluate(world);
	assert_int_equal(world->before.version.previous.count, 2);
}

static void
a_version_seen_twice_is_remembered_once(void **state)
{
	struct world *world = *state;

	world->before.version.previous =
	    world_list(world, text_string(world->arena, world->before.version.sha256), NULL);
	world_offer(world);
	assert_int_equal(world->before.version.previous.count, 1);
}

/* A plan that cannot be read back is not the plan of today. */
static void
a_damaged_plan_makes_a_generation(void **state)
{
	struct world *world = *state;

	world->before.plan = TEXT("countersign-plan-v1\n");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
}

static void
a_requester_must_be_known(void **state)
{
	struct world *world = world_new();

	(void)state;
	world->request.requester = TEXT("zoe");
	world_offer(world);
	assert_state(world, STATE_INVALID);
	assert_true(text_is(world->before.requester.name, "zoe"));
	assert_false(text_present(world->before.requester.email));
	world_free(world);
}

static void
a_change_of_rules_makes_a_generation(void **state)
{
	struct world *world = *state;
	moment deadline = world->before.deadline;

	world_approve(world, "dave");
	world_evaluate(world);
	world_wait(world, DAY);
	world_profile(world)->default_ttl = 20 * DAY;
	world_evaluate(world);
	assert_int_equal(world->before.generation, 2);
	assert_int_equal(world->before.steps.at[0].approved_by.count, 0);
	assert_int_equal(world->before.deadline, deadline);
	assert_int_equal(world->before.opened_at, WORLD_START);
}

static void
an_invalid_request_is_judged_again(void **state)
{
	struct world *world = *state;
	struct attribute_rule rule = world_rules(world)->subject[SUBJECT_COMMON_NAME];
	moment deadline = world->before.deadline;

	world_approve(world, "dave");
	world_evaluate(world);
	world_rules(world)->subject[SUBJECT_COMMON_NAME] = (struct attribute_rule){ 0 };
	world_rules(world)->key_usages.denied = world_list(world, "digitalSignature", NULL);
	world_wait(world, DAY);
	world_evaluate(world);
	assert_state(world, STATE_INVALID);
	assert_int_equal(world->before.generation, 1);
	assert_int_equal(world->before.steps.count, 0);
	assert_int_equal(world->before.decided_at, world->now);
	assert_true(reasons_say(&world->before.reasons, "NotAllowed", "www.example.com"));
	assert_true(text_contains(record_condition(world->arena, &world->before, "Valid"),
	    "False: NotAllowed: subject.commonName: \"www.example.com\" is not allowed"));
	assert_true(
	    text_contains(record_condition(world->arena, &world->before, "Valid"), "(and 1 more)"));
	world_rules(world)->key_usages.denied.count = 0;
	world_evaluate(world);
	assert_false(text_contains(record_condition(world->arena, &world->before, "Valid"), "(and "));
	world_rules(world)->key_usages.denied = world_list(world, "digitalSignature", NULL);
	world_evaluate(world);
	assert_true(
	    text_contains(record_condition(world->arena, &world->before, "Ready"), "NotValid"));
	world_wait(world, DAY);
	world_rules(world)->subject[SUBJECT_COMMON_NAME] = rule;
	world_rules(world)->key_usages.denied.count = 0;
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 1);
	assert_int_equal(world->before.steps.at[0].approved_by.count, 1);
	assert_int_equal(world->before.deadline, deadline);
	assert_int_equal(world->before.reasons.count, 0);
}

static void
an_invalid_request_can_end(void **state)
{
	struct world *world = *state;
	struct request_record open = world->before;

	world_rules(world)->subject[SUBJECT_COMMON_NAME] = (struct attribute_rule){ 0 };
	world_evaluate(world);
	assert_state(world, STATE_INVALID);
	world_decide(world, "alice", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_CANCELLED);
	world->before = open;
	world->facts.count = 0;
	world_wait(world, 7 * DAY + 1);
	world_evaluate(world);
	assert_state(world, STATE_EXPIRED);
}

static void
a_request_that_never_was_valid_claims_nothing(void **state)
{
	struct world *world = world_new();
	struct request_record first;

	(void)state;
	world->request.profile = TEXT("nonsense");
	world->request.subject.values[SUBJECT_COMMON_NAME] = world_list(world, "api.example.com", NULL);
	world_offer(world);
	first = world->before;
	assert_state(world, STATE_INVALID);
	assert_false(world->before.claimed);
	assert_int_equal(world->before.generation, 0);
	assert_int_equal(world->before.opened_at, 0);
	assert_false(text_present(world->before.digest));
	assert_true(text_is(world->before.summary, "api.example.com and 1 more"));
	assert_int_equal(request_next_due(&world->before), 0);
	/* decisions on it are kept, and mean nothing yet */
	world_decide(world, "dave", DECISION_REJECT, TEXT(""));
	world_decide(world, "dave", DECISION_APPROVE, TEXT("sha256:00"));
	world_evaluate(world);
	assert_state(world, STATE_INVALID);
	assert_ignored(world, "dave", "the current one is none");
	world->facts.count = 0;
	world->before = first;
	world_wait(world, DAY);
	world_evaluate(world);
	assert_true(same(world, &first, &world->before));
	world->request.profile = TEXT("web");
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 1);
	assert_int_equal(world->before.opened_at, world->now);
	world_free(world);
}

/* An approval signed and seen before its request could be opened is not lost. */
static void
an_approval_may_come_before_the_request(void **state)
{
	struct world *opened = *state, *world = world_new();

	world->request.profile = TEXT("nonsense");
	world_offer(world);
	world_decide(world, "dave", DECISION_APPROVE, opened->before.digest);
	world_evaluate(world);
	world_wait(world, 1);
	world->request.profile = TEXT("web");
	world_offer(world);
	assert_int_equal(world->before.steps.at[0].approved_by.count, 1);
	assert_int_equal(world->before.ignored_count, 0);
	world_free(world);
}

static void
a_file_that_cannot_be_read_is_invalid(void **state)
{
	struct world *world = world_new();
	struct reasons reasons = { 0 };
	struct request_record after;
	struct request_record before = { .id = TEXT("web/x") };
	struct evaluation evaluation = { .configuration = &world->configuration,
		.before = &before,
		.decisions = &world->facts,
		.now = world->now,
		.expire = true };

	(void)state;
	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.state, STATE_INVALID);
	assert_true(reasons_say(&after.reasons, "FileUnreadable", "cannot be read"));
	assert_true(text_is(after.id, "web/x"));
	evaluation.file_reasons = &reasons;
	warning_add(world->arena, &reasons, (struct position){ 0 }, "Odd", "odd");
	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.reasons.count, 2);
	reason_add(world->arena, &reasons, (struct position){ 0 }, "UnknownKey", "no such key");
	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.reasons.count, 2);
	assert_true(text_contains(record_condition(world->arena, &after, "Valid"), "no such key"));
	assert_int_equal(after.conditions.count, 3);
	/* one that can be read all the same, with an error, is not valid either */
	evaluation.request = &world->request;
	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.state, STATE_INVALID);
	world_free(world);
}

/* How much is wrong is up to the requester; a record holds so much and no more. */
static void
a_record_holds_a_hundred_reasons(void **state)
{
	struct world *world = world_new();

	(void)state;
	for (int i = 0; i < 99; i++)
		texts_add(world->arena, &world->request.alt_names.values[ALT_NAME_DNS],
		    text_printf(world->arena, "h%d.example.org", i));
	set_common_name(world, "www.example.org");
	world_offer(world);
	assert_state(world, STATE_INVALID);
	assert_int_equal(world->before.reasons.count, 100);
	assert_false(reasons_say(&world->before.reasons, "MoreReasons", ""));
	world->request.ttl = 400 * DAY;
	world_evaluate(world);
	assert_int_equal(world->before.reasons.count, 101);
	assert_true(reasons_say(&world->before.reasons, "MoreReasons", "1 more"));
	assert_true(text_contains(record_condition(world->arena, &world->before, "Valid"),
	    "(and 100 more)"));
	world_free(world);
}

/* The version in force cannot be read any more: the request keeps what it has. */
static void
an_open_request_survives_an_unreadable_file(void **state)
{
	struct world *world = *state;
	struct request_record after;
	struct evaluation evaluation = { .configuration = &world->configuration,
		.before = &world->before,
		.decisions = &world->facts,
		.now = world->now,
		.expire = true };

	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.state, STATE_INVALID);
	assert_int_equal(after.generation, 1);
	assert_true(text_is(after.requester.name, "alice"));
	assert_true(after.requester.verified);
	world->before = after;
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 1);
}

static void
a_signed_request_names_the_repository(void **state)
{
	struct world *world = world_new();

	(void)state;
	world->request.repository = (struct text){ NULL, 0 };
	world_offer(world);
	assert_state(world, STATE_INVALID);
	assert_true(reasons_say(&world->before.reasons, "Required", "spec.repository"));
	world_free(world);
}

static void
a_request_expires(void **state)
{
	struct world *world = *state;

	assert_int_equal(world->before.deadline, WORLD_START + 7 * DAY);
	assert_int_equal(request_next_due(&world->before), WORLD_START + 7 * DAY + 1);
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    ", until 2026-06-04T20:26:40Z"));
	world_wait(world, 7 * DAY);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    "False: WaitingForApproval"));
	world_wait(world, 1);
	world_evaluate(world);
	assert_state(world, STATE_EXPIRED);
	assert_true(text_is(record_condition(world->arena, &world->before, "Approved"),
	    "False: Expired: not approved until 2026-06-04T20:26:40Z"));
	assert_int_equal(request_next_due(&world->before), 0);
}

static void
facts_up_to_the_deadline_count(void **state)
{
	struct world *world = *state;

	world_wait(world, 7 * DAY);
	approve_all(world);
	world_wait(world, 3600);
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
facts_after_the_deadline_do_not(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_approve(world, "frank");
	world_wait(world, 7 * DAY + 1);
	world_approve(world, "grace");
	world_decide(world, "grace", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_EXPIRED);
	assert_ignored(world, "grace", "it came after the deadline, 2026-06-04T20:26:40Z");
}

static void
a_late_rejection_keeps_a_quorum_from_being_used(void **state)
{
	struct world *world = *state;

	approve_all(world);
	world_wait(world, 7 * DAY + 1);
	world_decide(world, "erin", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	/* so it is not said to have been ignored */
	assert_int_equal(world->before.ignored_count, 0);
}

static void
a_late_withdrawal_keeps_a_quorum_from_being_used(void **state)
{
	struct world *world = *state;

	approve_all(world);
	world_wait(world, 7 * DAY + 1);
	world_decide(world, "grace", DECISION_WITHDRAW, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_EXPIRED);
}

static void
nothing_expires_while_the_clock_is_in_doubt(void **state)
{
	struct world *world = *state;
	struct request_record after;
	struct evaluation evaluation;

	world_wait(world, 8 * DAY);
	evaluation = (struct evaluation){ .configuration = &world->configuration,
		.before = &world->before,
		.request = &world->request,
		.version = world->before.version,
		.requester_verified = true,
		.decisions = &world->facts,
		.now = world->now };
	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.state, STATE_PENDING_APPROVAL);
	assert_true(
	    text_contains(record_condition(world->arena, &after, "Approved"),
	"False: ClockInDoubt"));
	/* nor does a rule that came meanwhile let it through */
	world_profile(world)->approval = PROFILE_APPROVAL_NONE;
	world->configuration.approval_policies.count = 0;
	evaluate_request(world->arena, &evaluation, &after);
	assert_int_equal(after.state, STATE_PENDING_APPROVAL);
	assert_int_equal(after.reasons.count, 0);
}

static void
a_deadline_only_becomes_shorter(void **state)
{
	struct world *world = *state;

	world_policy(world)->max_request_ttl = 30 * DAY;
	world_evaluate(world);
	assert_int_equal(world->before.deadline, WORLD_START + 7 * DAY);
	world_policy(world)->max_request_ttl = 0;
	world_evaluate(world);
	assert_int_equal(world->before.deadline, WORLD_START + 7 * DAY);
	world_policy(world)->max_request_ttl = 2 * DAY;
	world_evaluate(world);
	assert_int_equal(world->before.deadline, WORLD_START + 2 * DAY);
	world_wait(world, 2 * DAY + 1);
	world_evaluate(world);
	assert_state(world, STATE_EXPIRED);
}

static void
without_a_policy_a_request_waits(void **state)
{
	struct world *world = *state;
	size_t policies = world->configuration.approval_policies.count;

	approve_all(world);
	world->configuration.approval_policies.count = 0;
	world_decide(world, "dave", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_false(text_present(world->before.policy));
	assert_int_equal(world->before.deadline, WORLD_START + 7 * DAY);
	assert_true(reasons_say(&world->before.reasons, "NoApprovalPolicy", "\"web\""));
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    "False: NoApprovalPolicy"));
	assert_ignored(world, "dave", "no ApprovalPolicy covers CertificateProfile \"web\"");
	assert_ignored(world, "frank", "nobody can approve or reject");
	/* the facts are judged again when there is one */
	world->configuration.approval_policies.count = policies;
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
}

static void
a_policy_for_other_actions_covers_nothing(void **state)
{
	struct world *world = *state;

	world_policy(world)->actions = world_list(world, "renew", "revoke", NULL);
	approve_all(world);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.steps.count, 0);
}

static void
a_policy_without_steps_approves_nothing(void **state)
{
	struct world *world = *state;

	world_steps_clear(world);
	approve_all(world);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_true(
	    text_contains(record_condition(world->arena, &world->before, "Approved"), "False: NoSteps"));
	world_step(world, "nobody needed", 0, world_list(world, "erin", NULL));
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.steps.at[0].required, 1);
}

static void
a_change_of_policy_judges_the_facts_again(void **state)
{
	struct world *world = *state;

	approve_all(world);
	world_policy(world)->steps.at[1].required_approvals = 3;
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	world_policy(world)->steps.at[1].required_approvals = 1;
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
a_profile_may_need_no_approval(void **state)
{
	struct world *world = world_new();

	(void)state;
	world_profile(world)->approval = PROFILE_APPROVAL_NONE;
	world->configuration.approval_policies.count = 0;
	world_offer(world);
	assert_state(world, STATE_APPROVED);
	assert_true(world->before.bypassed);
	assert_true(world->before.claimed);
	assert_true(text_is(world->before.approved_because,
	    "CertificateProfile \"web\" needs no approval"));
	assert_true(text_contains(record_condition(world->arena, &world->before, "Approved"),
	    "True: ApprovalNotNeeded"));
	world_approve(world, "mallory");
	world_decide(world, "alice", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_CANCELLED);
	assert_false(world->before.bypassed);
	assert_false(text_present(world->before.approved_because));
	world_free(world);
}

static struct world *
machine_world(void)
{
	struct world *world = world_new();

	world_policy(world)->bypass_for_machine_identities = true;
	world_profile(world)->requesters = (struct principals){ .present = true,
		.people = world_list(world, "alice", NULL),
		.machines = world_list(world, "deploy-bot", NULL) };
	world->request.requester = TEXT("deploy-bot");
	return world;
}

static void
a_listed_machine_may_pass(void **state)
{
	struct world *world = machine_world();

	(void)state;
	world_offer(world);
	assert_state(world, STATE_APPROVED);
	assert_true(world->before.bypassed);
	assert_true(text_contains(world->before.approved_because, "lets machines pass"));
	world_approve(world, "dave");
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
	assert_ignored(world, "dave", "no approval is needed");
	/* an approver's rejection in the same pass goes before */
	world_decide(world, "dave", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	world_free(world);
}

static void
expect_no_bypass(struct world *world)
{
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_false(world->before.bypassed);
	assert_int_equal(world->before.steps.count, 2);
	world_free(world);
}

static void
others_do_not_pass(void **state)
{
	struct world *world = machine_world();
	struct request_record after, before = { 0 };

	(void)state;
	world->request.requester = TEXT("alice");
	expect_no_bypass(world);
	world = machine_world();
	world_policy(world)->bypass_for_machine_identities = false;
	expect_no_bypass(world);
	world = machine_world();
	world_profile(world)->requesters.present = false;
	expect_no_bypass(world);
	world = machine_world();
	world_profile(world)->requesters.people = world_list(world, "deploy-bot", NULL);
	world_profile(world)->requesters.machines.count = 0;
	expect_no_bypass(world);
	world = machine_world();
	world_identity(world, "deploy-bot")->keys.at[0].valid_before = world->now;
	expect_no_bypass(world);
	world = machine_world();
	evaluate_request(world->arena,
	    &(struct evaluation){ .configuration = &world->configuration,
		.before = &before,
		.request = &world->request,
		.version = { .key = TEXT("SHA256:deploy-bot") },
		.version_is_new = true,
		.decisions = &world->facts,
		.now = world->now },
	    &after);
	assert_int_equal(after.state, STATE_PENDING_APPROVAL);
	world_free(world);
}

static void
after_rejection_a_new_version_opens_again(void **state)
{
	struct world *world = *state;
	struct text first = world->before.digest;

	world_approve(world, "dave");
	world_decide(world, "frank", DECISION_REJECT, first)->comment = TEXT("no");
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	world_wait(world, DAY);
	world_evaluate(world);
	assert_state(world, STATE_REJECTED);
	/* in the same batch: one more rejection of the old plan */
	world_decide(world, "grace", DECISION_REJECT, first);
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
	assert_int_equal(world->before.digests.count, 1);
	assert_int_equal(world->before.opened_at, world->now);
	assert_int_equal(world->before.decided_at, world->now);
	assert_false(text_present(world->before.decided_by));
	assert_false(text_present(world->before.comment));
	assert_int_equal(world->before.version.previous.count, 1);
	/* what was decided on the old plan is over: it is not even ignored */
	assert_int_equal(world->before.decisions.count, 1);
	assert_int_equal(world->before.ignored_count, 1);
	assert_ignored(world, "grace", "this digest is not one of the request");
	/* a rejection of the old plan that comes only now ends nothing */
	world_decide(world, "frank", DECISION_REJECT, first);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_ignored(world, "frank", "this digest is not one of the request");
}

static void
after_the_end_an_invalid_version_waits(void **state)
{
	struct world *world = *state;

	world_wait(world, 8 * DAY);
	world_evaluate(world);
	assert_state(world, STATE_EXPIRED);
	world->request.profile = TEXT("nonsense");
	world_offer(world);
	assert_state(world, STATE_INVALID);
	assert_int_equal(world->before.generation, 1);
	assert_false(world->before.claimed);
	assert_int_equal(world->before.opened_at, 0);
	/* what it has to say goes on: there was no opening that is over */
	world_decide(world, "frank", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 1);
	world->facts.count = 0;
	world->request.profile = TEXT("web");
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 1);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
	assert_int_equal(world->before.deadline, world->now + 7 * DAY);
}

static void
after_issuance_only_another_plan_opens(void **state)
{
	struct world *world = *state;
	struct text described;

	issue(world);
	described = record_describe(world->arena, &world->before);
	world_profile(world)->default_ttl = 20 * DAY;
	world_evaluate(world);
	assert_true(text_equal(record_describe(world->arena, &world->before), described));
	world_profile(world)->default_ttl = 30 * DAY;
	world->request.justification = TEXT("again");
	world_offer(world);
	assert_state(world, STATE_ISSUED);
	assert_ignored(world, "alice", "nothing to issue");
	assert_true(text_is(world->before.ignored.at[0].what,
	    arena_printf(world->arena, "version sha256:%.12s…",
		world->evaluation.version.sha256.at)));
	/* offered again, from another commit, it has its answer */
	world->evaluation.version_is_new = true;
	world->evaluation.version.commit = TEXT("c0ffee");
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 1);
	/* though something newer stands before that */
	world_wait(world, 1);
	world_decide(world, "mallory", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 2);
	world->evaluation.version_is_new = true;
	world->evaluation.version.commit = TEXT("facade");
	world_evaluate(world);
	assert_int_equal(world->before.ignored_count, 2);
	world->facts.count = 0;
	world->request.ttl = 400 * DAY;
	world_offer(world);
	assert_state(world, STATE_ISSUED);
	assert_ignored(world, "alice",
	    "the new version is not valid, and what was decided stays: ttl: ");
	assert_int_equal(world->before.generation, 1);
	world->request.ttl = 10 * DAY;
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
	assert_false(world->before.intent.present);
	assert_true(world->before.certificate.present);
	assert_true(world->before.claimed);
	assert_int_equal(world->before.ignored_count, 0);
	world_decide(world, "alice", DECISION_CANCEL, world->before.digest);
	world_evaluate(world);
	assert_state(world, STATE_CANCELLED);
	assert_true(world->before.certificate.present);
	/* the certificate is the first generation's; this one has ended without */
	world_decide(world, "frank", DECISION_REJECT, world->before.digest);
	world_evaluate(world);
	assert_ignored(world, "frank", "the request has ended (Cancelled)");
	assert_false(world->before.ignored.at[0].alarm);
}

static void
every_issued_state_stays(void **state)
{
	static const enum request_state states[] = { STATE_ISSUED, STATE_RENEWING, STATE_SUPERSEDED,
		STATE_REVOKED };
	struct world *world = *state;
	struct request_record issued;

	issue(world);
	issued = world->before;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		world->before = issued;
		world->before.state = states[i];
		world_offer(world);
		assert_state(world, states[i]);
		world->before.intent.present = false;
		world_offer(world);
		assert_state(world, states[i]);
		world->before = issued;
		world->before.state = states[i];
		world->before.intent.present = false;
		world_decide(world, "alice", DECISION_CANCEL, world->before.digest);
		world_evaluate(world);
		assert_state(world, states[i]);
		assert_ignored(world, "alice", "too late");
		world->facts.count = 0;
	}
	/* and each gives way to another plan */
	world->request.ttl = 10 * DAY;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		world->before = issued;
		world->before.state = states[i];
		world_offer(world);
		assert_state(world, STATE_PENDING_APPROVAL);
		assert_int_equal(world->before.generation, 2);
	}
	world->request.ttl = 0;
	/* a record whose plan cannot be read holds nothing up */
	world->before = issued;
	world->before.plan = TEXT("");
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
}

static void
an_edit_while_issuing_is_answered(void **state)
{
	struct world *world = *state;

	issue(world);
	world->before.state = STATE_FAILED;
	world->before.certificate.present = false;
	world->before.next_attempt = world->now + 60;
	assert_int_equal(request_next_due(&world->before), world->now + 60);
	world->request.ttl = 10 * DAY;
	world_offer(world);
	assert_state(world, STATE_FAILED);
	assert_ignored(world, "alice", "being issued from the version before");
}

/* The signer refused what was decided; whether it has entered anything is `cancellable`. */
static void
fail_to_issue(struct world *world, bool cancellable)
{
	issue(world);
	world->before.state = STATE_FAILED;
	world->before.certificate.present = false;
	world->before.cancellable = cancellable;
	world->before.attempts = 3;
	world->before.next_attempt = world->now + 60;
}

static void
a_refused_decision_is_cancelled(void **state)
{
	static const char *const cancellers[] = { "alice", "bob" };
	struct world *world = *state;
	struct request_record failed;

	fail_to_issue(world, true);
	failed = world->before;
	for (size_t i = 0; i < 2; i++) {
		world->before = failed;
		world->facts.count = 0;
		/* the deadline was for the quorum */
		world_wait(world, 8 * DAY);
		world_decide(world, cancellers[i], DECISION_CANCEL, failed.digest);
		world_decide(world, "frank", DECISION_REJECT, failed.digest);
		world_evaluate(world);
		assert_state(world, STATE_CANCELLED);
		/* by the rules that there are */
		assert_ignored(world, "frank", "it came after the deadline");
		assert_int_equal(world->before.ignored_count, 1);
		assert_true(text_is(world->before.decided_by, cancellers[i]));
		assert_false(world->before.intent.present || world->before.cancellable);
		assert_int_equal(world->before.attempts + world->before.next_attempt, 0);
		assert_int_equal(world->before.reasons.count, 0);
		assert_int_equal(world->before.decided_at, world->now);
		assert_int_equal(world->before.generation, 1);
		/* and it is asked for again with a new version, in a generation of its own */
		world->facts.count = 0;
		world_offer(world);
		assert_state(world, STATE_PENDING_APPROVAL);
		assert_int_equal(world->before.generation, 2);
	}
	/* a cancellation goes before an edit */
	world->before = failed;
	world_decide(world, "alice", DECISION_CANCEL, failed.digest);
	world->request.ttl = 10 * DAY;
	world_offer(world);
	assert_state(world, STATE_CANCELLED);
	/* which is the one in force for all that */
	assert_false(text_equal(world->before.version.sha256, failed.version.sha256));
	assert_true(texts_contain(&world->before.version.previous, failed.version.sha256));
	world->request.ttl = 0;
	/* of two the first is named, of two at one time the first by name */
	world->before = failed;
	world->facts.count = 0;
	world_decide(world, "bob", DECISION_CANCEL, failed.digest);
	world_decide(world, "alice", DECISION_CANCEL, failed.digest);
	world_evaluate(world);
	assert_true(text_is(world->before.decided_by, "alice"));
	world->before = failed;
	world->facts.count = 1;
	world_wait(world, 1);
	world_decide(world, "alice", DECISION_CANCEL, failed.digest);
	world_evaluate(world);
	assert_true(text_is(world->before.decided_by, "bob"));
}

/* Both count; whose came first is who ended it, in whatever order they are heard of. */
static void
a_refused_decision_is_cancelled_by_the_first(void **state)
{
	struct world *world = *state;
	struct request_record failed;

	fail_to_issue(world, true);
	failed = world->before;
	for (int i = 0; i < 2; i++) {
		world->before = failed;
		world->facts.count = 0;
		world_decide(world, i == 0 ? "bob" : "alice", DECISION_CANCEL, failed.digest);
		world_wait(world, 60);
		world_decide(world, i == 0 ? "alice" : "bob", DECISION_CANCEL, failed.digest);
		world_evaluate(world);
		assert_state(world, STATE_CANCELLED);
		assert_true(text_is(world->before.decided_by, i == 0 ? "bob" : "alice"));
	}
}

static void
a_refused_decision_is_not_ended_otherwise(void **state)
{
	static const struct {
		const char *who;
		enum decision_kind decision;
		const char *why;
	} others[] = {
		{ "mallory", DECISION_CANCEL, "only the requester" },
		{ "dave", DECISION_CANCEL, "only the requester" },
		{ "dave", DECISION_REJECT, "the requester or an administrator can cancel" },
		{ "frank", DECISION_WITHDRAW, "the requester or an administrator can cancel" },
	};
	struct world *world = *state;
	struct request_record failed;

	fail_to_issue(world, true);
	failed = world->before;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		world->before = failed;
		world->facts.count = 0;
		world_decide(world, others[i].who, others[i].decision, failed.digest);
		world_evaluate(world);
		assert_state(world, STATE_FAILED);
		assert_true(world->before.intent.present && world->before.cancellable);
		assert_ignored(world, others[i].who, others[i].why);
	}
	/* of another plan */
	world->before = failed;
	world->facts.count = 0;
	world_decide(world, "alice", DECISION_CANCEL, TEXT("sha256:00"));
	world_evaluate(world);
	assert_state(world, STATE_FAILED);
	assert_ignored(world, "alice", "not one of the request");
	/* nor by the rules changing, or time passing */
	world->before = failed;
	world->facts.count = 0;
	world_profile(world)->default_ttl = 5 * DAY;
	world_wait(world, 30 * DAY);
	world_evaluate(world);
	assert_state(world, STATE_FAILED);
	assert_true(text_equal(world->before.digest, failed.digest));
}

/* What may have been signed is tried again for ever, and only that. */
static void
a_failed_decision_that_was_entered_stays(void **state)
{
	struct world *world = *state;
	struct request_record failed;

	fail_to_issue(world, false);
	failed = world->before;
	world_decide(world, "alice", DECISION_CANCEL, failed.digest);
	world_evaluate(world);
	assert_state(world, STATE_FAILED);
	assert_ignored(world, "alice", "too late");
	world->before = failed;
	world->facts.count = 0;
	world->request.ttl = 10 * DAY;
	world_offer(world);
	assert_state(world, STATE_FAILED);
	assert_int_equal(world->before.generation, 1);
	/* the mark alone means nothing: the decision is under way */
	world->before = failed;
	world->before.state = STATE_APPROVED;
	world->before.cancellable = true;
	world_decide(world, "alice", DECISION_CANCEL, failed.digest);
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
a_refused_decision_gives_way_to_another_plan(void **state)
{
	struct world *world = *state;
	struct text digest;

	fail_to_issue(world, true);
	digest = world->before.digest;
	world_offer(world);
	assert_state(world, STATE_FAILED);
	assert_ignored(world, "alice", "the same certificate, which the signer refuses");
	world->request.ttl = 10 * DAY;
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
	assert_false(text_equal(world->before.digest, digest));
	assert_false(world->before.intent.present || world->before.cancellable);
	assert_int_equal(world->before.attempts + world->before.next_attempt, 0);
	/* approvals of the old one are over */
	world_decide(world, "dave", DECISION_APPROVE, digest);
	world_evaluate(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.steps.at[0].approved_by.count, 0);
}

/* A failure before any intent is judged like any open request. */
static void
a_failure_without_intent_is_judged_again(void **state)
{
	struct world *world = *state;

	approve_all(world);
	world_evaluate(world);
	world->before.state = STATE_FAILED;
	world_evaluate(world);
	assert_state(world, STATE_APPROVED);
}

static void
another_requester_starts_afresh(void **state)
{
	struct world *world = *state;

	world_approve(world, "dave");
	world_evaluate(world);
	world_wait(world, 60);
	world->request.requester = TEXT("bob");
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(world->before.generation, 2);
	assert_int_equal(world->before.digests.count, 1);
	assert_int_equal(world->before.decisions.count, 0);
	assert_int_equal(world->before.decided_at, world->now);
}

static void
a_start_in_the_plan_is_due(void **state)
{
	struct world *world = world_new();

	(void)state;
	world->request.not_before = world->now + DAY;
	world_offer(world);
	assert_state(world, STATE_PENDING_APPROVAL);
	assert_int_equal(request_next_due(&world->before), world->now + DAY + 1);
	world_policy(world)->max_request_ttl = 3600;
	world_evaluate(world);
	assert_int_equal(request_next_due(&world->before), world->now + 3601);
	world_policy(world)->max_request_ttl = 0;
	world_free(world);
	world = world_new();
	world_policy(world)->max_request_ttl = 2 * DAY;
	world->request.not_before = world->now + DAY;
	world_offer(world);
	assert_int_equal(request_next_due(&world->before), world->now + DAY + 1);
	world_wait(world, DAY + 1);
	world_evaluate(world);
	assert_state(world, STATE_INVALID);
	assert_true(reasons_say(&world->before.reasons, "NotBeforePast", "is past"));
	assert_int_equal(request_next_due(&world->before), WORLD_START + 2 * DAY + 1);
	world_free(world);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_world, close_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_new_changes_nothing),
		TEST(the_plan_is_that_of_plan_make),
		TEST(an_edit_of_the_plan_makes_a_generation),
		TEST(going_back_is_another_generation),
		TEST(an_edit_beside_the_plan_keeps_approvals),
		TEST(a_version_seen_twice_is_remembered_once),
		TEST(a_damaged_plan_makes_a_generation),
		cmocka_unit_test(a_requester_must_be_known),
		TEST(a_change_of_rules_makes_a_generation),
		TEST(an_invalid_request_is_judged_again),
		TEST(an_invalid_request_can_end),
		cmocka_unit_test(a_request_that_never_was_valid_claims_nothing),
		TEST(an_approval_may_come_before_the_request),
		cmocka_unit_test(a_file_that_cannot_be_read_is_invalid),
		cmocka_unit_test(a_record_holds_a_hundred_reasons),
		TEST(an_open_request_survives_an_unreadable_file),
		cmocka_unit_test(a_signed_request_names_the_repository),
		TEST(a_request_expires),
		TEST(facts_up_to_the_deadline_count),
		TEST(facts_after_the_deadline_do_not),
		TEST(a_late_rejection_keeps_a_quorum_from_being_used),
		TEST(a_late_withdrawal_keeps_a_quorum_from_being_used),
		TEST(nothing_expires_while_the_clock_is_in_doubt),
		TEST(a_deadline_only_becomes_shorter),
		TEST(without_a_policy_a_request_waits),
		TEST(a_policy_for_other_actions_covers_nothing),
		TEST(a_policy_without_steps_approves_nothing),
		TEST(a_change_of_policy_judges_the_facts_again),
		cmocka_unit_test(a_profile_may_need_no_approval),
		cmocka_unit_test(a_listed_machine_may_pass),
		cmocka_unit_test(others_do_not_pass),
		TEST(after_rejection_a_new_version_opens_again),
		TEST(after_the_end_an_invalid_version_waits),
		TEST(after_issuance_only_another_plan_opens),
		TEST(every_issued_state_stays),
		TEST(a_refused_decision_is_cancelled),
		TEST(a_refused_decision_is_cancelled_by_the_first),
		TEST(a_refused_decision_is_not_ended_otherwise),
		TEST(a_failed_decision_that_was_entered_stays),
		TEST(a_refused_decision_gives_way_to_another_plan),
		TEST(an_edit_while_issuing_is_answered),
		TEST(a_failure_without_intent_is_judged_again),
		TEST(another_requester_starts_afresh),
		cmocka_unit_test(a_start_in_the_plan_is_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
