#include "trust/signature.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "trust/evp_key.h"
#include "trust/wire.h"

enum { SHOWN_BYTES = 80, ED25519_SIGNATURE_BYTES = 64 };

/* Authenticator data flags (WebAuthn section 6.1). */
enum { FLAG_USER_PRESENT = 0x01, FLAG_USER_VERIFIED = 0x04, FLAG_ATTESTED_DATA = 0x40, FLAG_EXTENSION_DATA = 0x80 };

static const char webauthn_algorithm[] = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

/* A signature blob, taken apart. */
struct parts {
	struct text algorithm;
	struct text value;
	/* of a security key */
	uint8_t flags;
	uint32_t counter;
	/* of a browser */
	struct text origin;
	struct text client_data;
	struct text extensions;
};

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* The hash that the algorithm names, as OpenSSL calls it; NULL for Ed25519. False when it is not the key's. */
static bool
algorithm_hash(const struct ssh_public_key *key, struct text algorithm, const char **hash)
{
	*hash = key->facts->digest;
	if (key->facts->family == KEY_RSA) {
		*hash = text_is(algorithm, "rsa-sha2-512") ? "SHA512" : "SHA256";
		return text_is(algorithm, "rsa-sha2-512") || text_is(algorithm, "rsa-sha2-256");
	}
	if (text_is(algorithm, webauthn_algorithm))
		return key->facts->security_key && key->facts->family == KEY_ECDSA;
	return text_is(algorithm, key->facts->name);
}

static bool
algorithm_refused(struct arena *arena, const struct ssh_public_key *key, struct text algorithm,
    struct text *why)
{
	if (key->facts->family == KEY_RSA && text_is(algorithm, "ssh-rsa"))
		return refuse(why, TEXT("the signature uses RSA with SHA-1 (\"ssh-rsa\"), which can "
		    "be forged; sign with rsa-sha2-512"));
	return refuse(why, text_printf(arena, "the signature's algorithm \"%.*s\" does not belong "
	    "to a %s key", TEXT_ARGUMENTS(text_visible(arena, algorithm, SHOWN_BYTES)),
	    key->facts->name));
}

static bool
parts_read(const struct ssh_public_key *key, struct text blob, struct parts *out)
{
	struct wire wire = { .rest = blob };

	*out = (struct parts){ 0 };
	out->algorithm = wire_string(&wire);
	out->value = wire_string(&wire);
	if (key->facts->security_key) {
		out->flags = wire_byte(&wire);
		out->counter = wire_number(&wire);
	}
	if (text_is(out->algorithm, webauthn_algorithm)) {
		out->origin = wire_string(&wire);
		out->client_data = wire_string(&wire);
		out->extensions = wire_string(&wire);
	}
	return wire_done(&wire);
}

/* --- security keys ------------------------------------------------------------ */

/* Base64 for URLs without padding (RFC 4648 section 5). */
static void
add_base64url(struct buffer *buffer, struct text bytes)
{
	struct text base64 = base64_encode(buffer->arena, bytes);

	for (size_t i = 0; i < base64.length && base64.at[i] != '='; i++)
		buffer_add_byte(buffer, base64.at[i] == '+' ? '-' :
		    base64.at[i] == '/' ? '_' : base64.at[i]);
}

/*
 * A browser signs a JSON text that holds the challenge. WebAuthn section
 * 5.8.1.1 fixes how it begins, so it is compared and not parsed; what stands
 * behind the origin (crossOrigin, extensions) says nothing about the message.
 */
static bool
client_data_holds(struct arena *arena, const struct parts *parts, struct text data)
{
	struct buffer expected = { .arena = arena };

	if (text_find(parts->origin, '"') < parts->origin.length ||
	    text_find(parts->origin, '\0') < parts->origin.length)
		return false;
	buffer_add(&expected, TEXT("{\"type\":\"webauthn.get\",\"challenge\":\""));
	add_base64url(&expected, data);
	buffer_add(&expected, TEXT("\",\"origin\":\""));
	buffer_add(&expected, parts->origin);
	buffer_add_byte(&expected, '"');
	return text_equal(text_first(parts->client_data, expected.length),
	    buffer_text(&expected));
}

static bool
flags_are_good(const struct ssh_public_key *key, const struct parts *parts, struct text *why)
{
	bool extended = (parts->flags & FLAG_EXTENSION_DATA) != 0;

	if ((parts->flags & FLAG_USER_PRESENT) == 0)
		return refuse(why, TEXT("the signature was made without the user's presence (nobody "
		    "touched the security key)"));
	if (key->user_verification && (parts->flags & FLAG_USER_VERIFIED) == 0)
		return refuse(why, TEXT("the signature was made without verifying the user (neither "
		    "PIN nor fingerprint), which this key's entry in identities/ demands; make the key "
		    "with `ssh-keygen -O verify-required`, or sign where the PIN is asked for"));
	if (text_is(parts->algorithm, webauthn_algorithm) &&
	    ((parts->flags & FLAG_ATTESTED_DATA) != 0 ||
	    extended != (parts->extensions.length > 0)))
		return refuse(why, TEXT("the signature's flags contradict its extensions"));
	return true;
}

static void
add_sha256(struct buffer *buffer, struct text text)
{
	uint8_t hash[SHA256_BYTES];

	digest_sha256(text, hash);
	buffer_add(buffer, (struct text){ (const char *)hash, sizeof(hash) });
}

