#include "lib/openpgp_craft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "lib/authenticator.h"
#include "trust/wire.h"

enum { HALF = 32 };

static void
add_short(struct buffer *out, size_t number)
{
	buffer_add_byte(out, (char)(number >> 8));
	buffer_add_byte(out, (char)number);
}

static void
add_integer(struct buffer *out, struct text magnitude)
{
	size_t bits;

	while (magnitude.length > 1 && magnitude.at[0] == 0)
		magnitude = text_skip(magnitude, 1);
	bits = magnitude.length * 8;
	for (unsigned top = (unsigned char)magnitude.at[0]; (top & 0x80) == 0 && bits > 0; top <<= 1)
		bits--;
	add_short(out, bits);
	buffer_add(out, magnitude);
}

struct text
crafted_key_data(struct arena *arena, const struct crafted_key *key)
{
	struct buffer out = { .arena = arena };

	buffer_add_byte(&out, (char)0x99);
	add_short(&out, key->body.length);
	buffer_add(&out, key->body);
	return buffer_text(&out);
}

/* Fills in body and fingerprint: algorithm, curve and point. */
static void
finish_key(struct arena *arena, struct crafted_key *key, struct text curve, struct text point)
{
	struct buffer body = { .arena = arena };
	char *fingerprint = arena_allocate(arena, SHA1_BYTES);
	struct digest_sha1 *digest = digest_sha1_new();

	buffer_add_byte(&body, 4);
	wire_add_number(&body, key->created);
	buffer_add(&body, curve);
	add_integer(&body, point);
	key->body = buffer_text(&body);
	digest_sha1_add(digest, crafted_key_data(arena, key));
	digest_sha1_finish(digest, (uint8_t *)fingerprint);
	key->fingerprint = (struct text){ fingerprint, SHA1_BYTES };
}

struct crafted_key
crafted_key_new(struct arena *arena, uint32_t created)
{
	struct crafted_key key = { .pair = test_key_new("ED25519"), .created = created };
	char point[1 + HALF] = { 0x40 };
	size_t length = HALF;

	assert_int_equal(EVP_PKEY_get_raw_public_key(key.pair, (unsigned char *)point + 1, &length),
	    1);
	finish_key(arena, &key, TEXT("\x16\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"),
	    (struct text){ point, sizeof(point) });
	return key;
}

struct crafted_key
crafted_ecdsa_key_new(struct arena *arena, uint32_t created, const char *curve)
{
	struct crafted_key key = { .pair = test_key_new(curve), .created = created };
	char point[1 + 2 * 66];
	size_t length = 0;

	assert_int_equal(EVP_PKEY_get_octet_string_param(key.pair, "pub", (unsigned char *)point,
	    sizeof(point), &length), 1);
	finish_key(arena, &key, strcmp(curve, "P-256") == 0 ?
	    TEXT("\x13\x08\x2a\x86\x48\xce\x3d\x03\x01\x07") : strcmp(curve, "P-384") == 0 ?
	    TEXT("\x13\x05\x2b\x81\x04\x00\x22") : TEXT("\x13\x05\x2b\x81\x04\x00\x23"),
	    (struct text){ point, length });
	return key;
}

struct text
crafted_user_data(struct arena *arena, const struct crafted_key *key, struct text user)
{
	struct buffer out = { .arena = arena };

	buffer_add(&out, crafted_key_data(arena, key));
	buffer_add_byte(&out, (char)0xb4);
	wire_add_string(&out, user);
	return buffer_text(&out);
}

struct text
crafted_subkey_data(struct arena *arena, const struct crafted_key *key,
    const struct crafted_key *subkey)
{
	struct buffer out = { .arena = arena };

	buffer_add(&out, crafted_key_data(arena, key));
	buffer_add(&out, crafted_key_data(arena, subkey));
	return buffer_text(&out);
}

/* Lengths of packets and subpackets are written alike (RFC 9580 sections 4.2.1 and 5.2.3.7). */
static void
add_length(struct buffer *out, size_t length)
{
	if (length < 192) {
		buffer_add_byte(out, (char)length);
	} else if (length < 8384) {
		buffer_add_byte(out, (char)((length - 192) / 256 + 192));
		buffer_add_byte(out, (char)((length - 192) % 256));
	} else {
		buffer_add_byte(out, (char)255);
		wire_add_number(out, (uint32_t)length);
	}
}

struct text
crafted_packet(struct arena *arena, unsigned tag, struct text body)
{
	struct buffer out = { .arena = arena };

	buffer_add_byte(&out, (char)(0xc0 | tag));
	add_length(&out, body.length);
	buffer_add(&out, body);
	return buffer_text(&out);
}

struct text
crafted_subpacket(struct arena *arena, unsigned type, struct text content)
{
	struct buffer out = { .arena = arena };

	add_length(&out, content.length + 1);
	buffer_add_byte(&out, (char)type);
	buffer_add(&out, content);
	return buffer_text(&out);
}

static void
add_number(struct buffer *out, unsigned type, uint32_t number)
{
	struct buffer content = { .arena = out->arena };

	wire_add_number(&content, number);
	buffer_add(out, crafted_subpacket(out->arena, type, buffer_text(&content)));
}

