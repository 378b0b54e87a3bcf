#include "repository/history.h"

#include <string.h>

#include "repository/commit_open.h"

enum { FIRST_SLOTS = 256 };

enum paint { PAINT_NEW = 1, PAINT_KNOWN = 2 };

/* A commit that the walk has met. */
struct node {
	git_oid id;
	int64_t date;
	struct text parents;            /* as in struct commit_header, in the walk's memory */
	struct text raw;                /* in the caller's arena, for new commits that are wanted */
	bool wanted;
	bool too_large;
	unsigned paint;
	bool expanded;                  /* its parents have its paint */
	size_t children;                /* how many in the batch were not given yet */
};

ARRAY(nodes, struct node);
ARRAY(places, size_t);

/*
 * Two colours run down the parents, from the tip and from what is known. A
 * commit that has both is known; the walk is over when nothing is left to expand
 * that is only new.
 */
struct painting {
	struct store *store;
	struct arena *arena;            /* the caller's */
	struct arena *scratch;
	const struct history_range *range;
	size_t most_bytes;
	size_t kept_bytes;              /* of commits, in the caller's arena */
	struct nodes nodes;
	size_t *slots;                  /* hash table: place in `nodes` + 1, 0 for free */
	size_t slot_count;
	struct places new_front;        /* heaps, newest date first */
	struct places known_front;
	struct places flood;            /* nodes whose parents become known at once */
};

/* ---- heaps of nodes, newest first, the earlier met of two equal ones first ---- */

static bool
is_before(const struct painting *painting, size_t a, size_t b)
{
	int64_t x = painting->nodes.at[a].date, y = painting->nodes.at[b].date;

	return x != y ? x > y : a < b;
}

static void
swap(struct places *heap, size_t a, size_t b)
{
	size_t kept = heap->at[a];

	heap->at[a] = heap->at[b];
	heap->at[b] = kept;
}

static void
heap_push(struct painting *painting, struct places *heap, size_t node)
{
	size_t at = heap->count;

	*ARRAY_ADD(painting->scratch, heap) = node;
	for (; at > 0 && is_before(painting, heap->at[at], heap->at[(at - 1) / 2]); at = (at - 1) / 2)
		swap(heap, at, (at - 1) / 2);
}

static size_t
heap_pop(struct painting *painting, struct places *heap)
{
	size_t first = heap->at[0], at = 0, child;

	heap->at[0] = heap->at[--heap->count];
	while ((child = 2 * at + 1) < heap->count) {
		if (child + 1 < heap->count &&
		    is_before(painting, heap->at[child + 1], heap->at[child]))
			child++;
		if (!is_before(painting, heap->at[child], heap->at[at]))
			break;
		swap(heap, child, at);
		at = child;
	}
	return first;
}

/* ---- commits that were met, by id ---- */

static size_t
slot_of(const struct painting *painting, const git_oid *id)
{
	size_t slot;

	/* an id is a hash already */
	memcpy(&slot, id->id, sizeof(slot));
	slot &= painting->slot_count - 1;
	while (painting->slots[slot] != 0 &&
	    !git_oid_equal(&painting->nodes.at[painting->slots[slot] - 1].id, id))
		slot = (slot + 1) & (painting->slot_count - 1);
	return slot;
}

static void
grow_slots(struct painting *painting)
{
	painting->slot_count = painting->slot_count == 0 ? FIRST_SLOTS : painting->slot_count * 2;
	painting->slots = arena_allocate(painting->scratch,
	    painting->slot_count * sizeof(painting->slots[0]));
	for (size_t i = 0; i < painting->nodes.count; i++)
		painting->slots[slot_of(painting, &painting->nodes.at[i].id)] = i + 1;
}

/* What of a new commit is kept for the caller. */
static void
keep_raw(struct painting *painting, struct node *node, struct text raw)
{
	const struct history_range *range = painting->range;
	struct history_commit asked = { .raw = raw };

	node->too_large = !text_present(raw) || raw.length > painting->most_bytes;
	node->wanted = !node->too_large &&
	    (range->wanted == NULL || range->wanted(range->context, &asked));
	if (!node->wanted || painting->kept_bytes + raw.length > HISTORY_KEPT_BYTES)
		return;
	painting->kept_bytes += raw.length;
	node->raw = text_copy(painting->arena, raw);
}

static bool
load(struct painting *painting, struct node *node, bool is_new_one)
{
	struct opened_commit commit;

	if (!commit_open(painting->store, &node->id, &commit))
		return false;
	node->date = commit.header.committed_at;
	node->parents = text_copy(painting->scratch, commit.header.parents);
	if (is_new_one)
		keep_raw(painting, node, commit.raw);
	commit_close(&commit);
	return true;
}

