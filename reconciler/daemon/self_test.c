#include "daemon/self_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/confinement.h"
#include "daemon/state.h"
#include "reconcile.h"
#include "reconcile/load.h"

/* What a child says by its exit status. */
enum { TRY_DONE = 0, TRY_DENIED = 80, TRY_NOT_CONFINED };

enum { PROCESSES = 3 };

struct attempt {
	const struct local_configuration *local;
	struct arena *arena;
	enum sandbox_wish sandbox;
	pid_t other;            /* where it is about another process */
	enum occupation others;
};

typedef bool act(const struct attempt *attempt);

static bool
open_for(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) >= 0;
}

static bool
read_ca_key(const struct attempt *attempt)
{
	const struct local_authorities *authorities = &attempt->local->authorities;

	for (size_t i = 0; i < authorities->count; i++)
		if (text_present(authorities->at[i].file) &&
		    open_for(text_string(attempt->arena, authorities->at[i].file), O_RDONLY))
			return true;
	return false;
}

static bool
has_ca_key(const struct attempt *attempt)
{
	const struct local_authorities *authorities = &attempt->local->authorities;

	for (size_t i = 0; i < authorities->count; i++)
		if (text_present(authorities->at[i].file) &&
		    access(text_string(attempt->arena, authorities->at[i].file), F_OK) == 0)
			return true;
	return false;
}

static const char *
ledger_path(const struct attempt *attempt)
{
	return arena_printf(attempt->arena, "%.*s/ledger",
	    TEXT_ARGUMENTS(attempt->local->state_directory));
}

static bool
has_ledger(const struct attempt *attempt)
{
	return access(ledger_path(attempt), F_OK) == 0;
}

static bool
open_ledger(const struct attempt *attempt, int flags)
{
	return open_for(ledger_path(attempt), flags);
}

static bool
write_ledger(const struct attempt *attempt)
{
	return open_ledger(attempt, O_WRONLY | O_APPEND);
}

static bool
make_beside_ledger(const struct attempt *attempt)
{
	const char *from = arena_printf(attempt->arena, "%.*s/self-test",
	    TEXT_ARGUMENTS(attempt->local->state_directory));

	return mkdir(from, 0700) == 0 && rmdir(from) == 0;
}

static bool
read_passwd(const struct attempt *attempt)
{
	(void)attempt;
	return open_for("/etc/passwd", O_RDONLY);
}

static bool
read_shadow(const struct attempt *attempt)
{
	(void)attempt;
	return open_for("/etc/shadow", O_RDONLY);
}

static bool
write_elsewhere(const struct attempt *attempt)
{
	const char *path = arena_printf(attempt->arena, "/var/tmp/countersign-self-test.%d", getpid());

	return open_for(path, O_WRONLY | O_CREAT | O_EXCL) && unlink(path) == 0;
}

static bool
start_process(const struct attempt *attempt)
{
	pid_t child = fork();

	(void)attempt;
	if (child == 0)
		_exit(0);
	return child > 0;
}

static const char *
ssh_folder(const struct attempt *attempt)
{
	return arena_printf(attempt->arena, "%s/.ssh", reconciler_home(attempt->arena, attempt->local));
}

static bool
has_ssh_folder(const struct attempt *attempt)
{
	return access(ssh_folder(attempt), F_OK) == 0;
}

static bool
write_ssh_folder(const struct attempt *attempt)
{
	const char *path = arena_printf(attempt->arena, "%s/countersign-self-test.%d",
	    ssh_folder(attempt), getpid());

	return open_for(path, O_WRONLY | O_CREAT | O_EXCL) && unlink(path) == 0;
}

/* The program ends with the status of an act that was done. */
static bool
start_program(const struct attempt *attempt)
{
	char *const nothing[] = { (char[]){ "true" }, NULL };

	(void)attempt;
	(void)execve("/bin/true", nothing, nothing + 1);
	return false;
}

static bool
open_network(const struct attempt *attempt)
{
	(void)attempt;
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool
open_raw_network(const struct attempt *attempt)
{
	(void)attempt;
	return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0;
}

static bool
open_local_socket(const struct attempt *attempt)
{
	(void)attempt;
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

/* Without stopping it: it is the one that waits for the answer. */
static bool
trace(const struct attempt *attempt)
{
	(void)attempt;
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) == 0;
}

static bool
limit_parent(const struct attempt *attempt)
{
	struct rlimit own;

	(void)attempt;
	return prlimit(getppid(), RLIMIT_FSIZE, NULL, &own) == 0 &&
	    prlimit(getppid(), RLIMIT_FSIZE, &own, NULL) == 0;
}

static bool
signal_parent(const struct attempt *attempt)
{
	(void)attempt;
	return kill(getppid(), 0) == 0;
}

static bool
run_new_code(const struct attempt *attempt)
{
	(void)attempt;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		   0) != MAP_FAILED;
}

static bool
become_root(const struct attempt *attempt)
{
	(void)attempt;
	return setreuid(0, 0) == 0;
}

