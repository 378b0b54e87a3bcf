#include "reconcile/look_back.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "reconcile/load.h"
#include "repository/recent.h"
#include "repository/snapshot.h"
#include "trust/trailer.h"

enum { DIGEST_BYTES = 7 + 64, DIGEST_SHOWN_BYTES = 7 + 12 };

static const char digest_prefix[] = "sha256:";

/* What is looked for, in the two orders in which it is asked about. */
struct search {
	struct wanted_statements statements;    /* by request, then digest */
	struct texts digests;                   /* sorted */
};

/* ---- reading the branch, once ---- */

static void
say_ended(struct text at, struct text why)
{
	log_event(LOG_WARNING, "look-back-ended", LOG_FIELDS({ "why", why }, { "at", at },
	    { "remedy", TEXT("what was decided before that, on requests that open only now, has "
		"to be given again") }));
}

/* The approvals that changed since `oldest` (absent: all there are). */
static bool
read_documents(struct look_back *back, struct text oldest)
{
	struct comparison comparison = { .from = oldest, .to = back->files, .folder = "approvals" };
	struct changes changes = { 0 };
	struct reasons reasons = { 0 };
	struct texts paths;
	size_t bytes = 0;

	if (!snapshot_compare(back->store, back->arena, &comparison, &changes, &reasons))
		return false;
	paths = approval_documents(back->arena, &changes);
	for (size_t i = 0; i < paths.count; i++) {
		struct source_file file = { 0 };

		if (i == LOOK_BACK_FILES || bytes > LOOK_BACK_BYTES) {
			say_ended(paths.at[i], text_printf(back->arena, "more than %d approvals, or "
			    "%d MiB of them", LOOK_BACK_FILES, LOOK_BACK_BYTES / (1024 * 1024)));
			break;
		}
		if (!snapshot_file(back->store, back->arena, back->files, paths.at[i], &file))
			continue;
		bytes += file.content.length;
		*ARRAY_ADD(back->arena, &back->documents) = file;
	}
	return true;
}

static void
read_branch(struct look_back *back)
{
	struct recent_range range = { .tip = back->commits, .end = back->end,
		.most = LOOK_BACK_COMMITS, .most_bytes = LOOK_BACK_BYTES,
		.wanted = trailers_hinted };
	struct recent_past past;

	back->was_read = true;
	recent_read(back->store, back->arena, &range, &past);
	back->statements = past.commits;
	if (text_present(past.trouble))
		say_ended(past.oldest, past.trouble);
	if (!read_documents(back, past.oldest))
		say_ended(TEXT("approvals/"), text_copy(back->arena,
		    text_of(store_trouble(back->store))));
}

/* ---- what is looked for ---- */

static int
compare_statements(const void *a, const void *b)
{
	const struct wanted_statement *one = a, *other = b;
	int order = text_compare(one->request, other->request);

	return order != 0 ? order : text_compare(one->digest, other->digest);
}

static int
compare_texts(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void
search_prepare(struct arena *arena, const struct wanted_statements *wanted, struct search *out)
{
	*out = (struct search){ 0 };
	for (size_t i = 0; i < wanted->count; i++) {
		*ARRAY_ADD(arena, &out->statements) = wanted->at[i];
		texts_add(arena, &out->digests, wanted->at[i].digest);
	}
	qsort(out->statements.at, out->statements.count, sizeof(out->statements.at[0]),
	    compare_statements);
	texts_sort_unique(&out->digests);
}

static bool
is_wanted(const struct search *search, struct text request, struct text digest)
{
	struct wanted_statement asked = { request, digest };

	return bsearch(&asked, search->statements.at, search->statements.count, sizeof(asked),
	    compare_statements) != NULL;
}

/* Whether bytes name a digest that is looked for. */
static bool
mentions(const struct search *search, struct text bytes)
{
	const size_t prefix = strlen(digest_prefix);
	const char *at;

	while (bytes.length >= DIGEST_BYTES &&
	    (at = memmem(bytes.at, bytes.length, digest_prefix, prefix)) != NULL) {
		struct text digest;

		bytes = text_skip(bytes, (size_t)(at - bytes.at));
		digest = text_first(bytes, DIGEST_BYTES);
		if (bsearch(&digest, search->digests.at, search->digests.count, sizeof(digest),
		    compare_texts) != NULL)
			return true;
		bytes = text_skip(bytes, prefix);
	}
	return false;
}

/* What did not count is known by its words alone, which show the beginning of a digest. */
static bool
would_be_wanted(const struct search *search, const struct ignored *ignored)
{
	size_t low = 0, high = search->statements.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_compare(search->statements.at[middle].request, ignored->request) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < search->statements.count &&
	     text_equal(search->statements.at[low].request, ignored->request); low++)
		if (memmem(ignored->what.at, ignored->what.length,
		    search->statements.at[low].digest.at, DIGEST_SHOWN_BYTES) != NULL)
			return true;
	return false;
}

/* ---- finding it ---- */

/* A commit or file says other things as well, which were heard, or were not, in their time. */
static void
keep_wanted(struct arena *arena, const struct search *search, const struct evidence *said,
    struct evidence *out)
{
	for (size_t i = 0; i < said->decisions.count; i++)
		if (is_wanted(search, said->decisions.at[i].request, said->decisions.at[i].digest))
			*ARRAY_ADD(arena, &out->decisions) = said->decisions.at[i];
	for (size_t i = 0; i < said->request_signatures.count; i++) {
		const struct verified_request_signature *signature = &said->request_signatures.at[i];

		if (is_wanted(search, signature->request, text_printf(arena, "%s%.*s",
		    digest_prefix, TEXT_ARGUMENTS(signature->sha256))))
			*ARRAY_ADD(arena, &out->request_signatures) = *signature;
	}
	for (size_t i = 0; i < said->ignored.count; i++)
		if (would_be_wanted(search, &said->ignored.at[i]))
			*ARRAY_ADD(arena, &out->ignored) = said->ignored.at[i];
}

static void
find_in_commit(struct look_back *back, const struct search *search,
    const struct history_commit *commit, struct evidence *out)
{
	struct sighting sighting = { .configuration = back->configuration,
		.observed_at = back->now, .source = SOURCE_COMMIT, .where = commit->id };
	struct evidence said = { 0 };

	if (!mentions(search, commit->raw))
		return;
	evidence_from_commit(back->arena, &sighting, commit->raw, &said);
	keep_wanted(back->arena, search, &said, out);
}

static void
find_in_document(struct look_back *back, const struct search *search,
    const struct source_file *document, struct evidence *out)
{
	struct approval_file file = { .commit = back->files, .path = document->path };
	struct sighting sighting = { .configuration = back->configuration,
		.observed_at = back->now, .source = SOURCE_FILE, .where = document->path };
	struct evidence said = { 0 };
	struct reasons reasons = { 0 };

	if (!mentions(search, document->content) ||
	    !approval_load(back->store, back->arena, &file, &reasons))
		return;
	evidence_from_approval(back->arena, &sighting, file.document.content, file.approval,
	    file.signature.content, &said);
	keep_wanted(back->arena, search, &said, out);
}

void
look_back_find(struct look_back *back, const struct wanted_statements *wanted,
    struct evidence *out)
{
	struct search search;

	if (wanted->count == 0)
		return;
	if (!back->was_read)
		read_branch(back);
	search_prepare(back->arena, wanted, &search);
	for (size_t i = 0; i < back->statements.count; i++)
		find_in_commit(back, &search, &back->statements.at[i], out);
	for (size_t i = 0; i < back->documents.count; i++)
		find_in_document(back, &search, &back->documents.at[i], out);
}
