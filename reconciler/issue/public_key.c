#include "issue/public_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <string.h>

#include "base/digest.h"
#include "issue/der.h"

enum { KEY_IDENTIFIER_BYTES = 20, MODULUS_MOST_BYTES = 512, EXPONENT_MOST_BYTES = 32 };

/* AlgorithmIdentifiers, whole: so nothing but these parameters passes. */
static const struct {
	enum key_algorithm algorithm;
	struct text identifier;
	size_t octets; /* of the key; 0: it varies */
} kinds[] = {
	{ KEY_ECDSA_P256,
	    { "\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	      "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
		21 },
	    65 },
	{ KEY_ECDSA_P384,
	    { "\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	      "\x06\x05\x2b\x81\x04\x00\x22",
		18 },
	    97 },
	{ KEY_ED25519, { "\x30\x05\x06\x03\x2b\x65\x70", 7 }, 32 },
	{ KEY_RSA_2048, { "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15 }, 0 },
};

static bool
object(struct objection *objection, const char *code, struct text why)
{
	*objection = (struct objection){ code, why };
	return false;
}

/* Says what an algorithm is that is none of ours. */
static bool
object_to_algorithm(struct arena *arena, struct text identifier, struct objection *objection)
{
	static const struct {
		const char *dotted;
		const char *why;
	} known[] = {
		{ "1.2.840.10045.2.1",
		    "the curve is not P-256 or P-384 by its name: other curves and "
		    "explicit parameters are not accepted" },
		{ "1.2.840.113549.1.1.10",
		    "a key bound to RSASSA-PSS is not accepted: make a plain "
		    "RSA key" },
		{ "1.2.840.113549.1.1.7", "a key bound to RSAES-OAEP is not accepted: make a plain "
					  "RSA key" },
		{ "1.2.840.113549.1.1.1", "the parameters of the RSA key are not NULL" },
		{ "1.2.840.10040.4.1", "DSA keys are not accepted" },
		{ "1.3.101.113", "Ed448 keys are not accepted" },
		{ "1.3.101.110",
		    "a key agreement key (X25519) cannot prove possession by a signature" },
		{ "1.3.101.111",
		    "a key agreement key (X448) cannot prove possession by a signature" },
	};
	struct der_element type;
	struct text content, dotted;

	if (!der_single(identifier, DER_SEQUENCE, &content) ||
	    !der_take(&content, DER_OBJECT_IDENTIFIER, &type) ||
	    !der_identifier_valid(type.content))
		return object(objection, "KeyMalformed", TEXT("the key's algorithm is malformed"));
	dotted = der_identifier_format(arena, type.content);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (text_is(dotted, known[i].dotted))
			return object(objection, "KeyRefused", text_of(known[i].why));
	return object(objection, "KeyRefused",
	    text_printf(arena, "keys of the algorithm %.*s are not accepted",
		TEXT_ARGUMENTS(dotted)));
}

static size_t
bits_of(struct text magnitude)
{
	size_t bits = magnitude.length * 8;

	for (unsigned top = (unsigned char)magnitude.at[0]; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

static bool
read_rsa(struct arena *arena, struct public_key *key, struct objection *objection)
{
	struct der_element modulus, exponent;
	struct text content;
	size_t bits;

	if (!der_single(key->octets, DER_SEQUENCE, &content) ||
	    !der_take(&content, DER_INTEGER, &modulus) ||
	    !der_take(&content, DER_INTEGER, &exponent) || content.length != 0 ||
	    !der_positive(modulus.content, &key->modulus) ||
	    !der_positive(exponent.content, &key->exponent))
		return object(objection, "KeyMalformed", TEXT("the RSA key is malformed"));
	bits = bits_of(key->modulus);
	key->algorithm = bits == 2048   ? KEY_RSA_2048
			 : bits == 3072 ? KEY_RSA_3072
			 : bits == 4096 ? KEY_RSA_4096
					: KEY_NONE;
	if (key->algorithm == KEY_NONE)
		return object(objection, "KeyWeak",
		    text_printf(arena,
			"the RSA key has %zu bits: "
			"2048, 3072 or 4096 are accepted",
			bits));
	if (key->exponent.length > EXPONENT_MOST_BYTES)
		return object(objection, "KeyWeak",
		    TEXT("the RSA key's public exponent is 2^256 or more"));
	return true;
}

static bool
check_octets(struct arena *arena, struct public_key *key, size_t wanted,
    struct objection *objection)
{
	if (key->algorithm != KEY_ED25519 && key->octets.length > 0 &&
	    (key->octets.at[0] == 2 || key->octets.at[0] == 3))
		return object(objection, "KeyRefused",
		    TEXT("the key's point is compressed: only the "
			 "uncompressed form is accepted (RFC 5480 section 2.2)"));
	if (key->octets.length != wanted ||
	    (key->algorithm != KEY_ED25519 && key->octets.at[0] != 4))
		return object(objection, "KeyMalformed",
		    text_printf(arena,
			"the key has %zu octets "
			"and not the %zu of an %.*s key",
			key->octets.length, wanted,
			TEXT_ARGUMENTS(key_algorithm_name(key->algorithm))));
	return true;
}

bool
public_key_read(struct arena *arena, struct text whole, struct public_key *out,
    struct objection *objection)
{
	struct der_element identifier, bits;
	struct text content;

	*out = (struct public_key){ .whole = whole };
	if (!der_single(whole, DER_SEQUENCE, &content) ||
	    !der_take(&content, DER_SEQUENCE, &identifier) ||
	    !der_take(&content, DER_BIT_STRING, &bits) || content.length != 0 ||
	    !der_bits(bits.content, &out->octets))
		return object(objection, "KeyMalformed",
		    TEXT("the SubjectPublicKeyInfo is not well-formed DER"));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!text_equal(identifier.whole, kinds[i].identifier))
			continue;
		out->algorithm = kinds[i].algorithm;
		return out->algorithm == KEY_RSA_2048
			   ? read_rsa(arena, out, objection)
			   : check_octets(arena, out, kinds[i].octets, objection);
	}
	return object_to_algorithm(arena, identifier.whole, objection);
}

/*
 * Keys with a curve and no point. Filling in a copy is several times cheaper
 * than making a key from parameters, which looks the curve up again.
 */
static EVP_PKEY *curve_p256, *curve_p384;
static EC_GROUP *group_p256, *group_p384;
static pthread_once_t curves_once = PTHREAD_ONCE_INIT;

static EVP_PKEY *
make_curve(const char *name)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *curve = NULL;
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    (char *)(uintptr_t)name, 0),
		OSSL_PARAM_construct_end(),
	};

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &curve, EVP_PKEY_KEY_PARAMETERS, parameters) != 1)
		curve = NULL;
	EVP_PKEY_CTX_free(context);
	return curve;
}

