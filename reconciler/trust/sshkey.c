#include "trust/sshkey.h"

#include <stdint.h>
#include <string.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "trust/evp_key.h"
#include "trust/wire.h"

enum { SHOWN_BYTES = 80, ED25519_BYTES = 32, EXPONENT_BYTES = 8 };

#define ACCEPTED_TYPES "accepted are ssh-ed25519, ecdsa-sha2-nistp256, -nistp384 and -nistp521, ssh-rsa of " \
	"2048 bits or more, sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com"

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* --- what the numbers must be ------------------------------------------------ */

/*
 * The encodings of the points whose order divides eight, without the sign
 * bit. Under such a key anybody can make signatures that verify.
 */
static bool
ed25519_is_weak(struct text key)
{
	static const unsigned char small_order[][ED25519_BYTES] = {
		{ 0 },
		{ 1 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		  0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
		{ 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2,
		  0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38,
		  0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
		{ 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d,
		  0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7,
		  0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
	};
	unsigned char unsigned_key[ED25519_BYTES];

	memcpy(unsigned_key, key.at, ED25519_BYTES);
	unsigned_key[ED25519_BYTES - 1] &= 0x7f;
	for (size_t i = 0; i < sizeof(small_order) / sizeof(small_order[0]); i++)
		if (memcmp(unsigned_key, small_order[i], ED25519_BYTES) == 0)
			return true;
	return false;
}

/* RFC 8032 section 5.1.3: a y of 2^255 - 19 or more is a second spelling of a smaller one. */
static bool
ed25519_is_canonical(struct text key)
{
	const unsigned char *octets = (const unsigned char *)key.at;

	for (int i = ED25519_BYTES - 2; i > 0; i--)
		if (octets[i] != 0xff)
			return true;
	return (octets[ED25519_BYTES - 1] & 0x7f) != 0x7f || octets[0] < 0xed;
}

static bool
point_is_acceptable(const struct ssh_public_key *key, struct text *why)
{
	if (key->public_value.length != key->facts->public_bytes)
		return refuse(why, TEXT("the key's public value has the wrong length for its type"));
	if (key->facts->family == KEY_ECDSA && key->public_value.at[0] != 4)
		return refuse(why, TEXT("the key's point is not in uncompressed form"));
	if (key->facts->family == KEY_ED25519 && (ed25519_is_weak(key->public_value) ||
	    !ed25519_is_canonical(key->public_value)))
		return refuse(why, TEXT("the key is one under which anybody can sign (a point of "
		    "small order, or not in canonical form)"));
	return true;
}

static size_t
bits_of(struct text magnitude)
{
	size_t bits = magnitude.length * 8;

	for (unsigned char top = (unsigned char)magnitude.at[0]; (top & 0x80) == 0;
	     top = (unsigned char)(top << 1))
		bits--;
	return bits;
}

static bool
is_odd(struct text magnitude)
{
	return (magnitude.at[magnitude.length - 1] & 1) != 0;
}

static bool
rsa_is_acceptable(struct arena *arena, const struct ssh_public_key *key, struct text *why)
{
	size_t bits = bits_of(key->modulus);

	if (bits < RSA_LEAST_BITS)
		return refuse(why, text_printf(arena, "the RSA key has %zu bits; at least %d are "
		    "needed", bits, RSA_LEAST_BITS));
	if (bits > RSA_MOST_BITS)
		return refuse(why, text_printf(arena, "the RSA key has %zu bits; at most %d are "
		    "read", bits, RSA_MOST_BITS));
	if (!is_odd(key->modulus))
		return refuse(why, TEXT("the RSA key's modulus is even"));
	if (key->exponent.length > EXPONENT_BYTES || !is_odd(key->exponent) ||
	    (key->exponent.length == 1 && key->exponent.at[0] == 1))
		return refuse(why, TEXT("the RSA key's exponent is not an odd number between 3 and "
		    "2^64"));
	return true;
}

/* --- the wire form ----------------------------------------------------------- */

static bool
type_refused(struct arena *arena, struct text type, struct text *why)
{
	struct text shown = text_visible(arena, type, SHOWN_BYTES);

	if (text_ends_with(type, "-cert-v01@openssh.com"))
		return refuse(why, text_printf(arena, "the key is an SSH certificate (%.*s); "
		    "certificates are not accepted, because who may sign is decided by the "
		    "repository and not by an SSH authority: use the plain key",
		    TEXT_ARGUMENTS(shown)));
	return refuse(why, text_printf(arena, "the key's type \"%.*s\" is not accepted; "
	    ACCEPTED_TYPES, TEXT_ARGUMENTS(shown)));
}

static void
read_numbers(struct wire *wire, struct ssh_public_key *key)
{
	if (key->facts->family == KEY_RSA) {
		key->exponent = wire_positive(wire);
		key->modulus = wire_positive(wire);
		return;
	}
	if (key->facts->curve != NULL && !text_is(wire_string(wire), key->facts->curve))
		wire->bad = true;
	key->public_value = wire_string(wire);
	if (key->facts->security_key)
		key->application = wire_string(wire);
}

static struct text
der_wrap(struct arena *arena, unsigned char tag, struct text content)
{
	struct buffer out = { .arena = arena };
	size_t length = content.length;
	int octets = length < 0x80 ? 0 : length < 0x100 ? 1 : 2;

	/* the largest content, an RSA key of RSA_MOST_BITS, is far below 64 KiB */
	buffer_add_byte(&out, (char)tag);
	if (octets > 0)
		buffer_add_byte(&out, (char)(0x80 | octets));
	if (octets == 2)
		buffer_add_byte(&out, (char)(length >> 8));
	buffer_add_byte(&out, (char)length);
	buffer_add(&out, content);
	return buffer_text(&out);
}

static struct text
der_integer(struct arena *arena, struct text magnitude)
{
	struct buffer content = { .arena = arena };

	if ((magnitude.at[0] & 0x80) != 0)
		buffer_add_byte(&content, '\0');
	buffer_add(&content, magnitude);
	return der_wrap(arena, 0x02, buffer_text(&content));
}

/* RFC 3279 section 2.3.1, in DER: rsaEncryption, parameters NULL. */
static struct text
rsa_spki(struct arena *arena, const struct ssh_public_key *key)
{
	static const char algorithm[] = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05";
	struct buffer numbers = { .arena = arena }, bits = { .arena = arena },
	    whole = { .arena = arena };

	buffer_add(&numbers, der_integer(arena, key->modulus));
	buffer_add(&numbers, der_integer(arena, key->exponent));
	buffer_add_byte(&bits, '\0');
	buffer_add(&bits, der_wrap(arena, 0x30, buffer_text(&numbers)));
	/* with the array's own NUL: the length of the NULL parameters */
	buffer_add(&whole, (struct text){ algorithm, sizeof(algorithm) });
	buffer_add(&whole, der_wrap(arena, 0x03, buffer_text(&bits)));
	return der_wrap(arena, 0x30, buffer_text(&whole));
}

static struct text
spki(struct arena *arena, const struct ssh_public_key *key)
{
	struct buffer whole = { .arena = arena };

	if (key->facts->family == KEY_RSA)
		return rsa_spki(arena, key);
	buffer_add(&whole, key->facts->spki_prefix);
	buffer_add(&whole, key->public_value);
	return buffer_text(&whole);
}

static struct text
fingerprint(struct arena *arena, struct text blob)
{
	uint8_t hash[SHA256_BYTES];
	struct text base64;

	digest_sha256(blob, hash);
	base64 = base64_encode(arena, (struct text){ (const char *)hash, sizeof(hash) });
	/* 32 octets always make one character of padding, which ssh-keygen leaves out */
	return text_printf(arena, "SHA256:%.*s", (int)base64.length - 1, base64.at);
}

bool
ssh_public_key_decode(struct arena *arena, struct text blob, struct ssh_public_key *out,
    struct text *why)
{
	struct wire wire = { .rest = blob };

	*out = (struct ssh_public_key){ .blob = blob, .type = wire_string(&wire) };
	if (wire.bad)
		return refuse(why, TEXT("the key is cut short"));
	out->facts = key_type_named(out->type);
	if (out->facts == NULL)
		return type_refused(arena, out->type, why);
	read_numbers(&wire, out);
	if (!wire_done(&wire))
		return refuse(why, text_printf(arena, "the key is not a well-formed %s key, or "
		    "something stands behind it", out->facts->name));
	if (out->application.length > APPLICATION_BYTES)
		return refuse(why, text_printf(arena, "the key's application is longer than %d "
		    "bytes", APPLICATION_BYTES));
	if (out->facts->family == KEY_RSA ? !rsa_is_acceptable(arena, out, why)
	                                  : !point_is_acceptable(out, why))
		return false;
	out->fingerprint = fingerprint(arena, blob);
	out->public_key_sha256 = digest_sha256_hex(arena, spki(arena, out));
	return true;
}

/* --- the line ---------------------------------------------------------------- */

static bool
line_split(struct arena *arena, struct text line, struct text *type, struct text *base64,
    struct text *why)
{
	line = text_trim(line);
	if (line.length > KEY_LINE_BYTES)
		return refuse(why, text_printf(arena, "the key is longer than %d bytes",
		    KEY_LINE_BYTES));
	if (text_find(line, '\n') < line.length || text_find(line, '\r') < line.length)
		return refuse(why, TEXT("one key is expected, on one line"));
	if (text_starts_with(line, "-----BEGIN "))
		return refuse(why, TEXT("a public key is expected as ssh-keygen writes it into the "
		    ".pub file: \"ssh-ed25519 AAAA…\""));
	if (!text_split(&line, ' ', type) || !text_split(&line, ' ', base64))
		return refuse(why, TEXT("expected \"TYPE BASE64\", as in \"ssh-ed25519 AAAA…\""));
	return true;
}

/* Costs as much as a signature, so it is asked once, for the lines that people write. */
static bool
point_is_on_curve(const struct ssh_public_key *key)
{
	EVP_PKEY *handle = evp_key_new(key);
	bool on_curve = handle != NULL;

	EVP_PKEY_free(handle);
	return on_curve;
}

bool
ssh_public_key_parse(struct arena *arena, struct text line, struct ssh_public_key *out,
    struct text *why)
{
	struct text type, base64, blob;

	*out = (struct ssh_public_key){ 0 };
	if (!line_split(arena, line, &type, &base64, why))
		return false;
	if (key_type_named(type) == NULL)
		return type_refused(arena, type, why);
	if (!base64_decode(arena, base64, &blob))
		return refuse(why, TEXT("the key's second word is not base64"));
	if (!ssh_public_key_decode(arena, blob, out, why))
		return false;
	if (!text_equal(type, out->type))
		return refuse(why, text_printf(arena, "the key says \"%.*s\" but is a %.*s key",
		    TEXT_ARGUMENTS(type), TEXT_ARGUMENTS(out->type)));
	if (out->facts->family == KEY_ECDSA && !point_is_on_curve(out))
		return refuse(why, TEXT("the key's point is not on the curve"));
	return true;
}
