#include "repository/recent.h"

#include <string.h>

#include "repository/commit_header.h"

/* A commit that was read. */
struct read_commit {
	git_oid id;
	struct text parents;            /* as in struct commit_header, in the reading's memory */
	struct text raw;                /* in the caller's arena; absent: not wanted */
};

ARRAY(read_commits, struct read_commit);
ARRAY(ids, git_oid);

/* One reading. */
struct reading {
	struct store *store;
	struct arena *arena;            /* the caller's */
	struct arena *scratch;
	const struct recent_range *range;
	struct recent_past *out;
	size_t bytes;
	struct read_commits line;       /* newest first */
	bool whole;                     /* the line was read down to its end */
	struct ids waiting;             /* merged commits not read yet, the next one last */
	size_t given;                   /* commits, wanted or not */
	git_oid *met;                   /* hash table of ids, all zeroes for free */
	size_t slots;
};

/* Takes note of an id; false when it was met before. The table has room for all that a reading may meet. */
static bool
meet(struct reading *reading, const git_oid *id)
{
	size_t slot;

	/* an id is a hash already */
	memcpy(&slot, id->id, sizeof(slot));
	slot &= reading->slots - 1;
	while (!git_oid_is_zero(&reading->met[slot])) {
		if (git_oid_equal(&reading->met[slot], id))
			return false;
		slot = (slot + 1) & (reading->slots - 1);
	}
	reading->met[slot] = *id;
	return true;
}

static bool
give_up(struct reading *reading, const char *why)
{
	if (!text_present(reading->out->trouble))
		reading->out->trouble = text_copy(reading->arena, text_of(why));
	return false;
}

static bool
within_bytes(struct reading *reading, const git_oid *id)
{
	git_object_t kind;
	size_t bytes;

	if (git_odb_read_header(&bytes, &kind, reading->store->objects, id) != 0 ||
	    bytes <= reading->range->most_bytes - reading->bytes)
		return true;
	return give_up(reading, arena_printf(reading->scratch,
	    "the commits have more than %zu MiB together",
	    reading->range->most_bytes / (1024 * 1024)));
}

/* Reads a commit; false with the reading's trouble when that cannot be. */
static bool
read_commit(struct reading *reading, const git_oid *id, struct read_commit *out)
{
	const struct recent_range *range = reading->range;
	struct commit_header header;
	git_odb_object *object;
	struct text raw;
	bool parsed;

	*out = (struct read_commit){ .id = *id };
	if (!within_bytes(reading, id))
		return false;
	object = store_read(reading->store, id, GIT_OBJECT_COMMIT,
	    range->most_bytes - reading->bytes);
	if (object == NULL)
		return give_up(reading, store_trouble(reading->store));
	raw = (struct text){ git_odb_object_data(object), git_odb_object_size(object) };
	reading->bytes += raw.length;
	parsed = commit_header_parse(raw, &header);
	if (parsed) {
		out->parents = text_copy(reading->scratch, header.parents);
		if (raw.length <= HISTORY_COMMIT_BYTES && range->wanted(raw))
			out->raw = text_copy(reading->arena, raw);
	}
	git_odb_object_free(object);
	return parsed || give_up(reading, arena_printf(reading->scratch, "commit %s is malformed",
	    git_oid_tostr_s(id)));
}

/* Down the first parents; all that is read here is met. */
static void
read_line(struct reading *reading, git_oid at, const git_oid *end)
{
	bool more = true;

	while (more && reading->line.count < reading->range->most &&
	    !(end != NULL && git_oid_equal(&at, end))) {
		struct read_commit commit;
		struct text parents;

		(void)meet(reading, &at);
		if (!read_commit(reading, &at, &commit))
			return;
		*ARRAY_ADD(reading->scratch, &reading->line) = commit;
		parents = commit.parents;
		more = commit_header_next_parent(&parents, &at);
	}
	/* where the line ends, nothing was merged */
	if (more)
		(void)meet(reading, &at);
	reading->whole = !more || (end != NULL && git_oid_equal(&at, end));
}

/* What was merged may have parted from the line below its end: nothing there is read. */
static void
meet_below(struct reading *reading, const git_oid *end)
{
	struct history_range range = { .most = reading->range->most, .most_bytes = 1 };
	struct history_commits below = { 0 };
	bool reached;
	git_oid id;

	if (!reading->whole || end == NULL)
		return;
	range.tip = object_id_text(reading->scratch, end);
	(void)history_first_parents(reading->store, reading->scratch, &range, &below, &reached);
	for (size_t i = 0; i < below.count; i++)
		if (object_id_parse(below.at[i].id, &id))
			(void)meet(reading, &id);
}

static void
give(struct reading *reading, const struct read_commit *commit)
{
	reading->given++;
	if (text_present(commit->raw))
		*ARRAY_ADD(reading->arena, &reading->out->commits) = (struct history_commit){
			.id = object_id_text(reading->arena, &commit->id), .raw = commit->raw };
}

/* Parents are read in their order: the last of them waits longest. */
static void
wait_for(struct reading *reading, struct text parents)
{
	size_t first = reading->waiting.count;
	git_oid parent;

	while (commit_header_next_parent(&parents, &parent))
		*ARRAY_ADD(reading->scratch, &reading->waiting) = parent;
	for (size_t low = first, high = reading->waiting.count; low + 1 < high; low++) {
		git_oid kept = reading->waiting.at[low];

		reading->waiting.at[low] = reading->waiting.at[--high];
		reading->waiting.at[high] = kept;
	}
}

/* Gives what a commit of the line merged; false when no more may be read. */
static bool
give_merged(struct reading *reading, const struct read_commit *of)
{
	reading->waiting.count = 0;
	wait_for(reading, of->parents);
	while (reading->waiting.count > 0) {
		git_oid id = reading->waiting.at[--reading->waiting.count];
		struct read_commit commit;

		if (!meet(reading, &id))
			continue;
		if (reading->given == reading->range->most || !read_commit(reading, &id, &commit))
			return false;
		give(reading, &commit);
		wait_for(reading, commit.parents);
	}
	return true;
}

static void
give_all(struct reading *reading)
{
	size_t i = 0;

	reading->bytes = 0;
	while (i < reading->line.count && reading->given < reading->range->most) {
		give(reading, &reading->line.at[i]);
		if (!give_merged(reading, &reading->line.at[i++])) {
			reading->whole = false;
			break;
		}
	}
	if (reading->line.count > 0 && (!reading->whole || i < reading->line.count))
		reading->out->oldest = object_id_text(reading->arena,
		    &reading->line.at[i - 1].id);
}

/* At most three times as many ids as commits are met: the line, what lies below it, what was merged. */
static void
make_table(struct reading *reading)
{
	reading->slots = 64;
	while (reading->slots < 6 * (reading->range->most + 1))
		reading->slots *= 2;
	reading->met = arena_allocate(reading->scratch, reading->slots * sizeof(reading->met[0]));
}

void
recent_read(struct store *store, struct arena *arena, const struct recent_range *range,
    struct recent_past *out)
{
	struct reading reading = { .store = store, .arena = arena, .scratch = arena_new(),
		.range = range, .out = out };
	git_oid tip, end;
	bool ends = text_present(range->end);

	*out = (struct recent_past){ 0 };
	if (object_id_parse(range->tip, &tip) && (!ends || object_id_parse(range->end, &end))) {
		make_table(&reading);
		read_line(&reading, tip, ends ? &end : NULL);
		meet_below(&reading, ends ? &end : NULL);
		give_all(&reading);
	} else {
		(void)give_up(&reading, "not a commit id");
	}
	arena_free(reading.scratch);
}
