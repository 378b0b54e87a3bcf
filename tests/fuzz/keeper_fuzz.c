/*
 * What a taken-over reconciler can say to checker and keeper: any bytes. They are taken
 * as a header, and as the body of every kind of message. What is taken for one
 * must be exactly the bytes that are written for it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "issue/keeper_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
same(struct text written, struct text body)
{
	if (!text_equal(written, body))
		abort();
}

static void
take_header(struct text bytes)
{
	unsigned char header[KEEPER_HEADER_BYTES], again[KEEPER_HEADER_BYTES];
	enum keeper_message type;
	size_t length;

	if (bytes.length < sizeof(header))
		return;
	memcpy(header, bytes.at, sizeof(header));
	if (!keeper_header_read(header, &type, &length))
		return;
	if (length > KEEPER_BODY_MOST_BYTES || type >= KEEPER_MESSAGES)
		abort();
	keeper_header_write(type, length, again);
	if (memcmp(header, again, sizeof(header)) != 0)
		abort();
}

static void
take_questions(struct arena *arena, struct text body)
{
	struct signing_orders orders = { 0 };
	struct ledger_positions positions = { 0 };
	struct keeper_loss loss;
	struct text text, why = { NULL, 0 };

	if (keeper_orders_read(arena, body, &orders, &why)) {
		if (keeper_orders_fit(orders.at, orders.count) != orders.count)
			abort();
		same(keeper_orders_write(arena, orders.at, orders.count), body);
	} else if (!text_present(why)) {
		abort();
	}
	if (keeper_positions_read(arena, body, &positions))
		same(keeper_positions_write(arena, &positions), body);
	if (keeper_loss_read(arena, body, &loss))
		same(keeper_loss_write(arena, &loss), body);
	if (keeper_text_read(body, KEEPER_WHY_BYTES, &text))
		same(keeper_text_write(arena, text), body);
}

static void
take_answers(struct arena *arena, struct text body)
{
	struct signing_outcome outcomes[KEEPER_ORDERS_MOST];
	struct keeper_view view;
	struct text why;
	unsigned number;

	for (size_t count = 1; count <= 3; count++)
		if (keeper_outcomes_read(body, outcomes, count))
			same(keeper_outcomes_write(arena, outcomes, count), body);
	if (keeper_verdict_read(arena, body, 3, &number, &why))
		same(keeper_verdict_write(arena, number, why), body);
	if (keeper_view_read(arena, body, &view))
		same(keeper_view_write(arena, &view), body);
}

/* What checker and reconciler say to each other: ids shown and wanted, what came of it, evidence, and pieces of it. */
static void
take_evidence(struct arena *arena, struct text body)
{
	struct evidence_objects objects;
	const char *type;
	struct text text, remark;
	unsigned result;
	uint64_t length;

	if (keeper_text_read(body, CHECKER_ID_BYTES, &text)) {
		if (text.length > CHECKER_ID_BYTES)
			abort();
		same(keeper_text_write(arena, text), body);
	}
	if (keeper_text_read(body, KEEPER_BODY_MOST_BYTES, &text))
		same(keeper_text_write(arena, text), body);
	if (keeper_verdict_read(arena, body, SHOW_FOLLOWED + 1, &result, &remark)) {
		if (result > SHOW_FOLLOWED)
			abort();
		same(keeper_verdict_write(arena, result, remark), body);
	}

	if (keeper_objects_read(arena, body, &objects)) {
		if (objects.count > CHECKER_OBJECTS_MOST)
			abort();
		same(keeper_objects_write(arena, &objects), body);
	}
	if (keeper_show_read(arena, body, &text, &objects))
		same(keeper_show_write(arena, text, &objects), body);
	if (keeper_large_read(body, &type, &length))
		same(keeper_large_write(arena, type, length), body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text bytes = { arena_copy(arena, data, size), size };

	take_header(bytes);
	take_questions(arena, bytes);
	take_answers(arena, bytes);
	take_evidence(arena, bytes);
	arena_free(arena);
	return 0;
}
