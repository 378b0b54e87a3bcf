#include "trust/certificate.h"

#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "trust/armour.h"
#include "trust/wire.h"

/* OpenSSL's scale (SSL_CTX_set_security_level(3)): 112 bits, so neither SHA-1 nor RSA below 2048. */
enum { SECURITY_LEVEL = 2, SUBJECT_BYTES = 4096 };

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* --- reading ------------------------------------------------------------------------- */

X509 *
certificate_read(struct arena *arena, struct text pem, struct text *why)
{
	const unsigned char *at;
	X509 *certificate;
	struct text der;

	if (!armour_decode(arena, pem, "CERTIFICATE", &der, why))
		return NULL;
	at = (const unsigned char *)der.at;
	certificate = der.length > CERTIFICATE_BYTES ? NULL :
	    d2i_X509(NULL, &at, (long)der.length);
	ERR_clear_error();
	if (certificate != NULL && at == (const unsigned char *)der.at + der.length)
		return certificate;
	X509_free(certificate);
	*why = TEXT("it is no X.509 certificate, or something stands behind it");
	return NULL;
}

struct text
certificate_fingerprint(struct arena *arena, X509 *certificate)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	uint8_t hash[SHA256_BYTES] = { 0 };
	struct text base64;

	if (length > 0)
		digest_sha256((struct text){ (const char *)der, (size_t)length }, hash);
	OPENSSL_free(der);
	base64 = base64_encode(arena, (struct text){ (const char *)hash, sizeof(hash) });
	/* 32 octets always make one character of padding */
	return text_printf(arena, "SHA256:%.*s", (int)base64.length - 1, base64.at);
}

struct text
certificate_id(struct arena *arena, const X509_NAME *issuer, const ASN1_INTEGER *serial)
{
	struct buffer named = { .arena = arena };
	unsigned char *name = NULL, *number = NULL;
	int name_bytes = i2d_X509_NAME(issuer, &name);
	int number_bytes = i2d_ASN1_INTEGER(serial, &number);

	if (name_bytes > 0 && number_bytes > 0) {
		buffer_add(&named, (struct text){ (const char *)name, (size_t)name_bytes });
		buffer_add(&named, (struct text){ (const char *)number, (size_t)number_bytes });
	}
	OPENSSL_free(name);
	OPENSSL_free(number);
	return digest_sha256_hex(arena, buffer_text(&named));
}

static bool
moment_of(const ASN1_TIME *time, moment *out)
{
	struct tm parts = { 0 };

	if (ASN1_TIME_to_tm(time, &parts) != 1)
		return false;
	*out = timegm(&parts);
	return *out > 0;
}

bool
certificate_validity(X509 *certificate, moment *from, moment *until)
{
	if (!moment_of(X509_get0_notBefore(certificate), from) ||
	    !moment_of(X509_get0_notAfter(certificate), until))
		return false;
	*until += 1;                    /* RFC 5280 section 4.1.2.5: notAfter is the last second */
	return *from < *until;
}

/* --- the key ---------------------------------------------------------------------------- */

/* A number, most significant octet first; filled up to so many octets. */
static struct text
number_of(struct arena *arena, EVP_PKEY *key, const char *name, size_t bytes)
{
	BIGNUM *number = NULL;
	struct text out = { NULL, 0 };
	char *octets;

	if (EVP_PKEY_get_bn_param(key, name, &number) == 1) {
		if (bytes == 0)
			bytes = (size_t)BN_num_bytes(number);
		octets = arena_allocate(arena, bytes == 0 ? 1 : bytes);
		if (BN_bn2binpad(number, (unsigned char *)octets, (int)bytes) >= 0)
			out = (struct text){ octets, bytes };
	}
	BN_free(number);
	return out;
}

static void
add_rsa(struct arena *arena, EVP_PKEY *key, struct buffer *blob)
{
	wire_add_string(blob, TEXT("ssh-rsa"));
	wire_add_positive(blob, number_of(arena, key, OSSL_PKEY_PARAM_RSA_E, 0));
	wire_add_positive(blob, number_of(arena, key, OSSL_PKEY_PARAM_RSA_N, 0));
}

static void
add_ed25519(EVP_PKEY *key, struct buffer *blob)
{
	unsigned char octets[32];
	size_t length = sizeof(octets);

	if (EVP_PKEY_get_raw_public_key(key, octets, &length) != 1)
		return;
	wire_add_string(blob, TEXT("ssh-ed25519"));
	wire_add_string(blob, (struct text){ (const char *)octets, length });
}

static void
add_ecdsa(struct arena *arena, EVP_PKEY *key, struct buffer *blob)
{
	static const struct { const char *group, *type, *name; size_t bytes; } curves[] = {
		{ "prime256v1", "ecdsa-sha2-nistp256", "nistp256", 32 },
		{ "secp384r1", "ecdsa-sha2-nistp384", "nistp384", 48 },
		{ "secp521r1", "ecdsa-sha2-nistp521", "nistp521", 66 },
	};
	char group[32] = "";
	struct buffer point = { .arena = arena };

	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1)
		return;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (!text_is(text_of(curves[i].group), group))
			continue;
		buffer_add_byte(&point, 4);
		buffer_add(&point, number_of(arena, key, OSSL_PKEY_PARAM_EC_PUB_X, curves[i].bytes));
		buffer_add(&point, number_of(arena, key, OSSL_PKEY_PARAM_EC_PUB_Y, curves[i].bytes));
		wire_add_string(blob, text_of(curves[i].type));
		wire_add_string(blob, text_of(curves[i].name));
		wire_add_string(blob, buffer_text(&point));
	}
}

