/*
 * Changed request files: new ones, and edits. Decisions, what is open and due,
 * and the rules come first in every pass, whatever is pushed; the files that
 * nothing else touches have their turn behind them, for a moment in each pass,
 * so that the worst push there is holds up nobody but those who push next.
 */
#include "reconcile/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "reconcile/load.h"
#include "trust/trailer.h"

enum { ID_DIGITS = 40 };

static const char trailer_name[] = "Countersign-Requests-Left";
static const char nothing_before[] = "0000000000000000000000000000000000000000";
static const struct text first_path = { "requests/", 9 };

static bool
take_commit(struct text *rest, struct text *id)
{
	return text_split(rest, ' ', id) && hex_is_lower(*id, ID_DIGITS);
}

bool
backlog_read(struct text raw_commit, struct backlog *out)
{
	struct text value = own_trailer(raw_commit, trailer_name);
	struct backlog left = { .behind = { NULL, 0 } };
	bool good;

	*out = (struct backlog){ .to = { NULL, 0 } };
	if (!text_present(value))
		return true;
	good = take_commit(&value, &left.from) && take_commit(&value, &left.to);
	left.behind = value;
	if (!good || !text_starts_with(left.behind, first_path.at))
		return false;
	if (text_is(left.from, nothing_before))
		left.from = (struct text){ NULL, 0 };
	*out = left;
	return true;
}

struct text
backlog_trailer(struct pass *pass)
{
	const struct backlog *left = &pass->left;

	if (!text_present(left->to))
		return TEXT("");
	return text_printf(pass->arena, "%s: %.*s %.*s %.*s\n", trailer_name,
	    TEXT_ARGUMENTS(text_present(left->from) ? left->from : text_of(nothing_before)),
	    TEXT_ARGUMENTS(left->to), TEXT_ARGUMENTS(left->behind));
}

static int
compare_paths(const void *a, const void *b)
{
	return text_compare(((const struct change *)a)->path, ((const struct change *)b)->path);
}

/* Adds the changes between two commits that come behind a path; they come sorted. */
static bool
enqueue(struct pass *pass, struct text from, struct text to, struct text behind)
{
	struct comparison comparison = { .from = from, .to = to, .folder = "requests" };
	struct changes changes = { 0 };

	if (!compare_folder(pass, &comparison, &changes))
		return false;
	for (size_t i = 0; i < changes.count; i++)
		if (text_compare(changes.at[i].path, behind) > 0)
			*ARRAY_ADD(pass->arena, &pass->queue) = changes.at[i];
	return true;
}

bool
backlog_open(struct pass *pass)
{
	struct backlog *before = &pass->before;
	bool all_new = !text_present(before->to);

	if (all_new && text_equal(pass->previous_input, pass->input))
		return true;
	if (!enqueue(pass, all_new ? pass->previous_input : before->from,
	    all_new ? pass->input : before->to, all_new ? first_path : before->behind))
		return false;
	pass->queue_first = pass->queue.count;
	if (!all_new && !text_equal(before->to, pass->input) &&
	    !enqueue(pass, before->to, pass->input, first_path))
		return false;
	for (size_t i = 0; i < pass->queue.count; i++)
		*ARRAY_ADD(pass->arena, &pass->requests) = pass->queue.at[i];
	if (pass->queue_first < pass->queue.count)
		qsort(pass->requests.at, pass->requests.count, sizeof(pass->requests.at[0]),
		    compare_paths);
	return true;
}

/* What is left when so many of the queue have had their turn. */
static struct backlog
left_behind(const struct pass *pass, size_t judged)
{
	const struct backlog *before = &pass->before;
	bool all_new = !text_present(before->to), in_first = judged < pass->queue_first;
	struct backlog left = { .to = { NULL, 0 } };

	if (judged == pass->queue.count)
		return left;
	left.from = !in_first ? before->to : all_new ? pass->previous_input : before->from;
	left.to = in_first && !all_new ? before->to : pass->input;
	if (judged > 0 && judged != pass->queue_first)
		left.behind = pass->queue.at[judged - 1].path;
	else
		left.behind = in_first && !all_new ? before->behind : first_path;
	return left;
}

