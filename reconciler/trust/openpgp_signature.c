#include "trust/openpgp_signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "trust/openpgp_packet.h"
#include "trust/signature.h"
#include "trust/wire.h"

enum { VERSION = 4, FINGERPRINT_VERSION = 4, ED25519_HALF_BYTES = 32, SHA512_BYTES = 64,
	CRITICAL = 0x80 };

/* Public-key algorithms (RFC 9580 section 9.1) that verify here. */
enum { ALGORITHM_RSA = 1, ALGORITHM_RSA_SIGN = 3, ALGORITHM_ECDSA = 19, ALGORITHM_EDDSA = 22 };

/* Subpackets (section 5.2.3.7). */
enum subpacket {
	CREATION_TIME = 2,
	SIGNATURE_LIFETIME = 3,
	KEY_LIFETIME = 9,
	ISSUER_ID = 16,
	KEY_FLAGS = 27,
	EMBEDDED = 32,
	ISSUER_FINGERPRINT = 33
};

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* --- hashes ------------------------------------------------------------------------ */

struct hash {
	uint8_t number;                 /* section 9.5 */
	const char *name;               /* OpenSSL's; NULL: not accepted */
	const char *weakness;
};

static const struct hash hashes[] = {
	{ 8, "SHA256", NULL },
	{ 9, "SHA384", NULL },
	{ 10, "SHA512", NULL },
	{ 1, NULL, "MD5, which can be forged" },
	{ 2, NULL, "SHA-1, which can be forged" },
	{ 3, NULL, "RIPEMD-160, which is too short" },
	{ 11, NULL, "SHA-224, which is too short" },
};

static void
name_hash(uint8_t number, struct openpgp_signature *out)
{
	out->weakness = "a hash that is not known here";
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (hashes[i].number == number) {
			out->hash = hashes[i].name;
			out->weakness = hashes[i].weakness;
		}
}

/* --- subpackets ------------------------------------------------------------------------ */

/* Section 5.2.3.7: its length, the type in its first octet. */
static struct text
next_subpacket(struct wire *wire)
{
	size_t length = wire_byte(wire);

	if (length == 255)
		length = wire_number(wire);
	else if (length >= 192)
		length = ((length - 192) << 8) + wire_byte(wire) + 192;
	if (length == 0)
		wire->bad = true;
	return wire_bytes(wire, length);
}

/*
 * Those that may be critical: preferences, primary user ID and features say nothing that is asked
 * here. gpg understands hardly more, and not even all that RFC 9580 has.
 */
static bool
is_understood(unsigned type)
{
	static const uint8_t understood[] = { CREATION_TIME, SIGNATURE_LIFETIME, KEY_LIFETIME,
		11, ISSUER_ID, 21, 22, 25, KEY_FLAGS, 30, EMBEDDED };

	return memchr(understood, (int)type, sizeof(understood)) != NULL;
}

static uint32_t
number_in(struct wire *wire)
{
	uint32_t number = wire_number(wire);

	wire->bad |= wire->rest.length != 0;
	return number;
}

/* What counts only where it is signed. */
static bool
take_signed(struct openpgp_signature *out, unsigned type, struct wire content)
{
	switch (type) {
	case CREATION_TIME:
		out->created = number_in(&content);
		break;
	case SIGNATURE_LIFETIME:
		out->lifetime = number_in(&content);
		break;
	case KEY_LIFETIME:
		out->key_lifetime = number_in(&content);
		break;
	case KEY_FLAGS:
		out->flagged = true;
		out->flags = content.rest.length == 0 ? 0 : wire_byte(&content);
		break;
	case ISSUER_FINGERPRINT:
		if (wire_byte(&content) == FINGERPRINT_VERSION)
			out->issuer = wire_bytes(&content, OPENPGP_FINGERPRINT_BYTES);
		content.bad |= content.rest.length != 0;
		break;
	default:
		break;
	}
	return !content.bad;
}

static bool
take_either(struct openpgp_signature *out, unsigned type, struct text content)
{
	if (type == ISSUER_ID && content.length != OPENPGP_KEY_ID_BYTES)
		return false;
	if (type == ISSUER_ID && !text_present(out->issuer_id))
		out->issuer_id = content;
	if (type == EMBEDDED && !text_present(out->embedded))
		out->embedded = content;
	return true;
}

