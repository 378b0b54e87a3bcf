#ifndef COUNTERSIGN_DAEMON_SYSCALL_FILTER_H
#define COUNTERSIGN_DAEMON_SYSCALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/text.h"

/*
 * Which system calls a process may make (seccomp(2), filter mode). Whatever is
 * not listed kills the process at once, and so does a call by the numbers of
 * another architecture.
 */

enum call_verdict {
	CALL_ALLOWED,
	CALL_UNKNOWN, /* ENOSYS: the C library has another way */
	CALL_DENIED   /* EPERM: the caller is known to bear it */
};

/* One call, of which an argument may be looked at: (argument & mask) == value. */
struct call_rule {
	int number;           /* as __NR_… */
	enum call_verdict verdict;
	int argument;         /* 0 to 5 with mask and value; -1: whatever the arguments are */
	uint32_t mask;        /* of the argument's lower half */
	uint32_t value;
};

ARRAY(call_rules, struct call_rule);

/* Adds a call with any arguments; several rules for one call are tried in the order of their adding. */
void call_add(struct arena *arena, struct call_rules *rules, int number, enum call_verdict verdict);

/* Adds a call that is allowed where (argument & mask) == value. */
void call_add_where(struct arena *arena, struct call_rules *rules, const struct call_rule *rule);

/*
 * From here on this process and all that it starts are held to the rules; there is
 * no way back. Needs no_new_privs (or CAP_SYS_ADMIN). False with `why`, when the kernel, or
 * whoever started it, has no filters, or there are too many rules.
 */
bool call_filter_enter(const struct call_rules *rules, struct arena *arena, struct text *why);

#endif
