#ifndef COUNTERSIGN_BASE_REASON_H
#define COUNTERSIGN_BASE_REASON_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/text.h"

/*
 * Why something is refused, ignored or doubtful. A reason is data: it is
 * committed to the repository for people to read, so it says what was found,
 * what was expected and what to do, and it names the place.
 */
enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

/* Where in a file; line and column count from 1, 0 means unknown. */
struct position {
	struct text path;
	unsigned line;
	unsigned column;
};

struct reason {
	enum severity severity;
	const char *code;          /* stable, CamelCase as in Kubernetes conditions: "UnknownKey" */
	struct text message;       /* one sentence for people, already safe to show */
	struct position position;
};

ARRAY(reasons, struct reason);

/*
 * Adds a reason. `code` must be a string literal. Texts from the repository
 * that go into the message must have gone through text_visible().
 */
void reason_add(struct arena *arena, struct reasons *reasons, struct position position,
	const char *code, const char *format, ...) __attribute__((format(printf, 5, 6)));
void warning_add(struct arena *arena, struct reasons *reasons, struct position position,
	const char *code, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* How many of the reasons are errors. */
size_t reasons_errors(const struct reasons *reasons);

/* Whether one with that code is among them. */
bool reasons_have(const struct reasons *reasons, const char *code);

/* "path:line:column: error: message" or the shorter forms that apply, in the arena. */
struct text reason_line(struct arena *arena, const struct reason *reason);

#endif
