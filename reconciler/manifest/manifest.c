#include "manifest/manifest.h"

#include "manifest/decode.h"
#include "manifest/encode.h"
#include "manifest/kinds.h"
#include "manifest/wording.h"

static const char api_version[] = "countersign/v1";

static const struct field metadata_fields[] = {
	{ "name", "what the document is called: its file's name without .yaml",
	    AT_TEXT(struct metadata, name), .flags = FIELD_REQUIRED, .format = &format_name },
	{ "labels", "short values for programs", .type = FIELD_LABELS, .format = &format_label,
	    .most = 64 },
	{ "annotations", "longer texts for programs", .type = FIELD_LABELS,
	    .format = &format_annotation, .most = 64 },
};

static const struct foreign_name metadata_words[] = {
	{ "namespace", ": there are no namespaces; folders take their place" },
	{ "id", "name" },
	{ "title", "name" },
	{ "generateName", "name" },
	{ NULL, NULL },
};

const struct table metadata_table = { TABLE(metadata_fields), .foreign = metadata_words };

/*
 * A document of another apiVersion is none of ours, whatever else it holds.
 * One that says both is: then the doubled key is what is wrong with it.
 */
static bool
is_foreign(const struct node *root)
{
	bool foreign = false;

	for (size_t i = 0; root != NULL && i < root->pairs.count; i++) {
		const struct node_pair *pair = &root->pairs.at[i];

		if (!text_is(pair->key->text, "apiVersion"))
			continue;
		if (pair->value->type != NODE_SCALAR || pair->value->text.length == 0 ||
		    text_is(pair->value->text, api_version))
			return false;
		foreign = true;
	}
	return foreign;
}

static void
warn_foreign(struct decoder *decoder, const struct node *root)
{
	const struct node *version = node_value(root, "apiVersion");

	warning_add(decoder->arena, decoder->reasons, decode_position(decoder, version),
	    "ForeignDocument", "apiVersion is %.*s, not %s: the document is left alone",
	    TEXT_ARGUMENTS(decode_shown(decoder, version)), api_version);
}

static bool
check_version(struct decoder *decoder, const struct node *root)
{
	const struct node *version = node_value(root, "apiVersion");

	if (version == NULL)
		REFUSE(decoder, root, "MissingKey", "apiVersion is missing: expected %s",
		    api_version);
	else if (version->type != NODE_SCALAR || version->text.length == 0)
		REFUSE(decoder, version, "WrongType", "apiVersion: expected %s", api_version);
	else
		return true;
	return false;
}

static struct text
kinds_joined(struct arena *arena, const enum kind kinds[5])
{
	struct buffer buffer = { .arena = arena };

	for (size_t i = 0; kinds[i] != KIND_NONE; i++) {
		if (i > 0)
			buffer_add(&buffer, kinds[i + 1] == KIND_NONE ? TEXT(" or ") : TEXT(", "));
		buffer_add(&buffer, text_of(kind_name(kinds[i])));
	}
	return buffer_text(&buffer);
}

/* Whether the folder may hold the kind; a path that lies nowhere may hold any. */
static bool
check_place(struct decoder *decoder, const struct node *node, enum kind kind)
{
	enum kind kinds[5];

	if (!kinds_at(decoder->path, false, kinds) && !kinds_at(decoder->path, true, kinds))
		return true;
	for (size_t i = 0; kinds[i] != KIND_NONE; i++)
		if (kinds[i] == kind)
			return true;
	REFUSE(decoder, node, "KindNotHere", "a %s does not belong here: expected %.*s",
	    kind_name(kind), TEXT_ARGUMENTS(kinds_joined(decoder->arena, kinds)));
	return false;
}

static void
refuse_kind(struct decoder *decoder, const struct node *node)
{
	struct text meant = wording_kind(decoder->arena, node->text);
	struct text shown = decode_shown(decoder, node);
	enum kind kinds[5];

	if (text_present(meant))
		REFUSE(decoder, node, "UnknownKind", "unknown kind %.*s; did you mean %.*s?",
		    TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(meant));
	else if (kinds_at(decoder->path, false, kinds))
		REFUSE(decoder, node, "UnknownKind", "unknown kind %.*s: expected %.*s",
		    TEXT_ARGUMENTS(shown), TEXT_ARGUMENTS(kinds_joined(decoder->arena, kinds)));
	else
		REFUSE(decoder, node, "UnknownKind", "unknown kind %.*s", TEXT_ARGUMENTS(shown));
}