/* The node of a commit, read when it is met for the first time; false when it cannot be. */
static bool
meet(struct painting *painting, const git_oid *id, bool is_new_one, size_t *place)
{
	struct node *node;
	size_t slot;

	if (painting->nodes.count * 2 >= painting->slot_count)
		grow_slots(painting);
	slot = slot_of(painting, id);
	if (painting->slots[slot] != 0) {
		*place = painting->slots[slot] - 1;
		return true;
	}
	node = ARRAY_ADD(painting->scratch, &painting->nodes);
	node->id = *id;
	*place = painting->nodes.count - 1;
	painting->slots[slot] = painting->nodes.count;
	return load(painting, node, is_new_one);
}

/* ---- painting ---- */

static bool
paint(struct painting *painting, const git_oid *id, enum paint colour)
{
	struct node *node;
	size_t place;

	if (!meet(painting, id, colour == PAINT_NEW, &place))
		return false;
	node = &painting->nodes.at[place];
	if ((node->paint & colour) != 0)
		return true;
	if (colour == PAINT_NEW && node->paint == 0)
		heap_push(painting, &painting->new_front, place);
	if (colour == PAINT_KNOWN && !node->expanded)
		heap_push(painting, &painting->known_front, place);
	if (colour == PAINT_KNOWN && node->expanded)
		*ARRAY_ADD(painting->scratch, &painting->flood) = place;
	node->paint |= colour;
	return true;
}

static bool
paint_parents(struct painting *painting, size_t place, enum paint colour)
{
	struct text parents = painting->nodes.at[place].parents;
	git_oid parent;

	painting->nodes.at[place].expanded = true;
	while (commit_header_next_parent(&parents, &parent))
		if (!paint(painting, &parent, colour))
			return false;
	return true;
}

/* Expands a node, and at once all that was taken for new below it and is known now. */
static bool
expand(struct painting *painting, size_t place, enum paint colour)
{
	if (!paint_parents(painting, place, colour))
		return false;
	while (painting->flood.count > 0)
		if (!paint_parents(painting, painting->flood.at[--painting->flood.count],
		    PAINT_KNOWN))
			return false;
	return true;
}

static bool
is_new(const struct node *node)
{
	return node->paint == PAINT_NEW;
}

/*
 * One commit from each front in turn: the work is bounded by the nearer end,
 * whatever dates somebody has put into commits.
 */
static bool
paint_all(struct painting *painting)
{
	while (painting->new_front.count > 0) {
		size_t place = heap_pop(painting, &painting->new_front);

		if (!is_new(&painting->nodes.at[place]))
			continue;
		if (!expand(painting, place, PAINT_NEW))
			return false;
		if (painting->known_front.count > 0 && !expand(painting,
		    heap_pop(painting, &painting->known_front), PAINT_KNOWN))
			return false;
	}
	return true;
}

/*
 * Whether a commit that is painted as new may be known all the same. All its
 * ancestors would then be known too, so that somewhere below it the new ones
 * end: at a root, or at a commit painted as known, which is not `known` itself
 * (that would be its own ancestor). Gives the oldest date of new commits.
 */
static bool
is_unsettled(const struct painting *painting, size_t known, int64_t *oldest)
{
	bool unsettled = false;

	*oldest = INT64_MAX;
	for (size_t i = 0; i < painting->nodes.count; i++) {
		const struct node *node = &painting->nodes.at[i];
		struct text parents = node->parents;
		git_oid parent;

		if (!is_new(node))
			continue;
		*oldest = node->date < *oldest ? node->date : *oldest;
		unsettled = unsettled || parents.length == 0;
		while (!unsettled && commit_header_next_parent(&parents, &parent)) {
			size_t place = painting->slots[slot_of(painting, &parent)] - 1;

			unsettled = place != known && !is_new(&painting->nodes.at[place]);
		}
	}
	return unsettled;
}

/* Lets the known side go on to where dates say that it can meet no new commit any more. */
static bool
settle(struct painting *painting, size_t known)
{
	int64_t oldest;

	if (!is_unsettled(painting, known, &oldest))
		return true;
	for (size_t i = 0; i < HISTORY_SETTLE_COMMITS && painting->known_front.count > 0; i++) {
		size_t place = heap_pop(painting, &painting->known_front);

		if (painting->nodes.at[place].date < oldest)
			break;
		if (!expand(painting, place, PAINT_KNOWN))
			return false;
	}
	return true;
}

/* ---- the result ---- */

static void
count_children(struct painting *painting, size_t place, struct places *ready)
{
	struct text parents = painting->nodes.at[place].parents;
	git_oid parent;

	while (commit_header_next_parent(&parents, &parent)) {
		struct node *node = &painting->nodes.at[painting->slots[slot_of(painting,
		    &parent)] - 1];

		if (!is_new(node))
			continue;
		if (ready == NULL)
			node->children++;
		else if (--node->children == 0)
			heap_push(painting, ready, (size_t)(node - painting->nodes.at));
	}
}

