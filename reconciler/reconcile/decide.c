/*
 * Each request that something touches is decided once: its file offers a
 * version, signatures offer facts, a deadline passed, or the rules changed.
 */
#include "reconcile/pass.h"

#include <stdlib.h>
#include <string.h>

#include "manifest/manifest.h"
#include "reconcile/load.h"
#include "reconcile/recover.h"
#include "trust/trailer.h"

static void
touch_requests_of_evidence(struct pass *pass, struct texts *ids)
{
	const struct evidence *evidence = &pass->evidence;

	for (size_t i = 0; i < evidence->decisions.count; i++)
		texts_add(pass->arena, ids, evidence->decisions.at[i].request);
	for (size_t i = 0; i < evidence->request_signatures.count; i++)
		texts_add(pass->arena, ids, evidence->request_signatures.at[i].request);
	for (size_t i = 0; i < evidence->ignored.count; i++)
		if (text_present(evidence->ignored.at[i].request))
			texts_add(pass->arena, ids, evidence->ignored.at[i].request);
}

/* When a pass that decides again looks at one request alone. */
static bool
left_out(const struct pass *pass, struct text id)
{
	return pass->replay != NULL && text_present(pass->replay->only) &&
	    !text_equal(pass->replay->only, id);
}

/* The ids that this pass has to look at, whatever changed of their files, sorted, each once. */
static struct texts
touched_requests(struct pass *pass)
{
	const struct open_index *index = pass->reconciler->index;
	struct texts all = { 0 }, ids = { 0 };

	touch_requests_of_evidence(pass, &all);
	for (size_t i = 0; i < pass->reconciler->again.count; i++)
		texts_add(pass->arena, &all, pass->reconciler->again.at[i]);
	for (size_t i = 0; i < index->entries.count; i++) {
		const struct open_entry *entry = &index->entries.at[i];

		if (pass->configuration_changed || entry->state == STATE_APPROVED ||
		    entry->to_be_issued ||
		    (entry->next_due != 0 && entry->next_due <= pass->now))
			texts_add(pass->arena, &all, entry->id);
	}
	texts_sort_unique(&all);
	/* copied: the index, from which some of them are, changes when a commit lands */
	for (size_t i = 0; i < all.count; i++)
		if (request_id_valid(all.at[i]))
			texts_add(pass->arena, &ids, text_copy(pass->arena, all.at[i]));
	return ids;
}

static int
compare_decisions(const void *a, const void *b)
{
	const struct verified_decision *one = a, *other = b;
	int order = text_compare(one->request, other->request);

	if (order == 0)
		order = text_compare(one->evidence, other->evidence);
	/* what stands in the branch needs no copy of an envelope */
	return order != 0 ? order : (int)one->source - (int)other->source;
}

/* The facts on one request: those recorded and the new ones, each once. */
static void
facts_on(struct pass *pass, const struct request_record *before,
    struct verified_decisions *facts)
{
	const struct verified_decisions *new_facts = &pass->evidence.decisions;
	const struct verified_decision first = { .request = before->id };

	for (size_t i = 0; i < before->decisions.count; i++)
		*ARRAY_ADD(pass->arena, facts) = before->decisions.at[i];
	for (size_t at = ARRAY_FIRST(new_facts, &first, compare_decisions); at < new_facts->count &&
	     text_equal(new_facts->at[at].request, before->id); at++) {
		const struct verified_decision *fact = &new_facts->at[at];
		bool known = false;

		for (size_t i = 0; i < facts->count && !known; i++)
			/* the same bytes signed again with another key are another fact */
			known = text_equal(facts->at[i].evidence, fact->evidence) &&
			    text_equal(facts->at[i].by, fact->by) &&
			    text_equal(facts->at[i].key, fact->key) &&
			    text_equal(facts->at[i].digest, fact->digest) &&
			    facts->at[i].decision == fact->decision;
		if (!known)
			*ARRAY_ADD(pass->arena, facts) = *fact;
	}
}

/* The version of a request's file that the input tip offers. */
struct offer {
	bool present;
	struct source_file file;
	struct text sha256;
	struct request request;
	bool decoded;
	struct reasons reasons;
	bool signed_well;
	struct verified_request_signature signature;
	enum request_proof proof;
	struct text signature_why;      /* why the .sig does not count */
};

static void
take_signature(struct offer *offer, const struct verified_request_signature *signature,
    enum request_proof proof)
{
	offer->signature = *signature;
	offer->signed_well = true;
	offer->proof = proof;
}

static bool
signed_by_requester(const struct offer *offer)
{
	return offer->signed_well && text_equal(offer->signature.by, offer->request.requester);
}

