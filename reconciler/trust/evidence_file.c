#include "base/digest.h"
#include "trust/cms.h"
#include "trust/evidence_parts.h"
#include "trust/trailer.h"

enum { SHOWN_BYTES = 64 };

static const char file_namespace[] = "countersign";

/* --- line ends ----------------------------------------------------------------------- */

static bool
has_byte(struct text text, char byte)
{
	return text_find(text, byte) < text.length;
}

/* Every line end as CR LF, or every one as LF. */
static struct text
with_line_ends(struct arena *arena, struct text content, bool carriage_return)
{
	struct buffer out = { .arena = arena };

	for (size_t i = 0; i < content.length; i++) {
		char byte = content.at[i];
		bool pair = byte == '\r' && i + 1 < content.length && content.at[i + 1] == '\n';

		if (pair)
			continue;
		if (byte == '\n' && carriage_return)
			buffer_add_byte(&out, '\r');
		buffer_add_byte(&out, byte);
	}
	return buffer_text(&out);
}

/* Whether a signature that does not verify would, had git not converted line ends; then `why` says so. */
static bool
line_ends_explain(struct arena *arena, const struct sighting *sighting,
    const struct signed_text *signed_text, struct text *why)
{
	bool carriage_return = has_byte(signed_text->message, '\r');
	struct signed_text converted = *signed_text;

	converted.message = with_line_ends(arena, signed_text->message, !carriage_return);
	if (text_equal(converted.message, signed_text->message) ||
	    signer_judge(arena, sighting, &converted).identity == NULL)
		return false;
	*why = text_printf(arena, "the signature is over the same file with %s line ends, so git "
	    "has converted them%s; keep it from that (`* -text` in .gitattributes) and sign the file "
	    "as it is committed", carriage_return ? "LF" : "CR LF",
	    cms_is_armour(signed_text->armour) ? ", or openssl writes them without -binary" : "");
	return true;
}

/* --- who signed a file ---------------------------------------------------------------- */

/* The command that makes a signature of this form. */
static const char *
how_to_sign(struct text armour)
{
	if (text_starts_with(armour, "-----BEGIN PGP "))
		return "gpg --armor --detach-sign -o FILE.sig FILE";
	if (cms_is_armour(armour))
		return "openssl cms -sign -binary -outform PEM -signer CERTIFICATE -inkey KEY -in FILE "
		    "-out FILE.sig";
	return "ssh-keygen -Y sign -n countersign -f KEY FILE";
}

static struct signer
file_signer(struct arena *arena, const struct sighting *sighting, struct text content,
    struct text armour)
{
	struct signed_text signed_text = { .message = content, .armour = armour,
		.name_space = file_namespace };
	struct signer signer = { .who = TEXT("somebody unknown") };

	if (!text_present(armour)) {
		signer.why = TEXT("the file has no .sig beside it; `ssh-keygen -Y sign -n countersign "
		    "-f KEY FILE` writes one");
		return signer;
	}
	signer = signer_judge(arena, sighting, &signed_text);
	if (signer.identity == NULL && !(signer.mismatch &&
	    line_ends_explain(arena, sighting, &signed_text, &signer.why)))
		signer.why = text_printf(arena, "%.*s; to sign again, delete the .sig first: `%s`",
		    TEXT_ARGUMENTS(signer.why), how_to_sign(armour));
	return signer;
}

/* --- approval files --------------------------------------------------------------------- */

static struct said
said_by(struct arena *arena, const struct approval_entry *entry)
{
	bool configuration = text_present(entry->configuration);

	return (struct said){ .decision = entry->decision,
		.request = configuration ? (struct text){ NULL, 0 } : entry->request,
		.digest = configuration ? entry->configuration : entry->digest,
		.comment = comment_kept(arena, entry->comment) };
}

/* Why an entry is no decision, whoever signed it; absent when it is one. */
static struct text
entry_fault(struct arena *arena, const struct approval_entry *entry, const struct said *said)
{
	bool configuration = text_present(entry->configuration);

	if (configuration == text_present(entry->request))
		return TEXT("an entry names either a request or a configuration");
	if (!configuration && !request_id_valid(said->request))
		return TEXT("the entry's request is no request's id");
	if (!digest_is_named(said->digest))
		return TEXT("the entry's digest is not \"sha256:\" and 64 hex digits");
	if (said->decision == DECISION_NONE)
		return TEXT("the entry says no decision");
	if (configuration && said->decision != DECISION_APPROVE &&
	    said->decision != DECISION_WITHDRAW)
		return TEXT("a configuration can be approved and withdrawn, nothing else");
	if (text_present(entry->plan) &&
	    !text_equal(digest_named(arena, entry->plan), said->digest))
		return TEXT("the plan in the entry does not hash to its digest: what was shown to the "
		    "signer is not what the digest names");
	return (struct text){ NULL, 0 };
}

static void
take_entry(const struct statement *statement, const struct approval_entry *entry,
    struct text fault)
{
	struct said said = said_by(statement->arena, entry);

	if (!text_present(fault) && statement->signer.identity == NULL)
		fault = statement->signer.why;
	if (!text_present(fault))
		fault = entry_fault(statement->arena, entry, &said);
	if (text_present(fault))
		statement_ignore(statement, &said, said_words(statement->arena, &said), fault);
	else
		statement_decide(statement, &said);
}

void
evidence_from_approval(struct arena *arena, const struct sighting *sighting,
    struct text content, const struct approval *approval, struct text signature,
    struct evidence *out)
{
	struct statement statement = { .arena = arena, .scratch = arena_new(),
		.sighting = sighting, .out = out, .evidence = digest_sha256_hex(arena, content) };
	struct text fault = { NULL, 0 };

	statement_signed_by(&statement,
	    file_signer(statement.scratch, sighting, content, signature));
	if (text_empty(approval->repository) || !text_equal(approval->repository, sighting->configuration->repository.id))
		fault = text_printf(arena, "the file is for the repository \"%.*s\" and this one is "
		    "%.*s: a decision counts only where it was made",
		    TEXT_ARGUMENTS(text_visible(arena, approval->repository, SHOWN_BYTES)),
		    TEXT_ARGUMENTS(text_visible(arena, sighting->configuration->repository.id,
		        SHOWN_BYTES)));
	for (size_t i = 0; i < approval->entries.count; i++)
		take_entry(&statement, &approval->entries.at[i], fault);
	arena_free(statement.scratch);
}

/* --- request files ------------------------------------------------------------------------ */

bool
evidence_from_request_signature(struct arena *arena, const struct sighting *sighting,
    struct text request_id, struct text content, struct text signature,
    struct verified_request_signature *out, struct text *why)
{
	struct arena *scratch = arena_new();
	struct signer signer = file_signer(scratch, sighting, content, signature);
	struct text sha256 = digest_sha256_hex(arena, content);

	*out = (struct verified_request_signature){ 0 };
	if (signer.identity == NULL)
		*why = text_copy(arena, signer.why);
	else
		*out = (struct verified_request_signature){ .request = request_id,
			.sha256 = sha256, .by = signer.identity->name,
			.key = text_copy(arena, signer.key), .evidence = sha256,
			.observed_at = sighting->observed_at };
	arena_free(scratch);
	return signer.identity != NULL;
}
