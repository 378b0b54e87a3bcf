/* OpenPGP keys and signatures: of stock gpg, and crafted ones that no gpg would make; gpg is the judge of both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/encoding.h"
#include "lib/openpgp_craft.h"
#include "lib/ssh_fixture.h"
#include "trust/openpgp_key.h"
#include "trust/openpgp_packet.h"
#include "trust/openpgp_signature.h"
#include "trust/signer.h"

enum { MADE = 1700000000, NOW = 1800000000, DAY = 86400 };
enum { CERTIFY = 1, SIGN = 2, ENCRYPT = 12 };
enum { BY_PRIMARY, BY_SUBKEY, BY_STRANGER };

static const struct text message = { "what is to be signed\n", 21 };
static const struct text user = { "Alice <alice@example.com>", 25 };

static struct arena *arena;
static struct crafted_key primary, subkey, stranger;

/* --- asking --------------------------------------------------------------------------- */

/* What becomes of the message under a key that alice lists. */
struct answer {
	struct configuration configuration;
	struct signer signer;
};

static struct answer
ask(struct text block, struct text signature, struct text signed_message, moment at)
{
	struct answer answer = { 0 };
	struct identity *alice = ARRAY_ADD(arena, &answer.configuration.identities);
	struct sighting sighting = { .configuration = &answer.configuration, .observed_at = at };
	struct signed_text signed_text = { signed_message, signature, "countersign" };

	alice->name = TEXT("alice");
	ARRAY_ADD(arena, &alice->keys)->openpgp = block;
	identity_keys_resolve(arena, &answer.configuration);
	sighting.configuration = &answer.configuration;
	answer.signer = signer_judge(arena, &sighting, &signed_text);
	return answer;
}

static struct text
why_not(const struct answer *answer)
{
	if (answer->configuration.reasons.count > 0)
		return answer->configuration.reasons.at[0].message;
	return answer->signer.why;
}

static bool
contains(struct text text, const char *words)
{
	return strstr(text_string(arena, text), words) != NULL;
}

/* --- crafted keys and signatures ----------------------------------------------------------- */

/* All zero: a primary key for everything, a user ID, and a signature by it; each trial changes something. */
struct recipe {
	struct crafted_signature self;
	struct crafted_signature newer_self;
	struct crafted_signature direct;
	struct crafted_signature binding;
	struct crafted_signature rebinding;
	struct crafted_signature back;
	struct crafted_signature document;
	int signer;                     /* of the document */
	int back_signer;                /* BY_PRIMARY: the subkey, as it should be */
	bool with_subkey;
	bool rebound;
	bool without_back;
	bool rebound_with_back;         /* the first binding without, then */
	bool without_self;
	bool with_newer_self;
	bool with_direct;
	bool with_strangers_certification;
	bool with_picture;              /* a user attribute, certified */
	struct crafted_signature picture;
	bool document_twice;
	struct text behind_document;    /* bytes behind its packet */
	unsigned revoked;               /* a tag: what is revoked */
	struct crafted_signature revocation;
	bool revoked_first;             /* the user ID, before its self-signatures */
	int revoker;
	unsigned first_tag;             /* of the first packet; 0: a public key */
	unsigned odd_tag;               /* a packet with this tag at the end; 0: none */
	const char *armour;             /* another name of the signature's armour */
	const char *before;             /* lines before the signature's empty line */
	const char *behind;             /* behind its armour */
	const char *block_before;
	const char *block_behind;
};

struct trial {
	const char *name;
	struct recipe recipe;
	const char *words;              /* part of the reason; NULL: it counts */
};

static const struct crafted_key *
key_of(int who)
{
	return who == BY_STRANGER ? &stranger : who == BY_SUBKEY ? &subkey : &primary;
}

static void
add_signature(struct buffer *out, const struct crafted_key *signer,
    const struct crafted_signature *wanted, uint8_t type, struct text data)
{
	struct crafted_signature signature = *wanted;

	if (signature.type == 0)
		signature.type = type;
	if (signature.created == 0)
		signature.created = MADE + 1;
	buffer_add(out, crafted_packet(arena, 2, crafted_signature_body(arena, signer, &signature,
	    data)));
}

static void
add_subkey(struct buffer *out, const struct recipe *recipe)
{
	struct text data = crafted_subkey_data(arena, &primary, &subkey);
	struct crafted_signature back = recipe->back, binding = recipe->binding;
	struct crafted_signature rebinding = recipe->rebinding;

	if (back.type == 0)
		back.type = 0x19;
	if (back.created == 0)
		back.created = MADE + 1;
	if (!recipe->without_back)
		binding.embedded = crafted_signature_body(arena,
		    recipe->back_signer == BY_PRIMARY ? &subkey : key_of(recipe->back_signer), &back,
		    data);
	if (binding.flags == 0)
		binding.flags = SIGN;
	if (recipe->rebound_with_back) {
		rebinding.embedded = binding.embedded;
		binding.embedded = (struct text){ NULL, 0 };
	}
	buffer_add(out, crafted_packet(arena, 14, subkey.body));
	add_signature(out, &primary, &binding, 0x18, data);
	if (recipe->rebound)
		add_signature(out, &primary, &rebinding, 0x18, data);
	if (recipe->revoked == 14)
		add_signature(out, key_of(recipe->revoker), &recipe->revocation, 0x28, data);
}

static struct text
with_lines(struct text armour, const char *before, const char *behind)
{
	size_t first = text_find(armour, '\n') + 1;

	if (before == NULL && behind == NULL)
		return armour;
	return text_printf(arena, "%.*s%s%.*s%s", (int)first, armour.at,
	    before == NULL ? "" : before, TEXT_ARGUMENTS(text_skip(armour, first)),
	    behind == NULL ? "" : behind);
}

/* RFC 9580 sections 5.12 and 5.2.4: as a user ID, but for one octet. */
static void
add_picture(struct buffer *out, const struct crafted_signature *certification)
{
	static const char image[] = "\x13\1\x10\0\1\1\0\0\0\0\0\0\0\0\0\0\0\0xx";
	const struct text picture = { image, sizeof(image) - 1 };
	struct text data = crafted_user_data(arena, &primary, picture);
	char *changed = arena_copy(arena, data.at, data.length);

	changed[crafted_key_data(arena, &primary).length] = (char)0xd1;
	buffer_add(out, crafted_packet(arena, 17, picture));
	add_signature(out, &primary, certification, 0x13, (struct text){ changed, data.length });
}

static struct text
crafted_block_bytes(const struct recipe *recipe)
{
	struct buffer out = { .arena = arena };
	struct crafted_signature self = recipe->self;
	struct text data = crafted_user_data(arena, &primary, user);

	if (self.flags == 0)
		self.flags = CERTIFY | SIGN;
	buffer_add(&out, crafted_packet(arena, recipe->first_tag == 0 ? 6 : recipe->first_tag,
	    primary.body));
	if (recipe->revoked == 6)
		add_signature(&out, key_of(recipe->revoker), &recipe->revocation, 0x20,
		    crafted_key_data(arena, &primary));
	if (recipe->with_direct)
		add_signature(&out, &primary, &recipe->direct, 0x1f,
		    crafted_key_data(arena, &primary));
	buffer_add(&out, crafted_packet(arena, 13, user));
	if (recipe->revoked == 13 && recipe->revoked_first)
		add_signature(&out, key_of(recipe->revoker), &recipe->revocation, 0x30, data);
	if (!recipe->without_self)
		add_signature(&out, &primary, &self, 0x13, data);
	if (recipe->with_newer_self)
		add_signature(&out, &primary, &recipe->newer_self, 0x13, data);
	if (recipe->with_strangers_certification)
		add_signature(&out, &stranger, &(struct crafted_signature){ .hash = 2 }, 0x10, data);
	if (recipe->revoked == 13 && !recipe->revoked_first)
		add_signature(&out, key_of(recipe->revoker), &recipe->revocation, 0x30, data);
	if (recipe->with_picture)
		add_picture(&out, &recipe->picture);
	if (recipe->with_subkey)
		add_subkey(&out, recipe);
	if (recipe->odd_tag != 0)
		buffer_add(&out, crafted_packet(arena, recipe->odd_tag, stranger.body));
	return buffer_text(&out);
}

