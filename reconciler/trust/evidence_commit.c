#include <string.h>

#include "base/digest.h"
#include "trust/commit.h"
#include "trust/evidence_parts.h"
#include "trust/trailer.h"

/* Of a commit that nobody known has signed not every trailer is answered: anybody may push one. */
enum { SHOWN_BYTES = 160, UNHEARD_MOST = 64 };

/* The part of a commit behind its headers. */
static struct text
message_of(struct text raw)
{
	const char *end = raw.length == 0 ? NULL : memmem(raw.at, raw.length, "\n\n", 2);

	return end == NULL ? (struct text){ NULL, 0 } : text_skip(raw, (size_t)(end - raw.at) + 2);
}

static bool
contains(struct text text, const char *words)
{
	return text.length > 0 && memmem(text.at, text.length, words, strlen(words)) != NULL;
}

static struct text
mail_of(struct text identity)
{
	struct text mail = text_skip(identity, text_find(identity, '<'));

	return text_first(mail, text_find(mail, '>'));
}

/* What forges write into the message of a squash: "Title (#12)" and the like. */
static bool
looks_squashed(struct text message)
{
	struct text title = text_trim(text_first(message, text_find(message, '\n')));

	return contains(message, "Squashed commit of the following:") ||
	    contains(message, "See merge request ") || contains(message, "Reviewed-on: ") ||
	    (text_ends_with(title, ")") && (contains(title, "(#") || contains(title, "(!"))) ||
	    contains(message, "\n* ");
}

static struct text
unsigned_cause(const struct raw_commit *commit)
{
	if (looks_squashed(commit->message))
		return TEXT("the commit is not signed; it looks like a squash by a forge, which drops "
		    "the signatures of the commits that it replaces");
	if (!text_equal(mail_of(commit->author), mail_of(commit->committer)))
		return TEXT("the commit is not signed; its committer is not its author, as after a "
		    "rebase or squash by a forge, which drops signatures");
	if (commit->parents.count > 1)
		return TEXT("the merge commit is not signed; what its own message says counts only "
		    "with a signature");
	return TEXT("the commit is not signed");
}

static const char *
remedy_for(const struct trailer *trailer)
{
	switch (trailer->meant) {
	case TRAILER_REQUEST:
		return "sign the request again with `countersign request ID --resign`, which writes "
		    "a .sig that survives squash and rebase";
	case TRAILER_CONFIGURATION:
		return "sign again with `countersign configuration approve`";
	case TRAILER_CONFIGURATION_WITHDRAW:
		return "sign again with `countersign configuration withdraw`";
	case TRAILER_DECISION:
	case TRAILER_NEAR_MISS:
		break;
	}
	return "sign the decision again and push it with --push to the inbox, or as a file with "
	    "--file, which survives squash and rebase";
}

static struct said
said_by(const struct trailer *trailer, struct text comment)
{
	struct said said = { .decision = trailer->decision, .request = trailer->request,
		.digest = trailer->digest, .comment = comment };

	if (trailer->meant == TRAILER_CONFIGURATION)
		said.decision = DECISION_APPROVE;
	if (trailer->meant == TRAILER_CONFIGURATION_WITHDRAW)
		said.decision = DECISION_WITHDRAW;
	return said;
}

static void
take_request(const struct statement *statement, const struct trailer *trailer)
{
	struct verified_request_signature taken = {
		.request = text_copy(statement->arena, trailer->request),
		.sha256 = text_copy(statement->arena,
		    text_skip(trailer->digest, strlen("sha256:"))),
		.by = statement->signer.identity->name,
		.key = statement->signer.key,
		.evidence = statement->evidence,
		.observed_at = statement->sighting->observed_at,
	};

	*ARRAY_ADD(statement->arena, &statement->out->request_signatures) = taken;
}

static struct text
words_of(const struct statement *statement, const struct trailer *trailer,
    const struct said *said)
{
	if (trailer->kind == TRAILER_NEAR_MISS)
		return text_visible(statement->arena, trailer->line, SHOWN_BYTES);
	return said_words(statement->arena, said);
}

