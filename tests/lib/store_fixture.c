#include "lib/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct store *
open_store(struct git_fixture *fixture)
{
	struct store *store;
	struct text why;

	if (!store_open(fixture->path, fixture->arena, &store, &why))
		fail_msg("%.*s", TEXT_ARGUMENTS(why));
	return store;
}

struct text
id_of(struct git_fixture *fixture, const char *revision)
{
	return git_fixture_run(fixture, "git rev-parse %s", revision);
}
