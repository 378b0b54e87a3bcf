#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/moment.h"

enum { QUESTION_MILLISECONDS = 1000 };

/* The three pipes, by the descriptors that they are in the child. */
enum { TO_INPUT, FROM_OUTPUT, FROM_ERRORS, PIPES };

struct conversation {
	struct arena *arena;
	const struct child_order *order;
	int ends[PIPES];                /* ours; -1: closed, or there is none */
	struct text rest;               /* of the input */
	struct buffer kept[PIPES];
	size_t shown;                   /* bytes of the errors */
	int64_t said_at;                /* by milliseconds_running(): when the newest of them came */
	int64_t deadline;               /* by milliseconds_running(); 0: none */
};

/* For poll(2): -1 without a limit, 0 when the time is over. */
static int
remaining_milliseconds(const struct conversation *conversation)
{
	int64_t remaining;

	if (conversation->deadline == 0)
		return -1;
	remaining = conversation->deadline - milliseconds_running();
	return remaining < 0 ? 0 : remaining > INT32_MAX ? INT32_MAX : (int)remaining;
}

static void
close_end(int *end)
{
	if (*end >= 0)
		(void)close(*end);
	*end = -1;
}

/* Opens the pipes that are wanted; `theirs` are the child's ends. */
static bool
open_pipes(struct conversation *conversation, int theirs[PIPES])
{
	const struct child_order *order = conversation->order;
	const bool wanted[PIPES] = { [TO_INPUT] = text_present(order->input),
		[FROM_OUTPUT] = !order->output_shown,
		[FROM_ERRORS] = order->errors != CHILD_ERRORS_SHOWN };

	for (int i = 0; i < PIPES; i++) {
		int ends[2];

		if (!wanted[i])
			continue;
		if (pipe2(ends, O_CLOEXEC) != 0)
			return false;
		conversation->ends[i] = ends[i == TO_INPUT ? 1 : 0];
		theirs[i] = ends[i == TO_INPUT ? 0 : 1];
	}
	if (!wanted[TO_INPUT])
		theirs[TO_INPUT] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return theirs[TO_INPUT] >= 0;
}

/* In the child: becomes the program, or says by `report` why it cannot. */
static void __attribute__((noreturn))
become(const struct child_order *order, const int theirs[PIPES], int report)
{
	const struct rlimit largest = { order->most_file_bytes, order->most_file_bytes };
	sigset_t none;
	int error;

	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* a group of its own can be killed as a whole; without a limit it stays with the terminal */
	if ((order->seconds > 0 && setpgid(0, 0) != 0) ||
	    (order->most_file_bytes > 0 && setrlimit(RLIMIT_FSIZE, &largest) != 0))
		goto out;
	for (int i = 0; i < PIPES; i++)
		if (theirs[i] >= 0 && dup2(theirs[i], i) < 0)
			goto out;
	if (order->environment != NULL)
		environ = (char **)(uintptr_t)order->environment;
	(void)execvp(order->arguments[0], (char *const *)(uintptr_t)order->arguments);
out:
	error = errno;
	while (write(report, &error, sizeof(error)) < 0 && errno == EINTR)
		continue;
	_exit(127);
}

/* What the child reported: 0 when it became the program, and its end of the pipe closed with that. */
static int
reported_error(int report)
{
	int error = 0;
	ssize_t got;

	while ((got = read(report, &error, sizeof(error))) < 0 && errno == EINTR)
		continue;
	return got == (ssize_t)sizeof(error) ? error : 0;
}

/* Starts the program; false with errno. */
static bool
start(struct conversation *conversation, pid_t *child)
{
	int theirs[PIPES] = { -1, -1, -1 }, report[2] = { -1, -1 }, error = 0;

	if (!open_pipes(conversation, theirs) || pipe2(report, O_CLOEXEC) != 0 ||
	    (*child = fork()) < 0) {
		error = errno;
		*child = -1;
	} else if (*child == 0) {
		become(conversation->order, theirs, report[1]);
	}
	close_end(&report[1]);
	if (*child > 0 && (error = reported_error(report[0])) != 0)
		while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
			continue;
	close_end(&report[0]);
	for (int i = 0; i < PIPES; i++)
		close_end(&theirs[i]);
	errno = error;
	return error == 0;
}