static struct text
hashed_area(struct arena *arena, const struct crafted_signature *signature,
    const struct crafted_key *issuer)
{
	struct buffer out = { .arena = arena }, named = { .arena = arena };
	char flags = (char)(signature->flags < 0 ? 0 : signature->flags);

	buffer_add_byte(&named, 4);
	buffer_add(&named, issuer->fingerprint);
	if (!signature->no_time)
		add_number(&out, 2, signature->created);
	if (signature->lifetime != 0)
		add_number(&out, 3, signature->lifetime);
	if (signature->key_lifetime != 0)
		add_number(&out, 9, signature->key_lifetime);
	if (signature->flags != 0)
		buffer_add(&out, crafted_subpacket(arena, 27, (struct text){ &flags, 1 }));
	if (!signature->no_fingerprint)
		buffer_add(&out, crafted_subpacket(arena, 33, buffer_text(&named)));
	if (text_present(signature->embedded))
		buffer_add(&out, crafted_subpacket(arena, 32, signature->embedded));
	buffer_add(&out, signature->more_hashed);
	return buffer_text(&out);
}

static const char *
hash_name(uint8_t hash)
{
	return hash == 1 ? "MD5" : hash == 2 ? "SHA1" : hash == 11 ? "SHA224" : hash == 10 ?
	    "SHA512" : hash == 9 ? "SHA384" : "SHA256";
}

/* Both numbers of a signature over the data: by the hash (Ed25519), or with it. */
static void
sign_numbers(struct arena *arena, const struct crafted_key *signer, const char *hash,
    struct text data, struct text numbers[2])
{
	unsigned char digest[EVP_MAX_MD_SIZE], value[2 * HALF];
	size_t digest_bytes = 0, value_bytes = sizeof(value);
	EVP_MD_CTX *context;
	struct wire wire;

	if (!EVP_PKEY_is_a(signer->pair, "ED25519")) {
		wire = (struct wire){ .rest = test_signature_value(arena, signer->pair, hash, data) };
		numbers[0] = wire_positive(&wire);
		numbers[1] = wire_positive(&wire);
		return;
	}
	context = EVP_MD_CTX_new();
	assert_int_equal(EVP_Q_digest(NULL, hash, NULL, data.at, data.length, digest,
	    &digest_bytes), 1);
	assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, signer->pair), 1);
	assert_int_equal(EVP_DigestSign(context, value, &value_bytes, digest, digest_bytes), 1);
	EVP_MD_CTX_free(context);
	numbers[0] = text_copy(arena, (struct text){ (const char *)value, HALF });
	numbers[1] = text_copy(arena, (struct text){ (const char *)value + HALF, HALF });
}

static void
add_numbers(struct arena *arena, struct buffer *body, const struct crafted_key *signer,
    const struct crafted_signature *signature, struct text data)
{
	struct buffer whole = { .arena = arena };
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t digest_bytes = 0;
	struct text covered = buffer_text(body), numbers[2];
	const struct crafted_key *named = signature->named != NULL ? signature->named : signer;

	buffer_add(&whole, data);
	buffer_add(&whole, covered);
	buffer_add_byte(&whole, covered.at[0]);
	buffer_add_byte(&whole, (char)0xff);
	wire_add_number(&whole, (uint32_t)covered.length);
	assert_int_equal(EVP_Q_digest(NULL, hash_name(signature->hash), NULL, whole.at, whole.length,
	    digest, &digest_bytes), 1);
	sign_numbers(arena, signer, hash_name(signature->hash), buffer_text(&whole), numbers);
	if (signature->damaged)
		((char *)(uintptr_t)numbers[0].at)[numbers[0].length - 1] ^= 1;
	add_short(body, (signature->no_key_id ? 0 : 10) + signature->more_unhashed.length);
	if (!signature->no_key_id)
		buffer_add(body, crafted_subpacket(arena, 16, text_skip(named->fingerprint, 12)));
	buffer_add(body, signature->more_unhashed);
	buffer_add(body, (struct text){ (const char *)digest, 2 });
	add_integer(body, numbers[0]);
	add_integer(body, numbers[1]);
}

struct text
crafted_signature_body(struct arena *arena, const struct crafted_key *signer,
    const struct crafted_signature *signature, struct text data)
{
	struct buffer body = { .arena = arena };
	struct text hashed = hashed_area(arena, signature,
	    signature->named != NULL ? signature->named : signer);

	buffer_add_byte(&body, (char)(signature->version == 0 ? 4 : signature->version));
	buffer_add_byte(&body, (char)signature->type);
	buffer_add_byte(&body, signature->algorithm != 0 ? (char)signature->algorithm :
	    EVP_PKEY_is_a(signer->pair, "ED25519") ? 22 : 19);
	buffer_add_byte(&body, (char)(signature->hash == 0 ? 8 : signature->hash));
	add_short(&body, hashed.length);
	buffer_add(&body, hashed);
	add_numbers(arena, &body, signer, signature, data);
	buffer_add(&body, signature->behind);
	return buffer_text(&body);
}

static uint32_t
crc24(struct text bytes)
{
	uint32_t crc = 0xb704ce;

	for (size_t i = 0; i < bytes.length; i++) {
		crc ^= (uint32_t)(unsigned char)bytes.at[i] << 16;
		for (int bit = 0; bit < 8; bit++) {
			crc <<= 1;
			if (crc & 0x1000000)
				crc ^= 0x1864cfb;
		}
	}
	return crc & 0xffffff;
}

struct text
crafted_openpgp_armour(struct arena *arena, const char *name, struct text bytes)
{
	struct buffer out = { .arena = arena };
	struct text base64 = base64_encode(arena, bytes);
	uint32_t crc = crc24(bytes);
	char sum[3] = { (char)(crc >> 16), (char)(crc >> 8), (char)crc };

	buffer_printf(&out, "-----BEGIN PGP %s-----\n\n", name);
	for (; base64.length > 0; base64 = text_skip(base64, 64))
		buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(text_first(base64, 64)));
	buffer_printf(&out, "=%.*s\n-----END PGP %s-----\n",
	    TEXT_ARGUMENTS(base64_encode(arena, (struct text){ sum, sizeof(sum) })), name);
	return buffer_text(&out);
}
