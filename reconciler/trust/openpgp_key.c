#include "trust/openpgp_key.h"

#include "base/digest.h"
#include "trust/openpgp_packet.h"
#include "trust/openpgp_signature.h"
#include "trust/wire.h"

enum { VERSION = 4 };

/* Public-key algorithms (RFC 9580 section 9.1). */
enum { RSA = 1, RSA_SIGN = 3, ECDSA = 19, EDDSA = 22 };

/* What its newest self-signatures say of a key, a user ID or an attribute. */
struct binding {
	bool found;
	moment made;                    /* when the newest was */
	moment expires;                 /* the earliest that they say; 0: never */
	bool flagged;
	uint8_t flags;                  /* that all with flags give */
	bool signs_back;                /* a subkey's own signature on the primary key was there, and good */
	bool revoked;
	const char *weakness;           /* of the newest signature that did not count for its hash */
	moment weak_made;
};

/* The block while it is read. */
struct block {
	struct arena *arena;
	struct openpgp_keys *keys;
	struct text primary;            /* its body */
	struct text fingerprint;        /* of the primary key, 20 octets */
	struct binding merged;          /* of the primary key: direct, and by all its user IDs */
	struct binding current;         /* of what the packets are about now */
	struct openpgp_packet about;
	size_t verified;
};

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* --- the material ---------------------------------------------------------------------- */

struct curve {
	struct text oid;                /* section 9.2, without tag and length */
	uint8_t algorithm;
	const char *type;               /* of the SSH key */
	const char *name;
	size_t public_bytes;
};

#define OID(literal) { literal, sizeof(literal) - 1 }

static const struct curve curves[] = {
	{ OID("\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"), EDDSA, "ssh-ed25519", NULL, 33 },
	{ OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), ECDSA, "ecdsa-sha2-nistp256", "nistp256", 65 },
	{ OID("\x2b\x81\x04\x00\x22"), ECDSA, "ecdsa-sha2-nistp384", "nistp384", 97 },
	{ OID("\x2b\x81\x04\x00\x23"), ECDSA, "ecdsa-sha2-nistp521", "nistp521", 133 },
};

static bool
curve_blob(struct wire *wire, uint8_t algorithm, struct buffer *blob)
{
	struct text oid = wire_bytes(wire, wire_byte(wire)), point = openpgp_integer(wire);

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		const struct curve *curve = &curves[i];

		if (!wire_done(wire) || curve->algorithm != algorithm ||
		    !text_equal(curve->oid, oid) || point.length != curve->public_bytes)
			continue;
		wire_add_string(blob, text_of(curve->type));
		if (curve->name != NULL)
			wire_add_string(blob, text_of(curve->name));
		/* 0x40 says that the point is native; 0x04, of the others, belongs to it */
		if (algorithm == EDDSA && point.at[0] != 0x40)
			return false;
		wire_add_string(blob, text_skip(point, algorithm == EDDSA ? 1 : 0));
		return true;
	}
	return false;
}

static bool
rsa_blob(struct wire *wire, struct buffer *blob)
{
	struct text modulus = openpgp_integer(wire), exponent = openpgp_integer(wire);

	wire_add_string(blob, TEXT("ssh-rsa"));
	wire_add_positive(blob, exponent);
	wire_add_positive(blob, modulus);
	return wire_done(wire);
}

/* The key in SSH's form, so that all wrappings have one set of rules and one name by SubjectPublicKeyInfo. */
static void
read_material(struct arena *arena, struct wire *wire, uint8_t algorithm, struct openpgp_key *key)
{
	struct buffer blob = { .arena = arena };
	bool good;

	if (algorithm == RSA || algorithm == RSA_SIGN)
		good = rsa_blob(wire, &blob);
	else if (algorithm == ECDSA || algorithm == EDDSA)
		good = curve_blob(wire, algorithm, &blob);
	else
		good = false;
	if (!good)
		key->refusal = text_printf(arena, "its algorithm (%u) or curve is not one that is "
		    "verified here: RSA, Ed25519 and the NIST curves are", (unsigned)algorithm);
	else if (!ssh_public_key_decode(arena, buffer_text(&blob), &key->material, &key->refusal))
		key->material = (struct ssh_public_key){ 0 };
}

