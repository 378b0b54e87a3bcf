#include "manifest/kinds.h"

static const struct kind_row *const rows[KINDS] = {
	[KIND_REPOSITORY] = &kind_repository,
	[KIND_PERSON] = &kind_person,
	[KIND_MACHINE] = &kind_machine,
	[KIND_GROUP] = &kind_group,
	[KIND_CERTIFICATE_AUTHORITY] = &kind_certificate_authority,
	[KIND_CERTIFICATE_POLICY] = &kind_certificate_policy,
	[KIND_CERTIFICATE_PROFILE] = &kind_certificate_profile,
	[KIND_APPROVAL_POLICY] = &kind_approval_policy,
	[KIND_NOTIFIER] = &kind_notifier,
	[KIND_CERTIFICATE_REQUEST] = &kind_certificate_request,
	[KIND_APPROVAL] = &kind_approval,
	[KIND_REVOCATION] = &kind_revocation,
	[KIND_RECONCILER_CONFIGURATION] = &kind_reconciler_configuration,
	[KIND_CERTIFICATE_REQUEST_STATUS] = &kind_certificate_request_status,
	[KIND_PENDING_REQUEST] = &kind_pending_request,
	[KIND_CONFIGURATION_STATUS] = &kind_configuration_status,
	[KIND_SUMMARY] = &kind_summary,
	[KIND_LATEST_CERTIFICATES] = &kind_latest_certificates,
};

const struct kind_row *
kind_row(enum kind kind)
{
	return kind < KINDS ? rows[kind] : NULL;
}

const char *
kind_name(enum kind kind)
{
	const struct kind_row *row = kind_row(kind);

	return row == NULL ? "" : row->name;
}

enum kind
kind_parse(struct text name)
{
	for (int kind = KIND_NONE + 1; kind < KINDS; kind++)
		if (text_is(name, rows[kind]->name))
			return (enum kind)kind;
	return KIND_NONE;
}

/* The folders of the repository, input branch and output branch, and what they hold. */
static const struct {
	const char *folder; /* a whole path when it does not end in '/' */
	bool written;       /* by the reconciler */
	enum kind kinds[4];
} folders[] = {
	{ "countersign.yaml", false, { KIND_REPOSITORY } },
	{ "identities/", false, { KIND_PERSON, KIND_MACHINE, KIND_GROUP } },
	{ "authorities/", false, { KIND_CERTIFICATE_AUTHORITY } },
	{ "policies/", false, { KIND_APPROVAL_POLICY, KIND_CERTIFICATE_POLICY } },
	{ "profiles/", false, { KIND_CERTIFICATE_PROFILE } },
	{ "notifiers/", false, { KIND_NOTIFIER } },
	{ "requests/", false, { KIND_CERTIFICATE_REQUEST } },
	{ "approvals/", false, { KIND_APPROVAL } },
	{ "revocations/", false, { KIND_REVOCATION } },
	{ "pending/", true, { KIND_PENDING_REQUEST } },
	{ "status/requests/", true, { KIND_CERTIFICATE_REQUEST_STATUS } },
	{ "status/latest/", true, { KIND_LATEST_CERTIFICATES } },
	{ "status/configuration.yaml", true, { KIND_CONFIGURATION_STATUS } },
	{ "status/summary.yaml", true, { KIND_SUMMARY } },
};

static bool
lies_in(struct text path, const char *folder)
{
	size_t length = text_of(folder).length;

	if (folder[length - 1] != '/')
		return text_is(path, folder);
	return text_starts_with(path, folder) && text_ends_with(path, ".yaml") &&
	       path.length > length + sizeof(".yaml") - 1;
}

bool
kinds_at(struct text path, bool written, enum kind kinds[5])
{
	kinds[0] = KIND_NONE;
	for (size_t i = 0; i < COUNT(folders); i++) {
		if (folders[i].written != written || !lies_in(path, folders[i].folder))
			continue;
		for (size_t k = 0; k < COUNT(folders[i].kinds); k++)
			kinds[k] = folders[i].kinds[k];
		kinds[COUNT(folders[i].kinds)] = KIND_NONE;
		return true;
	}
	return false;
}

bool
kinds_of_path(struct text path, enum kind kinds[5])
{
	return kinds_at(path, false, kinds);
}
