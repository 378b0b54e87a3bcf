/*
 * An object that is fed piece by piece.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "repository/feed.h"

struct fed_pieces {
	struct fed_object object;
	size_t room;                    /* of object.content */
	size_t have;
	struct digest_sha1 *digest;     /* NULL: the object is kept whole */
};

bool
fed_pieces_taken(const char *type, uint64_t length)
{
	return length <= (strcmp(type, "tree") == 0 ? FEED_OBJECT_BYTES : FEED_BLOB_BYTES);
}

struct fed_pieces *
fed_pieces_new(const char *type, uint64_t length)
{
	bool large = length > (strcmp(type, "blob") == 0 ? FEED_WHOLE_BYTES : FEED_OBJECT_BYTES);
	struct fed_pieces *pieces;
	char header[64];

	if (!fed_pieces_taken(type, length))
		return NULL;
	pieces = calloc(1, sizeof(*pieces));
	if (pieces == NULL)
		abort();
	pieces->object = (struct fed_object){ .type = type, .length = (size_t)length,
		.beginning = large };
	pieces->room = large ? FEED_HEAD_BYTES : (size_t)length;
	pieces->object.content = malloc(pieces->room + 1);
	if (pieces->object.content == NULL)
		abort();
	if (large) {
		pieces->digest = digest_sha1_new();
		(void)snprintf(header, sizeof(header), "%s %zu", type, (size_t)length);
		digest_sha1_add(pieces->digest, (struct text){ header, strlen(header) + 1 });
	}
	return pieces;
}

bool
fed_pieces_add(struct fed_pieces *pieces, struct text piece)
{
	size_t left = pieces->have < pieces->room ? pieces->room - pieces->have : 0;

	if (piece.length > pieces->object.length - pieces->have)
		return false;
	if (left > 0)
		memcpy(pieces->object.content + pieces->have, piece.at,
		    piece.length < left ? piece.length : left);
	if (pieces->digest != NULL)
		digest_sha1_add(pieces->digest, piece);
	pieces->have += piece.length;
	return true;
}

bool
fed_pieces_whole(const struct fed_pieces *pieces)
{
	return pieces->have == pieces->object.length;
}

bool
fed_pieces_end(struct fed_pieces *pieces, struct fed_object *out)
{
	bool whole = fed_pieces_whole(pieces);
	uint8_t hash[SHA1_BYTES];

	if (pieces->digest != NULL) {
		struct arena *arena = arena_new();
		struct text digits;

		digest_sha1_finish(pieces->digest, hash);
		digits = hex_encode(arena, (struct text){ (const char *)hash, sizeof(hash) });
		memcpy(pieces->object.id, digits.at, digits.length);
		arena_free(arena);
	}
	if (whole)
		*out = pieces->object;
	else
		free(pieces->object.content);
	free(pieces);
	return whole;
}