static const struct kind_row *
decode_kind(struct decoder *decoder, const struct node *root)
{
	const struct node *node = node_value(root, "kind");
	enum kind kind = KIND_NONE;

	if (node == NULL)
		REFUSE(decoder, root, "MissingKey",
		    "kind is missing: expected the kind of document");
	else if (node->type != NODE_SCALAR || node->text.length == 0)
		REFUSE(decoder, node, "WrongType", "kind: expected the name of a kind of document");
	else if ((kind = kind_parse(node->text)) == KIND_NONE)
		refuse_kind(decoder, node);
	else
		(void)check_place(decoder, node, kind);
	return kind_row(kind);
}

/* What an unknown key at the top of a document was meant to be. */
static void
check_top_keys(struct decoder *decoder, const struct node *root)
{
	const struct kind_row *row = decoder->row;
	const struct field top[] = {
		{ .name = "apiVersion" },
		{ .name = "kind" },
		{ .name = "metadata" },
		{ .name = row->body },
	};
	const struct foreign_name words[] = {
		{ "name", "metadata.name" },
		{ "labels", "metadata.labels" },
		{ "annotations", "metadata.annotations" },
		{ "version", "apiVersion" },
		{ row->body[1] == 'p' ? "status" : "spec",
		    row->body[1] == 'p' ? ": status is the reconciler's, on the output branch"
					: "status" },
		{ NULL, NULL },
	};
	const struct table table = { TABLE(top), .foreign = words };

	for (size_t i = 0; i < root->pairs.count; i++) {
		const struct node *key = root->pairs.at[i].key;
		bool known = false;

		for (size_t k = 0; k < COUNT(top); k++)
			known |= text_is(key->text, top[k].name);
		if (known || decoder->errors >= NODE_REASONS)
			continue;
		REFUSE(decoder, key, "UnknownKey", "unknown key \"%.*s\"%.*s",
		    TEXT_ARGUMENTS(text_visible(decoder->arena, key->text, 60)),
		    TEXT_ARGUMENTS(wording_key(decoder->arena, row, &table, key->text)));
	}
}

/* The last part of a path, without .yaml; absent for a path that lies in no folder of ours. */
static struct text
base_name(struct text path)
{
	struct text part = { NULL, 0 };
	enum kind kinds[5];

	if (!kinds_at(path, false, kinds) && !kinds_at(path, true, kinds))
		return part;
	while (text_split(&path, '/', &part))
		continue;
	return text_first(part, part.length - (sizeof(".yaml") - 1));
}

static void
decode_metadata(struct decoder *decoder, const struct node *root, struct metadata *metadata)
{
	const struct node *node = node_value(root, "metadata");
	struct text base = base_name(decoder->path);

	if (node == NULL) {
		REFUSE(decoder, root, "MissingKey", "metadata is missing: expected metadata.name");
		return;
	}
	if (!decode_named_table(decoder, "metadata", &metadata_table, node, metadata))
		return;
	if (text_present(base) && !text_equal(base, metadata->name))
		REFUSE(decoder, node_value(node, "name"), "NameDiffersFromFile",
		    "metadata.name is \"%.*s\", but the file is called \"%.*s.yaml\"",
		    TEXT_ARGUMENTS(metadata->name),
		    TEXT_ARGUMENTS(text_visible(decoder->arena, base, 255)));
}

static void *
decode_body(struct decoder *decoder, const struct node *root)
{
	const struct kind_row *row = decoder->row;
	const struct node *node = node_value(root, row->body);
	void *object = arena_allocate(decoder->arena, row->size);

	table_defaults(decoder->arena, row->table, object);
	if (node == NULL)
		REFUSE(decoder, root, "MissingKey", "%s is missing", row->body);
	else
		(void)decode_named_table(decoder, row->body, row->table, node, object);
	return object;
}

