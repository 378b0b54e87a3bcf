/*
 * The signer's ledger: its numbers and hashes stand in the output commits, so
 * that a ledger that was shortened, or signed more than git knows, shows.
 */
#include "audit/auditing.h"

#include <stdlib.h>
#include <string.h>

#include "base/encoding.h"
#include "issue/ledger_line.h"

static const struct text nobody = { NULL, 0 };
static const char no_hash[] = "0000000000000000000000000000000000000000000000000000000000000000";

enum { HASH_DIGITS = 64, NUMBER_DIGITS_MOST = 18 };

/* "NUMBER HASH" */
static bool
read_trailer(struct text value, int64_t *number, struct text *hash)
{
	struct text digits;

	*number = 0;
	if (!text_split(&value, ' ', &digits) || digits.length > NUMBER_DIGITS_MOST ||
	    text_empty(digits) || !hex_is_lower(value, HASH_DIGITS))
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		if (digits.at[i] < '0' || digits.at[i] > '9')
			return false;
		*number = *number * 10 + (digits.at[i] - '0');
	}
	*hash = value;
	return *number > 0;
}

struct text
ledger_said(struct text raw)
{
	struct text value = own_trailer(raw, "Countersign-Ledger"), hash;
	int64_t number;

	return text_present(value) && read_trailer(value, &number, &hash) ? value : nobody;
}

/*
 * How far the ledger may have come: each intent that has landed is entered once,
 * and its certificate once, which may have been signed and not have landed yet.
 */
static int64_t
accounted(const struct auditing *auditing)
{
	const struct ledger_track *track = &auditing->track;

	return track->base + 2 * (track->intents - track->intents_before);
}

static void
compare_number(struct step *step, int64_t number, struct text hash)
{
	const struct ledger_track *track = &step->auditing->track;

	if (!track->known)
		return;
	if (number < track->number)
		finding_add(step, "LedgerWentBack", nobody, "the ledger is said to have come to entry "
		    "%lld, but had come to entry %lld before", (long long)number,
		    (long long)track->number);
	else if (number == track->number && number > 0 && !text_equal(hash, track->hash))
		finding_add(step, "LedgerHashChanged", nobody, "entry %lld of the ledger is said to be "
		    "%.*s, and was %.*s before", (long long)number, TEXT_ARGUMENTS(hash),
		    TEXT_ARGUMENTS(track->hash));
	else if (number > accounted(step->auditing))
		finding_add(step, "LedgerGap", nobody, "the ledger has come to entry %lld, and what "
		    "git has accounts for no more than %lld: something was signed that is not here",
		    (long long)number, (long long)accounted(step->auditing));
}

static int64_t
intents_closed(const struct auditing *auditing)
{
	int64_t closed = auditing->intents;

	for (size_t i = 0; i < auditing->intents_open.count; i++)
		closed -= !auditing->intents_open.at[i].closed;
	return closed;
}

/* From here on every entry must be accounted for. */
static void
follow(struct auditing *auditing, int64_t number, struct text hash)
{
	struct ledger_track *track = &auditing->track;

	if (!track->known || number < track->number || number > accounted(auditing)) {
		track->base = number;
		track->intents_before = intents_closed(auditing);
	}
	track->known = true;
	track->number = number;
	track->hash = text_copy(auditing->arena, hash);
}

/* What was signed in discarded commits may be taken up again, by and by: it is counted in the end. */
static void
forgive(struct step *step, int64_t number)
{
	struct ledger_track *track = &step->auditing->track;
	int64_t unaccounted = number - accounted(step->auditing);

	if (recovery_discarded(step->arena, step->raw).count == 0)
		return;
	track->discarded_in = text_copy(step->auditing->arena, step->commit);
	if (track->known && number >= track->number && unaccounted > 0) {
		track->forgiven += unaccounted;
		track->base += unaccounted;
	}
}

void
ledger_note_replaced(struct auditing *auditing)
{
	/* the intent that was made anew is entered nowhere: what is there is counted as forgiven */
	if (auditing->track.forgiven < 2)
		return;
	auditing->track.forgiven -= 2;
	auditing->intents--;
}

