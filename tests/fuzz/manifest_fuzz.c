/*
 * YAML → kinds. A first byte below 32 chooses where the document lies and is
 * taken off; other inputs are a document that lies nowhere. What decodes is
 * written, decoded again and written again: the same bytes, or the object
 * that was read is not the one that was meant.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "manifest/manifest.h"

static const char *const paths[] = {
	"countersign.yaml",
	"identities/a.yaml",
	"authorities/a.yaml",
	"policies/a.yaml",
	"profiles/a.yaml",
	"notifiers/a.yaml",
	"requests/a.yaml",
	"requests/b/a.yaml",
	"approvals/a.yaml",
	"revocations/a.yaml",
	"pending/a.yaml",
	"status/requests/a.yaml",
	"status/configuration.yaml",
	"status/summary.yaml",
	"status/latest/a.yaml",
	"elsewhere",
};

enum { PATHS = sizeof(paths) / sizeof(paths[0]), FIRST_LETTER = 32 };

static void
fail(const char *what, struct text text)
{
	fprintf(stderr, "%s:\n%.*s\n", what, TEXT_ARGUMENTS(text));
	abort();
}

static void
check_reasons(struct arena *arena, const struct reasons *reasons, bool good)
{
	if (good != (reasons_errors(reasons) == 0))
		fail("verdict and reasons differ", TEXT(""));
	for (size_t i = 0; i < reasons->count; i++)
		if (!text_equal(reasons->at[i].message,
			text_visible(arena, reasons->at[i].message, SIZE_MAX)))
			fail("a message is not safe to show", reasons->at[i].message);
}

static void
check_written(struct arena *arena, struct text path, const struct manifest *manifest)
{
	struct text written = manifest_write(arena, manifest->kind, manifest->object);
	struct text json = manifest_write_json(arena, manifest->kind, manifest->object);
	struct reasons reasons = { 0 };
	struct manifest again;

	if (!text_is_utf8(written) || !text_is_utf8(json))
		fail("what was written is not UTF-8", written);
	/* what quotes add may make it larger than what is read */
	if (written.length > MANIFEST_BYTES)
		return;
	if (!manifest_decode(arena, path, written, &again, &reasons) || again.object == NULL)
		fail("what was written is refused", written);
	if (!text_equal(written, manifest_write(arena, again.kind, again.object)))
		fail("what was written came back as something else", written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text content = { (const char *)data, size }, path = TEXT("");
	struct reasons reasons = { 0 };
	struct manifest manifest;
	bool good;

	if (size > 0 && data[0] < FIRST_LETTER) {
		path = text_of(paths[data[0] % PATHS]);
		content = text_skip(content, 1);
	}
	good = manifest_decode(arena, path, content, &manifest, &reasons);
	check_reasons(arena, &reasons, good);
	if (good && !manifest.foreign)
		check_written(arena, path, &manifest);
	arena_free(arena);
	return 0;
}
