#include "manifest/kinds.h"

#include "model/policy.h"

static const struct choice action_choices[] = {
	{ "issue", 0 },
	{ "renew", 0 },
	{ "revoke", 0 },
	{ NULL, 0 },
};

static const struct choice self_approval_choices[] = {
	{ "allow", SELF_APPROVAL_ALLOW },
	{ "forbid", SELF_APPROVAL_FORBID },
	{ NULL, 0 },
};

static const struct foreign_name self_approval_words[] = {
	{ "true", "allow" },
	{ "false", "forbid" },
	{ "allowed", "allow" },
	{ "forbidden", "forbid" },
	{ "deny", "forbid" },
	{ "denied", "forbid" },
	{ NULL, NULL },
};

static const struct choice early_approvals_choices[] = {
	{ "wait", EARLY_APPROVALS_WAIT },
	{ "refuse", EARLY_APPROVALS_REFUSE },
	{ NULL, 0 },
};

static const struct field step_fields[] = {
	{ "name", "what people call the step", AT_TEXT(struct approval_step, name),
	    .format = &format_line },
	{ "approvers", "who may approve it",
	    AT_STRUCT(struct approval_step, approvers, approvers_table), .flags = FIELD_REQUIRED,
	    PRESENT(struct approval_step, approvers.present) },
	{ "requiredApprovals", "how many of them must",
	    AT_INTEGER(struct approval_step, required_approvals), .least = 1, .most = 1000,
	    .by_default = 1 },
	{ "notifyApprovers", "whether they are told when the step opens",
	    AT_BOOLEAN(struct approval_step, notify_approvers), .by_default = true },
};

static const struct foreign_name step_words[] = {
	{ "required", "requiredApprovals" },
	{ "approvals", "requiredApprovals" },
	{ "approvalsRequired", "requiredApprovals" },
	{ "minApprovals", "requiredApprovals" },
	{ "quorum", "requiredApprovals" },
	{ "notify", "notifyApprovers" },
	{ "groups", "approvers.groups" },
	{ "people", "approvers.people" },
	{ "users", "approvers.people" },
	{ "type", "approvers.people and approvers.groups" },
	{ NULL, NULL },
};

static const struct table step_table = {
	TABLE(step_fields),
	POSITION(struct approval_step, position),
	.foreign = step_words,
};

static const struct field policy_fields[] = {
	{ "profiles", "the CertificateProfiles that it covers",
	    AT_TEXTS(struct approval_policy, profiles), .flags = FIELD_REQUIRED,
	    .format = &format_name, .least = 1 },
	{ "actions", "for what it is asked", AT_TEXTS(struct approval_policy, actions),
	    .choices = action_choices, .least = 1, .default_text = "issue renew" },
	{ "maxRequestTtl", "how long a request may wait before it expires; absent: for ever",
	    AT_DURATION(struct approval_policy, max_request_ttl) },
	{ "bypassForMachineIdentities",
	    "whether Machines that the profile lists get theirs at once, for a signed request",
	    AT_BOOLEAN(struct approval_policy, bypass_for_machine_identities) },
	{ "selfApproval", "whether the requester's own approval counts",
	    AT_CHOICE(struct approval_policy, self_approval), .choices = self_approval_choices,
	    .foreign_values = self_approval_words },
	{ "distinctApprovers", "whether a person counts in one step only",
	    AT_BOOLEAN(struct approval_policy, distinct_approvers) },
	{ "earlyApprovals", "whether an approval given early counts when its step opens",
	    AT_CHOICE(struct approval_policy, early_approvals),
	    .choices = early_approvals_choices },
	{ "steps", "in order; each is complete before the next opens",
	    AT_STRUCTS(struct approval_policy, steps, step_table), .flags = FIELD_REQUIRED,
	    .least = 1, .most = 32 },
};

static const struct foreign_name policy_words[] = {
	{ "maxRequestTtlSeconds", "maxRequestTtl, as in 7d" },
	{ "requestTtl", "maxRequestTtl" },
	{ "maxTtl", "maxRequestTtl" },
	{ "ttl", "maxRequestTtl" },
	{ "timeout", "maxRequestTtl" },
	{ "bypassForMachines", "bypassForMachineIdentities" },
	{ "bypassMachineIdentities", "bypassForMachineIdentities" },
	{ "allowSelfApproval", "selfApproval: allow" },
	{ "selfApprovalAllowed", "selfApproval: allow" },
	{ "approvers", "steps[].approvers" },
	{ "requiredApprovals", "steps[].requiredApprovals" },
	{ "approvals", "steps[].requiredApprovals" },
	{ "constraints", "profiles" },
	{ "profileNames", "profiles" },
	{ "scope", "profiles" },
	{ NULL, NULL },
};

static const struct table policy_table = {
	TABLE(policy_fields),
	POSITION(struct approval_policy, position),
	.foreign = policy_words,
};

const struct kind_row kind_approval_policy = {
	.kind = KIND_APPROVAL_POLICY,
	.name = "ApprovalPolicy",
	.doc = "Who has to agree before a request is issued",
	.where = "policies/",
	.body = "spec",
	.table = &policy_table,
	.size = sizeof(struct approval_policy),
	.name_at = offsetof(struct approval_policy, name),
};