void
ledger_audit(struct step *step)
{
	struct text value = own_trailer(step->raw, "Countersign-Ledger"), hash;
	struct auditing *auditing = step->auditing;
	struct ledger_track *track = &auditing->track;
	int64_t number;

	if (!text_present(value) && step->issued.count == 0 && track->number == 0) {
		track->intents = auditing->intents;
		return;
	}
	if (!read_trailer(value, &number, &hash)) {
		finding_add(step, "LedgerMissing", nobody, "it does not say how far the ledger has come "
		    "(Countersign-Ledger)");
		track->intents = auditing->intents;
		return;
	}
	forgive(step, number);
	compare_number(step, number, hash);
	if (!track->known || number != track->number)
		*ARRAY_ADD(auditing->arena, &auditing->statements) = (struct ledger_statement){
			.commit = text_copy(auditing->arena, step->commit), .number = number,
			.hash = text_copy(auditing->arena, hash) };
	follow(auditing, number, hash);
	/* what is decided in this commit may be signed from now on */
	track->intents = auditing->intents;
}

void
ledger_conclude(struct auditing *auditing)
{
	const struct ledger_track *track = &auditing->track;
	struct step step = { .auditing = auditing, .commit = track->discarded_in };
	int64_t missing = track->number - (accounted(auditing) - track->forgiven);

	if (!track->known || !text_present(track->discarded_in) || missing <= 0)
		return;
	step.arena = auditing->arena;
	finding_add(&step, "LedgerGap", nobody, "%lld entries of the ledger, which has come to %lld, "
	    "are accounted for by nothing: something was signed, in the discarded output commits or "
	    "since, that is not here", (long long)missing, (long long)track->number);
	auditing->report->findings.at[auditing->report->findings.count - 1].apart = true;
}

/* --- against the signer's own file ------------------------------------------------------------- */

/* Finds what git has of an entry. */
struct lookup {
	struct auditing *auditing;
	struct step step;               /* for findings that belong to no commit */
	int64_t first;                  /* entries before it are not judged */
	int64_t number;                 /* of the newest entry read */
	struct text hash;
	size_t lines;                   /* read so far */
	bool lost;                      /* the newest line could not be read */
	bool broken;                    /* lines were missed */
	struct text_set found;          /* digests of the certificates in the ledger */
	struct text_set entered;        /* plans, orders (digest, TBSCertificate, serial number), serial numbers */
};

static int
compare_claims(const void *a, const void *b)
{
	return text_compare(((const struct ledger_claim *)a)->digest,
	    ((const struct ledger_claim *)b)->digest);
}

static int
compare_statements(const void *a, const void *b)
{
	int64_t one = ((const struct ledger_statement *)a)->number;
	int64_t other = ((const struct ledger_statement *)b)->number;

	return (one > other) - (one < other);
}

static const struct ledger_claim *
claim_of(const struct auditing *auditing, struct text digest)
{
	const struct ledger_claim key = { .digest = digest };

	return auditing->claims.count == 0 ? NULL : bsearch(&key, auditing->claims.at,
	    auditing->claims.count, sizeof(auditing->claims.at[0]), compare_claims);
}

static bool
intent_is_open(const struct auditing *auditing, struct text digest)
{
	for (size_t i = 0; i < auditing->intents_open.count; i++)
		if (!auditing->intents_open.at[i].closed &&
		    text_equal(auditing->intents_open.at[i].digest, digest))
			return true;
	return false;
}

/* The first statement about this entry, or about a later one. */
static size_t
first_statement(const struct ledger_statements *statements, int64_t number)
{
	const struct ledger_statement first = { .number = number };

	return ARRAY_FIRST(statements, &first, compare_statements);
}

