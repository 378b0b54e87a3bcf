#include "commands/range.h"

#include "commands/clone.h"
#include "commands/git.h"

static size_t
dots(struct text operand)
{
	for (size_t i = 0; i + 1 < operand.length; i++)
		if (operand.at[i] == '.' && operand.at[i + 1] == '.')
			return i;
	return operand.length;
}

bool
range_spelled(struct text operand)
{
	/* "../elsewhere" is a path */
	return dots(operand) < operand.length && !text_starts_with(operand, "../") &&
	    !text_is(operand, "..");
}

static bool
resolve(struct store *store, struct arena *arena, struct text revision, struct text *id,
    struct text *why)
{
	if (text_empty(revision))
		revision = TEXT("HEAD");
	if (store_resolve(store, arena, text_string(arena, revision), id))
		return true;
	*why = text_printf(arena, "\"%.*s\" names no commit here",
	    TEXT_ARGUMENTS(text_visible(arena, revision, 255)));
	return false;
}

static bool
merge_base(struct arena *arena, struct text base, struct text head, struct text *out,
    struct text *why)
{
	if (git_ask(arena, out,
		GIT("merge-base", text_string(arena, base), text_string(arena, head))))
		return true;
	*why = text_printf(arena, "%.*s and %.*s have no commit in common; is the clone too shallow "
	    "(fetch-depth: 0)?", TEXT_ARGUMENTS(commit_short(base)),
	    TEXT_ARGUMENTS(commit_short(head)));
	return false;
}

bool
range_resolve(struct store *store, struct arena *arena, struct text operand, struct range *out,
    struct text *why)
{
	size_t middle = dots(operand);
	struct text right = text_skip(operand, middle + 2);
	struct comparison comparison = { .folder = "" };
	struct reasons odd = { 0 };
	struct text base;

	/* "..." says what ".." does here: a branch is always compared with where it began */
	if (text_starts_with(right, "."))
		right = text_skip(right, 1);
	if (!resolve(store, arena, text_first(operand, middle), &base, why) ||
	    !resolve(store, arena, right, &out->head, why) ||
	    !merge_base(arena, base, out->head, &out->base, why))
		return false;
	comparison.from = out->base;
	comparison.to = out->head;
	/* odd entries are reported by whoever reads the trees */
	if (!snapshot_compare(store, arena, &comparison, &out->changes, &odd)) {
		*why = TEXT("the trees of the two commits cannot be compared: objects are missing");
		return false;
	}
	for (size_t i = 0; i < out->changes.count; i++)
		texts_add(arena, &out->touched, out->changes.at[i].path);
	texts_sort_unique(&out->touched);
	return true;
}
