#ifndef COUNTERSIGN_MANIFEST_DECODE_H
#define COUNTERSIGN_MANIFEST_DECODE_H

#include <stdbool.h>

#include "base/reason.h"
#include "manifest/field.h"
#include "manifest/node.h"

/* Decoding of one document by its tables: from nodes to structures. */
struct decoder {
	struct arena *arena;
	struct reasons *reasons;
	struct text path;
	const struct kind_row *row;
	size_t errors; /* of this document */
};

/* Zero values, defaults of the table and of the structures inside. */
void table_defaults(struct arena *arena, const struct table *table, void *object);

/*
 * Decodes a mapping by a table into an object that has its defaults; `name` is
 * what messages call it. Gives true when nothing was wrong; each problem
 * becomes a reason.
 */
bool decode_named_table(struct decoder *decoder, const char *name, const struct table *table,
    const struct node *node, void *object);

/* Where a node stands. */
struct position decode_position(const struct decoder *decoder, const struct node *node);

/*
 * Counts an error; false when the document has so many that no more are shown,
 * having said so once.
 */
bool decode_error_room(struct decoder *decoder, const struct node *node);

/* An error at a node: a code (string literal), a format and its arguments. */
#define REFUSE(decoder, node, code, ...)                                                           \
	do {                                                                                       \
		if (decode_error_room(decoder, node))                                              \
			reason_add((decoder)->arena, (decoder)->reasons,                           \
			    decode_position(decoder, node), code, __VA_ARGS__);                    \
	} while (false)

/* What a node holds, for a message: quoted, safe and short. */
struct text decode_shown(struct decoder *decoder, const struct node *node);

#endif