static struct text
with_key_prefix(struct arena *arena, struct text body)
{
	struct buffer out = { .arena = arena };

	buffer_add_byte(&out, (char)0x99);
	buffer_add_byte(&out, (char)(body.length >> 8));
	buffer_add_byte(&out, (char)body.length);
	buffer_add(&out, body);
	return buffer_text(&out);
}

static struct text
fingerprint_of(struct arena *arena, struct text body)
{
	struct digest_sha1 *digest = digest_sha1_new();
	char *out = arena_allocate(arena, SHA1_BYTES);

	digest_sha1_add(digest, with_key_prefix(arena, body));
	digest_sha1_finish(digest, (uint8_t *)out);
	return (struct text){ out, SHA1_BYTES };
}

/* Section 5.5.2.2. */
static bool
add_key(struct block *block, struct text body, struct text *why)
{
	struct openpgp_key *key = ARRAY_ADD(block->arena, block->keys);
	struct wire wire = { .rest = body };
	struct text fingerprint;
	uint8_t version = wire_byte(&wire);

	key->created = wire_number(&wire);
	if (block->keys->count > 1 + OPENPGP_SUBKEYS_MOST)
		return refuse(why, text_printf(block->arena, "the block has more than %d subkeys",
		    OPENPGP_SUBKEYS_MOST));
	if (version != VERSION || wire.bad || body.length > UINT16_MAX)
		return refuse(why, TEXT("the block holds a key that is not of version 4; such keys "
		    "cannot be verified here"));
	fingerprint = fingerprint_of(block->arena, body);
	key->fingerprint = openpgp_fingerprint_text(block->arena, fingerprint);
	if (block->keys->count == 1) {
		block->primary = body;
		block->fingerprint = fingerprint;
	}
	read_material(block->arena, &wire, wire_byte(&wire), key);
	if (block->keys->count == 1 && key->material.facts == NULL)
		return refuse(why, text_printf(block->arena, "the primary key cannot be used: %.*s",
		    TEXT_ARGUMENTS(key->refusal)));
	return true;
}

/* --- self-signatures ----------------------------------------------------------------------- */

