/*
 * A taken-over reconciler: it speaks to the checker as it likes. Behind the
 * checker stands a keeper with the real key; what the repository decides is
 * written by a reconciler that is not taken over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "checker/checker.h"
#include "issue/keeper_channel.h"
#include "issue/keeper_service.h"
#include "lib/git_fixture.h"
#include "reconcile.h"
#include "reconcile/load.h"
#include "repository/store.h"
#include "trust/commit.h"
#include "trust/sshsig.h"

/* What a lying reconciler gives in place of an object. */
enum lie { LIE_NONE, LIE_ANOTHER, LIE_NOTHING, LIE_TYPE, LIE_CUT, LIE_ALONG, LIE_PIECES, LIE_KILLED, LIE_ENDS };

struct checker_test {
	struct git_fixture *git;
	struct arena *arena;
	struct local_configuration *local;
	struct store *store;
	pid_t keeper;
	pid_t checker;
	struct signer *signer;
	enum lie lie;
	size_t after;           /* objects that are given truly before */
	size_t given;
	struct text withheld;   /* the id of an object that is never given; absent: none */
	struct texts *asked;    /* ids of what is asked for; NULL: nobody wants to know */
	struct text lost;       /* see checker_order.accept_ledger_loss */
	struct stored_objects made;     /* that are in no repository */
};

static struct text
run(struct checker_test *test, const char *script)
{
	return git_fixture_run(test->git, "source /proc/%d/cwd/tests/lib/pki.bash\n"
	    "export HOME=%s PKI=%s/pki WORK=%s/pki/work BARE=%s/pki/pki.git\n"
	    "PKI_ID=$(cat \"$HOME/id\" 2>/dev/null || true)\n%s", (int)getpid(), test->git->folder,
	    test->git->folder, test->git->folder, test->git->folder, script);
}

static const char made[] =
    "pki_new \"$HOME/pki\" >/dev/null; echo \"$PKI_ID\" >\"$HOME/id\"; cd \"$WORK\"\n"
    "pki_request good automatic alice good.example.com\n"
    "pki_request open web-production bob open.example.com\n";

/* In place of the checker's file is something that cannot be written over; and no more. */
static const char full[] = "rm -f \"$PKI/state/checker/accepted\"; mkdir -p \"$PKI/state/checker/accepted/full\"";
static const char free_again[] = "rm -r \"$PKI/state/checker/accepted\"";

static const char forgotten[] = "rm -rf \"$PKI/state\"; mkdir -p \"$PKI/state/checker\"";

/* --- the processes --------------------------------------------------------------------- */

static void __attribute__((noreturn))
be_keeper(const struct checker_test *test, int descriptor)
{
	struct arena *arena = arena_new();
	struct keeper_clock clock = keeper_clock_read();
	struct keeper *keeper = NULL;
	struct text why = { NULL, 0 };

	if (!keeper_open(test->local, &clock, arena, &keeper, &why))
		keeper_say_failed(descriptor, why);
	else
		(void)keeper_serve(keeper, descriptor);
	keeper_close(keeper);
	arena_free(arena);
	_exit(0);
}

static void __attribute__((noreturn))
be_checker(const struct checker_test *test, int descriptor, int keeper)
{
	struct arena *arena = arena_new();
	struct checker_order order = { .local = test->local, .descriptor = descriptor,
		.folder = arena_printf(arena, "%s/pki/state/checker", test->git->folder),
		.accept_ledger_loss = test->lost };
	struct checker *checker = NULL;
	struct text why = { NULL, 0 };

	log_configure(LOG_NOTHING, -1);
	if (!channel_prepare(descriptor) || !signer_open(keeper, arena, &order.keeper, &why) ||
	    !checker_open(&order, arena, &checker, &why))
		keeper_say_failed(descriptor, why);
	else
		(void)checker_serve(checker);
	checker_close(checker);
	signer_close(order.keeper);
	arena_free(arena);
	_exit(0);
}

/* The descriptor on which the checker is asked. */
static int
start(struct checker_test *test)
{
	int asks[2], orders[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, asks), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders), 0);
	test->keeper = fork();
	if (test->keeper == 0) {
		(void)close(asks[0]);
		(void)close(asks[1]);
		(void)close(orders[0]);
		be_keeper(test, orders[1]);
	}
	(void)close(orders[1]);
	test->checker = fork();
	if (test->checker == 0) {
		(void)close(asks[0]);
		be_checker(test, asks[1], orders[0]);
	}
	(void)close(asks[1]);
	(void)close(orders[0]);
	return asks[0];
}

