#include "commands/branch_plan.h"

#include "base/digest.h"
#include "commands/past.h"
#include "evaluate/configuration_rules.h"
#include "evaluate/evaluate.h"
#include "manifest/configuration_decode.h"
#include "manifest/manifest.h"
#include "model/approval.h"
#include "reconcile/load.h"
#include "repository/snapshot.h"

/* One judgement of a branch. */
struct judging {
	struct clone *clone;
	struct arena *arena;
	const struct range *range;
	struct branch_plan *plan;
};

const char *
branch_effect_name(enum branch_effect effect)
{
	switch (effect) {
	case EFFECT_DELETED:   return "deleted";
	case EFFECT_INVALID:   return "invalid";
	case EFFECT_OPENED:    return "opens";
	case EFFECT_CHANGED:   return "changes";
	case EFFECT_UNCHANGED: return "unchanged";
	case EFFECT_REFUSED:   break;
	}
	return "refused";
}

/* --- what the branch carries: signed commits and approval files -------------------------- */

static bool
judge_commits(struct judging *judging, struct text *why)
{
	if (clone_evidence(judging->clone, judging->range->base, judging->range->head,
	    &judging->plan->evidence))
		return true;
	*why = TEXT("the branch's commits cannot be read: objects are missing");
	return false;
}

static bool
file_at_head(struct judging *judging, struct text path, struct source_file *out)
{
	return snapshot_file(judging->clone->store, judging->arena, judging->range->head, path,
	    out);
}

static void
judge_approval(struct judging *judging, struct text path)
{
	struct sighting sighting = { .configuration = &judging->clone->configuration,
		.observed_at = judging->clone->now, .source = SOURCE_FILE, .where = path };
	struct source_file file = { 0 }, signature = { 0 };
	struct manifest manifest = { 0 };

	if (!file_at_head(judging, path, &file) ||
	    !manifest_decode(judging->arena, path, file.content, &manifest,
		&judging->plan->reasons) ||
	    manifest.kind != KIND_APPROVAL || manifest.object == NULL)
		return;
	(void)file_at_head(judging, text_printf(judging->arena, "%.*s.sig", TEXT_ARGUMENTS(path)),
	    &signature);
	evidence_from_approval(judging->arena, &sighting, file.content, manifest.object,
	    signature.content, &judging->plan->evidence);
}

/* The document that a touched path belongs to: a signature's is the file beside it. */
static struct text
document_of(struct text path)
{
	return text_ends_with(path, ".sig") ? text_first(path, path.length - 4) : path;
}

/* The documents that were touched or whose signature was, each once. */
static struct texts
touched_documents(struct judging *judging)
{
	struct texts documents = { 0 };

	for (size_t i = 0; i < judging->range->touched.count; i++)
		texts_add(judging->arena, &documents, document_of(judging->range->touched.at[i]));
	texts_sort_unique(&documents);
	return documents;
}

static void
judge_approvals(struct judging *judging)
{
	struct texts documents = touched_documents(judging);

	for (size_t i = 0; i < documents.count; i++)
		if (text_starts_with(documents.at[i], "approvals/") &&
		    text_ends_with(documents.at[i], ".yaml"))
			judge_approval(judging, documents.at[i]);
}

/* --- requests --------------------------------------------------------------------------- */

/* A request as the branch has it, and what proves who asks. */
struct offered {
	struct request request;
	struct reasons reasons;
	bool decoded;
	struct text sha256;
	struct text blob;
	bool is_signed;
	struct verified_request_signature signature;
};

static void
find_signature(struct judging *judging, struct text content, struct offered *offered)
{
	struct text path = text_printf(judging->arena, "%.*s.sig",
	    TEXT_ARGUMENTS(request_path(judging->arena, offered->request.id)));
	struct sighting sighting = { .configuration = &judging->clone->configuration,
		.observed_at = judging->clone->now, .source = SOURCE_FILE, .where = path };
	const struct verified_request_signatures *found =
	    &judging->plan->evidence.request_signatures;
	struct source_file file = { 0 };
	struct text why;

	if (file_at_head(judging, path, &file) &&
	    evidence_from_request_signature(judging->arena, &sighting, offered->request.id, content,
	    file.content, &offered->signature, &why)) {
		offered->is_signed = true;
		return;
	}
	for (size_t i = 0; i < found->count; i++)
		if (text_equal(found->at[i].request, offered->request.id) &&
		    text_equal(found->at[i].sha256, offered->sha256)) {
			offered->is_signed = true;
			offered->signature = found->at[i];
			return;
		}
	offered->is_signed = past_signature(judging->clone, &offered->request, offered->sha256,
	    &offered->signature);
}

static bool
read_offered(struct judging *judging, struct text id, struct offered *out)
{
	struct source_file file = { 0 };

	*out = (struct offered){ .request = { .id = id } };
	if (!file_at_head(judging, request_path(judging->arena, id), &file))
		return false;
	out->sha256 = digest_sha256_hex(judging->arena, file.content);
	out->blob = file.blob;
	out->decoded =
	    request_decode(judging->arena, id, file.content, &out->request, &out->reasons);
	if (out->decoded)
		find_signature(judging, file.content, out);
	return true;
}

