/*
 * The asking end: what the reconciler knows of the keeper is this socket.
 */
#include "issue/signer.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/encoding.h"
#include "issue/keeper_channel.h"

enum {
	SERIAL_BYTES = 19,
	READY_SECONDS = 600,    /* a long ledger is read from its start */
	ANSWER_SECONDS = 60,
	ORDER_SECONDS = 5,      /* more for each: a smart card takes its time */
	SHOW_SECONDS = 600,     /* the checker thinks between two objects that it wants */
	TRANSFER_SECONDS = 60,
	PIECE_BYTES = 4 * 1024 * 1024
};

struct signer {
	int descriptor; /* -1: the keeper is lost */
	struct evidence_source source;
};

static void
lose(struct signer *signer)
{
	if (signer->descriptor >= 0)
		(void)close(signer->descriptor);
	signer->descriptor = -1;
}

bool
signer_open(int descriptor, struct arena *arena, struct signer **out, struct text *why)
{
	const struct channel_patience patience = { READY_SECONDS, TRANSFER_SECONDS };
	struct signer *signer = calloc(1, sizeof(*signer));
	enum keeper_message type;
	unsigned ready = 0;
	struct text body;

	if (signer == NULL)
		abort();
	signer->descriptor = descriptor;
	*why = TEXT("the keeper, which holds the CA keys, ended before it was ready");
	if (channel_prepare(descriptor) &&
	    channel_hear(descriptor, &patience, arena, &type, &body) == CHANNEL_OPEN &&
	    type == KEEPER_READY && keeper_verdict_read(arena, body, 2, &ready, why) && ready == 1) {
		*out = signer;
		return true;
	}
	signer_close(signer);
	return false;
}

void
signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	lose(signer);
	free(signer);
}

bool
signer_lost(const struct signer *signer)
{
	return signer->descriptor < 0;
}

void
signer_use_evidence(struct signer *signer, const struct evidence_source *source)
{
	signer->source = *source;
}

static bool
tell(struct signer *signer, enum keeper_message type, struct text body)
{
	return channel_say(signer->descriptor, type, body, TRANSFER_SECONDS) == CHANNEL_OPEN;
}

/* A large object, of which so many bytes are not said yet. */
struct giving {
	struct signer *signer;
	uint64_t left;
};

static bool
say_piece(void *context, struct text piece)
{
	struct giving *giving = context;
	struct arena *arena;
	bool said;

	/* the checker listens for so many bytes, and then for something else */
	if (piece.length > giving->left)
		return false;
	arena = arena_new();
	said = tell(giving->signer, CHECKER_PIECE, keeper_text_write(arena, piece));
	arena_free(arena);
	giving->left -= piece.length;
	if (!said)
		lose(giving->signer);
	return said;
}

/* An object that is too long for one message, piece by piece. */
static bool
say_large(struct signer *signer, struct text id, const struct evidence_object *object)
{
	struct text rest = object->content;
	struct arena *arena = arena_new();
	bool large = object->large_bytes > 0;
	struct giving giving = { signer, large ? object->large_bytes : rest.length };
	bool said = tell(signer, CHECKER_LARGE, keeper_large_write(arena, object->type, giving.left));

	arena_free(arena);
	if (said && large)
		(void)signer->source.read_pieces(signer->source.context, id, say_piece, &giving);
	for (; said && rest.length > 0; rest = text_skip(rest, PIECE_BYTES))
		said = say_piece(&giving, text_first(rest, PIECE_BYTES));
	/* whatever came of the reading: what is not to be had is waited for no longer, and only that */
	return said && !signer_lost(signer) && (giving.left == 0 || say_piece(&giving, TEXT("")));
}

/* The checker wants an object before it answers. */
static bool
give_object(struct signer *signer, struct text body)
{
	struct arena *arena = arena_new();
	struct evidence_objects objects = { 0 };
	struct text id;
	bool given = keeper_text_read(body, CHECKER_ID_BYTES, &id);

	if (given && signer->source.read != NULL)
		signer->source.read(signer->source.context, arena, id, &objects);
	if (given && objects.count > 0 && (objects.at[0].large_bytes > 0 ||
	    keeper_object_bytes(&objects.at[0]) > KEEPER_BODY_MOST_BYTES - EVIDENCE_ALONG_BYTES - 4))
		given = say_large(signer, id, &objects.at[0]);
	else
		given = given && tell(signer, CHECKER_OBJECTS, keeper_objects_write(arena, &objects));
	arena_free(arena);
	return given;
}

