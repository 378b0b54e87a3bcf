#include "lib/authenticator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "trust/wire.h"

enum { RSA_BITS = 2048 };

EVP_PKEY *
test_key_new(const char *kind)
{
	EVP_PKEY *key = strcmp(kind, "ED25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") :
	    strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(RSA_BITS) : EVP_EC_gen(kind);

	assert_non_null(key);
	return key;
}

static struct text
magnitude_of(struct arena *arena, const BIGNUM *number)
{
	char *bytes = arena_allocate(arena, (size_t)BN_num_bytes(number) + 1);

	return (struct text){ bytes, (size_t)BN_bn2bin(number, (unsigned char *)bytes) };
}

struct text
test_mpint(struct arena *arena, struct text magnitude)
{
	struct buffer out = { .arena = arena }, mpint = { .arena = arena };

	if (magnitude.length > 0 && (magnitude.at[0] & 0x80) != 0)
		buffer_add_byte(&mpint, '\0');
	buffer_add(&mpint, magnitude);
	wire_add_string(&out, buffer_text(&mpint));
	return buffer_text(&out);
}

static struct text
number_of(struct arena *arena, EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;
	struct text mpint;

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	mpint = test_mpint(arena, magnitude_of(arena, number));
	BN_free(number);
	return mpint;
}

static struct text
public_value(struct arena *arena, EVP_PKEY *key)
{
	char *bytes = arena_allocate(arena, 256);
	size_t length = 256;

	if (EVP_PKEY_is_a(key, "ED25519"))
		assert_int_equal(EVP_PKEY_get_raw_public_key(key, (unsigned char *)bytes, &length), 1);
	else
		assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
		    (unsigned char *)bytes, length, &length), 1);
	return (struct text){ bytes, length };
}

static const char *
curve_of(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	return bits == 256 ? "nistp256" : bits == 384 ? "nistp384" : "nistp521";
}

static const char *
type_of(struct arena *arena, EVP_PKEY *key, bool security_key)
{
	if (EVP_PKEY_is_a(key, "RSA"))
		return "ssh-rsa";
	if (EVP_PKEY_is_a(key, "ED25519"))
		return security_key ? "sk-ssh-ed25519@openssh.com" : "ssh-ed25519";
	return arena_printf(arena, "%secdsa-sha2-%s%s", security_key ? "sk-" : "", curve_of(key),
	    security_key ? "@openssh.com" : "");
}

struct text
test_key_blob(struct arena *arena, EVP_PKEY *key, const char *application)
{
	struct buffer out = { .arena = arena };

	wire_add_string(&out, text_of(type_of(arena, key, application != NULL)));
	if (EVP_PKEY_is_a(key, "RSA")) {
		buffer_add(&out, number_of(arena, key, OSSL_PKEY_PARAM_RSA_E));
		buffer_add(&out, number_of(arena, key, OSSL_PKEY_PARAM_RSA_N));
	} else {
		if (EVP_PKEY_is_a(key, "EC"))
			wire_add_string(&out, text_of(curve_of(key)));
		wire_add_string(&out, public_value(arena, key));
	}
	if (application != NULL)
		wire_add_string(&out, text_of(application));
	return buffer_text(&out);
}

struct text
test_signature_blob(struct arena *arena, const char *algorithm, struct text value)
{
	struct buffer out = { .arena = arena };

	wire_add_string(&out, text_of(algorithm));
	wire_add_string(&out, value);
	return buffer_text(&out);
}

/* The two numbers of a DER ECDSA signature as mpints. */
static struct text
mpints(struct arena *arena, struct text der)
{
	const unsigned char *at = (const unsigned char *)der.at;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.length);
	struct buffer out = { .arena = arena };

	assert_non_null(signature);
	buffer_add(&out, test_mpint(arena, magnitude_of(arena, ECDSA_SIG_get0_r(signature))));
	buffer_add(&out, test_mpint(arena, magnitude_of(arena, ECDSA_SIG_get0_s(signature))));
	ECDSA_SIG_free(signature);
	return buffer_text(&out);
}

struct text
test_signature_value(struct arena *arena, EVP_PKEY *key, const char *hash, struct text data)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char *bytes = arena_allocate(arena, 4096);
	size_t length = 4096;
	struct text value;

	assert_int_equal(EVP_DigestSignInit_ex(context, NULL, hash, NULL, NULL, key, NULL), 1);
	assert_int_equal(EVP_DigestSign(context, (unsigned char *)bytes, &length,
	    (const unsigned char *)data.at, data.length), 1);
	EVP_MD_CTX_free(context);
	value = (struct text){ bytes, length };
	return EVP_PKEY_is_a(key, "EC") ? mpints(arena, value) : value;
}

struct text
test_key_sign(struct arena *arena, EVP_PKEY *key, struct text data)
{
	const char *hash = EVP_PKEY_is_a(key, "ED25519") ? NULL :
	    EVP_PKEY_is_a(key, "RSA") ? "SHA512" :
	    EVP_PKEY_get_bits(key) == 256 ? "SHA256" :
	    EVP_PKEY_get_bits(key) == 384 ? "SHA384" : "SHA512";

	return test_signature_blob(arena, EVP_PKEY_is_a(key, "RSA") ? "rsa-sha2-512" :
	    type_of(arena, key, false), test_signature_value(arena, key, hash, data));
}

static void
add_sha256(struct buffer *buffer, struct text text)
{
	uint8_t hash[SHA256_BYTES];

	digest_sha256(text, hash);
	buffer_add(buffer, (struct text){ (const char *)hash, sizeof(hash) });
}

static struct text
client_data_for(struct arena *arena, const struct authenticator *authenticator,
    struct text data)
{
	struct text challenge = base64_encode(arena, data);
	char *url = text_string(arena, challenge);

	for (char *c = url; *c != '\0'; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	return text_printf(arena, "{\"type\":\"webauthn.get\",\"challenge\":\"%s\",\"origin\":\"%.*s\","
	    "\"crossOrigin\":false}", url, TEXT_ARGUMENTS(authenticator->origin));
}

struct text
authenticator_sign(struct arena *arena, const struct authenticator *authenticator,
    struct text data)
{
	struct buffer to_sign = { .arena = arena }, out = { .arena = arena };
	bool ed25519 = EVP_PKEY_is_a(authenticator->key, "ED25519");
	struct text client_data = authenticator->client_data;

	if (!text_present(client_data))
		client_data = client_data_for(arena, authenticator, data);
	add_sha256(&to_sign, text_of(authenticator->application));
	buffer_add_byte(&to_sign, (char)authenticator->flags);
	wire_add_number(&to_sign, authenticator->counter);
	buffer_add(&to_sign, authenticator->extensions);
	add_sha256(&to_sign, authenticator->browser ? client_data : data);
	buffer_add(&out, test_signature_blob(arena, authenticator->browser ?
	    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com" :
	    type_of(arena, authenticator->key, true),
	    test_signature_value(arena, authenticator->key, ed25519 ? NULL : "SHA256",
	    buffer_text(&to_sign))));
	buffer_add_byte(&out, (char)authenticator->flags);
	wire_add_number(&out, authenticator->counter);
	if (authenticator->browser) {
		wire_add_string(&out, authenticator->origin);
		wire_add_string(&out, client_data);
		wire_add_string(&out, authenticator->extensions);
	}
	return buffer_text(&out);
}