bool
certificate_public_key(struct arena *arena, X509 *certificate, struct ssh_public_key *out,
    struct text *why)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	struct buffer blob = { .arena = arena };

	*out = (struct ssh_public_key){ 0 };
	if (key != NULL && EVP_PKEY_is_a(key, "RSA"))
		add_rsa(arena, key, &blob);
	else if (key != NULL && EVP_PKEY_is_a(key, "ED25519"))
		add_ed25519(key, &blob);
	else if (key != NULL && EVP_PKEY_is_a(key, "EC"))
		add_ecdsa(arena, key, &blob);
	ERR_clear_error();
	if (blob.length == 0)
		return refuse(why, TEXT("the certificate's key is not one that is verified here: RSA, "
		    "Ed25519 and the NIST curves P-256, P-384 and P-521 are"));
	return ssh_public_key_decode(arena, buffer_text(&blob), out, why);
}

/* --- what it is for -------------------------------------------------------------------------- */

bool
certificate_may_sign(X509 *certificate, struct text *why)
{
	uint32_t flags = X509_get_extension_flags(certificate);
	uint32_t usage = X509_get_key_usage(certificate);

	ERR_clear_error();
	if ((flags & EXFLAG_INVALID) != 0)
		return refuse(why, TEXT("the certificate has an extension that is malformed"));
	if ((flags & EXFLAG_CRITICAL) != 0)
		return refuse(why, TEXT("the certificate has a critical extension that is not known "
		    "here"));
	/* all ones where there is no such extension */
	if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return refuse(why, TEXT("the certificate's key usage allows neither digitalSignature nor "
		    "nonRepudiation"));
	return true;
}

bool
certificate_may_issue(X509 *certificate)
{
	/* where there is a key usage, it holds it to keyCertSign */
	bool may = X509_check_ca(certificate) == 1 &&
	    (X509_get_extension_flags(certificate) & EXFLAG_KUSAGE) != 0;

	ERR_clear_error();
	return may;
}

/* --- names ------------------------------------------------------------------------------------- */

struct text
certificate_email_form(struct arena *arena, struct text email)
{
	size_t local = text_find(email, '@');
	struct buffer out = { .arena = arena };

	buffer_add(&out, text_first(email, local));
	buffer_add(&out, text_lower(arena, text_skip(email, local)));
	return buffer_text(&out);
}

static struct texts
emails_of(struct arena *arena, X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);
	struct texts emails = { 0 };

	for (int i = 0; i < count && i < CERTIFICATE_NAMES_MOST; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_EMAIL)
			texts_add(arena, &emails, certificate_email_form(arena, (struct text){
			    (const char *)ASN1_STRING_get0_data(name->d.rfc822Name),
			    (size_t)ASN1_STRING_length(name->d.rfc822Name) }));
	}
	GENERAL_NAMES_free(names);
	return emails;
}

static struct text
subject_of(struct arena *arena, X509 *certificate)
{
	BIO *out = BIO_new(BIO_s_mem());
	struct text subject = TEXT("");
	char *at = NULL;
	long length;

	if (out != NULL && X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0,
	    XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		length = BIO_get_mem_data(out, &at);
		if (length > 0 && length <= SUBJECT_BYTES)
			subject = text_copy(arena, (struct text){ at, (size_t)length });
	}
	BIO_free(out);
	return subject;
}

struct certificate_names
certificate_names(struct arena *arena, X509 *certificate)
{
	struct certificate_names names = { .subject = subject_of(arena, certificate),
		.emails = emails_of(arena, certificate) };

	ERR_clear_error();
	return names;
}

/* --- the chain ------------------------------------------------------------------------------------ */

/* What a CA may not issue for, as one for TLS, its certificates cannot be used for, whatever they say. */
static bool
usages_agree(STACK_OF(X509) *chain)
{
	uint32_t usages = XKU_SMIME | XKU_CODE_SIGN;

	for (int i = 0; i < sk_X509_num(chain); i++)
		usages &= X509_get_extended_key_usage(sk_X509_value(chain, i));
	return usages != 0;
}

bool
certificate_issued_by(struct arena *arena, X509 *certificate, X509 *authority,
    STACK_OF(X509) *others, moment at, struct text *why)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *parameters;
	bool issued = false;

	*why = TEXT("its chain could not be looked at");
	if (store == NULL || context == NULL || X509_STORE_add_cert(store, authority) != 1 ||
	    X509_STORE_CTX_init(context, store, certificate, others) != 1)
		goto out;
	parameters = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(parameters, (time_t)at);
	X509_VERIFY_PARAM_set_depth(parameters, CERTIFICATE_CHAIN_MOST);
	X509_VERIFY_PARAM_set_auth_level(parameters, SECURITY_LEVEL);
	/* the named authority may be an intermediate; with X509_STRICT the rest of RFC 5280 is held to */
	if (X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN |
	    X509_V_FLAG_X509_STRICT) != 1)
		goto out;
	issued = X509_verify_cert(context) == 1;
	if (!issued)
		*why = text_copy(arena, text_of(X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(context))));
	else if (!usages_agree(X509_STORE_CTX_get0_chain(context)))
		issued = refuse(why, TEXT("by the extended key usages of the certificate and of the CAs "
		    "above it, it is for neither emailProtection nor codeSigning"));
out:
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	ERR_clear_error();
	return issued;
}
