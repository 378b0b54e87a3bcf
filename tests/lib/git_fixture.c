#include "lib/git_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/child.h"

static const char prelude[] =
    "set -euo pipefail\n"
    "export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C.UTF-8 TZ=UTC\n"
    "export GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=tester@example.com\n"
    "export GIT_COMMITTER_NAME=Tester GIT_COMMITTER_EMAIL=tester@example.com\n"
    "blob() { printf %s \"$1\" | git hash-object -w --stdin; }\n"
    "tree_of() {\n"
    "    while read -r mode id name; do\n"
    "        printf '%s %b\\0' \"$mode\" \"$name\"; printf %b \"$(sed 's/../\\\\x&/g' <<<\"$id\")\"\n"
    "    done | git hash-object -t tree --literally -w --stdin\n"
    "}\n"
    "commit() {\n"
    "    local tree=$1 message=${2:-a commit} parents=(); shift; shift || true\n"
    "    for parent; do parents+=(-p \"$parent\"); done\n"
    "    git commit-tree \"$tree\" \"${parents[@]}\" -m \"$message\"\n"
    "}\n"
    "many() {\n"
    "    awk -v count=\"$1\" -v format=\"$2\" 'BEGIN {\n"
    "        print \"commit refs/heads/main\\ncommitter T <t@example.com> 1700000000 +0000\\ndata 1\\nm\"\n"
    "        for (i = 0; i < count; i++) { text = \"file \" i; printf \"M 100644 inline \" format \"\\n\", i\n"
    "            printf \"data %d\\n%s\\n\", length(text), text }\n"
    "    }' | git fast-import --quiet --force\n"
    "}\n";

/*
 * For the leak sanitizer: libgit2 1.5 drops the match data of every pattern that
 * does not match, as when it looks for extensions in a configuration.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:pcre2_match\nleak:libpcre2\n";
}

const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}

bool
git_fixture_try(struct git_fixture *fixture, const char *script, struct text *output)
{
	const char *const arguments[] = { "bash", "-c", arena_printf(fixture->arena,
	    "%scd '%s'\n%s", prelude, fixture->path, script), NULL };
	const struct child_order order = { .arguments = arguments, .errors = CHILD_ERRORS_KEPT };
	struct child_result result;
	struct text why;

	if (!child_run(fixture->arena, &order, &result, &why))
		fail_msg("bash: %.*s", TEXT_ARGUMENTS(why));
	while (result.output.length > 0 && result.output.at[result.output.length - 1] == '\n')
		result.output.length--;
	*output = text_copy(fixture->arena, result.output);
	if (result.status != 0)
		*output = result.errors;
	return result.status == 0;
}

struct text
git_fixture_run(struct git_fixture *fixture, const char *format, ...)
{
	char *script = NULL;
	struct text output;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&script, format, arguments) < 0)
		abort();
	va_end(arguments);
	if (!git_fixture_try(fixture, script, &output))
		fail_msg("failed: %.*s\n%s", TEXT_ARGUMENTS(output), script);
	free(script);
	return output;
}

int
git_fixture_setup(void **state)
{
	struct git_fixture *fixture = calloc(1, sizeof(*fixture));
	const char *base = getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR");
	char *folder = NULL;

	if (fixture == NULL || asprintf(&folder, "%s/repository.XXXXXX", base) < 0 ||
	    mkdtemp(folder) == NULL)
		abort();
	fixture->arena = arena_new();
	fixture->folder = folder;
	fixture->path = arena_printf(fixture->arena, "%s", folder);
	git_fixture_run(fixture, "git init -q --bare -b main repository.git");
	fixture->path = arena_printf(fixture->arena, "%s/repository.git", folder);
	*state = fixture;
	return 0;
}

int
git_fixture_teardown(void **state)
{
	struct git_fixture *fixture = *state;
	char *folder = (char *)fixture->folder;

	fixture->path = "/";
	git_fixture_run(fixture, "chmod -R u+rwX '%s'; rm -rf '%s'", folder, folder);
	arena_free(fixture->arena);
	free(folder);
	free(fixture);
	return 0;
}
