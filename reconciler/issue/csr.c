#include "issue/csr.h"

#include "base/digest.h"
#include "issue/algorithms.h"
#include "issue/der.h"
#include "issue/key_checks.h"
#include "issue/pem.h"
#include "issue/public_key.h"
#include "issue/x509_names.h"

enum { CSR_MOST_BYTES = 64 * 1024, EXTENSIONS_MOST = 64 };

/* A CertificationRequest (RFC 2986 section 4.2) taken apart. */
struct request_parts {
	struct text signed_part; /* CertificationRequestInfo, whole */
	struct text subject;
	struct text public_key;
	struct text attributes;
	struct text algorithm; /* AlgorithmIdentifier, whole */
	struct text signature;
};

/* What the reading needs, and where its refusals go. */
struct reading {
	struct arena *arena;
	struct position position;
	struct reasons *reasons;
};

static bool
refuse(struct reading *reading, const char *code, struct text why)
{
	reason_add(reading->arena, reading->reasons, reading->position, code, "CSR: %.*s",
	    TEXT_ARGUMENTS(why));
	return false;
}

static bool
malformed(struct reading *reading, const char *what)
{
	return refuse(reading, "CsrMalformed",
	    text_printf(reading->arena,
		"%s is not well-formed DER "
		"as RFC 2986 has it",
		what));
}

static bool
split_request(struct reading *reading, struct text der, struct request_parts *out)
{
	struct der_element info, element;
	struct text rest, inner;

	if (!der_single(der, DER_SEQUENCE, &rest) || !der_take(&rest, DER_SEQUENCE, &info) ||
	    !der_take(&rest, DER_SEQUENCE, &element))
		return malformed(reading, "the request");
	out->signed_part = info.whole;
	out->algorithm = element.whole;
	if (!der_take(&rest, DER_BIT_STRING, &element) || rest.length != 0 ||
	    !der_bits(element.content, &out->signature))
		return malformed(reading, "the signature");
	inner = info.content;
	if (!der_take(&inner, DER_INTEGER, &element))
		return malformed(reading, "the version");
	if (element.content.length != 1 || element.content.at[0] != 0)
		return refuse(reading, "CsrMalformed", TEXT("its version is not 0"));
	if (!der_take(&inner, DER_SEQUENCE, &element))
		return malformed(reading, "the subject");
	out->subject = element.whole;
	if (!der_take(&inner, DER_SEQUENCE, &element))
		return malformed(reading, "the SubjectPublicKeyInfo");
	out->public_key = element.whole;
	if (!der_take(&inner, DER_CONTEXT(0), &element) || inner.length != 0)
		return malformed(reading, "the set of attributes");
	out->attributes = element.content;
	return true;
}

/* The names in a list of extensions; other extensions are never copied, so only their form matters. */
static bool
read_extensions(struct reading *reading, struct text extensions, struct x509_names *names)
{
	static const struct text alt_name_identifier = { "\x55\x1d\x11", 3 };
	struct texts seen = { 0 };
	struct der_element extension, type, value, critical;
	struct text rest, inner, why;

	if (!der_single(extensions, DER_SEQUENCE, &rest))
		return malformed(reading, "the list of requested extensions");
	while (rest.length > 0) {
		if (seen.count == EXTENSIONS_MOST || !der_take(&rest, DER_SEQUENCE, &extension))
			return malformed(reading, "the list of requested extensions");
		inner = extension.content;
		if (!der_take(&inner, DER_OBJECT_IDENTIFIER, &type) ||
		    !der_identifier_valid(type.content))
			return malformed(reading, "a requested extension");
		if (der_take(&inner, DER_BOOLEAN, &critical) &&
		    (critical.content.length != 1 || (unsigned char)critical.content.at[0] != 0xff))
			return malformed(reading, "a requested extension");
		if (!der_take(&inner, DER_OCTET_STRING, &value) || inner.length != 0)
			return malformed(reading, "a requested extension");
		if (texts_contain(&seen, type.content))
			return refuse(reading, "CsrMalformed",
			    text_printf(reading->arena, "it requests the extension %.*s twice",
				TEXT_ARGUMENTS(
				    der_identifier_format(reading->arena, type.content))));
		texts_add(reading->arena, &seen, type.content);
		if (text_equal(type.content, alt_name_identifier) &&
		    !x509_alt_names_read(reading->arena, value.content, names, &why))
			return refuse(reading, "CsrName", why);
	}
	return true;
}

/*
 * Attributes (RFC 2986 section 4.1): of interest is extensionRequest
 * (RFC 2985 section 5.4.2), and the older form of it that Microsoft's tools write.
 */