static struct text
crafted_block(const struct recipe *recipe)
{
	return with_lines(crafted_openpgp_armour(arena, "PUBLIC KEY BLOCK",
	    crafted_block_bytes(recipe)), recipe->block_before, recipe->block_behind);
}

static struct text
crafted_document(const struct recipe *recipe)
{
	struct buffer out = { .arena = arena };
	struct crafted_signature document = recipe->document;

	if (document.created == 0)
		document.created = MADE + DAY;
	add_signature(&out, key_of(recipe->signer), &document, 0, message);
	if (recipe->document_twice)
		add_signature(&out, key_of(recipe->signer), &document, 0, message);
	buffer_add(&out, recipe->behind_document);
	return with_lines(crafted_openpgp_armour(arena, recipe->armour == NULL ? "SIGNATURE" :
	    recipe->armour, buffer_text(&out)), recipe->before, recipe->behind);
}

#define WITH_SUBKEY .with_subkey = true, .signer = BY_SUBKEY
#define NOTATION "\0\0\0\0\0\1\0\1xy"
#define BYTES(literal) { literal, sizeof(literal) - 1 }

static const struct trial trials[] = {
	/* what counts */
	{ "a primary key", { .signer = BY_PRIMARY }, NULL },
	{ "a subkey", { WITH_SUBKEY }, NULL },
	{ "SHA-512", { .document = { .hash = 10 }, .self = { .hash = 10 } }, NULL },
	{ "SHA-384", { .document = { .hash = 9 } }, NULL },
	{ "no key ID beside the fingerprint", { .document = { .no_key_id = true } }, NULL },
	{ "a primary key for certification only, and a subkey",
	    { WITH_SUBKEY, .self = { .flags = CERTIFY } }, NULL },
	{ "expiry of the key in time to come", { .self = { .key_lifetime = NOW - MADE + DAY } }, NULL },
	{ "expiry of the signature in time to come",
	    { .document = { .lifetime = NOW - MADE + DAY } }, NULL },
	{ "a newer self-signature lifts the expiry", { .self = { .key_lifetime = DAY },
	    .with_newer_self = true, .newer_self = { .created = MADE + 5,
	    .flags = CERTIFY | SIGN } }, NULL },
	{ "an old self-signature with SHA-1 beside a newer one", { .self = { .hash = 2 },
	    .with_newer_self = true, .newer_self = { .created = MADE + 5,
	    .flags = CERTIFY | SIGN } }, NULL },
	{ "somebody else's certification with SHA-1",
	    { .with_strangers_certification = true }, NULL },
	{ "somebody else's revocation of the user ID",
	    { .revoked = 13, .revoker = BY_STRANGER }, NULL },
	{ "a picture that nobody certified", { .odd_tag = 17 }, NULL },
	{ "a picture that its owner certified", { .with_picture = true }, NULL },
	{ "a picture that its owner certified, in place of a user ID", { .without_self = true,
	    .with_picture = true, .picture = { .flags = CERTIFY | SIGN } }, NULL },
	{ "made in time to come, by a clock that is ahead", { .document = { .created = NOW + DAY } },
	    NULL },
	{ "bound in time to come", { WITH_SUBKEY, .binding = { .created = NOW + DAY } }, NULL },
	{ "a comment in the armour", { .before = "Comment: made by hand\n" }, NULL },
	{ "a notation that is not critical",
	    { .document = { .more_hashed = BYTES("\x0b\x14" NOTATION) } }, NULL },
	{ "a subpacket whose length has five octets",
	    { .document = { .more_hashed = BYTES("\xff\0\0\0\x0b\x14" NOTATION) } }, NULL },

	{ "made in the second of its key", { .document = { .created = MADE } }, NULL },
	{ "a signature that expires in a second",
	    { .document = { .lifetime = NOW - MADE - DAY + 1 } }, NULL },
	{ "a time and a lifetime that nobody signed",
	    { .document = { .more_unhashed = BYTES("\5\2\1\2\3\4\5\3\0\0\0\1") } }, NULL },
	{ "certified in the second it was made", { .self = { .created = MADE } }, NULL },
	{ "certified generically", { .self = { .type = 0x10 } }, NULL },
	{ "certified by persona", { .self = { .type = 0x11 } }, NULL },
	{ "certified casually", { .self = { .type = 0x12 } }, NULL },
	{ "an older self-signature behind a newer one", { .self = { .created = MADE + 5 },
	    .with_newer_self = true, .newer_self = { .flags = CERTIFY, .key_lifetime = DAY } }, NULL },
	{ "a certification that lapses in time to come", { .self = { .lifetime = NOW - MADE + DAY } },
	    NULL },
	{ "certified under a key ID alone", { .self = { .no_fingerprint = true } }, NULL },
	{ "bound and signed back in the second it was made",
	    { WITH_SUBKEY, .binding = { .created = MADE }, .back = { .created = MADE } }, NULL },

	/* whose */
	{ "somebody else", { .signer = BY_STRANGER }, "belongs to nobody" },
	{ "somebody else in alice's name",
	    { .signer = BY_STRANGER, .document = { .named = &primary } }, "does not match" },
	{ "the primary key in the subkey's name",
	    { .with_subkey = true, .document = { .named = &subkey } }, "does not match" },
	{ "two key IDs", { .document = { .more_hashed = BYTES("\x09\x10" "12345678") } },
	    "names two keys" },
	{ "no fingerprint, only a key ID", { .document = { .no_fingerprint = true } },
	    "does not name its key by the whole fingerprint" },

	/* the signature */
	{ "another bit", { .document = { .damaged = true } }, "does not match" },
	{ "RIPEMD-160", { .document = { .hash = 3 } }, "RIPEMD-160, which is too short" },
	{ "MD5", { .document = { .hash = 1 } }, "MD5, which can be forged" },
	{ "SHA-1", { .document = { .hash = 2 } }, "SHA-1, which can be forged" },
	{ "SHA-224", { .document = { .hash = 11 } }, "SHA-224, which is too short" },
	{ "bytes behind its numbers", { .document = { .behind = BYTES("x") } },
	    "numbers are malformed, or something stands behind them" },
	{ "the algorithm of another kind of key", { .document = { .algorithm = 19 } },
	    "algorithm is not the key's" },
	{ "a hash nobody knows", { .document = { .hash = 99 } }, "not known" },
	{ "of text", { .document = { .type = 0x01 } }, "without --textmode" },
	{ "a certification passed off as a document's", { .document = { .type = 0x13 } },
	    "not one over a file" },
	{ "a standalone one", { .document = { .type = 0x02 } }, "not one over a file" },
	{ "a timestamp", { .document = { .type = 0x40 } }, "not one over a file" },
	{ "version 3", { .document = { .version = 3 } }, "not of version 4" },
	{ "version 6", { .document = { .version = 6 } }, "not of version 4" },
	{ "no time", { .document = { .no_time = true } }, "does not say when" },
	{ "expired", { .document = { .lifetime = 5 * DAY } }, "says that it expires" },
	{ "expired this very second", { .document = { .lifetime = NOW - MADE - DAY } },
	    "says that it expires" },
	{ "made before its key", { .document = { .created = MADE - 1 } }, "before its key was" },
	{ "two of them", { .document_twice = true }, "more than one OpenPGP signature" },
	{ "a byte behind its packet", { .behind_document = BYTES("\xd1") },
	    "more than one OpenPGP signature" },
	{ "a critical notation", { .document = { .more_hashed = BYTES("\x0b\x94" NOTATION) } },
	    "critical subpacket" },
	{ "a critical subpacket of the future", { .document = { .more_hashed = BYTES("\2\xe5x") } },
	    "critical subpacket" },
	{ "a critical subpacket of the future, not signed",
	    { .document = { .more_unhashed = BYTES("\2\xe5x") } }, "critical subpacket" },
	{ "two times", { .document = { .more_hashed = BYTES("\5\2\1\2\3\4") } }, "stands there twice" },
	{ "two fingerprints", { .document = { .more_hashed = BYTES("\x16\x21\4aaaaaaaaaaaaaaaaaaaa") } }, "stands there twice" },
	{ "a lifetime of three octets", { .document = { .more_hashed = BYTES("\4\3abc") } },
	    "malformed" },
	{ "a subpacket without a type", { .document = { .more_hashed = BYTES("\0") } }, "cut short" },
	{ "a subpacket longer than any area",
	    { .document = { .more_hashed = BYTES("\xff\xff\xff\xff\xff\x14") } }, "cut short" },
	{ "a subpacket beyond the area", { .document = { .more_hashed = BYTES("\x09\x14x") } },
	    "cut short" },
	{ "an unsigned subpacket beyond the area", { .document = { .more_unhashed = BYTES("\x7f\x10") } },
	    "cut short" },

	/* its armour */
	{ "a message", { .armour = "MESSAGE" }, "detached signature is needed" },
	{ "a cleartext one", { .armour = "SIGNED MESSAGE" }, "detached signature is needed" },
	{ "a public key's armour", { .armour = "PUBLIC KEY BLOCK" }, "first line" },
	{ "bytes behind it", { .behind = "more\n" }, "behind the armour" },
	{ "a line end behind it", { .behind = "\n" }, "behind the armour" },
	{ "an unknown armour header", { .before = "Charset: UTF-8\n" }, "something else" },
	{ "an escape in a comment", { .before = "Comment: \033[2J\n" }, "something else" },
	{ "a header without a colon", { .before = "Comment\n" }, "something else" },
	{ "no data", { .before = "\n\n" }, "does not hold base64" },

	/* the key */
	{ "for encryption only", { .self = { .flags = ENCRYPT } }, "not one for signing" },
	{ "for certification only", { .self = { .flags = CERTIFY } }, "not one for signing" },
	{ "for nothing", { .self = { .flags = -1 } }, "not one for signing" },
	{ "expired", { .self = { .key_lifetime = DAY } }, "only before" },
	{ "expired by its newer self-signature", { .with_newer_self = true,
	    .newer_self = { .created = MADE + 5, .flags = CERTIFY | SIGN, .key_lifetime = DAY } },
	    "only before" },
	{ "expired by one of two of one time", { .with_newer_self = true,
	    .newer_self = { .flags = CERTIFY | SIGN, .key_lifetime = DAY } }, "only before" },
	{ "no more for signing", { .with_newer_self = true,
	    .newer_self = { .created = MADE + 5, .flags = CERTIFY } }, "not one for signing" },
	{ "its self-signature has lapsed", { .self = { .lifetime = DAY } }, "only before" },
	{ "expired by a signature on the key itself",
	    { .with_direct = true, .direct = { .key_lifetime = DAY } }, "only before" },
	{ "expired by a signature on the key itself, and later by that on its name",
	    { .with_direct = true, .direct = { .key_lifetime = DAY },
	    .self = { .key_lifetime = NOW - MADE + DAY } }, "only before" },
	{ "expired by the signature on its name, and later by that on the key itself",
	    { .with_direct = true, .direct = { .key_lifetime = NOW - MADE + DAY },
	    .self = { .key_lifetime = DAY } }, "only before" },
	{ "for certification only, by a signature on the key itself",
	    { .with_direct = true, .direct = { .flags = CERTIFY } }, "not one for signing" },
	{ "for certification only, by one of two of one time", { .with_newer_self = true,
	    .newer_self = { .flags = CERTIFY } }, "not one for signing" },
	{ "for certification only, by the first of two of one time", { .self = { .flags = CERTIFY },
	    .with_newer_self = true, .newer_self = { .flags = CERTIFY | SIGN } },
	    "not one for signing" },
	{ "no more for signing, with SHA-1, in the second of its certification",
	    { .with_newer_self = true, .newer_self = { .hash = 2, .flags = CERTIFY } },
	    "SHA-1, which can be forged" },
	{ "certified by nobody who is named",
	    { .self = { .no_fingerprint = true, .no_key_id = true } }, "no signature of its owner" },
	{ "certified with two weak hashes in one second", { .self = { .hash = 2 },
	    .with_newer_self = true, .newer_self = { .hash = 1 } }, "SHA-1, which can be forged" },
	{ "a subkey of a primary key without a self-signature", { WITH_SUBKEY, .without_self = true },
	    "no signature of its owner" },
	{ "its only user ID is revoked with SHA-1, before a certification with SHA-1 from before",
	    { .revoked = 13, .revoked_first = true, .revocation = { .hash = 2 },
	    .with_newer_self = true, .newer_self = { .hash = 2, .created = MADE } },
	    "no signature of its owner" },
	{ "revoked", { .revoked = 6 }, "it is revoked" },
	{ "revoked by somebody", { .revoked = 6, .revoker = BY_STRANGER }, "it is revoked" },
	{ "revoked, signed by the subkey", { WITH_SUBKEY, .revoked = 6 }, "it is revoked" },
	{ "expired by a newer self-signature with SHA-1", { .with_newer_self = true,
	    .newer_self = { .hash = 2, .created = MADE + 5, .flags = CERTIFY | SIGN,
	    .key_lifetime = DAY } }, "SHA-1, which can be forged" },
	{ "no more for signing, by a signature on the key with SHA-1", { .with_direct = true,
	    .direct = { .hash = 2, .created = MADE + 5, .flags = CERTIFY } }, "SHA-1, which can be forged" },
	{ "a subkey, and a newer self-signature of its primary key with SHA-1", { WITH_SUBKEY,
	    .with_newer_self = true, .newer_self = { .hash = 2, .created = MADE + 5 } },
	    "SHA-1, which can be forged" },
	{ "revoked with SHA-1", { .revoked = 6, .revocation = { .hash = 2 } }, "it is revoked" },
	{ "its only user ID is revoked", { .revoked = 13, .revocation = { .created = MADE + 9 } },
	    "no signature of its owner" },
	{ "its only user ID was revoked, and certified anew",
	    { .revoked = 13, .revoked_first = true, .self = { .created = MADE + 9 } },
	    "no signature of its owner" },
	{ "its only user ID is revoked with SHA-1",
	    { .revoked = 13, .revocation = { .hash = 2, .created = MADE + 9 } },
	    "no signature of its owner" },
	{ "no self-signature", { .without_self = true }, "no signature of its owner" },
	{ "certified by somebody else only",
	    { .without_self = true, .with_strangers_certification = true },
	    "no signature of its owner" },
	{ "expired, but for a newer certification of a picture", { .self = { .key_lifetime = DAY },
	    .with_picture = true, .picture = { .created = MADE + 5, .flags = CERTIFY | SIGN } },
	    "only before" },
	{ "for nothing, but for a newer certification of a picture", { .self = { .flags = -1 },
	    .with_picture = true, .picture = { .created = MADE + 5, .flags = CERTIFY | SIGN } },
	    "not one for signing" },
	{ "the certification of a picture is damaged",
	    { .with_picture = true, .picture = { .damaged = true } },
	    "signature of the key's owner in the block is not good" },
	{ "its self-signature is damaged", { .self = { .damaged = true } },
	    "signature of the key's owner in the block is not good" },
	{ "its self-signature is with SHA-1", { .self = { .hash = 2 } }, "SHA-1, which can be forged" },
	{ "its self-signature is with MD5", { .self = { .hash = 1 } }, "MD5, which can be forged" },
	{ "a binding where a certification belongs", { .self = { .type = 0x18 } },
	    "type 0x18 where none of that type belongs" },
	{ "the type before those of certifications", { .self = { .type = 0x0f } },
	    "where none of that type belongs" },
	{ "the type behind those of certifications", { .self = { .type = 0x14 } },
	    "where none of that type belongs" },
	{ "a document's signature as a certification", { .self = { .type = 0x40 } },
	    "where none of that type belongs" },

	{ "certified before it was made", { .self = { .created = MADE - 1 } },
	    "made before the key" },

	/* the subkey */
	{ "not signed back", { WITH_SUBKEY, .without_back = true }, "has not signed back" },
	{ "signed back by the primary key itself",
	    { WITH_SUBKEY, .back_signer = BY_STRANGER }, "has not signed back" },
	{ "signed back with SHA-1", { WITH_SUBKEY, .back = { .hash = 2 } }, "has not signed back" },
	{ "signed back with another type", { WITH_SUBKEY, .back = { .type = 0x18 } },
	    "has not signed back" },
	{ "signed back before it was made", { WITH_SUBKEY, .back = { .created = MADE - 1 } },
	    "has not signed back" },
	{ "signed back for a while", { WITH_SUBKEY, .back = { .lifetime = NOW } },
	    "has not signed back" },
	{ "bound again in the same second, not signed back",
	    { WITH_SUBKEY, .rebound = true, .rebinding = { .flags = SIGN } }, "has not signed back" },
	{ "not signed back, and bound again in the same second, signed back", { WITH_SUBKEY,
	    .rebound = true, .rebound_with_back = true, .rebinding = { .flags = SIGN } },
	    "has not signed back" },
	{ "signed back, damaged", { WITH_SUBKEY, .back = { .damaged = true } }, "has not signed back" },
	{ "for encryption", { WITH_SUBKEY, .binding = { .flags = ENCRYPT } }, "not one for signing" },
	{ "for authentication", { WITH_SUBKEY, .binding = { .flags = 0x20 } }, "not one for signing" },
	{ "expired", { WITH_SUBKEY, .binding = { .key_lifetime = DAY } }, "only before" },
	{ "its primary key is expired", { WITH_SUBKEY, .self = { .key_lifetime = DAY } },
	    "only before" },
	{ "bound with SHA-1", { WITH_SUBKEY, .binding = { .hash = 2 } }, "SHA-1" },
	{ "bound by a damaged signature", { WITH_SUBKEY, .binding = { .damaged = true } },
	    "is not good" },
	{ "revoked", { WITH_SUBKEY, .revoked = 14 }, "it is revoked" },
	{ "bound anew with SHA-1, for encryption", { WITH_SUBKEY, .rebound = true,
	    .rebinding = { .hash = 2, .created = MADE + 5, .flags = ENCRYPT } },
	    "SHA-1, which can be forged" },
	{ "bound anew for encryption", { WITH_SUBKEY, .rebound = true,
	    .rebinding = { .created = MADE + 5, .flags = ENCRYPT } }, "not one for signing" },
	{ "revoked by somebody", { WITH_SUBKEY, .revoked = 14, .revoker = BY_STRANGER },
	    "it is revoked" },

	/* the block */
	{ "a secret key", { .first_tag = 5 }, "SECRET key" },
	{ "a secret subkey", { .odd_tag = 7 }, "SECRET key" },
	{ "two primary keys", { .odd_tag = 6 }, "more than one primary key" },
	{ "a subkey first", { .first_tag = 14 }, "does not begin with a public key" },
	{ "a signature first", { .first_tag = 2 }, "does not begin with a public key" },
	{ "a user ID first", { .first_tag = 13 }, "does not begin with a public key" },
	{ "a literal packet", { .odd_tag = 11 }, "packet of type 11" },
	{ "a compressed packet", { .odd_tag = 8 }, "packet of type 8" },
	{ "a trust packet", { .odd_tag = 12 }, "packet of type 12" },
	{ "a user ID behind a subkey", { WITH_SUBKEY, .odd_tag = 13 }, "behind a subkey" },
	{ "an odd armour header", { .block_before = "Hash: SHA256\n" }, "something else" },
	{ "something behind it", { .block_behind = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n" },
	    "behind the armour" },
};

enum { TRIALS = sizeof(trials) / sizeof(trials[0]) };

static int
set_up(void **state)
{
	if (git_fixture_setup(state) != 0)
		return -1;
	arena = ((struct git_fixture *)*state)->arena;
	primary = crafted_key_new(arena, MADE);
	subkey = crafted_key_new(arena, MADE);
	stranger = crafted_key_new(arena, MADE);
	return 0;
}

static int
tear_down(void **state)
{
	EVP_PKEY_free(primary.pair);
	EVP_PKEY_free(subkey.pair);
	EVP_PKEY_free(stranger.pair);
	return git_fixture_teardown(state);
}

/* Whatever counts here must count for gpg, too; a good signature of the very key. */
static void
assert_gpg_agrees(struct git_fixture *fixture, const struct trial *trial,
    const struct answer *answer)
{
	ssh_fixture_write(fixture, "key", crafted_block(&trial->recipe));
	ssh_fixture_write(fixture, "signature", crafted_document(&trial->recipe));
	ssh_fixture_write(fixture, "message", message);
	(void)git_fixture_run(fixture,
	    "cd ..; export GNUPGHOME=$PWD/judge; rm -rf judge; mkdir -m700 judge\n"
	    "gpg='gpg --batch --no-autostart --faked-system-time %d! --trust-model always'\n"
	    "$gpg --import key; $gpg --status-fd 1 --verify signature message >status\n"
	    "grep -q '^.GNUPG:. GOODSIG ' status; grep -q '^.GNUPG:. VALIDSIG %.*s ' status", NOW,
	    TEXT_ARGUMENTS(text_skip(answer->signer.key, strlen("openpgp:"))));
}

static void
crafted_signatures_are_judged(void **state)
{
	struct git_fixture *fixture = *state;
	size_t accepted = 0;

	for (size_t i = 0; i < TRIALS; i++) {
		const struct trial *trial = &trials[i];
		struct answer answer = ask(crafted_block(&trial->recipe),
		    crafted_document(&trial->recipe), message, NOW);
		bool counts = answer.signer.identity != NULL;

		if (counts != (trial->words == NULL) ||
		    (!counts && !contains(why_not(&answer), trial->words)))
			fail_msg("%s: expected \"%s\", found \"%.*s\"", trial->name,
			    trial->words == NULL ? "that it counts" : trial->words,
			    TEXT_ARGUMENTS(why_not(&answer)));
		if (counts)
			assert_gpg_agrees(fixture, trial, &answer);
		accepted += counts;
	}
	assert_true(accepted * 3 < TRIALS);
}

/* All of the signatures, of files signature-0 and so on, are good ones for gpg. */
static void
assert_gpg_accepts(struct git_fixture *fixture, struct text block, size_t count)
{
	ssh_fixture_write(fixture, "key", block);
	ssh_fixture_write(fixture, "message", message);
	(void)git_fixture_run(fixture,
	    "cd ..; export GNUPGHOME=$PWD/judge; rm -rf judge; mkdir -m700 judge\n"
	    "gpg='gpg --batch --no-autostart --faked-system-time %d! --trust-model always'\n"
	    "$gpg --import key\n"
	    "for ((i = 0; i < %zu; i++)); do \n"
	    "    $gpg --verify signature-$i message 2>said || { $gpg --list-packets signature-$i; cat said; exit 1; } >&2\n"
	    "done", NOW, count);
}

static void
keep_for_gpg(struct git_fixture *fixture, size_t *count, struct text signature)
{
	ssh_fixture_write(fixture, arena_printf(arena, "signature-%zu", (*count)++), signature);
}

/* Each subpacket that there is, or is not, with the critical bit, where it is signed and where not. */
static void
critical_subpackets_are_understood_or_refused(void **state)
{
	/* a second time and a lifetime that is over are refused for that, a key ID for its length */
	static const uint8_t understood[] = { 2, 3, 9, 11, 16, 21, 22, 25, 27, 30, 32 };
	struct recipe plain = { .signer = BY_PRIMARY };
	struct text block = crafted_block(&plain);
	size_t accepted = 0;

	for (unsigned type = 0; type < 128; type++)
		for (int area = 0; area < 2; area++) {
			struct recipe recipe = { .signer = BY_PRIMARY };
			struct text odd = crafted_subpacket(arena, 128 | type, TEXT("\1\2\3\4"));
			struct text signature;

			if (area == 0)
				recipe.document.more_hashed = odd;
			else
				recipe.document.more_unhashed = odd;
			signature = crafted_document(&recipe);
			if (ask(block, signature, message, NOW).signer.identity != NULL)
				keep_for_gpg(*state, &accepted, signature);
			else if (memchr(understood, (int)type, sizeof(understood)) != NULL)
				assert_true(type == 16 || (area == 0 && type < 4));
			if (!contains(ask(block, signature, message, NOW).signer.why, "critical"))
				assert_non_null(memchr(understood, (int)type, sizeof(understood)));
		}
	/* a key ID, where it is the right one */
	plain.document = (struct crafted_signature){ .no_key_id = true,
		.more_hashed = crafted_subpacket(arena, 128 | 16, text_skip(primary.fingerprint, 12)) };
	assert_non_null(ask(block, crafted_document(&plain), message, NOW).signer.identity);
	keep_for_gpg(*state, &accepted, crafted_document(&plain));
	assert_gpg_accepts(*state, block, accepted);
}

/* The armour of a good signature with a line put in before line `at`, or the lines from there on left out. */
static struct text
armour_with(struct text armour, size_t at, const char *line)
{
	struct buffer out = { .arena = arena };
	struct text rest = armour, next;

	for (size_t i = 0; text_next_line(&rest, &next); i++) {
		if (i == at && line == NULL)
			break;
		if (i == at)
			buffer_printf(&out, "%s\n", line);
		buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(next));
	}
	return buffer_text(&out);
}

