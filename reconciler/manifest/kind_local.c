#include "manifest/kinds.h"

#include "model/local.h"

static const struct field repository_fields[] = {
	{ "path", "a repository on this machine, bare or not",
	    AT_TEXT(struct local_configuration, repository_path), .format = &format_path },
	{ "url", "a repository elsewhere", AT_TEXT(struct local_configuration, repository_url),
	    .format = &format_git_uri },
	{ "interval", "how often a url is looked at",
	    AT_DURATION(struct local_configuration, interval), .default_text = "30s" },
	{ "branch", "the input branch", AT_TEXT(struct local_configuration, branch),
	    .format = &format_branch, .default_text = "main" },
};

static const struct rule repository_rules[] = {
	{ .type = RULE_EXACTLY_ONE,
	    .keys = { "path", "url" },
	    .why = "the repository is in one place" },
	{ .type = RULE_WHEN,
	    .when = { "interval", NULL },
	    .needs = { { "url", NULL } },
	    .why = "a path is watched, only a url is asked again and again" },
	{ .type = RULE_END },
};

static const struct table repository_table = {
	TABLE(repository_fields),
	.rules = repository_rules,
};

static const struct field introduction_fields[] = {
	{ "commit", "the commit at which the configuration is trusted first",
	    AT_TEXT(struct local_configuration, introduction_commit), .flags = FIELD_REQUIRED,
	    .format = &format_object_id },
	{ "configuration", "the digest of the configuration at that commit",
	    AT_TEXT(struct local_configuration, introduction_digest), .flags = FIELD_REQUIRED,
	    .format = &format_digest },
};

static const struct table introduction_table = { TABLE(introduction_fields) };

static const struct field trust_fields[] = {
	{ "introduction", "where trust begins", AT_SAME(introduction_table),
	    .flags = FIELD_REQUIRED },
};

static const struct table trust_table = { TABLE(trust_fields) };

static const struct field key_fields[] = {
	{ "file", "a PEM file with the private key", AT_TEXT(struct local_authority, file),
	    .format = &format_path },
	{ "pkcs11", "a key in a hardware module", AT_TEXT(struct local_authority, pkcs11),
	    .format = &format_pkcs11_uri },
};

static const struct rule key_rules[] = {
	{ .type = RULE_EXACTLY_ONE, .keys = { "file", "pkcs11" }, .why = "a key is in one place" },
	{ .type = RULE_END },
};

static const struct table key_table = { TABLE(key_fields), .rules = key_rules };

static const struct field authority_fields[] = {
	{ "key", "the CA's private key", AT_SAME(key_table), .flags = FIELD_REQUIRED },
};

static const struct table authority_table = { TABLE(authority_fields) };

static const struct choice ca_choices[] = {
	{ "denied", PERMISSION_DENIED },
	{ "allowed", PERMISSION_ALLOWED },
	{ NULL, 0 },
};

static const struct field limits_fields[] = {
	{ "maxValidity", "no certificate lives longer; absent: no limit",
	    AT_DURATION(struct local_limits, max_validity) },
	{ "ca", "whether CA certificates may be issued at all", AT_CHOICE(struct local_limits, ca),
	    .choices = ca_choices },
	{ "names",
	    "patterns for every DNS name, common name, and host of an e-mail address, URI or UPN; "
	    "absent: no limit",
	    AT_TEXTS(struct local_limits, names), PRESENT(struct local_limits, names_present),
	    .format = &format_dns_pattern },
	{ "addresses",
	    "blocks for every IP address; absent: none where names are limited, else no limit",
	    AT_TEXTS(struct local_limits, addresses),
	    PRESENT(struct local_limits, addresses_present), .format = &format_address_block },
	{ "extendedKeyUsages",
	    "what certificates may be for; those that do not say it are a CA's; absent: no limit",
	    AT_TEXTS(struct local_limits, extended_key_usages),
	    PRESENT(struct local_limits, usages_present), .choices = extended_key_usage_choices,
	    .format = &format_oid, .foreign_values = extended_key_usage_words },
	{ "intentAge", "how old a decision may be when the keeper first sees it",
	    AT_DURATION(struct local_limits, intent_age), .default_text = "7d" },
	{ "perHour", "how many certificates are begun in any hour; absent: no limit",
	    AT_INTEGER(struct local_limits, per_hour), .least = 1, .most = 1000000 },
};

static const struct table limits_table = { TABLE(limits_fields) };

static const struct choice sandbox_choices[] = {
	{ "preferred", SANDBOX_PREFERRED },
	{ "required", SANDBOX_REQUIRED },
	{ "off", SANDBOX_OFF },
	{ NULL, 0 },
};

static const struct field local_fields[] = {
	{ "repository", "the repository that is served", AT_SAME(repository_table),
	    .flags = FIELD_REQUIRED },
	{ "stateDirectory", "where accepted tips and the signer's ledger are kept",
	    AT_TEXT(struct local_configuration, state_directory), .flags = FIELD_REQUIRED,
	    .format = &format_path },
	{ "trust", "which configuration is believed without signatures", AT_SAME(trust_table),
	    .flags = FIELD_REQUIRED },
	{ "signingKey", "an OpenSSH private key, for commits on the output branch",
	    AT_TEXT(struct local_configuration, signing_key), .flags = FIELD_REQUIRED,
	    .format = &format_path },
	{ "authorities", "keys of CertificateAuthorities, by name",
	    AT_STRUCTS_BY_NAME(struct local_configuration, authorities, authority_table) },
	{ "limits", "ceilings that hold whatever the repository says",
	    AT_STRUCT(struct local_configuration, limits, limits_table) },
	{ "user", "whom a daemon that root starts becomes; absent: it stays root, without capabilities",
	    AT_TEXT(struct local_configuration, user), .format = &format_user },
	{ "keeperUser", "the same for the process that holds the keys; absent: `user`",
	    AT_TEXT(struct local_configuration, keeper_user), .format = &format_user },
	{ "checkerUser", "the same for the process that decides everything a second time; absent: `user`",
	    AT_TEXT(struct local_configuration, checker_user), .format = &format_user },
	{ "sandbox", "what to do where the kernel cannot confine the daemon's processes",
	    AT_CHOICE(struct local_configuration, sandbox), .choices = sandbox_choices },
};

static const struct foreign_name local_words[] = {
	{ "introduction", "trust.introduction" },
	{ "branch", "repository.branch" },
	{ "path", "repository.path" },
	{ "url", "repository.url" },
	{ "interval", "repository.interval" },
	{ "state", "stateDirectory" },
	{ NULL, NULL },
};

static const struct table local_table = { TABLE(local_fields), .foreign = local_words };

const struct kind_row kind_reconciler_configuration = {
	.kind = KIND_RECONCILER_CONFIGURATION,
	.name = "ReconcilerConfiguration",
	.doc = "The daemon's local configuration",
	.where = NULL,
	.body = "spec",
	.table = &local_table,
	.size = sizeof(struct local_configuration),
	.name_at = offsetof(struct local_configuration, name),
};
