#include "manifest/kinds.h"

#include "model/configuration.h"

static const struct field administrators_fields[] = {
	{ "members", "names of the Persons who are administrators",
	    AT_TEXTS(struct repository, administrators), .flags = FIELD_REQUIRED,
	    .format = &format_name, .least = 1 },
	{ "required", "how many of them must sign a change of the configuration",
	    AT_INTEGER(struct repository, administrators_required), .flags = FIELD_REQUIRED,
	    .least = 1, .most = 1000 },
};

static const struct foreign_name administrators_words[] = {
	{ "people", "members" },
	{ "users", "members" },
	{ "quorum", "required" },
	{ "requiredApprovals", "required" },
	{ "groups", ": administrators are listed by name" },
	{ NULL, NULL },
};

static void
validate_administrators(struct decoder *decoder, const struct node *node, void *object)
{
	const struct repository *repository = object;

	if ((size_t)repository->administrators_required > repository->administrators.count)
		REFUSE(decoder, node_value(node, "required"), "OutOfRange",
		    "required: %lld signatures of %zu administrator%s can never be reached",
		    (long long)repository->administrators_required,
		    repository->administrators.count,
		    repository->administrators.count == 1 ? "" : "s");
}

static const struct table administrators_table = {
	TABLE(administrators_fields),
	.foreign = administrators_words,
	.validate = validate_administrators,
};

static const struct field reconciler_fields[] = {
	{ "keys", "SSH public keys that sign the output branch, one for each replica",
	    AT_TEXTS(struct repository, reconciler_keys), .flags = FIELD_REQUIRED,
	    .format = &format_ssh_key, .least = 1 },
};

static const struct table reconciler_table = { TABLE(reconciler_fields) };

static const struct choice unsigned_requests_choices[] = {
	{ "refuse", UNSIGNED_REQUESTS_REFUSE },
	{ "accept", UNSIGNED_REQUESTS_ACCEPT },
	{ NULL, 0 },
};

static const struct field repository_fields[] = {
	{ "id", "random; every signature is bound to it", AT_TEXT(struct repository, id),
	    .flags = FIELD_REQUIRED, .format = &format_repository_id },
	{ "administrators", "who may change the rules", AT_SAME(administrators_table),
	    .flags = FIELD_REQUIRED },
	{ "reconciler", "who may write the output branch", AT_SAME(reconciler_table),
	    .flags = FIELD_REQUIRED },
	{ "unsignedRequests", "what becomes of a request that its requester has not signed",
	    AT_CHOICE(struct repository, unsigned_requests), .choices = unsigned_requests_choices },
};

static const struct table repository_table = {
	TABLE(repository_fields),
	POSITION(struct repository, position),
};

const struct kind_row kind_repository = {
	.kind = KIND_REPOSITORY,
	.name = "Repository",
	.doc = "The repository's identity, and who may change its rules",
	.where = "countersign.yaml",
	.body = "spec",
	.table = &repository_table,
	.size = sizeof(struct repository),
	.name_at = offsetof(struct repository, name),
};
