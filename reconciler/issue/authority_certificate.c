#include "issue/authority_certificate.h"

#include <openssl/x509v3.h>
#include <time.h>

#include "base/digest.h"
#include "issue/der.h"
#include "issue/key_checks.h"
#include "issue/name_constraints.h"
#include "issue/pem.h"

/* The keeper signs up to 64 KiB, and its signature stands behind them. */
enum { CERTIFICATES_MOST = 16, CERTIFICATE_MOST_BYTES = 66 * 1024 };

X509 *
x509_decode(struct text der)
{
	const unsigned char *at = (const unsigned char *)der.at;
	X509 *certificate;

	if (der.length > CERTIFICATE_MOST_BYTES)
		return NULL;
	certificate = d2i_X509(NULL, &at, (long)der.length);
	if (certificate != NULL && at != (const unsigned char *)der.at + der.length) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

X509 *
x509_read(struct arena *arena, struct text pem, struct text *why)
{
	X509 *certificate;
	struct text der;

	if (!pem_single(arena, pem, "CERTIFICATE", &der, why))
		return NULL;
	certificate = x509_decode(der);
	if (certificate == NULL)
		*why = TEXT("the certificate is malformed");
	return certificate;
}

X509 *
x509_read_first(struct arena *arena, struct text *rest, struct text *der, struct text *why)
{
	X509 *certificate;

	if (!pem_next(arena, rest, "CERTIFICATE", der, why))
		return NULL;
	certificate = x509_decode(*der);
	if (certificate == NULL)
		*why = TEXT("the certificate is malformed");
	return certificate;
}

struct text
authority_certificate_handed_out(struct arena *arena,
    const struct authority_certificate *authority)
{
	if (authority->self_issued)
		return TEXT("");
	return pem_encode(arena, "CERTIFICATE", authority->der);
}

bool
x509_read_all(struct arena *arena, struct text pem, STACK_OF(X509) * certificates, struct text *why)
{
	struct text rest = text_trim(pem), der;
	X509 *certificate;

	while (rest.length > 0) {
		if (!pem_next(arena, &rest, "CERTIFICATE", &der, why))
			return false;
		rest = text_trim(rest);
		certificate = x509_decode(der);
		if (certificate == NULL || sk_X509_num(certificates) == CERTIFICATES_MOST ||
		    sk_X509_push(certificates, certificate) == 0) {
			*why = TEXT("a certificate is malformed, or there are more than 16");
			X509_free(certificate);
			return false;
		}
	}
	return true;
}

struct text
x509_name_text(struct arena *arena, const X509_NAME *name)
{
	BIO *memory = BIO_new(BIO_s_mem());
	struct text text = { NULL, 0 };
	char *at = NULL;
	long length;

	/* RFC 4514 keeps the characters that RFC 2253 escaped byte by byte. */
	if (memory != NULL && X509_NAME_print_ex(memory, name, 0,
				  XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		length = BIO_get_mem_data(memory, &at);
		text = text_copy(arena, (struct text){ at == NULL ? "" : at, (size_t)length });
	}
	BIO_free(memory);
	return text;
}

bool
x509_time_read(const ASN1_TIME *time, moment *out)
{
	struct tm broken_down;

	if (ASN1_TIME_to_tm(time, &broken_down) != 1)
		return false;
	*out = timegm(&broken_down);
	return *out > 0;
}

static struct text
encoded_name(struct arena *arena, const X509_NAME *name)
{
	unsigned char *der = NULL;
	int length = i2d_X509_NAME(name, &der);

	return der_taken_over(arena, der, length);
}

/* Why a certificate may not sign others; NULL when it may. */
static const char *
authority_objection(X509 *certificate)
{
	uint32_t flags = X509_get_extension_flags(certificate);
	int basic = X509_get_ext_by_NID(certificate, NID_basic_constraints, -1);

	if ((flags & EXFLAG_INVALID) != 0)
		return "one of its extensions is malformed";
	if (X509_get_version(certificate) != X509_VERSION_3)
		return "it is not of version 3";
	if ((flags & EXFLAG_CA) == 0 || basic < 0)
		return "it is not the certificate of a CA: basicConstraints does not say cA";
	if (!X509_EXTENSION_get_critical(X509_get_ext(certificate, basic)))
		return "its basicConstraints is not critical (RFC 5280 section 4.2.1.9)";
	if ((flags & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(certificate) & X509v3_KU_KEY_CERT_SIGN) == 0)
		return "its keyUsage does not have keyCertSign (RFC 5280 section 4.2.1.3)";
	if ((flags & EXFLAG_CRITICAL) != 0)
		return "it has a critical extension that is not understood";
	if (X509_get0_subject_key_id(certificate) == NULL)
		return "it has no subjectKeyIdentifier (RFC 5280 section 4.2.1.2)";
	if (X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0)
		return "it has no subject (RFC 5280 section 4.1.2.6)";
	return NULL;
}

static bool
read_key(struct arena *arena, X509 *certificate, struct public_key *out, struct text *why)
{
	struct objection objection;
	unsigned char *der = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	struct text whole = der_taken_over(arena, der, length);

	if (!public_key_read(arena, whole, out, &objection) || !key_check(out, &objection)) {
		*why = objection.why;
		return false;
	}
	return true;
}

static void
take_usages(struct arena *arena, X509 *certificate, struct texts *out)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	bool any = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);

		any = any || OBJ_obj2nid(usage) == NID_anyExtendedKeyUsage;
		texts_add(arena, out, text_copy(arena, (struct text){
		    (const char *)OBJ_get0_data(usage), OBJ_length(usage) }));
	}
	if (any)
		*out = (struct texts){ 0 };
	sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
}

