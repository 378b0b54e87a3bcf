#include "daemon/self_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
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
#include "reconcile/load.h"

/* What a child says by its exit status. */
enum { TRY_DONE = 0, TRY_DENIED = 80, TRY_NOT_CONFINED };

struct attempt {
	const struct local_configuration *local;
	struct arena *arena;
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
write_ledger(const struct attempt *attempt)
{
	return open_for(arena_printf(attempt->arena, "%.*s/ledger",
	    TEXT_ARGUMENTS(attempt->local->state_directory)), O_WRONLY | O_APPEND);
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

static bool
trace(const struct attempt *attempt)
{
	(void)attempt;
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
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

static bool
dump_core(const struct attempt *attempt)
{
	struct rlimit most;

	(void)attempt;
	return getrlimit(RLIMIT_CORE, &most) == 0 && most.rlim_max > 0;
}

#define IS(occupation) (1u << OCCUPATION_##occupation)
#define EVERY (IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER) | IS(RECONCILER_REMOTE))
#define RECONCILERS (IS(RECONCILER) | IS(RECONCILER_REMOTE))

static const struct row {
	const char *what;
	act *act;
	unsigned occupations; /* set: who is kept from it */
} rows[] = {
	{ "read a CA's key", read_ca_key, IS(KEEPER) | IS(CHECKER) | RECONCILERS },
	{ "open the ledger anew", write_ledger, IS(KEEPER) | IS(CHECKER) | RECONCILERS },
	{ "make a file beside the ledger", make_beside_ledger, IS(KEEPER) | IS(CHECKER) | RECONCILERS },
	{ "read /etc/passwd", read_passwd, IS(KEEPER) | IS(CHECKER) },
	{ "read /etc/shadow", read_shadow, IS(KEEPER) | IS(CHECKER) | RECONCILERS },
	{ "write a file elsewhere", write_elsewhere, IS(KEEPER) | IS(CHECKER) | RECONCILERS },
	{ "start a process", start_process, IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) },
	{ "start a program", start_program, IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER) },
	{ "open a socket to the network", open_network, IS(KEEPER) | IS(CHECKER) | IS(RECONCILER) },
	{ "open a raw socket", open_raw_network, IS(KEEPER) | IS(CHECKER) | IS(RECONCILER) },
	{ "open a socket on this machine", open_local_socket, IS(KEEPER) | IS(CHECKER) | IS(RECONCILER) },
	{ "trace another process", trace, EVERY },
	{ "signal another process", signal_parent, EVERY },
	{ "run new code", run_new_code, IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER) },
	{ "become root again", become_root, IS(KEEPER) | IS(KEEPER_WITH_TOKEN) | IS(CHECKER) | IS(RECONCILER) },
	{ "make a namespace", make_namespace, EVERY },
	{ "leave a core dump", dump_core, EVERY },
};

/* In a child of its own. */
static void __attribute__((noreturn))
try_confined(const struct row *row, const struct attempt *attempt,
    const struct confinement *confinement)
{
	bool keeper = confinement->occupation == OCCUPATION_KEEPER ||
	    confinement->occupation == OCCUPATION_KEEPER_WITH_TOKEN;
	const struct local_configuration *local = attempt->local;
	struct text user = keeper && text_present(local->keeper_user) ? local->keeper_user
	    : local->user, why;

	if (!become_user(user, !keeper && confinement->occupation != OCCUPATION_CHECKER, attempt->arena, &why) ||
	    !protect_process("self-test", &why) ||
	    !confine(confinement, local->sandbox, attempt->arena, &why)) {
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

	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		try_confined(row, attempt, confinement);
	if (child < 0 || waitpid(child, &status, 0) != child)
		result = "could not be tried";
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		result = "killed";
	else if (WIFEXITED(status) && WEXITSTATUS(status) == TRY_DENIED)
		result = "denied";
	else if (WIFEXITED(status) && WEXITSTATUS(status) == TRY_NOT_CONFINED)
		result = "could not be tried";
	printf("%-11s %-32s %s\n", occupation_name(confinement->occupation), row->what, result);
	return strcmp(result, "killed") == 0 || strcmp(result, "denied") == 0;
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
	struct attempt attempt = { local, arena };
	struct confinement confinements[3];
	bool good = true;

	if (local == NULL || !state_make(local, arena, why))
		return false;
	*why = (struct text){ NULL, 0 };
	confinements[0] = keeper_confinement(arena, has_tokens(local));
	confinements[1] = checker_confinement(arena, local);
	confinements[2] = reconciler_confinement(arena, local);
	for (size_t i = 0; i < sizeof(confinements) / sizeof(confinements[0]); i++)
		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++)
			if ((rows[j].occupations >> confinements[i].occupation & 1) != 0)
				good = try(&rows[j], &attempt, &confinements[i]) && good;
	return good;
}
