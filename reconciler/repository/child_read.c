#include "repository/child_read.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"

/* Shorter than whoever asked for the pieces waits for the first. */
enum { READ_SECONDS = 100, PIECE_BYTES = 1024 * 1024 };

/*
 * In a child: nobody else may handle signals, files or memory of the parent's. No
 * program is started, for the reconciler may start none.
 */
static void __attribute__((noreturn))
tell(struct store *store, const struct child_reading *reading, int to)
{
	git_odb_object *object;
	sigset_t alarm_only;
	struct text rest;

	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	(void)alarm(READ_SECONDS);
	if (git_odb_read(&object, store->objects, reading->id) != 0)
		_exit(1);
	rest = (struct text){ git_odb_object_data(object), git_odb_object_size(object) };
	if (reading->part != NULL)
		rest = reading->part(arena_new(), rest);
	_exit(file_write_all(to, rest) ? 0 : 1);
}

/* A whole piece, or what is left; -1 in trouble. */
static ssize_t
hear_piece(int from, char *piece)
{
	size_t have = 0;

	while (have < PIECE_BYTES) {
		ssize_t got = read(from, piece + have, PIECE_BYTES - have);

		if (got < 0 && errno != EINTR)
			return -1;
		if (got == 0)
			break;
		have += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)have;
}

static bool
hear_all(int from, const struct child_reading *reading)
{
	char *piece = malloc(PIECE_BYTES);
	bool wanted = true;
	ssize_t got = 0;

	if (piece == NULL)
		abort();
	while (wanted && (got = hear_piece(from, piece)) > 0)
		wanted = reading->take(reading->context, (struct text){ piece, (size_t)got });
	free(piece);
	return wanted && got == 0;
}

bool
child_read(struct store *store, const struct child_reading *reading)
{
	int ends[2], status = 1;
	pid_t parent = getpid(), child;
	bool whole;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	child = fork();
	if (child == 0) {
		/* the parent's locks and sockets are open here, too */
		die_with_parent(parent);
		/* or it would wait for itself when nobody else reads any more */
		(void)close(ends[0]);
		tell(store, reading, ends[1]);
	}
	(void)close(ends[1]);
	whole = child > 0 && hear_all(ends[0], reading);
	(void)close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return whole && status == 0;
}