static bool
same_range(const struct backlog *a, const struct backlog *b)
{
	return text_present(a->from) == text_present(b->from) && text_equal(a->from, b->from) &&
	    text_equal(a->to, b->to);
}

/* How many of the queue had their turn before a pass that has left this. */
static size_t
judged_before(const struct pass *pass, const struct backlog *left)
{
	size_t judged = 0, end = pass->queue.count;
	struct backlog first = left_behind(pass, 0);

	if (!text_present(left->to))
		return end;
	if (pass->queue_first > 0 && same_range(left, &first))
		end = pass->queue_first;
	else
		judged = pass->queue_first;
	while (judged < end && text_compare(pass->queue.at[judged].path, left->behind) <= 0)
		judged++;
	return judged;
}

bool
backlog_follows(const struct pass *pass, const struct backlog *left)
{
	struct backlog expected = left_behind(pass, judged_before(pass, left));

	return !text_present(left->to) || (same_range(left, &expected) &&
	    text_equal(left->behind, expected.behind));
}

/* Whose turn it is at a place of the queue; absent: nobody's. */
struct turn {
	struct text id;
	size_t place;
};

static int
compare_turns(const void *a, const void *b)
{
	const struct turn *one = a, *other = b;
	int order = text_compare(one->id, other->id);

	return order != 0 ? order : one->place < other->place ? -1 : one->place > other->place;
}

static int
compare_places(const void *a, const void *b)
{
	const struct turn *one = a, *other = b;

	return one->place < other->place ? -1 : one->place > other->place;
}

static int
compare_ids(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static bool
is_among(const struct texts *sorted, struct text id)
{
	return sorted->count > 0 && bsearch(&id, sorted->at, sorted->count, sizeof(id),
	    compare_ids) != NULL;
}

/* The request that a changed path belongs to, which may be that of its signature; absent: none. */
static struct text
id_of(struct text path)
{
	struct text id;

	if (text_ends_with(path, ".yaml.sig"))
		path.length -= 4;
	return request_id_of_path(path, &id) && request_id_valid(id) ? id :
	    (struct text){ NULL, 0 };
}

/* Each request has one turn in a pass, its first. */
static struct turn *
make_turns(struct pass *pass, const struct texts *others)
{
	size_t count = pass->queue.count;
	struct turn *turns = arena_allocate(pass->arena, (count + 1) * sizeof(turns[0]));
	struct text last = { NULL, 0 };

	for (size_t i = 0; i < count; i++)
		turns[i] = (struct turn){ id_of(pass->queue.at[i].path), i };
	qsort(turns, count, sizeof(turns[0]), compare_turns);
	for (size_t i = 0; i < count; i++) {
		struct text id = turns[i].id;

		if (text_equal(id, last) || is_among(others, id))
			turns[i].id = (struct text){ NULL, 0 };
		last = id;
	}
	qsort(turns, count, sizeof(turns[0]), compare_places);
	return turns;
}

void
backlog_decide(struct pass *pass, const struct texts *others,
    void (*decide)(struct pass *pass, struct text id, struct counts *invalid),
    struct counts *invalid)
{
	const struct turn *turns = make_turns(pass, others);
	size_t most = pass->replay == NULL ? pass->queue.count :
	    judged_before(pass, &pass->replay->left), judged = 0;
	int64_t end = milliseconds_running() + REQUEST_FILES_MILLISECONDS;

	for (; judged < most && (judged == 0 || pass->replay != NULL ||
	    milliseconds_running() < end); judged++)
		if (text_present(turns[judged].id))
			decide(pass, turns[judged].id, invalid);
	pass->left = left_behind(pass, judged);
}
