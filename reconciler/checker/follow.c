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

/* This clock may be the one that is wrong: the commit is judged once more when it says so late. */
static enum show_result
stop_ahead(struct following *following, struct text commit, moment time, moment now)
{
	struct arena *arena = following->arena;

	following->checker->stopped_until = time - CHECKER_CLOCK_SECONDS;
	return stop(following, commit, text_printf(arena, "TimeAhead: it is of %.*s, and the checker's "
	    "clock says %s: more than %d s between them", TEXT_ARGUMENTS(moment_format(arena, time)),
	    moment_format(arena, now).at, CHECKER_CLOCK_SECONDS));
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
		.authorities = &checker->authorities,
		.introduction_commit = local->introduction_commit,
		.introduction_digest = local->introduction_digest, .doubt_recoveries = true };

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
	if (strcmp(finding->code, "IntentReplaced") == 0)
		return signed_before(following, finding->commit, finding->request);
	return strcmp(finding->code, "OutputDiscarded") == 0 &&
	    text_present(checker->recovered) &&
	    text_equal(checker->recovered, checker->accepted.output);
}

/* What is wrong with a step: the first finding in words, of others the code; absent when nothing is. */
static struct text
find_wrong(struct following *following, const struct audit_step *step)
{
	struct arena *arena = following->arena;
	struct text wrong = nothing;
	struct texts codes = { 0 };

	for (size_t i = 0; i < step->findings.count; i++) {
		const struct audit_finding *finding = &step->findings.at[i];
		struct text code = text_of(finding->code);

		if (is_accepted(following, finding, step) || texts_contain(&codes, code))
			continue;
		texts_add(arena, &codes, code);
		wrong = text_present(wrong) ?
		    text_printf(arena, "%.*s; %s", TEXT_ARGUMENTS(wrong), finding->code) :
		    text_printf(arena, "%s%s%.*s: %.*s", finding->code,
			text_present(finding->request) ? ", " : "",
			TEXT_ARGUMENTS(finding->request), TEXT_ARGUMENTS(finding->message));
	}
	return wrong;
}

bool
accepted_keep(struct checker *checker, struct arena *arena, struct text *why)
{
	if (checker->unsaved && !accepted_write(checker->path, &checker->accepted)) {
		*why = text_printf(arena, "what the checker has accepted cannot be written down: "
		    "%s: %s", checker->path, strerror(errno));
		return false;
	}
	checker->unsaved = false;
	return true;
}

/*
 * Whether all was had that was asked for. An object that was not is not one that the repository
 * lacks: it may be the file by which somebody rejects the request.
 */
static bool
had_all(struct following *following, size_t lacking)
{
	struct checker *checker = following->checker;

	if (store_lacking(checker->store) == lacking)
		return true;
	following->why = text_printf(following->arena, "object %s is not to be had",
	    store_lacking_id(checker->store));
	return false;
}

/* False when it could not be read whole. */
static bool
accept(struct following *following, const struct shown_commit *shown, size_t lacking)
{
	struct checker *checker = following->checker;
	struct accepted next;

	accepted_copy(&checker->accepted, &next);
	next.output = shown->id;
	next.input = shown->step->input;
	next.configuration_number = shown->step->trusted->number;
	next.configuration_digest = shown->step->trusted->digest;
	decisions_take(checker, &next, shown);
	if (!had_all(following, lacking)) {
		accepted_free(&next);
		return false;
	}
	accepted_tidy(&next);
	accepted_free(&checker->accepted);
	checker->accepted = next;
	checker->unsaved = true;
	following->commits++;
	return true;
}

/* Decides a commit again, and accepts it. */
static enum show_result
judge_whole(struct following *following, struct text commit, size_t lacking)
{
	struct checker *checker = following->checker;
	struct audit_step step;
	struct shown_commit shown = { .id = commit, .before = checker->accepted.output, .step = &step,
		.now = moment_now(), .believed = following->first };
	struct text wrong;

	if (!open_line(following))
		return SHOW_FAILED;
	if (!audit_line_step(checker->line, commit, following->first ? 0 : shown.now, &step,
	    &following->why)) {
		following->why = text_copy(following->arena, following->why);
		return SHOW_FAILED;
	}
	checker->steps++;
	wrong = find_wrong(following, &step);
	if (!had_all(following, lacking))
		return SHOW_FAILED;
	if (text_present(wrong))
		return stop(following, commit, wrong);
	if (step.time > shown.now + CHECKER_CLOCK_SECONDS)
		return stop_ahead(following, commit, step.time, shown.now);
	return accept(following, &shown, lacking) ? SHOW_FOLLOWED : SHOW_FAILED;
}

static enum show_result
judge(struct following *following, struct text commit)
{
	struct checker *checker = following->checker;
	enum show_result result;

	checker->fetched_before = store_feed_fetched(checker->store);
	result = judge_whole(following, commit, store_lacking(checker->store));
	if (result != SHOW_FOLLOWED)
		close_line(checker);
	return result != SHOW_FOLLOWED || following->commits % COMMITS_UNTIL_SAVED != 0 ||
	    accepted_keep(checker, following->arena, &following->why) ? result : SHOW_FAILED;
}

