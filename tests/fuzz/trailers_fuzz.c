/* Commit messages: only lines in the exact grammar count, and what is said of the others is safe to show. */
#include <regex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trust/trailer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

enum { TRAILERS_MOST = 1024 };

static regex_t grammar;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* the grammar once more, in another language */
	must(regcomp(&grammar, "^Countersign-("
	    "(Approve|Reject|Withdraw|Cancel|Request): "
	    "[a-z0-9_-][a-z0-9._-]*(/[a-z0-9_-][a-z0-9._-]*){0,7}|"
	    "Configuration(-Withdraw)?:) sha256:[0-9a-f]{64}$", REG_EXTENDED | REG_NOSUB) == 0);
	return 0;
}

static void
check(struct arena *arena, struct text message, const struct trailer *trailer)
{
	char *line = text_string(arena, trailer->line);

	must(memmem(message.at, message.length, line, trailer->line.length) != NULL);
	if (trailer->kind == TRAILER_NEAR_MISS) {
		must(trailer->why.length > 0);
		must(text_equal(trailer->why, text_visible(arena, trailer->why,
		    trailer->why.length)));
		return;
	}
	must(strlen(line) == trailer->line.length);
	must(regexec(&grammar, line, 0, NULL, 0) == 0);
	must(trailer->kind == trailer->meant);
	must(!text_present(trailer->request) || request_id_valid(trailer->request));
	must(text_ends_with(trailer->line, text_string(arena, trailer->digest)));
	must((trailer->kind == TRAILER_DECISION) == (trailer->decision != DECISION_NONE));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text message = { (const char *)data, size }, comment;
	struct trailers trailers = { 0 };

	trailers_parse(arena, message, &trailers, &comment);
	must(trailers.count <= TRAILERS_MOST + 1);
	must(trailers.count == 0 || trailers_hinted(message));
	must(comment.length <= size);
	for (size_t i = 0; i < trailers.count; i++)
		check(arena, message, &trailers.at[i]);
	arena_free(arena);
	return 0;
}