/* One question, and the answer to it. */
struct question {
	enum keeper_message type;
	struct text body;
	enum keeper_message answer;
	int seconds;
};

/* What is said at last, after all that was wanted before it was given. */
static bool
hear_answer(struct signer *signer, struct arena *arena, const struct question *question,
    enum keeper_message *type, struct text *body)
{
	const struct channel_patience patience = { question->seconds, TRANSFER_SECONDS };
	bool more = true, good = true;

	while (more && good) {
		struct arena *scratch = arena_new();

		good = channel_hear(signer->descriptor, &patience, scratch, type, body) ==
		    CHANNEL_OPEN;
		more = good && *type == CHECKER_WANT;
		if (more)
			good = give_object(signer, *body);
		else if (good)
			*body = text_copy(arena, *body);
		arena_free(scratch);
	}
	return good;
}

static void
put(struct signer *signer, const struct question *question)
{
	if (signer->descriptor >= 0 && !tell(signer, question->type, question->body))
		lose(signer);
}

/* The body of the answer. False with `why`, and the keeper is lost then unless it has refused. */
static bool
hear(struct signer *signer, struct arena *arena, const struct question *question,
    struct text *body, struct text *why)
{
	enum keeper_message type;

	*why = TEXT("the keeper, which holds the CA keys, has gone or does not answer");
	if (signer->descriptor < 0)
		return false;
	if (!hear_answer(signer, arena, question, &type, body)) {
		lose(signer);
		return false;
	}
	if (type == question->answer)
		return true;
	if (type != KEEPER_REFUSED || !keeper_text_read(*body, KEEPER_WHY_BYTES, why))
		lose(signer);
	return false;
}

static bool
ask(struct signer *signer, struct arena *arena, const struct question *question, struct text *body,
    struct text *why)
{
	put(signer, question);
	return hear(signer, arena, question, body, why);
}

/* What a body says that is not of its form is not believed in any part. */
static bool
disbelieve(struct signer *signer, struct text *why)
{
	lose(signer);
	*why = TEXT("the keeper's answer is not of the form that answers have");
	return false;
}

static void
append_chain(struct arena *arena, struct text chain, struct signed_certificate *certificate)
{
	struct buffer pem = { .arena = arena };

	chain = text_trim(chain);
	if (!certificate->below_chain || text_empty(chain))
		return;
	buffer_reserve(&pem, certificate->pem.length + chain.length + 1);
	buffer_add(&pem, certificate->pem);
	buffer_add(&pem, chain);
	buffer_add_byte(&pem, '\n');
	certificate->pem = buffer_text(&pem);
}

