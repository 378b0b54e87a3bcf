#include "trust/evidence.h"

#include "trust/commit.h"
#include "trust/evidence_parts.h"
#include "trust/sshsig.h"
#include "trust/trailer.h"

enum { COMMENT_BYTES = 4096, DIGEST_SHOWN_BYTES = 7 + 12 };

struct text
said_words(struct arena *arena, const struct said *said)
{
	const char *object = text_present(said->request) ? "" : " configuration";

	return text_printf(arena, "%s%s %.*s", said->decision == DECISION_NONE ? "sign" :
	    decision_kind_name(said->decision), object,
	    TEXT_ARGUMENTS(text_visible(arena, said->digest, DIGEST_SHOWN_BYTES)));
}

struct text
comment_kept(struct arena *arena, struct text comment)
{
	struct buffer out = { .arena = arena };
	struct text line;

	while (out.length < COMMENT_BYTES && text_next_line(&comment, &line)) {
		if (out.length > 0)
			buffer_add_byte(&out, '\n');
		buffer_add(&out, text_visible(arena, text_trim(line), COMMENT_BYTES - out.length));
	}
	return out.length == 0 ? (struct text){ NULL, 0 } : text_trim(buffer_text(&out));
}

/* A decision that protects somebody and went unheard. */
static bool
is_alarming(enum decision_kind decision)
{
	return decision == DECISION_REJECT || decision == DECISION_WITHDRAW ||
	    decision == DECISION_CANCEL;
}

void
statement_signed_by(struct statement *statement, struct signer signer)
{
	signer.key = text_copy(statement->arena, signer.key);
	signer.who = text_copy(statement->arena, signer.who);
	signer.why = text_copy(statement->arena, signer.why);
	statement->signer = signer;
}

void
statement_ignore(const struct statement *statement, const struct said *said, struct text what,
    struct text why)
{
	*ARRAY_ADD(statement->arena, &statement->out->ignored) = (struct ignored){
		.who = statement->signer.who,
		.what = what,
		.why = why,
		.commit = statement->sighting->where,
		.observed_at = statement->sighting->observed_at,
		.alarm = is_alarming(said->decision),
		.request = request_id_valid(said->request) ?
		    text_copy(statement->arena, said->request) : (struct text){ NULL, 0 },
	};
}

static void
take_configuration(const struct statement *statement, const struct said *said)
{
	struct configuration_signature taken = {
		.digest = text_copy(statement->arena, said->digest),
		.by = statement->signer.identity->name,
		.key = statement->signer.key,
		.evidence = statement->evidence,
		.observed_at = statement->sighting->observed_at,
		.withdraw = said->decision == DECISION_WITHDRAW,
	};

	*ARRAY_ADD(statement->arena, &statement->out->configuration_signatures) = taken;
}

static void
take_decision(const struct statement *statement, const struct said *said)
{
	struct verified_decision taken = {
		.evidence = statement->evidence,
		.by = statement->signer.identity->name,
		.key = statement->signer.key,
		.decision = said->decision,
		.request = text_copy(statement->arena, said->request),
		.digest = text_copy(statement->arena, said->digest),
		.comment = said->comment,
		.observed_at = statement->sighting->observed_at,
		.source = statement->sighting->source,
		.where = statement->sighting->where,
	};

	*ARRAY_ADD(statement->arena, &statement->out->decisions) = taken;
}

void
statement_decide(const struct statement *statement, const struct said *said)
{
	bool configuration = !text_present(said->request);
	bool machine = statement->signer.identity->kind != IDENTITY_PERSON;

	/* a workload takes back what it asked for, and decides nothing else */
	if (machine && (configuration || said->decision != DECISION_CANCEL)) {
		statement_ignore(statement, said, said_words(statement->arena, said),
		    TEXT("a Machine may request and cancel its own requests, and never decides; a "
		    "Person must sign this"));
		return;
	}
	if (configuration)
		take_configuration(statement, said);
	else
		take_decision(statement, said);
}

static bool
is_among(struct arena *arena, const struct ssh_public_key *signer, const struct texts *keys)
{
	struct ssh_public_key key;
	struct text ignored;

	for (size_t i = 0; i < keys->count; i++)
		if (ssh_public_key_parse(arena, keys->at[i], &key, &ignored) &&
		    text_equal(key.blob, signer->blob))
			return true;
	return false;
}

bool
commit_signed_by_keys(struct arena *arena, struct text raw, const struct texts *keys,
    struct text *why)
{
	struct raw_commit commit;
	struct sshsig sshsig;

	if (!raw_commit_parse(arena, raw, &commit, why))
		return false;
	if (!text_present(commit.signature)) {
		*why = TEXT("the commit is not signed");
		return false;
	}
	if (!sshsig_read(arena, commit.signature, "git", &sshsig, why))
		return false;
	if (!is_among(arena, &sshsig.key, keys)) {
		*why = text_printf(arena, "the commit is signed with %.*s, which is not among the "
		    "keys that may sign it", TEXT_ARGUMENTS(sshsig.key.fingerprint));
		return false;
	}
	return sshsig_check(arena, &sshsig, "git", commit.signed_bytes, why);
}