static void
wait_for_end(struct checker_test *test)
{
	int status;

	assert_int_equal(waitpid(test->checker, &status, 0), test->checker);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(waitpid(test->keeper, &status, 0), test->keeper);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A reconciler as it should be does all there is to do. */
static void
reconcile_well(struct checker_test *test)
{
	struct pass_clock clock = { .now = moment_now() };
	struct reconciler *reconciler;
	struct text why = { NULL, 0 };

	log_configure(LOG_ALARM, 1);
	if (!reconciler_open(test->local, start(test), test->arena, &reconciler, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	while (reconcile(reconciler, &clock) == PASS_DONE)
		continue;
	reconciler_close(reconciler);
	wait_for_end(test);
}

/* --- and as it should not be ---------------------------------------------------------------- */

static void
lie_about(struct checker_test *test, struct arena *arena, struct evidence_object *object,
    struct evidence_objects *out)
{
	switch (test->lie) {
	case LIE_NONE:
		break;
	case LIE_ANOTHER:
		object->content = text_printf(arena, "%.*s ", TEXT_ARGUMENTS(object->content));
		break;
	case LIE_NOTHING:
		return;
	case LIE_TYPE:
		object->type = strcmp(object->type, "blob") == 0 ? "tree" : "blob";
		break;
	case LIE_CUT:
		object->content = text_first(object->content, object->content.length / 2);
		break;
	case LIE_PIECES:
	case LIE_KILLED:
	case LIE_ENDS:
		if (object->content.length > 1) {
			object->large_bytes = object->content.length;
			object->content = (struct text){ NULL, 0 };
		}
		break;
	case LIE_ALONG:
		*ARRAY_ADD(arena, out) = *object;
		for (int i = 0; i < 1000; i++)
			*ARRAY_ADD(arena, out) = (struct evidence_object){ .type = "blob",
				.content = text_printf(arena, "%zu %d", test->given, i) };
		return;
	}
	*ARRAY_ADD(arena, out) = *object;
}

static void
read_object(void *context, struct arena *arena, struct text id, struct evidence_objects *out)
{
	struct checker_test *test = context;
	struct evidence_object object = { .large_bytes = 0 };

	for (size_t i = test->made.count; i-- > 0;)
		if (text_equal(test->made.at[i].id, id)) {
			*ARRAY_ADD(arena, out) = (struct evidence_object){ .type = test->made.at[i].type,
				.content = test->made.at[i].content };
			return;
		}
	if (!store_object_any(test->store, arena, id, SIZE_MAX, &object.type, &object.content) ||
	    (text_present(test->withheld) && text_equal(id, test->withheld)))
		return;
	if (test->asked != NULL)
		texts_add(test->arena, test->asked, text_copy(test->arena, id));
	if (test->given++ >= test->after)
		lie_about(test, arena, &object, out);
	else
		*ARRAY_ADD(arena, out) = object;
}

/* In two pieces, whose reader may be killed then; or one and no other. */
static bool
read_pieces(void *context, struct text id, bool (*take)(void *to, struct text piece), void *to)
{
	struct checker_test *test = context;
	struct text content;
	const char *type;

	assert_true(store_object_any(test->store, test->arena, id, SIZE_MAX, &type, &content));
	return take(to, text_first(content, content.length / 2)) && test->lie != LIE_ENDS &&
	    take(to, text_skip(content, content.length / 2)) && test->lie != LIE_KILLED;
}

static void
take_over(struct checker_test *test, enum lie lie, size_t after)
{
	struct evidence_source source = { .read = read_object, .read_pieces = read_pieces,
		.context = test };
	struct text why = { NULL, 0 };

	test->lie = lie;
	test->after = after;
	test->given = 0;
	if (!signer_open(start(test), test->arena, &test->signer, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	signer_use_evidence(test->signer, &source);
}

static void
let_go(struct checker_test *test)
{
	signer_close(test->signer);
	wait_for_end(test);
}

static struct text
tip(struct checker_test *test)
{
	struct text id = { NULL, 0 };

	assert_true(store_ref(test->store, test->arena, "refs/heads/countersign/output", &id));
	return id;
}

static void
says(struct text said, const char *part)
{
	if (memmem(said.at, said.length, part, strlen(part)) == NULL)
		fail_msg("'%s' is not in: %.*s", part, TEXT_ARGUMENTS(said));
}

static void
shown(struct checker_test *test, struct text commit, enum show_result expected, const char *part)
{
	struct text remark = TEXT("");
	enum show_result result = signer_show(test->arena, test->signer, commit, &remark);

	if (result != expected)
		fail_msg("%d, not %d: %.*s", result, expected, TEXT_ARGUMENTS(remark));
	says(remark, part);
}

/* The order that the record of a request asks for, at an output commit. */
static struct signing_order
order_of(struct checker_test *test, struct text commit, const char *id)
{
	struct request_record record = { 0 };
	const struct certificate_authority *authority;
	struct configuration trusted = { 0 };
	struct request request = { 0 };
	struct reasons reasons = { 0 };
	struct text content, why;

	assert_true(record_load(test->store, test->arena, commit, text_of(id), &record));
	assert_true(configuration_trusted_load(test->store, test->arena, commit, NULL, &trusted,
	    &why));
	assert_true(store_object(test->store, test->arena, record.version.blob, "blob", 1 << 20,
	    &content));
	assert_true(request_decode(test->arena, text_of(id), content, &request, &reasons));
	authority = configuration_authority(&trusted, TEXT("issuing-ca"));
	return (struct signing_order){ .plan = record.plan, .intent = record.intent,
		.public_key = request.csr_facts.public_key,
		.authority_certificate = authority->certificate };
}

static struct text
refused(struct checker_test *test, const struct signing_order *order, const char *part)
{
	struct signed_certificate certificate = { .below_chain = false };
	struct text why = TEXT("");

	assert_int_not_equal(signer_issue(test->arena, test->signer, order, &certificate, &why),
	    SIGNING_DONE);
	assert_false(text_present(certificate.pem));
	says(why, part);
	return why;
}

static struct signing_outcome
outcome_of(struct checker_test *test, const struct signing_order *order)
{
	struct signing_orders orders = { 0 };
	struct signing_outcome outcome;

	*ARRAY_ADD(test->arena, &orders) = *order;
	signer_issue_all(test->arena, test->signer, &orders, &outcome);
	return outcome;
}

static void
is_issued(struct checker_test *test, const struct signing_order *order)
{
	struct signed_certificate certificate;
	struct text why = TEXT("");

	if (signer_issue(test->arena, test->signer, order, &certificate, &why) != SIGNING_DONE)
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
}

/* The output branch is as it was when a certificate was decided, and nobody but git knows of it. */
static struct text
only_decided(struct checker_test *test)
{
	(void)run(test, forgotten);
	(void)run(test, "git -C \"$BARE\" update-ref refs/heads/countersign/output countersign/output~1");
	return tip(test);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void
what_is_decided_is_signed_and_nothing_else(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test);
	struct signing_order order = order_of(test, commit, "good"), other = order;

	take_over(test, LIE_NONE, 0);
	(void)refused(test, &order, "has not seen this decided");
	shown(test, commit, SHOW_FOLLOWED, "");
	other.intent.serial_number = TEXT("1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a");
	(void)refused(test, &other, "has not seen this decided");
	other = order;
	other.intent.digest = TEXT("sha256:"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	(void)refused(test, &other, "has not seen this decided");
	other = order;
	other.intent.not_after += 86400;
	(void)refused(test, &other, "not the one that the output branch holds");
	other = order;
	other.intent.decided_at -= 1;
	(void)refused(test, &other, "not the one that the output branch holds");
	other = order;
	other.plan = text_printf(test->arena, "%.*s\n", TEXT_ARGUMENTS(order.plan));
	(void)refused(test, &other, "not the one that the output branch holds");
	other = order;
	other.public_key = text_copy(test->arena, order.public_key);
	((char *)(uintptr_t)other.public_key.at)[other.public_key.length - 1] ^= 1;
	(void)refused(test, &other, "key");
	is_issued(test, &order);
	is_issued(test, &order);
	let_go(test);
}

/* What is not vouched for stands among what is: nobody gets another's certificate, or loses his own. */
static void
each_order_has_its_own_answer(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test);
	struct signing_order order = order_of(test, commit, "good"), forged = order;
	struct signing_orders orders = { 0 };
	struct signing_outcome outcomes[5];

	forged.intent.not_after += 86400;
	take_over(test, LIE_NONE, 0);
	shown(test, commit, SHOW_FOLLOWED, "");
	for (size_t i = 0; i < 5; i++)
		*ARRAY_ADD(test->arena, &orders) = i % 2 == 0 ? forged : order;
	signer_issue_all(test->arena, test->signer, &orders, outcomes);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(outcomes[i].result == SIGNING_DONE, i % 2 == 1);
		assert_int_equal(text_present(outcomes[i].certificate.pem), i % 2 == 1);
		if (i % 2 == 0)
			says(outcomes[i].why, "not the one that the output branch holds");
	}
	assert_true(text_equal(outcomes[1].certificate.pem, outcomes[3].certificate.pem));
	let_go(test);
}

/* What was vouched for is so still, whatever died meanwhile: once more the same bytes, and no others. */
static void
what_was_seen_decided_is_known_after_a_restart(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test), why = TEXT("");
	struct signing_order order = order_of(test, commit, "good"), other = order;
	struct signed_certificate first, again;

	take_over(test, LIE_NONE, 0);
	shown(test, commit, SHOW_FOLLOWED, "");
	let_go(test);
	/* nothing is shown: the accepted tip alone says it */
	take_over(test, LIE_NONE, 0);
	other.intent.not_after += 86400;
	(void)refused(test, &other, "not the one that the output branch holds");
	assert_int_equal(signer_issue(test->arena, test->signer, &order, &first, &why), SIGNING_DONE);
	let_go(test);
	/* the answer was lost, and the checker's folder with it: the ledger has it */
	(void)run(test, "rm -rf \"$PKI/state/checker\"; mkdir \"$PKI/state/checker\"");
	take_over(test, LIE_NONE, 0);
	(void)refused(test, &order, "has not seen this decided");
	shown(test, commit, SHOW_FOLLOWED, "");
	assert_int_equal(signer_issue(test->arena, test->signer, &order, &again, &why), SIGNING_DONE);
	assert_true(text_equal(first.pem, again.pem));
	let_go(test);
}

/* What it must read to vouch is withheld only then. */
static void
nothing_is_vouched_for_without_the_record(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test), why = TEXT("");
	struct signing_order order = order_of(test, commit, "good");
	struct signing_outcome outcome;

	take_over(test, LIE_NONE, 0);
	shown(test, commit, SHOW_FOLLOWED, "");
	let_go(test);
	take_over(test, LIE_NOTHING, 0);
	outcome = outcome_of(test, &order);
	assert_int_equal(outcome.result, SIGNING_FAILED);
	assert_false(outcome.releasable);
	says(outcome.why, "cannot read the decision");
	assert_int_equal(signer_release(test->arena, test->signer, order.plan, &why), RELEASE_FAILED);
	test->after = SIZE_MAX;
	is_issued(test, &order);
	let_go(test);
}

static void
a_decision_carried_out_is_not_replayed(void **state)
{
	struct checker_test *test = *state;
	struct signing_order order = order_of(test, tip(test), "good");

	take_over(test, LIE_NONE, 0);
	shown(test, tip(test), SHOW_FOLLOWED, "");
	(void)refused(test, &order, "has not seen this decided");
	let_go(test);
}

static void
objects_that_are_not_what_they_are_said_to_be(void **state)
{
	struct checker_test *test = *state;
	static const enum lie lies[] = { LIE_ANOTHER, LIE_TYPE, LIE_CUT, LIE_NOTHING, LIE_ENDS };
	struct text commit = only_decided(test);
	struct signing_order order = order_of(test, commit, "good");

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		for (size_t after = 0; after < 40; after += 13) {
			take_over(test, lies[i], after);
			shown(test, commit, SHOW_FAILED, lies[i] == LIE_NOTHING ||
			    lies[i] == LIE_ENDS ? "" :
			    "what was given in its place was another object");
			(void)refused(test, &order, "has not seen this decided");
			/* the truth is heard when it is told */
			test->after = SIZE_MAX;
			shown(test, commit, SHOW_FOLLOWED, "");
			let_go(test);
			(void)run(test, forgotten);
		}
}

/* However oddly the objects come, each is what it is said to be. */
static void
is_issued_all_the_same(struct checker_test *test, enum lie lie)
{
	struct text commit = only_decided(test);
	struct signing_order order = order_of(test, commit, "good");

	take_over(test, lie, 0);
	shown(test, commit, SHOW_FOLLOWED, "");
	is_issued(test, &order);
	let_go(test);
}

static void
what_comes_along_is_measured_too(void **state)
{
	is_issued_all_the_same(*state, LIE_ALONG);
}

static void
what_comes_in_pieces_is_put_together(void **state)
{
	is_issued_all_the_same(*state, LIE_PIECES);
}

/* Nobody waits for another piece then, nor takes one for the answer to something else. */
static void
whose_reader_is_killed_behind_the_last_piece(void **state)
{
	is_issued_all_the_same(*state, LIE_KILLED);
}

static void
another_branch_is_refused_and_nothing_is_signed_any_more(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test), other;
	struct signing_order order = order_of(test, commit, "good");

	take_over(test, LIE_NONE, 0);
	shown(test, commit, SHOW_FOLLOWED, "");
	other = run(test, "git -C \"$BARE\" commit-tree -m x \"main^{tree}\"");
	shown(test, other, SHOW_REFUSED, "OutputForeign");
	(void)refused(test, &order, "nothing is vouched for");
	shown(test, commit, SHOW_REFUSED, "OutputForeign");
	let_go(test);
}

static const char forge[] =
    "cd \"$BARE\"; git -c user.name=x -c user.email=x -c gpg.format=ssh -c user.signingKey=\"$PKI/keys/reconciler\" "
    "commit-tree -S -p countersign/output -m \"$(git log -1 --format=%%B countersign/output |"
    " sed \"s/^Countersign-Time: .*/Countersign-Time: $(date -u -d '%s' +%%FT%%TZ)/\")\" \"countersign/output^{tree}\"";

static void
the_time_of_a_commit_is_measured(void **state)
{
	struct checker_test *test = *state;

	take_over(test, LIE_NONE, 0);
	shown(test, run(test, arena_printf(test->arena, forge, "+4 minutes")), SHOW_FOLLOWED, "");
	let_go(test);
	take_over(test, LIE_NONE, 0);
	/* what was accepted is not undone by a commit beside it */
	shown(test, run(test, arena_printf(test->arena, forge, "+1 minute")), SHOW_REFUSED,
	    "OutputForeign");
	let_go(test);
	(void)run(test, forgotten);
	take_over(test, LIE_NONE, 0);
	shown(test, run(test, arena_printf(test->arena, forge, "+6 minutes")), SHOW_REFUSED,
	    "TimeAhead");
	let_go(test);
}

/* The clock that is wrong may be the checker's own: when it is right again, all goes on. */
static void
a_time_that_has_come_is_heard(void **state)
{
	struct checker_test *test = *state;
	int64_t begun = milliseconds_running(), ahead, end;
	struct text commit;
	struct signing_order order;

	/* far enough for all that has to be refused before, as fast as it goes here */
	take_over(test, LIE_NONE, 0);
	shown(test, run(test, "git -C \"$BARE\" rev-parse countersign/output"), SHOW_FOLLOWED, "");
	(void)run(test, arena_printf(test->arena, forge, "now"));
	let_go(test);
	ahead = 4 + 4 * (milliseconds_running() - begun) / 1000;
	end = milliseconds_running() + (ahead + 120) * 1000;
	commit = run(test, arena_printf(test->arena, forge, arena_printf(test->arena,
	    "+%d seconds", CHECKER_CLOCK_SECONDS + (int)ahead)));
	order = order_of(test, commit, "good");
	take_over(test, LIE_NONE, 0);
	shown(test, commit, SHOW_REFUSED, "TimeAhead");
	shown(test, commit, SHOW_REFUSED, "TimeAhead");
	(void)refused(test, &order, "nothing is vouched for");
	for (;;) {
		struct text remark = TEXT("");

		if (signer_show(test->arena, test->signer, commit, &remark) == SHOW_FOLLOWED)
			break;
		says(remark, "TimeAhead");
		assert_true(milliseconds_running() < end);
		(void)usleep(100000);
	}
	(void)refused(test, &order, "has not seen this decided");
	let_go(test);
}

static void
an_open_plan_is_not_given_up_and_no_ledger_is_lost(void **state)
{
	struct checker_test *test = *state;
	struct ledger_position lost = { 1, TEXT("aa") };
	struct request_record record = { 0 };
	struct text why = TEXT("");
	struct texts none = { 0 };

	assert_true(record_load(test->store, test->arena, tip(test), TEXT("open"), &record));
	take_over(test, LIE_NONE, 0);
	shown(test, tip(test), SHOW_FOLLOWED, "");
	/* not for ever: a newer output commit may say so */
	assert_int_equal(signer_release(test->arena, test->signer, record.plan, &why),
	    RELEASE_FAILED);
	says(why, "does not say that the signer refuses this plan");
	assert_int_equal(signer_release(test->arena, test->signer, TEXT("no plan"), &why),
	    RELEASE_REFUSED);
	assert_false(signer_accept_loss(test->arena, test->signer, &lost, &none, &why));
	says(why, "no operator has said");
	let_go(test);
}

static const char accepted[] = "sed -n 's/^output //p' \"$PKI/state/checker/accepted\"";

/* After a crash it would know nothing of what it had vouched by. */
static void
what_cannot_be_written_down_is_not_vouched_by(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test), why = TEXT("");
	struct signing_order order = order_of(test, commit, "good");
	struct ledger_position lost = { 1, TEXT("aa") };
	struct texts none = { 0 };

	test->lost = lost.hash;
	take_over(test, LIE_NONE, 0);
	(void)run(test, full);
	for (int i = 0; i < 3; i++) {
		shown(test, commit, SHOW_FAILED, "cannot be written down");
		(void)refused(test, &order, "cannot be written down");
		assert_int_equal(signer_release(test->arena, test->signer, order.plan, &why),
		    RELEASE_FAILED);
		says(why, "cannot be written down");
		assert_false(signer_accept_loss(test->arena, test->signer, &lost, &none, &why));
		says(why, "cannot be written down");
	}
	(void)run(test, free_again);
	shown(test, commit, SHOW_FOLLOWED, "");
	assert_true(text_equal(run(test, accepted), commit));
	is_issued(test, &order);
	let_go(test);
	test->lost = (struct text){ NULL, 0 };
}

