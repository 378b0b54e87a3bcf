#include "issue/keeper_message.h"

#include <string.h>

#include "model/plan_text.h"

enum {
	DIGEST_BYTES = 128,
	SERIAL_BYTES = 128,
	KEY_BYTES = 16 * 1024,
	CERTIFICATE_BYTES = 32 * 1024,
	PEM_BYTES = 1024 * 1024,
	ISSUER_BYTES = 64 * 1024,
	/* A body of one order must fit whatever the lengths of its texts are. */
	ORDER_NUMBERS_BYTES = 5 * 4 + 3 * 8,
	/*
	 * A short name takes four times its bytes in a certificate, which is a third longer in PEM; the
	 * authority's name and certificate come back, too. Besides: why not, or signature and extensions.
	 */
	OUTCOME_TIMES_MOST = 6,
	OUTCOME_BESIDES_BYTES = KEEPER_WHY_BYTES + 1024
};

static const char magic[4] = { 'C', 'S', 'K', '1' };

/* A body that is read from its front; `good` stays false after the first field that is none. */
struct reading {
	struct text rest;
	bool good;
};

static uint64_t
take_number(struct reading *reading, size_t octets)
{
	uint64_t number = 0;

	reading->good = reading->good && reading->rest.length >= octets;
	if (!reading->good)
		return 0;
	for (size_t i = 0; i < octets; i++)
		number = number << 8 | (unsigned char)reading->rest.at[i];
	reading->rest = text_skip(reading->rest, octets);
	return number;
}

static moment
take_moment(struct reading *reading)
{
	uint64_t number = take_number(reading, 8);

	reading->good = reading->good && number <= INT64_MAX;
	return reading->good ? (moment)number : 0;
}

static bool
take_boolean(struct reading *reading)
{
	uint64_t number = take_number(reading, 4);

	reading->good = reading->good && number <= 1;
	return number == 1;
}

static struct text
take_text(struct reading *reading, size_t most_bytes)
{
	uint64_t length = take_number(reading, 4);
	struct text text;

	reading->good = reading->good && length <= most_bytes && length <= reading->rest.length;
	if (!reading->good)
		return TEXT("");
	text = text_first(reading->rest, (size_t)length);
	reading->rest = text_skip(reading->rest, (size_t)length);
	return text;
}

static bool
at_end(const struct reading *reading)
{
	return reading->good && reading->rest.length == 0;
}

static void
add_number(struct buffer *buffer, uint64_t number, size_t octets)
{
	while (octets-- > 0)
		buffer_add_byte(buffer, (char)(number >> (8 * octets) & 0xff));
}

static void
add_text(struct buffer *buffer, struct text text)
{
	add_number(buffer, text.length, 4);
	buffer_add(buffer, text);
}

static void
add_intent(struct buffer *buffer, const struct intent *intent)
{
	add_text(buffer, intent->digest);
	add_text(buffer, intent->serial_number);
	add_number(buffer, (uint64_t)intent->not_before, 8);
	add_number(buffer, (uint64_t)intent->not_after, 8);
	add_number(buffer, (uint64_t)intent->decided_at, 8);
}

static void
take_intent(struct reading *reading, struct intent *intent)
{
	intent->present = true;
	intent->digest = take_text(reading, DIGEST_BYTES);
	intent->serial_number = take_text(reading, SERIAL_BYTES);
	intent->not_before = take_moment(reading);
	intent->not_after = take_moment(reading);
	intent->decided_at = take_moment(reading);
}

void
keeper_header_write(enum keeper_message type, size_t length,
    unsigned char header[KEEPER_HEADER_BYTES])
{
	memcpy(header, magic, sizeof(magic));
	for (int i = 0; i < 4; i++) {
		header[4 + i] = (unsigned char)((unsigned)type >> (24 - 8 * i));
		header[8 + i] = (unsigned char)(length >> (24 - 8 * i));
	}
}

bool
keeper_header_read(const unsigned char header[KEEPER_HEADER_BYTES], enum keeper_message *type,
    size_t *length)
{
	struct reading reading = { { (const char *)header + sizeof(magic),
				       KEEPER_HEADER_BYTES - sizeof(magic) }, true };
	uint64_t number = take_number(&reading, 4);

	*length = (size_t)take_number(&reading, 4);
	*type = (enum keeper_message)number;
	return memcmp(header, magic, sizeof(magic)) == 0 && number >= KEEPER_READY &&
	    number < KEEPER_MESSAGES && *length <= KEEPER_BODY_MOST_BYTES;
}

