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

static const char left_trailer[] = "Countersign-Requests-Left";
static const char unanswered_trailer[] = "Countersign-Requests-Unanswered";
static const char nothing_before[] = "0000000000000000000000000000000000000000";
static const struct text first_path = { "requests/", 9 };

static bool
take_commit(struct text *rest, struct text *id)
{
	return text_split(rest, ' ', id) && hex_is_lower(*id, ID_DIGITS);
}

static bool
read_left(struct text value, struct backlog *out)
{
	if (!take_commit(&value, &out->from) || !take_commit(&value, &out->to) ||
	    !text_starts_with(value, first_path.at))
		return false;
	out->behind = value;
	if (text_is(out->from, nothing_before))
		out->from = (struct text){ NULL, 0 };
	return true;
}

bool
backlog_read(struct text raw_commit, struct backlog *out)
{
	struct text left = own_trailer(raw_commit, left_trailer);
	struct text unanswered = own_trailer(raw_commit, unanswered_trailer);
	struct backlog found = { .unanswered = unanswered };

	*out = (struct backlog){ .to = { NULL, 0 } };
	if ((text_present(left) && !read_left(left, &found)) ||
	    (text_present(unanswered) && !text_starts_with(unanswered, first_path.at)))
		return false;
	*out = found;
	return true;
}

struct text
backlog_trailers(struct pass *pass)
{
	const struct backlog *left = &pass->left;
	struct buffer lines = { .arena = pass->arena };

	if (text_present(left->to))
		buffer_printf(&lines, "%s: %.*s %.*s %.*s\n", left_trailer,
		    TEXT_ARGUMENTS(text_present(left->from) ? left->from :
			text_of(nothing_before)),
		    TEXT_ARGUMENTS(left->to), TEXT_ARGUMENTS(left->behind));
	if (text_present(left->unanswered))
		buffer_printf(&lines, "%s: %.*s\n", unanswered_trailer,
		    TEXT_ARGUMENTS(left->unanswered));
	return buffer_text(&lines);
}

bool
backlog_holds_any(const struct backlog *backlog)
{
	return text_present(backlog->to) || text_present(backlog->unanswered);
}

static bool
is_wanted(const struct stretch *stretch)
{
	return text_present(stretch->behind);
}

/* There may be more behind its last path. */
static bool
is_cut(const struct stretch *stretch)
{
	return is_wanted(stretch) && (!stretch->opened || stretch->changes.count == STRETCH_MOST);
}

/* What there is to be looked at; not all of it can be in this pass. */
static void
lay_out(struct pass *pass)
{
	const struct backlog *before = &pass->before;
	struct stretch *queue = pass->queue;
	struct text judged = pass->previous_input;

	if (text_present(before->to)) {
		queue[STRETCH_LEFT] = (struct stretch){ .from = before->from, .to = before->to,
			.behind = before->behind };
		judged = before->to;
	}
	if (!text_equal(judged, pass->input))
		queue[STRETCH_NEW] = (struct stretch){ .from = judged, .to = pass->input,
			.behind = first_path };
	queue[STRETCH_UNANSWERED] = (struct stretch){ .to = pass->input,
		.behind = pass->configuration_changed ? first_path : before->unanswered };
}

bool
backlog_open(struct pass *pass)
{
	bool good = true, cut = false;

	lay_out(pass);
	for (size_t i = 0; i < STRETCHES && good && !cut; i++) {
		struct stretch *stretch = &pass->queue[i];
		struct comparison comparison = { .from = stretch->from, .to = stretch->to,
			.folder = "requests", .behind = stretch->behind, .most = STRETCH_MOST };

		if (!is_wanted(stretch))
			continue;
		good = compare_folder(pass, &comparison, &stretch->changes);
		stretch->opened = true;
		cut = is_cut(stretch);
	}
	return good;
}

static int
compare_path(const void *path, const void *change)
{
	return text_compare(*(const struct text *)path, ((const struct change *)change)->path);
}

bool
backlog_has(const struct pass *pass, struct text path)
{
	for (size_t i = 0; i < STRETCHES; i++) {
		const struct changes *changes = &pass->queue[i].changes;

		if (changes->count > 0 && bsearch(&path, changes->at, changes->count,
		    sizeof(changes->at[0]), compare_path) != NULL)
			return true;
	}
	return false;
}

/* Behind which path a stretch is left when so many of it have had their turn; absent: nothing is left. */
static struct text
left_of(const struct stretch *stretch, size_t judged)
{
	if (judged == stretch->changes.count && !is_cut(stretch))
		return (struct text){ NULL, 0 };
	return judged == 0 ? stretch->behind : stretch->changes.at[judged - 1].path;
}

