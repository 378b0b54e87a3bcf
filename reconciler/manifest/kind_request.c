#include "manifest/kinds.h"

#include "model/request.h"

static const struct field basic_constraints_fields[] = {
	{ "ca", "whether the certificate is a CA's", AT_BOOLEAN(struct request, ca) },
	{ "pathLength", "how many CAs may stand below it", AT_INTEGER(struct request, path_length),
	    .most = 100, .by_default = -1 },
};

static const struct rule basic_constraints_rules[] = {
	{ .type = RULE_WHEN,
	    .when = { "pathLength", NULL },
	    .needs = { { "ca", "true" } },
	    .why = "only a CA certificate has a path length" },
	{ .type = RULE_END },
};

static const struct foreign_name basic_constraints_words[] = {
	{ "isCA", "ca" },
	{ "maxPathLength", "pathLength" },
	{ "maxPathLen", "pathLength" },
	{ "pathLen", "pathLength" },
	{ "pathLenConstraint", "pathLength" },
	{ NULL, NULL },
};

static const struct table basic_constraints_table = {
	TABLE(basic_constraints_fields),
	.rules = basic_constraints_rules,
	.foreign = basic_constraints_words,
};

static const struct field request_fields[] = {
	{ "repository", "the repository's id; needed where the requester signs",
	    AT_TEXT(struct request, repository), .format = &format_repository_id },
	{ "profile", "the CertificateProfile by which it is issued",
	    AT_TEXT(struct request, profile), .flags = FIELD_REQUIRED, .format = &format_name },
	{ "requester", "the Person or Machine who asks", AT_TEXT(struct request, requester),
	    .flags = FIELD_REQUIRED, .format = &format_name },
	{ "onBehalfOf", "the Person for whom a gateway asks", AT_TEXT(struct request, on_behalf_of),
	    .format = &format_name },
	{ "justification", "why; the approvers read it", AT_TEXT(struct request, justification),
	    .format = &format_note },
	{ "csr", "the certification request (PKCS#10): gives the public key and proves possession",
	    AT_TEXT(struct request, csr), .flags = FIELD_REQUIRED,
	    .format = &format_certificate_request, POSITION(struct request, csr_position) },
	{ "subject", "the subject's name", AT_STRUCT(struct request, subject, subject_names_table),
	    PRESENT(struct request, subject_present) },
	{ "altNames", "the subject's alternative names",
	    AT_STRUCT(struct request, alt_names, alt_names_table),
	    PRESENT(struct request, alt_names_present) },
	{ "keyUsages", "what the key may do", AT_TEXTS(struct request, key_usages),
	    PRESENT(struct request, key_usages_present), .choices = key_usage_choices,
	    .foreign_values = key_usage_words },
	{ "extendedKeyUsages", "what the certificate is for",
	    AT_TEXTS(struct request, extended_key_usages),
	    PRESENT(struct request, extended_key_usages_present),
	    .choices = extended_key_usage_choices, .format = &format_oid,
	    .foreign_values = extended_key_usage_words },
	{ "basicConstraints", "whether it is a CA certificate", AT_SAME(basic_constraints_table) },
	{ "ttl", "how long it is valid; the profile's default otherwise",
	    AT_DURATION(struct request, ttl) },
	{ "notBefore", "when its validity begins; at issuance otherwise",
	    AT_TIME(struct request, not_before) },
};

static const struct foreign_name request_words[] = {
	{ "dnsNames", "altNames.dns" },
	{ "ipAddresses", "altNames.ip" },
	{ "emailAddresses", "altNames.email" },
	{ "emailSANs", "altNames.email" },
	{ "uris", "altNames.uri" },
	{ "otherNames", "altNames.upn" },
	{ "subjectAltNames", "altNames" },
	{ "sans", "altNames" },
	{ "duration", "ttl" },
	{ "validity", "ttl" },
	{ "expiresIn", "ttl" },
	{ "notAfter", "ttl, counted from notBefore" },
	{ "usages", "keyUsages (and extendedKeyUsages)" },
	{ "extKeyUsages", "extendedKeyUsages" },
	{ "isCA", "basicConstraints.ca" },
	{ "issuerRef", "profile: a CertificateProfile names the authority" },
	{ "profileId", "profile" },
	{ "profileName", "profile" },
	{ "certificateProfile", "profile" },
	{ "template", "profile" },
	{ "request", "csr, in PEM" },
	{ "user", "requester" },
	{ "username", "requester" },
	{ "comment", "justification" },
	{ "reason", "justification" },
	{ "literalSubject", "subject, with a key for each attribute" },
	{ "secretName", ": there is no secret: the private key stays with whoever made the csr" },
	{ "privateKey", ": the private key stays with whoever made the csr" },
	{ "keystores", ": the private key stays with whoever made the csr" },
	{ "renewBefore", ": renewal is the profile's: renewal.before of the CertificateProfile" },
	{ "signatureAlgorithm", ": it follows from the authority's key" },
	{ "keyAlgorithm", ": it follows from the csr" },
	{ "revisionHistoryLimit", ": history is git's" },
	{ NULL, NULL },
};

static void
keep_place(struct decoder *decoder, struct request *request, struct text field,
    const struct node *value)
{
	struct field_place place = { .field = field, .position = decode_position(decoder, value) };

	for (size_t i = 0; i < value->items.count; i++)
		*ARRAY_ADD(decoder->arena, &place.items) =
		    decode_position(decoder, value->items.at[i]);
	*ARRAY_ADD(decoder->arena, &request->places) = place;
}

/* Keeps where each value stands, two levels deep as the fields are, for what is judged later. */
static void
keep_places(struct decoder *decoder, const struct node *node, struct request *request,
    struct text around)
{
	for (size_t i = 0; i < node->pairs.count; i++) {
		const struct node *value = node->pairs.at[i].value;
		struct text field = node->pairs.at[i].key->text;

		if (text_present(around))
			field = text_printf(decoder->arena, "%.*s.%.*s", TEXT_ARGUMENTS(around),
			    TEXT_ARGUMENTS(field));
		keep_place(decoder, request, field, value);
		if (!text_present(around))
			keep_places(decoder, value, request, field);
	}
}

static void
validate_request(struct decoder *decoder, const struct node *node, void *object)
{
	keep_places(decoder, node, object, (struct text){ NULL, 0 });
}

static const struct table request_table = {
	TABLE(request_fields),
	POSITION(struct request, position),
	.validate = validate_request,
	.foreign = request_words,
};

static void
complete_request(struct arena *arena, struct text path, void *object)
{
	struct request *request = object;

	request->id = text_copy(arena, kinds_request_id(path, request->name));
}

const struct kind_row kind_certificate_request = {
	.kind = KIND_CERTIFICATE_REQUEST,
	.name = "CertificateRequest",
	.doc = "Asks for a certificate",
	.where = "requests/",
	.body = "spec",
	.table = &request_table,
	.size = sizeof(struct request),
	.name_at = offsetof(struct request, name),
	.complete = complete_request,
};