/* Anybody may sign anybody's file: the requester's own signature is looked for among all. */
static void
find_signature(struct pass *pass, struct text id, struct offer *offer)
{
	struct verified_request_signature of_file;
	struct source_file file = { 0 };
	struct text path = text_printf(pass->arena, "requests/%.*s.yaml.sig", TEXT_ARGUMENTS(id));
	struct sighting sighting = { .configuration = pass->trusted, .source = SOURCE_FILE,
		.where = path };

	for (size_t i = 0; i < pass->evidence.request_signatures.count && !signed_by_requester(offer);
	     i++) {
		const struct verified_request_signature *signature =
		    &pass->evidence.request_signatures.at[i];

		if (text_equal(signature->request, id) &&
		    text_equal(signature->sha256, offer->sha256))
			take_signature(offer, signature, REQUEST_SIGNED_TRAILER);
	}
	if (signed_by_requester(offer) ||
	    !snapshot_file(pass->reconciler->store, pass->arena, pass->input, path, &file))
		return;
	sighting.observed_at = sightings_see(pass->reconciler->sightings, file.blob, pass->now);
	if (evidence_from_request_signature(pass->arena, &sighting, id, offer->file.content,
	    file.content, &of_file, &offer->signature_why) &&
	    (!offer->signed_well || text_equal(of_file.by, offer->request.requester)))
		take_signature(offer, &of_file, REQUEST_SIGNED_FILE);
}

static void
read_offer(struct pass *pass, const struct request_record *before, struct offer *offer)
{
	struct text path = request_path(pass->arena, before->id);

	if (!snapshot_file(pass->reconciler->store, pass->arena, pass->input, path, &offer->file)) {
		/* it is there, and it says nothing */
		offer->present = text_present(offer->file.blob);
		reason_add(pass->arena, &offer->reasons, (struct position){ .path = path },
		    "FileTooLarge", "the file cannot be read or is larger than %d KiB",
		    SNAPSHOT_FILE_BYTES / 1024);
		return;
	}
	offer->sha256 = digest_sha256_hex(pass->arena, offer->file.content);
	if (text_equal(offer->sha256, before->version.sha256) &&
	    before->version.proof != REQUEST_UNSIGNED)
		return;
	/* decoded first: whose signature is wanted stands in the file */
	offer->decoded = request_decode(pass->arena, before->id, offer->file.content,
	    &offer->request, &offer->reasons);
	find_signature(pass, before->id, offer);
	/* what is in force unsigned is offered again only by who signs it now */
	offer->present = !text_equal(offer->sha256, before->version.sha256) || offer->signed_well;
}

static struct request_version
version_of(struct pass *pass, const struct request_record *before, const struct offer *offer)
{
	struct request_version version = {
		.blob = offer->file.blob,
		.sha256 = offer->sha256,
		.commit = pass->input,
		.proof = offer->signed_well ? offer->proof : REQUEST_UNSIGNED,
		.accepted_at = pass->now,
	};

	for (size_t i = 0; i < before->version.previous.count; i++)
		texts_add(pass->arena, &version.previous, before->version.previous.at[i]);
	if (text_present(before->version.sha256))
		texts_add(pass->arena, &version.previous, before->version.sha256);
	if (offer->signed_well) {
		version.key = offer->signature.key;
		version.evidence = offer->signature.evidence;
	}
	return version;
}

/* From its blob: the file at the tip may be another by now. */
const struct request *
request_in_force(struct pass *pass, const struct request_record *before, struct reasons *reasons)
{
	struct request *request = ARENA_NEW(pass->arena, struct request);
	struct text content;

	if (!text_present(before->version.blob))
		return NULL;
	if (!store_object(pass->reconciler->store, pass->arena, before->version.blob, "blob",
	    SNAPSHOT_FILE_BYTES, &content)) {
		reason_add(pass->arena, reasons,
		    (struct position){ .path = request_path(pass->arena, before->id) },
		    "VersionMissing", "the accepted version (blob %.*s) is not in the repository",
		    TEXT_ARGUMENTS(before->version.blob));
		return NULL;
	}
	return request_decode(pass->arena, before->id, content, request, reasons) ? request : NULL;
}

static int
compare_unheard(const void *a, const void *b)
{
	return text_compare(((const struct ignored *)a)->request,
	    ((const struct ignored *)b)->request);
}

/* What was said about a request and counts for nothing stands in its status, whoever said it. */
static void
note_unheard(struct pass *pass, struct request_record *after)
{
	const struct ignored_list *unheard = &pass->evidence.ignored;
	const struct ignored first = { .request = after->id };

	for (size_t at = ARRAY_FIRST(unheard, &first, compare_unheard); at < unheard->count &&
	     text_equal(unheard->at[at].request, after->id); at++)
		request_ignore(pass->arena, after, &unheard->at[at]);
}