static void
make_curves(void)
{
	curve_p256 = make_curve("P-256");
	curve_p384 = make_curve("P-384");
	group_p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	group_p384 = EC_GROUP_new_by_curve_name(NID_secp384r1);
}

/* EC_POINT_oct2point() takes no other points. */
static bool
is_on_curve(const struct public_key *key)
{
	const EC_GROUP *group;
	EC_POINT *point;
	bool good;

	(void)pthread_once(&curves_once, make_curves);
	group = key->algorithm == KEY_ECDSA_P256 ? group_p256 : group_p384;
	point = group == NULL ? NULL : EC_POINT_new(group);
	good = point != NULL && EC_POINT_oct2point(group, point,
	    (const unsigned char *)key->octets.at, key->octets.length, NULL) == 1;
	EC_POINT_free(point);
	return good;
}

static EVP_PKEY *
ec_handle(const struct public_key *key)
{
	EVP_PKEY *curve, *handle;

	(void)pthread_once(&curves_once, make_curves);
	curve = key->algorithm == KEY_ECDSA_P256 ? curve_p256 : curve_p384;
	handle = curve == NULL ? NULL : EVP_PKEY_dup(curve);
	if (handle != NULL && EVP_PKEY_set1_encoded_public_key(handle,
				  (const unsigned char *)key->octets.at, key->octets.length) != 1) {
		EVP_PKEY_free(handle);
		return NULL;
	}
	return handle;
}

/* OpenSSL's parameters hold numbers in the machine's order of bytes. */
static OSSL_PARAM
number(const char *name, struct text magnitude, unsigned char *native)
{
	for (size_t i = 0; i < magnitude.length; i++)
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		native[i] = (unsigned char)magnitude.at[magnitude.length - 1 - i];
#else
		native[i] = (unsigned char)magnitude.at[i];
#endif
	return OSSL_PARAM_construct_BN(name, native, magnitude.length);
}

static EVP_PKEY *
rsa_handle(const struct public_key *key)
{
	unsigned char modulus[MODULUS_MOST_BYTES], exponent[EXPONENT_MOST_BYTES];
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *handle = NULL;
	OSSL_PARAM parameters[] = {
		number(OSSL_PKEY_PARAM_RSA_N, key->modulus, modulus),
		number(OSSL_PKEY_PARAM_RSA_E, key->exponent, exponent),
		OSSL_PARAM_construct_end(),
	};

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &handle, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		handle = NULL;
	EVP_PKEY_CTX_free(context);
	return handle;
}

EVP_PKEY *
public_key_handle(const struct public_key *key)
{
	switch (key->algorithm) {
	case KEY_ECDSA_P256:
	case KEY_ECDSA_P384:
		return ec_handle(key);
	case KEY_ED25519:
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
		    (const unsigned char *)key->octets.at, key->octets.length);
	case KEY_RSA_2048:
	case KEY_RSA_3072:
	case KEY_RSA_4096:
		return rsa_handle(key);
	case KEY_NONE:
		break;
	}
	return NULL;
}

bool
public_key_usable(const struct public_key *key)
{
	EVP_PKEY *handle;

	if (key->algorithm == KEY_ECDSA_P256 || key->algorithm == KEY_ECDSA_P384)
		return is_on_curve(key);
	handle = public_key_handle(key);
	EVP_PKEY_free(handle);
	return handle != NULL;
}

struct text
public_key_identifier(struct arena *arena, const struct public_key *key)
{
	uint8_t digest[SHA256_BYTES];

	digest_sha256(key->octets, digest);
	return (
	    struct text){ arena_copy(arena, digest, KEY_IDENTIFIER_BYTES), KEY_IDENTIFIER_BYTES };
}

struct text
public_key_of(struct arena *arena, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int length = i2d_PUBKEY(key, &der);

	return der_taken_over(arena, der, length);
}
