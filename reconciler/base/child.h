#ifndef COUNTERSIGN_BASE_CHILD_H
#define COUNTERSIGN_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/text.h"

/* Where a child's standard error goes. */
enum child_errors {
	CHILD_ERRORS_SHOWN,             /* to ours: questions for a passphrase, progress */
	CHILD_ERRORS_KEPT,              /* into child_result.errors, for a message */
	/*
	 * The same, but what a program has said and then waits behind for a second is
	 * shown: it may be a question.
	 */
	CHILD_ERRORS_ANSWERED
};

/* A program of the user's, and what it gets. */
struct child_order {
	const char *const *arguments;   /* arguments[0] is found by PATH; ended by NULL */
	struct text input;              /* its standard input; absent: /dev/null */
	enum child_errors errors;
	bool output_shown;              /* standard output goes to ours and is not kept */
	size_t most_bytes;              /* of output that is kept; 0: CHILD_OUTPUT_BYTES */
	const char *const *environment; /* "NAME=value", ended by NULL; NULL: ours */
	unsigned seconds;               /* after which it is killed with all that it started; 0: never */
	uint64_t most_file_bytes;       /* the largest file that it may write; 0: any */
};

enum { CHILD_OUTPUT_BYTES = 16 * 1024 * 1024, CHILD_ERROR_BYTES = 64 * 1024 };

struct child_result {
	int status;                     /* exit status; 128 + the signal's number when one ended it */
	struct text output;
	struct text errors;
	size_t errors_shown;            /* so many bytes of them were shown already */
};

/*
 * Runs a program to its end, without a shell. False with `why` when it could
 * not be started, took too long, or its output was too much (it is killed
 * then); what it answers is in result->status.
 */
bool child_run(struct arena *arena, const struct child_order *order,
	struct child_result *result, struct text *why);

/*
 * In a child that was forked, and becomes no program: it is killed when its parent ends, and
 * keeps open nothing of the parent's longer than that. Said again after a change of the user.
 */
void die_with_parent(pid_t parent);

#endif