static size_t
lines_of(struct text armour)
{
	struct text next;
	size_t count = 0;

	while (text_next_line(&armour, &next))
		count++;
	return count;
}

/* BEGIN, an empty line, base64, the checksum, END: that and nothing else. */
static void
armour_is_taken_literally(void **state)
{
	struct recipe plain = { .signer = BY_PRIMARY };
	struct text block = crafted_block(&plain), good = crafted_document(&plain);
	size_t checksum = lines_of(good) - 2;
	const struct { size_t at; const char *line, *words; } odd[] = {
		{ 0, "", "first line" },
		{ 0, "Hash: SHA256", "first line" },
		{ 0, NULL, "" },
		{ 1, NULL, "no empty line" },
		{ 1, "Version: \t", "something else" },
		{ 1, "Version: \177", "something else" },
		{ 2, "", "does not hold base64" },
		{ 3, "", "does not hold base64" },
		{ 2, NULL, "does not hold base64" },
		{ 3, "AAA*", "does not hold base64" },
		{ 3, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		    "does not hold base64" },
		{ checksum, NULL, "does not hold base64" },
		{ checksum, "=AAAA", "checksum is wrong" },
		{ checksum, "=A*AA", "checksum is wrong" },
		{ checksum, "=AAA=", "checksum is wrong" },
		{ checksum + 1, NULL, "nothing stands behind it" },
		{ checksum + 1, "AAAA", "has no line \"-----END PGP SIGNATURE-----\"" },
		{ checksum + 1, "-----END PGP MESSAGE-----", "has no line" },
	};
	struct buffer headers = { .arena = arena };

	(void)state;
	assert_non_null(ask(block, good, message, NOW).signer.identity);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct answer answer = ask(block, armour_with(good, odd[i].at, odd[i].line),
		    message, NOW);

		if (answer.signer.identity != NULL || !contains(answer.signer.why, odd[i].words))
			fail_msg("%zu: expected \"%s\", found \"%.*s\"", i, odd[i].words,
			    TEXT_ARGUMENTS(answer.signer.why));
	}
	for (int i = 0; i < OPENPGP_ARMOUR_HEADERS; i++)
		buffer_printf(&headers, "%sComment: %d", i == 0 ? "" : "\n", i);
	good = armour_with(good, 1, text_string(arena, buffer_text(&headers)));
	assert_non_null(ask(block, good, message, NOW).signer.identity);
	good = armour_with(good, 1, "Comment: one too many");
	assert_true(contains(ask(block, good, message, NOW).signer.why, "at most 16 lines"));
	good = armour_with(crafted_document(&plain), 1, "Comment: \" ~");
	assert_non_null(ask(block, good, message, NOW).signer.identity);
}

