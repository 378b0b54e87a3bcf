/*
 * The signer's only input from the repository: whatever bytes are taken for a
 * plan must be exactly the bytes that plan has, and no others may have its
 * meaning.
 */
#include <stdint.h>
#include <stdlib.h>

#include "model/plan_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each of the plan's texts must be one line, or a line could pass for another field. */
static void
check_lines(const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		if (text_empty(texts->at[i]) ||
		    text_find(texts->at[i], '\n') != texts->at[i].length)
			abort();
}

static void
check_plan(struct arena *arena, const struct plan *plan, struct text text)
{
	struct plan copy = *plan;

	for (size_t i = 0; i < SUBJECT_ATTRIBUTES; i++)
		check_lines(&plan->subject.values[i]);
	for (size_t i = 0; i < ALT_NAME_TYPES; i++)
		check_lines(&plan->alt_names.values[i]);
	check_lines(&plan->key_usages);
	check_lines(&plan->extended_key_usages);
	if (plan->generation < 1 || plan->lifetime < 1 || (!plan->ca && plan->path_length >= 0))
		abort();
	plan_write(arena, &copy);
	if (!text_equal(copy.text, text) || !text_equal(copy.digest, plan->digest))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text text = { arena_copy(arena, data, size), size }, why;
	struct plan plan;

	if (plan_parse(arena, text, &plan, &why))
		check_plan(arena, &plan, text);
	else if (!text_present(why))
		abort();
	arena_free(arena);
	return 0;
}