struct text
keeper_verdict_write(struct arena *arena, unsigned number, struct text why)
{
	struct buffer buffer = { .arena = arena };

	add_number(&buffer, number, 4);
	add_text(&buffer, text_first(why, KEEPER_WHY_BYTES));
	return buffer_text(&buffer);
}

bool
keeper_verdict_read(struct arena *arena, struct text body, unsigned numbers, unsigned *number,
    struct text *why)
{
	struct reading reading = { body, true };
	uint64_t read = take_number(&reading, 4);

	*why = text_copy(arena, take_text(&reading, KEEPER_WHY_BYTES));
	*number = read < numbers ? (unsigned)read : 0;
	return at_end(&reading) && read < numbers;
}

struct text
keeper_text_write(struct arena *arena, struct text text)
{
	struct buffer buffer = { .arena = arena };

	add_text(&buffer, text);
	return buffer_text(&buffer);
}

bool
keeper_text_read(struct text body, size_t most_bytes, struct text *text)
{
	struct reading reading = { body, true };

	*text = take_text(&reading, most_bytes);
	return at_end(&reading);
}

static void
add_position(struct buffer *buffer, const struct ledger_position *position)
{
	add_number(buffer, (uint64_t)position->number, 8);
	add_text(buffer, position->hash);
}

static struct ledger_position
take_position(struct reading *reading)
{
	struct ledger_position position = { .number = take_moment(reading) };

	position.hash = take_text(reading, DIGEST_BYTES);
	return position;
}

static uint64_t
take_count(struct reading *reading)
{
	uint64_t count = take_number(reading, 4);

	reading->good = reading->good && count <= KEEPER_POSITIONS_MOST;
	return reading->good ? count : 0;
}

struct text
keeper_positions_write(struct arena *arena, const struct ledger_positions *positions)
{
	struct buffer buffer = { .arena = arena };

	add_number(&buffer, positions->count, 4);
	for (size_t i = 0; i < positions->count; i++)
		add_position(&buffer, &positions->at[i]);
	return buffer_text(&buffer);
}

bool
keeper_positions_read(struct arena *arena, struct text body, struct ledger_positions *out)
{
	struct reading reading = { body, true };
	uint64_t count = take_count(&reading);

	for (uint64_t i = 0; i < count && reading.good; i++)
		*ARRAY_ADD(arena, out) = take_position(&reading);
	return at_end(&reading);
}

struct text
keeper_view_write(struct arena *arena, const struct keeper_view *view)
{
	struct buffer buffer = { .arena = arena };

	add_number(&buffer, !text_present(view->why), 4);
	add_text(&buffer, text_first(view->why, KEEPER_WHY_BYTES));
	add_position(&buffer, &view->view.newest);
	add_number(&buffer, view->count, 4);
	for (size_t i = 0; i < view->count; i++)
		add_number(&buffer, view->view.has[i], 4);
	return buffer_text(&buffer);
}

bool
keeper_view_read(struct arena *arena, struct text body, struct keeper_view *out)
{
	struct reading reading = { body, true };
	uint64_t done = take_number(&reading, 4);
	struct text why = take_text(&reading, KEEPER_WHY_BYTES);

	*out = (struct keeper_view){ .why = done == 1 ? (struct text){ NULL, 0 } : why };
	out->view.newest = take_position(&reading);
	out->count = (size_t)take_count(&reading);
	out->view.has = arena_allocate(arena, (out->count + 1) * sizeof(*out->view.has));
	for (size_t i = 0; i < out->count && reading.good; i++)
		out->view.has[i] = take_boolean(&reading);
	return at_end(&reading) && done <= 1 && (done == 0 || why.length == 0);
}

struct text
keeper_loss_write(struct arena *arena, const struct keeper_loss *loss)
{
	struct buffer buffer = { .arena = arena };

	add_position(&buffer, &loss->lost);
	add_number(&buffer, loss->plans.count, 4);
	for (size_t i = 0; i < loss->plans.count; i++)
		add_text(&buffer, loss->plans.at[i]);
	return buffer_text(&buffer);
}

bool
keeper_loss_read(struct arena *arena, struct text body, struct keeper_loss *out)
{
	struct reading reading = { body, true };
	uint64_t count;

	*out = (struct keeper_loss){ .lost = take_position(&reading) };
	count = take_count(&reading);
	for (uint64_t i = 0; i < count && reading.good; i++)
		texts_add(arena, &out->plans, take_text(&reading, DIGEST_BYTES));
	return at_end(&reading);
}

