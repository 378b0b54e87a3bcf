/*
 * The event loop. It knows nothing of requests: it only says when to look.
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/clock.h"
#include "daemon/watch.h"
#include "reconcile.h"
#include "reconcile/load.h"

enum { AFTER_TROUBLE_SECONDS = 5 };

/* What stays open while a local configuration is in force. */
struct service {
	struct arena *arena;
	struct local_configuration *local;
	struct reconciler *reconciler;
	struct watch *watch;
};

static void
service_close(struct service *service)
{
	watch_close(service->watch);
	reconciler_close(service->reconciler);
	arena_free(service->arena);
	*service = (struct service){ 0 };
}

static bool
service_open(struct service *service, const struct daemon_options *options, struct arena *arena,
    struct text *why)
{
	struct arena *own = arena_new();

	*service = (struct service){ .arena = own };
	service->local = local_configuration_read(own, options->configuration_path, why);
	if (service->local == NULL ||
	    !reconciler_open(service->local, own, &service->reconciler, why)) {
		*why = text_copy(arena, *why);
		service_close(service);
		return false;
	}
	if (reconciler_watch_path(service->reconciler) == NULL)
		return true;
	service->watch = watch_open(reconciler_watch_path(service->reconciler));
	if (service->watch == NULL)
		log_event(LOG_WARNING, "not-watching", LOG_FIELDS({ "why",
		    text_of(strerror(errno)) }));
	return true;
}

/*
 * SIGHUP: the new configuration in place of the old. Only one of them may hold
 * the state directory, so the old one is closed first and opened again when
 * the new one is no good.
 */
static bool
service_reload(struct service *service, const struct daemon_options *options, struct arena *arena,
    struct text *why)
{
	struct arena *probe = arena_new();
	bool readable = local_configuration_read(probe, options->configuration_path, why) != NULL;

	if (!readable)
		log_event(LOG_ERROR, "reload-refused", LOG_FIELDS({ "why", *why }));
	arena_free(probe);
	if (!readable)
		return true;
	service_close(service);
	log_event(LOG_INFO, "reloaded", NULL);
	return service_open(service, options, arena, why);
}

static int
signals_open(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The keys are in this process: no core dump, no tracer. */
static void
protect_memory(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

static int
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
	return (int)(wait * 1000);
}

enum wake { WAKE_LOOK, WAKE_RELOAD, WAKE_END };

static int64_t
milliseconds_running(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Events that say nothing do not put off the time to look anyway. */
static enum wake
wait_for_something(const struct service *service, int signals, int milliseconds)
{
	int64_t end = milliseconds_running() + milliseconds, left;
	struct pollfd ready[2] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = watch_descriptor(service->watch), .events = POLLIN },
	};
	struct signalfd_siginfo signal_read;

	for (;;) {
		int count;

		left = end - milliseconds_running();
		count = poll(ready, 2, left > 0 ? (int)left : 0);

		if (count < 0 && errno == EINTR)
			continue;
		if (read(signals, &signal_read, sizeof(signal_read)) == sizeof(signal_read))
			return signal_read.ssi_signo == SIGHUP ? WAKE_RELOAD : WAKE_END;
		if (count <= 0 || service->watch == NULL || watch_take(service->watch))
			return WAKE_LOOK;
	}
}

static enum daemon_result
loop(struct service *service, const struct daemon_options *options, int signals,
    struct arena *arena, struct text *why)
{
	struct watched_clock clock = { 0 };
	enum daemon_result ended = DAEMON_DONE;

	for (;;) {
		struct pass_clock now = clock_read(&clock);
		enum pass_result result = reconcile(service->reconciler, &now);
		enum wake wake;

		if (result == PASS_ALARM) {
			*why = TEXT("stopped by an alarm that needs an operator; the log says which");
			ended = DAEMON_ALARM;
			break;
		}
		/* what a pass has left over shows only in the next one */
		if (result == PASS_DONE && options->once)
			continue;
		if (options->once) {
			ended = result == PASS_IDLE ? DAEMON_DONE : DAEMON_TROUBLE;
			*why = TEXT("the pass could not be completed; the log says why");
			break;
		}
		wake = wait_for_something(service, signals,
		    wait_milliseconds(service->reconciler, result));
		if (wake == WAKE_END)
			break;
		if (wake == WAKE_RELOAD) {
			clock_confirm(&clock);
			if (!service_reload(service, options, arena, why)) {
				ended = DAEMON_TROUBLE;
				break;
			}
		}
	}
	return ended;
}

enum daemon_result
daemon_run(struct arena *arena, const struct daemon_options *options, struct text *why)
{
	struct service service = { 0 };
	enum daemon_result result = DAEMON_TROUBLE;
	int signals = -1;

	protect_memory();
	if (!service_open(&service, options, arena, why))
		return DAEMON_TROUBLE;
	if (text_present(options->accept_ledger_loss))
		reconciler_accept_ledger_loss(service.reconciler, options->accept_ledger_loss);
	signals = signals_open();
	if (signals < 0) {
		*why = TEXT("signals cannot be received");
		goto out;
	}
	/* who reads this may send a signal at once */
	if (!options->once)
		log_event(LOG_INFO, "started", LOG_FIELDS({ "repository",
		    text_present(service.local->repository_url) ?
			service.local->repository_url : service.local->repository_path }));
	result = loop(&service, options, signals, arena, why);
	if (!options->once)
		log_event(LOG_INFO, "ended", NULL);
out:
	if (signals >= 0)
		close(signals);
	service_close(&service);
	return result;
}
