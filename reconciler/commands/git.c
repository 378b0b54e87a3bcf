#include "commands/git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/child.h"
#include "commands/output.h"

enum { ARGUMENTS_MOST = 64 };

static bool
run(struct arena *arena, const struct child_order *order, struct text *answer)
{
	struct child_result result;
	struct text why;

	if (!child_run(arena, order, &result, &why)) {
		(void)complain(0, "%.*s", TEXT_ARGUMENTS(why));
		return false;
	}
	if (answer != NULL) {
		*answer = result.output;
		if (text_ends_with(*answer, "\n"))
			answer->length--;
	}
	return result.status == 0;
}

/*
 * Before the arguments of whoever only wants to know something: whose settings a folder has is not
 * asked. No program that they name is run, be it for files that changed, signatures in a log, hooks,
 * or to have objects fetched that are not there; no lock is taken; and history is what the commits
 * say, whatever replaces, grafts or summarizes them.
 */
static const char *const guards[] = {
	"env", "GIT_ALLOW_PROTOCOL=", "GIT_NO_LAZY_FETCH=1", "GIT_OPTIONAL_LOCKS=0",
	"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=/dev/null", "git", "-c", "core.fsmonitor=false",
	"-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false", "-c",
	"core.commitGraph=false", "-c", "advice.graftFileDeprecated=false",
};

static bool
ask(struct arena *arena, struct text *answer, const char *const *arguments,
    enum child_errors errors)
{
	const char *all[ARGUMENTS_MOST];
	const struct child_order order = { .arguments = all, .errors = errors };
	size_t count = sizeof(guards) / sizeof(guards[0]);

	memcpy(all, guards, sizeof(guards));
	for (size_t i = 1; arguments[i - 1] != NULL; i++) {
		if (count == ARGUMENTS_MOST)
			abort();
		all[count++] = arguments[i];
	}
	return run(arena, &order, answer);
}

bool
git_ask(struct arena *arena, struct text *answer, const char *const *arguments)
{
	return ask(arena, answer, arguments, CHILD_ERRORS_KEPT);
}

bool
git_ask_aloud(struct arena *arena, struct text *answer, const char *const *arguments)
{
	(void)fflush(NULL);
	return ask(arena, answer, arguments, CHILD_ERRORS_SHOWN);
}

bool
git_do(struct arena *arena, struct text input, struct text *answer, const char *const *arguments)
{
	const struct child_order order = {
		.arguments = arguments, .input = input, .errors = CHILD_ERRORS_SHOWN };

	(void)fflush(NULL);
	return run(arena, &order, answer);
}

static bool
has_collided(struct text errors)
{
	static const char *const signs[] = {
		"but expected ",                /* cannot lock ref '…': is at … but expected … */
		"reference already exists",     /* the same for a new branch */
		"incorrect old value provided", /* the same, as newer versions say it */
		".lock': File exists",          /* of a ref, packed-refs or shallow */
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (memmem(errors.at, errors.length, signs[i], strlen(signs[i])) != NULL)
			return true;
	return false;
}

enum fetch_result
git_fetch(struct arena *arena, struct text remote, struct text *errors)
{
	const char *const arguments[] = { "env", "LC_ALL=C", "git", "fetch", "--quiet", "--",
		text_string(arena, remote), NULL };
	const struct child_order order = { .arguments = arguments,
		.errors = CHILD_ERRORS_ANSWERED };
	struct child_result result;

	(void)fflush(NULL);
	if (!child_run(arena, &order, &result, errors))
		return FETCH_FAILED;
	*errors = text_trim(text_skip(result.errors, result.errors_shown));
	if (result.status == 0)
		return FETCH_DONE;
	/* by all that it said, shown or not */
	return has_collided(result.errors) ? FETCH_COLLIDED : FETCH_FAILED;
}

bool
git_setting(struct arena *arena, const char *name, const char *type, struct text *value)
{
	char *typed = arena_printf(arena, "--type=%s", type == NULL ? "" : type);

	if (type == NULL)
		return git_ask(arena, value, GIT("config", "--get", name));
	return git_ask(arena, value, GIT("config", typed, "--get", name));
}