/*
 * Facts that are known, those that the branch carries, and those on the input
 * branch about a plan that opens now (absent: none does).
 */
static struct verified_decisions
decisions_for(struct judging *judging, const struct request_record *before, struct text id,
    struct text opened)
{
	const struct verified_decisions *carried = &judging->plan->evidence.decisions;
	struct verified_decisions all = { 0 }, past = { 0 };

	for (size_t i = 0; i < before->decisions.count; i++)
		*ARRAY_ADD(judging->arena, &all) = before->decisions.at[i];
	for (size_t i = 0; i < carried->count; i++)
		if (text_equal(carried->at[i].request, id))
			*ARRAY_ADD(judging->arena, &all) = carried->at[i];
	if (text_present(opened))
		past = past_decisions(judging->clone, id, opened);
	for (size_t i = 0; i < past.count; i++)
		*ARRAY_ADD(judging->arena, &all) = past.at[i];
	return all;
}

static void
evaluate_offered(struct judging *judging, const struct offered *offered,
    const struct configuration *configuration, const struct request_record *before,
    struct request_record *after)
{
	const struct text none = { NULL, 0 };
	struct text id = offered->request.id;
	struct verified_decisions decisions = decisions_for(judging, before, id, none);
	struct evaluation evaluation = {
		.configuration = configuration, .before = before, .request = &offered->request,
		.file_reasons = &offered->reasons,
		.version = { .blob = offered->blob, .sha256 = offered->sha256,
			.commit = judging->range->head, .accepted_at = judging->clone->now },
		.version_is_new = true, .requester_verified = offered->is_signed,
		.decisions = &decisions, .now = judging->clone->now,
	};

	if (offered->is_signed) {
		evaluation.version.proof = REQUEST_SIGNED_FILE;
		evaluation.version.key = offered->signature.key;
		evaluation.version.evidence = offered->signature.evidence;
	}
	evaluate_request(judging->arena, &evaluation, after);
	if (text_equal(after->digest, before->digest))
		return;
	decisions = decisions_for(judging, before, id, after->digest);
	evaluate_request(judging->arena, &evaluation, after);
}

static bool
offer_accepted(struct judging *judging, const struct offered *offered,
    const struct configuration *configuration, const struct request_record *before,
    struct text *why)
{
	const struct request_offer offer = { .configuration = configuration, .before = before,
		.request = &offered->request, .sha256 = offered->sha256,
		.signature = offered->is_signed ? &offered->signature : NULL };

	return request_accept(judging->arena, &offer, why);
}

static enum branch_effect
effect_of(const struct branch_request *request)
{
	if (request->after.state == STATE_INVALID)
		return EFFECT_INVALID;
	if (!request->known || request_state_ended(request->before.state))
		return EFFECT_OPENED;
	return text_equal(request->before.digest, request->after.digest) ? EFFECT_UNCHANGED
	    : EFFECT_CHANGED;
}

/* The same under the rules that the branch itself brings. */
static void
judge_later(struct judging *judging, const struct offered *offered, struct branch_request *request)
{
	const struct branch_configuration *own = &judging->plan->configuration;
	struct text why;

	if (!own->changed || reasons_errors(&own->configuration.reasons) > 0 ||
	    !offer_accepted(judging, offered, &own->configuration, &request->before, &why))
		return;
	evaluate_offered(judging, offered, &own->configuration, &request->before, &request->later);
	request->differs = request->later.state != request->after.state ||
	    !text_equal(request->later.digest, request->after.digest) ||
	    !text_equal(request->later.policy, request->after.policy);
}

static void
judge_request(struct judging *judging, struct text id)
{
	struct branch_request *request;
	struct request_record before = { 0 };
	struct offered offered;
	bool present = read_offered(judging, id, &offered);
	bool known = text_present(judging->clone->output) && record_load(judging->clone->store,
	    judging->arena, judging->clone->output, id, &before);

	/* a document of another apiVersion is left alone */
	if (present && !offered.decoded && !known && reasons_errors(&offered.reasons) == 0)
		return;
	request = ARRAY_ADD(judging->arena, &judging->plan->requests);
	*request = (struct branch_request){ .id = id, .known = known, .before = before };
	if (!present) {
		request->effect = EFFECT_DELETED;
		return;
	}
	if (!offered.decoded) {
		request->after.reasons = offered.reasons;
		request->why = TEXT("the file has errors");
		return;
	}
	if (offer_accepted(judging, &offered, &judging->clone->configuration, &request->before,
	    &request->why)) {
		evaluate_offered(judging, &offered, &judging->clone->configuration,
		    &request->before, &request->after);
		request->effect = effect_of(request);
	}
	judge_later(judging, &offered, request);
}

static void
judge_requests(struct judging *judging)
{
	struct texts documents = touched_documents(judging);
	struct text id;

	for (size_t i = 0; i < documents.count; i++)
		if (request_id_of_path(documents.at[i], &id))
			judge_request(judging, id);
}

/* --- the configuration ------------------------------------------------------------------ */

