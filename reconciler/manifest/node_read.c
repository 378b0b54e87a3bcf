#include "manifest/node.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "manifest/source.h"

enum { SHOWN_BYTES = 60 };

struct reader {
	struct arena *arena;
	struct reasons *reasons;
	struct text path;
	yaml_parser_t parser;
	unsigned depth;
	bool stopped; /* a reason was given; nothing more is read */
};

static struct position
position_of(const struct reader *reader, yaml_mark_t mark)
{
	return (
	    struct position){ reader->path, (unsigned)mark.line + 1, (unsigned)mark.column + 1 };
}

static void
refuse(struct reader *reader, yaml_mark_t mark, const char *code, const char *message)
{
	if (!reader->stopped)
		reason_add(reader->arena, reader->reasons, position_of(reader, mark), code, "%s",
		    message);
	reader->stopped = true;
}

/* "*.example.com" without quotes is an alias with a bad name: the slip that is made most. */
static const char *
syntax_hint(const yaml_parser_t *parser)
{
	if (parser->context != NULL && strstr(parser->context, "alias") != NULL)
		return "; a text that begins with '*' stands in quotes";
	if (parser->context != NULL && strstr(parser->context, "anchor") != NULL)
		return "; a text that begins with '&' stands in quotes";
	if (parser->problem != NULL && strstr(parser->problem, "cannot start any token") != NULL)
		return "; a text that begins with '@', '`' or '%' stands in quotes, and indentation "
		       "is made of spaces";
	return "";
}

/* The next event, which the caller deletes; false when the text is not YAML. */
static bool
next_event(struct reader *reader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &reader->parser;

	if (reader->stopped)
		return false;
	if (yaml_parser_parse(&reader->parser, event) == 1)
		return true;
	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	reason_add(reader->arena, reader->reasons, position_of(reader, parser->problem_mark),
	    "YamlSyntax", "not well-formed YAML: %s%s%s%s",
	    parser->problem == NULL ? "it cannot be read" : parser->problem,
	    parser->context == NULL ? "" : " ", parser->context == NULL ? "" : parser->context,
	    syntax_hint(parser));
	reader->stopped = true;
	return false;
}

static struct node *
node_new(struct arena *arena, enum node_type type, yaml_mark_t mark)
{
	struct node *node = ARENA_NEW(arena, struct node);

	node->type = type;
	node->line = (unsigned)mark.line + 1;
	node->column = (unsigned)mark.column + 1;
	return node;
}

/* What may not stand before a value, whatever it is. */
static bool
check_properties(struct reader *reader, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (event->type == YAML_ALIAS_EVENT)
		refuse(reader, event->start_mark, "Alias",
		    "an alias (*name): write the value out, or quote a text that begins with '*'");
	else if (anchor != NULL)
		refuse(reader, event->start_mark, "Anchor",
		    "an anchor (&name) is not allowed; quote a text that begins with '&'");
	else if (tag != NULL)
		refuse(reader, event->start_mark, "Tag",
		    "a tag (!name) is not allowed; quote a text that begins with '!'");
	return !reader->stopped;
}

static struct node *read_value(struct reader *reader, const yaml_event_t *event);

static void
read_sequence(struct reader *reader, struct node *sequence)
{
	yaml_event_t event;
	struct node *item;

	while (next_event(reader, &event)) {
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return;
		}
		item = read_value(reader, &event);
		yaml_event_delete(&event);
		if (item != NULL)
			*ARRAY_ADD(reader->arena, &sequence->items) = item;
	}
}

/* Sorted, not compared each with each: 256 KiB hold tens of thousands of keys. */
static void
check_duplicates(struct reader *reader, const struct node *mapping)
{
	size_t count = mapping->pairs.count;
	struct node **keys = arena_allocate(reader->arena, count * sizeof(struct node *));

	for (size_t i = 0; i < count; i++)
		keys[i] = mapping->pairs.at[i].key;
	if (count > 1)
		qsort(keys, count, sizeof(struct node *), node_compare_texts);
	for (size_t i = 1; i < count; i++) {
		if (!text_equal(keys[i - 1]->text, keys[i]->text))
			continue;
		reason_add(reader->arena, reader->reasons,
		    (struct position){ reader->path, keys[i]->line, keys[i]->column },
		    "DuplicateKey", "the key \"%.*s\" stands here a second time; it was on line %u",
		    TEXT_ARGUMENTS(text_visible(reader->arena, keys[i]->text, SHOWN_BYTES)),
		    keys[i - 1]->line);
		reader->stopped = true;
		return;
	}
}

