/*
 * Evidence: alice's key signed two commits of the fixtures. Whatever is made of
 * them, no decision may come out but those two.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "trust/commit.h"
#include "trust/evidence.h"
#include "trust/sshkey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FOLDER "tests/hostile/commit/"

enum { FILE_BYTES = 65536 };

static struct arena *whole_run;
static struct configuration configuration;
static struct texts signed_by_alice;

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static struct text
read_fixture(struct arena *arena, const char *path)
{
	struct text content;

	if (!file_read(arena, path, FILE_BYTES, &content)) {
		fprintf(stderr, "%s cannot be read; run at the top of the tree\n", path);
		exit(EXIT_FAILURE);
	}
	return content;
}

static void
end_run(void)
{
	arena_free(whole_run);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const good[] = { FOLDER "good-commit", FOLDER "good-with-others" };
	struct arena *arena = whole_run = arena_new();
	struct identity *alice = ARRAY_ADD(arena, &configuration.identities);
	struct raw_commit commit;
	struct text why;

	(void)argc;
	(void)argv;
	must(atexit(end_run) == 0);
	alice->name = TEXT("alice");
	ARRAY_ADD(arena, &alice->keys)->ssh = read_fixture(arena, FOLDER "alice.pub");
	configuration.repository.id = TEXT("00112233445566778899aabbccddeeff");
	identity_keys_resolve(arena, &configuration);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		must(raw_commit_parse(arena, read_fixture(arena, good[i]), &commit, &why));
		texts_add(arena, &signed_by_alice, digest_sha256_hex(arena, commit.signed_bytes));
	}
	return 0;
}

static void
check(struct arena *arena, const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->decisions.count; i++)
		must(texts_contain(&signed_by_alice, evidence->decisions.at[i].evidence));
	must(evidence->configuration_signatures.count == 0);
	must(evidence->request_signatures.count == 0);
	for (size_t i = 0; i < evidence->ignored.count; i++) {
		const struct ignored *ignored = &evidence->ignored.at[i];

		must(ignored->why.length > 0);
		must(text_equal(ignored->why, text_visible(arena, ignored->why, ignored->why.length)));
		must(text_equal(ignored->what,
		    text_visible(arena, ignored->what, ignored->what.length)));
		must(text_equal(ignored->who, text_visible(arena, ignored->who, ignored->who.length)));
	}
}

/* The input as a file and its signature, at the first NUL. */
static void
try_file(struct arena *arena, const struct sighting *sighting, struct text input)
{
	struct approval approval = { .repository = configuration.repository.id };
	struct approval_entry *entry = ARRAY_ADD(arena, &approval.entries);
	struct verified_request_signature signature;
	struct evidence evidence = { 0 };
	struct text content = TEXT(""), why;

	entry->request = TEXT("web/x");
	entry->decision = DECISION_APPROVE;
	entry->digest = digest_named(arena, TEXT("plan"));
	(void)text_split(&input, '\0', &content);
	evidence_from_approval(arena, sighting, content, &approval, input, &evidence);
	/* alice signed no file */
	must(evidence.decisions.count == 0 && evidence.ignored.count == 1);
	check(arena, &evidence);
	must(!evidence_from_request_signature(arena, sighting, TEXT("web/x"), content, input,
	    &signature, &why));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sighting sighting = { &configuration, 1800000000, SOURCE_INBOX, TEXT("c0ffee") };
	struct arena *arena = arena_new();
	struct text input = { (const char *)data, size }, why;
	struct evidence evidence = { 0 };

	evidence_from_commit(arena, &sighting, input, &evidence);
	check(arena, &evidence);
	(void)commit_signed_by_keys(arena, input, &configuration.repository.reconciler_keys, &why);
	try_file(arena, &sighting, input);
	arena_free(arena);
	return 0;
}
