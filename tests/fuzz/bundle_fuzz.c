/*
 * A file of evidence comes from whoever wants something believed. What is read
 * must be what the file says, byte for byte; and the audit of it, on a store of
 * its objects, must come to an end.
 */
#include <stdint.h>
#include <stdlib.h>

#include "audit/audit.h"
#include "audit/bundle.h"
#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
judge(struct arena *arena, const struct evidence_bundle *bundle)
{
	struct audit_order order = { .only = bundle->request, .steps = &bundle->steps,
		.introduction_commit = bundle->introduction_commit,
		.introduction_digest = bundle->introduction_digest };
	struct audit_report report;
	struct text why = { NULL, 0 };

	if (!store_open_objects(&bundle->objects, arena, &order.store, &why))
		abort();
	if (!audit_run(arena, &order, &report, &why) && !text_present(why))
		abort();
	store_close(order.store);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text text = { arena_copy(arena, data, size), size }, why = { NULL, 0 };
	struct evidence_bundle bundle;

	log_configure(LOG_NOTHING, 0);
	if (bundle_read(arena, text, &bundle, &why)) {
		if (!text_equal(bundle_write(arena, &bundle), text))
			abort();
		judge(arena, &bundle);
	} else if (!text_present(why)) {
		abort();
	}
	arena_free(arena);
	return 0;
}