/* To the character. */
static void
lines_of_armour_are_bounded(void **state)
{
	struct recipe plain = { .signer = BY_PRIMARY };
	struct text block = crafted_block(&plain), bytes, why;

	(void)state;
	assert_true(openpgp_armour_decode(arena, crafted_document(&plain), "SIGNATURE", &bytes, &why));
	for (size_t width = 75; width <= 77; width++) {
		struct buffer out = { .arena = arena };
		struct text base64 = base64_encode(arena, bytes);

		buffer_add(&out, TEXT("-----BEGIN PGP SIGNATURE-----\n\n"));
		for (; base64.length > 0; base64 = text_skip(base64, width))
			buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(text_first(base64, width)));
		buffer_add(&out, TEXT("-----END PGP SIGNATURE-----\n"));
		assert_true((ask(block, buffer_text(&out), message, NOW).signer.identity != NULL) ==
		    (width <= 76));
	}
}

/* RFC 9580 section 4.2: each form of a packet's length, at its bounds. */
static void
packets_have_their_length(void **state)
{
	static const struct { struct text header; unsigned tag; size_t length; } forms[] = {
		{ BYTES("\xcd\0"), 13, 0 }, { BYTES("\xcd\xbf"), 13, 191 },
		{ BYTES("\xcd\xc0\0"), 13, 192 }, { BYTES("\xcd\xc0\xff"), 13, 447 },
		{ BYTES("\xcd\xc1\0"), 13, 448 }, { BYTES("\xcd\xdf\xff"), 13, 8383 },
		{ BYTES("\xcd\xff\0\0\x20\xc0"), 13, 8384 }, { BYTES("\xff\1"), 63, 1 },
		{ BYTES("\xb4\xff"), 13, 255 }, { BYTES("\xb5\1\2"), 13, 258 },
		{ BYTES("\xb6\0\0\x10\1"), 13, 4097 }, { BYTES("\xbc\1"), 15, 1 },
	};
	char *content = arena_allocate(arena, 20000);

	(void)state;
	memset(content, 'x', 20000);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct text rest = text_printf(arena, "%.*s", 9999, content), why, cut;
		struct buffer whole = { .arena = arena };
		struct openpgp_packet packet;

		buffer_add(&whole, forms[i].header);
		buffer_add(&whole, text_first(rest, forms[i].length));
		cut = text_first(buffer_text(&whole), whole.length - 1);
		assert_false(openpgp_packet_next(&cut, &packet, &why));
		buffer_add_byte(&whole, 'y');
		rest = buffer_text(&whole);
		assert_true(openpgp_packet_next(&rest, &packet, &why));
		assert_int_equal(packet.tag, forms[i].tag);
		assert_int_equal(packet.body.length, forms[i].length);
		assert_true(text_is(rest, "y"));
	}
	/* parts of which only the first tells its length (section 4.2.1.4), as long as it may be */
	for (int first = 224; first < 255; first++) {
		struct text rest = text_printf(arena, "\xcd%c%.*s", first, 19999, content), why;
		struct openpgp_packet packet;

		assert_false(openpgp_packet_next(&rest, &packet, &why));
		assert_true(contains(why, "not told at its beginning"));
	}
}