static size_t
order_bytes(const struct signing_order *order)
{
	return ORDER_NUMBERS_BYTES + order->plan.length + order->intent.digest.length +
	    order->intent.serial_number.length + order->public_key.length +
	    order->authority_certificate.length;
}

/* At most: an answer that does not go into one body could not be given, however often it is asked for. */
static size_t
outcome_bytes(const struct signing_order *order)
{
	return OUTCOME_BESIDES_BYTES + OUTCOME_TIMES_MOST * order_bytes(order);
}

static bool
order_fits(const struct signing_order *order)
{
	return order->plan.length <= PLAN_TEXT_MOST_BYTES &&
	    order->intent.digest.length <= DIGEST_BYTES &&
	    order->intent.serial_number.length <= SERIAL_BYTES &&
	    order->public_key.length <= KEY_BYTES &&
	    order->authority_certificate.length <= CERTIFICATE_BYTES &&
	    order->intent.not_before >= 0 && order->intent.not_after >= 0 &&
	    order->intent.decided_at >= 0;
}

size_t
keeper_orders_fit(const struct signing_order *orders, size_t count)
{
	size_t fitting = 0, answer = 4;

	while (fitting < count && fitting < KEEPER_ORDERS_MOST && order_fits(&orders[fitting]) &&
	    answer + outcome_bytes(&orders[fitting]) <= KEEPER_BODY_MOST_BYTES)
		answer += outcome_bytes(&orders[fitting++]);
	return fitting;
}

struct text
keeper_orders_write(struct arena *arena, const struct signing_order *orders, size_t count)
{
	struct buffer buffer = { .arena = arena };

	add_number(&buffer, count, 4);
	for (size_t i = 0; i < count; i++) {
		const struct signing_order *order = &orders[i];

		buffer_reserve(&buffer, order_bytes(order));
		add_text(&buffer, order->plan);
		add_intent(&buffer, &order->intent);
		add_text(&buffer, order->public_key);
		add_text(&buffer, order->authority_certificate);
	}
	return buffer_text(&buffer);
}

static void
take_order(struct reading *reading, struct signing_order *order)
{
	order->plan = take_text(reading, PLAN_TEXT_MOST_BYTES);
	take_intent(reading, &order->intent);
	order->public_key = take_text(reading, KEY_BYTES);
	order->authority_certificate = take_text(reading, CERTIFICATE_BYTES);
}

bool
keeper_orders_read(struct arena *arena, struct text body, struct signing_orders *out,
    struct text *why)
{
	struct reading reading = { body, true };
	uint64_t count = take_number(&reading, 4);

	*why = TEXT("there are no orders in it, or too many");
	if (!reading.good || count == 0 || count > KEEPER_ORDERS_MOST)
		return false;
	for (uint64_t i = 0; i < count && reading.good; i++)
		take_order(&reading, ARRAY_ADD(arena, out));
	*why = TEXT("its orders are not of the form that orders have");
	return at_end(&reading);
}

struct text
keeper_outcomes_write(struct arena *arena, const struct signing_outcome *outcomes, size_t count)
{
	struct buffer buffer = { .arena = arena };

	add_number(&buffer, count, 4);
	for (size_t i = 0; i < count; i++) {
		const struct signed_certificate *certificate = &outcomes[i].certificate;

		add_number(&buffer, (uint64_t)outcomes[i].result, 4);
		if (outcomes[i].result != SIGNING_DONE) {
			add_number(&buffer, outcomes[i].releasable, 4);
			add_text(&buffer, text_first(outcomes[i].why, KEEPER_WHY_BYTES));
			add_number(&buffer, outcomes[i].signed_by.present, 4);
			if (outcomes[i].signed_by.present)
				add_intent(&buffer, &outcomes[i].signed_by);
			continue;
		}
		add_text(&buffer, certificate->pem);
		add_number(&buffer, certificate->below_chain, 4);
		add_text(&buffer, certificate->sha256);
		add_text(&buffer, certificate->issuer);
		add_number(&buffer, (uint64_t)certificate->ledger_number, 8);
		add_text(&buffer, certificate->ledger_hash);
	}
	return buffer_text(&buffer);
}