/* What a document is called and what it is about must be the same, where the second says so. */
static void
check_name(struct decoder *decoder, const struct node *root, struct text name, const void *object)
{
	const struct kind_row *row = decoder->row;
	struct text meant;

	if (row->fixed_name == NULL && row->name_of == NULL)
		return;
	meant = row->fixed_name != NULL ? text_of(row->fixed_name) : row->name_of(object);
	if (!text_equal(meant, name))
		REFUSE(decoder, node_value(node_value(root, "metadata"), "name"), "WrongName",
		    "metadata.name is \"%.*s\": expected \"%.*s\"", TEXT_ARGUMENTS(name),
		    TEXT_ARGUMENTS(meant));
}

static void
decode_root(struct decoder *decoder, const struct node *root, struct manifest *out)
{
	struct metadata metadata = { .name = { NULL, 0 } };
	void *object;

	if (root->type != NODE_MAPPING) {
		bool empty = root->type == NODE_SCALAR && root->plain && plain_is_null(root->text);

		REFUSE(decoder, root, empty ? "EmptyDocument" : "WrongType",
		    "%sexpected a mapping with apiVersion, kind, metadata and spec",
		    empty ? "the document is empty: " : "");
		return;
	}
	(void)check_version(decoder, root);
	decoder->row = decode_kind(decoder, root);
	if (decoder->row == NULL)
		return;
	out->kind = decoder->row->kind;
	check_top_keys(decoder, root);
	decode_metadata(decoder, root, &metadata);
	out->name = metadata.name;
	object = decode_body(decoder, root);
	if (decoder->errors == 0)
		check_name(decoder, root, metadata.name, object);
	if (decoder->errors > 0)
		return;
	if (decoder->row->name_of == NULL && decoder->row->fixed_name == NULL)
		*(struct text *)(void *)((char *)object + decoder->row->name_at) = metadata.name;
	if (decoder->row->complete != NULL)
		decoder->row->complete(decoder->arena, decoder->path, object);
	out->object = object;
}

static bool
stands_before(const struct reason *a, const struct reason *b)
{
	if (a->position.line != b->position.line)
		return a->position.line < b->position.line;
	return a->position.column < b->position.column;
}

/* People read from top to bottom, whatever was found first. There are at most NODE_REASONS. */
static void
sort_reasons(struct reasons *reasons, size_t from)
{
	for (size_t i = from + 1; i < reasons->count; i++) {
		for (size_t k = i; k > from && stands_before(&reasons->at[k], &reasons->at[k - 1]);
		     k--) {
			struct reason swapped = reasons->at[k];

			reasons->at[k] = reasons->at[k - 1];
			reasons->at[k - 1] = swapped;
		}
	}
}

bool
manifest_decode(struct arena *arena, struct text path, struct text content, struct manifest *out,
    struct reasons *reasons)
{
	struct decoder decoder = { .arena = arena, .reasons = reasons, .path = path };
	struct source source = { .path = path, .content = content, .most_bytes = MANIFEST_BYTES };
	size_t before = reasons->count;
	enum kind kinds[5];
	struct node *root;
	bool whole;

	*out = (struct manifest){ 0 };
	if (kinds_at(path, true, kinds))
		source.most_bytes = MANIFEST_WRITTEN_BYTES;
	root = node_read(arena, &source, &whole, reasons);
	if (is_foreign(root)) {
		reasons->count = before;
		out->foreign = true;
		warn_foreign(&decoder, root);
		return true;
	}
	if (!whole)
		return false;
	decode_root(&decoder, root, out);
	sort_reasons(reasons, before);
	return decoder.errors == 0;
}

struct text
manifest_write(struct arena *arena, enum kind kind, const void *object)
{
	return node_write_yaml(arena, encode_document(arena, kind_row(kind), object));
}

struct text
manifest_write_json(struct arena *arena, enum kind kind, const void *object)
{
	return node_write_json(arena, encode_document(arena, kind_row(kind), object));
}