static bool
make_namespace(const struct attempt *attempt)
{
	(void)attempt;
	return unshare(CLONE_NEWUSER) == 0;
}

/* The kernel says whether one was left. */
static bool
dump_core(const struct attempt *attempt)
{
	(void)attempt;
	abort();
}

/* What a shell forbids by itself shows nothing about this program. */
static void
want_core_dumps(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_CORE, &most) == 0) {
		most.rlim_cur = most.rlim_max;
		(void)setrlimit(RLIMIT_CORE, &most);
	}
}

#define IS(occupation) (1u << OCCUPATION_##occupation)
#define EVERY (IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER) | IS(RECONCILER_REMOTE))
#define RECONCILERS (IS(RECONCILER) | IS(RECONCILER_REMOTE))

static const struct row {
	const char *what;
	act *act;
	unsigned occupations; /* set: who is kept from it */
	act *possible;        /* false: there is nothing to try it with; NULL: always */
} rows[] = {
	{ "read a CA's key", read_ca_key, IS(KEEPER) | IS(CHECKER) | RECONCILERS, has_ca_key },
	{ "open the ledger anew", write_ledger, IS(KEEPER) | IS(CHECKER) | RECONCILERS,
	    has_ledger },
	{ "make a file beside the ledger", make_beside_ledger,
	    IS(KEEPER) | IS(CHECKER) | RECONCILERS, NULL },
	{ "read /etc/passwd", read_passwd, IS(KEEPER) | IS(CHECKER), NULL },
	{ "read /etc/shadow", read_shadow, IS(KEEPER) | IS(CHECKER) | RECONCILERS, NULL },
	{ "write a file elsewhere", write_elsewhere, IS(KEEPER) | IS(CHECKER) | RECONCILERS, NULL },
	{ "write a file in ~/.ssh", write_ssh_folder, IS(KEEPER) | IS(CHECKER) | RECONCILERS,
	    has_ssh_folder },
	{ "start a process", start_process, IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER),
	    NULL },
	{ "start a program", start_program,
	    IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER), NULL },
	{ "open a socket to the network", open_network, IS(KEEPER) | IS(CHECKER) | IS(RECONCILER),
	    NULL },
	{ "open a raw socket", open_raw_network, IS(KEEPER) | IS(CHECKER) | IS(RECONCILER), NULL },
	{ "open a socket on this machine", open_local_socket,
	    IS(KEEPER) | IS(CHECKER) | IS(RECONCILER), NULL },
	{ "trace another process", trace, EVERY, NULL },
	{ "signal another process", signal_parent, EVERY, NULL },
	{ "limit another process", limit_parent, EVERY, NULL },
	{ "run new code", run_new_code,
	    IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER), NULL },
	{ "become root again", become_root,
	    IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER), NULL },
	{ "make a namespace", make_namespace, EVERY, NULL },
	{ "leave a core dump", dump_core, EVERY, NULL },
};

/* In a child of its own. */
static void __attribute__((noreturn))
try_confined(const struct row *row, const struct attempt *attempt,
    const struct confinement *confinement)
{
	struct text why;

	want_core_dumps();
	if (!become_user(attempt->local, confinement->occupation, attempt->arena, &why) ||
	    !protect_process("self-test", &why) ||
	    !confine(confinement, attempt->sandbox, attempt->arena, &why)) {
		fprintf(stderr, "%.*s\n", TEXT_ARGUMENTS(why));
		_exit(TRY_NOT_CONFINED);
	}
	_exit(row->act(attempt) ? TRY_DONE : TRY_DENIED);
}

/* Prints one line; false when the thing could be done. */
static bool
try(const struct row *row, const struct attempt *attempt, const struct confinement *confinement)
{
	const char *result = "DONE";
	pid_t child;
	int status;

	if (row->possible != NULL && !row->possible(attempt)) {
		printf("%-11s %-46s nothing there\n", occupation_name(confinement->occupation),
		    row->what);
		return true;
	}
	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		try_confined(row, attempt, confinement);
	if (child < 0 || waitpid(child, &status, 0) != child)
		result = "could not be tried";
	else if (WIFSIGNALED(status) && !WCOREDUMP(status) && WTERMSIG(status) == SIGSYS)
		result = "killed";
	else if (WIFSIGNALED(status) && !WCOREDUMP(status) && row->act == dump_core)
		result = "denied";
	else if (WIFEXITED(status) && WEXITSTATUS(status) == TRY_DENIED)
		result = "denied";
	else if (WIFEXITED(status) && WEXITSTATUS(status) == TRY_NOT_CONFINED)
		result = "could not be tried";
	printf("%-11s %-46s %s\n", occupation_name(confinement->occupation), row->what, result);
	return strcmp(result, "killed") == 0 || strcmp(result, "denied") == 0;
}

/* --- users ---------------------------------------------------------------------------- */

static bool
signal_other(const struct attempt *attempt)
{
	return kill(attempt->other, 0) == 0;
}

