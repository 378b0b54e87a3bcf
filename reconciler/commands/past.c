#include "commands/past.h"

#include "reconcile/look_back.h"

/* The branch is read once for all that is asked. */
static struct evidence
find(struct clone *clone, struct wanted_statement statement)
{
	struct wanted_statements wanted = { .at = &statement, .count = 1 };
	struct evidence found = { 0 };

	if (!text_present(clone->input))
		return found;
	if (clone->past == NULL) {
		clone->past = ARENA_NEW(clone->arena, struct look_back);
		*clone->past = (struct look_back){ .store = clone->store, .arena = clone->arena,
			.configuration = &clone->configuration, .commits = clone->input,
			.files = clone->input, .now = clone->now };
	}
	look_back_find(clone->past, &wanted, &found);
	return found;
}

struct verified_decisions
past_decisions(struct clone *clone, struct text request, struct text digest)
{
	struct wanted_statement statement = { .request = request, .digest = digest };

	return find(clone, statement).decisions;
}

bool
past_signature(struct clone *clone, const struct request *request, struct text sha256,
    struct verified_request_signature *out)
{
	struct wanted_statement statement = { .request = request->id, .of_file = true,
		.digest = text_printf(clone->arena, "sha256:%.*s", TEXT_ARGUMENTS(sha256)) };
	struct evidence found = find(clone, statement);

	for (size_t i = 0; i < found.request_signatures.count; i++)
		if (text_equal(found.request_signatures.at[i].by, request->requester)) {
			*out = found.request_signatures.at[i];
			return true;
		}
	return false;
}