/* The keeper alone knows that it has signed a plan before, by another decision. */
static void
sign_before(struct checker_test *test, struct signing_order order)
{
	struct signing_orders orders = { 0 };
	struct signing_outcome outcome;
	struct keeper_clock clock = keeper_clock_read();
	struct keeper *keeper = NULL;
	struct text why = TEXT("");

	order.intent.serial_number = TEXT("1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a");
	*ARRAY_ADD(test->arena, &orders) = order;
	if (!keeper_open(test->local, &clock, test->arena, &keeper, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	keeper_issue_all(test->arena, keeper, &orders, &clock, &outcome);
	keeper_close(keeper);
	assert_int_equal(outcome.result, SIGNING_DONE);
}

static void
what_the_keeper_has_told_is_written_down_before_it_is_passed_on(void **state)
{
	struct checker_test *test = *state;
	struct text commit = only_decided(test);
	struct signing_order order = order_of(test, commit, "good");
	struct signing_outcome outcome;

	sign_before(test, order);
	take_over(test, LIE_NONE, 0);
	shown(test, commit, SHOW_FOLLOWED, "");
	(void)run(test, full);
	for (int i = 0; i < 2; i++) {
		outcome = outcome_of(test, &order);
		assert_int_equal(outcome.result, SIGNING_FAILED);
		assert_false(outcome.signed_by.present);
		says(outcome.why, "cannot be written down");
	}
	(void)run(test, free_again);
	outcome = outcome_of(test, &order);
	assert_int_equal(outcome.result, SIGNING_REFUSED);
	assert_true(outcome.signed_by.present);
	(void)run(test, "grep '^signed 1a1a' \"$PKI/state/checker/accepted\"");
	let_go(test);
}

static const char checked_before[] = "rm -rf \"$PKI/state/checker\"; cp -a \"$PKI/kept/checker\" \"$PKI/state/checker\"";

/*
 * Something signed is in each of the forms that there are. Whatever of it is withheld: an object that is not
 * to be had is none that is not there.
 */
static void
nothing_is_decided_while_an_object_is_withheld(void **state)
{
	struct checker_test *test = *state;
	struct texts asked = { 0 };

	(void)run(test, "cd \"$WORK\"; pki_decide dave Approve open; pki_decide_file frank Approve open\n"
	    "pki_decide_file erin Reject open; pki_decide_inbox grace Approve open\n"
	    "pki_request another automatic alice another.example.com\n");
	reconcile_well(test);
	(void)run(test, checked_before);
	test->asked = &asked;
	take_over(test, LIE_NONE, 0);
	shown(test, tip(test), SHOW_FOLLOWED, "");
	let_go(test);
	test->asked = NULL;
	texts_sort_unique(&asked);
	assert_true(asked.count > 20);
	for (size_t i = 0; i < asked.count; i++) {
		(void)run(test, checked_before);
		test->withheld = asked.at[i];
		take_over(test, LIE_NONE, 0);
		shown(test, tip(test), SHOW_FAILED, "");
		test->withheld = (struct text){ NULL, 0 };
		shown(test, tip(test), SHOW_FOLLOWED, "");
		let_go(test);
	}
}

/* All that was asked for, each told with the present lie. */
static struct evidence_objects
lies_about_all(struct checker_test *test, const struct texts *ids)
{
	struct evidence_objects all = { 0 };
	struct evidence_object object = { .large_bytes = 0 };

	for (size_t i = 0; i < ids->count; i++) {
		assert_true(store_object_any(test->store, test->arena, ids->at[i], SIZE_MAX,
		    &object.type, &object.content));
		lie_about(test, test->arena, &object, &all);
	}
	return all;
}

/* What comes before it is asked for saves asking, and is nothing but what it is. */
static void
what_comes_unasked_is_measured_as_well(void **state)
{
	static const enum lie lies[] = { LIE_NONE, LIE_ANOTHER, LIE_TYPE, LIE_CUT };
	struct checker_test *test = *state;
	struct texts wanted = { 0 }, asked;

	(void)run(test, forgotten);
	test->asked = &wanted;
	take_over(test, LIE_NONE, 0);
	shown(test, tip(test), SHOW_FOLLOWED, "");
	let_go(test);
	texts_sort_unique(&wanted);
	assert_true(wanted.count > 20);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct evidence_objects along;
		struct text remark = TEXT("");

		(void)run(test, forgotten);
		asked = (struct texts){ 0 };
		test->asked = &asked;
		take_over(test, LIE_NONE, 0);
		test->lie = lies[i];
		along = lies_about_all(test, &wanted);
		test->lie = LIE_NONE;
		signer_show_begin(test->arena, test->signer, tip(test), &along);
		assert_int_equal(signer_show_end(test->arena, test->signer, &remark), SHOW_FOLLOWED);
		let_go(test);
		texts_sort_unique(&asked);
		assert_int_equal(asked.count, lies[i] == LIE_NONE ? 0 : wanted.count);
	}
	test->asked = NULL;
}

/* --- many output commits ------------------------------------------------------------------------- */

enum { OUTPUTS_BEFORE = 300, OUTPUTS = 1500, GROWTH_MOST_BYTES = 8 * 1024 * 1024, COMMIT_BYTES = 65536 };

/* An output commit behind another, which says the same as the tip once more, by the reconciler's key. */
static struct text
make_output(struct checker_test *test, const struct ssh_private_key *key, struct text parent)
{
	struct arena *arena = test->arena;
	struct text tip_raw, tree, parts[2];
	struct stored_object *object;
	const char *message;

	assert_true(store_object(test->store, arena, tip(test), "commit", COMMIT_BYTES, &tip_raw));
	message = strstr(text_string(arena, tip_raw), "\n\n");
	assert_true(text_next_line(&tip_raw, &tree));
	parts[0] = text_printf(arena, "%.*s\nparent %.*s\nauthor countersign <> %zu +0000\n"
	    "committer countersign <> 1700000000 +0000%s", TEXT_ARGUMENTS(tree),
	    TEXT_ARGUMENTS(parent), test->made.count, message);
	parts[1] = raw_commit_with_signature(arena, parts[0], sshsig_sign(arena, key, "git", parts[0]));
	object = ARRAY_ADD(arena, &test->made);
	*object = (struct stored_object){ "commit", object_id_of(arena, "commit", parts[1]), parts[1] };
	return object->id;
}

static size_t
resident_bytes(pid_t process)
{
	char path[64];
	unsigned long all = 0, resident = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)process);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
	(void)fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