static bool
issue_some(struct arena *arena, struct signer *signer, const struct signing_order *orders,
    size_t count, struct signing_outcome *outcomes)
{
	struct question question = { KEEPER_ORDERS, keeper_orders_write(arena, orders, count),
		KEEPER_OUTCOMES, ANSWER_SECONDS + ORDER_SECONDS * (int)count };
	struct text body, why;

	if (!ask(signer, arena, &question, &body, &why) ||
	    (!keeper_outcomes_read(body, outcomes, count) && !disbelieve(signer, &why))) {
		for (size_t i = 0; i < count; i++)
			outcomes[i] = (struct signing_outcome){ .why = why };
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (outcomes[i].result == SIGNING_DONE)
			append_chain(arena, orders[i].chain, &outcomes[i].certificate);
	return true;
}

void
signer_issue_all(struct arena *arena, struct signer *signer, const struct signing_orders *orders,
    struct signing_outcome *outcomes)
{
	size_t done = 0, fitting;

	while (done < orders->count) {
		fitting = keeper_orders_fit(&orders->at[done], orders->count - done);
		if (!orders->at[done].intent.present || fitting == 0) {
			outcomes[done++] = (struct signing_outcome){ .result = SIGNING_REFUSED,
				.why = TEXT("there is no intent to issue, or a part of the order is "
					    "longer than the keeper takes") };
			continue;
		}
		(void)issue_some(arena, signer, &orders->at[done], fitting, &outcomes[done]);
		done += fitting;
	}
}

enum signing_result
signer_issue(struct arena *arena, struct signer *signer, const struct signing_order *order,
    struct signed_certificate *out, struct text *why)
{
	struct signing_orders orders = { 0 };
	struct signing_outcome outcome;

	*ARRAY_ADD(arena, &orders) = *order;
	signer_issue_all(arena, signer, &orders, &outcome);
	*out = outcome.certificate;
	*why = outcome.why;
	return outcome.result;
}

enum release_result
signer_release(struct arena *arena, struct signer *signer, struct text plan, struct text *why)
{
	struct question question = { KEEPER_RELEASE, keeper_text_write(arena, plan),
		KEEPER_RELEASED, ANSWER_SECONDS };
	unsigned result = RELEASE_FAILED;
	struct text body;

	if (ask(signer, arena, &question, &body, why) &&
	    !keeper_verdict_read(arena, body, RELEASE_DONE + 1, &result, why))
		(void)disbelieve(signer, why);
	return (enum release_result)result;
}

bool
signer_ledger_view(struct arena *arena, struct signer *signer, const struct ledger_positions *asked,
    struct ledger_view *out, struct text *why)
{
	struct question question = { KEEPER_VIEW, keeper_positions_write(arena, asked),
		KEEPER_VIEWED, ANSWER_SECONDS };
	struct keeper_view view;
	struct text body;

	if (!ask(signer, arena, &question, &body, why))
		return false;
	if (!keeper_view_read(arena, body, &view) ||
	    (!text_present(view.why) && view.count != asked->count))
		return disbelieve(signer, why);
	*why = view.why;
	*out = view.view;
	return !text_present(view.why);
}

static bool
report_loss(struct arena *arena, struct signer *signer, const struct keeper_loss *loss,
    struct text *why)
{
	struct question question = { KEEPER_LOSS, keeper_loss_write(arena, loss), KEEPER_LOST,
		ANSWER_SECONDS };
	unsigned done = 0;
	struct text body;

	if (!ask(signer, arena, &question, &body, why))
		return false;
	if (!keeper_verdict_read(arena, body, 2, &done, why))
		return disbelieve(signer, why);
	return done == 1;
}

bool
signer_accept_loss(struct arena *arena, struct signer *signer, const struct ledger_position *lost,
    const struct texts *plans, struct text *why)
{
	size_t from = 0;

	/* The loss goes last, with the rest of the plans: it says that all this was done. */
	for (;;) {
		size_t left = plans->count - from;
		bool last = left <= KEEPER_POSITIONS_MOST;
		struct keeper_loss loss = { .lost = { 0, TEXT("") } };

		loss.plans = (struct texts){ plans->at + from, last ? left : KEEPER_POSITIONS_MOST, 0 };
		if (last)
			loss.lost = *lost;
		if (!report_loss(arena, signer, &loss, why))
			return false;
		if (last)
			return true;
		from += loss.plans.count;
	}
}

void
signer_show_begin(struct arena *arena, struct signer *signer, struct text output,
    const struct evidence_objects *along)
{
	struct question question = { .type = CHECKER_SHOW,
		.body = keeper_show_write(arena, output, along) };

	put(signer, &question);
}

enum show_result
signer_show_end(struct arena *arena, struct signer *signer, struct text *remark)
{
	struct question question = { .answer = CHECKER_SHOWN, .seconds = SHOW_SECONDS };
	unsigned result = SHOW_FAILED;
	struct text body;

	if (hear(signer, arena, &question, &body, remark) &&
	    !keeper_verdict_read(arena, body, SHOW_FOLLOWED + 1, &result, remark))
		(void)disbelieve(signer, remark);
	return (enum show_result)result;
}

enum show_result
signer_show(struct arena *arena, struct signer *signer, struct text output, struct text *remark)
{
	const struct evidence_objects none = { 0 };

	signer_show_begin(arena, signer, output, &none);
	return signer_show_end(arena, signer, remark);
}

struct text
serial_number_draw(struct arena *arena)
{
	unsigned char octets[SERIAL_BYTES];

	/* Without randomness nothing may be issued. */
	do {
		if (RAND_bytes(octets, sizeof(octets)) != 1)
			abort();
		octets[0] &= 0x7f;
	} while (octets[0] == 0);
	return hex_encode(arena, (struct text){ (const char *)octets, sizeof(octets) });
}
