#include "issue/keeper_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/moment.h"

static int64_t
deadline_in(int seconds)
{
	return seconds < 0 ? INT64_MAX : milliseconds_running() + (int64_t)seconds * 1000;
}

/* False when the deadline has passed, or there is nothing to wait for any more. */
static bool
wait_until(int descriptor, short events, int64_t deadline)
{
	struct pollfd polled = { .fd = descriptor, .events = events };

	for (;;) {
		int64_t left = deadline == INT64_MAX ? -1 : deadline - milliseconds_running();
		int ready;

		if (deadline != INT64_MAX && left <= 0)
			return false;
		ready = poll(&polled, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

/* Both together, where they go: the other side wakes up once for them. */
static bool
say_both(int descriptor, struct text header, struct text body, int64_t deadline)
{
	while (header.length + body.length > 0) {
		const struct iovec parts[] = {
			{ (void *)(uintptr_t)header.at, header.length },
			{ (void *)(uintptr_t)body.at, body.length },
		};
		ssize_t put = writev(descriptor, parts, 2);
		size_t of_header = put < 0 ? 0 : (size_t)put;

		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (put <= 0 && !wait_until(descriptor, POLLOUT, deadline))
			return false;
		if (of_header > header.length)
			of_header = header.length;
		body = text_skip(body, put < 0 ? 0 : (size_t)put - of_header);
		header = text_skip(header, of_header);
	}
	return true;
}

/* How many of the bytes were there before the other side closed its end; -1 in trouble. */
static ssize_t
hear_bytes(int descriptor, void *to, size_t bytes, int64_t deadline)
{
	size_t have = 0;

	while (have < bytes) {
		ssize_t got = read(descriptor, (char *)to + have, bytes - have);

		if (got > 0)
			have += (size_t)got;
		else if (got == 0)
			break;
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
		else if (!wait_until(descriptor, POLLIN, deadline))
			return -1;
	}
	return (ssize_t)have;
}

bool
channel_prepare(int descriptor)
{
	int flags = fcntl(descriptor, F_GETFL);

	return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0;
}

enum channel_result
channel_say(int descriptor, enum keeper_message type, struct text body, int seconds)
{
	unsigned char header[KEEPER_HEADER_BYTES];
	int64_t deadline = deadline_in(seconds);

	if (body.length > KEEPER_BODY_MOST_BYTES)
		return CHANNEL_BROKEN;
	keeper_header_write(type, body.length, header);
	return say_both(descriptor, (struct text){ (const char *)header, sizeof(header) }, body,
		   deadline) ? CHANNEL_OPEN : CHANNEL_BROKEN;
}

enum channel_result
channel_hear(int descriptor, const struct channel_patience *patience, struct arena *arena,
    enum keeper_message *type, struct text *body)
{
	unsigned char header[KEEPER_HEADER_BYTES];
	int64_t deadline;
	ssize_t got;
	size_t length;
	char *bytes;

	if (!wait_until(descriptor, POLLIN, deadline_in(patience->begin_seconds)))
		return CHANNEL_BROKEN;
	deadline = deadline_in(patience->seconds);
	got = hear_bytes(descriptor, header, sizeof(header), deadline);
	if (got == 0)
		return CHANNEL_ENDED;
	if (got != sizeof(header) || !keeper_header_read(header, type, &length))
		return CHANNEL_BROKEN;
	bytes = arena_allocate(arena, length + 1);
	if (hear_bytes(descriptor, bytes, length, deadline) != (ssize_t)length)
		return CHANNEL_BROKEN;
	*body = (struct text){ bytes, length };
	return CHANNEL_OPEN;
}
