#include "issue/issued_certificate.h"

#include <limits.h>

#include "base/encoding.h"
#include "issue/authority_certificate.h"

static X509 *
decode(struct text der)
{
	const unsigned char *at = (const unsigned char *)der.at;

	return der.length > LONG_MAX ? NULL : d2i_X509(NULL, &at, (long)der.length);
}

static struct text
serial_number_of(struct arena *arena, const X509 *certificate)
{
	const ASN1_INTEGER *serial_number = X509_get0_serialNumber(certificate);

	return hex_encode(arena, (struct text){ (const char *)ASN1_STRING_get0_data(serial_number),
				     (size_t)ASN1_STRING_length(serial_number) });
}

bool
issued_certificate_matches(struct arena *arena, struct text der, const struct intent *intent,
    struct text *issuer)
{
	X509 *certificate = decode(der);
	moment not_before, not_after;
	bool matches = false;

	if (certificate == NULL)
		return false;
	matches = text_equal(serial_number_of(arena, certificate), intent->serial_number) &&
		  x509_time_read(X509_get0_notBefore(certificate), &not_before) &&
		  x509_time_read(X509_get0_notAfter(certificate), &not_after) &&
		  not_before == intent->not_before && not_after == intent->not_after;
	*issuer = x509_name_text(arena, X509_get_issuer_name(certificate));
	X509_free(certificate);
	return matches && text_present(*issuer);
}

bool
issued_certificate_by(struct text der, EVP_PKEY *key)
{
	X509 *certificate = decode(der);
	bool good = certificate != NULL && X509_verify(certificate, key) == 1;

	X509_free(certificate);
	return good;
}
