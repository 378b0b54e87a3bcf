/*
 * Objects are had from the reconciler, one question at a time. What it says is
 * measured by the store, which computes the id of whatever comes.
 */
#include "checker/checking.h"

#include <stdlib.h>
#include <string.h>

#include "issue/keeper_channel.h"
#include "repository/feed.h"

enum { ANSWER_SECONDS = 120, TRANSFER_SECONDS = 60 };

static bool
break_off(struct checker *checker)
{
	checker->broken = true;
	return false;
}

static bool
hear(struct checker *checker, struct arena *arena, enum keeper_message *type, struct text *body)
{
	const struct channel_patience patience = { ANSWER_SECONDS, TRANSFER_SECONDS };

	return channel_hear(checker->order->descriptor, &patience, arena, type, body) == CHANNEL_OPEN ||
	    break_off(checker);
}

enum piece_result { PIECE_BROKEN, PIECE_NONE, PIECE_TAKEN };

/* One more piece of a large object. */
static enum piece_result
hear_piece(struct checker *checker, struct fed_pieces *pieces)
{
	struct arena *arena = arena_new();
	enum keeper_message type;
	struct text body, piece = { NULL, 0 };
	enum piece_result result = PIECE_BROKEN;

	if (hear(checker, arena, &type, &body) && type == CHECKER_PIECE &&
	    keeper_text_read(body, KEEPER_BODY_MOST_BYTES, &piece))
		result = piece.length == 0 ? PIECE_NONE :
		    fed_pieces_add(pieces, piece) ? PIECE_TAKEN : PIECE_BROKEN;
	if (result == PIECE_BROKEN)
		(void)break_off(checker);
	arena_free(arena);
	return result;
}

static bool
take_large(struct checker *checker, struct text body, struct fed_object *out)
{
	const char *type;
	uint64_t length;
	struct fed_pieces *pieces = keeper_large_read(body, &type, &length) ?
	    fed_pieces_new(type, length) : NULL;

	if (pieces == NULL)
		return break_off(checker);
	while (!fed_pieces_whole(pieces) && hear_piece(checker, pieces) == PIECE_TAKEN)
		continue;
	return fed_pieces_end(pieces, out);
}

void
objects_take(struct checker *checker, const struct evidence_objects *objects, size_t from)
{
	for (size_t i = from; i < objects->count; i++) {
		struct fed_object along =
		    fed_object_of(objects->at[i].type, objects->at[i].content);

		(void)store_feed_put(checker->store, &along);
	}
}

/* The first is the wanted one; what comes along may be wanted next. */
static bool
take_objects(struct checker *checker, struct arena *arena, struct text body, struct fed_object *out)
{
	struct evidence_objects objects = { 0 };

	if (!keeper_objects_read(arena, body, &objects))
		return break_off(checker);
	objects_take(checker, &objects, 1);
	if (objects.count > 0)
		*out = fed_object_of(objects.at[0].type, objects.at[0].content);
	return objects.count > 0;
}

static bool
ask(struct checker *checker, struct text id, struct fed_object *out)
{
	struct arena *arena = arena_new();
	enum keeper_message type;
	struct text body;
	bool good = false;

	if (channel_say(checker->order->descriptor, CHECKER_WANT, keeper_text_write(arena, id),
	    TRANSFER_SECONDS) != CHANNEL_OPEN)
		(void)break_off(checker);
	else if (!hear(checker, arena, &type, &body))
		good = false;
	else if (type == CHECKER_OBJECTS)
		good = take_objects(checker, arena, body, out);
	else if (type == CHECKER_LARGE)
		good = take_large(checker, body, out);
	else
		(void)break_off(checker);
	arena_free(arena);
	return good;
}

static bool
fetch(void *context, struct store *store, struct text id, struct fed_object *out)
{
	struct checker *checker = context;

	return !checker->broken &&
	    store_feed_fetched(store) - checker->fetched_before < OBJECTS_PER_COMMIT &&
	    ask(checker, id, out);
}

struct store_feed
objects_feed(struct checker *checker)
{
	return (struct store_feed){ .fetch = fetch, .context = checker, .most_bytes = CACHE_BYTES };
}