/* What is left when so many of the queue have had their turn. */
static struct backlog
left_behind(const struct pass *pass, size_t judged)
{
	struct backlog left = { .to = { NULL, 0 } };

	for (size_t i = 0; i < STRETCHES; i++) {
		const struct stretch *stretch = &pass->queue[i];
		size_t here = judged < stretch->changes.count ? judged : stretch->changes.count;
		struct text behind = left_of(stretch, here);

		judged -= here;
		if (i == STRETCH_UNANSWERED)
			left.unanswered = behind;
		else if (text_present(behind) && !text_present(left.to))
			left = (struct backlog){ .from = stretch->from, .to = stretch->to,
				.behind = behind };
	}
	return left;
}

static bool
text_same(struct text a, struct text b)
{
	return text_present(a) == text_present(b) && text_equal(a, b);
}

static bool
same_range(const struct stretch *stretch, const struct backlog *left)
{
	return is_wanted(stretch) && text_same(stretch->from, left->from) &&
	    text_equal(stretch->to, left->to);
}

static size_t
up_to(const struct stretch *stretch, struct text behind)
{
	size_t judged = 0;

	while (judged < stretch->changes.count &&
	    text_compare(stretch->changes.at[judged].path, behind) <= 0)
		judged++;
	return judged;
}

/* How many of the queue had their turn before a pass that has left this. */
static size_t
judged_before(const struct pass *pass, const struct backlog *left)
{
	size_t judged = 0;

	for (size_t i = 0; i < STRETCHES; i++) {
		const struct stretch *stretch = &pass->queue[i];
		bool unanswered = i == STRETCH_UNANSWERED;

		if (unanswered ? text_present(left->unanswered) : same_range(stretch, left))
			return judged + up_to(stretch, unanswered ? left->unanswered :
			    left->behind);
		judged += stretch->changes.count;
	}
	return judged;
}

bool
backlog_follows(const struct pass *pass, const struct backlog *left)
{
	struct backlog expected = left_behind(pass, judged_before(pass, left));

	return text_same(left->from, expected.from) && text_same(left->to, expected.to) &&
	    text_same(left->behind, expected.behind) &&
	    text_same(left->unanswered, expected.unanswered);
}

/* Whose turn it is at a place of the queue; absent: nobody's. */
struct turn {
	struct text id;
	size_t place;
	bool if_unanswered;
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
make_turns(struct pass *pass, const struct texts *others, size_t *count)
{
	struct text last = { NULL, 0 };
	struct turn *turns;

	*count = 0;
	for (size_t i = 0; i < STRETCHES; i++)
		*count += pass->queue[i].changes.count;
	turns = arena_allocate(pass->arena, (*count + 1) * sizeof(turns[0]));
	for (size_t i = 0, place = 0; i < STRETCHES; i++)
		for (size_t j = 0; j < pass->queue[i].changes.count; j++, place++)
			turns[place] = (struct turn){ id_of(pass->queue[i].changes.at[j].path),
				place, i == STRETCH_UNANSWERED };
	qsort(turns, *count, sizeof(turns[0]), compare_turns);
	for (size_t i = 0; i < *count; i++) {
		struct text id = turns[i].id;

		if (text_equal(id, last) || texts_find(others, id) != NULL)
			turns[i].id = (struct text){ NULL, 0 };
		last = id;
	}
	qsort(turns, *count, sizeof(turns[0]), compare_places);
	return turns;
}

/* Nobody's, or that of a file that is looked at only when nothing has been said of it. */
static bool
is_void(struct pass *pass, const struct turn *turn)
{
	return !text_present(turn->id) || (turn->if_unanswered &&
	    record_stands(pass->reconciler->store, pass->arena, pass->output, turn->id));
}

void
backlog_decide(struct pass *pass, const struct texts *others,
    void (*decide)(struct pass *pass, struct text id, struct counts *invalid),
    struct counts *invalid)
{
	size_t count, judged = 0, most;
	const struct turn *turns = make_turns(pass, others, &count);
	int64_t end = milliseconds_running() + REQUEST_FILES_MILLISECONDS;

	most = pass->replay == NULL ? count : judged_before(pass, &pass->replay->left);
	for (; judged < most && (judged == 0 || pass->replay != NULL ||
	    milliseconds_running() < end); judged++)
		if (!is_void(pass, &turns[judged]))
			decide(pass, turns[judged].id, invalid);
	pass->left = left_behind(pass, judged);
}