/* What a security key signs in place of `data` (PROTOCOL.u2f); false with `why`. */
static bool
authenticator_data(struct arena *arena, const struct ssh_public_key *key,
    const struct parts *parts, struct text *data, struct text *why)
{
	struct buffer out = { .arena = arena };
	bool webauthn = text_is(parts->algorithm, webauthn_algorithm);

	if (!flags_are_good(key, parts, why))
		return false;
	if (webauthn && !client_data_holds(arena, parts, *data))
		return refuse(why, TEXT("the signature's client data does not hold what was to be "
		    "signed"));
	add_sha256(&out, key->application);
	buffer_add_byte(&out, (char)parts->flags);
	wire_add_number(&out, parts->counter);
	buffer_add(&out, parts->extensions);
	add_sha256(&out, webauthn ? parts->client_data : *data);
	*data = buffer_text(&out);
	return true;
}

/* --- the numbers -------------------------------------------------------------- */

/* Whether 0 < magnitude < order; a positive number has no leading zero octets. */
static bool
is_below(struct text magnitude, struct text order)
{
	if (magnitude.length != order.length)
		return magnitude.length < order.length;
	return text_compare(magnitude, order) < 0;
}

/* ECDSA-Sig-Value (RFC 3279 section 2.2.3) in DER: each number and the whole are below 256 octets. */
static void
add_der_integer(struct buffer *buffer, struct text magnitude)
{
	bool high = (magnitude.at[0] & 0x80) != 0;

	buffer_add_byte(buffer, 0x02);
	buffer_add_byte(buffer, (char)(magnitude.length + high));
	if (high)
		buffer_add_byte(buffer, '\0');
	buffer_add(buffer, magnitude);
}

static bool
ecdsa_value(struct arena *arena, const struct ssh_public_key *key, struct text *value)
{
	struct wire wire = { .rest = *value };
	struct text r = wire_positive(&wire), s = wire_positive(&wire);
	struct buffer numbers = { .arena = arena }, whole = { .arena = arena };

	if (!wire_done(&wire) || !is_below(r, key->facts->order) ||
	    !is_below(s, key->facts->order))
		return false;
	add_der_integer(&numbers, r);
	add_der_integer(&numbers, s);
	buffer_add_byte(&whole, 0x30);
	if (numbers.length >= 0x80)
		buffer_add_byte(&whole, (char)0x81);
	buffer_add_byte(&whole, (char)numbers.length);
	buffer_add(&whole, buffer_text(&numbers));
	*value = buffer_text(&whole);
	return true;
}

/* RFC 8332 section 3: some signers leave out leading zeros; they are put back. */
static bool
rsa_value(struct arena *arena, const struct ssh_public_key *key, struct text *value)
{
	size_t whole = key->modulus.length;
	char *padded;

	if (value->length == whole)
		return true;
	if (value->length == 0 || value->length > whole || value->at[0] == 0)
		return false;
	padded = arena_allocate(arena, whole);
	memcpy(padded + whole - value->length, value->at, value->length);
	*value = (struct text){ padded, whole };
	return true;
}

/* The signature's value as OpenSSL takes it; false when no signer makes one like this. */
static bool
value_read(struct arena *arena, const struct ssh_public_key *key, struct text *value)
{
	if (key->facts->family == KEY_RSA)
		return rsa_value(arena, key, value);
	if (key->facts->family == KEY_ECDSA)
		return ecdsa_value(arena, key, value);
	return value->length == ED25519_SIGNATURE_BYTES;
}

static bool
value_verifies(const struct ssh_public_key *key, const char *hash, struct text value,
    struct text data)
{
	EVP_PKEY *handle = evp_key_new(key);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;
	bool verified;

	verified = handle != NULL && context != NULL &&
	    EVP_DigestVerifyInit_ex(context, &parameters, hash, NULL, NULL, handle, NULL) == 1 &&
	    (key->facts->family != KEY_RSA ||
	    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1) &&
	    EVP_DigestVerify(context, (const unsigned char *)value.at, value.length,
	    (const unsigned char *)data.at, data.length) == 1;
	ERR_clear_error();
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(handle);
	return verified;
}

bool
signature_value_verify(struct arena *arena, const struct ssh_public_key *key, const char *hash,
    struct text value, struct text data, struct text *why)
{
	if (!value_read(arena, key, &value))
		return refuse(why, TEXT("the signature's numbers are not in the form, or not in the "
		    "range, that its algorithm prescribes"));
	if (!value_verifies(key, hash, value, data))
		return refuse(why, TEXT("the signature does not match: what was signed has other "
		    "bytes, or another key signed"));
	return true;
}

bool
signature_verify(struct arena *arena, const struct ssh_public_key *key, struct text blob,
    struct text data, struct text *why)
{
	struct parts parts;
	const char *hash;
	bool whole = parts_read(key, blob, &parts);

	if (!text_present(parts.algorithm))
		return refuse(why, TEXT("the signature is cut short"));
	if (!algorithm_hash(key, parts.algorithm, &hash))
		return algorithm_refused(arena, key, parts.algorithm, why);
	if (!whole)
		return refuse(why, TEXT("the signature is cut short, or something stands behind it"));
	if (key->facts->security_key && !authenticator_data(arena, key, &parts, &data, why))
		return false;
	return signature_value_verify(arena, key, hash, parts.value, data, why);
}
