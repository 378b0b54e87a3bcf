/*
 * X.509: certificates that people list, alone and as a CA, and CMS signatures, as armours and as
 * what is in them. Nobody has signed the message.
 */
#include <stdint.h>
#include <stdlib.h>

#include "trust/armour.h"
#include "trust/certificate.h"
#include "trust/cms.h"
#include "trust/key_entry.h"
#include "trust/signer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static void
try_entry(struct arena *arena, struct configuration *configuration, struct identity_key entry)
{
	struct identity *identity = ARRAY_ADD(arena, &configuration->identities);
	struct text why = { NULL, 0 };

	identity->name = TEXT("alice");
	*ARRAY_ADD(arena, &identity->keys) = entry;
	if (key_entry_resolve(arena, &identity->keys, 0, &why))
		must(identity->keys.at[0].public_key_sha256.length == 64);
	else
		must(text_is_utf8(why) && !text_present(identity->keys.at[0].fingerprint));
}

static void
try_certificate(struct arena *arena, struct configuration *configuration, struct text pem)
{
	try_entry(arena, configuration, (struct identity_key){ .x509 = pem });
	try_entry(arena, configuration, (struct identity_key){ .x509ca = pem,
		.email = TEXT("alice@example.com") });
	try_entry(arena, configuration, (struct identity_key){ .x509ca = pem,
		.subject = TEXT("CN=alice") });
}

static void
try_signature(struct arena *arena, const struct configuration *configuration, struct text armour)
{
	struct sighting sighting = { .configuration = configuration, .observed_at = 1800000000 };
	struct signed_text signed_text = { TEXT("nobody signed this"), armour, "countersign" };
	struct signer signer = signer_judge(arena, &sighting, &signed_text);
	struct cms cms;
	struct text why;

	must(signer.identity == NULL && text_is_utf8(signer.why));
	if (cms_read(arena, armour, &cms, &why) && cms.certificate != NULL)
		must(!cms_check(&cms, cms.certificate, signed_text.message, &why));
	cms_free(&cms);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct text input = { (const char *)data, size };
	struct configuration configuration = { 0 };

	try_certificate(arena, &configuration, input);
	try_certificate(arena, &configuration, armour_encode(arena, input, "CERTIFICATE"));
	try_signature(arena, &configuration, input);
	try_signature(arena, &configuration, armour_encode(arena, input, "CMS"));
	arena_free(arena);
	return 0;
}