static enum show_result
judge_all(struct following *following, const struct history_commits *line)
{
	enum show_result result = SHOW_FOLLOWED;

	for (size_t i = line->count; i-- > 0 && result == SHOW_FOLLOWED;)
		result = judge(following, line->at[i].id);
	return accepted_keep(following->checker, following->arena, &following->why) ? result :
	    SHOW_FAILED;
}

/* What was accepted before, as it was written down: when it saw what is no operator's to say. */
static bool
remember_accepted(struct following *following)
{
	struct checker *checker = following->checker;

	accepted_free(&checker->accepted);
	if (accepted_read(checker->path, &checker->accepted, &following->why))
		return true;
	following->why = text_copy(following->arena, following->why);
	return false;
}

/* What was accepted last, as an operator's word. */
static enum show_result
begin_behind(struct following *following, struct text commit)
{
	struct checker *checker = following->checker;
	struct accepted *accepted = &checker->accepted;
	struct audit_beginning beginning;
	size_t lacking = store_lacking(checker->store);

	close_line(checker);
	if (!remember_accepted(following))
		goto failed;
	accepted->output = text_copy(accepted->arena, commit);
	if (!open_line(following) ||
	    !decisions_take_all(checker, following->arena, commit, &following->why) ||
	    !had_all(following, lacking))
		goto failed;
	audit_line_beginning(checker->line, &beginning);
	accepted->input = text_copy(accepted->arena, beginning.input);
	accepted->configuration_number = beginning.trusted->number;
	accepted->configuration_digest = text_copy(accepted->arena, beginning.trusted->digest);
	checker->unsaved = true;
	if (accepted_keep(checker, following->arena, &following->why))
		return SHOW_FOLLOWED;
failed:
	close_line(checker);
	accepted_free(accepted);
	*accepted = (struct accepted){ .arena = arena_new() };
	checker->unsaved = false;
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

/*
 * An operator may say how to go on at any time; what was found before is looked at once more then,
 * and so is a commit whose time has come.
 */
static void
go_on(struct checker *checker, struct arena *arena)
{
	const char *folder = checker->order->folder;
	struct text why;

	if (!operator_word_read(arena, folder, OPERATOR_ACCEPTS_HISTORY, &checker->history, &why))
		checker->history = nothing;
	if (!operator_word_read(arena, folder, OPERATOR_RECOVERS_OUTPUT, &checker->recovered, &why))
		checker->recovered = nothing;
	if (text_present(checker->recovered) &&
	    !text_equal(checker->recovered, checker->begin_behind))
		checker->begin_behind = text_copy(checker->arena, checker->recovered);
	if (text_present(checker->recovered) || text_present(checker->history) ||
	    (checker->stopped_until != 0 && moment_now() >= checker->stopped_until)) {
		checker->stopped = nothing;
		checker->stopped_until = 0;
	}
}

/* A word counts once: it is done with when something was accepted that came after it. False with why: it stays. */
static bool
settle_words(struct following *following)
{
	struct checker *checker = following->checker;
	const char *folder = checker->order->folder;
	bool settled = following->commits == 0 ||
	    ((!text_present(checker->recovered) ||
		operator_word_remove(following->arena, folder, OPERATOR_RECOVERS_OUTPUT)) &&
	    (!text_present(checker->history) ||
		operator_word_remove(following->arena, folder, OPERATOR_ACCEPTS_HISTORY)));

	if (!settled)
		following->why = text_printf(following->arena, "what the operator decided is done, and "
		    "cannot be removed from %s: %s. It would be done again", folder, strerror(errno));
	return settled;
}

enum show_result
follow(void *context, struct arena *arena, struct text output,
    const struct evidence_objects *along, struct text *remark)
{
	struct checker *checker = context;
	struct following following = { .checker = checker, .arena = arena, .why = TEXT("") };
	size_t refused = store_feed_refused(checker->store);
	enum show_result result;

	objects_take(checker, along, 0);
	go_on(checker, arena);
	if (text_present(checker->stopped)) {
		*remark = checker->stopped;
		return SHOW_REFUSED;
	}
	result = accepted_keep(checker, arena, &following.why) ? follow_to(&following, output) :
	    SHOW_FAILED;
	if (result == SHOW_FOLLOWED && !settle_words(&following))
		result = SHOW_FAILED;
	checker->history = checker->recovered = nothing;
	*remark = text_copy(arena, following.why);
	if (result == SHOW_FAILED && store_feed_refused(checker->store) > refused)
		*remark = text_printf(arena, "%.*s; what was given in its place was another object",
		    TEXT_ARGUMENTS(following.why));
	if (result == SHOW_FOLLOWED && following.first && following.commits > 1)
		*remark = text_printf(arena, "%zu output commits were judged from the introduction on; "
		    "when something was seen in them is the reconciler's word", following.commits);
	return result;
}
