#ifndef COUNTERSIGN_MANIFEST_FIELD_H
#define COUNTERSIGN_MANIFEST_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/moment.h"
#include "base/text.h"
#include "manifest/format.h"
#include "manifest/manifest.h"

/*
 * The tables that describe each kind of document. One table drives decoding,
 * messages, writing, the JSON Schema and the reference; nothing is said twice.
 */
enum field_type {
	FIELD_TEXT,            /* struct text */
	FIELD_TEXTS,           /* struct texts: a list */
	FIELD_TEXT_OR_TEXTS,   /* struct texts: one text or a list */
	FIELD_TEXT_IN_LIST,    /* struct texts with at most one: a text */
	FIELD_INTEGER,         /* int64_t */
	FIELD_UNSIGNED,        /* unsigned; 0 is absent */
	FIELD_BOOLEAN,         /* bool */
	FIELD_CHOICE,          /* an enum */
	FIELD_TIME,            /* moment; 0 is absent */
	FIELD_DURATION,        /* duration; 0 is absent */
	FIELD_CODE,            /* const char * */
	FIELD_STRUCT,          /* a structure inside, or members of the same one (offset 0) */
	FIELD_STRUCTS,         /* ARRAY of structures: a list */
	FIELD_STRUCTS_BY_NAME, /* ARRAY of structures that begin with a struct text: a mapping */
	FIELD_COUNTS,          /* struct counts: a mapping from names to numbers */
	FIELD_LABELS           /* a mapping from names to texts, checked and not kept */
};

enum field_flags {
	FIELD_REQUIRED = 1, /* must stand in the document */
	FIELD_ALWAYS = 2,   /* is written even when empty or as by default */
	FIELD_REPEATS = 4   /* a list may hold the same text twice: the reconciler's own */
};

/* One of the words that a field takes. */
struct choice {
	const char *name; /* NULL ends the list */
	int value;        /* of the enum; unused for texts */
};

/* What people who come from other tools, or other words, would write. */
struct foreign_name {
	const char *theirs; /* NULL ends the list */
	const char *ours;   /* a path from here, or a sentence that begins with ':' */
};

struct table;

struct field {
	const char *name;
	const char *doc; /* one line, lower case, no full stop */
	enum field_type type;
	unsigned flags;
	size_t offset;
	size_t present;  /* 1 + offset of a bool that tells whether the key stands there; 0: none */
	size_t position; /* 1 + offset of a struct position for the value; 0: none */
	size_t size;     /* of an element of a list of structures */
	const struct text_format *format;
	const struct choice *choices; /* beside a format: either will do */
	const struct foreign_name *foreign_values;
	const struct table *table; /* of the structure or structures */
	int64_t least;             /* integer: smallest value; list: fewest items */
	int64_t most;              /* integer: largest value; list: most items; 0: no limit */
	int64_t by_default;        /* integer, boolean, choice: the value when absent */
	const char *default_text;  /* duration: "7d"; list: words with spaces between them */
};

/* A key, and (if not NULL) the text that stands at it. */
struct key_condition {
	const char *key; /* NULL ends a list */
	const char *value;
};

enum rule_type {
	RULE_END,
	RULE_EXACTLY_ONE, /* of `keys` */
	RULE_NOT_EMPTY,   /* at least one of the lists `keys` has an item */
	RULE_WHEN         /* `when` holds: all of `needs` hold and none of `refuses` stands there */
};

enum { RULE_KEYS_MOST = 5 };

struct rule {
	enum rule_type type;
	const char *keys[RULE_KEYS_MOST];
	struct key_condition when;
	struct key_condition needs[3];
	const char *refuses[4];
	const char *why; /* a sentence for the message */
};

struct decoder;
struct node;

struct table {
	const struct field *fields;
	size_t count;
	size_t position;          /* 1 + offset of a struct position for the whole; 0: none */
	const struct rule *rules; /* ends with RULE_END; NULL: none */
	const struct foreign_name *foreign; /* keys that others use here; NULL: none */
	/* What no rule can say, of a structure without errors: adds reasons; NULL: nothing. */
	void (*validate)(struct decoder *decoder, const struct node *node, void *object);
};

