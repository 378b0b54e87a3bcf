#include "manifest/node.h"

#include "base/json.h"

static void
begin_line(struct buffer *out, unsigned depth, bool first)
{
	buffer_add(out, first ? TEXT("\n") : TEXT(",\n"));
	for (unsigned i = 0; i < depth; i++)
		buffer_add(out, TEXT("  "));
}

static void
end_line(struct buffer *out, unsigned depth)
{
	buffer_add_byte(out, '\n');
	for (unsigned i = 0; i < depth; i++)
		buffer_add(out, TEXT("  "));
}

static void
add_value(struct buffer *out, const struct node *node, unsigned depth)
{
	switch (node->type) {
	case NODE_SCALAR:
		if (node->plain)
			buffer_add(out, node->text);
		else
			json_string(out, node->text);
		break;
	case NODE_SEQUENCE:
		buffer_add_byte(out, '[');
		for (size_t i = 0; i < node->items.count; i++) {
			begin_line(out, depth + 1, i == 0);
			add_value(out, node->items.at[i], depth + 1);
		}
		if (node->items.count > 0)
			end_line(out, depth);
		buffer_add_byte(out, ']');
		break;
	case NODE_MAPPING:
		buffer_add_byte(out, '{');
		for (size_t i = 0; i < node->pairs.count; i++) {
			begin_line(out, depth + 1, i == 0);
			json_string(out, node->pairs.at[i].key->text);
			buffer_add(out, TEXT(": "));
			add_value(out, node->pairs.at[i].value, depth + 1);
		}
		if (node->pairs.count > 0)
			end_line(out, depth);
		buffer_add_byte(out, '}');
		break;
	}
}

struct text
node_write_json(struct arena *arena, const struct node *tree)
{
	struct buffer out = { .arena = arena };

	add_value(&out, tree, 0);
	buffer_add_byte(&out, '\n');
	return buffer_text(&out);
}