static bool
read_attributes(struct reading *reading, struct text attributes, struct x509_names *names)
{
	static const struct text extension_request = { "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e", 9 };
	static const struct text older_request = { "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e", 10 };
	struct der_element attribute, type, values, value;
	struct text inner, set;
	bool seen = false;

	while (attributes.length > 0) {
		if (!der_take(&attributes, DER_SEQUENCE, &attribute))
			return malformed(reading, "the set of attributes");
		inner = attribute.content;
		if (!der_take(&inner, DER_OBJECT_IDENTIFIER, &type) ||
		    !der_identifier_valid(type.content) || !der_take(&inner, DER_SET, &values) ||
		    inner.length != 0)
			return malformed(reading, "an attribute");
		if (!text_equal(type.content, extension_request) &&
		    !text_equal(type.content, older_request))
			continue;
		set = values.content;
		if (!der_next(&set, &value))
			return malformed(reading, "the extension request");
		if (seen || set.length != 0)
			return refuse(reading, "CsrMalformed",
			    TEXT("it has more than one extension "
				 "request"));
		seen = true;
		if (!read_extensions(reading, value.whole, names))
			return false;
	}
	return true;
}

/* The key is acceptable, and whoever made the request holds its private half. */
static bool
check_possession(struct reading *reading, const struct request_parts *parts, struct public_key *key)
{
	enum signature_algorithm algorithm = signature_algorithm_read(parts->algorithm);
	struct objection objection;
	EVP_PKEY *handle;
	bool good;

	if (!public_key_read(reading->arena, parts->public_key, key, &objection) ||
	    !key_check(key, &objection))
		return refuse(reading, objection.code, objection.why);
	if (algorithm == SIGNATURE_NONE)
		return refuse(reading, "CsrSignature",
		    signature_algorithm_objection(reading->arena, parts->algorithm));
	if (!key_signs_with(key->algorithm, algorithm))
		return refuse(reading, "CsrSignature",
		    text_printf(reading->arena,
			"a signature by %s "
			"cannot be made with an %.*s key",
			signature_algorithm_name(algorithm),
			TEXT_ARGUMENTS(key_algorithm_name(key->algorithm))));
	handle = public_key_handle(key);
	if (handle == NULL)
		return refuse(reading, "KeyMalformed",
		    TEXT("the public key is not a point on its "
			 "curve"));
	good = signature_algorithm_verify(handle, algorithm, parts->signed_part, parts->signature);
	EVP_PKEY_free(handle);
	return good || refuse(reading, "CsrSignature",
			   TEXT("its signature is not by the key that it "
				"holds: possession of the private key is not proven"));
}

static bool
decode_pem(struct reading *reading, struct text pem, struct text *der)
{
	struct text why, again;

	if (text_empty(text_trim(pem)))
		return refuse(reading, "CsrMissing", TEXT("there is none"));
	if (pem.length > CSR_MOST_BYTES)
		return refuse(reading, "CsrMalformed", TEXT("it is longer than 64 KiB"));
	if (pem_single(reading->arena, pem, "CERTIFICATE REQUEST", der, &why) ||
	    pem_single(reading->arena, pem, "NEW CERTIFICATE REQUEST", der, &again))
		return true;
	return refuse(reading, "CsrMalformed", why);
}

bool
csr_read(struct arena *arena, struct text pem, struct position position, struct csr_facts *out,
    struct reasons *reasons)
{
	struct reading reading = { arena, position, reasons };
	struct request_parts parts = { 0 };
	struct x509_names names = { 0 };
	struct public_key key;
	struct text der, why;

	*out = (struct csr_facts){ .good = false };
	/* The signature last: it costs most. */
	if (!decode_pem(&reading, pem, &der) || !split_request(&reading, der, &parts))
		return false;
	if (!x509_subject_read(arena, parts.subject, &names, &why))
		return refuse(&reading, "CsrName", why);
	if (!read_attributes(&reading, parts.attributes, &names) ||
	    !check_possession(&reading, &parts, &key))
		return false;
	*out = (struct csr_facts){
		.good = true,
		.public_key_sha256 = digest_sha256_hex(arena, key.whole),
		.public_key = key.whole,
		.key_algorithm = key_algorithm_name(key.algorithm),
		.subject = names.subject,
		.alt_names = names.alt_names,
		.has_unknown_names = names.unknown.count > 0,
		.unknown_names = texts_join(arena, &names.unknown, ", "),
	};
	return true;
}
