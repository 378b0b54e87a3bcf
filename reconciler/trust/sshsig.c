#include "trust/sshsig.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "trust/armour.h"
#include "trust/signature.h"
#include "trust/wire.h"

enum { VERSION = 1, SHOWN_BYTES = 80 };

static const char armour_name[] = "SSH SIGNATURE";
static const char magic[] = "SSHSIG";
static const char written_hash[] = "sha512";

static bool
refuse(struct text *why, struct text reason)
{
	*why = reason;
	return false;
}

/* Takes magic and version off the front. */
static bool
preamble(struct arena *arena, struct text *blob, struct text *why)
{
	struct wire wire;
	uint32_t version;

	if (!text_starts_with(*blob, magic))
		return refuse(why, TEXT("the armour does not hold an SSH signature"));
	wire = (struct wire){ .rest = text_skip(*blob, sizeof(magic) - 1) };
	version = wire_number(&wire);
	if (wire.bad || version != VERSION)
		return refuse(why, text_printf(arena, "the signature's version is %u; only version "
		    "%d is known", (unsigned)version, VERSION));
	*blob = wire.rest;
	return true;
}

static bool
namespace_matches(struct arena *arena, struct text found, const char *expected,
    struct text *why)
{
	if (text_is(found, expected))
		return true;
	return refuse(why, text_printf(arena, "the signature was made in the namespace \"%.*s\", "
	    "and only \"%s\" counts here", TEXT_ARGUMENTS(text_visible(arena, found, SHOWN_BYTES)),
	    expected));
}

bool
sshsig_read(struct arena *arena, struct text armour, const char *name_space, struct sshsig *out,
    struct text *why)
{
	struct text blob, key, name, reserved;
	struct wire wire;

	*out = (struct sshsig){ 0 };
	if (!armour_decode(arena, armour, armour_name, &blob, why) ||
	    !preamble(arena, &blob, why))
		return false;
	wire = (struct wire){ .rest = blob };
	key = wire_string(&wire);
	name = wire_string(&wire);
	reserved = wire_string(&wire);
	out->hash = wire_string(&wire);
	out->signature = wire_string(&wire);
	if (!wire_done(&wire))
		return refuse(why, TEXT("the signature is cut short, or something stands behind it"));
	if (!ssh_public_key_decode(arena, key, &out->key, why) ||
	    !namespace_matches(arena, name, name_space, why))
		return false;
	/* nothing is defined to stand there, and it would not be covered by the signature */
	if (reserved.length != 0)
		return refuse(why, TEXT("the signature's reserved field is not empty"));
	if (!text_is(out->hash, "sha512") && !text_is(out->hash, "sha256"))
		return refuse(why, text_printf(arena, "the signature's hash \"%.*s\" is neither "
		    "sha512 nor sha256",
		    TEXT_ARGUMENTS(text_visible(arena, out->hash, SHOWN_BYTES))));
	return true;
}

/* What the key signs (PROTOCOL.sshsig section 3), with the hash named "sha256" or "sha512". */
static struct text
signed_data(struct arena *arena, const char *name_space, struct text hash, struct text message)
{
	struct buffer out = { .arena = arena };
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;

	if (EVP_Digest(message.at, message.length, digest, &length,
	    text_is(hash, "sha256") ? EVP_sha256() : EVP_sha512(), NULL) != 1) {
		fputs("countersign: SHA-2 is not available\n", stderr);
		abort();
	}
	buffer_add(&out, text_of(magic));
	wire_add_string(&out, text_of(name_space));
	wire_add_string(&out, TEXT(""));
	wire_add_string(&out, hash);
	wire_add_string(&out, (struct text){ (const char *)digest, length });
	return buffer_text(&out);
}

bool
sshsig_check(struct arena *arena, const struct sshsig *sshsig, const char *name_space,
    struct text message, struct text *why)
{
	return signature_verify(arena, &sshsig->key, sshsig->signature,
	    signed_data(arena, name_space, sshsig->hash, message), why);
}

bool
sshsig_verify(struct arena *arena, struct text armour, const char *name_space,
    struct text message, struct ssh_public_key *signer, struct text *why)
{
	struct sshsig sshsig;

	*signer = (struct ssh_public_key){ 0 };
	if (!sshsig_read(arena, armour, name_space, &sshsig, why) ||
	    !sshsig_check(arena, &sshsig, name_space, message, why))
		return false;
	*signer = sshsig.key;
	return true;
}

struct text
sshsig_sign(struct arena *arena, const struct ssh_private_key *key, const char *name_space,
    struct text message)
{
	struct text hash = text_of(written_hash);
	struct buffer blob = { .arena = arena };

	buffer_add(&blob, text_of(magic));
	wire_add_number(&blob, VERSION);
	wire_add_string(&blob, ssh_private_key_public_blob(arena, key));
	wire_add_string(&blob, text_of(name_space));
	wire_add_string(&blob, TEXT(""));
	wire_add_string(&blob, hash);
	wire_add_string(&blob, ssh_private_key_sign(arena, key,
	    signed_data(arena, name_space, hash, message)));
	return armour_encode(arena, buffer_text(&blob), armour_name);
}
