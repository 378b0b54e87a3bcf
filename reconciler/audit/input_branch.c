/*
 * What the output commits judged, against the input branch of the clone: whoever has the
 * reconciler's key could take evidence from a history that was never there. And as of when the
 * report speaks, for a branch that ends too early looks like one that has not come further.
 */
#include "audit/auditing.h"

#include "base/encoding.h"
#include "repository/history.h"
#include "trust/commit.h"

enum { COMMIT_BYTES = 1024 * 1024, ID_DIGITS = 40 };

static const struct text nobody = { NULL, 0 };

void
input_note(struct step *step)
{
	struct auditing *auditing = step->auditing;

	if (auditing->order->branch.store == NULL)
		return;
	*ARRAY_ADD(auditing->arena, &auditing->inputs) = (struct judged_input){
		.commit = text_copy(auditing->arena, step->commit),
		.input = text_copy(auditing->arena, step->input),
		.certificates = auditing->report->certificates.count };
}

static bool
unreadable(struct auditing *auditing)
{
	auditing->why = text_printf(auditing->arena, "the input branch %.*s cannot be read: %s",
	    TEXT_ARGUMENTS(auditing->order->branch.ref),
	    store_trouble(auditing->order->branch.store));
	return false;
}

/* What the input branch has, and `known` (absent: nothing) does not reach. */
static bool
read_branch(struct auditing *auditing, struct arena *arena, struct text known,
    struct history_commits *out, bool *descends)
{
	const struct audit_branch *branch = &auditing->order->branch;
	struct history_range range = { .tip = branch->tip, .known = known, .most_bytes = 1 };

	return history_new(branch->store, arena, &range, out, descends) || unreadable(auditing);
}

/* The judged inputs that are not on the branch, oldest first. */
static bool
find_elsewhere(struct auditing *auditing, struct arena *arena, struct judged_inputs *out)
{
	const struct judged_inputs *inputs = &auditing->inputs;
	struct history_commits commits = { 0 };
	struct text_set branch = { 0 };
	bool descends = false;

	if (inputs->count == 0)
		return true;
	/* mostly all follow the first one, and what lies before that is of no interest */
	if (!read_branch(auditing, arena, inputs->at[0].input, &commits, &descends))
		return false;
	if (descends)
		(void)text_set_add(arena, &branch, inputs->at[0].input);
	else if (!read_branch(auditing, arena, nobody, &commits, &descends))
		return false;
	for (size_t i = 0; i < commits.count; i++)
		(void)text_set_add(arena, &branch, commits.at[i].id);
	for (size_t i = 0; i < inputs->count; i++)
		if (!text_set_has(&branch, inputs->at[i].input))
			*ARRAY_ADD(arena, out) = inputs->at[i];
	return true;
}

/* Not by the store that is audited: what is read there may be noted as evidence. */
static bool
read_output(struct auditing *auditing, struct arena *arena, struct text commit, struct text *raw)
{
	struct store *store = auditing->order->branch.store;

	if (store_object(store, arena, commit, "commit", COMMIT_BYTES, raw))
		return true;
	auditing->why = text_printf(auditing->arena, "output commit %.*s cannot be read: %s",
	    TEXT_ARGUMENTS(commit), store_trouble(store));
	return false;
}

/*
 * An operator who accepts another history replaces what was judged before: how many of these, which
 * come first, lie there by such a word, and the output commit that has it last.
 */
static bool
find_replaced(struct auditing *auditing, const struct history_commits *line,
    const struct judged_inputs *elsewhere, size_t *replaced, struct text *accepted_in)
{
	bool good = true;

	*replaced = elsewhere->count;
	for (size_t i = 0; i < line->count && *replaced > 0 && good && !text_present(*accepted_in);
	     i++) {
		struct arena *scratch = arena_new();
		struct text raw = nobody;

		if (text_equal(line->at[i].id, elsewhere->at[*replaced - 1].commit))
			--*replaced;
		good = read_output(auditing, scratch, line->at[i].id, &raw);
		if (good && text_present(own_trailer(raw, "Countersign-History-Accepted")))
			*accepted_in = line->at[i].id;
		arena_free(scratch);
	}
	if (!text_present(*accepted_in))
		*replaced = 0;
	return good;
}

