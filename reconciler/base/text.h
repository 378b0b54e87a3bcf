#ifndef COUNTERSIGN_BASE_TEXT_H
#define COUNTERSIGN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"

/*
 * Bytes somewhere else: a pointer and a length. Not NUL-terminated unless said
 * so; the memory belongs to somebody else, mostly to an arena. `at == NULL`
 * means absent, an empty text has a pointer.
 */
struct text {
	const char *at;
	size_t length;
};

ARRAY(texts, struct text);

/* For printf: "%.*s" with TEXT_ARGUMENTS(text). The text must not hold NUL bytes that matter. */
#define TEXT_ARGUMENTS(text) (int)(text).length, ((text).at == NULL ? "" : (text).at)

/* A text from a string literal. */
#define TEXT(literal) ((struct text){ "" literal, sizeof(literal) - 1 })

/* A text over a C string; absent for NULL. */
struct text text_of(const char *string);

/* A copy in the arena, with a NUL behind it. */
struct text text_copy(struct arena *arena, struct text text);

/* A C string in the arena; the text must hold no NUL. Absent becomes "". */
char *text_string(struct arena *arena, struct text text);

/* What printf would print, in the arena, with a NUL behind it. */
struct text text_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool text_present(struct text text);
bool text_empty(struct text text);
bool text_equal(struct text a, struct text b);
bool text_is(struct text text, const char *string);
bool text_starts_with(struct text text, const char *prefix);
bool text_ends_with(struct text text, const char *suffix);

/* Byte order, shorter first when one is the beginning of the other; for qsort-like uses. */
int text_compare(struct text a, struct text b);

/* `text` without its first `bytes` bytes (at most all of it). */
struct text text_skip(struct text text, size_t bytes);

/* The first `bytes` bytes of `text` (at most all of it). */
struct text text_first(struct text text, size_t bytes);

/* Where `byte` first stands, or text.length. */
size_t text_find(struct text text, char byte);

/*
 * Takes the part before the next `separator` off the front of `rest` into
 * `part`; false when `rest` is used up. "a,b," gives "a", "b", "".
 */
bool text_split(struct text *rest, char separator, struct text *part);

/*
 * Takes the next line off the front of `rest`, without its LF; false at the
 * end. An unfinished last line is a line.
 */
bool text_next_line(struct text *rest, struct text *line);

/* Without ASCII space, tab, CR and LF at both ends. */
struct text text_trim(struct text text);

/* ASCII letters in lower case, in the arena. */
struct text text_lower(struct arena *arena, struct text text);

/*
 * Safe to show: printable ASCII and well-formed UTF-8 letters stay, control
 * characters, DEL, C1, bidirectional controls and broken UTF-8 become \xNN or
 * \u{NNNN}. Longer than `most_bytes` is cut, with "…". For all bytes that come
 * from a repository and go to a terminal, a log, or a page (invariant S9).
 */
struct text text_visible(struct arena *arena, struct text text, size_t most_bytes);

/*
 * The first character of a text that is not empty: its code point, and how many
 * bytes it takes; 0 when no well-formed UTF-8 sequence stands there.
 */
size_t text_code_point(struct text text, uint32_t *code_point);

/* Whether a character moves the cursor, changes direction or cannot be seen: what text_visible() escapes. */
bool code_point_is_hidden(uint32_t code_point);

/* Whether the text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_is_utf8(struct text text);

/* How many characters (not bytes) a text has that is well-formed UTF-8. */
size_t text_characters(struct text text);

/* Adds a text to a list. */
void texts_add(struct arena *arena, struct texts *texts, struct text text);
bool texts_contain(const struct texts *texts, struct text text);

/* Sorts by bytes; texts_sort_unique also drops repetitions. */
void texts_sort(struct texts *texts);
void texts_sort_unique(struct texts *texts);

/* The text among sorted ones; NULL when it is not there. */
const struct text *texts_find(const struct texts *sorted, struct text text);

/* "a, b and c" becomes "a, b, c": the texts with a separator between them. */
struct text texts_join(struct arena *arena, const struct texts *texts, const char *separator);

/*
 * The candidate nearest to `given` by edit distance (insert, delete, replace,
 * swap), for "did you mean"; absent when none is near enough.
 */
struct text text_nearest(struct text given, const struct texts *candidates);

/* A growing text. Zero-initialise, set `arena`. */
struct buffer {
	struct arena *arena;
	char *at;
	size_t length;
	size_t room;
};

/* Makes room for `more` bytes at once, where their number is known beforehand. */
void buffer_reserve(struct buffer *buffer, size_t more);

void buffer_add(struct buffer *buffer, struct text text);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What is in the buffer, borrowed from it, with a NUL behind it. */
struct text buffer_text(struct buffer *buffer);

#endif