/* One area of subpackets. What is not signed says next to nothing. */
static bool
read_area(struct text area, bool is_signed, struct openpgp_signature *out, struct text *why)
{
	static const char counted[] = { CREATION_TIME, SIGNATURE_LIFETIME, KEY_LIFETIME, KEY_FLAGS,
		ISSUER_FINGERPRINT };
	struct wire wire = { .rest = area };
	bool seen[256] = { false };

	while (!wire.bad && wire.rest.length > 0) {
		struct text subpacket = next_subpacket(&wire), content = text_skip(subpacket, 1);
		unsigned type = wire.bad ? 0 : (unsigned char)subpacket.at[0] & (CRITICAL - 1);
		bool counts = memchr(counted, (int)type, sizeof(counted)) != NULL;

		if (wire.bad)
			break;
		if (((unsigned char)subpacket.at[0] & CRITICAL) != 0 && !is_understood(type))
			return refuse(why, TEXT("the signature has a critical subpacket (a notation, say) "
			    "that is not known here"));
		if (!take_either(out, type, content))
			return refuse(why, TEXT("a subpacket of the signature is malformed"));
		if (!is_signed)
			continue;
		if (counts && seen[type])
			return refuse(why, TEXT("a subpacket of the signature stands there twice"));
		seen[type] = true;
		if (!take_signed(out, type, (struct wire){ .rest = content }))
			return refuse(why, TEXT("a subpacket of the signature is malformed"));
	}
	return !wire.bad || refuse(why, TEXT("the signature's subpackets are cut short"));
}

/* --- the packet --------------------------------------------------------------------------- */

bool
openpgp_signature_read(struct text body, struct openpgp_signature *out, struct text *why)
{
	struct wire wire = { .rest = body };
	struct text hashed, plain;
	unsigned version = wire_byte(&wire);

	*out = (struct openpgp_signature){ 0 };
	if (wire.bad || version != VERSION)
		return refuse(why, TEXT("the OpenPGP signature is not of version 4"));
	out->type = wire_byte(&wire);
	out->algorithm = wire_byte(&wire);
	name_hash(wire_byte(&wire), out);
	hashed = wire_bytes(&wire, wire_short_number(&wire));
	out->covered = text_first(body, body.length - wire.rest.length);
	plain = wire_bytes(&wire, wire_short_number(&wire));
	out->left = wire_bytes(&wire, 2);
	out->numbers = wire.rest;
	if (wire.bad)
		return refuse(why, TEXT("the OpenPGP signature is cut short"));
	if (!read_area(hashed, true, out, why) || !read_area(plain, false, out, why))
		return false;
	if (text_present(out->issuer) && text_present(out->issuer_id) &&
	    !text_equal(out->issuer_id, text_skip(out->issuer, OPENPGP_FINGERPRINT_BYTES -
	    OPENPGP_KEY_ID_BYTES)))
		return refuse(why, TEXT("the OpenPGP signature names two keys, one by its fingerprint "
		    "and another by its ID"));
	if (out->created == 0)
		return refuse(why, TEXT("the OpenPGP signature does not say when it was made"));
	return true;
}

/* --- the arithmetic ------------------------------------------------------------------------- */

/* A number, filled up to so many octets. */
static void
add_padded(struct buffer *buffer, struct text magnitude, size_t bytes)
{
	for (size_t i = magnitude.length; i < bytes; i++)
		buffer_add_byte(buffer, '\0');
	buffer_add(buffer, magnitude);
}

/* The numbers in the form that signature_value_verify() takes. */
static bool
value_of(struct arena *arena, const struct openpgp_signature *signature,
    const struct ssh_public_key *key, struct text *value)
{
	struct wire wire = { .rest = signature->numbers };
	struct buffer out = { .arena = arena };
	enum key_family family = key->facts->family;
	struct text first = openpgp_integer(&wire), second = { NULL, 0 };

	if (family != KEY_RSA)
		second = openpgp_integer(&wire);
	if (!wire_done(&wire))
		return false;
	if (family == KEY_RSA)
		buffer_add(&out, first);
	if (family == KEY_ECDSA) {
		wire_add_positive(&out, first);
		wire_add_positive(&out, second);
	}
	if (family == KEY_ED25519) {
		if (first.length > ED25519_HALF_BYTES || second.length > ED25519_HALF_BYTES)
			return false;
		add_padded(&out, first, ED25519_HALF_BYTES);
		add_padded(&out, second, ED25519_HALF_BYTES);
	}
	*value = buffer_text(&out);
	return true;
}

static bool
algorithm_fits(uint8_t algorithm, enum key_family family)
{
	switch (family) {
	case KEY_RSA:
		return algorithm == ALGORITHM_RSA || algorithm == ALGORITHM_RSA_SIGN;
	case KEY_ECDSA:
		return algorithm == ALGORITHM_ECDSA;
	case KEY_ED25519:
		return algorithm == ALGORITHM_EDDSA;
	}
	return false;
}

