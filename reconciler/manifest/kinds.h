#ifndef COUNTERSIGN_MANIFEST_KINDS_H
#define COUNTERSIGN_MANIFEST_KINDS_H

#include "manifest/decode.h"
#include "manifest/field.h"

/* One row for each kind of document; each stands in the file that has its tables. */
extern const struct kind_row kind_repository, kind_person, kind_machine, kind_group,
    kind_certificate_authority, kind_certificate_policy, kind_certificate_profile,
    kind_approval_policy, kind_notifier, kind_certificate_request, kind_approval, kind_revocation,
    kind_reconciler_configuration, kind_certificate_request_status, kind_pending_request,
    kind_configuration_status, kind_summary, kind_latest_certificates;

/* Tables of structures that several kinds have. */
extern const struct table subject_names_table, alt_names_table, requesters_table, approvers_table,
    reasons_table, ignored_table;

/* Words that several kinds take. */
extern const struct choice key_usage_choices[], extended_key_usage_choices[],
    requester_decision_choices[];

/* What cert-manager, Infisical, OpenSSL and older standards call the usages. */
extern const struct foreign_name key_usage_words[], extended_key_usage_words[];

/*
 * kinds_of_path() for the input branch, or (`written`) for what the reconciler
 * writes to the output branch.
 */
bool kinds_at(struct text path, bool written, enum kind kinds[5]);

/* "web/shop" of "requests/web/shop.yaml"; `name` for a path that lies elsewhere. */
struct text kinds_request_id(struct text path, struct text name);

#endif