static moment
earlier(moment a, moment b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static void
binding_add_weak(struct binding *binding, moment made, const char *weakness)
{
	if (made <= binding->weak_made)
		return;
	binding->weak_made = made;
	binding->weakness = weakness;
}

/* A signature that does not count may have taken back what one that is not newer says. */
static bool
binding_is_weak(const struct binding *binding)
{
	return binding->weakness != NULL && binding->weak_made >= binding->made;
}

static void
binding_merge(struct binding *into, const struct binding *from)
{
	into->found |= from->found;
	into->expires = earlier(into->expires, from->expires);
	if (from->flagged)
		into->flags = into->flagged ? into->flags & from->flags : from->flags;
	into->flagged |= from->flagged;
	into->signs_back &= from->signs_back;
	if (from->made > into->made)
		into->made = from->made;
	binding_add_weak(into, from->weak_made, from->weakness);
}

/* Takes a self-signature up that was verified: the newest stand, all of them. */
static void
binding_add(struct binding *binding, const struct openpgp_signature *signature, moment created,
    bool signs_back)
{
	struct binding said = { .found = true, .made = signature->created,
		.flagged = signature->flagged, .flags = signature->flags,
		.signs_back = signs_back };

	if (signature->key_lifetime != 0)
		said.expires = created + signature->key_lifetime;
	if (signature->lifetime != 0)
		said.expires = earlier(said.expires, signature->created + signature->lifetime);
	if (binding->found && said.made < binding->made)
		return;
	if (!binding->found || said.made > binding->made) {
		said.weakness = binding->weakness;
		said.weak_made = binding->weak_made;
		said.revoked = binding->revoked;
		*binding = said;
		return;
	}
	binding_merge(binding, &said);
}

/* Whether the primary key is who is said to have made a signature. */
static bool
is_own(const struct block *block, const struct openpgp_signature *signature)
{
	if (text_present(signature->issuer))
		return text_equal(signature->issuer, block->fingerprint);
	return text_equal(signature->issuer_id,
	    text_skip(block->fingerprint, OPENPGP_FINGERPRINT_BYTES - OPENPGP_KEY_ID_BYTES));
}

/* What a signature in the place where we are is over (section 5.2.4). */
static struct text
data_here(const struct block *block)
{
	struct buffer out = { .arena = block->arena };

	buffer_add(&out, with_key_prefix(block->arena, block->primary));
	if (block->about.tag == OPENPGP_PUBLIC_SUBKEY)
		buffer_add(&out, with_key_prefix(block->arena, block->about.body));
	if (block->about.tag == OPENPGP_USER_ID || block->about.tag == OPENPGP_USER_ATTRIBUTE) {
		buffer_add_byte(&out, (char)(block->about.tag == OPENPGP_USER_ID ? 0xb4 : 0xd1));
		wire_add_string(&out, block->about.body);
	}
	return buffer_text(&out);
}

/* Whether a subkey says that it belongs to this primary key: or somebody else's could be claimed. */
static bool
signs_back(const struct block *block, const struct openpgp_signature *binding, struct text data)
{
	const struct openpgp_key *subkey = &block->keys->at[block->keys->count - 1];
	struct openpgp_signature back;
	struct text ignored;

	return text_present(binding->embedded) &&
	    openpgp_signature_read(binding->embedded, &back, &ignored) &&
	    back.type == OPENPGP_PRIMARY_KEY_BINDING && back.lifetime == 0 &&
	    back.created >= subkey->created &&
	    openpgp_signature_check(block->arena, &back, &subkey->material, data, &ignored);
}

static bool
type_belongs(unsigned tag, uint8_t type)
{
	switch (tag) {
	case OPENPGP_PUBLIC_KEY:
		return type == OPENPGP_DIRECT_KEY || type == OPENPGP_KEY_REVOCATION;
	case OPENPGP_PUBLIC_SUBKEY:
		return type == OPENPGP_SUBKEY_BINDING || type == OPENPGP_SUBKEY_REVOCATION;
	default:
		return (type >= OPENPGP_GENERIC_CERTIFICATION &&
		    type <= OPENPGP_POSITIVE_CERTIFICATION) ||
		    type == OPENPGP_CERTIFICATION_REVOCATION;
	}
}

static bool
take_own(struct block *block, const struct openpgp_signature *signature, struct text *why)
{
	struct text data = data_here(block), cause;

	if (signature->hash == NULL) {
		binding_add_weak(&block->current, signature->created, signature->weakness);
		block->current.revoked |= signature->type == OPENPGP_CERTIFICATION_REVOCATION;
		return true;
	}
	if (signature->created < block->keys->at[0].created)
		return refuse(why, TEXT("a signature of the key's owner in the block says that it was "
		    "made before the key"));
	if (++block->verified > OPENPGP_SIGNATURES_MOST)
		return refuse(why, text_printf(block->arena, "the block holds more than %d signatures of "
		    "its owner; export it with --export-options export-minimal",
		    OPENPGP_SIGNATURES_MOST));
	if (!openpgp_signature_check(block->arena, signature, &block->keys->at[0].material, data,
	    &cause))
		return refuse(why, text_printf(block->arena, "a signature of the key's owner in the "
		    "block is not good: %.*s", TEXT_ARGUMENTS(cause)));
	if (signature->type == OPENPGP_CERTIFICATION_REVOCATION)
		block->current.revoked = true;
	else
		binding_add(&block->current, signature, block->keys->at[block->keys->count - 1].created,
		    block->about.tag == OPENPGP_PUBLIC_SUBKEY && signs_back(block, signature, data));
	return true;
}

static bool
take_signature(struct block *block, struct text body, struct text *why)
{
	struct openpgp_signature signature;

	/* other people's certifications may be of any kind, old ones too */
	if (!openpgp_signature_read(body, &signature, why))
		return block->about.tag == OPENPGP_USER_ID ||
		    block->about.tag == OPENPGP_USER_ATTRIBUTE;
	if (!type_belongs(block->about.tag, signature.type))
		return refuse(why, text_printf(block->arena, "the block has a signature of type 0x%02x "
		    "where none of that type belongs", (unsigned)signature.type));
	if (signature.type == OPENPGP_KEY_REVOCATION ||
	    signature.type == OPENPGP_SUBKEY_REVOCATION) {
		/* believed from anybody: at worst the owner lists the key anew without it */
		block->current.revoked = true;
		return true;
	}
	return !is_own(block, &signature) || take_own(block, &signature, why);
}

/* --- what follows from them -------------------------------------------------------------------- */

static struct text
refusal_of(struct arena *arena, const struct binding *binding, bool subkey)
{
	if (binding->revoked)
		return TEXT("it is revoked");
	if (binding_is_weak(binding))
		return text_printf(arena, "what binds it together is signed with %s; its owner signs it "
		    "anew with `gpg --quick-set-expire` and a newer digest", binding->weakness);
	if (!binding->found)
		return TEXT("no signature of its owner says what it is for");
	if (!binding->flagged || (binding->flags & OPENPGP_MAY_SIGN) == 0)
		return TEXT("it is not one for signing, by its key flags");
	if (subkey && !binding->signs_back)
		return TEXT("it has not signed back that it belongs to the primary key (gpg "
		    "--edit-key, cross-certify)");
	return (struct text){ NULL, 0 };
}

/* The packets about one thing are through. */
static void
close_component(struct block *block)
{
	struct openpgp_key *key;

	if (block->about.tag == OPENPGP_PUBLIC_SUBKEY) {
		key = &block->keys->at[block->keys->count - 1];
		key->expires = block->current.expires;
		if (!text_present(key->refusal))
			key->refusal = refusal_of(block->arena, &block->current, true);
	} else if (block->about.tag == OPENPGP_PUBLIC_KEY) {
		block->merged = block->current;
	} else if (!block->current.revoked) {
		binding_merge(&block->merged, &block->current);
	}
	block->current = (struct binding){ 0 };
}

static bool
open_component(struct block *block, const struct openpgp_packet *packet, struct text *why)
{
	bool first = block->keys->count == 0;

	if (packet->tag == OPENPGP_SECRET_KEY || packet->tag == OPENPGP_SECRET_SUBKEY)
		return refuse(why, TEXT("the block holds a SECRET key: it is no secret any more; revoke "
		    "it, and list the public half of a new one (gpg --armor --export)"));
	if (first != (packet->tag == OPENPGP_PUBLIC_KEY))
		return refuse(why, first ? TEXT("the block does not begin with a public key") :
		    TEXT("the block holds more than one primary key; one entry is one key"));
	if (!first)
		close_component(block);
	block->about = *packet;
	switch (packet->tag) {
	case OPENPGP_PUBLIC_KEY:
	case OPENPGP_PUBLIC_SUBKEY:
		return add_key(block, packet->body, why);
	case OPENPGP_USER_ID:
	case OPENPGP_USER_ATTRIBUTE:
		return block->keys->count == 1 ||
		    refuse(why, TEXT("the block has a user ID behind a subkey"));
	default:
		return refuse(why, text_printf(block->arena, "the block has a packet of type %u, which "
		    "has no place in one", packet->tag));
	}
}

static void
conclude(struct block *block)
{
	struct openpgp_key *primary = &block->keys->at[0];
	bool unusable = block->merged.revoked || !block->merged.found ||
	    binding_is_weak(&block->merged);

	primary->expires = block->merged.expires;
	if (!text_present(primary->refusal))
		primary->refusal = refusal_of(block->arena, &block->merged, false);
	for (size_t i = 1; i < block->keys->count; i++) {
		struct openpgp_key *subkey = &block->keys->at[i];

		subkey->expires = earlier(subkey->expires, primary->expires);
		if (unusable)
			subkey->refusal = text_printf(block->arena, "its primary key cannot be used: "
			    "%.*s", TEXT_ARGUMENTS(primary->refusal));
	}
}

bool
openpgp_key_block_read(struct arena *arena, struct text armour, struct openpgp_keys *out,
    struct text *why)
{
	struct block block = { .arena = arena, .keys = out };
	struct openpgp_packet packet;
	struct text rest;

	*out = (struct openpgp_keys){ 0 };
	if (!openpgp_armour_decode(arena, armour, "PUBLIC KEY BLOCK", &rest, why))
		return false;
	while (rest.length > 0) {
		if (!openpgp_packet_next(&rest, &packet, why))
			return false;
		if (packet.tag == OPENPGP_SIGNATURE && block.keys->count > 0
		        ? !take_signature(&block, packet.body, why)
		        : !open_component(&block, &packet, why))
			return false;
	}
	if (out->count == 0)
		return refuse(why, TEXT("the block is empty"));
	close_component(&block);
	conclude(&block);
	return true;
}