static bool
trace_other(const struct attempt *attempt)
{
	return ptrace(PTRACE_SEIZE, attempt->other, NULL, NULL) == 0;
}

static bool
read_memory(const struct attempt *attempt)
{
	return open_for(arena_printf(attempt->arena, "/proc/%d/mem", (int)attempt->other), O_RDONLY);
}

static bool
read_files(const struct attempt *attempt)
{
	const struct local_configuration *local = attempt->local;
	struct arena *arena = attempt->arena;

	switch (attempt->others) {
	case OCCUPATION_KEEPER:
	case OCCUPATION_KEEPER_WITH_TOKEN:
		return read_ca_key(attempt) || open_ledger(attempt, O_RDONLY);
	case OCCUPATION_CHECKER:
		return open_for(checker_folder(arena, local), O_RDONLY);
	case OCCUPATION_RECONCILER:
	case OCCUPATION_RECONCILER_REMOTE:
		break;
	}
	return open_for(reconciler_folder(arena, local), O_RDONLY) ||
	    open_for(text_string(arena, local->signing_key), O_RDONLY);
}

static const struct row user_rows[] = {
	{ "signal", signal_other, EVERY, NULL },
	{ "trace", trace_other, EVERY, NULL },
	{ "read the memory of", read_memory, EVERY, NULL },
	{ "read the files of", read_files, EVERY, NULL },
};

/* The life of a process that is like the daemon's, but not confined: until the other end is closed. */
static void __attribute__((noreturn))
be_other(const struct attempt *attempt, int descriptor)
{
	struct text why;
	char byte = 0;

	if (become_user(attempt->local, attempt->others, attempt->arena, &why) &&
	    protect_process("self-test", &why) && write(descriptor, &byte, 1) == 1)
		while (read(descriptor, &byte, 1) > 0)
			continue;
	_exit(0);
}

/* The process, when it has become its user; -1 when it cannot. It ends when *end is closed. */
static pid_t
start_other(const struct attempt *attempt, int *end)
{
	int ends[2];
	pid_t child;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		(void)close(ends[0]);
		be_other(attempt, ends[1]);
	}
	(void)close(ends[1]);
	*end = ends[0];
	return child > 0 && read(ends[0], &byte, 1) == 1 ? child : -1;
}

/* What their users alone keep one of these from doing to the other. */
static bool
try_pair(const struct attempt *attempt, const struct confinement *confinement)
{
	struct attempt with = *attempt;
	bool good = true;
	int end = -1;

	with.sandbox = SANDBOX_OFF;
	with.other = start_other(&with, &end);
	if (with.other < 0)
		printf("%-11s could not be started as its user\n", occupation_name(with.others));
	for (size_t i = 0; i < sizeof(user_rows) / sizeof(user_rows[0]); i++) {
		struct row row = user_rows[i];

		row.what = arena_printf(with.arena, "by its user: %s the %s", row.what,
		    occupation_name(with.others));
		good = with.other > 0 && try(&row, &with, confinement) && good;
	}
	(void)close(end);
	if (with.other > 0)
		(void)waitpid(with.other, NULL, 0);
	return good;
}

/* Each process against each other one, where both have users and these differ. */
static bool
try_users(const struct attempt *attempt, const struct confinement confinements[PROCESSES])
{
	const struct local_configuration *local = attempt->local;
	struct attempt with = *attempt;
	bool good = true;

	for (size_t i = 0; i < PROCESSES * PROCESSES && geteuid() == 0; i++) {
		const struct confinement *one = &confinements[i / PROCESSES];
		struct text user = occupation_user(local, one->occupation);

		with.others = confinements[i % PROCESSES].occupation;
		if (text_present(user) && !text_equal(user, occupation_user(local, with.others)))
			good = try_pair(&with, one) && good;
	}
	return good;
}

static bool
has_tokens(const struct local_configuration *local)
{
	for (size_t i = 0; i < local->authorities.count; i++)
		if (text_present(local->authorities.at[i].pkcs11))
			return true;
	return false;
}

bool
self_test(struct arena *arena, const char *configuration_path, struct text *why)
{
	struct local_configuration *local = local_configuration_read(arena, configuration_path, why);
	struct attempt attempt = { .local = local, .arena = arena };
	struct confinement confinements[PROCESSES];
	bool good = true;

	if (local == NULL || !state_make(local, arena, why))
		return false;
	*why = (struct text){ NULL, 0 };
	attempt.sandbox = local->sandbox;
	confinements[0] = keeper_confinement(arena, has_tokens(local));
	confinements[1] = checker_confinement(arena, local);
	confinements[2] = reconciler_confinement(arena, local);
	for (size_t i = 0; i < PROCESSES; i++)
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			if ((rows[j].occupations >> confinements[i].occupation & 1) != 0)
				good = try(&rows[j], &attempt, &confinements[i]) && good;
	return try_users(&attempt, confinements) && good;
}
