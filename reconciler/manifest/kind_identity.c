#include "manifest/kinds.h"

#include "model/identity.h"

static const struct choice user_verification_choices[] = {
	{ "optional", USER_VERIFICATION_OPTIONAL },
	{ "required", USER_VERIFICATION_REQUIRED },
	{ NULL, 0 },
};

static const struct field key_fields[] = {
	{ "ssh", "an SSH public key", AT_TEXT(struct identity_key, ssh),
	    .format = &format_ssh_key },
	{ "openpgp", "an OpenPGP public key; its subkeys sign, too",
	    AT_TEXT(struct identity_key, openpgp), .format = &format_openpgp_key },
	{ "x509", "a certificate whose key signs", AT_TEXT(struct identity_key, x509),
	    .format = &format_certificate },
	{ "x509ca", "a CA's certificate: what it issues to email or subject signs",
	    AT_TEXT(struct identity_key, x509ca), .format = &format_certificate },
	{ "email", "with x509ca: an e-mail name in the certificates",
	    AT_TEXT(struct identity_key, email), .format = &format_email },
	{ "subject", "with x509ca: the certificates' subject (RFC 4514), as in CN=Alice,O=Example Inc",
	    AT_TEXT(struct identity_key, subject), .format = &format_line },
	{ "userVerification", "whether a security key must have asked for PIN or fingerprint",
	    AT_CHOICE(struct identity_key, user_verification),
	    .choices = user_verification_choices },
	{ "validAfter", "the first moment at which its signatures count",
	    AT_TIME(struct identity_key, valid_after) },
	{ "validBefore", "the first moment at which they no longer count",
	    AT_TIME(struct identity_key, valid_before) },
};

static const struct rule key_rules[] = {
	{ .type = RULE_EXACTLY_ONE,
	    .keys = { "ssh", "openpgp", "x509", "email", "subject" },
	    .why = "one key an entry; email or subject says whose certificates of x509ca count" },
	{ .type = RULE_WHEN,
	    .when = { "email", NULL },
	    .needs = { { "x509ca", NULL } },
	    .why = "the name counts in certificates of one CA" },
	{ .type = RULE_WHEN,
	    .when = { "subject", NULL },
	    .needs = { { "x509ca", NULL } },
	    .why = "the name counts in certificates of one CA" },
	{ .type = RULE_WHEN,
	    .when = { "x509ca", NULL },
	    .refuses = { "ssh", "openpgp", "x509" },
	    .why = "one key an entry" },
	{ .type = RULE_WHEN,
	    .when = { "userVerification", NULL },
	    .needs = { { "ssh", NULL } },
	    .why = "only security keys (sk-…) can verify their user" },
	{ .type = RULE_END },
};

static const struct foreign_name key_words[] = {
	{ "gpg", "openpgp" },
	{ "pgp", "openpgp" },
	{ "certificate", "x509" },
	{ "ca", "x509ca" },
	{ "issuer", "x509ca" },
	{ "verifyRequired", "userVerification: required" },
	{ "notBefore", "validAfter" },
	{ "notAfter", "validBefore" },
	{ "publicKey", "ssh" },
	{ "expires", "validBefore" },
	{ NULL, NULL },
};

static void
validate_key(struct decoder *decoder, const struct node *node, void *object)
{
	const struct identity_key *key = object;

	if (key->valid_after != 0 && key->valid_before != 0 &&
	    key->valid_after >= key->valid_before)
		REFUSE(decoder, node_value(node, "validBefore"), "OutOfRange",
		    "validBefore is not after validAfter: the key is never valid");
}

static const struct table key_table = {
	TABLE(key_fields),
	POSITION(struct identity_key, position),
	.rules = key_rules,
	.foreign = key_words,
	.validate = validate_key,
};

static const struct foreign_name person_words[] = {
	{ "name", "displayName" },
	{ "fullName", "displayName" },
	{ "mail", "email" },
	{ "emailAddress", "email" },
	{ "sshKeys", "keys: [{ssh: …}]" },
	{ "publicKeys", "keys" },
	{ "key", "keys" },
	{ "groups", ": a Group lists its members" },
	{ "owner", ": a Machine has an owner, a Person has none" },
	{ NULL, NULL },
};

static const struct field person_fields[] = {
	{ "displayName", "the name that people read", AT_TEXT(struct identity, display_name),
	    .format = &format_line },
	{ "email", "where notifications go", AT_TEXT(struct identity, email),
	    .format = &format_email },
	{ "keys", "the keys whose signatures are this person's",
	    AT_STRUCTS(struct identity, keys, key_table), .flags = FIELD_REQUIRED, .least = 1,
	    .most = 100 },
};

static const struct table person_table = {
	TABLE(person_fields),
	POSITION(struct identity, position),
	.foreign = person_words,
};

static void
complete_person(struct arena *arena, struct text path, void *object)
{
	(void)arena;
	(void)path;
	((struct identity *)object)->kind = IDENTITY_PERSON;
}

const struct kind_row kind_person = {
	.kind = KIND_PERSON,
	.name = "Person",
	.doc = "A human being, who may request, approve and administer",
	.where = "identities/",
	.body = "spec",
	.table = &person_table,
	.size = sizeof(struct identity),
	.name_at = offsetof(struct identity, name),
	.complete = complete_person,
};

static const struct foreign_name machine_words[] = {
	{ "owners", "owner" },
	{ "responsible", "owner" },
	{ "user", "owner" },
	{ "publicKeys", "keys" },
	{ "key", "keys" },
	{ "displayName", ": a Machine has none; its owner answers for it" },
	{ "email", ": a Machine has none; its owner is told" },
	{ NULL, NULL },
};

static const struct field machine_fields[] = {
	{ "owner", "the Person who answers for it", AT_TEXT(struct identity, owner),
	    .flags = FIELD_REQUIRED, .format = &format_name },
	{ "keys", "the keys with which it signs its requests",
	    AT_STRUCTS(struct identity, keys, key_table), .flags = FIELD_REQUIRED, .least = 1,
	    .most = 100 },
};

static const struct table machine_table = {
	TABLE(machine_fields),
	POSITION(struct identity, position),
	.foreign = machine_words,
};

static void
complete_machine(struct arena *arena, struct text path, void *object)
{
	(void)arena;
	(void)path;
	((struct identity *)object)->kind = IDENTITY_MACHINE;
}

const struct kind_row kind_machine = {
	.kind = KIND_MACHINE,
	.name = "Machine",
	.doc = "A workload identity: it may request, it never approves",
	.where = "identities/",
	.body = "spec",
	.table = &machine_table,
	.size = sizeof(struct identity),
	.name_at = offsetof(struct identity, name),
	.complete = complete_machine,
};

static const struct field group_fields[] = {
	{ "members", "names of Persons", AT_TEXTS(struct group, members), .flags = FIELD_REQUIRED,
	    .format = &format_name },
};

static const struct foreign_name group_words[] = {
	{ "people", "members" },
	{ "users", "members" },
	{ "groups", ": a Group holds Persons, no other groups" },
	{ NULL, NULL },
};

static const struct table group_table = {
	TABLE(group_fields),
	POSITION(struct group, position),
	.foreign = group_words,
};

const struct kind_row kind_group = {
	.kind = KIND_GROUP,
	.name = "Group",
	.doc = "Persons under one name",
	.where = "identities/",
	.body = "spec",
	.table = &group_table,
	.size = sizeof(struct group),
	.name_at = offsetof(struct group, name),
};
