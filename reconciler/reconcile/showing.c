/*
 * The checker is shown each output commit, and given the objects that it asks
 * for: what it does not come to by itself is not signed.
 */
#include "reconcile/pass.h"

#include <stdlib.h>
#include <string.h>

#include "repository/feed.h"

/* What is larger is not taken into this process. */
enum { WHOLE_MOST_BYTES = 16 * 1024 * 1024 };

/*
 * What the checker will ask for of a commit, in that order, as far as it can be
 * told: it saves asking one by one. Content absent: to be read when its turn comes.
 */
struct foreseen {
	struct stored_objects objects;
	const struct stored_object **by_id;
};

static int
compare_ids(const void *a, const void *b)
{
	const struct stored_object *const *one = a, *const *other = b;

	return text_compare((*one)->id, (*other)->id);
}

static void
foresee(struct pass *pass, const char *type, struct text id, struct text content)
{
	if (text_present(id))
		*ARRAY_ADD(pass->arena, &pass->foreseen->objects) = (struct stored_object){
			.type = type, .id = id, .content = content };
}

/* A checker that has just started reads all that is open. */
static void
foresee_open(struct pass *pass)
{
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };

	if (snapshot_list(pass->reconciler->store, pass->arena, pass->output, "pending", &files,
	    &reasons))
		for (size_t i = 0; i < files.count; i++)
			foresee(pass, "blob", files.at[i].blob, (struct text){ NULL, 0 });
}

/* New input commits, what the pass has written, the requests that it decided on. */
static void
foresee_all(struct pass *pass)
{
	struct foreseen *foreseen = ARENA_NEW(pass->arena, struct foreseen);
	const struct text absent = { NULL, 0 };

	pass->foreseen = foreseen;
	for (size_t i = 0; i < pass->batch.count; i++)
		if (text_present(pass->batch.at[i].raw))
			foresee(pass, "commit", pass->batch.at[i].id, pass->batch.at[i].raw);
	for (size_t i = 0; i < pass->written.count; i++)
		foresee(pass, pass->written.at[i].type, pass->written.at[i].id,
		    pass->written.at[i].content);
	for (size_t i = 0; i < pass->decided.count; i++)
		if (pass->decided.at[i].changed)
			foresee(pass, "blob", pass->decided.at[i].after.version.blob, absent);
	if (pass->reconciler->shown[0] == '\0' && text_present(pass->output))
		foresee_open(pass);
	foreseen->by_id = arena_allocate(pass->arena,
	    (foreseen->objects.count + 1) * sizeof(foreseen->by_id[0]));
	for (size_t i = 0; i < foreseen->objects.count; i++)
		foreseen->by_id[i] = &foreseen->objects.at[i];
	if (foreseen->objects.count > 1)
		qsort(foreseen->by_id, foreseen->objects.count, sizeof(foreseen->by_id[0]),
		    compare_ids);
}

/* Adds a foreseen object, as long as there is room; false when there is none, or no object. */
static bool
add_foreseen(struct pass *pass, struct arena *arena, const struct stored_object *from,
    size_t *room, struct evidence_objects *out)
{
	struct evidence_object object = { .type = from->type, .content = from->content };

	if (out->count == EVIDENCE_ALONG_MOST || (!text_present(object.content) &&
	    !store_object(pass->reconciler->store, arena, from->id, from->type,
		EVIDENCE_ALONG_BYTES, &object.content)) || object.content.length > *room)
		return false;
	*room -= object.content.length;
	*ARRAY_ADD(arena, out) = object;
	return true;
}

/* As much as possible of what was written, the commit itself first, then the commits of the input. */
static struct evidence_objects
foreseen_first(struct pass *pass)
{
	const struct stored_objects *objects = &pass->foreseen->objects;
	size_t written = objects->count, room = EVIDENCE_ALONG_BYTES;
	struct evidence_objects first = { 0 };

	while (written > 0 && !text_present(objects->at[written - 1].content))
		written--;
	while (written > 0 && add_foreseen(pass, pass->arena, &objects->at[written - 1], &room,
	    &first))
		written--;
	return first;
}

