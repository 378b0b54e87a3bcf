/*
 * From the output commit accepted last to the one that is shown: each is
 * decided again, and the first finding is the end.
 */
#include "checker/checking.h"

#include <errno.h>
#include <string.h>

#include "reconcile/load.h"
#include "reconcile/operator.h"
#include "repository/feed.h"
#include "repository/history.h"

static const struct text nothing = { NULL, 0 };

/* One showing. */
struct following {
	struct checker *checker;
	struct arena *arena;
	bool first;                     /* nothing was accepted before: times are the reconciler's word */
	size_t commits;                 /* judged so far */
	struct text why;
};

static enum show_result
stop(struct following *following, struct text commit, struct text finding)
{
	struct checker *checker = following->checker;

	if (!text_present(checker->stopped))
		checker->stopped = text_printf(checker->arena, "output commit %.*s: %.*s",
		    TEXT_ARGUMENTS(commit), TEXT_ARGUMENTS(finding));
	following->why = checker->stopped;
	return SHOW_REFUSED;
}

static enum show_result
fail(struct following *following, struct text why)
{
	following->why = why;
	return SHOW_FAILED;
}

static void
close_line(struct checker *checker)
{
	audit_line_close(checker->line);
	checker->line = NULL;
	checker->steps = 0;
}

static bool
open_line(struct following *following)
{
	struct checker *checker = following->checker;
	const struct local_configuration *local = checker->order->local;
	struct audit_order order = { .store = checker->store, .since = checker->accepted.output,
		.introduction_commit = local->introduction_commit,
		.introduction_digest = local->introduction_digest };

	if (checker->steps >= COMMITS_UNTIL_ANEW)
		close_line(checker);
	return checker->line != NULL ||
	    audit_line_open(&order, following->arena, &checker->line, &following->why);
}

/* A rewritten input is good when an operator has named it, or something that it descends from. */
static bool
history_accepted(struct following *following, const struct audit_step *step)
{
	struct checker *checker = following->checker;
	struct history_range range = { .tip = step->input, .known = checker->history,
		.most_bytes = 1 };
	struct history_commits commits = { 0 };
	bool descends = false;

	return text_present(range.known) && history_new(checker->store, following->arena, &range,
	    &commits, &descends) && descends;
}

/*
 * After a recovery a plan may be decided twice, and then the decision by which
 * the keeper has signed it before takes the other's place.
 */
static bool
signed_before(struct following *following, struct text commit, struct text id)
{
	struct checker *checker = following->checker;
	const struct seen_decision *decision;
	struct request_record record = { 0 };

	if (!record_load(checker->store, following->arena, commit, id, &record))
		return false;
	decision = accepted_decision(&checker->accepted, record.intent.serial_number);
	return decision != NULL && decision->signed_before && text_equal(decision->request, id) &&
	    text_equal(decision->digest, record.intent.digest);
}

/* What is no reason to stop: what only an operator may do, where he has said so to the checker itself. */
static bool
is_accepted(struct following *following, const struct audit_finding *finding,
    const struct audit_step *step)
{
	const struct checker *checker = following->checker;

	/* the keeper knows its ledger better than any commit */
	if (text_starts_with(text_of(finding->code), "Ledger"))
		return true;
	if (strcmp(finding->code, "InputRewritten") == 0 ||
	    strcmp(finding->code, "HistoryAccepted") == 0)
		return history_accepted(following, step);
	if (strcmp(finding->code, "IntentRepeated") == 0 ||
	    strcmp(finding->code, "IntentDiffers") == 0 ||
	    strcmp(finding->code, "CertificateDiffers") == 0)
		return signed_before(following, finding->commit, finding->request);
	return strcmp(finding->code, "OutputDiscarded") == 0 &&
	    text_present(checker->recovered) &&
	    text_equal(checker->recovered, checker->accepted.output);
}

/* What is wrong with a step; absent when nothing is. */
static struct text
find_wrong(struct following *following, const struct audit_step *step, moment now)
{
	struct arena *arena = following->arena;

	for (size_t i = 0; i < step->findings.count; i++) {
		const struct audit_finding *finding = &step->findings.at[i];

		if (!is_accepted(following, finding, step))
			return text_printf(arena, "%s%s%.*s: %.*s", finding->code,
			    text_present(finding->request) ? ", " : "",
			    TEXT_ARGUMENTS(finding->request), TEXT_ARGUMENTS(finding->message));
	}
	if (step->time > now + CHECKER_CLOCK_SECONDS)
		return text_printf(arena, "TimeAhead: it is of %.*s, and the checker's clock says %s: "
		    "more than %d s between them", TEXT_ARGUMENTS(moment_format(arena, step->time)),
		    moment_format(arena, now).at, CHECKER_CLOCK_SECONDS);
	return nothing;
}

static bool
save(struct following *following)
{
	if (accepted_write(following->checker->path, &following->checker->accepted))
		return true;
	following->why = text_printf(following->arena, "%s: %s", following->checker->path,
	    strerror(errno));
	return false;
}

static void
accept(struct following *following, struct text commit, const struct audit_step *step, moment now)
{
	struct accepted *accepted = &following->checker->accepted;
	struct shown_commit shown = { .id = commit, .before = accepted->output, .step = step,
		.now = now, .believed = following->first };

	accepted->output = commit;
	accepted->input = step->input;
	accepted->configuration_number = step->trusted->number;
	accepted->configuration_digest = step->trusted->digest;
	decisions_take(following->checker, &shown);
	following->commits++;
}