/* An edit that does not count is shown, once for each offered version. */
static void
note_refused_edit(struct pass *pass, struct request_record *after, const struct offer *offer,
    struct text why)
{
	struct ignored note = {
		.who = offer->signed_well ? offer->signature.by : TEXT("unsigned"),
		.what = text_printf(pass->arena, "edit of the request, sha256:%.*s",
		    TEXT_ARGUMENTS(offer->sha256)),
		.why = why,
		.commit = pass->input,
		.observed_at = pass->now,
		.request = after->id,
	};

	for (size_t i = 0; i < after->ignored.count; i++)
		if (text_equal(after->ignored.at[i].what, note.what) &&
		    text_equal(after->ignored.at[i].why, note.why))
			return;
	request_ignore(pass->arena, after, &note);
}

/* A request that cannot be taken up says who asks for what all the same, as far as it can be read. */
static void
describe_refused(struct request_record *after, const struct offer *offer)
{
	if (!text_present(after->profile))
		after->profile = offer->request.profile;
	if (!text_present(after->requester.name))
		after->requester.name = offer->request.requester;
}

void
request_decide(struct pass *pass, struct decided *decided)
{
	struct verified_decisions facts = { 0 };
	struct reasons reasons = { 0 };
	struct offer offer = { 0 };
	struct text why = { NULL, 0 };
	struct evaluation evaluation = {
		.configuration = pass->trusted,
		.before = &decided->before,
		.file_reasons = &reasons,
		.version = decided->before.version,
		.decisions = &facts,
		.now = pass->now,
		.expire = pass->expire,
	};
	struct request_offer to_accept;
	bool accepted = false;

	decided->in_short = false;
	facts_on(pass, &decided->before, &facts);
	read_offer(pass, &decided->before, &offer);
	decided->left_alone = offer.present && !offer.decoded && reasons_errors(&offer.reasons) == 0;
	decided->unproved_sha256 = offer.decoded && !signed_by_requester(&offer) ? offer.sha256 :
	    (struct text){ NULL, 0 };
	to_accept = (struct request_offer){ .configuration = pass->trusted,
		.before = &decided->before, .request = &offer.request, .sha256 = offer.sha256,
		.signature = offer.signed_well ? &offer.signature : NULL };
	if (offer.present && offer.decoded)
		accepted = request_accept(pass->arena, &to_accept, &why);
	if (accepted) {
		evaluation.request = &offer.request;
		evaluation.version = version_of(pass, &decided->before, &offer);
		evaluation.version_is_new = true;
	} else {
		evaluation.request = request_in_force(pass, &decided->before, &reasons);
		if (offer.present && !text_present(decided->before.version.blob)) {
			reasons = offer.reasons;
			if (offer.decoded)
				reason_add(pass->arena, &reasons,
				    (struct position){ .path = offer.file.path }, "NotAccepted",
				    "%.*s", TEXT_ARGUMENTS(text_present(offer.signature_why) ?
					offer.signature_why : why));
		}
	}
	if (evaluation.request != NULL) {
		decided->public_key = evaluation.request->csr_facts.public_key;
		decided->key_of = evaluation.version.blob;
	}
	evaluation.requester_verified = evaluation.version.proof != REQUEST_UNSIGNED;
	evaluate_request(pass->arena, &evaluation, &decided->after);
	ledger_confirm_taken_back(pass, &evaluation, decided);
	recover_ended(pass, &decided->after);
	decided->after.id = decided->before.id;
	if (!accepted && offer.present && text_present(decided->before.version.blob))
		note_refused_edit(pass, &decided->after, &offer, offer.decoded ? why :
		    TEXT("the file cannot be decoded; run `countersign check`"));
	else if (!accepted && offer.present)
		describe_refused(&decided->after, &offer);
	note_unheard(pass, &decided->after);
}

/* Draws the intent of a record whose quorum is complete: the decision, fixed before anything is signed. */
static void
draw_intent(struct pass *pass, struct request_record *record)
{
	struct plan plan = { 0 };
	struct text why;

	/* what cannot be signed now is not settled now: it may be that the ledger is lost with all intents */
	if (record->state != STATE_APPROVED || record->intent.present ||
	    (!pass->ledger_fits && pass->replay == NULL))
		return;
	if (!plan_parse(pass->arena, record->plan, &plan, &why)) {
		(void)alarm_raise("plan-damaged", why);
		return;
	}
	record->intent = (struct intent){
		.present = true,
		.digest = record->digest,
		.serial_number = serial_number_draw(pass->arena),
		.not_before = plan.not_before != 0 ? plan.not_before : pass->now,
		.decided_at = pass->now,
	};
	record->intent.not_after = record->intent.not_before + plan.lifetime - 1;
	for (size_t i = 0; i < record->steps.count; i++)
		for (size_t j = 0; j < record->steps.at[i].approved_by.count; j++)
			texts_add(pass->arena, &record->intent.evidence,
			    record->steps.at[i].approved_by.at[j].evidence);
	texts_sort_unique(&record->intent.evidence);
}