a_checker_does_not_grow_with_what_it_is_shown(void **state)
{
	struct checker_test *test = *state;
	struct ssh_private_key *key;
	struct text why = TEXT(""), output = tip(test);
	size_t before = 0;

	if (!ssh_private_key_read(text_string(test->arena, test->local->signing_key), &key,
	    test->arena, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	take_over(test, LIE_NONE, 0);
	for (int i = 0; i < OUTPUTS; i++) {
		output = make_output(test, key, output);
		shown(test, output, SHOW_FOLLOWED, "");
		if (i == OUTPUTS_BEFORE)
			before = resident_bytes(test->checker);
	}
#ifdef SANITIZED
	(void)before;   /* what was freed is kept there for a while */
#else
	if (resident_bytes(test->checker) > before + GROWTH_MOST_BYTES)
		fail_msg("%zu bytes more", resident_bytes(test->checker) - before);
#endif
	assert_true(text_equal(run(test, accepted), output));
	/* a step back, and a step aside, are none */
	shown(test, test->made.at[OUTPUTS - 2].id, SHOW_REFUSED, "OutputForeign");
	let_go(test);
	take_over(test, LIE_NONE, 0);
	shown(test, make_output(test, key, test->made.at[OUTPUTS - 2].id), SHOW_REFUSED,
	    "OutputForeign");
	let_go(test);
	ssh_private_key_free(key);
	test->made.count = 0;
}

/* A question that is answered with anything but objects is the end. */
static void
what_is_no_answer_ends_it(void **state)
{
	struct checker_test *test = *state;
	const struct channel_patience patience = { 20, 20 };
	const struct evidence_objects none = { 0 };
	enum keeper_message type;
	struct text body;
	int descriptor;

	(void)run(test, forgotten);
	descriptor = start(test);
	assert_true(channel_prepare(descriptor));
	assert_int_equal(channel_hear(descriptor, &patience, test->arena, &type, &body),
	    CHANNEL_OPEN);
	assert_int_equal(type, KEEPER_READY);
	assert_int_equal(channel_say(descriptor, CHECKER_PIECE, TEXT(""), 20), CHANNEL_OPEN);
	assert_int_equal(channel_hear(descriptor, &patience, test->arena, &type, &body),
	    CHANNEL_OPEN);
	assert_int_equal(type, KEEPER_REFUSED);
	assert_int_equal(channel_say(descriptor, CHECKER_SHOW, keeper_text_write(test->arena,
	    tip(test)), 20), CHANNEL_OPEN);
	assert_int_equal(channel_hear(descriptor, &patience, test->arena, &type, &body),
	    CHANNEL_OPEN);
	assert_int_equal(type, KEEPER_REFUSED);
	assert_int_equal(channel_say(descriptor, CHECKER_SHOW, keeper_show_write(test->arena,
	    tip(test), &none), 20), CHANNEL_OPEN);
	assert_int_equal(channel_hear(descriptor, &patience, test->arena, &type, &body),
	    CHANNEL_OPEN);
	assert_int_equal(type, CHECKER_WANT);
	assert_int_equal(channel_say(descriptor, CHECKER_SHOWN, keeper_verdict_write(test->arena, 2,
	    TEXT("")), 20), CHANNEL_OPEN);
	assert_int_equal(channel_hear(descriptor, &patience, test->arena, &type, &body),
	    CHANNEL_ENDED);
	(void)close(descriptor);
	wait_for_end(test);
}

/* --- fixture ------------------------------------------------------------------------------------ */

static int
set_up(void **state)
{
	static struct checker_test test;
	void *git = NULL;
	struct text why = { NULL, 0 };

	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(git_fixture_setup(&git), 0);
	test = (struct checker_test){ .git = git, .arena = ((struct git_fixture *)git)->arena };
	(void)run(&test, made);
	test.local = local_configuration_read(test.arena, arena_printf(test.arena,
	    "%s/pki/local/countersign.yaml", test.git->folder), &why);
	if (test.local == NULL)
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	(void)run(&test, "mkdir -p \"$PKI/state/checker\"");
	reconcile_well(&test);
	if (!store_open(text_string(test.arena, test.local->repository_path), test.arena,
	    &test.store, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	(void)run(&test, "rm -rf \"$PKI/kept\"; cp -a \"$PKI/state\" \"$PKI/kept\"\n"
	    "git -C \"$BARE\" update-ref refs/kept countersign/output\n"
	    "git -C \"$BARE\" update-ref refs/kept-main main");
	*state = &test;
	return 0;
}

/* Each test begins with the same branch and the same states. */
static int
begin(void **state)
{
	struct checker_test *test = *state;

	(void)run(test, "rm -rf \"$PKI/state\"; cp -a \"$PKI/kept\" \"$PKI/state\"\n"
	    "git -C \"$BARE\" update-ref refs/heads/countersign/output refs/kept\n"
	    "git -C \"$BARE\" update-ref refs/heads/main refs/kept-main\n"
	    "git -C \"$WORK\" reset -q --hard \"$(git -C \"$BARE\" rev-parse main)\"");
	return 0;
}

static int
tear_down(void **state)
{
	struct checker_test *test = *state;
	void *git = test->git;

	store_close(test->store);
	return git_fixture_teardown(&git);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_decided_is_signed_and_nothing_else),
		TEST(each_order_has_its_own_answer),
		TEST(what_was_seen_decided_is_known_after_a_restart),
		TEST(nothing_is_vouched_for_without_the_record),
		TEST(a_decision_carried_out_is_not_replayed),
		TEST(objects_that_are_not_what_they_are_said_to_be),
		TEST(what_comes_along_is_measured_too),
		TEST(what_comes_in_pieces_is_put_together),
		TEST(whose_reader_is_killed_behind_the_last_piece),
		TEST(another_branch_is_refused_and_nothing_is_signed_any_more),
		TEST(the_time_of_a_commit_is_measured),
		TEST(a_time_that_has_come_is_heard),
		TEST(an_open_plan_is_not_given_up_and_no_ledger_is_lost),
		TEST(what_cannot_be_written_down_is_not_vouched_by),
		TEST(what_the_keeper_has_told_is_written_down_before_it_is_passed_on),
		TEST(nothing_is_decided_while_an_object_is_withheld),
		TEST(what_comes_unasked_is_measured_as_well),
		TEST(a_checker_does_not_grow_with_what_it_is_shown),
		TEST(what_is_no_answer_ends_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
