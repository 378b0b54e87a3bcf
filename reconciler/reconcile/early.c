/*
 * What was said too early: a plan that opens now, or a file that its requester
 * has not signed as far as this pass has seen, is looked for among what stood
 * on the branch before (invariant S7). Then the request is decided once more,
 * as if all had come at once.
 */
#include "reconcile/pass.h"

#include "reconcile/load.h"
#include "reconcile/look_back.h"

/* A signature may make a request valid, whose plan opens then: the plan's decisions are looked for behind it. */
enum { ROUNDS = 2 };

/* All that stood there before is old; what was not looked at before, because history was replaced, may be anywhere. */
static struct look_back
look_back_of(struct pass *pass)
{
	return (struct look_back){
		.store = pass->reconciler->store,
		.arena = pass->arena,
		.configuration = pass->trusted,
		.commits = pass->input_descends ? pass->previous_input : pass->input,
		.end = pass->reconciler->local->introduction_commit,
		.files = pass->input,
		.now = pass->now,
	};
}

/* What was looked at before, under the same rules, was looked for then. */
static bool
is_offered_anew(struct pass *pass, const struct decided *decided)
{
	return pass->configuration_changed ||
	    texts_contain(&pass->reconciler->again, decided->before.id) ||
	    backlog_has(pass, request_path(pass->arena, decided->before.id));
}

/* Whether the requester has signed another version since. */
static bool
is_superseded(const struct pass *pass, const struct decided *decided)
{
	const struct verified_request_signatures *new_ones = &pass->evidence.request_signatures;

	for (size_t i = 0; i < new_ones->count; i++)
		if (text_equal(new_ones->at[i].request, decided->before.id) &&
		    text_equal(new_ones->at[i].by, decided->after.requester.name))
			return true;
	return false;
}

static void
want(struct pass *pass, struct decided *decided, struct wanted_statement statement,
    struct wanted_statements *wanted)
{
	if (texts_contain(&decided->looked_for, statement.digest))
		return;
	texts_add(pass->arena, &decided->looked_for, statement.digest);
	statement.request = decided->before.id;
	*ARRAY_ADD(pass->arena, wanted) = statement;
}

static struct wanted_statements
list_wanted(struct pass *pass)
{
	struct wanted_statements wanted = { 0 };

	for (size_t i = 0; i < pass->decided.count; i++) {
		struct decided *decided = &pass->decided.at[i];
		struct text digest = decided->after.digest;
		struct text file = decided->unproved_sha256;

		if (text_present(digest) && !text_equal(digest, decided->before.digest))
			want(pass, decided, (struct wanted_statement){ .digest = digest }, &wanted);
		if (text_present(file) && is_offered_anew(pass, decided) &&
		    !is_superseded(pass, decided))
			want(pass, decided, (struct wanted_statement){ .of_file = true,
			    .digest = text_printf(pass->arena, "sha256:%.*s", TEXT_ARGUMENTS(file)) },
			    &wanted);
	}
	return wanted;
}

static struct texts
ids_of(struct pass *pass, const struct evidence *found)
{
	struct texts ids = { 0 };

	for (size_t i = 0; i < found->decisions.count; i++)
		texts_add(pass->arena, &ids, found->decisions.at[i].request);
	for (size_t i = 0; i < found->request_signatures.count; i++)
		texts_add(pass->arena, &ids, found->request_signatures.at[i].request);
	for (size_t i = 0; i < found->ignored.count; i++)
		texts_add(pass->arena, &ids, found->ignored.at[i].request);
	texts_sort_unique(&ids);
	return ids;
}

/* Decides those again of which something was found; both lists are sorted. */
static void
decide_again(struct pass *pass, const struct texts *ids)
{
	size_t at = 0;

	for (size_t i = 0; i < pass->decided.count && at < ids->count; i++) {
		struct decided *decided = &pass->decided.at[i];

		if (!text_equal(ids->at[at], decided->before.id))
			continue;
		request_decide(pass, decided);
		at++;
	}
}

void
hear_early(struct pass *pass)
{
	struct look_back back = look_back_of(pass);

	/* before the first output commit everything is new */
	for (int round = 0; round < ROUNDS && text_present(pass->previous_input); round++) {
		struct wanted_statements wanted = list_wanted(pass);
		struct evidence found = { 0 };
		struct texts ids;

		look_back_find(&back, &wanted, &found);
		ids = ids_of(pass, &found);
		if (ids.count == 0)
			return;
		evidence_take(pass, &found);
		evidence_sort(pass);
		decide_again(pass, &ids);
	}
}