/* A signature of Ed25519 is two numbers of 32 octets at most, and nothing behind them. */
static void
numbers_of_a_signature_have_their_size(void **state)
{
	static const struct text odd[] = {
		BYTES(""),
		BYTES("\0\1\1"),                       /* one number */
		BYTES("\0\1\1\0\2\1"),                 /* more bits than there are */
		BYTES("\0\0\0\0"),
		BYTES("\1\1\1" "12345678123456781234567812345678" "\0\1\1"),
		BYTES("\0\1\1" "\1\1\1" "12345678123456781234567812345678"),
		BYTES("\0\1\1\0\1\1\0\1\1"),           /* three numbers */
		BYTES("\xff\xff\1"),
	};
	struct recipe plain = { .signer = BY_PRIMARY };
	struct text block = crafted_block(&plain);
	struct crafted_signature document = { .created = MADE + DAY };
	struct text body = crafted_signature_body(arena, &primary, &document, message);

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct buffer changed_body = { .arena = arena };
		struct openpgp_signature read;
		struct text why, changed;

		assert_true(openpgp_signature_read(body, &read, &why));
		buffer_add(&changed_body, text_first(body, body.length - read.numbers.length));
		buffer_add(&changed_body, odd[i]);
		changed = crafted_openpgp_armour(arena, "SIGNATURE",
		    crafted_packet(arena, 2, buffer_text(&changed_body)));
		assert_null(ask(block, changed, message, NOW).signer.identity);
	}
}

