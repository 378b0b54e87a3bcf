/*
 * The process above the others. It reads the local configuration, forks the keeper, which
 * reads the keys, the checker, and the reconciler, which reads the repository, and never
 * does any of that itself: so whatever is forked later, after a reload, begins as clean.
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/log.h"
#include "base/moment.h"
#include "daemon/checker_process.h"
#include "daemon/confinement.h"
#include "daemon/keeper_process.h"
#include "daemon/reconciler_process.h"
#include "daemon/state.h"
#include "reconcile/load.h"

enum { HELPER_ENDS_SECONDS = 10, RECONCILER_ENDS_SECONDS = 30, LIST_BYTES = 4096, ROUNDS_MOST = 1000 };

/* The processes of one local configuration. */
struct family {
	struct arena *arena;
	struct local_configuration *local;
	pid_t parent;
	pid_t keeper;     /* 0: it has ended */
	pid_t checker;    /* the same */
	pid_t reconciler; /* the same */
	int socket;       /* in the reconciler: its end of the stream to the checker */
	bool inside;      /* this is the reconciler */
	bool helper_died;
	bool reload;
	bool once;        /* it ends by itself, after one pass */
	int64_t ends_at;  /* by milliseconds_running(): when it is no longer waited for; 0: whenever */
	bool overdue;     /* it was not, and is killed */
	bool good;        /* the reconciler ended as it should */
};

static void
watched_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGHUP);
	sigaddset(signals, SIGCHLD);
}

/* Forks; the child is killed when this process dies, however that comes about. */
static pid_t
fork_below(struct family *family)
{
	pid_t child = fork();

	if (child == 0)
		die_with_parent(family->parent);
	return child;
}

/* The ends of the two streams: the reconciler's to the checker, the checker's to the keeper. */
struct streams {
	int asks[2];
	int orders[2];
};

static bool
streams_open(struct streams *streams, struct arena *arena, struct text *why)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams->asks) == 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams->orders) == 0)
			return true;
		(void)close(streams->asks[0]);
		(void)close(streams->asks[1]);
	}
	*why = text_printf(arena, "a pair of sockets: %s", strerror(errno));
	return false;
}

/* Keeper and checker, each with its own ends and no others. */
static bool
helpers_start(struct family *family, const struct streams *streams,
    const struct daemon_options *options)
{
	family->keeper = fork_below(family);
	if (family->keeper == 0) {
		(void)close(streams->asks[0]);
		(void)close(streams->asks[1]);
		(void)close(streams->orders[0]);
		keeper_process(family->local, streams->orders[1]);
	}
	(void)close(streams->orders[1]);
	family->checker = family->keeper < 0 ? -1 : fork_below(family);
	if (family->checker == 0) {
		(void)close(streams->asks[0]);
		checker_process(family->local, streams->asks[1], streams->orders[0], options);
	}
	(void)close(streams->asks[1]);
	(void)close(streams->orders[0]);
	return family->checker >= 0;
}

/* True in both processes that go on: this one, and the reconciler (family->inside). */
static bool
family_start(struct family *family, const struct daemon_options *options, struct arena *arena,
    struct text *why)
{
	struct streams streams;

	if (!state_make(family->local, arena, why) || !streams_open(&streams, arena, why))
		return false;
	family->parent = getpid();
	family->reconciler = helpers_start(family, &streams, options) ? fork_below(family) : -1;
	family->inside = family->reconciler == 0;
	family->socket = streams.asks[0];
	if (!family->inside)
		(void)close(streams.asks[0]);
	if (family->reconciler >= 0)
		return true;
	*why = text_printf(arena, "a process: %s", strerror(errno));
	return false;
}

static struct text
how_it_ended(struct arena *arena, int status)
{
	return WIFSIGNALED(status)
	    ? text_printf(arena, "killed by signal %d (%s)%s", WTERMSIG(status),
		  strsignal(WTERMSIG(status)), WTERMSIG(status) == SIGSYS
			? ": it made a system call that it may not make" : "")
	    : text_printf(arena, "exit status %d", WEXITSTATUS(status));
}

static void
reconciler_ended(struct family *family, int status)
{
	bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	/* whoever has taken it over does not end the daemon as if all were well */
	bool unasked = done && !family->once && family->ends_at == 0;

	family->reconciler = 0;
	/* it was asked to end for a reload, and whatever it was at is taken up again */
	family->good = (done && !unasked) || (family->overdue && family->reload);
	if (WIFSIGNALED(status) || unasked)
		log_event(LOG_ERROR, "reconciler-ended", LOG_FIELDS({ "why",
		    text_printf(family->arena, "%s%.*s", family->overdue ? "not in time, and " :
			unasked ? "it was not asked to, and says " : "",
			TEXT_ARGUMENTS(how_it_ended(family->arena, status))) }));
}

/* After the pass under way. Whoever has taken it over does not decide what is in force, nor for how long. */
static void
end_reconciler(struct family *family)
{
	if (family->ends_at == 0)
		family->ends_at = milliseconds_running() + RECONCILER_ENDS_SECONDS * 1000;
	(void)kill(family->reconciler, SIGTERM);
}

static void
helper_ended(struct family *family, const char *event, int status)
{
	/* a clean end follows the reconciler's, which says what there is to say */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	family->helper_died = true;
	log_event(LOG_ERROR, event, LOG_FIELDS({ "why", how_it_ended(family->arena, status) }));
	if (family->reconciler > 0)
		end_reconciler(family);
}