/* What the output commits said of this entry. */
static void
meet_statements(struct lookup *lookup, const struct ledger_line *line)
{
	const struct ledger_statements *statements = &lookup->auditing->statements;

	for (size_t i = first_statement(statements, line->number); i < statements->count &&
	     statements->at[i].number == line->number; i++)
		if (!text_equal(statements->at[i].hash, line->hash)) {
			lookup->step.commit = statements->at[i].commit;
			finding_add(&lookup->step, "LedgerDiffers", nobody, "it says that entry %lld "
			    "of the ledger is %.*s, but the ledger has %.*s there",
			    (long long)line->number, TEXT_ARGUMENTS(statements->at[i].hash),
			    TEXT_ARGUMENTS(line->hash));
			lookup->step.commit = nobody;
		}
}

/* What the signer would not have entered; NULL: nothing. */
static const char *
odd_entry(struct lookup *lookup, const struct ledger_line *line, struct text order)
{
	struct arena *arena = lookup->auditing->arena;

	switch (line->kind) {
	case LEDGER_INTENT:
		if (!text_set_add(arena, &lookup->entered, text_copy(arena, line->digest)))
			return "an intent behind another entry";
		(void)text_set_add(arena, &lookup->entered, text_copy(arena, order));
		return text_set_add(arena, &lookup->entered, text_copy(arena, line->serial_number)) ?
		    NULL : "an intent with a serial number that was used before";
	case LEDGER_CERTIFICATE:
		return lookup->broken || text_set_has(&lookup->entered, order) ? NULL :
		    "a certificate without its intent";
	case LEDGER_RELEASED:
		(void)text_set_add(arena, &lookup->entered, text_copy(arena, line->digest));
		return text_set_has(&lookup->found, line->digest) ?
		    "given up behind its certificate" : NULL;
	default:
		return NULL;
	}
}

/* For each plan one intent, entered before anything is signed; what is signed is that, and stays. */
static void
compare_order(struct lookup *lookup, const struct ledger_line *line)
{
	struct arena *arena = lookup->step.arena;
	const char *odd = odd_entry(lookup, line, text_printf(arena, "%.*s %.*s %.*s",
	    TEXT_ARGUMENTS(line->digest), TEXT_ARGUMENTS(line->tbs_sha256),
	    TEXT_ARGUMENTS(line->serial_number)));

	if (odd != NULL)
		finding_add(&lookup->step, "LedgerDiffers", nobody, "entry %lld of the ledger, for the "
		    "plan %.*s, is %s", (long long)line->number, TEXT_ARGUMENTS(line->digest), odd);
}

static void
compare_entry(struct lookup *lookup, const struct ledger_line *line)
{
	struct auditing *auditing = lookup->auditing;
	const struct ledger_claim *claim = claim_of(auditing, line->digest);
	struct text der = { NULL, 0 };

	if (line->kind == LEDGER_LOST) {
		finding_add(&lookup->step, "LedgerLost", nobody, "entry %lld says that an operator gave "
		    "an earlier ledger up, which had come to entry %lld", (long long)line->number,
		    (long long)line->lost_number);
		return;
	}
	if (line->kind != LEDGER_CERTIFICATE) {
		if (claim == NULL && !intent_is_open(auditing, line->digest))
			finding_add(&lookup->step, "LedgerEntryUnknown", nobody, "entry %lld of the "
			    "ledger is about the plan %.*s, which git never decided",
			    (long long)line->number, TEXT_ARGUMENTS(line->digest));
		return;
	}
	if (!text_set_add(auditing->arena, &lookup->found, text_copy(auditing->arena, line->digest)))
		finding_add(&lookup->step, "LedgerDiffers", nobody, "entry %lld of the ledger is a second "
		    "certificate for the plan %.*s", (long long)line->number,
		    TEXT_ARGUMENTS(line->digest));
	if (claim == NULL && intent_is_open(auditing, line->digest))
		return;
	if (claim == NULL) {
		finding_add(&lookup->step, "LedgerEntryUnknown", nobody, "entry %lld of the ledger is "
		    "a certificate (serial number %.*s, plan %.*s) that git does not have",
		    (long long)line->number, TEXT_ARGUMENTS(line->serial_number),
		    TEXT_ARGUMENTS(line->digest));
	} else if (!base64_decode(lookup->step.arena, line->certificate, &der) ||
	    !text_equal(digest_sha256_hex(lookup->step.arena, der), claim->certificate_sha256)) {
		finding_add(&lookup->step, "LedgerDiffers", claim->request, "entry %lld of the ledger "
		    "is another certificate than git has for the same plan",
		    (long long)line->number);
	}
}