/* gpg demands a hash that is as long as the curve's order. */
static void
hashes_are_as_long_as_their_keys(void **state)
{
	static const struct { const char *curve; int least; } curves[] = {
		{ "P-256", 8 }, { "P-384", 9 }, { "P-521", 10 },
	};
	struct crafted_key ed25519 = primary;

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		struct recipe recipe = { .self = { .hash = 10 } };
		struct text block;
		size_t accepted = 0;

		primary = crafted_ecdsa_key_new(arena, MADE, curves[i].curve);
		block = crafted_block(&recipe);
		for (uint8_t hash = 8; hash <= 10; hash++) {
			struct answer answer;

			recipe.document.hash = hash;
			answer = ask(block, crafted_document(&recipe), message, NOW);
			if (hash >= curves[i].least)
				keep_for_gpg(*state, &accepted, crafted_document(&recipe));
			else
				assert_true(contains(answer.signer.why, "shorter than its key"));
			assert_true((answer.signer.identity != NULL) == (hash >= curves[i].least));
		}
		assert_gpg_accepts(*state, block, accepted);
		EVP_PKEY_free(primary.pair);
	}
	primary = ed25519;
}

/* Validity of the entry, of the key, and the moment of the sighting. */
static void
only_the_moment_of_the_sighting_counts(void **state)
{
	struct recipe recipe = { .self = { .key_lifetime = 10 * DAY } };
	struct text block = crafted_block(&recipe), signature = crafted_document(&recipe);
	struct answer answer;

	(void)state;
	assert_non_null(ask(block, signature, message, MADE + 10 * DAY - 1).signer.identity);
	answer = ask(block, signature, message, MADE + 10 * DAY);
	assert_true(contains(answer.signer.why, "valid only before 2023-11-24T22:13:20Z"));
	answer = ask(block, signature, message, MADE - 1);
	assert_true(contains(answer.signer.why, "valid from 2023-11-14T22:13:20Z"));
	/* the same signature over other bytes */
	answer = ask(block, signature, TEXT("what is to be signed"), MADE + DAY);
	assert_null(answer.signer.identity);
	assert_true(answer.signer.mismatch);
}

/* --- every bit ------------------------------------------------------------------------------ */

/* The octets that nobody signs: the area with the key ID, and its length, which cannot change. */
static bool
is_unsigned(struct text packet, struct text whole, size_t at)
{
	struct text key_id = text_skip(primary.fingerprint, 12);
	const char *found = memmem(packet.at, packet.length, key_id.at, key_id.length);
	size_t start;

	/* the fingerprint in the signed area ends with the same octets */
	while (found != NULL && (found[-1] != 16 || found[-2] != 9))
		found = memmem(found + 1, packet.length - (size_t)(found + 1 - packet.at), key_id.at,
		    key_id.length);
	if (found == NULL)
		return false;
	start = (size_t)(found - whole.at);
	return at >= start - 2 && at < start + key_id.length;
}

static void
every_bit_of_a_signature_counts(void **state)
{
	struct recipe recipe = { 0 };
	struct text block = crafted_block(&recipe), armour = crafted_document(&recipe), bytes, why;
	size_t accepted = 0;

	assert_true(openpgp_armour_decode(arena, armour, "SIGNATURE", &bytes, &why));
	for (size_t bit = 0; bit < bytes.length * 8; bit++) {
		struct text changed = text_copy(arena, bytes);
		struct answer answer;

		((char *)(uintptr_t)changed.at)[bit / 8] ^= (char)(1 << bit % 8);
		answer = ask(block, crafted_openpgp_armour(arena, "SIGNATURE", changed), message, NOW);
		if (answer.signer.identity == NULL)
			continue;
		if (!is_unsigned(bytes, bytes, bit / 8))
			fail_msg("bit %zu of the signature may be changed", bit);
		keep_for_gpg(*state, &accepted, crafted_openpgp_armour(arena, "SIGNATURE", changed));
	}
	assert_gpg_accepts(*state, block, accepted);
	for (size_t length = 0; length < bytes.length; length++)
		assert_null(ask(block, crafted_openpgp_armour(arena, "SIGNATURE",
		    text_first(bytes, length)), message, NOW).signer.identity);
}

/* Whatever becomes of a block by one changed bit: the key in it is the same, or none. */
static void
every_bit_of_a_key_counts(void **state)
{
	struct recipe recipe = { .with_subkey = true };
	struct text bytes = crafted_block_bytes(&recipe), why;
	struct openpgp_keys good, keys;
	size_t taken = 0;

	(void)state;
	assert_true(openpgp_key_block_read(arena, crafted_block(&recipe), &good, &why));
	assert_int_equal(good.count, 2);
	for (size_t bit = 0; bit < bytes.length * 8; bit++) {
		struct text changed = text_copy(arena, bytes);

		((char *)(uintptr_t)changed.at)[bit / 8] ^= (char)(1 << bit % 8);
		if (!openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
		    "PUBLIC KEY BLOCK", changed), &keys, &why))
			continue;
		for (size_t i = 0; i < keys.count; i++)
			if (!text_present(keys.at[i].refusal) &&
			    (!text_equal(keys.at[i].fingerprint, good.at[i].fingerprint) ||
			    !text_equal(keys.at[i].material.blob, good.at[i].material.blob) ||
			    keys.at[i].expires != 0))
				fail_msg("bit %zu of the block may be changed", bit);
		taken++;
	}
	/* what nobody signs is little */
	assert_true(taken < bytes.length * 8 / 4);
}

/* A key packet of another algorithm, "\x01" RSA or "\x12" ECDH, and what stands behind it. */
static struct text
odd_key_packet(unsigned tag, struct text algorithm)
{
	struct buffer body = { .arena = arena };

	buffer_add(&body, TEXT("\x04"));
	wire_add_number(&body, MADE);
	buffer_add(&body, algorithm);
	return crafted_packet(arena, tag, buffer_text(&body));
}

/* A primary key that cannot be used refuses the block, a subkey itself alone. */
static void
keys_of_other_algorithms_do_not_sign(void **state)
{
	static const struct text primaries[] = { BYTES("\x12\0"), BYTES("\x01\0\0\0\0"), BYTES("\x01"),
		BYTES("\x01\0\x11\1\0\1"), BYTES("\x01\0\x11\1\0\1\0\1"), BYTES("\x16\x01\x55") };
	struct recipe recipe = { .signer = BY_PRIMARY };
	struct buffer out = { .arena = arena };
	struct answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(primaries) / sizeof(primaries[0]); i++) {
		answer = ask(crafted_openpgp_armour(arena, "PUBLIC KEY BLOCK",
		    odd_key_packet(6, primaries[i])), crafted_document(&recipe), message, NOW);
		assert_true(contains(why_not(&answer), "the primary key cannot be used"));
	}
	buffer_add(&out, crafted_block_bytes(&recipe));
	buffer_add(&out, odd_key_packet(14, primaries[0]));
	answer = ask(crafted_openpgp_armour(arena, "PUBLIC KEY BLOCK", buffer_text(&out)),
	    crafted_document(&recipe), message, NOW);
	assert_non_null(answer.signer.identity);
	assert_int_equal(answer.configuration.identities.at[0].keys.count, 2);
	assert_true(contains(answer.configuration.identities.at[0].keys.at[1].refusal,
	    "its algorithm (18) or curve"));
}