static void
take_outcome(struct reading *reading, struct signing_outcome *outcome)
{
	uint64_t result = take_number(reading, 4);

	*outcome = (struct signing_outcome){ .result = SIGNING_FAILED };
	reading->good = reading->good && result <= SIGNING_DONE;
	if (!reading->good)
		return;
	outcome->result = (enum signing_result)result;
	if (outcome->result != SIGNING_DONE) {
		outcome->releasable = take_boolean(reading);
		outcome->why = take_text(reading, KEEPER_WHY_BYTES);
		if (take_boolean(reading))
			take_intent(reading, &outcome->signed_by);
		return;
	}
	outcome->certificate.pem = take_text(reading, PEM_BYTES);
	outcome->certificate.below_chain = take_boolean(reading);
	outcome->certificate.sha256 = take_text(reading, DIGEST_BYTES);
	outcome->certificate.issuer = take_text(reading, ISSUER_BYTES);
	outcome->certificate.ledger_number = take_moment(reading);
	outcome->certificate.ledger_hash = take_text(reading, DIGEST_BYTES);
}

bool
keeper_outcomes_read(struct text body, struct signing_outcome *outcomes, size_t count)
{
	struct reading reading = { body, true };

	if (take_number(&reading, 4) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		take_outcome(&reading, &outcomes[i]);
	return at_end(&reading);
}

/* --- evidence --------------------------------------------------------------------------- */

/* By their numbers in a message. */
static const char *const kinds[] = { "commit", "tree", "blob" };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), OBJECT_NUMBERS_BYTES = 2 * 4 };

static uint64_t
kind_number(const char *type)
{
	uint64_t number = 0;

	while (number < KINDS && strcmp(kinds[number], type) != 0)
		number++;
	return number;
}

static const char *
take_kind(struct reading *reading)
{
	uint64_t number = take_number(reading, 4);

	reading->good = reading->good && number < KINDS;
	return reading->good ? kinds[number] : kinds[0];
}

size_t
keeper_object_bytes(const struct evidence_object *object)
{
	return OBJECT_NUMBERS_BYTES + object->content.length;
}

static void
add_objects(struct buffer *buffer, const struct evidence_objects *objects)
{
	size_t bytes = 4;

	for (size_t i = 0; i < objects->count; i++)
		bytes += keeper_object_bytes(&objects->at[i]);
	buffer_reserve(buffer, bytes);
	add_number(buffer, objects->count, 4);
	for (size_t i = 0; i < objects->count; i++) {
		add_number(buffer, kind_number(objects->at[i].type), 4);
		add_text(buffer, objects->at[i].content);
	}
}

static void
take_objects(struct reading *reading, struct arena *arena, struct evidence_objects *out)
{
	uint64_t count = take_number(reading, 4);

	*out = (struct evidence_objects){ 0 };
	reading->good = reading->good && count <= CHECKER_OBJECTS_MOST;
	for (uint64_t i = 0; i < count && reading->good; i++) {
		struct evidence_object *object = ARRAY_ADD(arena, out);

		object->type = take_kind(reading);
		object->content = take_text(reading, KEEPER_BODY_MOST_BYTES);
	}
}

struct text
keeper_objects_write(struct arena *arena, const struct evidence_objects *objects)
{
	struct buffer buffer = { .arena = arena };

	add_objects(&buffer, objects);
	return buffer_text(&buffer);
}

bool
keeper_objects_read(struct arena *arena, struct text body, struct evidence_objects *out)
{
	struct reading reading = { body, true };

	take_objects(&reading, arena, out);
	return at_end(&reading);
}

struct text
keeper_show_write(struct arena *arena, struct text output, const struct evidence_objects *along)
{
	struct buffer buffer = { .arena = arena };

	add_text(&buffer, output);
	add_objects(&buffer, along);
	return buffer_text(&buffer);
}

bool
keeper_show_read(struct arena *arena, struct text body, struct text *output,
    struct evidence_objects *along)
{
	struct reading reading = { body, true };

	*output = take_text(&reading, CHECKER_ID_BYTES);
	take_objects(&reading, arena, along);
	return at_end(&reading);
}

struct text
keeper_large_write(struct arena *arena, const char *type, uint64_t length)
{
	struct buffer buffer = { .arena = arena };

	add_number(&buffer, kind_number(type), 4);
	add_number(&buffer, length, 8);
	return buffer_text(&buffer);
}

bool
keeper_large_read(struct text body, const char **type, uint64_t *length)
{
	struct reading reading = { body, true };

	*type = take_kind(&reading);
	*length = take_number(&reading, 8);
	return at_end(&reading);
}