static bool
record_differs(struct pass *pass, const struct decided *decided)
{
	return !decided->existed ||
	    !text_equal(manifest_write(pass->arena, KIND_PENDING_REQUEST, &decided->before),
		manifest_write(pass->arena, KIND_PENDING_REQUEST, &decided->after));
}

void
evidence_sort(struct pass *pass)
{
	struct verified_decisions *facts = &pass->evidence.decisions;
	struct ignored_list *unheard = &pass->evidence.ignored;

	if (facts->count > 1)
		qsort(facts->at, facts->count, sizeof(facts->at[0]), compare_decisions);
	if (unheard->count > 1)
		qsort(unheard->at, unheard->count, sizeof(unheard->at[0]), compare_unheard);
}

/* The request's record, to be decided on; false when nothing may be. */
static bool
load_record(struct pass *pass, struct text id, struct decided *decided)
{
	struct store *store = pass->reconciler->store;

	*decided = (struct decided){ 0 };
	decided->existed = record_load(store, pass->arena, pass->output, id, &decided->before);
	decided->before.id = id;
	if (decided->existed || !record_stands(store, pass->arena, pass->output, id))
		return true;
	log_event(LOG_ALARM, "record-unreadable", LOG_FIELDS({ "request", id },
	    { "why", TEXT("what the output branch says of it cannot be read, and "
		"nothing is decided on it") }));
	return false;
}

/* Whether a file stands in the input for it, whatever it is. */
static bool
is_asked_for(struct pass *pass, struct text id)
{
	struct source_file file = { 0 };

	return snapshot_file(pass->reconciler->store, pass->arena, pass->input,
	    request_path(pass->arena, id), &file) || text_present(file.blob);
}

/*
 * Decides one request in memory of its own, of which little is kept when nobody
 * will see the outcome: whoever pushes decides how many such requests there are.
 */
static void
decide_one(struct pass *pass, struct text id, struct counts *invalid)
{
	struct arena *whole = pass->arena, *own;
	struct decided decided;
	bool worth_a_record;

	if (left_out(pass, id))
		return;
	pass->arena = own = arena_new();
	worth_a_record = load_record(pass, id, &decided);
	if (worth_a_record) {
		request_decide(pass, &decided);
		worth_a_record = decided.existed ||
		    (!decided.left_alone && is_asked_for(pass, id));
	}
	pass->arena = whole;
	if (worth_a_record && invalid_is_shown(pass, &decided, invalid)) {
		arena_join(whole, own);
		*ARRAY_ADD(pass->arena, &pass->decided) = decided;
		return;
	}
	if (worth_a_record)
		*ARRAY_ADD(pass->arena, &pass->decided) = invalid_in_short(pass->arena, &decided);
	arena_free(own);
}

static int
compare_decided(const void *a, const void *b)
{
	return text_compare(((const struct decided *)a)->before.id,
	    ((const struct decided *)b)->before.id);
}

/* What was decided on, and has something to say for itself. */
static void
conclude(struct pass *pass)
{
	struct counts invalid = invalid_counts(pass);
	size_t kept = 0, unshown = 0;

	for (size_t i = 0; i < pass->decided.count; i++) {
		struct decided *decided = &pass->decided.at[i];

		if (!invalid_is_shown(pass, decided, &invalid)) {
			invalid_log(decided, ++unshown);
			continue;
		}
		if (decided->in_short)
			request_decide(pass, decided);
		draw_intent(pass, &decided->after);
		/* an audit compares with what is recorded, not with what was there before */
		decided->changed = pass->replay == NULL && record_differs(pass, decided);
		pass->decided.at[kept++] = *decided;
	}
	pass->decided.count = kept;
	invalid_log_rest(pass->arena, unshown);
}

enum pass_result
decide_requests(struct pass *pass)
{
	struct counts invalid = invalid_counts(pass);
	struct texts ids = touched_requests(pass);

	if (!backlog_open(pass))
		return trouble("requests-unreadable", pass->input);
	evidence_sort(pass);
	for (size_t i = 0; i < ids.count; i++)
		decide_one(pass, ids.at[i], &invalid);
	backlog_decide(pass, &ids, decide_one, &invalid);
	if (pass->decided.count > 1)
		qsort(pass->decided.at, pass->decided.count, sizeof(pass->decided.at[0]),
		    compare_decided);
	hear_early(pass);
	conclude(pass);
	/* what is taken back must be released before anybody reads that it was */
	if (pass->release_failed)
		return trouble("not-decided", TEXT("the signer's ledger cannot be written"));
	return PASS_GO_ON;
}