static void
feed(struct conversation *conversation)
{
	ssize_t written = write(conversation->ends[TO_INPUT], conversation->rest.at,
	    conversation->rest.length);

	if (written > 0)
		conversation->rest = text_skip(conversation->rest, (size_t)written);
	else if (written < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* a program that does not read all of it says so by its exit status */
	if (written < 0 || text_empty(conversation->rest))
		close_end(&conversation->ends[TO_INPUT]);
}

/* False when there is more than may be kept. */
static bool
collect(struct conversation *conversation, int which, size_t most_bytes)
{
	char piece[16384];
	ssize_t got = read(conversation->ends[which], piece, sizeof(piece));

	if (got < 0 && errno == EINTR)
		return true;
	if (got <= 0) {
		close_end(&conversation->ends[which]);
		return true;
	}
	if (conversation->kept[which].length + (size_t)got > most_bytes)
		return which == FROM_ERRORS;
	buffer_add(&conversation->kept[which], (struct text){ piece, (size_t)got });
	if (which == FROM_ERRORS)
		conversation->said_at = milliseconds_running();
	return true;
}

/* Some of it may come from another machine: it is made harmless for a terminal. */
static void
show(struct arena *arena, struct text said)
{
	struct buffer shown = { .arena = arena };
	struct text rest = said, line, left;

	while (text_next_line(&rest, &line)) {
		buffer_add(&shown, text_visible(arena, line, CHILD_ERROR_BYTES));
		if (line.at + line.length < said.at + said.length)
			buffer_add_byte(&shown, '\n');
	}
	for (left = buffer_text(&shown); !text_empty(left);) {
		ssize_t written = write(STDERR_FILENO, left.at, left.length);

		if (written < 0 && errno != EINTR)
			return;
		left = text_skip(left, written > 0 ? (size_t)written : 0);
	}
}

/*
 * Shows what a program said a second ago and waits behind. Gives how long poll(2)
 * may wait at most, so that it is shown in time: `remaining` or less.
 */
static int
show_questions(struct conversation *conversation, int remaining)
{
	struct text unshown = text_skip(buffer_text(&conversation->kept[FROM_ERRORS]),
	    conversation->shown);
	int64_t wait = conversation->said_at + QUESTION_MILLISECONDS - milliseconds_running();

	if (conversation->order->errors != CHILD_ERRORS_ANSWERED || text_empty(unshown))
		return remaining;
	if (wait > 0)
		return remaining < 0 || remaining > wait ? (int)wait : remaining;
	show(conversation->arena, unshown);
	conversation->shown = conversation->kept[FROM_ERRORS].length;
	return remaining;
}

static bool
converse(struct conversation *conversation)
{
	size_t most = conversation->order->most_bytes == 0 ? CHILD_OUTPUT_BYTES
	    : conversation->order->most_bytes;

	for (;;) {
		struct pollfd polled[PIPES];
		int remaining;

		for (int i = 0; i < PIPES; i++)
			polled[i] = (struct pollfd){ .fd = conversation->ends[i],
				.events = i == TO_INPUT ? POLLOUT : POLLIN };
		if (polled[0].fd < 0 && polled[1].fd < 0 && polled[2].fd < 0)
			return true;
		remaining = remaining_milliseconds(conversation);
		if (remaining == 0) {
			errno = ETIMEDOUT;
			return false;
		}
		if (poll(polled, PIPES, show_questions(conversation, remaining)) < 0) {
			if (errno == EINTR)
				continue;
			return false;
		}
		if (polled[TO_INPUT].fd >= 0 && polled[TO_INPUT].revents != 0)
			feed(conversation);
		if (polled[FROM_OUTPUT].fd >= 0 && polled[FROM_OUTPUT].revents != 0 &&
		    !collect(conversation, FROM_OUTPUT, most)) {
			errno = EFBIG;
			return false;
		}
		if (polled[FROM_ERRORS].fd >= 0 && polled[FROM_ERRORS].revents != 0)
			(void)collect(conversation, FROM_ERRORS, CHILD_ERROR_BYTES);
	}
}

/* Waits for the end of a program that said all it had to say; false when its time is over. */
static bool
wait_until(const struct conversation *conversation, pid_t child)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	siginfo_t about;

	while (remaining_milliseconds(conversation) > 0) {
		about.si_pid = 0;
		/* looked at only: the status is for wait_for() */
		if (waitid(P_PID, (id_t)child, &about, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		    about.si_pid == child)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	errno = ETIMEDOUT;
	return conversation->deadline == 0;
}

static int
wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 255;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

bool
child_run(struct arena *arena, const struct child_order *order, struct child_result *result,
    struct text *why)
{
	struct conversation conversation = { .arena = arena, .order = order, .ends = { -1, -1, -1 },
		.rest = order->input };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	pid_t child = -1;
	bool good = false;

	*result = (struct child_result){ .status = 255 };
	conversation.kept[FROM_OUTPUT].arena = arena;
	conversation.kept[FROM_ERRORS].arena = arena;
	(void)sigaction(SIGPIPE, &ignore, &before);
	if (!start(&conversation, &child)) {
		*why = text_printf(arena, "%s could not be started: %s", order->arguments[0],
		    strerror(errno));
		goto out;
	}
	if (conversation.ends[TO_INPUT] >= 0)
		(void)fcntl(conversation.ends[TO_INPUT], F_SETFL, O_NONBLOCK);
	if (order->seconds > 0)
		conversation.deadline = milliseconds_running() + (int64_t)order->seconds * 1000;
	good = converse(&conversation) && wait_until(&conversation, child);
	if (!good) {
		*why = text_printf(arena, "%s: %s", order->arguments[0],
		    errno == EFBIG ? "its output is too long" :
		    errno == ETIMEDOUT ? "it took too long" : strerror(errno));
		(void)kill(order->seconds > 0 ? -child : child, SIGKILL);
	}
	result->status = wait_for(child);
	result->output = buffer_text(&conversation.kept[FROM_OUTPUT]);
	result->errors = buffer_text(&conversation.kept[FROM_ERRORS]);
	result->errors_shown = conversation.shown;
out:
	for (int i = 0; i < PIPES; i++)
		close_end(&conversation.ends[i]);
	(void)sigaction(SIGPIPE, &before, NULL);
	return good;
}

void
die_with_parent(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* it may have ended before that */
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
}
