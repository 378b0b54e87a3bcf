#ifndef COUNTERSIGN_MANIFEST_NODE_H
#define COUNTERSIGN_MANIFEST_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/reason.h"
#include "base/text.h"

/*
 * A document between its bytes and its meaning: what YAML is read into, and
 * what YAML and JSON are written from.
 */
enum node_type { NODE_SCALAR, NODE_SEQUENCE, NODE_MAPPING };

struct node;

struct node_pair {
	struct node *key; /* a scalar */
	struct node *value;
};

ARRAY(node_list, struct node *);
ARRAY(node_pairs, struct node_pair);

struct node {
	enum node_type type;
	bool plain;              /* a scalar without quotes: may be a number or a boolean */
	unsigned line;           /* from 1; 0 when made by the program */
	unsigned column;         /* from 1, in characters */
	struct text text;        /* of a scalar */
	struct node_list items;  /* of a sequence */
	struct node_pairs pairs; /* of a mapping, in the order of the document */
};

enum {
	NODE_DEPTH = 32,  /* mappings and sequences inside each other */
	NODE_REASONS = 32 /* problems shown for one document */
};

/*
 * Reads one YAML document of at most `most_bytes` bytes. Refuses what FORMAT
 * section 2 does not allow: anchors, aliases, tags, directives, a second
 * document, duplicate keys, keys that are no scalars, control characters, line
 * ends other than LF, byte order marks, bytes that are not UTF-8, depth over
 * NODE_DEPTH. Adds a reason at the place. Gives what was read until
 * then with `whole` false, so that a foreign document can be known by its
 * beginning; NULL when that is nothing.
 */
struct source {
	struct text path; /* for messages */
	struct text content;
	size_t most_bytes;
};

struct node *node_read(struct arena *arena, const struct source *source, bool *whole,
    struct reasons *reasons);

/* The value of a key of a mapping; NULL when it is not there or `mapping` is no mapping. */
struct node *node_value(const struct node *mapping, const char *key);

/* For qsort of pointers to scalars: by text, then by place. */
int node_compare_texts(const void *a, const void *b);

/*
 * Whether other readers of YAML (core schema of YAML 1.2, section 10.3.2) take
 * a plain scalar for null, a boolean or a number.
 */
bool plain_is_null(struct text plain);
bool plain_is_boolean(struct text plain);
bool plain_is_number(struct text plain);

/*
 * Whether a character may stand in a document: no control characters but tab
 * and LF, none that reverses the direction of text, no separator that some
 * readers take for a line end.
 */
bool character_allowed(uint32_t code_point);

/* New nodes, for writing. A text is quoted where that is needed, a plain scalar never. */
struct node *node_text(struct arena *arena, struct text text);
struct node *node_plain(struct arena *arena, struct text text);
struct node *node_integer(struct arena *arena, int64_t value);
struct node *node_boolean(struct arena *arena, bool value);
struct node *node_sequence(struct arena *arena);
struct node *node_mapping(struct arena *arena);
void node_append(struct arena *arena, struct node *sequence, struct node *item);
void node_set(struct arena *arena, struct node *mapping, const char *key, struct node *value);
void node_set_named(struct arena *arena, struct node *mapping, struct text key, struct node *value);

/* The canonical YAML text of a tree: block style, quoted where any reader needs it, LF. */
struct text node_write_yaml(struct arena *arena, const struct node *tree);

/* The canonical JSON text of a tree: two spaces for each level, LF at the end. */
struct text node_write_json(struct arena *arena, const struct node *tree);

#endif
