/*
 * OpenPGP: key blocks and detached signatures, as armours and as what is in them. Nobody has signed
 * the message; what a block says of its keys holds together.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "trust/openpgp_key.h"
#include "trust/openpgp_packet.h"
#include "trust/openpgp_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static struct text
armoured(struct arena *arena, const char *name, struct text bytes)
{
	struct buffer out = { .arena = arena };
	struct text base64 = base64_encode(arena, bytes);

	buffer_printf(&out, "-----BEGIN PGP %s-----\n\n", name);
	for (; base64.length > 0; base64 = text_skip(base64, 64))
		buffer_printf(&out, "%.*s\n", TEXT_ARGUMENTS(text_first(base64, 64)));
	buffer_printf(&out, "-----END PGP %s-----\n", name);
	return buffer_text(&out);
}

static void
try_signature(struct arena *arena, const struct openpgp_keys *keys, struct text armour)
{
	struct openpgp_signature signature;
	struct text why = { NULL, 0 };

	if (!openpgp_detached_read(arena, armour, &signature, &why)) {
		must(text_is_utf8(why));
		return;
	}
	must(signature.type == OPENPGP_OF_BINARY && signature.created != 0 &&
	    signature.issuer.length == OPENPGP_FINGERPRINT_BYTES);
	for (size_t i = 0; i < keys->count; i++)
		must(!openpgp_signature_check(arena, &signature, &keys->at[i].material,
		    TEXT("nobody signed this"), &why) && text_is_utf8(why));
}

static void
try_block(struct arena *arena, struct text armour, struct openpgp_keys *keys)
{
	struct text why = { NULL, 0 };

	if (!openpgp_key_block_read(arena, armour, keys, &why)) {
		must(text_is_utf8(why));
		*keys = (struct openpgp_keys){ 0 };
		return;
	}
	must(keys->count > 0 && keys->at[0].material.facts != NULL);
	for (size_t i = 0; i < keys->count; i++) {
		const struct openpgp_key *key = &keys->at[i];

		must(key->fingerprint.length == 8 + 40);
		must(text_present(key->refusal) || key->material.public_key_sha256.length == 64);
		must(!text_present(key->refusal) || text_is_utf8(key->refusal));
		/* no subkey outlives its primary key */
		must(keys->at[0].expires == 0 ||
		    (key->expires != 0 && key->expires <= keys->at[0].expires));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text input = { (const char *)data, size };
	struct openpgp_keys keys = { 0 }, others = { 0 };

	try_block(arena, input, &keys);
	try_block(arena, armoured(arena, "PUBLIC KEY BLOCK", input), &others);
	if (keys.count == 0)
		keys = others;
	try_signature(arena, &keys, input);
	try_signature(arena, &keys, armoured(arena, "SIGNATURE", input));
	arena_free(arena);
	return 0;
}
