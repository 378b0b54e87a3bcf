/*
 * The refs that matter, here or at a URL: read, compared, moved.
 */
#include "reconcile/pass.h"

const char output_ref_name[] = "refs/heads/countersign/output";
const char inbox_prefix[] = "refs/heads/countersign/inbox";

bool
refs_read(struct pass *pass, struct text *why)
{
	struct reconciler *reconciler = pass->reconciler;

	if (!store_update(reconciler->store, pass->arena, why))
		return false;
	if (!store_ref(reconciler->store, pass->arena, reconciler->input_ref, &pass->input)) {
		*why = text_printf(pass->arena, "%s does not exist in %s: push the branch, or set "
		    "spec.repository.branch", reconciler->input_ref, store_place(reconciler->store));
		return false;
	}
	if (!store_ref(reconciler->store, pass->arena, output_ref_name, &pass->output_ref))
		pass->output_ref = (struct text){ NULL, 0 };
	pass->inbox = (struct store_refs){ 0 };
	return store_refs(reconciler->store, pass->arena, inbox_prefix, &pass->inbox, why);
}

struct text
refs_digest(struct pass *pass)
{
	struct buffer all = { .arena = pass->arena };

	buffer_printf(&all, "%.*s %.*s\n", TEXT_ARGUMENTS(pass->input),
	    TEXT_ARGUMENTS(pass->output_ref));
	for (size_t i = 0; i < pass->inbox.count; i++)
		buffer_printf(&all, "%.*s %.*s\n", TEXT_ARGUMENTS(pass->inbox.at[i].name),
		    TEXT_ARGUMENTS(pass->inbox.at[i].id));
	return digest_sha256_hex(pass->arena, buffer_text(&all));
}

bool
refs_moved(struct pass *pass)
{
	struct pass again = { .arena = pass->arena, .reconciler = pass->reconciler };
	struct text why;

	return !refs_read(&again, &why) ||
	    !text_equal(refs_digest(pass), refs_digest(&again));
}

/*
 * Where a branch is there is no folder: one named like the folder of ours, or
 * below the output branch, keeps it from being made.
 */
void
refs_unblock(struct pass *pass)
{
	struct store_refs blocking = { 0 };
	struct store_ref_entry above = { .name = TEXT("refs/heads/countersign") };
	struct store *store = pass->reconciler->store;
	struct text why;

	if (text_present(pass->output_ref))
		return;
	(void)store_refs(store, pass->arena, "refs/heads/countersign/output/", &blocking, &why);
	if (store_ref(store, pass->arena, above.name.at, &above.id))
		*ARRAY_ADD(pass->arena, &blocking) = above;
	for (size_t i = 0; i < blocking.count; i++) {
		const struct store_ref_entry *ref = &blocking.at[i];
		bool gone = store_ref_move(store, text_string(pass->arena, ref->name), ref->id,
		    (struct text){ NULL, 0 }, &why, pass->arena) == REF_MOVED;

		log_event(LOG_WARNING, gone ? "blocking-ref-removed" : "blocking-ref-stays",
		    LOG_FIELDS({ "ref", ref->name }, { "id", ref->id }));
	}
}
