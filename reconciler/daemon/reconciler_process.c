/*
 * The event loop. It knows nothing of requests: it only says when to look.
 */
#include "daemon/reconciler_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/clock.h"
#include "daemon/confinement.h"
#include "daemon/watch.h"
#include "reconcile.h"

enum { AFTER_TROUBLE_SECONDS = 5 };

/* What stays open while the process lives. */
struct service {
	const struct local_configuration *local;
	struct reconciler *reconciler;
	struct watch *watch;
	struct watched_clock clock;
};

static int
signals_open(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int64_t
wait_milliseconds(const struct reconciler *reconciler, enum pass_result result)
{
	moment due = reconciler_next_due(reconciler), now = moment_now();
	moment wait = reconciler_interval(reconciler);

	if (result == PASS_DONE)
		wait = 0;
	else if (result == PASS_TROUBLE)
		wait = AFTER_TROUBLE_SECONDS;
	else if (due != 0 && due - now < wait)
		/* a due moment in the past that changed nothing must not spin */
		wait = due > now ? due - now : 1;
	return wait * 1000;
}

enum wake { WAKE_LOOK, WAKE_END };

/* Events that say nothing do not put off the time to look anyway. */
static enum wake
wait_for_something(const struct service *service, int signals, int64_t milliseconds)
{
	int64_t end = milliseconds_running() + milliseconds;
	struct pollfd ready[2] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = watch_descriptor(service->watch), .events = POLLIN },
	};
	struct signalfd_siginfo signal_read;

	for (;;) {
		int64_t left = end - milliseconds_running();
		int count = poll(ready, 2, left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);

		if (count < 0 && errno == EINTR)
			continue;
		if (read(signals, &signal_read, sizeof(signal_read)) == sizeof(signal_read))
			return WAKE_END;
		if (count <= 0 || service->watch == NULL || watch_take(service->watch))
			return WAKE_LOOK;
	}
}

/* Who runs a pipeline sees the exit status, and not the log. */
static enum daemon_result
once_ended(const struct service *service, enum pass_result result, struct text *why)
{
	if (result != PASS_IDLE) {
		*why = TEXT("the pass could not be completed; the log says why");
		return DAEMON_TROUBLE;
	}
	if (reconciler_waits_for_operator(service->reconciler)) {
		*why = TEXT("certificates wait to be issued, and an operator has to put the "
		    "signer's ledger right, or the output branch; the log says what is wrong");
		return DAEMON_ALARM;
	}
	return DAEMON_DONE;
}

static enum daemon_result
loop(struct service *service, const struct daemon_options *options, struct text *why)
{
	int signals = signals_open();
	enum daemon_result ended = DAEMON_DONE;

	if (signals < 0) {
		*why = TEXT("signals cannot be received");
		return DAEMON_TROUBLE;
	}
	for (;;) {
		struct pass_clock now = clock_read(&service->clock);
		enum pass_result result = reconcile(service->reconciler, &now);
		if (result == PASS_ALARM) {
			*why = TEXT("stopped by an alarm that needs an operator; the log says which");
			ended = DAEMON_ALARM;
			break;
		}
		if (!reconciler_has_keeper(service->reconciler)) {
			*why = TEXT("the keeper, which holds the CA keys, is gone or does not answer");
			ended = DAEMON_TROUBLE;
			break;
		}
		/* what a pass has left over shows only in the next one */
		if (result == PASS_DONE && options->once)
			continue;
		if (options->once) {
			ended = once_ended(service, result, why);
			break;
		}
		if (wait_for_something(service, signals,
			wait_milliseconds(service->reconciler, result)) == WAKE_END)
			break;
	}
	close(signals);
	return ended;
}

/* ssh may write it, but make no file beside it. */
static void
make_known_hosts(struct arena *arena, const struct local_configuration *local)
{
	const char *path = arena_printf(arena, "%s/.ssh/known_hosts", reconciler_home(arena, local));
	int descriptor = text_present(local->repository_url)
	    ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600) : -1;

	if (descriptor >= 0)
		(void)close(descriptor);
}

static bool
service_open(struct service *service, int keeper, struct arena *arena, struct text *why)
{
	struct confinement confinement = reconciler_confinement(arena, service->local);

	if (!become_user(service->local, confinement.occupation, arena, why) ||
	    !protect_process("reconciler", why))
		return false;
	make_known_hosts(arena, service->local);
	if (!confine(&confinement, service->local->sandbox, arena, why) ||
	    !reconciler_open(service->local, keeper, arena, &service->reconciler, why))
		return false;
	if (reconciler_watch_path(service->reconciler) == NULL)
		return true;
	service->watch = watch_open(reconciler_watch_path(service->reconciler));
	if (service->watch == NULL)
		log_event(LOG_WARNING, "not-watching", LOG_FIELDS({ "why",
		    text_of(strerror(errno)) }));
	return true;
}

enum daemon_result
reconciler_process(const struct local_configuration *local, int keeper,
    const struct daemon_options *options, struct arena *arena, struct text *why)
{
	struct service service = { .local = local };
	enum daemon_result result = DAEMON_TROUBLE;

	if (!service_open(&service, keeper, arena, why))
		goto out;
	/* one pass has nobody to confirm it */
	if (!options->once)
		clock_open(&service.clock, arena, reconciler_folder(arena, local),
		    options->clock_confirmed);
	if (text_present(options->accept_ledger_loss))
		reconciler_accept_ledger_loss(service.reconciler, options->accept_ledger_loss);
	if (!options->once)
		log_event(LOG_INFO, "started", LOG_FIELDS({ "repository",
		    text_present(local->repository_url) ? local->repository_url :
			local->repository_path }));
	result = loop(&service, options, why);
	if (!options->once)
		log_event(LOG_INFO, "ended", NULL);
out:
	watch_close(service.watch);
	reconciler_close(service.reconciler);
	return result;
}
