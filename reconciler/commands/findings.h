#ifndef COUNTERSIGN_COMMANDS_FINDINGS_H
#define COUNTERSIGN_COMMANDS_FINDINGS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/reason.h"
#include "base/text.h"

/* How `check` says what it found. */
enum findings_format {
	FINDINGS_TEXT,   /* "path:line:column: error: message", then a line with the counts */
	FINDINGS_JSON,   /* {"errors": 1, "warnings": 0, "findings": [{...}]} */
	FINDINGS_GITHUB, /* workflow commands, "::error file=...,line=...,col=...::message" */
	FINDINGS_SARIF   /* SARIF 2.1.0 (OASIS), one run */
};

/*
 * Sorts by path and line, and drops what is said twice: a file that is decoded
 * for two purposes must not be reported twice.
 */
void findings_sort(struct reasons *reasons);

/* All of them in one form, in the arena. */
struct text findings_format_all(struct arena *arena, const struct reasons *reasons,
	enum findings_format format);

#endif
