#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "issue/keeper_channel.h"
#include "issue/keeper_service.h"
#include "lib/ca_fixture.h"

/* A keeper in a process of its own, and this end of the stream to it. */
struct service_test {
	struct ca_fixture ca;
	struct csr_facts csr;
	pid_t child;
	int end;
};

static int
set_up(void **state)
{
	static struct service_test test;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ca_fixture_open(&test.ca, "ECDSA-P256");
	test.csr = ca_fixture_csr(&test.ca, "ECDSA-P256");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return -1;
	test.child = fork();
	if (test.child == 0) {
		close(ends[0]);
		_exit(channel_prepare(ends[1]) && keeper_serve(test.ca.keeper, ends[1]) ? 0 : 1);
	}
	close(ends[1]);
	test.end = ends[0];
	*state = &test;
	return test.child > 0 ? 0 : -1;
}

static int
tear_down(void **state)
{
	struct service_test *test = *state;

	if (test->end >= 0)
		close(test->end);
	if (test->child > 0)
		(void)waitpid(test->child, NULL, 0);
	ca_fixture_close(&test->ca);
	return 0;
}

/* Waits for the keeper's end, which must be by itself: 0 a clean one, 1 after what is no message. */
static void
ended_with(struct service_test *test, int expected)
{
	int status;

	assert_int_equal(waitpid(test->child, &status, 0), test->child);
	test->child = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static enum channel_result
hear(struct service_test *test, enum keeper_message *type, struct text *body)
{
	const struct channel_patience patience = { 20, 20 };

	return channel_hear(test->end, &patience, test->ca.arena, type, body);
}

/* The keeper refuses, in words. */
static void
refused(struct service_test *test, const char *words)
{
	enum keeper_message type;
	struct text body, why;

	assert_int_equal(hear(test, &type, &body), CHANNEL_OPEN);
	assert_int_equal(type, KEEPER_REFUSED);
	assert_true(keeper_text_read(body, KEEPER_WHY_BYTES, &why));
	if (memmem(why.at, why.length, words, strlen(words)) == NULL)
		fail_msg("%s: %.*s", words, TEXT_ARGUMENTS(why));
}

static void
ready(struct service_test *test)
{
	enum keeper_message type;
	struct text body, why;
	unsigned number;

	assert_true(channel_prepare(test->end));
	assert_int_equal(hear(test, &type, &body), CHANNEL_OPEN);
	assert_int_equal(type, KEEPER_READY);
	assert_true(keeper_verdict_read(test->ca.arena, body, 2, &number, &why));
	assert_int_equal(number, 1);
}

static struct signing_order
order_number(struct service_test *test, int number)
{
	struct plan plan = ca_fixture_plan(&test->ca, &test->csr);

	plan.request = text_printf(test->ca.arena, "web/%d", number);
	return ca_fixture_order(&test->ca, &plan, &test->csr);
}

static void
what_is_asked_is_answered(void **state)
{
	enum { MANY = 150 };
	struct service_test *test = *state;
	struct arena *arena = test->ca.arena;
	struct signing_orders orders = { 0 };
	struct signing_outcome outcomes[MANY];
	struct signed_certificate again;
	struct ledger_positions asked = { 0 };
	struct ledger_view view;
	struct signing_order other;
	struct signer *signer;
	struct text why;

	assert_true(signer_open(test->end, arena, &signer, &why));
	test->end = -1;
	for (int i = 0; i < MANY; i++)
		*ARRAY_ADD(arena, &orders) = order_number(test, i);
	orders.at[70].plan = TEXT("no plan");
	orders.at[71].public_key = (struct text){ arena_allocate(arena, 20000), 20000 };
	orders.at[72].intent.present = false;
	orders.at[100].chain = test->ca.root;
	signer_issue_all(arena, signer, &orders, outcomes);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(outcomes[i].result, i >= 70 && i <= 72 ? SIGNING_REFUSED
								     : SIGNING_DONE);
	assert_true(text_ends_with(outcomes[100].certificate.pem, test->ca.root.at));
	assert_true(text_ends_with(outcomes[99].certificate.pem, test->ca.certificate.at));
	assert_int_equal(signer_issue(arena, signer, &orders.at[5], &again, &why), SIGNING_DONE);
	assert_true(text_equal(again.pem, outcomes[5].certificate.pem));
	*ARRAY_ADD(arena, &asked) = (struct ledger_position){ again.ledger_number,
		again.ledger_hash };
	assert_true(signer_ledger_view(arena, signer, &asked, &view, &why));
	assert_true(view.has[0]);
	assert_int_equal(view.newest.number, 2 * (MANY - 3));
	other = order_number(test, MANY);
	assert_int_equal(signer_release(arena, signer, orders.at[5].plan, &why), RELEASE_REFUSED);
	assert_int_equal(signer_release(arena, signer, other.plan, &why), RELEASE_DONE);
	assert_int_equal(signer_issue(arena, signer, &other, &again, &why), SIGNING_REFUSED);
	assert_false(signer_lost(signer));
	signer_close(signer);
	ended_with(test, 0);
}

/* A loss with more plans than go into one message is one loss. */
static void
a_long_loss(void **state)
{
	struct service_test *test = *state;
	struct arena *arena = test->ca.arena;
	struct ledger_position lost = { 7, TEXT("0000000000000000000000000000000000000000000000000000"
						 "000000000007") };
	struct ledger_positions asked = { 0 };
	struct texts plans = { 0 };
	struct ledger_view view;
	struct signer *signer;
	struct text why;

	assert_true(signer_open(test->end, arena, &signer, &why));
	test->end = -1;
	for (int i = 0; i < KEEPER_POSITIONS_MOST + 5; i++)
		texts_add(arena, &plans, text_printf(arena, "sha256:%064x", i));
	if (!signer_accept_loss(arena, signer, &lost, &plans, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	*ARRAY_ADD(arena, &asked) = lost;
	assert_true(signer_ledger_view(arena, signer, &asked, &view, &why));
	assert_true(view.has[0]);
	assert_int_equal(view.newest.number, KEEPER_POSITIONS_MOST + 6);
	signer_close(signer);
	ended_with(test, 0);
}

static void
what_is_no_question_is_refused_and_the_next_is_answered(void **state)
{
	static const enum keeper_message none[] = { KEEPER_READY, KEEPER_OUTCOMES, KEEPER_RELEASED,
		KEEPER_VIEWED, KEEPER_LOST, KEEPER_REFUSED, CHECKER_SHOW, CHECKER_SHOWN, CHECKER_WANT,
		CHECKER_OBJECTS, CHECKER_LARGE, CHECKER_PIECE };
	static const enum keeper_message asked[] = { KEEPER_ORDERS, KEEPER_RELEASE, KEEPER_VIEW,
		KEEPER_LOSS };
	struct service_test *test = *state;
	struct ledger_positions positions = { 0 };
	enum keeper_message type;
	struct text body;

	ready(test);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(channel_say(test->end, none[i], TEXT("x"), 5), CHANNEL_OPEN);
		refused(test, "nothing that is asked here");
	}
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		assert_int_equal(channel_say(test->end, asked[i], TEXT("\xff\xff\xff\xff"), 5),
		    CHANNEL_OPEN);
		refused(test, "in it");
		assert_int_equal(channel_say(test->end, asked[i], TEXT(""), 5), CHANNEL_OPEN);
		refused(test, "in it");
	}
	assert_int_equal(channel_say(test->end, KEEPER_VIEW,
	    keeper_positions_write(test->ca.arena, &positions), 5), CHANNEL_OPEN);
	assert_int_equal(hear(test, &type, &body), CHANNEL_OPEN);
	assert_int_equal(type, KEEPER_VIEWED);
	close(test->end);
	test->end = -1;
	ended_with(test, 0);
}

static void
after_bytes_that_are_no_message_nothing_is_heard(void **state)
{
	struct service_test *test = *state;
	enum keeper_message type;
	struct text body;

	ready(test);
	assert_int_equal(write(test->end, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	refused(test, "no message of version 1");
	assert_int_not_equal(hear(test, &type, &body), CHANNEL_OPEN);
	ended_with(test, 1);
}

static void
a_body_that_is_announced_too_long_is_not_waited_for(void **state)
{
	static const char header[] = "CSK1\0\0\0\2\x7f\xff\xff\xff";
	struct service_test *test = *state;

	ready(test);
	assert_int_equal(write(test->end, header, 12), 12);
	refused(test, "no message of version 1");
	ended_with(test, 1);
}

static void
half_a_message_is_none(void **state)
{
	static const char header[] = "CSK1\0\0\0\2\0\0\1\0half";
	struct service_test *test = *state;

	ready(test);
	assert_int_equal(write(test->end, header, 16), 16);
	assert_int_equal(shutdown(test->end, SHUT_WR), 0);
	refused(test, "no message of version 1");
	ended_with(test, 1);
}

/* The other way round: a keeper that says what is no answer, or nothing, is one no more. */
static void
a_keeper_that_goes_is_lost(void **state)
{
	static const struct {
		enum keeper_message type;
		struct text body;
	} answers[] = {
		{ KEEPER_VIEWED, { "", 0 } },
		{ KEEPER_OUTCOMES, { "\0\0\0\1\0\0\0\7", 8 } },
		{ KEEPER_REFUSED, { "\0\0\0\4no", 6 } },
		{ KEEPER_READY, { NULL, 0 } },
	};
	struct service_test *test = *state;
	struct arena *arena = test->ca.arena;
	struct signing_order order = order_number(test, 1);
	struct signed_certificate certificate;
	struct signer *signer;
	struct text why;
	int ends[2];

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		assert_int_equal(channel_say(ends[1], KEEPER_READY,
		    keeper_verdict_write(arena, 1, TEXT("")), 5), CHANNEL_OPEN);
		assert_true(signer_open(ends[0], arena, &signer, &why));
		assert_false(signer_lost(signer));
		if (answers[i].body.at != NULL)
			assert_int_equal(channel_say(ends[1], answers[i].type, answers[i].body, 5),
			    CHANNEL_OPEN);
		else
			close(ends[1]);
		assert_int_equal(signer_issue(arena, signer, &order, &certificate, &why),
		    SIGNING_FAILED);
		assert_true(text_present(why));
		assert_true(signer_lost(signer));
		assert_int_equal(signer_release(arena, signer, order.plan, &why), RELEASE_FAILED);
		signer_close(signer);
		if (answers[i].body.at != NULL)
			close(ends[1]);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	keeper_say_failed(ends[1], TEXT("the key file is not there"));
	assert_false(signer_open(ends[0], arena, &signer, &why));
	assert_true(text_is(why, "the key file is not there"));
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_asked_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_long_loss, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    what_is_no_question_is_refused_and_the_next_is_answered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(after_bytes_that_are_no_message_nothing_is_heard,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_body_that_is_announced_too_long_is_not_waited_for,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(half_a_message_is_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_keeper_that_goes_is_lost, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
