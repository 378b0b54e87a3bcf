#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "issue/keeper_message.h"
#include "model/plan_text.h"

static int
set_up(void **state)
{
	*state = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static struct text
of_bytes(struct arena *arena, size_t count)
{
	return (struct text){ memset(arena_allocate(arena, count + 1), 'x', count), count };
}

static struct signing_order
some_order(void)
{
	return (struct signing_order){
		.plan = TEXT("plan"),
		.intent = { .present = true, .digest = TEXT("sha256:1"), .serial_number = TEXT("12"),
		    .not_before = 5, .not_after = 7, .decided_at = 3 },
		.public_key = TEXT("key"),
		.authority_certificate = TEXT("certificate"),
		.chain = TEXT("never said"),
	};
}

/* Every prefix of a good body, and every body with one byte more, is none. */
static void
only_whole_bodies_are_read(void **state)
{
	struct arena *arena = *state;
	struct signing_order orders[2] = { some_order(), some_order() };
	struct text body = keeper_orders_write(arena, orders, 2), why, longer;
	struct signing_orders read = { 0 };

	assert_null(memmem(body.at, body.length, "never said", 10));
	assert_true(keeper_orders_read(arena, body, &read, &why));
	assert_int_equal(read.count, 2);
	assert_true(text_is(read.at[1].plan, "plan"));
	assert_true(text_is(read.at[1].intent.serial_number, "12"));
	assert_int_equal(read.at[1].intent.not_before, 5);
	assert_int_equal(read.at[1].intent.not_after, 7);
	assert_int_equal(read.at[1].intent.decided_at, 3);
	assert_true(text_is(read.at[1].public_key, "key"));
	assert_true(text_is(read.at[1].authority_certificate, "certificate"));
	for (size_t length = 0; length < body.length; length++) {
		read.count = 0;
		assert_false(keeper_orders_read(arena, text_first(body, length), &read, &why));
		assert_true(text_present(why));
	}
	longer = (struct text){ arena_copy(arena, body.at, body.length), body.length + 1 };
	read.count = 0;
	assert_false(keeper_orders_read(arena, longer, &read, &why));
}

/* A count that is not borne out, and lengths that reach beyond the body or their limits. */
static void
lengths_are_believed_within_limits_only(void **state)
{
	struct arena *arena = *state;
	struct signing_order order = some_order();
	struct signing_orders read = { 0 };
	struct text body = keeper_orders_write(arena, &order, 1), why;
	char *bytes = arena_copy(arena, body.at, body.length);

	body.at = bytes;
	for (int count = 0; count < 256; count++) {
		bytes[3] = (char)count;
		read = (struct signing_orders){ 0 };
		assert_int_equal(keeper_orders_read(arena, body, &read, &why), count == 1);
	}
	bytes[3] = 1;
	for (size_t at = 4; at < 8; at++) {
		char before = bytes[at];

		bytes[at] = (char)0xff;
		read = (struct signing_orders){ 0 };
		assert_false(keeper_orders_read(arena, body, &read, &why));
		bytes[at] = before;
	}
	order.plan = of_bytes(arena, PLAN_TEXT_MOST_BYTES + 1);
	read = (struct signing_orders){ 0 };
	assert_false(keeper_orders_read(arena, keeper_orders_write(arena, &order, 1), &read, &why));
	order = some_order();
	order.intent.not_before = -1;
	read = (struct signing_orders){ 0 };
	assert_false(keeper_orders_read(arena, keeper_orders_write(arena, &order, 1), &read, &why));
}

static void
what_is_too_long_is_not_said(void **state)
{
	struct arena *arena = *state;
	struct signing_order orders[KEEPER_ORDERS_MOST + 1];

	for (size_t i = 0; i <= KEEPER_ORDERS_MOST; i++)
		orders[i] = some_order();
	assert_int_equal(keeper_orders_fit(orders, KEEPER_ORDERS_MOST + 1), KEEPER_ORDERS_MOST);
	orders[3].public_key = of_bytes(arena, 16 * 1024 + 1);
	assert_int_equal(keeper_orders_fit(orders, 10), 3);
	assert_int_equal(keeper_orders_fit(&orders[3], 10), 0);
	for (size_t i = 0; i < KEEPER_ORDERS_MOST; i++) {
		orders[i] = some_order();
		orders[i].plan = of_bytes(arena, PLAN_TEXT_MOST_BYTES);
	}
	assert_int_equal(keeper_orders_fit(orders, KEEPER_ORDERS_MOST), 5);
	assert_true(keeper_orders_write(arena, orders, 5).length <= KEEPER_BODY_MOST_BYTES);
}

/* Whatever was signed can be said: else it would be signed, and asked for again, for ever. */
static void
what_comes_of_orders_goes_into_one_body(void **state)
{
	struct arena *arena = *state;
	struct signing_order orders[KEEPER_ORDERS_MOST];
	struct signing_outcome outcomes[KEEPER_ORDERS_MOST];

	for (size_t plan = 100; plan <= 64 * 1024; plan *= 2) {
		struct signing_order order = some_order();
		struct signing_outcome outcome = { .result = SIGNING_DONE, .certificate = {
			.pem = of_bytes(arena, (plan + 1000) * 4 / 3 + 2000), .sha256 = of_bytes(arena, 64),
			.issuer = of_bytes(arena, 100), .ledger_hash = of_bytes(arena, 64) } };
		size_t fitting;

		order.plan = of_bytes(arena, plan);
		order.authority_certificate = of_bytes(arena, 2000);
		for (size_t i = 0; i < KEEPER_ORDERS_MOST; i++) {
			orders[i] = order;
			outcomes[i] = outcome;
		}
		fitting = keeper_orders_fit(orders, KEEPER_ORDERS_MOST);
		assert_int_equal(fitting == KEEPER_ORDERS_MOST, plan < 2000);
		assert_true(keeper_outcomes_write(arena, outcomes, fitting).length <= KEEPER_BODY_MOST_BYTES);
	}
}

static void
outcomes_come_back_as_they_were(void **state)
{
	struct arena *arena = *state;
	struct signing_outcome outcomes[3] = {
		{ .result = SIGNING_DONE, .certificate = { .pem = TEXT("pem"), .below_chain = true,
			.sha256 = TEXT("ab"), .issuer = TEXT("CN=x"), .ledger_number = 9,
			.ledger_hash = TEXT("cd") } },
		{ .result = SIGNING_REFUSED, .releasable = true, .why = TEXT("no"),
		    .signed_by = some_order().intent },
		{ .result = SIGNING_FAILED, .why = of_bytes(arena, 10000) },
	}, read[3];
	struct text body = keeper_outcomes_write(arena, outcomes, 3);

	assert_true(keeper_outcomes_read(body, read, 3));
	assert_int_equal(read[0].result, SIGNING_DONE);
	assert_true(text_is(read[0].certificate.pem, "pem"));
	assert_true(read[0].certificate.below_chain);
	assert_int_equal(read[0].certificate.ledger_number, 9);
	assert_int_equal(read[1].result, SIGNING_REFUSED);
	assert_true(read[1].releasable);
	assert_true(read[1].signed_by.present);
	assert_true(text_is(read[1].signed_by.serial_number, "12"));
	assert_int_equal(read[1].signed_by.not_after, 7);
	assert_false(read[2].signed_by.present);
	assert_int_equal(read[2].result, SIGNING_FAILED);
	assert_int_equal(read[2].why.length, KEEPER_WHY_BYTES);
	assert_false(keeper_outcomes_read(body, read, 2));
	assert_false(keeper_outcomes_read(text_first(body, body.length - 1), read, 3));
}

static void
headers_of_another_version_are_none(void **state)
{
	unsigned char header[KEEPER_HEADER_BYTES];
	enum keeper_message type;
	size_t length;

	(void)state;
	for (int i = KEEPER_READY; i < KEEPER_MESSAGES; i++) {
		keeper_header_write((enum keeper_message)i, 77, header);
		assert_true(keeper_header_read(header, &type, &length));
		assert_int_equal(type, i);
		assert_int_equal(length, 77);
	}
	keeper_header_write(KEEPER_ORDERS, KEEPER_BODY_MOST_BYTES, header);
	assert_true(keeper_header_read(header, &type, &length));
	keeper_header_write(KEEPER_ORDERS, KEEPER_BODY_MOST_BYTES + 1, header);
	assert_false(keeper_header_read(header, &type, &length));
	keeper_header_write((enum keeper_message)0, 1, header);
	assert_false(keeper_header_read(header, &type, &length));
	keeper_header_write(KEEPER_MESSAGES, 1, header);
	assert_false(keeper_header_read(header, &type, &length));
	keeper_header_write(KEEPER_ORDERS, 1, header);
	header[3] = '2';
	assert_false(keeper_header_read(header, &type, &length));
}

static void
other_bodies(void **state)
{
	struct arena *arena = *state;
	struct ledger_positions positions = { 0 }, read = { 0 };
	struct keeper_view view = { .count = 2 }, viewed;
	struct keeper_loss loss = { .lost = { 4, TEXT("hash") } }, lost;
	struct text body, why;
	unsigned number;

	*ARRAY_ADD(arena, &positions) = (struct ledger_position){ 4, TEXT("hash") };
	body = keeper_positions_write(arena, &positions);
	assert_true(keeper_positions_read(arena, body, &read));
	assert_int_equal(read.at[0].number, 4);
	assert_true(text_is(read.at[0].hash, "hash"));
	view.view.newest = positions.at[0];
	view.view.has = (bool[]){ true, false };
	body = keeper_view_write(arena, &view);
	assert_true(keeper_view_read(arena, body, &viewed));
	assert_true(viewed.view.has[0] && !viewed.view.has[1] && !text_present(viewed.why));
	view = (struct keeper_view){ .why = TEXT("no disk") };
	assert_true(keeper_view_read(arena, keeper_view_write(arena, &view), &viewed));
	assert_true(text_is(viewed.why, "no disk"));
	texts_add(arena, &loss.plans, TEXT("sha256:1"));
	body = keeper_loss_write(arena, &loss);
	assert_true(keeper_loss_read(arena, body, &lost));
	assert_true(text_is(lost.plans.at[0], "sha256:1"));
	assert_false(keeper_loss_read(arena, text_first(body, body.length - 1), &lost));
	body = keeper_verdict_write(arena, 2, TEXT("why"));
	assert_true(keeper_verdict_read(arena, body, 3, &number, &why));
	assert_int_equal(number, 2);
	assert_true(text_is(why, "why"));
	assert_false(keeper_verdict_read(arena, body, 2, &number, &why));
	assert_int_equal(number, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_whole_bodies_are_read),
		cmocka_unit_test(lengths_are_believed_within_limits_only),
		cmocka_unit_test(what_is_too_long_is_not_said),
		cmocka_unit_test_setup_teardown(what_comes_of_orders_goes_into_one_body, set_up, tear_down),
		cmocka_unit_test(outcomes_come_back_as_they_were),
		cmocka_unit_test(headers_of_another_version_are_none),
		cmocka_unit_test(other_bodies),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