/* RFC 9580 section 5.2.3.2 advises, and gpg demands, a hash as long as the order of the curve. */
static size_t
least_hash_bytes(const struct ssh_public_key *key)
{
	size_t order = key->facts->family == KEY_ECDSA ? key->facts->order.length : 0;

	return order > SHA512_BYTES ? SHA512_BYTES : order;
}

/* What is hashed (section 5.2.4): the data, the packet's beginning, and how long that is. */
static struct text
hashed_bytes(struct arena *arena, const struct openpgp_signature *signature, struct text data)
{
	struct buffer out = { .arena = arena };

	buffer_reserve(&out, data.length + signature->covered.length + 6);
	buffer_add(&out, data);
	buffer_add(&out, signature->covered);
	buffer_add_byte(&out, VERSION);
	buffer_add_byte(&out, (char)0xff);
	wire_add_number(&out, (uint32_t)signature->covered.length);
	return buffer_text(&out);
}

static struct text
hash_of(struct arena *arena, const char *name, struct text bytes)
{
	char *digest = arena_allocate(arena, EVP_MAX_MD_SIZE);
	size_t length = 0;

	if (EVP_Q_digest(NULL, name, NULL, bytes.at, bytes.length, (unsigned char *)digest,
	    &length) != 1) {
		fputs("countersign: SHA-2 is not available\n", stderr);
		abort();
	}
	return (struct text){ digest, length };
}

bool
openpgp_signature_check(struct arena *arena, const struct openpgp_signature *signature,
    const struct ssh_public_key *key, struct text data, struct text *why)
{
	struct text value, digest;

	if (signature->hash == NULL)
		return refuse(why, text_printf(arena, "the signature uses %s; sign with SHA-256 or "
		    "SHA-512", signature->weakness));
	if (key->facts == NULL || key->facts->security_key ||
	    !algorithm_fits(signature->algorithm, key->facts->family))
		return refuse(why, TEXT("the signature's algorithm is not the key's"));
	if (!value_of(arena, signature, key, &value))
		return refuse(why, TEXT("the signature's numbers are malformed, or something stands "
		    "behind them"));
	data = hashed_bytes(arena, signature, data);
	digest = hash_of(arena, signature->hash, data);
	if (digest.length < least_hash_bytes(key))
		return refuse(why, TEXT("the signature's hash is shorter than its key; sign with "
		    "SHA-512"));
	if (!text_equal(text_first(digest, signature->left.length), signature->left))
		return refuse(why, TEXT("the signature does not match: what was signed has other "
		    "bytes"));
	/* EdDSA signs the hash as its message (section 5.2.3.3) */
	if (key->facts->family == KEY_ED25519)
		return signature_value_verify(arena, key, NULL, value, digest, why);
	return signature_value_verify(arena, key, signature->hash, value, data, why);
}

/* --- detached ---------------------------------------------------------------------------------- */

bool
openpgp_detached_read(struct arena *arena, struct text armour, struct openpgp_signature *out,
    struct text *why)
{
	struct openpgp_packet packet;
	struct text bytes;

	*out = (struct openpgp_signature){ 0 };
	if (text_starts_with(armour, "-----BEGIN PGP SIGNED MESSAGE-----") ||
	    text_starts_with(armour, "-----BEGIN PGP MESSAGE-----"))
		return refuse(why, TEXT("it is an OpenPGP message that brings its own text, and a "
		    "detached signature is needed (`gpg --armor --detach-sign`)"));
	if (!openpgp_armour_decode(arena, armour, "SIGNATURE", &bytes, why) ||
	    !openpgp_packet_next(&bytes, &packet, why))
		return false;
	if (packet.tag != OPENPGP_SIGNATURE)
		return refuse(why, TEXT("the armour does not hold an OpenPGP signature"));
	if (bytes.length > 0)
		return refuse(why, TEXT("the armour holds more than one OpenPGP signature, or something "
		    "stands behind it; one signature is one statement"));
	if (!openpgp_signature_read(packet.body, out, why))
		return false;
	if (out->type != OPENPGP_OF_BINARY)
		return refuse(why, out->type == OPENPGP_OF_TEXT ?
		    TEXT("the signature is over the text in canonical form and not over the bytes; sign "
			"without --textmode") : TEXT("the signature is not one over a file"));
	if (!text_present(out->issuer))
		return refuse(why, TEXT("the signature does not name its key by the whole fingerprint; "
		    "GnuPG 2.1.16 and later does"));
	return true;
}

struct text
openpgp_fingerprint_text(struct arena *arena, struct text fingerprint)
{
	struct buffer out = { .arena = arena };

	buffer_add(&out, TEXT("openpgp:"));
	for (size_t i = 0; i < fingerprint.length; i++)
		buffer_printf(&out, "%02X", (unsigned)(unsigned char)fingerprint.at[i]);
	return buffer_text(&out);
}
