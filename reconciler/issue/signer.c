#include "issue/signer.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "issue/signer_private.h"

enum { SERIAL_BYTES = 19, STATE_FOLDER_MODE = 0700 };

static struct local_limits
copy_limits(struct arena *arena, const struct local_limits *limits)
{
	struct local_limits copy = *limits;

	copy.names = copy.addresses = (struct texts){ 0 };
	for (size_t i = 0; i < limits->names.count; i++)
		texts_add(arena, &copy.names, text_copy(arena, limits->names.at[i]));
	for (size_t i = 0; i < limits->addresses.count; i++)
		texts_add(arena, &copy.addresses, text_copy(arena, limits->addresses.at[i]));
	return copy;
}

static bool
load_keys(struct signer *signer, const struct local_configuration *local, struct arena *arena,
    struct text *why)
{
	for (size_t i = 0; i < local->authorities.count; i++) {
		const struct local_authority *from = &local->authorities.at[i];
		struct signing_authority *to = ARRAY_ADD(signer->own, &signer->authorities);
		struct text problem = TEXT("keys in PKCS#11 tokens are not in this version");

		if (text_present(from->pkcs11) ||
		    !signing_key_load(signer->own, text_string(arena, from->file), &to->key,
			&problem)) {
			*why = text_printf(arena, "authority %.*s: %.*s",
			    TEXT_ARGUMENTS(from->name), TEXT_ARGUMENTS(problem));
			return false;
		}
		to->key.name = text_copy(signer->own, from->name);
		to->memory = arena_new();
	}
	return true;
}

bool
signer_open(const struct local_configuration *local, struct arena *arena, struct signer **out,
    struct text *why)
{
	struct arena *own = arena_new();
	struct signer *signer = ARENA_NEW(own, struct signer);
	const char *folder = text_string(arena, local->state_directory);

	signer->own = own;
	signer->limits = copy_limits(own, &local->limits);
	if (!load_keys(signer, local, arena, why))
		goto failed;
	if (!file_make_folders(folder, STATE_FOLDER_MODE)) {
		*why = text_printf(arena, "%s: %s", folder, strerror(errno));
		goto failed;
	}
	if (!ledger_open(arena_printf(arena, "%s/ledger", folder), arena, &signer->ledger, why))
		goto failed;
	*out = signer;
	return true;
failed:
	signer_close(signer);
	return false;
}

void
signer_close(struct signer *signer)
{
	if (signer == NULL)
		return;
	ledger_close(signer->ledger);
	for (size_t i = 0; i < signer->authorities.count; i++) {
		struct signing_authority *authority = &signer->authorities.at[i];

		signing_key_free(&authority->key);
		for (struct known_certificate *known = authority->known; known != NULL;
		     known = known->next)
			EVP_PKEY_free(known->handle);
		arena_free(authority->memory);
	}
	arena_free_wiped(signer->own);
}

struct text
serial_number_draw(struct arena *arena)
{
	unsigned char octets[SERIAL_BYTES];

	/* Without randomness nothing may be issued. */
	do {
		if (RAND_bytes(octets, sizeof(octets)) != 1)
			abort();
		octets[0] &= 0x7f;
	} while (octets[0] == 0);
	return hex_encode(arena, (struct text){ (const char *)octets, sizeof(octets) });
}