static struct text
file_sha256(const struct configuration *configuration, struct text path)
{
	for (size_t i = 0; i < configuration->files.count; i++)
		if (text_equal(configuration->files.at[i].path, path))
			return configuration->files.at[i].sha256;
	return (struct text){ NULL, 0 };
}

/* Adds the paths of `a` that `b` has otherwise or not at all. */
static void
add_differing(struct judging *judging, const struct configuration *a,
    const struct configuration *b, struct texts *paths)
{
	for (size_t i = 0; i < a->files.count; i++)
		if (!text_equal(file_sha256(b, a->files.at[i].path), a->files.at[i].sha256))
			texts_add(judging->arena, paths, a->files.at[i].path);
}

static bool
configuration_touched(const struct range *range)
{
	for (size_t i = 0; i < range->touched.count; i++)
		if (path_is_configuration(range->touched.at[i]))
			return true;
	return false;
}

static bool
load_configuration(struct judging *judging, struct text *why)
{
	struct branch_configuration *own = &judging->plan->configuration;
	const struct configuration *trusted = &judging->clone->configuration;
	struct configuration_place place = { .commit = judging->range->head,
		.number = trusted->number + 1, .previous = trusted->digest };

	if (!configuration_touched(judging->range))
		return true;
	if (!configuration_load(judging->clone->store, judging->arena, &place, NULL,
	    &own->configuration, why))
		return false;
	add_differing(judging, &own->configuration, trusted, &own->paths);
	add_differing(judging, trusted, &own->configuration, &own->paths);
	texts_sort_unique(&own->paths);
	own->changed = own->paths.count > 0;
	return true;
}

static void
judge_succession(struct judging *judging)
{
	const struct configuration_signatures *carried =
	    &judging->plan->evidence.configuration_signatures;
	struct branch_configuration *own = &judging->plan->configuration;
	struct configuration_status status = { 0 };
	struct configuration_succession succession = { .trusted = &judging->clone->configuration,
		.candidate = &own->configuration, .signatures = &status.signatures,
		.now = judging->clone->now };

	if (!own->changed)
		return;
	if (text_present(judging->clone->output))
		(void)configuration_status_load(judging->clone->store, judging->arena,
		    judging->clone->output, &status);
	for (size_t i = 0; i < carried->count; i++)
		*ARRAY_ADD(judging->arena, &status.signatures) = carried->at[i];
	(void)configuration_may_follow(judging->arena, &succession, &own->progress);
}

/* An open request under the rules of the branch. */
static void
judge_affected(struct judging *judging, const struct request_record *record)
{
	struct branch_request request = { .id = record->id, .known = true, .before = *record };
	struct offered offered = { .request = { .id = record->id } };
	struct evaluation evaluation = { .configuration =
					     &judging->plan->configuration.configuration,
		.before = record,
		.version = record->version,
		.requester_verified = record->requester.verified,
		.decisions = &record->decisions,
		.now = judging->clone->now };
	struct text content;

	if (!store_object(judging->clone->store, judging->arena, record->version.blob, "blob",
	    SNAPSHOT_FILE_BYTES, &content))
		return;
	if (request_decode(judging->arena, record->id, content, &offered.request, &offered.reasons))
		evaluation.request = &offered.request;
	evaluation.file_reasons = &offered.reasons;
	evaluate_request(judging->arena, &evaluation, &request.after);
	if (request.after.state == record->state &&
	    text_equal(request.after.digest, record->digest) &&
	    text_equal(request.after.policy, record->policy))
		return;
	request.effect = effect_of(&request);
	*ARRAY_ADD(judging->arena, &judging->plan->affected) = request;
}

static bool
judge_open_requests(struct judging *judging, struct text *why)
{
	const struct branch_configuration *own = &judging->plan->configuration;
	struct request_records open = { 0 };

	if (!own->changed || reasons_errors(&own->configuration.reasons) > 0 ||
	    !text_present(judging->clone->output))
		return true;
	if (!records_open(judging->clone->store, judging->arena, judging->clone->output, &open,
		why))
		return false;
	for (size_t i = 0; i < open.count; i++)
		judge_affected(judging, &open.at[i]);
	return true;
}

bool
branch_plan_make(struct clone *clone, const struct range *range, struct branch_plan *out,
    struct text *why)
{
	struct judging judging = { clone, clone->arena, range, out };

	*out = (struct branch_plan){ .base = range->base, .head = range->head };
	if (!judge_commits(&judging, why) || !load_configuration(&judging, why))
		return false;
	judge_approvals(&judging);
	judge_succession(&judging);
	judge_requests(&judging);
	return judge_open_requests(&judging, why);
}

static bool
request_good(const struct branch_request *request)
{
	if (request->effect == EFFECT_REFUSED || request->effect == EFFECT_INVALID)
		return request->differs && request->later.state != STATE_INVALID;
	return true;
}

bool
branch_plan_good(const struct branch_plan *plan)
{
	for (size_t i = 0; i < plan->requests.count; i++)
		if (!request_good(&plan->requests.at[i]))
			return false;
	return reasons_errors(&plan->reasons) == 0 &&
	    reasons_errors(&plan->configuration.configuration.reasons) == 0;
}