static void
take_facts(struct arena *arena, X509 *certificate, struct authority_certificate *out)
{
	const ASN1_OCTET_STRING *identifier = X509_get0_subject_key_id(certificate);

	out->sha256 = digest_sha256_hex(arena, out->der);
	out->subject = encoded_name(arena, X509_get_subject_name(certificate));
	out->subject_text = x509_name_text(arena, X509_get_subject_name(certificate));
	out->key_identifier =
	    text_copy(arena, (struct text){ (const char *)ASN1_STRING_get0_data(identifier),
				 (size_t)ASN1_STRING_length(identifier) });
	out->path_length = X509_get_pathlen(certificate);
	out->self_issued = X509_NAME_cmp(X509_get_subject_name(certificate),
			       X509_get_issuer_name(certificate)) == 0;
	take_usages(arena, certificate, &out->extended_key_usages);
	out->names_constrained = name_constraints_present(certificate);
}

bool
authority_certificate_read(struct arena *arena, struct text pem, struct authority_certificate *out,
    struct text *why)
{
	X509 *certificate = x509_read(arena, pem, why);
	const char *objection;
	bool good = false;

	*out = (struct authority_certificate){ .path_length = -1 };
	if (certificate == NULL)
		return false;
	objection = authority_objection(certificate);
	if (objection != NULL) {
		*why = text_of(objection);
		goto out;
	}
	if (!x509_time_read(X509_get0_notBefore(certificate), &out->not_before) ||
	    !x509_time_read(X509_get0_notAfter(certificate), &out->not_after)) {
		*why = TEXT("its validity is malformed or before 1970");
		goto out;
	}
	if (!read_key(arena, certificate, &out->key, why) ||
	    !pem_single(arena, pem, "CERTIFICATE", &out->der, why))
		goto out;
	take_facts(arena, certificate, out);
	good = text_present(out->subject) && text_present(out->subject_text);
	if (!good)
		*why = TEXT("its subject cannot be written");
out:
	X509_free(certificate);
	return good;
}

bool
authority_permits_names(struct arena *arena, const struct authority_certificate *authority,
    struct text der, struct text *why)
{
	struct text problem;

	if (!authority->names_constrained ||
	    name_constraints_permit(arena, authority->der, der, &problem))
		return true;
	*why = text_printf(arena,
	    "the names are outside the name constraints of the authority's certificate: %.*s",
	    TEXT_ARGUMENTS(problem));
	return false;
}
