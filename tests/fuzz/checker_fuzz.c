/*
 * A taken-over reconciler speaks to the checker: whatever it is asked, it says
 * what it likes. The input is where trust begins, a line for the commit and one
 * for the digest of the configuration there, and then all that is said on the stream.
 * Behind the checker is a keeper that ends when it hears something; an order may only be the one
 * that the history in the corpus decides.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/log.h"
#include "checker/checker.h"
#include "issue/keeper_channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { PIECE_BYTES = 65536, HEARD_BYTES = 1 << 18, SAY_SECONDS = 10, ID_DIGITS = 40 };

/* SHA-256 of the one order in corpus/checker/session-to-orders, without key and certificate. */
static const char decided[] = "369cdec8a213c5951651c685350a7cd540dc0ef8835a276079efb2c10c33436f";


/* What the checker keeps; it begins anew with each input. */
static char *folder, *accepted;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
remove_folder(void)
{
	(void)unlink(accepted);
	(void)rmdir(folder);
	free(accepted);
	free(folder);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *temporary = getenv("TMPDIR");

	(void)argc;
	(void)argv;
	must(asprintf(&folder, "%s/checker-fuzz.XXXXXX", temporary != NULL ? temporary : "/tmp") > 0);
	must(mkdtemp(folder) != NULL && asprintf(&accepted, "%s/accepted", folder) > 0);
	must(atexit(remove_folder) == 0);
	log_configure(LOG_NOTHING, -1);
	return 0;
}

/* The other end of the checker's stream, in a thread of its own. */
struct reconciler {
	int descriptor;
	struct text says;
};

static void
say_some(struct reconciler *reconciler)
{
	struct text piece = text_first(reconciler->says, PIECE_BYTES);
	ssize_t said = send(reconciler->descriptor, piece.at, piece.length,
	    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (said >= 0)
		reconciler->says = text_skip(reconciler->says, (size_t)said);
	else if (errno != EAGAIN)
		reconciler->says = TEXT("");
	if (text_empty(reconciler->says))
		(void)shutdown(reconciler->descriptor, SHUT_WR);
}

/* It hears all that is said to it, so that nobody waits. */
static void *
reconcile_badly(void *context)
{
	struct reconciler *reconciler = context;
	char heard[PIECE_BYTES];
	bool open = true;

	if (text_empty(reconciler->says))
		(void)shutdown(reconciler->descriptor, SHUT_WR);
	while (open) {
		struct pollfd ready = { .fd = reconciler->descriptor,
			.events = text_empty(reconciler->says) ? POLLIN : POLLIN | POLLOUT };

		must(poll(&ready, 1, -1) == 1);
		if ((ready.revents & POLLOUT) != 0)
			say_some(reconciler);
		if ((ready.revents & ~POLLOUT) != 0)
			open = recv(reconciler->descriptor, heard, sizeof(heard), 0) > 0;
	}
	return NULL;
}

/* The keeper's end of its stream, in another thread. */
struct keeper_end {
	int descriptor;
	char *heard;
	size_t length;
};

static void *
hear_all(void *context)
{
	struct keeper_end *end = context;
	char piece[PIECE_BYTES];
	ssize_t got;

	while ((got = recv(end->descriptor, piece, sizeof(piece), 0)) > 0) {
		size_t taken = (size_t)got < HEARD_BYTES - end->length ? (size_t)got
		    : HEARD_BYTES - end->length;

		memcpy(end->heard + end->length, piece, taken);
		end->length += taken;
	}
	return NULL;
}

/* Nobody but a quorum decides. Key and certificate the keeper compares with the plan, which names their digests. */
static void
judge_orders(struct arena *arena, struct text body)
{
	struct signing_orders orders = { 0 };
	struct text why;

	must(keeper_orders_read(arena, body, &orders, &why));
	for (size_t i = 0; i < orders.count; i++) {
		struct signing_order order = { .plan = orders.at[i].plan,
			.intent = orders.at[i].intent };

		must(text_is(digest_sha256_hex(arena, keeper_orders_write(arena, &order, 1)),
		    decided));
	}
}

static void
judge_heard(struct arena *arena, const struct keeper_end *end)
{
	struct text rest = { end->heard, end->length };
	enum keeper_message type;
	size_t length;

	while (rest.length >= KEEPER_HEADER_BYTES) {
		must(keeper_header_read((const unsigned char *)rest.at, &type, &length));
		rest = text_skip(rest, KEEPER_HEADER_BYTES);
		if (type == KEEPER_ORDERS && length <= rest.length)
			judge_orders(arena, text_first(rest, length));
		rest = text_skip(rest, length);
	}
}

/* Ready, and then never an answer. Its end of the stream goes to *end. */
static struct signer *
keeper_without_answers(struct arena *arena, struct keeper_end *end)
{
	struct signer *keeper = NULL;
	struct text why;
	int ends[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	must(channel_say(ends[0], KEEPER_READY, keeper_verdict_write(arena, 1, TEXT("")),
	    SAY_SECONDS) == CHANNEL_OPEN && shutdown(ends[0], SHUT_WR) == 0);
	must(signer_open(ends[1], arena, &keeper, &why));
	*end = (struct keeper_end){ .descriptor = ends[0],
		.heard = arena_allocate(arena, HEARD_BYTES) };
	return keeper;
}

/* The checker's whole life; its end of the stream is the order's. */
static void
serve(struct arena *arena, struct checker_order *order)
{
	struct checker *checker = NULL;
	struct text why = { NULL, 0 };

	must(checker_open(order, arena, &checker, &why));
	(void)checker_serve(checker);
	checker_close(checker);
	signer_close(order->keeper);
	must(close(order->descriptor) == 0);
}

static void
converse(struct arena *arena, struct checker_order *order, struct text says)
{
	struct reconciler reconciler = { .says = says };
	struct keeper_end keeper;
	pthread_t threads[2];
	int ends[2];

	must(unlink(accepted) == 0 || errno == ENOENT);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	must(channel_prepare(ends[1]));
	reconciler.descriptor = ends[0];
	order->descriptor = ends[1];
	order->keeper = keeper_without_answers(arena, &keeper);
	must(pthread_create(&threads[0], NULL, reconcile_badly, &reconciler) == 0);
	must(pthread_create(&threads[1], NULL, hear_all, &keeper) == 0);
	serve(arena, order);
	for (size_t i = 0; i < 2; i++)
		must(pthread_join(threads[i], NULL) == 0);
	must(close(reconciler.descriptor) == 0 && close(keeper.descriptor) == 0);
	judge_heard(arena, &keeper);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text says = { arena_copy(arena, data, size), size };
	struct local_configuration local = { .branch = TEXT("main") };
	struct checker_order order = { .local = &local, .folder = folder,
		.accept_ledger_loss = TEXT("hash") };

	if (text_next_line(&says, &local.introduction_commit) &&
	    text_next_line(&says, &local.introduction_digest) &&
	    hex_is_lower(local.introduction_commit, ID_DIGITS) &&
	    digest_is_named(local.introduction_digest))
		converse(arena, &order, says);
	arena_free(arena);
	return 0;
}
