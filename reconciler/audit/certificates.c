/*
 * Certificates: every byte against plan and intent; none without them, none
 * that changes or goes.
 */
#include "audit/auditing.h"

#include <string.h>

#include "issue/certificate_check.h"
#include "manifest/manifest.h"
#include "model/plan_text.h"
#include "reconcile/load.h"

static const struct text nobody = { NULL, 0 };

/* The request that a path in certificates/ is for; absent for other paths. */
static struct text
id_of(struct text path)
{
	if (!text_starts_with(path, "certificates/") || !text_ends_with(path, ".pem"))
		return nobody;
	path = text_skip(path, strlen("certificates/"));
	path.length -= strlen(".pem");
	return path;
}

static struct audit_certificate *
issued_here(struct step *step, struct text id)
{
	for (size_t i = 0; i < step->issued.count; i++)
		if (text_equal(step->issued.at[i].request, id))
			return &step->issued.at[i];
	return NULL;
}

static void
compare_status(struct step *step, const struct request_record *record,
    const struct certificate_found *found, struct text path)
{
	const struct certificate_status *status = &record->certificate;

	if (!text_equal(status->path, path) ||
	    !text_equal(status->serial_number, found->serial_number) ||
	    !text_equal(status->sha256, found->sha256) ||
	    !text_equal(status->issuer, found->issuer) ||
	    status->not_before != record->intent.not_before ||
	    status->not_after != record->intent.not_after)
		finding_add(step, "CertificateStatusDiffers", record->id, "what the status says of "
		    "the certificate is not what stands in it");
}

/* What the authority's certificate was when the certificate was issued. */
static struct certificate_claim
claim_of(struct step *step, const struct request_record *record)
{
	struct intent *intent = ARENA_NEW(step->arena, struct intent);
	struct certificate_claim claim = { .plan = record->plan, .intent = intent };
	const struct certificate_authority *authority;
	struct plan plan;
	struct text why;

	*intent = record->intent;
	/* published again: it was decided then, in commits that an operator gave up */
	if (intent->not_before < intent->decided_at &&
	    recovery_carried_out(step, record->id, intent, intent->not_before))
		intent->decided_at = intent->not_before;

	if (!plan_parse(step->arena, record->plan, &plan, &why))
		return claim;
	authority = configuration_authority(step->auditing->trusted, plan.authority);
	claim.alone = authority == NULL ||
	    !text_equal(authority->facts.sha256, plan.authority_certificate_sha256);
	for (size_t i = step->auditing->authorities.count; i-- > 0;) {
		const struct known_authority *known = &step->auditing->authorities.at[i];

		if (!text_equal(known->sha256, plan.authority_certificate_sha256))
			continue;
		claim.authority_certificate = known->certificate;
		claim.chain = claim.alone ? nobody : authority->chain;
		break;
	}
	return claim;
}

static void
check_issued(struct step *step, struct audit_certificate *issued, struct text path)
{
	struct arena *arena = step->auditing->arena;
	struct request_record record = record_at(step, step->commit, issued->request);
	struct certificate_claim claim = claim_of(step, &record);
	struct certificate_found found = { 0 };
	struct source_file file = { 0 };

	if (!snapshot_file(step->auditing->order->store, step->arena, step->commit, path, &file)) {
		finding_add(step, "CertificateMissing", issued->request,
		    "its status says that it is issued, and %.*s cannot be read",
		    TEXT_ARGUMENTS(path));
		return;
	}
	if (!certificate_check(step->arena, file.content, &claim, &found))
		finding_add(step, found.code, issued->request, "%.*s: %.*s", TEXT_ARGUMENTS(path),
		    TEXT_ARGUMENTS(found.why));
	else
		compare_status(step, &record, &found, path);
	issued->serial_number = text_copy(arena, record.intent.serial_number);
	issued->sha256 = text_copy(arena, found.sha256);
	issued->not_before = record.intent.not_before;
	issued->not_after = record.intent.not_after;
	*ARRAY_ADD(arena, &step->auditing->claims) = (struct ledger_claim){
		.request = issued->request, .commit = issued->issued_in,
		.digest = text_copy(arena, record.intent.digest),
		.certificate_sha256 = issued->sha256 };
}

/* A certificate where no record has one issued now. */
static void
refuse(struct step *step, const struct change *change, struct text id)
{
	struct certificate_found found = { 0 };
	struct certificate_claim claim = { .intent = &(struct intent){ .present = false } };
	struct source_file file = { 0 };

	if (!text_present(change->new_blob)) {
		finding_add(step, "CertificateRemoved", id, "%.*s was removed",
		    TEXT_ARGUMENTS(change->path));
		return;
	}
	if (text_present(change->old_blob)) {
		finding_add(step, "CertificateChanged", id, "%.*s was changed, and nothing new was "
		    "issued", TEXT_ARGUMENTS(change->path));
		return;
	}
	if (snapshot_file(step->auditing->order->store, step->arena, step->commit, change->path,
	    &file))
		(void)certificate_check(step->arena, file.content, &claim, &found);
	if (text_present(found.serial_number) &&
	    text_set_has(&step->auditing->serials, found.serial_number))
		finding_add(step, "CertificateMisplaced", id, "%.*s holds a certificate (serial number "
		    "%.*s) that was decided for another request", TEXT_ARGUMENTS(change->path),
		    TEXT_ARGUMENTS(found.serial_number));
	else
		finding_add(step, "CertificateWithoutEvidence", id, "%.*s appears, and nothing was "
		    "decided for it", TEXT_ARGUMENTS(change->path));
}

/* The lists of newest certificates name those that are issued, and no others. */
static void
compare_latest(struct step *step, struct text path)
{
	struct store *store = step->auditing->order->store;
	const struct latest_certificates *before = output_read(store, step->arena,
	    step->auditing->before, path, KIND_LATEST_CERTIFICATES);
	const struct latest_certificates *after = output_read(store, step->arena, step->commit, path,
	    KIND_LATEST_CERTIFICATES);

	for (size_t i = 0; after != NULL && i < after->certificates.count; i++) {
		const struct latest_certificate *entry = &after->certificates.at[i];
		const struct audit_certificate *issued = issued_here(step, entry->request);
		bool known = issued != NULL && text_equal(issued->sha256, entry->sha256);

		for (size_t j = 0; before != NULL && j < before->certificates.count && !known; j++)
			known = text_equal(before->certificates.at[j].sha256, entry->sha256) &&
			    text_equal(before->certificates.at[j].path, entry->path);
		if (!known)
			finding_add(step, "LatestDiffers", nobody, "%.*s names a certificate of %.*s "
			    "that was not issued so", TEXT_ARGUMENTS(path),
			    TEXT_ARGUMENTS(entry->request));
	}
}

void
certificates_audit(struct step *step)
{
	for (size_t i = 0; i < step->issued.count; i++)
		check_issued(step, &step->issued.at[i], text_printf(step->arena,
		    "certificates/%.*s.pem", TEXT_ARGUMENTS(step->issued.at[i].request)));
	for (size_t i = 0; i < step->changes.count; i++) {
		struct text id = id_of(step->changes.at[i].path);

		if (text_starts_with(step->changes.at[i].path, "status/latest/"))
			compare_latest(step, step->changes.at[i].path);
		if (text_present(id) && (issued_here(step, id) == NULL ||
		    !text_present(step->changes.at[i].new_blob)))
			refuse(step, &step->changes.at[i], id);
	}
	for (size_t i = 0; i < step->issued.count; i++)
		*ARRAY_ADD(step->auditing->arena, &step->auditing->report->certificates) =
		    step->issued.at[i];
}
