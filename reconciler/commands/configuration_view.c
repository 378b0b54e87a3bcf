#include "commands/configuration_view.h"

#include <inttypes.h>

#include "commands/documents.h"
#include "commands/git.h"
#include "reconcile/load.h"

bool
configuration_candidate_load(struct clone *clone, struct text commit, struct configuration *out)
{
	struct configuration_place place = { .commit = commit,
		.number = clone->configuration.number + 1,
		.previous = clone->configuration.digest };
	struct text why = { 0 };

	if (configuration_load(clone->store, clone->arena, &place, NULL, out, &why))
		return true;
	(void)complain(0, "the configuration at %.*s cannot be read: %.*s",
	    TEXT_ARGUMENTS(commit_short(commit)), TEXT_ARGUMENTS(why));
	return false;
}

bool
configuration_differs(const struct clone *clone, const struct configuration *candidate)
{
	const struct configuration_files *ours = &clone->configuration.files;
	const struct configuration_files *theirs = &candidate->files;

	if (ours->count != theirs->count)
		return true;
	/* both were sorted when the digest was made */
	for (size_t i = 0; i < ours->count; i++)
		if (!text_equal(ours->at[i].path, theirs->at[i].path) ||
		    !text_equal(ours->at[i].sha256, theirs->at[i].sha256))
			return true;
	return false;
}

/* Read here, not asked of git: git would run the filters that the folder's settings name. */
bool
configuration_work_tree_differs(struct clone *clone)
{
	const struct configuration_place place = { .previous = configuration_none };
	struct documents documents = { .folder = text_string(clone->arena, clone->top) };
	struct configuration found = { 0 };
	struct source_files files = { 0 };
	struct reasons reasons = { 0 };

	if (!text_present(clone->top))
		return false;
	for (size_t i = 0; configuration_folders[i] != NULL; i++)
		if (!documents_list(&documents, clone->arena, configuration_folders[i],
		    &files, &reasons))
			return false;
	for (size_t i = 0; i < files.count; i++)
		(void)documents_read(&documents, clone->arena, &files.at[i]);
	configuration_from_files(clone->arena, &files, &place, NULL, &found);
	return configuration_differs(clone, &found);
}

/* "alice, bob", or the word for nobody. */
static struct text
names(struct arena *arena, const struct texts *texts)
{
	return texts->count == 0 ? TEXT("nobody") : texts_join(arena, texts, ", ");
}

static void
view_candidate(struct output *output, const struct configuration_candidate *candidate)
{
	struct text signed_by = names(output->arena, &candidate->signed_by);
	struct text waiting_for = names(output->arena, &candidate->waiting_for);

	output_printf(output, "\n  %.*s\n", TEXT_ARGUMENTS(candidate->digest));
	output_printf(output, "    commit      %.*s, first seen %.*s\n",
	    TEXT_ARGUMENTS(commit_short(candidate->commit)),
	    TEXT_ARGUMENTS(moment_format(output->arena, candidate->observed_at)));
	if (candidate->valid)
		output_printf(output, "    signatures  %" PRId64 " needed, %" PRId64 " missing\n"
		    "    signed by   %.*s\n    waits for   %.*s\n", candidate->required,
		    candidate->missing, TEXT_ARGUMENTS(signed_by), TEXT_ARGUMENTS(waiting_for));
	else
		output_printf(output, "    can never be trusted:\n");
	output_reasons(output, &candidate->reasons);
}

static void
view_ignored(struct output *output, const struct ignored_list *ignored)
{
	if (ignored->count == 0)
		return;
	output_printf(output, "\n");
	output_styled(output, STYLE_STRONG, TEXT("did not count"));
	output_printf(output, "\n");
	for (size_t i = 0; i < ignored->count; i++) {
		output_printf(output, "  %.*s by %.*s (%.*s)\n",
		    TEXT_ARGUMENTS(output_visible(output->arena, ignored->at[i].what)),
		    TEXT_ARGUMENTS(output_visible(output->arena, ignored->at[i].who)),
		    TEXT_ARGUMENTS(output_visible(output->arena, ignored->at[i].commit)));
		output_block(output, 4, ignored->at[i].why);
	}
}

void
configuration_view_status(struct output *output, const struct configuration_status *status)
{
	output_styled(output, STYLE_STRONG, TEXT("trusted"));
	output_printf(output, "\n  number %" PRId64 ", %.*s\n  commit %.*s, since %.*s\n",
	    status->trusted_number, TEXT_ARGUMENTS(status->trusted_digest),
	    TEXT_ARGUMENTS(status->trusted_commit),
	    TEXT_ARGUMENTS(moment_format(output->arena, status->trusted_since)));
	if (status->candidates.count > 0) {
		output_printf(output, "\n");
		output_styled(output, STYLE_STRONG, TEXT("waits for signatures"));
	}
	for (size_t i = 0; i < status->candidates.count; i++)
		view_candidate(output, &status->candidates.at[i]);
	if (status->reasons.count > 0) {
		output_printf(output, "\n");
		output_styled(output, STYLE_STRONG, TEXT("to be mended"));
		output_printf(output, "\n");
	}
	output_reasons(output, &status->reasons);
	view_ignored(output, &status->ignored);
}

static enum output_style
line_style(struct text line)
{
	if (text_starts_with(line, "diff ") || text_starts_with(line, "--- ") ||
	    text_starts_with(line, "+++ ") || text_starts_with(line, "@@"))
		return STYLE_STRONG;
	if (text_starts_with(line, "+"))
		return STYLE_GOOD;
	return text_starts_with(line, "-") ? STYLE_BAD : STYLE_PLAIN;
}

bool
configuration_view_diff(struct output *output, struct clone *clone,
    const struct configuration *candidate)
{
	/*
	 * All of it is shown, and nothing run for it, whatever .gitattributes, which the digest does
	 * not cover, or the settings of the folder say.
	 */
	const char *arguments[24] = { "git", "diff", "--no-color", "--no-ext-diff", "--no-textconv",
		"--no-renames", "--text", "--no-relative", "--submodule=short",
		text_string(clone->arena, clone->configuration.commit),
		text_string(clone->arena, candidate->commit), "--" };
	struct text changes, line;
	size_t count = 12;

	for (size_t i = 0; configuration_folders[i] != NULL; i++)
		arguments[count++] = arena_printf(clone->arena, ":(top)%s",
		    configuration_folders[i]);
	if (!git_ask_aloud(clone->arena, &changes, arguments)) {
		(void)complain(0, "`git diff` failed; what it said stands above");
		return false;
	}
	while (text_next_line(&changes, &line)) {
		output_styled(output, line_style(line), line);
		output_printf(output, "\n");
	}
	output_printf(output, "\ntrusted    number %" PRId64 ", %.*s\n",
	    clone->configuration.number, TEXT_ARGUMENTS(clone->configuration.digest));
	output_printf(output, "candidate  number %" PRId64 ", %.*s\n", candidate->number,
	    TEXT_ARGUMENTS(candidate->digest));
	output_reasons(output, &candidate->reasons);
	return true;
}
