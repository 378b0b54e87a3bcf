/*
 * Certificates: every byte against plan and intent; none without them, none
 * that changes or goes.
 */
#include "audit/auditing.h"

#include <string.h>

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
		claim.authority = known->certificate;
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

static bool
same_latest(const struct latest_certificate *a, const struct latest_certificate *b)
{
	return text_equal(a->request, b->request) && text_equal(a->path, b->path) &&
	    text_equal(a->serial_number, b->serial_number) && text_equal(a->sha256, b->sha256) &&
	    a->not_before == b->not_before && a->not_after == b->not_after;
}

/* As the status has it, which is compared with the certificate. */
static bool
is_issued_latest(struct step *step, const struct latest_certificate *entry, struct text profile)
{
	const struct audit_certificate *issued = issued_here(step, entry->request);
	struct certificate_status status;

	if (issued == NULL || !text_equal(issued->profile, profile))
		return false;
	status = record_at(step, step->commit, entry->request).certificate;
	return same_latest(entry, &(struct latest_certificate){ .request = issued->request,
		.path = status.path, .serial_number = status.serial_number, .sha256 = status.sha256,
		.not_before = status.not_before, .not_after = status.not_after });
}

/* What may go from the list: what has ended, and where it is full. */
static bool
may_go(const struct step *step, const struct latest_certificate *entry,
    const struct latest_certificates *after)
{
	return entry->not_after < step->time || after->certificates.count >= LATEST_MOST;
}

/* What is issued here comes first, then what stood there, in its order: whoever asks for the newest takes the first. */
static struct text
wrong_latest(struct step *step, const struct latest_certificates *before,
    const struct latest_certificates *after)
{
	const struct latest_certificate_list none = { 0 };
	const struct latest_certificate_list *old = before == NULL ? &none : &before->certificates;
	const struct latest_certificate_list *new = &after->certificates;
	size_t from = 0, at = 0;

	while (at < new->count && is_issued_latest(step, &new->at[at], after->profile))
		at++;
	for (; from < old->count; from++)
		if (at < new->count && same_latest(&old->at[from], &new->at[at]))
			at++;
		else if (!may_go(step, &old->at[from], after))
			return old->at[from].request;
	return at < new->count ? new->at[at].request : nobody;
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
	struct text wrong;

	if (after == NULL || !text_equal(path, text_printf(step->arena, "status/latest/%.*s.yaml",
	    TEXT_ARGUMENTS(after->profile)))) {
		finding_add(step, "LatestDiffers", nobody, "%.*s was removed or cannot be read",
		    TEXT_ARGUMENTS(path));
		return;
	}
	wrong = wrong_latest(step, before, after);
	if (text_present(wrong))
		finding_add(step, "LatestDiffers", nobody, "%.*s does not name the certificate of %.*s as "
		    "it was issued, or not at its place", TEXT_ARGUMENTS(path), TEXT_ARGUMENTS(wrong));
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