static void
take_ended(struct family *family)
{
	int status;
	pid_t ended;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
		if (ended == family->keeper) {
			family->keeper = 0;
			helper_ended(family, "keeper-ended", status);
		} else if (ended == family->checker) {
			family->checker = 0;
			helper_ended(family, "checker-ended", status);
		} else if (ended == family->reconciler) {
			reconciler_ended(family, status);
		}
	}
}

/* SIGHUP: a configuration that cannot be read changes nothing. */
static void
begin_reload(struct family *family, const struct daemon_options *options)
{
	struct arena *probe = arena_new();
	struct text why;

	if (local_configuration_read(probe, options->configuration_path, &why) == NULL) {
		log_event(LOG_ERROR, "reload-refused", LOG_FIELDS({ "why", why }));
	} else {
		family->reload = true;
		end_reconciler(family);
	}
	arena_free(probe);
}

/* The children of this process, as the kernel lists them; false when there are none, or no list. */
static bool
list_children(char *out, size_t bytes)
{
	char path[64];
	int descriptor;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	descriptor = open(path, O_RDONLY | O_CLOEXEC);
	got = descriptor < 0 ? -1 : read(descriptor, out, bytes - 1);
	if (descriptor >= 0)
		(void)close(descriptor);
	out[got > 0 ? got : 0] = '\0';
	return got > 0;
}

/*
 * What the reconciler has started, and left behind: this process has taken it over. It would
 * go on under rules that hold no more, and beside those that begin now.
 */
static void
end_left_behind(void)
{
	char listed[LIST_BYTES];

	for (int round = 0; round < ROUNDS_MOST && list_children(listed, sizeof(listed)); round++) {
		char *at = listed, *end;
		long child;

		/* of a number that is cut off the next round sees all */
		while ((child = strtol(at, &end, 10)) > 0 && *end == ' ') {
			if (kill((pid_t)child, SIGKILL) == 0)
				(void)waitpid((pid_t)child, NULL, 0);
			at = end;
		}
	}
}

/* The reconciler has closed its end: the checker has nobody to wait for, and then the keeper. */
static void
end_helpers(struct family *family)
{
	const struct timespec patience = { .tv_sec = HELPER_ENDS_SECONDS };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	take_ended(family);
	while (family->keeper > 0 || family->checker > 0) {
		if (sigtimedwait(&signals, NULL, &patience) < 0 && errno == EAGAIN) {
			if (family->checker > 0)
				(void)kill(family->checker, SIGKILL);
			else
				(void)kill(family->keeper, SIGKILL);
		}
		take_ended(family);
	}
	end_left_behind();
}

/* The next one; 0 when there is none. A reconciler that is waited for no longer is killed. */
static int
take_signal(struct family *family, const sigset_t *signals)
{
	int64_t left = family->ends_at - milliseconds_running();
	const struct timespec patience = { .tv_sec = left < 0 ? 0 : (time_t)(left / 1000) + 1 };
	int received = family->ends_at == 0 || family->overdue ? sigwaitinfo(signals, NULL)
	    : sigtimedwait(signals, NULL, &patience);

	if (received < 0 && errno == EAGAIN) {
		family->overdue = true;
		(void)kill(family->reconciler, SIGKILL);
	}
	return received < 0 ? 0 : received;
}

static void
family_watch(struct family *family, const struct daemon_options *options)
{
	sigset_t signals;

	watched_signals(&signals);
	while (family->reconciler > 0) {
		int received = take_signal(family, &signals);

		if (received == SIGCHLD)
			take_ended(family);
		else if (received == SIGHUP)
			begin_reload(family, options);
		else if (received != 0)
			end_reconciler(family);
		/* a reload is given up for an end */
		if (received == SIGTERM || received == SIGINT)
			family->reload = false;
	}
	end_helpers(family);
}

/* One life of the processes, from one configuration to the next; true when there is a next. */
static bool
live(const struct daemon_options *options, struct arena *arena, enum daemon_result *result,
    struct text *why)
{
	struct family family = { .arena = arena_new(), .once = options->once };
	bool again;

	*result = DAEMON_TROUBLE;
	family.local = local_configuration_read(family.arena, options->configuration_path, why);
	if (family.local == NULL || !family_start(&family, options, arena, why)) {
		*why = text_copy(arena, *why);
		goto out;
	}
	if (family.inside) {
		*result = reconciler_process(family.local, family.socket, options, arena, why);
		goto out;
	}
	family_watch(&family, options);
	*result = family.good && !family.helper_died ? DAEMON_DONE : DAEMON_SAID;
out:
	again = family.reload && *result == DAEMON_DONE && !family.inside;
	arena_free(family.arena);
	return again;
}

enum daemon_result
daemon_run(struct arena *arena, const struct daemon_options *options, struct text *why)
{
	struct daemon_options now = *options;
	enum daemon_result result;
	sigset_t signals;

	watched_signals(&signals);
	/* what outlives the reconciler becomes a child of this process's */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!protect_memory() || sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
		*why = TEXT("signals cannot be received, or core dumps not be kept away");
		return DAEMON_TROUBLE;
	}
	while (live(&now, arena, &result, why)) {
		log_event(LOG_INFO, "reloaded", NULL);
		/* what an operator said, he said of what was there when he said it */
		now.clock_confirmed = true;
		now.check_from = now.accept_ledger_loss = (struct text){ NULL, 0 };
	}
	return result;
}