/* New commits without children left first, by date; then turned round. */
static void
give(struct painting *painting, struct history_commits *out)
{
	struct places ready = { .count = 0 };
	size_t first = out->count;

	for (size_t i = 0; i < painting->nodes.count; i++)
		if (is_new(&painting->nodes.at[i]))
			count_children(painting, i, NULL);
	for (size_t i = 0; i < painting->nodes.count; i++)
		if (is_new(&painting->nodes.at[i]) && painting->nodes.at[i].children == 0)
			heap_push(painting, &ready, i);
	while (ready.count > 0) {
		size_t place = heap_pop(painting, &ready);
		struct history_commit *commit = ARRAY_ADD(painting->arena, out);

		commit->id = object_id_text(painting->arena, &painting->nodes.at[place].id);
		commit->raw = painting->nodes.at[place].raw;
		commit->wanted = painting->nodes.at[place].wanted;
		commit->too_large = painting->nodes.at[place].too_large;
		count_children(painting, place, &ready);
	}
	for (size_t low = first, high = out->count; low + 1 < high; low++) {
		struct history_commit kept = out->at[low];

		out->at[low] = out->at[--high];
		out->at[high] = kept;
	}
}

static bool
range_ids(struct store *store, const struct history_range *range, git_oid *tip, git_oid *known)
{
	return (object_id_parse(range->tip, tip) &&
	    (!text_present(range->known) || object_id_parse(range->known, known))) ||
	    store_fail(store, "not a commit id");
}

static size_t
range_bytes(const struct history_range *range)
{
	return range->most_bytes == 0 ? HISTORY_COMMIT_BYTES : range->most_bytes;
}

bool
history_new(struct store *store, struct arena *arena, const struct history_range *range,
    struct history_commits *out, bool *descends)
{
	struct painting painting = { .store = store, .arena = arena, .range = range,
		.most_bytes = range_bytes(range) };
	git_oid tip, known;
	size_t place = SIZE_MAX;
	bool done = false;

	*descends = false;
	if (!range_ids(store, range, &tip, &known))
		return false;
	painting.scratch = arena_new();
	if (text_present(range->known) && (!paint(&painting, &known, PAINT_KNOWN) ||
	    !meet(&painting, &known, false, &place)))
		goto out;
	if (!paint(&painting, &tip, PAINT_NEW) || !paint_all(&painting) ||
	    (place != SIZE_MAX && !settle(&painting, place)))
		goto out;
	*descends = place == SIZE_MAX || (painting.nodes.at[place].paint & PAINT_NEW) != 0;
	give(&painting, out);
	done = true;
out:
	arena_free(painting.scratch);
	return done;
}

bool
history_commit_raw(struct store *store, struct arena *arena, const struct history_commit *commit,
    struct text *raw)
{
	*raw = commit->raw;
	return text_present(*raw) ||
	    store_object(store, arena, commit->id, "commit", OPENED_COMMIT_BYTES, raw);
}

/* Whether a commit is too large, told without inflating it. */
static bool
is_too_large(struct store *store, const git_oid *id, size_t most_bytes)
{
	git_object_t kind;
	size_t bytes;

	return git_odb_read_header(&bytes, &kind, store->objects, id) == 0 && bytes > most_bytes;
}

/* Reads a commit of the first-parent line; its first parent, or none, replaces `id`. */
static bool
read_line_commit(struct store *store, struct arena *arena, const struct history_range *range,
    git_oid *id, bool *has_parent, struct history_commit *out)
{
	size_t most_bytes = range_bytes(range);
	struct opened_commit commit;

	*out = (struct history_commit){ .id = object_id_text(arena, id) };
	*has_parent = false;
	/* whoever picks commits has no use for what lies below this one */
	if (range->wanted != NULL && is_too_large(store, id, most_bytes)) {
		out->too_large = true;
		return true;
	}
	if (!commit_open(store, id, &commit))
		return false;
	out->too_large = !text_present(commit.raw) || commit.raw.length > most_bytes;
	if (!out->too_large)
		out->raw = text_copy(arena, commit.raw);
	*has_parent = commit_header_next_parent(&commit.header.parents, id);
	commit_close(&commit);
	return true;
}

bool
history_first_parents(struct store *store, struct arena *arena,
    const struct history_range *range, struct history_commits *out, bool *reached)
{
	bool bounded = text_present(range->known), more = true;
	git_oid at, known;

	*reached = false;
	if (!range_ids(store, range, &at, &known))
		return false;
	for (size_t i = 0; more; i++) {
		struct history_commit commit;

		if (bounded && git_oid_equal(&at, &known)) {
			*reached = true;
			return true;
		}
		if (range->most != 0 && i == range->most)
			return true;
		if (!read_line_commit(store, arena, range, &at, &more, &commit))
			return false;
		if (range->wanted != NULL && !range->wanted(range->context, &commit))
			return true;
		*ARRAY_ADD(arena, out) = commit;
	}
	*reached = !bounded;
	return true;
}