static void
read_mapping(struct reader *reader, struct node *mapping)
{
	yaml_event_t event;
	struct node_pair pair;

	while (next_event(reader, &event)) {
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			check_duplicates(reader, mapping);
			return;
		}
		if (event.type != YAML_SCALAR_EVENT && event.type != YAML_ALIAS_EVENT)
			refuse(reader, event.start_mark, "KeyNotText",
			    "a list or mapping as a key: expected a name");
		pair.key = read_value(reader, &event);
		yaml_event_delete(&event);
		if (pair.key == NULL || !next_event(reader, &event))
			return;
		pair.value = read_value(reader, &event);
		yaml_event_delete(&event);
		if (pair.value == NULL)
			return;
		*ARRAY_ADD(reader->arena, &mapping->pairs) = pair;
	}
}

static bool
descend(struct reader *reader, const yaml_event_t *event)
{
	if (++reader->depth <= NODE_DEPTH)
		return true;
	/* the parser stops here: its time grows with the square of open brackets */
	refuse(reader, event->start_mark, "TooDeep",
	    "lists and mappings lie more than 32 deep inside each other");
	return false;
}

/* The value that begins with `event`: perhaps a part of it; NULL when it is refused at once. */
static struct node *
read_value(struct reader *reader, const yaml_event_t *event)
{
	struct node *node;

	if (reader->stopped || !check_properties(reader, event))
		return NULL;
	if (event->type == YAML_SCALAR_EVENT) {
		node = node_new(reader->arena, NODE_SCALAR, event->start_mark);
		node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		node->text =
		    text_copy(reader->arena, (struct text){ (const char *)event->data.scalar.value,
						 event->data.scalar.length });
		return node;
	}
	if (!descend(reader, event))
		return NULL;
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node = node_new(reader->arena, NODE_SEQUENCE, event->start_mark);
		read_sequence(reader, node);
	} else {
		node = node_new(reader->arena, NODE_MAPPING, event->start_mark);
		read_mapping(reader, node);
	}
	reader->depth--;
	return node;
}

/* What follows the document must be the end of the stream. */
static void
read_end(struct reader *reader)
{
	yaml_event_t event;

	for (bool end = false; !end && next_event(reader, &event);) {
		end = event.type == YAML_STREAM_END_EVENT;
		if (!end && event.type != YAML_DOCUMENT_END_EVENT)
			refuse(reader, event.start_mark, "MultipleDocuments",
			    "a second document begins here: one document a file");
		yaml_event_delete(&event);
	}
}

static struct node *
read_document(struct reader *reader)
{
	struct node *root = NULL;
	yaml_event_t event;

	while (root == NULL && next_event(reader, &event)) {
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
			refuse(reader, event.start_mark, "EmptyDocument",
			    "no document; expected apiVersion, kind, metadata and spec");
			break;
		default:
			root = read_value(reader, &event);
			break;
		}
		yaml_event_delete(&event);
	}
	if (root != NULL)
		read_end(reader);
	return root;
}

struct node *
node_read(struct arena *arena, const struct source *source, bool *whole, struct reasons *reasons)
{
	struct reader reader = { .arena = arena, .reasons = reasons, .path = source->path };
	struct node *root;

	*whole = false;
	if (!source_check(arena, source, reasons))
		return NULL;
	if (yaml_parser_initialize(&reader.parser) != 1)
		abort();
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser,
	    (const unsigned char *)(source->content.at == NULL ? "" : source->content.at),
	    source->content.length);
	root = read_document(&reader);
	yaml_parser_delete(&reader.parser);
	*whole = root != NULL && !reader.stopped;
	return root;
}