/* All that keeps a trailer from counting, and what to do; absent when it counts as far as can be told here. */
static struct text
fault_of(const struct statement *statement, const struct trailer *trailer)
{
	struct arena *arena = statement->arena;
	bool near_miss = trailer->kind == TRAILER_NEAR_MISS;

	if (statement->signer.identity != NULL)
		return near_miss ? text_copy(arena, trailer->why) : (struct text){ NULL, 0 };
	return text_printf(arena, "%.*s%s%.*s; %s", TEXT_ARGUMENTS(statement->signer.why),
	    near_miss ? "; besides, the trailer is not right: " : "",
	    TEXT_ARGUMENTS(trailer->why), remedy_for(trailer));
}

static void
take_trailer(const struct statement *statement, const struct trailer *trailer,
    struct text comment)
{
	struct said said = said_by(trailer, comment);
	struct text fault = fault_of(statement, trailer);

	if (text_present(fault))
		statement_ignore(statement, &said, words_of(statement, trailer, &said), fault);
	else if (trailer->kind == TRAILER_REQUEST)
		take_request(statement, trailer);
	else
		statement_decide(statement, &said);
}

static bool
said_before(const struct trailers *trailers, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (text_equal(trailers->at[j].line, trailers->at[i].line))
			return true;
	return false;
}

/* One answer to all trailers from the i-th on of a commit that nobody known has signed. */
static void
ignore_rest(const struct statement *statement, const struct trailers *trailers, size_t i)
{
	struct arena *arena = statement->arena;
	struct said gravest = { .decision = DECISION_NONE };

	for (size_t j = i; j < trailers->count; j++) {
		struct said said = said_by(&trailers->at[j], (struct text){ NULL, 0 });

		if (said.decision > gravest.decision)
			gravest.decision = said.decision;
	}
	statement_ignore(statement, &gravest, text_printf(arena, "%zu more trailers",
	    trailers->count - i), text_copy(arena, statement->signer.why));
}

/* Who stands behind a commit; the SHA-256 of what he signed. */
static void
judge_commit(struct statement *statement, struct text raw)
{
	struct raw_commit commit;
	struct signed_text signed_text = { .name_space = "git" };
	struct text why;

	statement->signer = (struct signer){ .who = TEXT("somebody unknown") };
	if (!raw_commit_parse(statement->scratch, raw, &commit, &why)) {
		statement->signer.why = text_printf(statement->arena, "the commit is malformed: %.*s",
		    TEXT_ARGUMENTS(why));
		return;
	}
	if (!text_present(commit.signature)) {
		statement->signer.why = unsigned_cause(&commit);
		return;
	}
	signed_text.message = commit.signed_bytes;
	signed_text.armour = commit.signature;
	statement_signed_by(statement,
	    signer_judge(statement->scratch, statement->sighting, &signed_text));
	statement->evidence = digest_sha256_hex(statement->arena, commit.signed_bytes);
}

void
evidence_from_commit(struct arena *arena, const struct sighting *sighting, struct text raw,
    struct evidence *out)
{
	struct statement statement = { .arena = arena, .sighting = sighting, .out = out };
	struct text message = message_of(raw), comment;
	struct trailers trailers = { 0 };

	if (!trailers_hinted(message))
		return;
	statement.scratch = arena_new();
	trailers_parse(statement.scratch, message, &trailers, &comment);
	if (trailers.count > 0) {
		judge_commit(&statement, raw);
		/* once, however many decisions it stands under */
		comment = comment_kept(arena, comment);
	}
	for (size_t i = 0; i < trailers.count; i++) {
		if (statement.signer.identity == NULL && i == UNHEARD_MOST) {
			ignore_rest(&statement, &trailers, i);
			break;
		}
		if (!said_before(&trailers, i))
			take_trailer(&statement, &trailers.at[i], comment);
	}
	arena_free(statement.scratch);
}