/* What rests on a history that nobody can see is not good, nor what was issued since. */
static void
refuse(struct auditing *auditing, const struct judged_input *judged)
{
	const struct audit_branch *branch = &auditing->order->branch;
	struct audit_certificates *certificates = &auditing->report->certificates;
	struct step step = { .auditing = auditing, .arena = auditing->arena,
		.commit = judged->commit };

	finding_add(&step, "InputNotOnBranch", nobody, "it judged the input %.*s, which is not on "
	    "%.*s, at %.*s: what it took from there may never have been on the branch. If the branch "
	    "is older here than the output branch, fetch it; if it is another one, name it; otherwise "
	    "it was rewritten, or whoever has the reconciler's key judged what nobody merged",
	    TEXT_ARGUMENTS(judged->input), TEXT_ARGUMENTS(branch->ref),
	    TEXT_ARGUMENTS(branch->tip));
	for (size_t i = judged->certificates; i < certificates->count; i++)
		certificates->at[i].good = false;
}

static bool
compare_inputs(struct auditing *auditing, struct arena *arena, const struct history_commits *line)
{
	struct audit_input *report = &auditing->report->input;
	struct step step = { .auditing = auditing, .arena = auditing->arena };
	struct judged_inputs elsewhere = { 0 };

	if (!find_elsewhere(auditing, arena, &elsewhere) ||
	    !find_replaced(auditing, line, &elsewhere, &report->replaced, &step.commit))
		return false;
	/* of one request the commit that says so is mostly not among those that are told */
	if (report->replaced > 0 && text_present(auditing->order->only))
		finding_apart(&step, "HistoryAccepted", TEXT("an operator is said to have accepted "
		    "another input history here; what was judged of this request before lies on the "
		    "one that it replaced"));
	for (size_t i = report->replaced; i < elsewhere.count; i++)
		refuse(auditing, &elsewhere.at[i]);
	return true;
}

/* How far the branch is ahead of the newest input that was judged. */
static bool
measure(struct auditing *auditing, struct arena *arena)
{
	struct audit_report *report = auditing->report;
	struct history_commits ahead = { 0 };

	if (!text_present(report->as_of.input))
		return true;
	if (!read_branch(auditing, arena, report->as_of.input, &ahead, &report->input.holds))
		return false;
	report->input.ahead = report->input.holds ? ahead.count : 0;
	return true;
}

/* Of one request the branch may have come further than the commits that are told. */
static bool
tell_as_of(struct auditing *auditing)
{
	const struct audit_order *order = auditing->order;
	struct audit_as_of *as_of = &auditing->report->as_of;
	struct arena *scratch;
	struct text raw, why, input;
	moment time;
	bool good;

	*as_of = (struct audit_as_of){ .commit = auditing->done, .time = auditing->time,
		.input = auditing->report->tip_input };
	if (!text_present(order->only) || order->branch.store == NULL ||
	    text_equal(order->tip, auditing->done))
		return true;
	scratch = arena_new();
	good = read_output(auditing, scratch, order->tip, &raw);
	if (good && commit_signed_by_keys(scratch, raw,
	    &auditing->trusted->repository.reconciler_keys, &why) &&
	    moment_parse(own_trailer(raw, "Countersign-Time"), &time) &&
	    hex_is_lower(input = own_trailer(raw, "Countersign-Input"), ID_DIGITS))
		*as_of = (struct audit_as_of){ .commit = order->tip, .time = time,
			.input = text_copy(auditing->arena, input) };
	arena_free(scratch);
	return good;
}

static bool
compare(struct auditing *auditing, const struct history_commits *line)
{
	struct arena *arena = arena_new();
	bool good = compare_inputs(auditing, arena, line) && measure(auditing, arena);

	arena_free(arena);
	return good;
}

bool
input_branch_compare(struct auditing *auditing, const struct history_commits *line)
{
	const struct audit_branch *branch = &auditing->order->branch;
	struct step step = { .auditing = auditing, .arena = auditing->arena };

	if (!tell_as_of(auditing))
		return false;
	auditing->report->input = (struct audit_input){ .compared = branch->store != NULL,
		.ref = branch->ref, .tip = branch->tip };
	if (branch->store == NULL)
		return true;
	if (text_present(branch->tip))
		return compare(auditing, line);
	finding_apart(&step, "InputBranchMissing", text_printf(auditing->arena, "there is no branch "
	    "%.*s here: whether what was judged was ever on it could not be checked. Fetch it, or "
	    "name another one", TEXT_ARGUMENTS(branch->ref)));
	return true;
}
