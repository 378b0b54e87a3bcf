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
static const char request_trailer[] = "Countersign-Request: ";

/* A version of a request's file that somebody signed, and how many commits are newer. */
struct proof {
	struct verified_request_signature signature;
	size_t age;
};

ARRAY(proofs, struct proof);

/* What is looked for, in the orders in which it is asked about. */
struct search {
	struct wanted_statements statements;    /* by request, then digest */
	struct texts digests;                   /* sorted */
	struct texts files;                     /* requests whose files are looked for, sorted */
	struct proofs proofs;                   /* found so far: all versions of those files */
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
	struct changed_approvals changed;
	size_t bytes = 0;

	if (!approvals_changed(back->store, back->arena, oldest, back->files, &changed))
		return false;
	if (snapshot_was_cut(&changed.reasons))
		say_ended(TEXT("approvals/"), TEXT("more entries are new there than are looked at"));
	for (size_t i = 0; i < changed.documents.count; i++) {
		struct text path = changed.documents.at[i];
		struct source_file file = { 0 };

		if (i == LOOK_BACK_FILES || bytes > LOOK_BACK_BYTES) {
			say_ended(path, text_printf(back->arena, "more than %d approvals, or "
			    "%d MiB of them", LOOK_BACK_FILES, LOOK_BACK_BYTES / (1024 * 1024)));
			break;
		}
		if (!snapshot_file(back->store, back->arena, back->files, path, &file))
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

static void
search_prepare(struct arena *arena, const struct wanted_statements *wanted, struct search *out)
{
	*out = (struct search){ 0 };
	for (size_t i = 0; i < wanted->count; i++) {
		*ARRAY_ADD(arena, &out->statements) = wanted->at[i];
		texts_add(arena, &out->digests, wanted->at[i].digest);
		if (wanted->at[i].of_file)
			texts_add(arena, &out->files, wanted->at[i].request);
	}
	qsort(out->statements.at, out->statements.count, sizeof(out->statements.at[0]),
	    compare_statements);
	texts_sort_unique(&out->digests);
	texts_sort_unique(&out->files);
}

static bool
is_wanted(const struct search *search, struct text request, struct text digest)
{
	struct wanted_statement asked = { .request = request, .digest = digest };

	return bsearch(&asked, search->statements.at, search->statements.count, sizeof(asked),
	    compare_statements) != NULL;
}

/* Moves `bytes` on to the next `words`; false when there are none. */
static bool
next_words(struct text *bytes, const char *words)
{
	const char *at = bytes->length == 0 ? NULL :
	    memmem(bytes->at, bytes->length, words, strlen(words));

	if (at != NULL)
		*bytes = text_skip(*bytes, (size_t)(at - bytes->at));
	return at != NULL;
}

/* Whether bytes name a digest that is looked for, or any version of a file that is. */
static bool
mentions(const struct search *search, struct text bytes)
{
	struct text rest = bytes;

	for (; next_words(&rest, digest_prefix); rest = text_skip(rest, strlen(digest_prefix)))
		if (texts_find(&search->digests, text_first(rest, DIGEST_BYTES)) != NULL)
			return true;
	rest = bytes;
	while (search->files.count > 0 && next_words(&rest, request_trailer)) {
		rest = text_skip(rest, strlen(request_trailer));
		if (texts_find(&search->files, text_first(rest, text_find(rest, ' '))) != NULL)
			return true;
	}
	return false;
}

/* What did not count is known by its words alone, which show the beginning of a digest. */
static bool
would_be_wanted(const struct search *search, const struct ignored *ignored)
{
	const struct wanted_statements *wanted = &search->statements;
	const struct wanted_statement first = { .request = ignored->request };

	for (size_t at = ARRAY_FIRST(wanted, &first, compare_statements); at < wanted->count &&
	     text_equal(wanted->at[at].request, ignored->request); at++)
		if (memmem(ignored->what.at, ignored->what.length, wanted->at[at].digest.at,
		    DIGEST_SHOWN_BYTES) != NULL)
			return true;
	return false;
}

/* ---- finding it ---- */

/*
 * A commit or file says other things as well, which were heard, or were not, in
 * their time. True when some of it is wanted.
 */
static bool
keep_wanted(struct arena *arena, const struct search *search, const struct evidence *said,
    struct evidence *out)
{
	bool kept = false;

	for (size_t i = 0; i < said->decisions.count; i++)
		if (is_wanted(search, said->decisions.at[i].request, said->decisions.at[i].digest)) {
			*ARRAY_ADD(arena, &out->decisions) = said->decisions.at[i];
			kept = true;
		}
	for (size_t i = 0; i < said->ignored.count &&
	     out->ignored.count < LOOK_BACK_UNHEARD; i++)
		if (would_be_wanted(search, &said->ignored.at[i])) {
			*ARRAY_ADD(arena, &out->ignored) = said->ignored.at[i];
			kept = true;
		}
	return kept;
}

static bool
keep_proofs(struct arena *arena, struct search *search, const struct evidence *said, size_t age)
{
	bool kept = false;

	for (size_t i = 0; i < said->request_signatures.count; i++)
		if (texts_find(&search->files, said->request_signatures.at[i].request) != NULL) {
			*ARRAY_ADD(arena, &search->proofs) =
			    (struct proof){ said->request_signatures.at[i], age };
			kept = true;
		}
	return kept;
}

/* What is found in memory of its own stays, or all is forgotten: whoever pushes decides how much it is. */
static void
keep_or_forget(struct look_back *back, struct arena *own, bool kept)
{
	if (kept)
		arena_join(back->arena, own);
	else
		arena_free(own);
}

static void
find_in_commit(struct look_back *back, struct search *search, size_t age, struct evidence *out)
{
	const struct history_commit *commit = &back->statements.at[age];
	struct sighting sighting = { .configuration = back->configuration,
		.observed_at = back->now, .source = SOURCE_COMMIT, .where = commit->id };
	struct evidence said = { 0 };
	struct arena *own;
	bool kept;

	if (!mentions(search, commit->raw))
		return;
	own = arena_new();
	evidence_from_commit(own, &sighting, commit->raw, &said);
	kept = keep_wanted(back->arena, search, &said, out);
	kept = keep_proofs(back->arena, search, &said, age) || kept;
	keep_or_forget(back, own, kept);
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
	struct arena *own;

	if (!mentions(search, document->content))
		return;
	own = arena_new();
	if (approval_load(back->store, own, &file, &reasons))
		evidence_from_approval(own, &sighting, file.document.content, file.approval,
		    file.signature.content, &said);
	keep_or_forget(back, own, keep_wanted(back->arena, search, &said, out));
}

/* Of each request and signer the newest first. */
static int
compare_proofs(const void *a, const void *b)
{
	const struct proof *one = a, *other = b;
	int order = text_compare(one->signature.request, other->signature.request);

	if (order == 0)
		order = text_compare(one->signature.by, other->signature.by);
	if (order == 0)
		order = (one->age > other->age) - (one->age < other->age);
	return order != 0 ? order : text_compare(one->signature.sha256, other->signature.sha256);
}

static bool
is_superseded(const struct proof *newest, const struct proof *proof)
{
	return text_equal(newest->signature.request, proof->signature.request) &&
	    text_equal(newest->signature.by, proof->signature.by) && newest->age < proof->age;
}

static void
keep_newest_proofs(struct arena *arena, struct search *search, struct evidence *out)
{
	struct proofs *proofs = &search->proofs;
	const struct proof *newest = proofs->at;

	if (proofs->count > 1)
		qsort(proofs->at, proofs->count, sizeof(proofs->at[0]), compare_proofs);
	for (size_t i = 0; i < proofs->count; i++) {
		const struct proof *proof = &proofs->at[i];

		if (is_superseded(newest, proof))
			continue;
		newest = proof;
		if (is_wanted(search, proof->signature.request, text_printf(arena, "%s%.*s",
		    digest_prefix, TEXT_ARGUMENTS(proof->signature.sha256))))
			*ARRAY_ADD(arena, &out->request_signatures) = proof->signature;
	}
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
		find_in_commit(back, &search, i, out);
	keep_newest_proofs(back->arena, &search, out);
	for (size_t i = 0; i < back->documents.count; i++)
		find_in_document(back, &search, &back->documents.at[i], out);
}