/*
 * Whether a line can be compared. A break in the chain is a finding, and what stands behind it is
 * compared all the same, from the next line on that is whole: whoever broke it may hide something there.
 */
static bool
read_entry(struct lookup *lookup, struct text text, struct ledger_line *out)
{
	bool whole = ledger_line_read(lookup->step.arena, text, out);

	lookup->lines++;
	/* of damaged lines in a row the first one is named, and not what follows them */
	if (!lookup->lost && (!whole || out->number != lookup->number + 1 ||
	    !text_equal(out->previous, lookup->hash)))
		finding_add(&lookup->step, "LedgerBroken", nobody, "line %zu of the ledger is damaged "
		    "or does not follow the one before it", lookup->lines);
	lookup->broken = lookup->broken || !whole || out->number != lookup->number + 1;
	lookup->lost = !whole;
	return whole;
}

static void
take_line(struct lookup *lookup, struct text text)
{
	struct ledger_line line;

	if (!read_entry(lookup, text, &line))
		return;
	lookup->number = line.number;
	lookup->hash = text_copy(lookup->auditing->arena, line.hash);
	meet_statements(lookup, &line);
	compare_order(lookup, &line);
	/* an older one only when it is for a certificate that was published since: after a recovery */
	if (line.number >= lookup->first || claim_of(lookup->auditing, line.digest) != NULL)
		compare_entry(lookup, &line);
}

/* What git has and the ledger lacks. */
static void
find_missing(struct lookup *lookup)
{
	const struct ledger_claims *claims = &lookup->auditing->claims;
	const struct ledger_statements *statements = &lookup->auditing->statements;

	for (size_t i = 0; i < claims->count; i++) {
		if (text_set_has(&lookup->found, claims->at[i].digest))
			continue;
		lookup->step.commit = claims->at[i].commit;
		finding_add(&lookup->step, "LedgerLacksCertificate", claims->at[i].request,
		    "git has its certificate, and the ledger has not");
	}
	for (size_t i = 0; i < statements->count; i++) {
		if (statements->at[i].number <= lookup->number)
			continue;
		lookup->step.commit = statements->at[i].commit;
		finding_add(&lookup->step, "LedgerShortened", nobody, "it speaks of entry %lld of the "
		    "ledger, which ends with entry %lld", (long long)statements->at[i].number,
		    (long long)lookup->number);
	}
}

void
ledger_file_compare(struct auditing *auditing)
{
	struct text rest = auditing->order->ledger, line;
	struct lookup lookup = { .auditing = auditing, .hash = text_of(no_hash),
		.first = auditing->ledger_since + 1,
		.step = { .auditing = auditing } };

	if (!text_present(rest))
		return;
	if (auditing->claims.count > 1)
		qsort(auditing->claims.at, auditing->claims.count, sizeof(auditing->claims.at[0]),
		    compare_claims);
	if (auditing->statements.count > 1)
		qsort(auditing->statements.at, auditing->statements.count,
		    sizeof(auditing->statements.at[0]), compare_statements);
	/* what stands behind the last LF was never promised to anybody */
	while (text_find(rest, '\n') < rest.length && text_next_line(&rest, &line)) {
		lookup.step.arena = arena_new();
		take_line(&lookup, line);
		arena_free(lookup.step.arena);
	}
	lookup.step.arena = auditing->arena;
	find_missing(&lookup);
}

void
ledger_begin(struct auditing *auditing, struct text raw)
{
	struct text value = own_trailer(raw, "Countersign-Ledger"), hash;
	struct ledger_track *track = &auditing->track;
	int64_t number;

	track->known = !text_present(raw);
	track->intents = auditing->intents;
	if (!text_present(value) || !read_trailer(value, &number, &hash))
		return;
	follow(auditing, number, hash);
	auditing->ledger_since = number;
}