/* What there is to know about a kind. */
struct kind_row {
	enum kind kind;
	const char *name;
	const char *doc;           /* what it is for: one sentence without the full stop */
	const char *where;         /* its place in the repository, for the reference */
	const char *body;          /* "spec"; "status" for what the reconciler writes */
	const struct table *table; /* of the body */
	size_t size;               /* of the object */
	size_t
	    name_at; /* offset of its struct text name; used unless fixed_name or name_of is set */
	const char *fixed_name; /* metadata.name of all documents of the kind; NULL: they differ */
	/* Sets what neither table nor document says (`path` may be any); NULL: nothing. */
	void (*complete)(struct arena *arena, struct text path, void *object);
	/* metadata.name of an object whose name is part of something else; NULL: by `name`. */
	struct text (*name_of)(const void *object);
};

/* The row of a kind; NULL for KIND_NONE. */
const struct kind_row *kind_row(enum kind kind);

/* What stands under `metadata`, for every kind. */
struct metadata {
	struct text name;
};

extern const struct table metadata_table;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TABLE(array) .fields = (array), .count = COUNT(array)

/*
 * Offsets that are checked: a member of another type does not compile.
 */
#define MEMBER(structure, member, type_wanted)                                                     \
	(offsetof(structure, member) +                                                             \
	    0 * sizeof(_Generic(((structure *)0)->member, type_wanted : 0)))
#define MEMBER_SIZED(structure, member, bytes)                                                     \
	(offsetof(structure, member) +                                                             \
	    0 * sizeof(char[sizeof(((structure *)0)->member) == (bytes) ? 1 : -1]))

#define AT_TEXT(s, m) .type = FIELD_TEXT, .offset = MEMBER(s, m, struct text)
#define AT_TEXTS(s, m) .type = FIELD_TEXTS, .offset = MEMBER(s, m, struct texts)
#define AT_TEXT_OR_TEXTS(s, m) .type = FIELD_TEXT_OR_TEXTS, .offset = MEMBER(s, m, struct texts)
#define AT_TEXT_IN_LIST(s, m) .type = FIELD_TEXT_IN_LIST, .offset = MEMBER(s, m, struct texts)
#define AT_INTEGER(s, m) .type = FIELD_INTEGER, .offset = MEMBER(s, m, int64_t)
#define AT_UNSIGNED(s, m) .type = FIELD_UNSIGNED, .offset = MEMBER(s, m, unsigned)
#define AT_BOOLEAN(s, m) .type = FIELD_BOOLEAN, .offset = MEMBER(s, m, bool)
#define AT_CHOICE(s, m) .type = FIELD_CHOICE, .offset = MEMBER_SIZED(s, m, sizeof(int))
#define AT_TIME(s, m) .type = FIELD_TIME, .offset = MEMBER(s, m, moment)
#define AT_DURATION(s, m) .type = FIELD_DURATION, .offset = MEMBER(s, m, duration)
#define AT_CODE(s, m) .type = FIELD_CODE, .offset = MEMBER(s, m, const char *)
#define AT_STRUCT(s, m, t) .type = FIELD_STRUCT, .offset = offsetof(s, m), .table = &(t)
#define AT_SAME(t) .type = FIELD_STRUCT, .offset = 0, .table = &(t)
#define AT_STRUCTS(s, m, t)                                                                        \
	.type = FIELD_STRUCTS, .offset = MEMBER_SIZED(s, m, sizeof(struct array_any)),             \
	.size = sizeof(*((s *)0)->m.at), .table = &(t)
#define AT_STRUCTS_BY_NAME(s, m, t)                                                                \
	.type = FIELD_STRUCTS_BY_NAME, .offset = MEMBER_SIZED(s, m, sizeof(struct array_any)),     \
	.size = sizeof(*((s *)0)->m.at), .table = &(t)
#define AT_COUNTS(s, m) .type = FIELD_COUNTS, .offset = MEMBER(s, m, struct counts)
#define PRESENT(s, m) .present = 1 + MEMBER(s, m, bool)
#define POSITION(s, m) .position = 1 + MEMBER(s, m, struct position)

#endif
