#include "repository/commit_open.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repository/feed_private.h"

enum { READ_SECONDS = 120, HEADER_MOST_BYTES = 16 * 1024 * 1024, PIECE_BYTES = 16384 };

/* What of a commit shapes history, in the form of a commit; absent when it is none. */
static struct text
shape_of(struct arena *arena, struct text raw)
{
	struct buffer shape = { .arena = arena };
	struct commit_header header;

	if (!commit_header_parse(raw, &header))
		return (struct text){ NULL, 0 };
	buffer_add(&shape, text_first(raw, (size_t)(header.parents.at - raw.at)));
	buffer_add(&shape, header.parents);
	buffer_printf(&shape, "committer <> %lld +0000\n\n", (long long)header.committed_at);
	return buffer_text(&shape);
}

/*
 * In a child: nobody else may handle signals, files or memory of the parent's. No
 * program is started, for the reconciler may start none.
 */
static void __attribute__((noreturn))
tell_shape(struct store *store, const git_oid *id, int to)
{
	git_odb_object *object;
	sigset_t alarm_only;
	struct text shape;

	(void)signal(SIGALRM, SIG_DFL);
	(void)sigemptyset(&alarm_only);
	(void)sigaddset(&alarm_only, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	(void)alarm(READ_SECONDS);
	if (git_odb_read(&object, store->objects, id) != 0)
		_exit(1);
	shape = shape_of(arena_new(), (struct text){ git_odb_object_data(object),
	    git_odb_object_size(object) });
	while (shape.length > 0) {
		ssize_t written = write(to, shape.at, shape.length);

		if (written < 0 && errno != EINTR)
			_exit(1);
		shape = text_skip(shape, written > 0 ? (size_t)written : 0);
	}
	_exit(0);
}

static bool
hear_all(int from, struct buffer *into)
{
	char piece[PIECE_BYTES];
	ssize_t got;

	while ((got = read(from, piece, sizeof(piece))) != 0) {
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0)
			buffer_add(into, (struct text){ piece, (size_t)got });
		if (into->length > HEADER_MOST_BYTES)
			return false;
	}
	return true;
}

/*
 * libgit2 does not read a part of an object: a child takes the memory, and
 * gives it back.
 */
static bool
read_shape(struct store *store, struct arena *arena, const git_oid *id, struct text *header)
{
	struct buffer heard = { .arena = arena };
	int ends[2], status = 1;
	bool whole;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	child = fork();
	if (child == 0)
		tell_shape(store, id, ends[1]);
	(void)close(ends[1]);
	whole = child > 0 && hear_all(ends[0], &heard);
	(void)close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	*header = buffer_text(&heard);
	return whole && status == 0;
}

/* The header of a commit of which only a part may be taken into this process. */
static bool
large_header(struct store *store, struct arena *arena, const git_oid *id, struct text *header)
{
	struct text head;

	if (store->feed == NULL)
		return read_shape(store, arena, id, header);
	if (!feed_head(store, id, &head))
		return false;
	*header = text_copy(arena, head);
	return true;
}

static bool
is_large_commit(struct store *store, const git_oid *id)
{
	git_object_t kind;
	size_t bytes;

	return git_odb_read_header(&bytes, &kind, store->objects, id) == 0 &&
	    kind == GIT_OBJECT_COMMIT && bytes > OPENED_COMMIT_BYTES;
}

bool
commit_open(struct store *store, const git_oid *id, struct opened_commit *out)
{
	char digits[OBJECT_ID_DIGITS + 1];
	struct text header;

	*out = (struct opened_commit){ .memory = NULL };
	(void)git_oid_tostr(digits, sizeof(digits), id);
	out->object = store_read(store, id, GIT_OBJECT_COMMIT, OPENED_COMMIT_BYTES);
	if (out->object != NULL) {
		header = out->raw = (struct text){ git_odb_object_data(out->object),
			git_odb_object_size(out->object) };
	} else {
		out->memory = arena_new();
		if (!is_large_commit(store, id))
			goto failed;
		if (!large_header(store, out->memory, id, &header)) {
			(void)store_fail(store, "commit %s is too large to be read", digits);
			goto failed;
		}
	}
	if (commit_header_parse(header, &out->header))
		return true;
	(void)store_fail(store, "commit %s is malformed", digits);
failed:
	commit_close(out);
	return false;
}

void
commit_close(struct opened_commit *commit)
{
	git_odb_object_free(commit->object);
	arena_free(commit->memory);
}
