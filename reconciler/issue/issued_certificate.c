#include "issue/issued_certificate.h"

#include "base/encoding.h"
#include "issue/authority_certificate.h"

static struct text
serial_number_of(struct arena *arena, const X509 *certificate)
{
	const ASN1_INTEGER *serial_number = X509_get0_serialNumber(certificate);

	return hex_encode(arena, (struct text){ (const char *)ASN1_STRING_get0_data(serial_number),
				     (size_t)ASN1_STRING_length(serial_number) });
}

static bool
read_intent(struct arena *arena, const X509 *certificate, struct intent *out)
{
	*out = (struct intent){ .serial_number = serial_number_of(arena, certificate) };
	out->present = x509_time_read(X509_get0_notBefore(certificate), &out->not_before) &&
		       x509_time_read(X509_get0_notAfter(certificate), &out->not_after);
	return out->present;
}

bool
issued_certificate_intent(struct arena *arena, struct text der, struct intent *out)
{
	X509 *certificate = x509_decode(der);
	bool good = certificate != NULL && read_intent(arena, certificate, out);

	X509_free(certificate);
	return good;
}

bool
issued_certificate_matches(struct arena *arena, struct text der, const struct intent *intent,
    struct text *issuer)
{
	X509 *certificate = x509_decode(der);
	struct intent found;
	bool matches;

	if (certificate == NULL)
		return false;
	matches = read_intent(arena, certificate, &found) &&
		  text_equal(found.serial_number, intent->serial_number) &&
		  found.not_before == intent->not_before && found.not_after == intent->not_after;
	*issuer = x509_name_text(arena, X509_get_issuer_name(certificate));
	X509_free(certificate);
	return matches && text_present(*issuer);
}

bool
issued_certificate_by(struct text der, EVP_PKEY *key)
{
	X509 *certificate = x509_decode(der);
	bool good = certificate != NULL && X509_verify(certificate, key) == 1;

	X509_free(certificate);
	return good;
}
