/*
 * README.md of the output branch: the page a person opens first. Everything
 * that came from the repository is made harmless for a terminal and for
 * Markdown before it stands here.
 */
#include "reconcile/pass.h"

#include <string.h>

enum { CELL_BYTES = 120 };

/* One cell of a table: visible, on one line, and none of Markdown's or HTML's own characters. */
static void
add_cell(struct buffer *page, struct text content)
{
	static const char special[] = "\\`*_{}[]()<>#+!|&~@:";
	struct text visible = text_visible(page->arena, content, CELL_BYTES);

	buffer_add(page, TEXT("| "));
	for (size_t i = 0; i < visible.length; i++) {
		if (strchr(special, visible.at[i]) != NULL)
			buffer_add_byte(page, '\\');
		buffer_add_byte(page, visible.at[i]);
	}
	buffer_add_byte(page, ' ');
}

static void
add_row(struct buffer *page, const struct open_entry *entry)
{
	add_cell(page, entry->id);
	add_cell(page, text_of(request_state_name(entry->state)));
	add_cell(page, entry->profile);
	add_cell(page, entry->requester);
	add_cell(page, entry->summary);
	add_cell(page, entry->waiting);
	add_cell(page, moment_format(page->arena, entry->deadline));
	buffer_add(page, TEXT("|\n"));
}

static void
add_table(struct buffer *page, const struct open_index *index)
{
	size_t rows = index->entries.count < PAGE_ROWS ? index->entries.count : PAGE_ROWS;

	if (rows == 0) {
		buffer_add(page, TEXT("Nothing is open.\n"));
		return;
	}
	buffer_add(page, TEXT("| Request | State | Profile | Requester | Names | Waiting for | Until |\n"
	    "|---|---|---|---|---|---|---|\n"));
	for (size_t i = 0; i < rows; i++)
		add_row(page, &index->entries.at[i]);
	if (rows < index->entries.count)
		buffer_printf(page, "\n%zu more: `countersign list`.\n",
		    index->entries.count - rows);
}

static void
add_configuration(struct buffer *page, const struct pass *pass)
{
	const struct configuration_status *status = &pass->configuration_status;

	buffer_printf(page, "\n## Configuration\n\nTrusted: number %lld, `%.*s`, at commit `%.*s`.\n",
	    (long long)pass->trusted->number, TEXT_ARGUMENTS(pass->trusted->digest),
	    TEXT_ARGUMENTS(pass->trusted->commit));
	for (size_t i = 0; i < status->candidates.count; i++) {
		const struct configuration_candidate *candidate = &status->candidates.at[i];

		buffer_printf(page, "\nWaiting: `%.*s` at commit `%.*s`, %s, %lld of %lld signatures "
		    "missing; see `countersign configuration show`.\n",
		    TEXT_ARGUMENTS(candidate->digest), TEXT_ARGUMENTS(candidate->commit),
		    candidate->valid ? "valid" : "not valid", (long long)candidate->missing,
		    (long long)candidate->required);
	}
}

struct text
page_write(struct pass *pass)
{
	struct buffer page = { .arena = pass->arena };
	struct request_records changed = { 0 };
	struct open_index *index;

	/* the page of the commit being made: the index as it will be */
	for (size_t i = 0; i < pass->decided.count; i++)
		if (pass->decided.at[i].changed)
			*ARRAY_ADD(pass->arena, &changed) = pass->decided.at[i].after;
	index = open_index_with(pass->reconciler->index, pass->output, &changed);
	buffer_printf(&page, "# Certificate requests\n\nWritten by countersign at %.*s from input "
	    "`%.*s`. Changes made here by hand are undone.\n\n## Open\n\n",
	    TEXT_ARGUMENTS(moment_format(pass->arena, pass->now)), TEXT_ARGUMENTS(pass->input));
	add_table(&page, index);
	add_configuration(&page, pass);
	open_index_free(index);
	return buffer_text(&page);
}