static enum show_result
judge(struct following *following, struct text commit)
{
	struct checker *checker = following->checker;
	moment now = moment_now();
	struct audit_step step;
	struct text wrong;

	checker->fetched_before = store_feed_fetched(checker->store);
	if (!open_line(following))
		return SHOW_FAILED;
	if (!audit_line_step(checker->line, commit, following->first ? 0 : now, &step,
	    &following->why)) {
		following->why = text_copy(following->arena, following->why);
		close_line(checker);
		return SHOW_FAILED;
	}
	checker->steps++;
	wrong = find_wrong(following, &step, now);
	if (text_present(wrong)) {
		close_line(checker);
		return stop(following, commit, wrong);
	}
	accept(following, commit, &step, now);
	return following->commits % COMMITS_UNTIL_SAVED != 0 || save(following) ? SHOW_FOLLOWED :
	    SHOW_FAILED;
}

static enum show_result
judge_all(struct following *following, const struct history_commits *line)
{
	enum show_result result = SHOW_FOLLOWED;

	for (size_t i = line->count; i-- > 0 && result == SHOW_FOLLOWED;)
		result = judge(following, line->at[i].id);
	if (following->commits > 0 && !save(following))
		result = SHOW_FAILED;
	return result;
}

/* What was accepted last, as an operator's word. */
static enum show_result
begin_behind(struct following *following, struct text commit)
{
	struct checker *checker = following->checker;
	struct accepted *accepted = &checker->accepted;
	struct audit_beginning beginning;

	close_line(checker);
	accepted_free(accepted);
	*accepted = (struct accepted){ .arena = arena_new() };
	accepted->output = text_copy(accepted->arena, commit);
	if (!open_line(following) ||
	    !decisions_take_all(checker, following->arena, commit, &following->why))
		goto failed;
	audit_line_beginning(checker->line, &beginning);
	accepted->input = text_copy(accepted->arena, beginning.input);
	accepted->configuration_number = beginning.trusted->number;
	accepted->configuration_digest = text_copy(accepted->arena, beginning.trusted->digest);
	if (save(following))
		return SHOW_FOLLOWED;
failed:
	close_line(checker);
	accepted_free(accepted);
	*accepted = (struct accepted){ .arena = arena_new() };
	return SHOW_FAILED;
}

static enum show_result
follow_to(struct following *following, struct text output)
{
	struct checker *checker = following->checker;
	struct history_range range = { .tip = output, .most_bytes = 1 };
	struct history_commits line = { 0 };
	bool reached = false;

	if (text_present(checker->begin_behind)) {
		enum show_result begun = begin_behind(following, checker->begin_behind);

		if (begun != SHOW_FOLLOWED)
			return begun;
		checker->begin_behind = nothing;
	}
	if (text_equal(output, checker->accepted.output))
		return SHOW_FOLLOWED;
	following->first = !text_present(checker->accepted.output);
	range.known = text_copy(following->arena, checker->accepted.output);
	checker->fetched_before = store_feed_fetched(checker->store);
	if (!history_first_parents(checker->store, following->arena, &range, &line, &reached))
		return fail(following, text_printf(following->arena, "the output branch cannot be "
		    "read: %s", store_trouble(checker->store)));
	if (!reached)
		return stop(following, output, text_printf(following->arena, "OutputForeign: it does "
		    "not continue %.*s, which was accepted before", TEXT_ARGUMENTS(range.known)));
	return judge_all(following, &line);
}

/* An operator may say how to go on at any time; what was found before is looked at once more then. */
static void
hear_operator(struct checker *checker, struct arena *arena)
{
	const char *folder = checker->order->folder;
	struct text why;

	if (!operator_word_read(arena, folder, OPERATOR_ACCEPTS_HISTORY, &checker->history, &why))
		checker->history = nothing;
	if (!operator_word_read(arena, folder, OPERATOR_RECOVERS_OUTPUT, &checker->recovered, &why))
		checker->recovered = nothing;
	if (text_present(checker->recovered))
		checker->begin_behind = text_copy(checker->arena, checker->recovered);
	if (text_present(checker->recovered) || text_present(checker->history))
		checker->stopped = nothing;
}

/* A word counts once: it is done with when something was accepted that came after it. */
static void
settle_words(struct checker *checker, struct arena *arena, size_t commits)
{
	const char *folder = checker->order->folder;

	if (commits > 0 && text_present(checker->recovered))
		(void)operator_word_remove(arena, folder, OPERATOR_RECOVERS_OUTPUT);
	if (commits > 0 && text_present(checker->history))
		(void)operator_word_remove(arena, folder, OPERATOR_ACCEPTS_HISTORY);
	checker->history = checker->recovered = nothing;
}

enum show_result
follow(struct checker *checker, struct arena *arena, struct text output, struct text *remark)
{
	struct following following = { .checker = checker, .arena = arena, .why = TEXT("") };
	size_t refused = store_feed_refused(checker->store);
	enum show_result result;

	hear_operator(checker, arena);
	if (text_present(checker->stopped)) {
		*remark = checker->stopped;
		return SHOW_REFUSED;
	}
	result = follow_to(&following, output);
	settle_words(checker, arena, result == SHOW_FOLLOWED ? following.commits : 0);
	*remark = text_copy(arena, following.why);
	if (result == SHOW_FAILED && store_feed_refused(checker->store) > refused)
		*remark = text_printf(arena, "%.*s; what was given in its place was another object",
		    TEXT_ARGUMENTS(following.why));
	if (result == SHOW_FOLLOWED && following.first && following.commits > 1)
		*remark = text_printf(arena, "%zu output commits were judged from the introduction on; "
		    "when something was seen in them is the reconciler's word", following.commits);
	return result;
}
