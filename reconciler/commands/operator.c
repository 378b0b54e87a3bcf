#include "commands/operator.h"

#include <stdio.h>
#include <unistd.h>

#include "base/encoding.h"
#include "commands/clone.h"
#include "commands/command.h"
#include "commands/options.h"
#include "daemon/state.h"
#include "reconcile.h"
#include "reconcile/load.h"
#include "reconcile/pass.h"
#include "trust/commit.h"

enum { COMMITS_SHOWN = 20, SUBJECT_COLUMNS = 60 };

static bool
read_state(struct operator_desk *desk, struct text *why)
{
	struct arena *arena = desk->arena;
	const char *tips = arena_printf(arena, "%s/accepted-tips", desk->folder);

	if (!tips_read(arena, tips, &desk->tips, why) ||
	    !reconciler_store_open(desk->local, arena, &desk->store, why) ||
	    !store_update(desk->store, arena, why))
		return false;
	if (!store_ref(desk->store, arena, desk->output_ref.at, &desk->output_ref))
		desk->output_ref = (struct text){ NULL, 0 };
	if (store_ref(desk->store, arena, desk->input_ref.at, &desk->input))
		return true;
	*why = text_printf(arena, "%.*s does not exist in %s", TEXT_ARGUMENTS(desk->input_ref),
	    store_place(desk->store));
	return false;
}

static int
open_desk(struct operator_desk *desk, struct text local_path)
{
	struct arena *arena = desk->arena;
	struct text why = { NULL, 0 };

	desk->local = local_configuration_read(arena, text_string(arena, local_path), &why);
	if (desk->local != NULL) {
		desk->folder = reconciler_folder(arena, desk->local);
		desk->input_ref = text_printf(arena, "refs/heads/%.*s",
		    TEXT_ARGUMENTS(desk->local->branch));
		desk->output_ref = text_of(output_ref_name);
		if (read_state(desk, &why))
			return OPTIONS_GO_ON;
	}
	return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
}

static int
find_commit(struct operator_desk *desk, struct text id)
{
	struct text raw;

	if (!hex_is_lower(id, 40) && !hex_is_lower(id, 64))
		return complain(EXIT_USAGE, "\"%.*s\" is not the whole id of a commit",
		    TEXT_ARGUMENTS(output_visible(desk->arena, id)));
	if (store_object(desk->store, desk->arena, id, "commit", HISTORY_COMMIT_BYTES, &raw))
		return OPTIONS_GO_ON;
	return complain(EXIT_TROUBLE, "there is no commit %.*s in %s", TEXT_ARGUMENTS(id),
	    store_place(desk->store));
}

int
operator_decide(struct arena *arena, const struct operator_options *options, struct text commit,
    int (*decide)(struct operator_desk *desk, struct text commit))
{
	struct operator_desk desk = { .arena = arena, .output = output_to(arena, stdout),
		.yes = options->yes };
	int status = open_desk(&desk, options->config);

	if (status == OPTIONS_GO_ON)
		status = find_commit(&desk, commit);
	if (status == OPTIONS_GO_ON)
		status = decide(&desk, commit);
	store_close(desk.store);
	return status;
}

static void
print_commit(struct operator_desk *desk, const struct history_commit *commit)
{
	struct raw_commit parsed = { 0 };
	struct text raw = { NULL, 0 }, why, subject = TEXT("(not a commit that can be read)");

	if (store_object(desk->store, desk->arena, commit->id, "commit", HISTORY_COMMIT_BYTES, &raw) &&
	    raw_commit_parse(desk->arena, raw, &parsed, &why) &&
	    !text_next_line(&parsed.message, &subject))
		subject = TEXT("");
	output_printf(&desk->output, "  %.*s  %.*s\n", TEXT_ARGUMENTS(commit_short(commit->id)),
	    TEXT_ARGUMENTS(output_cut(desk->arena, output_visible(desk->arena, subject),
		SUBJECT_COLUMNS)));
}

void
operator_print_commits(struct operator_desk *desk, const struct history_commits *commits)
{
	for (size_t i = 0; i < commits->count && i < COMMITS_SHOWN; i++)
		print_commit(desk, &commits->at[i]);
	if (commits->count > COMMITS_SHOWN)
		output_printf(&desk->output, "  and %zu more\n", commits->count - COMMITS_SHOWN);
}

bool
operator_has_commit(const struct history_commits *commits, struct text id)
{
	for (size_t i = 0; i < commits->count; i++)
		if (text_equal(commits->at[i].id, id))
			return true;
	return false;
}

/*
 * For the reconciler, and for the checker, which believes it in nothing; where it has never run it
 * needs none. The reconciler's comes first. A daemon that runs, or is started after a crash, may
 * find one of the two: by the reconciler's alone it goes on from the commit that is named, and the
 * checker stops there, vouching for nothing, until the word is given to it, too. By the checker's
 * alone it would forget what it has seen, and when, while the branch goes on as it was, and the word
 * would be used up before the reconciler's came.
 */
static bool
leave_word(struct operator_desk *desk, enum operator_word word, struct text commit, struct text *why)
{
	const char *folder = checker_folder(desk->arena, desk->local);

	return operator_word_write(desk->arena, desk->folder, word, commit, why) &&
	    (access(folder, F_OK) != 0 ||
		operator_word_write(desk->arena, folder, word, commit, why));
}

int
operator_say(struct operator_desk *desk, enum operator_word word, struct text commit)
{
	struct text why = { NULL, 0 };

	if (!desk->yes && !isatty(STDIN_FILENO))
		return complain(EXIT_USAGE, "nobody can be asked here (standard input is no terminal): "
		    "give --yes when this is what you want");
	if (!desk->yes && !answers_yes("Go on from there?"))
		return complain(EXIT_NO, "nothing was changed");
	if (!leave_word(desk, word, commit, &why))
		return complain(EXIT_TROUBLE, "%.*s", TEXT_ARGUMENTS(why));
	output_printf(&desk->output, "Noted for the daemon: it takes this up in its next pass, or when "
	    "it is started, and says so in its next output commit.\n");
	return EXIT_DONE;
}
