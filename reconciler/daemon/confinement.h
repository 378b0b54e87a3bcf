#ifndef COUNTERSIGN_DAEMON_CONFINEMENT_H
#define COUNTERSIGN_DAEMON_CONFINEMENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/text.h"
#include "daemon/landlock.h"
#include "model/local.h"

/* What the processes of the daemon are for decides what they may ask of the kernel. */
enum occupation {
	OCCUPATION_KEEPER,            /* its keys in files: reads and writes what is open already, no more */
	OCCUPATION_KEEPER_WITH_TOKEN, /* its keys behind PKCS#11: the module may use files, threads, sockets */
	OCCUPATION_CHECKER,           /* its own folder; no key, no repository, no program, no socket */
	OCCUPATION_RECONCILER,        /* of a repository on this machine: files; no program, no socket */
	OCCUPATION_RECONCILER_REMOTE  /* of a repository elsewhere: git and ssh run under it */
};

struct confinement {
	enum occupation occupation;
	struct places places; /* the only ones, for OCCUPATION_KEEPER none at all */
	struct texts secrets; /* the keeper's keys, PINs and state, where another process must not get at them */
};

/* "keeper", "checker" or "reconciler": for the log. */
const char *occupation_name(enum occupation occupation);

/* The keeper's places are none, but with tokens all: a module finds its own. */
struct confinement keeper_confinement(struct arena *arena, bool tokens);

/* The checker's own folder. */
struct confinement checker_confinement(struct arena *arena,
    const struct local_configuration *local);

/* Whose ~ is what git and ssh read there: that of whom it becomes, or HOME; "" without either. */
const char *reconciler_home(struct arena *arena, const struct local_configuration *local);

/* The repository, the reconciler's folder, its signing key; for a repository elsewhere what git and ssh need. */
struct confinement reconciler_confinement(struct arena *arena,
    const struct local_configuration *local);

/* No core dump and no tracer: for the process above the others, before there are others. */
bool protect_memory(void);

/*
 * For each process of the daemon, after it has become its user: no core dump, no
 * tracer, nothing gained by the programs that it starts (no_new_privs); `name` is
 * what ps shows. False with `why`.
 */
bool protect_process(const char *name, struct text *why);

/*
 * For keeper and checker, to which a terminal sends its signals, too: they end when nobody asks
 * any more. A closed pipe and a limit on files are errors to them, like a full disk.
 */
void ignore_signals(void);

/*
 * Takes away from this process, for good, what its occupation does not need:
 * Landlock, then system calls. What cannot be taken away here, or a secret that lies in one
 * of the places that it needs, is logged once ("sandbox-incomplete"); under SANDBOX_REQUIRED that is false with `why`, and
 * under SANDBOX_OFF nothing is taken away.
 */
bool confine(const struct confinement *confinement, enum sandbox_wish wish, struct arena *arena,
    struct text *why);

/* Whom a process of this occupation becomes when root starts the daemon; absent: it stays root. */
struct text occupation_user(const struct local_configuration *local, enum occupation occupation);

/*
 * Becomes that user, with its groups and none of root's rights, for good, and is still killed
 * when its parent ends, of which a change of user makes the kernel forget. Where there is none nothing
 * changes, but a process of root's gives up all its capabilities; the reconciler keeps that of
 * reading and writing others' files. False with `why`.
 */
bool become_user(const struct local_configuration *local, enum occupation occupation,
    struct arena *arena, struct text *why);

/* Ends a process forked below the first one; what the parent has not written yet is left to the parent. */
void end_process(bool clean) __attribute__((noreturn));

#endif