/* What comes behind an object that was asked for. */
static void
add_following(struct pass *pass, struct arena *arena, struct text id, struct evidence_objects *out)
{
	const struct stored_object wanted = { .id = id }, *key = &wanted, **found;
	const struct stored_objects *objects = &pass->foreseen->objects;
	size_t room = EVIDENCE_ALONG_BYTES, next;

	found = objects->count == 0 ? NULL : bsearch(&key, pass->foreseen->by_id, objects->count,
	    sizeof(key), compare_ids);
	if (found == NULL)
		return;
	next = (size_t)(*found - objects->at) + 1;
	while (next < objects->count && add_foreseen(pass, arena, &objects->at[next], &room, out))
		next++;
}

static void
read_wanted(struct reconciler *reconciler, struct arena *arena, struct text id,
    struct evidence_objects *out)
{
	struct evidence_object object = { .large_bytes = 0 };
	uint64_t bytes;

	/* what the checker does not take is not to be had: it would end by more than that */
	if (!store_object_about(reconciler->store, id, &object.type, &bytes) ||
	    strcmp(object.type, "tag") == 0 || !fed_pieces_taken(object.type, bytes))
		return;
	if (bytes > WHOLE_MOST_BYTES)
		object.large_bytes = bytes;
	else if (!store_object(reconciler->store, arena, id, object.type, WHOLE_MOST_BYTES,
	    &object.content))
		return;
	*ARRAY_ADD(arena, out) = object;
	if (reconciler->showing != NULL)
		add_following(reconciler->showing, arena, id, out);
}

static void
read_object(void *context, struct arena *arena, struct text id, struct evidence_objects *out)
{
	struct reconciler *reconciler = context;
	size_t lacking = store_lacking(reconciler->store);

	read_wanted(reconciler, arena, id, out);
	/* what the checker lacks it says itself; this pass need not be decided by it */
	store_lacking_forgive(reconciler->store, lacking);
}

static bool
read_pieces(void *context, struct text id, bool (*take)(void *to, struct text piece), void *to)
{
	struct reconciler *reconciler = context;
	const struct object_taker taker = { take, to };

	return store_object_pieces(reconciler->store, id, &taker);
}

void
checker_prepare(struct reconciler *reconciler)
{
	struct evidence_source source = { .read = read_object, .read_pieces = read_pieces,
		.context = reconciler };

	signer_use_evidence(reconciler->signer, &source);
}

static void
say(struct reconciler *reconciler, struct text output, enum show_result result, struct text remark)
{
	bool alarmed = reconciler->checker_alarm;

	reconciler->checker_alarm = result == SHOW_REFUSED;
	if (result == SHOW_FOLLOWED && !text_empty(remark))
		log_event(LOG_WARNING, "checker-begins", LOG_FIELDS({ "output", output },
		    { "why", remark }));
	else if (result == SHOW_REFUSED && !alarmed)
		log_event(LOG_ALARM, "checker-stopped", LOG_FIELDS({ "output", output },
		    { "why", remark }));
	else if (result == SHOW_FAILED)
		log_event(LOG_ERROR, "checker-behind", LOG_FIELDS({ "output", output },
		    { "why", remark }));
}

void
checker_show_begin(struct pass *pass, struct text output)
{
	struct reconciler *reconciler = pass->reconciler;
	struct evidence_objects first;

	if (!text_present(output) || (reconciler->checker_follows &&
	    text_is(output, reconciler->shown)))
		return;
	foresee_all(pass);
	first = foreseen_first(pass);
	memcpy(reconciler->shown, output.at, output.length);
	reconciler->shown[output.length] = '\0';
	reconciler->checker_follows = false;
	reconciler->showing = pass;
	signer_show_begin(pass->arena, reconciler->signer, output, &first);
}

void
checker_show_end(struct pass *pass)
{
	struct reconciler *reconciler = pass->reconciler;
	struct text remark = TEXT("");
	enum show_result result;

	if (reconciler->showing == NULL)
		return;
	result = signer_show_end(pass->arena, reconciler->signer, &remark);
	reconciler->showing = NULL;
	reconciler->checker_follows = result == SHOW_FOLLOWED;
	say(reconciler, text_of(reconciler->shown), result, remark);
}

void
checker_show(struct pass *pass)
{
	if (pass->reconciler->showing == NULL)
		checker_show_begin(pass, pass->output);
	checker_show_end(pass);
}

enum pass_result
show_decisions(struct pass *pass)
{
	checker_show(pass);
	return PASS_GO_ON;
}

enum pass_result
show_certificates(struct pass *pass)
{
	checker_show(pass);
	return PASS_GO_ON;
}
