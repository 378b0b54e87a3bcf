#include "issue/certificate_check.h"

#include <openssl/x509.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "issue/authority_certificate.h"
#include "issue/certificate.h"
#include "issue/der.h"
#include "issue/lint.h"
#include "issue/order.h"
#include "issue/pem.h"
#include "issue/public_key.h"
#include "model/plan_text.h"

static bool
fault(struct certificate_found *out, const char *code, struct text why)
{
	out->code = code;
	out->why = why;
	return false;
}

/* Lower-case hex of the magnitude; absent for a negative number. */
static struct text
serial_of(struct arena *arena, const X509 *certificate)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	struct text hex = { NULL, 0 };

	if (number != NULL && !BN_is_negative(number)) {
		size_t length = (size_t)BN_num_bytes(number);
		unsigned char *octets = arena_allocate(arena, length + 1);

		(void)BN_bn2bin(number, octets);
		hex = hex_encode(arena, (struct text){ (const char *)octets, length });
	}
	BN_free(number);
	return hex;
}

static bool
check_key(struct arena *arena, const X509 *certificate, const struct plan *plan,
    struct public_key *key, struct certificate_found *out)
{
	struct objection objection = { 0 };
	unsigned char *bytes = NULL;
	int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
	struct text whole = der_taken_over(arena, bytes, length);

	if (!text_present(whole) ||
	    !text_equal(digest_sha256_hex(arena, whole), plan->public_key_sha256))
		return fault(out, "PublicKeyDiffers",
		    TEXT("the public key is not the one that the plan names"));
	return public_key_read(arena, whole, key, &objection) ||
	       fault(out, "PublicKeyDiffers", objection.why);
}

static bool
check_signature(X509 *certificate, const struct authority_certificate *authority,
    struct certificate_found *out)
{
	EVP_PKEY *key = public_key_handle(&authority->key);
	bool good = key != NULL && X509_verify(certificate, key) == 1;

	EVP_PKEY_free(key);
	return good || fault(out, "CertificateNotSigned",
			   TEXT("the signature is not one of the authority whose certificate the "
				"plan names"));
}

static bool
check_chain(struct arena *arena, struct text pem, const struct certificate_claim *claim,
    const struct authority_certificate *authority, struct certificate_found *out)
{
	struct text above = authority_certificate_handed_out(arena, authority);
	struct text expected = claim->alone
				   ? certificate_with_chain(arena, out->der, TEXT(""), TEXT(""))
				   : certificate_with_chain(arena, out->der, above, claim->chain);

	return text_equal(pem, expected) ||
	       fault(out, "ChainDiffers",
		   TEXT("behind the certificate stand other bytes than the intermediates of its "
			"authority"));
}

/* Everything that plan, intent and authority say of the certificate. */
static bool
check_content(struct arena *arena, X509 *certificate, const struct certificate_claim *claim,
    const struct plan *plan, const struct authority_certificate *authority,
    struct certificate_found *out)
{
	struct public_key key;
	struct lint_expectation expected = { plan, claim->intent, &key, authority };
	struct text why = { NULL, 0 };

	if (!check_key(arena, certificate, plan, &key, out))
		return false;
	if (!order_check_intent(arena, plan, claim->intent, authority, &why) ||
	    !certificate_lint(arena, out->der, &expected, &why) ||
	    !authority_permits_names(arena, authority, out->der, &why))
		return fault(out, "CertificateDiffers", why);
	return true;
}

static bool
check_against(struct arena *arena, X509 *certificate, struct text pem,
    const struct certificate_claim *claim, struct certificate_found *out)
{
	const struct authority_certificate *authority = claim->authority;
	struct text why = { NULL, 0 };
	struct plan plan;

	if (!plan_parse(arena, claim->plan, &plan, &why))
		return fault(out, "CertificateDiffers", why);
	if (!text_equal(out->serial_number, claim->intent->serial_number))
		return fault(out, "SerialDiffers",
		    text_printf(arena, "the serial number is %.*s, but the intent fixed %.*s",
			TEXT_ARGUMENTS(out->serial_number),
			TEXT_ARGUMENTS(claim->intent->serial_number)));
	if (authority == NULL)
		return fault(out, "AuthorityDiffers",
		    TEXT("no authority is known with the certificate that the plan names"));
	if (!text_equal(authority->sha256, plan.authority_certificate_sha256))
		return fault(out, "AuthorityDiffers",
		    TEXT("the authority's certificate is not the one that the plan names"));
	out->issuer = authority->subject_text;
	return check_signature(certificate, authority, out) &&
	       check_content(arena, certificate, claim, &plan, authority, out) &&
	       check_chain(arena, pem, claim, authority, out);
}

const struct authority_certificate *
certificate_check_authority(struct arena *arena, struct text pem, struct text *why)
{
	struct authority_certificate *authority = ARENA_NEW(arena, struct authority_certificate);

	return authority_certificate_read(arena, pem, authority, why) ? authority : NULL;
}

bool
certificate_check(struct arena *arena, struct text pem, const struct certificate_claim *claim,
    struct certificate_found *out)
{
	X509 *certificate;
	struct text rest = pem;
	bool good;

	*out = (struct certificate_found){ 0 };
	certificate = x509_read_first(arena, &rest, &out->der, &out->why);
	if (certificate == NULL)
		return fault(out, "CertificateMalformed", out->why);
	out->sha256 = digest_sha256_hex(arena, out->der);
	out->serial_number = serial_of(arena, certificate);
	good = check_against(arena, certificate, pem, claim, out);
	X509_free(certificate);
	return good;
}
