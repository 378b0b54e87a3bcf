/* Raw commits: whatever is accepted adds up to the bytes that were given. */
#include <stdint.h>
#include <stdlib.h>

#include "trust/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* What was signed is the commit without its signature: it parses to the same, unsigned. */
static void
check(struct arena *arena, struct text raw, const struct raw_commit *commit)
{
	struct raw_commit again;
	struct text why;

	must(raw.length >= commit->signed_bytes.length + commit->signature.length);
	must(text_present(commit->signature) == (raw.length > commit->signed_bytes.length));
	must(raw_commit_parse(arena, commit->signed_bytes, &again, &why));
	must(!text_present(again.signature));
	must(text_equal(again.signed_bytes, commit->signed_bytes));
	must(text_equal(again.tree, commit->tree));
	must(text_equal(again.author, commit->author));
	must(text_equal(again.committer, commit->committer));
	must(text_equal(again.message, commit->message));
	must(again.parents.count == commit->parents.count);
	if (!text_present(commit->signature) || text_empty(commit->signature))
		return;
	/* signing it again puts the signature behind the other headers, and nothing else changes */
	must(raw_commit_parse(arena, raw_commit_with_signature(arena, commit->signed_bytes,
	    commit->signature), &again, &why));
	must(text_equal(again.signed_bytes, commit->signed_bytes));
	must(text_equal(again.message, commit->message));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text raw = { (const char *)data, size }, why = { NULL, 0 };
	struct raw_commit commit;

	if (raw_commit_parse(arena, raw, &commit, &why))
		check(arena, raw, &commit);
	else
		must(text_present(why) && text_is_utf8(why));
	arena_free(arena);
	return 0;
}