/* The number of an algorithm, or of a curve, and what follows it: what of a subkey is understood. */
static void
algorithms_are_taken_literally(void **state)
{
#define ED25519 "\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"
#define P256 "\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define BRAINPOOL "\x09\x2b\x24\x03\x03\x02\x08\x01\x01\x07"
#define POINT_25519 "12345678123456781234567812345678"
#define POINT_256 POINT_25519 POINT_25519
	static const struct { struct text packet; bool understood; } cases[] = {
		{ BYTES("\x16" ED25519 "\1\x07\x40" POINT_25519), true },
		{ BYTES("\x16" ED25519 "\1\x07\x41" POINT_25519), false },
		{ BYTES("\x16" ED25519 "\1\x07\x40" POINT_25519 "x"), false },
		{ BYTES("\x16" ED25519 "\1\x07\x40" POINT_25519 "\0\1\1"), false },
		{ BYTES("\x13" ED25519 "\1\x07\x40" POINT_25519), false },
		{ BYTES("\x16" P256 "\2\3\x04" POINT_256), false },
		{ BYTES("\x13" P256 "\2\3\x04" POINT_256), true },
		{ BYTES("\x13" BRAINPOOL "\2\3\x04" POINT_256), false },
		{ BYTES("\x13" P256 "\1\x07\x40" POINT_25519), false },
	};
	struct recipe recipe = { .signer = BY_PRIMARY };
	struct openpgp_keys keys;
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) + 5; i++) {
		struct buffer out = { .arena = arena }, rsa = { .arena = arena };
		size_t algorithm = i - sizeof(cases) / sizeof(cases[0]);
		bool listed = i < sizeof(cases) / sizeof(cases[0]);
		bool understood = listed ? cases[i].understood : algorithm == 1 || algorithm == 3;

		/* RSA is 1 and 3, with a modulus of 2048 bits and an exponent of 17 */
		buffer_add_byte(&rsa, (char)algorithm);
		buffer_add(&rsa, TEXT("\x08\0"));
		for (int j = 0; j < 256; j++)
			buffer_add_byte(&rsa, (char)0x81);
		buffer_add(&rsa, TEXT("\0\x11\1\0\1"));
		buffer_add(&out, crafted_block_bytes(&recipe));
		buffer_add(&out, odd_key_packet(14, listed ? cases[i].packet : buffer_text(&rsa)));
		assert_true(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
		    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
		assert_int_equal(keys.count, 2);
		if (contains(keys.at[1].refusal, understood ? "no signature of its owner" :
		    "or curve is not one that is verified here"))
			continue;
		fail_msg("%zu: %.*s", i, TEXT_ARGUMENTS(keys.at[1].refusal));
	}
}

/* Other people's certifications may be of any kind; whatever else is not understood is refused. */
static void
odd_packets_are_refused(void **state)
{
	static const struct { bool subkey, picture; struct text more; const char *words; } cases[] = {
		{ false, false, BYTES("\xc2\1\3"), NULL },
		{ false, true, BYTES("\xc2\1\3"), NULL },
		{ true, false, BYTES("\xc2\1\3"), "not of version 4" },
		{ true, false, BYTES("\0"), "no OpenPGP packet" },
		{ true, false, BYTES("\x0d\0"), "no OpenPGP packet" },
		{ true, false, BYTES("\x7f\0"), "no OpenPGP packet" },
		{ true, false, BYTES("\xce\7\3\0\0\0\0\x12\0"), "a key that is not of version 4" },
		{ true, false, BYTES("\xce\7\6\0\0\0\0\x12\0"), "a key that is not of version 4" },
		{ true, false, BYTES("\xce\4\4\0\0\0"), "a key that is not of version 4" },
	};
	struct openpgp_keys keys;
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct recipe recipe = { .with_subkey = cases[i].subkey,
			.with_picture = cases[i].picture };
		struct buffer out = { .arena = arena };

		buffer_add(&out, crafted_block_bytes(&recipe));
		buffer_add(&out, cases[i].more);
		why = TEXT("it is accepted");
		if (openpgp_key_block_read(arena, crafted_openpgp_armour(arena, "PUBLIC KEY BLOCK",
		    buffer_text(&out)), &keys, &why) != (cases[i].words == NULL) ||
		    (cases[i].words != NULL && !contains(why, cases[i].words)))
			fail_msg("%zu: %.*s", i, TEXT_ARGUMENTS(why));
	}
	/* of a key that cannot be used it is said why, of its subkeys whose fault that is */
	assert_true(openpgp_key_block_read(arena, crafted_block(&(struct recipe){ WITH_SUBKEY,
	    .revoked = 6 }), &keys, &why));
	assert_true(text_is(keys.at[0].refusal, "it is revoked"));
	assert_true(text_is(keys.at[1].refusal, "its primary key cannot be used: it is revoked"));
	assert_true(contains(ask(TEXT(""), crafted_openpgp_armour(arena, "SIGNATURE",
	    crafted_packet(arena, 13, user)), message, NOW).signer.why,
	    "does not hold an OpenPGP signature"));
	assert_false(openpgp_key_block_read(arena, crafted_openpgp_armour(arena, "PUBLIC KEY BLOCK",
	    TEXT("")), &keys, &why));
	assert_true(contains(why, "the block is empty"));
}

/* Both forms of a subpacket's length. */
static void
long_subpackets_are_passed_over(void **state)
{
	static const size_t lengths[] = { 1, 190, 191, 192, 447, 448, 8000 };
	struct recipe recipe = { .signer = BY_PRIMARY };
	struct text block = crafted_block(&recipe);

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		char *content = arena_allocate(arena, lengths[i]);

		memset(content, 'x', lengths[i]);
		recipe.document.more_hashed = crafted_subpacket(arena, 100,
		    (struct text){ content, lengths[i] });
		assert_non_null(ask(block, crafted_document(&recipe), message, NOW).signer.identity);
	}
}

/* To the byte. */
static void
armours_are_bounded(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t length = OPENPGP_ARMOUR_BYTES + more;
		char *bytes = arena_allocate(arena, length);
		struct text out, why;

		memset(bytes, 'x', length);
		assert_false(openpgp_armour_decode(arena, (struct text){ bytes, length }, "SIGNATURE",
		    &out, &why));
		assert_true(contains(why, more == 0 ? "first line" : "larger than 128 KiB"));
	}
}

