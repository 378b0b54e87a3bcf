#ifndef COUNTERSIGN_TESTS_GIT_FIXTURE_H
#define COUNTERSIGN_TESTS_GIT_FIXTURE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/text.h"

/* A temporary folder with a bare repository in it, made and read by stock git. */
struct git_fixture {
	struct arena *arena;
	const char *folder;
	const char *path;               /* of the repository: FOLDER/repository.git */
};

/* For cmocka: *state is the fixture. */
int git_fixture_setup(void **state);
int git_fixture_teardown(void **state);

/*
 * Runs a bash script in the repository with `set -eu`; the test fails when the
 * script does. Gives its output without the last line end. The script may use:
 *   tree_of    reads lines "MODE ID NAME", NAME as printf %b has it, and writes
 *              them as a tree, exactly as they are: prints its id
 *   blob TEXT  writes a blob: prints its id
 *   commit TREE [MESSAGE [PARENT…]]   prints its id
 *   many COUNT FORMAT   a commit with that many files, by fast-import, on main
 */
struct text git_fixture_run(struct git_fixture *fixture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, as a C string, and whether the script worked. */
bool git_fixture_try(struct git_fixture *fixture, const char *script, struct text *output);

#endif
