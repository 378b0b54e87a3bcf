#ifndef COUNTERSIGN_TESTS_STORE_FIXTURE_H
#define COUNTERSIGN_TESTS_STORE_FIXTURE_H

#include "lib/git_fixture.h"
#include "repository/store.h"

/* The fixture's repository, opened; the test fails when it cannot be. Freed with store_close(). */
struct store *open_store(struct git_fixture *fixture);

/* The id of the object that a revision names, by stock git. */
struct text id_of(struct git_fixture *fixture, const char *revision);

#endif