static void
blocks_are_bounded(void **state)
{
	struct recipe recipe = { 0 };
	struct buffer out = { .arena = arena };
	struct openpgp_keys keys;
	struct text bytes = crafted_block_bytes(&recipe), why;
	size_t key_bytes = crafted_packet(arena, 6, primary.body).length;
	char *large = arena_allocate(arena, 200000);

	(void)state;
	buffer_add(&out, bytes);
	for (int i = 0; i < OPENPGP_SUBKEYS_MOST; i++)
		buffer_add(&out, crafted_packet(arena, 14, subkey.body));
	assert_true(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
	assert_int_equal(keys.count, 1 + OPENPGP_SUBKEYS_MOST);
	buffer_add(&out, crafted_packet(arena, 14, subkey.body));
	assert_false(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
	assert_true(contains(why, "more than 64 subkeys"));
	out.length = 0;
	for (int i = 0; i < OPENPGP_SIGNATURES_MOST; i++)
		buffer_add(&out, i == 0 ? bytes : text_skip(bytes, key_bytes));
	assert_true(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
	buffer_add(&out, text_skip(bytes, key_bytes));
	assert_false(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
	assert_true(contains(why, "more than 64 signatures"));
	/* an attribute (a photograph, say) makes the block as large as it likes, up to a bound */
	out.length = 0;
	buffer_add(&out, bytes);
	buffer_add(&out, crafted_packet(arena, 17, (struct text){ large, 60000 }));
	assert_true(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
	buffer_add(&out, crafted_packet(arena, 17, (struct text){ large, 60000 }));
	assert_false(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", buffer_text(&out)), &keys, &why));
	assert_true(contains(why, "larger than 128 KiB"));
	/* lengths that are not told at the beginning */
	assert_false(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", TEXT("\xc6\xe0x")), &keys, &why));
	assert_true(contains(why, "not told at its beginning"));
	assert_false(openpgp_key_block_read(arena, crafted_openpgp_armour(arena,
	    "PUBLIC KEY BLOCK", TEXT("\x9bx")), &keys, &why));
	assert_true(contains(why, "not told at its beginning"));
}

/* --- what stock gpg makes -------------------------------------------------------------------- */

static const char make_keys[] =
    "cd ..; export GNUPGHOME=$PWD/gpg; mkdir -m700 gpg\n"
    "gpg='gpg --batch --quiet --pinentry-mode loopback --passphrase= --trust-model always'\n"
    "for kind in ed25519 rsa2048 nistp256 nistp384 nistp521; do\n"
    "    $gpg --quick-generate-key \"$kind <$kind@example.com>\" $kind sign,cert never\n"
    "done\n"
    "$gpg --quick-generate-key 'many <many@example.com>' ed25519 cert 2y\n"
    "of=$($gpg --with-colons --list-keys many | sed -n 's/^fpr:*\\([0-9A-F]*\\):$/\\1/p')\n"
    "$gpg --quick-add-key $of ed25519 sign 1y\n"
    "$gpg --quick-add-key $of cv25519 encr 1y\n"
    "$gpg --quick-add-key $of rsa2048 auth\n"
    "printf 'what is to be signed\\n' >message\n"
    "for kind in ed25519 rsa2048 nistp256 nistp384 nistp521 many; do\n"
    "    $gpg --armor --export $kind >$kind.asc\n"
    "    $gpg --armor --detach-sign -u $kind -o $kind.sig message\n"
    "    of=$($gpg --with-colons --list-keys $kind | sed -n 's/^fpr:*\\([0-9A-F]*\\):$/\\1/p')\n"
    "    $gpg --export-ssh-key ${of%%[!0-9A-F]*}! >$kind.pub\n"
    "done\n"
    "$gpg --armor --textmode --detach-sign -u ed25519 -o textmode message\n"
    "$gpg --armor --digest-algo SHA1 --detach-sign -u ed25519 -o sha1 message\n"
    "$gpg --armor --sign -u ed25519 -o inline message\n"
    "$gpg --clearsign -u ed25519 -o cleartext message\n"
    "$gpg --armor --detach-sign -u ed25519 -u rsa2048 -o two message\n"
    "$gpg --armor --export-secret-keys ed25519 >secret\n"
    "$gpg --armor --export ed25519 rsa2048 >two-keys\n"
    "$gpg --armor --comment 'by hand' --detach-sign -u ed25519 -o commented message\n"
    "tree=$(git -C repository.git mktree </dev/null)\n"
    "cd repository.git; export HOME=$PWD/..\n"
    "printf 'Approve\n\nCountersign-Approve: web/x sha256:%064d\n' 0 |\n"
    "    git -c user.signingKey=many@example.com commit-tree -S $tree >../commit\n"
    "gpgconf --kill all";

static struct text
file(struct git_fixture *fixture, const char *name)
{
	return ssh_fixture_file(fixture, name);
}

static void
stock_signatures_count(struct git_fixture *fixture, moment now)
{
	static const char *const kinds[] = { "ed25519", "rsa2048", "nistp256", "nistp384",
		"nistp521", "many" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct text block = file(fixture, arena_printf(arena, "%s.asc", kinds[i]));
		struct text signature = file(fixture, arena_printf(arena, "%s.sig", kinds[i]));
		struct text line = text_trim(file(fixture, arena_printf(arena, "%s.pub", kinds[i])));
		struct text why;
		struct answer answer = ask(block, signature, message, now);
		struct ssh_public_key ssh;

		if (answer.signer.identity == NULL)
			fail_msg("%s: %.*s", kinds[i], TEXT_ARGUMENTS(why_not(&answer)));
		assert_true(text_starts_with(answer.signer.key, "openpgp:"));
		assert_null(ask(block, signature, TEXT("other"), now).signer.identity);
		/* one key, whatever wraps it */
		assert_true(ssh_public_key_parse(arena, line, &ssh, &why));
		assert_true(text_equal(ssh.public_key_sha256,
		    answer.configuration.identities.at[0].keys.at[0].public_key_sha256));
	}
}

/* git's own signature in a commit, by a subkey. */
static void
a_commit_of_git_counts(struct git_fixture *fixture)
{
	struct configuration configuration = { .repository.id = TEXT("00") };
	struct sighting sighting = { &configuration, moment_now(), SOURCE_INBOX, TEXT("c0ffee") };
	struct identity *alice = ARRAY_ADD(arena, &configuration.identities);
	struct evidence evidence = { 0 };

	alice->name = TEXT("alice");
	ARRAY_ADD(arena, &alice->keys)->openpgp = file(fixture, "many.asc");
	identity_keys_resolve(arena, &configuration);
	evidence_from_commit(arena, &sighting,
	    git_fixture_object(fixture, "commit", "$(cat ../commit)"), &evidence);
	if (evidence.ignored.count > 0)
		fail_msg("%.*s", TEXT_ARGUMENTS(evidence.ignored.at[0].why));
	assert_int_equal(evidence.decisions.count, 1);
	assert_true(text_equal(evidence.decisions.at[0].by, TEXT("alice")));
	assert_true(text_equal(evidence.decisions.at[0].key, alice->keys.at[1].fingerprint));
}

/* RSA has two numbers that may sign (RFC 9580 section 9.1), which say nothing of how. */
static void
both_numbers_of_rsa_sign(struct git_fixture *fixture)
{
	struct openpgp_signature signature;
	struct openpgp_keys keys;
	struct text why;

	assert_true(openpgp_key_block_read(arena, file(fixture, "rsa2048.asc"), &keys, &why));
	assert_true(openpgp_detached_read(arena, file(fixture, "rsa2048.sig"), &signature, &why));
	for (int algorithm = 0; algorithm < 23; algorithm++) {
		signature.algorithm = (uint8_t)algorithm;
		assert_true(openpgp_signature_check(arena, &signature, &keys.at[0].material, message,
		    &why) == (algorithm == 1 || algorithm == 3));
	}
}

static void
stock_gpg_is_understood(void **state)
{
	struct git_fixture *fixture = *state;
	moment now;
	struct { const char *block, *signature, *words; } refused[] = {
		{ "ed25519.asc", "textmode", "without --textmode" },
		{ "ed25519.asc", "sha1", "SHA-1" },
		{ "ed25519.asc", "inline", "detached signature is needed" },
		{ "ed25519.asc", "cleartext", "detached signature is needed" },
		{ "ed25519.asc", "two", "more than one OpenPGP signature" },
		{ "ed25519.asc", "rsa2048.sig", "belongs to nobody" },
		{ "secret", "ed25519.sig", "first line" },
		{ "two-keys", "ed25519.sig", "more than one primary key" },
	};
	struct answer answer;

	(void)git_fixture_run(fixture, "%s", make_keys);
	now = moment_now();
	stock_signatures_count(fixture, now);
	assert_non_null(ask(file(fixture, "ed25519.asc"), file(fixture, "commented"), message,
	    now).signer.identity);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		answer = ask(file(fixture, refused[i].block), file(fixture, refused[i].signature),
		    message, now);
		assert_null(answer.signer.identity);
		if (!contains(why_not(&answer), refused[i].words))
			fail_msg("%s: expected \"%s\", found \"%.*s\"", refused[i].signature,
			    refused[i].words, TEXT_ARGUMENTS(why_not(&answer)));
	}
	a_commit_of_git_counts(fixture);
	both_numbers_of_rsa_sign(fixture);
	/* the primary key certifies, one subkey signs, one encrypts, one authenticates */
	answer = ask(file(fixture, "many.asc"), file(fixture, "many.sig"), message, now);
	assert_int_equal(answer.configuration.identities.at[0].keys.count, 4);
	assert_true(contains(answer.configuration.identities.at[0].keys.at[0].refusal, "signing"));
	assert_false(text_present(answer.configuration.identities.at[0].keys.at[1].refusal));
	assert_true(text_equal(answer.signer.key,
	    answer.configuration.identities.at[0].keys.at[1].fingerprint));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(crafted_signatures_are_judged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(critical_subpackets_are_understood_or_refused,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(armour_is_taken_literally, set_up, tear_down),
		cmocka_unit_test_setup_teardown(lines_of_armour_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(packets_have_their_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_of_a_signature_have_their_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hashes_are_as_long_as_their_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_the_moment_of_the_sighting_counts, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(every_bit_of_a_signature_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(every_bit_of_a_key_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keys_of_other_algorithms_do_not_sign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(algorithms_are_taken_literally, set_up, tear_down),
		cmocka_unit_test_setup_teardown(odd_packets_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_subpackets_are_passed_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(armours_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(blocks_are_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stock_gpg_is_understood, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("openpgp", tests, NULL, NULL);
}
