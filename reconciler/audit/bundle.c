#include "audit/bundle.h"

#include <string.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "trust/trailer.h"

enum { ID_DIGITS = 40, SHOWN_BYTES = 60 };

static const char first_line[] = "countersign-evidence-v1";
static const char last_line[] = "end";
static const char *const types[] = { "commit", "tree", "blob", NULL };

struct text
bundle_write(struct arena *arena, const struct evidence_bundle *bundle)
{
	struct buffer out = { .arena = arena };

	buffer_printf(&out, "%s\nrequest %.*s\nintroduction %.*s %.*s\n", first_line,
	    TEXT_ARGUMENTS(bundle->request), TEXT_ARGUMENTS(bundle->introduction_commit),
	    TEXT_ARGUMENTS(bundle->introduction_digest));
	for (size_t i = 0; i < bundle->steps.count; i++)
		buffer_printf(&out, "step %.*s\n", TEXT_ARGUMENTS(bundle->steps.at[i]));
	for (size_t i = 0; i < bundle->objects.count; i++) {
		const struct stored_object *object = &bundle->objects.at[i];
		struct arena *scratch = arena_new();

		buffer_printf(&out, "object %s %.*s ", object->type, TEXT_ARGUMENTS(object->id));
		buffer_add(&out, base64_encode(scratch, object->content));
		buffer_add_byte(&out, '\n');
		arena_free(scratch);
	}
	buffer_printf(&out, "%s\n", last_line);
	return buffer_text(&out);
}

/* One file under the reader's eyes. */
struct reading {
	struct arena *arena;
	struct text rest;
	size_t number;                  /* of the line */
	struct text line;
	struct text *why;
};

static bool
refuse(struct reading *reading, const char *what)
{
	*reading->why = text_printf(reading->arena, "line %zu %s: \"%.*s\"", reading->number, what,
	    TEXT_ARGUMENTS(text_visible(reading->arena, reading->line, SHOWN_BYTES)));
	return false;
}

static bool
next_line(struct reading *reading)
{
	reading->number++;
	if (text_find(reading->rest, '\n') == reading->rest.length ||
	    !text_next_line(&reading->rest, &reading->line)) {
		*reading->why = TEXT("the file ends too early: it was cut");
		return false;
	}
	return true;
}

/* The rest of a line that begins with a word; false for another line. */
static bool
after_word(const struct reading *reading, const char *word, struct text *rest)
{
	if (!text_starts_with(reading->line, word))
		return false;
	*rest = text_skip(reading->line, strlen(word));
	return true;
}

static bool
read_head(struct reading *reading, struct evidence_bundle *out)
{
	struct text rest;

	if (!next_line(reading))
		return false;
	if (!text_is(reading->line, first_line))
		return refuse(reading, "is not that of an evidence bundle");
	if (!next_line(reading))
		return false;
	if (!after_word(reading, "request ", &out->request) || !request_id_valid(out->request))
		return refuse(reading, "should name the request");
	if (!next_line(reading))
		return false;
	if (!after_word(reading, "introduction ", &rest) ||
	    !text_split(&rest, ' ', &out->introduction_commit) ||
	    !hex_is_lower(out->introduction_commit, ID_DIGITS) || !digest_is_named(rest))
		return refuse(reading, "should name the introduction, a commit and a digest");
	out->introduction_digest = rest;
	return true;
}

static bool
read_object(struct reading *reading, struct text rest, struct evidence_bundle *out)
{
	struct stored_object object = { .type = NULL };
	struct text type;

	if (!text_split(&rest, ' ', &type) || !text_split(&rest, ' ', &object.id) ||
	    !text_present(rest))
		return refuse(reading, "is not a whole object");
	for (size_t i = 0; types[i] != NULL; i++)
		if (text_is(type, types[i]))
			object.type = types[i];
	if (object.type == NULL || !hex_is_lower(object.id, ID_DIGITS) ||
	    !base64_decode(reading->arena, rest, &object.content))
		return refuse(reading, "is not a whole object");
	if (!text_equal(object_id_of(reading->arena, object.type, object.content), object.id))
		return refuse(reading, "holds other bytes than its id says");
	*ARRAY_ADD(reading->arena, &out->objects) = object;
	return true;
}

/* Few bytes would else be audited for as long as whoever wrote them likes. */
static bool
each_once(struct arena *arena, const struct texts *steps)
{
	struct texts sorted = { 0 };

	for (size_t i = 0; i < steps->count; i++)
		texts_add(arena, &sorted, steps->at[i]);
	texts_sort_unique(&sorted);
	return sorted.count == steps->count;
}

bool
bundle_read(struct arena *arena, struct text content, struct evidence_bundle *out, struct text *why)
{
	struct reading reading = { .arena = arena, .rest = content, .why = why };
	struct text rest;

	*out = (struct evidence_bundle){ 0 };
	if (!read_head(&reading, out))
		return false;
	for (;;) {
		if (!next_line(&reading))
			return false;
		if (text_is(reading.line, last_line))
			break;
		if (out->objects.count == 0 && after_word(&reading, "step ", &rest) &&
		    hex_is_lower(rest, ID_DIGITS)) {
			texts_add(arena, &out->steps, rest);
			continue;
		}
		if (!after_word(&reading, "object ", &rest))
			return refuse(&reading, "is neither a step nor an object");
		if (!read_object(&reading, rest, out))
			return false;
	}
	if (reading.rest.length > 0)
		*why = TEXT("something stands behind the end");
	else if (!each_once(arena, &out->steps))
		*why = TEXT("a step stands there twice");
	else
		return true;
	return false;
}
