#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Our ends of the three pipes; -1: closed, or there is none. */
enum { TO_INPUT, FROM_OUTPUT, FROM_ERRORS, PIPES };

struct conversation {
	struct arena *arena;
	const struct child_order *order;
	int ends[PIPES];
	struct text rest;               /* of the input */
	struct buffer kept[PIPES];
};

static void
close_end(int *end)
{
	if (*end >= 0)
		(void)close(*end);
	*end = -1;
}

/* Opens a pipe of which the child gets `theirs` as descriptor `number`. */
static bool
connect_pipe(posix_spawn_file_actions_t *actions, int number, int *ours, int *theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	*ours = ends[number == STDIN_FILENO ? 1 : 0];
	*theirs = ends[number == STDIN_FILENO ? 0 : 1];
	return posix_spawn_file_actions_adddup2(actions, *theirs, number) == 0;
}

static bool
start(struct conversation *conversation, pid_t *child)
{
	const struct child_order *order = conversation->order;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int theirs[PIPES] = { -1, -1, -1 }, error = ENOMEM;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	if (posix_spawnattr_init(&attributes) != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return false;
	}
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)posix_spawnattr_setsigdefault(&attributes, &defaults);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (!(text_present(order->input)
	    ? connect_pipe(&actions, STDIN_FILENO, &conversation->ends[TO_INPUT], &theirs[TO_INPUT])
	    : posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0))
		goto out;
	if (!order->output_shown && !connect_pipe(&actions, STDOUT_FILENO,
	    &conversation->ends[FROM_OUTPUT], &theirs[FROM_OUTPUT]))
		goto out;
	if (order->errors == CHILD_ERRORS_KEPT && !connect_pipe(&actions, STDERR_FILENO,
	    &conversation->ends[FROM_ERRORS], &theirs[FROM_ERRORS]))
		goto out;
	error = posix_spawnp(child, order->arguments[0], &actions, &attributes,
	    (char *const *)(uintptr_t)order->arguments, environ);
out:
	for (int i = 0; i < PIPES; i++)
		close_end(&theirs[i]);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
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
	return true;
}

static bool
converse(struct conversation *conversation)
{
	size_t most = conversation->order->most_bytes == 0 ? CHILD_OUTPUT_BYTES
	    : conversation->order->most_bytes;

	for (;;) {
		struct pollfd polled[PIPES];

		for (int i = 0; i < PIPES; i++)
			polled[i] = (struct pollfd){ .fd = conversation->ends[i],
				.events = i == TO_INPUT ? POLLOUT : POLLIN };
		if (polled[0].fd < 0 && polled[1].fd < 0 && polled[2].fd < 0)
			return true;
		if (poll(polled, PIPES, -1) < 0) {
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
	good = converse(&conversation);
	if (!good) {
		*why = text_printf(arena, "%s: %s", order->arguments[0],
		    errno == EFBIG ? "its output is too long" : strerror(errno));
		(void)kill(child, SIGKILL);
	}
	result->status = wait_for(child);
	result->output = buffer_text(&conversation.kept[FROM_OUTPUT]);
	result->errors = buffer_text(&conversation.kept[FROM_ERRORS]);
out:
	for (int i = 0; i < PIPES; i++)
		close_end(&conversation.ends[i]);
	(void)sigaction(SIGPIPE, &before, NULL);
	return good;
}
